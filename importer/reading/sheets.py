"""The face of this room: open a file as one sheet."""

from __future__ import annotations

import math
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import FileRefused
from importer.model.sheets import Chunk, Sheet
from importer.reading.choosing import elsewhere
from importer.reading.contents import Content, content_of
from importer.reading.headings import known_headings
from importer.reading.limits import Limits
from importer.reading.sources import Copy, private_copy
from importer.reading.tables import table_of
from importer.reading.texts import text_batches
from importer.reading.workbooks import open_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

CHUNK_ROWS = 30_000


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller of ``open_sheet`` wants of a file."""

    sheet: str | None
    heading_score: Callable[[Sequence[str]], int]
    chunk_rows: int
    limits: Limits
    on_read: Callable[[int], None]
    until: float


def _unheard(_amount: int) -> None:
    """Take no notice of progress."""


@contextmanager
def open_sheet(  # noqa: PLR0913  # each is a choice of the caller's, none travels with another
    path: str | Path,
    *,
    sheet: str | None = None,
    heading_score: Callable[[Sequence[str]], int] = known_headings,
    chunk_rows: int = CHUNK_ROWS,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    on_read: Callable[[int], None] = _unheard,
    until: float = math.inf,
) -> Iterator[Sheet]:
    """
    Open a file (``-`` is stdin) as one sheet: ``sheet`` by name, else the first visible one of a workbook.

    ``heading_score`` returns how many known headings a row holds; title rows above the best row are left out.
    ``on_read`` is told after each chunk how much more was read, in the unit of ``Sheet.size``. What is read is a
    private copy, so nothing that happens to the file afterwards matters.

    ``until``: when a workbook must be read to its end, on the monotonic clock, in seconds.

    Raises:
        FileRefused: the file as a whole cannot be read, now or while ``chunks()`` is iterated; ``code`` says why.
    """
    wish = _Wish(sheet, heading_score, chunk_rows, limits, on_read, until)
    with private_copy(path, limits) as copy:
        content = content_of(copy, limits)
        if content is Content.TEXT:
            with _text_sheet(copy, wish) as opened:
                yield opened
            return
        with _workbook_sheet(copy, content, wish) as opened:
            yield opened


@contextmanager
def _text_sheet(copy: Copy, wish: _Wish) -> Iterator[Sheet]:
    batches = text_batches(
        copy, wish.heading_score, chunk_rows=wish.chunk_rows, limits=wish.limits, on_read=wish.on_read
    )
    # A caller may leave before the last row; what is read must be let go before its file is closed.
    with closing(batches):
        table = table_of(batches, wish.heading_score, wish.limits)
        notes = () if wish.sheet is None else (f"A text file has no sheets; “{wish.sheet}” was not looked for.",)
        yield Sheet(
            source=copy.source,
            name=None,
            heading_row=table.heading_row,
            headings=table.headings,
            chunks=lambda: table.chunks,
            notes=notes + table.notes,
            size=copy.source.size,
            notes_at_end=table.left_out.notes,
            titles=table.titles,
        )


@contextmanager
def _workbook_sheet(copy: Copy, content: Content, wish: _Wish) -> Iterator[Sheet]:
    with open_workbook(
        copy.file, content, sheet=wish.sheet, chunk_rows=wish.chunk_rows, limits=wish.limits, until=wish.until
    ) as workbook:
        try:
            table = table_of(workbook.batches, wish.heading_score, wish.limits, name=workbook.sheet)
        except FileRefused as refused:
            raise elsewhere(refused, workbook.unread) from None
        yield Sheet(
            source=copy.source,
            name=workbook.sheet,
            heading_row=table.heading_row,
            headings=table.headings,
            chunks=lambda: _told(table.chunks, wish.on_read, table.heading_row, workbook.rows),
            epoch_1904=workbook.epoch_1904,
            notes=workbook.notes + table.notes,
            size=workbook.rows,
            unread=workbook.unread,
            notes_at_end=table.left_out.notes,
            titles=table.titles,
        )


def _told(chunks: Iterator[Chunk], on_read: Callable[[int], None], heading_row: int, height: int) -> Iterator[Chunk]:
    """Hand on the chunks, telling after each how many more rows of the sheet are behind it."""
    behind = 0
    on_read(heading_row)
    for chunk in chunks:
        yield chunk
        last = int(chunk.frame.index[-1])
        on_read(last - max(behind, heading_row))
        behind = last
    on_read(height - max(behind, heading_row))
