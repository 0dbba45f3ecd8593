"""Builders of small workbooks of every kind, from raw parts where no library writes what a test needs."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def skeleton(formats: tuple[str, ...] = (), *, epoch_1904: bool = False, sheet: str = "") -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet."""
    own = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{code}"/>' for i, code in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{164 + i}" applyNumberFormat="1"/>' for i in range(len(formats)))
    return {
        "[Content_Types].xml": f'{HEADER}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEADER}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f'<workbookPr date1904="{int(epoch_1904)}"/>'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{HEADER}<styleSheet xmlns="{MAIN}"><numFmts count="{len(formats)}">{own}</numFmts>'
        f'<cellXfs count="{len(formats) + 1}"><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
    }


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Return parts as the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADING_ROW = f'<row r="1">{inline("A1", "phone")}{inline("B1", "firstName")}</row>'


def xls(path: Path, *, epoch_1904: bool = False) -> Path:
    """Write an old workbook with one cell of each kind."""
    import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    book.dates_1904 = epoch_1904
    sheet = book.add_sheet("Week 1")
    for column, heading in enumerate(["phone", "externalEventId", "eventDateTime", "date", "time"]):
        sheet.write(0, column, heading)
    styles = [xlwt.easyxf(num_format_str=code) for code in ("0", "00000", "yyyy-mm-dd hh:mm", "m/d/yyyy", "h:mm")]
    for column, (value, style) in enumerate(zip([4155552671, 1234, 45292, 45292.375, 45292.375], styles, strict=True)):
        sheet.write(1, column, value, style)
    sheet.write(2, 0, "4155552672")
    sheet.row(2).set_cell_error(1, 0x2A)
    sheet.write(2, 3, -1, styles[3])
    sheet.row(2).hidden = True
    sheet.write_merge(3, 4, 0, 0, "4155552673")
    sheet.write(4, 1, "second of a merge")
    book.add_sheet("Lists").visibility = 1
    book.save(str(path))
    return path


def ods(path: Path, rows: list[list[Any]], *, hidden_row: int | None = None) -> Path:
    """Write an OpenDocument spreadsheet; a cell is a text, or a dictionary of attributes with what it shows."""
    from odf.opendocument import OpenDocumentSpreadsheet  # slow to import
    from odf.table import CoveredTableCell, Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    table = Table(name="Week 1")
    for number, cells in enumerate(rows, start=1):
        row = TableRow(**({"visibility": "collapse"} if number == hidden_row else {}))
        for cell in cells:
            facts = dict(cell) if isinstance(cell, dict) else {"valuetype": "string", "shown": cell}
            shown = facts.pop("shown", "")
            kind = CoveredTableCell if facts.pop("covered", False) else TableCell
            element = kind(**(facts if shown or facts.get("formula") or facts.get("numbercolumnsrepeated") else {}))
            for line in shown.split("\n") if shown else []:
                element.addElement(P(text=line))
            row.addElement(element)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


def value(kind: str, shown: str, **facts: Any) -> dict[str, Any]:
    return {"valuetype": kind, "shown": shown, **facts}


def record(kind: int, body: bytes) -> bytes:
    """Return an XLSB record: kind and length take seven bits a byte."""
    parts = []
    for number, most in ((kind, 2), (len(body), 4)):
        groups = [number >> 7 * place & 0x7F for place in range(most)]
        while len(groups) > 1 and not groups[-1]:
            groups.pop()
        parts.append(bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:]))
    return b"".join(parts) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(path: Path, parts: dict[str, Any], *, struck: bool = False) -> Path:
    """Write a binary workbook by hand; no library writes them. ``struck``: row 2 is struck through, but for its number."""
    formats = ["00000", "yyyy-mm-dd hh:mm"]
    styles = (
        record(615, struct.pack("<I", 2))
        + b"".join(record(44, struct.pack("<H", 164 + n) + wide(code)) for n, code in enumerate(formats))
        + record(616, b"")
        + record(611, struct.pack("<I", 2))
        + b"".join(record(43, struct.pack("<HH", 220, options) + bytes(16) + wide("Arial")) for options in (0, 0x08))
        + record(612, b"")
        + record(617, struct.pack("<I", 5))
        + b"".join(
            record(47, struct.pack("<HHH", 0, number, font) + bytes(10))
            for number, font in ((0, 0), (164, 0), (165, 0), (0, 1), (165, 1))
        )
        + record(618, b"")
    )
    workbook = (
        record(131, b"") + record(153, struct.pack("<III", 0, 0, 0) + wide("")) + record(143, b"")
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Week 1"))
        + record(144, b"") + record(132, b"")
    )  # fmt: skip

    def row(number: int, *, hidden: bool = False) -> bytes:
        return record(0, struct.pack("<IIHBBB", number, 0, 300, 0, 0x10 * hidden, 0) + bytes(4))

    def cell(kind: int, column: int, style: int, body: bytes) -> bytes:
        return record(kind, struct.pack("<II", column, style) + body)

    sheet = (
        record(129, b"") + record(148, struct.pack("<IIII", 0, 3, 0, 2)) + record(145, b"")
        + row(0) + cell(6, 0, 0, wide("phone")) + cell(6, 1, 0, wide("externalEventId")) + cell(6, 2, 0, wide("start"))
        + row(1) + cell(6, 0, 3 * struck, wide("4155552671")) + cell(5, 1, 1, struct.pack("<d", 1234.0))
        + cell(5, 2, 4 if struck else 2, struct.pack("<d", 45292.0)) + cell(1, 3, 3 * struck, b"")
        + row(2, hidden=True) + cell(6, 0, 0, wide("4155552672")) + cell(3, 1, 0, b"\x2a")
        + cell(5, 2, 2, struct.pack("<d", 45292.4131944444))
        + record(146, b"") + record(130, b"")
    )  # fmt: skip
    binary = {
        "[Content_Types].xml": str(parts["[Content_Types].xml"]).replace("workbook.xml", "workbook.bin"),
        "_rels/.rels": str(parts["_rels/.rels"]).replace("workbook.xml", "workbook.bin"),
        "xl/workbook.bin": workbook,
        "xl/_rels/workbook.bin.rels": str(parts["xl/_rels/workbook.xml.rels"]).replace(".xml", ".bin"),
        "xl/styles.bin": styles,
        "xl/worksheets/sheet1.bin": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in binary.items():
            archive.writestr(name, part)
    return path
