"""A chunk in normal forms: what stands in ``values``, and where the findings point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.model.profile import EventType, Location, Profile
from importer.normalizing import normalize
from importer.problems import KINDS

if TYPE_CHECKING:
    from importer.model.chunks import Normalized


def frame(**columns: list[str]) -> pd.DataFrame:
    """Return a chunk whose rows are numbered from 2, as in a sheet."""
    named = {name.replace("__", "."): texts for name, texts in columns.items()}
    rows = len(next(iter(named.values())))
    return pd.DataFrame(named, index=pd.RangeIndex(2, 2 + rows), dtype=object)


def found(normalized: Normalized) -> set[tuple[str, str, int]]:
    """Return the findings as (field, code, position)."""
    return {(f.field, f.code, int(at)) for f in normalized.reasons for at in f.positions}


def column(result: Normalized, field: str) -> list[str]:
    return list(result.values.column(field).tolist())


def first_row(result: Normalized) -> dict[str, str]:
    return {name: found.column[0] for name, found in result.values.columns.items()}


def test_reads_every_kind_of_field() -> None:
    """One row of everyday spellings comes out in normal forms, without a word about it."""
    typed = frame(
        action=["booked"],
        externalEventId=[" 00123 "],
        phone=["(415) 555-2671"],
        firstName=["Zoe\u0308"],
        emailAddress=["ana@example.com"],
        eventType=["check-up"],
        remindTimeOffset=["3 hours"],
        eventDateTime=["2027-03-04 14:30"],
        subscriberTimeZone=["us/pacific"],
        sendEligibleSubscribersOnly=["Yes"],
        metadata__eventLocation=["New York"],
    )
    profile = Profile(event_types={"Check-up": EventType("6c52d314-a3ca-4781-ba70-000000000000")})

    result = normalize(typed, profile)

    assert result.reasons == ()
    assert first_row(result) == {
        "action": "upsert",
        "externalEventId": "00123",
        "phone": "+14155552671",
        "firstName": "Zo\u00eb",
        "emailAddress": "ana@example.com",
        "eventType": "6c52d314-a3ca-4781-ba70-000000000000",
        "remindTimeOffset": "PT3H",
        "eventDateTime": "2027-03-04T14:30:00",
        "subscriberTimeZone": "America/Los_Angeles",
        "sendEligibleSubscribersOnly": "true",
        "metadata.eventLocation": "New York",
    }


def test_keeps_unreadable_values_as_typed() -> None:
    """A value without a sure reading stays as it is, with a finding at its position."""
    typed = frame(phone=["555-1234", "(415) 555-2671", "555-1234"], remindTimeOffset=["P1M", "", "90 min"])

    result = normalize(typed, Profile())

    assert column(result, "phone") == ["555-1234", "+14155552671", "555-1234"]
    assert column(result, "remindTimeOffset") == ["P1M", "", "PT1H30M"]
    assert found(result) == {
        ("phone", "phone_too_short", 0),
        ("phone", "phone_too_short", 2),
        ("remindTimeOffset", "duration_calendar", 0),
    }


def test_every_finding_has_its_kind_in_the_catalogue() -> None:
    """What normalizing says can be told to a person."""
    typed = frame(
        phone=["x", "1e5", "020 7946 0958"], eventDateTime=["soon", "12:00", "3/4/2027"], action=["", "?", "dna"]
    )

    result = normalize(typed, Profile())

    assert {finding.code for finding in result.reasons} <= set(KINDS)


def test_translates_the_profile_s_own_words() -> None:
    """A value mapping is applied before a value is read, without regard to case."""
    profile = Profile(values={"action": {"Storno": "cancel"}, "remindTimeOffset": {"usual": "PT3H"}})

    result = normalize(frame(action=["STORNO", "create"], remindTimeOffset=["usual", "1 h"]), profile)

    assert column(result, "action") == ["cancel", "create"]
    assert column(result, "remindTimeOffset") == ["PT3H", "PT1H"]
    assert result.typed["action"].tolist() == ["STORNO", "create"]


def test_location_gives_zone_and_metadata() -> None:
    """A known place fills the blanks of its rows; what the row says itself stands."""
    profile = Profile(
        zone="ET",
        locations={"Downtown": Location(zone="US/Central", metadata={"eventLocation": "12 Main St", "door": "B"})},
    )
    typed = frame(
        location=["downtown", "Downtown", "", "Uptown"],
        subscriberTimeZone=["", "PT", "", ""],
        metadata__door=["", "C", "", ""],
    )

    result = normalize(typed, profile)

    assert column(result, "subscriberTimeZone") == [
        "America/Chicago",
        "America/Los_Angeles",
        "America/New_York",
        "America/New_York",
    ]
    assert column(result, "metadata.door") == ["B", "C", "", ""]
    assert column(result, "metadata.eventLocation") == ["12 Main St", "12 Main St", "", ""]
    assert found(result) == {("location", "location_unknown", 3)}


def test_merges_json_metadata_into_columns() -> None:
    """One column of JSON and columns of metadata come out as columns; a contradiction is a problem."""
    typed = frame(
        metadata=['{"room": 4.50, "ok": true}', "", '{"room": "5"}', "[1]"], metadata__room=["", "7", "6", "8"]
    )

    result = normalize(typed, Profile())

    assert column(result, "metadata.room") == ["4.50", "7", "5", "8"]
    assert column(result, "metadata.ok") == ["true", "", "", ""]
    assert found(result) == {("metadata", "metadata_contradicts", 2), ("metadata", "metadata_not_json", 3)}


def test_reads_date_and_time_columns_as_one_start() -> None:
    """Day and time of day in two columns make one start, and a missing half is a problem, never a midnight."""
    typed = frame(
        date=["2027-03-04", "2027-03-04", "", "3/4/2027", "", "2027-03-04T00:00:00"],
        time=["2:30 PM", "", "14:30", "14:30", "", "0.604166666666667"],
    )

    result = normalize(typed, Profile())

    assert column(result, "eventDateTime") == [
        "2027-03-04T14:30:00",
        "2027-03-04",
        "14:30",
        "3/4/2027 14:30",
        "",
        "2027-03-04T14:30:00",
    ]
    assert found(result) == {("time", "time_missing", 1), ("date", "date_missing", 2), ("date", "date_ambiguous", 3)}


@pytest.mark.parametrize(
    ("zone", "expected", "code"),
    [
        ("Asia/Kolkata", "2026-01-15T14:30:00", "offset_converted"),
        ("America/New_York", "2026-01-15T04:00:00", "offset_converted"),
        ("", "2026-01-15T14:30:00+0530", "offset_without_zone"),
        ("Nowhere", "2026-01-15T14:30:00+0530", "offset_without_zone"),
    ],
)
def test_converts_offsets_into_the_row_s_zone(zone: str, expected: str, code: str) -> None:
    """An offset is neither cut off nor sent: the start becomes local time in the row's zone, or is a problem."""
    typed = frame(eventDateTime=["2026-01-15T14:30:00+0530"], subscriberTimeZone=[zone])

    result = normalize(typed, Profile())

    assert column(result, "eventDateTime") == [expected]
    assert ("eventDateTime", code, 0) in found(result)


def test_an_empty_chunk_is_an_empty_result() -> None:
    """A sheet without rows is no error."""
    result = normalize(frame(phone=[], eventDateTime=[], metadata=[], location=[]), Profile())

    assert column(result, "phone") == []
    assert result.reasons == ()
