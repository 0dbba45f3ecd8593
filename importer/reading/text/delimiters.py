"""The lines of a text file, and the character that separates their cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


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


def dialect_of(
    lines: Sequence[str], heading_score: Callable[[Sequence[str]], int], candidates: str = CANDIDATES
) -> Dialect:
    """
    Return the dialect with which the first lines make the best table; the first candidate when nothing separates anything.

    Better is: more known headings in one row, then a larger share of rows of one width, then a larger width, then
    fewer cells that keep their quotation marks behind a blank (``"Ann", "Lee"``).
    """
    choices = [
        Dialect(delimiter, blanks)
        for delimiter in candidates
        for blanks in (False, True)
        if not blanks or any(f"{delimiter} " in line and _BLANK_AND_QUOTE.search(line) for line in lines)
    ]
    best = max(choices, key=lambda dialect: _quality(lines, dialect, heading_score), default=Dialect(candidates[0]))
    return best if best.delimiter in "".join(lines) else Dialect(candidates[0])


def _quality(
    lines: Sequence[str], dialect: Dialect, heading_score: Callable[[Sequence[str]], int]
) -> tuple[int, float, int, int]:
    rows = [row for row in _parsed(lines, dialect) if any(row)]
    if not rows:
        return 0, 0.0, 0, 0
    width, times = Counter(map(len, rows)).most_common(1)[0]
    if width == 1:
        return 0, 0.0, 0, 0
    quoted = sum(cell.startswith(" ") and cell.lstrip(" ").startswith('"') for row in rows for cell in row)
    return max(map(heading_score, rows[:20])), round(times / len(rows), 2), width, -quoted


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
