"""
What places on servers have in common: which names can be taken, whose file lies under a name, and how long things may take.

A server decides what it tells us. So names are only ever parts of its own addresses and of one file here, nothing of what it
says is shown, and each call has an end: a library's time-out counts for one wait only, so that a server that sends a byte now and
then holds it for ever. Over a ``TimedSocket`` no wait is longer than ``PIECE_S``, and between two of them the ``Wait`` is asked.
"""

from __future__ import annotations

import errno
import io
import math
import os
import time
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from importer.errors import Interrupted, SettingsError
from importer.ingest.listing import Entry, Left, Listing, cut, is_meant, known_as, too_large
from importer.settings.values import base_url

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from _typeshed import ReadableBuffer, SupportsWrite

    from importer.interrupts import StopSignal
    from importer.model.drops import Drop

ANSWER_S: Final = 60.0
"""A server answers one call within so many seconds."""

COPY_S: Final = 900.0
"""A file is copied within so many seconds, however slowly its bytes come."""

STOP_S: Final = 3.0
"""So long a place goes on with what it waits for once the pass was asked to stop."""

PIECE_S: Final = 0.5
"""So long a socket waits before its ``Wait`` is asked again."""

MOST_ANSWER_BYTES: Final = 8_000_000
"""So far an answer is read that is no file: one of 1,000 names, which is the longest, has less, however they are written."""

MOST_FILES: Final = 100_000
"""So many names are looked at in one drop; a place with more is no drop."""

BLOCK_BYTES: Final = 1 << 20
SENT_BYTES: Final = 1 << 16
LONGEST_NAME: Final = 255
ENDPOINT_VARIABLES: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_NOT_ON_WINDOWS: Final = frozenset('<>:"\\|?*')


class Network(NamedTuple):
    """How servers are reached: seconds for a connection, who vouches for a server (None: the usual ones), a proxy."""

    connect_s: float = 10.0
    ca_bundle: Path | None = None
    proxy: str | None = None


class Found(NamedTuple):
    """What a server says of one name. ``why_left``: why it cannot be a file to take, "" if it can."""

    raw: str
    version: str
    size: int
    modified: float
    why_left: str = ""


def listing_of(drop: Drop, found: Iterable[Found]) -> Listing:
    """
    Sort what a server lists into files that may be taken and those that are left.

    Raises:
        SettingsError: there is too much of it.
    """
    entries: dict[str, Entry] = {}
    left: list[Left] = []
    raw: dict[str, str] = {}
    ours = {drop.done.partition("/")[0], drop.refused.partition("/")[0]}
    for count, each in enumerate(found):
        if count >= MOST_FILES:
            raise too_many(drop)
        if each.raw in ours or not is_meant(each.raw, drop.pattern):
            continue
        name = known_as(each.raw)
        raw[name] = each.raw
        if reason := each.why_left or why_not_here(each.raw) or too_large(each.size, drop):
            left.append(Left(cut(name) if why_not_here(each.raw) else name, reason))
        else:
            entries[name] = Entry(name, each.raw, each.version, each.size, each.modified)
    return Listing(dict(sorted(entries.items())), tuple(sorted(left)), raw)


def too_many(drop: Drop) -> SettingsError:
    """Return why a place with more names than are looked at is no drop."""
    return SettingsError(
        f"More than {MOST_FILES:,} files lie in the drop {drop.name}.", fix="Name a folder that holds new files only."
    )


def why_not_here(raw: str) -> str:
    """Return why a name of a server cannot be the name of a file here, "" if it can."""
    if not raw or "/" in raw or "\0" in raw or raw in {".", ".."}:
        return "its name leads out of its folder"
    if len(raw.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        return "its name is too long for a file"
    if os.name == "nt" and (_NOT_ON_WINDOWS & set(raw) or raw[-1] in ". "):
        return "its name cannot be a file's on this system"
    return ""


class Clock:
    """Ends what goes on for too long: a server that sends a byte a minute is as good as gone."""

    def __init__(self, seconds: float = COPY_S) -> None:
        self._until = time.monotonic() + seconds

    def heed(self) -> None:
        """Raise ``TimeoutError`` once the time is over."""
        if time.monotonic() > self._until:
            raise TimeoutError(errno.ETIMEDOUT, "its bytes come too slowly")


class StoppedError(OSError):
    """A wait was ended because the pass was asked to stop. No InterruptedError: after one the library's files read on."""


class Wait:
    """
    How long, and for how many bytes of answers, a place waits for its server; shared with the connections that it goes over.

    ``stop``: the wish to end the pass, which ends any wait soon. ``fault``: why the last call was ended, None if it was not.
    """

    def __init__(self, stop: StopSignal | None = None) -> None:
        self._stop = stop
        self._stop_by = math.inf
        self._until = math.inf
        self._left: float = math.inf
        self.fault: OSError | None = None

    def begin(self, seconds: float, most_bytes: float = MOST_ANSWER_BYTES) -> None:
        """Start the clock of another call."""
        self._until, self._left, self.fault = time.monotonic() + seconds, most_bytes, None

    def piece_s(self) -> float:
        """Return the seconds of the next wait. ``OSError``: it is over."""
        now = time.monotonic()
        if self._stop is not None and self._stop.raised and self._stop_by == math.inf:
            self._stop_by = now + STOP_S
        if now > self._stop_by:
            self._end(StoppedError(errno.ECANCELED, "the pass was asked to stop"))
        if now > self._until:
            self._end(TimeoutError(errno.ETIMEDOUT, "its bytes come too slowly"))
        return PIECE_S

    def take(self, count: int) -> None:
        """Note that so many bytes came. ``OSError``: they are too many."""
        self._left -= count
        if self._left < 0:
            self._end(OSError(errno.EFBIG, "the server's answer is far too large"))

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Raise ``Interrupted`` where the block was ended because the pass was asked to stop."""
        try:
            yield
        except StoppedError:
            self.leave_if_stopped()
            raise

    def leave_if_stopped(self) -> None:
        """Raise ``Interrupted`` where the last call was ended because the pass was asked to stop."""
        if self._stop is not None and isinstance(self.fault, StoppedError):
            raise Interrupted("Interrupted; the next pass goes on.", exit_code=self._stop.exit_code) from None

    def _end(self, fault: OSError) -> NoReturn:
        self.fault = fault
        raise fault


def endpoint_of_environment() -> str | None:
    """Return the address of S3 that the environment names, None where it names none. ``SettingsError``: it is none."""
    for name in ENDPOINT_VARIABLES:
        if text := os.environ.get(name, "").strip():
            try:
                return base_url(text)
            except ValueError as error:
                raise SettingsError(f"{name} is not right, expected {error}.", fix=f"Correct {name}.") from None
    return None


class _TimedReader(io.RawIOBase):
    """What comes over a socket, piece by piece."""

    def __init__(self, sock: Any, wait: Wait) -> None:
        super().__init__()
        self._sock = sock
        self._wait = wait
        # A socket that is closed lives on for the files that are made of it.
        self._file = sock.makefile("rb", 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            self._sock.settimeout(self._wait.piece_s())
            try:
                count = int(self._sock.recv_into(buffer))
            except TimeoutError:
                continue
            self._wait.take(count)
            return count

    def close(self) -> None:
        try:
            self._file.close()
        finally:
            super().close()


class TimedSocket:
    """A connected socket, TLS or not, that reads and writes within a ``Wait``; all else it does as it would."""

    def __init__(self, sock: socket.socket, wait: Wait) -> None:
        self._sock = sock
        self._wait = wait

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, _mode: str = "rb", buffering: int = -1) -> io.RawIOBase | io.BufferedReader:
        """Return a file to read from it."""
        reader = _TimedReader(self._sock, self._wait)
        return reader if buffering == 0 else io.BufferedReader(reader)

    def sendall(self, data: ReadableBuffer) -> None:
        """Write all of it."""
        left = memoryview(data).cast("B")
        while left:
            self._sock.settimeout(self._wait.piece_s())
            try:
                sent = self._sock.send(left[:SENT_BYTES])
            except TimeoutError:
                continue
            left = left[sent:]


def timed_session(wait: Wait, **how: Any) -> Any:
    """Return a session of botocore whose connections heed a ``Wait``; ``how``: as its own takes it."""
    from botocore import httpsession  # noqa: PLC0415 - an extra, of buckets alone

    class Timed:
        """Stands before the classes of connections."""

        sock: Any

        def connect(self) -> None:
            super().connect()  # type: ignore[misc]  # of the class that it stands before
            self.sock = TimedSocket(self.sock, wait)

        def _tunnel(self) -> None:
            plain, self.sock = self.sock, TimedSocket(self.sock, wait)
            super()._tunnel()  # type: ignore[misc]  # of the class that it stands before
            self.sock = plain  # TLS goes over a socket of the system's only

    made = httpsession.URLLib3Session(**how)
    pools = {}
    for scheme, pool in made._manager.pool_classes_by_scheme.items():  # noqa: SLF001 - nothing public takes other connections
        connection = type("Connection", (Timed, pool.ConnectionCls), {})
        pools[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
    made._pool_classes_by_scheme = made._manager.pool_classes_by_scheme = pools  # noqa: SLF001
    return made


def has_content(
    read: Callable[[int], bytes], expected: str, most: int, *, into: SupportsWrite[bytes] | None = None
) -> bool:
    """Whether what is read has this hash and no more than so many bytes; ``into``: what keeps it."""
    digest, size, clock = sha256(), 0, Clock()
    while block := read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
        if size > most:
            return False
        if into is not None:
            into.write(block)
        clock.heed()
    return digest.hexdigest() == expected
