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


A: Final = "https://a.example/fhir/"
B: Final = "https://b.example/fhir/"


def patient(phone: str = "2125550101", **more: Any) -> dict[str, Any]:
    contacts = [{"system": "phone", "use": "mobile", "value": phone}]
    return {"resourceType": "Patient", "id": "p", "telecom": contacts} | more


def visit(reference: str = "Patient/p", **more: Any) -> dict[str, Any]:
    participants = [{"actor": {"reference": reference}, "status": "accepted"}]
    return {"resourceType": "Appointment", "id": "a", "status": "booked", "participant": participants} | more


def bundle(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def at(address: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"{address}{resource['resourceType']}/{resource['id']}", "resource": resource}


def first(content: bytes) -> Record:
    return records(content)[0]


@pytest.mark.parametrize(
    ("entries", "phone"),
    [
        pytest.param([at(A, visit(f"{A}Patient/p")), at(A, patient())], "2125550101", id="of-its-server"),
        pytest.param([at(A, visit()), at(A, patient())], "2125550101", id="relative"),
        pytest.param([at(B, visit()), at(A, patient("1")), at(B, patient("2"))], "2", id="relative-of-two"),
        pytest.param([{"resource": visit(f"{B}Patient/p")}, {"resource": patient()}], "2125550101", id="no-address"),
        pytest.param([at(A, visit(f"{B}Patient/p")), at(A, patient())], None, id="of-another-server"),
        pytest.param([at(B, visit()), at(A, patient())], None, id="relative-to-another-server"),
        pytest.param([at(B, visit()), at(A, patient()), {"resource": patient()}], "2125550101", id="one-fits"),
        pytest.param([at(A, visit()), {"resource": patient("1")}, {"resource": patient("2")}], None, id="two-fit"),
    ],
)
def test_a_reference_leads_to_a_patient_of_its_own_server(entries: list[dict[str, Any]], phone: str | None) -> None:
    """The patient of the same id on another server is another person."""
    other = visit("#c", id="b", contained=[patient(id="c")])

    found = first(bundle(*entries, {"resource": other}))

    assert found.cells.get("Patient.phone") == phone
    assert [code for _, code, _ in found.flaws] == ([] if phone else ["patient_missing"])


def test_two_contained_patients_of_one_id() -> None:
    """Two different resources within an appointment under one id are none: nobody knows whose phone it is."""
    found = first(
        bundle(
            {"resource": visit("#c", contained=[patient("1", id="c"), patient("2", id="c")])}, {"resource": patient()}
        )
    )

    assert found.cells["Appointment.id"] == "a"
    assert "Patient.phone" not in found.cells


@pytest.mark.parametrize(
    ("more", "heading", "cell"),
    [
        ({"cancelationReason": {"text": "Phone"}}, "Appointment.cancelationReason", "Phone"),
        ({"cancelationReason": {"coding": [{"code": "pat"}]}}, "Appointment.cancelationReason", "pat"),
        ({"cancellationReason": {"text": "Phone"}}, "Appointment.cancelationReason", "Phone"),
        ({"cancellationDate": "2027-03-01"}, "Appointment.cancelationReason", "2027-03-01"),
        ({"comment": "Cancelled"}, "Appointment.comment", "Cancelled"),
        ({"note": [{"text": "Cancelled"}, {"text": "late"}]}, "Appointment.comment", "Cancelled | late"),
        (
            {"participant": [{"actor": {"reference": "Patient/p"}, "status": status} for status in ("declined", "accepted")]},
            "participant.status",
            "declined | accepted",
        ),
    ],
)  # fmt: skip
def test_what_an_appointment_says_against_it_is_a_cell(more: dict[str, Any], heading: str, cell: str) -> None:
    """Columns of it are judged as those of any sheet, so nothing of the kind is left out."""
    assert first(bundle({"resource": visit(**more)}, {"resource": patient()})).cells[heading] == cell


MODIFIED: Final = [{"url": "https://x.example/not-to-be-contacted", "valueBoolean": True}]


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([visit(modifierExtension=MODIFIED), patient()], id="appointment"),
        pytest.param([visit(), patient(modifierExtension=MODIFIED)], id="patient"),
        pytest.param(
            [visit(), patient(telecom=[{"system": "phone", "value": "1", "modifierExtension": MODIFIED}])], id="contact"
        ),
        pytest.param(
            [visit(participant=[{"actor": {"reference": "Patient/p"}, "modifierExtension": MODIFIED}]), patient()],
            id="participant",
        ),
    ],
)
def test_what_modifies_a_resource_is_not_passed_over(entries: list[dict[str, Any]]) -> None:
    """FHIR forbids to use what an extension that is not known turns into something else."""
    found = first(bundle(*({"resource": each} for each in entries)))

    assert [code for _, code, _ in found.flaws] == ["record_unreadable"]


def test_a_name_given_twice_in_a_resource() -> None:
    """An appointment with two statuses is told; a patient with two contents is none."""
    twice = json.dumps(visit()).replace('"status": "booked"', '"status": "cancelled", "status": "booked"').encode()
    of_patient = json.dumps(patient()).replace('"value"', '"value": "1", "value"').encode()

    told = [
        first(b"[" + b",".join(each) + b"]")
        for each in (
            [twice, json.dumps(patient()).encode()],
            [json.dumps(visit()).encode(), of_patient, json.dumps(visit("#c", contained=[patient(id="c")])).encode()],
        )
    ]

    assert [[code for _, code, _ in each.flaws] for each in told] == [["name_repeated"], ["patient_missing"]]


def test_a_deleted_entry_is_no_appointment() -> None:
    """What a transaction deletes is not there any more."""
    gone = {"resource": visit(), "request": {"method": "DELETE", "url": "Appointment/a"}}

    found = records(bundle(gone, {"resource": visit(id="b")}, {"resource": patient()}))

    assert [(each.cells.get("Appointment.id"), [code for _, code, _ in each.flaws]) for each in found] == [
        (None, ["record_unreadable"]),
        ("b", []),
    ]


def test_one_patient_of_many_appointments(tmp_path: Path, refusal: Any) -> None:
    """A long text of one patient that would stand in ten thousand rows is refused."""
    patient = {"resourceType": "Patient", "id": "p", "name": [{"given": ["g" * 39_000], "family": "f"}]}
    visit = '{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/p"}}]}\n'
    path = tmp_path / "week.ndjson"
    path.write_text(json.dumps(patient) + "\n" + visit * 10_000)

    assert refusal(path).code == "workbook_bomb"
