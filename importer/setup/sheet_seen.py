"""A sheet as guided set-up sees it: its headings and its first rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from importer.columns import heading_score
from importer.commands.job import about
from importer.reading import open_sheet

if TYPE_CHECKING:
    from importer.model.chunks import Chunk
    from importer.model.profile import Profile


ROWS_SEEN: Final = 20_000
"""So many rows are looked at for dates and words; the check that follows reads all."""


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """
    A sheet, as far as questions need it.

    ``rows``: the first ones, None where there is none. ``name``: of the workbook's sheet. ``notes``: as in ``Sheet``.
    """

    file: str
    headings: tuple[str, ...]
    rows: Chunk | None
    name: str | None = None
    heading_row: int = 1
    notes: tuple[str, ...] = ()


def look(path: str, profile: Profile, *, sheet: str | None = None) -> SheetSeen:
    """
    Read a sheet's headings and first rows. ``profile``: what is known so far; ``sheet``: its name in a workbook.

    Raises:
        FileRefused: the file cannot be read.

    """
    score = partial(heading_score, profile=profile)
    with about(path), open_sheet(path, sheet=sheet, heading_score=score, chunk_rows=ROWS_SEEN) as opened:
        rows = next(iter(opened.chunks()), None)
        return SheetSeen(opened.source.name, opened.headings, rows, opened.name, opened.heading_row, opened.notes)
