"""
Connections that keep one deadline for a whole call, and tell how far the call got.

requests and urllib3 know a time-out for each read only: a server that sends a byte now and then holds them forever.
Here each wait on the socket is given what is left of the call's time, headers and body alike.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import urllib3.connection
import urllib3.connectionpool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

MAX_IDLE_S: Final = 3.0
"""A connection that slept longer is opened anew: servers drop idle ones, often after 5 seconds, without a word."""


@dataclass(slots=True)
class Exchange:
    """
    The call that a line is busy with, shared with its connection.

    ``deadline`` and ``connect_by``: seconds of ``time.monotonic``. ``connected``: the connection stands, TLS
    included. ``written``: the request, or a part of it, may have gone out.
    """

    deadline: float = 0.0
    connect_by: float = 0.0
    connected: bool = False
    written: bool = False
    _parts_to_come: int = 0
    _gathered: bytes = b""

    def begin(self, *, connect_s: float, total_s: float, has_body: bool) -> None:
        """Start the clock of a new call."""
        now = time.monotonic()
        self.deadline = now + total_s
        self.connect_by = now + min(connect_s, total_s)
        self.connected = self.written = False
        self._parts_to_come = 2 if has_body else 1
        self._gathered = b""

    def gather(self, part: bytes) -> bytes:
        """Return the whole request with its last part (headers, then the body if there is one), before that nothing."""
        self._gathered += part
        self._parts_to_come -= 1
        return self._gathered if self._parts_to_come <= 0 else b""

    def left_s(self) -> float:
        """Return the seconds left of the call's time. ``TimeoutError``: none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's time is over")
        return left


class _TimedReader(io.RawIOBase):
    """Reads a socket's answer; each wait gets what is left of the call's time."""

    def __init__(self, sock: socket.socket, inner: io.RawIOBase, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._inner = inner
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(self._exchange.left_s())
        count: int | None = self._inner.readinto(buffer)
        return count

    def close(self) -> None:
        try:
            self._inner.close()
        finally:
            super().close()


class _TimedSource:
    """What the standard library's response asks for its file: the socket, read through ``_TimedReader``."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def makefile(self, _mode: str) -> io.BufferedReader:
        inner = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_TimedReader(self._sock, inner, self._exchange))


class _TimedResponse(http.client.HTTPResponse):
    """The standard library's response within the call's time."""

    def __init__(self, sock: socket.socket, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(_TimedSource(sock, exchange), *args, **kwargs)  # type: ignore[arg-type]  # makefile is all it uses


if TYPE_CHECKING:
    _Base = urllib3.connection.HTTPConnection
else:
    _Base = object


class _Timed(_Base):
    """What both kinds of connection share; stands before urllib3's class."""

    def __init__(self, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange = exchange
        self._stands = False
        self._last_used = 0.0
        # http.client calls it as it would the class.
        self.response_class = cast("Any", functools.partial(_TimedResponse, exchange=exchange))

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used again: still open, nothing unread in it, and not idle for long."""
        fresh = time.monotonic() - self._last_used <= MAX_IDLE_S
        return fresh and bool(super().is_connected)

    def connect(self) -> None:
        super().connect()
        self._stands = True

    def close(self) -> None:
        self._stands = False
        super().close()

    def send(self, data: Any) -> None:
        """Send a part of the request: all parts at once, with the last, since each write costs a turn of the kernel."""
        if self.sock is not None and not self._stands:
            super().send(data)
            return
        request = self._exchange.gather(data)
        if request:
            self._write(request)

    def _write(self, request: bytes) -> None:
        if self.sock is None:
            self.connect()
        self._exchange.connected = True
        self.sock.settimeout(self._exchange.left_s())
        super().send(request)
        self._exchange.written = True
        self._last_used = time.monotonic()

    def _new_conn(self) -> socket.socket:
        """Open a socket to the first address that answers, all of them within the time to connect."""
        host, port = self._dns_host, self.port
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(host, self, error) from error
        except UnicodeError as error:
            raise NameResolutionError(host, self, socket.gaierror()) from error
        problem: OSError = OSError("the name has no address")
        for *_, place in addresses:
            left = self._exchange.connect_by - time.monotonic()
            if left <= 0:
                problem = TimeoutError()
                break
            try:
                return self._opened(str(place[0]), port, left)
            except OSError as error:
                problem = error
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from problem
        raise NewConnectionError(self, "no connection") from problem

    def _opened(self, host: str, port: int, left_s: float) -> socket.socket:
        options = self.socket_options
        sock = create_connection((host, port), left_s, socket_options=options)
        sock.settimeout(max(0.001, self._exchange.connect_by - time.monotonic()))
        return sock


class TimedConnection(_Timed, urllib3.connection.HTTPConnection):
    """A connection over plain HTTP, to this machine only."""


class TimedTlsConnection(_Timed, urllib3.connection.HTTPSConnection):
    """A connection over TLS."""


class PlainPool(urllib3.connectionpool.HTTPConnectionPool):
    """urllib3's pool for one host with our connections."""

    ConnectionCls = TimedConnection


class TlsPool(urllib3.connectionpool.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = TimedTlsConnection
