"""Records of the binary formats, whatever bytes they hold."""

from __future__ import annotations

import io
import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.reading.child.archive import Compound
from importer.reading.child.cell_display import Cell, Details, judge
from importer.reading.child.cell_values import NumberDamaged, number_text
from importer.reading.child.xls_xlsb import BinarySheet, SheetRecords, globals_of, rk_number
from importer.reading.limits import Limits


@pytest.mark.parametrize(
    ("packed", "number"),
    [
        pytest.param(0x3FF00000, 1.0, id="double"),
        pytest.param(0x3FF00001, 0.01, id="double-of-hundredths"),
        pytest.param(1234 << 2 | 2, 1234.0, id="integer"),
        pytest.param(1234 << 2 | 3, 12.34, id="integer-of-hundredths"),
        pytest.param((-5 & 0x3FFFFFFF) << 2 | 2, -5.0, id="negative-integer"),
    ],
)
def test_packed_numbers(packed: int, number: float) -> None:
    """The four packings of a number in 32 bits are undone ([MS-XLS] 2.5.217)."""
    assert rk_number(packed) == number


@given(stream=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_old_records_of_any_bytes(stream: bytes) -> None:
    """Any bytes as an XLS stream give cells or none, or are refused, and end."""
    found = globals_of(stream)

    cells: list[Cell] = []
    with suppress(FileRefused):
        cells += SheetRecords(stream, 0).cells()

    assert isinstance(found.encrypted, bool)
    assert all(cell.row >= 1 and cell.column >= 0 for cell in cells)


@given(part=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_binary_records_of_any_bytes(part: bytes) -> None:
    """Any bytes as an XLSB sheet give cells or none, or are refused, and end."""
    cells: list[Cell] = []
    with suppress(FileRefused):
        cells += BinarySheet(part, Limits()).cells()

    assert all(cell.row >= 0 and cell.column >= 0 for cell in cells)


@given(rest=st.binary(max_size=2000), pointers=st.lists(st.integers(0, 2**32 - 1), min_size=5, max_size=5))
@settings(max_examples=200, deadline=None)
def test_compound_files_of_any_bytes(rest: bytes, pointers: list[int]) -> None:
    """A compound file with any sector numbers has streams or none, and never loops."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(14)
    header += struct.pack("<5I", *pointers)
    compound = Compound(io.BytesIO(header + rest))

    assert all(stream.size >= 0 for stream in compound.streams.values())


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_no_number_at_all(number: float) -> None:
    """Infinities and not-a-number, which binary formats can hold, are damaged numbers and no error of ours."""
    details = Details()

    judge(Cell(1, 0, 0, number=number), ("yyyy-mm-dd",), details)

    assert details.texts == {}
    with pytest.raises(NumberDamaged):
        number_text(number)
