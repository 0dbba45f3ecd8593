"""The end of a run: every row has its status, the sums add up, the reports are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.ledger.opening import place_of
from importer.reporting import Report, build_report, exit_code
from importer.run.events import Event, Stage
from importer.run.logged import tell_finished
from importer.writing import Written, write_reports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.ledger import Ledger
    from importer.model.records import RunRecord, Unresolved
    from importer.model.words import Status
    from importer.run.job import Job


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
