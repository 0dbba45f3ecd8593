"""
Connections that keep one deadline for a whole call, and tell how far the call got.

requests and urllib3 know a time-out for each read only: a server that sends a byte now and then holds them forever.
Here each wait on the socket is given what is left of the call's time, headers and body alike. What goes over a
connection that stands is written and read in ``exchanging``.
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

from importer.api.exchanging import exchange_over, request_of
from importer.api.names import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_IDLE_S: Final = 3.0
"""A connection that slept longer is opened anew: servers drop idle ones, often after 5 seconds, without a word."""

MOST_BYTES: Final = 2_000_000
"""No answer is read further; its body alone is cut at half of that."""


@dataclass(slots=True)
class Exchange:
    """
    The call that a line is busy with, shared with its connection.

    ``step_s``: the usual longest wait on the socket. ``deadline`` and ``connect_by``: seconds of ``time.monotonic``.
    ``connected``: the connection stands, TLS included. ``written``: the system took the request, or its first part.
    """

    step_s: float
    deadline: float = 0.0
    connect_by: float = 0.0
    connected: bool = False
    written: bool = False

    def begin(self, *, connect_s: float, total_s: float) -> None:
        """Start the clock of a new call."""
        now = time.monotonic()
        self.deadline = now + total_s
        self.connect_by = now + min(connect_s, total_s)
        self.connected = self.written = False

    def left_s(self) -> float:
        """Return the seconds left of the call's time. ``TimeoutError``: none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's time is over")
        return left

    def patience_s(self) -> float:
        """Return how long one wait may last: mostly the same, at the end what is left. ``TimeoutError``: nothing."""
        return min(self.step_s, self.left_s())

    def receive(self, sock: socket.socket, amount: int) -> bytes:
        """Return what came, at most so many bytes, none when the other side is done. ``TimeoutError``: in time nothing."""
        while True:
            sock.settimeout(self.patience_s())
            try:
                return sock.recv(amount)
            except TimeoutError:
                continue


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


class TooLargeError(OSError):
    """An answer has more bytes than any answer of the API: headers, chunk sizes and trailers included."""


class _TimedReader(io.RawIOBase):
    """
    Reads an answer that begins with ``begun`` within the call's time; holds the socket open until it is closed itself.

    ``readinto`` raises ``TooLargeError`` once ``MOST_BYTES`` came, whatever the answer says of its own length.
    """

    def __init__(self, sock: socket.socket, begun: bytes, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._hold = sock.makefile("rb", buffering=0)
        self._begun = begun
        self._exchange = exchange
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        size = min(len(buffer), self._left)
        if not size:
            raise TooLargeError("the answer is far too large")
        part = self._begun[:size] or self._exchange.receive(self._sock, size)
        self._begun = self._begun[size:]
        self._left -= len(part)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        try:
            self._hold.close()
        finally:
            super().close()


class _TimedSource:
    """What the standard library's response asks for its file: always the same one, read through ``_TimedReader``."""

    def __init__(self, sock: socket.socket, begun: bytes, exchange: Exchange) -> None:
        self._file: io.BufferedReader[Any] = io.BufferedReader(_TimedReader(sock, begun, exchange))

    def makefile(self, _mode: str) -> io.BufferedReader[Any]:
        return self._file


class _TimedResponse(http.client.HTTPResponse):
    """The standard library's response within the call's time, as http.client makes it for a proxy's tunnel."""

    def __init__(self, sock: socket.socket, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(_TimedSource(sock, b"", exchange), *args, **kwargs)  # type: ignore[arg-type]  # makefile is all it uses


if TYPE_CHECKING:
    _Base = urllib3.connection.HTTPConnection
else:
    _Base = object


class Line(_Base):
    """What both kinds of connection share; stands before urllib3's class."""

    def __init__(self, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange = exchange
        self._last_used = 0.0
        # http.client calls it as it would the class.
        self.response_class = cast("Any", functools.partial(_TimedResponse, exchange=exchange))

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used again: still open, nothing unread in it, and not idle for long."""
        fresh = time.monotonic() - self._last_used <= MAX_IDLE_S
        return fresh and bool(super().is_connected)

    def used(self) -> None:
        """Note that a request was written."""
        self._last_used = time.monotonic()

    def responses(self, method: str, begun: bytes) -> Iterator[http.client.HTTPResponse]:
        """
        Yield the standard library's responses to a request, to be begun, one after the other from the same bytes.

        ``begun``: what was read of them before.
        """
        source = _TimedSource(self.sock, begun, self._exchange)
        while True:
            yield http.client.HTTPResponse(source, method=method)  # type: ignore[arg-type]  # makefile is all it uses

    def _new_conn(self) -> socket.socket:
        """Open a socket to the first address that answers, all of them within the time to connect."""
        host, port = self._dns_host, self.port
        try:
            found = addresses(host, port, within_s=self._to_connect_s())
        except socket.gaierror as error:
            raise NameResolutionError(host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the name was not found in time") from error
        except UnicodeError as error:
            raise NameResolutionError(host, self, socket.gaierror()) from error
        problem: OSError = OSError("the name has no address")
        for family, _, _, _, place in found:
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


class PlainLine(Line, urllib3.connection.HTTPConnection):
    """A connection over plain HTTP, to this machine only."""


class TlsLine(Line, urllib3.connection.HTTPSConnection):
    """A connection over TLS."""


if TYPE_CHECKING:
    _PoolBase = urllib3.connectionpool.HTTPConnectionPool
else:
    _PoolBase = object


class _OneLine(_PoolBase):
    """What both kinds of pool share; stands before urllib3's class, of which it uses how connections are made."""

    def __init__(self, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(*args, exchange=exchange, **kwargs)
        self._exchange = exchange
        self._line: Any = None

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **_fixed: Any) -> Any:  # type: ignore[override]  # called by requests' adapter alone
        """Send a request over the one connection, made anew if need be, and return the answer with its body unread."""
        request = request_of(method, url, headers, body)
        try:
            return exchange_over(self._standing(), self._exchange, method, request)
        except BaseException:
            self._line.close()
            raise

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()

    def _standing(self) -> Line:
        """Return the connection, connected; through the proxy's tunnel if there is one."""
        if self._line is None:
            self._line = self._new_conn()
        elif self._line.is_connected:
            return cast("Line", self._line)
        self._line.close()
        if self.proxy is not None:
            self._prepare_proxy(self._line)
        else:
            self._line.connect()
        return cast("Line", self._line)


class PlainPool(_OneLine, urllib3.connectionpool.HTTPConnectionPool):
    """urllib3's pool for one host with our connection."""

    ConnectionCls = PlainLine


class TlsPool(_OneLine, urllib3.connectionpool.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = TlsLine
