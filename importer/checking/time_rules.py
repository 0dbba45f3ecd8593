"""
Starts, reminders and follow-ups against the clock; local starts as instants, by the zones of the tzdata distribution.

The API subtracts the zone's offset, never we; instants are only for judging a start, a reminder's moment, and the
order of sending. Arithmetic is on whole seconds since 1970-01-01, the local ones counted as if the clock showed UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.checking.requested_actions import ZONE, Asked
from importer.model.chunks import NO_START
from importer.model.issues import Issues
from importer.model.statuses import Action
from importer.model.times import duration_s, zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from importer.model.chunks import Table
    from importer.model.profile import Profile


START: Final = "eventDateTime"

DAY_S: Final = 86_400
# No zone changes its clock twice within less than 6.9 days (Brazil in October 2000 comes nearest).
PROBE_S: Final = 6 * DAY_S

# Outside these years a zone's rules are guesses; the years themselves are judged elsewhere.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
# Up to so many years, from the first to the last, all are looked up, and which of them occur is not asked.
FEW_YEARS: Final = 5

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
    first, last = (_year_of(end) for end in (seconds.min(), seconds.max()))
    if last - first > FEW_YEARS:
        years = np.unique(seconds.astype("M8[s]").astype("M8[Y]").astype(np.int64) + 1970)
        around = np.unique(np.concatenate([years - 1, years, years + 1]))
    else:
        around = np.arange(first - 1, last + 2)
    return _clock(name, tuple(np.unique(np.clip(around, FIRST_YEAR, LAST_YEAR)).tolist()))


def _year_of(second: np.int64) -> int:
    return int(np.datetime64(int(second), "s").astype("M8[Y]").astype(np.int64)) + 1970


@lru_cache(maxsize=1024)
def _clock(name: str, years: tuple[int, ...]) -> Clock:
    changes, offsets = zip(*(entry for year in years for entry in _year(name, year)), strict=True)
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


REMIND: Final = "remindTimeOffset"
FOLLOW_UP: Final = "followUpTimeOffset"
LATE_NO_SHOW_S: Final = 2 * DAY_S


class Moment(NamedTuple):
    """What starts are held against: ``now`` in UTC seconds, and what the profile says of time."""

    now: float
    profile: Profile


def lint(
    table: Table, asked: Asked, starts: Starts, refused: dict[str, np.ndarray], moment: Moment
) -> Iterator[Issues]:
    """
    Yield what is wrong or worth saying about the rows' times.

    ``refused``: field -> rows whose value is unreadable, which have no moment.
    """
    yield from _clock_changes(table, asked, starts, moment.profile)
    known = starts.at != NO_START
    known[starts.never] = False
    yield from _past_and_far(asked, starts, known, moment)
    yield from _reminders(table, asked, starts, known & _usable(table, REMIND, refused), moment)
    yield from _follow_ups(table, asked, starts, known & _usable(table, FOLLOW_UP, refused), moment)
    yield from _no_shows(asked, starts, known, moment)


def seconds_of(table: Table, field: str) -> np.ndarray:
    """Return a column of durations in seconds (int64), 0 where none is readable."""
    found = table.distinct(field)
    seconds = (duration_s(text) or 0 for text in found.texts)
    return found.spread(np.fromiter(seconds, dtype=np.int64, count=len(found.texts)))


def _usable(table: Table, field: str, refused: dict[str, np.ndarray]) -> np.ndarray:
    filled = table.filled(field)
    return filled & ~refused[field] if field in refused else filled


def _clock_changes(table: Table, asked: Asked, starts: Starts, profile: Profile) -> Iterator[Issues]:
    taking = asked.taking(START) & asked.are(Action.CREATE, Action.UPSERT, Action.UPDATE, "")
    never = starts.never[taking[starts.never]]
    if len(never):
        places = zip(table.column(START)[never], table.column(ZONE)[never], strict=True)
        details = [f"{name}, where clocks go from {jump_over(local, name)}" for local, name in places]
        yield Issues("start_never", START, never, np.array(details, dtype=object))
    twice = starts.twice[taking[starts.twice]]
    if len(twice):
        code = "start_twice_refused" if profile.refuse_ambiguous_times else "start_twice"
        yield Issues(code, START, twice, table.column(ZONE)[twice])


def _past_and_far(asked: Asked, starts: Starts, known: np.ndarray, moment: Moment) -> Iterator[Issues]:
    past, horizon = known & (starts.at < moment.now), moment.profile.horizon_days * DAY_S
    far = known & (starts.at > moment.now + horizon)
    long_ago = known & (starts.at < moment.now - horizon)
    changing = asked.creating | asked.are(Action.UPDATE)
    if not moment.profile.allow_past:
        yield from _finding(START, "start_in_past", past & asked.creating)
        long_ago &= ~asked.creating
    yield from _finding(START, "start_too_far", (far | long_ago) & changing, str(moment.profile.horizon_days))
    yield from _finding(START, "start_in_past_update", past & ~long_ago & asked.are(Action.UPDATE))


def _reminders(table: Table, asked: Asked, starts: Starts, known: np.ndarray, moment: Moment) -> Iterator[Issues]:
    known = known & (asked.creating | asked.are(Action.UPDATE)) & (starts.at >= moment.now)
    if not known.any():
        return
    at = starts.at - seconds_of(table, REMIND)
    late = known & (at < moment.now)
    yield from _finding(REMIND, "reminder_in_past", late)
    yield from _at_night(table, at, known & ~late, moment.profile)


def _at_night(table: Table, at: np.ndarray, known: np.ndarray, profile: Profile) -> Iterator[Issues]:
    if not known.any():
        return
    positions, hours = [], []
    for name, rows in rows_by_zone(table, known):
        shown = clock_of(name, at[rows]).hours(at[rows])
        night = is_night(shown, profile)
        positions.append(rows[night])
        hours.append(shown[night])
    found = np.concatenate(positions)
    if len(found):
        details = np.array([f"{hour:02}" for hour in range(24)], dtype=object)[np.concatenate(hours)]
        order = np.argsort(found)
        yield Issues("reminder_at_night", REMIND, found[order], details[order])


def is_night(hours: np.ndarray, profile: Profile) -> np.ndarray:
    """Return which hours lie in the profile's night, which may pass midnight; none when it begins as it ends."""
    begin, end = profile.night_from_hour, profile.night_to_hour
    return (hours >= begin) & (hours < end) if begin <= end else (hours >= begin) | (hours < end)


def _follow_ups(table: Table, asked: Asked, starts: Starts, known: np.ndarray, moment: Moment) -> Iterator[Issues]:
    late = known & (starts.at < moment.now)
    if not late.any():
        return
    late &= starts.at + seconds_of(table, FOLLOW_UP) < moment.now
    yield from _finding(FOLLOW_UP, "follow_up_in_past", late & asked.are(Action.UPDATE))
    yield from _finding(FOLLOW_UP, "no_show_after_follow_up", late & asked.are(Action.NO_SHOW))


def _no_shows(asked: Asked, starts: Starts, known: np.ndarray, moment: Moment) -> Iterator[Issues]:
    no_shows = known & asked.are(Action.NO_SHOW)
    yield from _finding(START, "no_show_too_early", no_shows & (starts.at > moment.now))
    yield from _finding(START, "no_show_late", no_shows & (starts.at < moment.now - LATE_NO_SHOW_S))


def _finding(field: str, code: str, rows: np.ndarray, details: np.ndarray | str = "") -> Iterator[Issues]:
    positions = np.flatnonzero(rows)
    if len(positions):
        yield Issues(code, field, positions, details)
