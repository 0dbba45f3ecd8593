"""Reminders: what the API holds for each appointment, and how a call's end changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from importer.ledger.appointment_lookup import Adoption, adopt, owners_of
from importer.ledger.effects import NOTHING, doubts, effect, is_forgotten
from importer.ledger.store import damaged, many, reads_columns, slices
from importer.ledger.tables import Found, reminders, rows
from importer.model.api_calls import Key, spellings
from importer.model.planned_calls import Outcome, ReminderChange, lane_of_key, lane_of_uuid
from importer.model.records import Reminder
from importer.model.statuses import Action, ReminderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.ledger.store import Store


PAGE: Final = 2_000

REMINDERS: Final = select(reminders, rows.c.number).outerjoin(rows, rows.c.id == reminders.c.row_id)


def reminders_of(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Found]:
    """Return the rows of ``reminders`` for these lanes."""
    found: dict[bytes, Found] = {}
    for some in slices(lanes):
        for row in connection.execute(REMINDERS.where(reminders.c.key_hash.in_(some))):
            found[row.key_hash] = row
    return found


@reads_columns
def reminder_of(row: Found) -> Reminder:
    """Return a row of ``reminders`` as a value."""
    if row.phone and row.external_event_id and row.key_hash != lane_of_key(Key(row.phone, row.external_event_id)):
        raise damaged("an appointment stands under another one's key")
    doubted = doubts(row.doubtful)
    return Reminder(
        key=Key(row.phone, row.external_event_id) if row.phone and row.external_event_id else None,
        uuid=row.uuid,
        state=ReminderState(row.state),
        values=orjson.loads(row.accepted),
        starts_at=row.starts_at,
        in_doubt=Action(row.in_doubt) if row.in_doubt else None,
        doubtful=frozenset(doubted),
        doubted={name: marks for name, marks in doubted.items() if marks},
        run=row.run,
        row=row.number or 0,
        updated_at=row.updated_at,
        imported=bool(row.imported),
    )


def find(connection: Connection, text: str) -> list[Found]:
    """Return reminders by external event id, uuid or phone (E.164, or its digits with or without the 1)."""
    digits = "".join(mark for mark in text if mark.isdigit())
    query = REMINDERS.where(
        or_(
            reminders.c.external_event_id == text,
            reminders.c.uuid.in_({text, *spellings(text)}),
            reminders.c.phone.in_([f"+{digits}", f"+1{digits}"] if len(digits) >= 7 else []),
        )
    )
    return list(connection.execute(query.order_by(reminders.c.id)))


def all_reminders(store: Store) -> Iterator[Reminder]:
    """Yield every reminder; memory is a page."""
    last = 0
    while True:
        with store.reading() as connection:
            found = connection.execute(
                REMINDERS.where(reminders.c.id > last).order_by(reminders.c.id).limit(PAGE)
            ).all()
        for row in found:
            yield reminder_of(row)
        if len(found) < PAGE:
            return
        last = found[-1].id


def values_of(connection: Connection, uuids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the last accepted values of the reminders with these uuids, by uuid."""
    found: dict[str, dict[str, Any]] = {}
    for some in slices(uuids):
        query = select(reminders.c.uuid, reminders.c.accepted).where(reminders.c.uuid.in_(some))
        found |= {row.uuid: orjson.loads(row.accepted) for row in connection.execute(query)}
    return found


class Touch(NamedTuple):
    """A change to a reminder, with the row that caused it and when (UTC seconds); ``imported``: no answer told it."""

    change: ReminderChange
    run_id: str
    row_id: int
    at: float
    imported: bool = False


def touch(connection: Connection, touches: Sequence[Touch]) -> None:
    """
    Write the changes. Several of one appointment in one group come one after the other, in their order.

    What a call's uuid names is changed there, wherever the row was staged: a uuid has one lane. A uuid that a sheet alone
    names, and of which the API has not said yes yet, keeps a lane of its own: else a wrong one beside the number of an
    appointment would take the place of its true one, or of its create in doubt.
    """
    left = _at_their_owners(connection, touches)
    while left:
        now: dict[bytes, Touch] = {}
        later = []
        for one in left:
            if one.change.lane in now:
                later.append(one)
            else:
                now[one.change.lane] = one
        moved = _write(connection, list(now.values()))
        left = [_in_lane(one, moved.get(one.change.lane)) for one in later]


def _at_their_owners(connection: Connection, touches: Sequence[Touch]) -> list[Touch]:
    named = {one.change.uuid for one in touches if one.change.uuid and one.change.action is not Action.CREATE}
    # What is created in the same group is no row of the table yet.
    made = {one.change.uuid: one.change.lane for one in touches if one.change.uuid and _is_whole(one.change)}
    owners = made | owners_of(connection, named)
    return [
        one
        if one.change.action is Action.CREATE
        else _in_lane(one, owners.get(one.change.uuid or "") or _unproven(one))
        for one in touches
    ]


def _unproven(one: Touch) -> bytes | None:
    is_proven = one.change.outcome is not Outcome.DOUBTED and one.change.key is not None
    return None if is_proven or one.change.uuid is None else lane_of_uuid(one.change.uuid)


def _in_lane(one: Touch, lane: bytes | None) -> Touch:
    return one if lane is None else one._replace(change=one.change._replace(lane=lane))


def _write(connection: Connection, touches: list[Touch]) -> dict[bytes, bytes]:
    """Write the changes of different appointments; return old and new lanes of those that took a phone and number."""
    # A create that was accepted says all there is to know, and most changes are of this kind.
    held = reminders_of(connection, [one.change.lane for one in touches if not _is_whole(one.change)])
    moved = _adopt(connection, touches, held)
    if moved:
        touches = [_in_lane(one, moved.get(one.change.lane)) for one in touches]
        held |= reminders_of(connection, moved.values())
    before = {one.change.lane: _columns(held.get(one.change.lane)) for one in touches}
    gone = [one.change.lane for one in touches if is_forgotten(before[one.change.lane], one.change)]
    for some in slices(gone):
        connection.execute(delete(reminders).where(reminders.c.key_hash.in_(some)))
    # Of what is not known there is nothing to deny.
    left = [
        one
        for one in touches
        if one.change.lane not in gone and (one.change.outcome is not Outcome.DENIED or one.change.lane in held)
    ]
    many(connection, _UPSERT[connection.dialect.name], [_row(one, before[one.change.lane]) for one in left])
    return moved


def _adopt(connection: Connection, touches: Sequence[Touch], held: Mapping[bytes, Found]) -> dict[bytes, bytes]:
    found = []
    for one in touches:
        change, known = one.change, held.get(one.change.lane)
        if known is None or known.phone is not None or not known.uuid:
            continue
        if change.key is not None and change.outcome is Outcome.ACCEPTED:
            found.append(Adoption(known.uuid, change.key, one.row_id))
    return adopt(connection, found) if found else {}


def _is_whole(change: ReminderChange) -> bool:
    return change.action is Action.CREATE and change.outcome is Outcome.ACCEPTED


def _columns(held: Found | None) -> Mapping[str, Any]:
    return NOTHING if held is None else held._asdict()


def _row(one: Touch, before: Mapping[str, Any]) -> dict[str, Any]:
    change = one.change
    # A number that another reminder holds is not written down beside this one.
    key = change.key if change.key is not None and lane_of_key(change.key) == change.lane else None
    overtaken = before.get("row_id", 0) > one.row_id
    latest = {} if overtaken else {"run": one.run_id, "row_id": one.row_id}
    return {
        **before,
        "key_hash": change.lane,
        "phone": before["phone"] or (key.phone if key else None),
        "external_event_id": before["external_event_id"] or (key.external_event_id if key else None),
        "uuid": change.uuid or before["uuid"],
        **latest,
        "updated_at": one.at,
        "imported": one.imported or before["imported"],
        **effect(before, change, overtaken=overtaken),
    }


def _upsert(insert: Any) -> Any:
    """Return the statement that writes one reminder, for one kind of database."""
    names = [column.name for column in reminders.columns if column.name != "id"]
    statement = insert(reminders).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_update(
        index_elements=["key_hash"], set_={name: statement.excluded[name] for name in names if name != "key_hash"}
    )


_UPSERT: Final = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
