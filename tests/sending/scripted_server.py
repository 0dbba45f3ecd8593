"""A server on loopback that does exactly what a script says, byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire; ``connection`` counts connections from 1."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float

    @property
    def json(self) -> Any:
        """Return the body as a JSON value."""
        return json.loads(self.body)


Script = Callable[[Seen, socket.socket], bool]
"""Answers a request; returns whether the connection stays open."""


def answer(
    status: int = 200,
    body: object = None,
    *,
    headers: dict[str, str] | None = None,
    reason: str = "OK",
) -> bytes:
    """Return a whole HTTP answer; an object becomes JSON, bytes are sent as they are."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {reason}"]
    given = {"Content-Type": "application/json", "Content-Length": str(len(content))} | (headers or {})
    lines += [f"{name}: {value}" for name, value in given.items() if value != ""]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def reset(sock: socket.socket) -> None:
    """Close the connection with a reset instead of a goodbye."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@dataclass
class Server:
    """A listening server; ``script`` may be changed between calls, ``seen`` lists the requests in their order."""

    script: Script
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: list[socket.socket] = []
        self._guard = threading.Lock()
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End the server and all its connections."""
        self.released.set()
        # Closing alone would leave the accepting thread at its post.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._guard:
            for sock in self._open:
                sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._converse, args=(sock, self.connections), daemon=True).start()

    def _converse(self, sock: socket.socket, number: int) -> None:
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with self._guard:
                self._open.append(sock)
            with sock, sock.makefile("rb") as stream:
                while (request := read_request(stream, number)) is not None:
                    with self._guard:
                        self.seen.append(request)
                    if not self.script(request, sock):
                        return
        except (OSError, ValueError):
            return


def read_request(stream: Any, number: int) -> Seen | None:
    """Read one request, None at the end of the connection."""
    first = stream.readline()
    if not first:
        return None
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body, number, time.monotonic())


def always(raw: bytes) -> Script:
    """Return a script that answers every request with these bytes."""

    def script(_seen: Seen, sock: socket.socket) -> bool:
        sock.sendall(raw)
        return True

    return script


def in_turn(*scripts: Script) -> Script:
    """Return a script that plays these one after the other, the last one forever."""
    left = list(scripts)
    guard = threading.Lock()

    def script(seen: Seen, sock: socket.socket) -> bool:
        with guard:
            now = left.pop(0) if len(left) > 1 else left[0]
        return now(seen, sock)

    return script


def hang_up(_seen: Seen, sock: socket.socket) -> bool:
    """End the connection without a byte."""
    return False


def resets(_seen: Seen, sock: socket.socket) -> bool:
    """Reset the connection without a byte."""
    reset(sock)
    return False
