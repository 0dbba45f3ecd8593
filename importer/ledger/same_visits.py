"""
New bookings of a run that may be a visit that is known already: under another phone, or moved and without a number.

What a reminder is known by cannot change, so such a row would book a second one beside the first. Only rows that want a
call are looked at, by two joins for the whole run; rows that are unchanged cost nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select, update

from importer.ledger.store import slices
from importer.ledger.tables import reminders, rows, runs
from importer.model.api_calls import DERIVED, canonical_uuid
from importer.model.statuses import Action, ReminderState, RowState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PAGE: Final = 20_000
_MAKER: Final = runs.alias("maker")
_STANDS: Final = (ReminderState.ACTIVE.value, ReminderState.UNCERTAIN.value)


class Standing(NamedTuple):
    """
    A reminder that a row of the run may mean, though it is known by other names.

    ``row_id``, ``lane``, ``file`` and ``own_id`` (its number) are the row's, the others the reminder's: ``its_lane``, the phone in E.164, the
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
    own_id: str


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
    met = standing(connection, asked, same, *_upcoming(asked))
    counts = Counter(one.row_id for one in met)
    return _unnamed(connection, asked, [one for one in met if counts[one.row_id] == 1])


def moved_without_number(
    connection: Connection, asked: Asked, *, has_new_numbers: bool, has_lost_numbers: bool
) -> list[Standing]:
    """
    Return the rows without a number, of people who have an upcoming visit of the same type that the run does not name.

    A row may stand there several times, and so may a reminder, where it is not sure which of them is meant. Where the
    run's sheets have numbers for the first time, or no more, a row may have one and its reminder none, or the other way.
    """
    without = reminders.c.external_event_id.startswith(DERIVED), rows.c.external_event_id.startswith(DERIVED)
    may_be = [and_(*without)]
    may_be += [and_(without[0], not_(without[1]))] if has_new_numbers else []
    may_be += [and_(not_(without[0]), without[1])] if has_lost_numbers else []
    same = and_(
        reminders.c.phone == rows.c.phone, reminders.c.external_event_id != rows.c.external_event_id, or_(*may_be)
    )
    found = _unnamed(connection, asked, standing(connection, asked, same, *_upcoming(asked)))
    types = _types(connection, [one.row_id for one in found])
    return [one for one in found if type_of(orjson.loads(one.accepted)) == types.get(one.row_id)]


def type_of(values: Mapping[str, Any]) -> str:
    """Return a body's appointment type; version 1.0 kept the spelling of the sheet."""
    return canonical_uuid(str((values.get("eventType") or {}).get("uuid", "")))


def _types(connection: Connection, row_ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in slices(row_ids):
        for row in connection.execute(select(rows.c.id, rows.c.payload).where(rows.c.id.in_(some))):
            found[row.id] = type_of(orjson.loads(row.payload))
    return found


def standing(
    connection: Connection, asked: Asked, same: ColumnElement[bool], *more: ColumnElement[bool]
) -> list[Standing]:
    """Return the rows that want a call and whose own name is not known, each with every reminder that is the same."""
    if connection.execute(select(reminders.c.id).limit(1)).first() is None:
        return []
    own = reminders.alias("own")
    query = (
        select(
            rows.c.id, rows.c.lane, rows.c.file, reminders.c.key_hash, reminders.c.phone, reminders.c.external_event_id,
            reminders.c.uuid, reminders.c.starts_at, reminders.c.accepted, rows.c.external_event_id.label("own_id"),
        )
        .select_from(rows)
        .join(reminders, same)
        .outerjoin(own, own.c.key_hash == rows.c.lane)
        .outerjoin(_MAKER, _MAKER.c.id == reminders.c.run)
        .where(
            rows.c.run == asked.seq,
            rows.c.number > 0,
            rows.c.uuid.is_(None),
            _wants_a_call(),
            own.c.id.is_(None),
            reminders.c.state.in_(_STANDS),
            *more,
        )
        .order_by(rows.c.id, reminders.c.id)
    )  # fmt: skip
    return [Standing._make(row) for row in connection.execute(query)]


def _upcoming(asked: Asked) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for reminders that have not started, made by runs of the profile or nobody knows by which."""
    return (
        or_(reminders.c.starts_at.is_(None), reminders.c.starts_at > asked.now),
        or_(_MAKER.c.profile.is_(None), _MAKER.c.profile == asked.profile),
    )


def _unnamed(connection: Connection, asked: Asked, met: list[Standing]) -> list[Standing]:
    """Return those whose reminder no row of the run names."""
    if not met:
        return []
    lanes, uuids = named(connection, asked.seq)
    return [one for one in met if one.its_lane not in lanes and one.uuid not in uuids]


def _wants_a_call() -> ColumnElement[bool]:
    books = and_(rows.c.planned == Action.CREATE.value, rows.c.state == RowState.READY.value, rows.c.due.is_not(None))
    return or_(books, rows.c.state == RowState.STAGED.value)


def named(connection: Connection, seq: int) -> tuple[set[bytes], set[str]]:
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
