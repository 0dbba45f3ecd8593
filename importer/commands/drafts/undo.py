"""
``importer undo RUN``: a draft that takes a run back, as far as that can be.

What the run created is cancelled. What it updated gets the values back that the ledger knew before the run: of each field
the one that the run's first update replaced. A cancellation, a no-show and a text that is out cannot be taken back; and
what a later run has changed since is left alone, for the later word counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from importer.commands.drafts.made_sheets import Sheet, cells_of_reminder, keep_sheet
from importer.commands.ledgers import ledger_to_plan_by
from importer.commands.run import close_cut_off
from importer.errors import NothingToDo, UsageError
from importer.model.records import is_rehearsal
from importer.model.statuses import Action, ReminderState, RunState, Status
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.drafts.taken_back import DoneRow
    from importer.model.records import LifeRow, Reminder, RunRecord
    from importer.reporting.plan_result import PlanResult


CANNOT: Final[dict[str, str]] = {
    "cancelled": "a cancellation cannot be taken back; book the appointment again with a new number",
    "no_show": "a no-show cannot be taken back",
    "changed_since": "a later run changed the appointment since; it is left alone",
    "in_doubt": "the outcome of a request for it is not known; settle it first",
    "not_settled": "the outcome of a request for it is not known; settle it first",
    "started": "the appointment has started by now",
    "ended": "the appointment is cancelled by now, or its no-show was sent",
    "value_unknown": "the value from before the run is not known",
    "unknown_here": "the ledger knows no reminder of it any more",
}


class Left(NamedTuple):
    """Something that is not taken back: the row of the run, its file, and why (a key of ``CANNOT``); ``field`` where one is meant."""

    file: str
    row: int
    why: str
    field: str = ""


@dataclass(slots=True)
class TakenBack:
    """What taking a run back comes to: the rows of a sheet that does it, what is left, and whom texts have reached."""

    rows: list[dict[str, str]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    texted: int = 0


def undo(
    job: Job, run_id: str, *, by: str | None = None, each_row: Callable[[LifeRow], None] | None = None
) -> tuple[PlanResult, Draft]:
    """
    Make a draft that takes a run back; nothing is sent.

    Raises:
        UsageError: there is no such run, it is not finished, a rehearsal, or an undo itself.
        NothingToDo: the run did nothing that could be taken back.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    with ledger_to_plan_by(job) as ledger:
        named = ledger.run(run_id).record()
        _refuse(job, ledger, named)
        close_cut_off(job, ledger)
        found = taken_back(ledger, named, now=job.now())
        if not found.rows:
            why = f" {sentences(found)[0]}" if found.left else ""
            raise NothingToDo(f"Run {named.id} did nothing that could be taken back.{why}")
        sheet = Sheet(f"undo of {named.id}.csv", found.rows, cannot=sentences(found))
        return keep_sheet(job, ledger, sheet, command="undo", parent=named.id, by=by, each_row=each_row)


def _refuse(job: Job, ledger: Ledger, run: RunRecord) -> None:
    if is_rehearsal(run.id):
        raise UsageError(
            f"Run {run.id} was a rehearsal: nothing of it was sent.", fix="Name a run that sent something."
        )
    if run.state is not RunState.FINISHED:
        raise UsageError(
            f"Run {run.id} is not finished, so it cannot be taken back yet.",
            fix=f"Finish it first: {job.command('resume', run.id)}",
        )
    if run.purged_at is not None:
        raise UsageError(
            f"Run {run.id} cannot be taken back: its personal data was removed by importer ledger purge.",
            fix="Cancel or move single appointments: importer cancel ID, importer move ID WHEN.",
        )
    draft = ledger.drafts.of_run(run.id)
    if draft is not None and draft.command == "undo":
        raise UsageError(
            f"Run {run.id} is an undo itself, of run {draft.parent}.",
            fix="Run the file of that run again to send it once more.",
        )


def undo_of_one(ledger: Ledger, one: Reminder, *, now: float) -> Sheet:
    """
    Return the sheet that takes back what the last run changed of one appointment.

    Raises:
        UsageError: that run is not known, or not finished.
        NothingToDo: nothing of it can be taken back; it says why.
    """
    named = ledger.run(one.run).record()
    if named.state is not RunState.FINISHED:
        raise UsageError(f"Run {named.id} is not finished, so it cannot be taken back yet.", fix="Wait for its end.")
    found = taken_back(ledger, named, now=now, only=one.uuid)
    if not found.rows:
        why = sentences(found)[0] if found.left else "Nothing of this appointment can be taken back."
        raise NothingToDo(why)
    return Sheet("undo of one appointment.csv", found.rows, cannot=sentences(found))


def taken_back(ledger: Ledger, run: RunRecord, *, now: float, only: str | None = None) -> TakenBack:
    """
    Return what takes a run back, appointment by appointment, in the order of its rows.

    ``only``: the uuid of the one appointment that is meant.
    """
    found = TakenBack()
    for reminder, rows in ledger.run(run.id).done.by_appointment():
        if only is not None and (reminder is None or reminder.uuid != only):
            continue
        found.texted += any(row.status is not Status.UPDATED for row in rows)
        _take_back(found, run, reminder, rows, now)
    return found


def _take_back(
    found: TakenBack, run: RunRecord, reminder: Reminder | None, rows: Sequence[DoneRow], now: float
) -> None:
    first, last = rows[0], rows[-1]
    if (why := _why_not(run, reminder, rows, now)) is not None:
        found.left.append(Left(last.file, last.number, why))
        return
    assert reminder is not None  # noqa: S101 - for the type alone: without one there is a reason not to
    if first.status is Status.CREATED:
        found.rows.append({"action": Action.CANCEL.value, **cells_of_reminder(reminder)})
        return
    before: dict[str, Any] = {}
    for row in rows:
        for change in row.changes:
            before.setdefault(change.field, change.before)
    unknown = [name for name, value in before.items() if value is None]
    found.left += [Left(last.file, last.number, "value_unknown", name) for name in unknown]
    known = {name: value for name, value in before.items() if value is not None}
    if known:
        found.rows.append({"action": Action.UPDATE.value, **cells_of_reminder(reminder), **cells_of(known, reminder)})


def _why_not(run: RunRecord, reminder: Reminder | None, rows: Sequence[DoneRow], now: float) -> str | None:
    """Return why nothing of an appointment can be taken back, None where something can."""
    ends = rows[-1].status
    if reminder is None:
        return "unknown_here"
    # The first that holds is told.
    reasons = {
        "in_doubt": any(row.status is Status.UNKNOWN for row in rows),
        "unknown_here": reminder.uuid is None,
        "changed_since": reminder.run != run.id,
        "cancelled": ends is Status.CANCELLED,
        "no_show": ends is Status.NO_SHOW_SENT,
        "not_settled": reminder.in_doubt is not None,
        "ended": reminder.state is not ReminderState.ACTIVE,
        "started": reminder.starts_at is not None and reminder.starts_at <= now,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def cells_of(values: dict[str, Any], reminder: Reminder) -> dict[str, str]:
    """Return values of a reminder as cells of a sheet, which read as the same values again."""
    cells: dict[str, str] = {}
    metadata = {
        name.removeprefix(METADATA_PREFIX): value for name, value in values.items() if name.startswith(METADATA_PREFIX)
    }
    for name, value in values.items():
        if name.startswith(METADATA_PREFIX):
            continue
        if isinstance(value, dict):
            cells[name] = str(value.get("uuid", ""))
        else:
            cells[name] = str(value).lower() if isinstance(value, bool) else str(value)
    if metadata:
        cells["metadata"] = orjson.dumps(metadata).decode()
    if "eventDateTime" in cells:
        # A time means nothing without its zone.
        cells.setdefault("subscriberTimeZone", str(reminder.values.get("subscriberTimeZone", "")))
    return cells


def sentences(found: TakenBack) -> list[str]:
    """Return what cannot be taken back, for people."""
    return list(_sentences(found))


def _sentences(found: TakenBack) -> Iterator[str]:
    for one in found.left:
        of_field = f" ({one.field})" if one.field else ""
        where = f"Row {one.row} of {one.file}" if one.row else f"An appointment without a row in {one.file}"
        yield f"{where}{of_field}: {CANNOT[one.why]}."
    if found.texted:
        people = "1 person" if found.texted == 1 else f"{found.texted:,} people"
        yield f"What the run texted to {people} is out and cannot be taken back."
