"""A workbook's sheet as python-calamine lays it out, row by row as texts; runs in the child process."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from importer.errors import FileRefused
from importer.reading.cells import NumberDamaged, text_of, texts_of
from importer.reading.choosing import SheetName, choose, others
from importer.reading.details import Details

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.contents import Content
    from importer.reading.limits import Limits

PIECE_ROWS = 2_000

Piece = tuple[list[int], list[list[str]], list[tuple[int, int | None, str, str]]]
"""Row numbers, their cells, and flaws as (row, column, code, shown)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet of an open workbook, and what is known beside its values."""

    sheet: str
    cells: CalamineSheet
    details: Details

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does, in pieces."""
        numbers: list[int] = []
        rows: list[list[str]] = []
        flaws: list[tuple[int, int | None, str, str]] = []
        left_of = [""] * (self.cells.start or (0, 0))[1]
        for number, values in enumerate(self.cells.iter_rows(), start=1):
            row = self._row(number, left_of, values, flaws)
            if any(row) or number in self.details.flaws:
                numbers.append(number)
                rows.append(row)
            if len(rows) >= PIECE_ROWS:
                yield numbers, rows, flaws
                numbers, rows, flaws = [], [], []
        if rows:
            yield numbers, rows, flaws

    def _row(
        self, number: int, left_of: list[str], values: list[Any], flaws: list[tuple[int, int | None, str, str]]
    ) -> list[str]:
        try:
            row = left_of + texts_of(values)
        except NumberDamaged:
            row = left_of + [_shown(number, column, value, flaws) for column, value in enumerate(values, len(left_of))]
        for column, text in self.details.texts.get(number, {}).items():
            _put(row, column, text)
        for place, code, shown in self.details.flaws.get(number, ()):
            flaws.append((number, place, code, shown))
            if place is not None:
                _put(row, place, shown)
        return row


def _shown(number: int, column: int, value: Any, flaws: list[tuple[int, int | None, str, str]]) -> str:
    try:
        return text_of(value)
    except NumberDamaged as damaged:
        flaws.append((number, column, "number_damaged", damaged.shown))
        return damaged.shown


def _put(row: list[str], column: int, text: str) -> None:
    row.extend([""] * (column + 1 - len(row)))
    row[column] = text


def grid_of(file: IO[bytes], content: Content, wanted: str | None, limits: Limits) -> Grid:
    """
    Open a workbook and choose its sheet.

    Raises:
        FileRefused: ``workbook_encrypted``, ``workbook_damaged``, ``sheet_not_found``, ``sheet_missing``.
    """
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(file.read()))
        sheets = [_sheet_name(sheet) for sheet in workbook.sheets_metadata]
        chosen = choose(sheets, wanted)
        details = Details(notes=others(sheets, chosen))
        return Grid(sheets[chosen].name, workbook.get_sheet_by_index(chosen), details)
    except PasswordError:
        raise FileRefused(
            "The workbook is protected with a password.",
            code="workbook_encrypted",
            fix="Open it with the password and save it without one.",
        ) from None
    except (CalamineError, ValueError, OSError):
        raise damaged() from None


def damaged() -> FileRefused:
    """Return the refusal of a workbook that no reader can make sense of."""
    return FileRefused(
        "The workbook is damaged and cannot be read.",
        code="workbook_damaged",
        fix="Open it in a spreadsheet program and save it again as XLSX, or fetch it again from where it came.",
    )


def _sheet_name(sheet: Any) -> SheetName:
    return SheetName(
        sheet.name,
        hidden=sheet.visible != SheetVisibleEnum.Visible,
        holds_cells=sheet.typ == SheetTypeEnum.WorkSheet,
    )
