"""
Files that a child process opens, seen from the parent's side: workbooks, records, and texts that strangers may have made.

The child may be killed by a hostile file; then the file is refused and the run lives. Texts are opened so for the page: within
the child's limits, with neither network nor files; it splits rows into cells one by one, in about twice the time of the
quick way.
"""

from __future__ import annotations

import base64
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson

import importer
from importer.errors import FileRefused
from importer.model.batches import Batch, CellFlaw
from importer.reading.child.archive import spread
from importer.reading.csv_rows import (
    CHARACTERS_AT_FIRST,
    MOST_CHARACTERS,
    Dialect,
    Tried,
    chosen,
    from_bytes,
    refuse_long_lines,
)
from importer.reading.file_type import Content, content_of, encoding_of
from importer.reading.limits import EDITING, ORDER, OUT_OF_MEMORY, Limits, Message, read_message
from importer.reading.sources import STDIN, private_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.reading.sources import Copy


NOUNS: Final = {Content.JSON: "JSON file", Content.PARQUET: "Parquet file", Content.CALENDAR: "calendar"}
"""What a file that the child opens is called, where it is no workbook."""

_OF_THE_SYSTEM = ("SYSTEMROOT", "LD_LIBRARY_PATH")
COMMAND = [sys.executable, "-S", "-P", "-X", "utf8", "-m", "importer.reading.child.worker"]


@dataclass(frozen=True, slots=True)
class Workbook:
    """
    One sheet of a workbook, or the records of a file, open in the child. ``rows`` is its height; ``batches`` may be iterated once.

    ``sheet``: its name, None where the file has no sheets. ``headings``: None where they stand among the rows. ``hidden``: first and last number of hidden rows that follow each other.
    """

    sheet: str | None
    headings: tuple[str, ...] | None
    rows: int
    epoch_1904: bool
    notes: tuple[str, ...]
    unread: tuple[str, ...]
    hidden: tuple[tuple[int, int], ...]
    batches: Iterator[Batch]


@contextmanager
def open_workbook(  # noqa: PLR0913  # each is a choice of the caller's
    file: IO[bytes],
    content: Content,
    *,
    sheet: str | None,
    chunk_rows: int,
    limits: Limits,
    until: float = math.inf,
    encoding: str = "",
) -> Iterator[Workbook]:
    """
    Have a child process open a workbook or a file of records, and hand on its sheet; the child is gone when the block ends.

    ``encoding``: of a file of records that is a text.

    Raises:
        FileRefused: what the child says, or ``workbook_too_large`` and ``workbook_too_slow`` where it dies of its
            limits, ``workbook_damaged`` where it dies of the file; ``check_too_long`` after
            ``until``, a moment of the monotonic clock.
    """
    file.seek(0)
    order = {"content": content, "sheet": sheet, "limits": limits.as_dict(), "encoding": encoding}
    with subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
        COMMAND,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(order),
    ) as process:
        child = Child(process, limits, until, NOUNS.get(content, "workbook"))
        try:
            head = child.say("head")["head"]
            batches = _batches(child, chunk_rows, limits.of_sheet(os.fstat(file.fileno()).st_size))
            yield Workbook(
                sheet=head["sheet"],
                headings=None if head["headings"] is None else tuple(head["headings"]),
                rows=head["rows"],
                epoch_1904=head["epoch_1904"],
                notes=tuple(head["notes"]),
                unread=tuple(head["unread"]),
                hidden=tuple((first, last) for first, last in head["hidden"]),
                batches=batches,
            )
        finally:
            process.kill()


def marked_copy(path: str, digest: str, marks: Message, out: IO[bytes], *, limits: Limits | None = None) -> str | None:
    """
    Have a child process write a person's workbook with marks in it to ``out``; return "" where it did.

    Else return why the workbook cannot be kept as it is, in words that follow "because"; None where the file is not there
    any more, is no XLSX, or its sha256 is not ``digest``. ``marks``: as ``child.marked_copy`` takes them.

    Raises:
        OSError: ``out`` cannot take it.
    """
    limits = limits or EDITING
    try:
        with private_copy(path, limits) as copy:
            if path == STDIN or copy.source.sha256 != digest or content_of(copy, limits) is not Content.XLSX:
                return None
            _mark(copy.file, marks, out, limits)
    except FileRefused as refused:
        if refused.code.startswith(("file_", "copy_")):
            return None
        return str(refused) if refused.code == "not_kept" else "it could not be copied within the limits"
    return ""


def _mark(file: IO[bytes], marks: Message, out: IO[bytes], limits: Limits) -> None:
    told = orjson.dumps(marks)
    with tempfile.TemporaryFile(prefix="importer-") as both:
        both.write(told)
        file.seek(0)
        shutil.copyfileobj(file, both)
        both.seek(0)
        order = {"marks": len(told), "limits": limits.as_dict()}
        with subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
            COMMAND, stdin=both, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(order)
        ) as process:
            child = Child(process, limits, math.inf)
            try:
                while "end" not in (message := child.say("piece", "end")):
                    out.write(base64.b64decode(message["piece"]))
            finally:
                process.kill()


def escapes_of_child(limits: Limits) -> tuple[str, ...] | None:
    """
    Have a child try what it should not be able to do; return what it could (``confinement.escapes``).

    None where the child itself does not work on this system.
    """
    order = {"escapes": True, "limits": limits.as_dict()}
    try:
        done = subprocess.run(  # noqa: S603  # our own module, in our own interpreter
            COMMAND, stdin=subprocess.DEVNULL, capture_output=True, env=environment(order), timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    message = read_message(BytesIO(done.stdout))
    return None if message is None or "escapes" not in message else tuple(message["escapes"])


def environment(order: Message) -> dict[str, str]:
    """Return all that the child gets to know of our environment: nothing that is secret."""
    ours = {name: os.environ[name] for name in _OF_THE_SYSTEM if name in os.environ}
    packages = [str(Path(importer.__file__).parents[1]), *filter(None, sys.path)]
    return {**ours, "PYTHONPATH": os.pathsep.join(packages), ORDER: orjson.dumps(order).decode()}


class Child:
    """The child's messages, each within the time limit, its death told as the reason for refusing the file."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits, until: float, noun: str = "workbook") -> None:
        self._process = process
        self._stdout = cast("IO[bytes]", process.stdout)
        self._limits = limits
        self._until = until
        self._too_slow = False
        self.noun = noun

    def say(self, *expected: str) -> Message:
        """Return the next message, which has one of the expected members."""
        watchdog = threading.Timer(max(0, min(self._limits.seconds, self._until - time.monotonic())), self._stop)
        watchdog.start()
        try:
            message = read_message(self._stdout)
        finally:
            watchdog.cancel()
        if message is not None and "refused" in message:
            code, sentence, fix = message["refused"]
            raise FileRefused(sentence, code=code, fix=fix)
        if message is None or not any(name in message for name in expected):
            raise self._death()
        return message

    def _stop(self) -> None:
        self._too_slow = True
        self._process.kill()

    def _death(self) -> FileRefused:
        self._process.kill()
        code = self._process.wait()
        if time.monotonic() >= self._until:
            return out_of_time()
        if self._too_slow or code == -getattr(signal, "SIGXCPU", 0):
            return _too_much(self.noun, "too_slow", f"takes longer than {self._limits.seconds:.0f} seconds to open")
        most = self._limits.memory_bytes // 1_000_000
        if code in {OUT_OF_MEMORY, -signal.SIGABRT}:
            return _too_much(self.noun, "too_large", f"needs more than {most:,} MB of memory to open")
        if code < 0 and self.noun == NOUNS[Content.PARQUET]:
            # Where the limit lets it have no more memory, its library may also touch what it did not get.
            return FileRefused(
                f"The Parquet file needs more than {most:,} MB of memory to open, or it is damaged.",
                code="workbook_damaged",
                fix="Split it into smaller files, or export the appointments as CSV.",
            )
        return FileRefused(
            f"The {self.noun} is damaged and cannot be read.",
            code="workbook_damaged",
            fix="Open it in a spreadsheet program and save it again as XLSX, or fetch it again from where it came."
            if self.noun == "workbook"
            else "Export it again, or fetch it again from where it came.",
        )


def out_of_time() -> FileRefused:
    """Return why a file is refused whose reading or checking took longer than the whole command may."""
    return FileRefused(
        "Reading and checking took longer than the setting check_seconds allows. Nothing was sent.",
        code="check_too_long",
        fix="Check that this is the right file. Split it into smaller ones, or allow more seconds with --check-seconds.",
    )


def _too_much(noun: str, why: str, what: str) -> FileRefused:
    return FileRefused(
        f"The {noun} {what}.",
        code=f"workbook_{why}",
        fix="Delete empty rows and columns and what is not needed, or save the sheet as CSV."
        if noun == "workbook"
        else "Split it into smaller files, or export the appointments as CSV.",
    )


def _batches(child: Child, chunk_rows: int, limit: int) -> Iterator[Batch]:
    """
    Gather the child's pieces into batches of about ``chunk_rows`` rows, or of as much text as a batch of CSV may hold.

    Raises:
        FileRefused: ``workbook_bomb`` where the messages have more bytes than ``limit``: a blank cell has three.
    """
    batch, size, most, amount = Batch([], [], ragged=False), 0, CHARACTERS_AT_FIRST, 0
    while "end" not in (message := child.say("rows", "end")):
        amount += message["size"]
        if amount > limit:
            raise spread(limit, child.noun)
        batch.numbers = [*batch.numbers, *message["numbers"]]
        batch.rows += message["rows"]
        batch.odd = batch.odd or message["odd"]
        batch.flaws += [CellFlaw(*flaw) for flaw in message["flaws"]]
        size += message["size"]
        if len(batch.rows) >= chunk_rows or size >= most:
            yield batch
            batch, size, most = Batch([], [], ragged=False), 0, MOST_CHARACTERS
    if batch.rows:
        yield batch


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
    with _text_child(copy, order, limits, until) as child:
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
    with _text_child(copy, order, limits, until) as child:
        yield _text_batches(child, chunk_rows, cell, on_read, odd=odd)


@contextmanager
def _text_child(copy: Copy, order: Message, limits: Limits, until: float) -> Iterator[Child]:
    copy.file.seek(0)
    with subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
        COMMAND, stdin=copy.file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(order)
    ) as process:
        try:
            yield Child(process, limits, until, "text file")
        finally:
            process.kill()


def _text_batches(
    child: Child, chunk_rows: int, cell: Callable[[str], str], on_read: Callable[[int], None], *, odd: bool
) -> Iterator[Batch]:
    batch, read, behind, size = Batch([], [], odd=odd), 0, 0, 0
    while "end" not in (message := child.say("rows", "end")):
        _take_texts(batch, message, cell)
        read = message["read"]
        size += message["size"]
        if len(batch.rows) >= chunk_rows or size >= MOST_CHARACTERS:
            yield batch
            on_read(read - behind)
            batch, behind, size = Batch([], [], odd=odd), read, 0
    if batch.rows:
        yield batch
        on_read(read - behind)


def _take_texts(batch: Batch, message: dict[str, Any], cell: Callable[[str], str]) -> None:
    batch.numbers = [*batch.numbers, *message["numbers"]]
    batch.rows += message["rows"] if cell is str else [[cell(text) for text in row] for row in message["rows"]]
    batch.flaws += [CellFlaw(row, column, code, cell(shown)) for row, column, code, shown in message["flaws"]]
