"""Sheets as tests see them, and builders of small and hostile files."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import FileRefused
from importer.reading.sheet_choice import open_sheet

sys.path.insert(0, str(Path(__file__).parent))

from made_workbooks import HEADER, MAIN, skeleton

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model.batches import CellFlaw


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
        notes = (*sheet.notes, *sheet.notes_at_end())
        return Seen(sheet.headings, rows, flaws, sheet.name, notes, sheet.heading_row, sheet.epoch_1904)

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


@pytest.fixture
def parts_of_a_workbook() -> dict[str, str | bytes]:
    """Return the parts of a small honest workbook."""
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
    return skeleton(sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>')
