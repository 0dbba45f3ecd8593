"""Appointments that a snapshot should hold and does not: which they are, and whether they are too many to be cancelled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model import times
from importer.model.issues import Issue
from importer.model.profile import Window, parse_window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import Profile
    from importer.model.records import Ahead


_DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
# No place counts its days more than a day from UTC; twice that, because its today may be another day, too.
_APART_S: Final = 2 * _DAY_S


class Scope:
    """
    What a snapshot is everything of: the window's days, in some places or in all, from ``now`` on (UTC seconds).

    ``bounds``: two moments between which every appointment of the scope starts, wherever it is.
    """

    def __init__(self, window: Window, places: frozenset[str], now: float) -> None:
        self.window = window
        self.places = places
        self.now = now
        today = datetime.fromtimestamp(now, UTC).date()
        first, end = _midnight(window.first.on(today)), _midnight(window.last.on(today)) + _DAY_S
        self.bounds = max(now, first - _APART_S), end + _APART_S
        self._inner = first + _APART_S, end - _APART_S
        self._todays: dict[Any, date] = {}

    def has(self, one: Ahead) -> bool:
        """
        Whether the file should name the appointment.

        Its day is the one of its own place, and so is today. One whose day or place is not known is not in the scope.
        """
        if one.starts_at <= self.now or (self.places and (one.location or "").strip().casefold() not in self.places):
            return False
        first, end = self._inner
        # Far from the window's edges the day is within it everywhere.
        return first <= one.starts_at < end or self._has_day(orjson.loads(one.accepted))

    def _has_day(self, values: Mapping[str, Any]) -> bool:
        today = self._today(values.get("subscriberTimeZone"))
        day = _day(values.get("eventDateTime"))
        return today is not None and day is not None and self.window.has(day, today=today)

    def _today(self, zone: Any) -> date | None:
        if zone not in self._todays:
            try:
                self._todays[zone] = datetime.fromtimestamp(self.now, times.zone(zone)).date()
            except (ValueError, TypeError, OSError, KeyError):
                return None
        return self._todays[zone]


def scope_of(profile: Profile, now: float) -> Scope | None:
    """Return what the profile's files are everything of, None where they are no snapshots."""
    if not profile.snapshot:
        return None
    places = frozenset(place.strip().casefold() for place in profile.snapshot_locations)
    return Scope(parse_window(profile.snapshot), places, now)


def are_too_many(missing: int, known: int, profile: Profile) -> bool:
    """Whether so many missing appointments of so many known ones are more than the profile lets be cancelled."""
    return missing > profile.guard_count or missing * 100 > profile.guard_share_percent * known


def objection(missing: int, known: int, profile: Profile, approved: int | None) -> Issue | None:
    """Return why the missing appointments are not cancelled, None if they may be. ``approved``: the number that a person let go."""
    if not are_too_many(missing, known, profile) or approved == missing:
        return None
    if approved is None:
        return Issue("too_many_missing", value=str(missing), detail=str(known))
    return Issue("approval_differs", value=str(missing), detail=str(approved))


def _midnight(day: date) -> float:
    return (day.toordinal() - _EPOCH) * _DAY_S


def _day(start: Any) -> date | None:
    try:
        return date.fromisoformat(str(start)[:10])
    except ValueError:
        return None
