"""The days that a snapshot is everything of: ``2027-03-01..2027-03-31``, ``today..+60d``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

EXPECTED: Final = "FROM..TO, such as 2027-03-01..2027-03-31 or today..+60d"

_DAYS = re.compile(r"([+-])(\d{1,4})d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar (``fixed``), or so many days from today (``offset_days``)."""

    fixed: date | None = None
    offset_days: int = 0

    def on(self, today: date) -> date:
        """Return the day, seen from today."""
        return self.fixed or today + timedelta(days=self.offset_days)

    def __str__(self) -> str:
        if self.fixed:
            return self.fixed.isoformat()
        return f"{self.offset_days:+d}d" if self.offset_days else "today"


@dataclass(frozen=True, slots=True)
class Window:
    """All days from ``first`` to ``last``, both included, as the appointment's own place counts days."""

    first: Day
    last: Day

    def has(self, day: date, *, today: date) -> bool:
        """Whether a day lies within, seen from today."""
        return self.first.on(today) <= day <= self.last.on(today)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def parse_window(text: str) -> Window:
    """Return the window that a text names. ``ValueError``: it names none, or ends before it begins."""
    first, dots, last = text.partition("..")
    window = Window(_day(first.strip()), _day(last.strip())) if dots else None
    if window is None or _ends_early(window):
        raise ValueError(EXPECTED)
    return window


def _day(text: str) -> Day:
    if text.casefold() == "today":
        return Day()
    if found := _DAYS.fullmatch(text):
        return Day(offset_days=int(found[1] + found[2]))
    try:
        return Day(fixed=date.fromisoformat(text))
    except ValueError:
        raise ValueError(EXPECTED) from None


def _ends_early(window: Window) -> bool:
    first, last = window.first, window.last
    if (first.fixed is None) != (last.fixed is None):
        return False
    today = date(2000, 1, 1)
    return last.on(today) < first.on(today)
