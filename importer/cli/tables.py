"""Plain tables for the terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from importer.cli.terminal import Line, Styled, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP: Final = "  "
WIDEST: Final = 60


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> Iterator[Line]:
    """
    Yield a table's lines, the headings in bold. ``right``: positions of columns that stand to the right.

    Cells are made visible. On a terminal they are cut at ``WIDEST`` columns with ``…``, but for the last column; what is
    read from a pipe or a file is whole.
    """
    is_cut = sys.stdout.isatty()
    last = len(headings) - 1
    shown = [[cell(text, place == last or not is_cut) for place, text in enumerate(row)] for row in rows]
    widths = [max(width(text) for text in column) for column in zip(headings, *shown, strict=True)]
    yield Styled(joined(headings, widths, right), "bold")
    for row in shown:
        yield joined(row, widths, right)


def cell(text: str, is_whole: bool) -> str:  # noqa: FBT001 - a fact of the place, not a switch
    """Return a cell on one line, cut unless it is to be whole."""
    line = visible(text).replace("\n", " ")
    return line if is_whole or len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def joined(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    """Return one line of a table, without blanks at its end."""
    padded = [pad(text, widths[place], to_right=place in right) for place, text in enumerate(cells)]
    return GAP.join(padded).rstrip()


def pad(text: str, wanted: int, *, to_right: bool) -> str:
    """Return text filled up to a width on the screen."""
    blanks = " " * (wanted - width(text))
    return blanks + text if to_right else text + blanks


def width(text: str) -> int:
    """Return how many columns a text takes on the screen: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text
    )
