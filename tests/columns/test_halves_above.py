"""Lines such as EVENING above rows whose times do not say AM or PM."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
import pytest

import importer
from importer.columns import Sections, match
from importer.columns.visit_words import late_hours
from importer.model.chunks import Chunk
from importer.model.profile import Profile

HEADINGS: Final = "externalEventId,phone,firstName,eventType,date,time,subscriberTimeZone,remindTimeOffset"


def visit(number: int, time: str) -> str:
    kind = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
    return f"L-{number},212555010{number},Ana,{kind},2027-03-1{number},{time},America/New_York,PT3H"


def line(text: str) -> str:
    return f"{text},,,,,,,"


def codes(*rows: str, title: str = "") -> list[list[str]]:
    """Return the problems of the visits of a sheet."""
    above = [title] if title else []
    Path("day.csv").write_text("\n".join([*above, HEADINGS, *rows, ""]), encoding="utf-8")
    return [
        [problem["code"] for problem in row["problems"]]
        for row in importer.check("day.csv").rows()
        if row["payload"].get("phone")
    ]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", ["EVENING", "Evening clinic", "PM", "PM appointments:", "Abend", "Soir"])
def test_time_without_its_half_below_an_evening_is_asked(text: str) -> None:
    """7:30 below EVENING is not read as one in the morning; with its half, or by a clock of 24 hours, it is sure."""
    found = codes(
        line("MORNING"), visit(1, "9:00"), line(text), visit(2, "7:30"), visit(3, "7:30 PM"), visit(4, "19:30")
    )
    assert found == [[], ["half_above_contradicts"], [], []]


def test_time_that_says_am_itself_is_sure() -> None:
    """What the cell says goes before the line."""
    assert codes(line("EVENING"), visit(1, "8:15 AM"), visit(2, "8:15 PM")) == [[], []]


def test_title_counts_as_a_line() -> None:
    """Evening clinic above the headings is about all rows up to another line."""
    found = codes(visit(1, "8:00"), line("Tuesday"), visit(2, "8:00"), title="Evening clinic")
    assert found == [["half_above_contradicts"], []]


@pytest.mark.parametrize("text", ["Tuesday", "MORNING", "Dr. Lee", "Noon"])
def test_any_other_line_ends_it(text: str) -> None:
    """A day, a doctor or another half of the day may begin a section of its own."""
    assert codes(line("EVENING"), visit(1, "19:00"), line(text), visit(2, "8:00")) == [[], []]


def test_afternoon_leaves_the_late_morning_open() -> None:
    """A visit at 11:30 may begin an afternoon, one at 7:30 in the morning does not."""
    found = codes(line("Afternoon"), visit(1, "11:30"), visit(2, "7:30"), visit(3, "14:00"))
    assert found == [[], ["half_above_contradicts"], []]


@pytest.mark.parametrize("text", ["EVENING", "evenings (3)", "PM", "Evening appointments", "Soir", "Abends"])
def test_line_of_a_late_half(text: str) -> None:
    """It names the half, and nothing else but visits."""
    assert "07" in late_hours(text)


@pytest.mark.parametrize(
    "text", ["Morning", "AM", "Good evening", "Evening primrose", "Dr. Eve Lee", "Tuesday evening Dr. Lee", "", "Noon"]
)
def test_other_line(text: str) -> None:
    """Early halves, greetings and names tell of no late half."""
    assert not late_hours(text)


def test_what_a_sheet_said_is_remembered() -> None:
    """Of a sheet that was read, a draft remembers its lines; told to another, they say the same of its rows."""
    headings = (*HEADINGS.split(","), "")
    rows = [
        [*line("Cancelled").split(","), ""],
        [*line("EVENING").split(","), ""],
        [*visit(1, "7:30").split(","), "Red = cancelled"],
    ]
    chunk = Chunk(pd.DataFrame(rows, index=[2, 3, 4], dtype=object))
    matching = match(headings, Profile())
    seen, told = Sections(matching, None, 1), Sections(matching, None, 1)
    seen.see(chunk)
    told.recall(seen.lines)
    assert [code for _, _, code in seen.lines] == ["colours_tell", "half_above_contradicts", "status_not_used"]
    assert told.lines == seen.lines
    assert told.are_among(chunk)
