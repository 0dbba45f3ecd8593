"""From staged rows to calls: each appointment goes through planning, and the plan is declared whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.errors import Held
from importer.model.issues import Issue
from importer.model.words import Status
from importer.planning import plan_lane
from importer.run.events import Event, Stage
from importer.run.guarding import guard
from importer.run.heeding import heed
from importer.run.missing import guard_missing, stage_missing
from importer.run.same_visits import elsewhere_of, find_same_visits, keep_pairs

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.model.plans import Verdict
    from importer.run.job import Job

BATCH: Final = 5_000


AGAIN: Final = "Make the plan again and look at it: importer plan FILE --out PLAN"


def decide(job: Job, ledger: Ledger, run_id: str, *, reviewed: str | None = None) -> None:
    """
    Give every row of the run its verdict, then hold back what the guards and the settings ask to hold back.

    ``reviewed``: the fingerprint of the plan that a person has seen, if there is one.

    Raises:
        Held: the calls are others than the reviewed ones; the plan was not declared whole.
        Interrupted: a signal came meanwhile; the plan is not whole.
    """
    now = job.now()
    elsewhere = find_same_visits(job, ledger, run_id)
    stage_missing(job, ledger, run_id)
    batch: list[Verdict] = []
    planned = 0
    for lane in ledger.lanes(run_id):
        heed(job)
        other = elsewhere_of(lane, elsewhere)
        batch += plan_lane(lane.known, lane.rows, now=now, allow_past=job.profile.allow_past, elsewhere=other)
        if len(batch) >= BATCH:
            ledger.record_verdicts(run_id, batch, at=now)
            planned += len(batch)
            job.on_event(Event(Stage.PLANNING, planned))
            batch = []
    ledger.record_verdicts(run_id, batch, at=now)
    guard_missing(job, ledger, run_id)
    hold_back(job, ledger, run_id)
    guard(job, ledger, run_id)
    keep_pairs(job, ledger, run_id, elsewhere)
    # Last, because a run that is cut off after it may be resumed: what is held back must be so by then.
    if not ledger.commit_plan(run_id, reviewed=reviewed):
        raise Held("The files now lead to other calls than the plan shows; nothing was sent.", fix=AGAIN)


def hold_back(job: Job, ledger: Ledger, run_id: str) -> None:
    """
    Withhold calls that ``--only`` leaves out; with ``--all-or-nothing``, all of them if a row is invalid.

    A retry has only some rows of its files: those of the runs that it goes back to count too.
    """
    if job.settings.only:
        left_out = [action for action in ledger.pending(run_id) if action not in job.settings.only]
        ledger.withhold(run_id, Status.NOT_SENT, Issue("left_out"), at=job.now(), actions=left_out)
    if job.settings.all_or_nothing and any(ledger.totals(each).get(Status.INVALID) for each in ledger.line_of(run_id)):
        ledger.withhold(run_id, Status.NOT_SENT, Issue("all_or_nothing"), at=job.now())
