"""
A sheet of an XLS workbook, record by record, for what the fast reader does not tell.

Source: [MS-XLS] Excel Binary File Format, 2.4 (records) and 2.5 (structures). Only BIFF8 (Excel 97 and later) has
all that is asked for; BIFF5 shares the records that matter, but for its texts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.reading.archive import contradictory
from importer.reading.books import GENERAL, format_named
from importer.reading.judging import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOF, _EOF, _FILEPASS, _DATEMODE, _BOUNDSHEET = 0x809, 0x0A, 0x2F, 0x22, 0x85
_FORMAT, _XF = 0x41E, 0xE0
_ROW, _COLINFO = 0x208, 0x7D
_LABEL, _RSTRING, _LABELSST = 0x204, 0xD6, 0xFD
_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = 0x06, 0x203, 0x27E, 0xBD, 0x205
_BIFF8 = 0x600
_VALUES = frozenset({_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR, _LABEL, _RSTRING, _LABELSST})
_ROWS, _COLUMNS = 65_536, 256

ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass(slots=True)
class Globals:
    """What stands before the sheets: the epoch, formats by style, and where each sheet begins."""

    encrypted: bool = False
    epoch_1904: bool = False
    formats: tuple[str, ...] = ()
    starts: list[int] = field(default_factory=list)


def globals_of(stream: bytes) -> Globals:
    """Read the records before the first sheet; sheets come in the workbook's order."""
    found = Globals()
    own: dict[int, str] = {}
    styles: list[int] = []
    biff8 = True
    for kind, body in _records(stream, 0):
        if kind == _BOF:
            biff8 = body[:2] == struct.pack("<H", _BIFF8)
        elif kind == _FILEPASS:
            found.encrypted = True
        elif kind == _DATEMODE:
            found.epoch_1904 = body[:2] == b"\x01\x00"
        elif kind == _BOUNDSHEET and len(body) >= 4:
            found.starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _FORMAT and len(body) >= 5:
            own[struct.unpack_from("<H", body)[0]] = _text(body[2:], biff8=biff8)
        elif kind == _XF and len(body) >= 4:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _EOF:
            break
    found.formats = tuple(format_named(number, own) for number in styles)
    return found


@dataclass(slots=True)
class SheetRecords:
    """One sheet's cells and what is hidden in it."""

    stream: bytes
    start: int
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def cells(self) -> Iterator[Cell]:
        """
        Yield the cells with numbers, errors and unfinished formulas; hidden rows and columns fill up meanwhile.

        Raises:
            FileRefused: ``workbook_contradictory``.
        """
        taken = bytearray(_ROWS * _COLUMNS // 8)
        for kind, body in _records(self.stream, self.start):
            if kind == _EOF:
                return
            if kind == _ROW and len(body) >= 16:
                if body[12] & 0x20:
                    self.hidden_rows.append(struct.unpack_from("<H", body)[0] + 1)
            elif kind == _COLINFO and len(body) >= 10:
                first, last, _, _, options = struct.unpack_from("<5H", body)
                if options & 1:
                    self.hidden_columns.append((first, last))
            else:
                for row, column in _places(kind, body):
                    byte, bit = divmod(row * _COLUMNS + column, 8)
                    if taken[byte] >> bit & 1:
                        raise contradictory(f"a cell of row {row + 1:,} stands there twice")
                    taken[byte] |= 1 << bit
                yield from _cells(kind, body)


def _places(kind: int, body: bytes) -> Iterator[tuple[int, int]]:
    """Yield row and column of each value in a record; both from 0, within what the format can say."""
    if kind not in _VALUES or len(body) < 6:
        return
    row, column = struct.unpack_from("<2H", body)
    for place in range((len(body) - 6) // 6 if kind == _MULRK else 1):
        if column + place < _COLUMNS:
            yield row, column + place


def _cells(kind: int, body: bytes) -> Iterator[Cell]:
    """Yield the cells of one record; a record cut short yields none."""
    if kind not in {_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR} or len(body) < 8:
        return
    row, column, style = struct.unpack_from("<3H", body)
    if kind == _NUMBER and len(body) >= 14:
        yield Cell(row + 1, column, style, number=struct.unpack_from("<d", body, 6)[0])
    elif kind == _RK and len(body) >= 10:
        yield Cell(row + 1, column, style, number=rk_number(struct.unpack_from("<I", body, 6)[0]))
    elif kind == _MULRK:
        for place in range((len(body) - 6) // 6):
            style, packed = struct.unpack_from("<HI", body, 4 + 6 * place)
            yield Cell(row + 1, column + place, style, number=rk_number(packed))
    elif kind == _BOOLERR and body[7]:
        yield Cell(row + 1, column, style, error=error_name(body[6]))
    elif kind == _FORMULA and len(body) >= 14:
        yield _formula(row, column, style, body[6:14])


def _formula(row: int, column: int, style: int, result: bytes) -> Cell:
    """Read a formula's saved result: a number, or behind FFFF a text (0), truth (1), error (2) or empty text (3)."""
    if result[6:] != b"\xff\xff":
        return Cell(row + 1, column, style, number=struct.unpack("<d", result)[0])
    return Cell(row + 1, column, style, error=error_name(result[2]) if result[0] == 2 else "")


def rk_number(packed: int) -> float:
    """Return a packed number: 30 bits of an integer or of a double's upper half, perhaps times a hundred."""
    if packed & 2:
        number = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return number / 100 if packed & 1 else number


def error_name(code: int) -> str:
    """Return an error as a spreadsheet shows it."""
    return ERRORS.get(code, "#ERROR!")


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield records from an offset on, up to the end or the first that is cut short."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        body = stream[start + 4 : start + 4 + length]
        if len(body) < length:
            return
        yield kind, body
        start += 4 + length


def _text(body: bytes, *, biff8: bool) -> str:
    """Return a format's text: in BIFF8 with a length of two bytes and a flag for UTF-16, before with one byte."""
    if not biff8:
        return body[1 : 1 + body[0]].decode("cp1252", "replace") or GENERAL
    length = struct.unpack_from("<H", body)[0]
    if body[2] & 1:
        return body[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    return body[3 : 3 + length].decode("latin-1")
