"""Local starts, from one text or from ``date`` and ``time``, with offsets turned into the row's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.model.chunks import Distinct, same
from importer.model.issues import Issue
from importer.model.times import shown_in
from importer.normalizing.dates_and_times import (
    CLOCK,
    DATE,
    LONGEST_TEXT,
    NOTHING_KNOWN,
    DateRules,
    date_of,
    in_english,
    parse_clock,
    parse_serial,
    parse_time_cell,
    without_end,
)
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import (
    Column,
    Reading,
    Readings,
    Unreadable,
    combinations,
    object_array,
    odd_places,
    patched,
    spread,
    unlike,
)

if TYPE_CHECKING:
    from importer.model.issues import Issues


EVENT: Final = "eventDateTime"
DAY: Final = "date"
TIME: Final = "time"

# Where spreadsheets put a time that has no day: the first days of either epoch.
_EPOCH_DAYS: Final = frozenset({"1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01"})
_HALVES = re.compile(
    r"((?:[0-9]{4}|[0-9]{1,2})([-/.])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})) ([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[ap]m)?)",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"[0-9.]+")
_THREE_DIGITS = re.compile(r"[0-9]{3}")
_PERHAPS_OFFSET = re.compile(r"[0-9] ?(?:Z|UTC|GMT|[+\u2212-][0-9]{2}:?(?:[0-9]{2})?)\s*\Z", re.IGNORECASE)

# Most starts of a column, which are their own normal forms: any month has 28 days.
_USUAL = unlike(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:[01][1-9]|10|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")


class StartTexts(NamedTuple):
    """What the rows say of their start: columns of one length, ``""`` where a cell is blank or a column missing."""

    event: Distinct
    day: Distinct
    clock: Distinct
    zone: Distinct


class StartText(NamedTuple):
    """What one row says of its start; ``zone`` is canonical, or "" where it is not known."""

    event: str = ""
    day: str = ""
    clock: str = ""
    zone: str = ""

    @property
    def typed(self) -> str:
        """The start as typed, in one text."""
        return self.event or f"{self.day} {self.clock}".strip()


class _AtFault(Exception):
    def __init__(self, field: str, issue: Issue) -> None:
        super().__init__(field)
        self.field = field
        self.issue = issue


@dataclass(frozen=True, slots=True)
class StartRules:
    """How starts are meant: what is known of dates, the epoch of bare numbers, and whether 930 is a time of 24 hours."""

    dates: DateRules = NOTHING_KNOWN
    epoch_1904: bool = False
    compact_times: bool = False


def read_starts(texts: StartTexts, rules: StartRules) -> tuple[Distinct, tuple[Issues, ...]]:
    """
    Return the starts as ``YYYY-MM-DDTHH:MM:SS`` in the row's zone; each distinct combination is read once.

    Where ``eventDateTime`` is blank or a day alone, it is put together with ``date`` and ``time``. Findings stand at
    the field at fault. An offset is converted with the warning ``offset_converted``.
    """
    if (texts.day.texts != "").any() or (texts.clock.texts != "").any():
        return _read_all(texts, rules)
    event = texts.event
    odd = odd_places(event.texts.tolist(), _USUAL)
    if not len(odd):
        return event, ()
    if _perhaps_with_offset(event.texts[odd]).any():
        return _read_all(texts, rules)
    blanks = same("", len(odd))
    read, findings = _read_all(StartTexts(Distinct(event.texts[odd], None), blanks, blanks, blanks), rules)
    return spread(patched(event.texts, odd, Column(read.column, findings)), event.places)


def _read_all(texts: StartTexts, rules: StartRules) -> tuple[Distinct, tuple[Issues, ...]]:
    """Join days and times of day that are sure by themselves, each read once; read the other rows as they stand."""
    parsers = _Parsers(rules)
    day, clock = _halves(texts)
    days = Distinct(object_array(map(parsers.day_alone, day.texts.tolist())), day.places)
    clocks = Distinct(object_array(map(parsers.plain_clock, clock.texts.tolist())), clock.places)
    sure = days.spread(days.texts != "") & clocks.spread(clocks.texts != "")
    if not sure.any():
        return _read_rows(texts, parsers)
    rows, others = np.flatnonzero(sure), np.flatnonzero(~sure)
    places, firsts = combinations(day.only(rows), clock.only(rows))
    joined = days.at(rows[firsts]) + "T" + clocks.at(rows[firsts])
    if not len(others):
        return Distinct(joined, places), ()
    read, findings = _read_rows(StartTexts(*(part.only(others) for part in texts)), parsers)
    of_rows = np.empty(len(sure), dtype=np.intp)
    of_rows[rows], of_rows[others] = places, read.spread(np.arange(len(read.texts))) + len(joined)
    found = tuple(replace(finding, positions=others[finding.positions]) for finding in findings)
    return Distinct(np.concatenate([joined, read.texts]), of_rows), found


def _halves(texts: StartTexts) -> tuple[Distinct, Distinct]:
    """Return what stands as a day and as a time of day, of a plain ``3/4/2027 2:30 PM`` its halves; blank beside another start."""
    if (texts.day.texts == "").all() and (texts.clock.texts == "").all():
        found = [_HALVES.fullmatch(text) or ("", "", "", "") for text in texts.event.texts.tolist()]
        day, clock = (object_array(halves[part] for halves in found) for part in (1, 3))
        return Distinct(day, texts.event.places), Distinct(clock, texts.event.places)
    beside = texts.event.spread(texts.event.texts != "")
    return texts.day.put("", beside) if beside.any() else texts.day, texts.clock


def _read_rows(texts: StartTexts, parsers: _Parsers) -> tuple[Distinct, tuple[Issues, ...]]:
    """Read each distinct combination of texts once."""
    parts = (texts.event, texts.day, texts.clock)
    apart = np.logical_or.reduce([part.spread(_perhaps_with_offset(part.texts)) for part in parts])
    where = texts.zone.put("", ~apart) if apart.any() else same("", len(apart))
    columns = (*parts, where)
    places, rows = combinations(*columns)
    readings: dict[str, Readings] = {EVENT: Readings([""] * len(rows))}
    said = [StartText(*text) for text in zip(*(column.at(rows) for column in columns), strict=True)]
    for place, (field, reading) in enumerate(_read(text, parsers) for text in said):
        readings[EVENT].values[place] = reading.value
        if reading.remarks:
            if field not in readings:
                readings[field] = Readings([""] * len(rows))
            readings[field].mark(place, reading.remarks)
    findings = (
        replace(finding, values=object_array(said[place].typed for place in places[finding.positions].tolist()))
        for field, found in readings.items()
        for finding in found.spread(field, places).findings
    )
    return Distinct(readings[EVENT].values, places), tuple(findings)


class _Parsers:
    """The parsers of one column's parts: a sheet has few distinct days and times of day, and many starts."""

    def __init__(self, rules: StartRules) -> None:
        self.whole = cache(partial(parse_start, rules=rules.dates, epoch_1904=rules.epoch_1904))
        self.clock = cache(parse_clock)
        self.time_cell = cache(_compact_time_cell if rules.compact_times else parse_time_cell)
        self.day_alone = cache(self._day_alone)
        self.plain_clock = cache(self._plain_clock)

    def start(self, text: str) -> Start:
        """Return what ``parse_start`` returns; of a plain ``3/4/2027 2:30 PM`` the halves are looked up."""
        halves = _HALVES.fullmatch(text)
        return self.whole(halves[1])._replace(clock=self.clock(halves[3])) if halves else self.whole(text)

    def _day_alone(self, text: str) -> str:
        """Return a day without a time of day, offset and remarks as ``YYYY-MM-DD``; "" for any other text."""
        try:
            start = _without_midnight(self.start(text)) if trimmed(text) else None
        except Unreadable:
            return ""
        alone = start is not None and start.clock is None and start.offset is None and not start.remarks
        return start.day.isoformat() if start is not None and alone else ""

    def _plain_clock(self, text: str) -> str:
        """Return what a time cell surely says, as ``HH:MM:SS``; "" for any other text."""
        try:
            return self.time_cell(value).isoformat() if (value := trimmed(text)) else ""
        except Unreadable:
            return ""


def _compact_time_cell(text: str) -> time:
    """Return what ``parse_time_cell`` returns; of three digits the first is the hour."""
    return parse_time_cell(f"0{text}" if _THREE_DIGITS.fullmatch(text) else text)


def _perhaps_with_offset(texts: np.ndarray) -> np.ndarray:
    return np.array([_PERHAPS_OFFSET.search(text[-LONGEST_TEXT:]) is not None for text in texts], dtype=bool)


def _read(text: StartText, parsers: _Parsers) -> tuple[str, Reading]:
    """Return the field that the remarks are about, and the reading."""
    try:
        return EVENT, _put_together(text, parsers)
    except _AtFault as fault:
        return fault.field, Reading(text.typed, (fault.issue,))


def read_start(text: StartText, rules: StartRules = StartRules()) -> Reading:
    """Read one row's start; see ``starts.parse_start`` for the spellings and the remarks."""
    return _read(text, _Parsers(rules))[1]


def _put_together(text: StartText, parsers: _Parsers) -> Reading:
    event, day = _parsed(EVENT, text.event, parsers), _without_midnight(_parsed(DAY, text.day, parsers))
    base = event or day
    if base is None:
        if trimmed(text.clock):
            raise _AtFault(DAY, Issue("date_missing"))
        return Reading("")
    if event and day and (event.day != day.day or day.clock not in {None, event.clock}):
        raise _AtFault(EVENT, Issue("start_contradicts", detail=f"{DAY} says {text.day}"))
    clock = _clock(text, base, parsers)
    if clock is not None:
        return _with_clock(base, clock, text)
    if base.clock is None:
        raise _AtFault(EVENT if event else TIME, Issue("time_missing"))
    return _finished(base, text)


def _parsed(field: str, text: str, parsers: _Parsers) -> Start | None:
    if not trimmed(text):
        return None
    try:
        return parsers.start(text)
    except Unreadable as reason:
        raise _AtFault(field, reason.issue) from None


def _without_midnight(start: Start | None) -> Start | None:
    """Return the start with its midnight, which is how programs write a day alone, taken as no time of day."""
    if start is None or start.clock != time():
        return start
    return start._replace(clock=None, remarks=())


def _clock(text: StartText, base: Start, parsers: _Parsers) -> Start | None:
    """Return what the time cell says as a start on the day of ``base``, None where the cell is blank."""
    value = trimmed(text.clock)
    if not value:
        return None
    try:
        return Start(base.day, parsers.time_cell(value))
    except Unreadable as reason:
        whole = _start_or_none(value, parsers)
        if whole is None or whole.clock is None or (_BARE_NUMBER.fullmatch(value) and not _is_of_day(whole, base)):
            apart = whole is None and _PERHAPS_OFFSET.search(value) and reason.issue.code == "time_unreadable"
            raise _AtFault(TIME, Issue("offset_apart") if apart else reason.issue) from None
    if whole.offset is not None:
        return _of_instant(whole, base, text)
    if whole.day != base.day and whole.day.isoformat() not in _EPOCH_DAYS:
        raise _AtFault(TIME, Issue("start_contradicts", detail=f"its day is {whole.day}"))
    return Start(base.day, whole.clock)


def _is_of_day(whole: Start, base: Start) -> bool:
    """Whether a bare number is the very day with a time of day: then it is a spreadsheet's number for both."""
    return whole.day == base.day and not whole.remarks


def _of_instant(whole: Start, base: Start, text: StartText) -> Start:
    """Return what the clocks of the row's zone show when the time cell, which states its offset, says."""
    if base.offset is not None or whole.day.isoformat() in _EPOCH_DAYS:
        raise _AtFault(TIME, Issue("offset_apart"))
    local = _converted(whole, text, TIME)
    if local.day != base.day:
        raise _AtFault(TIME, Issue("start_contradicts", detail=f"its day in {text.zone} is {local.day}"))
    return local


def _start_or_none(value: str, parsers: _Parsers) -> Start | None:
    try:
        return parsers.start(value)
    except Unreadable:
        return None


def _with_clock(base: Start, clock: Start, text: StartText) -> Reading:
    field = EVENT if text.event else TIME
    if base.offset is not None and base.clock != clock.clock:
        # Midnight UTC may be the day, or the evening before: nobody knows what is a time of day beside it.
        raise _AtFault(EVENT if text.event else DAY, Issue("offset_apart"))
    if base.offset is None:
        base = _without_midnight(base) or base
    if base.clock not in {None, clock.clock}:
        raise _AtFault(field, Issue("start_contradicts", detail=f"{TIME} says {text.clock}"))
    return _finished(base._replace(clock=clock.clock, remarks=clock.remarks), text)


def _finished(start: Start, text: StartText) -> Reading:
    found = _converted(start, text, EVENT)
    return Reading(found.local, found.remarks)


def _converted(start: Start, text: StartText, field: str) -> Start:
    """Return a start without its offset, as the clocks of the row's zone show it."""
    if start.offset is None:
        return start
    try:
        local = shown_in(text.zone, datetime.combine(start.day, start.clock or time()), start.offset)
    except KeyError:
        raise _AtFault(field, Issue("offset_without_zone")) from None
    except OverflowError:
        raise _AtFault(field, Issue("date_unreadable")) from None
    moment = datetime.fromisoformat(local)
    return Start(moment.date(), moment.time(), None, (Issue("offset_converted", detail=f"{local} in {text.zone}"),))


_WESTERNMOST = timedelta(hours=-12)
_EASTERNMOST = timedelta(hours=14)

_BLANKS = re.compile("[ \u00a0\u2007\u2009\u202f]+")
_OFFSET = r"(?: ?(?P<zulu>Z|UTC|GMT)| ?(?P<sign>[+\u2212-])(?P<oh>[0-9]{2})(?::?(?P<om>[0-9]{2}))?)"
_JOINED = rf"(?P<joint>,? | at |, at |T)(?P<clock>{CLOCK})(?P<offset>{_OFFSET})?"
_START = re.compile(rf"{DATE}(?:{_JOINED})?", re.IGNORECASE)
_BASIC_CLOCK = re.compile(
    rf"(?P<day>[0-9]{{8}})[T ](?P<hm>[0-9]{{4}})(?P<s>[0-9]{{2}})?(?P<offset>{_OFFSET})?", re.IGNORECASE
)
_SERIAL = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,18})?")
_ONLY_CLOCK = re.compile(CLOCK, re.IGNORECASE)


class Start(NamedTuple):
    """
    A local start as far as one text tells it.

    ``clock`` is None for a date alone. ``offset`` is the distance from UTC that the text states, None without one.
    """

    day: date
    clock: time | None
    offset: timedelta | None = None
    remarks: tuple[Issue, ...] = ()

    @property
    def local(self) -> str:
        """The wall clock as ``YYYY-MM-DDTHH:MM:SS``; only where there is a time of day."""
        return datetime.combine(self.day, self.clock or time()).isoformat()


def parse_start(text: str, rules: DateRules = NOTHING_KNOWN, *, epoch_1904: bool = False) -> Start:
    """
    Read a day with or without a time of day.

    Accepted:

    * ISO 8601: ``2027-03-04T14:30:00``, ``2027-03-04 14:30``, ``20270304T143000``, ``20270304 143000``, each also with ``Z`` or an offset
      (``+05:30``, ``+0530``, ``-08``); also ``2027/3/4``;
    * ``3/4/2027``, ``3-4-2027`` and ``3.4.2027`` in the order that ``rules`` states, or where only one order makes
      a day of them;
    * months in words: ``March 4, 2027``, ``4 Mar 2027``, ``4-Mar-2027``, with a weekday that must fit; also in Spanish, French,
      German, Dutch, Portuguese and Italian: ``Mo, 8. März 2027 um 9:30 Uhr``;
    * behind any of them after a blank, ``T`` or ``at`` a time of day as in ``parse_clock``, or a range of times, whose
      start is taken;
    * a spreadsheet's serial number, ``46204.604166666667``; a whole one is midnight, with the warning
      ``time_midnight``.

    Raises:
        Unreadable: the codes of ``date_of``, ``parse_clock`` and ``parse_serial`` of ``dates_and_times``;
            ``time_range`` for a range whose start is not sure; ``date_missing`` for a time of day alone,
            ``start_unreadable`` for what is none of this, such as Unix seconds, ISO weeks, NUL characters.

    """
    value = trimmed(text)
    if len(value) > LONGEST_TEXT:
        raise Unreadable("start_unreadable")
    value = _BLANKS.sub(" ", value)
    if _SERIAL.fullmatch(value):
        return _from_serial(value, epoch_1904=epoch_1904)
    if basic := _BASIC_CLOCK.fullmatch(value):
        hours_minutes, seconds = basic["hm"], basic["s"] or "00"
        value = f"{basic['day']}T{hours_minutes[:2]}:{hours_minutes[2:]}:{seconds}{basic['offset'] or ''}"
    try:
        return _read_in_words(value, rules)
    except Unreadable:
        spelled = in_english(value)
        if spelled == value:
            raise
    return _read_in_words(spelled, rules)


def _read_in_words(value: str, rules: DateRules) -> Start:
    found = _START.fullmatch(value) or _START.fullmatch(without_end(value))
    if found is None:
        raise Unreadable("date_missing" if _is_clock(value) else "start_unreadable")
    return _from_match(found, rules)


def _from_match(found: re.Match[str], rules: DateRules) -> Start:
    day = date_of(found, rules)
    clock = parse_clock(found["clock"]) if found["clock"] else None
    return Start(day, clock, _offset(found))


def _offset(found: re.Match[str]) -> timedelta | None:
    if not found["offset"]:
        return None
    if found["zulu"]:
        return timedelta(0)
    distance = timedelta(hours=int(found["oh"]), minutes=int(found["om"] or 0))
    offset = distance if found["sign"] == "+" else -distance
    if not _is_offset(found, offset):
        raise Unreadable("start_unreadable")
    return offset


def _is_offset(found: re.Match[str], offset: timedelta) -> bool:
    """Return whether ``-10:00`` is an offset; in ``4 March 2027 09:00-10:00`` it is the end of the appointment."""
    written_by_a_program = (found["y1"] or found["y2"]) and (found["joint"] in {"T", "t"} or found["second"])
    real = _WESTERNMOST <= offset <= _EASTERNMOST and offset % timedelta(minutes=15) == timedelta(0)
    return bool(written_by_a_program and not found["half"] and real)


def _from_serial(value: str, *, epoch_1904: bool) -> Start:
    moment = parse_serial(value, epoch_1904=epoch_1904)
    remarks = () if "." in value else (Issue("time_midnight"),)
    return Start(moment.date(), moment.time(), remarks=remarks)


def _is_clock(value: str) -> bool:
    found = _ONLY_CLOCK.fullmatch(value)
    return bool(found and (found["minute"] or found["half"]))
