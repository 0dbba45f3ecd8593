"""
Time zones of a calendar: which zone a ``TZID`` means, and whether the clocks that the file defines for it are that zone's.

A calendar brings the definition of its zones along (``VTIMEZONE``), under names of its own making. A name that ends in a zone's name, or
whose definition names one, is that zone; any other stays as it is, for the profile to say. Where a definition and the zone of that
name set their clocks differently at the start of an event, nobody knows which was meant.

Source: RFC 5545, 3.6.5 (time zone component) and 3.2.19; X-LIC-LOCATION as libical writes it.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from importer.model.times import zone_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?(Z?)", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
_BY_DAY: Final = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEK: Final = 7
MOST_DATES: Final = 1_000
"""No zone has changed its clocks more often."""

Properties = dict[str, list[str]]
"""Raw values by property name."""


@cache
def _zone_bytes() -> dict[str, bytes]:
    folder = resources.files("tzdata").joinpath("zoneinfo")
    return {name: folder.joinpath(*name.split("/")).read_bytes() for name in zone_names()}


def load_zones() -> None:
    """Load what is needed of the zones, before the process may open nothing any more."""
    _zone_bytes()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo.from_file(BytesIO(_zone_bytes()[name]), key=name)


def moment_of(text: str) -> datetime | None:
    """Return a date with time of RFC 5545, without its zone; None for what is none."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001  # local
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """Every year on a day of a month: the ``nth`` weekday of it, the one among ``days``, or a date."""

    month: int
    weekday: int | None = None
    nth: int = 0
    days: tuple[int, ...] = ()
    until: datetime | None = None

    def on(self, year: int) -> int | None:
        first, length = calendar.monthrange(year, self.month)
        if self.weekday is None:
            return self.days[0] if self.days and self.days[0] <= length else None
        falls = range(1 + (self.weekday - first) % _WEEK, length + 1, _WEEK)
        if self.days:
            return next((day for day in falls if day in self.days), None)
        place = self.nth - 1 if self.nth > 0 else self.nth
        return falls[place] if -len(falls) <= place < len(falls) else None


@dataclass(slots=True)
class Observance:
    """A stretch of standard or of daylight time: since when its clocks go, and by how many seconds from UTC."""

    since: datetime
    offset: int
    before: int
    rule: _Rule | None = None
    dates: list[datetime] = field(default_factory=list)

    def last(self, local: datetime) -> datetime | None:
        """Return the last moment up to a local time at which it began."""
        begun = [each for each in (self.since, *self.dates) if each <= local]
        if self.rule is not None and begun:
            for year in (local.year, local.year - 1):
                day = self.rule.on(year)
                onset = None if day is None else self.since.replace(year=year, month=self.rule.month, day=day)
                if onset and self.since <= onset <= min(local, self.rule.until or local):
                    begun.append(onset)
        return max(begun, default=None)


@dataclass(slots=True)
class Definition:
    """A ``VTIMEZONE``. ``place``: the zone that it names itself; ``is_clear``: all its rules were understood."""

    place: str = ""
    observances: list[Observance] = field(default_factory=list)
    is_clear: bool = True

    def add(self, properties: Properties) -> None:
        """Take in a STANDARD or DAYLIGHT component."""
        since = moment_of(_first(properties, "DTSTART"))
        offset, before = _offset(_first(properties, "TZOFFSETTO")), _offset(_first(properties, "TZOFFSETFROM"))
        if since is None or offset is None or before is None:
            self.is_clear = False
            return
        made = Observance(since, offset, before)
        dates = [one for value in properties.get("RDATE", ()) for one in value.split(",", MOST_DATES)]
        self.is_clear = self.is_clear and len(dates) <= MOST_DATES
        for text in dates[:MOST_DATES]:
            date = moment_of(text.strip())
            if date is None or text.endswith("Z"):
                self.is_clear = False
            else:
                made.dates.append(date)
        for text in properties.get("RRULE", ()):
            made.rule = _rule(text, since, before)
            self.is_clear = self.is_clear and made.rule is not None
        self.observances.append(made)

    def offset_at(self, local: datetime) -> int | None:
        """Return the seconds from UTC at a local time, None where the definition does not tell."""
        if not self.is_clear or not self.observances:
            return None
        begun = [(last, each.offset) for each in self.observances if (last := each.last(local)) is not None]
        if begun:
            return max(begun)[1]
        return min(self.observances, key=lambda each: each.since).before


def _first(properties: Properties, name: str) -> str:
    return properties.get(name, [""])[0].strip()


def _offset(text: str) -> int | None:
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups()
    return (-1 if sign == "-" else 1) * (int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0))


def _rule(text: str, since: datetime, before: int) -> _Rule | None:
    """Return a yearly rule, None for any other."""
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
    until_text = parts.pop("UNTIL", "")
    until = moment_of(until_text)
    if until_text.endswith("Z") and until is not None:
        until += timedelta(seconds=before)
    known = {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "WKST"}
    if parts.get("FREQ") != "YEARLY" or parts.get("INTERVAL", "1") != "1" or set(parts) - known:
        return None
    month, by_day, by_date = parts.get("BYMONTH", ""), parts.get("BYDAY", ""), parts.get("BYMONTHDAY", "")
    days = tuple(int(day) for day in by_date.split(",") if day.isascii() and day.isdigit())
    if (
        (month and not _is_month(month))
        or (until_text and until is None)
        or by_date.count(",") + bool(by_date) != len(days)
    ):
        return None
    number = int(month or since.month)
    if not by_day:
        return _Rule(number, days=days or (since.day,), until=until) if len(days) <= 1 else None
    match = _BY_DAY.fullmatch(by_day)
    if match is None or bool(match[1]) == bool(days):
        return None
    return _Rule(number, _DAYS.index(match[2]), int(match[1] or 0), days, until)


def _is_month(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 12  # months


def zone_of(name: str, definitions: Mapping[str, Definition]) -> str:
    """Return the zone that a ``TZID`` means, by its own name, by its definition or by its end; else the name as it is."""
    name = name.strip().strip('"')
    if name in zone_names():
        return name
    place = definitions[name].place if name in definitions else ""
    if place in zone_names():
        return place
    return next((end for end in _ends(name.split("/")) if end in zone_names()), name)


_LONGEST: Final = 3


def _ends(parts: Sequence[str]) -> Iterator[str]:
    """Yield the ends of a path of at least two parts, the longest first: one part alone may be anything."""
    for count in range(min(_LONGEST, len(parts)), 1, -1):
        yield "/".join(parts[-count:])


def contradicts(definition: Definition, zone: str, local: datetime, windows: Mapping[str, str]) -> bool:
    """
    Return whether a definition's clocks are certainly or perhaps others than those of the zone at a local time.

    ``windows``: zones by the names of Windows. A zone that is not known contradicts nothing: the profile says what it is. Nor does
    a time that clocks jump over or show twice; of that, checking tells.
    """
    name = zone if zone in zone_names() else windows.get(zone, "")
    if name not in zone_names():
        return False
    there = [local.replace(tzinfo=_zone(name), fold=fold).utcoffset() for fold in (0, 1)]
    if there[0] != there[1] or there[0] is None:
        return False
    return definition.offset_at(local) != there[0].total_seconds()
