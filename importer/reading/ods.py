"""
OpenDocument spreadsheets, read as they stream by: each cell holds both its value and the text that a person sees.

The fast reader keeps the value only, so that ``01234`` becomes 1234 and midnight vanishes; hence this one. It goes
through the file twice: once for what must be said before the rows (names, hidden rows, merged cells), once for them.

Source: OpenDocument 1.3 part 3, 9 (tables), 19.359-19.391 (office:value and its kin), 19.595 and following (table:*).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.reading.archive import Archive, damaged, encrypted
from importer.reading.books import local
from importer.reading.choosing import SheetName, choose, others, unread
from importer.reading.details import Details
from importer.reading.merges import Corner, Merges
from importer.reading.ods_cells import BLANK, OdsCell, cell_of
from importer.reading.pieces import Piece
from importer.reading.sheet_rewriting import Stream
from importer.reading.sheet_xml import check_rows

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
