"""Workbooks of every kind: typed cells as a person sees them, sheets, hidden and merged cells, formulas and errors."""

from __future__ import annotations

import csv
import datetime as dt
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer
from made_workbooks import HEADER, HEADING_ROW, MAIN, inline, ods, record, skeleton, value, wide, xls, xlsb, zipped

from importer.errors import FileRefused
from importer.reading.file_type import Content, content_of
from importer.reading.limits import Limits
from importer.reading.sheet_choice import open_sheet
from importer.reading.sources import private_copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Read = Any
HEADINGS = ["phone", "externalEventId", "firstName"]


# One cell each: number format, value in the cell, what a person sees.
NUMBERS = [
    ("General", "4155552671", "4155552671"),
    ("General", "4155552671.0", "4155552671"),
    ("General", "4.155552671E9", "4155552671"),
    ("General", "12300000000", "12300000000"),
    ("0.00E+00", "12300000000", "12300000000"),
    ("General", "0.30000000000000004", "0.3"),
    ("General", "45292", "45292"),
    ("General", "45292.4131944444", "45292.4131944444"),
    ("#,##0", "112233", "112233"),
    ("00000", "1234", "01234"),
    ("000-00-0000", "12345678", "012-34-5678"),
    ("(000) 000-0000", "4155552671", "(415) 555-2671"),
    ("General", "-5", "-5"),
    ("General", "0.00001", "0.00001"),
]
DATES = [
    ("yyyy-mm-dd", "45658", "2025-01-01"),
    ("m/d/yyyy", "45292.375", "2024-01-01"),
    ("d-mmm", "45291.99999999", "2024-01-01"),
    ("yyyy-mm-dd hh:mm", "45292", "2024-01-01T00:00:00"),
    ("yyyy-mm-dd hh:mm", "45292.375", "2024-01-01T09:00:00"),
    ("yyyy-mm-dd hh:mm", "45292.4131944444", "2024-01-01T09:55:00"),
    ("yyyy-mm-dd hh:mm", "45292.385416666667", "2024-01-01T09:15:00"),
    ("yyyy-mm-dd hh:mm", "46204.62499999999", "2026-07-01T15:00:00"),
    ("yyyy-mm-dd hh:mm", "45291.99999999", "2024-01-01T00:00:00"),
    ("yyyy-mm-dd hh:mm:ss", "44561.999988425926", "2021-12-31T23:59:59"),
    ("m/d/yyyy", "366", "1900-12-31"),
    ("m/d/yyyy", "2958465", "9999-12-31"),
    ("h:mm AM/PM", "0.375", "09:00:00"),
    ("h:mm", "0.4131944444444", "09:55:00"),
    ("h:mm", "0", "00:00:00"),
    ("h:mm", "45292.375", "09:00:00"),
    ("h:mm", "0.99999999", "00:00:00"),
    ("[h]:mm", "1.5", "36:00:00"),
    ("[h]:mm", "0.0625", "01:30:00"),
]


@pytest.fixture(scope="module")
def numbers_read(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[str]]:
    """Read all of these cells from one workbook, each in a row of its own."""
    cells = [(code, cell) for code, cell, _ in NUMBERS + DATES]
    path = tmp_path_factory.mktemp("numbers") / "book.xlsx"
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" s="{style}"><v>{cell}</v></c>{inline(f"B{row}", "x")}</row>'
        for row, (style, (_, cell)) in enumerate(enumerate(cells, start=1), start=2)
    )
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{HEADING_ROW}{rows}</sheetData></worksheet>'
    path.write_bytes(zipped(skeleton(tuple(code for code, _ in cells), sheet=sheet)))
    with open_sheet(path) as opened:
        (chunk,) = opened.chunks()
    assert chunk.flaws == ()
    return dict(zip(map(int, chunk.frame.index), chunk.frame.to_numpy().tolist(), strict=True))


@pytest.mark.parametrize(
    ("row", "shown"),
    [pytest.param(row, case[2], id=" ".join(case[:2])) for row, case in enumerate(NUMBERS + DATES, start=2)],
)
def test_number_as_a_person_sees_it(numbers_read: dict[int, list[str]], row: int, shown: str) -> None:
    """The number format decides between digits, date, time and both; times are exact to the second."""
    assert numbers_read[row] == [shown, "x"]


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("yyyy-mm-dd", "44196", "2025-01-01"),
        ("yyyy-mm-dd hh:mm", "44561", "2026-01-01T00:00:00"),
        ("yyyy-mm-dd hh:mm", "43830.62499999999", "2024-01-01T15:00:00"),
        ("m/d/yyyy", "43830.375", "2024-01-01"),
        ("General", "44196", "44196"),
    ],
)
def test_epoch_1904(xlsx: Callable[..., Path], read: Read, code: str, value: str, shown: str) -> None:
    """A workbook that counts from 1904 gives the same days, and says how its bare numbers are meant."""
    path = xlsx(HEADING_ROW + f'<row r="2"><c r="A2" s="1"><v>{value}</v></c></row>', formats=(code,), epoch_1904=True)

    seen = read(path)

    assert seen.rows[2][0] == shown
    assert seen.epoch_1904 is True


@pytest.mark.parametrize(
    ("code", "value", "problem"),
    [
        ("General", "1E+15", "number_damaged"),
        ("0", "1234567890123450000", "number_damaged"),
        ("00000", "-1E+15", "number_damaged"),
        ("yyyy-mm-dd", "-3", "date_impossible"),
        ("yyyy-mm-dd", "0", "date_impossible"),
        ("yyyy-mm-dd", "60", "date_impossible"),
        ("yyyy-mm-dd hh:mm", "2958466", "date_impossible"),
        ("h:mm", "-0.5", "date_impossible"),
    ],
)
def test_number_that_is_no_value(xlsx: Callable[..., Path], read: Read, code: str, value: str, problem: str) -> None:
    """A number longer than a spreadsheet keeps, or a date outside the calendar, is a problem of its cell."""
    path = xlsx(
        HEADING_ROW + f'<row r="2"><c r="A2" s="1"><v>{value}</v></c>{inline("B2", "x")}</row>', formats=(code,)
    )

    assert read(path).codes() == [(2, 0, problem)]


@pytest.mark.parametrize(
    ("cell", "problem", "shown"),
    [
        ('<c r="A2" t="e"><v>#N/A</v></c>', "cell_error", "#N/A"),
        ('<c r="A2" t="e"><f>VLOOKUP(1,B:C,2)</f><v>#REF!</v></c>', "cell_error", "#REF!"),
        ('<c r="A2"><f>B2&amp;C2</f></c>', "formula_without_value", ""),
        ('<c r="A2"><f>NOW()</f><v></v></c>', "formula_without_value", ""),
        ('<c r="A2"><f>WEBSERVICE("http://127.0.0.1:9/")</f></c>', "formula_without_value", ""),
    ],
)
def test_formulas_and_errors(xlsx: Callable[..., Path], read: Read, cell: str, problem: str, shown: str) -> None:
    """An error or a formula whose result was not saved is a problem; nothing is calculated or fetched."""
    seen = read(xlsx(f'{HEADING_ROW}<row r="2">{cell}{inline("B2", "x")}</row>'))

    assert seen.codes() == [(2, 0, problem)]
    assert seen.rows[2][0] == shown


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="A2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="A2" t="str"><f>A1</f><v>a &amp; b</v></c>', "a & b"),
        ('<c r="A2" t="str"><f>A1</f><v></v></c>', ""),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', "2"),
        (
            '<c r="A2" t="inlineStr"><is><r><t>Null</t></r><r><t xml:space="preserve"> Smith</t></r></is></c>',
            "Null Smith",
        ),
        ('<c r="A2" t="inlineStr"><is><t>+14155552671</t></is></c>', "+14155552671"),
        ('<c r="A2" t="inlineStr"><is><t>=1+1</t></is></c>', "=1+1"),
        ('<c r="A2" t="inlineStr"><is><t>1E+15</t></is></c>', "1E+15"),
    ],
)
def test_other_cells(xlsx: Callable[..., Path], read: Read, cell: str, shown: str) -> None:
    """Texts, truth values and saved results are handed on as they stand."""
    seen = read(xlsx(f'{HEADING_ROW}<row r="2">{cell}{inline("B2", "x")}</row>'))

    assert seen.rows == {2: [shown, "x"]}
    assert seen.flaws == []


def test_merged_cells_are_nobodys_but_the_first(xlsx: Callable[..., Path], read: Read) -> None:
    """A merged phone belongs to the first row only; the other rows have a problem, even where a value hides beneath."""
    path = xlsx(
        HEADING_ROW
        + f'<row r="2">{inline("A2", "4155552671")}{inline("B2", "Ana")}</row>'
        + f'<row r="3">{inline("A3", "4155559999")}{inline("B3", "Bo")}</row>'
        + f'<row r="4">{inline("B4", "Cy")}</row><row r="5">{inline("A5", "x")}{inline("B5", "Di")}</row>',
        after='<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="A1:B1"/></mergeCells>',
    )

    seen = read(path)

    assert seen.rows == {2: ["4155552671", "Ana"], 3: ["", "Bo"], 4: ["", "Cy"], 5: ["x", "Di"]}
    assert seen.codes() == [(3, 0, "merged_cells"), (4, 0, "merged_cells")]
    assert seen.flaws[0].shown == "A2:A4"


def test_hidden_rows_and_columns_are_read_and_said(xlsx: Callable[..., Path], read: Read) -> None:
    """Hidden rows (a filter was left on) are read like all others, and the notes say so."""
    path = xlsx(
        f'{HEADING_ROW}<row r="2" hidden="1">{inline("A2", "1")}</row><row r="3">{inline("A3", "2")}</row>',
        before='<cols><col min="2" max="3" width="9" hidden="1"/></cols>',
    )

    seen = read(path)

    assert list(seen.rows) == [2, 3]
    assert any("1 row is hidden" in note and note.endswith(": 2.") for note in seen.notes)
    assert any("B to C" in note for note in seen.notes)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Write a workbook with a hidden, two visible sheets and a chart."""
    path = tmp_path / "several.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Lists", "Week 1", "Week 2"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["phone", "firstName"])
            sheet.write_row(1, 0, [name, "x"])
        book.add_chartsheet("Chart").set_chart(_chart(book))
        book.worksheets()[1].activate()
        book.worksheets()[1].set_first_sheet()
        book.worksheets()[0].hide()
    return path


def _chart(book: Any) -> Any:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='Week 1'!$A$1:$A$2"})
    return chart


def test_first_visible_sheet(several: Path, read: Read) -> None:
    """The first sheet that a person sees is read, and all others are named."""
    seen = read(several)

    assert seen.name == "Week 1"
    assert seen.rows == {2: ["Week 1", "x"]}
    assert seen.notes == ("Sheets “Lists” (hidden), “Week 2”, “Chart” ignored.",)


def test_a_blank_first_sheet_leads_to_the_others(tmp_path: Path) -> None:
    """A workbook whose first sheet is blank is refused with the other visible sheets, as a shell takes them."""
    path = tmp_path / "covered.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Cover")
        book.add_worksheet("Week 2").write("A1", "Phone")
        book.add_worksheet("Lists").hide()

    with pytest.raises(FileRefused) as refused, open_sheet(path, heading_score=len):
        pass

    assert refused.value.fix == "If the appointments stand in another sheet, run it with --sheet 'Week 2'."


@pytest.mark.parametrize(("wanted", "found"), [("Week 2", "Week 2"), (" week 2 ", "Week 2"), ("Lists", "Lists")])
def test_sheet_by_name(several: Path, read: Read, wanted: str, found: str) -> None:
    """A sheet is found by its name, without regard to case and outer blanks, also when it is hidden."""
    assert read(several, sheet=wanted).name == found


@pytest.mark.parametrize("wanted", ["Week 3", "Chart", ""])
def test_sheet_that_is_not_there(several: Path, refusal: Callable[..., FileRefused], wanted: str) -> None:
    """A wrong name is refused with the names that there are."""
    refused = refusal(several, sheet=wanted)

    assert refused.code == "sheet_not_found"
    assert "“Week 1”" in refused.fix


def test_empty_sheet_names_itself(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """An empty first sheet is refused by name, with the way to another one."""
    path = tmp_path / "empty.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Cover")
        book.add_worksheet("Data").write(0, 0, "phone")

    refused = refusal(path)

    assert refused.code == "file_empty"
    assert "“Cover”" in str(refused)
    assert "--sheet" in refused.fix


def test_title_rows_blank_rows_and_totals(tmp_path: Path, read: Read) -> None:
    """Titles above the headings are named, blank rows are counted, and a row of totals is left out with a note."""
    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 1, "Appointments of the week")
        sheet.write_row(3, 1, ["phone", "firstName", "lastName", "date"])
        sheet.write_row(4, 1, ["4155552671", "Ana", "O'Brien", "2027-03-04"])
        sheet.write_row(6, 1, ["4155552672", "Bo", "Null", "2027-03-04"])
        sheet.write_row(8, 1, ["Total:", 2])

    seen = read(path)

    assert seen.heading_row == 4
    assert seen.headings == ("", "phone", "firstName", "lastName", "date")
    assert list(seen.rows) == [5, 7]
    assert seen.codes() == []
    assert seen.notes == (
        "Headings found in row 4; row 1 skipped.",
        "Row 9 was left out: totals or lines of a report, no appointments.",
    )


def test_cells_beyond_the_headings_are_no_shift(xlsx: Callable[..., Path], read: Read) -> None:
    """In a workbook a remark to the right of the table is a column without heading, not a problem of its row."""
    path = xlsx(f'{HEADING_ROW}<row r="2">{inline("A2", "1")}{inline("D2", "called twice")}</row>')

    seen = read(path)

    assert seen.headings == ("phone", "firstName", "", "")
    assert seen.rows == {2: ["1", "", "", "called twice"]}
    assert seen.flaws == []


def test_long_cell_of_a_workbook(xlsx: Callable[..., Path], read: Read) -> None:
    """A text longer than Excel allows is a problem with its place, in a workbook too."""
    path = xlsx(f'{HEADING_ROW}<row r="2">{inline("A2", "1")}{inline("B2", "x" * 40_000)}</row>')

    assert read(path).codes() == [(2, 1, "cell_too_long")]


def test_control_characters_of_a_workbook(xlsx: Callable[..., Path], read: Read) -> None:
    """Control characters are problems in a workbook as they are in a text file."""
    path = xlsx(f'{HEADING_ROW}<row r="2">{inline("A2", "a&#x7f;b")}{inline("B2", "c&#x85;d")}</row>')

    assert read(path).codes() == [(2, 0, "control_character"), (2, 1, "control_character")]


@pytest.mark.parametrize("suffix", ["xls", "csv"])
def test_reads_xls(tmp_path: Path, read: Read, suffix: str) -> None:
    """An old XLS is read like an XLSX, whatever its name says."""
    seen = read(xls(tmp_path / f"old.{suffix}"))

    assert seen.rows[2] == ["4155552671", "01234", "2024-01-01T00:00:00", "2024-01-01", "09:00:00"]
    assert seen.codes() == [(3, 1, "cell_error"), (3, 3, "date_impossible"), (5, 0, "merged_cells")]
    assert seen.rows[5][:2] == ["", "second of a merge"]
    assert seen.notes[0] == "Sheet “Lists” (hidden) ignored."
    assert "1 row is hidden" in seen.notes[1]


def test_epoch_1904_of_xls(tmp_path: Path, read: Read) -> None:
    """An old workbook that counts from 1904 says so too."""
    seen = read(xls(tmp_path / "mac.xls", epoch_1904=True))

    assert seen.epoch_1904 is True
    assert seen.rows[2][2:] == ["2028-01-02T00:00:00", "2028-01-02", "09:00:00"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (value("float", "4155552671", value="4155552671"), "4155552671"),
        (value("float", "4.16E+09", value="4155552671"), "4155552671"),
        (value("float", "01234", value="1234"), "01234"),
        (value("float", "012-34-5678", value="12345678"), "012-34-5678"),
        (value("float", "112,233", value="112233"), "112233"),
        (value("float", "112 233", value="112233"), "112233"),
        (value("percentage", "50 %", value="0.5"), "0.5"),
        (value("date", "03/04/27", datevalue="2027-03-04"), "2027-03-04"),
        (value("date", "03/04/27 00:00", datevalue="2027-03-04"), "2027-03-04T00:00:00"),
        (value("date", "03/04/27 14:30", datevalue="2027-03-04T14:30:00"), "2027-03-04T14:30:00"),
        (value("date", "03/04/27 14:30", datevalue="2027-03-04T14:29:59.999999"), "2027-03-04T14:30:00"),
        (value("date", "03/04/27", datevalue="2027-03-04T14:30:00"), "2027-03-04"),
        (value("time", "09:54", timevalue="PT09H54M59.999999996S"), "09:55:00"),
        (value("time", "1:30", timevalue="PT01H30M00S"), "1:30"),
        (value("time", "01:30", timevalue="PT01H30M00S"), "01:30"),
        (value("time", "01:30 AM", timevalue="PT01H30M00S"), "01:30 AM"),
        (value("time", "01:30 PM", timevalue="PT13H30M00S"), "13:30:00"),
        (value("date", "3/4/27 1:30", datevalue="2027-03-04T01:30:00"), "2027-03-04 1:30"),
        (value("date", "3/4/27 01:30 AM", datevalue="2027-03-04T01:30:00"), "2027-03-04 01:30 AM"),
        (value("date", "3/4/27 01:30", datevalue="2027-03-04T01:30:00"), "2027-03-04T01:30:00"),
        (value("time", "36:00", timevalue="PT36H00M00S"), "36:00:00"),
        (value("time", "9:00", timevalue="PT1087017H00M00S"), "09:00:00"),
        (value("boolean", "TRUE", booleanvalue="true"), "TRUE"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_ods_cell(tmp_path: Path, read: Read, cell: Any, text: str) -> None:
    """A cell of an OpenDocument sheet is what a person sees, exact to the second."""
    seen = read(ods(tmp_path / "book.ods", [["phone", "firstName"], [cell, "x"]]))

    assert seen.rows == {2: [text, "x"]}
    assert seen.flaws == []


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (value("float", "1.23E+18", value="1234567890123456789"), "number_damaged"),
        (value("date", "12/27/99", datevalue="1899-12-27"), "date_impossible"),
        (value("date", "?", datevalue="2027-02-30"), "date_impossible"),
        ({"formula": "of:=[.A1]"}, "formula_without_value"),
    ],
)
def test_ods_cell_that_is_no_value(tmp_path: Path, read: Read, cell: Any, problem: str) -> None:
    """What cannot be read in an OpenDocument sheet is a problem of its cell."""
    seen = read(ods(tmp_path / "book.ods", [["phone", "firstName"], [cell, "x"]]))

    assert seen.codes() == [(2, 0, problem)]


def test_ods_merges_hidden_rows_and_repeats(tmp_path: Path, read: Read) -> None:
    """Merged, hidden and repeated cells of an OpenDocument sheet are told like those of an XLSX."""
    rows = [
        ["phone", "firstName"],
        [value("string", "1", numberrowsspanned=2, numbercolumnsspanned=1), "Ana"],
        [{"covered": True}, "Bo"],
        [{}, {}],
        [value("string", "same", numbercolumnsrepeated=2)],
    ]

    seen = read(ods(tmp_path / "book.ods", rows, hidden_row=5))

    assert seen.rows == {2: ["1", "Ana"], 3: ["", "Bo"], 5: ["same", "same"]}
    assert seen.codes() == [(3, 0, "merged_cells")]
    assert any(note.endswith("all the same: 5.") for note in seen.notes)


def test_reads_xlsb(tmp_path: Path, parts_of_a_workbook: dict[str, Any], read: Read) -> None:
    """A binary workbook is read like an XLSX: formats, errors, hidden rows."""
    seen = read(xlsb(tmp_path / "book.xlsb", parts_of_a_workbook))

    assert seen.name == "Week 1"
    assert seen.rows[2] == ["4155552671", "01234", "2024-01-01T00:00:00"]
    assert seen.rows[3] == ["4155552672", "#N/A", "2024-01-01T09:55:00"]
    assert seen.codes() == [(3, 1, "cell_error")]
    assert "hidden" in seen.notes[0]


def test_rich_text_that_lies_in_a_binary_workbooks_cell(
    tmp_path: Path, parts_of_a_workbook: dict[str, Any], read: Read
) -> None:
    """A text with looks of its own is read where it lies in the cell and not among the shared ones, also in a row of nothing else."""
    path = xlsb(tmp_path / "book.xlsb", parts_of_a_workbook)
    text = b"\1" + wide("Cancelled") + struct.pack("<IHH", 1, 0, 0)
    cells = [record(62, struct.pack("<II", column, 0) + text) for column in (1, 2)]
    _patch(path, "xl/worksheets/sheet1.bin", record(146, b""), _row(3) + b"".join(cells) + record(146, b""))

    assert read(path).rows[4] == ["", "Cancelled", "Cancelled"]


def test_cells_of_a_binary_workbook_without_a_column(
    tmp_path: Path, parts_of_a_workbook: dict[str, Any], refusal: Callable[..., FileRefused]
) -> None:
    """A binary workbook with cells of the short form, which the fast reader passes over, is refused."""
    path = xlsb(tmp_path / "book.xlsb", parts_of_a_workbook)
    short = record(17, struct.pack("<I", 0) + wide("Cancelled"))
    _patch(path, "xl/worksheets/sheet1.bin", record(146, b""), short + record(146, b""))

    assert refusal(path).code == "workbook_damaged"


def _row(number: int) -> bytes:
    return record(0, struct.pack("<IIHBBB", number, 0, 300, 0, 0, 0) + bytes(4))


def _patch(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    whole = parts[part]
    assert isinstance(whole, bytes)
    assert whole.count(old) == 1
    parts[part] = whole.replace(old, new)
    path.write_bytes(zipped(parts))


def _xls_with_a_formula(path: Path) -> Path:
    import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    sheet = book.add_sheet("Week 1")
    for column, heading in enumerate(["phone", "status"]):
        sheet.write(0, column, heading)
    sheet.write(1, 0, "4155552671")
    sheet.write(1, 1, xlwt.Formula('IF(1=1;"Cancelled";"Booked")'))
    book.save(str(path))
    return path


@pytest.mark.parametrize("result", [3, 0], ids=["an empty text", "a text that does not follow"])
def test_formula_of_an_xls_that_nobody_calculated(tmp_path: Path, read: Read, result: int) -> None:
    """A formula that its program left to others to calculate is no blank cell."""
    path = _xls_with_a_formula(tmp_path / "left.xls")
    empty = bytes([3, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    whole = path.read_bytes()
    assert whole.count(empty) == 1
    path.write_bytes(whole.replace(empty, bytes([result]) + empty[1:]))

    assert read(path).codes() == [(2, 1, "formula_without_value")]


def test_shared_text_of_an_xls_that_is_not_there(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A cell of an old workbook that names a text beyond the last is no blank cell: the workbook is damaged."""
    path = _xls_with_a_formula(tmp_path / "beyond.xls")
    whole = path.read_bytes()
    cell = struct.pack("<5H", 0xFD, 10, 1, 0, 17)
    assert whole.count(cell) == 1
    place = whole.index(cell) + len(cell)
    path.write_bytes(whole[:place] + struct.pack("<I", 99) + whole[place + 4 :])

    assert refusal(path).code == "workbook_damaged"


def test_workbook_within_an_xls(tmp_path: Path, read: Read) -> None:
    """What lies within an old workbook, and has a stream of the same name, tells nothing of its cells."""
    path = xls(tmp_path / "outer.xls")
    whole = path.read_bytes()
    named = "Workbook".encode("utf-16-le")
    place = whole.index(named) + 128
    assert not whole[place : place + 64].strip(b"\0")
    inner = named.ljust(64, b"\0") + struct.pack("<HBB3I", len(named) + 2, 2, 1, *[0xFFFFFFFF] * 3)
    path.write_bytes(whole[:place] + inner + whole[place + len(inner) :])

    assert read(path).rows[2][1] == "01234"


@pytest.mark.parametrize("on_load", ["1", "0"])
@pytest.mark.parametrize("kind", ["searched", "parsed"])
def test_zero_that_stands_in_for_a_result(tmp_path: Path, read: Read, on_load: str, kind: str) -> None:
    """In a workbook that asks whoever opens it to calculate all, as some programs write them, a formula's 0 is no result."""
    formula = '<c r="B2"><f>IF(TRUE,"Cancelled")</f><v>0</v></c>'
    remark = "<!-- not plain -->" if kind == "parsed" else ""
    rows = f'{HEADING_ROW}<row r="2">{inline("A2", "1")}{formula}{remark}</row>'
    parts = skeleton(sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
    book = str(parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = book.replace(
        "</workbook>", f'<calcPr calcId="1" fullCalcOnLoad="{on_load}"/></workbook>'
    )
    path = tmp_path / "left.xlsx"
    path.write_bytes(zipped(parts))

    assert read(path).codes() == ([(2, 1, "formula_without_value")] if on_load == "1" else [])


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("[=1]&quot;Cancelled&quot;;&quot;Booked&quot;", 1, "Cancelled"),
        ("[=1]&quot;Cancelled&quot;;&quot;Booked&quot;", 0, "Booked"),
        ("&quot;Cancelled&quot;", 1, "Cancelled"),
        ("&quot;Yes&quot;;&quot;Yes&quot;;&quot;No&quot;", 1, "Yes"),
        ("&quot;Yes&quot;;&quot;Yes&quot;;&quot;No&quot;", 0, "0"),
        ("&quot;Yes&quot;;;&quot;No&quot;", 0, "0"),
        (";;;", 1, "1"),
        ("&quot;-&quot;", 1, "1"),
    ],
)
def test_number_that_is_shown_as_a_word(
    xlsx: Callable[..., Path], read: Read, code: str, number: int, shown: str
) -> None:
    """Of a number for which its format shows a word, a person sees the word."""
    path = xlsx(
        f'{HEADING_ROW}<row r="2">{inline("A2", "1")}<c r="B2" s="1"><v>{number}</v></c></row>', formats=(code,)
    )

    assert read(path).rows[2] == ["1", shown]


def test_number_that_opendocument_shows_as_a_word(tmp_path: Path, read: Read) -> None:
    """So it is in OpenDocument, where the file tells what is shown."""
    rows = [
        ["phone", "status"],
        ["1", value("float", "Cancelled", value="1")],
        ["2", value("float", "4E+02", value="400")],
    ]

    assert read(ods(tmp_path / "book.ods", rows)).rows == {2: ["1", "Cancelled"], 3: ["2", "400"]}


def test_contents_decide_and_not_names(
    tmp_path: Path, xlsx: Callable[..., Path], parts_of_a_workbook: dict[str, Any]
) -> None:
    """Each kind is known by its bytes under any name."""
    made = {
        Content.XLSX: xlsx(HEADING_ROW),
        Content.XLS: xls(tmp_path / "a.csv"),
        Content.ODS: ods(tmp_path / "b.ods", [["phone"]]),
        Content.XLSB: xlsb(tmp_path / "c.txt", parts_of_a_workbook),
    }

    for content, path in made.items():
        with private_copy(path, Limits()) as copy:
            assert content_of(copy, Limits()) is content


# Texts that every kind of file can hold; blanks at their ends are ODS's own affair. What looks like an error word, a
# formula or broken letters is told in some kinds only.
LEADS_OF_BROKEN = "".join(
    map(chr, range(0xC2, 0xF5))
)  # what UTF-8 begins letters of several bytes with, read as Latin-1
WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters=f"#=:+{LEADS_OF_BROKEN}"),
    min_size=1,
    max_size=10,
)
MOMENTS = st.datetimes(dt.datetime.fromisoformat("2000-01-01"), dt.datetime.fromisoformat("2100-01-01")).map(
    lambda moment: moment.replace(microsecond=0)
)  # wall clocks
TABLES = st.lists(st.tuples(st.integers(0, 10**15 - 1), WORDS, MOMENTS), min_size=1, max_size=6)


@given(table=TABLES)
@settings(max_examples=longer(6, 200), deadline=None, suppress_health_check=list(HealthCheck))
def test_one_table_in_every_kind_of_file(tmp_path: Path, read: Read, table: list[tuple[int, str, dt.datetime]]) -> None:
    """CSV, XLSX, XLS and ODS of one table give the same cells under the same row numbers."""
    rows = [[str(number), word, moment.isoformat()] for number, word, moment in table]
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    _write_xlsx(tmp_path / "t.xlsx", table)
    _write_xls(tmp_path / "t.xls", table)
    ods(tmp_path / "t.ods", [HEADINGS, *map(_ods_row, table)])

    expected = read(tmp_path / "t.csv")

    assert [code for code in expected.codes() if code[2] != "totals_row"] == []
    for suffix in ("xlsx", "xls", "ods"):
        assert read(tmp_path / f"t.{suffix}").rows == expected.rows, suffix


def _write_xlsx(path: Path, table: list[tuple[int, str, dt.datetime]]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, HEADINGS)
        for place, (number, word, moment) in enumerate(table, start=1):
            sheet.write_number(place, 0, number)
            sheet.write_string(place, 1, word)
            sheet.write_datetime(place, 2, moment, moments)


def _write_xls(path: Path, table: list[tuple[int, str, dt.datetime]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    sheet = book.add_sheet("Week 1")
    moments = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for column, heading in enumerate(HEADINGS):
        sheet.write(0, column, heading)
    for place, (number, word, moment) in enumerate(table, start=1):
        sheet.write(place, 0, number)
        sheet.write(place, 1, word)
        sheet.write(place, 2, moment, moments)
    book.save(str(path))


def _ods_row(row: tuple[int, str, dt.datetime]) -> list[Any]:
    number, word, moment = row
    shown = moment.strftime("%m/%d/%Y %H:%M")
    return [value("float", str(number), value=str(number)), word, value("date", shown, datevalue=moment.isoformat())]


@pytest.mark.parametrize(
    "around",
    [
        "<table:dde-links><table:dde-link>{}</table:dde-link></table:dde-links>",
        "<table:tracked-changes>{}</table:tracked-changes>",
    ],
)
def test_tables_that_are_no_sheets(tmp_path: Path, read: Read, around: str) -> None:
    """Copies that links to other files leave in an ODS, and what was deleted in it, are not read."""
    path = tmp_path / "links.ods"
    ods(path, [["phone", "firstName"], ["4155552671", "Ana"]])
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = parts["content.xml"].decode()
    inner = content[content.index("<table:table ") : content.rindex("</table:table>") + len("</table:table>")]
    parts["content.xml"] = content.replace(inner, inner + around.format(inner)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)

    assert read(path).rows == {2: ["4155552671", "Ana"]}
