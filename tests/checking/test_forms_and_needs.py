"""What a row must have, by its action; and that the schemas are the judge of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pandera.errors import SchemaErrors

from importer.model.profile import EventType, Profile
from schemas.appointment import ALWAYS_SENT, CREATE

if TYPE_CHECKING:
    import pandas as pd
    from judged_rows import Judge

STRICT = Profile(derive_external_ids=False)


def test_good_row_has_nothing_to_say(judge: Judge) -> None:
    """A whole create has neither problem nor warning."""
    assert judge.problems({}) == set()
    assert judge.warnings({}) == set()


@pytest.mark.parametrize("field", sorted(set(ALWAYS_SENT) - {"remindTimeOffset"}))
@pytest.mark.parametrize("action", ["create", "upsert"])
def test_new_appointment_needs(judge: Judge, field: str, action: str) -> None:
    """A new appointment without a needed value says which."""
    assert judge.problems({"action": action, field: ""}) == {f"{field}:value_missing"}


@pytest.mark.parametrize("field", ["phone", "eventType", "eventDateTime", "subscriberTimeZone"])
def test_missing_column_is_a_missing_value(judge: Judge, field: str) -> None:
    """A column that the sheet does not have is blank in every row."""
    columns = [name for name in judge.good if name != field]

    assert judge.problems({}, columns=columns) == {f"{field}:value_missing"}


@pytest.mark.parametrize(
    ("field", "profile"),
    [
        ("eventType", Profile(event_type="abc-1")),
        ("eventType", Profile(event_type="check-UP", event_types={"Check-up": EventType("abc-1")})),
        ("remindTimeOffset", Profile()),
    ],
)
def test_profile_fills_a_blank(judge: Judge, field: str, profile: Profile) -> None:
    """A blank that the profile has a value for is no problem in a new appointment."""
    assert judge.problems({field: ""}, profile=profile) == set()


@pytest.mark.parametrize(
    ("change", "profile", "problem"),
    [
        pytest.param({"externalEventId": ""}, Profile(), None, id="create-id-derived"),
        pytest.param({"externalEventId": ""}, STRICT, "externalEventId:external_id_missing", id="create-id-wanted"),
        pytest.param({"action": "upsert", "externalEventId": "", "uuid": "u"}, STRICT, None, id="upsert-by-uuid"),
        pytest.param({"action": "cancel", "phone": "", "externalEventId": "", "uuid": "u"}, STRICT, None, id="by-uuid"),
        pytest.param({"action": "cancel"}, STRICT, None, id="by-key"),
        pytest.param({"action": "cancel", "externalEventId": ""}, Profile(), None, id="by-derived-key"),
        pytest.param(
            {"action": "cancel", "externalEventId": ""}, STRICT, "externalEventId:identity_missing", id="no-id"
        ),
        pytest.param(
            {"action": "no_show", "externalEventId": "", "eventDateTime": ""},
            Profile(),
            "externalEventId:identity_missing",
            id="cannot-be-derived",
        ),
        pytest.param({"action": "update", "phone": ""}, Profile(), "phone:identity_missing", id="id-without-phone"),
        pytest.param({"action": "create", "externalEventId": "", "uuid": "u"}, Profile(), None, id="create-with-uuid"),
    ],
)
def test_identity(judge: Judge, change: dict[str, str], profile: Profile, problem: str | None) -> None:
    """An appointment is told by its uuid, or by phone and id, the sheet's or one derived from the row."""
    assert judge.problems(change, profile=profile) == ({problem} if problem else set())


@pytest.mark.parametrize("field", ["emailAddress", "eventType", "remindTimeOffset"])
@pytest.mark.parametrize("action", ["cancel", "no_show"])
def test_action_is_not_judged_by_fields_it_does_not_take(judge: Judge, action: str, field: str) -> None:
    """A cancel does not carry an e-mail address, so a bad one is no reason not to cancel."""
    change = {"action": action, field: "}{", "eventDateTime": "2027-02-01T10:00:00"}

    assert judge.problems(change, now=judge.now) == set()


def test_part_of_a_derived_id_matters_to_a_cancel(judge: Judge) -> None:
    """A cancel without an id needs what the id is derived from, and says what is wrong with it rather than the id."""
    change = {"action": "cancel", "externalEventId": "", "eventDateTime": "tomorrow"}
    reasons = [("eventDateTime", "start_unreadable", [0])]

    assert judge.problems(change, reasons=reasons) == {"eventDateTime:start_unreadable"}


def test_unknown_action_keeps_other_problems(judge: Judge) -> None:
    """All problems come in one pass, also where the action is one of them; nothing is asked for the unknown."""
    change = {"action": "postpone", "phone": "555", "eventType": ""}
    reasons = [("action", "action_unknown", [0]), ("phone", "phone_too_short", [0])]
    checked = judge.check(change, reasons=reasons)

    assert judge.codes(checked)[0] == {"action:action_unknown", "phone:phone_too_short"}
    assert checked.actions.tolist() == [""]


def test_blank_action_is_a_problem_and_never_a_default(judge: Judge) -> None:
    """With an action column, a row without one is not taken for an upsert."""
    checked = judge.check({"action": ""}, reasons=[("action", "action_blank", [0])], profile=Profile(action="create"))

    assert judge.codes(checked)[0] == {"action:action_blank"}


@pytest.mark.parametrize(("profile", "action"), [(Profile(), "upsert"), (Profile(action="cancel"), "cancel")])
def test_without_an_action_column(judge: Judge, profile: Profile, action: str) -> None:
    """Without an action column every row is an upsert, or what the profile says."""
    columns = [name for name in judge.good if name != "action"]
    checked = judge.check({}, {}, columns=columns, profile=profile)

    assert checked.actions.tolist() == [action] * 2


def test_row_that_needs_no_call_is_held_to_its_action(judge: Judge) -> None:
    """An appointment that took place needs no call, so nothing else in its row can be wrong."""
    change = {"action": "none", "phone": "x", "eventDateTime": "", "metadata.x": "{"}

    assert judge.problems(change, reasons=[("phone", "phone_invalid", [0])]) == set()


@pytest.mark.parametrize("action", ["create", "cancel", ""])
def test_row_with_nothing_but_an_action(judge: Judge, action: str) -> None:
    """A row whose mapped cells are blank but for the action has one problem, not one for each field."""
    change = {**dict.fromkeys(judge.good, ""), "action": action}
    reasons = [("action", "action_blank", [0])] if not action else []

    assert judge.problems(change, reasons=reasons, profile=Profile(zone="Europe/London")) == {":row_empty"}


def test_schema_is_the_judge(judge: Judge) -> None:
    """Without any reason from normalizing, findings are exactly pandera's own failure cases of the whole frame."""
    rows = [
        {},
        {"phone": "415"},
        {"phone": "", "eventDateTime": "2027-02-30T10:00:00"},
        {"subscriberTimeZone": "EST", "eventType": "a b", "remindTimeOffset": "P1M"},
        {"metadata.x": "{a}\t", "emailAddress": "x@"},
    ]
    checked = judge.check(*rows)
    with pytest.raises(SchemaErrors) as caught:
        CREATE.validate(judge.frame([{**judge.good, **row} for row in rows]), lazy=True)
    cases: pd.DataFrame = caught.value.failure_cases
    expected: list[set[str]] = [set() for _ in rows]
    for case in cases.to_dict("records"):
        expected[case["index"] - 2].add(f"{case['column']}:{case['check']}")
    # Of two things wrong with one value the first is said.
    expected[4].discard("metadata.x:metadata_odd_character")

    assert judge.codes(checked) == expected


def test_reason_takes_the_place_of_the_schemas_code(judge: Judge) -> None:
    """A value that normalizing could not read has its reason, and not the schema's general code beside it."""
    checked = judge.check({"phone": "555-01"}, {"phone": "x"}, reasons=[("phone", "phone_too_short", [0])])

    assert judge.codes(checked) == [{"phone:phone_too_short"}, {"phone:phone_invalid"}]


def test_reason_counts_where_the_schema_sees_nothing(judge: Judge) -> None:
    """A value that looks like a normal form but is refused by normalizing is a problem all the same."""
    assert judge.problems({}, reasons=[("phone", "phone_not_in_use", [0])]) == {"phone:phone_not_in_use"}


def test_warning_about_a_wrong_field_is_dropped(judge: Judge) -> None:
    """Where a field is wrong, a warning about it would only distract."""
    checked = judge.check({"phone": "x"}, {}, reasons=[("phone", "phone_landline", [0, 1])])

    assert judge.codes(checked, warnings=True) == [set(), {"phone:phone_landline"}]
