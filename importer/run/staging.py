"""Files into the ledger: every row judged and staged before the first call may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.checking import stage
from importer.model.records import FileRecord
from importer.run.fed_back import without_done
from importer.run.judging import Judged, judged
from importer.run.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ledger import Ledger
    from importer.run.job import Job


def stage_files(job: Job, ledger: Ledger, run_id: str, paths: Sequence[str]) -> None:
    """
    Stage all rows of all files, in chunks of one transaction each.

    Raises:
        FileRefused: one of the files cannot be read to its end; then none of them may be sent.
    """
    for path, name in named(paths):
        with judged(job, path, name) as sheet:
            _stage_sheet(ledger, run_id, sheet)


def _stage_sheet(ledger: Ledger, run_id: str, judged_sheet: Judged) -> None:
    file_id = ledger.add_file(run_id, file_record(judged_sheet))
    for checked in judged_sheet.chunks:
        rows_staged = without_done(ledger, judged_sheet.matching, checked.chunk, stage(checked))
        ledger.stage(run_id, file_id, rows_staged)


def file_record(judged_sheet: Judged) -> FileRecord:
    """Return what the ledger and the reports say of the sheet; its rows are counted as they are staged."""
    sheet = judged_sheet.sheet
    return FileRecord(
        name=sheet.source.name,
        sha256=sheet.source.sha256,
        sheet=sheet.name,
        headings=sheet.headings,
        heading_row=sheet.heading_row,
        notes=sheet.notes,
    )
