"""
One visit under two names: the number of a sheet, and the one that was derived where a sheet has none.

A sheet's column of numbers may be known from one night on (a heading that an earlier version did not match, a column that
the export has now), or be gone. Its rows then name every visit by other words than the night before. Who has a reminder of
the same type at the same moment, where one of the two numbers is a derived one, has this visit: a second one is never
booked beside it. What names a reminder once its number is known is the number, for whoever asks later.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, and_, bindparam, not_, null, or_, select, update

from importer.ledger.known_reminders import reminders_of
from importer.ledger.same_visits import Asked, Standing, named, standing, type_of
from importer.ledger.store import many, slices
from importer.ledger.tables import files, reminders, rows
from importer.model.api_calls import DERIVED, Key
from importer.model.planned_calls import lane_of_key
from importer.model.statuses import RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCAN: Final = 20_000
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


def booked_under_another_name(connection: Connection, asked: Asked) -> list[Standing]:
    """
    Return the rows of visits that are known by another name, each with the reminder, whoever's run made it.

    Another first name is another person of the family, whose row goes its own way.
    """
    same = and_(
        reminders.c.phone == rows.c.phone,
        reminders.c.starts_at == rows.c.starts_at,
        reminders.c.external_event_id != rows.c.external_event_id,
        or_(_OF_DERIVED, rows.c.external_event_id.startswith(DERIVED)),
    )
    found = standing(connection, asked, same)
    said = _said(connection, [one.row_id for one in found])
    mine: dict[int, Standing] = {}
    for one in found:
        if _is_told(said[one.row_id], orjson.loads(one.accepted)):
            mine.setdefault(one.row_id, one)
    return list(mine.values())


def _said(connection: Connection, row_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    for some in slices(row_ids):
        for row in connection.execute(select(rows.c.id, rows.c.payload).where(rows.c.id.in_(some))):
            found[row.id] = orjson.loads(row.payload)
    return found


def _is_told(said: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a row can tell of this reminder: of the same type, for the same first name, where both are known."""
    types = type_of(said), type_of(held)
    names = _first_word(said), _first_word(held)
    return all(one == other or not one or not other for one, other in (types, names))


def _first_word(values: Mapping[str, Any]) -> str:
    return next(iter(str(values.get("firstName", "")).casefold().split()), "")


def link(connection: Connection, seq: int, found: Sequence[Standing]) -> None:
    """
    Let rows mean the reminders of their visits.

    Where one row alone gives a number to a reminder that has none, the number stays and is learnt once the run is over.
    Else the row takes the reminder's name: several rows of one visit are one and its duplicates, and a create in doubt is
    repeated as it was.
    """
    lanes, _ = named(connection, seq)
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


def has_new_numbers(connection: Connection, seq: int) -> bool:
    """Whether rows of the run gave numbers to reminders that had none."""
    query = (
        select(rows.c.id)
        .join(reminders, reminders.c.key_hash == rows.c.lane)
        .where(rows.c.run == seq, rows.c.number > 0, rows.c.uuid.is_(None), _OF_DERIVED, _NUMBERED)
    )
    return connection.execute(query.limit(1)).first() is not None


def has_lost_numbers(connection: Connection, seq: int) -> bool:
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
    follows = [
        {"row_id": row_id, "new_lane": new[bytes(lane)]}
        for row_id, lane in connection.execute(
            select(rows.c.id, rows.c.lane).where(rows.c.lane.is_not(None)), execution_options={"yield_per": SCAN}
        )
        if bytes(lane) in new
    ]
    many(connection, _FOLLOW, follows)
