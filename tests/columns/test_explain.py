"""How a sheet's headings were understood, and lines for the profile that settle the rest."""

from __future__ import annotations

import tomllib

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.columns import match
from importer.columns.explain import explain, quoted
from importer.model.chunks import Chunk
from importer.model.profile import Profile


def sheet(**columns: list[str]) -> tuple[list[str], Chunk]:
    frame = pd.DataFrame(columns, dtype=object)
    return list(columns), Chunk(frame.set_axis(range(frame.shape[1]), axis="columns"))


def profile_of(lines: str, name: str = "default") -> Profile:
    table = tomllib.loads(lines)["profile"][name]
    return Profile(columns=table.get("columns", {}), zone=table.get("zone"), event_type=table.get("event_type"))


def test_tells_the_fate_of_each_heading() -> None:
    """Every heading has its reason, in words too."""
    headings = [
        "phone",
        "Booking ID",
        "metadata.room",
        "Remind before (min)",
        "Wann",
        "Start",
        "Notes",
        "",
        "result_run",
        "Canceled",
        "X",
    ]
    profile = Profile(columns={"Wann": "eventDateTime", "Notes": ""})
    told = explain(headings, profile)

    assert [heading.fate for heading in told.headings] == [
        "name", "alias", "metadata", "unit", "profile", "outvoted", "left out", "blank", "result", "heeded", "unknown",
    ]  # fmt: skip
    assert all(heading.meaning for heading in told.headings)


def test_shows_three_different_samples() -> None:
    """Samples are different cells, blanks left out, long ones cut."""
    headings, chunk = sheet(phone=["1", "", "1", "2", " ", "3", "4"], Notes=["x" * 60] * 7)
    told = explain(headings, Profile(), chunk)

    assert told.headings[0].samples == ("1", "2", "3")
    assert told.headings[1].samples == ("x" * 39 + "…",)


def test_lines_offer_to_settle_what_stops_rows() -> None:
    """A column that stops rows until it is settled is offered as a comment: what it means is not for us to say."""
    headings = ["phone", "externalEventId", "eventType", "eventDateTime", "tz", "Canceled", "OK to text"]
    lines = explain(headings, Profile()).profile_lines

    assert '# "Canceled" = ""  # ignores it; "action" if it says what to do' in lines
    assert '# "OK to text" = ""  # ignores it' in lines.splitlines()


def test_lines_settle_doubled_columns() -> None:
    """Where two headings stand for one field, the lines make one of them the field, and the sheet is taken."""
    headings = ["Phone", "Mobile", "externalEventId", "eventType", "eventDateTime", "tz"]
    told = explain(headings, Profile())

    assert told.doubled == ("phone",)
    assert "doubled" in told.refusal
    match(headings, profile_of(told.profile_lines)).require()


def test_lines_settle_near_misses() -> None:
    """A heading that looks like a missing field is suggested, marked as a likeness, and settles it when taken."""
    headings, chunk = sheet(
        Rufnummer=["(415) 555-2671"],
        externalEventId=["7"],
        Type=["Check-up"],
        eventDateTime=["2027-03-04 14:30"],
        tz=["Europe/Berlin"],
    )
    told = explain(headings, Profile(name="Main St"), chunk)

    assert told.missing == ("phone", "eventType")
    assert "looks like it: check" in told.profile_lines
    match(headings, profile_of(told.profile_lines, "Main St")).require()


def test_lines_offer_one_value_for_all_rows() -> None:
    """For a missing zone or type the profile may say one for all rows; nothing is filled in by itself."""
    told = explain(["phone", "eventDateTime"], Profile())

    assert '# zone = "America/New_York"' in told.profile_lines
    assert "# event_type =" in told.profile_lines
    assert tomllib.loads(told.profile_lines) == {"profile": {"default": {"columns": {}}}}


def test_nothing_to_say_about_a_settled_sheet() -> None:
    """A sheet that is taken as it is needs no lines."""
    told = explain(["phone", "externalEventId", "eventType", "Start", "tz", "Notes"], Profile())

    assert told.settled
    assert told.profile_lines == ""


def test_cells_tell_what_a_heading_does_not() -> None:
    """A column whose cells look like a missing field is suggested for it, also a time that holds the day."""
    headings, chunk = sheet(
        **{"Kontakt": ["(415) 555-2671"], "Start Time": ["January 5, 2027 2:30 pm"], "Post": ["ana@example.com"]}
    )
    told = explain(headings, Profile(), chunk)

    assert [heading.perhaps for heading in told.headings] == ["phone", None, "emailAddress"]
    assert told.headings[1].field == "eventDateTime"


def test_a_time_with_its_day_is_the_start() -> None:
    """A column of times whose cells hold the day too is the start: such a sheet lacks nothing."""
    headings, chunk = sheet(
        **{"phone": ["4155552671"], "Start Time": ["March 4, 2027 2:30 pm"], "tz": ["x"], "Service": ["y"]}
    )
    told = explain(headings, Profile(), chunk)

    assert told.settled
    assert told.headings[1].field == "eventDateTime"
    assert told.headings[1].fate == "cells"


def test_twins_cannot_be_told_apart_by_a_profile() -> None:
    """Two headings of the very same text want a person; the lines for them are comments."""
    told = explain(["phone", "phone", "tz"], Profile())

    assert tomllib.loads(told.profile_lines)["profile"]["default"]["columns"] == {}


@given(st.text())
def test_any_heading_can_be_written_as_toml(text: str) -> None:
    """A heading stands in the profile lines exactly as typed, whatever it holds."""
    assert tomllib.loads(f"{quoted(text)} = 1") == {text: 1}


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=6))
def test_explains_any_headings(headings: list[str]) -> None:
    """Whatever the headings, each is told once and the lines are TOML."""
    told = explain(headings, Profile())
    tomllib.loads(told.profile_lines)

    assert [heading.heading for heading in told.headings] == headings
