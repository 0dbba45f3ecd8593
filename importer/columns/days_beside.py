"""
Other days that a row names beside its start, in columns that nothing maps.

* Its weekday: it can only agree with the start or not.
* A second visit (Date 2 and Time 2, Second appointment): only the first visit of a row is sent, and the row says so.
* The day of its end: it is that of the start, or the night after; never the day before.
* The day or time that the visit has now, as a note says: new time 10:15, moved to 3/26. It is that of the start.
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
from importer.columns.heading_meaning import Asks, asks
from importer.columns.status_phrases import column_words, plain_text
from importer.columns.suggestions import quoted
from importer.model.chunks import remembering_cells
from importer.model.issues import Issues
from importer.normalizing.dates_and_times import WEEKDAYS, DateRules
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.starts import parse_start
from importer.normalizing.value_reading import Unreadable, as_lines, combinations, object_array, odd_places, unlike
from schemas import calendar_words as calendar
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Samples, Settled
    from importer.model.chunks import Chunk, Distinct, Normalized

_START: Final = "eventDateTime"
_YEARS: Final = range(1905, 9000)  # before these are the days at which spreadsheets put a time that has none
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
    ``notes``: those of free text.
    """

    sheet: Settled
    weekdays: tuple[int, ...] = ()
    visits: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    long: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.weekdays, *self.visits, *self.ends)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.weekdays, self.visits, self.ends, self.long, self.notes

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
            cells = chunk.column(at)
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

    def against_notes(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows of which a note says that the visit has another day or time now than the start that is read."""
        if not self.notes or _START not in normalized.values:
            return
        starts = normalized.values.distinct(_START)
        converted = [one.positions for one in normalized.reasons if one.code == "offset_converted"]
        for at in self.notes:
            cells = chunk.column(at)
            says = np.zeros(len(cells.texts), dtype=bool)
            for place in lines_with(_NEWS, _NEWS_WORDS, cells.texts.tolist()):
                says[place] = bool(news_of(cells.texts[place].casefold()))
            of_rows = cells.spread(says)
            for positions in converted:
                of_rows[positions] = False
            rows = np.flatnonzero(of_rows)
            pairs = list(zip(cells.at(rows).tolist(), starts.at(rows).tolist(), strict=True))
            wrong = np.array([_is_other_news(cell, start) for cell, start in pairs], dtype=bool)
            if wrong.any():
                shown = [pair for pair, other in zip(pairs, wrong.tolist(), strict=True) if other]
                told = (f"the visit is read to start at {start[:16].replace('T', ' ')}" for _, start in shown)
                values = object_array(trimmed(cell) for cell, _ in shown)
                yield Issues("start_contradicts", _START, rows[wrong], object_array(told), values, at)

    def _was_told(self, chunk: Chunk) -> np.ndarray:
        """Return the rows of a report of ours that were stopped so; those that told what is usual may be gone."""
        at = self.sheet.results.get("result_code")
        texts = [""] * len(chunk) if at is None else chunk.frame.iloc[:, at].tolist()
        return np.array(["start_contradicts" in text for text in texts], dtype=bool)

    def _second_visits(self, chunk: Chunk) -> Iterator[Issues]:
        if not self.visits:
            return
        columns = [chunk.column(at) for at in self.visits]
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
            cells = chunk.column(at)
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
        notes=tuple(at for at in free if asks(headings[at]) in OF_NOTES),
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


OF_NOTES: Final = frozenset({Asks.NOTES, Asks.TITLES, Asks.PAST})
_NOT_OF_THE_VISIT: Final = frozenset(calendar.NOT_OF_THE_VISIT.split())
_WORDS: Final = re.compile(r"[^\W\d_][\w'’/-]*|\d(?:nd|rd)")
_CLAUSE: Final = re.compile(r"[;\n!?()]|[.,](?= )")
# So far a note is read, and so far around what it tells: a cell may hold thousands of it.
MOST_OF_A_NOTE, _FAR = 1_000, 150
_NEWS_WORDS: Final = frozenset(calendar.NEWS_IN_NOTES.split())
_NEWS: Final = re.compile(
    r"(?=[njacrmpbsv])\b(?:now|jetzt|ahora|(?:new|neue|nueva|nouvelle|nieuwe|actual|correct)(?: (?:appt|appointment|visit|start))?"
    r" (?:time|start|date|day|zeit|uhrzeit|hora|heure|tijd|fecha)"
    r"|(?:moved|changed|pushed|bumped|switched|rescheduled|resched|r/s|rs|verschoben|verlegt)(?: (?:up|back|ahead|out))?"
    r" (?:to|auf|a))(?:[:=]| (?:is|at|to|on|for|um|auf))*[ ]*"
    r"(?=@|\d|noon|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
# A stroke stands between day and month; a dot or a dash only before a year: 10.5 and 2-3 are other things.
_DAY_SAID: Final = re.compile(
    r"(?:(?P<weekday>mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b\.?,? ?)?"
    r"(?:(?P<one>\d{1,2})(?:/|[.-](?=\d{1,2}[.-]))(?P<two>\d{1,2})(?:[/.-](?P<year>(?:20)?\d\d))?(?![\d/:])(?! ?[ap]\.?m)"
    r"|(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d:])"
    r"(?:,? (?P<named_year>20\d\d))?)?(?:,? ?(?:at|@|um|-)? ?)"
)
_TIME_SAID: Final = re.compile(
    r"(?:(?:at|@|um) ?)?(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![:\d])|(?P<bare>1[0-2]|0?[1-9])(?= ?[ap]\.?m|[ap]\b)"
    r"|(?P<noon>noon)\b)(?: ?(?P<half>[ap])\.?m\b|(?P<short>[ap])\b)?"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What may stand behind a day without a time: not 1/2 tab.
_BEHIND_A_DAY: Final = re.compile(r"\s*(?:\Z|[.,;:!?()\n-]|(?:at|with|w/|due|per|bc|because|and|by|as)\b)")


class _News(NamedTuple):
    """What a note says of the visit: the ``days`` that may be meant (year or 0, month, day), weekdays, minutes of the day."""

    days: frozenset[tuple[int, int, int]]
    weekdays: frozenset[int]
    minutes: frozenset[int]


def lines_with(pattern: re.Pattern[str], words: frozenset[str], texts: list[str]) -> Iterator[int]:
    """Yield the positions of the texts in which, in lower case, a pattern is found; it needs one of ``words``, which are looked up at once."""
    if column_words(plain_text("\n".join(texts))).isdisjoint(words):
        return
    lines, line, seen = as_lines(texts).casefold(), -1, 0
    for found in pattern.finditer(lines):
        line, seen = line + lines.count("\n", seen, found.start() + 1), found.start() + 1
        yield line


def clause_of(text: str, begin: int, end: int) -> str:
    """Return the part of a text around a place: between two full stops, brackets or commas, or not far away."""
    first, last = max(0, begin - _FAR), min(len(text), end + _FAR)
    before = [found.end() for found in _CLAUSE.finditer(text, first, begin)]
    behind = _CLAUSE.search(text, end, last)
    return text[before[-1] if before else first : behind.start() if behind else last]


def is_of_the_visit(clause: str) -> bool:
    """Whether no word of a part of a note makes it one about something else, or a wish."""
    return _NOT_OF_THE_VISIT.isdisjoint(_WORDS.findall(clause.casefold()))


@remembering_cells(512)
def news_of(text: str) -> tuple[_News, ...]:
    """Return what a note, in lower case, says of the day and time that its visit has now."""
    found = []
    for told in _NEWS.finditer(text, 0, MOST_OF_A_NOTE):
        news, end = _said_at(text, told.end())
        if news and is_of_the_visit(clause_of(text, told.start(), end)):
            found.append(news)
    return tuple(found)


def _said_at(text: str, at: int) -> tuple[_News | None, int]:
    day = _DAY_SAID.match(text, at)
    days, weekdays, end = frozenset[tuple[int, int, int]](), frozenset[int](), at
    if day and (day["weekday"] or day["one"] or day["name"]):
        days, end = _days_said(day), day.end()
        weekdays = weekdays_of(day["weekday"][:3]) if day["weekday"] else weekdays
        if (day["one"] or day["name"]) and not days:
            return None, end
    time_said = _TIME_SAID.match(text, end)
    if time_said is None and (end == at or not _BEHIND_A_DAY.match(text, day.end() if day else end)):
        return None, end
    minutes = _minutes_said(time_said) if time_said else frozenset[int]()
    news = _News(days, weekdays, minutes)
    return (news if any(news) else None), time_said.end() if time_said else end


def _minutes_said(said: re.Match[str]) -> frozenset[int]:
    """Return the minutes of the day that may be meant: two of a time without its half."""
    half, hour = said["half"] or said["short"], int(said["hour"] or said["bare"] or 12)
    at = (hour % 12 if half else hour) * 60 + int(said["minute"] or 0) + (720 if half == "p" else 0)
    is_open = not half and not said["noon"] and 1 <= hour <= 12 and not (said["hour"] or "").startswith("0")
    return frozenset({at, (at + 720) % 1440} if is_open else {at})


def _days_said(day: re.Match[str]) -> frozenset[tuple[int, int, int]]:
    """Return the days that may be meant, in any order of day and month."""
    year = int(day["year"] or day["named_year"] or 0)
    year += 2000 if 0 < year < 100 else 0
    if day["name"]:
        pairs = {(_MONTHS.index(day["name"][:3]) + 1, int(day["day"]))}
    elif day["one"]:
        pairs = {(int(day["one"]), int(day["two"])), (int(day["two"]), int(day["one"]))}
    else:
        pairs = set()
    return frozenset((year, month, number) for month, number in pairs if 0 < month < 13 and 0 < number < 32)


def _is_other_news(cell: str, start: str) -> bool:
    """Whether a note says something of the visit's day and time now, and nothing of it is so."""
    moment = _moment(start)
    return moment is not None and not any(_agrees(news, moment) for news in news_of(cell.casefold()))


def _agrees(news: _News, start: datetime) -> bool:
    on_day = not news.days or any(
        (month, day) == (start.month, start.day) and year in {0, start.year} for year, month, day in news.days
    )
    on_weekday = not news.weekdays or start.weekday() in news.weekdays
    return on_day and on_weekday and (not news.minutes or start.hour * 60 + start.minute in news.minutes)
