"""FHIR bundles: no resource, however strange, is a bug or holds the program."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from long_form import longer
from processor_time import processor_s

from importer.errors import FileRefused
from importer.reading.limits import Limits
from importer.reading.records.json_documents import json_grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.reading.records.record_grid import Record

SHAPES: Final = Path(__file__).parents[1] / "commands" / "public_shapes" / "fhir"
STRANGE: Final = (
    None, True, 7, 1.5, "", "x", "Patient/p1", [], {}, [[]], [None], {"a": 1}, "#", "urn:uuid:", "/" * 2_000, "Appointment", [{"value": {}}],
)  # fmt: skip


def records(content: bytes) -> list[Record]:
    return list(json_grid(BytesIO(content), None, Limits(), "utf-8").records())


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container with each of its keys."""
    found: list[tuple[Any, Any]] = []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found += [(value, key), *places(each)]
    return found


def test_mutated_resources() -> None:
    """Any part of a bundle may be missing or be something else: it is read or refused, and never anything else."""
    chance = random.Random(7)
    whole = [path.read_text(encoding="utf-8") for path in sorted(SHAPES.glob("*.json"))]
    for _ in range(longer(600, 30_000)):
        document = json.loads(chance.choice(whole))
        for _ in range(chance.randint(1, 4)):
            within, key = chance.choice(places(document) or [({}, "")])
            within[key] = deepcopy(chance.choice(STRANGE))
        try:
            records(json.dumps(document).encode())
        except FileRefused:
            continue


def _references() -> dict[str, Any]:
    participants = [{"actor": {"reference": "Patient/" + "a" * 100_000}} for _ in range(50)]
    return {"resourceType": "Appointment", "participant": participants}


def _participants() -> dict[str, Any]:
    participants = [{"actor": {"reference": f"Patient/{place}"}} for place in range(100_000)]
    return {
        "resourceType": "Bundle",
        "entry": [{"resource": {"resourceType": "Appointment", "participant": participants}}],
    }


def _same_patient() -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "telecom": [{"system": "phone", "value": "1"}]}
    entries = [{"resource": patient}] * 30_000
    visit = {"resourceType": "Appointment", "participant": [{"actor": {"reference": "Patient/p"}}]}
    return {"resourceType": "Bundle", "entry": [*entries, *([{"resource": visit}] * 200)]}


def _contacts() -> dict[str, Any]:
    contacts = [{"system": "phone", "value": str(place), "rank": place} for place in range(200_000)]
    patient = {"resourceType": "Patient", "id": "p", "telecom": contacts}
    return {"resourceType": "Appointment", "contained": [patient], "participant": [{"actor": {"reference": "#p"}}]}


@pytest.mark.parametrize("hostile", [_references, _participants, _same_patient, _contacts])
def test_hostile_resources_end_soon(hostile: Callable[[], dict[str, Any]]) -> None:
    """References, participants, contacts and doubles without end are read or refused within ten seconds."""
    content = json.dumps(hostile()).encode()
    began = processor_s()

    try:
        records(content)
    except FileRefused as refused:
        assert refused.fix  # noqa: PT017  # it may be refused, or read
    assert processor_s() - began < 10


def test_two_patients_of_one_name() -> None:
    """Two different patients under one reference are none: nobody knows whose phone it is."""
    patients = [
        {"resourceType": "Patient", "id": "p", "telecom": [{"system": "phone", "value": phone}]} for phone in "12"
    ]
    visit = {"resourceType": "Appointment", "id": "a", "participant": [{"actor": {"reference": "Patient/p"}}]}

    with pytest.raises(FileRefused) as refused:
        records(json.dumps([*patients, visit]).encode())

    assert refused.value.code == "fhir_patients_missing"
