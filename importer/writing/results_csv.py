"""
``results.csv``: every row once, the person's own columns first, then ours.

UTF-8 without a BOM, commas, every cell quoted, so that no separator inside a cell begins a new one; a line feed ends a row.
Every cell and every heading goes through the formula guard.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import BinaryIO

from importer.model.guard import guard
from importer.reporting import Report
from importer.reporting.results import result_cells


def write_results_csv(report: Report, stream: BinaryIO) -> None:
    """
    Write every row of the report.

    Raises:
        OSError: the stream cannot take it.
    """
    writer = csv.writer(_Encoded(stream), quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(map(guard, report.layout.headings))
    own, run = report.layout.cells, report.run.id
    writer.writerows(map(guard, own(row) + result_cells(run, row)) for row in report.rows())


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A text stream over a binary one; unlike ``TextIOWrapper`` it holds nothing back that a full disk could refuse."""

    stream: BinaryIO

    def write(self, text: str) -> int:
        # Text that no encoding can hold (half a surrogate pair) is shown as an escape instead of ending the report.
        return self.stream.write(text.encode("utf-8", errors="backslashreplace"))
