"""
New bookings of a run that may be a visit that is known already: under another phone or number, or moved without one.

What a reminder is known by cannot change, so such a row would be a double booking: a second one beside the first. Only rows that want a
call are looked at, by a few joins for the whole run; rows that are unchanged cost nothing.

A visit may have two names: the number of a sheet, and the one that was derived where a sheet has none. A sheet's column
of numbers may be known from one night on (a heading that an earlier version did not match, a column that the export has
now), or be gone. Its rows then name every visit by other words than the night before. Who has a reminder of the same type
at the same moment, where one of the two numbers is a derived one, has this visit: a second one is never booked beside it.
What names a reminder once its number is known is the number, for whoever asks later.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    not_,
    null,
    or_,
    select,
    update,
)

from importer.ledger import unchanged_rows
from importer.ledger.integrity import seal
from importer.ledger.known_reminders import reminders_of
from importer.ledger.run_records import OfRun, has_together
from importer.ledger.store import many, slices
from importer.ledger.tables import files, reminders, rows, runs, unchanged
from importer.model.planned_calls import lane_of_key
from importer.model.records import Key
from importer.model.statuses import DERIVED, Action, ReminderState, RowState, Status, canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.ledger.store import Store

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


def _type_of(values: Mapping[str, Any]) -> str:
    """Return a body's appointment type; version 1.0 kept the spelling of the sheet."""
    return canonical_uuid(str((values.get("eventType") or {}).get("uuid", "")))


def _types(connection: Connection, row_ids: Iterable[int]) -> dict[int, str]:
    return {row_id: _type_of(values) for row_id, values in _said(connection, row_ids).items()}


# The other side of a join; made once, because SQLAlchemy works out its columns for a millisecond.
_OWN: Final = reminders.alias("own")
_ANY: Final = select(reminders.c.id).limit(1)


def _standing(
    connection: Connection, asked: Asked, same: ColumnElement[bool], *more: ColumnElement[bool], by: Any = rows
) -> list[Standing]:
    """
    Return the rows that want a call and whose own name is not known, each with every reminder that is the same.

    ``by``: the rows, with what stands between them and the reminders.
    """
    if connection.execute(_ANY).first() is None:
        return []
    query = (
        select(
            rows.c.id, rows.c.lane, rows.c.file, reminders.c.key_hash, reminders.c.phone, reminders.c.external_event_id,
            reminders.c.uuid, reminders.c.starts_at, reminders.c.accepted, rows.c.external_event_id.label("own_id"),
        )
        .select_from(by)
        .join(reminders, same)
        .outerjoin(_OWN, _OWN.c.key_hash == rows.c.lane)
        .outerjoin(_MAKER, _MAKER.c.id == reminders.c.run)
        .where(
            rows.c.run == asked.seq,
            rows.c.number > 0,
            rows.c.uuid.is_(None),
            _wants_a_call(),
            _OWN.c.id.is_(None),
            reminders.c.state.in_(_STANDS),
            *more,
        )
        .order_by(rows.c.id, reminders.c.id)
    )  # fmt: skip
    return [Standing._make(row) for row in connection.execute(query)]


def _of_profile(asked: Asked) -> ColumnElement[bool]:
    """Return the condition for reminders made by runs of the profile, or nobody knows by which."""
    return or_(_MAKER.c.profile.is_(None), _MAKER.c.profile == asked.profile)


def _upcoming(asked: Asked) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the two conditions for reminders that have not started; asked apart, each is a part of an index, and none past is read."""
    return reminders.c.starts_at.is_(None), reminders.c.starts_at > asked.now


def _few_of_number(asked: Asked) -> Subquery:
    """
    Return the upcoming reminders of each number that rows name which has one or two of them: the ``first`` and the ``last``.

    A number has at most one with a row's own phone. So of three and more no row has exactly one under another phone, and of
    thousands that are past each is read once, not once for each row.
    """
    numbers = select(rows.c.external_event_id).where(rows.c.run == asked.seq, rows.c.number > 0, _wants_a_call())
    number, of_them = reminders.c.external_event_id, reminders.c.id
    return (
        select(number.label("number"), func.min(of_them).label("first"), func.max(of_them).label("last"))
        .outerjoin(_MAKER, _MAKER.c.id == reminders.c.run)
        .where(number.in_(numbers), reminders.c.state.in_(_STANDS), or_(*_upcoming(asked)), _of_profile(asked))
        .group_by(number)
        .having(func.count() <= 2)
        .subquery("few")
    )


def _unnamed(connection: Connection, asked: Asked, met: list[Standing]) -> list[Standing]:
    """Return those whose reminder no row of the run names."""
    if not met:
        return []
    lanes, uuids = _named(connection, asked.seq)
    return [one for one in met if one.its_lane not in lanes and one.uuid not in uuids]


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
    if has_together(connection, seq):
        for record in unchanged_rows.names(connection, unchanged.c.run == seq):
            lanes.update(record.lanes)
    return lanes, uuids


_NUMBER: Final = "externalEventId"
_NUMBERED: Final = not_(rows.c.external_event_id.startswith(DERIVED))
_OF_DERIVED: Final = reminders.c.external_event_id.startswith(DERIVED)
_STAGE_AGAIN: Final = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(state=RowState.STAGED.value, status=null(), planned=null(), due=null(), lane=bindparam("its_lane"))
)
_NAME: Final = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(external_event_id=bindparam("its_number"), payload=bindparam("body"))
)
_TAKE: Final = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("old_lane"))
    .values(key_hash=bindparam("new_lane"), external_event_id=bindparam("its_number"))
)
_FOLLOW: Final = update(rows).where(rows.c.id == bindparam("row_id")).values(lane=bindparam("new_lane"))


def _said(connection: Connection, row_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    for some in slices(row_ids):
        for row in connection.execute(select(rows.c.id, rows.c.payload).where(rows.c.id.in_(some))):
            found[row.id] = orjson.loads(row.payload)
    return found


def _is_told(said: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a row can tell of this reminder: of the same type, for the same first name, where both are known."""
    types = _type_of(said), _type_of(held)
    names = _first_word(said), _first_word(held)
    return all(one == other or not one or not other for one, other in (types, names))


def _first_word(values: Mapping[str, Any]) -> str:
    return next(iter(str(values.get("firstName", "")).casefold().split()), "")


def _has_new_numbers(connection: Connection, seq: int) -> bool:
    """Whether rows of the run gave numbers to reminders that had none."""
    query = (
        select(rows.c.id)
        .join(reminders, reminders.c.key_hash == rows.c.lane)
        .where(rows.c.run == seq, rows.c.number > 0, rows.c.uuid.is_(None), _OF_DERIVED, _NUMBERED)
    )
    return connection.execute(query.limit(1)).first() is not None


def _has_lost_numbers(connection: Connection, seq: int) -> bool:
    """Whether a file of the run that has no column of numbers has visits that have one."""
    facts = connection.execute(select(files.c.id, files.c.facts).where(files.c.run == seq)).all()
    bare = [one.id for one in facts if _NUMBER not in orjson.loads(one.facts or b"{}").get("fields", {}).values()]
    query = select(rows.c.id).where(rows.c.file.in_(bare), rows.c.number > 0, rows.c.uuid.is_(None), _NUMBERED)
    return bool(bare) and connection.execute(query.limit(1)).first() is not None


def learn(connection: Connection, seq: int) -> None:
    """
    Let reminders with a derived number take that of the one row of the run that named them, with all their rows.

    Called once the run is over: until then the row is found by its lane. A number that another reminder has is not taken.
    """
    query = (
        select(rows.c.lane, reminders.c.phone, rows.c.external_event_id)
        .join(reminders, reminders.c.key_hash == rows.c.lane)
        .where(
            rows.c.run == seq,
            rows.c.number > 0,
            rows.c.status.is_distinct_from(Status.INVALID.value),
            rows.c.phone == reminders.c.phone,
            reminders.c.uuid.is_not(None),
            _OF_DERIVED,
            _NUMBERED,
        )
        .distinct()
    )
    told = connection.execute(query).all()
    if not told:
        return
    lanes = Counter(one.lane for one in told)
    keys = {one.lane: Key(one.phone, one.external_event_id) for one in told if lanes[one.lane] == 1}
    taken = set(reminders_of(connection, map(lane_of_key, keys.values())))
    new = {old: lane for old, key in keys.items() if (lane := lane_of_key(key)) not in taken}
    taking = [
        {"old_lane": old, "new_lane": lane, "its_number": keys[old].external_event_id} for old, lane in new.items()
    ]
    many(connection, _TAKE, taking)
    seal(connection, reminders.c.key_hash, new.values())
    follows = [
        {"row_id": row_id, "new_lane": new[bytes(lane)]}
        for row_id, lane in connection.execute(
            select(rows.c.id, rows.c.lane).where(rows.c.lane.is_not(None)), execution_options={"yield_per": PAGE}
        )
        if bytes(lane) in new
    ]
    many(connection, _FOLLOW, follows)
    unchanged_rows.follow(connection, new)


class Crowd(NamedTuple):
    """So many rows of a run that want a call, and so many reminders, have one phone (``is_phone``) or one number."""

    is_phone: bool
    rows: int
    reminders: int


FEW_ROWS: Final = 10
FEW_PAIRS: Final = 10_000
MOST_PAIRS: Final = 400_000
"""So many pairs of a row and a reminder take half a minute; a phone or a number with few of either is nothing unusual."""


def _shared(asked: Asked, names: Sequence[str], *more: ColumnElement[bool]) -> Select[Any]:
    """Return the query for how many rows, and how many reminders, have one value of these columns."""
    theirs = [rows.c[name] for name in names]
    of_run = rows.c.run == asked.seq, rows.c.number > 0, _wants_a_call(), *(each.is_not(None) for each in theirs)
    count = func.count().label("count")
    mine = select(*theirs, count).where(*of_run).group_by(*theirs).having(count > FEW_ROWS).subquery()
    return (
        select(mine.c.count, func.count(reminders.c.id))
        .join(reminders, and_(*(reminders.c[name] == mine.c[name] for name in names)))
        .outerjoin(_MAKER, _MAKER.c.id == reminders.c.run)
        .where(reminders.c.state.in_(_STANDS), *more)
        .group_by(*mine.c)
    )


class SameVisits(OfRun):
    """
    The rows of a run that may be visits known already by another name.

    ``numbers``: whether its sheets were found to have "new" numbers, or to have "lost" them. ``cancelled``: its cancellations by a
    number that is not known, each with a reminder of the person at that time.
    """

    def __init__(self, store: Store, seq: int, run_id: str) -> None:
        super().__init__(store, seq, run_id)
        self.numbers: set[str] = set()
        self.cancelled: list[Standing] = []

    def crowd(self, profile: str, now: float) -> Crowd | None:
        """
        Return the largest crowd, where the run's rows and the reminders that they may be make more pairs than can be looked at.

        A visit that is past may be that of a row at the same moment only.
        """
        asked = Asked(self._seq, profile, now)
        ahead = or_(*_upcoming(asked)), _of_profile(asked)
        asking = {("phone", "starts_at"): (), ("phone",): ahead, ("external_event_id",): ahead}
        with self._store.reading() as connection:
            found = [
                Crowd("phone" in names, *row)
                for names, more in asking.items()
                for row in connection.execute(_shared(asked, names, *more))
            ]
        pairs = [one.rows * one.reminders for one in found]
        is_too_large = sum(count for count in pairs if count > FEW_PAIRS) > MOST_PAIRS
        return found[pairs.index(max(pairs))] if is_too_large else None

    def under_another_phone(self, profile: str, now: float) -> list[Standing]:
        """
        Return the rows whose number has exactly one upcoming reminder, under a phone that the run does not name with it.

        Only reminders that the profile's runs made count, and such of which that is not known.
        """
        asked = Asked(self._seq, profile, now)
        with self._store.reading() as connection:
            few = _few_of_number(asked)
            same = and_(reminders.c.id.in_((few.c.first, few.c.last)), reminders.c.phone != rows.c.phone)
            by = rows.join(few, few.c.number == rows.c.external_event_id)
            met = _standing(connection, asked, same, by=by)
            counts = Counter(one.row_id for one in met)
            return _unnamed(connection, asked, [one for one in met if counts[one.row_id] == 1])

    def moved_without_number(self, profile: str, now: float) -> list[Standing]:
        """
        Return the rows without a number, of people who have an upcoming visit of the same type that the run does not name.

        A row may stand there several times, and so may a reminder, where it is not sure which of them is meant. Where the
        run's sheets have numbers for the first time, or no more, a row may have one and its reminder none, or the other way.
        """
        asked = Asked(self._seq, profile, now)
        with self._store.reading() as connection:
            without = reminders.c.external_event_id.startswith(DERIVED), rows.c.external_event_id.startswith(DERIVED)
            may_be = [and_(*without)]
            if _has_new_numbers(connection, self._seq):
                self.numbers.add("new")
                may_be.append(and_(without[0], not_(without[1])))
            if _has_lost_numbers(connection, self._seq):
                self.numbers.add("lost")
                may_be.append(and_(not_(without[0]), without[1]))
            same = and_(
                reminders.c.phone == rows.c.phone,
                reminders.c.external_event_id != rows.c.external_event_id,
                or_(*may_be),
            )
            ahead = [_standing(connection, asked, same, each, _of_profile(asked)) for each in _upcoming(asked)]
            found = _unnamed(connection, asked, sorted(itertools.chain(*ahead)))
            types = _types(connection, [one.row_id for one in found])
            return [one for one in found if _type_of(orjson.loads(one.accepted)) == types.get(one.row_id)]

    def think_again(self, row_ids: Iterable[int]) -> None:
        """Take back the verdicts of rows that seemed to need no thought."""
        with self._store.writing() as connection:
            staged = {"state": RowState.STAGED.value, "planned": None, "due": None}
            for some in slices(row_ids):
                connection.execute(update(rows).where(rows.c.id.in_(some)).values(staged))

    def booked_under_another_name(self) -> list[Standing]:
        """
        Return the rows of visits that are known by another name, each with the reminder, whoever's run made it.

        Another first name is another person of the family, whose row goes its own way. Where both have a number, a cancellation
        goes to ``cancelled`` unless rows of the run name the reminder.
        """
        with self._store.reading() as connection:
            same = and_(
                reminders.c.phone == rows.c.phone,
                reminders.c.starts_at == rows.c.starts_at,
                reminders.c.external_event_id != rows.c.external_event_id,
                or_(_OF_DERIVED, not_(_NUMBERED), rows.c.action == Action.CANCEL.value),
            )
            asked = Asked(self._seq, "", 0.0)
            found = _standing(connection, asked, same)
            said = _said(connection, [one.row_id for one in found])
            told = [one for one in found if _is_told(said[one.row_id], orjson.loads(one.accepted))]
            mine: dict[int, Standing] = {}
            for one in told:
                if one.external_event_id.startswith(DERIVED) or one.own_id.startswith(DERIVED):
                    mine.setdefault(one.row_id, one)
            self.cancelled = _unnamed(connection, asked, [one for one in told if one.row_id not in mine])
            return list(mine.values())

    def link(self, found: Sequence[Standing]) -> None:
        """
        Let rows mean the reminders of their visits.

        Where one row alone gives a number to a reminder that has none, the number stays and is learnt once the run is over.
        Else the row takes the reminder's name: several rows of one visit are one and its duplicates, and a create in doubt is
        repeated as it was.
        """
        with self._store.writing() as connection:
            lanes, _ = _named(connection, self._seq)
            theirs = Counter(one.its_lane for one in found)

            def keeps_its_number(one: Standing) -> bool:
                gives = one.external_event_id.startswith(DERIVED) and not one.own_id.startswith(DERIVED)
                return bool(gives and one.uuid and theirs[one.its_lane] == 1 and one.its_lane not in lanes)

            many(connection, _STAGE_AGAIN, [{"row_id": one.row_id, "its_lane": one.its_lane} for one in found])
            named_anew = [one for one in found if not keeps_its_number(one)]
            said = _said(connection, [one.row_id for one in named_anew])
            names = [
                {
                    "row_id": one.row_id,
                    "its_number": one.external_event_id,
                    "body": orjson.dumps({**said[one.row_id], _NUMBER: one.external_event_id}),
                }
                for one in named_anew
            ]
            many(connection, _NAME, names)
