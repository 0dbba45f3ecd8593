"""Hidden and filtered rows of a workbook: read with a notice, or left out where the profile says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from importer.commands.check import check
from importer.commands.job import Event, Job, Stage
from importer.commands.pipeline import without_hidden
from importer.model.chunks import Chunk
from importer.model.profile import Profile
from importer.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

NOW = 1_804_000_000.0  # 2027-03-02 in UTC
UUID = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.fixture
def book(tmp_path: Path) -> str:
    """Write a workbook of four appointments, of which the second and third are filtered out."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["Booking ID", "Phone", "Start", "Status"])
    for number in range(1, 5):
        sheet.append([f"B{number}", f"212555014{number}", f"2027-03-0{number + 4} 13:30", "Booked"])
    sheet.auto_filter.ref = "A1:D5"
    for number in (3, 4):
        sheet.row_dimensions[number].hidden = True
    path = tmp_path / "week.xlsx"
    made.save(path)
    return str(path)


def looked_at(path: str, profile: Profile) -> tuple[list[int], list[str]]:
    rows: list[dict[str, Any]] = []
    heard: list[Event] = []
    check(Job(Settings(), profile, now=lambda: NOW, on_event=heard.append), [path], each_row=rows.append)
    return [row["row"] for row in rows], [event.text.partition(": ")[2] for event in heard if event.stage is Stage.NOTE]


def test_hidden_rows_are_read_with_a_notice(book: str) -> None:
    """Unless the profile says otherwise, hidden rows are read like all others, and that is said."""
    rows, notes = looked_at(book, Profile(zone="America/New_York", event_type=UUID))

    assert rows == [2, 3, 4, 5]
    assert notes == ["2 rows are hidden in the sheet and read all the same: 3, 4."]


def test_hidden_rows_are_left_out_where_the_profile_says_so(book: str) -> None:
    """A profile with `leave_out` gets only the rows that a person sees, and is told which are missing."""
    rows, notes = looked_at(book, Profile(zone="America/New_York", event_type=UUID, hidden_rows="leave_out"))

    assert rows == [2, 5]
    assert notes == ["2 rows are hidden in the sheet and left out, as the profile says: 3, 4."]


def test_file_without_its_hidden_rows_is_no_whole_export(desk: Desk, book: str) -> None:
    """An appointment whose row is hidden is not missing: of such a file nothing is concluded about what it does not hold."""
    from importer.commands.run import run

    whole = Profile(
        name="p",
        declared=True,
        zone="America/New_York",
        event_type=UUID,
        snapshot="2027-03-01..2027-03-31",
        cancel_missing=True,
    )
    desk.profile = whole
    first = run(desk.job(), [book])
    desk.profile = Profile(**{**{key: getattr(whole, key) for key in whole.__slots__}, "hidden_rows": "leave_out"})
    again = run(desk.job(), [book])

    assert [str(row.status) for row in first.report.rows()] == ["created"] * 4
    assert [str(row.status) for row in again.report.rows()] == ["unchanged"] * 2
    assert [action for action, *_ in desk.deeds()] == ["create"] * 4


@given(st.sets(st.integers(2, 40)), st.sets(st.integers(2, 40)))
def test_only_hidden_rows_are_left_out(numbers: set[int], hidden: set[int]) -> None:
    """Of any rows, exactly those within the spans are left out."""
    spans = [(number, number) for number in sorted(hidden)]
    chunk = Chunk(pd.DataFrame({0: np.array([str(n) for n in sorted(numbers)], dtype=object)}, index=sorted(numbers)))

    left = [number for each in without_hidden([chunk], spans) for number in each.frame.index.tolist()]

    assert left == sorted(numbers - hidden)


def test_hidden_rows_that_are_struck_through(book: str) -> None:
    """A line through a row that is left out is no problem; where hidden rows are read it is."""
    made = openpyxl.load_workbook(book)
    for cell in made.active[3]:
        cell.font = Font(strike=True)
    made.save(book)
    told: dict[str, list[list[str]]] = {}
    for wish in ("leave_out", "read"):
        rows: list[dict[str, Any]] = []
        profile = Profile(zone="America/New_York", event_type=UUID, hidden_rows=wish)
        check(Job(Settings(), profile, now=lambda: NOW), [book], each_row=rows.append)
        told[wish] = [[problem["code"] for problem in row["problems"]] for row in rows]

    assert told == {"leave_out": [[], []], "read": [[], ["struck_through"], [], []]}
