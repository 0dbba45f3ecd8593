"""Files into the ledger: every row judged and staged before the first call may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.checking import stage
from importer.model.garbage import uncollected
from importer.model.records import FileRecord
from importer.run.describing import Seen
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
    is_part = bool(job.settings.rows or job.settings.limit is not None)
    for path, name in named(paths):
        with judged(job, path, name) as sheet:
            _stage_sheet(ledger, run_id, sheet, is_part=is_part)


def _stage_sheet(ledger: Ledger, run_id: str, judged_sheet: Judged, *, is_part: bool) -> None:
    file_id = ledger.add_file(run_id, file_record(judged_sheet))
    seen = Seen(judged_sheet.matching)
    for checked in judged_sheet.chunks:
        seen.see(checked)
        with uncollected():
            rows_staged = without_done(ledger, judged_sheet.matching, checked.chunk, stage(checked))
            ledger.stage(run_id, file_id, rows_staged)
    sheet = judged_sheet.sheet
    ledger.describe_file(file_id, seen.facts(is_part=is_part), notes=(*sheet.notes, *sheet.notes_at_end()))


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
