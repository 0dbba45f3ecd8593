"""
HTTP/1.1 over one connection: requests off the socket, answers onto it.

Small on purpose. The standard library's handler parses headers as e-mail (a third of the speed) and always answers
politely; a stand-in has to answer impolitely as well: half a body, one byte at a time, a reset in between.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_HEAD = 65_536
LONGEST_BODY = 1_048_576
MOST_LET_GO_BY = 16 * LONGEST_BODY


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are in lower case; of a header that stands twice the last counts."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The target's query, "" when there is none."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole. ``headers`` are added to content type, length and connection."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, *, length: int | None = None, keep: bool = True) -> bytes:
        """Return status line and headers with the blank line; ``length`` in place of the body's true one."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [
            f"HTTP/1.1 {self.status} {phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body) if length is None else length}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            *(() if keep else ("Connection: close",)),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Malformed(Exception):
    """What came is not a request that this server reads; ``status`` is the answer, after which the line closes."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Line:
    """One accepted connection. Not shared between threads, except for ``cut`` when the server stops."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = b""

    def read_request(self) -> Request | None:
        """Return the next request, None when the client has closed. Raises ``Malformed``, ``OSError``."""
        head = self._read_head()
        if head is None:
            return None
        method, target, headers = _parse_head(head)
        if "transfer-encoding" in headers:
            raise Malformed(411, "the body must come with a Content-Length")
        return Request(method, target, headers, self._read_body(headers))

    def _read_head(self) -> bytes | None:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            if len(self._rest) > LONGEST_HEAD:
                raise Malformed(431, "the headers are too long")
            piece = self._sock.recv(65_536)
            if not piece:
                return None
            self._rest += piece
        head, self._rest = self._rest[:end], self._rest[end + 4 :]
        return head

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()):
            raise Malformed(400, "the Content-Length is not a number")
        length = int(text)
        if length > LONGEST_BODY:
            self._let_go_by(length)
            raise Malformed(413, "the body is larger than 1 MB")
        if length > len(self._rest) and headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._rest) < length:
            piece = self._sock.recv(65_536)
            if not piece:
                raise ConnectionResetError("the client closed within a body")
            self._rest += piece
        body, self._rest = self._rest[:length], self._rest[length:]
        return body

    def _let_go_by(self, length: int) -> None:
        """Read on without keeping it: closing on unread bytes resets the connection, and the refusal would be lost."""
        left = min(length, MOST_LET_GO_BY) - len(self._rest)
        self._rest = b""
        while left > 0 and (piece := self._sock.recv(65_536)):
            left -= len(piece)

    def send(self, data: bytes) -> None:
        """Write all bytes. Raises ``OSError`` when the client is gone."""
        self._sock.sendall(data)

    def reset(self) -> None:
        """Close with a TCP reset instead of a farewell."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def cut(self) -> None:
        """Wake a thread that waits on this line."""
        with suppress(OSError):  # the client was quicker
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Malformed(400, "the request line cannot be read")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed(400, "a header cannot be read")
        headers[name.lower()] = value.strip()
    return parts[0], parts[1], headers
