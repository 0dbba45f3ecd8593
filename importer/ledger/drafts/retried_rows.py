"""The rows of a run that are tried again, as they were staged; and corrected ones in the place of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from importer.ledger.row_staging import put
from importer.ledger.run_records import OfRun
from importer.ledger.store import reads_columns, slices
from importer.ledger.tables import rows, unchanged
from importer.ledger.unchanged_rows import IS_WHOLE, records
from importer.model.planned_calls import NAMES_END
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
        """Return number and cells of the first rows of a file, as far as they are kept."""
        query = select(rows.c.id, rows.c.number, rows.c.cells).where(rows.c.file == file_id, rows.c.number > 0)
        with self._store.reading() as connection:
            single = connection.execute(query.order_by(rows.c.id).limit(count)).all()
            found = [(row_id, number, tuple(orjson.loads(cells))) for row_id, number, cells in single]
            record = next(records(connection, (unchanged.c.file == file_id) & IS_WHOLE), None)
            if record is not None:
                ids, numbers = record.row_ids.tolist(), record.numbers.tolist()
                found += [(ids[at], numbers[at], record.cells_of(at)) for at in range(min(count, record.count))]
        return [(number, cells) for _, number, cells in sorted(found)[:count]]

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
