"""
What the tables of ``importer.ledger`` never lead to: of a reminder by itself, and of rows, runs and reminders together.

A ledger in which one of these finds anything was written by a fault, or changed by another program. A line of an export
is held to the same rules before it is taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, and_, func, or_, select

from importer.ledger.tables import files, reminders, rows, runs
from importer.model.statuses import ENDED, SENT_AS, STATE_AFTER, Action, ReminderState, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPEN: Final = (RowState.READY.value, RowState.SENDING.value, RowState.WAITING.value)
_LEADS_TO: Final = {SENT_AS[action]: state for action, state in STATE_AFTER.items()}
_BEFORE: Final = rows.alias("before")
_BY_LAST_ROW: Final = select(reminders.c.id).join(rows, rows.c.id == reminders.c.row_id)


def wrong_reminder(held: Mapping[str, Any]) -> str:
    """
    Return what is wrong with a reminder by itself, "" if nothing is.

    ``held``: its columns ``phone``, ``external_event_id``, ``uuid``, ``state``, ``in_doubt`` and ``doubtful``.
    """
    return next((said for said, is_so in WRONG_REMINDERS.items() if is_so(held)), "")


def _may_be_made(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.UNCERTAIN or held["in_doubt"] == Action.CREATE)


def _create_waits(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.UNCERTAIN and held["in_doubt"] == Action.CREATE)


def _is_active(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.ACTIVE)


WRONG_REMINDERS: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "it has no uuid, although its create is not in doubt": lambda one: one["uuid"] is None and not _create_waits(one),
    "its create is in doubt, although its uuid is known": lambda one: one["uuid"] is not None and _may_be_made(one),
    "it has a phone or a number alone": lambda one: (one["phone"] is None) != (one["external_event_id"] is None),
    "it was ended and is in doubt": lambda one: one["state"] in ENDED and one["in_doubt"] is not None,
    "it is in doubt about values and names none": lambda one: (
        _is_active(one) and one["in_doubt"] == Action.UPDATE and not one["doubtful"]
    ),
    "it names values in doubt without being in doubt": lambda one: (
        _is_active(one) and one["in_doubt"] is None and bool(one["doubtful"])
    ),
}
"""What is wrong with a reminder, and whether it is so; a reminder is the columns that ``wrong_reminder`` takes."""


IMPOSSIBLE: Final[tuple[tuple[str, Select[Any]], ...]] = (
    (
        "A row is settled without a status, or has a status without being settled.",
        select(rows.c.id).where((rows.c.state == RowState.SETTLED.value) != rows.c.status.is_not(None)),
    ),
    (
        "A row of a finished run is not settled.",
        select(rows.c.id)
        .join(runs, runs.c.seq == rows.c.run)
        .where(runs.c.state == RunState.FINISHED.value, rows.c.state != RowState.SETTLED.value),
    ),
    (
        "A run that may send has a row without a verdict.",
        select(rows.c.id).join(runs, runs.c.seq == rows.c.run).where(runs.c.planned, rows.c.state == "staged"),
    ),
    (
        "A settled row has an open call, or an open row has none.",
        select(rows.c.id).where(
            or_(
                and_(rows.c.state.in_(_OPEN), rows.c.due.is_(None)),
                and_(rows.c.state == RowState.SETTLED.value, rows.c.due.is_not(None)),
            )
        ),
    ),
    (
        "Two runs are open at once.",
        select(func.min(runs.c.seq)).where(runs.c.state == RunState.OPEN.value).having(func.count() > 1),
    ),
    (
        "A finished run has no exit code, or an open one has.",
        select(runs.c.seq).where((runs.c.state == RunState.FINISHED.value) != runs.c.exit_code.is_not(None)),
    ),
    (
        "A call of a plan that is not whole was tried.",
        select(rows.c.id).join(runs, runs.c.seq == rows.c.run).where(~runs.c.planned, rows.c.attempts > 0),
    ),
    (
        "A call waits for a row of another run.",
        select(rows.c.id).join(_BEFORE, _BEFORE.c.id == rows.c.after).where(_BEFORE.c.run != rows.c.run),
    ),
    (
        "A row counts as sent by another call than its own.",
        select(rows.c.id).where(
            or_(
                *(
                    and_(rows.c.status == status.value, rows.c.planned.is_distinct_from(action.value))
                    for action, status in SENT_AS.items()
                )
            )
        ),
    ),
    (
        "A call is on its way without an attempt.",
        select(rows.c.id).where(rows.c.due.is_not(None), rows.c.state == "sending", rows.c.attempts == 0),
    ),
    (
        "Two calls of one appointment are on their way at once.",
        select(func.min(rows.c.id))
        .where(rows.c.due.is_not(None), rows.c.state == "sending")
        .group_by(rows.c.lane)
        .having(func.count() > 1),
    ),
    (
        "A row counts as created without a uuid.",
        select(rows.c.id).where(rows.c.status == Status.CREATED.value, rows.c.uuid.is_(None)),
    ),
    (
        "A no-show was sent twice.",
        select(func.min(rows.c.id))
        .where(rows.c.status == Status.NO_SHOW_SENT.value, rows.c.attempts > 0, rows.c.code.not_like("resolved%"))
        .group_by(rows.c.lane)
        .having(func.count() > 1),
    ),
    (
        "A row belongs to a file of another run.",
        select(rows.c.id).join(files, files.c.id == rows.c.file).where(files.c.run != rows.c.run),
    ),
    (
        "A call whose outcome is unknown left no doubt in its reminder.",
        _BY_LAST_ROW.where(
            rows.c.status == Status.UNKNOWN.value,
            reminders.c.in_doubt.is_(None),
            reminders.c.state.not_in([state.value for state in ENDED]),
        ),
    ),
    (
        "A reminder is in another state than the row led to that changed it last.",
        _BY_LAST_ROW.where(
            or_(
                *(
                    and_(rows.c.status == status.value, reminders.c.state != state.value)
                    for status, state in _LEADS_TO.items()
                )
            )
        ),
    ),
)
