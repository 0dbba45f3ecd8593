"""The calls of a run: which may be sent now, the marks before they leave, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
    true,
    update,
)

from importer.errors import LedgerError
from importer.ledger.appointment_lookup import without_foreign_uuids
from importer.ledger.known_reminders import Touch, touch
from importer.ledger.row_staging import OPEN_CALL, add_notes, parts, settle_set, settle_unsent
from importer.ledger.run_records import OfRun, is_planned
from importer.ledger.store import fetched, many, reads_columns, slices
from importer.ledger.tables import Found, reminders, rows
from importer.model.issues import Issue
from importer.model.planned_calls import Intent, PlannedCall, Settlement, doubted
from importer.model.records import Attempt, Key
from importer.model.statuses import Action, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


# What must have gone through before the next call may leave; after an update that failed the next one is still right.
_WAITED_FOR: Final = (Action.CREATE.value, Action.CANCEL.value)
SENDABLE: Final = (RowState.READY.value, RowState.WAITING.value)

_CALL: Final = (
    rows.c.id, rows.c.number, rows.c.lane, rows.c.phone, rows.c.external_event_id, rows.c.planned, rows.c.call_uuid,
    rows.c.body, rows.c.payload, rows.c.starts_at, rows.c.call_starts_at, rows.c.fingerprint, rows.c.due, rows.c.attempts,
    rows.c.history, rows.c.repeated, rows.c.followed,
    reminders.c.uuid.label("held_uuid"), reminders.c.phone.label("held_phone"),
    reminders.c.external_event_id.label("held_id"), reminders.c.accepted,
)  # fmt: skip
CALLS = select(*_CALL).select_from(rows.outerjoin(reminders, reminders.c.key_hash == rows.c.lane))


def _is(state: RowState) -> ColumnElement[str]:
    """Return a state as a part of the statement itself; as a parameter it would be handed over with every row."""
    return literal_column(f"'{state.value}'", Text)


ON_ITS_WAY: Final = rows.c.state == _is(RowState.SENDING)
"""Of calls that are marked as ``sending``, written out, because only so the databases use the index of them."""

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


@reads_columns
def planned_call(row: Found | Sequence[Any]) -> PlannedCall:
    """Return a row of ``CALLS`` as a value."""
    (
        row_id, number, lane, phone, external_id, planned, call_uuid, body, payload, starts_at, call_starts_at,
        fingerprint, due, attempts, history, repeated, followed, held_uuid, held_phone, held_id, accepted,
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
        held=accepted,
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
    written, changed = without_foreign_uuids(connection, run_id, settlements)
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


def doubt(connection: Connection, run_id: str, found: Sequence[Found], at: float) -> None:
    """Write down that calls (rows of ``CALLS``) may have been processed."""
    touch(
        connection,
        [Touch(doubted(planned_call(row)), run_id=run_id, row_id=row.id, at=at) for row in found],
    )


def settle_all(connection: Connection, seq: int, left: ColumnElement[bool], note: Issue, at: float) -> None:
    """Settle as NOT_SENT the rows of a run that meet the condition; there may be a million of them."""
    for part in parts(connection, seq):
        settle_set(connection, part, left, Status.NOT_SENT, note, at)


def leave(connection: Connection, seq: int, run_id: str, note: Issue, *, at: float) -> None:
    """Settle every open call of the run: NOT_SENT, or UNKNOWN where an attempt may have been processed."""
    for part in parts(connection, seq):
        _leave_in_doubt(connection, run_id, and_(part, SENDABLE_CALL), at)
        settle_set(connection, part, SENDABLE_CALL, Status.NOT_SENT, note, at)


SENDABLE_CALL: Final = and_(OPEN_CALL, rows.c.state.in_(SENDABLE))
_MAY_BE_DONE: Final = (rows.c.repeated, rows.c.attempts > 0)


def _leave_in_doubt(connection: Connection, run_id: str, left: ColumnElement[bool], at: float) -> int:
    """Settle as UNKNOWN the calls that wait for a repeat, of which an attempt may have been processed; return how many."""
    in_doubt = connection.execute(CALLS.where(left, *_MAY_BE_DONE)).all()
    doubt(connection, run_id, in_doubt, at)
    settle_unsent(connection, [row.id for row in in_doubt], Status.UNKNOWN, Issue("outcome_unknown"), at=at)
    return len(in_doubt)


class Which(NamedTuple):
    """Which open calls are meant: all, or those of these rows, actions or starts; ``untried``: that surely never left."""

    row_ids: Iterable[int] | None = None
    actions: Iterable[Action] | None = None
    started_by: float | None = None
    untried: bool = False


ALL: Final = Which()


def _unsent(which: Which) -> ColumnElement[bool]:
    """Return the condition of rows with an open call that is not on its way, whatever their ids."""
    left = [SENDABLE_CALL]
    if which.actions is not None:
        left.append(rows.c.planned.in_([action.value for action in which.actions]))
    if which.started_by is not None:
        left.append(rows.c.starts_at <= which.started_by)
    if which.untried:
        left += [~rows.c.repeated, rows.c.attempts == 0]
    return and_(*left)


def _chosen(connection: Connection, seq: int, which: Which) -> Iterator[ColumnElement[bool]]:
    """Yield conditions for the rows that are meant, a part of the run or of their ids at a time."""
    left, row_ids = _unsent(which), which.row_ids
    if row_ids is None and which.started_by is not None:
        # What has started is due, and the index finds it: mostly nothing, in however large a run.
        due = select(rows.c.id).where(rows.c.run == seq, rows.c.due.is_not(None), rows.c.due <= which.started_by)
        row_ids = connection.execute(due).scalars().all()
    if row_ids is None:
        for part in parts(connection, seq):
            yield and_(part, left)
    else:
        for some in slices(sorted(row_ids)):
            yield and_(rows.c.run == seq, rows.c.id.in_(some), left)


_PENDING: Final = (
    select(rows.c.planned, func.count()).where(rows.c.run == bindparam("seq"), OPEN_CALL).group_by(rows.c.planned)
)


_BEHIND: Final = rows.alias("behind")


class Pair(NamedTuple):
    """
    A cancel of an old phone, and the row that books the new one behind it, as they stand once all is planned.

    ``books`` None: no row waits for the cancel. ``cancel_status``: where it is not to be sent.
    """

    cancel: int
    cancel_is_open: bool
    cancel_status: str | None
    books: int | None
    books_is_open: bool


class Calls(OfRun):
    """The calls of a run, as sending asks for them and settles them."""

    def pending(self) -> dict[Action, int]:
        """Return how many calls of each action are still to be sent."""
        with self._store.reading() as connection:
            return {Action(action): count for action, count in connection.execute(_PENDING, {"seq": self._seq})}

    def count(self) -> int:
        """Return how many calls are still to be sent."""
        query = select(func.count()).where(rows.c.run == self._seq, rows.c.due.is_not(None))
        with self._store.reading() as connection:
            return connection.execute(query).scalar_one()

    def ready(self, limit: int, after: PlannedCall | None = None) -> list[PlannedCall]:
        """
        Return the next calls that wait for no other, soonest due first; ``after`` is the last one of the page before.

        Raises:
            LedgerError: the run's plan is not whole.
        """
        # By the connection that writes: it keeps in its memory what the marks and outcomes of these calls will touch.
        with self._store.writing() as connection:
            if not is_planned(connection, self._seq):
                raise LedgerError("The run's plan is not whole, so nothing of it may be sent.")
            values: dict[str, Any] = {"run": self._seq, "most": limit}
            if after is None:
                return [planned_call(row) for row in fetched(connection, _FIRST, values)]
            values |= {"its_due": after.due, "row_id": after.row_id}
            return [planned_call(row) for row in fetched(connection, _FURTHER, values)]

    def successor(self, row_id: int) -> PlannedCall | None:
        """Return the call that waited for this row's, if it may go now; ask once the row's settlement is recorded."""
        with self._store.reading() as connection:
            found = connection.execute(CALLS.where(rows.c.after == row_id, rows.c.state.in_(SENDABLE))).first()
            return None if found is None else planned_call(found)

    def record(self, intents: Sequence[Intent] = (), settlements: Sequence[Settlement] = ()) -> tuple[Settlement, ...]:
        """
        Write marks and outcomes in one transaction that is on the disk when this returns.

        Returns the settlements that the ledger had to change (a uuid that belongs to another appointment).

        Raises:
            LedgerError: nothing of it was written; no request of these intents may leave.
        """
        with self._store.writing() as connection:
            changed = settle(connection, self._run_id, settlements) if settlements else ()
            mark(connection, intents)
        return changed

    def leave(self, note: Issue, *, at: float) -> None:
        """Settle what is still open when a run stops: UNKNOWN what may have been processed, NOT_SENT the rest."""
        with self._store.writing() as connection:
            leave(connection, self._seq, self._run_id, note, at=at)

    def withhold(
        self, status: Status, note: Issue, *, at: float, which: Which = ALL, own: Mapping[int, str] | None = None
    ) -> int:
        """
        Settle open calls that are not to be sent, as NOT_SENT, HELD or INVALID with a sentence; return how many.

        ``own``: the sentence's detail by row. Where an earlier attempt may have been processed, the row is UNKNOWN. What waits
        for the uuid of such a create is blocked.
        """
        waited_for = and_(rows.c.followed, rows.c.planned.in_(_WAITED_FOR))
        with self._store.writing() as connection:
            count, followed = 0, list[int]()
            for chosen in _chosen(connection, self._seq, which):
                followed += connection.execute(select(rows.c.id).where(chosen, waited_for)).scalars()
                count += _leave_in_doubt(connection, self._run_id, chosen, at)
                if own is None:
                    count += settle_set(connection, chosen, true(), status, note, at)
                    continue
                mine = connection.execute(select(rows.c.id).where(chosen)).scalars().all()
                settle_unsent(connection, mine, status, note, at=at, own=own)
                count += len(mine)
            block(connection, followed)
            return count

    def spare(self, row_ids: Sequence[int], note: Issue, *, at: float) -> None:
        """Settle rows as UNCHANGED with a sentence: their calls, which surely were not processed, are not wanted."""
        with self._store.writing() as connection:
            settle_unsent(connection, row_ids, Status.UNCHANGED, note, at=at)

    def cancels_of(self, lanes: Iterable[bytes]) -> dict[bytes, int]:
        """Return, by appointment, the rows of the run that cancel it and stand in no sheet."""
        with self._store.reading() as connection:
            found: dict[bytes, int] = {}
            for some in slices(lanes):
                query = select(rows.c.lane, rows.c.id).where(
                    rows.c.run == self._seq,
                    rows.c.number == 0,
                    rows.c.action == Action.CANCEL.value,
                    rows.c.lane.in_(some),
                )
                found |= {row.lane: row.id for row in connection.execute(query)}
            return found

    def pairs(self, cancels: Iterable[int]) -> list[Pair]:
        """Return these cancels, each with the row that waits for it."""
        with self._store.reading() as connection:
            columns = (rows.c.id, rows.c.state, rows.c.status, _BEHIND.c.id, _BEHIND.c.state)
            ready = RowState.READY.value
            found = []
            for some in slices(cancels):
                query = select(*columns).outerjoin(_BEHIND, _BEHIND.c.after == rows.c.id).where(rows.c.id.in_(some))
                for cancel, state, status, books, books_state in connection.execute(query):
                    found.append(Pair(cancel, state == ready, status, books, books_state == ready))
            return found

    def drop(self, row_ids: Sequence[int]) -> None:
        """Take rows that stand in no sheet, and whose calls are not wanted, out of the run."""
        with self._store.writing() as connection:
            for some in slices(row_ids):
                connection.execute(rows.delete().where(rows.c.id.in_(some), rows.c.number == 0, rows.c.attempts == 0))
