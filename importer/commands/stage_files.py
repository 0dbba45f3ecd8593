"""Files into the ledger, row by row, and from staged rows to calls: the plan is declared whole before anything leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.checking import stage
from importer.commands.evaluate_guards import elsewhere_of, find_same_visits, guard, keep_pairs
from importer.commands.job import Event, Stage, heed, named
from importer.commands.old_reports import without_done
from importer.commands.pipeline import Judged, Seen, judged
from importer.commands.snapshots import guard_missing, stage_missing
from importer.errors import Held
from importer.model.gc_pause import uncollected
from importer.model.issues import Issue
from importer.model.records import FileRecord
from importer.model.statuses import Status
from importer.planning import plan_lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.model.planned_calls import Verdict


def stage_files(job: Job, ledger: Ledger, run_id: str, paths: Sequence[str]) -> None:
    """
    Stage all rows of all files, in chunks of one transaction each.

    Raises:
        FileRefused: one of the files cannot be read to its end; then none of them may be sent.
    """
    is_part = bool(job.settings.rows or job.settings.limit is not None)
    for path, name in named(paths):
        with judged(job, path, name) as sheet:
            _stage_sheet(ledger, run_id, sheet, is_part=is_part)


def _stage_sheet(ledger: Ledger, run_id: str, judged_sheet: Judged, *, is_part: bool) -> None:
    file_id = ledger.add_file(run_id, file_record(judged_sheet))
    seen = Seen(judged_sheet.matching)
    for checked in judged_sheet.chunks:
        seen.see(checked)
        with uncollected():
            rows_staged = without_done(ledger, judged_sheet.matching, checked.chunk, stage(checked))
            ledger.stage(run_id, file_id, rows_staged)
    sheet = judged_sheet.sheet
    ledger.describe_file(file_id, seen.facts(is_part=is_part), notes=(*sheet.notes, *sheet.notes_at_end()))


def file_record(judged_sheet: Judged) -> FileRecord:
    """Return what the ledger and the reports say of the sheet; its rows are counted as they are staged."""
    sheet = judged_sheet.sheet
    return FileRecord(
        name=sheet.source.name,
        sha256=sheet.source.sha256,
        sheet=sheet.name,
        headings=sheet.headings,
        heading_row=sheet.heading_row,
        notes=sheet.notes,
    )


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
