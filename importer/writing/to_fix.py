"""
The two workbooks of a report.

``results.xlsx``: the person's sheet with our columns, a summary, and the problems by kind. ``to_fix.xlsx``: only the
rows that want a person, in the shape of the input.

The sheet of rows is the first, so that the file can be fed back as it is.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import xlsxwriter

from importer.reporting.report_columns import layout
from importer.reporting.row_results import Group, group, result_cells, wants_person
from importer.reporting.wording import counted, number
from importer.writing.rows_sheet import RowsSheet, add_rows_sheet
from importer.writing.summary_sheets import PROBLEMS, SUMMARY, add_problems, add_summary
from importer.writing.xlsx_stream import splice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.model.records import ReportRow
    from importer.reporting import Report


# A longer sheet takes minutes to open, and our own reader would refuse it (200 MB unpacked).
MOST_ROWS: Final = 250_000
# Of a workbook that is fed back: half of what our reader unpacks, and no more rows than a person can work through.
MOST_TO_FIX: Final = 100_000
MOST_BYTES: Final = 100_000_000
CELL_BYTES: Final = 80
"""What the XML of a cell takes besides its text."""
SAMPLE: Final = 400
LONGEST_NAME: Final = 31
ROWS: Final = "Rows"

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
        rows=report.rows() if whole else _wanting(report, MOST_ROWS),
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
        name=rows_name(report),
        rows=islice(_wanting(report, first + count, missing=False), first, None),
        height=1 + count,
        wrap=True,
    )
    _write(sheet, stream, beside=lambda _workbook: None)


def rows_name(report: Report) -> str:
    """Return the name of the rows sheet: that of the person's own sheet, where the run had one that may be used."""
    names = {file.sheet for file in report.files}
    name = names.pop() if len(names) == 1 else None
    if not name or len(name) > LONGEST_NAME or set(name) & set("[]:*?/\\"):
        return ROWS
    taken = {SUMMARY.casefold(), PROBLEMS.casefold(), "history"}
    return ROWS if name.casefold() in taken or name.startswith("'") or name.endswith("'") else name


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
    """Give the rows that want a person, cancels first; each half is a pass of its own over the ledger, where needed."""
    left = most
    for first in (True, False):
        cancels = report.wanting[Group.CANCELS].count
        if not (cancels if first else report.attention_count - cancels):
            continue
        for row in report.rows():
            if left and (row.number or missing) and wants_person(row) and (group(row) is Group.CANCELS) is first:
                left -= 1
                yield row
