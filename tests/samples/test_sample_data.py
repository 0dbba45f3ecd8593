"""The samples are whole, made up, and described."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING

import phonenumbers
import pytest

import sample_data

if TYPE_CHECKING:
    from pathlib import Path

FILES = sample_data.expected()["files"]


def test_every_sample_is_described() -> None:
    """Each file of the package stands in expected.json, and nothing else does."""
    here = {one.name for one in resources.files("sample_data").iterdir() if one.is_file()}

    assert here - {"__init__.py", "expected.json", "importer.toml", "never_text.csv", "README.md"} == set(
        sample_data.names()
    )


def test_clinic_week_is_a_week() -> None:
    """The week has 60 rows and its sequel all four kinds of calls."""
    rows = FILES["clinic_week.csv"]["rows"]
    sequel = {row["run"] for row in FILES["clinic_week_changes.csv"]["rows"]}

    assert [row["row"] for row in rows] == list(range(2, 62))
    assert {"created", "updated", "cancelled", "no_show_sent", "unchanged", "invalid"} == sequel


@pytest.mark.parametrize("name", [name for name in FILES if "rows" in FILES[name]])
def test_people_are_made_up(name: str) -> None:
    """Phones that would be sent are of the blocks kept for fiction, and almost all valid; addresses are of example.com."""
    for row in FILES[name]["rows"]:
        phone = row["payload"].get("phone")
        if phone is not None:
            assert re.fullmatch(r"\d{3}55501\d\d|\+442079460\d{3}|\+61491570006", phone)
            assert (
                phonenumbers.is_valid_number(phonenumbers.parse(phone, "US"))
                or "phone:phone_unassigned" in row["warnings"]
            )
        assert row["payload"].get("emailAddress", "@example.com").endswith("@example.com")


def test_copy_is_the_sample(tmp_path: Path) -> None:
    """A sample can be written where a person wants it."""
    path = sample_data.copy("clinic_week.csv", tmp_path)

    assert path.name == "clinic_week.csv"
    assert path.read_bytes().startswith(b"Action,Appointment number,")


def test_moment_is_the_stated_one() -> None:
    """The clock for a sample is the moment that its description states."""
    assert sample_data.moment("clinic_week.csv") == 1804266000
    assert json.dumps(FILES["clinic_week.csv"]["now"]) == '"2027-03-05T17:00:00Z"'
