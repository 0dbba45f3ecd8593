"""Problems and warnings that are added to rows after staging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, bindparam, select, update

from importer.ledger.store import many, slices
from importer.ledger.tables import rows
from importer.problems import KINDS, problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.issues import Issue

_WRITE = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(problems=bindparam("its_problems"), warnings=bindparam("its_warnings"))
)


def add_notes(connection: Connection, notes: Mapping[int, Sequence[Issue]], *, drops: bool = False) -> None:
    """Add the sentences to the rows' own; ``drops`` takes the problems away that a row had before."""
    if not notes:
        return
    columns = (rows.c.id, rows.c.problems, rows.c.warnings)
    held: dict[int, Any] = {}
    for some in slices(notes):
        query = select(*columns).where(rows.c.id.in_(some))
        held |= {row.id: row for row in connection.execute(query)}
    many(
        connection,
        _WRITE,
        [_added(row_id, held[row_id].problems, held[row_id].warnings, notes[row_id], drops=drops) for row_id in notes],
    )


def alone(note: Issue) -> tuple[bytes, bytes]:
    """Return problems and warnings of a row that has no others."""
    told = _added(0, b"[]", b"[]", (note,), drops=False)
    return told["its_problems"], told["its_warnings"]


def _added(row_id: int, problems: bytes, warnings: bytes, notes: Sequence[Issue], *, drops: bool) -> dict[str, Any]:
    told = [(KINDS[note.code].is_warning, _sentence(note)) for note in notes]
    kept = [] if drops else orjson.loads(problems)
    return {
        "row_id": row_id,
        "its_problems": orjson.dumps(kept + [sentence for is_warning, sentence in told if not is_warning]),
        "its_warnings": orjson.dumps(
            orjson.loads(warnings) + [sentence for is_warning, sentence in told if is_warning]
        ),
    }


def _sentence(note: Issue) -> dict[str, str | int]:
    code, field, column, value, detail = note
    return problem(code, field=field, value=value, detail=detail, column=column).kept()
