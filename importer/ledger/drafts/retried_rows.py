"""The rows of a run that are tried again, as they were staged; and corrected ones in the place of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from importer.ledger.row_staging import NAMES_END, put
from importer.ledger.run_records import OfRun
from importer.ledger.store import reads_columns, slices
from importer.ledger.tables import rows
from importer.model.staged_files import StagedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.ledger.tables import Found


class RetriedRows(OfRun):
    """The rows of a run by their file and number."""

    def at(self, file_id: int, numbers: Iterable[int]) -> dict[int, StagedRow]:
        """Return the rows of a file with these numbers, as they were staged, by number; without their problems."""
        found: dict[int, StagedRow] = {}
        with self._store.reading() as connection:
            for some in slices(sorted(set(numbers))):
                query = select(rows).where(rows.c.file == file_id, rows.c.number.in_(some), rows.c.number > 0)
                found |= {row.number: _staged(row) for row in connection.execute(query)}
        return found

    def first(self, file_id: int, count: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return number and cells of the first rows of a file."""
        query = select(rows.c.number, rows.c.cells).where(rows.c.file == file_id, rows.c.number > 0)
        with self._store.reading() as connection:
            found = connection.execute(query.order_by(rows.c.id).limit(count)).all()
        return [(number, tuple(orjson.loads(cells))) for number, cells in found]

    def put(self, file_id: int, staged: Sequence[StagedRow]) -> None:
        """Write corrected rows in the place of those of their numbers; a number that the file has not is passed over."""
        with self._store.writing() as connection:
            for some in slices(staged):
                put(connection, self._seq, file_id, some, self._store.marks)


@reads_columns
def _staged(row: Found) -> StagedRow:
    return StagedRow(
        number=row.number,
        action=row.action,
        phone=row.phone,
        external_event_id=row.external_event_id,
        uuid=row.uuid,
        cells=bytes(row.cells),
        payload=bytes(row.payload),
        defaulted=tuple(row.defaulted.split(NAMES_END)) if row.defaulted else (),
        starts_at=row.starts_at,
        status=None,
        conditional=bool(row.conditional),
        problems=b"[]",
        warnings=bytes(row.warnings),
        location=row.location,
    )
