"""Files into the ledger, row by row, and from staged rows to calls: the plan is declared whole before anything leaves."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from importer.checking import stage, stage_columns
from importer.commands.do_not_text_file import REFUSALS, withhold_listed, withhold_refused
from importer.commands.evaluate_guards import elsewhere_of, find_same_visits, guard, keep_pairs
from importer.commands.job import Event, Stage, heed, named
from importer.commands.old_reports import STATUS, without_done
from importer.commands.pipeline import Judged, Seen, judged
from importer.commands.snapshots import guard_missing, stage_missing
from importer.errors import Held
from importer.ledger.call_queue import Which
from importer.model.issues import Issue
from importer.model.staged_files import FileRecord
from importer.model.statuses import Status
from importer.planning.lanes import plan_lane
from importer.planning.transitions import without_thought

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.job import Job
    from importer.ledger import Run
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.planned_calls import Verdict
    from importer.model.staged_files import StagedRow


def stage_files(job: Job, run: Run, paths: Sequence[str], *, by_chunk: bool = False) -> None:
    """
    Stage all rows of all files, in chunks of one transaction each.

    ``by_chunk``: those of a chunk that repeat what is known are kept together.

    Raises:
        FileRefused: one of the files cannot be read to its end; then none of them may be sent.
    """
    stage_named(job, run, named(paths, job.copies), by_chunk=by_chunk)


def stage_named(job: Job, run: Run, files: Sequence[tuple[str, str | None]], *, by_chunk: bool = False) -> None:
    """Stage files as ``stage_files`` does, each with its name in reports; None for standard input."""
    is_part = bool(job.is_part or job.settings.rows or job.settings.limit is not None)
    for path, name in files:
        with judged(job, path, name) as sheet:
            file_id = _stage_sheet(job, run, sheet, is_part=is_part or bool(sheet.sheet.hidden), by_chunk=by_chunk)
        if job.corrections is not None and (left_out := job.corrections.left_out(path)):
            run.rows.leave_out(file_id, left_out, at=job.now())


def _stage_sheet(job: Job, run: Run, judged_sheet: Judged, *, is_part: bool, by_chunk: bool) -> int:
    """Stage one sheet; return the file's id."""
    file_id = run.files.add(file_record(judged_sheet))
    seen, planning = Seen(judged_sheet.matching), without_thought(job.now())
    for checked in judged_sheet.chunks:
        seen.see(checked)
        if by_chunk and STATUS not in judged_sheet.matching.results:
            run.rows.stage_columns(file_id, stage_columns(checked), planning)
            continue
        staged: Sequence[StagedRow] = stage(checked)
        if STATUS in judged_sheet.matching.results:
            staged = without_done(run.ledger, judged_sheet.matching, checked.chunk, staged)
        run.rows.stage(file_id, staged, planning)
    run.rows.staged()
    sheet = judged_sheet.sheet
    facts = replace(seen.facts(is_part=is_part), epoch_1904=sheet.epoch_1904)
    run.files.describe(file_id, facts, notes=(*sheet.notes, *sheet.notes_at_end()))
    return file_id


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


MAKE_AGAIN: Final = "Make the plan again and look at it: importer plan FILE --out PLAN"


class OtherCallsError(Held):
    """The plan leads to other calls than the one that a person has seen."""


def decide(job: Job, run: Run, *, reviewed: str | None = None, draft: Draft | None = None) -> None:
    """
    Give every row of the run its verdict, then hold back what the guards and the settings ask to hold back.

    ``reviewed``: the fingerprint of the plan that a person has seen, if there is one. ``draft``: the draft that it is of.

    Raises:
        OtherCallsError: the calls are others than the reviewed ones; the plan was not declared whole.
        Interrupted: a signal came meanwhile; the plan is not whole.
    """
    now = job.now()
    elsewhere = find_same_visits(job, run)
    if job.profile.snapshot:
        stage_missing(job, run)
    batch: list[Verdict] = []
    planned = 0
    for lane in run.plan.lanes():
        heed(job)
        other = elsewhere_of(lane, elsewhere)
        batch += plan_lane(lane.known, lane.rows, now=now, allow_past=job.profile.allow_past, elsewhere=other)
        if len(batch) >= BATCH:
            run.plan.record(batch, at=now)
            planned += len(batch)
            job.on_event(Event(Stage.PLANNING, planned))
            batch = []
    run.plan.record(batch, at=now)
    if missing := run.rows.missing():
        guard_missing(job, run, missing)
    hold_back(job, run)
    guard(job, run)
    keep_pairs(job, run, elsewhere)
    # Last, because a run that is cut off after it may be resumed: what is held back must be so by then.
    if not run.plan.commit(reviewed=reviewed, draft=draft):
        raise OtherCallsError(
            "The files now lead to other calls than the plan shows; nothing was sent.", fix=MAKE_AGAIN
        )


def hold_back(job: Job, run: Run) -> None:
    """
    Withhold calls that would text people of the do-not-text list, and those that ``--only`` leaves out; with ``--all-or-nothing``, all of them if a row is invalid.

    Nor is anybody texted of whom another row of the run says that this may not be. A retry has only some rows of its files: those of the runs that
    it goes back to count too.
    """
    refused = run.report.refused(REFUSALS)
    if first := next(refused, None):
        withhold_refused(job, run, chain([first], refused))
    if job.settings.do_not_text:
        withhold_listed(job, run)
    if job.settings.only:
        left_out = [action for action in run.calls.pending() if action not in job.settings.only]
        run.calls.withhold(
            Status.NOT_SENT,
            Issue("left_out", detail="This run was asked for other actions only (--only)"),
            at=job.now(),
            which=Which(actions=left_out),
        )
    one_is_invalid = job.rest is not None and job.rest.invalid
    if job.settings.all_or_nothing and (
        one_is_invalid or any(each.report.totals().get(Status.INVALID) for each in run.line())
    ):
        run.calls.withhold(Status.NOT_SENT, Issue("all_or_nothing"), at=job.now())
