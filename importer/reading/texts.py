"""
Text files: CSV with any of the usual delimiters, as batches of rows numbered as a spreadsheet program shows them.

``csv.reader`` is strict here: a quote that does not enclose its whole cell is a flaw of its row, never a shifted cell.
"""

from __future__ import annotations

import csv
import gc
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING

from importer.errors import FileRefused
from importer.model.sheets import CellFlaw
from importer.reading.batches import Batch
from importer.reading.delimiters import CANDIDATES, Dialect, dialect_of, hinted
from importer.reading.encodings import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from importer.reading.limits import Limits
    from importer.reading.sources import Copy

SAMPLE_LINES = 200
LONGEST_LINE_BYTES = 32_000_000
LONGEST_SHOWN = 200
_LINE_BREAK = re.compile("\r\n|\r|\n")


@dataclass(slots=True)
class Lines:
    """The lines of a text, remembering the last one handed out."""

    text: IO[str]
    last: str = ""

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.last = line
            yield line


def text_batches(
    copy: Copy,
    heading_score: Callable[[Sequence[str]], int],
    *,
    chunk_rows: int,
    limits: Limits,
    on_read: Callable[[int], None],
) -> Generator[Batch, None, None]:
    """
    Read a text file in batches of at most ``chunk_rows`` rows; ``on_read`` is told the bytes used by each.

    Raises:
        FileRefused: ``encoding_unknown``, ``encoding_broken``, ``quote_unclosed``, ``line_too_long``.
    """
    if copy.survey.longest_line > LONGEST_LINE_BYTES:
        raise FileRefused(
            f"The file has a line of more than {LONGEST_LINE_BYTES:,} bytes; this is no table of rows.",
            code="line_too_long",
            fix="Check that this is the right file, and export it again as CSV or XLSX.",
        )
    encoding = encoding_of(copy.survey, copy.file)
    text = io.TextIOWrapper(copy.file, encoding.name, errors=encoding.errors, newline="")
    odd = copy.survey.odd or encoding.damaged or encoding.name.startswith("utf-16")
    usual_limit = csv.field_size_limit(limits.cell_characters)
    read = 0
    try:
        rows = Rows(Lines(text), _dialect(text, heading_score))
        for batch in rows.batches(chunk_rows):
            batch.odd = odd
            yield batch
            position = copy.file.tell()
            on_read(position - read)
            read = position
    finally:
        csv.field_size_limit(usual_limit)
        text.detach()


def _dialect(text: io.TextIOWrapper, heading_score: Callable[[Sequence[str]], int]) -> Dialect:
    """Find the dialect from the first lines, and leave the text at the first row of the table."""
    try:
        lines = list(islice(iter(text.readline, ""), SAMPLE_LINES))
        text.seek(0)
    except UnicodeError:
        raise _broken(text.encoding, 1) from None
    hint = hinted(lines[0]) if lines else ""
    if hint:
        # Excel takes this line for itself and shows the next one as row 1.
        text.readline()
        return dialect_of(lines[1:], heading_score, hint)
    return dialect_of(lines, heading_score, CANDIDATES)


class Rows:
    """The rows of a text in one dialect, numbered from 1; a row that takes several lines is one row."""

    def __init__(self, lines: Lines, dialect: Dialect) -> None:
        self._lines = lines
        self._parse = partial(
            csv.reader, delimiter=dialect.delimiter, skipinitialspace=dialect.blanks_before_quotes, doublequote=True
        )
        self._reader = self._parse(iter(lines), strict=True)
        self._next_number = 1

    def batches(self, size: int) -> Iterator[Batch]:
        """Read on, ``size`` rows at a time."""
        while True:
            batch = Batch([], [])
            with _no_collection():
                more = self._fill(batch, size)
            batch.numbers = range(self._next_number, self._next_number + len(batch.rows))
            self._next_number += len(batch.rows)
            if batch.rows:
                yield batch
            if not more:
                return

    def _fill(self, batch: Batch, size: int) -> bool:
        """Add rows until there are ``size``; return whether there may be more."""
        rows = batch.rows
        while len(rows) < size:
            had, wanted, line_before = len(rows), size - len(rows), self._reader.line_num
            try:
                # What was read before an error stays in the list: extend appends one by one.
                rows.extend(islice(self._reader, wanted))
            except csv.Error as error:
                lines_used = self._reader.line_num - line_before - sum(map(_lines_of, rows[had:]))
                self._add_broken_row(batch, lines_used, str(error))
            except UnicodeError:
                raise _broken("", self._next_number + len(rows)) from None
            else:
                if len(rows) - had < wanted:
                    return False
        return True

    def _add_broken_row(self, batch: Batch, lines_used: int, error: str) -> None:
        number = self._next_number + len(batch.rows)
        if lines_used > 1:
            raise _unclosed(number)
        if "field limit" in error:
            cells, column = self._shortened()
            batch.flaws.append(CellFlaw(number, column, "cell_too_long", cells[column]))
        else:
            cells = next(self._parse([self._lines.last]), [])
            batch.flaws.append(CellFlaw(number, None, "quote_misplaced", self._lines.last.strip()[:LONGEST_SHOWN]))
        batch.rows.append(cells)

    def _shortened(self) -> tuple[list[str], int]:
        """Return the cells of the last line with the long ones cut, and the position of the longest."""
        limit = csv.field_size_limit(len(self._lines.last) + 1)
        cells = next(self._parse([self._lines.last]), [""])
        csv.field_size_limit(limit)
        column = max(range(len(cells)), key=lambda place: len(cells[place]))
        return [cell if len(cell) <= limit else cell[:LONGEST_SHOWN] + "…" for cell in cells], column


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from searching a million rows of plain texts for circles; it saves a fifth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _lines_of(row: list[str]) -> int:
    """Return how many lines of the file a row took."""
    return 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _unclosed(number: int) -> FileRefused:
    return FileRefused(
        f"Row {number}: a quotation mark opens a cell that does not end where it should, so the rows after it cannot be told apart.",
        code="quote_unclosed",
        fix=f'Correct the quotation marks (") in row {number}, or save the sheet as XLSX.',
    )


def _broken(encoding: str, number: int) -> FileRefused:
    return FileRefused(
        f"The text is damaged near row {number}: it begins as Unicode ({encoding or 'UTF-16'}) and does not go on as such.",
        code="encoding_broken",
        fix="Export the file again, as “CSV UTF-8” or as XLSX.",
    )
