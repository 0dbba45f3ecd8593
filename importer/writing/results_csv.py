"""
``results.csv``: every row once, the person's own columns first, then ours.

UTF-8 with a BOM, without which spreadsheet programs garble letters; commas, every cell quoted, so that no separator inside a cell begins a new one; a line feed ends a row.
Every cell and every heading goes through the formula guard.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, BinaryIO

from importer.model.guard import guard
from importer.reporting.results import result_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reporting import Report


def write_results_csv(report: Report, stream: BinaryIO) -> None:
    """
    Write every row of the report.

    Raises:
        OSError: the stream cannot take it.
    """
    stream.write(codecs.BOM_UTF8 + line(report.layout.headings))
    own, run = report.layout.cells, report.run.id
    stream.writelines(line(own(row) + result_cells(run, row)) for row in report.rows())


def line(cells: Sequence[str]) -> bytes:
    """Return one row of the file; ``csv.writer`` would write the same in twice the time."""
    text = '","'.join(map(guard, cells))
    if text.count('"') != 2 * (len(cells) - 1):
        text = '","'.join([guard(cell).replace('"', '""') for cell in cells])
    # Text that no encoding can hold (half a surrogate pair) is shown as an escape instead of ending the report.
    return f'"{text}"\n'.encode(errors="backslashreplace")
