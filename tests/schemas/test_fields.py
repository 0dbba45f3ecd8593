"""The table of fields: headings that name one field each, and what stands in a body."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import BODY_FIELDS, FIELD, FIELDS, NAMES, PERSONAL, alias_table, folded

# What a sheet may have beside the columns we take; each could be mistaken for one of ours.
AMBIGUOUS = (
    "id", "name", "status", "type", "notes", "day", "hour", "zone", "first", "last", "end time",
    "booking date", "booked at", "date scheduled", "scheduled at", "created at", "cancelled at", "confirmation number",
    "home phone", "work phone", "mail", "reminder", "remind", "duration", "location id", "patient id", "client id",
)  # fmt: skip


def test_a_heading_names_one_field() -> None:
    """No folded heading stands for two fields."""
    owners: dict[str, set[str]] = {}
    for field in FIELDS:
        for text in (field.name, *field.aliases):
            owners.setdefault(folded(text), set()).add(field.name)

    assert {heading: names for heading, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_aliases_say_something_new(field: object) -> None:
    """No alias repeats, once folded, the field's name or another alias."""
    texts = [folded(text) for text in (field.name, *field.aliases)]  # type: ignore[attr-defined]

    assert [text for text, count in Counter(texts).items() if count > 1] == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_title_is_a_heading(field: object) -> None:
    """The title, which the template writes, is understood when the sheet comes back."""
    assert alias_table()[folded(field.title)] == field.name  # type: ignore[attr-defined]


@pytest.mark.parametrize("heading", AMBIGUOUS)
def test_ambiguous_heading_is_no_alias(heading: str) -> None:
    """A heading that may mean something else in some clinic's export is not taken without a profile."""
    assert folded(heading) not in alias_table()


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        pytest.param("Text Reminder Number", "phone", id="calendly-phone"),
        pytest.param("Invitee Time Zone", "subscriberTimeZone", id="calendly-zone"),
        pytest.param("Start Date & Time", "eventDateTime", id="calendly-start"),
        pytest.param("Event Type Name", "eventType", id="calendly-type"),
        pytest.param("Start Date", "date", id="google-calendar-date"),
        pytest.param("Start Time", "time", id="google-calendar-time"),
        pytest.param("Appointment ID", "externalEventId", id="acuity-id"),
        pytest.param("Mobile Phone", "phone", id="mindbody-phone"),
        pytest.param("start_at", "eventDateTime", id="jane-start"),
        pytest.param("AptDateTime", "eventDateTime", id="open-dental-start"),
        pytest.param("AptNum", "externalEventId", id="open-dental-id"),
        pytest.param("Appt Date", "date", id="dentrix-date"),
        pytest.param("Patient Mobile", "phone", id="cliniko-phone"),
        pytest.param("Service", "eventType", id="square-service"),
    ],
)
def test_knows_exports(heading: str, field: str) -> None:
    """Headings of common booking systems that can mean one thing only are known."""
    assert alias_table()[folded(heading)] == field


@given(st.sampled_from(sorted(FIELD)), st.sampled_from([" ", "_", "-", "\ufeff", ". "]))
def test_folding_forgives_punctuation(name: str, mark: str) -> None:
    """Case, blanks, dashes, underscores and a byte order mark make no difference."""
    assert folded(mark + mark.join(name).upper() + mark) == folded(name)


def test_body_fields_follow_the_document() -> None:
    """The fields of a body stand in the order of the API document's create table."""
    assert BODY_FIELDS == (
        "externalEventId",
        "phone",
        "firstName",
        "lastName",
        "emailAddress",
        "eventType",
        "remindTimeOffset",
        "followUpTimeOffset",
        "eventDateTime",
        "subscriberTimeZone",
        "sendEligibleSubscribersOnly",
        "metadata",
    )


def test_names_are_never_quoted() -> None:
    """Who adds a person's name to the body also says that no sentence may quote it."""
    assert NAMES.intersection(BODY_FIELDS) <= {*PERSONAL}


@pytest.mark.parametrize("action", ["update", "cancel", "no_show"])
def test_flag_is_for_creates(action: str) -> None:
    """The eligibility flag cannot be changed later, so only a create takes it."""
    assert action not in FIELD["sendEligibleSubscribersOnly"].needs
