"""
A sheet of an XLSB workbook, record by record, for what the fast reader does not tell.

Source: [MS-XLSB] Excel Binary File Format, 2.1.4 (record structure), 2.4 (records), 2.5.122 (RkNumber).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.reading.archive import contradictory
from importer.reading.biff import error_name, rk_number
from importer.reading.books import Package, format_named
from importer.reading.judging import Cell
from importer.reading.sheet_xml import check_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.limits import Limits

_ROW, _CELL_RK, _CELL_ERROR, _CELL_REAL, _FORMULA_NUMBER, _FORMULA_ERROR = 0, 2, 3, 5, 9, 11
_FORMAT, _XF, _BEGIN_CELL_XFS, _END_CELL_XFS = 44, 47, 617, 618
_WORKBOOK_PROPERTIES, _SHEET, _COLUMN = 153, 156, 60


@dataclass(frozen=True, slots=True)
class BinaryBook:
    """Sheet name -> part name; the epoch; number formats by the style number of a cell."""

    parts: dict[str, str]
    epoch_1904: bool
    formats: tuple[str, ...]


def binary_book_of(package: Package) -> BinaryBook:
    """
    Read the directory of an XLSB package.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    main = package.main_part()
    related = package.related(main)
    parts: dict[str, str] = {}
    epoch_1904 = False
    for kind, body in _records(package.read(main)):
        if kind == _WORKBOOK_PROPERTIES and body:
            epoch_1904 = bool(body[0] & 1)
        elif kind == _SHEET and len(body) > 12:
            relation, rest = _text(body[8:])
            name, _ = _text(rest)
            if relation in related:
                parts[name] = related[relation][1]
    styles = next((part for kind, part in related.values() if kind == "styles" and package.has(part)), None)
    return BinaryBook(parts, epoch_1904, _formats(package.read(styles)) if styles else ())


def _formats(styles: bytes) -> tuple[str, ...]:
    own: dict[int, str] = {}
    numbers: list[int] = []
    of_cells = False
    for kind, body in _records(styles):
        if kind == _FORMAT and len(body) >= 6:
            own[struct.unpack_from("<H", body)[0]] = _text(body[2:])[0]
        elif kind in {_BEGIN_CELL_XFS, _END_CELL_XFS}:
            of_cells = kind == _BEGIN_CELL_XFS
        elif kind == _XF and of_cells and len(body) >= 4:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
    return tuple(format_named(number, own) for number in numbers)


@dataclass(slots=True)
class BinarySheet:
    """One sheet's cells and what is hidden in it."""

    part: bytes
    limits: Limits
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def cells(self) -> Iterator[Cell]:
        """
        Yield the cells with numbers and errors; hidden rows and columns fill up meanwhile.

        Raises:
            FileRefused: ``too_many_rows``, ``workbook_contradictory``.
        """
        row = rows = 0
        column = -1
        for kind, body in _records(self.part):
            if kind == _ROW and len(body) >= 12:
                before, row, column = row, struct.unpack_from("<I", body)[0] + 1, -1
                if row <= before:
                    raise contradictory(f"row {row:,} stands there twice, or behind a later one")
                rows += 1
                check_rows(rows, self.limits)
                if body[11] & 0x10:
                    self.hidden_rows.append(row)
            elif kind == _COLUMN and len(body) >= 18:
                first, last = struct.unpack_from("<II", body)
                if body[16] & 1:
                    self.hidden_columns.append((first, last))
            elif kind in _CELLS and len(body) >= 8:
                before = column
                column, style = struct.unpack_from("<II", body)
                if column <= before:
                    raise contradictory(f"a cell of row {row:,} stands there twice, or behind a later one")
                if kind in _READERS and len(body) > 8:
                    yield _READERS[kind](Cell(row, column, style & 0xFFFFFF), body[8:])


_CELLS = frozenset((*range(1, 12), 62))
"""The records of cells: blank, numbers, errors, truths, texts, formulas; and texts with looks of their own."""


def _rk(cell: Cell, value: bytes) -> Cell:
    return cell._replace(number=rk_number(struct.unpack_from("<I", value.ljust(4, b"\0"))[0]))


def _real(cell: Cell, value: bytes) -> Cell:
    return cell._replace(number=struct.unpack_from("<d", value.ljust(8, b"\0"))[0])


def _error(cell: Cell, value: bytes) -> Cell:
    return cell._replace(error=error_name(value[0]))


_READERS = {_CELL_RK: _rk, _CELL_REAL: _real, _FORMULA_NUMBER: _real, _CELL_ERROR: _error, _FORMULA_ERROR: _error}


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield records up to the end or the first that is cut short; kind and length take one to two and four bytes."""
    place = 0
    while place < len(part):
        kind, place = _varied(part, place, 2)
        length, place = _varied(part, place, 4)
        body = part[place : place + length]
        if len(body) < length:
            return
        yield kind, body
        place += length


def _varied(part: bytes, place: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place after it. A kind keeps its bits as they are in two bytes."""
    number = 0
    for index in range(most):
        if place >= len(part):
            break
        byte = part[place]
        number |= (byte & 0x7F) << (7 * index)
        place += 1
        if not byte & 0x80:
            break
    return number, place


def _text(body: bytes) -> tuple[str, bytes]:
    """Return a text with its length in four bytes before it, and what comes after."""
    length = struct.unpack_from("<I", body.ljust(4, b"\0"))[0]
    end = 4 + 2 * length
    return body[4:end].decode("utf-16-le", "replace"), body[end:]
