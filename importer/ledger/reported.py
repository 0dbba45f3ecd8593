"""Rows of earlier runs as they were read, found by the place that a report names: run, file, sheet and number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson
from sqlalchemy import Connection, select

from importer.ledger import runs as run_book
from importer.ledger.store import slices
from importer.ledger.tables import rows, runs
from importer.model.records import Place

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.model.records import FileRecord


class Earlier(NamedTuple):
    """
    A row as an earlier run read it.

    ``payload``: JSON bytes, the body that a create would carry. ``uuids``: those that the row named or was given.
    ``row_id``: rises from row to row and from run to run.
    """

    file: FileRecord
    cells: tuple[str, ...]
    action: str
    payload: bytes
    uuids: frozenset[str]
    row_id: int


def earlier_rows(connection: Connection, run_id: str, numbers: Collection[int]) -> dict[Place, Earlier] | None:
    """Return the rows of a run with these numbers, by their place; None where this ledger knows no such run."""
    seq = connection.execute(select(runs.c.seq).where(runs.c.id == run_id)).scalar()
    if seq is None:
        return None
    files = {file.id: file for file in run_book.files_of(connection, seq)}
    columns = (
        rows.c.id,
        rows.c.file,
        rows.c.number,
        rows.c.cells,
        rows.c.action,
        rows.c.payload,
        rows.c.uuid,
        rows.c.call_uuid,
    )
    found: dict[Place, Earlier] = {}
    for some in slices(sorted(numbers)):
        query = select(*columns).where(rows.c.run == seq, rows.c.number.in_(some))
        for row_id, file_id, number, cells, action, payload, uuid, call_uuid in connection.execute(query):
            file = files[file_id]
            found[Place(file.name, file.sheet or "", number)] = Earlier(
                file=file,
                cells=tuple(orjson.loads(cells)),
                action=action,
                payload=bytes(payload),
                uuids=frozenset(one for one in (uuid, call_uuid) if one),
                row_id=row_id,
            )
    return found
