"""What a cell means beyond the value that the fast reader returns for it: formats, errors, formulas, impossible dates."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from importer.reading.formats import Kind, affixes_of, kind_of, masked, masks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.details import Details
    from importer.reading.limits import Limits

_DAY_AFTER_THE_LAST = 2_958_466
_LEAP_DAY_THAT_NEVER_WAS = 60
_SECONDS_A_DAY = 86_400
LONGEST_ELAPSED = 1_000_000
"""So many days, and more, are no elapsed time; the fast reader could not lay it out either."""


class Cell(NamedTuple):
    """
    A cell as it lies in the file. ``row`` counts from 1, ``column`` from 0.

    ``error``: the error that it shows, or ``""``. ``number``: its number, None for anything else.
    ``is_text``: its value is a text. ``unfinished``: it is a formula whose result was not saved.
    """

    row: int
    column: int
    style: int = 0
    error: str = ""
    number: float | None = None
    unfinished: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """
    A second look at a sheet: how its styles show numbers, where to tell what was found, and how much it may ask for.

    ``telling``: the styles whose numbers do not look like plain numbers; all others need no second look.
    """

    formats: Sequence[str]
    details: Details
    limits: Limits
    telling: frozenset[int]

    @classmethod
    def at(cls, formats: Sequence[str], details: Details, limits: Limits) -> Look:
        """Return the look at a sheet with these formats, by style."""
        return cls(formats, details, limits, telling_styles(formats))

    def judge(self, cell: Cell) -> None:
        """Add to the details what a person sees in the cell and the fast reader does not."""
        judge(cell, self.formats, self.details)


def telling_styles(formats: Sequence[str]) -> frozenset[int]:
    """Return the styles whose numbers do not look like plain numbers; all others need no second look."""
    return frozenset(
        style
        for style, code in enumerate(formats)
        if kind_of(code) not in {Kind.NUMBER, Kind.ELAPSED} or masks_of(code)
    )


def framing_styles(formats: Sequence[str]) -> frozenset[int]:
    """Return the styles that show something before or behind a text."""
    return frozenset(style for style, code in enumerate(formats) if affixes_of(code))


def judge(cell: Cell, formats: Sequence[str], details: Details) -> None:
    """Add to the details what a person sees in the cell and the fast reader does not."""
    if cell.error:
        details.mark(cell.row, cell.column, "cell_error", cell.error)
    elif cell.unfinished:
        details.mark(cell.row, cell.column, "formula_without_value", "")
    elif cell.is_text:
        if 0 <= cell.style < len(formats) and (affixes := affixes_of(formats[cell.style])):
            details.frame(cell.row, cell.column, affixes)
    elif cell.number is not None and math.isfinite(cell.number) and 0 <= cell.style < len(formats):
        _judge_number(cell, cell.number, formats[cell.style], details)


def _judge_number(cell: Cell, number: float, code: str, details: Details) -> None:
    kind = kind_of(code)
    if kind is Kind.NUMBER:
        text = masked(code, int(number)) if number == int(number) else None
        if text is not None:
            details.show(cell.row, cell.column, text)
    elif kind is not Kind.ELAPSED:
        _judge_date(cell, number, kind, details)
    elif abs(number) >= LONGEST_ELAPSED:
        details.mark(cell.row, cell.column, "date_impossible", f"{number:.15g}")


def _judge_date(cell: Cell, number: float, kind: Kind, details: Details) -> None:
    """
    Let the format decide between date, time and both; the fast reader decides by the value.

    A date cell at midnight is a date to it even where the format shows 00:00, and a time cell with a day in it
    is a moment. A value below 0, or in a date cell below 1, is no date of any calendar.
    """
    seconds = round(number * _SECONDS_A_DAY)
    whole = seconds // _SECONDS_A_DAY
    impossible = seconds < 0 or number >= _DAY_AFTER_THE_LAST
    if kind is Kind.DATE:
        impossible = impossible or not whole
    if impossible or (whole == _LEAP_DAY_THAT_NEVER_WAS and kind is not Kind.TIME and not details.epoch_1904):
        details.mark(cell.row, cell.column, "date_impossible", f"{number:.15g}")
    elif kind is Kind.TIME and whole:
        details.show(cell.row, cell.column, _clock(seconds % _SECONDS_A_DAY).isoformat())
    elif kind is Kind.DATE and number != whole:
        details.show(cell.row, cell.column, _day(whole, epoch_1904=details.epoch_1904).isoformat())
    elif kind is Kind.MOMENT and number == whole:
        details.show(cell.row, cell.column, _day(whole, epoch_1904=details.epoch_1904).isoformat() + "T00:00:00")


def _clock(seconds: int) -> dt.time:
    return (dt.datetime(1904, 1, 1) + dt.timedelta(seconds=seconds)).time()  # noqa: DTZ001  # a wall clock


def _day(days: int, *, epoch_1904: bool) -> dt.date:
    """Return the day of a serial; before March 1900 the epoch differs by the leap day that never was."""
    if epoch_1904:
        return dt.date(1904, 1, 1) + dt.timedelta(days=days)
    first = dt.date(1899, 12, 31) if days < _LEAP_DAY_THAT_NEVER_WAS else dt.date(1899, 12, 30)
    return first + dt.timedelta(days=days)
