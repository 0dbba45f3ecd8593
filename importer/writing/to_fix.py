"""
The two workbooks of a report.

``results.xlsx``: the person's sheet with our columns, a summary, and the problems by kind. ``to_fix.xlsx``: only the
rows that want a person, in the shape of the input.

The sheet of rows is the first, so that the file can be fed back as it is.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import xlsxwriter

from importer.model.formula_escape import guard_string
from importer.reporting.report_columns import (
    FOR_PEOPLE,
    ROWS_SHEET,
    WORKBOOK_COLUMNS,
    Group,
    date_places,
    faults,
    group,
    is_result_column,
    joined,
    layout,
    own_cells,
    result_cells,
    wants_person,
    workbook_cells,
)
from importer.reporting.run_report import own_sheet
from importer.reporting.wording import counted, number, visible
from importer.writing.rows_sheet import (
    MOST_COLUMNS,
    MOST_COMMENTS,
    RESULT_WIDTHS,
    RowsSheet,
    add_rows_sheet,
    names_until,
    sentence,
)
from importer.writing.summary_sheets import PROBLEMS, SUMMARY, add_problems, add_summary
from importer.writing.xlsx_stream import fitted, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from importer.model.chunks import Sheet
    from importer.model.records import ReportRow
    from importer.model.staged_files import FileRecord
    from importer.reporting.run_report import Report


# A longer sheet takes minutes to open, and our own reader would refuse it (200 MB unpacked).
MOST_ROWS: Final = 250_000
# Of a workbook that is fed back: half of what our reader unpacks, and no more rows than a person can work through.
MOST_TO_FIX: Final = 100_000
MOST_BYTES: Final = 100_000_000
CELL_BYTES: Final = 80
"""What the XML of a cell takes besides its text."""
SAMPLE: Final = 400

_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def write_results_xlsx(report: Report, stream: BinaryIO) -> None:
    """
    Write ``results.xlsx``. Of a run longer than ``MOST_ROWS`` only the rows that want a person stand in it.

    Raises:
        OSError: the stream cannot take it.
    """
    whole = report.row_count <= MOST_ROWS
    sheet = RowsSheet(
        report=report,
        layout=report.layout,
        name=rows_name(report),
        pieces=report.pieces() if whole else _wanting(report, MOST_ROWS),
        height=1 + (report.row_count if whole else min(report.attention_count, MOST_ROWS)),
    )
    _write(sheet, stream, beside=lambda workbook: _add_sheets(workbook, sheet, whole=whole))


def parts_to_fix(report: Report) -> list[tuple[int, int]]:
    """
    Return which of the rows that need attention stand in each workbook to fix: the first, and how many; one at least.

    A workbook is no larger than our own reader takes, by the size of its first rows.
    """
    missing = sum(count for status, count in report.unsheeted.items() if not status.done)
    count = report.attention_count - missing
    own = layout(report.files, by_field=True)
    sample = [
        sum(CELL_BYTES + len(cell.encode(errors="replace")) for cell in (*own.cells(row), *result_cells("", row)))
        for row in islice(_wanting(report, count, missing=False), SAMPLE)
    ]
    size = sum(sample) / len(sample) if sample else 1.0
    most = max(min(MOST_TO_FIX, int(MOST_BYTES / size)), 1)
    return [(first, min(most, count - first)) for first in range(0, count, most)] or [(0, 0)]


def write_to_fix(report: Report, stream: BinaryIO, part: tuple[int, int] | None = None) -> None:
    """
    Write one of the workbooks with the rows that need attention, cancels first. ``part``: of ``parts_to_fix``, else the first.

    What stands in no sheet has no cells that could be corrected, so it is left out.

    Raises:
        OSError: the stream cannot take it.
    """
    first, count = part or parts_to_fix(report)[0]
    sheet = RowsSheet(
        report=report,
        layout=layout(report.files, by_field=True),
        name=rows_name(report, ()),
        pieces=islice(_wanting(report, first + count, missing=False), first, None),
        height=1 + count,
    )
    _write(sheet, stream, beside=lambda _workbook: None)


MOST_OWN_ROWS: Final = 20_000


def own_marks(report: Report) -> dict[str, Any] | None:
    """
    Return what is marked in the person's own workbook, so that it is the workbook to fix; None where it cannot be.

    It is what ``reading.marked_copy`` takes: our columns beside hers, the rows that are done hidden, wrong cells with their
    comments. There must be one workbook, not too long, of which all rows were read; nothing of ours stands in it but at
    its end.
    """
    file = report.files[0] if len(report.files) == 1 else None
    if file is None or file.sheet is None or file.facts is None or file.facts.is_part or file.rows > MOST_OWN_ROWS:
        return None
    first = next((at for at, heading in enumerate(file.headings) if is_result_column(heading)), len(file.headings))
    ours = tuple(heading.strip().casefold() for heading in file.headings[first:])
    if (ours and ours != WORKBOOK_COLUMNS) or first + len(WORKBOOK_COLUMNS) > MOST_COLUMNS:
        return None
    rows, texts, cells = [], list[list[Any]](), Marks()
    for row in report.rows():
        if row.number:
            rows.append([row.number, own_texts(workbook_cells(report.run.id, row)), not wants_person(row)])
            texts += _certain_dates(file, row)
            if wants_person(row):
                cells.see(
                    row.number, [(fault.position, fault.is_warning, sentence(fault)) for fault in faults(row)], first
                )
    widths = zip(WORKBOOK_COLUMNS, RESULT_WIDTHS, strict=True)
    return {
        "sheet": file.sheet,
        "heading_row": file.heading_row,
        "first": first,
        "headings": [[name, width, name not in FOR_PEOPLE] for name, width in widths],
        "rows": rows,
        "cells": cells.made,
        "texts": texts,
        "name": names_until(report, file.headings[:first]),
    }


def _certain_dates(file: FileRecord, row: ReportRow) -> Iterator[list[Any]]:
    """Yield her texts of dates that only the whole sheet told how to read: row number, position, as typed, with the year first."""
    facts = file.facts
    if facts is None or not date_places(file):
        return
    # Numbers of days stay as they are, since the workbook still tells from when they count.
    told = own_cells(replace(file, facts=replace(facts, epoch_1904=False)), row.cells)
    for place, (typed, text) in enumerate(zip(row.cells, told, strict=True)):
        if typed != text:
            yield [row.number, place, typed, text]


@dataclass(slots=True)
class Marks:
    """Wrong cells of a sheet: ``made`` holds ``[row number, position, is a warning, comment]``, each cell once."""

    made: list[list[Any]] = field(default_factory=list)

    def see(self, number: int, said: Sequence[tuple[int | None, bool, str]], first: int) -> None:
        """Take in what is said of one row: (position, is a warning, sentences). ``first``: where her columns end."""
        cells: dict[int, tuple[bool, list[str]]] = {}
        for position, is_warning, text in said:
            if position is not None and position < first:
                cells.setdefault(position, (is_warning, []))[1].append(text)
        for position, (is_warning, texts) in cells.items():
            comment = own_texts(["\n\n".join(texts)])[0] if len(self.made) < MOST_COMMENTS else ""
            self.made.append([number, position, is_warning, comment])


@dataclass(slots=True)
class CheckMarks:
    """What a check marks in a workbook: the wrong cells, and reason, fix and warnings beside her last column."""

    rows: list[list[Any]] = field(default_factory=list)
    cells: Marks = field(default_factory=Marks)

    def see(self, line: Mapping[str, Any]) -> None:
        """Take in a row of ``check --json`` whose problems have their columns."""
        if not line["problems"] and not line["warnings"]:
            return
        texts = [
            joined(line["problems"], "message"),
            joined(line["problems"], "fix"),
            joined(line["warnings"], "message"),
        ]
        self.rows.append([line["row"], own_texts(texts), False])
        said = [
            (note.get("column"), is_warning, f"{note['message']}\n{note['fix']}".strip())
            for notes, is_warning in ((line["problems"], False), (line["warnings"], True))
            for note in notes
        ]
        self.cells.see(line["row"], said, MOST_COLUMNS)

    def marks(self, sheet: Sheet) -> dict[str, Any] | None:
        """Return what ``reading.marked_copy`` takes; None for a sheet that is none of a workbook, or has our columns already."""
        first = len(sheet.headings)
        names = CHECKED
        has_ours = any(map(is_result_column, sheet.headings))
        if sheet.name is None or has_ours or len(self.rows) > MOST_OWN_ROWS or first + len(names) > MOST_COLUMNS:
            return None
        return {
            "sheet": sheet.name,
            "heading_row": sheet.heading_row,
            "first": first,
            "headings": [[name, RESULT_WIDTHS[WORKBOOK_COLUMNS.index(name)], False] for name in names],
            "rows": self.rows,
            "cells": self.cells.made,
            "name": 0,
        }


# No status: what a check calls ready or duplicate is not done, and a run that read it there could take it for that.
CHECKED: Final = ("result_problem", "result_fix", "result_warnings")


def own_texts(texts: Sequence[str]) -> list[str]:
    """Return texts that a cell of a workbook can hold, each guarded against what a spreadsheet program would run."""
    return [fitted(visible(guard_string(text))) for text in texts]


def rows_name(report: Report, taken: Collection[str] = (SUMMARY, PROBLEMS)) -> str:
    """Return the name of the rows sheet: that of the person's own sheet, where the run had one that may be used. ``taken``: by others."""
    name = own_sheet(report)
    return ROWS_SHEET if not name or name.casefold() in map(str.casefold, taken) else name


def _write(sheet: RowsSheet, stream: BinaryIO, *, beside: Callable[[Any], None]) -> None:
    def shell() -> BinaryIO:
        made = io.BytesIO()
        with xlsxwriter.Workbook(made, _OPTIONS) as workbook:
            add_rows_sheet(workbook, sheet)
            beside(workbook)
        made.seek(0)
        return made

    splice(
        stream,
        shell,
        sheet.lines(),
        column_styles=sheet.column_styles,
        height=sheet.height,
        commented=lambda: bool(sheet.comments),
    )


def _add_sheets(workbook: Any, sheet: RowsSheet, *, whole: bool) -> None:
    report, notes = sheet.report, []
    if not whole:
        notes.append(
            f"A workbook of {number(report.row_count)} rows would be too large to open. The first sheet has only the "
            f"{counted(sheet.height - 1, 'row')} that need attention; results.csv has all rows."
        )
    if len(sheet.own) < len(sheet.layout.own):
        notes.append("A workbook has no room for all columns of the file; results.csv has them.")
    add_summary(workbook, report, notes)
    add_problems(workbook, report)


def _wanting(report: Report, most: int, *, missing: bool = True) -> Iterator[ReportRow]:
    """Give the rows that want a person, cancels first; each half is a pass of its own over them, where needed."""
    left = most
    for first in (True, False):
        cancels = report.wanting[Group.CANCELS].count
        if not (cancels if first else report.attention_count - cancels):
            continue
        for row in report.wanting_rows():
            if left and (row.number or missing) and (group(row) is Group.CANCELS) is first:
                left -= 1
                yield row
