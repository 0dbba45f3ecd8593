"""
What the changes of a file are as a whole: all moved by one same amount, or most of them back to what was replaced.

A fault of time zones moves the known appointments of a file by one amount. A single appointment may well be moved back to
where it was; when most changes of a file do that, the file is an older export, however it came back: saved anew, with a row
more, or under another name.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.model.planned_calls import value_mark
from importer.model.records import Hold
from importer.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model.records import Change, Move


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
    for move, times in moves.items():
        by_instant[Amount(move.shift)] += times
        if move.clock is not None:
            by_clock[Amount(move.clock, move.zone)] += times
            zones.setdefault(move.zone, Counter())[move.zone_before] += times
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
    zone = move.after[1] if move.after[1] != move.before[1] else ""
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
