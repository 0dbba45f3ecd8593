"""The pandera schemas judge normal forms, one by one and together alike."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from importer.problems import KINDS
from schemas.appointment import (
    ALWAYS_SENT,
    CREATE,
    FORMATS,
    METADATA_FORMATS,
    SCHEMAS,
    UPDATE,
    UPSERT,
    formats,
    is_start,
    is_zone,
    zone_names,
)
from schemas.fields import FIELD, ActionName

GOOD = {
    "phone": "+14155552671",
    "eventType": "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01",
    "remindTimeOffset": "PT3H",
    "eventDateTime": "2027-03-04T14:30:00",
    "subscriberTimeZone": "America/New_York",
    "metadata.eventLocation": "New York",
}


@cache
def form_of(field: str) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({field: pa.Column(checks=list(formats(field)))})


def passing(field: str, text: str) -> bool:
    try:
        form_of(field).validate(pd.DataFrame({field: [text]}, dtype=object), lazy=True)
    except SchemaErrors:
        return False
    return True


def passes(check: pa.Check, texts: list[str]) -> list[bool]:
    verdicts: list[bool] = check(pd.Series(texts, dtype=object)).check_output.tolist()
    return verdicts


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("phone", "+14155552671"),
        ("phone", "+24740123"),
        ("uuid", "1a2b3c4d5e6f7g8h9i0j"),
        ("externalEventId", "A 00-7/é"),
        ("firstName", "Zoë O'Brien-Nguyễn"),
        ("emailAddress", "ana@example.com"),
        ("emailAddress", "ana.o'brien+x@sub.exämple.co"),
        ("eventType", "6c52d314-a3ca-4781-ba70-XXXXXXXXXXXX"),
        ("remindTimeOffset", "PT3H"),
        ("followUpTimeOffset", "PT26H30M5S"),
        ("eventDateTime", "2028-02-29T23:59:59"),
        ("eventDateTime", "2027-12-31T00:00:00"),
        ("subscriberTimeZone", "America/Argentina/Buenos_Aires"),
        ("subscriberTimeZone", "UTC"),
        ("sendEligibleSubscribersOnly", "false"),
        ("metadata.room", "Room 3, “blue”"),
    ],
)
def test_passes(field: str, text: str) -> None:
    """Normal forms pass."""
    assert passing(field, text)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("phone", "4155552671"),
        ("phone", "+1 415 555 2671"),
        ("phone", "+04155552671"),
        ("phone", "+1234567890123456"),
        ("uuid", "a/../b"),
        ("uuid", "a b"),
        ("externalEventId", " 7"),
        ("externalEventId", "7\n"),
        ("externalEventId", "7" * 256),
        ("firstName", "Ana\x07"),
        ("lastName", "a\nb"),
        ("emailAddress", "ana@example"),
        ("emailAddress", "ana@@example.com"),
        ("emailAddress", "ana@example.com, bob@example.com"),
        ("emailAddress", "ana@example..com"),
        ("eventType", "Check up"),
        ("remindTimeOffset", "PT0S"),
        ("remindTimeOffset", "P1D"),
        ("remindTimeOffset", "P1M"),
        ("remindTimeOffset", "PT"),
        ("remindTimeOffset", "-PT3H"),
        ("remindTimeOffset", "PT3H\n"),
        ("remindTimeOffset", "pt3h"),
        ("eventDateTime", "2027-02-29T10:00:00"),
        ("eventDateTime", "2100-02-29T10:00:00"),
        ("eventDateTime", "2027-04-31T10:00:00"),
        ("eventDateTime", "2027-03-04T24:00:00"),
        ("eventDateTime", "2027-03-04T10:00:00Z"),
        ("eventDateTime", "2027-03-04 10:00:00"),
        ("eventDateTime", "2027-00-04T10:00:00"),
        ("eventDateTime", "2027-03-00T10:00:00"),
        ("subscriberTimeZone", "EST"),
        ("subscriberTimeZone", "America"),
        ("subscriberTimeZone", "america/new_york"),
        ("subscriberTimeZone", "../../etc/passwd"),
        ("sendEligibleSubscribersOnly", "TRUE"),
        ("metadata.room", "{room}"),
        ("metadata.room", "a\tb"),
    ],
)
def test_refuses(field: str, text: str) -> None:
    """What is no normal form fails."""
    assert not passing(field, text)


@pytest.mark.parametrize("field", FORMATS)
def test_blank_has_every_form(field: str) -> None:
    """Whether a blank is allowed is a check of its own."""
    assert passing(field, "")


@pytest.mark.parametrize("action", SCHEMAS)
def test_every_check_has_a_known_code(action: ActionName) -> None:
    """Each check of each schema carries the code of a kind of problem."""
    checks = [check for column in SCHEMAS[action].columns.values() for check in column.checks]

    assert checks
    assert all(check.error in KINDS and not KINDS[check.error].is_warning for check in checks)


@pytest.mark.parametrize("action", SCHEMAS)
def test_schema_has_the_fields_that_the_action_takes(action: ActionName) -> None:
    """Each schema has exactly the columns that the field table gives its action, and metadata columns by pattern."""
    takes = {name for name in FORMATS if action in FIELD[name].needs}
    patterns = {name for name, column in SCHEMAS[action].columns.items() if column.regex}

    assert set(SCHEMAS[action].columns) - patterns == takes
    assert bool(patterns) is (action in FIELD["metadata"].needs)


def test_upsert_is_held_to_both() -> None:
    """What may become a create or an update has the columns of both, and wants what a create wants."""
    assert set(UPSERT.columns) == set(CREATE.columns) | set(UPDATE.columns)
    assert {name for name, column in UPSERT.columns.items() if column.required} == set(ALWAYS_SENT)
    for name, column in UPSERT.columns.items():
        assert column.checks == (CREATE if name in CREATE.columns else UPDATE).columns[name].checks


def test_create_wants_what_is_always_sent() -> None:
    """A create without one of its needed values fails with that code, one failure case a blank."""
    rows = pd.DataFrame([{**GOOD, name: ""} for name in ALWAYS_SENT], index=range(2, 7), dtype=object)
    with pytest.raises(SchemaErrors) as caught:
        CREATE.validate(rows, lazy=True)
    cases = caught.value.failure_cases

    assert cases["check"].tolist() == ["value_missing"] * 5
    assert dict(zip(cases["column"], cases["index"], strict=True)) == {n: i for i, n in enumerate(ALWAYS_SENT, start=2)}


def test_good_create_passes_whole() -> None:
    """A frame of good rows passes pandera's own validation."""
    rows = pd.DataFrame([GOOD] * 3, dtype=object)

    assert CREATE.validate(rows, lazy=True).equals(rows)


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "a\nb", "\n", "PT3H", "2027-03-04T14:30:00", "+14155552671", "true", "2028-02-29T10:00:00"]
        ),
        st.text(max_size=8),
        st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat()),
        st.emails(),
        st.from_regex(r"\+[1-9][0-9]{5,15}", fullmatch=True),
    ),
    max_size=8,
)


@given(st.sampled_from([*FORMATS, "metadata.x"]), TEXTS)
def test_together_as_one_by_one(field: str, texts: list[str]) -> None:
    """A text gets the same verdict in company as alone, although companies are judged in one go."""
    for check in formats(field):
        assert passes(check, texts) == [passes(check, [text])[0] for text in texts]


@given(st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat()))
def test_every_moment_is_a_start(text: str) -> None:
    """Any moment of the calendar passes, and none of its neighbours by one letter that Python cannot read."""
    assert passing("eventDateTime", text)


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
def test_days_are_those_of_the_calendar(year: int, month: int, day: int) -> None:
    """A day passes exactly if the calendar has it."""
    text = f"{year:04}-{month:02}-{day:02}T10:00:00"
    try:
        datetime.fromisoformat(text)
        exists = True
    except ValueError:
        exists = False

    assert is_start(text) is exists


def test_zones_are_places() -> None:
    """Every name with a place passes; the fixed-offset zones that look like abbreviations do not."""
    bare = {name for name in zone_names() if "/" not in name}

    assert all(is_zone(name) for name in zone_names() - bare)
    assert {name for name in bare if is_zone(name)} == {"UTC", "GMT", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"}


def test_metadata_checks_are_shared() -> None:
    """Every metadata column is judged by the same two checks."""
    assert formats("metadata.anything") == METADATA_FORMATS
    assert all(isinstance(check, pa.Check) for check in METADATA_FORMATS)
