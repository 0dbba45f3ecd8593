"""Answers read straight from the socket: the same as the standard library reads them, or left to it."""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import Seen, Server, always, answer, in_turn

from importer.api import Api, Timeouts
from importer.api.exchanging import plain_head
from importer.model.api_calls import Reply, Request, Trouble
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
        return [api.send(CREATE) for _ in range(count)]


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
}


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in CLOSING.items()])
def test_a_connection_that_ends_or_says_too_much_is_not_used_again(serve: Serve, raw: bytes) -> None:
    """The next call must not meet a closed door, nor take for its answer what was said before it asked."""
    server = serve(in_turn(always(raw), always(FINE)))

    assert [reply.status for reply in replies(server)] == [200, 200]
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


class _Wire:
    """Bytes where the standard library looks for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


NAMES = st.sampled_from(
    ["Date", "X-Any", "x-any", "Retry-After", "Content-Length", "Connection", "Transfer-Encoding", "Bad Name", ""]
)
VALUES = st.sampled_from(
    ["5", " 5 ", "\t5", "+5", "5, 5", "0x5", "\u00b2", "chunked", "close", "a: b", "", "a\rb", "\x0b5"]
)


@given(
    st.sampled_from(["HTTP/1.1 200 OK", "HTTP/1.1 404", "HTTP/1.1 204 No", "HTTP/1.1  200 OK", "HTTP/1.0 200 OK"]),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
)
def test_reads_a_head_as_the_standard_library_does(first: str, headers: list[tuple[str, str]]) -> None:
    """Status, length and every header are the same, or the head is left to the standard library."""
    lines = [first, *(f"{name}:{value}" for name, value in headers)]
    data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n12345"

    ours = plain_head(data)

    if ours is not None:
        theirs = http.client.HTTPResponse(_Wire(data))  # type: ignore[arg-type]  # makefile is all it uses
        theirs.begin()
        assert (ours.status, ours.length) == (theirs.status, theirs.length)
        assert set(ours.headers) == {name.lower() for name in theirs.headers}
        for name, value in ours.headers.items():
            # Blanks around a value are no part of it (RFC 9112, 5.1); the library takes only those before it away.
            assert value == ", ".join(one.strip(" \t") for one in theirs.headers.get_all(name, []))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    """Whatever comes is a plain head or none."""
    head = plain_head(b"HTTP/1.1 200 OK\r\n" + data)

    assert head is None or head.length >= 0
