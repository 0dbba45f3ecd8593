"""
Seals: what a reminder says, summed up in itself, so that a bit that flipped on the disk is noticed when it is read.

The upper half of a seal is about the columns that staging looks at, the lower half about all but the time of the last
change (CRC-32 each). SQLite alone needs it: a server has checksums of its pages. A reminder that was changed without
its seal has none (a trigger sees to that), and is taken as it is until it is written again.

A key that is not found tells nothing by itself, for the index may be what is wrong. So before calls may leave, a first
booking is looked for once more by another index (``refuse_unseen``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, update

from importer.ledger.store import damaged, many, slices
from importer.ledger.tables import Found, reminders, rows
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.errors import LedgerError


_HALF: Final = 32
_ALL: Final = 0x7FFFFFFF
_SEAL: Final = update(reminders).where(reminders.c.id == bindparam("its_id")).values(seal=bindparam("its_seal"))


def seal_of(said: Mapping[str, Any]) -> int:
    """Return the seal of a reminder's columns."""
    quick = _quick(said["key_hash"], said["fingerprint"], said["state"], said["in_doubt"])
    names = (
        said["phone"], said["external_event_id"], said["uuid"], said["doubtful"], said["starts_at"], said["run"],
        said["row_id"], bool(said["imported"]), bool(said["purged"]),
    )  # fmt: skip
    return (quick & _ALL) << _HALF | crc32(said["accepted"], crc32(orjson.dumps(names), quick))


def _quick(lane: bytes, fingerprint: bytes | None, state: str, in_doubt: str | None) -> int:
    return crc32(fingerprint or b"", crc32(f"{state} {in_doubt or ''} ".encode(), crc32(lane)))


def refuse_broken(lane: bytes, fingerprint: bytes | None, state: str, in_doubt: str | None, seal: int | None) -> None:
    """Raise ``LedgerError`` where what staging looks at is not what was written."""
    if seal is not None and seal >> _HALF != _quick(lane, fingerprint, state, in_doubt) & _ALL:
        raise _broken()


def whole(held: Found) -> Found:
    """Return a row of ``reminders``. ``LedgerError``: it is not what was written."""
    if is_broken(held):
        raise _broken()
    return held


def is_broken(held: Found) -> bool:
    """Whether a row of ``reminders`` is not what was written."""
    try:
        return held.seal is not None and held.seal != seal_of(held._asdict())
    except TypeError:  # a value of a kind that no column takes
        return True


def _broken() -> LedgerError:
    return damaged("what it knows of an appointment is not what was written")


def seal(connection: Connection, column: ColumnElement[Any], named: Iterable[Any]) -> None:
    """Seal the reminders with these values of a column anew, once single columns of them were changed."""
    if connection.dialect.name != "sqlite":
        return
    for some in slices(named):
        found = connection.execute(select(reminders).where(column.in_(some))).all()
        many(connection, _SEAL, [{"its_id": one.id, "its_seal": seal_of(one._asdict())} for one in found])


def sealed(connection: Connection, written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return reminders as they are about to be written, each with its seal."""
    return [{**one, "seal": seal_of(one)} for one in written] if connection.dialect.name == "sqlite" else written


def refuse_unseen(connection: Connection, seq: int) -> None:
    """
    Raise ``LedgerError`` where the run would book an appointment that is known.

    Its reminder stands in the table under the phone and number of the row, and the row did not find it by its lane.
    """
    own = reminders.alias("own")
    query = (
        select(rows.c.id)
        .join(reminders, reminders.c.external_event_id == rows.c.external_event_id)
        .where(
            rows.c.run == seq,
            rows.c.due.is_not(None),
            rows.c.planned == Action.CREATE.value,
            # Joined by the number, which few share; the databases need not choose.
            reminders.c.phone.concat("") == rows.c.phone,
            or_(
                reminders.c.key_hash != rows.c.lane,
                ~exists(select(own.c.id).where(own.c.key_hash == rows.c.lane)),
            ),
        )
        .limit(1)
    )
    if connection.execute(query).first() is not None:
        raise damaged("a known appointment is not found by its phone and number")
