"""``importer plan``: what a run would do, row by row, decided as a run decides it, and forgotten again."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.model.words import Action, Status
from importer.run.deciding import decide
from importer.run.execution import close_cut_off, opened_ledger, stage_or_abandon, start
from importer.run.reviewed import PlanFile, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.ledger import Ledger
    from importer.model.records import FileRecord, LifeRow
    from importer.run.job import Job

TEXTING = (Action.CREATE, Action.CANCEL, Action.NO_SHOW)


@dataclass(frozen=True, slots=True)
class PlanResult:
    """
    What would be sent.

    ``calls``: how many of each action. ``totals``: rows that need no call, by the status they would have at once.
    ``people``: how many phones a call of this plan may text at once. ``fingerprint``: of the calls.
    """

    files: tuple[FileRecord, ...]
    calls: Mapping[Action, int]
    totals: Mapping[Status, int]
    people: int
    fingerprint: str
    saved: Path | None = None

    @property
    def exit_code(self) -> Exit:
        """As the run would have: 4 where rows are wrong, 6 where some are held, else 0."""
        if self.totals.get(Status.HELD):
            return Exit.HELD
        return Exit.SOME_ROWS_FAILED if self.totals.get(Status.INVALID) else Exit.DONE


def plan(
    job: Job,
    paths: Sequence[str],
    *,
    out: Path | None = None,
    each_row: Callable[[LifeRow], None] | None = None,
) -> PlanResult:
    """
    Decide what a run over these files would do now; nothing is sent and nothing of it stays in the ledger.

    ``each_row`` gets every row in order, with old and new values of what an update would change.

    Raises:
        FileRefused: a file cannot be read.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    with opened_ledger(job) as ledger:
        close_cut_off(job, ledger)
        newest = _newest_run(ledger)
        with staged_plan(job, ledger, paths) as run_id:
            result = _result(ledger, run_id, each_row, out)
        if out is not None:
            save(out, _plan_file(job, paths, result, newest))
        return result


@contextmanager
def staged_plan(job: Job, ledger: Ledger, paths: Sequence[str]) -> Iterator[str]:
    """Stage and decide a run that is forgotten after the block."""
    begun = start(job, ledger, "plan")
    stage_or_abandon(job, ledger, begun.id, paths)
    try:
        decide(job, ledger, begun.id)
        yield begun.id
    finally:
        ledger.forget(begun.id)


def _result(ledger: Ledger, run_id: str, each_row: Callable[[LifeRow], None] | None, out: Path | None) -> PlanResult:
    people: set[Any] = set()
    for row in ledger.decided(run_id):
        if row.row.status is None and row.row.action in TEXTING:
            people.add(row.payload.get("phone") or row.row.uuid)
        if each_row is not None:
            each_row(row)
    return PlanResult(
        files=tuple(ledger.files(run_id)),
        calls=ledger.pending(run_id),
        totals=Counter(ledger.totals(run_id)),
        people=len(people),
        fingerprint=ledger.plan_fingerprint(run_id),
        saved=out,
    )


def _newest_run(ledger: Ledger) -> str:
    newest = ledger.runs(1)
    return newest[0].id if newest else ""


def _plan_file(job: Job, paths: Sequence[str], result: PlanResult, newest: str) -> PlanFile:
    return PlanFile(
        made_at=job.now(),
        paths=tuple(paths),
        sha256=tuple(file.sha256 for file in result.files),
        choices=choices(job),
        calls={action.value: count for action, count in result.calls.items()},
        fingerprint=result.fingerprint,
        newest_run=newest,
    )


def choices(job: Job) -> dict[str, Any]:
    """Return the settings that decide what is sent; a plan is carried out with the same."""
    names = ("profile", "sheet", "limit", "rows", "only", "action", "all_or_nothing", "base_url")
    return {name: job.settings.plain(name) for name in names}
