"""Local starts: date and time of day in one text."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from importer.model.issues import Issue
from importer.normalizing.clocks import CLOCK, parse_clock, without_end
from importer.normalizing.dates import DATE, NOTHING_KNOWN, DateRules, date_of
from importer.normalizing.readings import Unreadable
from importer.normalizing.serials import parse_serial
from importer.normalizing.texts import trimmed

LONGEST_TEXT: Final = 60
_WESTERNMOST = timedelta(hours=-12)
_EASTERNMOST = timedelta(hours=14)

_BLANKS = re.compile("[ \u00a0\u2007\u2009\u202f]+")
_OFFSET = r"(?: ?(?P<zulu>Z|UTC|GMT)| ?(?P<sign>[+\u2212-])(?P<oh>[0-9]{2})(?::?(?P<om>[0-9]{2}))?)"
_JOINED = rf"(?P<joint>,? | at |, at |T)(?P<clock>{CLOCK})(?P<offset>{_OFFSET})?"
_START = re.compile(rf"{DATE}(?:{_JOINED})?", re.IGNORECASE)
_BASIC_CLOCK = re.compile(
    rf"(?P<day>[0-9]{{8}})T(?P<hm>[0-9]{{4}})(?P<s>[0-9]{{2}})?(?P<offset>{_OFFSET})?", re.IGNORECASE
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

    * ISO 8601: ``2027-03-04T14:30:00``, ``2027-03-04 14:30``, ``20270304T143000``, each also with ``Z`` or an offset
      (``+05:30``, ``+0530``, ``-08``); also ``2027/3/4``;
    * ``3/4/2027``, ``3-4-2027`` and ``3.4.2027`` in the order that ``rules`` states, or where only one order makes
      a day of them;
    * months in English: ``March 4, 2027``, ``4 Mar 2027``, ``4-Mar-2027``, with a weekday that must fit;
    * behind any of them after a blank, ``T`` or ``at`` a time of day as in ``parse_clock``, or a range of times, whose
      start is taken;
    * a spreadsheet's serial number, ``46204.604166666667``; a whole one is midnight, with the warning
      ``time_midnight``.

    Raises:
        Unreadable: the codes of ``dates.date_of``, ``clocks.parse_clock`` and ``serials.parse_serial``;
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
