"""
A worksheet's XML, searched for what the fast reader does not tell.

Most sheets are written in one plain manner (``<c r="B2" s="3" t="s">``), in which a few searches through the bytes find
the cells that matter at a tenth of the cost of parsing. Each row is held to that manner by one pattern, and rows and
cells to their order. A sheet in any other (prefixes, attributes in another order, blanks between tags, comments, another
encoding, anything that the fast reader would mistake) is parsed and written anew in the plain one: ``xlsx_rewriting``.

Source: ECMA-376 part 1, 18.3.1 (worksheets).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from importer.errors import FileRefused
from importer.reading.cell_texts import zone_in_format
from importer.reading.child.cell_display import Cell, Kind, framing_styles, kind_of
from importer.reading.child.xlsx_parts import column_of, is_plain_head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from importer.reading.child.cell_display import Look
    from importer.reading.limits import Limits


# One row in the plain manner; each of its cells repeats its number. What a cell holds, by its type: the fast reader
# takes an index that is none for the first text, a number with blanks or an entity in it for none, and gives up on
# errors that it does not know.
_MORE: Final = rb'(?: (?:cm|vm|ph)="\d{1,9}+"){0,3}+ ?+'
_FORMULA: Final = rb"(?:<f(?: [^<>/]{0,900}+)?(?:/>|>[^<]*+</f>))?+"
_CELL: Final = (
    rb'<c r="[A-Z]{1,3}+\1"(?: s="\d++")?+(?:'
    rb' t="s"' + _MORE + rb"><v>\d++</v></c>"
    rb'|(?: t="n")?+' + _MORE + rb"(?:/>|>" + _FORMULA + rb"(?:<v>[-+.\deE]++</v>|<v ?+/>|<v></v>)?+</c>)"
    rb'| t="(?:s|str|b|e|inlineStr)"' + _MORE + rb"/>"
    rb'| t="inlineStr"' + _MORE + rb'><is>(?:<t(?: xml:space="preserve")?+(?:/>|>[^<]*+</t>))?+</is></c>'
    rb'| t="str"' + _MORE + rb">" + _FORMULA + rb'(?:<v(?: xml:space="preserve")?+>[^<]*+</v>|<v ?+/>)?+</c>'
    rb'| t="b"' + _MORE + rb">" + _FORMULA + rb"<v>[01]</v></c>"
    rb'| t="e"' + _MORE + rb">" + _FORMULA + rb"<v>#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)</v></c>"
    rb")"
)
_PLAIN_ROW: Final = re.compile(
    rb'<row r="(\d{1,7})"((?: [a-zA-Z0-9:]++="[^"<>]*+")*+) ?+(?:/>|>((?:' + _CELL + rb")*+)</row>)"
)
_LETTERS: Final = re.compile(rb'<c r="([A-Z]+)')
_HIDDEN: Final = re.compile(rb'(?<= )hidden="(?:1|true)"')
# Nobody sees a row of less than a point either.
_OUT_OF_SIGHT: Final = re.compile(rb'(?<= )(?:hidden="(?:1|true)"|ht="0(?:\.\d{1,20})?")')
_COLUMN: Final = re.compile(rb"<col( [^<>]{0,1000})>")
_BOUNDS: Final = {name: re.compile(rb"(?<= )" + name + rb'="(\d{1,7})"') for name in (b"min", b"max")}
_DIMENSION: Final = re.compile(rb'<dimension ref="[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?" ?/>')
# Within rows that are known to be plain.
_ERROR_CELL: Final = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?: s="\d+")? t="e"[^<>]{0,99}>(?:<f[^<>]{0,999}>(?:[^<]*</f>)?)?<v>([^<]*)</v>'
)
_FORMULA_ALONE: Final = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?: s="\d+")?(?: t="n")?(?: [cvp][mh]="\d+"){0,3} ?><f[^<>]{0,999}>(?:[^<]*</f>)?(?:<v ?/>|<v></v>)?</c>'
)
_FORMULA_ZERO: Final = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?: s="\d+")?(?: t="n")?(?: [cvp][mh]="\d+"){0,3} ?><f[^<>]{0,999}>(?:[^<]*</f>)?<v>0</v></c>'
)
_SHARED_TEXT: Final = re.compile(rb'<c r="([A-Z]+)(\d+)"(?: s="\d+")? t="s"[^<>]{0,99}><v>(\d+)</v>')
_LONGEST_ROW_BYTES: Final = 32_000_000
_MOST_ORDERS: Final = 10_000
# So many days, or an exponent, in a cell for elapsed times: the fast reader cannot lay it out.
_TOO_LONG: Final = rb"-?(?:\d{7}|[\d.]{1,30}[eE])"


@dataclass(slots=True)
class Seen:
    """What one pass through a sheet found beside single cells."""

    rows: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


class UnusualError(Exception):
    """The sheet is not written in the plain manner; the file is read all the same."""


def search(blocks: Iterator[bytes], look: Look) -> Seen:
    """
    Add to the details what the sheet's cells hold beyond their plain values, and return what else was seen.

    Raises:
        UnusualError: the sheet wants to be parsed; the details are spoilt.
        FileRefused: ``too_many_rows``.
    """
    return _Searched(look).all(blocks)


class _Searched:
    """The quick pass: searches through whole rows of bytes."""

    def __init__(self, look: Look) -> None:
        self._judge = look.judge
        self._judge_strike = look.judge_strike
        self._strikes = look.strikes
        self._limits = look.limits
        self._calculated = look.calculated
        self._seen = Seen()
        self._numbers = _numbers_of(look.telling, look.formats)
        self._elapsed = _elapsed_of(look.formats)
        self._framed = _framed_of(look.formats)
        self._struck = _struck_of(look.strikes.styles)
        self._last = 0
        self._orders: set[tuple[bytes, ...]] = set()

    def all(self, blocks: Iterator[bytes]) -> Seen:
        """Go through the sheet. ``UnusualError``: it wants to be parsed."""
        rest = self._head(blocks)
        for block in blocks:
            rest += block
            end = rest.rfind(b"<row ")
            if end > 0:
                self._rows(rest[:end])
                rest = rest[end:]
            elif len(rest) > _LONGEST_ROW_BYTES:
                raise UnusualError
        rows, end_of_data, tail = rest.partition(b"</sheetData>")
        if not end_of_data or b"<sheetData" in tail:
            raise UnusualError
        self._rows(rows)
        return self._seen

    def _head(self, blocks: Iterator[bytes]) -> bytes:
        """Read up to the first row: the columns stand there; return what comes after."""
        head = b""
        while b"<sheetData" not in head:
            block = next(blocks, b"")
            if not block or len(head) > _LONGEST_ROW_BYTES:
                raise UnusualError
            head += block
        while len(head) < head.index(b"<sheetData") + len(b"<sheetData/>") and (block := next(blocks, b"")):
            head += block
        columns, _, rest = head.partition(b"<sheetData")
        if not is_plain_head(columns, b"worksheet") or (b"<dimension" in columns and not _DIMENSION.search(columns)):
            raise UnusualError
        for attributes in _COLUMN.findall(columns):
            if _HIDDEN.search(attributes):
                first, last = (_attribute(attributes, name) for name in (b"min", b"max"))
                self._seen.hidden_columns.append((first - 1, last - 1))
        if rest.startswith(b"/>"):
            return b"</sheetData>" + rest[2:]
        if not rest.startswith(b">"):
            raise UnusualError
        return rest[1:]

    def _rows(self, rows: bytes) -> None:
        self._check_manner(rows)
        if b't="e"' in rows:
            for letters, number, error in _ERROR_CELL.findall(rows):
                self._judge(Cell(int(number), column_of(letters), error=error.decode("utf-8", "replace")))
        if b"<f" in rows:
            self._see_unfinished(rows)
        if self._elapsed is not None and self._elapsed.search(rows):
            raise UnusualError
        if self._framed is not None:
            for letters, number, style in self._framed.findall(rows):
                self._judge(Cell(int(number), column_of(letters), int(style), is_text=True))
        if self._numbers is not None:
            for letters, number, style, value in self._numbers.findall(rows):
                self._judge(Cell(int(number), column_of(letters), int(style), number=float_of(value)))

        self._see_strikes(rows)

    def _see_unfinished(self, rows: bytes) -> None:
        for search_for in (_FORMULA_ALONE,) if self._calculated else (_FORMULA_ALONE, _FORMULA_ZERO):
            for letters, number in search_for.findall(rows):
                self._judge(Cell(int(number), column_of(letters), unfinished=True))

    def _see_strikes(self, rows: bytes) -> None:
        of_text = self._strikes.of_text
        if self._struck is not None:
            for letters, number, style, shared in self._struck.findall(rows):
                cell = Cell(int(number), column_of(letters), int(style or 0))
                self._judge_strike(cell, of_text(int(shared)) if shared else None)
        if self._strikes.texts:
            for letters, number, shared in _SHARED_TEXT.findall(rows):
                if int(shared) in self._strikes.texts:
                    self._judge_strike(Cell(int(number), column_of(letters)), of_text=True)

    def _check_manner(self, rows: bytes) -> None:
        """Hold each row to the plain manner, and rows and cells to their order."""
        place, end, plain, orders = 0, len(rows), _PLAIN_ROW.match, self._orders
        while place < end:
            row = plain(rows, place)
            if row is None:
                raise UnusualError
            number, attributes, cells = row.groups()
            if int(number) <= self._last:
                raise UnusualError
            self._last = int(number)
            self._seen.rows += 1
            if attributes and _OUT_OF_SIGHT.search(attributes):
                self._seen.hidden_rows.append(self._last)
            order = tuple(_LETTERS.findall(cells)) if cells else ()
            if order not in orders:
                self._check_order(order)
            place = row.end()
        check_rows(self._seen.rows, self._limits)

    def _check_order(self, order: tuple[bytes, ...]) -> None:
        columns = [column_of(letters) for letters in order]
        if any(column >= after for column, after in pairwise(columns)):
            raise UnusualError
        if len(self._orders) < _MOST_ORDERS:
            self._orders.add(order)


# What needs no second look, by what the style shows: a moment with a time in it, a date without, a time without a day; but from
# 1:00 to 7:11 the style tells of a time whether it may be in the afternoon.
_UNREMARKABLE = {
    Kind.MOMENT: rb"(?!\d{3,6}\.(?!0[4-9]|[12])\d)",
    Kind.DATE: rb"(?!\d{3,6}<)",
    Kind.TIME: rb"(?!0(?:\.(?!0[4-9]|[12])\d+)?<)",
    Kind.NUMBER: b"",
}
_UP_TO_VALUE = rb'"(?! t="(?!n"))[^<>]{0,99}>(?:<f[^<>]{0,999}>(?:[^<]*</f>)?)?<v>'


def _numbers_of(styles: Collection[int], formats: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return the search for numbers that these styles show otherwise than the fast reader does."""
    by_passed: dict[bytes, list[bytes]] = {}
    for style in sorted(styles):
        # A time with its zone behind it is always told.
        passed = b"" if zone_in_format(formats[style]) else _UNREMARKABLE[kind_of(formats[style])]
        by_passed.setdefault(passed, []).append(str(style).encode())
    if not by_passed:
        return None
    either = b"|".join(
        b"(?:" + b"|".join(numbers) + b")" + _UP_TO_VALUE + passed for passed, numbers in by_passed.items()
    )
    return re.compile(rb'<c r="([A-Z]+)(\d+)" s="(?=(\d+)")(?:' + either + rb")([^<]*)</v>")


def _elapsed_of(formats: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return the search for elapsed times that are too long for the fast reader; None where no style shows any."""
    styles = [str(style).encode() for style, code in enumerate(formats) if kind_of(code) is Kind.ELAPSED]
    if not styles:
        return None
    return re.compile(rb'<c r="[A-Z]+\d+" s="(?:' + b"|".join(styles) + rb")" + _UP_TO_VALUE + _TOO_LONG)


def _framed_of(formats: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return the search for texts before or behind which their style shows something; None where no style does."""
    styles = [str(style).encode() for style in sorted(framing_styles(formats))]
    if not styles:
        return None
    return re.compile(rb'<c r="([A-Z]+)(\d+)" s="(' + b"|".join(styles) + rb')" t="(?:s|str|inlineStr)"')


def _struck_of(struck: Collection[int]) -> re.Pattern[bytes] | None:
    """Return the search for cells whose style strikes them through, with their shared texts; None where no style does."""
    if not struck:
        return None
    named = rb' s="(' + b"|".join(str(style).encode() for style in sorted(struck)) + rb')"'
    # A cell that names no style has the first.
    either = rb"(?:" + named + rb'|(?! s="))' if 0 in struck else named
    return re.compile(rb'<c r="([A-Z]+)(\d+)"' + either + rb'(?: t="s"[^<>]{0,99}><v>(\d+)</v>)?')


def check_rows(rows: int, limits: Limits) -> None:
    """Refuse a sheet with more rows than any spreadsheet program shows."""
    if rows > limits.rows:
        raise FileRefused(
            f"The sheet has more than {limits.rows:,} rows.",
            code="too_many_rows",
            fix="Split it into several files.",
        )


def _attribute(attributes: bytes, name: bytes) -> int:
    match = _BOUNDS[name].search(attributes)
    return int(match[1]) if match else 1


def float_of(text: bytes) -> float | None:
    """Return the number, None for what is none: the fast reader has its own say about it."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e303 else None
