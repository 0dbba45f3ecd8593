"""Answers of an API that is broken or hostile: each ends as a reply and as a decision, within its time, never as a bug."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planned import KEY, SENT, UUID, Request, call_to
from scripted_server import Seen, Server, answer

from importer.api import Api, Timeouts
from importer.api.replies import answer_of
from importer.model.planned_calls import Reply, Trouble
from importer.model.records import Attempt
from importer.model.statuses import Action, Status
from importer.pacing import LONGEST_WAIT_S, Limiter, pace
from importer.sending.decisions import Again, Done, Ended, Older, Stop, Tries, decide, weather_of
from importer.sending.outcomes import Health, Judge, settlement_of
from importer.sending.workers import Clocks, Returned

Serve = Callable[..., Server]
ACTIONS = (Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW)
CREATE = Request(Action.CREATE, None, json.dumps(SENT).encode())
DIGITS = "9" * 5000


def once(raw: bytes) -> Callable[[Seen, socket.socket], bool]:
    """Answer with these bytes and end the connection, so that nobody waits for more."""

    def script(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(raw)
        return False

    return script


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


FINE = json.dumps({"uuid": UUID, **SENT}).encode()
LENGTH = f"Content-Length: {len(FINE)}"
CHUNK = b"%x\r\n%b\r\n" % (len(FINE), FINE)

READ = {
    "interim-continue": head(status="HTTP/1.1 100 Continue") * 5 + head(LENGTH) + FINE,
    "interim-hints": head("Link: </a>", status="HTTP/1.1 103 Early Hints") * 5 + head(LENGTH) + FINE,
    "interim-processing": head(status="HTTP/1.1 102 Processing") + head(LENGTH) + FINE,
    "trailers": head("Transfer-Encoding: chunked") + CHUNK + b"0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n",
    "chunk-extension": head("Transfer-Encoding: chunked") + CHUNK.replace(b"\r\n", b";a=b\r\n", 1) + b"0\r\n\r\n",
    "no-reason": head(LENGTH, status="HTTP/1.1 200") + FINE,
    "same-length-twice": head(LENGTH, LENGTH) + FINE,
    "a-member-twice-alike": answer(200, FINE[:-1] + b', "phone": "4155552671"}'),
    "retry-after-on-success": head("Retry-After: 999999999999", LENGTH) + FINE,
    "date-of-garbage": head("Date: yesterday", LENGTH) + FINE,
    "limit-of-5000-digits": head(f"x-ratelimit-limit: {DIGITS}", f"x-ratelimit-remaining: -{DIGITS}", LENGTH) + FINE,
}

UNKNOWN = {
    "length-of-5000-digits": head(f"Content-Length: {DIGITS}") + FINE,
    "length-of-16-digits": head("Content-Length: 9999999999999999") + FINE,
    "length-negative": head("Content-Length: -5") + FINE[:10],
    "two-lengths": head(LENGTH, "Content-Length: 7") + FINE,
    "chunk-negative": head("Transfer-Encoding: chunked") + b"-1\r\n" + FINE,
    "chunk-of-no-size": head("Transfer-Encoding: chunked") + b"zz\r\n" + FINE,
    "chunk-of-5000-digits": head("Transfer-Encoding: chunked") + DIGITS.encode() + b"\r\n" + FINE,
    "chunks-without-end": head("Transfer-Encoding: chunked") + CHUNK,
    "interim-flood": head(status="HTTP/1.1 100 Continue") * 100_000,
    "hints-flood": head(status="HTTP/1.1 103 Early Hints") * 1_000 + head(LENGTH) + FINE,
    "headers-without-end": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000,
    "headers-too-many": head(*["X-A: b"] * 500, LENGTH) + FINE,
    "header-too-long": head("X-A: " + "b" * 200_000, LENGTH) + FINE,
    "trailers-without-end": head("Transfer-Encoding: chunked") + CHUNK + b"0\r\n" + b"X-A: b\r\n" * 300_000,
    "status-of-5000-digits": head(LENGTH, status=f"HTTP/1.1 {DIGITS} OK") + FINE,
    "status-negative": head(LENGTH, status="HTTP/1.1 -20 OK") + FINE,
    "status-of-letters": head(LENGTH, status="HTTP/1.1 OK OK") + FINE,
    "another-protocol": head(LENGTH, status="SSH-2.0-OpenSSH_9.2") + FINE,
    "http-2": head(LENGTH, status="HTTP/2 200") + FINE,
    "nul-bytes": b"\0" * 1000,
    "nothing": b"",
    "204-with-body": head(LENGTH, status="HTTP/1.1 204 No Content") + FINE,
    "205-without-body": head("Content-Length: 0", status="HTTP/1.1 205 Reset Content"),
    "switching": head(status="HTTP/1.1 101 Switching Protocols") + FINE,
    "not-a-number": answer(200, b'{"uuid": NaN}'),
    "infinite": answer(200, b'{"uuid": Infinity}'),
    "uuid-is-a-number": answer(200, {"uuid": 10**30}),
    "uuid-is-true": answer(200, {"uuid": True}),
    "uuid-is-a-list": answer(200, {"uuid": ["u1"]}),
    "two-uuids": answer(200, b'{"uuid": "u1", "uuid": "u2"}'),
    "two-phones": answer(200, FINE[:-1] + b', "phone": "4155559999"}'),
    "lone-surrogate": answer(200, b'{"uuid": "\\ud800"}'),
    "not-utf-8": answer(200, b'{"uuid": "\xff\xfe"}'),
    "deep": answer(200, b'{"uuid": "u1", "a": ' + b"[" * 900 + b"]" * 900 + b"}"),
    "deeper": answer(200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a-list": answer(200, b"[" + FINE + b"]"),
    "a-text": answer(200, b'"ok"'),
    "half": answer(200, FINE)[:-9],
}  # fmt: skip


@pytest.fixture(scope="module")
def lasting() -> Iterator[Server]:
    server = Server(once(b""))
    yield server
    server.close()


def reply_to(server: Server, raw: bytes, *, total_s: float = 5.0) -> Reply:
    server.script = once(raw)
    with Api(server.url, "t", timeouts=Timeouts(2, total_s)) as api:
        return api.send(*CREATE)


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in READ.items()])
def test_an_unusual_answer_is_read(lasting: Server, raw: bytes) -> None:
    """What HTTP and JSON allow is understood, however seldom it is seen."""
    assert decide(call_to(Action.CREATE), reply_to(lasting, raw), Tries()) == Done(UUID)


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in UNKNOWN.items()])
def test_an_odd_answer_leaves_its_outcome_unknown(lasting: Server, raw: bytes) -> None:
    """Nobody can tell what the API did, so the create goes again; no uuid is taken from it."""
    began = time.monotonic()
    reply = reply_to(lasting, raw)

    assert decide(call_to(Action.CREATE), reply, Tries()) == Again(doubt=True)
    assert time.monotonic() - began < 5


def test_an_answer_that_never_ends_is_given_up_early(serve: Serve) -> None:
    """A flood is cut by its size, long before the time of the call is over."""

    def flood(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(head("Transfer-Encoding: chunked") + b"-1\r\n")
        while True:
            sock.sendall(b"x" * 65_536)

    with Api(serve(flood).url, "t", timeouts=Timeouts(5, 60)) as api:
        began = time.monotonic()
        reply = api.send(*CREATE)

    assert reply.trouble in {Trouble.TOO_LARGE, Trouble.UNREADABLE}
    assert time.monotonic() - began < 20


def test_a_request_that_went_out_in_part_counts_as_sent() -> None:
    """A connection that takes the first part of a request and then nothing leaves the outcome in doubt."""
    stopped = socket.create_server(("127.0.0.1", 0))
    request = CREATE._replace(body=b" " * 40_000_000)

    with stopped, Api(f"http://127.0.0.1:{stopped.getsockname()[1]}", "t", timeouts=Timeouts(1, 1)) as api:
        reply = api.send(*request)

    assert reply.trouble is Trouble.READ_TIMEOUT


ODD_VALUES: dict[str, Any] = {
    "5000-digits": f"PT{DIGITS}H",
    "9999999999999-days": "P9999999999999D",
    "999999999-days-and-more": "P999999999DT999999999H999999999M999999999S",
    "huge-number": 1e308,
    "negative": -(2**63),
    "list": [[[]]],
    "object": {"uuid": {"uuid": {}}},
    "instant-of-year-1": "0001-01-01T00:00:00+23:59",
    "instant-of-year-9999": "9999-12-31T23:59:59-23:59",
    "zone-with-nul": "America/\0",
    "zone-above": "../../../etc/passwd",
    "zone-without-end": "A" * 100_000,
    "zone-folder": "America",
    "text-of-json": '{"a": ' * 40,
}


@pytest.mark.parametrize("field", list(SENT))
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in ODD_VALUES.items()])
def test_an_odd_value_in_an_answer_is_only_another_value(field: str, value: Any) -> None:
    """No number, date, duration or zone of an answer is computed with before it is judged."""
    reply = Reply(status=200, answer=answer_of(orjson.dumps({**SENT, "uuid": UUID, field: value})))

    assert isinstance(decide(call_to(Action.CREATE), reply, Tries()), (Done, Older, Again))
    assert isinstance(decide(call_to(Action.UPDATE, sent=SENT), reply, Tries()), (Done, Again))


def settled_by(reply: Reply, action: Action, *, proven: bool) -> None:
    """Take one reply through all that sending does with it, until the call is over."""
    call, history, tries = call_to(action), (), Tries(most=2)
    for _ in range(10):
        decision = decide(call, reply, tries, proven=proven)
        weather_of(call, reply, decision)
        history = (*history, Attempt(0.0, 0.1, reply.status, "code"))
        settlement = settlement_of(call, decision, history, at=1.0)
        orjson.dumps([note.detail for note in settlement.notes])
        if isinstance(decision, (Done, Older, Ended, Stop)):
            status = settlement.status
            assert isinstance(decision, (Older, Stop)) or status is not None
            assert status is not Status.CREATED or settlement.uuid
            return
        assert isinstance(decision, Again)
        tries = tries.and_one(doubt=decision.doubt)
        call = call_to(action, repeated=call.repeated or decision.doubt)
    raise AssertionError("it never ends")


def waits(reply: Reply) -> float:
    """Return the seconds for which a judge lets the call of such a reply wait, 0 where it stops the run."""
    clocks = Clocks(now=lambda: 1.0, steady=lambda: 1.0, random=lambda: 1.0)
    limiter, health = Limiter(pace(0, known=True), random=clocks.random), Health(random=clocks.random)
    judge = Judge(limiter, health, clocks=clocks, max_attempts=5)
    _, again_at = judge.judge(Returned(call_to(Action.CREATE), 1.0, 1.0, reply))
    return 0.0 if judge.ending else again_at - 1.0


STATUS_LINES = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.1 201", "HTTP/1.0 200 OK", "HTTP/1.1 204 No", "HTTP/1.1 302 Found", "HTTP/1.1 400 Bad",
     "HTTP/1.1 404 No", "HTTP/1.1 429 Slow", "HTTP/1.1 503 Down", "HTTP/1.1 100 Go", "HTTP/1.1 999 Odd", "HTTP/1.1", "x"]
)  # fmt: skip
NUMBERS = st.sampled_from(["0", "5", "-1", DIGITS, "1e308", "NaN", " 7 ", "0x10", "٣", "", "1.5", "600", "1;w=60"])
HEADERS = st.one_of(
    st.builds("{}: {}".format, st.sampled_from(["Content-Length", "Retry-After", "x-ratelimit-limit", "Date"]), NUMBERS),
    st.sampled_from(
        ["Transfer-Encoding: chunked", "Content-Encoding: gzip", "Connection: close", "Date: Fri, 31 Dec 9999 23:59:59 -1",
         "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", "Retry-After: Mon, 01 Jan 0001 00:00:00 +2359", " folded", "", ":", "a"]
    ),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([UUID, KEY[1]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uuid", *SENT]), inner, max_size=4),
    max_leaves=6,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode("utf-8", "replace")),
    st.sampled_from(
        [FINE, CHUNK + b"0\r\n\r\n", b"-5\r\n" + FINE, b"ffffffffff\r\n", b"[" * 2000, b'{"uuid":"a","uuid":"b"}']
    ),
)


@st.composite
def raw_answers(draw: st.DrawFn) -> bytes:
    lines = [draw(STATUS_LINES), *draw(st.lists(HEADERS, max_size=4))]
    raw = "\r\n".join([*lines, "", ""]).encode("utf-8") + draw(BODIES)
    if draw(st.booleans()):
        place = draw(st.integers(0, len(raw)))
        raw = raw[:place] + draw(st.binary(max_size=6)) + raw[place + draw(st.integers(0, 6)) :]
    return raw


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(raw=raw_answers(), action=st.sampled_from(ACTIONS), proven=st.booleans())
def test_no_bytes_of_an_answer_escape_as_a_bug(lasting: Server, raw: bytes, action: Action, proven: Any) -> None:
    """Whatever comes over the socket is a reply; each row of such an API ends in a status, after waits of two minutes at most."""
    reply = reply_to(lasting, raw, total_s=1.0)

    settled_by(reply, action, proven=proven)
    assert waits(reply) <= LONGEST_WAIT_S
