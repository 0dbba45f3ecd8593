"""Starts and durations in normal form as numbers; tables of zones come from the tzdata distribution."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from importer.model.times import zone

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
