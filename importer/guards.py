"""
What a file says as a whole: against earlier files of its profile (the baseline), by its changes, by what a snapshot leaves out.

Only whole exports of a declared profile are compared with earlier ones, for only they are of one kind. Few rows say little,
so small differences in number never count, whatever their share.

A fault of time zones moves the known appointments of a file by one amount. A single appointment may well be moved back to
where it was; when most changes of a file do that, the file is an older export, however it came back: saved anew, with a row
more, or under another name.
"""

from __future__ import annotations

import re
from calendar import day_abbr, day_name, month_abbr, month_name
from collections import Counter
from datetime import UTC, date, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from importer.model import times
from importer.model.issues import Issue
from importer.model.planned_calls import value_mark
from importer.model.profile import Window, parse_window
from importer.model.statuses import Hold
from importer.normalizing.time_zones import is_same_zone
from importer.problems import problem
from importer.problems.kinds import quoted
from importer.reporting.wording import counted
from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.model.profile import Profile
    from importer.model.records import Ahead, Change, Move
    from importer.model.staged_files import EarlierFile, FileFacts, FileRecord


def hold(code: str, *, field: str = "", value: str = "", detail: str = "") -> Hold:
    """Return the hold of this kind with its sentences."""
    told = problem(code, field=field, value=value, detail=detail)
    return Hold(code, told.message, told.fix)


FEWEST_KNOWN: Final = 5
SHARE: Final = 0.95


class Amount(NamedTuple):
    """How far local times are moved (seconds), and the zone that stands there now, "" where it is as it was."""

    shift: int
    zone: str = ""


def may_be_together(known: int, moved: int) -> bool:
    """Whether so many moves among so many known appointments are worth a closer look."""
    return known >= FEWEST_KNOWN and moved >= known * SHARE


class Moved(NamedTuple):
    """
    How far an appointment is moved: ``shift`` in seconds, ``clock`` in seconds on the clock of the wall, None where that is not known.

    ``zone``: that stands there now, "" where it is as it was; ``zone_before``.
    """

    shift: int
    clock: int | None
    zone: str
    zone_before: str


def moved_by(move: Move) -> Moved:
    """Return how far a move goes."""
    local = local_amount(move)
    return Moved(move.shift, None, "", "") if local is None else Moved(move.shift, *local, move.before[1])


def moved_together(known: int, moves: Iterable[Move]) -> Hold | None:
    """
    Return the hold of a file whose known appointments are moved by one amount; None where they are not.

    ``known``: how many of the file's appointments are known. ``moves``: those that would get another start.
    """
    return moved_alike(known, Counter(map(moved_by, moves)))


def moved_alike(known: int, moves: Mapping[Moved, int]) -> Hold | None:
    """
    Return the same; ``moves``: how many appointments are moved how far.

    What is one amount by the clock is not always one in UTC, because clocks change, and the other way
    round; either will do.
    """
    by_instant: Counter[Amount] = Counter()
    by_clock: Counter[Amount] = Counter()
    zones: dict[str, Counter[str]] = {}
    for move, often in moves.items():
        by_instant[Amount(move.shift)] += often
        if move.clock is not None:
            by_clock[Amount(move.clock, move.zone)] += often
            zones.setdefault(move.zone, Counter())[move.zone_before] += often
    if not may_be_together(known, sum(moves.values())):
        return None
    for amounts in (by_clock, by_instant):
        amount, count = commonest(amounts)
        if may_be_together(known, count):
            return hold("moved_together", value=in_words(amount, zones), detail=f"{count} of {known}")
    return None


def commonest(amounts: Counter[Amount]) -> tuple[Amount, int]:
    """Return the amount that most appointments are moved by, and how many they are; one that is not zero."""
    real = [(amount, count) for amount, count in amounts.most_common() if amount != Amount(0)]
    return real[0] if real else (Amount(0), 0)


def local_amount(move: Move) -> Amount | None:
    """Return how far the clock on the wall is moved, None where the old or the new one is not known."""
    try:
        before, after = datetime.fromisoformat(move.before[0]), datetime.fromisoformat(move.after[0])
    except ValueError:
        return None
    zone = "" if is_same_zone(move.before[1], move.after[1]) else move.after[1]
    return Amount(round((after - before).total_seconds()), zone)


def in_words(amount: Amount, zones: dict[str, Counter[str]]) -> str:
    """Return an amount as people say it: ``+1 hour``, ``-2 days``, ``zone America/Denver instead of America/Chicago``."""
    parts = [span(amount.shift)] if amount.shift else []
    if amount.zone:
        before = zones[amount.zone]
        usual = next(iter(before)) if len(before) == 1 else ""
        parts.append(f"zone {amount.zone} instead of {usual or 'the zones of before'}")
    return ", ".join(parts)


def span(seconds: int) -> str:
    """Return a signed length of time in words: ``+1 hour 30 minutes``."""
    left, parts = abs(seconds), []
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return f"{'-' if seconds < 0 else '+'}{' '.join(parts)}"


FEWEST_BACK: Final = 3
SHARE_BACK_PERCENT: Final = 80

Replaced = dict[str, set[str]]
"""Field -> marks of the values that it had and that were replaced since."""


def replaced_by(changes: Iterable[Change], before: Replaced) -> None:
    """Add to ``before`` what these changes, which were sent, put away."""
    for change in changes:
        if change.before is not None:
            before.setdefault(change.field, set()).add(value_mark(change.before))


def goes_back(changes: Iterable[Change], replaced: Mapping[str, set[str]]) -> bool:
    """Whether every value that a row would change is one that the appointment had before."""
    told = list(changes)
    return bool(told) and all(value_mark(one.after) in replaced.get(one.field, ()) for one in told)


def is_older(back: int, changes: int) -> bool:
    """Whether a file of so many changes, of which so many go back, is an older one."""
    return back >= FEWEST_BACK and back * 100 >= changes * SHARE_BACK_PERCENT


USUAL: Final = 7
"""How many of the latest files tell what is usual."""
FEWEST_EARLIER: Final = 2
FEWEST_ROWS: Final = 20
LEAST_ROWS_OFF: Final = 10
LEAST_BLANKS_OFF: Final = 5
HEADINGS_NAMED: Final = 5

_WORDS = re.compile(r"[^\W\d_]+")
_DAYS_AND_MONTHS: Final = frozenset(
    part.casefold() for names in (day_name, day_abbr, month_name, month_abbr) for part in names if part
) | {"copy"}


class Whole(NamedTuple):
    """A file that may be compared: its record, and its facts."""

    record: FileRecord
    facts: FileFacts


def file_holds(record: FileRecord, earlier: Sequence[EarlierFile], profile: Profile) -> Iterator[Hold]:
    """
    Yield what speaks against sending a file as it is.

    ``earlier``: files of the same profile, newest first; only those with a name of the same kind are compared.
    """
    facts = record.facts
    if not profile.declared or facts is None or not facts.is_whole:
        return
    file = Whole(record, facts)
    comparable = [one for one in earlier if one.file.facts is not None and one.file.facts.is_whole]
    last = alike(record, comparable)
    usual = last[:USUAL]
    if len(usual) >= FEWEST_EARLIER:
        yield from rows_far_off(file, usual, profile.rows_tolerance_percent)
        yield from blanks_far_off(file, usual, profile.blanks_tolerance_percent)
    if last:
        yield from headings_changed(file, last[0])
    if facts.undecided_dates and profile.date_order is None:
        yield hold("dates_undecided", value=counted(facts.undecided_dates, "row"))


def alike(record: FileRecord, earlier: Sequence[EarlierFile]) -> list[EarlierFile]:
    """
    Return the earlier files that are called like this one but for numbers, days and months.

    A profile may have a file a day, or one a place, and a short list of walk-ins beside them; only those of one kind
    tell what is usual for each other.
    """
    return [one for one in earlier if shape(one.file.name) == shape(record.name)]


def shape(name: str) -> str:
    """
    Return a file's name without what changes from one export to the next.

    ``week_2027-03-01.csv`` and ``Week (2).xlsx`` are both ``week``; ``Monday's list.csv`` is ``s list``.
    """
    stem = name.casefold().rpartition(".")[0] or name.casefold()
    return " ".join(word for word in _WORDS.findall(stem) if word not in _DAYS_AND_MONTHS)


def rows_far_off(file: Whole, usual: Sequence[EarlierFile], tolerance_percent: int) -> Iterator[Hold]:
    """Yield a hold where the number of rows lies far from the usual one."""
    middle = median(one.file.rows for one in usual)
    rows, kept_percent = file.record.rows, 100 - tolerance_percent
    too_few, too_many = rows * 100 < middle * kept_percent, rows * kept_percent > middle * 100
    if middle >= FEWEST_ROWS and abs(rows - middle) >= LEAST_ROWS_OFF and (too_few or too_many):
        yield hold("rows_far_off", value=f"{rows:,}", detail=f"{round(middle):,}")


def blanks_far_off(file: Whole, usual: Sequence[EarlierFile], tolerance_percent: int) -> Iterator[Hold]:
    """Yield a hold for each field that is blank in far more of the rows than usual."""
    rows = file.record.rows
    for heading, name in file.facts.fields.items():
        shares = blank_shares(usual, name)
        if len(shares) < FEWEST_EARLIER:
            continue
        before = median(shares)
        blanks = file.facts.blanks.get(name, 0)
        off = blanks - before * rows
        # Compared in rows: a share of rows is no exact number.
        if off >= LEAST_BLANKS_OFF and off > rows * tolerance_percent / 100 + 1e-9:
            yield hold(
                "blanks_far_off", field=titled(heading, name), value=percent(blanks / rows), detail=percent(before)
            )


def headings_changed(file: Whole, last: EarlierFile) -> Iterator[Hold]:
    """Yield a hold where headings came or went since the last file; their order, case and spaces do not matter."""
    now, before = by_folded(file.record.headings), by_folded(last.file.headings)
    new = [now[key] for key in now if key not in before]
    gone = [before[key] for key in before if key not in now]
    told = [f"{what}: {listed(names)}" for what, names in (("new", new), ("gone", gone)) if names]
    if told:
        yield hold("headings_changed", detail="; ".join(told))


def blank_shares(files: Iterable[EarlierFile], name: str) -> list[float]:
    """Return the share of rows that left a field blank, for each file that has rows and the field."""
    known = ((one.file.rows, one.file.facts) for one in files)
    return [
        facts.blanks.get(name, 0) / rows for rows, facts in known if rows and facts and name in facts.fields.values()
    ]


def by_folded(headings: Iterable[str]) -> dict[str, str]:
    """Return headings by what makes them differ; blank ones are none."""
    return {folded(heading): heading for heading in headings if folded(heading)}


def listed(headings: Sequence[str]) -> str:
    """Return headings in quotes, the first few of many."""
    shown = ", ".join(f"“{quoted(heading.strip())}”" for heading in headings[:HEADINGS_NAMED])
    more = len(headings) - HEADINGS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def titled(heading: str, name: str) -> str:
    """Return a field with the heading that it stands under, where that is another word."""
    return name if folded(heading) == folded(name) else f"{name} (“{quoted(heading.strip())}”)"


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{share:.0%}"


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
