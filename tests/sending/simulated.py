"""
A simulated world for the thread that sends: a clock that only waiting moves, an API with state, faults by plan.

The ledger stays real. Calls fly for a while of simulated time and come back in the order of their arrival.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from planned import Request

from importer.interrupts import StopSignal
from importer.ledger import Ledger, Run, open_ledger
from importer.model.planned_calls import Call, PlannedCall, Reply, Trouble, Verdict
from importer.model.staged_files import FileRecord, StagedRow
from importer.model.statuses import Action, Status
from importer.pacing import Limiter, Pace, pace
from importer.sending.dispatching import Aids, Dispatcher, result_of
from importer.sending.outcomes import Health, Judge
from importer.sending.workers import Clocks, Links, Progress, Returned

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sending.dispatching import SendingResult

EPOCH = 1_800_000_000.0
GRID_S = 0.02

Fault = Callable[["PretendApi", Request, float], Reply | None]
"""Looks at a request that arrives at a moment; returns a reply instead of the API's own, or None to let it act."""


class PretendApi:
    """The API's state and what was done to it. One reminder for a phone and number, as the document promises."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault
        self.requests: list[tuple[float, Request]] = []
        self.effects: list[tuple[str, str]] = []
        self.held: dict[tuple[str, str], str] = {}
        self.values: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self._numbers = itertools.count(1)

    def answer(self, request: Request, now: float) -> Reply:
        self.requests.append((now, request))
        reply = self.fault(self, request, now) if self.fault else None
        return reply if reply is not None else self.act(request)

    def act(self, request: Request) -> Reply:
        """Do what is asked."""
        if request.action is Action.CREATE:
            return self._create(json.loads(request.body or b"{}"))
        uuid = str(request.uuid)
        if uuid not in self.values or (uuid in self.gone and request.action is not Action.NO_SHOW):
            return Reply(status=404, answer={"message": "unknown id"}, excerpt="unknown id")
        self.effects.append((request.action.value, uuid))
        if request.action is Action.UPDATE:
            self.values[uuid] |= json.loads(request.body or b"{}")
        if request.action is Action.CANCEL:
            self.gone.add(uuid)
        return Reply(status=200, answer=self.values[uuid] | {"uuid": uuid})

    def _create(self, sent: dict[str, Any]) -> Reply:
        key = (sent["phone"], sent["externalEventId"])
        if key not in self.held:
            uuid = self.held[key] = f"u-{next(self._numbers)}"
            self.values[uuid] = dict(sent)
            self.effects.append(("create", uuid))
        uuid = self.held[key]
        return Reply(status=200, answer=self.values[uuid] | {"uuid": uuid})

    def count(self, action: str) -> Counter[str]:
        """Return how often each uuid met an action."""
        return Counter(uuid for what, uuid in self.effects if what == action)


class World:
    """Clock, workers and their returns in one. ``latency_s``: how long a call flies; a timeout flies ``timeout_s``."""

    def __init__(self, api: PretendApi, *, latency_s: float = 0.05, timeout_s: float = 30.0, seed: int = 1) -> None:
        self.api = api
        self.now = 0.0
        self.most_in_flight = 0
        self.longest_wait = 0.0
        self.departures: list[tuple[float, PlannedCall]] = []
        self.before_hand: Callable[[], None] = lambda: None
        self._latency_s = latency_s
        self._timeout_s = timeout_s
        self._rng = random.Random(seed)
        self._flying: list[tuple[float, int, Returned]] = []
        self._order = itertools.count()
        self.clocks = Clocks(now=lambda: EPOCH + self.now, steady=lambda: self.now, random=self._rng.random)

    @property
    def in_flight(self) -> int:
        return len(self._flying)

    def hand(self, call: PlannedCall, *, in_flight: int) -> None:
        self.before_hand()
        self.departures.append((self.now, call))
        reply = self.api.answer(Request(call.action, call.uuid, call.body), self.now)
        took = (
            self._timeout_s if reply.trouble is Trouble.READ_TIMEOUT else self._latency_s * self._rng.uniform(0.5, 1.5)
        )
        returned = Returned(call, EPOCH + self.now, self.now, reply)
        # Answers come in on a grid of moments, so that the ledger is not written for each of them alone.
        lands = math.ceil((self.now + took) / GRID_S) * GRID_S
        heappush(self._flying, (lands, next(self._order), returned))
        assert in_flight == len(self._flying)
        self.most_in_flight = max(self.most_in_flight, in_flight)

    def take(self, wait_s: float | None, linger_s: float = 0.0) -> list[Returned]:
        if not self._flying:
            assert wait_s is not None, "waiting forever for nothing"
            self.longest_wait = max(self.longest_wait, wait_s)
        if self._flying and (wait_s is None or self._flying[0][0] <= self.now + wait_s):
            moment, _, first = heappop(self._flying)
            self.now = max(self.now, moment)
            arrived = [first]
            while self._flying and self._flying[0][0] <= self.now:
                arrived.append(heappop(self._flying)[2])
            return arrived
        self.now += wait_s or 0.0
        return []


@dataclass
class Story:
    """A ledger with one planned run, and the means to send it."""

    ledger: Ledger
    run: Run
    stop: StopSignal = field(default_factory=StopSignal)
    progress: list[Progress] = field(default_factory=list)
    on_progress: Callable[[Progress], None] | None = None

    def send(
        self,
        world: World,
        *,
        calls: Any = None,
        its_pace: Pace | None = None,
        concurrency: int = 16,
        max_attempts: int = 5,
    ) -> SendingResult:
        """Send everything in the simulated world, as ``dispatching.send`` does in the real one."""
        calls = calls or self.run.calls
        limiter = Limiter(its_pace or pace(0, known=True), random=world.clocks.random)
        health = Health(random=world.clocks.random)
        judge = Judge(limiter, health, clocks=world.clocks, max_attempts=max_attempts)
        links = Links(self.stop, self.on_progress or self.progress.append, world.clocks)
        dispatcher = Dispatcher(calls, world, world, Aids(limiter, health, judge, links))
        dispatcher.lead(concurrency)
        return result_of(calls, dispatcher, judge.ending, links)

    def resume(self) -> None:
        """Close the run as its report would, and open it again."""
        self.run.finish(5, "", EPOCH)
        self.run.recovery.reopen(at=EPOCH)
        self.stop = StopSignal()

    @property
    def totals(self) -> dict[Status, int]:
        return {status: count for status, count in self.run.report.totals().items() if count}

    def rows(self) -> list[Any]:
        return list(self.run.report.rows())


@dataclass(frozen=True)
class Row:
    """One row of a story. ``due``: seconds after the epoch; ``sent`` replaces fields of the payload."""

    action: Action
    number: str
    uuid: str | None = None
    due: int = 100_000
    sent: dict[str, Any] = field(default_factory=dict)


def payload(row: Row) -> bytes:
    values: dict[str, Any] = {
        "externalEventId": row.number,
        "phone": f"415555{int(row.number) % 10_000:04d}",
        "firstName": "Ana",
        "eventType": {"uuid": "6c52d314-a3ca-4781-ba70-000000000000"},
        "remindTimeOffset": "PT3H",
        "eventDateTime": "2027-03-04T14:30:00",
        "subscriberTimeZone": "America/New_York",
    }
    return json.dumps(values | row.sent).encode()


def creates(count: int, *, begin: int = 1) -> list[Row]:
    return [Row(Action.CREATE, str(number), due=100_000 + number) for number in range(begin, begin + count)]


def plan_run(ledger: Ledger, rows: Sequence[Row], *, file: str = "a.csv") -> Run:
    """Stage rows and plan a call for each; rows of one appointment wait for each other in their order."""
    run = ledger.begin("run", at=EPOCH)
    file_id = run.files.add(FileRecord(file, "0" * 64, None, ("a",), 1))
    run.rows.stage(file_id, [_staged(number, row) for number, row in enumerate(rows, start=2)])
    for lane in run.plan.lanes():
        before: int | None = None
        known = lane.known.uuid if lane.known else None
        verdicts = []
        for candidate in lane.rows:
            row = rows[candidate.number - 2]
            verdicts.append(Verdict(candidate.row_id, row.action, call=_call(row, candidate.payload, known, before)))
            before = candidate.row_id
        run.plan.record(verdicts, at=EPOCH)
    run.plan.commit()
    return run


def _staged(number: int, row: Row) -> StagedRow:
    return StagedRow(
        number=number,
        action=row.action.value,
        phone=f"+1415555{int(row.number) % 10_000:04d}",
        external_event_id=row.number,
        uuid=row.uuid,
        cells=b"[]",
        payload=payload(row),
        defaulted=(),
        starts_at=int(EPOCH) + row.due,
        status=None,
        conditional=False,
        problems=b"[]",
        warnings=b"[]",
    )


def _call(row: Row, staged: bytes, known: str | None, after: int | None) -> Call:
    body = {Action.CREATE: staged, Action.UPDATE: json.dumps(row.sent or {"firstName": "Bea"}).encode()}.get(row.action)
    return Call(
        action=row.action,
        uuid=None if row.action is Action.CREATE else row.uuid or known,
        body=body,
        starts_at=int(EPOCH) + row.due,
        due=int(EPOCH) + row.due,
        after=after,
    )


@contextmanager
def story(place: Path, rows: Sequence[Row]) -> Iterable[Story]:
    """Open a ledger and plan a run of these rows."""
    with open_ledger(str(place)) as ledger:
        yield Story(ledger, plan_run(ledger, rows))


def order_of(api: PretendApi) -> dict[str, list[str]]:
    """Return what was done to each reminder, in the order in which it was done."""
    done: dict[str, list[str]] = defaultdict(list)
    for action, uuid in api.effects:
        done[uuid].append(action)
    return done
