"""
New bookings of a run that may be a visit that is known already: under another phone, or moved and without a number.

What a reminder is known by cannot change, so such a row would book a second one beside the first. Only rows that want a
call are looked at, by two joins for the whole run; rows that are unchanged cost nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from importer.ledger.store import slices
from importer.ledger.tables import reminders, rows, runs
from importer.model.identities import DERIVED
from importer.model.words import Action, ReminderState, RowState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE: Final = 20_000
_STANDS: Final = (ReminderState.ACTIVE.value, ReminderState.UNCERTAIN.value)


class Standing(NamedTuple):
    """
    A reminder that a row of the run may mean, though it is known by other names. It is upcoming.

    ``row_id``, ``lane`` and ``file`` are the row's, the others the reminder's: ``its_lane``, the phone in E.164, the
    number, its uuid (None while its create is in doubt), UTC seconds of the start, and JSON bytes of its values.
    """

    row_id: int
    lane: bytes
    file: int
    its_lane: bytes
    phone: str
    external_event_id: str
    uuid: str | None
    starts_at: int | None
    accepted: bytes


class Asked(NamedTuple):
    """For which run (``seq``), of which profile, and at what moment (UTC seconds) it is asked."""

    seq: int
    profile: str
    now: float


def under_another_phone(connection: Connection, asked: Asked) -> list[Standing]:
    """
    Return the rows whose number has exactly one upcoming reminder, under a phone that the run does not name with it.

    Only reminders that the profile's runs made count, and such of which that is not known.
    """
    same = and_(reminders.c.external_event_id == rows.c.external_event_id, reminders.c.phone != rows.c.phone)
    return _standing(connection, asked, same, only_one=True)


def moved_without_number(connection: Connection, asked: Asked) -> list[Standing]:
    """
    Return the rows without a number, of people who have an upcoming visit of the same type that the run does not name.

    A row may stand there several times, and so may a reminder, where it is not sure which of them is meant.
    """
    same = and_(
        reminders.c.phone == rows.c.phone,
        reminders.c.external_event_id != rows.c.external_event_id,
        reminders.c.external_event_id.startswith(DERIVED),
        rows.c.external_event_id.startswith(DERIVED),
    )
    found = _standing(connection, asked, same, only_one=False)
    types = _types(connection, [one.row_id for one in found])
    return [one for one in found if orjson.loads(one.accepted).get("eventType") == types.get(one.row_id)]


def _types(connection: Connection, row_ids: Iterable[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in slices(row_ids):
        for row in connection.execute(select(rows.c.id, rows.c.payload).where(rows.c.id.in_(some))):
            found[row.id] = orjson.loads(row.payload).get("eventType")
    return found


def _standing(connection: Connection, asked: Asked, same: ColumnElement[bool], *, only_one: bool) -> list[Standing]:
    """Return such rows and reminders; with ``only_one`` only where a row has but one, the named ones counted, too."""
    if connection.execute(select(reminders.c.id).limit(1)).first() is None:
        return []
    own, maker = reminders.alias("own"), runs.alias("maker")
    query = (
        select(
            rows.c.id, rows.c.lane, rows.c.file, reminders.c.key_hash, reminders.c.phone,
            reminders.c.external_event_id, reminders.c.uuid, reminders.c.starts_at, reminders.c.accepted,
        )
        .select_from(rows)
        .join(reminders, same)
        .outerjoin(own, own.c.key_hash == rows.c.lane)
        .outerjoin(maker, maker.c.id == reminders.c.run)
        .where(
            rows.c.run == asked.seq,
            rows.c.number > 0,
            rows.c.uuid.is_(None),
            _wants_a_call(),
            own.c.id.is_(None),
            reminders.c.state.in_(_STANDS),
            or_(reminders.c.starts_at.is_(None), reminders.c.starts_at > asked.now),
            or_(maker.c.profile.is_(None), maker.c.profile == asked.profile),
        )
        .order_by(rows.c.id, reminders.c.id)
    )  # fmt: skip
    met = connection.execute(query).all()
    if not met:
        return []
    if only_one:
        counts = Counter(row.id for row in met)
        met = [row for row in met if counts[row.id] == 1]
    lanes, uuids = _named(connection, asked.seq)
    return [Standing(*row) for row in met if row.key_hash not in lanes and row.uuid not in uuids]


def _wants_a_call() -> ColumnElement[bool]:
    books = and_(rows.c.planned == Action.CREATE.value, rows.c.state == RowState.READY.value, rows.c.due.is_not(None))
    return or_(books, rows.c.state == RowState.STAGED.value)


def _named(connection: Connection, seq: int) -> tuple[set[bytes], set[str]]:
    """Return the appointments and the uuids that rows of sheets name in the run."""
    query = select(rows.c.lane, rows.c.uuid).where(rows.c.run == seq, rows.c.number > 0, rows.c.lane.is_not(None))
    lanes, uuids = set(), set()
    for lane, uuid in connection.execute(query, execution_options={"yield_per": PAGE}):
        lanes.add(lane)
        if uuid:
            uuids.add(uuid)
    return lanes, uuids


def think_again(connection: Connection, row_ids: Iterable[int]) -> None:
    """Take back the verdicts of rows that seemed to need no thought."""
    staged = {"state": RowState.STAGED.value, "planned": None, "due": None}
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(staged))


def give_name(connection: Connection, one: Standing) -> None:
    """Let a row mean the reminder: it keeps the number that was derived for it, and its rows stay in one lane."""
    names = {"lane": one.its_lane, "external_event_id": one.external_event_id}
    staged = {"state": RowState.STAGED.value, "planned": None, "due": None}
    connection.execute(update(rows).where(rows.c.id == one.row_id).values(names | staged))


def cancels_of(connection: Connection, seq: int, lanes: Iterable[bytes]) -> dict[bytes, int]:
    """Return, by appointment, the rows of the run that cancel it and stand in no sheet."""
    found: dict[bytes, int] = {}
    for some in slices(lanes):
        query = select(rows.c.lane, rows.c.id).where(
            rows.c.run == seq, rows.c.number == 0, rows.c.action == Action.CANCEL.value, rows.c.lane.in_(some)
        )
        found |= {row.lane: row.id for row in connection.execute(query)}
    return found


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


def pairs(connection: Connection, cancels: Iterable[int]) -> list[Pair]:
    """Return these cancels, each with the row that waits for it."""
    behind = rows.alias("behind")
    columns = (rows.c.id, rows.c.state, rows.c.status, behind.c.id, behind.c.state)
    ready = RowState.READY.value
    found = []
    for some in slices(cancels):
        query = select(*columns).outerjoin(behind, behind.c.after == rows.c.id).where(rows.c.id.in_(some))
        for cancel, state, status, books, books_state in connection.execute(query):
            found.append(Pair(cancel, state == ready, status, books, books_state == ready))
    return found


def drop(connection: Connection, row_ids: Sequence[int]) -> None:
    """Take rows that stand in no sheet, and whose calls are not wanted, out of the run."""
    for some in slices(row_ids):
        connection.execute(rows.delete().where(rows.c.id.in_(some), rows.c.number == 0, rows.c.attempts == 0))
