"""Calls that a guard holds: all of a run, or single rows, with the sentences that say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, bindparam, case, false, null, update

from importer.ledger.calling import block
from importer.ledger.notes import add_notes
from importer.ledger.store import many
from importer.ledger.tables import rows
from importer.model.words import RowState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.holds import Hold
    from importer.model.issues import Issue

# What a row that stands in no sheet was told of its cancel is not so once it is held.
_UNTOLD = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"), rows.c.number == 0, rows.c.followed.is_(false()))
    .values(warnings=b"[]")
)
_HELD = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"), rows.c.state == RowState.READY.value, rows.c.attempts == 0)
    .values(
        state=RowState.SETTLED.value,
        status=Status.HELD.value,
        code=bindparam("its_code"),
        settled_at=bindparam("its_settled_at"),
        due=null(),
    )
)


def hold_calls(connection: Connection, seq: int, holds: Sequence[Hold], *, at: float) -> int:
    """
    Settle every call of the run that was not tried yet as HELD; return how many.

    One statement does it, however many rows there are: a row with an open call has no problem of its own to keep. What
    a row that stands in no sheet was told of its cancel is not so any more.
    """
    told = [{"field": "", "code": hold.code, "value": "", "message": hold.message, "fix": hold.fix} for hold in holds]
    held = connection.execute(
        update(rows)
        .where(rows.c.run == seq, rows.c.due.is_not(None), rows.c.state == RowState.READY.value, rows.c.attempts == 0)
        .values(
            state=RowState.SETTLED.value,
            status=Status.HELD.value,
            code=holds[0].code,
            settled_at=at,
            due=None,
            problems=orjson.dumps(told),
            warnings=case((rows.c.number == 0, b"[]"), else_=rows.c.warnings),
        )
    )
    return held.rowcount


def hold_rows(connection: Connection, notes: Mapping[int, Issue], *, at: float) -> None:
    """Settle the calls of these rows as HELD, each with its own sentence; what waits for them is blocked."""
    many(
        connection,
        _HELD,
        [{"row_id": row_id, "its_code": note.code, "its_settled_at": at} for row_id, note in notes.items()],
    )
    many(connection, _UNTOLD, [{"row_id": row_id} for row_id in notes])
    add_notes(connection, {row_id: (note,) for row_id, note in notes.items()})
    block(connection, list(notes))
