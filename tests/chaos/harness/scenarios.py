"""The scenarios of the bar: what is killed, which faults the server has, and what must hold in the end."""

from __future__ import annotations

import random
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.audit import DONE, Book, Findings, audit
from harness.killing import Killer, Killings, Workplace
from harness.launching import Forked, Launcher, wait
from harness.ledgers import LONGEST_S, Ledgers
from harness.points import Points
from harness.server import Server
from harness.sheet import ALL_LIVES, CREATES_ONLY, Plan, Row, make
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

SHARE = 0.02
MIX = ("status_before", "status_after", "reset_before", "reset_after", "truncated")


@dataclass(frozen=True, slots=True)
class Size:
    """
    How large a scenario is played: rows of the sheet, and kills.

    ``every``: every how many-th moment of K4; ``each_way``: each moment in each way of ``WAYS``, else they take turns.
    """

    rows: int
    kills: int
    every: int = 1
    each_way: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run K4's sheet: whether the server fails now and then, and how many calls are in flight at once."""

    failing: bool
    concurrency: int


WAYS = (Way(False, 16), Way(True, 16), Way(False, 1), Way(True, 1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario ended. ``again``: requests of one more run of the same sheet, for rows that are done."""

    name: str
    findings: Findings
    killings: Killings
    server_kills: int
    again: int
    seconds: float

    @property
    def held(self) -> bool:
        """Whether everything held that must."""
        return not (self.findings.sins or self.again or self.killings.overdue or self.killings.crashes)


def faults() -> list[Mapping[str, Any]]:
    """Return the mix of K2: 2 % each of 500 before and after the effect, reset before and after, truncated answer."""
    return [{"kind": kind, "rate": SHARE} for kind in MIX]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a scenario needs: a folder of its own, a launcher, a ledger of its own, a seed and a size."""

    folder: Path
    launcher: Launcher
    ledgers: Ledgers
    seed: int
    size: Size

    def killer(self, name: str, rules: Sequence[Mapping[str, Any]], **habits: float) -> Killer:
        """Return a killer with a server and an empty folder of its own."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        server = Server(folder, faults=rules, seed=self.seed)
        place = Workplace(folder, server, self.ledgers.new(folder))
        return Killer(place, self.launcher, random.Random(self.seed), **habits)


def k1(stage: Stage) -> Outcome:
    """Kill at random moments of a run of creates."""
    return _rampage(stage, "K1", CREATES_ONLY, ())


def k2(stage: Stage) -> Outcome:
    """Do the same with all four calls, and a server that fails before and after the effect."""
    return _rampage(stage, "K2", ALL_LIVES, faults())


def k3(stage: Stage) -> Outcome:
    """Do the same with the server killed now and then too."""
    return _rampage(stage, "K3", ALL_LIVES, faults(), server_kills=0.2)


def k5(stage: Stage) -> Outcome:
    """Stop by SIGTERM and Ctrl-C in mid-run."""
    return _rampage(stage, "K5", ALL_LIVES, faults(), gentle=1.0)


def _rampage(
    stage: Stage, name: str, lives: Sequence[str], rules: Sequence[Mapping[str, Any]], **habits: float
) -> Outcome:
    begun = time.monotonic()
    killer = stage.killer(name, rules, **habits)
    try:
        plan = make(killer.place.folder, rows=stage.size.rows, lives=lives, seed=stage.seed)
        killer.book_earlier()
        killer.rampage(stage.size.kills, plan.rows)
        return _outcome(name, plan, killer, begun)
    finally:
        killer.place.server.stop()


def _outcome(name: str, plan: Plan, killer: Killer, begun: float) -> Outcome:
    place = killer.place
    found = audit(plan, place.server.effects(), Book.read(place.ledger))
    again = _again(plan, killer)
    return Outcome(name, found, killer.done, place.server.kills, again, time.monotonic() - begun)


def _again(plan: Plan, killer: Killer) -> int:
    """Run the sheet once more without faults; return how many requests came beyond those for rows left undone."""
    server = killer.place.server
    server.ask("PUT", "faults", [])
    book = Book.read(killer.place.ledger)
    undone = sum(not _done(book, row) for one in plan.appointments for row in one.rows)
    before = server.ask("GET", "stats")["requests"]
    wait(killer.launcher.start(killer.place.arguments("run"), killer.place.output), LONGEST_S)
    sent = int(server.ask("GET", "stats")["requests"]) - int(before)
    return max(sent - undone, 0)


def _done(book: Book, row: Row) -> bool:
    told = book.last(row)
    return told is not None and told.status in DONE


def k4(stage: Stage) -> Outcome:
    """Stop at each commit of the ledger, each send and each answer in turn; 20 rows, each way of ``WAYS``."""
    begun = time.monotonic()
    total, done = Findings(), Killings()
    with _booked(stage) as (plan, booked):
        moments = _moments(stage, booked)
        if not moments:
            raise AssertionError("a run of K4 came to no moment at which it could be stopped")
        for at, way in moments[:: stage.size.every]:
            killer = _at_the_same_place(stage, booked, way)
            try:
                done.kills += _run_to_point(killer, at) < 0
                if at % 3:
                    killer.finish("resume")
                # Resuming knows only what was taken in before the kill, so the sheet itself is run too.
                killer.finish()
                one = audit(plan, killer.place.server.effects(), Book.read(killer.place.ledger))
            finally:
                killer.place.server.stop()
            done.add(killer.done)
            total.add(one, f"moment {at} of {way}")
    return Outcome("K4", total, done, 0, 0, time.monotonic() - begun)


@contextmanager
def _booked(stage: Stage) -> Iterator[tuple[Plan, Workplace]]:
    """Give a place with the sheets, the ledger and the effects of the earlier one."""
    killer = stage.killer("K4 before", ())
    try:
        plan = make(killer.place.folder, rows=20, lives=ALL_LIVES, seed=stage.seed)
        killer.book_earlier()
    finally:
        killer.place.server.stop()
    yield plan, killer.place


def _at_the_same_place(stage: Stage, booked: Workplace, way: Way) -> Killer:
    folder = stage.folder / "K4"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(booked.folder, folder, ignore=shutil.ignore_patterns("reports", "output.txt", "ledger.db*"))
    copied = stage.ledgers.new(folder)
    copied.copied_from(booked.ledger)
    server = Server(folder, faults=faults() if way.failing else (), seed=stage.seed)
    place = Workplace(folder, server, copied, concurrency=way.concurrency)
    # The copy is of a ledger that belongs to the address of the first server.
    with open_ledger(place.ledger.url) as ledger:
        ledger.rebind(server.base_url)
    return Killer(place, stage.launcher, random.Random(stage.seed))


def _moments(stage: Stage, booked: Workplace) -> list[tuple[int, Way]]:
    """Return every moment of an undisturbed run of the sheet, in each way or in one after the other."""
    counts = {way: _points(_at_the_same_place(stage, booked, way)) for way in WAYS}
    each = [(at, way) for way, count in counts.items() for at in range(1, count + 1)]
    return [(at, way) for at, way in each if stage.size.each_way or way == WAYS[at % len(WAYS)]]


def _run_to_point(killer: Killer, at: int | None) -> int:
    points = Points(at, killer.place.folder / "points.txt")
    return wait(Forked().start(killer.place.arguments("run"), killer.place.output, points=points), LONGEST_S)


def _points(killer: Killer) -> int:
    """Return how many moments an undisturbed run of the sheet has."""
    try:
        _run_to_point(killer, None)
        return len((killer.place.folder / "points.txt").read_text(encoding="utf-8").splitlines())
    finally:
        killer.place.server.stop()


def k8(stage: Stage) -> Outcome:
    """Start three runs at once with the same sheet and ledger; one of them does not wait for the lock."""
    begun = time.monotonic()
    killer = stage.killer("K8", ())
    try:
        plan = make(killer.place.folder, rows=stage.size.rows // 4, lives=ALL_LIVES, seed=stage.seed)
        killer.book_earlier()
        line = killer.place.arguments("run")
        lines = [line, line, [*line, "--lock-timeout", "0"]]
        together = [stage.launcher.start(one, killer.place.output) for one in lines]
        for one in together:
            killer.done.ended(wait(one, LONGEST_S), killer.place.output)
        return _outcome("K8", plan, killer, begun)
    finally:
        killer.place.server.stop()


SCENARIOS: Mapping[str, Callable[[Stage], Outcome]] = {"k1": k1, "k2": k2, "k3": k3, "k4": k4, "k5": k5, "k8": k8}


def play(name: str, stage: Stage) -> Outcome:
    """Play a scenario."""
    return SCENARIOS[name](stage)
