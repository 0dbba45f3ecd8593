"""
One call over a connection that stands: the request in one write, and a plain answer read straight from the socket.

A plain answer is HTTP/1.1 with a ``Content-Length`` and nothing special: urllib3 and the standard library take ten
times as long to read it as the API's answer takes to arrive. Everything else (chunked, packed, without a length, in
pieces, no HTTP at all) is left to them, from its first byte on, within the same deadline.
"""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.api.wire import Exchange, Line

RECEIVE: Final = 65_536

_HEAD = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [^\r\n]*)?(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*)*")
_MOST_HEADERS: Final = 100
_MOST_INTERIM: Final = 20
"""So many answers of the kind "go on, the real one follows" (1xx) may come before it."""
_MOST_DIGITS: Final = 15
"""A longer Content-Length is no length of anything; Python itself refuses to read one of 4,300 digits."""
_WITHOUT_BODY: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a plain answer; header names in small letters. ``length``: of the body; ``begin``: where it begins."""

    status: int
    headers: Mapping[str, str]
    length: int
    begin: int


def plain_head(data: bytes) -> Head | None:
    """Return the head that ``data`` begins with, None when it is not whole or the answer is not a plain one."""
    end = data.find(b"\r\n\r\n")
    found = _HEAD.fullmatch(data, 0, end) if end > 0 else None
    if found is None:
        return None
    lines = data[:end].decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    length = headers.get("content-length", "")
    status = int(found[1])
    special = "transfer-encoding" in headers or "content-encoding" in headers or status in _WITHOUT_BODY
    if special or not length.isdecimal() or len(length) > _MOST_DIGITS or len(lines) > _MOST_HEADERS:
        return None
    return Head(status, headers, int(length), end + 4)


class PlainAnswer:
    """A plain answer whose body is read as it is asked for, like a response of urllib3."""

    def __init__(self, head: Head, data: bytes, line: Line, exchange: Exchange) -> None:
        self.status = head.status
        self.headers = head.headers
        self._part = data[head.begin : head.begin + head.length]
        self._left = head.length
        self._line = line
        self._exchange = exchange
        # What follows an answer unasked, or was announced as the last, ends the connection.
        self._is_last = len(data) > head.begin + head.length or "close" in head.headers.get("connection", "").lower()

    def read(self, amount: int, *, decode_content: bool) -> bytes:  # noqa: ARG002 - as urllib3 has it; a plain body is not packed
        """Return the next part of the body, nothing at its end. ``HTTPError``: it broke off."""
        if not self._left:
            if self._is_last:
                self._line.close()
            return b""
        part = self._part or self._exchange.receive(self._line.sock, min(amount, self._left))
        if not part:
            raise ProtocolError("the answer broke off")
        self._part = b""
        self._left -= len(part)
        return part

    def close(self) -> None:
        """Close the connection, because the answer was not read to its end."""
        self._line.close()


def request_of(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Return a whole request. ``ValueError``: something of it cannot stand in one."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + (body or b"")


def exchange_over(line: Line, exchange: Exchange, method: str, request: bytes) -> PlainAnswer | HTTPResponse:
    """Send a request and return its answer with the body unread. ``HTTPError``, ``OSError``: why there is none."""
    sock: Any = line.sock
    exchange.connected = True
    sock.settimeout(exchange.patience_s())
    left = memoryview(request)
    while left:
        left = left[sock.send(left) :]
        exchange.written = True
    line.used()
    data = exchange.receive(sock, RECEIVE)
    head = plain_head(data)
    if head is not None:
        return PlainAnswer(head, data, line, exchange)
    try:
        return _any_answer(line, method, data)
    except http.client.HTTPException as error:
        raise ProtocolError("the answer is no HTTP", error) from error


def _final(responses: Iterator[http.client.HTTPResponse]) -> http.client.HTTPResponse:
    """Return the answer that those of kind 1xx only announce."""
    for response in islice(responses, _MOST_INTERIM):
        response.begin()
        if not 100 <= response.status < 200 or response.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
            return response
        # What reads the next one would else be closed with this one.
        response.fp = None  # type: ignore[assignment]  # as the library itself does once it is closed
    raise ProtocolError("the answer was announced again and again")


def _any_answer(line: Line, method: str, data: bytes) -> HTTPResponse:
    """Return the answer that begins with ``data``, as the standard library reads it."""
    response = _final(line.responses(method, data))
    answer = HTTPResponse(
        body=response,
        headers=HTTPHeaderDict(response.msg.items()),
        status=response.status,
        reason=response.reason,
        version=response.version,
        preload_content=False,
        decode_content=False,
        original_response=response,
        connection=line,
        request_method=method,
    )
    if response.will_close:
        line.close()  # the response holds the socket until it is read
    return answer
