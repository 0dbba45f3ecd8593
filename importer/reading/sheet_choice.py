"""Open a file as one sheet, whatever its kind; where its other sheets may be meant, say so."""

from __future__ import annotations

import math
import shlex
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import pandas as pd

from importer.errors import FileRefused
from importer.model.chunks import Chunk, Sheet
from importer.reading.csv_rows import refuse_long_lines, text_batches
from importer.reading.file_type import TEXTS, Content, content_of, encoding_of, unicode_of
from importer.reading.headings import known_headings
from importer.reading.limits import Limits
from importer.reading.sources import Copy, private_copy
from importer.reading.table_rows import table_of
from importer.reading.workbook_process import open_workbook, text_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.model.batches import Batch
    from importer.model.chunks import Columns


# Refusals of a sheet that may be the wrong one.
_ANOTHER_SHEET: Final = frozenset({"columns_unknown", "columns_missing", "file_empty"})
MOST_OFFERED: Final = 3


def elsewhere(refused: FileRefused, unread: Sequence[str]) -> FileRefused:
    """
    Return the refusal with the next step that leads to the workbook's other sheets, where it has any.

    A cover sheet is no template to fill in. A sheet that only lacks a column keeps its own step, too.
    """
    if not unread or refused.code not in _ANOTHER_SHEET:
        return refused
    step = f"run it with {' or '.join(shlex.join(['--sheet', name]) for name in unread[:MOST_OFFERED])}"
    fix = f"If the appointments stand in another sheet, {step}."
    kept = refused.fix if refused.code == "columns_missing" else ""
    return FileRefused(str(refused), code=refused.code, fix=f"{kept} {fix}".strip())


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
    without_hidden: bool
    texts_apart: bool


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
    without_hidden: bool = False,
    texts_apart: bool = False,
    region: str = "",
) -> Iterator[Sheet]:
    """
    Open a file (``-`` is stdin) as one sheet: ``sheet`` by name, else the first visible one of a workbook.

    ``heading_score`` returns how many known headings a row holds; title rows above the best row are left out.
    ``on_read`` is told after each chunk how much more was read, in the unit of ``Sheet.size``. What is read is a
    private copy, so nothing that happens to the file afterwards matters.

    ``until``: when a workbook must be read to its end, on the monotonic clock, in seconds. ``without_hidden``: the caller will
    leave out the rows that ``Sheet.hidden`` names; else they are read like all others. The notes say which. ``texts_apart``: text
    files, too, are looked into by a confined process only. ``region``: the country (ISO 3166) in which a text was written, "" where
    nobody says it.

    Raises:
        FileRefused: the file as a whole cannot be read, now or while ``chunks()`` is iterated; ``code`` says why.
    """
    wish = _Wish(sheet, heading_score, chunk_rows, limits, on_read, until, without_hidden, texts_apart)
    with private_copy(path, limits, region) as copy:
        content = content_of(copy, limits)
        if content is Content.TEXT:
            with _text_apart(copy, wish) if wish.texts_apart else _text_sheet(copy, wish) as opened:
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
        yield _sheet_of(copy, wish, batches)


@contextmanager
def _text_apart(copy: Copy, wish: _Wish) -> Iterator[Sheet]:
    with text_apart(
        copy,
        wish.heading_score,
        chunk_rows=wish.chunk_rows,
        limits=wish.limits,
        until=wish.until,
        on_read=wish.on_read,
    ) as batches:
        yield _sheet_of(copy, wish, batches)


def _sheet_of(copy: Copy, wish: _Wish, batches: Iterator[Batch | Columns]) -> Sheet:
    """Return the sheet that a text is; its chunks read on in the batches."""
    table = table_of(batches, wish.heading_score, wish.limits)
    notes = () if wish.sheet is None else (f"A text file has no sheets; “{wish.sheet}” was not looked for.",)
    return Sheet(
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
        copy.file,
        content,
        sheet=wish.sheet,
        chunk_rows=wish.chunk_rows,
        limits=wish.limits,
        until=wish.until,
        encoding=_encoding(copy, content),
    ) as workbook:
        try:
            table = table_of(
                workbook.batches, wish.heading_score, wish.limits, name=workbook.sheet, headings=workbook.headings
            )
        except FileRefused as refused:
            raise elsewhere(refused, workbook.unread) from None
        yield Sheet(
            source=copy.source,
            name=workbook.sheet,
            heading_row=table.heading_row,
            headings=table.headings,
            chunks=lambda: _told(table.chunks, wish.on_read, table.heading_row, workbook.rows),
            epoch_1904=workbook.epoch_1904,
            notes=workbook.notes + of_hidden(workbook.hidden, left_out=wish.without_hidden) + table.notes,
            size=workbook.rows,
            unread=workbook.unread,
            hidden=workbook.hidden if wish.without_hidden else (),
            notes_at_end=table.left_out.notes,
            titles=table.titles,
        )


def _encoding(copy: Copy, content: Content) -> str:
    """Return the encoding of a file of records that is a text. Folds of a calendar may part a character, so its bytes prove nothing."""
    if content is Content.CALENDAR:
        refuse_long_lines(copy)
        return unicode_of(copy)
    return encoding_of(copy).name if content in TEXTS else ""


MOST_NAMED = 10


def of_hidden(spans: Sequence[tuple[int, int]], *, left_out: bool) -> tuple[str, ...]:
    """Return the note about hidden rows, or none."""
    count = sum(last - first + 1 for first, last in spans)
    if not count:
        return ()
    first = islice((row for start, end in spans for row in range(start, end + 1)), MOST_NAMED)
    named = ", ".join(map(str, first)) + (", …" if count > MOST_NAMED else "")
    fate = "left out, as the profile says" if left_out else "read all the same"
    return (f"{count:,} {'row is' if count == 1 else 'rows are'} hidden in the sheet and {fate}: {named}.",)


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


# A sheet whose rows hold more text than this is settled by fewer of them.
_MOST_CHARACTERS: Final = 64_000_000


def first_rows(chunks: Iterator[Chunk], most: int) -> tuple[Chunk | None, Iterator[Chunk]]:
    """
    Return the first ``most`` rows as one chunk, None of no rows, whatever chunks they come in; and all chunks, these again.

    So a sheet is understood alike in every format. Of rows with very much text there may be fewer.
    """
    taken: list[Chunk] = []
    rows = characters = 0
    while rows < most and characters < _MOST_CHARACTERS and (chunk := next(chunks, None)) is not None:
        taken.append(chunk)
        rows += len(chunk)
        if rows < most:
            characters += sum(sum(map(len, cells.tolist())) for _, cells in chunk.frame.items())
    first = _joined(taken, most) if taken else None

    def again() -> Iterator[Chunk]:
        while taken:
            yield taken.pop(0)
        yield from chunks

    return first, again()


def _joined(chunks: Sequence[Chunk], most: int) -> Chunk:
    """Return the first rows of these chunks as one."""
    left, parts = most, []
    for chunk in chunks:
        parts.append(chunk.frame.iloc[:left])
        left -= len(chunk)
    frame = parts[0] if len(parts) == 1 else pd.concat(parts)
    last = int(frame.index[-1]) if len(frame) else 0
    return Chunk(frame, tuple(flaw for chunk in chunks for flaw in chunk.flaws if flaw.row <= last))
