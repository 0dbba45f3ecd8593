"""
``--log FILE``: what a run does, as lines of JSON, for a nightly job that somebody looks into afterwards.

Each line has ``time`` (UTC), ``run`` (null before there is one), ``row`` (the number in the sheet, null for the run as a
whole) and ``event``. No value of a sheet, no file name and no sentence stands in it: codes and counts only.

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
run_closed   of a file of a drop; then ``claim_settled`` (``state``, ``code``), ``reported``, ``moving``, ``linked``,
             ``unlinked``, ``moved``: how far it was put away
===========  =====================================================================================================
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Neither a planted link nor a pipe without a reader may take the lines, or hold the run.
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class FileLog:
    """Appends to a file that belongs to its owner alone. A disk that refuses a line does not stop the run."""

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
    handle = _opened(path)
    try:
        yield FileLog(handle, now)
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    fix = "Name another file with --log."
    try:
        handle = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        raise SettingsError(f"The log {path} cannot be written: {error.strerror}.", fix=fix) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SettingsError(f"The log {path} is not a regular file.", fix=fix)
    return handle
