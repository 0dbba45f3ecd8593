"""
In which state each drop is after a pass: what stands there that somebody should know, and what has passed.

A state is told once, when it begins, and once more when a drop has none left. So each has a name that is the same in every pass that
finds it: a run on hold or in doubt is one state, and so is each refused file; that the API or a server cannot be reached is one,
however many files wait for it. Nothing of a sheet and no file name is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.errors import Exit
from importer.model.drops import GOOD, ClaimState
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from importer.ingest.pass_results import DropResult, FileResult
    from importer.ledger import Ledger
    from importer.model.drops import Standing

LEFT: Final = "left"
FILE: Final = "file "
OTHER_RUNS: Final = ""
"""Stands for a drop where runs are that no drop has."""

_QUIET: Final = frozenset({Exit.DONE, Exit.SOME_ROWS_FAILED, Exit.INTERRUPTED, Exit.TERMINATED, Exit.LEDGER_LOCKED})
_ROWS_OF: Final = {"held": Status.HELD, "unknown": Status.UNKNOWN, "failure": Status.NOT_SENT}


@dataclass(frozen=True, slots=True)
class Condition:
    """
    A state as one pass finds it. ``drop``, ``kind`` and ``about`` tell it from others, see ``Standing``.

    ``code``: the exit code that it gives the pass. ``run``: the run that it is about, if one is. ``files`` and ``rows``: how many.
    """

    drop: str
    kind: str
    about: str
    code: int
    run: str | None = None
    files: int = 0
    rows: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same in every pass that finds the state."""
        return self.drop, self.kind, self.about


def conditions_of(drops: Iterable[DropResult], ledger: Ledger) -> list[Condition]:
    """Return the states of all drops of a pass, each once, and of runs in doubt that are of no drop."""
    found: dict[tuple[str, str, str], Condition] = {}
    for result in drops:
        for each in (*_of_files(result), *_of_drop(result)):
            known = found.get(each.key)
            found[each.key] = each if known is None else replace(known, files=known.files + each.files)
    for doubt in ledger.unresolved():
        drop = ledger.claims.drop_of(doubt.run) or OTHER_RUNS
        each = Condition(drop, "unknown", doubt.run, int(Exit.UNKNOWN_OUTCOMES), doubt.run)
        found.setdefault(each.key, each)
    return [_counted(each, ledger) for each in found.values()]


def _of_files(result: DropResult) -> Iterator[Condition]:
    """Yield the state of each file of a drop that is in one."""
    for file in result.files:
        code = file.exit_code
        if code is None or code in _QUIET:
            continue
        kind, about = _named(file, int(code))
        yield Condition(result.drop, kind, about, int(code), file.run, files=1)


def _named(file: FileResult, code: int) -> tuple[str, str]:
    if code == Exit.HELD:
        return "held", str(file.run)
    if code == Exit.UNKNOWN_OUTCOMES:
        return "unknown", str(file.run)
    if code == Exit.FILE_REFUSED:
        return "failure", LEFT if file.sha256 is None else FILE + file.sha256[:16]
    return "failure", str(code)


def _of_drop(result: DropResult) -> Iterator[Condition]:
    for code in map(int, result.codes):
        if code == Exit.FILE_MISSING:
            yield Condition(result.drop, "missing", "", code)
        elif code not in _QUIET and code != Exit.UNKNOWN_OUTCOMES:
            yield Condition(result.drop, "failure", str(code), code)


def _counted(condition: Condition, ledger: Ledger) -> Condition:
    if condition.run is None or condition.kind not in _ROWS_OF:
        return condition
    totals = ledger.run(condition.run).report.totals()
    return replace(condition, rows=totals.get(_ROWS_OF[condition.kind], 0))


@dataclass(frozen=True, slots=True)
class Change:
    """What a pass changed: states that ``began``, those that ``ended``, and drops that are ``good`` again."""

    began: tuple[Condition, ...]
    ended: tuple[Standing, ...]
    good: tuple[str, ...]


class Seen(NamedTuple):
    """What a pass came to. ``looked``: the drops in which all that earlier passes left was looked at."""

    drops: Mapping[str, DropResult]
    looked: Collection[str]


def compared(
    found: Collection[Condition], standing: Collection[Standing], seen: Seen, ledger: Ledger, on: Collection[str]
) -> Change:
    """Compare the states after a pass with those that stood before it. ``on``: the kinds that are told."""
    now = {each.key for each in found}
    known = {(one.drop, one.kind, one.about): one for one in standing if one.kind != GOOD}
    began = tuple(each for each in found if each.key not in known and each.kind in on)
    ended = tuple(one for key, one in known.items() if key not in now and _has_passed(one, seen, ledger))
    gone = {one.id for one in ended}
    left = {one.drop for one in known.values() if one.id not in gone} | {each.drop for each in began}
    good = {one.drop for one in ended if one.told and one.drop not in left}
    return Change(began, ended, tuple(sorted(good)))


def _has_passed(one: Standing, seen: Seen, ledger: Ledger) -> bool:
    """Whether a state that was not found any more has passed, and was not only passed over."""
    result = seen.drops.get(one.drop)
    if one.kind == "unknown":
        return one.about not in {each.run for each in ledger.unresolved()}
    if result is None:
        return False
    if one.kind == "missing":
        return True
    if one.about.startswith(FILE):
        # Nobody mends a refused file; all is well with the drop again once a later one is done.
        newest = ledger.claims.newest_done(one.drop)
        return newest is not None and newest.id > one.claim
    if one.drop not in seen.looked:
        return False
    waits = {ClaimState.RUNNING.value, ClaimState.STOPPED.value}
    return one.kind != "failure" or not any(file.exit_code is None and file.state in waits for file in result.files)
