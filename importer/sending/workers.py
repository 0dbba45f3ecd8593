"""The threads that speak to the API, the calls that wait for their turn, and what connects both with the world."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol

from importer.model.api_calls import Reply
from importer.model.statuses import Action
from importer.sending.interrupts import StopSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.model.api_calls import Request
    from importer.model.planned_calls import PlannedCall


@dataclass(frozen=True, slots=True)
class Progress:
    """Calls settled so far, how many of them badly, and what is being waited for ("" for nothing in particular)."""

    done: int
    failures: int
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Clocks:
    """``now``: UTC seconds; ``steady``: seconds of a clock that nobody sets; ``random``: 0 to 1."""

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random


def _ignore(_progress: Progress) -> None:
    """Take no notice."""


@dataclass(frozen=True, slots=True)
class Links:
    """Sending's links to the world. ``on_progress`` is called in the thread that sends, after what it tells is durable."""

    stop: StopSignal = field(default_factory=StopSignal)
    on_progress: Callable[[Progress], None] = _ignore
    clocks: Clocks = field(default_factory=Clocks)


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


class Sends(Protocol):
    """What can send a request: ``importer.api.Api``."""

    def send(self, request: Request) -> Reply:
        """Send a call once and return how it ended."""


NO_REPLY: Final = Reply()


@dataclass(frozen=True, slots=True)
class Returned:
    """
    What came of one attempt. ``at``: UTC seconds when it began; ``left_at``: the same moment of the steady clock.

    ``fault``: what the client raised instead of a reply; always a bug.
    """

    call: PlannedCall
    at: float
    left_at: float
    reply: Reply = NO_REPLY
    fault: BaseException | None = None


class Returns:
    """Where the workers put what came back. A put of None only wakes whoever waits."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Returned | None] = SimpleQueue()

    def put(self, outcome: Returned | None) -> None:
        """Add an outcome; may be called from a signal handler."""
        self._queue.put(outcome)

    def take(self, wait_s: float | None, linger_s: float = 0.0) -> list[Returned]:
        """
        Return all that came, waiting at most so long for the first; None: as long as it takes.

        ``linger_s``: how long to wait for others after the first.
        """
        arrived: list[Returned | None] = []
        with suppress(Empty):
            blocks = wait_s is None or wait_s > 0
            arrived.append(self._queue.get(block=blocks, timeout=wait_s if blocks else None))
            if linger_s:
                time.sleep(linger_s)
            while True:
                arrived.append(self._queue.get_nowait())
        return [outcome for outcome in arrived if outcome is not None]


class Workers:
    """
    Threads that send calls, started as they are needed. They are daemons: leaving at once must not wait for them.

    ``now``: UTC seconds; ``steady``: seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        api: Sends,
        outcomes: Returns,
        *,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._outcomes = outcomes
        self._now = now
        self._steady = steady
        self._calls: SimpleQueue[PlannedCall | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def hand(self, call: PlannedCall, *, in_flight: int) -> None:
        """Let a worker send the call; ``in_flight`` calls are out with it, so that there must be as many workers."""
        if len(self._threads) < in_flight:
            worker = threading.Thread(target=self._work, name=f"sender-{len(self._threads) + 1}", daemon=True)
            self._threads.append(worker)
            worker.start()
        self._calls.put(call)

    def close(self, *, wait: bool) -> None:
        """Let the threads end; ``wait`` for it."""
        for _ in self._threads:
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            self._outcomes.put(self._attempt(call))

    def _attempt(self, call: PlannedCall) -> Returned:
        at, left_at = self._now(), self._steady()
        try:
            return Returned(call, at, left_at, self._api.send(call.request))
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that leads
            return Returned(call, at, left_at, fault=fault)
