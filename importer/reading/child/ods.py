"""
OpenDocument spreadsheets, read as they stream by: each cell holds both its value and the text that a person sees.

The fast reader keeps the value only, so that ``01234`` becomes 1234 and midnight vanishes; hence this one. It goes
through the file twice: once for what must be said before the rows (names, hidden rows, merged cells), once for them.

Source: OpenDocument 1.3 part 3, 9 (tables), 19.359-19.391 (office:value and its kin), 19.595 and following (table:*).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.reading.child.archive import Archive, damaged, encrypted
from importer.reading.child.cell_display import Details
from importer.reading.child.cell_values import (
    Corner,
    Merges,
    NumberDamaged,
    Piece,
    number_text,
    span_text,
    to_the_second,
)
from importer.reading.child.sheet_names import SheetName, choose, others, unread
from importer.reading.child.xlsx_cells import check_rows
from importer.reading.child.xlsx_parts import local
from importer.reading.child.xlsx_rewriting import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from importer.reading.limits import Limits


CONTENT = "content.xml"
_WIDEST = 16_384
# What may stand between a sheet and its rows and columns. Tables in the cells of one, the copies that links to other
# programs leave behind, and what was deleted while changes were recorded are no rows of a sheet.
_GROUPS = {
    "table-header-rows", "table-rows", "table-row-group", "table-header-columns", "table-columns", "table-column-group",
}  # fmt: skip
_UNSEEN = {"collapse", "filter"}
_EPOCH_1904 = "1904-01-01"


@dataclass(slots=True)
class _Table:
    """One sheet, as the first pass saw it."""

    name: str
    style: str
    height: int = 0
    width: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[Corner, Corner]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OdsGrid:
    """One sheet of an OpenDocument spreadsheet."""

    archive: Archive
    sheet: str
    position: int
    height: int
    width: int
    details: Details
    merges: Merges
    headings: tuple[str, ...] | None = None

    def pieces(self) -> Iterator[Piece]:
        """
        Read the rows that hold anything, numbered as the spreadsheet program does, in pieces.

        Raises:
            FileRefused: ``workbook_damaged``.
        """
        piece = Piece()
        for position, number, row in _rows(_Walk(self.archive)):
            if position != self.position:
                continue
            cells = _cells(row)
            if not any(cells):
                continue
            for repeated in range(number, number + _times(row, "number-rows-repeated")):
                self._add(piece, repeated, cells)
                if piece.full:
                    yield piece
                    piece = Piece()
        if piece.rows:
            yield piece

    def _add(self, piece: Piece, number: int, cells: list[OdsCell]) -> None:
        row = [cell.text for cell in cells] + [""] * (self.width - len(cells))
        for column, cell in enumerate(cells):
            if cell.code:
                piece.flaws.append((number, column, cell.code, cell.text))
        for column, name in self.merges.covered(number, len(row)):
            row[column] = ""
            piece.flaws.append((number, column, "merged_cells", name))
        piece.numbers.append(number)
        piece.rows.append(row)


def ods_grid_of(archive: Archive, wanted: str | None, limits: Limits) -> OdsGrid:
    """
    Choose a sheet of an OpenDocument spreadsheet.

    Raises:
        FileRefused: ``workbook_encrypted``, ``workbook_damaged``, ``sheet_not_found``, ``sheet_missing``,
            ``too_many_rows``.
    """
    _check_open(archive)
    walk = _Walk(archive)
    for position, number, row in _rows(walk):
        _see_row(walk.tables[position], number, row, limits)
    sheets = [SheetName(table.name, hidden=table.style in walk.hidden_styles) for table in walk.tables]
    chosen = choose(sheets, wanted)
    table = walk.tables[chosen]
    details = Details(epoch_1904=walk.epoch_1904, notes=others(sheets, chosen), unread=unread(sheets, chosen))
    details.note_hidden(table.hidden_rows, table.hidden_columns)
    return OdsGrid(archive, table.name, chosen, table.height, table.width, details, Merges(table.merged))


def _check_open(archive: Archive) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and b"encryption-data" in archive.read(manifest):
        raise encrypted()
    if CONTENT not in archive.names:
        raise damaged()


def _see_row(table: _Table, number: int, row: Element, limits: Limits) -> None:
    column = 0
    for cell in row:
        columns, rows = _times(cell, "number-columns-spanned"), _times(cell, "number-rows-spanned")
        if columns > 1 or rows > 1:
            table.merged.append(((number - 1, column), (number + rows - 2, column + columns - 1)))
        column += _times(cell, "number-columns-repeated")
    cells = _cells(row)
    if any(cells):
        table.width = max(table.width, len(cells))
        table.height = number + _times(row, "number-rows-repeated") - 1
        check_rows(table.height, limits)
        if _attribute(row, "visibility") in _UNSEEN:
            table.hidden_rows += range(number, table.height + 1)


class _Walk:
    """One pass through the content: the tables met so far and what the document says beside them."""

    def __init__(self, archive: Archive) -> None:
        self.events = _events(archive)
        self.tables: list[_Table] = []
        self.hidden_styles: set[str] = set()
        self.epoch_1904 = False
        self._style = ""

    def enter(self, name: str, element: Element, parent: str) -> None:
        """Take note of an element as it begins, when its attributes are known."""
        if name == "table" and parent == "spreadsheet":
            self.tables.append(_Table(_attribute(element, "name"), _attribute(element, "style-name")))
        elif name == "style":
            self._style = _attribute(element, "name")
        elif name == "table-properties" and _attribute(element, "display") == "false":
            self.hidden_styles.add(self._style)
        elif name == "null-date" and _attribute(element, "date-value") == _EPOCH_1904:
            self.epoch_1904 = True


def _events(archive: Archive) -> Iterator[tuple[str, Element]]:
    try:
        yield from iterparse(cast("IO[bytes]", Stream(archive.blocks(CONTENT))), events=("start", "end"))
    except (ParseError, DefusedXmlException, ValueError):
        raise damaged() from None


def _rows(walk: _Walk) -> Iterator[tuple[int, int, Element]]:
    """Yield each row with its table's position and its number, and forget it afterwards."""
    path: list[Element] = []
    names: list[str] = []
    number, column, rows_open = 1, 0, 0
    for event, element in walk.events:
        name = local(element.tag)
        if event == "start":
            tables = len(walk.tables)
            walk.enter(name, element, local(path[-1].tag) if path else "")
            if len(walk.tables) > tables:
                number, column = 1, 0
            path.append(element)
            names.append(name)
            rows_open += name == "table-row" and _is_in_sheet(names)
            continue
        path.pop()
        in_sheet = _is_in_sheet(names)
        names.pop()
        if not in_sheet:
            continue
        if name == "table-column" and walk.tables and not rows_open:
            after = column + _times(element, "number-columns-repeated")
            if _attribute(element, "visibility") in _UNSEEN:
                walk.tables[-1].hidden_columns.append((column, after - 1))
            column = after
        elif name == "table-row":
            rows_open -= 1
            if walk.tables and not rows_open:
                yield len(walk.tables) - 1, number, element
                number += _times(element, "number-rows-repeated")
                path[-1].clear()


def _is_in_sheet(names: Sequence[str]) -> bool:
    """Return whether an element (the last of these, each inside the one before) is a row or column of a sheet itself."""
    if "spreadsheet" not in names:
        return False
    inside = names[names.index("spreadsheet") + 1 :]
    return len(inside) > 1 and inside[0] == "table" and all(name in _GROUPS for name in inside[1:-1])


def _cells(row: Element) -> list[OdsCell]:
    """Return a row's cells up to the last filled one; covered cells are blank, whatever they hide."""
    cells: list[OdsCell] = []
    blanks = 0
    for element in row:
        times = _times(element, "number-columns-repeated")
        cell = cell_of(element) if local(element.tag) == "table-cell" else BLANK
        if cell == BLANK:
            blanks += times
            continue
        if len(cells) + blanks + times > _WIDEST:
            raise damaged()
        cells += [BLANK] * blanks + [cell] * times
        blanks = 0
    return cells


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if local(key) == name), "")


def _times(element: Element, name: str) -> int:
    return max(int(_attribute(element, name) or 1), 1)


_SECONDS_A_DAY = 86_400
_FIRST_DAY = dt.datetime(1900, 1, 1)  # noqa: DTZ001  # a wall clock
_SPAN = re.compile(r"(?P<minus>-)?PT(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+")
_NO_DIGIT = re.compile(r"\D")
_BETWEEN_DIGITS = re.compile(r"\d\D+\d")
_FIRST_DIGITS = re.compile(r"\d+")
_NO_MASK = re.compile(r"[.,%]|\dE[+-]?\d")


class OdsCell(NamedTuple):
    """A cell's text, and the code of what is wrong with it or ``""``."""

    text: str
    code: str = ""


BLANK = OdsCell("")


def cell_of(element: Element) -> OdsCell:
    """Return what a person sees in a cell, or a flaw; an unknown type of value is taken as its text."""
    values = {local(name): value for name, value in element.items()}
    shown = "\n".join(_text(part) for part in element if local(part.tag) in {"p", "h"})
    # An extension names errors as a second value-type, which the dictionary would let win or lose by order.
    kinds = [value for name, value in element.items() if local(name) == "value-type"]
    if "error" in kinds:
        return OdsCell(shown, "cell_error")
    if not kinds and "formula" in values and not shown:
        return OdsCell("", "formula_without_value")
    name, read = _BY_KIND.get(kinds[0] if kinds else "", ("string-value", _string))
    return read(values.get(name, ""), shown)


def _text(paragraph: Element) -> str:
    """Return a paragraph's text; blanks in a row and tabs are elements of their own."""
    parts = [paragraph.text or ""]
    for part in paragraph:
        name = local(part.tag)
        if name == "s":
            counts = [value for key, value in part.items() if local(key) == "c"]
            parts.append(" " * min(int(counts[0]) if counts else 1, 1_000))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name not in {"annotation", "note", "ruby-text"}:
            parts.append(_text(part))
        parts.append(part.tail or "")
    return "".join(parts)


def _string(value: str, shown: str) -> OdsCell:
    return OdsCell(shown or value)


def _truth(value: str, _shown: str) -> OdsCell:
    return OdsCell("TRUE" if value == "true" else "FALSE")


def _number(value: str, shown: str) -> OdsCell:
    if shown in {"TRUE", "FALSE"}:
        # LibreOffice writes the result of =TRUE() as a number.
        return OdsCell(shown)
    try:
        number = float(value)
        text = number_text(number)
    except NumberDamaged as damaged:
        return OdsCell(damaged.shown, "number_damaged")
    except (ValueError, OverflowError):
        return OdsCell(shown)
    return OdsCell(shown.strip() if text.isdigit() and _is_masked(text, shown.strip()) else text)


def _is_masked(digits: str, shown: str) -> bool:
    """Return whether the format adds zeros, or something between or around the digits: ``00042``, ``123-45``, ``A-7``."""
    if _NO_MASK.search(shown) or _THOUSANDS.fullmatch(shown):
        return False
    seen = _NO_DIGIT.sub("", shown)
    if seen.lstrip("0") != digits.lstrip("0"):
        return False
    around = shown.replace(seen, "", 1)
    told = any(not mark.isspace() and unicodedata.category(mark) not in {"Sc", "Ps", "Pe"} for mark in around)
    return len(seen) > len(digits) or _BETWEEN_DIGITS.search(shown) is not None or told


def _date(value: str, shown: str) -> OdsCell:
    """Let the shown text tell a date from a moment: the file writes midnight as a date alone."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return OdsCell(value or shown, "date_impossible")
    moment = to_the_second(moment)
    if moment.replace(tzinfo=None) < _FIRST_DAY:
        return OdsCell(value, "date_impossible")
    with_time = ":" in shown if shown else "T" in value
    return OdsCell(moment.isoformat() if with_time else moment.date().isoformat())


def _time(value: str, shown: str) -> OdsCell:
    """Return a time of day, or an elapsed time where the shown hours are as many as the value's."""
    match = _SPAN.fullmatch(value)
    if match is None or match["minus"]:
        return OdsCell(value or shown, "date_impossible")
    seconds = round(int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + float(match["s"] or 0))
    hours = _FIRST_DIGITS.match(shown)
    if hours is None or int(hours[0]) != seconds // 3600:
        seconds %= _SECONDS_A_DAY
    return OdsCell(span_text(seconds))


# Type of value -> the attribute that holds it, and how it is read together with the shown text.
_BY_KIND = {
    "float": ("value", _number),
    "percentage": ("value", _number),
    "currency": ("value", _number),
    "date": ("date-value", _date),
    "time": ("time-value", _time),
    "boolean": ("boolean-value", _truth),
}
