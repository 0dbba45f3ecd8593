"""
Rows as they enter the ledger, in chunks of one transaction each.

A row whose verdict needs no thought (``planning.easy``) gets it at once, provisionally: if another row of the run names
the same appointment, ``lanes`` brings both before ``planning.plan_lane``, whose verdicts replace it. Nothing is sent
before the plan is whole (``runs.planned``).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection, bindparam, func, insert, select, update

from importer.ledger.store import compiled, many, many_tuples, slices
from importer.ledger.tables import reminders, rows
from importer.model.calls import Key
from importer.model.plans import lane_of_key, lane_of_uuid
from importer.model.words import Action, RowState, Status
from importer.planning.easy import Known, easy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.model.records import StagedRow

IN_LIST: Final = 500
NAMES_END: Final = "\x1f"

_COLUMNS: Final = (
    "id", "run", "file", "number", "state", "status", "lane", "due", "followed", "attempts", "repeated",
    "conditional", "action", "planned", "phone", "external_event_id", "uuid", "starts_at", "call_starts_at", "code",
    "fingerprint", "defaulted", "payload", "problems", "warnings", "cells",
)  # fmt: skip

_ADOPT = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("old"), reminders.c.phone.is_(None))
    .values(key_hash=bindparam("new"), phone=bindparam("its_phone"), external_event_id=bindparam("its_id"))
)


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
        """INVALID for a row whose values are not to be trusted."""


def stage(connection: Connection, seq: int, file_id: int, staged: Sequence[StagedRow]) -> None:
    """Write the rows of one chunk."""
    first = int(connection.execute(select(func.coalesce(func.max(rows.c.id), 0))).scalar_one()) + 1
    lanes = lanes_of(connection, staged)
    known = _known(connection, {lane for lane in lanes if lane})
    many_tuples(
        connection,
        _insert_sql(connection),
        [
            _values(number, (seq, file_id), row, lane, known)
            for number, row, lane in zip(range(first, first + len(staged)), staged, lanes, strict=True)
        ],
    )


def fingerprint(row: StagedRow) -> bytes:
    """
    Return 16 bytes that are equal for rows that say the same.

    Rows with different fingerprints may still say the same (their metadata in another order); planning then compares
    the values themselves. What the profile filled in is marked, because it does not count as said.
    """
    if not row.defaulted:
        return blake2b(row.payload, digest_size=16).digest()
    return blake2b(NAMES_END.join(row.defaulted).encode() + row.payload, digest_size=16).digest()


def _values(
    row_id: int, place: tuple[int, int], row: StagedRow, lane: bytes | None, known: dict[bytes, Known]
) -> tuple[Any, ...]:
    mark = fingerprint(row)
    state, status, planned, due, problems = RowState.STAGED.value, row.status, None, None, row.problems
    if status is None and lane is not None:
        verdict = easy(row.action, known.get(lane), fingerprint=mark, conditional=row.conditional, uuid=row.uuid)
        if verdict is Status.CREATED:
            state, planned, due = RowState.READY.value, Action.CREATE.value, row.starts_at or 0
        elif verdict is Status.UNCHANGED:
            state, status, problems = RowState.SETTLED.value, verdict, b"[]"
    elif status is not None:
        state = RowState.SETTLED.value
    return (
        row_id, *place, row.number, state, status.value if status else None, lane, due, False, 0, False,
        row.conditional, row.action, planned, row.phone, row.external_event_id, row.uuid, row.starts_at,
        row.starts_at, "", mark, NAMES_END.join(row.defaulted), row.payload, problems, row.warnings, row.cells,
    )  # fmt: skip


def _insert_sql(connection: Connection) -> str:
    statement = insert(rows).values({name: bindparam(name) for name in _COLUMNS})
    made = compiled(connection, statement)
    if made.names != _COLUMNS:
        raise AssertionError(made.names)
    return made.sql


def lanes_of(connection: Connection, staged: Sequence[Named]) -> list[bytes | None]:
    """Return each row's lane: that of the reminder that its uuid names, of its key, or of its bare uuid."""
    of_uuid = _lanes_of_uuids(connection, staged)
    return [of_uuid.get(row.uuid or "") or own_lane(row.phone, row.external_event_id, row.uuid) for row in staged]


def own_lane(phone: str | None, external_event_id: str | None, uuid: str | None) -> bytes | None:
    """Return the lane that a row names by itself."""
    if phone and external_event_id:
        return lane_of_key(Key(phone, external_event_id))
    return lane_of_uuid(uuid) if uuid else None


class _Adoption(NamedTuple):
    old: bytes
    new: bytes
    its_phone: str
    its_id: str


def _lanes_of_uuids(connection: Connection, staged: Sequence[Named]) -> dict[str, bytes]:
    """
    Return the lanes of the uuids that the ledger knows.

    A reminder of which only the uuid was known takes the key of a row that names both.
    """
    wanted = {row.uuid: row for row in staged if row.uuid and row.status != Status.INVALID}
    found: dict[str, bytes] = {}
    adoptions = []
    for uuids in slices(wanted, IN_LIST):
        columns = (reminders.c.uuid, reminders.c.key_hash, reminders.c.phone)
        for uuid, lane, phone in connection.execute(select(*columns).where(reminders.c.uuid.in_(uuids))):
            found[uuid] = lane
            row = wanted[uuid]
            if phone is None and row.phone and row.external_event_id:
                new = lane_of_key(Key(row.phone, row.external_event_id))
                adoptions.append(_Adoption(lane, new, row.phone, row.external_event_id))
    taken = _known(connection, {adoption.new for adoption in adoptions})
    for adoption in adoptions:
        if adoption.new not in taken:
            many(connection, _ADOPT, [adoption._asdict()])
            found = {uuid: adoption.new if lane == adoption.old else lane for uuid, lane in found.items()}
            taken[adoption.new] = Known(None, "", None)
    return found


def _known(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Known]:
    """Return what ``easy`` must know of the reminders in these lanes."""
    found: dict[bytes, Known] = {}
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    for some in slices(lanes, IN_LIST):
        marks = ", ".join([mark] * len(some))
        # Only placeholders are put in. SQLAlchemy's own IN costs several times as much, and this runs for every row.
        sql = f"SELECT key_hash, fingerprint, state, in_doubt FROM reminders WHERE key_hash IN ({marks})"  # noqa: S608
        for lane, fingerprint_held, state, in_doubt in connection.exec_driver_sql(sql, tuple(some)):
            found[lane] = Known(fingerprint_held, state, in_doubt)
    return found
