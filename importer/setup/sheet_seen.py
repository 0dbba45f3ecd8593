"""A sheet as guided set-up sees it: its headings and its first rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from importer.columns import heading_score
from importer.commands.job import about
from importer.commands.pipeline import without_hidden
from importer.reading.sheet_choice import first_rows, of_hidden, open_sheet

if TYPE_CHECKING:
    from importer.model.chunks import Chunk, Sheet
    from importer.model.profile import Profile


ROWS_SEEN: Final = 20_000
"""So many rows are looked at for dates and words; the check that follows reads all."""


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """
    A sheet, as far as questions need it.

    ``rows``: the first ones, None where there is none. ``name``: of the workbook's sheet. ``notes``: as in ``Sheet``, but for
    hidden rows; ``hidden``: their first and last numbers.
    """

    file: str
    headings: tuple[str, ...]
    rows: Chunk | None
    name: str | None = None
    heading_row: int = 1
    notes: tuple[str, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()


def look(
    path: str, profile: Profile, *, sheet: str | None = None, until: float = math.inf, texts_apart: bool = False
) -> SheetSeen:
    """
    Read a sheet's headings and first rows. ``profile``: what is known so far; ``sheet``: its name in a workbook.

    ``until`` and ``texts_apart``: as for ``open_sheet``.

    Raises:
        FileRefused: the file cannot be read.

    """
    score = partial(heading_score, profile=profile)
    with (
        about(path),
        open_sheet(
            path,
            sheet=sheet,
            heading_score=score,
            chunk_rows=ROWS_SEEN,
            until=until,
            without_hidden=True,
            texts_apart=texts_apart,
        ) as opened,
    ):
        left_out = opened.hidden if profile.hidden_rows == "leave_out" else ()
        return seen_in(opened, first_rows(without_hidden(opened.chunks(), left_out), ROWS_SEEN)[0])


def seen_in(opened: Sheet, first: Chunk | None) -> SheetSeen:
    """Return what an open sheet is, of whose rows these are the first."""
    told = of_hidden(opened.hidden, left_out=True)
    return SheetSeen(
        file=opened.source.name,
        headings=opened.headings,
        rows=first,
        name=opened.name,
        heading_row=opened.heading_row,
        notes=tuple(note for note in opened.notes if note not in told),
        hidden=opened.hidden,
    )
