"""The rows of a plan that was just made, each with what a draft keeps of it beside what people see."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import orjson

from importer.ledger import run_records as run_book
from importer.ledger.drafts.draft_values import ties_of
from importer.ledger.guard_queries import describes, move_of
from importer.ledger.lane_pages import HELD, HELD_START, call_of
from importer.ledger.report_queries import changes_of, paged, report_row
from importer.ledger.run_records import OfRun
from importer.ledger.tables import rows
from importer.model.records import LifeRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.records import Move


class PlannedCell(NamedTuple):
    """
    A row of a plan.

    ``file``: the place of its file among the run's. ``lane``: which appointment it means. ``mark``: 16 bytes of its
    request, None where none is to be sent. ``ties``: of ``ties_of``. ``is_known``: whether it says how a
    known appointment is; ``move``: the other start that it gives it. ``cells``, ``payload`` and ``changes``: JSON bytes, as the ledger has them.
    """

    row: LifeRow
    file: int
    lane: bytes | None
    mark: bytes | None
    cells: bytes
    payload: bytes
    changes: bytes
    ties: tuple[str, ...] = ()
    is_known: bool = False
    move: Move | None = None


class PlannedRows(OfRun):
    """The rows of a plan."""

    def all(self) -> Iterator[PlannedCell]:
        """Yield every row in the order of files and rows; memory is a page."""
        with self._store.reading() as connection:
            run = run_book.run_record(run_book.named(connection, self._run_id))
            files = {file.id: file for file in run_book.files_of(connection, self._seq)}
        places = {file: place for place, file in enumerate(files)}
        reports = {file.id for file in files.values() if file.facts is not None and file.facts.is_report}
        for row in paged(self._store, rows.c.run == self._seq, HELD, HELD_START):
            decided = LifeRow(run, report_row(row, files[row.file]), orjson.loads(row.payload), changes_of(row))
            mark = None if row.due is None else sha256(call_of(row)).digest()[:16]
            lane = None if row.lane is None else bytes(row.lane)
            ties = ties_of(row.phone, row.external_event_id, row.uuid)
            known = (False, None) if row.file in reports else (describes(row), move_of(row))
            yield PlannedCell(
                decided, places[row.file], lane, mark, row.cells, row.payload, row.changes or b"[]", ties, *known
            )
