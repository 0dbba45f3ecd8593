"""The body that a create would carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.checking import defaulted, payloads
from importer.checking.staged_rows import bodies, text_members
from importer.model.profile import EventType, Location, Profile
from importer.model.statuses import derived_external_id
from schemas.fields import BODY_FIELDS

if TYPE_CHECKING:
    from judged_rows import Judge

WHOLE = {
    "firstName": "Zoë",
    "lastName": "O'Brien",
    "emailAddress": "zoe@example.com",
    "followUpTimeOffset": "PT2H",
    "sendEligibleSubscribersOnly": "true",
    "metadata.eventLocation": "New York",
    "metadata.room": "",
}


def body(judge: Judge, change: dict[str, str], **settings: Any) -> dict[str, Any]:
    return payloads(judge.check(change, **settings))[0]


def test_whole_body(judge: Judge) -> None:
    """Fields stand in the document's order, in their JSON types, blanks left out, the action never."""
    found = body(judge, WHOLE)

    assert found == {
        "externalEventId": "112233",
        "phone": "4155552671",
        "firstName": "Zoë",
        "lastName": "O'Brien",
        "emailAddress": "zoe@example.com",
        "eventType": {"uuid": judge.good["eventType"]},
        "remindTimeOffset": "PT3H",
        "followUpTimeOffset": "PT2H",
        "eventDateTime": "2027-03-04T14:30:00",
        "subscriberTimeZone": "America/New_York",
        "sendEligibleSubscribersOnly": True,
        "metadata": {"eventLocation": "New York"},
    }
    assert list(found) == list(BODY_FIELDS)


@pytest.mark.parametrize(
    ("phone", "form", "sent"),
    [
        ("+14155552671", "national", "4155552671"),
        ("+14155552671", "e164", "+14155552671"),
        ("+442079460123", "national", "+442079460123"),
        ("+12461234567", "national", "2461234567"),
    ],
)
def test_phone_is_in_the_profiles_form(judge: Judge, phone: str, form: Any, sent: str) -> None:
    """+1 numbers go as ten digits and others in E.164, or all in E.164."""
    assert body(judge, {"phone": phone}, profile=Profile(phone_form=form))["phone"] == sent


def test_wrong_field_does_not_hide_the_others(judge: Judge) -> None:
    """Each field that could be read stands there, also when another one could not."""
    change = {"phone": "555", "eventDateTime": "2027-03-14T02:30:00", "emailAddress": "x@", "metadata.x": "{"}
    found = body(judge, change)

    assert set(found) == {"externalEventId", "eventType", "remindTimeOffset", "eventDateTime", "subscriberTimeZone"}


def test_refused_value_is_not_in_the_body(judge: Judge) -> None:
    """A value that normalizing refused is left out although it looks like a normal form."""
    assert "phone" not in body(judge, {}, reasons=[("phone", "phone_not_in_use", [0])])


@pytest.mark.parametrize("action", ["create", "upsert"])
def test_defaults_are_filled_and_named(judge: Judge, action: str) -> None:
    """What the profile fills in a new appointment stands in the body, and is named as such."""
    profile = Profile(
        event_type="Check-up",
        event_types={"Check-up": EventType("t-1")},
        remind_time_offset="PT24H",
        follow_up_time_offset="PT2H",
        send_eligible_subscribers_only=False,
        metadata={"room": "3"},
    )
    blank = {"action": action, "eventType": "", "remindTimeOffset": "", "metadata.eventLocation": "Main"}
    checked = judge.check(blank, {"remindTimeOffset": "PT1H", "metadata.room": "4"}, profile=profile)
    first, second = payloads(checked)

    assert first["eventType"] == {"uuid": "t-1"}
    assert (first["remindTimeOffset"], first["followUpTimeOffset"]) == ("PT24H", "PT2H")
    assert first["sendEligibleSubscribersOnly"] is False
    assert first["metadata"] == {"eventLocation": "Main", "room": "3"}
    assert second["metadata"] == {"room": "4"}
    assert set(defaulted(checked)[0]) == {
        "eventType", "remindTimeOffset", "followUpTimeOffset", "sendEligibleSubscribersOnly", "metadata.room",
    }  # fmt: skip
    assert set(defaulted(checked)[1]) == {"followUpTimeOffset", "sendEligibleSubscribersOnly"}


@pytest.mark.parametrize("action", ["update", "cancel", "no_show"])
def test_blank_in_an_update_stays_blank(judge: Judge, action: str) -> None:
    """A blank in an update means "leave as it is": no default is put there."""
    checked = judge.check({"action": action, "remindTimeOffset": ""}, profile=Profile(follow_up_time_offset="PT2H"))

    assert not {"remindTimeOffset", "followUpTimeOffset"} & set(payloads(checked)[0])
    assert defaulted(checked) == [()]


def test_zone_of_the_profile_is_a_default_and_the_locations_is_not(judge: Judge) -> None:
    """A zone that only the profile gave is named as filled in; one of the row's place is the row's own."""
    profile = Profile(zone="America/Chicago", locations={"Main": Location(zone="America/Denver")})
    typed = [{"location": "", "subscriberTimeZone": ""}, {"location": "main", "subscriberTimeZone": " "}]
    typed.append({"location": "", "subscriberTimeZone": "Denver"})
    zones = ["America/Chicago", "America/Denver", "America/Denver"]
    checked = judge.check(*({"subscriberTimeZone": name} for name in zones), typed=typed, profile=profile)

    assert defaulted(checked) == [("subscriberTimeZone",), (), ()]


def test_id_is_derived(judge: Judge) -> None:
    """A row without an id gets one made of phone, start, zone and type; it is the appointment's id from then on."""
    checked = judge.check({"externalEventId": ""}, {"externalEventId": "", "action": "cancel"})
    parts = (judge.good[name] for name in ("phone", "eventDateTime", "subscriberTimeZone", "eventType"))
    derived = derived_external_id(*parts)

    assert [found["externalEventId"] for found in payloads(checked)] == [derived] * 2
    assert checked.values.column("externalEventId").tolist() == [derived] * 2
    assert len(derived) == 24


@pytest.mark.parametrize("field", ["phone", "eventDateTime", "subscriberTimeZone", "eventType"])
def test_derived_id_is_of_its_parts(judge: Judge, field: str) -> None:
    """Another phone, start, zone or type is another appointment; a part that is lost gives no id."""
    other = {
        "phone": "+14155552672",
        "eventDateTime": "2027-03-04T14:31:00",
        "subscriberTimeZone": "America/Toronto",
        "eventType": "t-2",
    }[field]
    blank = {"externalEventId": ""}
    found = payloads(judge.check(blank, {**blank, field: other}, {**blank, field: ""}))

    assert found[0]["externalEventId"] != found[1]["externalEventId"]
    assert "externalEventId" not in found[2]


def test_derived_id_needs_readable_parts(judge: Judge) -> None:
    """No id is made of a value that could not be read."""
    assert "externalEventId" not in body(judge, {"externalEventId": ""}, reasons=[("phone", "phone_not_in_use", [0])])


def test_derived_ids_do_not_change() -> None:
    """The id of an appointment stays the same from release to release: the ledger's keys are made of it."""
    derived = derived_external_id("+14155552671", "2027-03-04T14:30:00", "America/New_York", "t-1")

    assert derived == "imp-6jrorrcj2sggzhi7lnz6"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.text(st.characters(exclude_categories=["Cs"])))
def test_members_are_json(texts: list[str], name: str) -> None:
    """Any text stands in JSON as the JSON library writes it, with escapes or without."""
    for text, member in zip(texts, text_members(name, texts), strict=True):
        assert f"{{{member[:-1]}}}".encode() == orjson.dumps({name: text})


def test_bodies_of_many_rows(judge: Judge) -> None:
    """Columns that hardly repeat are written as those that do; rows keep their own values."""
    rows = [
        {"externalEventId": f"A{n}", "firstName": f'"{n}"' if n % 2 else "", "emailAddress": f"p{n}@example.com"}
        for n in range(3000)
    ]
    checked = judge.check(*rows)

    assert [orjson.loads(found) for found in bodies(checked)] == payloads(checked)
    assert [found["externalEventId"] for found in payloads(checked)] == [row["externalEventId"] for row in rows]
    assert [found.get("firstName", "") for found in payloads(checked)] == [row["firstName"] for row in rows]
