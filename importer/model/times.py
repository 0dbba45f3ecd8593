"""
The one home of time zones, of numbers for starts and days, and of durations.

Zones come from the tzdata distribution alone, which is the same on all machines. Durations are ISO 8601 of days to
seconds as programs write them; what a person may write besides is read by ``normalizing``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

# Up to some thirty years in any one part, so that no sum outgrows 64 bits.
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})(?:\.0{1,9})?S)?)?"
)


@cache
def zone_names() -> frozenset[str]:
    """Return every name of the tzdata distribution, links included."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """
    Return the zone of an IANA name.

    Never by ``ZoneInfo(name)``: that reads the machine's own zones first, or those of ``PYTHONTZPATH``, and two
    places that read different ones are hours apart.

    Raises:
        KeyError: the tzdata distribution has none of this name.

    """
    if name not in zone_names():
        raise KeyError(name)
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def duration_s(text: str) -> int | None:
    """Return the seconds of ``P..DT..H..M..S``, None for any other text, and for one of decades; a day has 24 hours."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def as_duration(seconds: int) -> str:
    """Return whole positive seconds as ``PT..H..M..S`` without parts that are zero."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + "".join(f"{count}{letter}" for count, letter in parts if count)


@lru_cache(maxsize=10_000)
def instant(local_start: str, name: str) -> int | None:
    """
    Return a local start (``2027-03-04T14:30:00``) in the named zone as UTC seconds, None where clocks jump over it.

    A start that comes twice is taken the first time. ``ValueError`` or ``KeyError``: not in normal form.
    """
    local = datetime.fromisoformat(local_start).replace(tzinfo=zone(name))
    at = local.astimezone(UTC)
    return int(at.timestamp()) if at.astimezone(zone(name)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def shown_in(name: str, clock: datetime, offset: timedelta) -> str:
    """
    Return what the clocks of a zone show when those at ``offset`` from UTC show ``clock``, as ``YYYY-MM-DDTHH:MM:SS``.

    Raises:
        KeyError: no such zone.
        OverflowError: the moment lies outside the years 1 to 9999.

    """
    moment = clock.replace(tzinfo=UTC) - offset
    return moment.astimezone(zone(name)).replace(tzinfo=None).isoformat()


_SERIAL = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,18})?")
_LAST_DAY = 2_958_465
_BEFORE_1904 = 1_462
_YEARS = (1900, 2200)


def since_1900(text: str) -> str:
    """
    Return a number of days since 1904 (some workbooks count so) as one of days since 1900, as a text file counts them.

    "" for what is none: a time of day alone, a year, what is far beyond the calendar. What is no day here is none there, either.
    """
    if not _SERIAL.fullmatch(text.strip()):
        return ""
    days = Decimal(text.strip())
    is_year = days == int(days) and _YEARS[0] <= days < _YEARS[1]
    return "" if days < 1 or is_year or days > _LAST_DAY else str(days + _BEFORE_1904)
