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
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import urllib3.connection
import urllib3.connectionpool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

MAX_IDLE_S: Final = 3.0
"""A connection that slept longer is opened anew: servers drop idle ones, often after 5 seconds, without a word."""


@dataclass(slots=True)
class Exchange:
    """
    The call that a line is busy with, shared with its connection.

    ``step_s``: the usual longest wait on the socket. ``deadline`` and ``connect_by``: seconds of ``time.monotonic``. ``connected``: the connection stands, TLS
    included. ``written``: the request, or a part of it, may have gone out.
    """

    step_s: float
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

    def patience_s(self) -> float:
        """Return how long one wait may last: mostly the same, at the end what is left. ``TimeoutError``: nothing."""
        return min(self.step_s, self.left_s())


class _Patient:
    """
    Sets a socket's time-out only when it changes.

    Each setting is a system call that lets go of the interpreter's lock, which among many threads costs more than all
    else that the client does; so the usual wait is one number for all calls.
    """

    def settimeout(self, value: float | None, /) -> None:
        """Set the time-out in seconds."""
        if value != self.gettimeout():  # type: ignore[attr-defined]  # mixed into sockets
            super().settimeout(value)  # type: ignore[misc]  # likewise


class PatientSocket(_Patient, socket.socket):
    """A socket of plain HTTP."""


class PatientTlsSocket(_Patient, ssl.SSLSocket):
    """A socket of TLS."""


class _TimedReader(io.RawIOBase):
    """Reads a socket's answer within the call's time, and keeps the socket open until it is closed itself."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._hold = sock.makefile("rb", buffering=0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            self._sock.settimeout(self._exchange.patience_s())
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                continue

    def close(self) -> None:
        try:
            self._hold.close()
        finally:
            super().close()


class _TimedSource:
    """What the standard library's response asks for its file: the socket, read through ``_TimedReader``."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._exchange))


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
        self.sock.settimeout(self._exchange.patience_s())
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
        for family, _, _, _, place in addresses:
            try:
                return self._opened(family, place)
            except OSError as error:
                problem = error
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from problem
        raise NewConnectionError(self, "no connection") from problem

    def _opened(self, family: int, place: Any) -> socket.socket:
        sock = PatientSocket(family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(self._to_connect_s())
            sock.connect(place)
            sock.settimeout(self._to_connect_s())
        except BaseException:
            sock.close()
            raise
        return sock

    def _to_connect_s(self) -> float:
        left = self._exchange.connect_by - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time to connect is over")
        return left


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
