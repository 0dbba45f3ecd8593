"""An appointment type's messages need values; names that they do not know are worth saying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.model.profile import EventType, Profile

if TYPE_CHECKING:
    from judged_rows import Judge

TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
PROFILE = Profile(event_types={"Check-up": EventType(TYPE, ("eventLocation", "practitioner"))})
BOTH = {"metadata.eventLocation": "Main", "metadata.practitioner": "Dr. Alder"}


def test_all_there(judge: Judge) -> None:
    """A row that gives what its type needs has nothing to say."""
    assert judge.problems(BOTH, profile=PROFILE) == set()
    assert judge.warnings(BOTH, profile=PROFILE) == set()


@pytest.mark.parametrize("action", ["create", "upsert"])
def test_missing_value(judge: Judge, action: str) -> None:
    """Each needed value that is blank, or has no column, is a problem of its own, naming the type."""
    line = judge.line({"action": action, "metadata.eventLocation": ""}, profile=PROFILE)

    assert [one["field"] for one in line["problems"]] == ["metadata.eventLocation", "metadata.practitioner"]
    assert {one["code"] for one in line["problems"]} == {"metadata_missing"}
    assert "Check-up" in line["problems"][0]["message"]


def test_profile_gives_the_value(judge: Judge) -> None:
    """A value that the profile gives to every row is not missing."""
    profile = Profile(event_types=PROFILE.event_types, metadata={"practitioner": "Dr. Birch"})
    line = judge.line({"metadata.eventLocation": "Main"}, profile=profile)

    assert line["problems"] == []
    assert line["payload"]["metadata"] == {"eventLocation": "Main", "practitioner": "Dr. Birch"}


def test_capitals_count(judge: Judge) -> None:
    """Macros tell upper from lower case, and the sentence says so where a column is near."""
    found = judge.line({**BOTH, "metadata.eventLocation": "", "metadata.EventLocation": "Main"}, profile=PROFILE)

    assert found["problems"][0]["field"] == "metadata.eventLocation"
    assert "metadata.EventLocation, and capitals count" in found["problems"][0]["message"]
    assert [one["field"] for one in found["warnings"]] == ["metadata.EventLocation"]


def test_unknown_value_is_a_warning(judge: Judge) -> None:
    """A value that no message uses goes along, with a warning, where it is given."""
    checked = judge.check({**BOTH, "metadata.x": "1"}, {**BOTH, "metadata.x": ""}, profile=PROFILE)

    assert judge.codes(checked, warnings=True) == [{"metadata.x:metadata_unknown"}, set()]


@pytest.mark.parametrize(
    "profile",
    [Profile(), Profile(event_types={"Check-up": EventType(TYPE)}), Profile(event_types={"B": EventType("b")})],
)
def test_type_without_listed_macros_is_not_judged(judge: Judge, profile: Profile) -> None:
    """Where nobody said what the messages need, nothing is missing or unknown."""
    assert judge.problems({"metadata.x": "1"}, profile=profile) == set()
    assert judge.warnings({"metadata.x": "1"}, profile=profile) == set()


def test_update_may_leave_values_as_they_are(judge: Judge) -> None:
    """An update that gives one value leaves the others; only planning knows them."""
    assert judge.problems({"action": "update", "metadata.eventLocation": "Main"}, profile=PROFILE) == set()


def test_broken_json_explains_missing_values(judge: Judge) -> None:
    """Where the metadata cell cannot be read, the values it would have given are not missing as well."""
    found = judge.problems({"metadata": ""}, profile=PROFILE, reasons=[("metadata", "metadata_not_json", [0])])

    assert found == {"metadata:metadata_not_json"}


@pytest.mark.parametrize(("value", "code"), [("{x}", "metadata_braces"), ("a\x00", "metadata_odd_character")])
def test_values_are_judged_by_the_schema(judge: Judge, value: str, code: str) -> None:
    """Braces would make the API drop the message silently; control characters have no place in a text."""
    assert judge.problems({"metadata.x": value}) == {f"metadata.x:{code}"}
