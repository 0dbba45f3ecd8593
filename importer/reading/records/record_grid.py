"""
Records as rows: each name is a heading, each value the text that a workbook's cell of the same value shows.

A record's number is its place in the source: the line of a text of lines, else its position in the list, from 1. So the headings,
which stand in no row, are row 0.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.errors import FileRefused
from importer.reading.child.cell_display import Details
from importer.reading.child.cell_values import SHOWN, NumberDamaged, Piece, number_text, text_of
from importer.reading.limits import LONGEST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.reading.limits import Limits


DEEPEST: Final = 8
"""So many objects within each other become headings with dots; what lies deeper is shown as JSON."""


LONGEST_KEPT: Final = 40_000
"""So much of one text is kept; what is longer is too long for a cell anyway."""

PIECE_CHARACTERS: Final = 4_000_000
"""After so many a piece is handed on, however few rows it has."""

SINGLE_EXACT: Final = 2**24
"""From here on a number of single precision (four bytes) does not keep its last digit; a phone has three digits more."""

_HALF: Final = re.compile("[\ud800-\udfff]")


class Decimals(str):
    """A number with a decimal point or an exponent, as it was written."""

    __slots__ = ()


class Repeated(dict[str, Any]):
    """An object that gives a name twice with different values; ``twice``: the name -> the values."""

    __slots__ = ("twice",)

    def __init__(self, pairs: list[tuple[str, Any]], twice: dict[str, list[Any]]) -> None:
        super().__init__(pairs)
        self.twice = twice


def repeated_in(value: Any) -> str:
    """Return a name that an object gives twice, in a value or anywhere within it, with what stands there; "" where none does."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Repeated):
            name, values = next(iter(one.twice.items()))
            return f"{name}: {' | '.join(map(as_json, values))}"
        if isinstance(one, (dict, list)):
            waiting += one.values() if isinstance(one, dict) else one
    return ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What stands where a value should be; ``code``: the problem that it is."""

    text: str
    code: str


class Record(NamedTuple):
    """
    One record: its number, its cells by heading, and what is wrong with it.

    ``flaws``: heading (None: the whole record), problem code, what stands there.
    """

    number: int
    cells: dict[str, str]
    flaws: list[tuple[str | None, str, str]]


@dataclass(frozen=True, slots=True)
class RecordGrid:
    """
    The records of one list, as the rows of a sheet. ``records`` reads them from the first on, as often as it is asked.

    ``sheet``: the list's name, None where the file is one list. ``height``: the number of the last record, 0 if not known.
    """

    headings: tuple[str, ...]
    records: Callable[[], Iterator[Record]]
    sheet: str | None = None
    height: int = 0
    details: Details = field(default_factory=Details)

    def pieces(self) -> Iterator[Piece]:
        """Read the records in pieces, each as wide as the headings."""
        place = {heading: at for at, heading in enumerate(self.headings)}
        blank = [""] * len(self.headings)
        piece, size = Piece(), 0
        for number, cells, flaws in self.records():
            row = blank.copy()
            for heading, text in cells.items():
                row[place[heading]] = text
            row = storable(row)
            size += sum(map(len, row))
            piece.numbers.append(number)
            piece.rows.append(row)
            piece.flaws += [(number, None if name is None else place[name], code, shown) for name, code, shown in flaws]
            if piece.full or size > PIECE_CHARACTERS:
                yield piece
                piece, size = Piece(), 0
        if piece.rows:
            yield piece


def storable(texts: list[str]) -> list[str]:
    """
    Return the texts as a program can store them: none longer than is kept, and with U+FFFD for half characters.

    A torn escape in JSON makes those.
    """
    together = "".join(texts)
    if len(together) > LONGEST_KEPT:
        texts = [text[:LONGEST_KEPT] for text in texts]
    return texts if together.isascii() or not _HALF.search(together) else [_HALF.sub("\ufffd", text) for text in texts]


def check_width(headings: Mapping[str, None], limits: Limits) -> None:
    """Raise ``FileRefused`` (``too_many_columns``) for records of more different names than a sheet may have columns."""
    if len(headings) > limits.columns:
        raise FileRefused(
            f"The records have more than {limits.columns} different names; at most so many can be read as columns.",
            code="too_many_columns",
            fix="Export only the names that the importer needs, the same in each record.",
        )


def names_of(record: Mapping[str, Any], known: dict[str, None], before: str = "", depth: int = 1) -> None:
    """Add the headings of a record to the known ones, in its order."""
    for name, value in record.items():
        heading = before + name
        if isinstance(value, dict) and value and depth < DEEPEST:
            names_of(value, known, heading + ".", depth + 1)
        else:
            known[heading] = None


def record_of(number: int, found: Mapping[str, Any]) -> Record:
    """Return a record of typed values as cells."""
    record = Record(number, {}, [])
    _lay_out(record, found, "", 1)
    return record


def _lay_out(record: Record, found: Mapping[str, Any], before: str, depth: int) -> None:
    for name, value in found.items():
        heading = before + name
        if value.__class__ is str:
            text = value
        elif isinstance(value, dict) and value and depth < DEEPEST:
            _lay_out(record, value, heading + ".", depth + 1)
            continue
        else:
            text = _text(record, heading, value)
        if record.cells.setdefault(heading, text) != text:
            record.flaws.append((heading, "name_repeated", shown(f"{record.cells[heading]} | {text}")))
    if isinstance(found, Repeated):
        for name, values in found.twice.items():
            # An object under such a name has no cell of its own: then the whole record is in doubt.
            heading = before + name
            place = heading if heading in record.cells else None
            record.flaws.append((place, "name_repeated", shown(f"{name}: {' | '.join(map(as_json, values))}")))


def _text(record: Record, heading: str, value: Any) -> str:
    """Return what a workbook's cell shows of a value; a list of one is that one, other lists and objects are JSON."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (dict, list)):
        value = value[0]
    if value is None or (isinstance(value, (dict, list)) and not value):
        return ""
    if isinstance(value, Wrong):
        record.flaws.append((heading, value.code, shown(value.text)))
        return value.text
    if value.__class__ is str:
        return value
    try:
        return cell_text(value)
    except NumberDamaged as lost:
        record.flaws.append((heading, "number_inexact", lost.shown))
        return lost.shown


def cell_text(value: Any) -> str:
    """
    Return the text of a typed value.

    Raises:
        NumberDamaged: it is a number that is not certain to its last digit.
    """
    read = _BY_CLASS.get(value.__class__)
    if read is not None:
        return read(value)
    return text_of(value) if value.__class__ in SHOWN else as_json(value)


def _number(written: str) -> str:
    if written == "NaN":
        return ""
    if _without_digits(written):
        raise NumberDamaged(shown(written))
    try:
        return number_text(float(written))
    except (NumberDamaged, OverflowError):
        raise NumberDamaged(shown(written)) from None


def _without_digits(written: str) -> bool:
    """Whether a number is written as ``2.12555e+09``: programs that keep so many digits and no more write any phone like it."""
    digits, _, exponent = written.lower().partition("e")
    return (
        exponent.lstrip("+").isdigit()
        and len(exponent) < _LONG_EXPONENT
        and int(exponent) > len(digits.partition(".")[2])
    )


_LONG_EXPONENT: Final = 9


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        return "" if value.is_nan() else str(value)
    if value.adjusted() > MOST_DIGITS:
        raise NumberDamaged(shown(str(value)))
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: dt.datetime) -> str:
    """Return a moment of a zone as UTC: which zone its place is in, another column tells."""
    return text_of(value) if value.tzinfo is None else text_of(value.astimezone(dt.UTC).replace(tzinfo=None)) + "Z"


def _float(value: float) -> str:
    return "" if math.isnan(value) else number_text(value)


_BY_CLASS: Final[dict[type, Callable[[Any], str]]] = {
    Decimals: _number,
    int: str,
    float: _float,
    Decimal: _decimal_text,
    bytes: lambda value: value.decode("utf-8", "replace"),
    dt.datetime: _moment,
}


MOST_DIGITS: Final = 60
"""No number that means anything has more; a decimal of a billion digits takes four bytes."""


def as_json(value: Any) -> str:
    """Return a nested value as JSON, for people to see; what cannot be told as such is told as it is."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError, TypeError):
        return "…"


def shown(text: str) -> str:
    """Return the beginning of a text, as it can be stored."""
    return _HALF.sub("\ufffd", text[:LONGEST_SHOWN])
