"""Threads, HTTP and ledger together: ``send`` as a run calls it, against a server on loopback."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from scripted_server import Seen, Server, answer, reset
from simulated import Row, Story, creates, story

from importer.api import Api, Timeouts
from importer.errors import Exit
from importer.interrupts import StopSignal
from importer.model.statuses import Action, Status
from importer.pacing import pace
from importer.sending.dispatching import Limits, SendingResult, send
from importer.sending.workers import Links

if TYPE_CHECKING:
    import socket
    from pathlib import Path

Serve = Callable[..., Server]

UNLIMITED = pace(0, known=True)


class Holding:
    """A script that keeps reminders: it echoes creates with a uuid, and does the rest by uuid."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self._delay_s = delay_s
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self.held: dict[tuple[str, str], str] = {}
        self.doubled = 0

    def __call__(self, seen: Seen, sock: socket.socket) -> bool:
        time.sleep(self._delay_s)
        sock.sendall(self.answer(seen))
        return True

    def answer(self, seen: Seen) -> bytes:
        if seen.path != "/events/reminders":
            return answer(200, {"uuid": seen.path.split("/")[3]})
        sent = seen.json
        with self._guard:
            key = (sent["phone"], sent["externalEventId"])
            self.doubled += key in self.held
            uuid = self.held.setdefault(key, f"u-{next(self._numbers)}")
        return answer(200, sent | {"uuid": uuid})


def sent(
    told: Story, server: Server, *, stop: StopSignal | None = None, concurrency: int = 8, timeout_s: float = 10.0
) -> SendingResult:
    with Api(server.url, "t", timeouts=Timeouts(5, timeout_s)) as api:
        links = Links(stop=stop or StopSignal(), on_progress=told.progress.append)
        return send(told.run.calls, api, Limits(UNLIMITED, concurrency), links)


def test_a_whole_run_over_http(tmp_path: Path, serve: Serve) -> None:
    """Create, update, cancel and no-show arrive as they should, each once, and are remembered."""
    rows = [*creates(60), *(Row(Action.UPDATE, str(n)) for n in range(1, 21))]
    rows += [Row(Action.CANCEL, str(n)) for n in range(21, 31)] + [Row(Action.NO_SHOW, str(n)) for n in range(31, 36)]
    holding = Holding()
    server = serve(holding)
    with story(tmp_path / "l.db", rows) as told:
        result = sent(told, server)

        assert told.totals == {
            Status.CREATED: 60,
            Status.UPDATED: 20,
            Status.CANCELLED: 10,
            Status.NO_SHOW_SENT: 5,
        }
        assert {row.uuid for row in told.rows()} == set(holding.held.values())
    assert (result.exit_code, result.attempts) == (None, 95)
    assert len(server.seen) == 95
    assert server.connections <= 8


def test_calls_are_in_flight_together(tmp_path: Path, serve: Serve) -> None:
    """Eight at a time take an eighth of the time."""
    server = serve(Holding(0.05))
    with story(tmp_path / "l.db", creates(81)) as told:
        began = time.monotonic()
        sent(told, server, concurrency=8)

    assert time.monotonic() - began < 81 * 0.05
    assert server.connections == 8


def test_a_stop_waits_for_what_is_in_flight(tmp_path: Path, serve: Serve) -> None:
    """The calls in flight end, nothing new starts, and the threads are gone (bar K5)."""
    stop, holding = StopSignal(), Holding(0.2)

    def interrupt(seen: Seen, sock: socket.socket) -> bool:
        if len(server.seen) == 20 and not stop.raised:
            stop.set()
        return holding(seen, sock)

    server = serve(interrupt)
    with story(tmp_path / "l.db", creates(200)) as told:
        result = sent(told, server, stop=stop, concurrency=4)

        assert told.totals[Status.CREATED] == len(server.seen) <= 24
        assert sum(told.totals.values()) == 200
    assert result.exit_code is Exit.INTERRUPTED
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sender-")]


def test_a_stop_does_not_wait_longer_than_a_call_may_take(tmp_path: Path, serve: Serve) -> None:
    """A server that hangs holds the end up for a call's time at most; its calls wait for a repeat (bar K5)."""
    stop, holding = StopSignal(), Holding()

    def hang(seen: Seen, sock: socket.socket) -> bool:
        if len(server.seen) <= 10:
            return holding(seen, sock)
        stop.set() if not stop.raised else None
        return server.released.wait(10)

    server = serve(hang)
    with story(tmp_path / "l.db", creates(50)) as told:
        began = time.monotonic()
        result = sent(told, server, stop=stop, concurrency=4, timeout_s=0.5)

        assert time.monotonic() - began < 4
        assert told.totals[Status.CREATED] == 10
        assert 1 <= told.totals[Status.UNKNOWN] <= 4
        assert sum(told.totals.values()) == 50
    assert result.exit_code is Exit.INTERRUPTED


def test_a_second_stop_leaves_at_once(tmp_path: Path, serve: Serve) -> None:
    """Nobody waits for a hanging server then; the calls stay marked for the next start."""
    stop, holding = StopSignal(), Holding()

    def hang(seen: Seen, sock: socket.socket) -> bool:
        if len(server.seen) <= 10:
            return holding(seen, sock)
        stop.set()
        stop.set()
        return server.released.wait(10)

    server = serve(hang)
    with story(tmp_path / "l.db", creates(50)) as told:
        began = time.monotonic()
        result = sent(told, server, stop=stop, concurrency=4, timeout_s=30)
        took = time.monotonic() - began

        assert told.run.recovery.recover(at=0.0) == result.in_flight > 0
    assert took < 5
    assert result.exit_code is Exit.INTERRUPTED
    server.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_connections_double_nothing(tmp_path: Path, serve: Serve, seed: int) -> None:
    """Resets, hang-ups and halves of answers, before and after the effect: each row once (bar N1, N2)."""
    holding, counter = Holding(), itertools.count(seed)

    def break_some(seen: Seen, sock: socket.socket) -> bool:
        turn = next(counter) % 24
        if turn == 3:
            reset(sock)
            return False
        whole = holding.answer(seen) if turn != 7 else b""
        if turn == 11:
            return False
        if turn == 15:
            sock.sendall(whole[: len(whole) // 2])
            return False
        sock.sendall(answer(502, b"<html>oops</html>") if turn in (7, 19) else whole)
        return True

    server = serve(break_some)
    with story(tmp_path / "l.db", creates(150)) as told:
        result = sent(told, server)

        assert told.totals == {Status.CREATED: 150}
        assert {row.uuid for row in told.rows()} == set(holding.held.values())
    assert len(holding.held) == 150
    assert result.attempts == len(server.seen) <= 1.35 * 150


def test_a_token_that_expires_meanwhile(tmp_path: Path, serve: Serve) -> None:
    """At most the calls in flight are refused too, and none of their rows fails (bar N5)."""
    holding = Holding(0.01)

    def expire(seen: Seen, sock: socket.socket) -> bool:
        if len(holding.held) >= 100:
            sock.sendall(answer(401, {"message": "unauthorized"}))
            return True
        return holding(seen, sock)

    server = serve(expire)
    with story(tmp_path / "l.db", creates(300)) as told:
        result = sent(told, server, concurrency=8)

        assert set(told.totals) == {Status.CREATED, Status.NOT_SENT}
        assert told.totals[Status.CREATED] == len(holding.held)
    assert result.exit_code is Exit.AUTHENTICATION
    assert len(server.seen) - len(holding.held) <= 8
