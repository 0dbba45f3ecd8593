"""
Rows as they enter the ledger, in chunks of one transaction each.

A row whose verdict needs no thought (``planning.easy``) gets it at once, provisionally: if another row of the run names
the same appointment, ``lanes`` brings both before ``planning.plan_lane``, whose verdicts replace it. Nothing is sent
before the plan is whole (``runs.planned``).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select

from importer.ledger.appointment_lookup import as_known, lanes_of
from importer.ledger.older_files import add_content, content_of
from importer.ledger.store import blob, compiled, many_tuples, slices, where_in
from importer.ledger.tables import rows
from importer.model.words import Action, RowState, Status
from importer.planning.easy import Known, easy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.model.records import StagedRow

NAMES_END: Final = "\x1f"

_COLUMNS: Final = (
    "id", "run", "file", "number", "state", "status", "lane", "due", "conditional", "action", "planned", "phone",
    "external_event_id", "uuid", "starts_at", "fingerprint", "defaulted", "payload", "problems", "warnings", "cells",
    "location",
)  # fmt: skip

_STAGED: Final = RowState.STAGED.value
_READY: Final = RowState.READY.value
_SETTLED: Final = RowState.SETTLED.value
_CREATE: Final = Action.CREATE.value
_UNCHANGED: Final = Status.UNCHANGED.value


def stage(connection: Connection, seq: int, file_id: int, staged: Sequence[StagedRow]) -> None:
    """Write the rows of one chunk."""
    first = int(connection.execute(select(func.coalesce(func.max(rows.c.id), 0))).scalar_one()) + 1
    staged = as_known(connection, staged)
    lanes = lanes_of(connection, staged)
    known = _known(connection, {lane for lane in lanes if lane})
    marks = list(map(fingerprint, staged))
    numbered = zip(range(first, first + len(staged)), staged, lanes, marks, strict=True)
    # Made one by one as they are written: a list of so many tuples would keep the garbage collector busy.
    values = (_values(row_id, seq, file_id, row, lane, mark, known) for row_id, row, lane, mark in numbered)
    many_tuples(connection, _insert_sql(connection), values)
    add_content(connection, file_id, content_of(_named(staged, marks), [row.action for row in staged if row.number]))


def _named(staged: Sequence[StagedRow], marks: Sequence[bytes]) -> list[bytes]:
    """Return the marks of the rows that stand in a sheet; a uuid is no part of the payload, and makes another row."""
    return [
        blake2b(mark + row.uuid.encode(), digest_size=16).digest() if row.uuid else mark
        for row, mark in zip(staged, marks, strict=True)
        if row.number
    ]


def fingerprint(row: StagedRow) -> bytes:
    """
    Return 16 bytes that are equal for rows that say the same.

    Rows with different fingerprints may still say the same (their metadata in another order); planning then compares
    the values themselves. What the profile filled in is marked, because it does not count as said.
    """
    if not row.defaulted:
        return blake2b(row.payload, digest_size=16).digest()
    return blake2b(NAMES_END.join(row.defaulted).encode() + row.payload, digest_size=16).digest()


def _values(  # noqa: PLR0913, PLR0917 - runs a million times; every lookup that it is spared counts
    row_id: int, seq: int, file_id: int, row: StagedRow, lane: bytes | None, mark: bytes, known: dict[bytes, Known]
) -> tuple[Any, ...]:
    (
        number, action, phone, external_event_id, uuid, cells, payload, defaulted, starts_at, its_status, conditional,
        problems, warnings, location,
    ) = row  # fmt: skip
    state, status, planned, due = _STAGED, None, None, None
    if its_status is not None:
        state, status = _SETTLED, its_status.value
    elif lane is not None:
        verdict = easy(action, known.get(lane), fingerprint=mark, conditional=conditional, uuid=uuid)
        if verdict is Status.CREATED:
            state, planned, due = _READY, _CREATE, starts_at or 0
        elif verdict is Status.UNCHANGED:
            state, status, problems = _SETTLED, _UNCHANGED, b"[]"
    return (
        row_id, seq, file_id, number, state, status, lane and blob(lane), due, conditional, action, planned, phone,
        external_event_id, uuid, starts_at, blob(mark), NAMES_END.join(defaulted), blob(payload), blob(problems),
        blob(warnings), blob(cells), location,
    )  # fmt: skip


def _insert_sql(connection: Connection) -> str:
    statement = insert(rows).values({name: bindparam(name) for name in _COLUMNS})
    made = compiled(connection, statement)
    if made.names != _COLUMNS:
        raise AssertionError(made.names)
    return made.sql


def _known(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Known]:
    """Return what ``easy`` must know of the reminders in these lanes."""
    found: dict[bytes, Known] = {}
    columns = "SELECT key_hash, fingerprint, state, in_doubt FROM reminders WHERE key_hash"
    for some in slices(lanes):
        for lane, fingerprint_held, state, in_doubt in where_in(connection, columns, list(map(blob, some))):
            found[lane] = Known(fingerprint_held, state, in_doubt)
    return found
