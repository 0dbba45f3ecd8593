"""Appointments that are missing from a snapshot: rows without a number in every file of a report."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import orjson
import pytest
from made_runs import HEADINGS, file_record, report_of, row, run_record, said

from importer.columns import heading_score
from importer.model.statuses import RESULT_COLUMNS, Status
from importer.reading.sheet_choice import open_sheet
from importer.reporting.report_columns import WORKBOOK_COLUMNS
from importer.reporting.run_end import summary_lines
from importer.reporting.run_report import SumsError
from importer.writing import write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reporting.run_report import Report

KNOWN = {"firstName": "Ana", "phone": "2125550103", "eventDateTime": "2027-03-08T09:00:00"}


def report_with(*statuses: Status) -> Report:
    """Return a report of two rows of a sheet and a missing appointment for each status."""
    file = file_record(2)
    facts = {"cells": (), "action": "cancel", "said": KNOWN, "external_event_id": "A-3", "http_status": None}
    held = {"problems": said("too_many_missing", value="12", detail="40"), "code": "too_many_missing"}
    missing = [
        row(file, 0, status, **facts, **(held if status is Status.HELD else {}), attempts=()) for status in statuses
    ]
    return report_of([row(file, 2), row(file, 3, Status.INVALID), *missing], run_record(exit_code=6))


def test_own_columns_are_blank_and_the_number_too(reports: Path) -> None:
    """In results.csv a missing appointment has our columns only: its file, its uuid, what became of it."""
    written = write_reports(report_with(Status.CANCELLED), reports)

    last = list(csv.reader(io.StringIO(written.paths["results.csv"].read_text())))[-1]

    told = dict(zip(RESULT_COLUMNS, last[len(HEADINGS) :], strict=True))
    assert last[: len(HEADINGS)] == [""] * len(HEADINGS)
    assert [told[name] for name in ("result_file", "result_row", "result_action", "result_status")] == [
        "clinic_week.csv", "", "cancel", "cancelled",
    ]  # fmt: skip
    assert told["result_external_event_id"] == "A-3"
    assert told["result_uuid"]


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx"])
def test_csv_and_workbook_hold_the_same(reports: Path, name: str) -> None:
    """Both tables have every row, the ones without a number last and blank where the sheet would speak."""
    written = write_reports(report_with(Status.HELD, Status.CANCELLED), reports)

    with open_sheet(written.paths[name], heading_score=heading_score) as sheet:
        rows = [cells for chunk in sheet.chunks() for cells in chunk.frame.itertuples(index=False)]

    columns = RESULT_COLUMNS if name == "results.csv" else WORKBOOK_COLUMNS
    place = len(HEADINGS) + columns.index("result_row")
    assert [cells[place] for cells in rows] == ["2", "3", "", ""]
    assert all(not any(cells[: len(HEADINGS)]) for cells in rows[2:])


def test_nothing_to_correct_in_what_is_missing(reports: Path) -> None:
    """to_fix.xlsx has the rows of the sheet that need attention, and no row that has no cells."""
    written = write_reports(report_with(Status.HELD, Status.FAILED), reports)

    with open_sheet(written.paths["to_fix.xlsx"], heading_score=heading_score) as sheet:
        rows = [cells for chunk in sheet.chunks() for cells in chunk.frame.itertuples(index=False)]

    assert [cells[len(HEADINGS) + WORKBOOK_COLUMNS.index("result_row")] for cells in rows] == ["3"]


def test_summary_counts_them_apart(reports: Path) -> None:
    """The totals add up to the rows, the missing ones among them; the file keeps its own count."""
    written = write_reports(report_with(Status.HELD, Status.CANCELLED), reports)

    told = orjson.loads(written.paths["summary.json"].read_bytes())

    assert (told["rows"], told["missing"], sum(told["totals"].values())) == (4, 2, 4)
    assert [file["rows"] for file in told["files"]] == [2]


def test_page_lists_held_ones_with_who_and_when(reports: Path) -> None:
    """A person sees whose appointment it is and when, as the API has it, and why it was not cancelled."""
    written = write_reports(report_with(Status.HELD), reports)

    page = written.paths["report.html"].read_text()

    assert "Missing from the file, and not cancelled" in page
    assert "Ana, (212) 555-0103" in page
    assert "12 of 40 known appointments" in page
    assert "Row 0" not in page
    assert "Cancellations that did not go through" not in page


def test_terminal_says_it_in_words() -> None:
    """One sentence tells how many are missing and what became of them."""
    lines = " ".join(summary_lines(report_with(Status.CANCELLED, Status.HELD, Status.UNCHANGED), paths={}, width=100))

    assert (
        "3 appointments of the window are missing from the file: 1 cancelled, 1 only reported, 1 held, not cancelled."
        in " ".join(lines.split())
    )


def test_terminal_names_the_number_to_approve() -> None:
    """The fix of a held run has its number, for it is the same for every row and nobody's secret."""
    lines = " ".join(" ".join(summary_lines(report_with(Status.HELD), paths={}, width=100)).split())

    assert "--approve 12" in lines
    assert "--approve …" not in lines


def test_sums_are_asserted_all_the_same() -> None:
    """A row of the sheet that is lost is noticed, also where rows without a number make up for it."""
    file = file_record(3)

    with pytest.raises(SumsError):
        report_of([row(file, 2), row(file, 3), row(file, 0, Status.CANCELLED)])
