"""
One importer at a time on one ledger: an exclusive lock on a file beside it, which dies with its holder.

The lock is the kernel's (``flock``, on Windows ``msvcrt.locking``), not the file's existence: a killed run leaves the
file behind and nothing locked. The file's text (process id and host) is for the sentence only, never for decisions.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import LedgerLocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLL_S = 0.1

if sys.platform == "win32":
    import msvcrt

    # Far behind the text, because Windows locks are mandatory: others must still be able to read who holds it.
    _LOCKED_BYTE = 1 << 30

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
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
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Return whether ``attempt`` came true, trying at least once and then until ``timeout_s`` seconds are over."""
    deadline = monotonic() + timeout_s
    while not attempt():
        left = deadline - monotonic()
        if left <= 0:
            return False
        sleep(min(POLL_S, left))
    return True


@contextmanager
def held(path: Path, timeout_s: float) -> Iterator[None]:
    """
    Hold the lock file while the block runs.

    Raises:
        LedgerLocked: another process still holds it after ``timeout_s`` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    _close_in_forked_children(descriptor)
    try:
        if not wait_for(lambda: _try_lock(descriptor), timeout_s):
            raise locked(_holder(descriptor))
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()} on {socket.gethostname()}\n".encode())
        yield
        _unlock(descriptor)
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


def _close_in_forked_children(descriptor: int) -> None:
    # A forked child shares the lock; it would keep the ledger locked after its parent was killed.
    _open_locks.add(descriptor)


def _forget_in_child() -> None:
    for descriptor in _open_locks:
        os.close(descriptor)
    _open_locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
