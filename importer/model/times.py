"""Time zones, from one source: the tzdata distribution, which is the same on all machines."""

from __future__ import annotations

from functools import cache
from importlib import resources
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
