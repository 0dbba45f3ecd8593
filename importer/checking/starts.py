"""
Local starts as instants, by the zones of the tzdata distribution.

The API subtracts the zone's offset, never we; instants are only for judging a start, a reminder's moment, and the
order of sending. Arithmetic is on whole seconds since 1970-01-01, the local ones counted as if the clock showed UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.model.chunks import NO_START
from importer.model.times import zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from importer.checking.table import Table

ZONE: Final = "subscriberTimeZone"
START: Final = "eventDateTime"

DAY_S: Final = 86_400
# No zone changes its clock twice within less than 6.9 days (Brazil in October 2000 comes nearest).
PROBE_S: Final = 6 * DAY_S

# Outside these years a zone's rules are guesses; the years themselves are judged elsewhere.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Starts(NamedTuple):
    """
    The instants of a column of starts.

    ``at``: UTC seconds (int64), ``NO_START`` where none is known. A start that comes twice is taken the first time, one
    that never comes by the clock before its jump. ``never`` and ``twice``: their positions.
    """

    at: np.ndarray
    never: np.ndarray
    twice: np.ndarray


def starts_of(table: Table, readable: np.ndarray) -> Starts:
    """Return the instants of the rows whose start and zone are ``readable`` normal forms (a truth value a row)."""
    local = _local(table, readable)
    at = np.full(table.rows, NO_START, dtype=np.int64)
    never, twice = [], []
    for name, rows in rows_by_zone(table, readable):
        clock = clock_of(name, local[rows])
        at[rows], gap, overlap = clock.instants(local[rows])
        never.append(rows[gap])
        twice.append(rows[overlap])
    return Starts(at, _together(never), _together(twice))


def rows_by_zone(table: Table, rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return the zones of these rows (a truth value a row), each with its rows' positions."""
    found = table.distinct(ZONE)
    if found.places is None:
        names, places = np.unique(found.texts.astype(str), return_inverse=True)
    else:
        names, places = found.texts, found.places
    positions = np.flatnonzero(rows)
    order = positions[np.argsort(places[positions], kind="stable")]
    counts = np.bincount(places[positions], minlength=len(names))
    groups = zip(names, np.split(order, np.cumsum(counts)[:-1]), strict=True)
    return [(str(name), group) for name, group in groups if len(group)]


class Clock(NamedTuple):
    """
    A zone's clock: the UTC seconds of its changes, rising, and its offset from each on.

    Each year that it covers begins with an entry of its own, so that years between may be left out.
    """

    changes: np.ndarray
    offsets: np.ndarray

    def offset_at(self, utc: np.ndarray) -> np.ndarray:
        """Return the offset in seconds at each UTC second; before the first entry, that entry's."""
        entries = np.searchsorted(self.changes, utc, side="right") - 1
        offsets: np.ndarray = self.offsets[np.maximum(entries, 0)]
        return offsets

    def instants(self, local: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return UTC seconds, which local seconds the clock never shows, and which it shows twice."""
        before, after = self.offset_at(local - DAY_S), self.offset_at(local + DAY_S)
        utc = local - before
        never, twice = np.zeros(len(local), dtype=bool), np.zeros(len(local), dtype=bool)
        near = np.flatnonzero(before != after)
        if len(near):
            clock, most = local[near], np.maximum(before, after)[near]
            early, late = clock - most, clock - np.minimum(before, after)[near]
            is_early, is_late = self.offset_at(early) == clock - early, self.offset_at(late) == clock - late
            never[near], twice[near] = ~is_early & ~is_late, is_early & is_late
            utc[near] = np.where(is_early, early, np.where(is_late, late, utc[near]))
        return utc, never, twice

    def hours(self, utc: np.ndarray) -> np.ndarray:
        """Return the hour that the clock shows at each UTC second."""
        shown: np.ndarray = (utc + self.offset_at(utc)) // 3600 % 24
        return shown


def clock_of(name: str, seconds: np.ndarray) -> Clock:
    """Return the zone's clock, good for these seconds, local or UTC, and the days around them."""
    years = np.unique(seconds.astype("M8[s]").astype("M8[Y]").astype(np.int64) + 1970)
    around = np.clip(np.unique(np.concatenate([years - 1, years, years + 1])), FIRST_YEAR, LAST_YEAR)
    entries = [entry for year in np.unique(around).tolist() for entry in _year(name, year)]
    changes, offsets = zip(*entries, strict=True)
    return Clock(np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64))


def jump_over(local: str, name: str) -> str:
    """Return how the clock jumps over a local time that never comes, as ``02:00 to 03:00``."""
    seconds = np.array([np.datetime64(local, "s").astype(np.int64)])
    clock = clock_of(name, seconds)
    before = int(clock.offset_at(seconds - DAY_S)[0])
    change = int(np.searchsorted(clock.changes, seconds[0] - before, side="right")) - 1
    at, after = int(clock.changes[change]), int(clock.offsets[change])
    return f"{_EPOCH + timedelta(seconds=at + before):%H:%M} to {_EPOCH + timedelta(seconds=at + after):%H:%M}"


@lru_cache(maxsize=16_384)
def _year(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return a UTC year's first second and its changes, each with the offset from then on: probe, then halve."""
    place = zone(name)
    first, last = (int((datetime(y, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for y in (year, year + 1))
    entries, offset = [(first, _offset(place, first))], _offset(place, first)
    for probe in range(first + PROBE_S, last + PROBE_S, PROBE_S):
        if (now := _offset(place, probe)) != offset:
            entries.append((_first_with(place, now, probe - PROBE_S, probe), now))
            offset = now
    return tuple(entry for entry in entries if entry[0] < last)


def _first_with(place: ZoneInfo, offset: int, before: int, reached: int) -> int:
    while reached - before > 1:
        middle = (before + reached) // 2
        before, reached = (before, middle) if _offset(place, middle) == offset else (middle, reached)
    return reached


def _offset(place: ZoneInfo, utc: int) -> int:
    offset = (_EPOCH + timedelta(seconds=utc)).astimezone(place).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _local(table: Table, readable: np.ndarray) -> np.ndarray:
    """Return what the starts' clocks show, in seconds; 0 where they are not readable."""
    found = table.distinct(START)
    used = found.used_by(readable)
    seconds = np.zeros(len(found.texts), dtype=np.int64)
    seconds[used] = found.texts[used].astype("M8[s]").astype(np.int64)
    return found.spread(seconds)


def _together(positions: list[np.ndarray]) -> np.ndarray:
    return np.sort(np.concatenate(positions)) if positions else np.empty(0, dtype=np.int64)
