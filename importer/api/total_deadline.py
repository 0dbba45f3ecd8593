"""
requests with one deadline for a whole call, and an account of how far the call got.

requests and urllib3 know a time-out for each wait only: a server that sends a byte now and then holds them forever.
Here each wait on the network, from the look-up of the name to the last byte of the answer, is given what is left of
the call's time. ``DeadlineAdapter`` is mounted on a session; its pools make the connections below, which differ from
urllib3's in this alone, and in what they do not trust: an answer without end, and a connection that slept.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import threading
import time
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import urllib3.connection
import urllib3.connectionpool
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    import requests
    from urllib3.connectionpool import HTTPConnectionPool

MAX_IDLE_S: Final = 3.0
"""A connection that slept longer is opened anew: servers drop idle ones, often after 5 seconds, without a word."""

MOST_BYTES: Final = 2_000_000
"""No answer is read further, headers, chunk sizes and trailers included; its body alone is cut at half of that."""

_MOST_INTERIM: Final = 20
"""So many answers of the kind "go on, the real one follows" (1xx) may come before it."""

_PIECE: Final = 16_384
"""A request is written in pieces of this size, a TLS record each, because the time-out of a TLS socket counts for one."""


class Stage(IntEnum):
    """How far a call got."""

    CONNECTING = 0
    CONNECTED = 1
    """The connection stands, TLS included; not a byte of the request was written."""
    WRITTEN = 2
    """The request, or a part of it, may have gone out."""
    ANSWERED = 3
    """The head of an answer came."""


@dataclass(slots=True)
class Call:
    """
    The call that a thread is busy with, shared with its connection.

    ``deadline`` and ``connect_by``: seconds of ``time.monotonic``. ``most_bytes``: so far an answer is read. ``trusted``: nothing came over the connection that
    was not asked for.
    """

    deadline: float = 0.0
    connect_by: float = 0.0
    stage: Stage = Stage.CONNECTING
    trusted: bool = True
    most_bytes: int = MOST_BYTES

    def begin(self, *, connect_s: float, total_s: float) -> None:
        """Start the clock of a new call."""
        now = time.monotonic()
        self.deadline = now + total_s
        self.connect_by = now + min(connect_s, total_s)
        self.stage = Stage.CONNECTING

    def left_s(self) -> float:
        """Return the seconds left, while it connects of the time for that. ``TimeoutError``: none."""
        end = self.connect_by if self.stage is Stage.CONNECTING else self.deadline
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's time is over")
        return left


class TooLargeError(OSError):
    """An answer has more bytes than any answer of the API."""


class _TimedReader(io.RawIOBase):
    """
    What came over a socket, each wait within the call's time.

    ``readinto`` raises ``TooLargeError`` once the call's ``most_bytes`` came, whatever the answer says of its own length.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, call: Call) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._call = call
        self._left = call.most_bytes
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        if self.is_over:
            return 0
        if not self._left:
            raise TooLargeError("the answer is far too large")
        self._sock.settimeout(self._call.left_s())
        count = cast("int | None", self._raw.readinto(memoryview(buffer)[: self._left]))
        self._left -= count or 0
        return count

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            super().close()


class _AnswerFile(io.BufferedReader):
    """The file that an answer is read from. What is left in it at the end was not asked for: an answer to nothing."""

    def __init__(self, reader: _TimedReader, call: Call) -> None:
        super().__init__(reader)
        self._reader = reader
        self._call = call

    def close(self) -> None:
        if not self.closed:
            self._reader.is_over = True
            if self.peek(1):
                self._call.trusted = False
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """The standard library's response within the call's time, of a proxy's tunnel, too."""

    def __init__(self, sock: socket.socket, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._call = call
        raw = self.fp.detach()
        self.fp = _AnswerFile(_TimedReader(raw, sock, call), call)

    def begin(self) -> None:
        """Read the head of the answer, after those of kind 1xx that only announce it."""
        for _ in range(_MOST_INTERIM):
            super().begin()
            if not 100 <= self.status < 200 or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                self._call.stage = Stage.ANSWERED
                return
            # The library begins only what has no headers yet.
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException("the answer was announced again and again")


if TYPE_CHECKING:
    _Base = urllib3.connection.HTTPConnection
else:
    _Base = object


class _Deadline(_Base):
    """What both kinds of connection share; stands before urllib3's class."""

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._call = call
        self._last_used = 0.0
        self._unsent: bytearray | None = None
        # http.client calls it as it would the class.
        self.response_class = cast("Any", functools.partial(_TimedResponse, call=call))

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used again: still open, nothing unread in it, and not idle for long."""
        fresh = time.monotonic() - self._last_used <= MAX_IDLE_S
        return fresh and self._call.trusted and bool(super().is_connected)

    def connect(self) -> None:
        """Connect, TLS and a proxy's tunnel included."""
        super().connect()
        self._call.trusted = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, in one write: urllib3 makes two of it, two packets and two waits for the interpreter's lock."""
        if self.is_closed:
            self.connect()
        self._call.stage = Stage.CONNECTED
        whole = self._unsent = bytearray()
        try:
            super().request(*args, **kwargs)
        finally:
            self._unsent = None
        self.send(whole)
        self._last_used = time.monotonic()

    def send(self, data: Any) -> None:
        """Write a part of a request. That it may have left is noted before its first byte leaves."""
        if self._unsent is not None:
            self._unsent += data
            return
        whole = memoryview(data)
        for begin in range(0, len(whole), _PIECE):
            self.sock.settimeout(self._call.left_s())
            if self._call.stage is Stage.CONNECTED:
                self._call.stage = Stage.WRITTEN
            super().send(whole[begin : begin + _PIECE])

    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(self._call.left_s())

    def _new_conn(self) -> socket.socket:
        """Open a socket to the first address that answers, all of them within the time to connect."""
        host, port = self._dns_host, self.port
        try:
            found = addresses(host, port, within_s=self._call.left_s())
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the name was not found in time") from error
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(host, self, socket.gaierror()) from error
        problem: OSError = OSError("the name has no address")
        for place in found:
            try:
                return self._opened(place)
            except OSError as error:
                problem = error
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from problem
        raise NewConnectionError(self, "no connection") from problem

    def _opened(self, place: tuple[str, int]) -> socket.socket:
        sock = create_connection(place, self._call.left_s(), socket_options=self.socket_options)
        try:
            sock.settimeout(self._call.left_s())
        except TimeoutError:
            sock.close()
            raise
        return sock


class _PlainConnection(_Deadline, urllib3.connection.HTTPConnection):
    """A connection over plain HTTP, to this machine only."""


class _TlsConnection(_Deadline, urllib3.connection.HTTPSConnection):
    """A connection over TLS."""


class _PlainPool(urllib3.connectionpool.HTTPConnectionPool):
    """urllib3's pool with our connection."""

    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.connectionpool.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """
    requests' adapter for one thread and one origin, with one connection, without retries.

    ``call``: the call in hand. ``tls``: what is trusted, None for plain HTTP; nothing in a session or a call loosens it.
    """

    def __init__(self, origin: str, call: Call, tls: ssl.SSLContext | None) -> None:
        self._origin = origin
        self._tls = tls
        self._pool: Any = None
        self._pools: Mapping[str, Callable[..., HTTPConnectionPool]] = {
            "http": functools.partial(_PlainPool, call=call),
            "https": functools.partial(_TlsPool, call=call),
        }
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make what makes the pool."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make what makes the pool through a proxy."""
        manager = super().proxy_manager_for(proxy, ssl_context=self._tls, proxy_ssl_context=self._tls, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_verify: Any, proxies: Any = None, **_cert: Any
    ) -> Any:
        """Return the one pool; requests would look for it anew at each call."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(request, verify=True, proxies=proxies)
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the TLS settings as they are."""

    def request_url(self, request: requests.PreparedRequest, _proxies: Any) -> str:
        """Return the path as it was given."""
        return cast("str", request.url).removeprefix(self._origin)


Addresses: TypeAlias = list[tuple[str, int]]


def addresses(host: str, port: int, *, within_s: float) -> Addresses:
    """
    Return the numeric addresses of a host, within a time: the system's own look-up heeds none, and may take minutes.

    Raises:
        TimeoutError: it found nothing in time; the look-up is left to end by itself, and nobody hears of it.
        OSError, UnicodeError: there is no such name.

    """
    try:
        # An address needs no look-up, and most tests and sandboxes are given one.
        return _found(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    answers: SimpleQueue[Addresses | OSError | UnicodeError] = SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answers), name="names", daemon=True).start()
    try:
        answer = answers.get(timeout=within_s)
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _look_up(host: str, port: int, answers: SimpleQueue[Addresses | OSError | UnicodeError]) -> None:
    try:
        answers.put(_found(host, port, 0))
    except (OSError, UnicodeError) as error:
        answers.put(error)


def _found(host: str, port: int, flags: int) -> Addresses:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(str(place[0]), int(place[1])) for *_, place in found]
