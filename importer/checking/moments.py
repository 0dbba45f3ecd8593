"""Starts, reminders and follow-ups against the clock. All moments are UTC seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.checking.starts import DAY_S, START, ZONE, Starts, clock_of, jump_over, rows_by_zone
from importer.model.chunks import NO_START
from importer.model.issues import Issues
from importer.model.statuses import Action
from importer.model.times import duration_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.checking.asked import Asked
    from importer.checking.table import Table
    from importer.model.profile import Profile

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
