"""
What stops a run.

A bad row is a value (``importer.problems``); a bad run is one of these::

    ImporterError                 one sentence for a person, and the exit code
    +-- UsageError            2   wrong arguments
    |   +-- SettingsError     2   a setting, profile or the token is missing or wrong
    +-- FileRefused           3   a sheet cannot be read, or its columns cannot be matched; nothing was sent
    +-- DropUnreachable       5   a drop's folder cannot be looked into now; other drops go on
    |   +-- SourceUnreachable 5   a database or a link cannot be reached now; nothing was sent
    +-- Held                  6   a guard wants approval
    +-- Interrupted     130/143   stopped by Ctrl-C or SIGTERM before anything was sent
    +-- NothingToDo     0/4/6/8   nothing is left to resume or retry
    +-- LedgerError           2   the memory is damaged, foreign, newer, or cannot be written
        +-- LedgerLocked     11   another run holds it
        +-- LedgerLost        5   the connection to its database ended; run again to continue
        +-- LedgerFull        2   the disk below it is full

An API that cannot be reached, or that refuses the token, is no exception: sending settles every row and returns why it
stopped. ``importer.cli`` is the only place that catches them.

What a bug, or a crash, leaves behind holds nobody's data: ``bare_traceback``, ``forbid_core_dumps``.
"""

from __future__ import annotations

import contextlib
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class Exit(IntEnum):
    """Exit codes, a documented product; scripts branch on them."""

    DONE = 0
    BUG = 1
    USAGE = 2
    FILE_REFUSED = 3
    SOME_ROWS_FAILED = 4
    STOPPED = 5
    HELD = 6
    AUTHENTICATION = 7
    UNKNOWN_OUTCOMES = 8
    CALLS_TO_SEND = 10
    LEDGER_LOCKED = 11
    FILE_MISSING = 12
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_MEANINGS = {
    Exit.DONE: "every row done, unchanged or duplicate",
    Exit.BUG: "a bug in the importer",
    Exit.USAGE: "usage or configuration",
    Exit.FILE_REFUSED: "file refused, nothing sent",
    Exit.SOME_ROWS_FAILED: "finished; some rows invalid or failed",
    Exit.STOPPED: "stopped for now: API unreachable or overloaded, or outside the sending window; run again to continue",
    Exit.HELD: "on hold until approved",
    Exit.AUTHENTICATION: "authentication or permission refused; rest not sent",
    Exit.UNKNOWN_OUTCOMES: "finished, but some outcomes are unknown and need attention (wins over 4)",
    Exit.CALLS_TO_SEND: "`plan --detailed-exitcode`: there are changes to send",
    Exit.LEDGER_LOCKED: "another run holds the ledger",
    Exit.FILE_MISSING: "`ingest`: an expected file is missing",
    Exit.INTERRUPTED: "interrupted; requests in progress finished first",
    Exit.TERMINATED: "terminated (SIGTERM, or the terminal was closed); requests in progress finished first",
}


class ImporterError(Exception):
    """A run cannot go on. ``str()`` is the sentence for a person; ``fix`` says what to do, or is empty."""

    exit_code: Exit = Exit.BUG

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class UsageError(ImporterError):
    """Arguments that do not fit together."""

    exit_code = Exit.USAGE


class SettingsError(UsageError):
    """A setting, a profile or the token is missing, unreadable or wrong."""


class FileRefused(ImporterError):
    """
    A sheet that is not read at all: unreadable, unknown, damaged, or without the columns it needs.

    ``code`` names the reason for programs (``file_not_found``, ``workbook_encrypted``, ...).
    """

    exit_code = Exit.FILE_REFUSED

    def __init__(self, message: str, *, code: str, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.code = code


class DropUnreachable(ImporterError):
    """A drop's folder is not there, or cannot be looked into now."""

    exit_code = Exit.STOPPED


class SourceUnreachable(DropUnreachable):
    """A database that is queried, or a link, cannot be reached now, or does not prove who it is."""


class Held(ImporterError):
    """A guard found something that a person should approve first."""

    exit_code = Exit.HELD


class Interrupted(ImporterError):
    """Ctrl-C, SIGTERM or SIGHUP came before anything was sent; ``exit_code`` tells which."""

    exit_code = Exit.INTERRUPTED

    def __init__(self, message: str, *, exit_code: Exit = Exit.INTERRUPTED, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.exit_code = exit_code


class NothingToDo(ImporterError):
    """Nothing is left of what was asked for; nothing was changed. ``exit_code``: how the rows stand."""

    exit_code = Exit.DONE

    def __init__(self, message: str, *, exit_code: Exit = Exit.DONE, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.exit_code = exit_code


class LedgerError(ImporterError):
    """The ledger is damaged, not ours, from a newer version, or cannot be written."""

    exit_code = Exit.USAGE


class LedgerLocked(LedgerError):
    """Another run holds the ledger."""

    exit_code = Exit.LEDGER_LOCKED


class LedgerLost(LedgerError):
    """The connection to the ledger's database ended in the middle of the work."""

    exit_code = Exit.STOPPED


class LedgerFull(LedgerError):
    """The disk below the ledger is full: what stands in it can still be read."""

    def __init__(self) -> None:
        super().__init__(
            "The ledger cannot be written: the disk is full.",
            fix="Free some space, then run the same command again; nothing is sent twice.",
        )


_LONGEST_CHAIN: Final = 5


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that led to it, the newest first."""
    link: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def bare_traceback(error: BaseException) -> Iterator[str]:
    """Yield a traceback's lines with the code, and the exception's kind in place of its message."""
    # Only a bug needs them, and every command loads this module.
    import linecache  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        yield f'  File "{file}", line {line}, in {frame.f_code.co_name}'
        code = linecache.getline(file, line, frame.f_globals).strip()
        if code:
            yield f"    {code}"
    kind = type(error)
    yield kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


PR_SET_DUMPABLE: Final = 4


def forbid_core_dumps() -> None:
    """
    Let a crash of this process leave no copy of its memory, as far as the system offers it.

    The limit keeps the kernel from writing a file; a program that collects dumps is only kept away by not being
    dumpable, which also closes this process's memory to other programs of the same user. Each program that is
    started from here decides for itself, for the system forgets it with each: the page's and the drops' processes do.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes  # noqa: PLC0415 - for programs alone, not for whoever uses the library

            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
