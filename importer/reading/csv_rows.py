"""
Text files: CSV, its delimiter found, as batches of rows numbered as a spreadsheet program shows them.

``csv.reader`` is strict here: a quote that does not enclose its whole cell is a flaw of its row, never a shifted cell.
Where some thousand lines hold no quote and nothing else that needs care, they are cut into columns instead (``fast_csv``),
which gives the same cells in a fifth of the time.

A text that a stranger may have made is split by the process that opens strangers' files (``read_text``): it tells what the
first lines are in each dialect, or the rows in one. The one who asks knows which headings the site uses, so the choice is
made there; the process learns of them nothing.
"""

from __future__ import annotations

import codecs
import csv
import heapq  # noqa: F401 - counting needs it later, when nothing can be loaded any more
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, dropwhile, islice
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

from importer.errors import FileRefused
from importer.model.batches import Batch, CellFlaw
from importer.reading.file_type import Encoding, encoding_of
from importer.reading.limits import LONGEST_SHOWN, write_message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from importer.model.chunks import Columns
    from importer.reading.limits import Limits
    from importer.reading.sources import Copy


CANDIDATES = ",;\t|"
_BLANK_AND_QUOTE = re.compile('(?<! ) ++"')
_HINT = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart. ``blanks_before_quotes``: a blank after the delimiter belongs to no cell."""

    delimiter: str
    blanks_before_quotes: bool = False


def hinted(first_line: str) -> str:
    """Return the delimiter of Excel's ``sep=;`` line, or ``""`` for any other line."""
    match = _HINT.match(first_line)
    return match[1] if match else ""


class Tried(NamedTuple):
    """
    What the first lines are in a dialect: the ``first`` rows, the usual ``width`` (0: no rows), the ``share`` of the rows that have it.

    ``quoted``: cells that keep their quotation marks behind a blank. ``occurs``: whether the delimiter stands in the lines.
    """

    dialect: Dialect
    first: list[list[str]]
    width: int
    share: float
    quoted: int
    occurs: bool


FIRST_ROWS = 20


def dialect_of(
    lines: Sequence[str], heading_score: Callable[[Sequence[str]], int], candidates: str = CANDIDATES
) -> Dialect:
    """
    Return the dialect with which the first lines make the best table; the first candidate when nothing separates anything.

    Better is: more known headings in one row, then a larger share of rows of one width, then a larger width, then
    fewer cells that keep their quotation marks behind a blank (``"Ann", "Lee"``).
    """
    return chosen(tried(lines, candidates), heading_score)


def tried(lines: Sequence[str], candidates: str) -> list[Tried]:
    """Return what the first lines are in each dialect that they may be in."""
    choices = [
        Dialect(delimiter, blanks)
        for delimiter in candidates
        for blanks in (False, True)
        if not blanks or any(f"{delimiter} " in line and _BLANK_AND_QUOTE.search(line) for line in lines)
    ]
    text = "".join(lines)
    return [_in_dialect(lines, dialect, occurs=dialect.delimiter in text) for dialect in choices]


def _in_dialect(lines: Sequence[str], dialect: Dialect, *, occurs: bool) -> Tried:
    rows = [row for row in _parsed(lines, dialect) if any(row)]
    if not rows:
        return Tried(dialect, [], 0, 0.0, 0, occurs)
    width, times = Counter(map(len, rows)).most_common(1)[0]
    quoted = sum(cell.startswith(" ") and cell.lstrip(" ").startswith('"') for row in rows for cell in row)
    return Tried(dialect, rows[:FIRST_ROWS], width, round(times / len(rows), 2), quoted, occurs)


def chosen(found: Sequence[Tried], heading_score: Callable[[Sequence[str]], int]) -> Dialect:
    """Return the dialect that makes the best table of those that were tried."""
    best = max(found, key=lambda one: _quality(one, heading_score))
    return best.dialect if best.occurs else Dialect(found[0].dialect.delimiter)


def _quality(one: Tried, heading_score: Callable[[Sequence[str]], int]) -> tuple[int, float, int, int]:
    if one.width < 2:
        return 0, 0.0, 0, 0
    return max(map(heading_score, one.first)), one.share, one.width, -one.quoted


def _parsed(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.blanks_before_quotes)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error:
        return rows
    return rows


@dataclass(slots=True)
class Lines:
    """The lines of a text, remembering the last one handed out, and how many characters were."""

    text: IO[str]
    last: str = ""
    characters: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.last = line
            self.characters += len(line)
            yield line


@dataclass(slots=True)
class ByteLines:
    """The same of bytes in an encoding whose line ends are those of ASCII."""

    file: IO[bytes]
    encoding: str
    last: str = ""
    characters: int = 0
    _ahead: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def __iter__(self) -> Iterator[str]:
        while line := next(self._ahead, b"") or self.file.readline():
            self.last = line.decode(self.encoding)
            self.characters += len(line)
            yield self.last

    def ahead(self, most: int) -> list[bytes]:
        """Return the next lines, at most so many, and leave them to be read."""
        lines = list(islice(chain(self._ahead, self.file), most))
        self._ahead = iter(lines)
        return lines

    def skip(self) -> None:
        """Take the lines that were looked at for read."""
        self._ahead = iter(())


SAMPLE_LINES = 200
LONGEST_LINE_BYTES = 32_000_000
# So much text may lie in the rows of one batch before it is handed on, however few they are.
MOST_CHARACTERS = 64_000_000
# The headings are looked for among rows, and columns are settled by the first 2,000; what stands below may come as columns.
ROWS_AT_FIRST = 2_050
# Of a table much too wide, fewer tell that it is.
CHARACTERS_AT_FIRST = 4_000_000
# Encodings in which a byte of ASCII is that character and part of no other.
_PLAIN = {"utf-8": b"", "utf-8-sig": codecs.BOM_UTF8, "cp1252": b""}
_LINE_BREAK = re.compile("\r\n|\r|\n")


def refuse_long_lines(copy: Copy) -> None:
    """Raise ``FileRefused`` (``line_too_long``) for a text with a line that no program reads at once."""
    if copy.survey.longest_line > LONGEST_LINE_BYTES:
        raise FileRefused(
            f"The file has a line of more than {LONGEST_LINE_BYTES:,} bytes; this is no table of rows.",
            code="line_too_long",
            fix="Check that this is the right file, and export it again as CSV or XLSX.",
        )


def text_batches(
    copy: Copy,
    heading_score: Callable[[Sequence[str]], int],
    *,
    chunk_rows: int,
    limits: Limits,
    on_read: Callable[[int], None],
) -> Generator[Batch | Columns, None, None]:
    """
    Read a text file in batches of at most ``chunk_rows`` rows; ``on_read`` is told the bytes used by each.

    Raises:
        FileRefused: ``encoding_unknown``, ``encoding_broken``, ``quote_unclosed``, ``line_too_long``.
    """
    refuse_long_lines(copy)
    encoding = encoding_of(copy)
    text = io.TextIOWrapper(copy.file, encoding.name, errors=encoding.errors, newline="")
    odd = copy.survey.odd or encoding.damaged or encoding.name.startswith("utf-16")
    # A cell that is too long is read to its end and told: cut short, what follows would be taken for rows.
    usual_limit = csv.field_size_limit(LONGEST_LINE_BYTES)
    read = 0
    try:
        hint, dialect = _dialect(text, heading_score)
        lines = _plain_lines(copy, encoding, dialect, hint=hint) or Lines(text)
        for batch in Rows(lines, dialect, limits.cell_characters).batches(chunk_rows):
            if isinstance(batch, Batch):
                batch.odd = odd
            yield batch
            position = copy.file.tell()
            on_read(position - read)
            read = position
    finally:
        csv.field_size_limit(usual_limit)
        text.detach()


def _dialect(text: io.TextIOWrapper, heading_score: Callable[[Sequence[str]], int]) -> tuple[bool, Dialect]:
    """Find the dialect from the first lines, and leave the text at the first row; also tell of a line that is none."""
    hint, lines, candidates = first_lines(text)
    return hint, dialect_of(lines, heading_score, candidates)


def first_lines(text: io.TextIOWrapper) -> tuple[bool, list[str], str]:
    """
    Return the first lines of a text, and the delimiters that they may have; leave the text at the first row.

    The truth value tells whether there was a line before them that is no row, but names the delimiter.
    """
    try:
        first = text.readline()
        # Rows may stand far down: blank lines before them tell of no dialect.
        lines = list(
            islice(dropwhile(str.isspace, chain([first] if first else [], iter(text.readline, ""))), SAMPLE_LINES)
        )
        text.seek(0)
    except UnicodeError:
        raise _broken(text.encoding, 1) from None
    hint = hinted(first)
    if hint:
        # Excel takes this line for itself and shows the next one as row 1.
        text.readline()
        return True, lines[1:], hint
    return False, lines, CANDIDATES


def _plain_lines(copy: Copy, encoding: Encoding, dialect: Dialect, *, hint: bool) -> ByteLines | None:
    """Return the lines of the table as bytes, where columns may be cut out of them; else None."""
    simple = encoding.name in _PLAIN and not (encoding.damaged or copy.survey.odd or copy.survey.returns)
    if not simple or dialect.blanks_before_quotes or not dialect.delimiter.isascii():
        return None
    copy.file.seek(len(_PLAIN[encoding.name]))
    if hint:
        copy.file.readline()
    return ByteLines(copy.file, encoding.name.removesuffix("-sig"))


class Rows:
    """
    The rows of a text in one dialect, numbered from 1; a row that takes several lines is one row.

    ``most``: so many characters may lie in one batch.
    """

    def __init__(
        self, lines: Lines | ByteLines, dialect: Dialect, cell_characters: int, *, most: int = MOST_CHARACTERS
    ) -> None:
        self._lines = lines
        self._most_characters = most
        self._cell_characters = cell_characters
        self._delimiter = dialect.delimiter
        self._parse = partial(
            csv.reader, delimiter=dialect.delimiter, skipinitialspace=dialect.blanks_before_quotes, doublequote=True
        )
        # Between two rows the reader holds nothing back, so others may read the same lines in turn.
        self._reader = self._parse(iter(lines), strict=True)
        self._next_number = 1

    def batches(self, size: int) -> Iterator[Batch | Columns]:
        """Read on, ``size`` rows at a time."""
        while True:
            columns = self._columns(size) if self._next_number > 1 and isinstance(self._lines, ByteLines) else None
            if columns:
                yield columns
                continue
            batch = Batch([], [])
            if self._next_number > 1:
                more = self._fill(batch, size, self._most_characters)
            else:
                more = self._fill(batch, min(size, ROWS_AT_FIRST), min(self._most_characters, CHARACTERS_AT_FIRST))
            batch.numbers = self._numbered(len(batch.rows))
            if batch.rows:
                yield batch
            if not more:
                return

    def _columns(self, size: int) -> Columns | None:
        """Return the next rows as columns, None where there are none or they need care."""
        from importer.model.chunks import Columns  # noqa: PLC0415  # the child process must not pay for pandas
        from importer.reading.fast_csv import columns_of  # noqa: PLC0415  # likewise

        lines = cast("ByteLines", self._lines)
        some = lines.ahead(size)
        found = columns_of(some, self._delimiter, lines.encoding, self._cell_characters) if some else None
        if found is None:
            return None
        lines.skip()
        return Columns(self._numbered(len(some)), found)

    def _numbered(self, rows: int) -> range:
        """Return the numbers of the next so many rows."""
        self._next_number += rows
        return range(self._next_number - rows, self._next_number)

    def _fill(self, batch: Batch, size: int, characters: int) -> bool:
        """Add rows until there are ``size``, or so much text; return whether there may be more."""
        rows, lines = batch.rows, self._lines
        most = lines.characters + characters
        while len(rows) < size and lines.characters < most:
            had, line_before = len(rows), self._reader.line_num
            try:
                for row in self._reader:
                    rows.append(row)
                    if len(rows) >= size or lines.characters >= most:
                        return True
            except csv.Error as error:
                lines_used = self._reader.line_num - line_before - sum(map(_lines_of, rows[had:]))
                self._add_broken_row(batch, lines_used, str(error))
            except UnicodeError:
                raise _broken("", self._next_number + len(rows)) from None
            else:
                return False
        return True

    def _add_broken_row(self, batch: Batch, lines_used: int, error: str) -> None:
        number = self._next_number + len(batch.rows)
        if lines_used > 1 or "field limit" in error:
            raise _unclosed(number)
        cells = next(self._parse([self._lines.last]), [])
        batch.flaws.append(CellFlaw(number, None, "quote_misplaced", self._lines.last.strip()[:LONGEST_SHOWN]))
        batch.rows.append(cells)


def _lines_of(row: list[str]) -> int:
    """Return how many lines of the file a row took."""
    return 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _unclosed(number: int) -> FileRefused:
    return FileRefused(
        f"Row {number}: a quotation mark opens a cell that does not end where it should, so the rows after it cannot be told apart.",
        code="quote_unclosed",
        fix=f'Correct the quotation marks (") in row {number}, or save the sheet as XLSX.',
    )


def _broken(encoding: str, number: int) -> FileRefused:
    return FileRefused(
        f"The text is damaged near row {number}: it begins as Unicode ({encoding or 'UTF-16'}) and does not go on as such.",
        code="encoding_broken",
        fix="Export the file again, as “CSV UTF-8” or as XLSX.",
    )


PIECE_ROWS: Final = 2_000
PIECE_CHARACTERS: Final = 8_000_000
# No heading is longer, and no sheet of ours is wider.
LONGEST_HEADING: Final = 200
WIDEST: Final = 1_000


def read_text(file: IO[bytes], order: Mapping[str, Any], limits: Limits, out: IO[bytes]) -> None:
    """
    Say what stands in a text. ``order``: its ``encoding`` and ``errors``; the ``dialect``, None while it is to be found.

    Raises:
        FileRefused: as ``csv_rows.text_batches``.
    """
    csv.field_size_limit(LONGEST_LINE_BYTES)
    text = io.TextIOWrapper(file, order["encoding"], errors=order["errors"], newline="")
    _, lines, candidates = first_lines(text)
    told = as_bytes if order["errors"] == "surrogateescape" else str
    if order["dialect"] is None:
        found = [
            (
                one.dialect.delimiter,
                one.dialect.blanks_before_quotes,
                [_short(row, told) for row in one.first],
                one.width,
                one.share,
                one.quoted,
                one.occurs,
            )
            for one in tried(lines, candidates)
        ]
        write_message(out, {"tried": found})
        return
    delimiter, blanks = order["dialect"]
    rows = Rows(Lines(text), Dialect(delimiter, blanks), limits.cell_characters, most=PIECE_CHARACTERS)
    for batch in rows.batches(PIECE_ROWS):
        if not isinstance(batch, Batch):
            raise TypeError("decoded lines come as rows")
        cells = batch.rows if told is str else [[told(cell) for cell in row] for row in batch.rows]
        flaws = [(row, column, code, told(shown)) for row, column, code, shown in batch.flaws]
        write_message(out, {"numbers": list(batch.numbers), "rows": cells, "flaws": flaws, "read": file.tell()})
    write_message(out, {"end": True})


def _short(row: list[str], told: Callable[[str], str]) -> list[str]:
    return [told(cell[:LONGEST_HEADING]) for cell in row[:WIDEST]]


def as_bytes(text: str) -> str:
    """Return a text whose broken bytes stand in it as half surrogate pairs, which JSON cannot hold: a character a byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_bytes(text: str) -> str:
    """Return the text that ``as_bytes`` told."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")
