"""
A person's workbook with marks in it: wrong cells coloured, a comment in each, our columns beside hers, done rows hidden.

openpyxl reads the workbook and writes it again, in the confined process. What it cannot keep whole (charts, pictures,
pivots, macros and whatever else is not named here) is told by the parts of the file, and refused before it is read.
It would lose the values of formulas, so they are read apart and written beside each formula.
"""

from __future__ import annotations

import re
import sys
import zipfile
from copy import copy
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from importer.errors import FileRefused
from importer.reading.child.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.reading.limits import Limits

# openpyxl would use it for nothing that is needed here, and it takes memory.
sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]

import openpyxl  # noqa: E402
from openpyxl.cell import MergedCell  # noqa: E402
from openpyxl.cell._writer import etree_write_cell  # noqa: E402
from openpyxl.comments import Comment  # noqa: E402
from openpyxl.comments.comment_sheet import CommentRecord  # noqa: E402
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # noqa: E402
from openpyxl.utils import get_column_letter, range_boundaries  # noqa: E402
from openpyxl.utils.datetime import to_excel  # noqa: E402
from openpyxl.worksheet._writer import WorksheetWriter  # noqa: E402
from openpyxl.worksheet.table import TableColumn  # noqa: E402
from openpyxl.writer.excel import ExcelWriter  # noqa: E402

KEPT: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core|custom)\.xml|xl/(?:workbook|styles|sharedStrings|calcChain)\.xml|"
    r"xl/_rels/workbook\.xml\.rels|xl/theme/theme1\.xml|xl/worksheets/[A-Za-z]+[0-9]*\.xml|"
    r"xl/worksheets/_rels/[A-Za-z]+[0-9]*\.xml\.rels|xl/comments/?[A-Za-z]*[0-9]*\.xml|xl/drawings/[A-Za-z]*[vV]ml[A-Za-z]*[0-9]*\.vml|"
    r"xl/drawings/commentsDrawing[0-9]+\.vml|xl/tables/table[0-9]+\.xml|xl/printerSettings/printerSettings[0-9]+\.bin"
)
WHAT: Final = {
    "charts": "charts",
    "media": "pictures",
    "pivotTables": "pivot tables",
    "pivotCache": "pivot tables",
    "vbaProject.bin": "macros",
    "embeddings": "embedded objects",
    "slicers": "slicers",
    "queryTables": "data connections",
    "connections.xml": "data connections",
    "externalLinks": "links to other workbooks",
    "chartsheets": "charts",
    "threadedComments": "threaded comments",
    "metadata.xml": "dynamic arrays",
    "drawings": "pictures or shapes",
}
# Conditional formats, drop-downs and sparklines of newer programs stand there, and openpyxl drops them.
# Excel keeps 255 characters, each an entity of six at most as it stands there; openpyxl asks of each style whether its format is
# one of dates, in a time that grows with the square of its length.
_LONG_FORMAT: Final = re.compile(rb"formatCode\s{0,9}=\s{0,9}(?:\"[^\"]{601}|'[^']{601})|\0")
EXTENSIONS: Final = re.compile(rb"<(?:\w+:)?extLst\b|<(?:\w+:)?AlternateContent\b|<(?:\w+:)?customSheetViews\b")

WRONG: Final = ("FFFBEAE6", "FFC2453B")
DOUBTFUL: Final = ("FFFDF1E1", "FF8A4B08")
# Status -> soft ground and colour of the word, of rows that need attention; as in the report's own workbooks.
STATUSES: Final = {
    "failed": ("FFFBEAE6", "FF9B2C20"),
    "unknown": ("FFF6E9F4", "FF75336F"),
    **dict.fromkeys(("invalid", "not_sent", "held"), ("FFFDF1E1", "FF8A4B08")),
}
AUTHOR: Final = "Appointment importer"


def marked(file: IO[bytes], marks: Mapping[str, Any], limits: Limits) -> bytes:
    """
    Return the workbook with the marks in it.

    ``marks``: ``sheet``, its name; ``heading_row``; ``first``, the position of the first column of ours; ``headings`` of ours,
    each ``[text, width, grouped]``; ``rows``: ``[number, cells, hidden]``; ``cells``: ``[number, position, is_warning, comment]``;
    ``name``: how many columns stay in sight, so that the row's person is seen; ``texts``, if any: of cells that hold a text, ``[number,
    position, as typed, as it shall be]``.

    Raises:
        FileRefused: ``not_kept``: the workbook has something that would be lost; or what ``Archive`` refuses.
    """
    refuse_what_is_lost(file, limits)
    file.seek(0)
    book = openpyxl.load_workbook(file, rich_text=True)
    values = _formula_values(file, book)
    if marks["sheet"] not in book.sheetnames:
        raise not_kept("its sheet has another name")
    sheet = book[marks["sheet"]]
    _refuse_neighbours(sheet, marks)
    _clear_ours(sheet, marks)
    _write_ours(sheet, marks)
    _write_dates(sheet, marks.get("texts", ()))
    _mark_cells(sheet, marks["cells"])
    _extend(sheet, marks)
    if sheet.freeze_panes is None:
        sheet.freeze_panes = sheet.cell(marks["heading_row"] + 1, marks["name"] + 1)
    return _written(book, values)


def warm_up() -> None:
    """Load all that openpyxl loads late, for a confined process can load nothing."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"] = "x", "=1+1"
    sheet["A1"].comment = Comment("x", AUTHOR)
    made = BytesIO(_written(book, {}))
    _formula_values(made, openpyxl.load_workbook(made, rich_text=True))


def refuse_what_is_lost(file: IO[bytes], limits: Limits) -> None:
    """Raise ``FileRefused`` (``not_kept``) for a workbook with a part, or an extension, that would not come through."""
    package = Archive(file, limits)
    lost = [name for name in package.names if not name.endswith("/") and not KEPT.fullmatch(name)]
    steps = {step for name in lost for step in name.split("/")}
    for step, what in WHAT.items():
        if step in steps:
            raise not_kept(f"it has {what}")
    if lost:
        raise not_kept(f"it has a part that is not kept ({lost[0].rpartition('/')[2][:40]})")
    drawn = [name for name in package.names if name.endswith(".vml")]
    if drawn and len(drawn) > sum("comments" in name and name.endswith(".xml") for name in package.names):
        raise not_kept("it has pictures or shapes")
    for name in package.names:
        if name == "xl/styles.xml" and _LONG_FORMAT.search(b"".join(package.blocks(name))):
            raise not_kept("its number formats are longer than any that Excel keeps, or not written in UTF-8")
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            tail = b""
            for block in package.blocks(name):
                if EXTENSIONS.search(tail + block):
                    raise not_kept("it has formats that only newer spreadsheet programs know")
                tail = block[-40:]


def not_kept(why: str) -> FileRefused:
    """Return why a copy would not be the person's own workbook."""
    return FileRefused(why, code="not_kept", fix="")


def _refuse_neighbours(sheet: Any, marks: Mapping[str, Any]) -> None:
    """Refuse a sheet in which something of the person's stands where our columns go."""
    first = marks["first"] + 1
    last = first + len(marks["headings"]) - 1
    ours = {heading for heading, *_ in marks["headings"]}
    is_ours = sheet.cell(marks["heading_row"], first).value in ours
    for row in sheet.iter_rows(min_col=first, max_col=last):
        if any(isinstance(cell, MergedCell) or (cell.value is not None and not is_ours) for cell in row):
            raise not_kept("cells beside the table would be overwritten")


def _clear_ours(sheet: Any, marks: Mapping[str, Any]) -> None:
    """Take the marks of an earlier report off a workbook that was fed back; a comment of hers before ours stays."""
    if sheet.cell(marks["heading_row"], marks["first"] + 1).value not in {heading for heading, *_ in marks["headings"]}:
        return
    fills = sheet.parent._fills  # noqa: SLF001 - a cell's own fill is looked up too slowly for each
    grounds = {place for place, fill in enumerate(fills) if fill.fgColor.rgb in {WRONG[0], DOUBTFUL[0]}}
    for row in sheet.iter_rows(min_row=marks["heading_row"] + 1, max_col=marks["first"]):
        for cell in row:
            if isinstance(cell, MergedCell):
                continue
            if cell._style.fillId in grounds:  # noqa: SLF001
                cell.fill, cell.border = PatternFill(), Border()
            if cell.comment is not None and cell.comment.author == AUTHOR:
                hers, _, _ = f"\n\n{cell.comment.text}".partition("\n\nColumn ")
                cell.comment = Comment(hers.strip(), "") if hers.strip() else None


def _write_ours(sheet: Any, marks: Mapping[str, Any]) -> None:
    head, plain = _looks()
    first = marks["first"] + 1
    for place, (text, width, is_grouped) in enumerate(marks["headings"]):
        cell = sheet.cell(marks["heading_row"], first + place)
        _say(cell, text)
        cell.font, cell.fill, cell.alignment = head
        column = sheet.column_dimensions[get_column_letter(first + place)]
        column.width = width
        if is_grouped:
            column.outlineLevel, column.hidden = 1, True
    style = None
    for number, texts, is_hidden in marks["rows"]:
        for place, text in enumerate(texts):
            if text:
                cell = sheet.cell(number, first + place)
                _say(cell, text)
                if style is None:
                    cell.font, cell.alignment, cell.number_format, cell.fill = *plain, "@", PatternFill()
                    # Looked up anew for each cell it would take most of the time.
                    style = copy(cell._style)  # noqa: SLF001
                else:
                    cell._style = copy(style)  # noqa: SLF001
                if not place and not is_hidden and text in STATUSES:
                    ground, colour = STATUSES[text]
                    cell.fill, cell.font = PatternFill("solid", fgColor=ground), Font(bold=True, color=colour)
            elif (number, first + place) in sheet._cells:  # noqa: SLF001 - asking for a cell would make it
                # What an earlier report of ours said of the row is out of date.
                sheet.cell(number, first + place).value = None
        if is_hidden:
            sheet.row_dimensions[number].hidden = True


def _say(cell: Any, text: str) -> None:
    """Give a cell a text; by its type, so that none becomes a formula, a number or a date."""
    cell.value = text
    cell.data_type = "s"


def _looks() -> tuple[tuple[Any, Any, Any], tuple[Any, Any]]:
    wrapped = Alignment(wrap_text=True, vertical="top")
    return (Font(bold=True, color="FF1B2730"), PatternFill("solid", fgColor="FFEEF2F4"), wrapped), (
        Font(color="FF1B2730"),
        wrapped,
    )


def _write_dates(sheet: Any, texts: Sequence[tuple[int, int, str, str]]) -> None:
    """Put texts in the place of others that say the same to somebody who has the whole sheet."""
    for number, position, typed, text in texts:
        cell = sheet.cell(number, position + 1)
        if not isinstance(cell, MergedCell) and cell.data_type == "s" and str(cell.value) == typed:
            _say(cell, text)


def _mark_cells(sheet: Any, cells: Sequence[tuple[int, int, bool, str]]) -> None:
    for number, position, is_warning, text in cells:
        cell = sheet.cell(number, position + 1)
        if isinstance(cell, MergedCell):
            continue
        ground, edge = DOUBTFUL if is_warning else WRONG
        side = Side("thin", color=edge)
        cell.fill = PatternFill("solid", fgColor=ground)
        cell.border = Border(left=side, right=side, top=side, bottom=side)
        if text:
            hers = f"{cell.comment.text}\n\n" if cell.comment is not None else ""
            cell.comment = Comment(f"{hers}{text}", AUTHOR, height=120, width=320)


def _extend(sheet: Any, marks: Mapping[str, Any]) -> None:
    """Let a filter or table over the rows take our columns in, so that sorting keeps each row together."""
    last = marks["first"] + len(marks["headings"])
    if sheet.auto_filter.ref and (wider := _wider(sheet.auto_filter.ref, marks, last)):
        sheet.auto_filter.ref = wider
    for table in sheet.tables.values():
        wider = _wider(table.ref, marks, last)
        if wider:
            table.ref = wider
            if table.autoFilter is not None:
                table.autoFilter.ref = wider
            number = max((column.id for column in table.tableColumns), default=0)
            for place, (text, *_) in enumerate(marks["headings"], start=1):
                table.tableColumns.append(TableColumn(id=number + place, name=text))


def _wider(reference: str, marks: Mapping[str, Any], last: int) -> str:
    """Return a range that ends beside our columns with them taken in; "" for another range."""
    left, top, right, bottom = range_boundaries(reference)
    if top != marks["heading_row"] or right != marks["first"]:
        return ""
    return f"{get_column_letter(left)}{top}:{get_column_letter(last)}{bottom}"


Values = dict[str, dict[tuple[int, int], tuple[str, str]]]
"""Sheet -> (row, column) of a formula -> type and text of its value, as a file says them."""


def _formula_values(file: IO[bytes], book: Any) -> Values:
    wanted = {
        sheet.title: {(cell.row, cell.column) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
        for sheet in book.worksheets
    }
    if not any(wanted.values()):
        return {}
    file.seek(0)
    # Streamed: the values of a long sheet beside its formulas would take as much memory again.
    read = openpyxl.load_workbook(file, data_only=True, read_only=True)
    return {
        name: {
            (cell.row, cell.column): _value(cell, book.epoch)
            for row in read[name].iter_rows()
            for cell in row
            if cell.value is not None and (cell.row, cell.column) in places
        }
        for name, places in wanted.items()
        if places
    }


def _value(cell: Any, epoch: Any) -> tuple[str, str]:
    if cell.data_type == "d":
        return "n", str(to_excel(cell.value, epoch))
    if cell.data_type == "b":
        return "b", str(int(cell.value))
    return ("str" if cell.data_type in {"s", "inlineStr"} else cell.data_type), str(cell.value)


class _Writer(ExcelWriter):  # type: ignore[misc]
    """Writes a workbook in memory, and the value of each formula beside it."""

    def __init__(self, book: Any, archive: zipfile.ZipFile, values: Values) -> None:
        super().__init__(book, archive)
        self._values = values

    def write_worksheet(self, ws: Any) -> None:
        """Write one sheet."""
        writer = _SheetWriter(ws, self._values.get(ws.title, {}))
        writer.write()
        ws._rels = writer._rels  # noqa: SLF001 - as the method that this one stands for
        self._archive.writestr(ws.path[1:], writer.out.getvalue())
        self.manifest.append(ws)


class _SheetWriter(WorksheetWriter):  # type: ignore[misc]
    def __init__(self, sheet: Any, values: dict[tuple[int, int], tuple[str, str]]) -> None:
        super().__init__(sheet, out=BytesIO())
        self._known = values

    def write_row(self, xf: Any, row: Sequence[Any], row_idx: int) -> None:
        attributes = {"r": str(row_idx), **dict(self.ws.row_dimensions.get(row_idx, {}))}
        with xf.element("row", attributes):
            for cell in row:
                if cell.comment is not None:
                    self.ws._comments.append(CommentRecord.from_cell(cell))  # noqa: SLF001 - the writer's own list
                if cell.value is not None or cell.has_style or cell.comment:
                    etree_write_cell(
                        _WithValue(xf, self._known.get((cell.row, cell.column))), self.ws, cell, cell.has_style
                    )


class _WithValue:
    """What a cell is written to; a formula's empty value is filled."""

    def __init__(self, xf: Any, value: tuple[str, str] | None) -> None:
        self._xf = xf
        self._value = value

    def write(self, element: Any) -> None:
        if self._value is not None and (place := element.find("v")) is not None:
            kind, place.text = self._value
            if kind != "n":
                element.set("t", kind)
        self._xf.write(element)


def _written(book: Any, values: Values) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _Writer(book, archive, values).write_data()
    return made.getvalue()
