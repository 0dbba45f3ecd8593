"""A report fed back to a whole importer: what is done is not sent again, what was corrected is sent once."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

import sample_data
from importer.commands.job import Job
from importer.commands.run import RunResult, run
from importer.demo import clock_from, settings_for
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENT = sample_data.moment("clinic_week.csv")
HEADING = (
    "Action",
    "Appointment number",
    "Mobile phone",
    "Appointment type",
    "Appointment start",
    "Time zone",
    "Remind before",
)
BAD_PHONE, GOOD_PHONE = "555-01", "(646) 555-01"


class Desk:
    """A coordinator's desk: a folder, a ledger in it, and the stand-in for the API."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox

    def run(self, sheet: Path) -> tuple[RunResult, int]:
        """Run a sheet; return how it went and how many calls had an effect."""
        before = len(self.sandbox.effects())
        job = Job(settings_for(self.folder, self.sandbox), Profile(), now=clock_from(MOMENT))
        return run(job, [str(sheet)]), len(self.sandbox.effects()) - before


def booked(place: int) -> tuple[str, ...]:
    """Return a row; every fourth has a phone that wants a person, every fifth is typed with its country code."""
    start = BAD_PHONE if place % 4 == 0 else "+1 646 555 01" if place % 5 == 0 else GOOD_PHONE
    kind = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
    number, phone = f"00{400 + place}", f"{start}{place:02d}"
    return ("create", number, phone, kind, f"2027-03-{8 + place % 5:02d} 09:30", "America/New_York", "1 day")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Sandbox() as sandbox:
        yield Desk(tmp_path, sandbox)


@pytest.fixture
def first(desk: Desk) -> RunResult:
    """Twenty rows, five of them wrong, run once."""
    sheet = desk.folder / "week.csv"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADING, *map(booked, range(20))])
    result, calls = desk.run(sheet)
    assert (result.totals[Status.CREATED], result.totals[Status.INVALID], calls) == (15, 5, 15)
    return result


def changed(workbook: Path, into: Path, change: Any) -> Path:
    """Let a function work on the rows of a workbook, as a person would, and save it elsewhere."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in cells] for cells in sheet.iter_rows(min_row=2)]
    sheet.delete_rows(2, sheet.max_row)
    for cells in change(rows):
        sheet.append(cells)
    book.save(into)
    return into


def corrected(rows: list[list[Any]]) -> list[list[Any]]:
    """Write whole phones."""
    return [
        [*cells[:2], f"(646) {cells[2]}" if cells[2].startswith(BAD_PHONE) else cells[2], *cells[3:]] for cells in rows
    ]


def shuffled_and_thinned(rows: list[list[Any]]) -> list[list[Any]]:
    """Sort rows otherwise and delete some."""
    random.Random(5).shuffle(rows)
    return rows[3:]


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_a_report_fed_back_sends_nothing(desk: Desk, first: RunResult, name: str) -> None:
    """Rows that are done cost no call, and rows that are still wrong stay wrong."""
    result, calls = desk.run(first.paths[name])

    assert calls == 0
    assert result.totals[Status.INVALID] == 5
    assert result.totals[Status.UNCHANGED] == (0 if name == "to_fix.xlsx" else 15)


def test_sorted_and_thinned_it_sends_nothing_either(desk: Desk, first: RunResult) -> None:
    """A done row is known by what it is, not by where it stands."""
    sheet = changed(first.paths["results.xlsx"], desk.folder / "sorted.xlsx", shuffled_and_thinned)
    result, calls = desk.run(sheet)

    assert calls == 0
    assert result.totals[Status.UNCHANGED] + result.totals[Status.INVALID] == 17


@pytest.mark.parametrize("name", ["results.xlsx", "to_fix.xlsx"])
def test_each_corrected_row_is_sent_once(desk: Desk, first: RunResult, name: str) -> None:
    """Five corrections are five calls, and the corrected file sends nothing when it is run again."""
    sheet = changed(first.paths[name], desk.folder / "corrected.xlsx", corrected)
    result, calls = desk.run(sheet)
    _, again = desk.run(sheet)

    assert (calls, again) == (5, 0)
    assert result.totals[Status.CREATED] == 5
    assert result.exit_code == 0
