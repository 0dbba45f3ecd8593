"""The kind of a file is asked before a confined process reads it: whatever its bytes are, that costs little and ends in an answer."""

from __future__ import annotations

import io
import itertools
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from made_workbooks import HEADING_ROW, ods, skeleton, xls, zipped

from importer.errors import FileRefused
from importer.reading import file_type
from importer.reading.child.archive import Compound
from importer.reading.file_type import Content, content_of
from importer.reading.limits import Limits
from importer.reading.sources import private_copy

if TYPE_CHECKING:
    from pathlib import Path

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
MOST_BYTES = 8_000_000


def _answer(path: Path, content: bytes) -> str:
    """Return the kind of a file, or the code of its refusal."""
    path.write_bytes(content)
    with private_copy(path, Limits()) as copy:
        try:
            return content_of(copy, Limits())
        except FileRefused as refused:
            return refused.code
        finally:
            assert copy.file.tell() == 0


def _ods(method: int, mimetype: bytes = SPREADSHEET) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", mimetype, method)
    return buffer.getvalue()


def _with_impossible_lzma() -> bytes:
    made = bytearray(_ods(zipfile.ZIP_LZMA))
    made[made.index(b"mimetype") + len(b"mimetype") + 4] = 0xFF
    return bytes(made)


def _with_far_offset() -> bytes:
    """Return a zip whose directory says that its entry begins at the last of 2**64 bytes."""
    made = _ods(zipfile.ZIP_STORED)
    start = made.index(b"PK\x01\x02")
    directory = bytearray(made[start : made.index(b"PK\x05\x06")])
    extra = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    directory[42:46] = b"\xff" * 4
    directory[30:32] = struct.pack("<H", len(extra))
    directory += extra
    return made[:start] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), start, 0)


def _compound(shift: int, listed: list[int], rest: bytes, following: int = END) -> bytes:
    """Return a compound file with the numbers of its tables' sectors in its header, or in a sector that follows it."""
    header = bytearray(max(512, 1 << shift))
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, shift, 6)
    struct.pack_into("<IIII", header, 48, 1, 0, 4096, END)
    struct.pack_into("<I", header, 68, following)
    struct.pack_into("<109I", header, 76, *listed, *([FREE] * (109 - len(listed))))
    return bytes(header) + rest


def _workbook_of(shift: int, listed: list[int]) -> bytes:
    """Return a compound file whose one table is sector 0, with a directory in sector 1 that names a workbook."""
    size = 1 << shift
    table = struct.pack("<II", 0xFFFFFFFD, END).ljust(size, b"\xff")
    name = "Workbook".encode("utf-16-le")
    entry = name.ljust(64, b"\0") + struct.pack("<HB", len(name) + 2, 2)
    return _compound(shift, listed, table + entry.ljust(size, b"\0"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_methods_that_are_read(tmp_path: Path, method: int) -> None:
    """An ODS whose kind is stored or deflated is one."""
    assert _answer(tmp_path / "a", _ods(method)) == Content.ODS


@pytest.mark.parametrize("made", [_ods(zipfile.ZIP_BZIP2), _ods(zipfile.ZIP_LZMA), _with_impossible_lzma()])
def test_methods_that_are_not(tmp_path: Path, made: bytes) -> None:
    """One whose kind is packed in another way, well or badly, is damaged."""
    assert _answer(tmp_path / "a", made) == "workbook_damaged"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_kind_that_unpacks_to_much(tmp_path: Path, method: int) -> None:
    """Of a kind that is 40 MB long only its beginning comes out."""
    made = _ods(method, SPREADSHEET + bytes(40_000_000))

    assert _answer_in_little_memory(tmp_path, made) in {Content.ODS, "workbook_damaged"}


def test_entry_that_begins_beyond_every_file(tmp_path: Path) -> None:
    """An entry at a place that no file reaches makes the workbook a damaged one."""
    assert _answer(tmp_path / "a", _with_far_offset()) == "workbook_damaged"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "workbook_too_large"),
        (struct.error(), "workbook_damaged"),
        (OverflowError(), "workbook_damaged"),
        (RecursionError(), "workbook_damaged"),
        (OSError(), "workbook_damaged"),
    ],
)
@pytest.mark.parametrize("content", [zipped(skeleton()), _workbook_of(9, [0])])
def test_any_error_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, error: Exception, code: str
) -> None:
    """Whatever a reader raises at a file's bytes, the file is refused, and no bug of ours."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(file_type, "check_entries", fail)
    monkeypatch.setattr(file_type, "_compound_content", fail)

    assert _answer(tmp_path / "a", content) == code


@pytest.mark.parametrize(
    ("made", "answer"),
    [
        pytest.param(_workbook_of(9, [0]), Content.XLS, id="512"),
        pytest.param(_workbook_of(12, [0]), Content.XLS, id="4096"),
        pytest.param(_workbook_of(9, [0] * 109), Content.XLS, id="filled-up-with-its-own-number"),
        pytest.param(_workbook_of(10, [0]), "workbook_damaged", id="1024"),
        pytest.param(_workbook_of(16, [0]), "workbook_damaged", id="65536"),
    ],
)
def test_sizes_of_sectors(tmp_path: Path, made: bytes, answer: str) -> None:
    """Sectors of the two sizes that there are make a workbook, and of any other none."""
    assert _answer(tmp_path / "a", made) == answer


@pytest.mark.parametrize("shift", [9, 12, 16])
@pytest.mark.parametrize("numbers", [[0], [1], list(range(2, 2000))])
def test_list_of_tables_that_claims_much(tmp_path: Path, shift: int, numbers: list[int]) -> None:
    """Sectors that list one table thousands of times, or every sector as one, cost no more than the file."""
    words = (1 << shift) // 4
    repeated = itertools.islice(itertools.cycle(numbers), 60 * words)
    lists = bytearray(struct.pack(f"<{60 * words}I", *repeated))
    for sector in range(60):  # each leads to the next one
        struct.pack_into("<I", lists, (sector + 1) * 4 * words - 4, sector + 1)
    made = _compound(shift, [], bytes(lists), following=0)

    assert _answer_in_little_memory(tmp_path, made) == "workbook_damaged"


def test_each_table_is_read_once() -> None:
    """Of tables that are listed again and again no more numbers are kept than the file has sectors."""
    words = [1] * 127 + [0]
    made = _compound(9, [1] * 109, struct.pack("<128I", *words) + struct.pack("<128I", *([5] * 128)), following=0)

    assert len(Compound(io.BytesIO(made))._fat) <= len(made) // 512


def _answer_in_little_memory(folder: Path, made: bytes) -> str:
    path = folder / "a"
    path.write_bytes(made)
    with private_copy(path, Limits()) as copy:
        tracemalloc.start()
        try:
            return content_of(copy, Limits())
        except FileRefused as refused:
            return refused.code
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < MOST_BYTES + 2 * len(made)


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return small workbooks of every packed kind."""
    folder = tmp_path_factory.mktemp("kinds")
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    made = [xls(folder / "a.xls"), ods(folder / "b.ods", [["phone"]])]
    packed = [_workbook_of(9, [0]), zipped(skeleton(sheet=HEADING_ROW)), _with_far_offset(), *map(_ods, methods)]
    return [*(path.read_bytes() for path in made), *packed]


_CHANGES = st.lists(
    st.tuples(
        st.integers(0, 600) | st.integers(-200, -1) | st.integers(0, 2**20),
        st.binary(min_size=1, max_size=1)
        | st.sampled_from([b"\xff" * 2, b"\xff" * 4, b"\xff" * 8, bytes(4), b"\xff\xff\xff\x7f"]),
    ),
    min_size=1,
    max_size=6,
)


@given(which=st.integers(0, 8), changes=_CHANGES, cut=st.integers(0, 40))
@example(which=0, changes=[(30, b"\xff\xff")], cut=0)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_bytes_give_an_answer(
    tmp_path: Path, small_files: list[bytes], which: int, changes: list[tuple[int, bytes]], cut: int
) -> None:
    """A workbook of which any bytes are other ones has a kind or is refused."""
    content = bytearray(small_files[which])
    for number, other in changes:
        place = number % len(content)
        content[place : place + len(other)] = other

    assert _answer(tmp_path / "a", bytes(content[: len(content) - cut]))
