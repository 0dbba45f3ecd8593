"""
Runs a command, prints what it found, and gives the exit code. The one place that catches.

What the importer expects to go wrong is one sentence, its fix, and an exit code. Anything else is a bug: its
traceback shows files, lines and code, never a value or a message, because those may quote somebody's data.
"""

from __future__ import annotations

import contextlib
import re
import signal
import sys
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from importer.cli.terminal import Outcome, ReaderGoneError, Styled, Terminal
from importer.errors import Exit, FileRefused, ImporterError, bare_traceback, chain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType


REPORT_IT: Final = (
    "This is a bug in the importer. Please report it with the lines above; they hold none of your data. "
    "What was sent stands in the ledger; importer runs tells."
)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not end as asked; ``details`` are lines for stderr alone."""

    exit_code: int
    code: str
    message: str
    fix: str = ""
    details: tuple[str, ...] = ()

    def as_data(self) -> Mapping[str, Any]:
        """Return the members of the JSON document."""
        error = {"code": self.code, "message": self.message, "fix": self.fix}
        return {"exit_code": int(self.exit_code), "error": error}


def expected(error: ImporterError) -> Failure:
    """Return an error of the importer's own as sentence and fix."""
    return Failure(exit_code=error.exit_code, code=code_of(error), message=str(error), fix=error.fix)


def code_of(error: ImporterError) -> str:
    """Return an error's code for programs."""
    return error.code if isinstance(error, FileRefused) else snake(type(error).__name__)


def unexpected(error: BaseException) -> Failure:
    """Return a bug: the kinds of the chained exceptions and where they were raised, nothing of what they say."""
    lines = [line for link in reversed(list(chain(error))) for line in bare_traceback(link)]
    return Failure(
        exit_code=Exit.BUG,
        code="bug",
        message=f"Unexpected error ({type(error).__name__}).",
        fix=REPORT_IT,
        details=tuple(lines),
    )


def snake(name: str) -> str:
    """Return a class's name as a code: ``LedgerLocked`` is ``ledger_locked``, ``SettingsError`` ``settings_error``."""
    return _CAPITAL.sub("_", name).lower()


PR_SET_DUMPABLE: Final = 4


def forbid_core_dumps() -> None:
    """
    Let a crash of this process leave no copy of its memory, as far as the system offers it.

    The limit keeps the kernel from writing a file; a program that collects dumps is only kept away by not being
    dumpable, which also closes this process's memory to other programs of the same user. Each program that is
    started from here decides for itself.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


# 128 + SIGPIPE, as of any program whose reader has left; not one of ours, because nobody is there to read it.
READER_GONE: Final = 141
QUIET: Final = "IMPORTER_QUIET"


class TerminatedError(BaseException):
    """SIGTERM or SIGHUP came while nothing was being sent; past every ``except Exception``."""


def run(arguments: Sequence[str], terminal: Terminal | None = None) -> int:
    """Run one command line and return its exit code. Never raises."""
    screen = terminal or Terminal()
    screen.as_json = asks_for(arguments, "--json")
    screen.json_lines = screen.as_json and first_word(arguments) == "check"
    screen.quiet = asks_for(arguments, "--quiet") or is_set(screen.environ.get(QUIET, ""))
    prepare(screen)
    try:
        code = attempt(arguments, screen)
        screen.flush()
    except ReaderGoneError:
        code = READER_GONE
    if screen.lost:
        screen.remark(f"The output could not be written: {screen.lost}.")
    return code


def attempt(arguments: Sequence[str], screen: Terminal) -> int:
    """Run a command and print its outcome, or why there is none; return the exit code."""
    try:
        found = invoked(arguments, screen)
    except (Exception, KeyboardInterrupt, TerminatedError) as error:  # noqa: BLE001 - ``failure_of`` tells bugs from the rest
        return told(failure_of(error), screen)
    return finished(found, screen) if isinstance(found, Outcome) else int(found or 0)


def failure_of(error: BaseException) -> Failure:
    """Return what stopped a command, for people and programs."""
    if isinstance(error, click.exceptions.Abort):
        # Click calls both Ctrl-C and the end of a file an abort; the latter is a bug of ours.
        error = error.__cause__ if isinstance(error.__cause__, EOFError) else KeyboardInterrupt()
    if isinstance(error, KeyboardInterrupt):
        return Failure(Exit.INTERRUPTED, "interrupted", "Interrupted.")
    if isinstance(error, TerminatedError):
        return Failure(Exit.TERMINATED, "terminated", f"Stopped by {error or 'SIGTERM'}.")
    if isinstance(error, click.ClickException):
        return usage_failure(error)
    return expected(error) if isinstance(error, ImporterError) else unexpected(error)


def invoked(arguments: Sequence[str], screen: Terminal) -> Outcome | int | None:
    """Let click find and call the command."""
    from importer.cli.commands import importer

    found: Outcome | int | None = importer.main(
        args=list(arguments), prog_name="importer", standalone_mode=False, obj=screen
    )
    return found


def finished(outcome: Outcome, screen: Terminal) -> int:
    """Print an outcome and return its exit code."""
    if not screen.as_json:
        screen.result(outcome.lines)
    elif not outcome.streamed:
        screen.document(outcome.command, {"exit_code": int(outcome.exit_code), **outcome.data})
    screen.remark(*outcome.remarks)
    if screen.quiet and outcome.exit_code:
        screen.brief(*outcome.in_brief())
    return int(outcome.exit_code)


def told(failure: Failure, screen: Terminal) -> int:
    """Print a failure on stderr, in JSON form also on stdout, and return its exit code."""
    screen.remark(*failure.details)
    screen.remark(Styled(failure.message, "red"), *([failure.fix] if failure.fix else []))
    if screen.quiet:
        screen.brief(failure.message, *([failure.fix] if failure.fix else []))
    if screen.in_rows:
        # The rows that were written before are whole; the document ends with what stopped it.
        screen.end_of_rows("error", failure.as_data())
    elif screen.json_lines:
        screen.line("error", failure.as_data())
    elif screen.as_json:
        screen.document("error", failure.as_data())
    return int(failure.exit_code)


def usage_failure(error: click.ClickException) -> Failure:
    """Return a wrong command line as a sentence, with the help to ask for."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "importer"
    return Failure(Exit.USAGE, "usage", error.format_message(), f"See: {path} --help")


def asks_for(arguments: Sequence[str], option: str) -> bool:
    """Tell whether a command line has ``--json`` or ``--quiet``, also when it is wrong otherwise."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return option in options


def is_set(text: str) -> bool:
    """Tell whether an environment variable says yes; until the settings are read, which say it for good."""
    if not text.strip():
        return False
    from importer.settings.values import TRUE

    return text.strip().casefold() in TRUE


def first_word(arguments: Sequence[str]) -> str:
    """Return the command of a line, "" where there is none."""
    return next((word for word in arguments if not word.startswith("-")), "")


def prepare(screen: Terminal) -> None:
    """Keep everybody else off the streams: warnings, and tracebacks of threads with their messages."""
    for stream in (screen.out, screen.err):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    threading.excepthook = lambda hook: screen.remark(
        *(unexpected(hook.exc_value).details if hook.exc_value is not None else ())
    )
    sys.unraisablehook = lambda _hook: None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminate)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, terminate)


def terminate(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that files are closed and locks given back."""
    raise TerminatedError(signal.Signals(number).name)
