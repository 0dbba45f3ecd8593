"""Cells that are struck through, in every kind of workbook: they are read as they stand, and said to be struck."""

from __future__ import annotations

import struct
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring
from made_workbooks import MAIN, OFFICE, inline, record, skeleton, wide, xlsb, zipped
from openpyxl.styles import Font

from importer.model.batches import STRUCK
from importer.reading.child.xlsx_parts import struck_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Read = Any
HEADINGS = ("phone", "externalEventId", "firstName", "eventDateTime", "note")
ROW = ("4155552671", 17, "Ana", "2027-03-04", "call first")


def struck(seen: Any) -> list[tuple[int, int | None]]:
    """Return row and column of what is struck through."""
    return [(flaw.row, flaw.column) for flaw in seen.flaws if flaw.code == STRUCK]


def as_xlsx(path: Path) -> None:
    """Write headings and row 3 struck through, a blank cell of row 2 and the number of row 4."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (HEADINGS, (*ROW[:4], None), ROW, ROW):
        sheet.append(row)
    line = Font(strike=True)
    for cell in (*sheet[1], sheet["E2"], *sheet[3], sheet["B4"]):
        cell.font = line
    book.save(path)


def as_rewritten(path: Path) -> None:
    """Write the same with a comment in the sheet, which the fast reader cannot be trusted with."""
    as_xlsx(path)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"<sheetData>", b"<sheetData><!-- -->"
    )
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)


def as_xls(path: Path) -> None:
    """Write the same in the old format, with fonts on both sides of the number that no font has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    sheet = book.add_sheet("Week 1")
    plain, line = xlwt.easyxf(), xlwt.easyxf("font: struck_out on")
    others = [xlwt.easyxf(f"font: height {height}") for height in (180, 260, 300)]
    lines = {(0, column) for column in range(5)} | {(1, 4), (3, 1)} | {(2, column) for column in range(5)}
    for number, row in enumerate((HEADINGS, (*ROW[:4], None), ROW, ROW)):
        for column, value in enumerate(row):
            if value is None:
                sheet.row(number).set_cell_blank(column, line)
            else:
                sheet.write(number, column, value, line if (number, column) in lines else [plain, *others][number])
    book.save(str(path))


def as_ods(path: Path) -> None:
    """Write the same as OpenDocument: by a cell's style, by one that it takes over, by the row's and by the column's."""
    from odf.opendocument import OpenDocumentSpreadsheet  # slow to import
    from odf.style import Style, TextProperties
    from odf.table import Table, TableCell, TableColumn, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    named = Style(name="Off", family="table-cell")
    named.addElement(TextProperties(textlinethroughstyle="solid"))
    book.styles.addElement(named)
    own = Style(name="ce1", family="table-cell", parentstylename="Off")
    plain = Style(name="ce2", family="table-cell", parentstylename="Off")
    plain.addElement(TextProperties(textlinethroughstyle="none"))
    for style in (own, plain):
        book.automaticstyles.addElement(style)
    table = Table(name="Week 1")
    table.addElement(TableColumn(numbercolumnsrepeated=1, defaultcellstylename="ce2"))
    table.addElement(TableColumn(numbercolumnsrepeated=4, defaultcellstylename="Off"))
    looks: list[tuple[str | None, list[str | None]]] = [
        ("ce1", [None] * 5),
        (None, ["ce2", "ce2", "ce2", "ce2", None]),
        ("ce1", [None, "Off", "ce1", None, None]),
        (None, [None, None, "ce2", "ce2", "ce2"]),
    ]
    for cells, (of_row, styles) in zip((HEADINGS, (*ROW[:4], ""), ROW, ROW), looks, strict=True):
        row = TableRow(**({"defaultcellstylename": of_row} if of_row else {}))
        for text, style in zip(map(str, cells), styles, strict=True):
            cell = TableCell(valuetype="string", **({"stylename": style} if style else {}))
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path))


@pytest.mark.parametrize("write", [as_xlsx, as_rewritten, as_xls, as_ods])
def test_cells_that_are_struck_through(read: Read, tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Each cell that holds something is told, and its text kept; headings and blank cells are not."""
    path = tmp_path / "week"
    write(path)
    seen = read(path)

    assert struck(seen) == [*((3, column) for column in range(5)), (4, 1)]
    assert seen.headings == HEADINGS
    assert seen.rows[3] == [str(cell) for cell in ROW]


def test_a_binary_workbook(read: Read, tmp_path: Path) -> None:
    """Texts and numbers of an XLSB workbook are told by their font; a blank cell is not."""
    seen = read(xlsb(tmp_path / "week.xlsb", skeleton(), struck=True))

    assert struck(seen) == [(2, 0), (2, 2)]
    assert seen.rows[2] == ["4155552671", "01234", "2024-01-01T00:00:00"]


OFF, ON = "<rPr><b/><strike/></rPr>", "<rPr><b/></rPr>"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><strike/></font></fonts><cellXfs><xf numFmtId="0" fontId="0"/>'
    '<xf numFmtId="0" fontId="1"/></cellXfs></styleSheet>'
)
# The cell's style, the parts of its text with their looks, whether it is struck through.
RUNS = [
    (0, (("Ana", OFF),), True),
    (0, (("Ana ", OFF), ("Mia", OFF)), True),
    (0, (("Ana", OFF), ("  ", ON)), True),
    (0, (("Ana ", OFF), ("Mia", ON)), True),
    (0, (("Ana ", OFF), ("Mia", "")), True),
    (0, (("Ana ", ""), ("Mia", OFF)), True),
    (0, (("Ana ", ""), ("Mia", ON)), False),
    (0, (("Ana ", ON), ("  ", OFF)), False),
    (1, (("Ana ", OFF), ("Mia", "")), True),
    (1, (("Ana ", ""), ("Mia", ON)), True),
    (1, (("Ana", ON),), False),
]


@pytest.mark.parametrize("kind", ["s", "s, rewritten", "inlineStr"])
def test_parts_of_a_text(read: Read, tmp_path: Path, kind: str) -> None:
    """A shared or inline text is struck through where a part of it is, by its own looks or else by its cell's."""
    texts = [
        "".join(f'<r>{looks}<t xml:space="preserve">{part}</t></r>' for part, looks in runs) for _, runs, _ in RUNS
    ]
    held = [f"<is>{text}</is>" if kind == "inlineStr" else f"<v>{at}</v>" for at, text in enumerate(texts)]
    rows = "".join(
        f'<row r="{at}"><c r="A{at}"><v>4155552671</v></c><c r="B{at}" s="{style}" t="{kind.partition(",")[0]}">{value}</c></row>'
        for at, ((style, _, _), value) in enumerate(zip(RUNS, held, strict=True), start=2)
    )
    sheet = f'{"<!-- -->" * ("," in kind)}<row r="1">{inline("A1", "phone")}{inline("B1", "firstName")}</row>{rows}'
    parts = skeleton(sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>')
    parts["xl/styles.xml"] = STYLES
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>'
    (tmp_path / "week.xlsx").write_bytes(zipped(parts))
    seen = read(tmp_path / "week.xlsx")

    assert struck(seen) == [(at, 1) for at, (_, _, is_struck) in enumerate(RUNS, start=2) if is_struck]
    assert [cells[1].rstrip() for cells in seen.rows.values()] == [
        "".join(part for part, _ in runs).rstrip() for _, runs, _ in RUNS
    ]


def test_parts_of_a_text_of_opendocument(read: Read, tmp_path: Path) -> None:
    """The same of spans: each has its own style's line, or else the cell's."""
    from odf.opendocument import OpenDocumentSpreadsheet  # slow to import
    from odf.style import Style, TextProperties
    from odf.table import Table, TableCell, TableRow
    from odf.text import P, Span

    book = OpenDocumentSpreadsheet()
    for name, family, line in (("off", "table-cell", "solid"), ("off", "text", "solid"), ("on", "text", "none")):
        style = Style(name=name, family=family)
        style.addElement(TextProperties(textlinethroughstyle=line))
        book.automaticstyles.addElement(style)
    table = Table(name="Week 1")
    looks = {"": {}, OFF: {"stylename": "off"}, ON: {"stylename": "on"}}
    for style, runs, _ in [(0, (("firstName", ""),), False), *RUNS]:
        row = TableRow()
        for parts, of_cell in (((("phone", ""),), 0), (runs, style)):
            cell, text = TableCell(valuetype="string", **([{}, {"stylename": "off"}][of_cell])), P()
            for part, look in parts:
                text.addElement(Span(text=part, **looks[look]))
            cell.addElement(text)
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "week.ods"))

    assert struck(read(tmp_path / "week.ods")) == [(at, 1) for at, (_, _, off) in enumerate(RUNS, start=2) if off]


def test_parts_of_a_text_of_the_old_format(read: Read, tmp_path: Path) -> None:
    """The same of an XLS, whose runs name fonts; a text that goes on in the next record keeps its runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    sheet = book.add_sheet("Week 1")
    styles = [xlwt.easyxf(), xlwt.easyxf("font: struck_out on")]
    fonts = {OFF: xlwt.easyfont("bold on, struck_out on"), ON: xlwt.easyfont("bold on")}
    long = (0, (("Ana " + "é" * 9_000, ""), ("Ω" * 9_000, OFF)), True)
    for at, (style, runs, _) in enumerate([(0, (("firstName", ""),), False), *RUNS, long]):
        sheet.write(at, 0, "4155552671" if at else "phone")
        parts = [(part, fonts[look]) if look else part for part, look in runs]
        sheet.write_rich_text(at, 1, parts, styles[style])
    book.save(str(tmp_path / "week.xls"))
    seen = read(tmp_path / "week.xls")

    assert struck(seen) == [(at, 1) for at, (_, _, off) in enumerate([*RUNS, long], start=2) if off]
    assert seen.rows[len(RUNS) + 2][1] == long[1][0][0] + long[1][1][0]


@pytest.mark.parametrize("kind", [7, 62])
@pytest.mark.parametrize(
    ("runs", "is_struck"), [([(0, 0)], False), ([(0, 0), (5, 1)], True), ([(9, 1)], False), ([(0, 7)], False)]
)
def test_parts_of_a_text_of_a_binary_workbook(
    read: Read, tmp_path: Path, kind: int, runs: list[tuple[int, int]], is_struck: bool
) -> None:
    """The same of an XLSB: of shared texts and of those in their cells; a font that is not there strikes nothing."""
    path = xlsb(tmp_path / "book.xlsb", skeleton())
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    looks = struct.pack("<I", len(runs)) + b"".join(struct.pack("<HH", *run) for run in runs)
    rich = b"\1" + wide("Ana, Mia ") + looks
    parts["xl/sharedStrings.bin"] = record(159, struct.pack("<II", 1, 1)) + record(19, rich) + record(160, b"")
    rels = "xl/_rels/workbook.bin.rels"
    parts[rels] = parts[rels].replace(
        b"</Relationships>",
        f'<Relationship Id="rId9" Type="{OFFICE}/sharedStrings" Target="sharedStrings.bin"/></Relationships>'.encode(),
    )
    sheet = "xl/worksheets/sheet1.bin"
    plain = record(6, struct.pack("<II", 0, 0) + wide("4155552671"))
    cell = record(kind, struct.pack("<II", 0, 0) + (rich if kind == 62 else struct.pack("<I", 0)))
    assert plain in parts[sheet]
    parts[sheet] = parts[sheet].replace(plain, cell)
    path.write_bytes(zipped(parts))
    seen = read(path)

    assert seen.rows[2][0].strip() == "Ana, Mia"
    assert struck(seen) == ([(2, 0)] if is_struck else [])


def test_a_cell_without_a_style_has_the_first(read: Read, tmp_path: Path) -> None:
    """Where the first style strikes through, so do cells that name none."""
    cells = [inline(f"A{at}", text) for at, text in enumerate(("phone", "1", "2", "3"), start=1)]
    cells[2] = cells[2].replace(' t="', ' s="0" t="')
    cells[3] = cells[3].replace(' t="', ' s="1" t="')
    rows = "".join(f'<row r="{at}">{cell}</row>' for at, cell in enumerate(cells, start=1))
    parts = skeleton(sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
    parts["xl/styles.xml"] = STYLES.replace("<font/><font><strike/></font>", "<font><strike/></font><font/>")
    (tmp_path / "week.xlsx").write_bytes(zipped(parts))

    assert struck(read(tmp_path / "week.xlsx")) == [(2, 0), (3, 0)]


@pytest.mark.parametrize(
    ("line", "is_struck"),
    [
        ("<strike/>", True),
        ('<strike val="1"/>', True),
        ('<strike val="true"/>', True),
        ('<strike val="0"/>', False),
        ("", False),
    ],
)
def test_fonts_of_styles(line: str, is_struck: bool) -> None:
    """A style strikes through by its font, unless that says no; fonts of conditional formats are not among them."""
    styles = STYLES.replace("<strike/>", line).replace(
        "</cellXfs>", "</cellXfs><dxfs><dxf><font><strike/></font></dxf></dxfs>"
    )

    assert struck_of(fromstring(styles)) == ({1} if is_struck else set())


def test_lines_of_a_report_that_are_struck_through(read: Read, tmp_path: Path) -> None:
    """Totals are left out, and a line of one cell is what it was, struck through or not."""
    book = openpyxl.Workbook()
    for row in (HEADINGS, ROW, ("Total", 1), (), ("Dr Smith",), ROW):
        book.active.append(row)
    for name in ("A3", "B3", "A5"):
        book.active[name].font = Font(strike=True)
    book.save(tmp_path / "week.xlsx")
    seen = read(tmp_path / "week.xlsx")

    assert list(seen.rows) == [2, 5, 6]
    assert seen.codes() == [(5, None, "line_alone")]
