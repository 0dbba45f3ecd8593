"""
Other days that a row names beside its start, in columns that nothing maps.

* Its weekday: it can only agree with the start or not.
* A second visit (Date 2 and Time 2, Second appointment): only the first visit of a row is sent, and the row says so.
* The day of its end: it is that of the start, or the night after; never the day before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.cell_fit import kind_of, start_kind
from importer.columns.halves_of_day import is_end, minutes_meant
from importer.columns.heading_forms import VISIT, words_of_heading
from importer.columns.suggestions import quoted
from importer.model.chunks import distinct_of, remembering_cells
from importer.model.issues import Issues
from importer.normalizing.dates_and_times import WEEKDAYS, DateRules
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.starts import parse_start
from importer.normalizing.value_reading import Unreadable, combinations, object_array, odd_places, unlike
from schemas import calendar_words as calendar
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Samples, Settled
    from importer.model.chunks import Chunk, Distinct, Normalized

_START: Final = "eventDateTime"
# Before these are the days at which spreadsheets put a time that has none.
_YEARS: Final = range(1905, 9000)
_FURTHEST: Final = timedelta(hours=14)

_DAYS: Final = listed(calendar.DAY_HEADINGS)
_AROUND_DAYS: Final = (VISIT - listed(calendar.NO_DAY_HEADINGS)) | listed(calendar.AROUND_DAY_HEADINGS)
_AFTER_DAYS: Final = re.compile(r"[- ]feira\Z")
_SECOND: Final = listed(calendar.SECOND_HEADINGS)
_AROUND_SECOND: Final = VISIT | listed(calendar.AROUND_SECOND_HEADINGS)


@dataclass(frozen=True, slots=True)
class DaysBeside:
    """
    The columns of ``weekdays`` beside the start of a sheet, and those of second ``visits``, by position.

    ``ends``: those of the end with its day or blank so far; ``long``: of these, where visits of several days are usual.
    """

    sheet: Settled
    weekdays: tuple[int, ...] = ()
    visits: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    long: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.weekdays, *self.visits, *self.ends)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.weekdays, self.visits, self.ends, self.long

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose start is on another weekday than a column names, and those of a second visit."""
        yield from self._against_weekdays(normalized, chunk)
        yield from self._second_visits(chunk)

    def against_ends(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose end, with its day, lies before their start, or more than a day after it."""
        if not self.ends or _START not in normalized.values:
            return
        starts, order = normalized.values.distinct(_START), self.sheet.profile.date_order or normalized.date_order
        begins, rules = _moments_of(starts), DateRules(order, self.sheet.profile.two_digit_years)
        converted = [one.positions for one in normalized.reasons if one.code == "offset_converted"]
        for at in self.ends:
            cells = distinct_of(chunk.frame.iloc[:, at])
            first, last = _spans_of(cells, rules)
            for positions in converted:
                # The end is typed on the clock of another place than that of the start, most likely.
                first[positions], last[positions] = first[positions] - _ANY_OFFSET, last[positions] + _ANY_OFFSET
            late = first > begins + np.timedelta64(1, "D")
            if at in self.long and late.any():
                late &= self._was_told(chunk)
            for wrong, where in ((last < begins, "after this end"), (late, "more than a day before this end")):
                if (rows := np.flatnonzero(wrong)).size:
                    shown = (text[:16].replace("T", " ") for text in starts.at(rows).tolist())
                    details = object_array(f"the visit is read to start at {text}, {where}" for text in shown)
                    values = object_array(trimmed(text) for text in cells.at(rows).tolist())
                    yield Issues("start_contradicts", _START, rows, details, values, at)

    def _was_told(self, chunk: Chunk) -> np.ndarray:
        """Return the rows of a report of ours that were stopped so; those that told what is usual may be gone."""
        at = self.sheet.results.get("result_code")
        texts = [""] * len(chunk) if at is None else chunk.frame.iloc[:, at].tolist()
        return np.array(["start_contradicts" in text for text in texts], dtype=bool)

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
    ends = tuple(
        at for at in free if is_end(headings[at]) and (not samples.of(at) or kind_of(samples.of(at)) in _DATED)
    )
    starts = [sheet.fields[name] for name in (_START, "date") if name in sheet.fields]
    return DaysBeside(
        sheet,
        ends=ends,
        long=tuple(at for at in ends if starts and _are_long(samples.pairs(starts[0], at))),
        weekdays=tuple(at for at in free if is_of_weekdays(headings[at])),
        visits=tuple(at for at in free if is_of_second_visit(headings[at]) and _are_of_a_visit(samples.of(at))),
    )


_DATED: Final = frozenset({"day", "moment"})
_ANY_OFFSET: Final = np.timedelta64(26, "h")
_A_DAY: Final = r"(?:19[1-9]\d|2\d{3})-(?:0[1-9]|1[0-2])-(?:[01][1-9]|10|2[0-8])"
_A_TIME: Final = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_USUAL: Final = unlike(rf"{_A_DAY}T{_A_TIME}")
# At midnight a day may have no time at all.
_USUAL_END: Final = unlike(rf"{_A_DAY}[T ](?!00:00){_A_TIME}")
_ORDERS: Final = (DateRules("dmy", two_digit_years=True), DateRules("mdy", two_digit_years=True))


def _moments_of(starts: Distinct) -> np.ndarray:
    """Return the starts as moments on their own clocks, one a row: no time where one is not in normal form."""
    texts = starts.texts.tolist()
    for at in odd_places(texts, _USUAL).tolist():
        texts[at] = moment.isoformat() if (moment := _moment(texts[at])) else "NaT"
    return starts.spread(np.array(texts, dtype="datetime64[s]"))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text[10:11] == "T" else None
    except ValueError:
        return None


class _Span(NamedTuple):
    first: str
    last: str


def _spans_of(cells: Distinct, rules: DateRules) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last moment that each cell may mean, one a row: no time where it names no day."""
    texts = cells.texts.tolist()
    firsts, lasts = list(texts), texts
    for at in odd_places(texts, _USUAL_END).tolist():
        firsts[at], lasts[at] = _span(texts[at], rules)
    first, last = (np.array(each, dtype="datetime64[s]") for each in (firsts, lasts))
    return cells.spread(first).copy(), cells.spread(last).copy()


@remembering_cells(65_536)
def _span(cell: str, rules: DateRules) -> _Span:
    """Return the first and the last moment that a cell with a day may mean; a day alone is all of it."""
    try:
        found = parse_start(cell, rules)
    except (Unreadable, OverflowError):
        return _Span("NaT", "NaT")
    if found.day.year not in _YEARS:
        return _Span("NaT", "NaT")
    if found.clock in {None, time()}:
        return _Span(f"{found.day}T00:00", f"{found.day}T23:59")
    meant = sorted(minutes_meant(cell)) or [found.clock.hour * 60 + found.clock.minute]
    moments = [datetime.combine(found.day, time(*divmod(minute, 60))) for minute in (meant[0], meant[-1])]
    if found.offset is not None:
        # What the clocks of the row show then is up to 14 hours on either side of UTC.
        moments = [moments[0] - found.offset - _FURTHEST, moments[-1] - found.offset + _FURTHEST]
    return _Span(*(f"{moment:%Y-%m-%dT%H:%M}" for moment in moments))


def _are_long(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether visits of several days are usual: two and more of the first pairs of start and end, and one in five."""
    days = [found for begin, end in pairs if (found := _days_between(begin, end)) is not None]
    several = sum(each > 1 for each in days)
    return several > 1 and several * 5 >= len(days)


def _days_between(start: str, end: str) -> int | None:
    """Return the days from a start to its end, the fewest of all orders in which both can be read, None for none."""
    found = []
    for rules in _ORDERS:
        first, last = _span(start, rules).first, _span(end, rules).first
        if "NaT" not in {first, last}:
            found.append((date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days)
    return min(found, default=None)


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
