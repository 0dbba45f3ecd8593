"""
A worksheet's XML, searched for what the fast reader does not tell.

Most sheets are written in one plain manner (``<c r="B2" s="3" t="s">``), and a few searches through the bytes find
the cells that matter at a tenth of the cost of parsing. A sheet in any other manner (prefixes, attributes in
another order, cells without coordinates, comments) is parsed in full.

Source: ECMA-376 part 1, 18.3.1 (worksheets).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.errors import FileRefused
from importer.reading.archive import damaged
from importer.reading.books import local
from importer.reading.details import Details
from importer.reading.formats import Kind, kind_of
from importer.reading.judging import Cell, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from importer.reading.limits import Limits

_TRUE = {"1", "true"}
_ROW = re.compile(rb"<row ([^>]*)>")
_ROW_NUMBER = re.compile(rb'(?<![^ ])r="(\d+)"')
_HIDDEN = re.compile(rb'(?<![^ ])hidden="(?:1|true)"')
_ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]* t="e"[^>]*(?<!/)>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)
_FORMULA_ALONE = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?P<rest>[^>]*)>'
    rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>",
)
_LONGEST_ROW_BYTES = 32_000_000
_PLAIN_TAG = re.compile(rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d*")?(?: t="[a-zA-Z]+")?(?: (?:cm|vm|ph)="\d+")*\s?/?>')


@dataclass(slots=True)
class Seen:
    """What one pass through a sheet found beside single cells."""

    rows: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def look_through(
    blocks: Callable[[], Iterator[bytes]],
    formats: Sequence[str],
    telling: Collection[int],
    details: Details,
    limits: Limits,
) -> Seen:
    """
    Add to the details what the sheet's cells hold beyond their plain values, and return what else was seen.

    ``blocks`` inflates the sheet anew each time. ``telling``: the styles whose numbers want a second look.

    Raises:
        FileRefused: ``too_many_rows``, ``workbook_damaged``.
    """
    try:
        found = Details(epoch_1904=details.epoch_1904)
        seen = _Searched(formats, telling, found, limits).all(blocks())
    except _Unusual:
        found = Details(epoch_1904=details.epoch_1904)
        seen = _parsed(blocks(), formats, telling, found, limits)
    details.texts.update(found.texts)
    details.flaws.update(found.flaws)
    return seen


class _Unusual(Exception):  # no error: the sheet is written in another manner
    """The sheet is not written in the plain manner."""


class _Searched:
    """The quick pass: searches through whole rows of bytes."""

    def __init__(self, formats: Sequence[str], telling: Collection[int], details: Details, limits: Limits) -> None:
        self._formats = formats
        self._details = details
        self._limits = limits
        self._seen = Seen()
        self._numbers = _numbers_of(telling, formats)
        self._checked = False

    def all(self, blocks: Iterator[bytes]) -> Seen:
        """Go through the sheet. ``_Unusual``: it wants to be parsed."""
        rest = self._head(blocks)
        for block in blocks:
            rest += block
            end = rest.rfind(b"<row ")
            if end > 0:
                self._rows(rest[:end])
                rest = rest[end:]
            elif len(rest) > _LONGEST_ROW_BYTES:
                raise _Unusual
        self._rows(rest.partition(b"</sheetData>")[0])
        return self._seen

    def _head(self, blocks: Iterator[bytes]) -> bytes:
        """Read up to the first row: the columns stand there; return what comes after."""
        head = b""
        while b"<sheetData" not in head:
            block = next(blocks, b"")
            if not block or len(head) > _LONGEST_ROW_BYTES:
                raise _Unusual
            head += block
        columns, _, rest = head.partition(b"<sheetData")
        for attributes in re.findall(rb"<col ([^>]*)>", columns):
            if _HIDDEN.search(attributes):
                first, last = (_attribute(attributes, name) for name in (b"min", b"max"))
                self._seen.hidden_columns.append((first - 1, last - 1))
        return rest

    def _rows(self, rows: bytes) -> None:
        self._check_manner(rows)
        self._seen.rows += rows.count(b"<row")
        check_rows(self._seen.rows, self._limits)
        if b"hidden=" in rows:
            self._hidden(rows)
        if b't="e"' in rows:
            for letters, number, error in _ERROR_CELL.findall(rows):
                self._judge(Cell(int(number), column_of(letters), error=error.decode("utf-8", "replace")))
        if b"<f" in rows:
            for letters, number, rest in _FORMULA_ALONE.findall(rows):
                if b't="str"' not in rest:
                    self._judge(Cell(int(number), column_of(letters), unfinished=True))
        if self._numbers is not None:
            for letters, number, style, value in self._numbers.findall(rows):
                self._judge(Cell(int(number), column_of(letters), int(style), number=_float(value)))

    def _check_manner(self, rows: bytes) -> None:
        if rows.count(b"<c") != rows.count(b'<c r="') or b"<!" in rows:
            raise _Unusual
        if not self._checked and b"<c" in rows:
            # One program writes one manner; the first stretch of rows shows it.
            tags = re.findall(rb"<c[^>]*>", rows)
            if not all(map(_PLAIN_TAG.fullmatch, tags)):
                raise _Unusual
            self._checked = True

    def _hidden(self, rows: bytes) -> None:
        for attributes in _ROW.findall(rows):
            if _HIDDEN.search(attributes):
                number = _ROW_NUMBER.search(attributes)
                if number is None:
                    raise _Unusual
                self._seen.hidden_rows.append(int(number[1]))

    def _judge(self, cell: Cell) -> None:
        judge(cell, self._formats, self._details)


# What needs no second look, by what the style shows: a moment with a time in it, a date without, a time without a day.
_UNREMARKABLE = {
    Kind.MOMENT: rb"(?!\d{3,6}\.\d)",
    Kind.DATE: rb"(?!\d{3,6}<)",
    Kind.TIME: rb"(?!0(?:\.\d+)?<)",
    Kind.NUMBER: b"",
}
_UP_TO_VALUE = rb'"(?! t="(?!n"))[^>]*>(?:<f(?:[^>]*/>|[^>]*>[^<]*</f>))?<v>'


def _numbers_of(styles: Collection[int], formats: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return the search for numbers that these styles show otherwise than the fast reader does."""
    by_kind: dict[Kind, list[bytes]] = {}
    for style in sorted(styles):
        by_kind.setdefault(kind_of(formats[style]), []).append(str(style).encode())
    if not by_kind:
        return None
    either = b"|".join(
        b"(?:" + b"|".join(numbers) + b")" + _UP_TO_VALUE + _UNREMARKABLE[kind] for kind, numbers in by_kind.items()
    )
    return re.compile(rb'<c r="([A-Z]+)(\d+)" s="(?=(\d+)")(?:' + either + rb")([^<]*)</v>")


def _parsed(
    blocks: Iterator[bytes], formats: Sequence[str], telling: Collection[int], details: Details, limits: Limits
) -> Seen:
    """Go through a sheet in any manner, element by element."""
    seen = Seen()
    number = 0
    data: Element | None = None  # emptied after each row, so that memory stays flat
    try:
        for event, element in iterparse(cast("IO[bytes]", Stream(blocks)), events=("start", "end")):
            name = local(element.tag)
            if event == "start" and name == "sheetData":
                data = element
            elif event == "start" and name == "row":
                number = int(element.get("r") or number + 1)
                seen.rows += 1
                check_rows(seen.rows, limits)
                if element.get("hidden") in _TRUE:
                    seen.hidden_rows.append(number)
            elif event == "end" and name == "col" and element.get("hidden") in _TRUE:
                seen.hidden_columns.append((int(element.get("min", "1")) - 1, int(element.get("max", "1")) - 1))
            elif event == "end" and name == "row":
                for cell in _cells(element, number):
                    if cell.error or cell.unfinished or cell.style in telling:
                        judge(cell, formats, details)
                (element if data is None else data).clear()
    except (ParseError, DefusedXmlException, ValueError):
        raise damaged() from None
    return seen


def _cells(row: Element, number: int) -> Iterator[Cell]:
    column = -1
    for element in row:
        if local(element.tag) != "c":
            continue
        place = re.fullmatch("([A-Z]+)([0-9]+)", element.get("r", ""))
        column = column_of(place[1].encode()) if place else column + 1
        kind = element.get("t", "n")
        parts = {local(part.tag): part.text or "" for part in element}
        value = parts.get("v", "")
        yield Cell(
            number,
            column,
            int(element.get("s") or 0),
            error=value if kind == "e" else "",
            number=_float(value.encode()) if kind == "n" else None,
            unfinished="f" in parts and not value and kind != "str",
        )


class Stream:
    """Blocks as a file, for the parser."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int = -1) -> bytes:
        """Return the next block, whatever its size; nothing at the end."""
        return next(self._blocks, b"")


def check_rows(rows: int, limits: Limits) -> None:
    """Refuse a sheet with more rows than any spreadsheet program shows."""
    if rows > limits.rows:
        raise FileRefused(
            f"The sheet has more than {limits.rows:,} rows.",
            code="too_many_rows",
            fix="Split it into several files.",
        )


def column_of(letters: bytes) -> int:
    """Return a column's position from 0: ``A`` is 0, ``AA`` is 26."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - 64
    return position - 1


def _attribute(attributes: bytes, name: bytes) -> int:
    match = re.search(rb"(?<![^ ])" + name + rb'="(\d+)"', attributes)
    return int(match[1]) if match else 1


def _float(text: bytes) -> float | None:
    """Return the number, None for what is none: the fast reader has its own say about it."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None
