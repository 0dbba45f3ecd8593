"""
Text files in the process that opens strangers' files: what their first lines are in each dialect, or their rows in one.

The one who asks knows which headings the site uses, so the choice is made there; it learns of the text no more than that.
"""

from __future__ import annotations

import csv
import heapq  # noqa: F401 - counting needs it later, when nothing can be loaded any more
import io
from typing import IO, TYPE_CHECKING, Any, Final

from importer.model.batches import Batch
from importer.reading.csv_rows import LONGEST_LINE_BYTES, Dialect, Lines, Rows, first_lines, tried
from importer.reading.limits import write_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.reading.limits import Limits

PIECE_ROWS: Final = 2_000
PIECE_CHARACTERS: Final = 8_000_000
# No heading is longer, and no sheet of ours is wider.
LONGEST_HEADING: Final = 200
WIDEST: Final = 1_000


def read_text(file: IO[bytes], order: Mapping[str, Any], limits: Limits, out: IO[bytes]) -> None:
    """
    Say what stands in a text. ``order``: its ``encoding`` and ``errors``; the ``dialect``, None while it is to be found.

    Raises:
        FileRefused: as ``csv_rows.text_batches``.
    """
    csv.field_size_limit(LONGEST_LINE_BYTES)
    text = io.TextIOWrapper(file, order["encoding"], errors=order["errors"], newline="")
    _, lines, candidates = first_lines(text)
    told = as_bytes if order["errors"] == "surrogateescape" else str
    if order["dialect"] is None:
        found = [
            (
                one.dialect.delimiter,
                one.dialect.blanks_before_quotes,
                [_short(row, told) for row in one.first],
                one.width,
                one.share,
                one.quoted,
                one.occurs,
            )
            for one in tried(lines, candidates)
        ]
        write_message(out, {"tried": found})
        return
    delimiter, blanks = order["dialect"]
    rows = Rows(Lines(text), Dialect(delimiter, blanks), limits.cell_characters, most=PIECE_CHARACTERS)
    for batch in rows.batches(PIECE_ROWS):
        if not isinstance(batch, Batch):
            raise TypeError("decoded lines come as rows")
        cells = batch.rows if told is str else [[told(cell) for cell in row] for row in batch.rows]
        flaws = [(row, column, code, told(shown)) for row, column, code, shown in batch.flaws]
        write_message(out, {"numbers": list(batch.numbers), "rows": cells, "flaws": flaws, "read": file.tell()})
    write_message(out, {"end": True})


def _short(row: list[str], told: Callable[[str], str]) -> list[str]:
    return [told(cell[:LONGEST_HEADING]) for cell in row[:WIDEST]]


def as_bytes(text: str) -> str:
    """Return a text whose broken bytes stand in it as half surrogate pairs, which JSON cannot hold: a character a byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_bytes(text: str) -> str:
    """Return the text that ``as_bytes`` told."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")
