"""
Rows of a run settled and opened again by the thousand: one statement for a part of the run, in the order in which they lie.

A statement over all of a million rows keeps each page that it has changed in memory, and one that goes by when rows are
due reads each page many times. Rows that have sentences of their own get another one by themselves (``row_staging.add_notes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select, update

from importer.ledger.row_staging import add_notes, alone
from importer.ledger.store import slices
from importer.ledger.tables import rows
from importer.model.statuses import RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model.issues import Issue


PART: Final = 20_000

OPEN_CALL: Final[ColumnElement[bool]] = (rows.c.due + literal_column("0")).is_not(None)
"""Of rows with an open call, read in the order of rows: the index of what is due would lead through them at random."""

_HAS_NOTES: Final = or_(rows.c.problems != b"[]", rows.c.warnings != b"[]")


def parts(connection: Connection, seq: int, size: int = PART) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that take so many rows of a run each, in their order, and all of them together."""
    query = select(func.min(rows.c.id), func.max(rows.c.id)).where(rows.c.run == seq)
    first, last = connection.execute(query).one()
    for begin in range(first or 0, (last or -1) + 1, size):
        yield and_(rows.c.run == seq, rows.c.id.between(begin, begin + size - 1))


def settle_unsent(
    connection: Connection, row_ids: Sequence[int], status: Status, note: Issue, *, at: float | None
) -> None:
    """Settle rows whose call will not be sent, with the sentence that says why."""
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(_settled(status, note, at)))
    add_notes(connection, dict.fromkeys(row_ids, (note,)))


def settle_set(  # noqa: PLR0913, PLR0917 - which rows, and what becomes of them
    connection: Connection, part: ColumnElement[bool], left: ColumnElement[bool], status: Status, note: Issue, at: float
) -> int:
    """Settle the rows of a part that meet a condition, with the sentence that says why; return how many."""
    chosen = and_(part, left)
    own = list(connection.execute(select(rows.c.id).where(chosen, _HAS_NOTES)).scalars())
    settle_unsent(connection, own, status, note, at=at)
    problems, warnings = alone(note)
    settled = _settled(status, note, at) | {"problems": problems, "warnings": warnings}
    return len(own) + connection.execute(update(rows).where(chosen).values(settled)).rowcount


def _settled(status: Status, note: Issue, at: float | None) -> dict[str, Any]:
    return {
        "state": RowState.SETTLED.value,
        "status": status.value,
        "code": note.code,
        "settled_at": at,
        "due": None,
    }


def open_set(connection: Connection, part: ColumnElement[bool], left: ColumnElement[bool]) -> int:
    """Let the calls of the rows of a part that meet a condition wait again; return how many."""
    waiting = {
        "state": RowState.READY.value,
        "status": None,
        "code": "",
        "settled_at": None,
        "due": func.coalesce(rows.c.call_starts_at, rows.c.starts_at, 0),
        "problems": b"[]",
    }
    return connection.execute(update(rows).where(part, left).values(waiting)).rowcount
