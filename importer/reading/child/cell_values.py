"""The values that python-calamine returns, as the texts that a person sees, merged cells among them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from importer.reading.child.cell_display import column_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.reading.child.cell_display import Details


LARGEST_EXACT = 10**15
"""Spreadsheet programs keep 15 digits of a number; a longer id lost its end when it was typed."""

_HALF_A_SECOND = dt.timedelta(microseconds=500_000)
_ANY_DAY = dt.date(2000, 1, 1)


class NumberDamaged(ValueError):  # it names what became of the number
    """A number too long for a spreadsheet; ``shown`` is what is left of it."""

    def __init__(self, shown: str) -> None:
        super().__init__("number damaged")
        self.shown = shown


def number_text(value: float) -> str:
    """
    Return a number without a decimal point if it is whole, else with at most 15 digits, never as ``1E+10``.

    Raises:
        NumberDamaged: it is longer than a spreadsheet can keep.
    """
    if not abs(value) < LARGEST_EXACT:  # so put, a value that is no number is damaged too
        raise NumberDamaged(f"{value:.15g}")
    if value == int(value):
        return str(int(value))
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.20f}".rstrip("0")


def _datetime_text(value: dt.datetime) -> str:
    return to_the_second(value).isoformat()


def to_the_second(value: dt.datetime) -> dt.datetime:
    """Return the nearest second: a fraction of a day cannot hold 09:55 exactly."""
    return value if not value.microsecond else (value + _HALF_A_SECOND).replace(microsecond=0)


def _time_text(value: dt.time) -> str:
    return to_the_second(dt.datetime.combine(_ANY_DAY, value)).time().isoformat()


def _elapsed_text(value: dt.timedelta) -> str:
    return span_text(round(value.total_seconds()))


def span_text(seconds: int) -> str:
    """Return a span of time, of ``[h]:mm`` cells, as hours, minutes and seconds: ``36:00:00``."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _truth_text(value: bool) -> str:  # noqa: FBT001  # it is the value itself
    return "TRUE" if value else "FALSE"


_BY_TYPE: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: number_text,
    bool: _truth_text,
    dt.datetime: _datetime_text,
    dt.date: dt.date.isoformat,
    dt.time: _time_text,
    dt.timedelta: _elapsed_text,
}


SHOWN = frozenset(_BY_TYPE)
"""The classes of values that ``text_of`` knows."""


def text_of(value: Any) -> str:
    """Return a cell's text. ``NumberDamaged``: it is a number that lost its end."""
    return _BY_TYPE[value.__class__](value)


def texts_of(row: list[Any]) -> list[str]:
    """Return a row's texts; most cells are texts already, and millions pass here. ``NumberDamaged`` as above."""
    return [value if value.__class__ is str else text_of(value) for value in row]


PIECE_ROWS = 2_000


@dataclass(slots=True)
class Piece:
    """Rows that hold anything, with their spreadsheet numbers, and flaws as (row, column, code, shown)."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    flaws: list[tuple[int, int | None, str, str]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it is time to hand it on."""
        return len(self.rows) >= PIECE_ROWS


class Grid(Protocol):
    """One sheet of an open file. ``height``: its rows as far as known before reading, else 0."""

    @property
    def sheet(self) -> str | None:
        """The sheet's name, None where the file has no sheets."""

    @property
    def headings(self) -> tuple[str, ...] | None:
        """The names of the columns; None where they stand among the rows."""

    @property
    def height(self) -> int:
        """How many rows ``pieces`` will count up to."""

    @property
    def details(self) -> Details:
        """The epoch and the notes."""

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does."""


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
