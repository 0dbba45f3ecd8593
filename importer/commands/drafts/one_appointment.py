"""``importer cancel``, ``no-show`` and ``move``: a draft of one row about one appointment, sent after the question."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.commands.drafts.draft_apart import keep_made_apart
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.drafts.made_sheets import Sheet, cells_of_reminder, keep_sheet
from importer.commands.drafts.undo import undo_of_one
from importer.commands.ledgers import ledger_to_send_by
from importer.commands.run import agree, close_cut_off
from importer.errors import Exit, Held, Interrupted, NothingToDo, UsageError
from importer.model.statuses import Action, ReminderState

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.commands.job import Job
    from importer.commands.run import Confirm, RunResult
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.records import Reminder
    from importer.reporting.plan_result import PlanResult


ACTIONS: Final = {"cancel": Action.CANCEL, "no_show": Action.NO_SHOW, "move": Action.UPDATE}
UNDO: Final = "undo"
TITLES: Final = {
    "cancel": "Cancel of one appointment",
    "no_show": "No-show of one appointment",
    "move": "Move of one appointment",
    UNDO: "Undo for one appointment",
}
"""What can be done with one appointment, and what that is called in a list."""
_LOOK: Final = "importer explain ID shows what is known of an appointment."


def unseen(_found: PlanResult) -> None:
    """Show nothing."""


def change_one(  # noqa: PLR0913 - what is asked for, all but the first three by name
    job: Job,
    what: str,
    name: str,
    *,
    when: str = "",
    show: Callable[[PlanResult], None] = unseen,
    confirm: Confirm = agree,
    by: str | None = None,
) -> RunResult:
    """
    Cancel or move one appointment, or send its no-show. ``show``: is given what would be sent, before anybody is asked.

    ``what``: a key of ``ACTIONS``. ``name``: the appointment's number, its uuid, or a phone that has one appointment.
    ``when``: for a move, the new start as a sheet would have it, in the appointment's own zone.

    Raises:
        UsageError: no appointment is meant, or several; or the change is not possible, and why.
        NothingToDo: it is so already.
        Held: a safety check holds it.
        Interrupted: the answer was no; nothing was sent and nothing is kept.
    """
    with ledger_to_send_by(job) as ledger:
        job = replace(job, ledger=ledger)
        close_cut_off(job, ledger)
        found, draft = keep_change(job, ledger, what, name, when=when, by=by)
        try:
            _refuse_without_call(found)
            show(found)
            return run_draft(job, draft.id, confirm=confirm)
        except (Held, Interrupted, NothingToDo, UsageError):
            with suppress(UsageError):
                ledger.drafts.drop(draft.id)
            raise


def keep_change(  # noqa: PLR0913 - what is asked for, all but the first four by name
    job: Job, ledger: Ledger, what: str, name: str, *, when: str = "", by: str | None = None
) -> tuple[PlanResult, Draft]:
    """Make the draft of such a change; nothing is sent. Raises as ``change_one``."""
    return keep_sheet(job, ledger, sheet_of(ledger, what, name, when=when), command=what, by=by)


def keep_change_apart(  # noqa: PLR0913 - what is asked for, all but the first four by name
    job: Job, draft_id: str, what: str, name: str, *, when: str = "", by: str | None = None
) -> tuple[PlanResult, Draft]:
    """
    Make the draft of a change of one appointment beside a run that sends. ``what``: a key of ``TITLES``.

    Raises:
        UsageError, NothingToDo: the change is not possible, and why.
        LedgerError: the memory cannot be used.
    """

    def make(ledger: Ledger) -> Sheet:
        if what == UNDO:
            return undo_of_one(ledger, the_one(ledger, name), now=job.now())
        return sheet_of(ledger, what, name, when=when)

    return keep_made_apart(job, draft_id, make, command=what, by=by)


def why_not(one: Reminder, what: str, *, now: float) -> str:
    """Return why a change of an appointment is not possible, "" where it may be. ``what``: a key of ``TITLES``; ``now``: UTC seconds."""
    if one.uuid is None or one.in_doubt is not None:
        return "The outcome of an earlier request for it is not known; that has to be settled first."
    if one.state is ReminderState.CANCELLED:
        return CANCELLED_BACK if what == UNDO else "It is cancelled."
    if one.state is not ReminderState.ACTIVE:
        return "A no-show cannot be taken back." if what == UNDO else "Its no-show was sent."
    has_begun = one.starts_at is not None and one.starts_at <= now
    if what == "no_show" and not has_begun:
        return "Possible once the visit has begun."
    if what == UNDO and has_begun:
        return "The visit has begun by now."
    return "It was not sent from here, so what it was before is not known." if what == UNDO and one.imported else ""


CANCELLED_BACK: Final = "A cancellation cannot be taken back. Book the appointment again with a new number."


def sheet_of(ledger: Ledger, what: str, name: str, *, when: str = "") -> Sheet:
    """Return the sheet of one row that asks for a change of one appointment. Raises as ``change_one``."""
    reminder = the_one(ledger, name)
    row = {"action": ACTIONS[what].value, **cells_of_reminder(reminder)}
    if what == "move":
        if not when.strip():
            raise UsageError("No new start is named.", fix="Write importer move ID WHEN, such as 2027-03-12 10:30.")
        row |= {"eventDateTime": when, "subscriberTimeZone": str(reminder.values.get("subscriberTimeZone", ""))}
    title = what.replace("_", "-")
    return Sheet(f"{title} of one appointment.csv", [row])


def the_one(ledger: Ledger, name: str) -> Reminder:
    """
    Return the one appointment that a number, a uuid or a phone means.

    Raises:
        UsageError: there is none, or several; then its number or its uuid has to be named.
    """
    found = ledger.find(name)
    if not found:
        raise UsageError("The ledger knows no appointment by that number, uuid or phone.", fix=_LOOK)
    on = [one for one in found if one.state is ReminderState.ACTIVE]
    chosen = on if len(found) > 1 else found
    if len(chosen) > 1:
        raise UsageError(
            f"{len(chosen)} appointments go by that name.", fix=f"Name the one by its number or its uuid. {_LOOK}"
        )
    if not chosen:
        raise UsageError("None of the appointments by that name is on any more.", fix=_LOOK)
    (reminder,) = chosen
    if reminder.uuid is None or reminder.in_doubt is not None:
        raise UsageError(
            f"The outcome of an earlier request for it is not known, in run {reminder.run}.",
            fix=f"Settle it first: importer resolve {reminder.run} ROW",
        )
    return reminder


def _refuse_without_call(found: PlanResult) -> None:
    """Raise what says why there is nothing to send."""
    if found.call_count:
        return
    if found.holds:
        raise Held(found.holds[0].message, fix=found.holds[0].fix)
    rows = [row for group in found.groups for row in group.rows]
    problems = [problem for row in rows for problem in row.row.problems]
    if problems:
        # There is no sheet whose column could be meant.
        where, colon, message = str(problems[0].get("message", "")).partition(": ")
        of_cell = bool(colon) and where.startswith("Column ")
        of_start = of_cell and problems[0].get("code") != "blocked"
        fix = "Write the start as 2027-03-12 10:30." if of_start else str(problems[0].get("fix", ""))
        raise UsageError(message if of_cell else str(problems[0].get("message", "")), fix=fix)
    raise NothingToDo("Nothing to send: the appointment is so already.", exit_code=Exit.DONE)
