"""A workbook reads the same however its XML is written, and is refused where it says one thing twice."""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import long_form
from made_workbooks import HEADER, MAIN, skeleton, zipped

from importer.errors import FileRefused
from importer.reading.child.calamine_grid import grid_of
from importer.reading.file_type import Content
from importer.reading.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMATS = ("00000", "yyyy-mm-dd hh:mm", "&quot;APT-&quot;0", "[h]:mm", "&quot;N-&quot;@")
HEADINGS = ("Appointment ID", "Phone", "Start", "Note")
TEXTS = st.sampled_from(["Ana", "O'Brien & Co", "<b>", " two  blanks ", "Zoë", "", "a\nb", "😀"])
NUMBERS = st.sampled_from(["42", "0", "7.5", "46450", "46450.5", "123456", "-3", "1E2"])


@st.composite
def tables(draw: st.DrawFn) -> list[list[tuple[str, int, str]]]:
    """Draw rows of cells: type, style, value."""
    text = st.tuples(st.sampled_from(["inlineStr", "str"]), st.sampled_from([0, 0, 5]), TEXTS)
    number = st.tuples(st.just("n"), st.integers(0, 5), NUMBERS)
    error = st.tuples(st.just("e"), st.just(0), st.sampled_from(["#N/A", "#REF!"]))
    truth = st.tuples(st.just("b"), st.just(0), st.sampled_from(["0", "1"]))
    return draw(st.lists(st.lists(text | number | error | truth, min_size=4, max_size=4), min_size=1, max_size=5))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cell(place: str, kind: str, style: int, value: str) -> str:
    begin = f'<c r="{place}"' + (f' s="{style}"' if style else "") + (f' t="{kind}"' if kind != "n" else "")
    if kind == "inlineStr":
        return f'{begin}><is><t xml:space="preserve">{escaped(value)}</t></is></c>'
    return f"{begin}><v>{escaped(value)}</v></c>"


def sheet_of(table: list[list[tuple[str, int, str]]]) -> str:
    """Return the sheet in the plain manner."""
    rows = [[("inlineStr", 0, heading) for heading in HEADINGS], *table]
    inner = "".join(
        f'<row r="{number}">{"".join(cell("ABCD"[at] + str(number), *of) for at, of in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return f'{HEADER}<worksheet xmlns="{MAIN}"><dimension ref="A1:D{len(rows)}"/><sheetData>{inner}</sheetData></worksheet>'


def prefixed(sheet: str) -> str:
    body = sheet.removeprefix(HEADER)
    return HEADER + re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", body).replace("xmlns=", "xmlns:x=")


def without_places(sheet: str) -> str:
    return re.sub(r' r="[A-D]?\d+"', "", sheet)


def numbers_as_entities(sheet: str) -> str:
    return re.sub(r"<v>(\d)", lambda found: f"<v>&#{ord(found[1])};", sheet)


MANNERS: dict[str, Callable[[str], str]] = {
    "plain": lambda sheet: sheet,
    "blanks": lambda sheet: re.sub(r"(<row [^>]*>|</c>|</row>|<sheetData>)", "\\1\n  ", sheet),
    "blanks in cells": lambda sheet: re.sub(r"(<c [^>]*>)(<v>|<is>)", "\\1\n\t\\2", sheet),
    "blanks in numbers": lambda sheet: re.sub(r"(<c r=\"\w+\"(?: s=\"\d\")?>)<v>([^<]*)</v>", r"\1<v> \2 </v>", sheet),
    "type first": lambda sheet: re.sub(r'<c (r="\w+")( s="\d")?( t="\w+")?', r"<c\3\2 \1", sheet),
    "style last": lambda sheet: re.sub(r'<c (r="\w+")( s="\d")?( t="\w+")?', r"<c \1\3\2", sheet),
    "single quotes": lambda sheet: re.sub(r"(<[cr][^>]*>)", lambda tag: tag[1].replace('"', "'"), sheet),
    "prefix": prefixed,
    "comments": lambda sheet: sheet.replace("<v>", "<!-- <v>9</v> --><v>"),
    "sections": lambda sheet: re.sub(r"<v>([-\d.E]+)</v>", r"<v><![CDATA[\1]]></v>", sheet),
    "entities": numbers_as_entities,
    "no places": without_places,
    "wide tags": lambda sheet: sheet.replace("<c ", "<c \n").replace("/>", " />"),
    "rows as dimension": lambda sheet: re.sub(r'ref="A1:D(\d+)"', r'ref="1:\1"', sheet),
    "small letters": lambda sheet: re.sub(r'r="([A-D])(\d+)"', lambda at: f'r="{at[1].lower()}{at[2]}"', sheet),
    "type of numbers": lambda sheet: re.sub(r'(<c r="\w+"(?: s="\d")?)>', r'\1 t="n">', sheet),
    "utf-16": lambda sheet: sheet.replace("UTF-8", "UTF-16"),
}  # fmt: skip


def seen(sheet: str, *, encoding: str = "utf-8") -> Any:
    """Return the rows and flaws of a workbook with this sheet."""
    parts = skeleton(FORMATS, sheet="")
    parts["xl/worksheets/sheet1.xml"] = sheet.encode(encoding)
    grid = grid_of(io.BytesIO(zipped(parts)), Content.XLSX, None, Limits())
    pieces = list(grid.pieces())
    rows = {number: row for piece in pieces for number, row in zip(piece.numbers, piece.rows, strict=True)}
    return rows, sorted(flaw for piece in pieces for flaw in piece.flaws)


@pytest.mark.parametrize("manner", MANNERS)
@given(table=tables())
@settings(max_examples=max(25, long_form(25 * len(MANNERS)) // len(MANNERS)), deadline=None)
def test_any_form_reads_the_same(manner: str, table: list[list[tuple[str, int, str]]]) -> None:
    """Blanks, prefixes, quotes, entities, comments, order of attributes, encodings: the twin in the plain manner."""
    plain = sheet_of(table)

    found = seen(MANNERS[manner](plain), encoding="utf-16" if manner == "utf-16" else "utf-8")

    assert found == seen(plain)


def test_formats_hold_in_the_last_row_of_a_large_sheet() -> None:
    """One cell with its attributes in another order, behind megabytes of plain ones, keeps its number format."""
    table = [
        [("n", 1, str(number)), ("inlineStr", 0, "x" * 300), ("n", 2, "46450.5"), ("n", 0, "1")]
        for number in range(4_000)
    ]
    late = sheet_of(table).replace('<c r="A4001" s="1">', '<c r="A4001" t="n" s="1">')
    assert len(late) > 1 << 20

    rows, flaws = seen(late)

    assert (rows[4000][0], rows[4001][0], rows[4001][2]) == ("03998", "03999", "2027-03-04T12:00:00")
    assert flaws == []


PLAIN_ROWS = "".join(
    f'<row r="{n}">{cell(f"A{n}", "inlineStr", 0, f"id{n}")}{cell(f"B{n}", "n", 0, str(n))}</row>' for n in range(1, 6)
)
TWICE = {
    "row twice": lambda rows: rows.replace('<row r="3">', '<row r="2">').replace("A3", "A2").replace("B3", "B2"),
    "rows in disorder": lambda rows: re.sub(r'(<row r="2">.*?</row>)(<row r="3">.*?</row>)', r"\2\1", rows),
    "cell twice": lambda rows: rows.replace(cell("B3", "n", 0, "3"), cell("B3", "n", 0, "3") + cell("B3", "n", 0, "9")),
    "cells in disorder": lambda rows: rows.replace('r="A3"', 'r="C3"'),
    "cell in another row": lambda rows: rows.replace('r="B3"', 'r="B4"').replace('r="B4"><v>4', 'r="B3"><v>4'),
    "two values": lambda rows: rows.replace("<v>3</v>", "<v>3</v><v>4</v>"),
    "text and value": lambda rows: rows.replace("<v>3</v>", "<is><t>4</t></is><v>3</v>"),
    "two tables": lambda rows: rows + f"</sheetData><sheetData>{rows}",
    "far behind": lambda rows: rows + "".join(f'<row r="{n}"/>' for n in range(6, 90_000)) + '<row r="7"/>',
}  # fmt: skip


@pytest.mark.parametrize("how", TWICE)
@pytest.mark.parametrize("prefix", [False, True], ids=["plain", "prefixed"])
def test_what_is_said_twice_is_refused(how: str, prefix: bool) -> None:
    """Rows and cells that stand twice, in disorder or in another's place refuse the file, in each manner of XML."""
    sheet = f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{TWICE[how](PLAIN_ROWS)}</sheetData></worksheet>'

    with pytest.raises(FileRefused) as refused:
        seen(prefixed(sheet) if prefix else sheet)

    assert refused.value.code == "workbook_contradictory"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", '<sheet name="Sheet1"', '<sheet name="Sheet1" sheetId="2" r:id="rId1"/><sheet name="Sheet1"'),
        ("xl/_rels/workbook.xml.rels", 'Id="rId2"', 'Id="rId1"'),
        ("xl/styles.xml", "<numFmts", '<numFmts><numFmt numFmtId="164" formatCode="0"/></numFmts><numFmts'),
    ],
    ids=["sheet", "relationship", "format"],
)  # fmt: skip
def test_directory_that_says_a_thing_twice(part: str, old: str, new: str) -> None:
    """Two sheets of one name, two parts of one id, two formats of one number: nobody knows which is meant."""
    parts = skeleton(FORMATS, sheet=sheet_of([]))
    assert old in str(parts[part])
    parts[part] = str(parts[part]).replace(old, new, 1)

    with pytest.raises(FileRefused) as refused:
        grid_of(io.BytesIO(zipped(parts)), Content.XLSX, None, Limits())

    assert refused.value.code == "workbook_contradictory"


@pytest.mark.parametrize("value", ["2125550101", "1E9", "-9E15", "1e300", "99999999.5"])
def test_elapsed_time_beyond_all_bounds(value: str) -> None:
    """A huge number in a cell for elapsed times is a problem of that cell, and its neighbours are read."""
    rows, flaws = seen(sheet_of([[("inlineStr", 0, "a"), ("n", 4, value), ("n", 1, "7"), ("n", 4, "1.5")]]))

    assert [(row, column, code) for row, column, code, _ in flaws] == [(2, 1, "date_impossible")]
    assert (rows[2][0], rows[2][2], rows[2][3]) == ("a", "00007", "36:00:00")


def test_errors_that_the_fast_reader_does_not_know() -> None:
    """An error of a newer program is one like any other, and refuses no file."""
    _, flaws = seen(
        sheet_of(
            [[("e", 0, word), ("n", 0, "1"), ("n", 0, "2"), ("n", 0, "3")] for word in ("#SPILL!", "#CALC!", "#BEZUG!")]
        )
    )

    assert flaws == [(row, 0, "cell_error", word) for row, word in ((2, "#SPILL!"), (3, "#CALC!"), (4, "#BEZUG!"))]


@pytest.mark.parametrize("index", ["-1", "x", "99"])
def test_text_that_is_not_there(index: str) -> None:
    """An index of no shared text refuses the file; it is never another text."""
    sheet = sheet_of([[("s", 0, index), ("n", 0, "1"), ("n", 0, "2"), ("n", 0, "3")]])

    with pytest.raises(FileRefused) as refused:
        seen(sheet)

    assert refused.value.code == "workbook_damaged"


def test_shared_texts_in_any_form() -> None:
    """Shared texts in pieces, with pronunciation, sections or in UTF-16 are the texts that a person sees."""
    strings = (
        f'<?xml version="1.0" encoding="UTF-16"?><s:sst xmlns:s="{MAIN}"><s:si><s:t>Ph<!-- x -->one</s:t></s:si>'
        "<s:si><s:r><s:t>A</s:t></s:r><s:r><s:t>n<![CDATA[a]]></s:t></s:r><s:rPh><s:t>no</s:t></s:rPh></s:si></s:sst>"
    )
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    parts = skeleton(FORMATS, sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
    parts["xl/sharedStrings.xml"] = strings.encode("utf-16")
    rels = str(parts["xl/_rels/workbook.xml.rels"])
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts["xl/_rels/workbook.xml.rels"] = rels.replace(
        "</Relationships>", f'<Relationship Id="rId9" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    )

    grid = grid_of(io.BytesIO(zipped(parts)), Content.XLSX, None, Limits())

    assert [row for piece in grid.pieces() for row in piece.rows] == [["Phone"], ["Ana"]]


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ('"APT-"0', "123", "APT-123"),
        ('0"A"', "7", "7A"),
        (r"\A\P\T\-0", "5", "APT-5"),
        ('"ID "General', "9", "ID 9"),
        ('"#"0', "4", "#4"),
        ('"V"000', "4", "V004"),
        ("+0", "12125550101", "+12125550101"),
        ('[Blue]"K"0;[Red]-"K"0', "8", "K8"),
        ('"APT-"@', "123", "APT-123"),
        ('"$"0', "12", "12"),
        ("[$€-407] 0", "12", "12"),
        ("#,##0", "1234", "1234"),
        ("0_);(0)", "12", "12"),
        ("0%", "1", "1"),
    ],
)
def test_number_formats_of_ids(code: str, number: str, text: str) -> None:
    """What a format shows around a number belongs to it, but for signs of money and percent."""
    sheet = f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" s="1"><v>{number}</v></c></row></sheetData></worksheet>'
    parts = skeleton((code.replace('"', "&quot;"),), sheet=sheet)

    grid = grid_of(io.BytesIO(zipped(parts)), Content.XLSX, None, Limits())

    assert next(grid.pieces()).rows == [[text]]


def test_records_that_stand_twice_in_an_old_workbook(tmp_path: Path) -> None:
    """A cell of an XLS workbook that stands there twice refuses the file."""
    import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    sheet = book.add_sheet("Week")
    sheet.write(0, 0, "phone")
    sheet.write(1, 0, 4155552671.5)
    sheet.write(1, 1, 4155552672.5)
    path = tmp_path / "twice.xls"
    book.save(path)
    second = struct.pack("<HHHH", 0x203, 14, 1, 1)
    assert path.read_bytes().count(second) == 1
    path.write_bytes(path.read_bytes().replace(second, struct.pack("<HHHH", 0x203, 14, 1, 0)))

    with path.open("rb") as file, pytest.raises(FileRefused) as refused:
        grid_of(file, Content.XLS, None, Limits())

    assert refused.value.code == "workbook_contradictory"
