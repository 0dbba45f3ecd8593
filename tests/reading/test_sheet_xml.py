"""The quick search through a sheet's XML finds what parsing finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import long_form

from importer.errors import FileRefused
from importer.reading.child.cell_display import Details, Look, Strikes, column_letters
from importer.reading.child.xlsx_cells import Seen, UnusualError, search
from importer.reading.child.xlsx_rewriting import rewrite_sheet
from importer.reading.limits import Limits

FORMATS = (
    "General",
    "00000",
    "yyyy-mm-dd",
    "yyyy-mm-dd hh:mm",
    "h:mm",
    "[h]:mm",
    "0.00",
    '"APT-"0',
    '"APT-"@',
    'h:mm "PST"',
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

VALUES = st.one_of(
    st.integers(-5, 3_000_000).map(str),
    st.floats(-2, 3_000_000, allow_nan=False).map(repr),
    st.sampled_from(["0", "60", "59.5", "1E+15", "45292", "45292.5", "0.5", "1.5", "x", ""]),
)
FORMULAS = st.sampled_from(["", "<f>A1&amp;B1</f>", '<f t="shared" si="0"/>', "<f></f>"])
WORDS = st.sampled_from(["", "Ana", "O&amp;B", "<![CDATA[x]]>", "12"])
# Type -> what stands in a cell of it; now and then something that the plain manner does not know.
# Cells without a style have the first; of shared texts some have looks of their own.
STRIKES = Strikes(frozenset({0, 2}), texts=frozenset({1, 2}), plain=frozenset({3, 4}))
KINDS = {
    "": VALUES,
    ' t="n"': VALUES,
    ' t="s"': st.integers(0, 9).map(str) | st.sampled_from(["-1", "x", " 1", ""]),
    ' t="str"': WORDS,
    ' t="b"': st.sampled_from(["0", "1", "true", "2"]),
    ' t="e"': st.sampled_from(["#N/A", "#REF!", "#SPILL!", ""]),
    ' t="inlineStr"': WORDS,
}


@st.composite
def cells(draw: st.DrawFn) -> str:
    """Draw a cell without its coordinates: what stands between ``<c r=".."`` and ``</c>``."""
    style = draw(st.sampled_from(["", *(f' s="{number}"' for number in range(len(FORMATS)))]))
    kind = draw(st.sampled_from(sorted(KINDS)))
    formula, value = draw(FORMULAS), draw(KINDS[kind])
    if kind == ' t="inlineStr"':
        return f"{style}{kind}><is><t>{value}</t></is></c>"
    inner = formula + draw(st.sampled_from([f"<v>{value}</v>"] * 3 + ["", "<v></v>", "<v/>"]))
    if draw(st.integers(0, 30)) == 0:
        style, kind = kind, style
    return f"{style}{kind}>{inner}</c>" if inner else f"{style}{kind}/>"


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Draw the rows of a sheet in the plain manner, some of them hidden."""
    rows = []
    for number in draw(st.lists(st.integers(1, 60), unique=True, max_size=8).map(sorted)):
        hidden = draw(st.sampled_from(["", ' hidden="1"', ' spans="1:3"', ' ht="15" hidden="true"', ' hidden="0"']))
        inner = "".join(
            f'<c r="{column_letters(column)}{number}"{draw(cells())}'
            for column in draw(st.lists(st.integers(0, 30), unique=True, max_size=4).map(sorted))
        )
        rows.append(f'<row r="{number}"{hidden}>{inner}</row>' if inner else f'<row r="{number}"{hidden}/>')
    columns = draw(st.sampled_from(["", '<cols><col min="2" max="3" width="9" hidden="1"/></cols>']))
    tail = draw(
        st.sampled_from(["", '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells><rowBreaks count="0"/>'])
    )
    return f"<worksheet {MAIN}>{columns}<sheetData>{''.join(rows)}</sheetData>{tail}</worksheet>"


def searched(sheet: str, block: int) -> tuple[Any, ...]:
    details = Details()
    seen = search(blocks(sheet, block), Look.at(FORMATS, details, Limits(), STRIKES))
    return facts(details, seen)


def parsed(sheet: str, block: int) -> tuple[Any, ...]:
    details = Details()
    seen = rewrite_sheet(blocks(sheet, block), Look.at(FORMATS, details, Limits(), STRIKES), lambda _piece: None)
    return facts(details, seen)


def looked_at(sheet: str, block: int) -> tuple[Any, ...]:
    """Return what is found by the search where it can, else by parsing, as workbooks are read."""
    try:
        return searched(sheet, block)
    except UnusualError:
        return parsed(sheet, block)


def blocks(sheet: str, size: int) -> Any:
    body = sheet.encode()
    return iter([body[start : start + size] for start in range(0, len(body), size)])


def facts(details: Details, seen: Seen) -> tuple[Any, ...]:
    return details.texts, details.around, details.flaws, details.struck, seen.hidden_rows, seen.hidden_columns


def sorted_flaws(found: tuple[Any, ...]) -> tuple[Any, ...]:
    texts, around, flaws, *hidden = found
    return texts, around, {row: sorted(of_row) for row, of_row in flaws.items()}, *hidden


@given(sheet=sheets(), block=st.integers(20, 400))
@settings(max_examples=long_form(200), deadline=None)
def test_search_finds_what_parsing_finds(sheet: str, block: int) -> None:
    """Texts, flaws, strikes and hidden rows are the same by either way, wherever the blocks of bytes are cut."""
    try:
        found = searched(sheet, block)
    except UnusualError:
        return

    assert sorted_flaws(found) == sorted_flaws(parsed(sheet, block))


PLAIN = (
    '<row r="2" hidden="1"><c r="A2" s="1"><v>42</v></c><c r="B2" t="e"><v>#N/A</v></c></row>'
    '<row r="3"><c r="A3"><f>A1</f></c><c r="B3" s="3"><v>45292</v></c></row>'
)


@pytest.mark.parametrize(
    ("manner", "rows"),
    [
        pytest.param("plain", PLAIN, id="plain"),
        pytest.param("prefixed", PLAIN, id="prefixed"),
        pytest.param("order", PLAIN.replace('r="A2" s="1"', 's="1" r="A2"'), id="style-first"),
        pytest.param(
            "order",
            PLAIN.replace('<c r="B2" t="e">', '<c t="e" s="0" r="B2">').replace('r="B3" s="3"', 'r="B3" t="n" s="3"'),
            id="type-first",
        ),
        pytest.param(
            "no-places",
            PLAIN.replace(' r="A2"', "").replace(' r="B2"', "").replace(' r="A3"', "").replace(' r="B3"', ""),
            id="no-coordinates",
        ),
        pytest.param("no-rows", PLAIN.replace('<row r="3">', "<row>"), id="no-row-number"),
        pytest.param("quotes", PLAIN.replace('"', "'"), id="single-quotes"),
        pytest.param("comment", PLAIN.replace("<row", "<!-- a comment --><row"), id="comments"),
        pytest.param("cdata", PLAIN.replace("#N/A", "<![CDATA[#N/A]]>"), id="cdata"),
        pytest.param("lines", PLAIN.replace("<c ", "<c\n"), id="line-breaks-in-tags"),
    ],
)
def test_any_manner_of_writing_gives_the_same(manner: str, rows: str) -> None:
    """However a program writes its XML, the details are those of the plain manner."""
    sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    if manner == "prefixed":
        sheet = sheet.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:").replace("xmlns=", "xmlns:x=")

    texts, _, flaws, _, hidden_rows, _ = looked_at(sheet, 100)

    assert texts == {2: {0: "00042"}, 3: {1: "2024-01-01T00:00:00"}}
    assert flaws == {2: [(1, "cell_error", "#N/A")], 3: [(0, "formula_without_value", "")]}
    assert hidden_rows == [2]


@pytest.mark.parametrize("prefix", ["", "x:"], ids=["searched", "parsed"])
def test_rows_are_counted(prefix: str) -> None:
    """More rows than a spreadsheet holds are refused by either way."""
    rows = "".join(f'<{prefix}row r="{number}"/>' for number in range(1, 12))
    main = MAIN.replace("xmlns", "xmlns:x") if prefix else MAIN
    sheet = f"<{prefix}worksheet {main}><{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>"
    look = Look.at(FORMATS, Details(), Limits(rows=10))

    with pytest.raises(FileRefused) as refused:
        rewrite_sheet(blocks(sheet, 50), look, lambda _piece: None) if prefix else search(blocks(sheet, 50), look)

    assert refused.value.code == "too_many_rows"
