"""Merged cells: the value belongs to the first cell, and to no other row or column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reading.details import column_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Corner = tuple[int, int]
"""Row and column, both from 0."""


class Merges:
    """
    The merged ranges of a sheet, asked row by row from the top.

    A spreadsheet program shows the first cell's value across the whole range, so a person may mean it for every
    row. Taking it along could give one person another's phone; leaving the rest blank could lose it. Hence every
    other cell of the range is a flaw.
    """

    def __init__(self, ranges: Iterable[tuple[Corner, Corner]]) -> None:
        self._waiting = sorted(ranges, reverse=True)
        self._open: list[tuple[Corner, Corner]] = []

    def covered(self, row: int, width: int) -> Iterator[tuple[int, str]]:
        """Yield the covered columns of a row (from 1, rising from call to call), each with its range's name."""
        if not self._waiting and not self._open:
            return
        while self._waiting and self._waiting[-1][0][0] < row:
            self._open.append(self._waiting.pop())
        self._open = [merged for merged in self._open if merged[1][0] >= row - 1]
        for merged in self._open:
            (top, left), (_, right) = merged
            for column in range(left + (top == row - 1), min(right + 1, width)):
                yield column, _name(merged)


def _name(merged: tuple[Corner, Corner]) -> str:
    (top, left), (bottom, right) = merged
    return f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
