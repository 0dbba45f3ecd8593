"""
What a zone's clocks show at an instant, for starts that state their distance from UTC.

Zones come from the tzdata distribution and not from the machine, so that two machines agree.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from importer.normalizing.zone_names import canonical_names


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. ``KeyError``: the tzdata distribution has none of this name."""
    if name not in canonical_names():
        raise KeyError(name)
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def shown_in(name: str, clock: datetime, offset: timedelta) -> str:
    """
    Return what the clocks of a zone show when those at ``offset`` from UTC show ``clock``, as ``YYYY-MM-DDTHH:MM:SS``.

    Raises:
        KeyError: no such zone.
        OverflowError: the moment lies outside the years 1 to 9999.

    """
    moment = clock.replace(tzinfo=UTC) - offset
    return moment.astimezone(zone(name)).replace(tzinfo=None).isoformat()
