"""
The private file that takes what is fetched: for its owner alone, gone with the command, and after a kill with the next one.

Its folder is locked as long as the command lives, so a later one knows which folders nobody needs any more.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from importer.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = "importer-fetched-"
LOCK: Final = ".lock"
YOUNG_S: Final = 60.0
"""A folder that is younger may be one that is only now being locked."""

LONGEST_NAME: Final = 80
_ODD: Final = re.compile(r"[^\w.() -]")


def plain_name(text: str, otherwise: str) -> str:
    """Return a text as the name of a file that people can read; ``otherwise`` where nothing is left of it."""
    name = _ODD.sub("_", text).strip(" .")[:LONGEST_NAME].strip(" .")
    return name or otherwise


@contextmanager
def private_file(name: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """
    Give a new file of this name in a folder of its own, open for writing; both are gone after the block.

    Raises:
        FileRefused: ``copy_failed``: there is no room for it.
    """
    try:
        sweep()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise no_room(error) from None
    try:
        with _locked(folder), _new(folder / name) as file:
            yield folder / name, file
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def no_room(error: OSError) -> FileRefused:
    """Return why nothing can be fetched where the disk refuses it."""
    return FileRefused(
        f"What was fetched cannot be kept for reading: {error.strerror or 'output error'}.",
        code="copy_failed",
        fix="Make room in the temporary folder, or name another one with TMPDIR.",
    )


def sweep() -> None:
    """Remove the folders of commands that were killed: what lies in them is personal data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            is_ours = stat.S_ISDIR(about.st_mode) and (not hasattr(os, "geteuid") or about.st_uid == os.geteuid())
            if is_ours and time.time() - about.st_mtime > YOUNG_S and not _is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _new(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")
    except OSError as error:
        raise no_room(error) from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / LOCK).open("xb") as lock:
        _lock(lock)
        yield


def _is_locked(folder: Path) -> bool:
    """Whether a command still needs a folder; one without a lock is only now being made."""
    try:
        lock = (folder / LOCK).open("rb+")
    except FileNotFoundError:
        return True
    with lock:
        try:
            _lock(lock)
        except OSError:
            return True
    return False


def _lock(file: IO[bytes]) -> None:
    """Lock a file against other processes, as long as it is open. ``OSError``: another one has it."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows, where a file that is open cannot be removed anyway
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
