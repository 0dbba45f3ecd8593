"""
The quick way for lines of text that hold no quotation mark: columns cut out of the bytes, without a list for each row.

Where every line has as many separators as every other, ``csv.reader`` would find the very cells between them. Cells that
repeat are told apart as numbers, eight bytes at a time, so that only the distinct ones become texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from importer.model.chunks import SAMPLE, SURELY_UNLIKE, Distinct, hardly_repeats

if TYPE_CHECKING:
    from collections.abc import Sequence


# Longer cells hardly repeat, and are cut out one by one.
LONGEST_GATHERED: Final = 64
_WORD: Final = 8
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(32)
_LINE_END, _RETURN = 0x0A, 0x0D

# By the length of a cell: which of the bytes from its begin on are its own, as bytes of all ones.
_OWN: Final = np.tril(np.full((LONGEST_GATHERED + 1, LONGEST_GATHERED + _WORD), 0xFF, dtype=np.uint8), -1)


def columns_of(lines: Sequence[bytes], delimiter: str, encoding: str, longest: int) -> list[Distinct] | None:
    """
    Return the columns of whole lines, or None where they need the careful way.

    ``encoding``: one in which ASCII stands for itself alone. ``longest``: the most bytes of a line that need no look at
    the length of its cells. The lines hold no NUL, and no carriage return but before their line ends.
    """
    block = b"".join(lines)
    if b'"' in block or max(map(len, lines)) > longest:
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    found = _edges(np.frombuffer(block, dtype=np.uint8), len(lines), delimiter)
    if found is None:
        return None
    text = _Text(block, encoding)
    return [text.column(begins, ends) for begins, ends in zip(*found, strict=True)]


def _edges(marks: np.ndarray, rows: int, delimiter: str) -> tuple[list[np.ndarray], list[np.ndarray]] | None:
    """Return where the cells of each column begin and end; None where a line has more cells than another."""
    line_ends = np.flatnonzero(marks == _LINE_END)
    cuts = np.flatnonzero(marks == ord(delimiter))
    if len(cuts) % rows:
        return None
    line_begins = np.concatenate([[0], line_ends[:-1] + 1])
    inner = list(cuts.reshape(rows, -1).T)
    if inner and ((inner[0] < line_begins).any() or (inner[-1] > line_ends).any()):
        return None
    return [line_begins, *(cut + 1 for cut in inner)], [*inner, line_ends - (marks[line_ends - 1] == _RETURN)]


class _Text:
    """Lines in one piece of bytes, from which columns are cut."""

    def __init__(self, block: bytes, encoding: str) -> None:
        self._block = block
        self._encoding = encoding
        self._bytes = np.frombuffer(block + bytes(LONGEST_GATHERED + _WORD), dtype=np.uint8)

    def column(self, begins: np.ndarray, ends: np.ndarray) -> Distinct:
        """Return the cells between these places."""
        lengths = ends - begins
        if lengths.max() > LONGEST_GATHERED:
            return Distinct(self._long_texts(begins, ends), None)
        cells = self._gathered(begins, lengths)
        places = _told_apart(cells) if _may_repeat(cells) else None
        if places is None or hardly_repeats(int(places.max()) + 1, len(places)):
            return Distinct(self._texts(cells, lengths), None)
        firsts = _firsts(places)
        return Distinct(self._texts(cells[firsts], lengths[firsts]), places)

    def _gathered(self, begins: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return each cell as a row of bytes, NUL behind its end: whole words, and at least one byte more."""
        width = (int(lengths.max()) // _WORD + 1) * _WORD
        cells: np.ndarray = np.lib.stride_tricks.sliding_window_view(self._bytes, width)[begins]
        cells &= _OWN[:, :width].take(lengths, axis=0)
        return cells

    def _texts(self, cells: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return gathered cells as texts; they are needed no more."""
        cells[np.arange(len(cells)), lengths] = _LINE_END
        texts = np.empty(len(cells), dtype=object)
        texts[:] = cells.tobytes().translate(None, b"\0").decode(self._encoding).split("\n")[:-1]
        return texts

    def _long_texts(self, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
        texts = np.empty(len(begins), dtype=object)
        block, encoding = self._block, self._encoding
        places = zip(begins.tolist(), ends.tolist(), strict=True)
        texts[:] = [block[begin:end].decode(encoding) for begin, end in places]
        return texts


def _may_repeat(cells: np.ndarray) -> bool:
    if len(cells) <= SAMPLE:
        return True
    places = _told_apart(cells[:SAMPLE])
    return places is not None and int(places.max()) < SURELY_UNLIKE


def _told_apart(cells: np.ndarray) -> np.ndarray | None:
    """Return the same number for the same cell, rising from 0 as cells appear; None where two were mistaken."""
    words = cells.view("<u8")
    if (words == words[0]).all():
        return np.zeros(len(words), dtype=np.intp)
    mixed = words[:, 0]
    for place in range(1, words.shape[1]):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ words[:, place]
    places: np.ndarray = pd.factorize(mixed)[0]
    return places if words.shape[1] == 1 or (words == words[_firsts(places)[places]]).all() else None


def _firsts(places: np.ndarray) -> np.ndarray:
    """Return where each number stands for the first time."""
    return np.flatnonzero(np.diff(np.maximum.accumulate(places), prepend=-1))
