"""The workbook to fix is the person's own: nothing of hers is lost, and fed back it sends what she corrected and no more."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from clinic_workbook import HEADINGS, NAME, TOP, dressed, look, to_fix, write
from desk import ROW, Desk, read_csv, statuses
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.table import Table

from importer.commands.check import check
from importer.commands.run import run
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def week(desk: Desk) -> Path:
    path = desk.folder / "week.xlsx"
    write(path)
    return path


def test_everything_of_hers_is_as_it_was(desk: Desk, week: Path) -> None:
    """Cells, formulas and their values, formats, widths, heights and other sheets equal the source; marked cells keep their value."""
    result = run(desk.job(), [str(week)])
    for as_values in (False, True):
        hers, ours = (openpyxl.load_workbook(path, data_only=as_values) for path in (week, to_fix(result)))
        assert ours.sheetnames == hers.sheetnames
        for before in hers:
            after = ours[before.title]
            for row in before.iter_rows():
                for cell in row:
                    made = after[cell.coordinate]
                    is_marked = before.title == NAME and cell.coordinate in {"C5", "C8"}
                    assert (made.value if is_marked else look(made)) == (cell.value if is_marked else look(cell))
            for name, dimension in before.column_dimensions.items():
                assert after.column_dimensions[name].width == dimension.width
            assert {n: d.height for n, d in before.row_dimensions.items() if d.height} == {
                n: d.height for n, d in after.row_dimensions.items() if d.height
            }


def test_what_is_beside_the_cells_is_kept(desk: Desk, week: Path) -> None:
    """Drop-downs, conditional formats and her own comments come through."""
    dressed(week)
    made = openpyxl.load_workbook(to_fix(run(desk.job(), [str(week)])))[NAME]

    assert [str(rule.sqref) for rule in made.data_validations.dataValidation] == ["H4:H11"]
    assert [str(found.sqref) for found in made.conditional_formatting] == ["B4:B11"]
    assert made["H5"].comment.text == "Hers"
    assert made["A6"].fill.fgColor.rgb == "FFFFFF00"


def test_marks_and_reasons(desk: Desk, week: Path) -> None:
    """Done rows are hidden; the wrong cell is coloured with a comment; status, reason and fix follow her last column."""
    made = openpyxl.load_workbook(to_fix(run(desk.job(), [str(week)])))[NAME]

    assert [cell.value for cell in made[TOP]][len(HEADINGS) : len(HEADINGS) + 4] == [
        "result_status", "result_problem", "result_fix", "result_warnings",
    ]  # fmt: skip
    hidden = [number for number in range(1, 12) if made.row_dimensions[number].hidden]
    assert hidden == [4, 6, 7, 9, 10, 11]
    assert made["C5"].fill.fgColor.rgb == "FFFBEAE6"
    assert made["C5"].comment.text.startswith(
        'Column C "Cell": “212-555” is too short for a phone number.\nIn column C, '
    )
    assert (made["I5"].value, made["I4"].value) == ("invalid", "created")
    assert (made["I5"].fill.fgColor.rgb, made["I5"].font.color.rgb, made["I5"].font.bold) == (
        "FFFDF1E1",
        "FF8A4B08",
        True,
    )
    assert made["I4"].fill.fill_type is None
    assert made["J5"].value.startswith('Column C "Cell": ')
    assert made.freeze_panes == "B4"
    assert made.column_dimensions["M"].hidden
    assert not made.column_dimensions["J"].hidden


@pytest.mark.parametrize("order", ["as it is", "sorted"])
def test_fed_back_it_sends_what_was_corrected(desk: Desk, week: Path, order: str) -> None:
    """No request for a row that is done, one for each corrected row, also after the rows were sorted."""
    first = run(desk.job(), [str(week)])
    assert sorted(statuses(first)) == ["created"] * 6 + ["invalid"] * 2
    path = to_fix(first)
    book = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(path, data_only=True)[NAME]
    sheet = book[NAME]
    sheet["C5"], sheet["C8"] = "(212) 555-0177", "(212) 555-0188"
    for number in range(TOP + 1, 12):
        sheet.cell(number, 7).value = values.cell(number, 7).value
    if order == "sorted":
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=TOP + 1, max_row=11)]
        random.Random(7).shuffle(rows)
        for number, cells in enumerate(rows, start=TOP + 1):
            for column, value in enumerate(cells, start=1):
                sheet.cell(number, column).value = value
    book.save(path)
    before = len(desk.sandbox.requests())
    again = run(desk.job(), [str(path)])

    assert sorted(statuses(again)) == ["created"] * 2 + ["unchanged"] * 6
    assert len(desk.sandbox.requests()) == before + 2


def test_what_an_earlier_report_said_is_gone(desk: Desk, week: Path) -> None:
    """In a second report reason, comment and colours of a row that was corrected are gone, those of another there once."""
    write(week, bad=(4, 8))
    path = to_fix(run(desk.job(), [str(week)]))
    book = openpyxl.load_workbook(path)
    assert [book[NAME][place].fill.fill_type for place in ("I4", "I5", "I8")] == ["solid", None, "solid"]
    book[NAME]["C4"] = "(212) 555-0177"
    book.save(path)
    made = openpyxl.load_workbook(to_fix(run(desk.job(), [str(path)])))[NAME]

    assert [made[place].value for place in ("I4", "J4", "K4")] == ["created", None, None]
    assert made["I4"].fill.fill_type is None
    assert (made["I8"].value, made["I8"].fill.fill_type) == ("invalid", "solid")
    assert made["J8"].value.startswith('Column C "Cell": ')
    assert (made["C4"].comment, made["C4"].fill.fill_type, made["C8"].fill.fill_type) == (None, None, "solid")
    assert made["C8"].comment.text.count("is too short") == 1


def test_fed_back_untouched_it_sends_nothing(desk: Desk, week: Path) -> None:
    """The values of formulas are there without a spreadsheet program having opened it, so that every row reads as before."""
    path = to_fix(run(desk.job(), [str(week)]))
    before = len(desk.sandbox.requests())
    again = run(desk.job(), [str(path)])

    assert sorted(statuses(again)) == ["invalid"] * 2 + ["unchanged"] * 6
    assert len(desk.sandbox.requests()) == before
    made = openpyxl.load_workbook(to_fix(again))[NAME]
    assert made.max_column == len(HEADINGS) + 15


def with_chart(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Lists"]
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    sheet.add_chart(chart, "D2")
    book.save(path)


def with_part(name: str) -> Callable[[Path], None]:
    def add(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, "<x/>")

    return add


def with_extension(path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet2.xml":
                data = data.replace(b"</worksheet>", b"<extLst/></worksheet>")
            target.writestr(name, data)
    path.write_bytes(made.getvalue())


def beside(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book[NAME].cell(20, len(HEADINGS) + 2).value = "kept here"
    book.save(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(with_chart, "charts", id="chart"),
        pytest.param(with_part("xl/media/image1.png"), "pictures", id="picture"),
        pytest.param(with_part("xl/pivotTables/pivotTable1.xml"), "pivot tables", id="pivot"),
        pytest.param(with_part("xl/strange/part.xml"), "part.xml", id="unknown"),
        pytest.param(with_extension, "newer spreadsheet programs", id="extension"),
    ],
)
def test_what_cannot_be_kept_whole_is_made_anew_and_said(
    desk: Desk, week: Path, change: Callable[[Path], None], why: str
) -> None:
    """A workbook that would lose something is not copied: the rows to fix are made anew, and the run says why."""
    change(week)
    result = run(desk.job(), [str(week)])
    made = openpyxl.load_workbook(to_fix(result)).worksheets[0]

    assert [note for note in result.written.notes if "made anew" in note and why in note]
    assert made.max_row == 3
    assert made.cell(1, 9).value == "result_status"


def test_a_source_that_changed_is_made_anew(desk: Desk, week: Path) -> None:
    """Bytes that are not those that were read are not copied, for a row may be another one by now."""
    from importer.commands.report import report

    result = run(desk.job(), [str(week)])
    write(week, bad=())
    again = report(desk.job(), result.run.id)

    assert openpyxl.load_workbook(to_fix(again)).worksheets[0].max_row == 3


def test_a_filter_and_a_table_take_our_columns_in(desk: Desk, week: Path) -> None:
    """Sorting by her own filter or table keeps each row together with its result."""
    book = openpyxl.load_workbook(week)
    book[NAME].add_table(Table(displayName="Week", ref="A3:H11"))
    for number in range(4, 12):
        book[NAME].cell(number, 7).value = number
    book.save(week)
    made = openpyxl.load_workbook(to_fix(run(desk.job(), [str(week)])))[NAME]

    assert made.tables["Week"].ref == "A3:W11"
    assert [column.name for column in made.tables["Week"].tableColumns][8:10] == ["result_status", "result_problem"]


def test_no_text_of_ours_is_a_formula(desk: Desk, week: Path) -> None:
    """What the sheet says comes back in our columns and comments as text, never as something that is computed."""
    book = openpyxl.load_workbook(week)
    sheet = book[NAME]
    for number in range(4, 12):
        sheet.cell(number, 7).value = number
    sheet["C5"].value, sheet["B5"].value = '=HYPERLINK("http://x")', "7"
    sheet["C5"].data_type = sheet["B5"].data_type = "s"
    book.save(week)
    result = run(desk.job(), [str(week)])
    made = openpyxl.load_workbook(to_fix(result))[NAME]

    assert {cell.data_type for row in made.iter_rows(min_col=9) for cell in row if cell.value is not None} == {"s"}
    assert made["C5"].data_type == "s"
    assert any("HYPERLINK" in each["result_problem"] for each in read_csv(result.paths["results.csv"]))


def test_check_marks_a_copy_before_anything_is_sent(desk: Desk, week: Path) -> None:
    """``check`` with a workbook writes a copy with reasons beside her columns, all rows in sight; hers stays as it is."""
    before, target = week.read_bytes(), desk.folder / "marked.xlsx"
    check(desk.job(), [str(week)], workbook=target)
    made = openpyxl.load_workbook(target)[NAME]

    assert [cell.value for cell in made[TOP]][len(HEADINGS) :] == ["result_problem", "result_fix", "result_warnings"]
    assert made["I5"].value == 'Column C "Cell": “212-555” is too short for a phone number.'
    assert made["C5"].fill.fgColor.rgb == "FFFBEAE6"
    assert not any(dimension.hidden for dimension in made.row_dimensions.values())
    assert week.read_bytes() == before
    assert sorted(statuses(run(desk.job(), [str(target)]))) == ["created"] * 6 + ["invalid"] * 2


@pytest.mark.parametrize("target", ["week.xlsx", "no/such/folder.xlsx"])
def test_a_marked_copy_goes_into_a_file_of_its_own(desk: Desk, week: Path, target: str) -> None:
    """The person's workbook is never written over, and a place that cannot be written is told."""
    before = week.read_bytes()

    with pytest.raises(UsageError):
        check(desk.job(), [str(week)], workbook=desk.folder / target)
    assert week.read_bytes() == before


def test_only_one_workbook_can_be_marked(desk: Desk, week: Path) -> None:
    """Texts, two files, and a workbook that would lose something are refused with the reason, and nothing is written."""
    target = desk.folder / "marked.xlsx"
    text = desk.sheet(ROW)
    for paths in ([text], [str(week), text]):
        with pytest.raises(UsageError):
            check(desk.job(), paths, workbook=target)
    with_chart(week)
    with pytest.raises(UsageError, match="it has charts"):
        check(desk.job(), [str(week)], workbook=target)
    assert not target.exists()
