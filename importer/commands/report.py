"""What can be asked of the ledger without sending: runs, reports, one appointment's life; and a person's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.commands.ledgers import opened_ledger
from importer.commands.run import RunResult, close_cut_off, write_report
from importer.errors import UsageError
from importer.ledger import Ledger, open_ledger
from importer.model.statuses import RunState
from importer.reporting.run_report import exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from importer.commands.job import Job
    from importer.model.records import Life, RunRecord


def runs(job: Job, limit: int | None = 20) -> list[RunRecord]:
    """Return runs, newest first; also while another run is at work."""
    with _read(job) as ledger:
        return ledger.runs(limit)


def explain(job: Job, text: str) -> Life:
    """
    Return all that is remembered of the appointment with this external event id, uuid or phone.

    Raises:
        UsageError: nothing is.
    """
    with _read(job) as ledger:
        life = ledger.history(text)
    if not life.reminders and not life.rows:
        raise UsageError(
            "The ledger knows no appointment by that external event id, uuid or phone.",
            fix="Write it as it stands in a report; a phone with its country code, as +14155552671.",
        )
    return life


def report(job: Job, run_id: str | None = None) -> RunResult:
    """
    Write a run's report again, from the ledger alone. A large run that was stopped ends now, and what it left is NOT_SENT.

    Raises:
        UsageError: there is no such run, or it was cut off and has rows without a status.
    """
    with _read(job) as ledger:
        chosen = ledger.run(run_id)
        told = chosen.record()
        was_stopped = told.state is RunState.OPEN and bool(told.stop_reason)
        if told.state is RunState.OPEN and not was_stopped:
            raise UsageError(
                f"Run {chosen.id} is not finished: it is at work, or was cut off.",
                fix=f"When nothing is at work any more, type: {job.command('resume', chosen.id)}",
            )
        if not was_stopped:
            return write_report(job, chosen)
    with opened_ledger(job) as ledger:
        # What it left is settled now; resume sends it all the same.
        ledger.close_interrupted(at=job.now())
        return write_report(job, ledger.run(chosen.id))


def resolve(job: Job, run_id: str, rows: Sequence[int | str], *, sent: bool, uuid: str | None = None) -> RunResult:
    """
    Settle unknown rows as a person found out, and write the run's report again.

    A run that was cut off is closed first, so that what it had on its way is unknown too. When and why the run ended
    stays as it was; its exit code follows its rows.

    ``rows``: spreadsheet row numbers, or the number or uuid of an appointment whose row stands in no sheet. ``uuid``: of a create that was sent, for one row only.

    Raises:
        UsageError: a row is not unknown, or a uuid is given for several rows.
    """
    if uuid and len(rows) != 1:
        raise UsageError("A uuid belongs to one row.", fix="Resolve the rows one by one.")
    with opened_ledger(job) as ledger:
        close_cut_off(job, ledger)
        chosen = ledger.run(run_id)
        for number in rows:
            chosen.unknown.resolve(number, sent=sent, uuid=uuid, at=job.now())
        code = exit_code(chosen.report.totals(), held=bool(chosen.record().unreleased))
        chosen.recount(int(code))
        return write_report(job, chosen)


def _read(job: Job) -> AbstractContextManager[Ledger]:
    settings = job.settings
    return open_ledger(
        settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True, purge_key=settings.purge_key
    )
