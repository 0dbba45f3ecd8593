"""The threads that speak to the API, the queues of their calls and answers, and what connects sending with the world."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol

from importer.interrupts import StopSignal
from importer.model.planned_calls import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model.planned_calls import PlannedCall
    from importer.model.statuses import Action


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


class Sends(Protocol):
    """What can send a call: ``importer.api.Api``."""

    def send(self, action: Action, uuid: str | None, body: bytes | None) -> Reply:
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
            return Returned(call, at, left_at, self._api.send(call.action, call.uuid, call.body))
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that leads
            return Returned(call, at, left_at, fault=fault)
