"""
Checking the ledger, taking its memory elsewhere, and rebuilding it.

An export is JSON Lines: a first line that says what it is, then one reminder a line. Both kinds of import only add
what the ledger does not know: what it knows came from the API itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, func, insert, select

from importer.errors import UsageError
from importer.ledger.appointment_lookup import own_lane, owners_of
from importer.ledger.export_lines import COLUMNS, KIND, SCHEMA, address_of_head, numbered, reminder_columns
from importer.ledger.impossible_states import IMPOSSIBLE
from importer.ledger.ownership import owner_of, rebind
from importer.ledger.reminding import Touch, touch
from importer.ledger.store import slices, where_in
from importer.ledger.tables import reminders, rows, runs
from importer.model.calls import Key
from importer.model.plans import Outcome, ReminderChange
from importer.model.records import Imported, OldResult, Verified
from importer.model.words import SENT_AS, Action, Status
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.ledger.store import Store

PAGE: Final = 2_000

# An update cannot carry it, but a row with another value than the reminder's is never sent.
_AGREED_WITH: Final = ("sendEligibleSubscribersOnly",)
_ACTIONS: Final = {status: action for action, status in SENT_AS.items()}


def export(store: Store) -> Iterator[bytes]:
    """Yield the lines of an export, each with its line end."""
    with store.reading() as connection:
        address = owner_of(connection).address
    head = {"kind": KIND, "schema": SCHEMA} | ({"address": address} if address else {})
    yield orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE)
    last = 0
    while True:
        with store.reading() as connection:
            query = select(reminders).where(reminders.c.id > last).order_by(reminders.c.id).limit(PAGE)
            found = connection.execute(query).all()
        for row in found:
            line = {name: getattr(row, name) for name in COLUMNS} | {"accepted": orjson.loads(row.accepted)}
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        if len(found) < PAGE:
            return
        last = found[-1].id


def import_export(connection: Connection, lines: Iterable[bytes]) -> Imported:
    """
    Add the reminders of an export.

    Raises:
        UsageError: it is none, one of a newer version, of another API address, or a line of it is wrong. Then the
            transaction must not be committed.
    """
    told = numbered(lines)
    _, head = next(told, (1, b""))
    _take_address(connection, address_of_head(head))
    added = known = 0
    for some in slices(told, PAGE):
        fresh = [reminder_columns(line, number) for number, line in some if line.strip()]
        new = _unknown(connection, fresh)
        if new:
            connection.execute(insert(reminders), new)
        added += len(new)
        known += len(fresh) - len(new)
    return Imported(added, known)


def _take_address(connection: Connection, address: str) -> None:
    """Let a ledger that knows nothing yet belong to the export's address; refuse an export of another address."""
    mine = owner_of(connection)
    if not mine.binds and address:
        rebind(connection, address)
    elif address and mine.address and address != mine.address:
        raise UsageError(
            f"The export is of appointments at {address}, and this ledger belongs to {mine.address}.",
            fix="Take it into a ledger of its own: --ledger PATH.",
        )


def _unknown(connection: Connection, fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those whose appointment and uuid the ledger does not know, each appointment once."""
    taken: set[Any] = set(_held_lanes(connection, [one["key_hash"] for one in fresh]))
    taken |= owners_of(connection, [one["uuid"] for one in fresh if one["uuid"]]).keys()
    new = []
    for one in fresh:
        if one["key_hash"] not in taken and one["uuid"] not in taken:
            new.append(one)
            taken |= {one["key_hash"], one["uuid"]} - {None}
    return new


def import_results(connection: Connection, results: Iterable[OldResult]) -> Imported:
    """
    Rebuild reminders from the rows of old reports, oldest report first.

    Passed over: rows that tell nothing, appointments that the ledger knew before, and those whose uuid stands with
    another appointment.
    """
    mine: set[bytes] = set()
    left_alone: set[bytes] = set()
    owners: dict[str, bytes] = {}
    for some in slices(results, PAGE):
        told = [(change, one) for one in some for change in [_change(one)] if change is not None]
        left_alone |= _held_lanes(connection, [change.lane for change, _ in told]) - mine
        owners |= owners_of(connection, [change.uuid for change, _ in told if change.uuid])
        touches = []
        for said, one in told:
            change = _at_its_owner(said, owners)
            if change.lane != said.lane and change.lane not in mine:
                left_alone.add(change.lane)
            if change.uuid and owners.setdefault(change.uuid, change.lane) != change.lane:
                left_alone.add(change.lane)
            if change.lane not in left_alone:
                mine.add(change.lane)
                touches.append(Touch(change, run_id=one.run, row_id=0, at=one.at, imported=True))
        touch(connection, touches)
    return Imported(added=len(mine), known=len(left_alone))


def _at_its_owner(said: ReminderChange, owners: Mapping[str, bytes]) -> ReminderChange:
    """Return the change at the appointment that its uuid names, where the row says of no other whose it is."""
    owner = owners.get(said.uuid or "") if said.key is None else None
    return said if owner is None else said._replace(lane=owner)


def _held_lanes(connection: Connection, lanes: list[bytes]) -> set[bytes]:
    return {
        row[0]
        for some in slices(lanes)
        for row in where_in(connection, "SELECT key_hash FROM reminders WHERE key_hash", some)
    }


def _change(one: OldResult) -> ReminderChange | None:
    """Return what the row tells about its reminder, None if nothing."""
    lane = own_lane(one.phone, one.external_event_id, one.uuid)
    action = one.action if one.status is Status.UNKNOWN else _ACTIONS.get(one.status)
    if one.status is Status.UNCHANGED and one.uuid:
        action = Action.CREATE
    if lane is None or action not in SENT_AS or (one.status is Status.CREATED and not one.uuid):
        return None
    return ReminderChange(
        outcome=Outcome.DOUBTED if one.status is Status.UNKNOWN else Outcome.ACCEPTED,
        action=action,
        lane=lane,
        key=Key(one.phone, one.external_event_id) if one.phone and one.external_event_id else None,
        uuid=one.uuid,
        body=one.payload if one.is_create else _known_by_update(one.payload),
        starts_at=one.starts_at,
        fingerprint=b"",
    )


def _known_by_update(payload: bytes) -> bytes:
    """
    Return what an updated row tells of its reminder: what the update sent, and the flag that it agreed with.

    Its type is left out although it agreed with that too: without it planning sees that the reminder is known in part.
    """
    values = orjson.loads(payload)
    told = {name: value for name, value in values.items() if name in FIELD and FIELD[name].updatable}
    return orjson.dumps(told | {name: values[name] for name in _AGREED_WITH if name in values})


def verify(store: Store) -> Verified:
    """Check the whole database and what the rooms rely on; changes nothing."""
    faults = []
    with store.reading() as connection:
        if store.sqlite:
            found = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
            faults += [] if found == ["ok"] else ["The database's pages do not fit together."]
            strays = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            faults += [] if strays is None else ["A row belongs to no run or file."]
        faults += [said for said, query in IMPOSSIBLE if connection.execute(query.limit(1)).first() is not None]
        of_runs, of_rows, of_reminders = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (runs, rows, reminders)
        )
    faults += _wrong_lanes(store)
    return Verified(runs=of_runs, rows=of_rows, reminders=of_reminders, faults=tuple(faults))


def _wrong_lanes(store: Store) -> list[str]:
    last = 0
    while True:
        with store.reading() as connection:
            query = select(reminders).where(reminders.c.id > last)
            found = connection.execute(query.order_by(reminders.c.id).limit(PAGE)).all()
        for row in found:
            own = own_lane(row.phone, row.external_event_id, row.uuid)
            if own is not None and row.key_hash != own:
                return ["A reminder stands under another appointment's key."]
        if len(found) < PAGE:
            return []
        last = found[-1].id
