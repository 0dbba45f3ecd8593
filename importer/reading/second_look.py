"""The second look at a sheet, for what the fast reader does not tell; each kind of workbook has its own."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

from importer.reading.archive import damaged, encrypted
from importer.reading.biff import SheetRecords, globals_of
from importer.reading.compound import Compound
from importer.reading.details import Details
from importer.reading.judging import Look, judge
from importer.reading.package_rewriting import rewrite_package
from importer.reading.sheet_xml import UnusualError, search
from importer.reading.xlsb import BinarySheet, binary_book_of

if TYPE_CHECKING:
    from importer.reading.books import Book, BookSheet, Package
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
    try:
        return _searched(package, book, part, limits), None
    except UnusualError:
        details = Details(epoch_1904=book.epoch_1904)
        anew, seen = rewrite_package(package, book, sheet, Look.at(book.formats, details, limits))
        details.note_hidden(seen.hidden_rows, seen.hidden_columns)
        return details, anew


def _searched(package: Package, book: Book, part: str, limits: Limits) -> Details:
    if not book.plain:
        raise UnusualError
    details = Details(epoch_1904=book.epoch_1904)
    seen = search(package.blocks(part), Look.at(book.formats, details, limits))
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
    records = BinarySheet(package.read(book.parts[sheet]), limits)
    for cell in records.cells():
        judge(cell, book.formats, details)
    details.note_hidden(records.hidden_rows, records.hidden_columns)
    return details


def check_xls_open(file: IO[bytes]) -> None:
    """Raise ``FileRefused`` (``workbook_encrypted``) for an XLS workbook that wants a password."""
    compound = Compound(file)
    streams = [compound.read(name) for name in compound.streams if name.lower() in {"workbook", "book"}]
    if any(globals_of(stream).encrypted for stream in streams):
        raise encrypted()


def xls_look(file: IO[bytes], position: int) -> Details:
    """
    Look at the sheet at a position of an XLS workbook.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    try:
        compound = Compound(file)
        name = next(name for name in compound.streams if name.lower() in {"workbook", "book"})
        stream = compound.read(name)
        book = globals_of(stream)
        details = Details(epoch_1904=book.epoch_1904)
        records = SheetRecords(stream, book.starts[position])
        for cell in records.cells():
            judge(cell, book.formats, details)
    except (StopIteration, KeyError, IndexError, struct.error):
        raise damaged() from None
    details.note_hidden(records.hidden_rows, records.hidden_columns)
    return details
