"""``importer retry --keep``: what a run left, as a draft to be looked at before it is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.commands.drafts.draft_keeping import keep_plan, keeping, next_told, result_of
from importer.commands.drafts.draft_staging import stage_retried
from importer.commands.ledgers import ledger_to_plan_by
from importer.commands.run import as_its_run, close_cut_off, start
from importer.commands.stage_files import decide
from importer.ledger.drafts.draft_values import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.commands.job import Job
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.records import LifeRow
    from importer.reporting.plan_result import PlanResult


def keep_retry(
    job: Job, run_id: str | None = None, *, by: str | None = None, each_row: Callable[[LifeRow], None] | None = None
) -> tuple[PlanResult, Draft]:
    """
    Make a draft of what failed or was not sent in a run; nothing is sent.

    Raises:
        NothingToDo: nothing of the run is left to try again.
        UsageError: there is no such run, or another profile was named than its own.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    with ledger_to_plan_by(job) as ledger, keeping(each_row) as taken:
        close_cut_off(job, ledger)
        parent = ledger.run(run_id)
        job = as_its_run(job, parent.record())
        with ledger.rehearsing():
            begun = start(job, ledger, "plan", parent=parent.id)
            stage_retried(begun, parent.id)
            decide(job, begun)
            found = result_of(job, begun, taken)
        draft = keep_plan(
            job, ledger, found, taken, command="retry", parent=parent.id, by=by, source=Source(retried=parent.id)
        )
        return next_told(job, found, draft, None), draft
