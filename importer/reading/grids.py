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

from importer.reading.archive import Archive, damaged, encrypted
from importer.reading.books import Package
from importer.reading.cells import NumberDamaged, text_of, texts_of
from importer.reading.choosing import SheetName, choose, others
from importer.reading.contents import Content
from importer.reading.merges import Merges
from importer.reading.ods import ods_grid_of
from importer.reading.pieces import Grid, Piece
from importer.reading.second_look import check_xls_open, xls_look, xlsb_look, xlsx_look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.reading.details import Details
    from importer.reading.limits import Limits

Flaws = list[tuple[int, int | None, str, str]]


@dataclass(frozen=True, slots=True)
class FastGrid:
    """One sheet of a workbook that python-calamine has laid out, and what is known beside its values."""

    sheet: str
    cells: CalamineSheet
    details: Details

    @property
    def height(self) -> int:
        """How many rows there are, blank ones included."""
        return self.cells.end[0] + 1 if self.cells.end else 0

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does, in pieces."""
        piece = Piece()
        left_of = [""] * (self.cells.start or (0, 0))[1]
        merges = Merges(self.cells.merged_cell_ranges or ())
        for number, values in enumerate(self.cells.iter_rows(), start=1):
            if values.count("") == len(values) and number not in self.details.flaws:
                # A stray value far below a table makes a million such rows.
                continue
            row = self._row(number, left_of, values, piece.flaws)
            covered = list(merges.covered(number, len(row)))
            if not any(row) and number not in self.details.flaws:
                continue
            for column, name in covered:
                row[column] = ""
                piece.flaws.append((number, column, "merged_cells", name))
            piece.numbers.append(number)
            piece.rows.append(row)
            if piece.full:
                yield piece
                piece = Piece()
        if piece.rows:
            yield piece

    def _row(self, number: int, left_of: list[str], values: list[Any], flaws: Flaws) -> list[str]:
        try:
            row = left_of + texts_of(values) if left_of else texts_of(values)
        except NumberDamaged:
            row = left_of + [_shown(number, column, value, flaws) for column, value in enumerate(values, len(left_of))]
        for column, text in self.details.texts.get(number, {}).items():
            _put(row, column, text)
        for place, code, shown in self.details.flaws.get(number, ()):
            flaws.append((number, place, code, shown))
            if place is not None:
                _put(row, place, shown)
        return row


def _shown(number: int, column: int, value: Any, flaws: Flaws) -> str:
    try:
        return text_of(value)
    except NumberDamaged as lost:
        flaws.append((number, column, "number_damaged", lost.shown))
        return lost.shown


def _put(row: list[str], column: int, text: str) -> None:
    row.extend([""] * (column + 1 - len(row)))
    row[column] = text


def grid_of(file: IO[bytes], content: Content, wanted: str | None, limits: Limits) -> Grid:
    """
    Open a workbook behind the gate and choose its sheet.

    Raises:
        FileRefused: what the gate refuses, ``workbook_encrypted``, ``workbook_damaged``, ``sheet_not_found``,
            ``sheet_missing``, ``too_many_rows``.
    """
    if content is Content.XLS:
        check_xls_open(file)
        return _fast_grid(file, wanted, lambda _sheet, place: xls_look(file, place))
    archive = Archive(file, limits)
    if content is Content.ODS:
        return ods_grid_of(archive, wanted, limits)
    look = xlsb_look if content is Content.XLSB else xlsx_look
    return _fast_grid(file, wanted, lambda sheet, _place: look(Package(archive), sheet, limits))


def _fast_grid(file: IO[bytes], wanted: str | None, look: Callable[[str, int], Details]) -> FastGrid:
    """Let the fast reader lay out the sheet, and take the second look (by the sheet's name and position) at it."""
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(file.read()))
        sheets = [_sheet_name(sheet) for sheet in workbook.sheets_metadata]
        chosen = choose(sheets, wanted)
        details = look(sheets[chosen].name, chosen)
        details.notes[:0] = others(sheets, chosen)
        return FastGrid(sheets[chosen].name, workbook.get_sheet_by_index(chosen), details)
    except PasswordError:
        raise encrypted() from None
    except (CalamineError, ValueError, OSError):
        raise damaged() from None


def _sheet_name(sheet: Any) -> SheetName:
    return SheetName(
        sheet.name,
        hidden=sheet.visible != SheetVisibleEnum.Visible,
        holds_cells=sheet.typ == SheetTypeEnum.WorkSheet,
    )
