"""
Files of which nobody finds a half: whole under their name, or not there; and the log of a run, of whole lines.

A file is written under a temporary name in the same directory, flushed to the disk and renamed. Where the name cannot
be replaced (on Windows: the file is open in Excel; elsewhere: a directory of that name) it is kept beside it, as
``results-2.xlsx``. New directories are 0700 and files 0600, whatever the umask says; what was there keeps its mode.
Only regular files are replaced: no device, pipe or socket, and no link to one. The log (``--log FILE``) is appended to.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import stat
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


MOST_BESIDE: Final = 99

# No report takes an hour to write; a part that is older belongs to nobody.
STALE_S: Final = 3_600

# Windows has no such flag and needs none; elsewhere a planted link must not lead a report out of its directory.
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def make_directory(directory: Path) -> None:
    """
    Make a report's directory, and what is missing above it, for its owner alone; one that is there is used as it is.

    Raises:
        OSError: it cannot be made, is a link, belongs to somebody else, or something else has its name.
    """
    refuse_strange(directory)
    missing: list[Path] = []
    place = directory
    while not place.exists():
        missing.append(place)
        place = place.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700)
        each.chmod(0o700)


def refuse_strange(directory: Path) -> None:
    """
    Refuse a directory through which reports would land elsewhere.

    Raises:
        OSError: it is a link, or belongs to somebody else.
    """
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "it is a link, which is not followed")
    if not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.ENOTDIR, "it is not a folder")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise OSError(errno.EPERM, "it belongs to another user")


def refuse_special(target: Path) -> None:
    """
    Refuse to replace what is no file.

    Raises:
        OSError: a device, pipe or socket has this name, or a link to one.
    """
    try:
        mode = target.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


class Draft:
    """A file on its way. ``stream`` is binary and seekable; ``path`` is where it stands once it was kept."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target
        refuse_special(target)
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


# Neither a planted link nor a pipe without a reader may take the lines, or hold the run.
_TO_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class FileLog:
    """
    What a run does, as lines of JSON, for a nightly job that somebody looks into afterwards.

    Appends to a file that belongs to its owner alone. A disk that refuses a line does not stop the run.

    Each line has ``time`` (UTC), ``run`` (null before there is one), ``row`` (the number in the sheet, null for the run as
    a whole) and ``event``. No value of a sheet, no file name and no sentence stands in it: codes and counts only.

    ===========  =====================================================================================================
    event        further members
    ===========  =====================================================================================================
    started      ``command``
    planned      ``calls``: action -> how many
    held         ``code``: why calls wait for a person
    sending      ``action``: a request leaves, once that is durable
    settled      ``action``, ``status``, ``http_status``, ``code``, ``attempts``
    again        as ``settled``, with a null status: the call will be tried once more
    not_done     ``status``, ``code``: a row that was not sent and needs attention
    finished     ``exit_code``, ``totals``: status -> rows
    folded       ``rows``: so many unchanged rows of old runs were folded
    refused      ``exit_code``, ``code``: the command could not be carried out
    drop_passed  ``drop``, ``exit_code``: of several tenants' drops, one has been gone over
    sighted      a file of a drop was found; then ``copied``, ``looked_again``, ``claimed``
    run_closed   of a file of a drop; then ``claim_settled`` (``state``, ``code``), ``reported``, ``moving``,
                 ``linked``, ``unlinked``, ``moved``: how far it was put away
    ===========  =====================================================================================================
    """

    is_kept = True

    def __init__(self, handle: int, now: Callable[[], float]) -> None:
        self._handle = handle
        self._now = now
        self._lock = threading.Lock()

    def write(self, event: str, *, run: str | None = None, row: int | None = None, **members: Any) -> None:
        """Append one line; whole lines only, also where two commands share the file."""
        time = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = orjson.dumps({"time": time, "run": run, "row": row, "event": event, **members}, default=str)
        with self._lock:
            try:
                os.write(self._handle, line + b"\n")
            except OSError:
                return


@contextmanager
def opened_log(path: Path, now: Callable[[], float]) -> Iterator[FileLog]:
    """
    Give the log of a command, open to its end. ``now``: UTC seconds.

    Raises:
        SettingsError: the file cannot be written, or is no regular file.
    """
    handle = _opened_log(path)
    try:
        yield FileLog(handle, now)
    finally:
        os.close(handle)


def _opened_log(path: Path) -> int:
    fix = "Name another file with --log."
    try:
        handle = os.open(path, _TO_APPEND, 0o600)
    except OSError as error:
        raise SettingsError(f"The log {path} cannot be written: {error.strerror}.", fix=fix) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SettingsError(f"The log {path} is not a regular file.", fix=fix)
    return handle
