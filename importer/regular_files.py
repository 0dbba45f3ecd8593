"""
Files that are opened because somebody named them: regular files only, so that a pipe or a device cannot hang the program.

Opening a FIFO waits until somebody writes into it, and no signal handler of Python ends that wait.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | Path) -> IO[bytes]:
    """Open a regular file for reading. ``OSError``: it is none, or it cannot be opened; ``ValueError``: it is no path."""
    descriptor = os.open(path, _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file")


def read_regular(path: str | Path, most: int) -> bytes:
    """Return the bytes of a regular file. ``OSError``: it is none, is longer than ``most`` bytes, or cannot be read."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, "it is too long")
        return file.read(most)
