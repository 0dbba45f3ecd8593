"""results.xlsx and to_fix.xlsx, read back with another library than the one that wrote them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer
from made_runs import HEADINGS, file_record, report_of, row, said, week

from importer.model.formula_escape import unguard
from importer.model.statuses import Status
from importer.reporting.report_columns import WORKBOOK_COLUMNS
from importer.writing import rows_sheet, to_fix, write_reports
from importer.writing.to_fix import parts_to_fix, write_results_xlsx, write_to_fix
from importer.writing.xlsx_stream import LONGEST_CELL, Line, fitted, inline, splice, take_apart

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.cell import Cell

    from importer.reporting.run_report import Report

ACTION = len(HEADINGS) + WORKBOOK_COLUMNS.index("result_action")
STATUS = len(HEADINGS) + WORKBOOK_COLUMNS.index("result_status")
ROW = len(HEADINGS) + WORKBOOK_COLUMNS.index("result_row")
BAD = "FFFBEAE6"
WARNED = "FFFDF1E1"


def results(report: Report) -> Any:
    stream = io.BytesIO()
    write_results_xlsx(report, stream)
    return openpyxl.load_workbook(stream)


def to_fix_of(report: Report) -> Any:
    stream = io.BytesIO()
    write_to_fix(report, stream)
    return openpyxl.load_workbook(stream)


def texts(sheet: Any) -> list[list[Any]]:
    return [["" if cell is None else cell for cell in cells] for cells in sheet.iter_rows(values_only=True)]


def one(**changed: Any) -> Report:
    return report_of([row(file_record(1), 2, **changed)])


def colour(cell: Cell) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


def test_rows_sheet_is_the_persons_own_sheet_and_ours() -> None:
    """The first sheet, which is the one that is read when the file is fed back, has every row with its results."""
    report = week("bad")
    book = results(report)
    heading, *rows = texts(book.worksheets[0])

    assert book.sheetnames == ["Rows", "Summary", "Problems"]
    assert book.active.title == "Rows"
    assert tuple(heading) == HEADINGS + WORKBOOK_COLUMNS
    assert [tuple(cells[: len(HEADINGS)]) for cells in rows] == [each.cells for each in report.rows()]
    assert [cells[ROW] for cells in rows] == list(range(2, 242))


def test_every_own_cell_is_text() -> None:
    """Nothing is a formula, and a person who types a phone into a cell keeps its plus and its zeros."""
    sheet = results(week("bad")).worksheets[0]
    cells = [cell for cells in sheet.iter_rows(min_row=2) for cell in cells[: len(HEADINGS)]]

    filled = [cell for cell in cells if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in filled} == {("s", "@")}
    assert {each.number_format for each in sheet.column_dimensions.values() if each.min <= len(HEADINGS)} == {"@"}
    assert {cell.data_type for cells in sheet.iter_rows() for cell in cells} <= {"s", "n"}


@pytest.mark.parametrize(
    "text",
    ["=1+2", "+1+2", "@SUM(A1)", "-2+3", "\t=1", "=1\n2", "+14155552671", "00123", "1E+15", "TRUE", "2027-03-04"],
)
def test_text_is_kept_as_typed(text: str) -> None:
    """A string cell is never computed, so that nothing needs to be put in front of it."""
    cell = results(one(cells=(text,) * len(HEADINGS))).worksheets[0]["A2"]

    assert (cell.value, cell.data_type) == (text, "s")


def test_what_looks_guarded_is_marked() -> None:
    """A typed apostrophe survives being fed back, though reading takes marks away."""
    cell = results(one(cells=("'=1+2", "'quoted'"))).worksheets[0]["A2"]

    assert cell.value == "''=1+2"
    assert unguard(cell.value) == "'=1+2"


def test_bad_cells_are_coloured_and_say_why() -> None:
    """The wrong cell stands out, and its comment says what is wrong and how to fix it."""
    wrong = said("phone_too_short", field="phone", value="555-1")
    late = said("reminder_at_night", field="remindTimeOffset", value="PT9H")
    cells = ("1", "555-1", "Ana", "Null", "", "Check-up", "PT9H")
    sheet = results(one(status=Status.INVALID, cells=cells, problems=wrong, warnings=late)).worksheets[0]

    assert colour(sheet["B2"]) == BAD
    assert sheet["B2"].comment.text == (
        'Column B "Mobile": “555-1” is too short for a phone number.\n'
        "In column B, enter the full number with its area code."
    )
    assert colour(sheet["G2"]) == WARNED
    assert "night" in sheet["G2"].comment.text
    assert colour(sheet["A2"]) is None
    assert sheet["A2"].comment is None


def test_a_missing_value_is_a_coloured_blank() -> None:
    """A person sees where something is to be filled in."""
    problems = said("value_missing", field="eventDateTime")
    sheet = results(one(status=Status.INVALID, cells=("",) * len(HEADINGS), problems=problems)).worksheets[0]

    assert sheet["H2"].value is None
    assert colour(sheet["H2"]) == BAD


def test_the_sheet_is_ready_to_work_in() -> None:
    """The heading stays in view, every column can be filtered, and columns are neither slits nor walls."""
    sheet = results(week("bad")).worksheets[0]
    widths = [sheet.column_dimensions[name].width for name in ("A", "B", "E", "H")]

    assert sheet.freeze_panes == "E2"
    assert sheet.auto_filter.ref == "A1:Z241"
    assert sheet.dimensions == "A1:Z241"
    assert all(8 <= width <= 40 for width in widths)


def test_comments_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook with fifty thousand comments would not open; the sentences stand in the row all the same."""
    monkeypatch.setattr(rows_sheet, "MOST_COMMENTS", 3)
    report = week("bad")
    sheet = results(report).worksheets[0]
    commented = [cell for cells in sheet.iter_rows(min_row=2) for cell in cells if cell.comment]

    assert len(commented) == 3
    assert [cells[STATUS + 1] != "" for cells in texts(sheet)[1:]] == [bool(each.problems) for each in report.rows()]


def test_summary_sheet_tells_counts_and_facts() -> None:
    """The statuses that occur, what needs attention first, a chart of them, the run, and at last the files."""
    report = week("bad")
    sheet = results(report)["Summary"]
    cells = texts(sheet)
    last = next(place for place, each in enumerate(cells) if each[0] == "All rows")
    counts = {each[0]: each[1] for each in cells[3:last]}
    facts = {each[0]: each[1] for each in cells[last:]}

    assert cells[0][0] == "180 of 240 rows done. 60 need attention."
    assert list(counts) == [
        *("Invalid", "Failed", "Unknown", "Not sent", "Held"),
        *("Created", "Updated", "Cancelled", "Unchanged", "Duplicate"),
    ]
    assert counts["Created"] == report.totals[Status.CREATED]
    assert sum(counts.values()) == facts["All rows"] == 240
    assert facts["Started"] == "Thu, Mar 4, 2027, 4:00 AM New York time (2027-03-04T09:00:00Z)"
    assert list(facts)[-1] == "clinic_week.csv"
    assert facts["Took"] == "5 min 12 s"
    assert len(sheet._charts) == 1


def test_problems_sheet_is_grouped_by_kind() -> None:
    """Each kind is one line: how many, what, where, how to fix it."""
    cells = texts(results(week("bad"))["Problems"])
    first, last = cells[1], cells[-1]

    assert first[:3] == [30, "Phone number too short", 'Column B "Mobile"']
    assert first[3] == "In column B, enter the full number with its area code."
    assert last[-1] == "warning"


def test_no_problems_are_said_to_be_none() -> None:
    """An empty problems sheet is not left to be wondered at."""
    assert texts(results(week("good"))["Problems"])[1][1] == "None: nothing was found wrong."


def test_to_fix_has_only_what_wants_a_person_cancels_first() -> None:
    """In the shape of the input, with the results at the end; done rows are not in it."""
    report = week("bad")
    sheet = to_fix_of(report).worksheets[0]
    heading, *rows = texts(sheet)
    cancels = report.wanting[0].count

    assert tuple(heading) == HEADINGS + WORKBOOK_COLUMNS
    assert len(rows) == report.attention_count
    assert {cells[STATUS] for cells in rows} == {"invalid", "failed", "unknown", "not_sent", "held"}
    assert [cells[ACTION] for cells in rows[:cancels]] == ["cancel"] * cancels
    assert [cells[ROW] for cells in rows[cancels:]] == sorted(cells[ROW] for cells in rows[cancels:])


def test_to_fix_of_a_good_week_is_empty_but_for_its_heading() -> None:
    """The file is there, so that a script need not ask."""
    assert texts(to_fix_of(week("good")).worksheets[0]) == [list(HEADINGS + WORKBOOK_COLUMNS)]


def test_long_sentences_get_the_height_they_need() -> None:
    """Not every program finds the height of wrapped text by itself."""
    sheet = to_fix_of(one(status=Status.INVALID, problems=said("phone_too_short", value="9" * 79))).worksheets[0]

    assert sheet.row_dimensions[2].height >= 30


@pytest.mark.parametrize(
    ("sheets", "name"),
    [
        (["Week 12"], "Week 12"),
        (["Week 12", "Week 12"], "Week 12"),
        (["Week 12", "Week 13"], "Rows"),
        ([None], "Rows"),
        (["summary"], "Rows"),
        (["x" * 32], "Rows"),
        (["a/b"], "Rows"),
        (["'a"], "Rows"),
        (["History"], "Rows"),
    ],
)
def test_rows_sheet_keeps_the_name_of_the_persons_sheet(sheets: list[str | None], name: str) -> None:
    """A sheet that was asked for by name is found again when the report is fed back, where a workbook allows it."""
    files = [replace(file_record(0), sheet=sheet) for sheet in sheets]

    assert to_fix.rows_name(report_of([], files=files)) == name


def test_a_long_run_keeps_its_workbook_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit only the rows that need attention stand in the workbook, and it says so."""
    monkeypatch.setattr(to_fix, "MOST_ROWS", 100)
    report = week("bad")
    book = results(report)

    assert len(texts(book.worksheets[0])) == 1 + report.attention_count
    assert "only the 60 rows that need attention" in str(texts(book["Summary"]))


def test_many_rows_to_fix_are_several_workbooks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every row stands in one of the workbooks, cancels first, and the notes and the next command name them all."""
    monkeypatch.setattr(to_fix, "MOST_TO_FIX", 25)
    report = week("bad")
    written = write_reports(report, tmp_path / "run")
    names = [name for name in written.paths if name.startswith("to_fix")]
    found = [texts(openpyxl.load_workbook(written.paths[name]).worksheets[0])[1:] for name in names]
    rows = [row for part in found for row in part]

    assert names == ["to_fix.xlsx", "to_fix_2.xlsx", "to_fix_3.xlsx"]
    assert [len(part) for part in found] == [25, 25, 10]
    assert rows[0][len(HEADINGS) + WORKBOOK_COLUMNS.index("result_action")] == "cancel"
    assert len({row[ROW] for row in rows}) == report.attention_count
    assert written.complete
    assert f"3 workbooks: {', '.join(names)}" in " ".join(written.notes)
    assert all(name in written.paths["report.html"].read_text(encoding="utf-8") for name in names)


def test_wide_rows_make_smaller_workbooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows a workbook takes depends on what stands in them, so that our own reader never refuses it."""
    monkeypatch.setattr(to_fix, "MOST_BYTES", 60_000)
    counts = [count for _, count in parts_to_fix(week("bad"))]

    assert sum(counts) == 60
    assert max(counts) < 30


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
@settings(max_examples=longer(25, 500), deadline=None)
def test_any_text_can_stand_in_a_cell(text: str) -> None:
    """No character breaks the workbook; text without control characters is read back as it was."""
    value = results(one(cells=(text,) * 2)).worksheets[0]["A2"].value
    plain = all(mark.isprintable() or mark in "\n\t" for mark in text) and "_x" not in text

    assert not plain or unguard(value) == text


def test_control_characters_are_escaped_as_excel_does() -> None:
    """XML has no way to hold them, and a text that looks like such an escape is told apart."""
    assert inline("a\x00b") == '<t xml:space="preserve">a_x0000_b</t>'
    assert inline("_x0041_") == '<t xml:space="preserve">_x005F_x0041_</t>'
    assert inline("a\ufffe<&>") == '<t xml:space="preserve">a_xFFFE_&lt;&amp;&gt;</t>'
    assert inline("plain") == "<t>plain</t>"


@pytest.mark.parametrize("text", ["x" * 40_000, "\U0001f600" * 20_000, "x" * 32_766 + "\U0001f600"])
def test_a_text_longer_than_a_cell_is_cut_and_says_so(text: str) -> None:
    """Excel would call the workbook damaged; nothing is cut silently."""
    found = fitted(text)

    assert len(found.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert found.endswith("results.csv has all of it)")


def test_a_text_as_long_as_a_cell_is_whole() -> None:
    """The limit itself is no reason to cut."""
    assert fitted("x" * LONGEST_CELL) == "x" * LONGEST_CELL


def test_a_shell_that_changes_its_texts_is_refused() -> None:
    """Rows number their texts by the first shell; a second one with others would put wrong texts into cells."""
    shells = []

    def shell() -> io.BytesIO:
        shells.append(io.BytesIO())
        with xlsxwriter.Workbook(shells[-1], {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_string(0, 0, f"shell {len(shells)}")
            sheet.write_blank(1, 0, None, book.add_format({"bold": True}))
        return shells[-1]

    with pytest.raises(ValueError, match="texts changed"):
        splice(io.BytesIO(), shell, [], column_styles=[0], height=1, commented=lambda: True)


@pytest.mark.parametrize(("commented", "shells"), [(False, 1), (True, 2)], ids=["no comments", "comments"])
def test_a_second_shell_is_made_for_comments_only(*, commented: bool, shells: int) -> None:
    """A workbook whose rows have no comments waits for one shell, not for two that are the same."""
    made = []

    def shell() -> io.BytesIO:
        made.append(io.BytesIO())
        with xlsxwriter.Workbook(made[-1], {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_string(0, 0, "Heading")
            sheet.write_blank(1, 0, None, book.add_format({"bold": True}))
        return made[-1]

    splice(io.BytesIO(), shell, [Line(["a"])], column_styles=[0], height=2, commented=lambda: commented)

    assert len(made) == shells


def test_a_shell_without_samples_is_refused() -> None:
    """If the library wrote its sheets another way, no wrong workbook would come of it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>")
        archive.writestr("xl/sharedStrings.xml", "<sst/>")

    with pytest.raises(ValueError, match="no row of samples"):
        take_apart(made)
