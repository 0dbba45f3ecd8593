"""
What the text of a cell tells of itself, in a file of any kind: ``="00123"``, error words, broken letters, its length.

Cells are looked at by the batch, as one text, so that the millions that hold nothing of the kind cost next to nothing.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from importer.model.sheets import CellFlaw
from importer.reading.broken_text import is_broken, is_worth_a_look
from importer.reading.error_words import BEGINNINGS, is_error_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.reading.batches import Batch

LONGEST_SHOWN: Final = 200
# Between cells; a cell that holds one itself is told as a control character, and looked at all the same.
_EDGE: Final = "\x1f"
_QUOTED_FORMULA: Final = '="'
_TEXT_AS_FORMULA: Final = re.compile(r'\s*+="((?:[^"]++|"")*+)"\s*+')
_ERRORS: Final = tuple(_EDGE + begin for begin in BEGINNINGS)


def unwrapped(batch: Batch) -> Batch:
    """Return the batch with ``="00123"``, by which exports keep zeros, as the text that it shows; in place."""
    if _QUOTED_FORMULA in _together(chain.from_iterable(batch.rows)):
        for row in batch.rows:
            row[:] = map(_shown, row)
    return batch


def _shown(cell: str) -> str:
    match = _TEXT_AS_FORMULA.fullmatch(cell) if _QUOTED_FORMULA in cell else None
    return match[1].replace('""', '"') if match else cell


def has_flaws(cells: Iterable[str]) -> bool:
    """Return whether one of these cells shows an error or holds broken letters."""
    return _is_suspect(_together(cells)) and any(map(_flaw, cells))


def cell_flaws(batch: Batch, longest: int) -> Iterator[CellFlaw]:
    """Yield the cells of a batch that are too long (cut in place), show an error, or hold broken letters."""
    if max(map(len, chain.from_iterable(batch.rows)), default=0) > longest:
        yield from _long_cells(batch, longest)
    if not _is_suspect(_together(chain.from_iterable(batch.rows))):
        return
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        if _is_suspect(_together(row)):
            for column, cell in enumerate(row):
                if code := _flaw(cell):
                    yield CellFlaw(number, column, code, cell.strip()[:LONGEST_SHOWN])


def _together(cells: Iterable[str]) -> str:
    return _EDGE + _EDGE.join(cells)


def _is_suspect(together: str) -> bool:
    return is_worth_a_look(together) or any(begin in together for begin in _ERRORS)


def _flaw(cell: str) -> str:
    if is_error_word(cell):
        return "cell_error"
    return "text_broken" if is_broken(cell) else ""


def _long_cells(batch: Batch, longest: int) -> Iterator[CellFlaw]:
    """Shorten the cells that are longer than any spreadsheet program lets one type, and tell of them."""
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        for column, cell in enumerate(row):
            if len(cell) > longest:
                row[column] = cell[:LONGEST_SHOWN] + "…"
                yield CellFlaw(number, column, "cell_too_long", row[column])
