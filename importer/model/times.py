"""The one home of time zones and of numbers for starts: zones come from the tzdata distribution alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo


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


_UNITS: Final = {"H": 3600, "M": 60, "S": 1}


@lru_cache(maxsize=10_000)
def instant(local_start: str, name: str) -> int | None:
    """
    Return a local start (``2027-03-04T14:30:00``) in the named zone as UTC seconds, None where clocks jump over it.

    A start that comes twice is taken the first time. ``ValueError`` or ``KeyError``: not in normal form.
    """
    local = datetime.fromisoformat(local_start).replace(tzinfo=zone(name))
    at = local.astimezone(UTC)
    return int(at.timestamp()) if at.astimezone(zone(name)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def seconds(duration: str) -> int | None:
    """Return the length of a duration in normal form (``PT1H30M``, ``PT45S``); None for anything else."""
    found, digits = 0, ""
    if not duration.startswith("PT"):
        return None
    for mark in duration[2:]:
        if mark.isdigit():
            digits += mark
        elif mark in _UNITS and digits:
            found, digits = found + int(digits) * _UNITS[mark], ""
        else:
            return None
    return None if digits else found


def shown_in(name: str, clock: datetime, offset: timedelta) -> str:
    """
    Return what the clocks of a zone show when those at ``offset`` from UTC show ``clock``, as ``YYYY-MM-DDTHH:MM:SS``.

    Raises:
        KeyError: no such zone.
        OverflowError: the moment lies outside the years 1 to 9999.

    """
    moment = clock.replace(tzinfo=UTC) - offset
    return moment.astimezone(zone(name)).replace(tzinfo=None).isoformat()
