"""
Which appointment a row means: found by number and uuid together, in this one place, whoever asks.

=====================================  ==============================================================
the row names                          its lane
=====================================  ==============================================================
a uuid that the ledger knows           that reminder's, whatever number stands beside it
a phone and a number                   theirs
a uuid that the ledger does not know   the uuid's own, until a phone and a number become known with it
=====================================  ==============================================================

So a uuid has one lane. A row whose number belongs to another reminder than its uuid comes to the uuid's lane, where
planning sees the contradiction and makes it a problem. A reminder of which only the uuid was known takes the phone and
number of the first call that names both and was accepted (``adopt``); planning alone, or a call in doubt, teaches it
nothing. The lane that a row was staged with may be out of date by then, so every later command looks it up anew. A
create that was answered with such a uuid, or of which a person says so, tells its number too (``adopt_told``). One answered
with another appointment's uuid, a second one for this, or an ended one's, is in doubt (``without_foreign_uuids``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from importer.ledger.drafts.draft_tables import drafts
from importer.ledger.integrity import seal
from importer.ledger.run_records import line_of, named
from importer.ledger.store import many, slices, where_in
from importer.ledger.tables import Found, reminders, rows, runs, unchanged
from importer.model.issues import Issue
from importer.model.planned_calls import Outcome, ReminderChange, Settlement, lane_of_key, lane_of_uuid
from importer.model.records import Key, is_purged
from importer.model.statuses import Action, ReminderState, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from importer.model.staged_files import StagedRow


_STANDARD_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Named(Protocol):
    """What tells which appointment a row means."""

    @property
    def phone(self) -> str | None:
        """In E.164."""

    @property
    def external_event_id(self) -> str | None:
        """Exact text."""

    @property
    def uuid(self) -> str | None:
        """As the API gave it."""

    @property
    def status(self) -> str | None:
        """INVALID for a row whose uuid is not to be trusted; UNCHANGED for one upon which nothing may be planned."""


class Names(NamedTuple):
    """A row's own words for its appointment."""

    phone: str | None
    external_event_id: str | None
    uuid: str | None
    status: str | None = None


def lanes_of(connection: Connection, named: Sequence[Named]) -> list[bytes | None]:
    """Return the lane of each row as it comes in; None for one done by a report that this ledger knows nothing of."""
    wanted = {one.uuid for one in named if one.uuid and one.status != Status.INVALID}
    owners = owners_of(connection, wanted)
    return [
        None
        if one.status == Status.UNCHANGED
        else owners.get(one.uuid or "") or own_lane(one.phone, one.external_event_id, one.uuid)
        for one in named
    ]


def own_lane(phone: str | None, external_event_id: str | None, uuid: str | None) -> bytes | None:
    """Return the lane that a row names by itself, without the ledger; None where its phone and number were purged."""
    if phone and external_event_id:
        key = Key(phone, external_event_id)
        return None if any(map(is_purged, key)) else lane_of_key(key)
    return lane_of_uuid(uuid) if uuid else None


def owners_of(connection: Connection, uuids: Iterable[str]) -> dict[str, bytes]:
    """Return the lanes of those uuids that the ledger knows."""
    return {
        uuid: bytes(lane)
        for some in slices(uuids)
        for uuid, lane in where_in(connection, "SELECT uuid, key_hash FROM reminders WHERE uuid", some)
    }


def current_lanes(connection: Connection, found: Sequence[Found]) -> list[bytes | None]:
    """
    Return the lanes of rows of the ledger as they are by now.

    ``found``: rows with ``lane``, ``phone``, ``external_event_id``, ``uuid`` and ``call_uuid``. A lane that was staged
    from a uuid is followed to the phone and number that this uuid took since; where the row knows no uuid of its own,
    its lane counts as it stands.
    """
    named = [Names(row.phone, row.external_event_id, row.call_uuid or row.uuid) for row in found]
    lanes = lanes_of(connection, named)
    return [lane if lane is not None else row.lane for lane, row in zip(lanes, found, strict=True)]


def as_known(connection: Connection, staged: Sequence[StagedRow]) -> Sequence[StagedRow]:
    """
    Return rows whose uuid is spelled as the ledger has it, where only small and capital letters are told apart.

    A program on the way may have changed them; taken for another one, the appointment would be changed without its past.
    """
    told = {row.uuid for row in staged if row.uuid and _STANDARD_UUID.fullmatch(row.uuid)}
    spellings = {spelling: uuid for uuid in told for spelling in (uuid.upper(), uuid.lower())}
    strange = told - owners_of(connection, told).keys()
    owned = owners_of(connection, {spelling for spelling, uuid in spellings.items() if uuid in strange})
    if not owned:
        return staged
    spelled = {spellings[spelling]: spelling for spelling in owned}
    return [row._replace(uuid=spelled.get(row.uuid or "", row.uuid)) for row in staged]


WHOSE: Final = (
    rows.c.id, rows.c.lane, rows.c.phone, rows.c.external_event_id, rows.c.uuid, rows.c.call_uuid,
)  # fmt: skip
"""The columns that ``current_lanes`` needs."""


def names_of(connection: Connection, lanes: Collection[bytes]) -> dict[bytes | str, bytes]:
    """
    Return every name of these appointments, each with its lane: the lane, the uuid, the uuid's own lane.

    A row of the ledger is about one of them if its lane, as it was staged, or its uuid is among the names.
    """
    names: dict[bytes | str, bytes] = {lane: lane for lane in lanes}
    for some in slices(lanes):
        for lane, uuid in where_in(connection, "SELECT key_hash, uuid FROM reminders WHERE key_hash", some):
            if uuid:
                names |= {uuid: bytes(lane), lane_of_uuid(uuid): bytes(lane)}
    return names


class Adoption(NamedTuple):
    """A reminder of which only the uuid was known takes the phone and number of a row's call; ``old`` and ``new``: its lanes."""

    uuid: str
    key: Key
    row_id: int

    @property
    def old(self) -> bytes:
        """Its lane so far."""
        return lane_of_uuid(self.uuid)

    @property
    def new(self) -> bytes:
        """Its lane from now on."""
        return lane_of_key(self.key)


_TAKE: Final = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("old_lane"))
    .values(key_hash=bindparam("new_lane"), phone=bindparam("its_phone"), external_event_id=bindparam("its_id"))
)
_FOLLOW: Final = update(rows).where(rows.c.id == bindparam("row_id")).values(lane=bindparam("new_lane"))


def adopt(connection: Connection, adoptions: Iterable[Adoption]) -> dict[bytes, bytes]:
    """
    Let reminders take their phone and number; return old and new lanes of those that did.

    What another reminder holds already is not taken, unless that is a create in doubt, whose uuid is known hereby. The
    row's call and those that wait for it follow.
    """
    asked = {one.old: one for one in adoptions}
    nameless = _held(connection, asked)
    asked = {old: one for old, one in asked.items() if old in nameless}
    taken = dict(_held(connection, [one.new for one in asked.values()]))
    moved: dict[bytes, bytes] = {}
    for old, one in asked.items():
        holder = taken.get(one.new)
        if holder is not None and not _gives_way(holder):
            continue
        if holder is not None:
            connection.execute(delete(reminders).where(reminders.c.key_hash == one.new))
        taken[one.new] = nameless[old]
        moved[old] = one.new
    many(connection, _TAKE, [_parameters(asked[old]) for old in moved])
    seal(connection, reminders.c.key_hash, moved.values())
    follows = [(row_id, new) for old, new in moved.items() for row_id in _line_behind(connection, asked[old].row_id)]
    many(connection, _FOLLOW, [{"row_id": row_id, "new_lane": new} for row_id, new in follows])
    return moved


def adopt_told(connection: Connection, told: Iterable[Adoption]) -> None:
    """Let reminders of which only the uuid was known take the phone and number of the create that made them."""
    asked = {one.uuid: one for one in told}
    nameless = select(reminders.c.uuid).where(reminders.c.phone.is_(None))
    adopt(
        connection,
        [
            asked[uuid]
            for some in slices(asked)
            for uuid in connection.execute(nameless.where(reminders.c.uuid.in_(some))).scalars()
        ],
    )


def _gives_way(held: Found) -> bool:
    """Whether nothing is lost with the reminder once another's uuid turns out to be its appointment's: a create in doubt."""
    return held.uuid is None and bool(held.state == ReminderState.UNCERTAIN)


def _held(connection: Connection, lanes: Iterable[bytes]) -> Mapping[bytes, Found]:
    columns = (reminders.c.key_hash, reminders.c.uuid, reminders.c.state)
    return {
        row.key_hash: row
        for some in slices(lanes)
        for row in connection.execute(select(*columns).where(reminders.c.key_hash.in_(some)))
    }


def _parameters(one: Adoption) -> dict[str, Any]:
    phone, external_event_id = one.key
    return {"old_lane": one.old, "new_lane": one.new, "its_phone": phone, "its_id": external_event_id}


def _line_behind(connection: Connection, row_id: int) -> list[int]:
    """Return the row and those whose calls wait for it, directly or through others."""
    found, now = [row_id], [row_id]
    while now:
        now = list(connection.execute(select(rows.c.id).where(rows.c.after.in_(now))).scalars())
        found += now
    return found


# Other sides of a join; made once, because SQLAlchemy works out the columns of each for a millisecond.
_TELLER: Final = rows.alias("teller")
_OWN: Final = runs.alias("own")
_BEFORE: Final = runs.alias("before")


def adopt_unchanged(connection: Connection, seq: int) -> None:
    """
    Let reminders take the phone and number of rows that name both and needed no call.

    Not where the row that told the reminder last named a number too: the answer to it must have named another.
    """
    query = (
        select(rows.c.id, rows.c.phone, rows.c.external_event_id, reminders.c.uuid)
        .join(reminders, reminders.c.uuid == rows.c.uuid)
        .outerjoin(_TELLER, _TELLER.c.id == reminders.c.row_id)
        .where(
            or_(_TELLER.c.phone.is_(None), _TELLER.c.external_event_id.is_(None)),
            rows.c.run == seq,
            rows.c.status == Status.UNCHANGED.value,
            rows.c.lane == reminders.c.key_hash,
            rows.c.phone.is_not(None),
            rows.c.external_event_id.is_not(None),
            reminders.c.phone.is_(None),
            reminders.c.in_doubt.is_(None),
        )
    )
    found = connection.execute(query).all()
    adopt(connection, [Adoption(row.uuid, Key(row.phone, row.external_event_id), row.id) for row in found])


_TOLD = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("lane"))
    .values(row_id=bindparam("its_row"), run=bindparam("its_run"))
)


def follow_places(connection: Connection, seq: int) -> None:
    """
    Let reminders be told by the rows of a run that name another place for them and change nothing else.

    The API knows no places, so such a row is unchanged; yet the snapshot of the place that was left must not cancel it.
    """
    query = (
        select(reminders.c.key_hash, func.max(rows.c.id).label("latest"), _OWN.c.id)
        .select_from(rows)
        .join(_OWN, _OWN.c.seq == rows.c.run)
        .join(reminders, reminders.c.key_hash == rows.c.lane)
        .join(_BEFORE, and_(_BEFORE.c.id == reminders.c.run, _BEFORE.c.profile == _OWN.c.profile))
        .outerjoin(_TELLER, _TELLER.c.id == reminders.c.row_id)
        .where(
            rows.c.run == seq,
            rows.c.status == Status.UNCHANGED.value,
            rows.c.location != "",
            rows.c.id > reminders.c.row_id,
            rows.c.location.is_distinct_from(_TELLER.c.location),
        )
        .group_by(reminders.c.key_hash, _OWN.c.id)
    )
    found = connection.execute(query).all()
    many(connection, _TOLD, [{"lane": lane, "its_row": latest, "its_run": run_id} for lane, latest, run_id in found])
    seal(connection, reminders.c.key_hash, [lane for lane, _, _ in found])


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
        owner = owners.setdefault(change.uuid, change.lane)
        if owner != change.lane or known.get(change.lane, change.uuid) != change.uuid:
            foreign[one.row_id] = _foreign(one, change)
        elif (ended := _not_made(one, told.get(change.uuid), one.row_id if read is None else read)) is not None:
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
    """Return the last row of the time when the rows of a retry, or of a draft that was sent later, were read."""
    first = line_of(connection, named(connection, run_id).seq)[-1]
    then = connection.execute(select(drafts.c.as_of).where(drafts.c.run == first.id)).scalar()
    if then is None and first.id == run_id:
        return None
    until = first.seq if then is None else then
    queries = (
        select(one).where(table.c.run <= until).order_by(table.c.run.desc(), one.desc()).limit(1)
        for table, one in ((rows, rows.c.id), (unchanged, unchanged.c.last))
    )
    return max(connection.execute(query).scalar() or 0 for query in queries)


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
