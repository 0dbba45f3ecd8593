"""
``importer run``, ``resume`` and ``retry``: decide, send, account for every row, write the report.

A retry or a resume is planned by the same rules as its run, so it runs by that run's profile, whatever profile is the
default now, and keeps everything back while ``--all-or-nothing`` does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from importer import __version__
from importer.commands.delivery import deliver, tell_finished, tell_planned
from importer.commands.evaluate_guards import leave_what_is_booked
from importer.commands.job import Event, Stage, forgotten_if_abandoned
from importer.commands.ledgers import claim, ledger_to_send_by
from importer.commands.snapshots import spare_started
from importer.commands.stage_files import decide, hold_back, stage_files
from importer.errors import Exit, ImporterError, Interrupted, NothingToDo, UsageError
from importer.ledger.opening import place_of
from importer.model.issues import Issue
from importer.model.records import MARK
from importer.model.statuses import Action, RunState, Status
from importer.normalizing import tzdata_version
from importer.reporting import Report, build_report, exit_code
from importer.settings import Source, profile_named
from importer.writing import Written, write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.model.records import RunRecord, Unresolved


def as_its_run(job: Job, run: RunRecord) -> Job:
    """
    Return the job with the profile of the run, and with its ``--all-or-nothing``.

    Raises:
        UsageError: another profile was named, or the settings file does not know the run's any more.
    """
    settings = job.settings
    all_or_nothing = settings.all_or_nothing or bool(run.settings.get("all_or_nothing"))
    job = replace(job, settings=replace(settings, all_or_nothing=all_or_nothing))
    name = run.profile or job.profile.name
    if name == job.profile.name:
        return job
    if settings.origin("profile").source in {Source.OPTION, Source.ENVIRONMENT}:
        raise UsageError(
            f"Run {run.id} was made with the profile {name}, not {job.profile.name}.",
            fix=f"Leave the profile out, or name it: --profile {name}",
        )
    settings = replace(job.settings, profile=name)
    return replace(job, settings=settings, profile=profile_named(settings, name))


@dataclass(frozen=True, slots=True)
class RunResult:
    """
    What a command that sends, or that writes a report, leaves behind.

    ``totals``: rows by status, every status named. ``written``: which report files stand where, and what could not
    be written. ``unresolved``: other runs with rows whose outcome is still not known.
    """

    run: RunRecord
    totals: Mapping[Status, int]
    report: Report
    written: Written
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """The exit code of the run, a report that could not be written included."""
        return self.report.exit_code if self.written.complete else worse(self.report.exit_code)

    @property
    def paths(self) -> Mapping[str, Path]:
        """Where the report files stand, by name."""
        return self.written.paths


_FINISHED: Final = frozenset({Exit.DONE, Exit.SOME_ROWS_FAILED, Exit.HELD})


def worse(code: Exit) -> Exit:
    """Return the code of a run whose report is not whole: a run that went well is not silent about it."""
    return Exit.SOME_ROWS_FAILED if code is Exit.DONE else code


def close(job: Job, ledger: Ledger, run_id: str, *, stop: Exit | None = None, reason: str = "") -> RunResult:
    """
    Finish a run whose rows are all settled, and write its report.

    What an earlier run left in doubt makes every later one end with UNKNOWN_OUTCOMES, until a call or a person settles
    it: a night that is silent about it would say that all is well.
    """
    code = exit_code(ledger.totals(run_id), stop, held=bool(ledger.run(run_id).unreleased))
    left = ledger.unresolved(but=run_id)
    if code in _FINISHED and left:
        code = Exit.UNKNOWN_OUTCOMES
    ledger.finish_run(run_id, int(code), reason, job.now())
    tell_finished(job.log, ledger, run_id, int(code))
    return replace(write_report(job, ledger, run_id), unresolved=left)


def write_report(job: Job, ledger: Ledger, run_id: str) -> RunResult:
    """Write a run's report from the ledger alone."""
    run = ledger.run(run_id)
    job.on_event(Event(Stage.REPORTING))
    totals = ledger.totals(run.id)
    where = {"id": ledger.owner().ledger, "place": place_of(job.settings.ledger_url)}
    report = build_report(
        run, ledger.files(run.id), lambda: ledger.report_rows(run.id), totals, job.now(), ledger=where, typed=job.typed
    )
    written = write_reports(report, job.settings.reports_dir / run.id)
    for note in written.notes:
        job.on_event(Event(Stage.NOTE, text=note))
    return RunResult(run, report.totals, report, written)


RETRIED: Final = (Status.FAILED, Status.NOT_SENT, Status.UNKNOWN, Status.HELD)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What a person is asked before anything leaves: how many calls of each action, and how rows stand already.

    ``people``: how many may get a text at once.
    """

    run_id: str
    calls: Mapping[Action, int]
    totals: Mapping[Status, int]
    people: int = 0


class AbandonedError(ImporterError):
    """A second signal: the run stays open, and the next start finds what was on its way."""

    def __init__(self, message: str, *, exit_code: Exit, command: str) -> None:
        super().__init__(message, fix=f"Type: {command}")
        self.exit_code = exit_code


Confirm = Callable[[Question], bool]


def agree(_question: Question) -> bool:
    """Send without asking."""
    return True


def run(job: Job, paths: Sequence[str], *, confirm: Confirm = agree) -> RunResult:
    """
    Stage, plan, send and report the rows of these files.

    A run that was cut off earlier is closed first: what was on its way is unknown, and this run settles it.

    Raises:
        FileRefused: a file cannot be read; nothing was sent.
        Interrupted: a signal or a no came before anything was sent.
        SettingsError: the token or the base URL cannot be used; nothing was sent.
        LedgerLocked, LedgerError: the memory cannot be used; nothing was sent.
    """
    with ledger_to_send_by(job) as ledger:
        close_cut_off(job, ledger)
        begun = start(job, ledger, "run")
        job.log.write("started", run=begun.id, command="run")
        with forgotten_if_abandoned(ledger, begun.id), job.stop.breaking():
            stage_files(job, ledger, begun.id, paths)
            decide(job, ledger, begun.id)
        return send_and_close(job, ledger, begun.id, confirm)


def resume(job: Job, run_id: str | None = None, *, confirm: Confirm = agree, only_doubts: bool = False) -> RunResult:
    """
    Finish a run that was cut off or stopped, from the ledger alone; the source file is not needed.

    Without ``run_id`` it is the one that was cut off, else the latest. What is sent keeps to the rules of its run and of
    today: its profile, what was kept back, and the clock. ``only_doubts``: only calls of which an attempt may have been
    processed, because a newer file waits; the others are left for a later resume.

    Raises:
        NothingToDo: the run is finished and nothing of it is left to send; nothing was changed.
        UsageError: the run was cut off before its sheets were read to the end, so there is nothing to finish; or
            another profile was named than its own.
        Interrupted: the answer was no; nothing was sent, and every row is settled.
    """
    with ledger_to_send_by(job) as ledger:
        chosen = ledger.run(run_id or ledger.cut_off())
        close_cut_off(job, ledger, but=chosen.id)
        job = as_its_run(job, chosen)
        if chosen.state is RunState.FINISHED and not ledger.is_left(chosen.id):
            raise _finished(job, ledger, chosen)
        refuse_unread(job, ledger, chosen)
        job.log.write("started", run=chosen.id, command="resume")
        ledger.reopen(chosen.id, at=job.now())
        leave_what_started(job, ledger, chosen.id)
        leave_what_is_booked(job, ledger, chosen.id)
        if only_doubts:
            ledger.withhold(chosen.id, Status.NOT_SENT, Issue("newer_file_first"), at=job.now(), untried=True)
        hold_back(job, ledger, chosen.id)
        return send_and_close(job, ledger, chosen.id, confirm, declined=lambda: settle_again(job, ledger, chosen))


def leave_what_started(job: Job, ledger: Ledger, run_id: str) -> None:
    """Settle the calls that may not go any more, because their appointments have started since they were planned."""
    spare_started(job, ledger, run_id)
    if not job.profile.allow_past:
        note = Issue("start_in_past", field="eventDateTime")
        ledger.withhold(run_id, Status.INVALID, note, at=job.now(), actions=(Action.CREATE,), started_by=job.now())


def settle_again(job: Job, ledger: Ledger, chosen: RunRecord) -> None:
    """Settle what a person did not want to be sent; a run that had ended stands as it had."""
    if chosen.state is RunState.OPEN:
        close_cut_off(job, ledger)
        return
    ledger.leave(chosen.id, Issue("not_confirmed"), at=job.now())
    ledger.finish_run(chosen.id, int(chosen.exit_code or 0), chosen.stop_reason, at=chosen.finished_at or job.now())


def refuse_unread(job: Job, ledger: Ledger, chosen: RunRecord) -> None:
    """Refuse to resume a run that was cut off while its sheets were still being read; it sent nothing, and is forgotten."""
    if chosen.state is RunState.FINISHED or ledger.is_planned(chosen.id):
        return
    names = [file.name for file in ledger.files(chosen.id)] or ["FILE"]
    ledger.forget(chosen.id)
    raise UsageError(
        f"Run {chosen.id} was cut off before its sheets were read to the end; it sent nothing.",
        fix=f"Run the sheets again: {job.command('run', *names)}",
    )


def retry(job: Job, run_id: str | None = None, *, confirm: Confirm = agree) -> RunResult:
    """
    Send again, as a new run, what failed or was not sent; unknown rows only where repeating cannot text twice.

    It is planned by the rules of the run that it retries.

    Raises:
        NothingToDo: nothing of the run is left to try again; nothing was changed.
        UsageError: another profile was named than that run's.
        Interrupted: a signal or a no came before anything was sent.
    """
    with ledger_to_send_by(job) as ledger:
        close_cut_off(job, ledger)
        parent = ledger.run(run_id)
        job = as_its_run(job, parent)
        begun = start(job, ledger, "retry", parent=parent.id)
        if not ledger.stage_again(begun.id, parent.id, RETRIED):
            ledger.forget(begun.id)
            raise NothingToDo(f"Nothing to retry: run {parent.id} has no row that could be sent again.")
        job.log.write("started", run=begun.id, command="retry")
        with forgotten_if_abandoned(ledger, begun.id), job.stop.breaking():
            decide(job, ledger, begun.id)
        return send_and_close(job, ledger, begun.id, confirm)


def close_cut_off(job: Job, ledger: Ledger, *, but: str | None = None) -> None:
    """Close the runs (except ``but``) that a crash or a kill left open, write their reports, and say so."""
    for run_id in ledger.close_interrupted(at=job.now(), but=but):
        text = f"Run {run_id} had been cut off; it was closed, and what it sent is remembered."
        job.on_event(Event(Stage.NOTE, text=text))
        write_report(job, ledger, run_id)


def start(job: Job, ledger: Ledger, command: str, parent: str | None = None) -> RunRecord:
    """Record that a run begins, with the settings that it runs by."""
    return ledger.start_run(
        command,
        at=job.now(),
        parent=parent,
        settings=job.settings.as_dict(),
        version=__version__,
        tzdata=tzdata_version(),
        profile=job.profile.name,
        claim=job.claim if command == "run" else None,
        suffix=lambda: (MARK if job.rehearsal else "") + secrets.token_hex(2),
    )


def send_and_close(
    job: Job, ledger: Ledger, run_id: str, confirm: Confirm, *, declined: Callable[[], None] | None = None
) -> RunResult:
    """
    Send the run's open calls, if there are any and a person agrees, and report.

    ``declined`` settles the run where the person says no; without it, nothing of it was ever sent, so it is forgotten.

    Raises:
        Interrupted: the person said no.
    """
    calls = ledger.pending(run_id)
    tell_planned(job.log, ledger, run_id)
    if not calls:
        return close(job, ledger, run_id)
    if not confirm(Question(run_id, calls, ledger.totals(run_id), ledger.people(run_id))):
        if declined is None:
            ledger.forget(run_id)
            raise Interrupted("Not sent, and nothing was recorded.", exit_code=job.stop.exit_code)
        declined()
        raise Interrupted("Not sent; the rows stay as they were.", exit_code=job.stop.exit_code)
    claim(job, ledger)
    sent = deliver(job, ledger, run_id)
    if sent.exit_code is Exit.AUTHENTICATION:
        ledger.note_refusal()
    if sent.in_flight:
        raise AbandonedError(
            sent.reason, exit_code=sent.exit_code or Exit.INTERRUPTED, command=job.command("resume", run_id)
        )
    return close(job, ledger, run_id, stop=sent.exit_code, reason=sent.reason)


def _finished(job: Job, ledger: Ledger, chosen: RunRecord) -> NothingToDo:
    """Return what resuming a finished run comes to; rows that still need attention keep their exit code."""
    code = exit_code(ledger.totals(chosen.id), held=bool(chosen.unreleased))
    fix = "" if code is Exit.DONE else f"Some of its rows still need attention: {job.command('report', chosen.id)}"
    return NothingToDo(f"Nothing to resume: run {chosen.id} is finished.", exit_code=code, fix=fix)
