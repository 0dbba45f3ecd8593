"""
Rows of a new sheet find purged appointments: what a row itself says stands in the ledger in clear again.

A row names a purged appointment by its phone and number, by its uuid, or by its phone and start where the number has
changed. Only values that are equal come back, for only they stand in the sheet, too; the rest stays purged. Once phone and
number are both in clear, the appointment has its own lane again, and with it the rows of earlier runs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, and_, bindparam, literal_column, select, update

from importer.ledger.integrity import seal
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, reminders, rows, unchanged
from importer.ledger.unchanged_rows import KEYED_WIDTH, follow
from importer.model.planned_calls import lane_of_key
from importer.model.records import Key, is_purged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.ledger.retention.marks import Marks
    from importer.model.staged_files import StagedRow

IS_KEYED: Final[ColumnElement[bool]] = literal_column("length(rows.lane) = 20")
"""The condition of the index ``rows_keyed``, written out, because only so the databases use it."""

_COLUMNS: Final = (
    reminders.c.id, reminders.c.key_hash, reminders.c.phone, reminders.c.external_event_id, reminders.c.uuid,
    reminders.c.starts_at, reminders.c.accepted, reminders.c.fingerprint,
)  # fmt: skip
REWRITE: Final = (
    update(reminders)
    .where(reminders.c.id == bindparam("its_id"))
    .values(
        key_hash=bindparam("its_lane"),
        phone=bindparam("its_phone"),
        external_event_id=bindparam("its_number"),
        accepted=bindparam("its_values"),
        fingerprint=bindparam("its_fingerprint"),
    )
)
"""What a purge hashes, and what a row brings back: all of a reminder that is personal."""

_FOLLOW: Final = update(rows).where(IS_KEYED, rows.c.lane == bindparam("old_lane")).values(lane=bindparam("new_lane"))


def recall(
    connection: Connection, marks: Marks, staged: Sequence[StagedRow], fingerprints: Sequence[bytes] = ()
) -> None:
    """Bring back what the rows say of purged appointments. ``fingerprints``: of the rows, as far as they are known."""
    own = {marks.lane(lane): lane for row in staged if (lane := _lane(row)) is not None}
    said = dict(zip(map(id, staged), fingerprints, strict=False))
    found = _named(connection, marks, staged, own)
    many(connection, REWRITE, [_recalled(marks, one, those, said) for one, those in found])
    seal(connection, reminders.c.id, [one.id for one, _ in found])
    _follow(connection, own)


def _lane(row: StagedRow) -> bytes | None:
    return lane_of_key(Key(row.phone, row.external_event_id)) if row.phone and row.external_event_id else None


def _named(
    connection: Connection, marks: Marks, staged: Sequence[StagedRow], own: Mapping[bytes, bytes]
) -> list[tuple[Found, list[StagedRow]]]:
    """Return the purged appointments that the rows name, each with these rows."""
    by_lane: defaultdict[bytes, list[StagedRow]] = defaultdict(list)
    by_uuid: defaultdict[str, list[StagedRow]] = defaultdict(list)
    by_start: defaultdict[tuple[str, int | None], list[StagedRow]] = defaultdict(list)
    for row in staged:
        if (lane := _lane(row)) is not None:
            by_lane[lane].append(row)
            by_lane[marks.lane(lane)].append(row)
        if row.uuid:
            by_uuid[row.uuid].append(row)
        if row.phone and row.starts_at is not None:
            by_start[marks.phone(row.phone), row.starts_at].append(row)
    found: dict[int, tuple[Found, list[StagedRow]]] = {}
    lanes = [*own, *own.values()]
    for one in _purged(connection, reminders.c.key_hash, lanes):
        found[one.id] = (one, list(by_lane[bytes(one.key_hash)]))
    for one in _purged(connection, reminders.c.uuid, by_uuid):
        naming = by_uuid[one.uuid]
        # Rows of a number that stands beside the uuid are planned as rows of the same appointment.
        beside = [other for lane in {_lane(row) for row in naming} if lane is not None for other in by_lane[lane]]
        found.setdefault(one.id, (one, []))[1].extend([*naming, *beside])
    for one in _purged(connection, reminders.c.phone, {phone for phone, _ in by_start}):
        if (one.phone, one.starts_at) in by_start:
            found.setdefault(one.id, (one, []))[1].extend(by_start[one.phone, one.starts_at])
    return list(found.values())


def _purged(connection: Connection, column: ColumnElement[Any], names: Iterable[Any]) -> Iterable[Found]:
    for some in slices(names):
        yield from connection.execute(select(*_COLUMNS).where(and_(reminders.c.purged, column.in_(some))))


def _recalled(
    marks: Marks, held: Found, named_by: Sequence[StagedRow], fingerprints: Mapping[int, bytes]
) -> dict[str, Any]:
    phone, number, fingerprint = held.phone, held.external_event_id, held.fingerprint
    values = orjson.loads(held.accepted)
    for row in named_by:
        if row.phone and marks.phone(row.phone) == phone:
            phone = row.phone
        if row.external_event_id and marks.number(row.external_event_id) == number:
            number = row.external_event_id
        values = marks.recalled(values, orjson.loads(row.payload))
        told = fingerprints.get(id(row))
        if told is not None and fingerprint is not None and marks.fingerprint(told) == bytes(fingerprint):
            fingerprint = told
    is_open = phone and number and not is_purged(phone) and not is_purged(number)
    return {
        "its_id": held.id,
        "its_lane": lane_of_key(Key(phone, number)) if is_open else held.key_hash,
        "its_phone": phone,
        "its_number": number,
        "its_values": orjson.dumps(values),
        "its_fingerprint": fingerprint,
    }


def _follow(connection: Connection, own: Mapping[bytes, bytes]) -> None:
    """Let rows of purged runs follow to the lanes of the sheet's rows."""
    found: set[bytes] = set()
    for some in slices(own):
        kept = select(rows.c.lane).where(IS_KEYED, rows.c.lane.in_(some)).distinct()
        found.update(bytes(lane) for lane in connection.execute(kept).scalars())
    many(connection, _FOLLOW, [{"old_lane": lane, "new_lane": own[lane]} for lane in found])
    follow(connection, own, unchanged.c.width == KEYED_WIDTH)
