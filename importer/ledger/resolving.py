"""A person settles what the importer cannot know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, delete, select, update

from importer.errors import UsageError
from importer.ledger.calling import CALLS, planned_call
from importer.ledger.notes import add_notes
from importer.ledger.reminding import Touch, touch
from importer.ledger.tables import Found, reminders, rows
from importer.model.plans import ReminderChange, accepted
from importer.model.words import SENT_AS, Action, ReminderState, RowState, Status


def resolve(  # noqa: PLR0913 - the ledger's face passes it on
    connection: Connection, run: Found, number: int, *, sent: bool, uuid: str | None, at: float
) -> Status:
    """
    Settle an UNKNOWN row as sent or not sent; return its new status. Saying the same again changes nothing.

    Args:
        number: the spreadsheet row.
        sent: whether the API processed the call.
        uuid: the reminder's; a create that was sent needs it.

    Raises:
        UsageError: no such row, not unknown, or a create without its uuid.
    """
    row = _unknown(connection, run, number, sent=sent)
    if row is None:
        return Status(connection.execute(_status_of(run.seq, number)).scalar_one())
    call = planned_call(row)
    if not sent:
        _forget(connection, row)
        return _settle(connection, row.id, Status.NOT_SENT, None, at)
    if call.action is Action.CREATE and not uuid:
        raise UsageError(
            f"Row {number} is a create, and without its uuid the reminder cannot be reached any more.",
            fix="Give the uuid: importer resolve RUN ROW --sent UUID.",
        )
    change = accepted(call, uuid)
    _refuse_foreign(connection, change)
    touch(connection, [Touch(change, run_id=run.id, row_id=row.id, at=at)])
    return _settle(connection, row.id, SENT_AS[call.action], change.uuid, at)


def _refuse_foreign(connection: Connection, change: ReminderChange) -> None:
    """Raise ``UsageError`` for a uuid under which the ledger knows another appointment."""
    if change.uuid is None:
        return
    owner = connection.execute(select(reminders.c.key_hash).where(reminders.c.uuid == change.uuid)).scalar()
    if owner is not None and owner != change.lane:
        raise UsageError(
            "The ledger knows this uuid as another appointment's.",
            fix="Check the uuid; `importer explain UUID` shows whose it is.",
        )


def _status_of(seq: int, number: int) -> Any:
    return select(rows.c.status).where(rows.c.run == seq, rows.c.number == number).order_by(rows.c.id).limit(1)


def _unknown(connection: Connection, run: Found, number: int, *, sent: bool) -> Found | None:
    """Return the unknown row, None if it was already settled this way."""
    statuses = connection.execute(
        select(rows.c.status, rows.c.code).where(rows.c.run == run.seq, rows.c.number == number)
    ).all()
    if not statuses:
        raise UsageError(f"Run {run.id} has no row {number}.", fix="The report lists the rows that are unknown.")
    unknown = [row for row in statuses if row.status == Status.UNKNOWN]
    if len(unknown) > 1:
        raise UsageError(
            f"Row {number} is unknown in several files of run {run.id}.", fix="Run the files one at a time."
        )
    if unknown:
        query = CALLS.where(rows.c.run == run.seq, rows.c.number == number, rows.c.status == Status.UNKNOWN.value)
        return connection.execute(query).one()
    if any(row.code == _code(sent=sent) for row in statuses):
        return None
    raise UsageError(
        f"The outcome of row {number} is known: {statuses[0].status}.", fix="Only unknown rows can be resolved."
    )


def _code(*, sent: bool) -> str:
    return "resolved_as_sent" if sent else "resolved_as_not_sent"


def _forget(connection: Connection, row: Found) -> None:
    """End the reminder's doubt as if the call had never been made."""
    mine = reminders.c.key_hash == row.lane
    if row.planned == Action.CREATE:
        connection.execute(delete(reminders).where(mine, reminders.c.state == ReminderState.UNCERTAIN.value))
    elif row.planned != Action.UPDATE:
        # Values in doubt stay so: the next row that names them sends them again, which harms nobody.
        connection.execute(
            update(reminders).where(mine, reminders.c.in_doubt == row.planned).values(in_doubt=_doubt_left())
        )


def _doubt_left() -> Any:
    return case((reminders.c.doubtful != "", Action.UPDATE.value), else_=None)


def _settle(connection: Connection, row_id: int, status: Status, uuid: str | None, at: float) -> Status:
    values: dict[str, Any] = {
        "state": RowState.SETTLED.value,
        "status": status.value,
        "code": _code(sent=status is not Status.NOT_SENT),
        "settled_at": at,
        "due": None,
    }
    if uuid:
        values["uuid"] = uuid
    connection.execute(update(rows).where(rows.c.id == row_id).values(values))
    add_notes(connection, {row_id: ()}, drops=True)
    return status
