"""The calls of a run: which may be sent now, the marks before they leave, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)

from importer.errors import LedgerError
from importer.ledger import run_records as run_book
from importer.ledger.appointment_lookup import Adoption, adopt_told, owners_of
from importer.ledger.known_reminders import Touch, touch
from importer.ledger.row_staging import add_notes
from importer.ledger.store import fetched, many, reads_columns, slices, where_in
from importer.ledger.tables import Found, reminders, rows, runs
from importer.model.api_calls import Attempt, Key
from importer.model.issues import Issue
from importer.model.planned_calls import Intent, Outcome, PlannedCall, ReminderChange, Settlement
from importer.model.statuses import Action, ReminderState, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


# What must have gone through before the next call may leave; after an update that failed the next one is still right.
_WAITED_FOR: Final = (Action.CREATE.value, Action.CANCEL.value)
SENDABLE: Final = (RowState.READY.value, RowState.WAITING.value)

_CALL: Final = (
    rows.c.id, rows.c.number, rows.c.lane, rows.c.phone, rows.c.external_event_id, rows.c.planned, rows.c.call_uuid,
    rows.c.body, rows.c.payload, rows.c.starts_at, rows.c.call_starts_at, rows.c.fingerprint, rows.c.due, rows.c.attempts,
    rows.c.history, rows.c.repeated, rows.c.followed,
    reminders.c.uuid.label("held_uuid"), reminders.c.phone.label("held_phone"),
    reminders.c.external_event_id.label("held_id"),
)  # fmt: skip
CALLS = select(*_CALL).select_from(rows.outerjoin(reminders, reminders.c.key_hash == rows.c.lane))


def _is(state: RowState) -> ColumnElement[str]:
    """Return a state as a part of the statement itself; as a parameter it would be handed over with every row."""
    return literal_column(f"'{state.value}'", Text)


_INTENT = (
    update(rows)
    .where(
        rows.c.id == bindparam("row_id"),
        or_(rows.c.state == _is(RowState.READY), rows.c.state == _is(RowState.WAITING)),
    )
    .values(state=_is(RowState.SENDING), attempts=rows.c.attempts + literal_column("1"))
)
_SETTLE = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"), rows.c.state == _is(RowState.SENDING))
    .values(
        state=bindparam("its_state"),
        status=bindparam("its_status"),
        uuid=func.coalesce(bindparam("its_uuid"), rows.c.uuid),
        http_status=bindparam("its_http_status"),
        code=bindparam("its_code"),
        history=bindparam("its_history"),
        settled_at=bindparam("its_settled_at"),
        repeated=bindparam("its_repeated"),
        due=case((bindparam("its_state") == _is(RowState.SETTLED), null()), else_=rows.c.due),
    )
)
_NEXT = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(
        planned=bindparam("its_planned"),
        call_uuid=bindparam("its_call_uuid"),
        body=bindparam("its_body"),
    )
)


_FIRST = (
    CALLS.where(
        rows.c.run == bindparam("run"),
        rows.c.due.is_not(None),
        rows.c.after.is_(None),
        or_(rows.c.state == _is(RowState.READY), rows.c.state == _is(RowState.WAITING)),
    )
    .order_by(rows.c.due, rows.c.id)
    .limit(bindparam("most", type_=Integer))
)
_FURTHER = _FIRST.where(
    rows.c.due >= bindparam("its_due"),
    or_(rows.c.due > bindparam("its_due"), and_(rows.c.due == bindparam("its_due"), rows.c.id > bindparam("row_id"))),
)


def ready(connection: Connection, seq: int, limit: int, after: PlannedCall | None) -> list[PlannedCall]:
    """Return the next calls that wait for no other, soonest due first, from behind ``after`` on."""
    values: dict[str, Any] = {"run": seq, "most": limit}
    if after is None:
        return [planned_call(row) for row in fetched(connection, _FIRST, values)]
    values |= {"its_due": after.due, "row_id": after.row_id}
    return [planned_call(row) for row in fetched(connection, _FURTHER, values)]


def successor(connection: Connection, row_id: int) -> PlannedCall | None:
    """Return the call that waited for this row's, if it may go now."""
    found = connection.execute(CALLS.where(rows.c.after == row_id, rows.c.state.in_(SENDABLE))).first()
    return None if found is None else planned_call(found)


@reads_columns
def planned_call(row: Found | Sequence[Any]) -> PlannedCall:
    """Return a row of ``CALLS`` as a value."""
    (
        row_id, number, lane, phone, external_id, planned, call_uuid, body, payload, starts_at, call_starts_at,
        fingerprint, due, attempts, history, repeated, followed, held_uuid, held_phone, held_id,
    ) = row  # fmt: skip
    action = Action(planned)
    creates = action is Action.CREATE
    phone, external_id = phone or held_phone, external_id or held_id
    return PlannedCall(
        row_id=row_id,
        number=number,
        lane=lane,
        key=Key(phone, external_id) if phone and external_id else None,
        action=action,
        uuid=None if creates else call_uuid or held_uuid,
        body=payload if creates else body,
        starts_at=starts_at if creates else call_starts_at,
        fingerprint=fingerprint,
        due=due or 0,
        attempts=attempts,
        history=attempts_of(history),
        repeated=bool(repeated),
        followed=bool(followed),
    )


def attempts_of(history: bytes | None) -> tuple[Attempt, ...]:
    """Return the attempts kept in a row's history."""
    return tuple(Attempt(*attempt) for attempt in orjson.loads(history)) if history else ()


def history_of(attempts: Iterable[Attempt]) -> bytes:
    """Return attempts as they are kept."""
    return orjson.dumps([[one.at, one.elapsed_s, one.http_status, one.code] for one in attempts])


def mark(connection: Connection, intents: Sequence[Intent]) -> None:
    """Mark calls as ``sending``. A call that is not waiting to be sent is a fault of the caller, and none is marked."""
    touched = many(connection, _INTENT, [{"row_id": intent.row_id} for intent in intents])
    if touched != len(intents):
        raise LedgerError("A call that is settled or on its way was about to be sent again; nothing was sent.")


def settle(connection: Connection, run_id: str, settlements: Sequence[Settlement]) -> tuple[Settlement, ...]:
    """
    Write how attempts ended, and what that means for their reminders.

    Returns the settlements that had to be changed: a create answered with the uuid of another appointment's reminder
    ends UNKNOWN, and that uuid is not stored (bar N7). One answered with a reminder that was ended, or may have been,
    ends UNKNOWN too, and one that a later row has told NOT_SENT; but the number is known as that reminder's from then on,
    so that no later run creates it again.
    """
    written, changed = _without_foreign_uuids(connection, run_id, settlements)
    touched = many(connection, _SETTLE, [_settled(one) for one in written])
    if touched != len(written):
        raise LedgerError("The outcome of a call that was not marked as sending cannot be recorded.")
    many(connection, _NEXT, [_next(one) for one in written if one.next_call])
    add_notes(connection, {one.row_id: one.notes for one in written if one.notes})
    _touch_reminders(connection, run_id, written)
    block(connection, [one.row_id for one in written if one.status and not one.status.done])
    return changed


def _settled(one: Settlement) -> dict[str, Any]:
    return {
        "row_id": one.row_id,
        "its_state": (RowState.SETTLED if one.status else RowState.WAITING).value,
        "its_status": one.status.value if one.status else None,
        "its_uuid": one.uuid,
        "its_http_status": one.http_status,
        "its_code": one.code,
        "its_history": history_of(one.attempts),
        "its_settled_at": one.at if one.status else None,
        "its_repeated": one.repeated,
    }


def _next(one: Settlement) -> dict[str, Any]:
    if one.next_call is None:
        raise AssertionError("asked only of settlements with a next call")
    return {
        "row_id": one.row_id,
        "its_planned": one.next_call.action.value,
        "its_call_uuid": one.next_call.uuid,
        "its_body": one.next_call.body,
    }


def _touch_reminders(connection: Connection, run_id: str, settlements: Sequence[Settlement]) -> None:
    touch(
        connection,
        [Touch(one.reminder, run_id=run_id, row_id=one.row_id, at=one.at) for one in settlements if one.reminder],
    )


def _without_foreign_uuids(
    connection: Connection, run_id: str, settlements: Sequence[Settlement]
) -> tuple[list[Settlement], tuple[Settlement, ...]]:
    """Change those creates that were answered with another appointment's uuid, a second one for this, or an ended one's."""
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


_ENDS: Final = {
    ReminderState.CANCELLED.value: "already_cancelled",
    ReminderState.NO_SHOW_SENT.value: "already_no_show",
}
_MAY_END: Final = {Action.CANCEL.value: "cancel_in_doubt", Action.NO_SHOW.value: "no_show_in_doubt"}


def _read_by(connection: Connection, run_id: str) -> int | None:
    """Return the last row of the run that read the sheet of a retry, whose rows are as old as that run's."""
    *_, first = run_book.line_of(connection, run_id)
    if first == run_id:
        return None
    query = select(func.max(rows.c.id)).join(runs, runs.c.seq == rows.c.run).where(runs.c.id == first)
    found: int | None = connection.execute(query).scalar()
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


def block(connection: Connection, row_ids: Sequence[int]) -> None:
    """Settle as NOT_SENT the calls that wait for the uuid of these rows' creates, or for their cancel of an old phone."""
    failed = [
        found
        for some in slices(row_ids)
        for found in connection.execute(
            select(rows.c.id, rows.c.number, rows.c.planned).where(
                rows.c.id.in_(some), rows.c.planned.in_(_WAITED_FOR), rows.c.followed
            )
        )
    ]
    for row_id, number, planned in failed:
        waiting = _behind(connection, row_id)
        note = (
            Issue("blocked_by_earlier_row", detail=str(number)) if planned == Action.CREATE else Issue("old_phone_kept")
        )
        settle_unsent(connection, waiting, Status.NOT_SENT, note, at=None)


def _behind(connection: Connection, row_id: int) -> list[int]:
    """Return the rows whose calls wait for this one's, directly or through others."""
    found: list[int] = []
    now = [row_id]
    while now:
        open_calls = select(rows.c.id).where(rows.c.after.in_(now), rows.c.state != RowState.SETTLED.value)
        now = list(connection.execute(open_calls).scalars())
        found += now
    return found


def settle_unsent(
    connection: Connection, row_ids: Sequence[int], status: Status, note: Issue, *, at: float | None
) -> None:
    """Settle rows whose call will not be sent, with the sentence that says why."""
    for some in slices(row_ids):
        connection.execute(
            update(rows)
            .where(rows.c.id.in_(some))
            .values(state=RowState.SETTLED.value, status=status.value, code=note.code, settled_at=at, due=None)
        )
    add_notes(connection, dict.fromkeys(row_ids, (note,)))
