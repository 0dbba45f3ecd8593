"""
The thread that leads: it takes what came back, has it judged, keeps the ledger, and lets the next calls go.

One turn is one transaction: the settlements of all outcomes that arrived and the intents of all calls that leave. So
as many calls are marked as sending as are in flight, a worker's next call costs no commit of its own, and nothing is
told before it is durable.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final, Protocol

from importer.errors import Exit, LedgerError
from importer.model.issues import Issue
from importer.model.planned_calls import Intent
from importer.model.statuses import Action, Status
from importer.pacing import DEFAULT_RATE, Limiter, pace
from importer.reporting.wording import counted
from importer.sending.outcomes import Health, Judge, following
from importer.sending.workers import Progress, Returns, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.model.planned_calls import PlannedCall, Settlement
    from importer.model.sending_window import SendingWindow
    from importer.pacing import Pace
    from importer.sending.decisions import Stop
    from importer.sending.workers import Links, Returned, Sends

GOOD: Final = frozenset({Status.CREATED, Status.UPDATED, Status.CANCELLED, Status.NO_SHOW_SENT})
TELL_EVERY_S: Final = 0.1
WORTH_TELLING_S: Final = 1.0

MANY: Final = 8
LINGER_S: Final = 0.001
"""With many calls in flight and all workers busy, the first outcome waits a moment for others: a turn costs about as
much for ten outcomes as for one."""


class Calls(Protocol):
    """The calls of a run, as the ledger keeps them: ``importer.ledger.call_queue.Calls``."""

    def ready(self, limit: int, after: PlannedCall | None = None) -> list[PlannedCall]:
        """See there."""

    def successor(self, row_id: int) -> PlannedCall | None:
        """See there."""

    def record(self, intents: Sequence[Intent] = (), settlements: Sequence[Settlement] = ()) -> tuple[Settlement, ...]:
        """See there."""

    def leave(self, note: Issue, *, at: float) -> None:
        """See there."""


class Hands(Protocol):
    """What lets a call go: ``workers.Workers``."""

    def hand(self, call: PlannedCall, *, in_flight: int) -> None:
        """Let the call go."""


class Arrivals(Protocol):
    """Where outcomes arrive: ``workers.Returns``."""

    def take(self, wait_s: float | None, linger_s: float = 0.0) -> list[Returned]:
        """Return what came, waiting at most so long, and a little longer for others."""


@dataclass(frozen=True, slots=True)
class Aids:
    """What judges, slows and delays the calls, and the links to the world."""

    limiter: Limiter
    health: Health
    judge: Judge
    links: Links
    window: SendingWindow | None = None


PAGE: Final = 500


class Waiting:
    """
    Calls that wait, soonest-due appointment first; a call that is tried again keeps its place and holds no worker.

    ``page(limit, after)`` gives the next planned calls behind ``after``; it is asked when the last ones are gone.
    """

    def __init__(self, page: Callable[[int, PlannedCall | None], Sequence[PlannedCall]]) -> None:
        self._page = page
        self._fresh: deque[PlannedCall] = deque()
        self._last: PlannedCall | None = None
        self._all_paged = False
        self._now: list[tuple[int, int, PlannedCall]] = []
        self._later: list[tuple[float, int, PlannedCall]] = []

    def add(self, call: PlannedCall) -> None:
        """Let a call go as soon as its turn comes."""
        heappush(self._now, (call.due, call.row_id, call))

    def add_later(self, call: PlannedCall, at: float) -> None:
        """Let a call go from a moment on."""
        heappush(self._later, (at, call.row_id, call))

    def next(self, now: float) -> PlannedCall | None:
        """Take the call that goes next, or None when none may."""
        while self._later and self._later[0][0] <= now:
            self.add(heappop(self._later)[2])
        self._fill()
        if self._now and (not self._fresh or self._now[0][:2] <= (self._fresh[0].due, self._fresh[0].row_id)):
            return heappop(self._now)[2]
        return self._fresh.popleft() if self._fresh else None

    def next_probe(self) -> PlannedCall | None:
        """
        Take a call to try whether an outage is over: one that may be repeated, and was tried least.

        A no-show is taken only if there is nothing else, because it may be tried but once. A call whose time has not
        come goes too: it waits for the same outage.
        """
        self._fill()
        waiting = [*(entry[2] for entry in self._now), *(entry[2] for entry in self._later), *list(self._fresh)[:PAGE]]
        if not waiting:
            return None
        probe = min(waiting, key=lambda call: (call.action is Action.NO_SHOW, call.attempts, call.due, call.row_id))
        self._forget(probe)
        return probe

    def next_at(self) -> float | None:
        """Return when a waiting call may go: minus infinity for now, None when there is none."""
        self._fill()
        if self._now or self._fresh:
            return float("-inf")
        return self._later[0][0] if self._later else None

    def _fill(self) -> None:
        if self._fresh or self._all_paged:
            return
        page = self._page(PAGE, self._last)
        self._fresh.extend(page)
        self._all_paged = len(page) < PAGE
        if page:
            self._last = page[-1]

    def _forget(self, call: PlannedCall) -> None:
        if self._fresh and any(one is call for one in self._fresh):
            self._fresh = deque(one for one in self._fresh if one is not call)
            return
        self._now = [entry for entry in self._now if entry[2] is not call]
        self._later = [entry for entry in self._later if entry[2] is not call]
        heapify(self._now)
        heapify(self._later)


class Dispatcher:
    """
    Leads one run's calls from first to last; used once, by one thread.

    ``shut_out``: calls that may not leave at this hour; they, and what waits for them, are still open at the end.
    """

    def __init__(self, calls: Calls, hands: Hands, arrivals: Arrivals, aids: Aids) -> None:
        self._calls = calls
        self._hands = hands
        self._arrivals = arrivals
        self._limiter = aids.limiter
        self._health = aids.health
        self._judge = aids.judge
        self._stop = aids.links.stop
        self._clocks = aids.links.clocks
        self._on_progress = aids.links.on_progress
        self._waiting = Waiting(calls.ready)
        self._unsettled: list[Settlement] = []
        self._window = aids.window
        self._probing: int | None = None
        self._fault: BaseException | None = None
        self._told = Progress(0, 0)
        self._told_at = float("-inf")
        self.in_flight = 0
        self.attempts = 0
        self.done = 0
        self.failures = 0
        self.shut_out = 0

    def lead(self, concurrency: int) -> None:
        """
        Send until nothing is left or there is a reason to stop; then wait for what is in flight.

        Raises:
            LedgerError: the ledger cannot be written. What was in flight was waited for; nothing more was sent.

        """
        arrived: Sequence[Returned] = ()
        while True:
            self._turn(arrived, concurrency)
            if self._stop.urgent:
                break
            if not self.in_flight and (self._is_ending or self._waiting.next_at() is None):
                break
            self._tell()
            wait_s = self._wait_s(concurrency)
            arrived = self._arrivals.take(wait_s, LINGER_S if wait_s is None and self.in_flight >= MANY else 0.0)
            self.in_flight -= len(arrived)
        self._record([], [])
        self._on_progress(Progress(self.done, self.failures))
        if self._fault is not None:
            raise self._fault

    @property
    def _is_ending(self) -> bool:
        return self._judge.ending is not None or self._stop.raised or self._fault is not None

    def _turn(self, arrived: Sequence[Returned], concurrency: int) -> None:
        judged = [(outcome.call, *self._judge.judge(outcome)) for outcome in arrived if not self._is_faulty(outcome)]
        leaving = self._choose(concurrency)
        changed = self._record(leaving, [settlement for _, settlement, _ in judged])
        if changed is not None:
            self._follow_up(judged, changed)
            self._let_go(leaving)

    def _is_faulty(self, outcome: Returned) -> bool:
        if outcome.call.row_id == self._probing:
            self._probing = None
        if outcome.fault is not None:
            self._fault = self._fault or outcome.fault
        return outcome.fault is not None

    def _choose(self, concurrency: int) -> list[PlannedCall]:
        """Return the calls that leave in this turn."""
        if self._is_ending:
            return []
        now = self._clocks.steady()
        if self._health.in_outage:
            return self._choose_probe(now)
        leaving: list[PlannedCall] = []
        room = self._health.at_once(concurrency) - self.in_flight
        while len(leaving) < room and self._limiter.wait_s(now) <= 0:
            call = self._open_now(lambda: self._waiting.next(now))
            if call is None:
                break
            self._limiter.leave(now)
            leaving.append(call)
        return leaving

    def _open_now(self, take: Callable[[], PlannedCall | None]) -> PlannedCall | None:
        """Take the next call that may leave at this hour; others are left for a later run."""
        while (call := take()) is not None and self._window is not None:
            now = self._clocks.now()
            leaves_at = self._window.leaves_at(call.action, call.visit, now)
            if leaves_at is not None and leaves_at <= now:
                break
            self.shut_out += 1
        return call

    def _choose_probe(self, now: float) -> list[PlannedCall]:
        if self._probing is not None or now < self._health.probe_at or self._limiter.wait_s(now) > 0:
            return []
        probe = self._open_now(self._waiting.next_probe)
        if probe is None:
            return []
        self._probing = probe.row_id
        self._limiter.leave(now)
        return [probe]

    def _record(
        self, leaving: Sequence[PlannedCall], settlements: Sequence[Settlement]
    ) -> Mapping[int, Settlement] | None:
        """
        Write a turn; return the settlements that the ledger changed, by row.

        When it cannot be written (None) nothing leaves any more, and the settlements are tried again.
        """
        for call in leaving:
            if call.repeated and call.action is Action.NO_SHOW:
                raise AssertionError("a no-show whose outcome is not known was about to be sent again")
        self._unsettled.extend(settlements)
        if not leaving and not self._unsettled:
            return {}
        try:
            altered = self._calls.record([Intent(call.row_id) for call in leaving], self._unsettled)
        except LedgerError as error:
            self._fault = self._fault or error
            return None
        changed = {one.row_id: one for one in altered}
        self._count([*self._unsettled], changed)
        self._unsettled = []
        return changed

    def _count(self, settlements: Sequence[Settlement], changed: Mapping[int, Settlement]) -> None:
        for written in settlements:
            status = changed.get(written.row_id, written).status
            self.done += status is not None
            self.failures += status is not None and status not in GOOD

    def _follow_up(
        self, judged: Sequence[tuple[PlannedCall, Settlement, float]], changed: Mapping[int, Settlement]
    ) -> None:
        """Let calls that are not over wait, and the next calls of finished lanes come."""
        for call, judgement, again_at in judged:
            # The ledger may have ended what the answer left open: a uuid of another appointment is followed by nothing.
            settlement = changed.get(call.row_id, judgement)
            if settlement.status is None:
                self._waiting.add_later(following(call, settlement), again_at)
            elif call.followed:
                successor = self._calls.successor(call.row_id)
                if successor is not None:
                    self._waiting.add(successor)

    def _let_go(self, leaving: Sequence[PlannedCall]) -> None:
        for call in leaving:
            self.in_flight += 1
            self.attempts += 1
            self._hands.hand(call, in_flight=self.in_flight)

    def _wait_s(self, concurrency: int) -> float | None:
        """Return how long to wait for an outcome: until the next call may leave, or None for as long as it takes."""
        next_at = self._waiting.next_at()
        if self._is_ending or next_at is None:
            return None
        now = self._clocks.steady()
        if self._health.in_outage:
            return None if self._probing is not None else self._until(self._health.probe_at, now)
        if self.in_flight >= self._health.at_once(concurrency):
            return None
        return self._until(next_at, now)

    def _until(self, moment: float, now: float) -> float:
        return max(0.0, moment - now, self._limiter.wait_s(now))

    def _tell(self) -> None:
        now = self._clocks.steady()
        progress = Progress(self.done, self.failures, self._reason_to_wait(now))
        news = progress.waiting != self._told.waiting
        if news or (progress != self._told and now - self._told_at >= TELL_EVERY_S):
            self._told, self._told_at = progress, now
            self._on_progress(progress)

    def _reason_to_wait(self, now: float) -> str:
        if self._is_ending:
            return f"stopping; waiting for {counted(self.in_flight, 'request')} in progress"
        if self._health.in_outage:
            return "the API does not answer; trying again now and then"
        if self._limiter.paused_until - now >= WORTH_TELLING_S:
            return "the API asked to wait"
        return ""


CAREFUL: Final = pace(DEFAULT_RATE, known=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How fast, how many at once, how often, and at which hours.

    ``pace``: calls a second. ``concurrency``: calls in flight. ``max_attempts``: tries of a call that may have been
    processed; where that is impossible (429, no connection), four times as many. ``window``: when calls may leave, None for
    always. ``settles_stops``: whether what is left when somebody stops the run is settled at once; a large run is left open.
    """

    pace: Pace = CAREFUL
    concurrency: int = 16
    max_attempts: int = 5
    window: SendingWindow | None = None
    settles_stops: bool = True


@dataclass(frozen=True, slots=True)
class SendingResult:
    """
    How sending ended. ``exit_code`` None: every call was settled; else why not, with the ``reason`` as a sentence.

    ``attempts``: requests that were let go. ``in_flight``: calls that were abandoned by an urgent stop; they stay
    marked as sending, and the run must stay open, so that the next start finds them. ``left_open``: so must it where
    what is left was not settled, because nobody who stops a run waits for a million rows.
    """

    exit_code: Exit | None
    reason: str
    attempts: int
    in_flight: int = 0
    left_open: bool = False


def send(calls: Calls, api: Sends, limits: Limits, links: Links) -> SendingResult:
    """
    Send the planned calls of a run (``run.calls``) and settle each in the ledger.

    Ends when nothing is left, when the API or the token makes it senseless to go on, or when ``links.stop`` is
    raised; what is in flight is waited for, and what was not sent is settled as NOT_SENT (UNKNOWN where an attempt
    may have been processed). So is what may not leave at this hour (``window_closed``).

    Raises:
        LedgerError: the ledger cannot be written any more; nothing was sent whose intent is not durable.

    """
    clocks, stop = links.clocks, links.stop
    limiter = Limiter(limits.pace, random=clocks.random)
    health = Health(random=clocks.random)
    judge = Judge(limiter, health, clocks=clocks, max_attempts=limits.max_attempts)
    outcomes = Returns()
    workers = Workers(api, outcomes, now=clocks.now, steady=clocks.steady)
    dispatcher = Dispatcher(calls, workers, outcomes, Aids(limiter, health, judge, links, limits.window))
    try:
        with stop.heard_by(lambda: outcomes.put(None)):
            dispatcher.lead(limits.concurrency)
    finally:
        workers.close(wait=not dispatcher.in_flight)
    return result_of(calls, dispatcher, judge.ending, links, settles_stops=limits.settles_stops)


def result_of(
    calls: Calls, dispatcher: Dispatcher, ending: Stop | None, links: Links, *, settles_stops: bool = True
) -> SendingResult:
    """Settle what is left, and say how it ended."""
    stop, attempts = links.stop, dispatcher.attempts
    if dispatcher.in_flight:
        reason = f"Stopped immediately; the outcome of {counted(dispatcher.in_flight, 'request')} is not known."
        return SendingResult(stop.exit_code, reason, attempts, dispatcher.in_flight)
    if ending is not None:
        calls.leave(Issue(ending.code), at=links.clocks.now())
        return SendingResult(ending.exit_code, ending.reason, attempts)
    if stop.raised:
        if settles_stops:
            calls.leave(Issue("interrupted"), at=links.clocks.now())
        reason = "Interrupted; requests in progress finished first."
        return SendingResult(stop.exit_code, reason, attempts, left_open=not settles_stops)
    if dispatcher.shut_out:
        calls.leave(Issue("window_closed"), at=links.clocks.now())
        count = counted(dispatcher.shut_out, "request")
        return SendingResult(Exit.STOPPED, f"{count} may not leave before the sending window opens.", attempts)
    return SendingResult(None, "", attempts)
