"""
Other days that a row names beside its start, in columns that nothing maps.

* Its weekday: it can only agree with the start or not.
* A second visit (Date 2 and Time 2, Second appointment): only the first visit of a row is sent, and the row says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.cell_fit import kind_of, start_kind
from importer.columns.heading_forms import VISIT, words_of_heading
from importer.columns.suggestions import quoted
from importer.model.chunks import distinct_of
from importer.model.issues import Issues
from importer.normalizing.dates_and_times import WEEKDAYS
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.value_reading import combinations, object_array
from schemas import calendar_words as calendar
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Samples, Settled
    from importer.model.chunks import Chunk, Normalized

_START: Final = "eventDateTime"

_DAYS: Final = listed(calendar.DAY_HEADINGS)
_AROUND_DAYS: Final = (VISIT - listed(calendar.NO_DAY_HEADINGS)) | listed(calendar.AROUND_DAY_HEADINGS)
_AFTER_DAYS: Final = re.compile(r"[- ]feira\Z")
_SECOND: Final = listed(calendar.SECOND_HEADINGS)
_AROUND_SECOND: Final = VISIT | listed(calendar.AROUND_SECOND_HEADINGS)


@dataclass(frozen=True, slots=True)
class DaysBeside:
    """The columns of ``weekdays`` beside the start of a sheet, and those of second ``visits``, by position."""

    sheet: Settled
    weekdays: tuple[int, ...] = ()
    visits: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.weekdays, *self.visits)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.weekdays, self.visits

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose start is on another weekday than a column names, and those of a second visit."""
        yield from self._against_weekdays(normalized, chunk)
        yield from self._second_visits(chunk)

    def _second_visits(self, chunk: Chunk) -> Iterator[Issues]:
        if not self.visits:
            return
        columns = [distinct_of(chunk.frame.iloc[:, at]) for at in self.visits]
        places, rows = combinations(*columns)
        told = [
            [(at, trimmed(cell)) for at, cell in zip(self.visits, cells, strict=True) if _is_of_a_visit(cell)]
            for cells in zip(*(column.at(rows).tolist() for column in columns), strict=True)
        ]
        filled = np.array([bool(each) for each in told], dtype=bool)
        found = np.flatnonzero(filled[places])
        if not found.size:
            return
        of_rows = [told[place] for place in places[found].tolist()]
        names = {at: quoted(trimmed(self.sheet.headings[at])) for at in self.visits}
        yield Issues(
            "second_visit",
            "",
            found,
            object_array(" and ".join(names[at] for at, _ in each) for each in of_rows),
            object_array(" ".join(cell for _, cell in each) for each in of_rows),
            np.array([each[0][0] for each in of_rows], dtype=np.int64),
        )

    def _against_weekdays(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
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


def days_beside(sheet: Settled, free: Sequence[int], samples: Samples) -> DaysBeside:
    """Return the other days beside a start. ``free``: positions of headings that nobody said anything of."""
    if not sheet.start_field:
        return DaysBeside(sheet)
    headings = sheet.headings
    return DaysBeside(
        sheet,
        weekdays=tuple(at for at in free if is_of_weekdays(headings[at])),
        visits=tuple(at for at in free if is_of_second_visit(headings[at]) and _are_of_a_visit(samples.of(at))),
    )


def is_of_second_visit(heading: str) -> bool:
    """Whether a heading is that of another visit of the same row, or its day or time: Date 2, Second appointment."""
    words = set(words_of_heading(heading))
    rest = words - _SECOND
    return rest != words and bool(rest) and rest <= _AROUND_SECOND


def _are_of_a_visit(cells: Sequence[str]) -> bool:
    """Whether cells are days or times; true of none, since more may come further down."""
    return not cells or kind_of(cells) is not None


def _is_of_a_visit(cell: str) -> bool:
    value = trimmed(cell)
    return bool(value) and not is_nothing(value) and start_kind(value) is not None


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
