"""Answers of creates that name another appointment's uuid, a second one for this, or that of a reminder that was ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select

from importer.ledger.appointment_lookup import Adoption, adopt_told, owners_of
from importer.ledger.run_records import line_of, named
from importer.ledger.store import slices, where_in
from importer.ledger.tables import Found, reminders, rows
from importer.model.issues import Issue
from importer.model.planned_calls import Outcome, ReminderChange, Settlement
from importer.model.statuses import Action, ReminderState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_ENDS: Final = {
    ReminderState.CANCELLED.value: "already_cancelled",
    ReminderState.NO_SHOW_SENT.value: "already_no_show",
}
_MAY_END: Final = {Action.CANCEL.value: "cancel_in_doubt", Action.NO_SHOW.value: "no_show_in_doubt"}


def without_foreign_uuids(
    connection: Connection, run_id: str, settlements: Sequence[Settlement]
) -> tuple[list[Settlement], tuple[Settlement, ...]]:
    """
    Return what is to be written, and of it the settlements that had to be changed.

    Those of creates that were answered with another appointment's uuid, a second one for this, or an ended one's.
    """
    made = [one for one in settlements if one.reminder and one.reminder.uuid and one.reminder.action is Action.CREATE]
    # The API promises one reminder for a phone and number, so such an answer says whose the uuid is.
    changes = [(one.reminder, one.row_id) for one in made if one.reminder]
    adopt_told(connection, (Adoption(one.uuid, one.key, row_id) for one, row_id in changes if one.uuid and one.key))
    owners = owners_of(connection, {one.reminder.uuid for one in made if one.reminder and one.reminder.uuid})
    told = _told_by(connection, owners)
    read = _read_by(connection, run_id) if told else None
    known = _uuids_of(connection, [one.reminder.lane for one in made if one.reminder and len(one.attempts) > 1])
    foreign: dict[int, Settlement] = {}
    for one in made:
        change = one.reminder
        if change is None or change.uuid is None:
            continue
        if (
            owners.setdefault(change.uuid, change.lane) != change.lane
            or known.get(change.lane, change.uuid) != change.uuid
        ):
            foreign[one.row_id] = _foreign(one, change)
        elif (ended := _not_made(one, told.get(change.uuid), read or one.row_id)) is not None:
            foreign[one.row_id] = ended
    return [foreign.get(one.row_id, one) for one in settlements], tuple(foreign.values())


def _told_by(connection: Connection, uuids: Iterable[str]) -> dict[str, Found]:
    """Return, by uuid, how reminders stand, and which row told each last."""
    columns = (reminders.c.uuid, reminders.c.state, reminders.c.in_doubt, reminders.c.row_id)
    return {
        row.uuid: row
        for some in slices(uuids)
        for row in connection.execute(select(*columns).where(reminders.c.uuid.in_(some)))
    }


def _read_by(connection: Connection, run_id: str) -> int | None:
    """Return the last row of the run that read the sheet of a retry, whose rows are as old as that run's."""
    first = line_of(connection, named(connection, run_id).seq)[-1]
    if first.id == run_id:
        return None
    found: int | None = connection.execute(select(func.max(rows.c.id)).where(rows.c.run == first.seq)).scalar()
    return found


def _not_made(one: Settlement, held: Found | None, read: int) -> Settlement | None:
    """
    Return how a create ends whose answer is a reminder that it did not make, None where that may be brought up to date.

    One that was ended, or may have been, no create brings back. What a later row has told of it by its uuid alone, not
    knowing whose it was, an older row must not take back; ``read``: the row's id, or a later one that is as old.
    """
    if held is None:
        return None
    word = _ENDS.get(held.state) or _MAY_END.get(held.in_doubt)
    if word is not None:
        return _without_effect(one, Status.UNKNOWN, Issue(word))
    return _without_effect(one, Status.NOT_SENT, Issue("superseded")) if held.row_id > read else None


def _without_effect(one: Settlement, status: Status, note: Issue) -> Settlement:
    return one._replace(status=status, code=note.code, notes=(*one.notes, note), reminder=None, next_call=None)


def _uuids_of(connection: Connection, lanes: Sequence[bytes]) -> dict[bytes, str]:
    query = "SELECT key_hash, uuid FROM reminders WHERE uuid IS NOT NULL AND key_hash"
    return {bytes(lane): uuid for some in slices(lanes) for lane, uuid in where_in(connection, query, some)}


def _foreign(one: Settlement, change: ReminderChange) -> Settlement:
    doubt = change._replace(outcome=Outcome.DOUBTED, uuid=None)
    return one._replace(
        status=Status.UNKNOWN,
        uuid=None,
        code="uuid_of_another",
        notes=(*one.notes, Issue("uuid_of_another")),
        reminder=doubt,
        next_call=None,
    )
