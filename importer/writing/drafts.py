"""
Files that are whole under their name, or not there.

A file is written under a temporary name in the same directory, flushed to the disk and renamed. Where the name cannot
be replaced (on Windows: the file is open in Excel; elsewhere: a directory of that name) it is kept beside it, as
``results-2.xlsx``. Directories are made 0700 and files 0600, whatever the umask says.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BESIDE: Final = 99

# No report takes an hour to write; a part that is older belongs to nobody.
STALE_S: Final = 3_600

# Windows has no such flag and needs none; elsewhere a planted link must not lead a report out of its directory.
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def make_directory(directory: Path) -> None:
    """
    Make a report's directory, and what is missing above it, for its owner alone.

    Raises:
        OSError: it cannot be made, or something else has its name.
    """
    missing = [directory] if directory.exists() else []
    place = directory
    while not place.exists():
        missing.append(place)
        place = place.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)


class Draft:
    """A file on its way. ``stream`` is binary and seekable; ``path`` is where it stands once it was kept."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target
        self._temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        handle = os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        self.stream: BinaryIO = os.fdopen(handle, "w+b")
        _sweep(target, os.fstat(handle).st_mtime)

    def keep(self) -> None:
        """
        Make what was written durable and give it its name, or a name beside it.

        Raises:
            OSError: the disk is full, or no name can be taken.
        """
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        self.path = self._named()
        _sync_directory(self.target.parent)

    def drop(self) -> None:
        """Remove what was written."""
        # A full disk may refuse the last flush; the file goes all the same.
        with contextlib.suppress(OSError):
            self.stream.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _named(self) -> Path:
        try:
            return self._temporary.replace(self.target)
        except OSError:
            for count in range(2, MOST_BESIDE + 1):
                beside = self.target.with_name(f"{self.target.stem}-{count}{self.target.suffix}")
                with contextlib.suppress(OSError):
                    return self._temporary.replace(beside)
            raise


@contextmanager
def draft(target: Path) -> Iterator[Draft]:
    """
    Give a draft to write; keep it when the block ends, drop it when the block fails.

    Raises:
        OSError: the file cannot be made, written or named; then nothing new has the target's name.
    """
    made = Draft(target)
    try:
        yield made
        made.keep()
    except BaseException:
        made.drop()
        raise


def _sweep(target: Path, now: float) -> None:
    """Remove what killed processes left behind of this file: rows are personal data. ``now``: by the disk's own clock."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        with contextlib.suppress(OSError):
            if now - left.stat().st_mtime > STALE_S:
                left.unlink()


def _sync_directory(directory: Path) -> None:
    # Windows cannot open a directory; there a rename is as durable as it gets.
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
