"""
One importer at a time on one ledger: a lock on its own file, or in PostgreSQL; either dies with its holder.

The lock is the kernel's (``flock``) and belongs to the file, not to its name: links and mounts lead to the same lock,
and nothing that can be removed takes it away. A file beside the ledger says who holds it (process id and host), for the
sentence only. On Windows, where SQLite's own locks are in the way, that file carries the lock (``msvcrt.locking``).

Whoever waits for it gives up only when its holder makes no progress: each use of the ledger shows, by the time of that file,
or on a server by what it tells of the holder's two connections.

The server frees it when that connection ends, however it ends; and a run whose connection ended can write no more.
The lock's name has the schema in it, so that two ledgers of one database do not exclude each other.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from importer.errors import LedgerError, LedgerLocked
from importer.ledger.ledger_files import translated_os
from importer.ledger.tables import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.ledger.store import Store


SILENT_STEPS: Final = 6
"""So many times as long as for another program is waited for a run: it may read a workbook for a while."""

POLL_S = 0.1
LOOK_S: Final = 1.0
"""How often a holder shows that it makes progress, and how often others look for that."""

_BY_NOTE_ALONE = os.name == "nt"

if sys.platform == "win32":
    import msvcrt

    # Far behind the text, because Windows locks are mandatory: others must still be able to read who holds it.
    _LOCKED_BYTE = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this process alone; return whether no other one holds it."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        with suppress(OSError):  # it was not locked
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this process alone; return whether no other one holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def wait_for(
    attempt: Callable[[], bool],
    timeout_s: float,
    *,
    progress: Callable[[], object] = lambda: None,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """
    Return whether ``attempt`` came true, trying at least once and then until ``timeout_s`` seconds are over.

    They begin anew whenever ``progress`` returns another value.
    """
    seen, looked_at = progress(), monotonic()
    deadline = looked_at + timeout_s
    while not attempt():
        now = monotonic()
        if now >= min(deadline, looked_at + LOOK_S):
            found, looked_at = progress(), now
            if found != seen:
                seen, deadline = found, now + timeout_s
        left = deadline - now
        if left <= 0:
            return False
        sleep(min(POLL_S, left))
    return True


@contextmanager
def held(ledger: int, note: Path, timeout_s: float) -> Iterator[Callable[[], None]]:
    """
    Hold the ledger while the block runs; give what tells those who wait that it is being used.

    Args:
        ledger: a descriptor of the ledger's file, open for writing.
        note: the file beside it that says who holds it. It is locked, too: version 1.0.0 locks nothing else.
        timeout_s: a sixth of the seconds to wait for another process that makes no progress.

    Raises:
        LedgerLocked: another process still holds it.
        LedgerError: the note is a link or somebody else's, or cannot be written.
    """
    descriptor = _opened_note(note)
    locks = (descriptor,) if _BY_NOTE_ALONE else (ledger, descriptor)
    _close_in_forked_children(*locks)
    try:
        with translated_os():
            silence_s = SILENT_STEPS * timeout_s
            if not wait_for(lambda: all(map(try_lock, locks)), silence_s, progress=lambda: _used_at(descriptor)):
                raise locked(_holder(descriptor))
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, f"{os.getpid()} on {socket.gethostname()}\n".encode())
        yield _teller(note)
    finally:
        # Unlocked and not only closed: the ledger's descriptor may have to stay open for a while.
        for one in locks:
            _unlock(one)
        _open_locks.difference_update(locks)
        os.close(descriptor)


def _used_at(descriptor: int) -> int:
    return os.fstat(descriptor).st_mtime_ns


def _teller(note: Path) -> Callable[[], None]:
    told_at = time.monotonic()

    def tell() -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= LOOK_S:
            told_at = time.monotonic()
            with suppress(OSError):
                os.utime(note)

    return tell


def _opened_note(note: Path) -> int:
    """Open the note, made if it is not there; never through a link, and never somebody else's file."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(note, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _planted(note) from error
        with translated_os():
            raise
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1 or _is_foreign(about, note.parent):
        os.close(descriptor)
        raise _planted(note)
    return descriptor


def _is_foreign(about: os.stat_result, folder: Path) -> bool:
    """Whether the file's owner is neither this user nor the owner of the folder."""
    return os.name == "posix" and about.st_uid not in {os.geteuid(), folder.stat().st_uid}


def _planted(note: Path) -> LedgerError:
    return LedgerError(
        f"The lock file {note} is a link or somebody else's file. It was left as it is.",
        fix="Remove it when no run is at work.",
    )


@contextmanager
def making(folder: Path, timeout_s: float) -> Iterator[None]:
    """
    Let nobody else make a ledger in this folder while the block runs.

    Raises:
        LedgerLocked: another process is still at it.
    """
    if _BY_NOTE_ALONE:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    _close_in_forked_children(descriptor)
    try:
        if not wait_for(lambda: try_lock(descriptor), timeout_s):
            raise locked("")
        yield
    finally:
        _open_locks.discard(descriptor)
        os.close(descriptor)


def locked(holder: str) -> LedgerLocked:
    """Return the error that says who holds the ledger; ``holder`` is "" when nobody knows."""
    by = f" (process {holder})" if holder else ""
    return LedgerLocked(
        f"Another run of the importer is using the ledger{by}.",
        fix="Wait until it has finished, or give --lock-timeout SECONDS to wait for it.",
    )


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 200).decode(errors="replace").strip()


_open_locks: set[int] = set()


def _close_in_forked_children(*descriptors: int) -> None:
    # A forked child shares the lock; it would keep the ledger locked after its parent was killed.
    _open_locks.update(descriptors)


def _forget_in_child() -> None:
    for descriptor in _open_locks:
        os.close(descriptor)
    _open_locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


_TRY_LOCK: Final = text(
    "SELECT pg_try_advisory_lock(CAST(:key AS integer), hashtext(coalesce(current_schema(), '')))"
).bindparams(key=APPLICATION_ID)
_TRY_LOCK_OF_1_0: Final = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))").bindparams(key=APPLICATION_ID)
_IS_HELD: Final = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
    " AND classid = CAST(CAST(:key AS integer) AS oid))"
).bindparams(key=APPLICATION_ID)


# When the connections of the holder began their last statements. What another role does is not told.
_USED_AT: Final = text(
    "SELECT max(query_start) FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objid = CAST(CAST(hashtext(coalesce(current_schema(), '')) AS bit(32)) AS bigint)"
    " AND classid IN (CAST(CAST(:key AS integer) AS oid), CAST(CAST(:reads AS integer) AS oid)))"
).bindparams(key=APPLICATION_ID, reads=APPLICATION_ID + 1)
_READS: Final = text(
    "SELECT pg_advisory_lock_shared(CAST(:reads AS integer), hashtext(coalesce(current_schema(), '')))"
).bindparams(reads=APPLICATION_ID + 1)


def hold(store: Store, timeout_s: float) -> None:
    """
    Let the connection that writes take the ledger's lock, until it is closed.

    The one that reads is known by a lock of its own, which excludes nobody.

    Raises:
        LedgerLocked: another connection still holds it after six times ``timeout_s`` seconds without progress.
        LedgerError: between this program and the server stands one that hands each transaction to another connection.
    """
    silence_s = SILENT_STEPS * timeout_s
    if not wait_for(lambda: _asked(store, _TRY_LOCK), silence_s, progress=lambda: _told(store, _USED_AT)):
        raise locked("")
    store.reader_begins_with = _READS
    if not _asked(store, _IS_HELD):
        raise LedgerError(
            "The ledger's database is reached through a proxy that shares connections (transaction pooling), "
            "so it cannot be locked.",
            fix="Connect to the server itself, or let the proxy pool by session.",
        )


def lock_out_version_1_0(store: Store) -> None:
    """Exclude runs of version 1.0.0 before its tables are changed. ``LedgerLocked``: one is at work."""
    if not _asked(store, _TRY_LOCK_OF_1_0):
        raise locked("")


def _asked(store: Store, question: Any) -> bool:
    return bool(_told(store, question))


def _told(store: Store, question: Any) -> Any:
    with store.writing() as connection:
        return connection.execute(question).scalar()
