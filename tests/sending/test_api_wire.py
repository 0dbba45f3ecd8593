"""What goes over the wire, and how long a call may take."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planned import Request
from scripted_server import Seen, Server, always, answer, hang_up, in_turn, reset, resets

from importer.api import Api, Timeouts
from importer.api.client import path_of, usable_in_path
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action

Serve = Callable[..., Server]

CREATE = Request(Action.CREATE, None, b'{"phone":"4155552671"}')
CANCEL = Request(Action.CANCEL, "db04f6ff", None)
NO_SHOW = Request(Action.NO_SHOW, "db04f6ff", None)
FINE = answer(200, {"uuid": "db04f6ff"})


def reply_to(server: Server, request: Request = CREATE, **kwargs: Any) -> Reply:
    with Api(server.url, "secret-token", **kwargs) as api:
        return api.send(*request)


@pytest.mark.parametrize(
    ("request_", "method", "path"),
    [
        pytest.param(CREATE, "POST", "/events/reminders", id="create"),
        pytest.param(Request(Action.UPDATE, "a1", b"{}"), "PUT", "/events/reminders/a1", id="update"),
        pytest.param(Request(Action.CANCEL, "a1", None), "POST", "/events/reminders/a1/cancel", id="cancel"),
        pytest.param(Request(Action.NO_SHOW, "a1", None), "POST", "/events/reminders/a1/no-show", id="no-show"),
    ],
)
def test_speaks_as_documented(serve: Serve, request_: Request, method: str, path: str) -> None:
    """Each call has the method, path, headers and exact body of the reference document."""
    server = serve(always(FINE))

    reply_to(server, request_)

    seen = server.seen[0]
    assert (method, path) == (seen.method, seen.path)
    assert seen.headers["authorization"] == "Bearer secret-token"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == str(len(request_.body or b""))
    assert "transfer-encoding" not in seen.headers
    assert (request_.body or b"") == seen.body


def test_keeps_the_path_of_the_base_url(serve: Serve) -> None:
    """A base URL with a path, as a gateway has it, stands before the call's own path."""
    server = serve(always(FINE))

    with Api(server.url + "/legacy/", "t") as api:
        api.send(*CREATE)

    assert server.seen[0].path == "/legacy/events/reminders"


@pytest.mark.parametrize(
    ("uuid", "segment"),
    [
        pytest.param("1a2b3c4d5e6f7g8h9i0j", "1a2b3c4d5e6f7g8h9i0j", id="no-uuid-at-all"),
        pytest.param("a/b", "a%2Fb", id="slash"),
        pytest.param("../admin", "..%2Fadmin", id="climbing"),
        pytest.param("a?b#c", "a%3Fb%23c", id="query-and-fragment"),
        pytest.param("ü %41", "%C3%BC%20%2541", id="blank-percent-and-umlaut"),
    ],
)
def test_encodes_strange_uuids_whole(serve: Serve, uuid: str, segment: str) -> None:
    """A uuid is opaque text and one segment of the path, whatever stands in it."""
    server = serve(always(FINE))

    reply_to(server, Request(Action.CANCEL, uuid, None))

    assert server.seen[0].path == f"/events/reminders/{segment}/cancel"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uuid=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(usable_in_path))
def test_the_path_goes_out_as_it_was_made(serve: Serve, uuid: str) -> None:
    """No library between writes a path in another way."""
    server = serve(always(FINE))

    reply_to(server, Request(Action.CANCEL, uuid, None))

    assert [seen.path for seen in server.seen] == [path_of(Action.CANCEL, uuid)]


@pytest.mark.parametrize("uuid", ["", ".", ".."])
def test_refuses_uuids_that_name_another_path(serve: Serve, uuid: str) -> None:
    """Servers resolve dots even when they are encoded, so such a call is not made at all."""
    server = serve(always(FINE))

    with pytest.raises(ValueError, match="uuid"):
        reply_to(server, Request(Action.CANCEL, uuid, None))

    assert server.seen == []


def test_asks_for_an_appointment_type_without_changing_anything(serve: Serve) -> None:
    """The one read call of the API is a GET without a body."""
    server = serve(always(answer(200, {"uuid": "t1", "type": "CHECK_UP"})))

    with Api(server.url, "t") as api:
        reply = api.event_type("t1")

    assert reply.answer == {"uuid": "t1", "type": "CHECK_UP"}
    assert (server.seen[0].method, server.seen[0].path) == ("GET", "/events/types/t1")


def drip(part: str) -> Callable[[Seen, socket.socket], bool]:
    """Return a script that sends the part piece by piece, one every 50 ms, for as long as somebody listens."""
    begin, piece = DRIPS[part]

    def script(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(begin)
        for _ in range(200):
            sock.sendall(piece)
            time.sleep(0.05)
        return False

    return script


DRIPS = {
    "status": (b"", b"H"),
    "announcements": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "headers": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    "body": (answer(200, b"", headers={"Content-Length": "5000"}), b"a"),
    "body-without-length": (answer(200, b"", headers={"Content-Length": ""}), b"a"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Slow: a\r\n"),
}


@pytest.mark.parametrize("part", list(DRIPS))
def test_holds_the_total_time_against_a_dripping_answer(serve: Serve, part: str) -> None:
    """A byte now and then does not prolong a call: its time counts for the whole answer."""
    server = serve(drip(part))

    began = time.monotonic()
    reply = reply_to(server, timeouts=Timeouts(connect_s=0.4, total_s=0.4))
    took = time.monotonic() - began

    assert reply.trouble is Trouble.READ_TIMEOUT
    assert reply.status == (None if part in {"status", "announcements", "headers"} else 200)
    assert 0.35 < took < 1.5


def test_does_not_wait_longer_for_silence(serve: Serve) -> None:
    """A server that takes the request and says nothing is given up when the call's time is over."""
    server = serve(lambda seen, sock: server.released.wait(5))

    began = time.monotonic()
    reply = reply_to(server, timeouts=Timeouts(total_s=0.3))

    assert reply.trouble is Trouble.READ_TIMEOUT
    assert time.monotonic() - began < 1.5


def test_reads_no_more_than_a_megabyte(serve: Serve) -> None:
    """An endless answer is cut, and the connection closed, long before memory or time are used up."""
    sent = 0

    def flood(_seen: Seen, sock: socket.socket) -> bool:
        nonlocal sent
        sock.sendall(answer(200, b"", headers={"Content-Length": str(256 * 2**20)}))
        while True:
            sent += sock.send(b"x" * 65_536)

    reply = reply_to(serve(flood))

    assert reply.trouble is Trouble.TOO_LARGE
    assert reply.answer is None
    assert sent < 32 * 2**20


def test_unpacks_no_more_than_a_megabyte(serve: Serve) -> None:
    """A small answer that inflates to hundreds of megabytes is cut at the same mark."""
    bomb = gzip.compress(b" " * 64 * 2**20)

    reply = reply_to(serve(always(answer(200, bomb, headers={"Content-Encoding": "gzip"}))))

    assert reply.trouble is Trouble.TOO_LARGE


def test_reads_a_packed_answer(serve: Serve) -> None:
    """Compression is not asked for, but read when it comes."""
    packed = gzip.compress(b'{"uuid": "u1"}')

    reply = reply_to(serve(always(answer(200, packed, headers={"Content-Encoding": "gzip"}))))

    assert reply.answer == {"uuid": "u1"}


BROKEN = {
    "truncated": answer(200, b'{"uuid": "u1"', headers={"Content-Length": "100"}),
    "truncated-in-a-chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"uuid": "u1"',
    "broken-gzip": answer(200, b"\x1f\x8bnot gzip at all", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in BROKEN.items()])
def test_tells_a_damaged_answer_from_none(serve: Serve, raw: bytes) -> None:
    """The status came, the body did not: the reply has the status, a trouble and no answer."""

    def once(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(raw)
        return False

    reply = reply_to(serve(once))

    assert (reply.status, reply.answer) == (200, None)
    assert reply.trouble is Trouble.UNREADABLE
    assert not reply.trouble.surely_not_processed


def test_a_packed_answer_cut_short_is_no_answer(serve: Serve) -> None:
    """What unpacks to half a JSON object gives no answer to lean on."""
    packed = gzip.compress(b'{"uuid": "u1", "phone": "4155552671"}')[:-12]

    reply = reply_to(serve(always(answer(200, packed, headers={"Content-Encoding": "gzip"}))))

    assert (reply.status, reply.answer) == (200, None)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        pytest.param(hang_up, Trouble.RESET, id="hangs-up"),
        pytest.param(resets, Trouble.RESET, id="reset"),
        pytest.param(always(b"SSH-2.0-OpenSSH_9.2\r\n"), Trouble.UNREADABLE, id="another-protocol"),
        pytest.param(always(b"HTTP/1.1 abc OK\r\n\r\n"), Trouble.UNREADABLE, id="no-status"),
        pytest.param(always(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000), Trouble.UNREADABLE, id="endless-header"),
        pytest.param(always(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 500 + b"\r\n"), Trouble.RESET, id="500-headers"),
    ],
)
def test_a_broken_exchange_may_have_been_processed(
    serve: Serve, script: Callable[[Seen, socket.socket], bool], trouble: Trouble
) -> None:
    """Once the request is written, no failure of the connection says that nothing was done."""
    reply = reply_to(serve(script))

    assert reply.trouble is trouble
    assert not reply.trouble.surely_not_processed


def test_nothing_listens(serve: Serve) -> None:
    """A refused connection is surely no processed call."""
    server = serve(always(FINE))
    server.close()

    reply = reply_to(server)

    assert reply.trouble is Trouble.REFUSED
    assert reply.trouble.surely_not_processed


def test_unknown_host() -> None:
    """A name that does not resolve is told apart from a refused connection."""
    with Api("https://host.invalid", "t") as api:
        reply = api.send(*CREATE)

    assert reply.trouble is Trouble.DNS


def test_a_slow_name_look_up_is_a_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's look-up heeds no time-out, so a call does not wait for it longer than for a connection."""
    look_up, ended = socket.getaddrinfo, threading.Event()

    def slow(host: str, *given: Any, **named: Any) -> Any:
        if host == "api.invalid":
            if named["flags"]:
                raise socket.gaierror("no address")
            ended.wait(30)
        return look_up(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    with Api("https://api.invalid", "t", timeouts=Timeouts(0.3, 5)) as api:
        reply = api.send(*CREATE)
    took_s = time.monotonic() - began
    ended.set()

    assert reply.trouble is Trouble.CONNECT_TIMEOUT
    assert took_s < 2


def test_a_full_backlog_is_a_connect_timeout() -> None:
    """A host that does not take the connection is given up after the connect time; nothing was sent."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        began = time.monotonic()
        with Api(f"http://127.0.0.1:{listener.getsockname()[1]}", "t", timeouts=Timeouts(0.3, 5)) as api:
            reply = api.send(*CREATE)
        for one in crowd:
            one.close()

    assert reply.trouble is Trouble.CONNECT_TIMEOUT
    assert reply.trouble.surely_not_processed
    assert time.monotonic() - began < 6


def test_uses_a_connection_again(serve: Serve) -> None:
    """Calls of one thread share a connection, also after an error answer."""
    server = serve(in_turn(always(FINE), always(answer(404, {"message": "no"})), always(FINE)))

    with Api(server.url, "t") as api:
        statuses = [api.send(*CREATE).status for _ in range(3)]

    assert statuses == [200, 404, 200]
    assert server.connections == 1


def test_each_thread_has_a_connection_of_its_own(serve: Serve) -> None:
    """Threads do not wait for each other's answers."""
    together = threading.Barrier(3)

    def meet(_seen: Seen, sock: socket.socket) -> bool:
        together.wait(5)
        sock.sendall(FINE)
        return True

    server = serve(meet)
    with Api(server.url, "t") as api:
        threads = [threading.Thread(target=api.send, args=CREATE) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert server.connections == 3
    assert len(server.seen) == 3


@pytest.mark.parametrize("how", ["closed", "reset", "spoke-unasked"])
def test_an_idle_connection_that_was_dropped_is_replaced_before_writing(serve: Serve, how: str) -> None:
    """What the server did to an idle connection is seen before the next request is written, so nothing is in doubt."""
    dropped = threading.Event()

    def drop(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(FINE)
        if how == "reset":
            reset(sock)
        if how == "spoke-unasked":
            time.sleep(0.05)
            sock.sendall(answer(408))
        threading.Timer(0.02, dropped.set).start()
        return how == "spoke-unasked"

    server = serve(in_turn(drop, always(FINE)))
    with Api(server.url, "t") as api:
        first = api.send(*CREATE)
        dropped.wait(5)
        second = api.send(*NO_SHOW)

    assert (first.status, second.status) == (200, 200)
    assert [seen.connection for seen in server.seen] == [1, 2]


def test_an_idle_connection_is_not_trusted_for_long(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that slept is opened anew, because its end may already be on the way."""
    monkeypatch.setattr("importer.api.total_deadline.MAX_IDLE_S", 0.0)
    server = serve(always(FINE))

    with Api(server.url, "t") as api:
        api.send(*NO_SHOW)
        api.send(*NO_SHOW)

    assert server.connections == 2


def test_a_drop_that_nobody_noticed_is_in_doubt(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write into a connection that was closed a moment before counts as sent, and nothing is sent again by itself."""
    dropped = threading.Event()

    def drop(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(FINE)
        threading.Timer(0.05, dropped.set).start()
        return False

    server = serve(in_turn(drop, always(FINE)))
    with Api(server.url, "t") as api:
        api.send(*CREATE)
        dropped.wait(5)
        monkeypatch.setattr("urllib3.connection.wait_for_read", lambda *_given, **_named: False)
        reply = api.send(*NO_SHOW)

    assert reply.trouble is Trouble.RESET
    assert not reply.trouble.surely_not_processed
    assert (len(server.seen), server.connections) == (1, 1)


def test_a_stale_connection_that_breaks_after_writing_is_in_doubt(serve: Serve) -> None:
    """A server that hangs up on the second request of a connection may have processed it."""
    server = serve(in_turn(always(FINE), hang_up, always(FINE)))

    with Api(server.url, "t") as api:
        api.send(*CREATE)
        reply = api.send(*NO_SHOW)

    assert reply.trouble is Trouble.RESET
    assert not reply.trouble.surely_not_processed
    assert len(server.seen) == 2


def test_never_repeats_by_itself(serve: Serve) -> None:
    """Neither an error answer nor a broken connection makes the client send a request again."""
    server = serve(in_turn(always(answer(503, headers={"Retry-After": "0"})), resets))

    with Api(server.url, "t") as api:
        api.send(*CREATE)
        api.send(*CREATE)

    assert len(server.seen) == 2
