"""
``importer run``, ``resume`` and ``retry``: decide, send, account for every row, write the report.

A retry or a resume is planned by the same rules as its run, so it runs by that run's profile, whatever profile is the
default now, and keeps everything back while ``--all-or-nothing`` does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer import __version__
from importer.commands.delivery import deliver, tell_finished, tell_planned, waits
from importer.commands.evaluate_guards import leave_what_is_booked
from importer.commands.job import Event, Stage, forgotten_if_abandoned, is_fetched
from importer.commands.ledgers import DAY_S, claim, ledger_to_send_by
from importer.commands.snapshots import spare_started, supersede_omitted
from importer.commands.stage_files import decide, hold_back, stage_files
from importer.errors import Exit, ImporterError, Interrupted, LedgerError, NothingToDo, UsageError
from importer.ledger.call_queue import Which
from importer.ledger.opening import place_of
from importer.model.formula_escape import storable
from importer.model.issues import Issue
from importer.model.records import MARK, SOURCES
from importer.model.sending_window import reminding_of
from importer.model.statuses import Action, RunState, Status
from importer.normalizing import tzdata_version
from importer.reading.workbook_process import marked_copy
from importer.reporting.run_report import Report, build_report, exit_code
from importer.reporting.wording import counted
from importer.settings import Source, profile_named
from importer.writing import Copy, Written, write_reports

if TYPE_CHECKING:
    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.model.records import RunRecord, Unresolved
    from importer.model.sending_window import Reminding, Waits


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


def close(job: Job, run: Run, *, stop: Exit | None = None, reason: str = "") -> RunResult:
    """
    Finish a run whose rows are all settled, and write its report.

    What an earlier run left in doubt makes every later one end with UNKNOWN_OUTCOMES, until a call or a person settles
    it: a night that is silent about it would say that all is well.
    """
    code = exit_code(run.report.totals(), stop, held=bool(run.record().unreleased))
    left = run.ledger.unresolved(but=run)
    if code in _FINISHED and left:
        code = Exit.UNKNOWN_OUTCOMES
    run.finish(int(code), reason, job.now())
    tell_finished(job.log, run, int(code))
    result = replace(write_report(job, run), unresolved=left)
    if stop is None:
        fold_old_rows(job, run.ledger)
    return result


def fold_old_rows(job: Job, ledger: Ledger) -> None:
    """Fold some of the unchanged rows that are older than the settings keep them; what cannot be written waits for the next run."""
    days = job.settings.keep_unchanged_days
    if days is None or job.rehearsal:
        return
    try:
        folded = ledger.retention.fold_some(job.now() - days * DAY_S, at=job.now())
    except LedgerError as error:
        job.on_event(Event(Stage.NOTE, text=f"Old unchanged rows could not be folded: {error}"))
    else:
        if folded:
            job.log.write("folded", rows=folded)


def write_report(job: Job, run: Run) -> RunResult:
    """Write a run's report from the ledger alone."""
    record = run.record()
    job.on_event(Event(Stage.REPORTING))
    totals = run.report.totals()
    where = {"id": run.ledger.owner().ledger, "place": place_of(job.settings.ledger_url)}
    wanting = run.report.wanting if record.state is RunState.FINISHED else None
    report = build_report(
        record, run.files.all(), run.report.rows, totals, job.now(), ledger=where, typed=job.typed, wanting=wanting,
        pieces=run.report.pieces,
    )  # fmt: skip
    written = write_reports(report, job.settings.reports_dir / run.id, copy=_own_workbook(report))
    for note in written.notes:
        job.on_event(Event(Stage.NOTE, text=note))
    return RunResult(record, report.totals, report, written)


def _own_workbook(report: Report) -> Copy | None:
    """Return what copies the one workbook that the report is about, as long as its bytes are those that were read."""
    paths: Sequence[str] = report.run.settings.get(SOURCES, ())
    if len(report.files) != 1 or len(paths) != 1 or report.run.settings.get(EDITED):
        return None
    return partial(marked_copy, paths[0], report.files[0].sha256)


RETRIED: Final = (Status.FAILED, Status.NOT_SENT, Status.UNKNOWN, Status.HELD)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What a person is asked before anything leaves: how many calls of each action, and how rows stand already.

    ``people()``: how many may get a text at once; ``waits``: what of it the sending window keeps back. ``reminding()``:
    when the reminders are due. What is called only who asks a person needs to know; of a large run it takes seconds.
    """

    run_id: str
    calls: Mapping[Action, int]
    totals: Callable[[], Mapping[Status, int]]
    people: Callable[[], int] = lambda: 0
    waits: Waits | None = None
    reminding: Callable[[], Reminding | None] = lambda: None


class AbandonedError(ImporterError):
    """The run stays open: after a second signal, or a first one where it is large. The next start finds what is left."""

    def __init__(self, message: str, *, exit_code: Exit, fix: str) -> None:
        super().__init__(message, fix=fix)
        self.exit_code = exit_code


Confirm = Callable[[Question], bool]


def agree(_question: Question) -> bool:
    """Send without asking."""
    return True


def run(job: Job, paths: Sequence[str], *, confirm: Confirm = agree, by_chunk: bool = True) -> RunResult:
    """
    Stage, plan, send and report the rows of these files.

    A run that was cut off earlier is closed first: what was on its way is unknown, and this run settles it. ``by_chunk``:
    rows that repeat what is known are kept by the chunk; one by one they say the same.

    Raises:
        FileRefused: a file cannot be read; nothing was sent.
        Interrupted: a signal or a no came before anything was sent.
        SettingsError: the token or the base URL cannot be used; nothing was sent.
        LedgerLocked, LedgerError: the memory cannot be used; nothing was sent.
    """
    with ledger_to_send_by(job) as ledger:
        close_cut_off(job, ledger)
        begun = start(job, ledger, "run", paths=paths)
        job.log.write("started", run=begun.id, command="run")
        with forgotten_if_abandoned(begun), job.stop.breaking():
            stage_files(job, begun, paths, by_chunk=by_chunk)
            decide(job, begun)
        return send_and_close(job, begun, confirm)


def resume(job: Job, run_id: str | None = None, *, confirm: Confirm = agree, only_doubts: bool = False) -> RunResult:
    """
    Finish a run that was cut off or stopped, from the ledger alone; the source file is not needed.

    Without ``run_id`` it is the one that was cut off, else the latest. What is sent keeps to the rules of its run and of
    today: its profile and the profile's sending window, what was kept back, what later files say, and the clock. ``only_doubts``: only calls of which an attempt may have been
    processed, because a newer file waits; the others are left for a later resume.

    Raises:
        NothingToDo: the run is finished and nothing of it is left to send; nothing was changed.
        UsageError: the run was cut off before its sheets were read to the end, so there is nothing to finish; or
            another profile was named than its own.
        Interrupted: the answer was no; nothing was sent, and every row is settled.
    """
    with ledger_to_send_by(job) as ledger:
        chosen = ledger.run(run_id or ledger.cut_off())
        before = chosen.record()
        close_cut_off(job, ledger, but=chosen)
        job = as_its_run(job, before)
        if before.state is RunState.FINISHED and not chosen.recovery.is_left():
            raise _finished(job, chosen)
        refuse_unread(job, chosen)
        job.log.write("started", run=chosen.id, command="resume")
        supersede_omitted(job, chosen)
        chosen.recovery.reopen(at=job.now())
        leave_what_started(job, chosen)
        leave_what_is_booked(job, chosen)
        if only_doubts:
            chosen.calls.withhold(Status.NOT_SENT, Issue("newer_file_first"), at=job.now(), which=Which(untried=True))
        hold_back(job, chosen)
        return send_and_close(job, chosen, confirm, declined=lambda: settle_again(job, chosen, before))


def leave_what_started(job: Job, run: Run) -> None:
    """Settle the calls that may not go any more, because their appointments have started since they were planned."""
    spare_started(job, run)
    if not job.profile.allow_past:
        note = Issue("start_in_past", field="eventDateTime")
        run.calls.withhold(
            Status.INVALID, note, at=job.now(), which=Which(actions=(Action.CREATE,), started_by=job.now())
        )


def settle_again(job: Job, run: Run, before: RunRecord) -> None:
    """Settle what a person did not want to be sent; a run that had ended stands as it had ``before``."""
    if before.state is RunState.OPEN:
        close_cut_off(job, run.ledger)
        return
    run.calls.leave(Issue("not_confirmed"), at=job.now())
    run.finish(int(before.exit_code or 0), before.stop_reason, at=before.finished_at or job.now())


def refuse_unread(job: Job, run: Run) -> None:
    """Refuse to resume a run that was cut off while its sheets were still being read; it sent nothing, and is forgotten."""
    if run.record().state is RunState.FINISHED or run.plan.is_whole():
        return
    settings = run.record().settings
    paths = list(settings.get(SOURCES) or ())
    names = paths or ["FILE"]
    if fetched := list(filter(is_fetched, paths)):
        query_file = settings.get("query_file")
        names = [*fetched, *(["--query-file", query_file] if query_file else [])]
    run.forget()
    raise UsageError(
        f"Run {run.id} was cut off before its sheets were read to the end; it sent nothing.",
        fix=f"Run the sheets again: {job.command('run', *names, *_choices(settings))}",
    )


def _choices(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options by which a run read only some of its files: the sheet, and which rows."""
    for name in ("sheet", "limit"):
        if settings.get(name):
            yield from (f"--{name}", str(settings[name]))
    for name in ("rows", "only"):
        if settings.get(name):
            yield from (f"--{name}", ",".join(settings[name]))


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
        told = parent.record()
        refuse_purged(told)
        job = as_its_run(job, told)
        # What was edited in the parent's draft is sent again as it was edited, so the file still is not what was sent.
        edited = {EDITED: True} if told.settings.get(EDITED) else None
        sources = told.settings.get(SOURCES) or ()
        begun = start(job, ledger, "retry", parent=parent.id, paths=sources, of_draft=edited)
        if not begun.recovery.stage_again(parent.id, RETRIED):
            begun.forget()
            raise NothingToDo(f"Nothing to retry: run {parent.id} has no row that could be sent again.")
        job.log.write("started", run=begun.id, command="retry")
        with forgotten_if_abandoned(begun), job.stop.breaking():
            decide(job, begun)
        return send_and_close(job, begun, confirm)


def refuse_purged(run: RunRecord) -> None:
    """Raise ``UsageError`` where the rows of a run that shall be tried again were purged."""
    if run.purged_at is not None:
        raise UsageError(
            f"The rows of run {run.id} cannot be sent again: their personal data was removed by importer ledger purge.",
            fix="Run the sheet again: rows that are done send nothing.",
        )


def close_cut_off(job: Job, ledger: Ledger, *, but: Run | None = None) -> None:
    """Close the runs (except ``but``) that a crash or a kill left open, write their reports, and say so."""
    for run_id in ledger.close_interrupted(at=job.now(), but=but):
        text = f"Run {run_id} had been cut off; it was closed, and what it sent is remembered."
        job.on_event(Event(Stage.NOTE, text=text))
        write_report(job, ledger.run(run_id))
    before = job.now() - DRAFT_KEPT_S
    for draft in ledger.drafts.forget_untouched(before) if ledger.has_old_draft(before) else ():
        text = f"Draft {draft.id} of {', '.join(draft.names) or draft.parent} was forgotten: nobody touched it for 30 days."
        job.on_event(Event(Stage.NOTE, text=text))


DRAFT_KEPT_S: Final = 30.0 * DAY_S
"""So long a draft that nobody looks at or changes is kept."""

EDITED: Final = "edited"
"""Whether cells of the run's draft were edited: then its rows are not those of the file any more."""


def start(  # noqa: PLR0913 - what a run is known by, all but the first three by name
    job: Job,
    ledger: Ledger,
    command: str,
    parent: str | None = None,
    *,
    paths: Sequence[str] = (),
    of_draft: Mapping[str, Any] | None = None,
) -> Run:
    """Record that a run begins, with the settings that it runs by, where its files are, and of which draft it is."""
    return ledger.begin(
        command,
        at=job.now(),
        parent=parent,
        settings=job.settings.as_dict()
        | {"zone": job.profile.zone or ""}
        | {
            SOURCES: [
                path if is_fetched(path) else storable(str(Path(path).absolute())) for path in paths if path != "-"
            ]
        }
        | dict(of_draft or {}),
        version=__version__,
        tzdata=tzdata_version(),
        profile=job.profile.name,
        claim=job.claim if command == "run" else None,
        suffix=lambda: (MARK if job.rehearsal else "") + secrets.token_hex(2),
    )


def send_and_close(job: Job, run: Run, confirm: Confirm, *, declined: Callable[[], None] | None = None) -> RunResult:
    """
    Send the run's open calls, if there are any and a person agrees, and report.

    ``declined`` settles the run where the person says no; without it, nothing of it was ever sent, so it is forgotten.

    Raises:
        Interrupted: the person said no.
    """
    calls = run.calls.pending()
    tell_planned(job.log, run)
    if not calls:
        return close(job, run)
    reminding = partial(_reminding, job, run)
    if not confirm(Question(run.id, calls, run.report.totals, run.report.people, waits(job, run), reminding)):
        if declined is None:
            run.forget()
            raise Interrupted("Not sent, and nothing was recorded.", exit_code=job.stop.exit_code)
        declined()
        raise Interrupted("Not sent; the rows stay as they were.", exit_code=job.stop.exit_code)
    claim(job, run.ledger)
    sent = deliver(job, run)
    if sent.exit_code is Exit.AUTHENTICATION:
        run.ledger.note_refusal()
    if sent.in_flight:
        raise AbandonedError(
            sent.reason, exit_code=sent.exit_code or Exit.INTERRUPTED, fix=f"Type: {job.command('resume', run.id)}"
        )
    if sent.left_open:
        run.note_stop(sent.reason)
        raise AbandonedError(
            f"{sent.reason} Run {run.id} is too large to report at a stop; {counted(run.calls.count(), 'change')} not sent.",
            exit_code=sent.exit_code or Exit.INTERRUPTED,
            fix=f"To go on: {job.command('resume', run.id)}. For its report: {job.command('report', run.id)}",
        )
    return close(job, run, stop=sent.exit_code, reason=sent.reason)


def _reminding(job: Job, run: Run) -> Reminding | None:
    return reminding_of(run.report.visits(), job.now())


def _finished(job: Job, run: Run) -> NothingToDo:
    """Return what resuming a finished run comes to; rows that still need attention keep their exit code."""
    code = exit_code(run.report.totals(), held=bool(run.record().unreleased))
    if run.record().purged_at is not None:
        text = (
            f"Nothing to resume: run {run.id} is finished, and its personal data was removed by importer ledger purge."
        )
        return NothingToDo(text, exit_code=code)
    fix = "" if code is Exit.DONE else f"Some of its rows still need attention: {job.command('report', run.id)}"
    return NothingToDo(f"Nothing to resume: run {run.id} is finished.", exit_code=code, fix=fix)
