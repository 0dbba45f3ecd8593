"""A weekday in a column of its own beside the date, which nothing maps: it can only agree with the start or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.heading_forms import VISIT, words_of_heading
from importer.model.chunks import distinct_of
from importer.model.issues import Issues
from importer.normalizing.dates_and_times import WEEKDAYS
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import combinations, object_array
from schemas import calendar_words as calendar
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Settled
    from importer.model.chunks import Chunk, Normalized

_START: Final = "eventDateTime"

_DAYS: Final = listed(calendar.DAY_HEADINGS)
_AROUND_DAYS: Final = (VISIT - listed(calendar.NO_DAY_HEADINGS)) | listed(calendar.AROUND_DAY_HEADINGS)
_AFTER_DAYS: Final = re.compile(r"[- ]feira\Z")


@dataclass(frozen=True, slots=True)
class DaysBeside:
    """The columns of ``weekdays`` beside the start of a sheet, by position."""

    weekdays: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return self.weekdays

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.weekdays

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """
        Yield the rows whose start is on another weekday than a column names.

        A start with an offset of its own may be meant on the day that is typed, too.
        """
        if not self.weekdays or _START not in normalized.values:
            return
        starts = normalized.values.distinct(_START)
        days = starts.spread(starts.texts.astype("U10").astype(object))
        converted = [one.positions for one in normalized.reasons if one.code == "offset_converted"]
        moved = set(np.concatenate(converted).tolist()) if converted else set()
        typed = [normalized.typed[name] for name in (_START, "date") if name in normalized.typed]
        for at in self.weekdays:
            cells = distinct_of(chunk.frame.iloc[:, at])
            if not any(map(weekdays_of, cells.texts.tolist())):
                continue
            places, rows = combinations(cells, days)
            pairs = list(zip(cells.at(rows).tolist(), days[rows].tolist(), strict=True))
            other = np.array([_is_another(cell, day) for cell, day in pairs], dtype=bool)
            wrong = np.flatnonzero(other[places])
            if moved:
                wrong = np.array(
                    [
                        row
                        for row in wrong.tolist()
                        if row not in moved
                        or all(_is_another(pairs[places[row]][0], text.iloc[row].strip()[:10]) for text in typed)
                    ],
                    dtype=np.int64,
                )
            if wrong.size:
                told = [pairs[place] for place in places[wrong].tolist()]
                details = object_array(f"{date.fromisoformat(day):%A}" for _, day in told)
                values = object_array(f"{trimmed(cell)}, {day}" for cell, day in told)
                yield Issues("date_weekday", _START, wrong, details, values, at)


def days_beside(sheet: Settled, free: Sequence[int]) -> DaysBeside:
    """Return the weekdays beside a start. ``free``: positions of headings that nobody said anything of."""
    return DaysBeside(tuple(at for at in free if sheet.start_field and is_of_weekdays(sheet.headings[at])))


def is_of_weekdays(heading: str) -> bool:
    """Whether a heading is that of the visit's weekday, if its cells are any: Day, Day of week; not Reminder day."""
    words = set(words_of_heading(heading))
    return not words.isdisjoint(_DAYS) and words <= _DAYS | _AROUND_DAYS


def weekdays_of(cell: str) -> frozenset[int]:
    """Return the weekdays that a cell may name, Monday 0: none of other words, of some words of two letters two."""
    plain = _AFTER_DAYS.sub("", folded_word(trimmed(cell)).strip(".,;:() "))
    names = {plain, calendar.WEEKDAY_WORDS.get(plain), *calendar.SHORT_WEEKDAYS.get(plain, ())}
    return frozenset(number for name in names if name and (number := WEEKDAYS.get(name)) is not None)


def _is_another(cell: str, day: str) -> bool:
    try:
        found = date.fromisoformat(day).weekday()
    except ValueError:
        return False
    named = weekdays_of(cell)
    return bool(named) and found not in named
