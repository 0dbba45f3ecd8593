"""A job for a command: its settings, its progress on the screen, and the signals that stop it."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from importer.cli.failures import code_of
from importer.cli.options import effective, lasting_options
from importer.errors import ImporterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from importer.cli.terminal import Terminal
    from importer.ledger import Ledger
    from importer.run import Job
    from importer.run.events import Log
    from importer.sending.signals import StopSignal

# How long a second signal leaves the run to go by itself: it notes where it stands, and says how to go on.
GRACE_S: Final = 1.0
FIRST: Final = b"\nStopping: nothing new is sent, the calls in flight are waited for. Once more leaves at once.\n"
SECOND: Final = b"\nLeaving at once. Calls in flight count as unknown; importer resume finishes the run.\n"


@contextmanager
def working(given: Mapping[str, Any], screen: Terminal) -> Iterator[Job]:
    """Give a job that stops at once at a signal: for commands that send nothing."""
    settings, profile = effective(given, screen)
    # The run brings pandas along; a line or a setting that is wrong should be told before that.
    from importer.cli.asking import person
    from importer.cli.progress import listener
    from importer.run import Job
    from importer.run.events import NO_LOG

    with (
        listener(screen, quiet=settings.quiet, bars=not settings.no_progress) as hear,
        log_of(settings.log_path) if settings.log_path else nullcontext(NO_LOG) as log,
        refusals_in(log),
    ):
        job = Job(settings, profile, on_event=hear, log=log, typed=lasting_options(given))
        yield replace(job, ask=person(job, screen))


@contextmanager
def log_of(path: Path) -> Iterator[Log]:
    """Give the log that ``--log`` names; without it, nothing that writes is loaded."""
    from importer.writing.run_log import opened_log

    with opened_log(path, time.time) as log:
        yield log


@contextmanager
def refusals_in(log: Log) -> Iterator[None]:
    """Write down why a command could not be carried out, then let the error go on."""
    try:
        yield
    except ImporterError as error:
        log.write("refused", exit_code=int(error.exit_code), code=code_of(error))
        raise


@contextmanager
def looking(given: Mapping[str, Any], screen: Terminal) -> Iterator[Ledger]:
    """Give the ledger to look at, without all that a run brings along: the answer comes in half the time."""
    settings, _ = effective(given, screen)
    from importer.ledger import open_ledger

    with open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True) as ledger:
        yield ledger


@contextmanager
def sending(given: Mapping[str, Any], screen: Terminal) -> Iterator[Job]:
    """Give a job that a first signal stops gently and a second at once."""
    with working(given, screen) as job, job.stop.on_signals(), job.stop.heard_by(alarm(job.stop, silent=screen.quiet)):
        yield job


def alarm(
    stop: StopSignal,
    *,
    write: Callable[[bytes], object] | None = None,
    leave: Callable[[int], object] | None = None,
    silent: bool = False,
) -> Callable[[], None]:
    """
    Return what happens at each signal, on top of what the run does by itself.

    It runs inside a signal handler, so it writes to the terminal past Python's own buffers. Leaving in the middle
    loses nothing: whatever was on its way stands in the ledger as sent, and the next start treats it as unknown.
    ``silent``: nothing is said (``--quiet``); how the run ended is told at its end.
    """
    put = (lambda _text: None) if silent else write or say
    go = leave or leave_soon

    def ring() -> None:
        with suppress(OSError):  # the terminal may be what was closed
            put(SECOND if stop.urgent else FIRST)
        if stop.urgent:
            go(int(stop.exit_code))

    return ring


def say(text: bytes) -> None:
    """Write to stderr past Python's buffers; one that is closed or full is no reason to stop."""
    with suppress(OSError):
        os.write(2, text)


def leave_soon(code: int) -> None:
    """End the process after a moment, whatever it is doing; nothing is lost, see ``alarm``."""
    timer = threading.Timer(GRACE_S, os._exit, (code,))
    timer.daemon = True
    timer.start()
