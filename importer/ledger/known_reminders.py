"""
Reminders: what the API holds for each appointment, how a call's end changes it, and which of its values are in doubt.

``effect`` is pure: columns of ``reminders`` in, columns out. Behind each name in doubt stand the marks of the values that
calls without a known outcome sent, so that planning can tell later which rows of a sheet may have been sent, and no
personal data is kept for it. A name without marks may have any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from importer.ledger.appointment_lookup import Adoption, adopt, owners_of
from importer.ledger.integrity import sealed, whole
from importer.ledger.store import damaged, many, reads_columns, slices
from importer.ledger.tables import Found, reminders, rows
from importer.model.planned_calls import Outcome, ReminderChange, lane_of_key, lane_of_uuid, value_mark
from importer.model.records import PURGED, Key, Reminder, is_purged
from importer.model.statuses import ENDED, STATE_AFTER, Action, ReminderState, spellings
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.ledger.retention.marks import Marks
    from importer.ledger.store import Store


Columns = Mapping[str, Any]


def effect(before: Columns, change: ReminderChange, *, overtaken: bool = False) -> dict[str, Any]:
    """
    Return the columns that the change sets, beside identity and origin.

    ``before`` is ``NOTHING`` for a new reminder. ``overtaken``: a later row has changed the reminder since the row of
    this change was sent, so its values are not the latest any more.
    """
    if change.action is Action.CREATE:
        return _CREATED[change.outcome](before, change)
    if before["state"] == ReminderState.UNCERTAIN:
        # A call that names the uuid tells what the create in doubt made; what it sent may have been taken or not.
        before = {**before, **_found(before["accepted"])}
    said = _CHANGED[change.outcome](before, change, overtaken=overtaken)
    return {name: before[name] for name in _KEPT} | said


_KEPT: Final = ("state", "in_doubt", "doubtful", "starts_at", "fingerprint", "accepted")


def is_forgotten(before: Columns, change: ReminderChange) -> bool:
    """Whether nothing is left of the reminder: its create was in doubt, and was not processed."""
    denied = change.action is Action.CREATE and change.outcome is Outcome.DENIED
    return denied and before["state"] == ReminderState.UNCERTAIN and before["uuid"] is None


def awaits(held: Columns, action: str) -> bool:
    """Whether the reminder still waits to hear what became of a call of this action."""
    if action == Action.CREATE:
        return bool(held["state"] == ReminderState.UNCERTAIN)
    if action == Action.UPDATE:
        return bool(held["doubtful"])
    return bool(held["in_doubt"] == action)


def _create_accepted(_before: Columns, change: ReminderChange) -> dict[str, Any]:
    return {
        "in_doubt": None,
        "doubtful": "",
        "state": ReminderState.ACTIVE.value,
        "starts_at": change.starts_at,
        "fingerprint": change.fingerprint,
        "accepted": change.body,
    }


def _create_doubted(before: Columns, change: ReminderChange) -> dict[str, Any]:
    if before["uuid"] is not None:
        return {}
    return {
        "in_doubt": Action.CREATE.value,
        "fingerprint": None,
        "state": ReminderState.UNCERTAIN.value,
        "starts_at": change.starts_at,
        "accepted": change.body,
    }


def _create_found_older(_before: Columns, change: ReminderChange) -> dict[str, Any]:
    return _found(change.body or b"{}") | {"starts_at": change.starts_at}


def _found(body: bytes) -> dict[str, Any]:
    """Return a reminder whose uuid is known and that may hold what a create sent, or something older."""
    sent = {name: value for name, value in orjson.loads(body).items() if name in FIELD and FIELD[name].updatable}
    return {
        "state": ReminderState.ACTIVE.value,
        # Marked with what the create sent, for no later row can have been.
        "in_doubt": Action.UPDATE.value if sent else None,
        "doubtful": as_text(doubting({}, sent)),
        "fingerprint": None,
        "accepted": body,
    }


def _create_denied(before: Columns, _change: ReminderChange) -> dict[str, Any]:
    return {name: before[name] for name in _KEPT}


def _accepted(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    if before["state"] in ENDED:
        return {}
    if change.action is Action.UPDATE:
        return {} if overtaken else _update_accepted(before, change)
    # Values in doubt stay so; nothing can change them any more.
    return {"state": STATE_AFTER[change.action].value, "in_doubt": None, "fingerprint": None}


def _update_accepted(before: Columns, change: ReminderChange) -> dict[str, Any]:
    body = orjson.loads(change.body or b"{}")
    doubtful = settling(doubts(before["doubtful"]), body)
    ends = before["in_doubt"] == Action.UPDATE and not doubtful
    return {
        "in_doubt": None if ends else before["in_doubt"],
        "doubtful": as_text(doubtful),
        "starts_at": before["starts_at"] if change.starts_at is None else change.starts_at,
        "fingerprint": change.fingerprint,
        "accepted": orjson.dumps(orjson.loads(before["accepted"]) | body),
    }


def _doubted(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    del overtaken  # more doubt never harms
    if before["state"] in ENDED:
        return {}
    if change.action is not Action.UPDATE:
        weighs_more = before["in_doubt"] == Action.NO_SHOW
        return {"in_doubt": before["in_doubt"] if weighs_more else change.action.value, "fingerprint": None}
    fields = doubting(doubts(before["doubtful"]), orjson.loads(change.body or b"{}"))
    # A cancel or no-show in doubt weighs more than a value in doubt.
    return {"in_doubt": before["in_doubt"] or change.action.value, "doubtful": as_text(fields), "fingerprint": None}


def _denied(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    del overtaken  # whose doubt it is the caller knows
    # Values in doubt stay so: the next row that names them sends them again, which harms nobody.
    if change.action is Action.UPDATE or before["in_doubt"] != change.action:
        return {}
    return {"in_doubt": Action.UPDATE.value if before["doubtful"] else None}


_CREATED: Final[dict[Outcome, Callable[[Columns, ReminderChange], dict[str, Any]]]] = {
    Outcome.ACCEPTED: _create_accepted,
    Outcome.DOUBTED: _create_doubted,
    Outcome.OLDER: _create_found_older,
    Outcome.DENIED: _create_denied,
}
_CHANGED: Final[dict[Outcome, Callable[..., dict[str, Any]]]] = {
    Outcome.ACCEPTED: _accepted,
    Outcome.DOUBTED: _doubted,
    Outcome.DENIED: _denied,
}
NOTHING: Final[dict[str, Any]] = {
    "phone": None,
    "external_event_id": None,
    "uuid": None,
    "state": ReminderState.ACTIVE.value,
    "in_doubt": None,
    "doubtful": "",
    "starts_at": None,
    "fingerprint": None,
    "accepted": b"{}",
    "imported": False,
    "purged": False,
    "seal": None,
    "location": None,
    "located_by": None,
}


Doubts = Mapping[str, frozenset[str]]


def doubts(text: str) -> Doubts:
    """Return the marks of each field, none for a field that may have any value."""
    found = (entry.partition("=") for entry in text.split())
    return {name: frozenset(marks.split(",")) if marks else frozenset() for name, _, marks in found}


def as_text(found: Doubts) -> str:
    """Return doubts as they are kept."""
    entries = ((name, ",".join(sorted(marks))) for name, marks in sorted(found.items()))
    return " ".join(f"{name}={marks}" if marks else name for name, marks in entries)


def doubting(before: Doubts, sent: Mapping[str, Any]) -> Doubts:
    """Return the doubts once these values were sent too and nobody knows what came of it."""
    fresh = {name: frozenset({value_mark(value)}) for name, value in sent.items()}
    # A field of which nothing is known stays so.
    both = {name: marks | fresh[name] if marks else marks for name, marks in before.items() if name in fresh}
    return {**before, **fresh, **both}


def settling(before: Doubts, names: Iterable[str]) -> Doubts:
    """Return the doubts that are left once the API accepted these fields."""
    accepted = frozenset(names)
    return {name: marks for name, marks in before.items() if name not in accepted}


def known(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that still can be read: what was purged is not known, and is sent to nobody."""
    open_ones = {name: known(value) if isinstance(value, dict) else value for name, value in kept.items()}
    return {
        name: value for name, value in open_ones.items() if not is_purged(value) and (value != {} or not kept[name])
    }


def readable(values: bytes) -> dict[str, Any]:
    """Return the values of a JSON object that still can be read."""
    found: dict[str, Any] = orjson.loads(values)
    return known(found) if PURGED.encode() in values else found


PAGE: Final = 2_000

REMINDERS: Final = select(reminders, rows.c.number).outerjoin(rows, rows.c.id == reminders.c.row_id)


def reminders_of(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Found]:
    """Return the rows of ``reminders`` for these lanes."""
    found: dict[bytes, Found] = {}
    for some in slices(lanes):
        for row in connection.execute(REMINDERS.where(reminders.c.key_hash.in_(some))):
            found[row.key_hash] = whole(row)
    return found


@reads_columns
def reminder_of(row: Any) -> Reminder:
    """Return a row of ``reminders``, its columns as attributes, as a value."""
    key = Key(row.phone, row.external_event_id) if row.phone and row.external_event_id else None
    if key is not None and not any(map(is_purged, key)) and row.key_hash != lane_of_key(key):
        raise damaged("an appointment stands under another one's key")
    doubted = doubts(row.doubtful)
    return Reminder(
        key=key,
        uuid=row.uuid,
        state=ReminderState(row.state),
        values=readable(row.accepted),
        starts_at=row.starts_at,
        in_doubt=Action(row.in_doubt) if row.in_doubt else None,
        doubtful=frozenset(doubted),
        doubted={name: marks for name, marks in doubted.items() if marks},
        run=row.run,
        row=row.number or 0,
        updated_at=row.updated_at,
        imported=bool(row.imported),
    )


def names_of(text: str, marks: Marks | None) -> tuple[list[str], list[str]]:
    """Return the numbers and the phones (E.164, with or without the 1 in front) that a text may be, purged ones too."""
    digits = "".join(mark for mark in text if mark.isdigit())
    numbers, phones = [text], [f"+{digits}", f"+1{digits}"] if len(digits) >= 7 else []
    if marks is not None:
        return [*numbers, *map(marks.number, numbers)], [*phones, *map(marks.phone, phones)]
    return numbers, phones


def find(connection: Connection, text: str, marks: Marks | None = None) -> list[Found]:
    """Return reminders by external event id, uuid or phone (E.164, or its digits with or without the 1)."""
    numbers, phones = names_of(text, marks)
    query = REMINDERS.where(
        or_(
            reminders.c.external_event_id.in_(numbers),
            reminders.c.uuid.in_({text, *spellings(text)}),
            reminders.c.phone.in_(phones),
        )
    )
    return list(map(whole, connection.execute(query.order_by(reminders.c.id))))


def all_reminders(store: Store) -> Iterator[Reminder]:
    """Yield every reminder; memory is a page."""
    last = 0
    while True:
        with store.reading() as connection:
            found = connection.execute(
                REMINDERS.where(reminders.c.id > last).order_by(reminders.c.id).limit(PAGE)
            ).all()
        for row in found:
            yield reminder_of(whole(row))
        if len(found) < PAGE:
            return
        last = found[-1].id


def values_of(connection: Connection, uuids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the last accepted values of the reminders with these uuids, by uuid."""
    query = select(reminders.c.uuid, reminders.c.accepted)
    found = (connection.execute(query.where(reminders.c.uuid.in_(some))) for some in slices(uuids))
    return {row.uuid: readable(row.accepted) for those in found for row in those}


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
        _in_lane(one, _of_its_number(one.change))
        if one.change.action is Action.CREATE
        else _in_lane(one, owners.get(one.change.uuid or "") or _unproven(one))
        for one in touches
    ]


def _of_its_number(change: ReminderChange) -> bytes | None:
    """
    Return the lane of the phone and number under which a create books, None where it has none.

    A row may have been planned beside others that name its appointment by a uuid which nobody knows, in that uuid's lane.
    """
    return None if change.key is None else lane_of_key(change.key)


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
    written = sealed(connection, [_row(one, before[one.change.lane]) for one in left])
    many(connection, _UPSERT[connection.dialect.name], written)
    return moved | _adopt(connection, [one for one in left if one.change.lane not in held], {})


def _adopt(connection: Connection, touches: Sequence[Touch], held: Mapping[bytes, Found]) -> dict[bytes, bytes]:
    """
    Let reminders of which only the uuid is known take the phone and number that an answer proves.

    One that is not held may have been planned in its uuid's lane, beside a row that names that alone.
    """
    found = []
    for one in touches:
        change, known = one.change, held.get(one.change.lane)
        if change.key is None or change.outcome is not Outcome.ACCEPTED:
            continue
        uuid = change.uuid if known is None else known.uuid
        if uuid and (change.lane == lane_of_uuid(uuid) if known is None else known.phone is None):
            found.append(Adoption(uuid, change.key, one.row_id))
    return adopt(connection, found) if found else {}


def _is_whole(change: ReminderChange) -> bool:
    return change.action is Action.CREATE and change.outcome is Outcome.ACCEPTED


def _columns(held: Found | None) -> Mapping[str, Any]:
    return NOTHING if held is None else held._asdict()


def _row(one: Touch, before: Mapping[str, Any]) -> dict[str, Any]:
    change = one.change
    # A number that another reminder holds is not written down beside this one.
    key = change.key if change.key is not None and lane_of_key(change.key) == change.lane else None
    # An import has compared the times itself.
    overtaken = not one.imported and before.get("row_id", 0) > one.row_id
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
