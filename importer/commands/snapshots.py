"""
Snapshots: appointments that a file should hold and does not become rows without a number, and a guard looks at them.

They are staged as cancels, so that planning, sending, resume, retry and reports treat them as any cancel. Before the
plan is whole they are held back: all of them where they are only to be reported, where a row does not say which
appointment it means (it may be a missing one), or where they are more than the guard lets go.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from importer.commands.job import Event, Stage
from importer.guards import objection, scope_of
from importer.ledger.call_queue import Which
from importer.model.issues import Issue
from importer.model.records import Ahead, Missing
from importer.model.staged_files import StagedRow
from importer.model.statuses import Action, Hold, Status
from importer.problems import problem
from importer.problems.guard_kinds import COUNTED
from importer.reporting.report_columns import is_result_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.same_visits import Standing
    from importer.model.records import RunRecord


BATCH: Final = 2_000
# Rows with these name one appointment by their uuid and another by their phone and number; either may be meant.
UNSURE: Final = frozenset({"uuid_contradicts", "identity_cannot_change", "rows_name_several"})


def stage_missing(job: Job, run: Run) -> None:
    """Stage a cancel for each appointment of the snapshot that no row names; a file that is only a part has none."""
    scope = scope_of(job.profile, job.now())
    files = run.files.all()
    if scope is None or not files:
        return
    if reason := _why_not(run):
        job.on_event(Event(Stage.NOTE, text=f"{reason}, so no appointment counts as missing from the snapshot."))
        return
    status = None if job.profile.cancel_missing else Status.UNCHANGED
    after, before = scope.bounds
    found = run.ledger.ahead(job.profile.name, after=after, before=before, unnamed_in=run)
    staged = (cancelling_row(one, status, location=one.location) for one in found if scope.has(one))
    while batch := list(islice(staged, BATCH)):
        run.rows.stage_missing(files[-1].id or 0, batch)


def cancels_missing(job: Job, run: Run) -> bool:
    """Whether the files of a snapshot are everything of their window, and what vanished from them is cancelled."""
    return job.profile.cancel_missing and not _why_not(run)


def _why_not(run: Run) -> str:
    """Return why the files of a run are not everything of their window, "" if they are."""
    record = run.record()
    asked = record.settings
    if _is_retry(record):
        return "A retry has only some rows of its files"
    if asked.get("rows") or asked.get("limit") is not None:
        return "Only some rows of the file were asked for"
    if any(file.facts is not None and file.facts.is_part for file in run.files.all()):
        return "Hidden rows of the file were left out"
    if asked.get("only") and Action.CANCEL not in asked["only"]:
        return "Cancellations were not asked for"
    if any(is_result_column(heading) for file in run.files.all() for heading in file.headings):
        return "The file is a report of the importer"
    return ""


def _is_retry(record: RunRecord) -> bool:
    """Whether a run has only rows that an earlier one left; so has the plan by which a retry is looked at."""
    return record.parent is not None


def cancelling_row(
    one: Ahead | Standing, status: Status | None = None, *, warnings: bytes = b"[]", location: str | None = None
) -> StagedRow:
    """
    Return the row of no sheet that cancels a known appointment; UNCHANGED where it is only to be reported.

    ``warnings``: why it is cancelled, as JSON. ``location``: where it takes place, as far as that is known.
    """
    return StagedRow(
        number=0,
        action=Action.CANCEL.value,
        phone=one.phone,
        external_event_id=one.external_event_id,
        uuid=one.uuid,
        cells=b"[]",
        payload=one.accepted,
        defaulted=(),
        starts_at=one.starts_at,
        status=status,
        conditional=False,
        problems=b"[]",
        warnings=warnings,
        location=location,
    )


def guard_missing(job: Job, run: Run, missing: Sequence[Missing]) -> list[Hold]:
    """
    Let the cancels of ``missing`` appointments go, or hold them back; return why they wait for a person.

    Called once every row has its verdict, and before the plan is whole.
    """
    if _is_retry(run.record()):
        spare_started(job, run)
        return []
    note = _reported(job, run)
    if note is not None:
        run.calls.spare([one.row_id for one in missing], note, at=job.now())
        return []
    return _let_go_or_hold(job, run, [one.row_id for one in missing])


def spare_started(job: Job, run: Run) -> None:
    """Take back the cancels of missing appointments that have started since: the past is never cancelled."""
    now = job.now()
    started = [one.row_id for one in run.rows.missing() if one.is_open and (one.due or 0) <= now]
    if started:
        run.calls.spare(started, Issue("missing_started"), at=now)


def _reported(job: Job, run: Run) -> Issue | None:
    """Return why the missing appointments are only reported, None where they may be cancelled."""
    if run.rows.has_nameless(unsure=UNSURE):
        return Issue("missing_unreadable")
    return None if job.profile.cancel_missing else Issue("missing_reported")


def _let_go_or_hold(job: Job, run: Run, row_ids: Sequence[int]) -> list[Hold]:
    note = objection(len(row_ids), _known(job, run.ledger), job.profile, job.settings.approve)
    if note is None:
        run.rows.remark(row_ids, Issue("missing_cancelled"))
        return []
    run.calls.withhold(Status.HELD, note, at=job.now(), which=Which(row_ids))
    said = problem(note.code, value=note.value, detail=note.detail)
    held = Hold(said.code, said.message, said.fix)
    run.guards.remember([*(other for other in run.record().holds if other.code not in COUNTED), held])
    return [held]


def _known(job: Job, ledger: Ledger) -> int:
    """Return how many appointments of the snapshot are known, the missing ones among them."""
    scope = scope_of(job.profile, job.now())
    if scope is None:
        return 0
    after, before = scope.bounds
    return sum(map(scope.has, ledger.ahead(job.profile.name, after=after, before=before)))


def supersede_omitted(job: Job, run: Run) -> int:
    """
    Let creates of a stopped run stay unsent that lie in the snapshot of a later run and are not in it; return how many.

    Rows that a later run names are superseded by ``Recovery.reopen`` itself. Without a snapshot a file says nothing by
    what it omits; a later one that a guard holds has no say yet.
    """
    scope = scope_of(job.profile, job.now())
    if scope is None:
        return 0
    claims, count = run.ledger.claims, 0
    if not claims.unsent_creates(run.id):
        return count
    for later in run.later():
        if later.record().unreleased or not later.files.all() or _why_not(later):
            continue
        found = [
            row_id
            for row_id, location, starts_at, payload in claims.unsent_creates(run.id, unnamed_in=later.id)
            if starts_at is not None and scope.has(Ahead(None, None, "", starts_at, payload, location))
        ]
        claims.supersede(found)
        count += len(found)
    return count
