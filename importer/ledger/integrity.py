"""
How a ledger shows that it was damaged, or changed by another program: seals of reminders, and states that cannot be.

A *seal* sums up what a reminder says in itself, so that a bit that flipped on the disk is noticed when it is read. Its upper
half is about the columns that staging looks at, its lower half about all but the time of the last change (CRC-32 each).
SQLite alone needs it: a server has checksums of its pages. A reminder that was changed without its seal has none (a trigger
sees to that), and is taken as it is until it is written again.

A key that is not found tells nothing by itself, for the index may be what is wrong. So before calls may leave, a first
booking is looked for once more by another index (``refuse_unseen``).

*Impossible* is what the tables of ``importer.ledger`` never lead to: of a reminder by itself, and of rows, runs and
reminders together. A ledger in which one of these finds anything was written by a fault, or changed by another program. A
line of an export is held to the same rules before it is taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, or_, select, update

from importer.errors import LedgerError
from importer.ledger.drafts.draft_tables import KEEPING, UNSENT, drafts
from importer.ledger.store import damaged, many, slices
from importer.ledger.tables import Found, files, reminders, rows, runs, unchanged
from importer.ledger.unchanged_rows import Together
from importer.model.statuses import ENDED, SENT_AS, STATE_AFTER, Action, ReminderState, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


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


_ACTIVE: Final = f"{ReminderState.ACTIVE.value}  ".encode()


def quick_seals(lanes: Sequence[bytes], fingerprints: Sequence[bytes]) -> list[int]:
    """Return the upper half of the seal of each of these reminders, which are active and not in doubt."""
    return [crc32(mark, crc32(_ACTIVE, crc32(lane))) & _ALL for lane, mark in zip(lanes, fingerprints, strict=True)]


def refuse_broken(lane: bytes, fingerprint: bytes | None, state: str, in_doubt: str | None, seal: int | None) -> None:
    """Raise ``LedgerError`` where what staging looks at is not what was written."""
    if seal is not None and seal >> _HALF != _quick(lane, fingerprint, state, in_doubt) & _ALL:
        raise _broken()


def whole(held: Found) -> Found:
    """Return a row of ``reminders``. ``LedgerError``: it is not what was written."""
    if is_broken(held):
        raise _broken()
    return held


def refuse_unsealed(said: Mapping[str, Any]) -> None:
    """Raise ``LedgerError`` where the columns of a reminder, by name, are not what was written."""
    if _is_unsealed(said):
        raise _broken()


def is_broken(held: Found) -> bool:
    """Whether a row of ``reminders`` is not what was written."""
    return held.seal is not None and _is_unsealed(held._asdict())


def _is_unsealed(said: Mapping[str, Any]) -> bool:
    try:
        return said["seal"] is not None and said["seal"] != seal_of(said)
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


# The other side of a join; made once, because SQLAlchemy works out its columns for a millisecond.
_OWN: Final = reminders.alias("own")


def refuse_unseen(connection: Connection, seq: int) -> None:
    """
    Raise ``LedgerError`` where the run would book an appointment that is known.

    Its reminder stands in the table under the phone and number of the row, and the row did not find it by its lane.
    """
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
                ~exists(select(_OWN.c.id).where(_OWN.c.key_hash == rows.c.lane)),
            ),
        )
        .limit(1)
    )
    if connection.execute(query).first() is not None:
        raise damaged("a known appointment is not found by its phone and number")


_OPEN: Final = (RowState.READY.value, RowState.SENDING.value, RowState.WAITING.value)
_LEADS_TO: Final = {SENT_AS[action]: state for action, state in STATE_AFTER.items()}
_BEFORE: Final = rows.alias("before")
_BY_LAST_ROW: Final = select(reminders.c.id).join(rows, rows.c.id == reminders.c.row_id)


def wrong_reminder(held: Mapping[str, Any]) -> str:
    """
    Return what is wrong with a reminder by itself, "" if nothing is.

    ``held``: its columns ``phone``, ``external_event_id``, ``uuid``, ``state``, ``in_doubt`` and ``doubtful``.
    """
    return next((said for said, is_so in WRONG_REMINDERS.items() if is_so(held)), "")


def _may_be_made(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.UNCERTAIN or held["in_doubt"] == Action.CREATE)


def _create_waits(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.UNCERTAIN and held["in_doubt"] == Action.CREATE)


def _is_active(held: Mapping[str, Any]) -> bool:
    return bool(held["state"] == ReminderState.ACTIVE)


WRONG_REMINDERS: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "it has no uuid, although its create is not in doubt": lambda one: one["uuid"] is None and not _create_waits(one),
    "its create is in doubt, although its uuid is known": lambda one: one["uuid"] is not None and _may_be_made(one),
    "it has a phone or a number alone": lambda one: (one["phone"] is None) != (one["external_event_id"] is None),
    "it was ended and is in doubt": lambda one: one["state"] in ENDED and one["in_doubt"] is not None,
    "it is in doubt about values and names none": lambda one: (
        _is_active(one) and one["in_doubt"] == Action.UPDATE and not one["doubtful"]
    ),
    "it names values in doubt without being in doubt": lambda one: (
        _is_active(one) and one["in_doubt"] is None and bool(one["doubtful"])
    ),
}
"""What is wrong with a reminder, and whether it is so; a reminder is the columns that ``wrong_reminder`` takes."""


IMPOSSIBLE: Final[tuple[tuple[str, Select[Any]], ...]] = (
    (
        "A row is settled without a status, or has a status without being settled.",
        select(rows.c.id).where((rows.c.state == RowState.SETTLED.value) != rows.c.status.is_not(None)),
    ),
    (
        "A row of a finished run is not settled.",
        select(rows.c.id)
        .join(runs, runs.c.seq == rows.c.run)
        .where(runs.c.state == RunState.FINISHED.value, rows.c.state != RowState.SETTLED.value),
    ),
    (
        "A run that may send has a row without a verdict.",
        select(rows.c.id).join(runs, runs.c.seq == rows.c.run).where(runs.c.planned, rows.c.state == "staged"),
    ),
    (
        "A settled row has an open call, or an open row has none.",
        select(rows.c.id).where(
            or_(
                and_(rows.c.state.in_(_OPEN), rows.c.due.is_(None)),
                and_(rows.c.state == RowState.SETTLED.value, rows.c.due.is_not(None)),
            )
        ),
    ),
    (
        "Two runs are open at once.",
        select(func.min(runs.c.seq)).where(runs.c.state == RunState.OPEN.value).having(func.count() > 1),
    ),
    (
        "A finished run has no exit code, or an open one has.",
        select(runs.c.seq).where((runs.c.state == RunState.FINISHED.value) != runs.c.exit_code.is_not(None)),
    ),
    (
        "A call of a plan that is not whole was tried.",
        select(rows.c.id).join(runs, runs.c.seq == rows.c.run).where(~runs.c.planned, rows.c.attempts > 0),
    ),
    (
        "A call waits for a row of another run.",
        select(rows.c.id).join(_BEFORE, _BEFORE.c.id == rows.c.after).where(_BEFORE.c.run != rows.c.run),
    ),
    (
        "A row counts as sent by another call than its own.",
        select(rows.c.id).where(
            or_(
                *(
                    and_(rows.c.status == status.value, rows.c.planned.is_distinct_from(action.value))
                    for action, status in SENT_AS.items()
                )
            )
        ),
    ),
    (
        "A call is on its way without an attempt.",
        select(rows.c.id).where(rows.c.due.is_not(None), rows.c.state == "sending", rows.c.attempts == 0),
    ),
    (
        "Two calls of one appointment are on their way at once.",
        select(func.min(rows.c.id))
        .where(rows.c.due.is_not(None), rows.c.state == "sending")
        .group_by(rows.c.lane)
        .having(func.count() > 1),
    ),
    (
        "A row counts as created without a uuid.",
        select(rows.c.id).where(rows.c.status == Status.CREATED.value, rows.c.uuid.is_(None)),
    ),
    (
        "A no-show was sent twice.",
        select(func.min(rows.c.id))
        .where(rows.c.status == Status.NO_SHOW_SENT.value, rows.c.attempts > 0, rows.c.code.not_like("resolved%"))
        .group_by(rows.c.lane)
        .having(func.count() > 1),
    ),
    (
        "A row belongs to a file of another run.",
        select(rows.c.id).join(files, files.c.id == rows.c.file).where(files.c.run != rows.c.run),
    ),
    (
        "A call whose outcome is unknown left no doubt in its reminder.",
        _BY_LAST_ROW.where(
            rows.c.status == Status.UNKNOWN.value,
            reminders.c.in_doubt.is_(None),
            reminders.c.state.not_in([state.value for state in ENDED]),
        ),
    ),
    (
        "A draft counts as sent by a run that is not there.",
        select(drafts.c.seq).where(
            drafts.c.run.is_not(None),
            drafts.c.run != KEEPING,
            ~exists(select(runs.c.seq).where(runs.c.id == drafts.c.run)),
        ),
    ),
    (
        "Two drafts were sent by one run.",
        select(func.min(drafts.c.seq)).where(~UNSENT).group_by(drafts.c.run).having(func.count() > 1),
    ),
    (
        "A reminder is in another state than the row led to that changed it last.",
        _BY_LAST_ROW.where(
            or_(
                *(
                    and_(rows.c.status == status.value, reminders.c.state != state.value)
                    for status, state in _LEADS_TO.items()
                )
            )
        ),
    ),
)


def verified_together(connection: Connection) -> tuple[int, list[str]]:
    """Return how many rows stand together, and what is wrong with them, each sentence once."""
    count, faults = 0, set()
    last = 0
    query = select(unchanged).where(unchanged.c.id > bindparam("behind")).order_by(unchanged.c.id).limit(1)
    while (row := connection.execute(query, {"behind": last}).first()) is not None:
        last, count = row.id, count + row.size
        try:
            is_right = _is_right(Together(row, connection), row)
        except LedgerError:
            is_right = False
        if not is_right:
            faults.add("Rows that repeat what was known are not what was written.")
    return count, sorted(faults)


def _is_right(record: Together, row: Found) -> bool:
    is_right = len(record.lanes) == len(record.row_ids) == len(record.bodies) == record.count
    is_right = is_right and record.row_ids[0] == record.first and record.row_ids[-1] == record.last
    is_right = is_right and all(len(column.column) == record.count for column in (*record.beside, *record.cells))
    return is_right and not (record.is_folded and (row.cells or row.bodies))
