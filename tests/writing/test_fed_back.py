"""A report fed back as input: its rows are read as the person typed them, its result columns are known as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from made_runs import HEADINGS, file_record, report_of, row, week

from importer.columns import heading_score, match
from importer.model.formula_escape import unguard
from importer.model.profile import Profile
from importer.model.statuses import RESULT_COLUMNS, Status
from importer.reading.sheet_choice import open_sheet
from importer.reporting.report_columns import WORKBOOK_COLUMNS
from importer.writing import write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reporting.run_report import Report

TYPED = (
    "=1+2",
    "+14155552671",
    "'=x",
    "-5",
    "@here",
    "0041",
    "PT3H",
    "2027-03-08T09:30:00",
    "America/New_York",
    "'",
    "create",
)


def read(path: Path) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings and the rows of a report as the importer reads it back."""
    with open_sheet(path, heading_score=heading_score) as sheet:
        headings = sheet.headings
        rows = [tuple(map(unguard, cells)) for chunk in sheet.chunks() for cells in chunk.frame.itertuples(index=False)]
    return headings, rows


@pytest.fixture
def strange() -> Report:
    file = file_record(2)
    return report_of([row(file, 2, cells=TYPED), row(file, 3, Status.FAILED, cells=TYPED)])


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_cells_come_back_as_typed(strange: Report, reports: Path, name: str) -> None:
    """What was guarded on the way out is exactly what was typed on the way in."""
    write_reports(strange, reports)
    _, rows = read(reports / name)

    assert len(rows) == (1 if name == "to_fix.xlsx" else 2)
    assert {cells[: len(HEADINGS)] for cells in rows} == {TYPED}


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_our_columns_are_known_as_ours(reports: Path, name: str) -> None:
    """The own headings name the same fields as before, and every result column is recognized."""
    write_reports(week("bad"), reports)
    headings, _ = read(reports / name)
    before, after = match(HEADINGS, Profile()), match(headings, Profile())

    assert headings == HEADINGS + (RESULT_COLUMNS if name == "results.csv" else WORKBOOK_COLUMNS)
    assert dict(after.fields) == dict(before.fields)
    assert set(after.results) == set(RESULT_COLUMNS)


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx"])
def test_a_report_of_a_report_has_our_columns_once(reports: Path, name: str) -> None:
    """A report fed back and reported again does not grow by another fifteen columns."""
    write_reports(week("bad"), reports)
    headings, rows = read(reports / name)
    file = file_record(len(rows), headings=headings)
    again = report_of([row(file, number, cells=cells) for number, cells in enumerate(rows, 2)])

    assert again.layout.headings == HEADINGS + RESULT_COLUMNS
    assert [again.layout.cells(each) for each in again.rows()] == [each.cells for each in week("bad").rows()]


def test_two_files_in_one_report_can_be_fed_back(reports: Path) -> None:
    """Headings that differ only in case and blanks are one column, so that no field stands in two."""
    first = file_record(1, name="a.csv", headings=("Appointment No", "Mobile", "Start"))
    second = file_record(1, name="b.csv", headings=("appointment no", "START", "mobile"))
    rows = [row(first, 2, cells=("1", "+14155552671", "x")), row(second, 2, cells=("2", "y", "+14155552672"))]
    write_reports(report_of(rows), reports)
    headings, found = read(reports / "results.csv")

    match(headings, Profile())
    assert [cells[:3] for cells in found] == [("1", "+14155552671", "x"), ("2", "+14155552672", "y")]


def test_files_with_other_names_for_a_field_can_be_put_right_in_one_sheet(reports: Path) -> None:
    """to_fix.xlsx says each field in one column, whatever the files called it."""
    first = file_record(1, name="a.csv", headings=("Booking ref", "Mobile"))
    second = file_record(1, name="b.csv", headings=("Phone", "Appointment No"))
    rows = [
        row(first, 2, Status.FAILED, cells=("1", "+14155552671")),
        row(second, 2, Status.FAILED, cells=("+14155552672", "2")),
    ]
    write_reports(report_of(rows), reports)
    headings, found = read(reports / "to_fix.xlsx")
    matching = match(headings, Profile())

    assert not matching.doubled
    assert [cells[:2] for cells in found] == [("1", "+14155552671"), ("2", "+14155552672")]
