"""Cutting columns out of plain lines gives the very cells, numbers and flaws of the careful way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st
from long_form import long_form

from importer.errors import FileRefused
from importer.reading import csv_rows, fast_csv
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LONG = "a cell of more than sixty-four bytes, which is cut out by itself and told apart as a text"
CELLS = st.sampled_from(
    [
        "",
        "",
        "x",
        "Zoë",
        "2125550101",
        " ",
        "\u00a0",
        "Total",
        "12345678",
        "123456789",
        "#N/A",
        "JosÃ©",
        "Zo+AOs-",
        "3 rows",
        "phone",
        "--",
        LONG,
    ]
)
TEXTS = st.text("ab \té\u2028\u0301😀\ufeff'", max_size=20)
ODD = st.sampled_from(['"', 'a"b', '"a,b"', '"a\nb"', '"torn', '"a"b', "\r", "\x00", "\x07", "a,b", "\ufffd", "\n"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a text file: most rows have the headings' width, and now and then a cell needs care."""
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n"]))
    width = draw(st.integers(1, 4))
    cell = CELLS.map(lambda text: text.replace(",", ";")) | TEXTS.map(lambda text: text.replace("\t", "."))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=14))
    for odd in draw(st.lists(ODD, max_size=2)) if rows else ():
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = odd
    rows += draw(st.lists(st.lists(cell, max_size=6), max_size=1))
    lines = [["phone", "first name", "note", "time"][:width], *rows]
    text = end.join(delimiter.join(cells) for cells in lines) + draw(st.sampled_from(["", end, end * 3]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode("utf-8")


def seen(path: Path) -> Any:
    """Return all that the sheet hands out, whether as columns or as rows, or the code of its refusal."""
    try:
        with open_sheet(path, chunk_rows=4) as sheet:
            chunks = list(sheet.chunks())
    except FileRefused as refused:
        return refused.code, str(refused)
    rows = [
        (int(number), *cells)
        for chunk in chunks
        for number, cells in zip(chunk.frame.index, chunk.frame.to_numpy(dtype=object).tolist(), strict=True)
    ]
    return sheet.headings, sheet.heading_row, sheet.notes, rows, [flaw for chunk in chunks for flaw in chunk.flaws]


@settings(max_examples=long_form(400), deadline=None)
@given(files())
@example(b"phone,note\n" + b"1,\n" * 9 + b"Total,\n" + b"2,\n" * 9)
@example(b"phone,note\n" + b"1,a\r\n" * 9 + b"1,a\r\r\n" + b"2,\n" * 9)
@example(b"phone,note\n" + b"1,a\n" * 9 + b" ,\xc2\xa0\n" + b"2,\n" * 9)
@example(b"phone,note,\n" + b"1,a,\n" * 9)
@example(b"sep=;\nphone;note\n" + b"1;a\n" * 9)
def test_quick_and_careful_ways_see_the_same(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    """Whatever stands in a file, columns cut out of its bytes hold what ``csv.reader`` finds, flaws and all."""
    path = tmp_path_factory.mktemp("plain") / "week.csv"
    path.write_bytes(text)

    with patch.object(csv_rows, "_plain_lines", return_value=None):
        careful = seen(path)
    with patch.object(csv_rows, "ROWS_AT_FIRST", 1):
        assert seen(path) == careful


def test_plain_lines_take_the_quick_way(tmp_path: Path) -> None:
    """A sheet without quotes is cut into columns, all but its first rows and the chunk with a quoted cell."""
    path = tmp_path / "week.csv"
    lines = [f"{number},Ana" for number in range(1000)]
    lines[700] = '700,"Ana, too"'
    path.write_text("\r\n".join(["phone,note", *lines]), encoding="utf-8")

    with patch.object(fast_csv, "_edges", wraps=fast_csv._edges) as cut, open_sheet(path, chunk_rows=100) as sheet:
        chunks = list(sheet.chunks())

    assert cut.call_count == 9
    assert sum(map(len, chunks)) == 1000
    assert [str(chunk.frame.dtypes[1]) for chunk in chunks].count("category") == 9


def test_cells_that_repeat_are_told_apart(tmp_path: Path) -> None:
    """Cells that differ anywhere, also behind their first eight bytes, never become one."""
    path = tmp_path / "week.csv"
    cells = ["", "a", "ab", "12345678", "123456789", "12345678" * 4, "12345678" * 4 + "9", "é" * 32, LONG[:30] * 2]
    path.write_text("".join(f"x,{cell}\n" for cell in ["phone", *(cells * 30)]), encoding="utf-8")

    with open_sheet(path, chunk_rows=100) as sheet:
        chunks = list(sheet.chunks())

    assert [cell for chunk in chunks for cell in chunk.frame[1]] == cells * 30
    assert [len(set(chunk.frame[1])) for chunk in chunks[1:]] == [
        len(chunk.frame[1].cat.categories) for chunk in chunks[1:]
    ]
