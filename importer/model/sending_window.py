"""
The sending window: the hours at which a clinic lets requests leave, so that nobody is texted at night.

A request texts a person when it arrives: a create, a cancel and a no-show. An update texts nobody by itself. Hours are
those of the appointment's own zone. Two kinds go at once, because waiting would do harm: a cancel whose visit or
reminder comes before the window opens, and a create whose reminder does. Pure; the clock is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from importer.model.statuses import Action
from importer.model.times import duration_s, instant, zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, time
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Visit:
    """When a visit is, as far as it is known: its zone (IANA), its start and its reminder in UTC seconds."""

    zone: str | None = None
    starts_at: int | None = None
    reminds_at: int | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """How many requests wait for the sending window, when the first of them leaves (UTC seconds), and in which zone."""

    count: int
    first_at: float | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Reminding:
    """How many reminders the requests of a plan set, and when the first and the last are due (UTC seconds, IANA zone)."""

    count: int
    first_at: float
    first_zone: str
    last_at: float
    last_zone: str


def reminding_of(visits: Iterable[Visit], now: float) -> Reminding | None:
    """Return when those reminders of visits are due that still are (``now``: UTC seconds), None where there is none."""
    count, first, last = 0, None, None
    for visit in visits:
        if visit.reminds_at is None or visit.zone is None or visit.reminds_at <= now:
            continue
        count += 1
        due = (visit.reminds_at, visit.zone)
        first = due if first is None else min(first, due)
        last = due if last is None else max(last, due)
    return None if first is None or last is None else Reminding(count, *first, *last)


def visit_of(values: bytes | Mapping[str, Any] | None, *, starts_at: int | None = None) -> Visit:
    """
    Return when a visit is; ``starts_at`` if known.

    ``values``: of a create or of what the API accepted, as JSON or read from it.
    """
    said = values if isinstance(values, Mapping) else orjson.loads(values) if values else {}
    name = said.get("subscriberTimeZone")
    local = said.get("eventDateTime")
    if starts_at is None and name and local:
        starts_at = instant(local, name)
    before = duration_s(said.get("remindTimeOffset") or "")
    return Visit(name, starts_at, starts_at - before if starts_at is not None and before is not None else None)


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """
    Open each day from ``opens`` until ``closes``; past midnight where ``closes`` comes first. Never both the same.

    ``home``: the zone (IANA) of appointments whose own is not known. ``for_s``: for so many seconds it must stay open
    once a request is on its way.
    """

    opens: time
    closes: time
    home: str | None = None
    for_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.opens:%H:%M} to {self.closes:%H:%M}"

    def opening(self, name: str, now: float) -> float:
        """
        Return the first moment, from ``now`` on, at which a request may leave in the zone ``name``.

        Times are UTC seconds. Where clocks jump over an hour or repeat it, the window opens at the later and closes at
        the earlier moment that the hour may mean.

        Raises:
            KeyError: no such zone.
            ValueError: the window is never open for so long.

        """
        there = zone(name)
        today = datetime.fromtimestamp(now, there).date()
        for days in range(-1, 4):
            day = today + timedelta(days=days)
            opens = max(_moments(day, self.opens, there))
            closes = min(_moments(day + timedelta(days=self.closes <= self.opens), self.closes, there))
            if max(now, opens) + self.for_s <= closes:
                return max(now, opens)
        raise ValueError("the sending window is never open for so long")

    def has_passed(self, name: str, since: float, now: float) -> bool:
        """Whether the window opened and closed again in the zone ``name`` between two moments."""
        there = zone(name)
        first = datetime.fromtimestamp(since, there).date()
        for day in (first, first + timedelta(days=1)):
            if min(_moments(day, self.opens, there)) >= since:
                return max(_moments(day + timedelta(days=self.closes <= self.opens), self.closes, there)) <= now
        return False

    def leaves_at(self, action: Action, visit: Visit, now: float) -> float | None:
        """Return from when on a request may leave: ``now``, or when the window opens; None where no zone is known."""
        if action is Action.UPDATE:
            return now
        name = visit.zone or self.home
        if action is Action.CANCEL and (name is None or (visit.starts_at is None and visit.reminds_at is None)):
            # It may be of a visit that comes before the window opens: a reminder of a visit that is off is worse.
            return now
        if name is None:
            return None
        opens = self.opening(name, now)
        moments = (visit.reminds_at,) if action is Action.CREATE else (visit.reminds_at, visit.starts_at)
        if action is not Action.NO_SHOW and any(at is not None and now <= at < opens for at in moments):
            return now
        return opens


def _moments(day: date, clock: time, there: ZoneInfo) -> tuple[float, float]:
    """Return what a time of day may mean: before and after clocks are changed."""
    local = datetime.combine(day, clock, there)
    return local.timestamp(), local.replace(fold=1).timestamp()
