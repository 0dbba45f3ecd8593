"""Sheets as tests see them, and builders of small and hostile files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import FileRefused
from importer.reading import open_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.model.sheets import CellFlaw

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class Seen:
    """Everything that a sheet handed out."""

    headings: tuple[str, ...]
    rows: dict[int, list[str]]
    flaws: list[CellFlaw]
    name: str | None
    notes: tuple[str, ...]
    heading_row: int
    epoch_1904: bool

    def codes(self) -> list[tuple[int, int | None, str]]:
        """Return the flaws without what they show."""
        return [(flaw.row, flaw.column, flaw.code) for flaw in self.flaws]


@pytest.fixture
def read() -> Callable[..., Seen]:
    """Read a whole sheet."""

    def reading(path: Any, **wishes: Any) -> Seen:
        with open_sheet(path, **wishes) as sheet:
            chunks = list(sheet.chunks())
        rows = {
            int(number): list(cells)
            for chunk in chunks
            for number, cells in zip(chunk.frame.index, chunk.frame.to_numpy(), strict=True)
        }
        flaws = [flaw for chunk in chunks for flaw in chunk.flaws]
        return Seen(sheet.headings, rows, flaws, sheet.name, sheet.notes, sheet.heading_row, sheet.epoch_1904)

    return reading


@pytest.fixture
def refusal(read: Callable[..., Seen]) -> Callable[..., FileRefused]:
    """Read a sheet that must be refused, and return the refusal."""

    def refused(path: Any, **wishes: Any) -> FileRefused:
        with pytest.raises(FileRefused) as caught:
            read(path, **wishes)
        return caught.value

    return refused


@pytest.fixture
def text(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a text file."""

    def written(content: str | bytes) -> Path:
        path = tmp_path / "sheet.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def xlsx(tmp_path: Path) -> Callable[..., Path]:
    """
    Write an XLSX from raw XML: rows as text of ``<row>`` elements, formats as number format codes of styles 1, 2, ...

    ``parts`` replaces or adds parts by name, ``wrapped`` replaces the whole sheet.
    """

    def written(
        rows: str = "",
        *,
        formats: tuple[str, ...] = (),
        epoch_1904: bool = False,
        before: str = "",
        after: str = "",
        parts: dict[str, str | bytes] | None = None,
    ) -> Path:
        sheet = f'{HEADER}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
        path = tmp_path / "book.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in {**skeleton(formats, epoch_1904=epoch_1904, sheet=sheet), **(parts or {})}.items():
                archive.writestr(name, part)
        return path

    return written


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


@pytest.fixture
def parts_of_a_workbook() -> dict[str, str | bytes]:
    """Return the parts of a small honest workbook."""
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
    return skeleton(sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>')


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Return parts as the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()
