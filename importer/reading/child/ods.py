"""
OpenDocument spreadsheets, read as they stream by: each cell holds both its value and the text that a person sees.

The fast reader keeps the value only, so that ``01234`` becomes 1234 and midnight vanishes; hence this one. It goes
through the file twice: once for what must be said before the rows (names, hidden rows, merged cells), once for them.

A row says how often it stands below itself: a kilobyte could be a million filled rows. So what comes out is counted first.

Source: OpenDocument 1.3 part 3, 9 (tables), 16 (styles), 19.359-19.391 (office:value and its kin), 19.595 and following
(table:*), 20.391 (style:text-line-through-style).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.model.batches import STRUCK
from importer.reading.child.archive import Archive, bomb, damaged, encrypted, spread
from importer.reading.child.cell_display import Details
from importer.reading.child.cell_values import (
    BESIDE,
    BLANK,
    Corner,
    Merges,
    OdsCell,
    Piece,
    SheetName,
    cell_of,
    choose,
    of_report,
    others,
    report_among,
    run_told,
    unread,
)
from importer.reading.child.xlsx_cells import check_rows
from importer.reading.child.xlsx_parts import local
from importer.reading.child.xlsx_rewriting import Stream
from importer.reading.limits import LONGEST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from importer.reading.limits import Limits


CONTENT, STYLES = "content.xml", "styles.xml"
_WIDEST = 16_384
_FIRST_ROWS = 40
MOST_REPEATED = 10_000
"""So often a filled row may stand below itself: boxes that nobody ticked do a few thousand times. Blank rows do without end."""
MOST_REPEATS = 100_000
"""So many rows, all those of the sheet together, may stand there only because another is said to stand below itself."""
DEEPEST = 200
"""So many elements may stand within each other; a cell's text is some fifteen deep."""
PIECE_CHARACTERS = 4_000_000
"""After so many a piece is handed on, however few rows it has."""
# What may stand between a sheet and its rows and columns. Tables in the cells of one, the copies that links to other
# programs leave behind, and what was deleted while changes were recorded are no rows of a sheet.
_GROUPS = {
    "table-header-rows", "table-rows", "table-row-group", "table-header-columns", "table-columns", "table-column-group",
}  # fmt: skip
_UNSEEN = {"collapse", "filter"}
_EPOCH_1904 = "1904-01-01"


@dataclass(slots=True)
class _Table:
    """
    One sheet, as the first pass saw it.

    ``column_styles``: the first column behind some, and the style of cells in these. ``first``: the texts of its first rows.
    ``filled``: how many rows hold anything. ``repeated``: how often one of them stands below itself, at most; ``repeats``: how
    often they do in all.
    """

    name: str
    style: str
    height: int = 0
    width: int = 0
    filled: int = 0
    characters: int = 0
    repeated: int = 1
    repeats: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[Corner, Corner]] = field(default_factory=list)
    column_styles: list[tuple[int, str]] = field(default_factory=list)
    first: list[list[str]] = field(default_factory=list)


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
        piece, size = Piece(), 0
        walk = _Walk(self.archive)
        for position, number, row in _rows(walk):
            if position != self.position:
                continue
            cells = _cells(row)
            if not any(cells):
                continue
            if walk.strikes.any:
                cells = walk.strikes.seen_in(row, cells, walk.tables[position].column_styles)
            characters = self.width + _characters(cells)
            for repeated in range(number, number + _times(row, "number-rows-repeated")):
                self._add(piece, repeated, cells)
                size += characters
                if piece.full or size > PIECE_CHARACTERS:
                    yield piece
                    piece, size = Piece(), 0
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
        for column, cell in enumerate(cells):
            if cell.is_struck and row[column].strip():
                piece.flaws.append((number, column, STRUCK, row[column][:LONGEST_SHOWN]))
        piece.numbers.append(number)
        piece.rows.append(row)


def ods_grid_of(archive: Archive, wanted: str | None, limits: Limits) -> OdsGrid:
    """
    Choose a sheet of an OpenDocument spreadsheet.

    Raises:
        FileRefused: ``workbook_encrypted``, ``workbook_damaged``, ``sheet_not_found``, ``sheet_missing``,
            ``too_many_rows``, ``workbook_bomb``.
    """
    _check_open(archive)
    walk = _Walk(archive)
    for position, number, row in _rows(walk):
        _see_row(walk.tables[position], number, row, limits)
    sheets = [SheetName(table.name, hidden=table.style in walk.hidden_styles) for table in walk.tables]
    named = report_among(sheets, lambda place: run_told(walk.tables[place].first)) if wanted is None else wanted
    chosen = choose(sheets, named)
    table = walk.tables[chosen]
    _check_repeated(table, limits)
    most = limits.of_sheet(archive.size)
    if table.characters + 3 * table.filled * min(table.width, limits.columns) > most:
        raise spread(most)
    notes = [*of_report(sheets, chosen, wanted), *others(sheets, chosen)]
    details = Details(epoch_1904=walk.epoch_1904, notes=notes, unread=unread(sheets, chosen))
    details.note_hidden(table.hidden_rows, table.hidden_columns)
    return OdsGrid(archive, table.name, chosen, table.height, table.width, details, Merges(table.merged))


def _check_open(archive: Archive) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and b"encryption-data" in archive.read(manifest):
        raise encrypted()
    if CONTENT not in archive.names:
        raise damaged()


def _check_repeated(table: _Table, limits: Limits) -> None:
    """Refuse a sheet of which far more comes out than stands in the file."""
    if table.repeated > MOST_REPEATED or table.repeats > MOST_REPEATS:
        raise bomb(
            f"fills {max(table.repeated, table.repeats):,} rows below each other with the same cells",
            "If it is a real workbook, open it in a spreadsheet program, delete what is filled in below the last appointment,"
            " and save it.",
        )
    if table.characters + table.filled * min(table.width, limits.columns) > limits.unpacked_bytes:
        raise bomb(f"holds a sheet of more than {limits.unpacked_bytes // 1_000_000:,} million characters")


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
        if len(table.first) < _FIRST_ROWS:
            table.first.append([cell.text for cell in cells])
        times = _times(row, "number-rows-repeated")
        table.height = number + times - 1
        check_rows(table.height, limits)
        table.filled += times
        table.characters += times * _characters(cells)
        table.repeated = max(table.repeated, times)
        table.repeats += times - 1
        if _attribute(row, "visibility") in _UNSEEN:
            table.hidden_rows += range(number, table.height + 1)


class _Walk:
    """One pass through the content: the tables met so far and what the document says beside them."""

    def __init__(self, archive: Archive) -> None:
        self.events = _events(archive, CONTENT)
        self.strikes = _Strikes()
        if STYLES in archive.names:
            for event, element in _events(archive, STYLES):
                if event == "start":
                    self.strikes.see(local(element.tag), element)
        self.tables: list[_Table] = []
        self.hidden_styles: set[str] = set()
        self.epoch_1904 = False
        self._style = ""

    def enter(self, name: str, element: Element, parent: str) -> None:
        """Take note of an element as it begins, when its attributes are known."""
        self.strikes.see(name, element)
        if name == "table" and parent == "spreadsheet":
            self.tables.append(_Table(_attribute(element, "name"), _attribute(element, "style-name")))
        elif name == "style":
            self._style = _attribute(element, "name")
        elif name == "table-properties" and _attribute(element, "display") == "false":
            self.hidden_styles.add(self._style)
        elif name == "null-date" and _attribute(element, "date-value") == _EPOCH_1904:
            self.epoch_1904 = True


class _Strikes:
    """
    Which styles strike a text through: those of cells and those of parts of a text, by family and name.

    A style that does not say is as its parent, and a cell without a style as the row's or else the column's, or the default.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], bool] = {}
        self._parents: dict[tuple[str, str], str] = {}
        self._style: tuple[str, str] | None = None
        self._found: dict[tuple[str, str], bool | None] = {}

    @property
    def any(self) -> bool:
        """Whether there is such a style."""
        return True in self._said.values()

    def see(self, name: str, element: Element) -> None:
        """Take note of what an element says of styles as it begins."""
        if name in {"style", "default-style"}:
            self._style = _attribute(element, "family"), _attribute(element, "name")
            self._found.clear()
            if parent := _attribute(element, "parent-style-name"):
                self._parents[self._style] = parent
        elif name.endswith("-style") or name.startswith("list-level"):
            # Numbers and lists have looks of their own.
            self._style = None
        elif name == "text-properties" and self._style is not None:
            line = _attribute(element, "text-line-through-style") or _attribute(element, "text-line-through-type")
            if line:
                self._said[self._style] = line != "none"
                self._found.clear()

    def seen_in(self, row: Element, cells: list[OdsCell], column_styles: list[tuple[int, str]]) -> list[OdsCell]:
        """Return a row's cells, told which are struck through."""
        seen: list[OdsCell] = []
        for element in row:
            for cell in cells[len(seen) : len(seen) + _times(element, "number-columns-repeated")]:
                style = _attribute(element, "style-name") or _attribute(row, "default-cell-style-name")
                own = style or next((named for behind, named in column_styles if len(seen) < behind), "")
                seen.append(cell._replace(is_struck=cell != BLANK and self._strikes_any(element, own)))
        return seen

    def _strikes_any(self, cell: Element, style: str) -> bool:
        of_cell = next(
            (said for name in (style, "Default", "") if (said := self._of("table-cell", name)) is not None), False
        )
        parts = [said for part in cell if local(part.tag) in {"p", "h"} for said in self._parts(part, of_cell)]
        return any(parts) if parts else of_cell

    def _parts(self, element: Element, struck: bool) -> Iterator[bool]:  # noqa: FBT001 - it is the value itself
        """Yield whether each text in an element is struck through, where it is in a part that is."""
        if (element.text or "").strip():
            yield struck
        for part in element:
            name = local(part.tag)
            if name not in BESIDE:
                own = self._of("text", _attribute(part, "style-name")) if name == "span" else None
                yield from self._parts(part, struck if own is None else own)
            if (part.tail or "").strip():
                yield struck

    def _of(self, family: str, name: str) -> bool | None:
        """Return what a style says, or else its parents do; each is asked once, however many cells have it."""
        passed: dict[tuple[str, str], None] = {}
        while (style := (family, name)) not in passed and style not in self._said and style not in self._found:
            passed[style] = None
            name = self._parents.get(style, name)
        said = self._said.get(style, self._found.get(style))
        self._found.update(dict.fromkeys(passed, said))
        return said


def _events(archive: Archive, part: str) -> Iterator[tuple[str, Element]]:
    try:
        yield from iterparse(cast("IO[bytes]", Stream(archive.blocks(part))), events=("start", "end"))
    except (ParseError, DefusedXmlException, ValueError):
        raise damaged() from None


def _rows(walk: _Walk) -> Iterator[tuple[int, int, Element]]:
    """Yield each row with its table's position and its number, and forget it afterwards."""
    path: list[Element] = []
    names: list[str] = []
    number, column, rows_open = 1, 0, 0
    for event, element in _no_deeper(walk.events):
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
            if column < _WIDEST:
                walk.tables[-1].column_styles.append((after, _attribute(element, "default-cell-style-name")))
            column = after
        elif name == "table-row":
            rows_open -= 1
            if walk.tables and not rows_open:
                yield len(walk.tables) - 1, number, element
                number += _times(element, "number-rows-repeated")
                path[-1].clear()


def _no_deeper(events: Iterator[tuple[str, Element]]) -> Iterator[tuple[str, Element]]:
    """Hand on the beginnings and ends of elements. ``FileRefused``: they stand within each other without end."""
    depth = 0
    for event, element in events:
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise damaged()
        yield event, element


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


def _characters(cells: list[OdsCell]) -> int:
    return sum(len(cell.text) for cell in cells)


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if local(key) == name), "")


def _times(element: Element, name: str) -> int:
    return max(int(_attribute(element, name) or 1), 1)
