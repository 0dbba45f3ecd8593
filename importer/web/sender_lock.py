"""The lock that the one process that sends holds as long as it lives: the system lets it go, however that process ends."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from importer.writing.atomic_files import make_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "sender.lock"
_OPEN: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def sender_lock(folder: Path) -> Iterator[bool]:
    """Hold the lock while the block runs; False where another process holds it. ``folder``: of the uploads, made if need be."""
    make_directory(folder)
    descriptor = os.open(folder / NAME, _OPEN, 0o600)
    try:
        yield _try_lock(descriptor)
    finally:
        os.close(descriptor)


def is_at_work(folder: Path) -> bool:
    """Whether a process that sends is alive."""
    with suppress(OSError), sender_lock(folder) as is_free:
        return not is_free
    return False
