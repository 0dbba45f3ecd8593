"""A job for a command: its settings, its progress, the question before anything leaves, and its end."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from importer.cli.entry import code_of
from importer.cli.options import effective, lasting_options
from importer.cli.terminal import Inked, Outcome, Styled, Terminal, in_lines, visible
from importer.errors import ImporterError, UsageError
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.cli.terminal import Line
    from importer.commands.job import Job, Log
    from importer.commands.run import Question, RunResult
    from importer.interrupts import StopSignal
    from importer.ledger import Ledger


# How long a second signal leaves the run to go by itself: it notes where it stands, and says how to go on.
GRACE_S: Final = 1.0
FIRST: Final = (
    b"\nStopping: nothing new is sent, requests in progress finish first. Press again to leave immediately.\n"
)
SECOND: Final = b"\nLeaving immediately. Requests in progress count as unknown; importer resume finishes the run.\n"


@contextmanager
def working(given: Mapping[str, Any], screen: Terminal, *, needs_tenant: bool = True) -> Iterator[Job]:
    """Give a job that stops at once at a signal: for commands that send nothing. ``needs_tenant``: as for ``effective``."""
    settings, profile = effective(given, screen, needs_tenant=needs_tenant)
    # The run brings pandas along; a line or a setting that is wrong should be told before that.
    from importer.cli.progress import listener
    from importer.commands.job import NO_LOG, Job

    with (
        listener(screen, quiet=settings.quiet, bars=not settings.no_progress) as hear,
        log_of(settings.log_path) if settings.log_path else nullcontext(NO_LOG) as log,
        refusals_in(log),
    ):
        job = Job(settings, profile, on_event=hear, log=log, typed=lasting_options(given))
        yield replace(job, ask=person(job, screen))


def nothing_named() -> UsageError:
    """Return what is told where no sheet is named."""
    return UsageError(
        "No sheet is named.", fix="Name at least one FILE, or a database with --query-file, or a profile with a link."
    )


@contextmanager
def reading(
    job: Job, files: Sequence[str], screen: Terminal, *, otherwise: Callable[[], UsageError] = nothing_named
) -> Iterator[tuple[Job, Sequence[str]]]:
    """
    Give the job and the paths that it is about; what is no file, but a query, is fetched first.

    ``otherwise``: what is told where nothing is named.
    """
    # Most commands are about files, and what knows of other sources is not loaded for them.
    from importer.commands.job import is_fetched

    if job.settings.query_file is None and not any(map(is_fetched, files)) and (files or job.profile.link is None):
        if not files:
            raise otherwise()
        yield job, files
        return
    from importer.fetching.fetched_source import fetched

    with fetched(job, files, choose=lambda columns: chosen_number(columns, job, screen)) as found:
        yield found


def chosen_number(columns: Sequence[str], job: Job, screen: Terminal) -> str | None:
    """
    Return the column of a query that a person names as the appointment number; None where nobody is there.

    Raises:
        Interrupted: a signal came instead.
    """
    if job.settings.yes or screen.as_json or not is_there(screen):
        return None
    from importer.commands.job import heed

    screen.remark(f"No column of the query is the appointment number. Its columns are: {', '.join(columns)}.")
    column = typed("Which one is it? ", job, screen)
    heed(job)
    return column or None


@contextmanager
def log_of(path: Path) -> Iterator[Log]:
    """Give the log that ``--log`` names; without it, nothing that writes is loaded."""
    from importer.writing.atomic_files import opened_log

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

    opening = open_ledger(
        settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True, purge_key=settings.purge_key
    )
    with opening as ledger:
        yield ledger


@contextmanager
def sending(given: Mapping[str, Any], screen: Terminal, *, needs_tenant: bool = True) -> Iterator[Job]:
    """Give a job that a first signal stops gently and a second at once. ``needs_tenant``: as for ``effective``."""
    with (
        working(given, screen, needs_tenant=needs_tenant) as job,
        job.stop.on_signals(),
        job.stop.heard_by(alarm(job.stop, silent=screen.quiet)),
    ):
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


YES = frozenset({"y", "yes"})
VERBS = {
    Action.CREATE: "new",
    Action.UPDATE: "changed",
    Action.CANCEL: "cancelled",
    Action.NO_SHOW: "no-show",
}


def asking(job: Job, screen: Terminal) -> Callable[[Question], bool]:
    """
    Return how a person is asked.

    Nobody is asked off a terminal: a nightly job has nobody to answer, and was set up to send.
    """

    def agreed(question: Question) -> bool:
        if job.settings.yes or not is_there(screen):
            return True
        return asked(sentence(question, job.settings.base_url), job, screen, before=tuple(of_question(question)))

    return agreed


# Of a verdict as it is counted; a style of ``terminal.STYLES`` for its sign, the same as at the end of a run.
COUNTED: Final[dict[str, tuple[str, str]]] = {
    "create": ("new", "new"),
    "update": ("update", "updates"),
    "cancel": ("cancellation", "cancellations"),
    "no_show": ("no-show", "no-shows"),
    "duplicate": ("duplicate", "duplicates"),
}
STYLE: Final[dict[str, str]] = {
    "create": "green",
    "update": "blue",
    "cancel": "magenta",
    "no_show": "cyan",
    "unchanged": "dim",
    "duplicate": "dim",
}


def totals(sums: Mapping[str, int]) -> Iterator[Styled]:
    """Yield how many rows have each verdict, with its sign: ``+ 24 new``."""
    from importer.reporting.plan_result import PLAN_LABELS
    from importer.reporting.wording import SIGNS, counted

    for verdict, count in sums.items():
        word = PLAN_LABELS[verdict].lower()
        noun = COUNTED.get(verdict, (word, word))
        yield Styled(f"{SIGNS[verdict]} {counted(count, *noun)}", STYLE.get(verdict, "yellow"))


def of_question(question: Question) -> Iterator[Line]:
    """Yield what stands above the question: what is sent, with its signs, and when its reminders are due."""
    from importer.reporting.headline import reminders_due

    yield from in_lines(totals({action.value: count for action, count in question.calls.items() if count}))
    if due := reminders_due(question.reminding()):
        yield due


def person(job: Job, screen: Terminal) -> Callable[[str], bool]:
    """Return how a person is asked what nobody else may answer: off a terminal, and with ``--yes``, the answer is no."""
    return lambda question: not job.settings.yes and is_there(screen) and asked(question, job, screen)


def is_there(screen: Terminal) -> bool:
    """Whether a person is at a terminal: standard input and stderr are one."""
    return sys.stdin.isatty() and screen.watched


def asked(question: str, job: Job, screen: Terminal, before: tuple[Line, ...] = ()) -> bool:
    """Return whether the answer is yes; progress bars rest meanwhile. ``before``: lines above the question."""
    from importer.cli.progress import Bars

    if isinstance(job.on_event, Bars):
        job.on_event.rest()
    screen.remark(*before)
    return answered(question, job, screen)


def refuse_if_nobody_can_answer(job: Job, files: tuple[str, ...], screen: Terminal) -> None:
    """Raise ``UsageError`` where a person watches, but standard input is the sheet and cannot hold the answer."""
    if "-" in files and screen.watched and not job.settings.yes:
        raise UsageError(
            "With the sheet on standard input there is no way to ask you.", fix="Add --yes, or name a file."
        )


def sentence(question: Question, base_url: str) -> str:
    """Return the question: how many changes go where, and how many people may get a text."""
    from importer.reporting.headline import in_numbers, texts_now
    from importer.reporting.wording import counted

    changes = counted(sum(question.calls.values()), "change")
    return f"Send {changes} ({in_numbers(question.calls)}) to {base_url}? {texts_now(question.people(), question.waits)} [y/N] "


def answered(question: str, job: Job, screen: Terminal) -> bool:
    """Return whether the answer is yes; Ctrl-C and the end of input are a no."""
    return (typed(question, job, screen) or "").casefold() in YES


def typed(question: str, job: Job, screen: Terminal) -> str | None:
    """Return the line that a person types at a question, "" at the end of input; None for a signal that asks to stop."""
    try:
        # Listening begins before the question stands, or a quick Ctrl-C would leave it standing.
        with job.stop.heard_by(interrupt):
            if job.stop.raised:
                return None
            screen.err.write(visible(question))
            screen.err.flush()
            _wait_for_a_line()
            return sys.stdin.readline().strip()
    except KeyboardInterrupt:
        return None


def _wait_for_a_line() -> None:
    """
    Wait until the terminal has a line, or a signal came.

    A signal that comes after Python's last look and before the terminal is read would be heard once a line is typed; a byte
    in a pipe is seen whenever it was written.
    """
    try:
        line = sys.stdin.fileno()
    except (OSError, ValueError):  # no file: there is nothing to wait for
        return
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    before = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    try:
        select.select([line, woken], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waking)


def interrupt() -> NoReturn:
    """Leave the question; without it the terminal would go on waiting for the line's end."""
    raise KeyboardInterrupt


SENDING: Final = ("run", "resume", "retry")


def ended(command: str, result: RunResult, screen: Terminal) -> Outcome:
    """Return the outcome of a run, a resume, a retry, a resolve or a report."""
    return Outcome(
        command,
        lines=summary_of(result, screen),
        data=as_data(result),
        exit_code=result.exit_code,
        brief=brief(result),
        remarks=[*(held(result) if command in SENDING and not screen.watched else ()), *in_doubt(result)],
    )


def brief(result: RunResult) -> list[str]:
    """Return what ``--quiet`` leaves of a run that did not go well: what happened, and where the report is."""
    from importer.reporting.headline import headline

    said = headline(result.report)
    reasons = [f"{hold.message} {hold.fix}" for hold in result.run.unreleased] or [result.run.stop_reason]
    reasons += in_doubt(result)
    told = " ".join(part for part in (f"Run {result.run.id}: {said.text}", said.more, *reasons) if part)
    place = result.paths.get("report.html") or next(iter(result.paths.values()), None)
    return [told, f"The report: {place}" if place else " ".join(result.written.notes)]


def in_doubt(result: RunResult) -> list[str]:
    """Return a line for each other run that left rows whose outcome is still not known."""
    from importer.reporting.wording import counted

    return [
        f"Run {one.run} {'was cut off and ' if one.was_cut_off else ''}left {counted(one.unknown, 'row')} whose outcome "
        f"is not known. See which: importer report {one.run}. Then settle each: importer resolve {one.run} ROW"
        for one in result.unresolved
    ]


def held(result: RunResult) -> list[str]:
    """Return a line for each reason why calls are held: a nightly job's stderr is what somebody reads."""
    return [f"Held: {hold.message} {hold.fix}" for hold in result.run.unreleased]


def summary_of(result: RunResult, screen: Terminal) -> list[Inked]:
    """Return what a person reads at the end of a run."""
    from importer.reporting.run_end import summary_lines

    paths = {name: shown(path) for name, path in result.paths.items()}
    notes = result.written.notes
    lines = summary_lines(result.report, paths=paths, notes=notes, width=screen.width, colour=screen.colour)
    return [Inked(line) for line in lines]


def as_data(result: RunResult) -> dict[str, Any]:
    """Return what ``run --json`` holds: the members of ``summary.json``, what stopped it, and where the report is."""
    from importer.reporting.run_report import summary

    told = {name: value for name, value in summary(result.report).items() if name not in {"schema", "exit_code"}}
    reports = {name: str(path) for name, path in result.paths.items()}
    return {**told, "stop_reason": result.run.stop_reason, "reports": reports, "notes": list(result.written.notes)}


def shown(path: Path) -> str:
    """Return a path as a person would type it here."""
    try:
        here = Path.cwd()
    except OSError:
        # The folder in which the importer was started is gone by now.
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
