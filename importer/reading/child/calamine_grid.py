"""A workbook's sheet as python-calamine lays it out, with a second look for what that reader does not tell."""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from importer.model.batches import COMMENT, STRUCK
from importer.reading.child.archive import Archive, Compound, damaged, encrypted
from importer.reading.child.cell_display import Details, Look, Strikes
from importer.reading.child.cell_values import (
    Grid,
    Merges,
    NumberDamaged,
    Piece,
    SheetName,
    choose,
    of_report,
    others,
    report_among,
    run_told,
    text_of,
    texts_of,
    unread,
)
from importer.reading.child.ods import ods_grid_of
from importer.reading.child.xls_xlsb import BINARY_TEXTS, BinarySheet, SheetRecords, binary_book_of, globals_of
from importer.reading.child.xlsx_cells import UnusualError, search
from importer.reading.child.xlsx_parts import Package, book_of, comments_of
from importer.reading.child.xlsx_rewriting import rewrite_package, strikes_of
from importer.reading.file_type import Content
from importer.reading.limits import LONGEST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from importer.reading.child.xlsx_parts import Book, BookSheet
    from importer.reading.limits import Limits


def xlsx_look(package: Package, book: Book, sheet: BookSheet, limits: Limits) -> tuple[Details, bytes | None]:
    """
    Look at a sheet of an XLSX or XLSM package; also return the package written anew, where the fast reader needs it.

    Raises:
        FileRefused: ``workbook_damaged``, ``workbook_contradictory``, ``too_many_rows``.
    """
    part = sheet.part
    if part is None or not package.has(part):
        raise damaged()
    strikes = strikes_of(package, book)
    try:
        return _searched(package, book, part, limits, strikes), None
    except UnusualError:
        details = Details(epoch_1904=book.epoch_1904)
        anew, seen = rewrite_package(
            package, book, sheet, Look.at(book.formats, details, limits, strikes, calculated=book.calculated)
        )
        details.note_hidden(seen.hidden_rows, seen.hidden_columns)
        return details, anew


def _searched(package: Package, book: Book, part: str, limits: Limits, strikes: Strikes) -> Details:
    if not book.plain:
        raise UnusualError
    details = Details(epoch_1904=book.epoch_1904)
    seen = search(package.blocks(part), Look.at(book.formats, details, limits, strikes, calculated=book.calculated))
    details.note_hidden(seen.hidden_rows, seen.hidden_columns)
    return details


def xlsb_look(package: Package, sheet: str, limits: Limits) -> Details:
    """
    Look at a sheet of an XLSB package.

    Raises:
        FileRefused: ``workbook_damaged``, ``too_many_rows``.
    """
    book = binary_book_of(package)
    details = Details(epoch_1904=book.epoch_1904)
    if sheet not in book.parts:
        raise damaged()
    records = BinarySheet(package.read(book.parts[sheet]), limits, book.strikes, book.fonts)
    look = Look.at(book.formats, details, limits, book.strikes)
    for cell in records.cells():
        look.judge(cell)
        look.judge_strike(cell, cell.is_struck)
    details.note_hidden(records.hidden_rows, records.hidden_columns)
    return details


_BOOKS = ("workbook", "book")
"""Names of the stream with the sheets. A workbook may hold both, for programs of two ages; the fast reader takes the newer."""


def check_xls_open(file: IO[bytes]) -> None:
    """Raise ``FileRefused`` (``workbook_encrypted``) for an XLS workbook that wants a password."""
    compound = Compound(file)
    streams = [compound.read(name) for name in compound.streams if name.lower() in _BOOKS]
    if any(globals_of(stream).encrypted for stream in streams):
        raise encrypted()


def xls_look(file: IO[bytes], position: int, limits: Limits) -> Details:
    """
    Look at the sheet at a position of an XLS workbook.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    try:
        compound = Compound(file)
        name = next(name for book in _BOOKS for name in compound.streams if name.lower() == book)
        stream = compound.read(name)
        book = globals_of(stream)
        details = Details(epoch_1904=book.epoch_1904)
        records = SheetRecords(stream, book.starts[position], book)
        look = Look.at(book.formats, details, limits, book.strikes)
        for cell in records.cells():
            look.judge(cell)
            look.judge_strike(cell, cell.is_struck)
    except (StopIteration, KeyError, IndexError, struct.error):
        raise damaged() from None
    details.note_hidden(records.hidden_rows, records.hidden_columns)
    return details


Flaws = list[tuple[int, int | None, str, str]]


@dataclass(frozen=True, slots=True)
class FastGrid:
    """One sheet of a workbook that python-calamine has laid out, and what is known beside its values."""

    sheet: str
    cells: CalamineSheet
    details: Details
    headings: tuple[str, ...] | None = None
    comments: Mapping[int, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """How many rows there are, blank ones included."""
        return self.cells.end[0] + 1 if self.cells.end else 0

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does, in pieces."""
        piece = Piece()
        left_of = [""] * (self.cells.start or (0, 0))[1]
        merges = Merges(self.cells.merged_cell_ranges or ())
        told = self.details.flaws.keys() | self.details.texts.keys()
        number = 0
        for number, values in enumerate(_rows_of(self.cells), start=1):
            if values is None:
                piece.flaws.append((number, None, "date_impossible", ""))
                values = [""]  # noqa: PLW2901  # the row itself is lost
            elif values.count("") == len(values) and number not in told:
                # A stray value far below a table makes a million such rows.
                continue
            row = self._row(number, left_of, values, piece.flaws)
            covered = list(merges.covered(number, len(row)))
            if not any(row) and number not in told and values != [""]:
                continue
            for column, name in covered:
                row[column] = ""
                piece.flaws.append((number, column, "merged_cells", name))
            piece.flaws += self._strikes(number, row)
            piece.flaws += self._comments(number)
            piece.numbers.append(number)
            piece.rows.append(row)
            if piece.full:
                yield piece
                piece = Piece()
        # The fast reader ends where its values end; errors, formulas without any and texts it does not know may stand below.
        for below in sorted(row for row in told if row > number):
            row = self._row(below, left_of, [], piece.flaws)
            piece.flaws += self._strikes(below, row)
            piece.numbers.append(below)
            piece.rows.append(row)
            if piece.full:
                yield piece
                piece = Piece()
        if piece.rows:
            yield piece

    def _strikes(self, number: int, row: list[str]) -> Flaws:
        """Return the cells of a row that hold something and are struck through."""
        return [
            (number, column, STRUCK, row[column][:LONGEST_SHOWN])
            for column in self.details.struck_in(number)
            if column < len(row) and row[column].strip()
        ]

    def _comments(self, number: int) -> Flaws:
        return [(number, column, COMMENT, text[:LONGEST_SHOWN]) for column, text in self.comments.get(number, ())]

    def _row(self, number: int, left_of: list[str], values: list[Any], flaws: Flaws) -> list[str]:
        try:
            row = left_of + texts_of(values) if left_of else texts_of(values)
        except NumberDamaged:
            row = left_of + [_shown(number, column, value, flaws) for column, value in enumerate(values, len(left_of))]
        for column, text in self.details.texts.get(number, {}).items():
            _put(row, column, text)
        for column, (before, behind) in self.details.around.get(number, {}).items():
            if column < len(row) and row[column]:
                row[column] = before + row[column] + behind
        for place, code, shown in self.details.flaws.get(number, ()):
            flaws.append((number, place, code, shown))
            if place is not None:
                _put(row, place, shown)
        return row


def _rows_of(cells: CalamineSheet) -> Iterator[list[Any] | None]:
    """Yield the rows, None for one with a value that the fast reader cannot lay out."""
    rows = cells.iter_rows()
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except OverflowError:
            yield None
        except BaseException as panic:
            # What went wrong in Rust is no Exception, and has no class that can be named.
            if type(panic).__name__ != "PanicException":
                raise
            yield None


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
        return _fast_grid(file, wanted, lambda _sheet, place: xls_look(file, place, limits), lambda: [_bytes_of(file)])
    archive = Archive(file, limits)
    if content is Content.ODS:
        return ods_grid_of(archive, wanted, limits)
    package = Package(archive)
    if content is Content.XLSB:
        return _fast_grid(
            file,
            wanted,
            lambda sheet, _place: xlsb_look(package, sheet, limits),
            lambda: package.blocks(BINARY_TEXTS) if package.has(BINARY_TEXTS) else (),
        )
    return _xlsx_grid(file, package, wanted, limits)


_TELLING: Final = re.compile(rb"result_problem|r\0e\0s\0u\0l\0t\0_\0p\0r\0o\0b\0l\0e\0m")


def _tells_of_a_report(blocks: Iterable[bytes]) -> bool:
    """Whether the texts of a workbook have a heading of a report of ours: else no sheet need be laid out to look for one."""
    tail = b""
    for block in blocks:
        if _TELLING.search(tail + block):
            return True
        tail = block[-30:]
    return False


def _bytes_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _run_at(workbook: CalamineWorkbook, name: str) -> str | None:
    """Return of which run a sheet is a report, by its name; None for one that is none, or that cannot be laid out."""
    try:
        return run_told(values or () for values in _rows_of(workbook.get_sheet_by_name(name)))
    except (CalamineError, ValueError, OSError):
        return None


def _xlsx_grid(file: IO[bytes], package: Package, wanted: str | None, limits: Limits) -> FastGrid:
    """Take the second look first: it may have to write the package anew before the fast reader reads it rightly."""

    @cache
    def laid_out() -> CalamineWorkbook | None:
        with suppress(CalamineError, ValueError, OSError):
            return CalamineWorkbook.from_filelike(BytesIO(_bytes_of(file)))
        return None

    @cache
    def share_a_heading() -> bool:
        return book.strings is not None and _tells_of_a_report(package.blocks(book.strings))

    def run_at(place: int) -> str | None:
        part = book.sheets[place].part
        if part is None or not package.has(part):
            return None
        # Some programs write each text into its cell.
        told = _tells_of_a_report([next(package.blocks(part), b"")]) or share_a_heading()
        workbook = laid_out() if told else None
        return None if workbook is None else _run_at(workbook, sheets[place].name)

    try:
        book = book_of(package)
        sheets = [
            SheetName(sheet.name, hidden=sheet.hidden, holds_cells=sheet.kind == "worksheet") for sheet in book.sheets
        ]
        chosen = choose(sheets, report_among(sheets, run_at) if wanted is None else wanted)
        details, anew = xlsx_look(package, book, book.sheets[chosen], limits)
        details.notes[:0] = [*of_report(sheets, chosen, wanted), *others(sheets, chosen)]
        details.unread = unread(sheets, chosen)
        workbook = CalamineWorkbook.from_filelike(BytesIO(_bytes_of(file) if anew is None else anew))
        cells = workbook.get_sheet_by_name(sheets[chosen].name)
        return FastGrid(
            sheets[chosen].name, cells, details, comments=comments_of(package, book.sheets[chosen].part or "")
        )
    except PasswordError:
        raise encrypted() from None
    except (CalamineError, ValueError, OSError):
        raise damaged() from None


def _fast_grid(
    file: IO[bytes],
    wanted: str | None,
    look: Callable[[str, int], Details],
    texts: Callable[[], Iterable[bytes]],
) -> FastGrid:
    """
    Let the fast reader lay out the sheet, and take the second look (by the sheet's name and position) at it.

    ``texts``: gives the bytes in which the texts of the workbook stand.
    """
    told: list[bool] = []

    def run_at(place: int) -> str | None:
        told[:] = told or [_tells_of_a_report(texts())]
        return _run_at(workbook, sheets[place].name) if told[0] else None

    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(_bytes_of(file)))
        sheets = [_sheet_name(sheet) for sheet in workbook.sheets_metadata]
        chosen = choose(sheets, report_among(sheets, run_at) if wanted is None else wanted)
        details = look(sheets[chosen].name, chosen)
        details.notes[:0] = [*of_report(sheets, chosen, wanted), *others(sheets, chosen)]
        details.unread = unread(sheets, chosen)
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
