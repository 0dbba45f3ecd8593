"""
What the table of ``importer.ledger`` never leads to, as a query and a sentence each.

A ledger in which one of these finds anything was written by a fault, or changed by another program.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select

from importer.ledger.tables import files, reminders, rows, runs
from importer.model.statuses import Action, ReminderState, RowState, RunState, Status

_OPEN: Final = (RowState.READY.value, RowState.SENDING.value, RowState.WAITING.value)
_ENDED: Final = (ReminderState.CANCELLED.value, ReminderState.NO_SHOW_SENT.value)
_LEADS_TO: Final = {
    Status.CREATED: ReminderState.ACTIVE,
    Status.UPDATED: ReminderState.ACTIVE,
    Status.CANCELLED: ReminderState.CANCELLED,
    Status.NO_SHOW_SENT: ReminderState.NO_SHOW_SENT,
}
_BY_LAST_ROW: Final = select(reminders.c.id).join(rows, rows.c.id == reminders.c.row_id)

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
        "A reminder has no uuid although its create is not in doubt.",
        select(reminders.c.id).where(
            reminders.c.uuid.is_(None),
            or_(reminders.c.state != ReminderState.UNCERTAIN.value, reminders.c.in_doubt.is_(None)),
        ),
    ),
    (
        "A reminder's create is in doubt although its uuid is known.",
        select(reminders.c.id).where(
            reminders.c.uuid.is_not(None),
            or_(reminders.c.state == ReminderState.UNCERTAIN.value, reminders.c.in_doubt == Action.CREATE.value),
        ),
    ),
    (
        "A reminder that was ended is in doubt.",
        select(reminders.c.id).where(reminders.c.state.in_(_ENDED), reminders.c.in_doubt.is_not(None)),
    ),
    (
        "A reminder is in doubt about values and names none, or names some without being in doubt.",
        select(reminders.c.id).where(
            reminders.c.state == ReminderState.ACTIVE.value,
            or_(
                and_(reminders.c.in_doubt == Action.UPDATE.value, reminders.c.doubtful == ""),
                and_(reminders.c.in_doubt.is_(None), reminders.c.doubtful != ""),
            ),
        ),
    ),
    (
        "A reminder has half a key.",
        select(reminders.c.id).where(reminders.c.phone.is_(None) != reminders.c.external_event_id.is_(None)),
    ),
    (
        "A call whose outcome is unknown left no doubt in its reminder.",
        _BY_LAST_ROW.where(
            rows.c.status == Status.UNKNOWN.value, reminders.c.in_doubt.is_(None), reminders.c.state.not_in(_ENDED)
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
