"""Where the network cuts an answer, and where an answer ends: the connection goes on only if that is sure."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from planned import Request
from scripted_server import Seen, Server, always, answer, in_turn

from importer.api import Api, Timeouts
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action

Serve = Callable[..., Server]

CREATE = Request(Action.CREATE, None, b'{"phone":"4155552671"}')
FINE = answer(200, {"uuid": "db04f6ff"})


def in_pieces(raw: bytes, *ends: int) -> Callable[[Seen, socket.socket], bool]:
    """Return a script that sends the answer in parts that end at these places, each in a packet of its own."""

    def script(_seen: Seen, sock: socket.socket) -> bool:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for begin, end in zip((0, *ends), (*ends, len(raw)), strict=True):
            sock.sendall(raw[begin:end])
            time.sleep(0.02)
        return True

    return script


def replies(server: Server, count: int = 2, **kwargs: Any) -> list[Reply]:
    with Api(server.url, "secret-token", **kwargs) as api:
        return [api.send(*CREATE) for _ in range(count)]


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"uuid": "db04f6\r\n4\r\nff"}\r\n0\r\n\r\n'
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + FINE
OLD = b'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 20\r\n\r\n{"uuid": "db04f6ff"}'
HEADS = {
    "plain": FINE,
    "chunked": CHUNKED,
    "continued": CONTINUED,
    "http-1.0": OLD,
    "folded-header": FINE.replace(b"application/json", b"application/json;\r\n charset=utf-8"),
    "without-reason": FINE.replace(b"200 OK", b"200"),
}


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in HEADS.items()])
@pytest.mark.parametrize("end", [None, 3, 20, -22, -3])
def test_an_answer_may_come_in_pieces(serve: Serve, raw: bytes, end: int | None) -> None:
    """Wherever the network cuts an answer, it is read whole, and the connection serves the next call."""
    server = serve(always(raw) if end is None else in_pieces(raw, end % len(raw)))

    seen = replies(server)

    assert [reply.answer for reply in seen] == [{"uuid": "db04f6ff"}] * 2
    assert server.connections == 1


CLOSING = {
    "announced": answer(200, {"uuid": "u1"}, headers={"Connection": "close"}),
    "announced-beside-others": answer(200, {"uuid": "u1"}, headers={"Connection": "TE, Close"}),
    "announced-and-chunked": CHUNKED.replace(b"\r\n\r\n10", b"\r\nConnection: close\r\n\r\n10").replace(
        b"db04f6", b"u1----"
    ),
    "spoke-on": FINE + FINE,
    "spoke-on-after-chunks": CHUNKED + FINE,
    "spoke-on-after-no-content": answer(204, b"{}"),
}


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in CLOSING.items()])
def test_a_connection_that_ends_or_says_too_much_is_not_used_again(serve: Serve, raw: bytes) -> None:
    """The next call must not meet a closed door, nor take for its answer what was said before it asked."""
    server = serve(in_turn(always(raw), always(FINE)))

    assert [reply.status for reply in replies(server)] == [204 if b" 204 " in raw else 200, 200]
    assert [seen.connection for seen in server.seen] == [1, 2]


def test_an_answer_without_a_length_ends_with_the_connection(serve: Serve) -> None:
    """As in HTTP/1.0; it is read whole, and the next call has a connection of its own."""

    def script(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(answer(200, {"uuid": "db04f6ff"}, headers={"Content-Length": ""}))
        return False

    server = serve(script)

    assert [reply.answer for reply in replies(server)] == [{"uuid": "db04f6ff"}] * 2
    assert server.connections == 2


@pytest.mark.parametrize("missing", [1, 19, 20])
def test_a_plain_answer_cut_short_is_unreadable(serve: Serve, missing: int) -> None:
    """The status came, the body did not come whole: the API may have acted, and the connection is done."""

    def once(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(FINE[:-missing])
        return False

    server = serve(in_turn(once, always(FINE)))
    first, second = replies(server)

    assert (first.status, first.trouble, first.answer) == (200, Trouble.UNREADABLE, None)
    assert second.answer == {"uuid": "db04f6ff"}


def test_an_answer_that_came_too_late_is_not_the_next_ones(serve: Serve) -> None:
    """A call given up for its time leaves no connection on which its answer could still arrive."""

    def late(_seen: Seen, sock: socket.socket) -> bool:
        server.released.wait(0.5)
        sock.sendall(answer(200, {"uuid": "late"}))
        return True

    server = serve(in_turn(late, always(FINE)))
    first, second = replies(server, timeouts=Timeouts(total_s=0.2))

    assert first.trouble is Trouble.READ_TIMEOUT
    assert second.answer == {"uuid": "db04f6ff"}
    assert server.connections == 2


def test_headers_are_found_in_any_spelling(serve: Serve) -> None:
    """What slows a run is heard, however the server writes it, and a repeated header is one list."""
    raw = answer(429, {"message": "slow"}, headers={"RETRY-AFTER": "7", "X-RateLimit-Remaining": "0"})

    (reply,) = replies(serve(always(raw)), 1)

    assert (reply.status, reply.retry_after_s, reply.limit_remaining) == (429, 7.0, 0)
