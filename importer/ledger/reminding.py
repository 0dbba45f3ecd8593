"""Reminders: what the API holds for each appointment, and how a call's end changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, bindparam, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from importer.ledger.store import many, slices
from importer.ledger.tables import Found, reminders
from importer.model.calls import Key
from importer.model.records import Reminder
from importer.model.words import Action, ReminderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.model.plans import ReminderChange

SEVERAL = 0
"""``doubt_row`` when calls of more than one row are in doubt; no row has this id."""


def reminders_of(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Found]:
    """Return the rows of ``reminders`` for these lanes."""
    found: dict[bytes, Found] = {}
    for some in slices(lanes):
        for row in connection.execute(select(reminders).where(reminders.c.key_hash.in_(some))):
            found[row.key_hash] = row
    return found


def reminder_of(row: Found) -> Reminder:
    """Return a row of ``reminders`` as a value."""
    return Reminder(
        key=Key(row.phone, row.external_event_id) if row.phone and row.external_event_id else None,
        uuid=row.uuid,
        state=ReminderState(row.state),
        values=orjson.loads(row.accepted),
        starts_at=row.starts_at,
        in_doubt=Action(row.in_doubt) if row.in_doubt else None,
        run=row.run,
        row=row.row,
        updated_at=row.updated_at,
    )


def find(connection: Connection, text: str) -> list[Found]:
    """Return reminders by external event id, uuid or phone (E.164, or its digits with or without the 1)."""
    digits = "".join(mark for mark in text if mark.isdigit())
    query = select(reminders).where(
        or_(
            reminders.c.external_event_id == text,
            reminders.c.uuid == text,
            reminders.c.phone.in_([f"+{digits}", f"+1{digits}"] if len(digits) >= 7 else []),
        )
    )
    return list(connection.execute(query.order_by(reminders.c.id)))


class Touch:
    """A change to a reminder with the row that caused it."""

    __slots__ = ("at", "change", "row_id", "row_number", "run_id")

    def __init__(self, change: ReminderChange, *, run_id: str, row_id: int, row_number: int, at: float) -> None:
        self.change = change
        self.run_id = run_id
        self.row_id = row_id
        self.row_number = row_number
        self.at = at


def touch(connection: Connection, touches: Sequence[Touch]) -> None:
    """Write the changes. Several of one lane in one group come one after the other, in their order."""
    left = list(touches)
    while left:
        now: dict[bytes, Touch] = {}
        later = []
        for one in left:
            if one.change.lane in now:
                later.append(one)
            else:
                now[one.change.lane] = one
        _write(connection, list(now.values()))
        left = later


def _write(connection: Connection, touches: list[Touch]) -> None:
    merged = [one.change.lane for one in touches if one.change.merged]
    held = reminders_of(connection, merged)
    statement = _UPSERT[connection.dialect.name]
    many(connection, statement, [_values(one, held.get(one.change.lane)) for one in touches])


def _values(one: Touch, held: Found | None) -> dict[str, Any]:
    change = one.change
    values = change.values
    if change.merged and held is not None:
        values = orjson.dumps(orjson.loads(held.accepted) | orjson.loads(values or b"{}"))
    return {
        "key_hash": change.lane,
        "phone": change.key.phone if change.key else None,
        "external_event_id": change.key.external_event_id if change.key else None,
        "uuid": change.uuid,
        "state": (change.state or ReminderState.ACTIVE).value,
        "new_state": change.state.value if change.state else None,
        "in_doubt": change.in_doubt.value if change.in_doubt else None,
        "doubt_row": one.row_id if change.in_doubt else None,
        "starts_at": change.starts_at,
        "fingerprint": change.fingerprint,
        "run": one.run_id,
        "row": one.row_number,
        "row_id": one.row_id,
        "updated_at": one.at,
        "accepted": values or b"{}",
        "new_accepted": values,
        "ends_doubt": change.complete,
    }


def _upsert(insert: Any) -> Any:
    """Return the statement that writes one change, for one kind of database."""
    names = [column.name for column in reminders.columns if column.name != "id"]
    statement = insert(reminders).values({name: bindparam(name) for name in names})
    new, old = statement.excluded, reminders.c
    doubted = new.in_doubt.is_not(None)
    ended = or_(bindparam("ends_doubt"), old.doubt_row == new.row_id)
    several = old.in_doubt.is_not(None) & (old.doubt_row != new.row_id)
    return statement.on_conflict_do_update(
        index_elements=["key_hash"],
        set_={
            "phone": func.coalesce(old.phone, new.phone),
            "external_event_id": func.coalesce(old.external_event_id, new.external_event_id),
            "uuid": func.coalesce(new.uuid, old.uuid),
            "state": func.coalesce(bindparam("new_state"), old.state),
            "in_doubt": case((doubted, new.in_doubt), (ended, None), else_=old.in_doubt),
            "doubt_row": case((doubted & several, SEVERAL), (doubted, new.row_id), (ended, None), else_=old.doubt_row),
            "starts_at": func.coalesce(new.starts_at, old.starts_at),
            "fingerprint": case((doubted, None), else_=func.coalesce(new.fingerprint, old.fingerprint)),
            "run": new.run,
            "row": new.row,
            "row_id": new.row_id,
            "updated_at": new.updated_at,
            "accepted": func.coalesce(bindparam("new_accepted"), old.accepted),
        },
    )


_UPSERT = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
