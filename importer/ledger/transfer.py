"""
Taking the ledger's memory elsewhere: checked, exported, imported line by line, rebuilt.

An export is JSON Lines: a first line that says what it is, then one reminder a line. Both kinds of import only add
what the ledger does not know: what it knows came from the API itself.

An export may come from anywhere. What a line holds is read back for years by runs, plans and ``explain``, and by its
uuids calls are sent, so a line that this ledger could not have written itself is refused with its number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, func, insert, select

from importer.errors import UsageError
from importer.ledger import run_records as run_book
from importer.ledger.appointment_lookup import own_lane, owners_of
from importer.ledger.integrity import IMPOSSIBLE, is_broken, seal, verified_together, wrong_reminder
from importer.ledger.known_reminders import Touch, doubts, readable, reminders_of, touch
from importer.ledger.opening import owner_of, rebind
from importer.ledger.store import Store, slices, where_in
from importer.ledger.tables import Found, reminders, rows, runs
from importer.model.planned_calls import Outcome, ReminderChange
from importer.model.records import Imported, Key, OldResult, Verified, is_purged
from importer.model.statuses import SENT_AS, Action, ReminderState, Status, origin_of
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


PAGE: Final = 2_000

# An update cannot carry it, but a row with another value than the reminder's is never sent.
_AGREED_WITH: Final = ("sendEligibleSubscribersOnly",)
_ACTIONS: Final = {status: action for action, status in SENT_AS.items()}
_ENDING: Final = frozenset({Action.CANCEL, Action.NO_SHOW})


def export(store: Store) -> Iterator[bytes]:
    """
    Yield the lines of an export, each with its line end, all of one moment.

    Raises:
        UsageError: a run is at work, or was cut off. What it has on its way stands in no reminder yet, so a no-show of
            it would be sent again by whoever takes the export in.
    """
    with store.reading() as connection:
        cut_off = run_book.cut_off(connection)
        if cut_off is not None:
            raise UsageError(
                f"Run {cut_off} is not finished: it is at work, or was cut off, so not all it sent is known yet.",
                fix=f"When nothing is at work any more, type: importer resume {cut_off}",
            )
        address = owner_of(connection).address
        head = {"kind": KIND, "schema": SCHEMA} | ({"address": address} if address else {})
        yield orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE)
        last = 0
        while True:
            query = select(reminders).where(reminders.c.id > last).order_by(reminders.c.id).limit(PAGE)
            found = connection.execute(query).all()
            for row in found:
                line = {name: getattr(row, name) for name in COLUMNS} | {"accepted": readable(row.accepted)}
                if is_purged(row.phone) or is_purged(row.external_event_id):
                    # Of what was purged an export holds the uuid alone: keyed hashes mean nothing under another key.
                    line |= {"phone": None, "external_event_id": None}
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
            seal(connection, reminders.c.key_hash, [one["key_hash"] for one in new])
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

    Passed over: rows that tell nothing, what was told of the appointment later than the row, and appointments whose uuid
    stands with another one. So reports can be taken in one by one, in any order, and runs that a restored ledger does not
    know are made good by their reports.
    """
    mine: set[bytes] = set()
    left_alone: set[bytes] = set()
    owners: dict[str, bytes] = {}
    for some in slices(results, PAGE):
        told = [(change, one) for one in some for change in [_change(one)] if change is not None]
        owners |= owners_of(connection, [change.uuid for change, _ in told if change.uuid])
        lanes = {change.lane for change, _ in told} | {owners.get(change.uuid or "", change.lane) for change, _ in told}
        held = reminders_of(connection, lanes)
        touches = []
        for said, one in told:
            change = _at_its_owner(said, owners)
            is_elsewhere = change.uuid and owners.setdefault(change.uuid, change.lane) != change.lane
            is_known = change.lane not in mine and not _is_newer(one, change, held.get(change.lane))
            if one.status is Status.UNCHANGED and (change.lane in mine or change.lane in held):
                # It sent nothing, so it begins nothing anew: what has ended stays so.
                is_known = is_known or one.action is Action.NONE
                change = change._replace(action=one.action if one.action in _ENDING else Action.UPDATE)
            if is_elsewhere or is_known:
                left_alone.add(change.lane)
            else:
                mine.add(change.lane)
                touches.append(Touch(change, run_id=one.run, row_id=0, at=one.at, imported=True))
        touch(connection, touches)
    return Imported(added=len(mine), known=len(left_alone - mine))


def _is_newer(one: OldResult, change: ReminderChange, held: Found | None) -> bool:
    """
    Whether a row tells more than the ledger holds of its appointment.

    What a call told gives way to the same appointment only: of another uuid than the one held nobody would know any more.
    """
    if held is None:
        return True
    told_by_call = held.row_id != 0
    return one.at > held.updated_at and not (told_by_call and held.uuid is not None and change.uuid != held.uuid)


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
        # A cancellation or no-show that was sent before is unchanged as well.
        action = one.action if one.action in _ENDING else Action.CREATE
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
        together, said = verified_together(connection)
    of_rows += together
    faults += said
    faults += _wrong_reminders(store)
    return Verified(runs=of_runs, rows=of_rows, reminders=of_reminders, faults=tuple(faults))


def _wrong_reminders(store: Store) -> list[str]:
    """Return what is wrong with reminders by themselves, each sentence once."""
    faults: dict[str, None] = {}
    last = 0
    while True:
        with store.reading() as connection:
            query = select(reminders).where(reminders.c.id > last)
            found = connection.execute(query.order_by(reminders.c.id).limit(PAGE)).all()
        for row in found:
            own = own_lane(row.phone, row.external_event_id, row.uuid)
            if own is not None and row.key_hash != own:
                faults["A reminder stands under another appointment's key."] = None
            if is_broken(row):
                faults["A reminder is not what was written."] = None
            if wrong_state := wrong_reminder(row._asdict()):
                faults[f"A reminder cannot be right: {wrong_state}."] = None
        if len(found) < PAGE:
            return list(faults)
        last = found[-1].id


KIND: Final = "appointment-importer reminders"
SCHEMA: Final = 1
COLUMNS: Final = (
    "phone", "external_event_id", "uuid", "state", "in_doubt", "doubtful", "starts_at", "run", "updated_at",
)  # fmt: skip

LONGEST_LINE: Final = 1024 * 1024
LONGEST_NAME: Final = 1_000
LONGEST_TEXT: Final = 32_767
# The year 2300: no appointment and no run lies behind it.
LATEST_S: Final = 10_413_792_000

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MARK: Final = re.compile(r"[0-9a-f]{1,64}")
_STATES: Final = {state.value for state in ReminderState}
_CALLS: Final = {Action.CREATE.value, Action.UPDATE.value, Action.CANCEL.value, Action.NO_SHOW.value}


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers from 1. ``UsageError``: one is too long to be of an export."""
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise wrong(number, "it is too long")
        yield number, line


def address_of_head(line: bytes) -> str:
    """
    Return the API address that the first line names, "" where it names none.

    Raises:
        UsageError: it is not the first line of an export, or of a newer version's.
    """
    found = _object(line, 1)
    if found.get("kind") != KIND:
        raise UsageError("The file is not an export of a ledger.", fix="Make one with `importer ledger export`.")
    if found.get("schema") != SCHEMA:
        raise UsageError("The export was made by a newer version of the importer.", fix="Install that version.")
    address = found.get("address", "")
    if not isinstance(address, str) or (address and origin_of(address) != address):
        raise wrong(1, "address is no API address")
    return address


def reminder_columns(line: bytes, number: int) -> dict[str, Any]:
    """
    Return a line as columns of ``reminders``.

    Raises:
        UsageError: this ledger could not have written it; the sentence names the line and what is wrong.
    """
    found = _object(line, number)
    for name, (is_right, wanted) in _RULES.items():
        if name not in found:
            raise wrong(number, f"{name} is missing")
        if not is_right(found[name]):
            raise wrong(number, f"{name} is not {wanted}")
    lane = own_lane(found["phone"], found["external_event_id"], found["uuid"])
    if lane is None:
        raise wrong(number, "it names no appointment")
    if contradiction := wrong_reminder(found):
        raise wrong(number, contradiction)
    columns = {name: found[name] for name in COLUMNS}
    accepted = orjson.dumps(found["accepted"])
    return columns | {"key_hash": lane, "accepted": accepted, "fingerprint": None, "row_id": 0, "imported": True}


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise wrong(number, "it is not a JSON object")
    return found


def wrong(number: int, what: str) -> UsageError:
    """Return the error for a line; nothing of it is quoted, for it may be personal data."""
    return UsageError(
        f"Line {number} of the export cannot be read: {what}. Nothing was taken in.", fix="Export the ledger again."
    )


def _or_none(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or rule(value)


def is_name(value: Any) -> bool:
    """Whether a value is a text such as a uuid or a number of an appointment: not blank, of one line, not too long."""
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= LONGEST_NAME and value.isprintable()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST_S


def _is_second(value: Any) -> bool:
    return isinstance(value, int) and _is_time(value)


def _is_phone(value: Any) -> bool:
    return isinstance(value, str) and _PHONE.fullmatch(value) is not None


def _are_doubts(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return False
    return all(
        _is_field(name) and all(_MARK.fullmatch(mark) for mark in marks) for name, marks in doubts(value).items()
    )


def _is_field(name: str) -> bool:
    return name in FIELD or name == METADATA_PREFIX.rstrip(".")


def _are_values(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_field(name) and _is_value(name, one) for name, one in value.items())


def _is_value(name: str, value: Any) -> bool:
    if name == "sendEligibleSubscribersOnly":
        return isinstance(value, bool)
    if isinstance(value, dict):
        return name in {"eventType", "metadata"} and all(_is_text(part) for part in value.values())
    return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "phone": (_or_none(_is_phone), "a phone such as +12125550101"),
    "external_event_id": (_or_none(is_name), "the number of an appointment"),
    "uuid": (_or_none(is_name), "an identifier"),
    "state": (lambda value: isinstance(value, str) and value in _STATES, "a known state"),
    "in_doubt": (_or_none(lambda value: isinstance(value, str) and value in _CALLS), "a known action"),
    "doubtful": (_are_doubts, "a list of fields"),
    "starts_at": (_or_none(_is_second), "a time in seconds"),
    "run": (lambda value: value == "" or is_name(value), "the id of a run"),
    "updated_at": (_is_time, "a time in seconds"),
    "accepted": (_are_values, "values of an appointment"),
}
