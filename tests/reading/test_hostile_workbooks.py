"""Workbooks made to exhaust the machine or to make it talk: refused by content, quickly, and at little cost."""

from __future__ import annotations

import io
import resource
import struct
import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from read_apart import read_apart

from importer.reading import workbook_process
from importer.reading.child import ods
from importer.reading.child.archive import Archive
from importer.reading.limits import Limits
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.errors import FileRefused

Parts = dict[str, Any]
SHEET = "xl/worksheets/sheet1.xml"
GIGABYTE = 1_000_000_000


def _streamed(path: Path, parts: Parts, name: str, blocks: Iterator[bytes]) -> Path:
    """Write a zip with one part that is too large for memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, content in parts.items():
            if other != name:
                archive.writestr(other, content)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as part:
            for block in blocks:
                part.write(block)
    return path


def _repeated(piece: bytes, times: int) -> bytes:
    """Return what deflating a piece many times over gives, without doing so."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    once = deflater.compress(piece) + deflater.flush(zlib.Z_FULL_FLUSH)
    return once * times + deflater.flush()


def _with_raw_part(path: Path, parts: Parts, name: str, raw: bytes, declared_size: int) -> None:
    """Write a zip with one part that was deflated elsewhere, and declare its size as wished."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, part in parts.items():
            if other != name:
                archive.writestr(other, part)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.compress_size, info.file_size, info.CRC = len(raw), declared_size, 0
        info.header_offset = archive.start_dir
        archive.fp.seek(archive.start_dir)
        archive.fp.write(info.FileHeader(zip64=False) + raw)
        archive.start_dir = archive.fp.tell()
        archive.filelist.append(info)
        archive.NameToInfo[info.filename] = info
        archive._didModify = True
    path.write_bytes(written.getvalue())


def _one_big_sheet(path: Path, parts: Parts) -> None:
    rows = b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 20_000
    _with_raw_part(path, parts, SHEET, _repeated(rows, GIGABYTE // len(rows)), GIGABYTE)


def _shared_strings(path: Path, parts: Parts) -> None:
    strings = b"<si><t>" + b"x" * 1_000_000 + b"</t></si>"
    _with_raw_part(path, parts, "xl/sharedStrings.xml", _repeated(strings, GIGABYTE // len(strings)), GIGABYTE)


def _whitespace(path: Path, parts: Parts) -> None:
    _with_raw_part(path, parts, SHEET, _repeated(b" " * 1_000_000, 1_000), GIGABYTE)


def _sixty_thousand_entries(path: Path, parts: Parts) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for number in range(60_000):
            archive.writestr(f"xl/{number}.xml", b"")


def _lying_sizes(path: Path, parts: Parts) -> None:
    """Declare one kilobyte where a gigabyte comes out."""
    _with_raw_part(path, parts, SHEET, _repeated(b" " * 1_000_000, 1_000), 1_000)


def _overlapping_entries(path: Path, parts: Parts) -> None:
    """Let five hundred names share one compressed part, as the known bomb of 42 kilobytes does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        shared = zipfile.ZipInfo("xl/0.xml")
        shared.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(shared, b" " * 500_000)
        for number in range(1, 500):
            twin = zipfile.ZipInfo(f"xl/{number}.xml")
            for fact in ("compress_type", "compress_size", "file_size", "CRC", "header_offset"):
                setattr(twin, fact, getattr(shared, fact))
            archive.filelist.append(twin)


BOMBS = [
    pytest.param(_one_big_sheet, "workbook_bomb", id="one-big-sheet"),
    pytest.param(_shared_strings, "workbook_bomb", id="shared-strings"),
    pytest.param(_whitespace, "workbook_bomb", id="whitespace"),
    pytest.param(_sixty_thousand_entries, "workbook_bomb", id="60000-entries"),
    pytest.param(_lying_sizes, "workbook_bomb", id="lying-sizes"),
    pytest.param(_overlapping_entries, "workbook_bomb", id="overlapping-entries"),
]


@pytest.mark.parametrize(("build", "code"), BOMBS)
def test_refuses_bomb(
    tmp_path: Path,
    parts_of_a_workbook: Parts,
    refusal: Callable[..., FileRefused],
    build: Callable[[Path, Parts], None],
    code: str,
) -> None:
    """A zip that would unpack without end is refused in seconds of processor time, and nothing is laid out in memory."""
    path = tmp_path / "bomb.xlsx"
    build(path, parts_of_a_workbook)

    apart = read_apart(path)

    assert refusal(path).code == apart.code == code
    assert apart.seconds < 2
    assert apart.child_kb < 600_000


def _seconds_used() -> float:
    children, ours = (resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    return children.ru_utime + children.ru_stime + ours.ru_utime + ours.ru_stime


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)
)


@pytest.mark.parametrize(
    "declaration",
    [
        pytest.param(ENTITIES + "]>", id="entity-bomb"),
        pytest.param('<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>', id="external-entity"),
        pytest.param('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', id="external-dtd"),
        pytest.param("<!-- " + " " * 3_000_000 + " --><!DOCTYPE x [ ]>", id="behind-a-long-comment"),
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_refuses_declaration(  # noqa: PLR0917  # a table of three dimensions
    tmp_path: Path,
    parts_of_a_workbook: Parts,
    refusal: Callable[..., FileRefused],
    declaration: str,
    part: str,
    encoding: str,
) -> None:
    """A document type declaration in any part is refused before a parser sees it, whatever its encoding."""
    parts = parts_of_a_workbook
    content = str(parts.get(part, "<sst/>")).partition("?>\n")[2] or "<sst/>"
    parts[part] = (f'<?xml version="1.0" encoding="{encoding}"?>\n' + declaration + content).encode(encoding)
    path = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)

    assert refusal(path).code == "workbook_declaration"


def test_refuses_two_parts_of_one_name(
    tmp_path: Path, parts_of_a_workbook: Parts, refusal: Callable[..., FileRefused]
) -> None:
    """Two parts of one name could be one thing to the gate and another to the reader."""
    path = tmp_path / "twins.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts_of_a_workbook.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(SHEET, "<worksheet/>")

    assert refusal(path).code == "workbook_bomb"


def test_refuses_encrypted_zip(tmp_path: Path, parts_of_a_workbook: Parts, refusal: Callable[..., FileRefused]) -> None:
    """A zip with encrypted parts is told apart from a damaged one."""
    path = tmp_path / "encrypted.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts_of_a_workbook.items():
            archive.writestr(name, content)
        for info in archive.filelist:
            info.flag_bits |= 1

    assert refusal(path).code == "workbook_encrypted"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_refuses_truncated_workbook(
    tmp_path: Path, xlsx: Callable[..., Path], refusal: Callable[..., FileRefused], share: float
) -> None:
    """A workbook that was cut off while it was copied is refused, never read in part."""
    whole = xlsx('<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>').read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: int(len(whole) * share)])

    assert refusal(path).code == "workbook_damaged"


def test_flipped_bits_are_never_read_as_values(
    tmp_path: Path, xlsx: Callable[..., Path], read: Callable[..., Any]
) -> None:
    """Wherever one bit of a workbook is flipped, it is refused or yields the very same rows."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>phone{n}</t></is></c></row>' for n in range(1, 4))
    whole = xlsx(rows).read_bytes()
    intact = read(tmp_path / "book.xlsx").rows
    outcomes = set()
    for place in range(0, len(whole), len(whole) // 16):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        path = tmp_path / "flipped.xlsx"
        path.write_bytes(flipped)
        try:
            outcomes.add(read(path).rows == intact)
        except Exception as refused:  # noqa: BLE001  # whatever it is, its type is judged
            outcomes.add(type(refused).__name__)

    assert outcomes <= {True, "FileRefused"}
    assert "FileRefused" in outcomes


def test_child_dies_of_its_memory_limit_alone(
    xlsx: Callable[..., Path], refusal: Callable[..., FileRefused], read: Callable[..., Any]
) -> None:
    """A value in the last cell of a sheet asks the reader for hundreds of gigabytes; the file is refused, we live."""
    far = xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    started = time.monotonic()

    refused = refusal(far)

    assert refused.code == "workbook_too_large"
    assert time.monotonic() - started < 10


def test_declared_dimension_is_not_believed(xlsx: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A sheet that declares the largest possible size and holds two rows is read as two rows."""
    path = xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row><row r="2"><c r="A2"><v>4155552671</v></c></row>',
        before='<dimension ref="A1:XFD1048576"/>',
    )

    assert read(path).rows == {2: ["4155552671"]}


@pytest.mark.long
def test_styled_blank_rows_are_no_rows(tmp_path: Path, parts_of_a_workbook: Parts) -> None:
    """A million rows with formats and no values cost seconds and yield nothing."""
    head = str(parts_of_a_workbook[SHEET]).partition("</sheetData>")[0].encode()
    numbers = range(2, 1_000_002)
    blank = (
        b"".join(
            b'<row r="%d" spans="1:2"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (n, n, n)
            for n in numbers[i : i + 1000]
        )
        for i in range(0, 1_000_000, 1000)
    )

    def blocks() -> Iterator[bytes]:
        yield head
        yield from blank
        yield b"</sheetData></worksheet>"

    path = _streamed(tmp_path / "styled.xlsx", parts_of_a_workbook, SHEET, blocks())

    apart = read_apart(path)

    assert (apart.code, apart.rows) == ("", 0)
    assert apart.seconds < 10
    assert apart.child_kb < 600_000


@pytest.mark.long
def test_four_million_tiny_rows_are_refused(
    tmp_path: Path, parts_of_a_workbook: Parts, refusal: Callable[..., FileRefused]
) -> None:
    """More rows than a spreadsheet program can show are refused with their number."""
    head = str(parts_of_a_workbook[SHEET]).partition("</sheetData>")[0].encode()

    def blocks() -> Iterator[bytes]:
        yield head
        for first in range(2, 4_000_002, 10_000):
            yield b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(first, first + 10_000))
        yield b"</sheetData></worksheet>"

    path = _streamed(tmp_path / "tiny.xlsx", parts_of_a_workbook, SHEET, blocks())
    before = _seconds_used()

    assert refusal(path).code == "too_many_rows"
    assert _seconds_used() - before < 10


def test_slow_workbook_is_given_up(xlsx: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """A child that does not answer within its time is killed, and the file refused."""
    path = xlsx('<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>')

    assert refusal(path, limits=Limits(seconds=0.001)).code == "workbook_too_slow"


def test_child_ends_with_its_reader(xlsx: Callable[..., Path]) -> None:
    """A caller that leaves in the middle leaves no process behind."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 30_000))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime

    with open_sheet(xlsx(rows), chunk_rows=100) as sheet:
        next(sheet.chunks())

    # A process that was waited for is added to what the children used.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before


def test_compound_chain_that_runs_in_a_circle(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """An old workbook whose sector chain never ends is refused instead of being followed for ever."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<IIIII", header, 48, 0, 0, 4096, 0, 1)
    struct.pack_into("<II", header, 68, 0, 1)
    struct.pack_into("<109I", header, 76, 0, *([0xFFFFFFFF] * 108))
    path = tmp_path / "circle.xls"
    path.write_bytes(bytes(header) + struct.pack("<128I", *([0] * 128)))

    assert refusal(path).code == "workbook_damaged"


def test_compound_table_that_lists_itself(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A table of sectors that claims to be huge and leads back to itself is followed once, however much it claims."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<9I", header, 40, 0, 8_000_000, 0, 0, 4096, 0xFFFFFFFE, 0, 0, 62_992)
    struct.pack_into("<109I", header, 76, *([0] * 109))
    path = tmp_path / "itself.xls"
    path.write_bytes(bytes(header) + bytes(512 * 2000))

    began = time.monotonic()
    assert refusal(path).code == "workbook_damaged"
    assert time.monotonic() - began < 5


def test_time_of_a_whole_command_ends_a_workbook(
    xlsx: Callable[..., Path], refusal: Callable[..., FileRefused]
) -> None:
    """A child that is still busy when the command's time is over is killed, however long its own step may take."""
    path = xlsx('<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>')

    refused = refusal(path, until=time.monotonic() + 0.01)

    assert refused.code == "check_too_long"
    assert "--check-seconds" in refused.fix


def _ods(path: Path, *rows: tuple[int, str, int]) -> Path:
    """Write a sheet of two headings and of rows as (how often, the text of its cells, how many these are)."""
    told = "".join(
        f'<table:table-row table:number-rows-repeated="{times}">'
        f'<table:table-cell table:number-columns-repeated="{cells}">{f"<text:p>{text}</text:p>" if text else ""}'
        "</table:table-cell></table:table-row>"
        for times, text, cells in ((1, "phone", 1), *rows)
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="A">{told}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return path


REPEATING = [
    pytest.param([(200_000, "x", 213)], id="one-row"),
    pytest.param([(ods.MOST_REPEATED + 1, "x", 1)], id="once-too-often"),
    pytest.param([(9_999, f"{n}" + "x" * 500, 100) for n in range(2)], id="much-text"),
    pytest.param([(9_999, f"{n % 10}", 255) for n in range(100)], id="many-cells"),
]


@pytest.mark.parametrize("rows", REPEATING)
def test_refuses_rows_that_repeat_without_end(tmp_path: Path, rows: list[tuple[int, str, int]]) -> None:
    """A kilobyte that says that its rows stand there a million times is refused before any of them is handed on."""
    apart = read_apart(_ods(tmp_path / "repeats.ods", *rows))

    assert apart.code == "workbook_bomb"
    assert apart.seconds < 4
    assert apart.child_kb < 200_000


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        pytest.param([(3, "a", 1), (2, "b", 1)], {2: "a", 3: "a", 4: "a", 5: "b", 6: "b"}, id="some-alike"),
        pytest.param([(1, "a", 1), (1_000_000, "", 16_384), (1, "b", 1)], {2: "a", 1_000_003: "b"}, id="blank"),
        pytest.param([(1, "a", 1), (1_048_574, "", 1_024)], {2: "a"}, id="blank-to-the-end"),
    ],
)
def test_reads_rows_that_repeat_a_little(
    tmp_path: Path, read: Callable[..., Any], rows: list[tuple[int, str, int]], last: dict[int, str]
) -> None:
    """Real sheets repeat a filled row a few times, and blank ones down to the last row that there is."""
    assert read(_ods(tmp_path / "book.ods", *rows)).rows == {number: [text] for number, text in last.items()}


def test_reads_filled_rows_up_to_the_bound(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A column that was filled down some thousand rows is read whole."""
    assert len(read(_ods(tmp_path / "book.ods", (ods.MOST_REPEATED, "FALSE", 1))).rows) == ods.MOST_REPEATED


def test_repeated_text_counts_as_unpacked(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """What a row becomes is held against the limit for what is unpacked."""
    path = _ods(tmp_path / "book.ods", (500, "x" * 1_000, 10))

    assert refusal(path, limits=Limits(unpacked_bytes=4_000_000)).code == "workbook_bomb"


def test_pieces_of_a_sheet_by_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long rows that repeat are handed on before there are two thousand of them."""
    monkeypatch.setattr(ods, "PIECE_CHARACTERS", 100_000)
    with _ods(tmp_path / "book.ods", (500, "x" * 1_000, 10)).open("rb") as file:
        grid = ods.ods_grid_of(Archive(file, Limits()), None, Limits())
        pieces = [len(piece.rows) for piece in grid.pieces()]

    assert sum(pieces) == 501
    assert max(pieces) <= 11


def test_batches_of_a_workbook_by_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a workbook are gathered by what they hold, too, as those of CSV are; none is lost on the way."""
    monkeypatch.setattr(workbook_process, "CHARACTERS_AT_FIRST", 10_000)
    monkeypatch.setattr(workbook_process, "MOST_CHARACTERS", 50_000)
    path = _ods(tmp_path / "book.ods", *[(1_000, f"{n}" + "x" * 30, 2) for n in range(20)])
    with open_sheet(path) as sheet:
        chunks = [list(chunk.frame.index) for chunk in sheet.chunks()]

    assert max(map(len, chunks)) <= 2_000
    assert [number for chunk in chunks for number in chunk] == list(range(2, 20_002))


def test_batches_of_a_text_apart_by_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a text that the other process reads are gathered by what they hold, too."""
    monkeypatch.setattr(workbook_process, "MOST_CHARACTERS", 50_000)
    path = tmp_path / "sheet.csv"
    path.write_text("phone,note\n" + "".join(f"{n},{'x' * 30}\n" for n in range(20_000)))
    with open_sheet(path, texts_apart=True) as sheet:
        chunks = [list(chunk.frame.index) for chunk in sheet.chunks()]

    assert max(map(len, chunks)) <= 2_050
    assert sum(map(len, chunks)) == 20_000


def _odf(path: Path, inner: str, styles: str = "") -> Path:
    """Write an OpenDocument sheet of these rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
            f'<office:spreadsheet><table:table table:name="A">{inner}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
    return path


def _cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def test_elements_within_each_other_without_end(tmp_path: Path) -> None:
    """Five kilobytes of a hundred thousand parts of a text within each other are refused at once."""
    deep = "<text:span>" * 100_000 + "x" + "</text:span>" * 100_000
    apart = read_apart(_odf(tmp_path / "deep.ods", f"<table:table-row>{_cell(deep)}</table:table-row>"))

    assert apart.code == "workbook_damaged"
    assert apart.seconds < 4


def test_styles_that_take_over_from_each_other(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A style that takes over from twenty thousand others is looked up once, and its line is seen in each cell."""
    off = '<style:text-properties style:text-line-through-style="solid"/>'
    chain = "".join(
        f'<style:style style:name="s{at + 1}" style:parent-style-name="s{at}" style:family="table-cell"/>'
        for at in range(20_000)
    )
    styles = f'<style:style style:name="s0" style:family="table-cell">{off}</style:style>{chain}'
    cell = _cell("Ana", ' table:style-name="s20000"')
    row = f"<table:table-row>{cell}</table:table-row>"
    began = time.process_time()
    seen = read(
        _odf(tmp_path / "chain.ods", f"<table:table-row>{_cell('name')}</table:table-row>{row * 3_000}", styles)
    )

    assert len([flaw for flaw in seen.flaws if flaw.code == "struck_through"]) == 3_000
    assert time.process_time() - began < 4


def test_rows_that_repeat_in_many_places(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """Repeated rows are counted together, not only each by itself."""
    assert refusal(_ods(tmp_path / "book.ods", *[(9_999, "x", 1), (9_999, "y", 1)] * 6)).code == "workbook_bomb"


def test_merged_ranges_over_each_other(tmp_path: Path, parts_of_a_workbook: Parts, read: Callable[..., Any]) -> None:
    """Thousands of ranges beside the cells are not gone through for each row; one that comes twice is told once."""
    beside = "".join(f'<mergeCell ref="H1:H{1_048_576 - at}"/>' for at in range(20_000))
    rows = "".join(f'<row r="{at}"><c r="A{at}"><v>1</v></c><c r="B{at}"><v>2</v></c></row>' for at in range(1, 5_001))
    merged = f'<mergeCells>{beside}<mergeCell ref="A2:B2"/><mergeCell ref="A2:B2"/></mergeCells>'
    path = _streamed(
        tmp_path / "book.xlsx",
        parts_of_a_workbook,
        SHEET,
        iter([f"{_SHEET_BEGIN}{rows}</sheetData>{merged}</worksheet>".encode()]),
    )
    began = time.process_time()
    seen = read(path)

    assert [(flaw.row, flaw.column) for flaw in seen.flaws if flaw.code == "merged_cells"] == [(2, 1)]
    assert time.process_time() - began < 8


_SHEET_BEGIN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
