"""
Text files whose bytes only a confined process looks into, for sheets that strangers may have made: those of the page.

It is the process that opens workbooks, so it has that one's limits, and neither network nor files. It splits rows into cells one
by one, in about twice the time of the quick way.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.model.batches import Batch, CellFlaw
from importer.reading.child.text_rows import from_bytes
from importer.reading.file_type import Content
from importer.reading.text.csv_rows import Dialect, Tried, chosen, refuse_long_lines
from importer.reading.text.encodings import encoding_of
from importer.reading.workbook_process import COMMAND, Child, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.reading.limits import Limits, Message
    from importer.reading.sources import Copy


@contextmanager
def text_apart(  # noqa: PLR0913 - each is a choice of the caller's
    copy: Copy,
    heading_score: Callable[[Sequence[str]], int],
    *,
    chunk_rows: int,
    limits: Limits,
    until: float,
    on_read: Callable[[int], None],
) -> Iterator[Iterator[Batch]]:
    """
    Have a child process split a text into rows, and hand them on in batches; the child is gone when the block ends.

    The arguments are those of ``text_batches`` and of ``open_workbook``.

    Raises:
        FileRefused: as both, now or while the batches are iterated.
    """
    refuse_long_lines(copy)
    encoding = encoding_of(copy)
    order: Message = {
        "content": Content.TEXT, "limits": limits.as_dict(), "encoding": encoding.name, "errors": encoding.errors,
        "dialect": None,
    }  # fmt: skip
    cell: Callable[[str], str] = from_bytes if encoding.damaged else str
    with _asked(copy, order, limits, until) as child:
        found = [
            Tried(
                Dialect(delimiter, blanks),
                [[cell(text) for text in row] for row in first],
                width,
                share,
                quoted,
                occurs,
            )
            for delimiter, blanks, first, width, share, quoted, occurs in child.say("tried")["tried"]
        ]
    dialect = chosen(found, heading_score)
    odd = copy.survey.odd or encoding.damaged or encoding.name.startswith("utf-16")
    order["dialect"] = [dialect.delimiter, dialect.blanks_before_quotes]
    with _asked(copy, order, limits, until) as child:
        yield _batches(child, chunk_rows, cell, on_read, odd=odd)


@contextmanager
def _asked(copy: Copy, order: Message, limits: Limits, until: float) -> Iterator[Child]:
    copy.file.seek(0)
    with subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
        COMMAND, stdin=copy.file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(order)
    ) as process:
        try:
            yield Child(process, limits, until, "text file")
        finally:
            process.kill()


def _batches(
    child: Child, chunk_rows: int, cell: Callable[[str], str], on_read: Callable[[int], None], *, odd: bool
) -> Iterator[Batch]:
    batch, read, behind = Batch([], [], odd=odd), 0, 0
    while "end" not in (message := child.say("rows", "end")):
        _take(batch, message, cell)
        read = message["read"]
        if len(batch.rows) >= chunk_rows:
            yield batch
            on_read(read - behind)
            batch, behind = Batch([], [], odd=odd), read
    if batch.rows:
        yield batch
        on_read(read - behind)


def _take(batch: Batch, message: dict[str, Any], cell: Callable[[str], str]) -> None:
    batch.numbers = [*batch.numbers, *message["numbers"]]
    batch.rows += message["rows"] if cell is str else [[cell(text) for text in row] for row in message["rows"]]
    batch.flaws += [CellFlaw(row, column, code, cell(shown)) for row, column, code, shown in message["flaws"]]
