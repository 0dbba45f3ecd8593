"""Which sheet of a fed-back workbook is read, and that its days and looks mean in it what they meant in the sheet."""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter
from desk import NOW, ROW, Desk, appointments, read_csv, statuses
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

from importer.commands.check import check
from importer.commands.job import Event, Stage
from importer.commands.ledgers import ledger_to_send_by
from importer.commands.run import RunResult, resume, run, start
from importer.errors import FileRefused, UsageError
from importer.model.profile import Profile
from importer.model.statuses import Action
from importer.reading.sheet_choice import open_sheet
from importer.reporting.headline import next_steps
from importer.settings import RowRange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

WEEKS = {"Week 1": [1, 2], "Week 2": [11, 12]}


def fill(sheet: Worksheet, rows: Sequence[dict[str, str]]) -> None:
    sheet.append(list(ROW))
    for row in rows:
        sheet.append([row[name] for name in ROW])


def visit(number: int, **changes: str) -> dict[str, str]:
    return ROW | {"externalEventId": str(1000 + number), "phone": f"21255501{number:02d}"} | changes


@pytest.fixture
def weeks(desk: Desk) -> Path:
    """Write a workbook of two weeks, of which the second has a row to fix."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, numbers in WEEKS.items():
        fill(book.create_sheet(name), [visit(number) for number in numbers])
    book["Week 2"].append([visit(13, phone="212-555")[name] for name in ROW])
    path = desk.folder / "weeks.xlsx"
    book.save(path)
    return path


def corrected(path: Path, sheet: str = "Week 2") -> Path:
    book = openpyxl.load_workbook(path)
    for row in book[sheet].iter_rows():
        for cell in row:
            cell.value = "(212) 555-0113" if cell.value == "212-555" else cell.value
    book.save(path)
    return path


def numbers(desk: Desk) -> list[str]:
    # Calls of one run go out side by side.
    return sorted(number or "" for _, number, _ in desk.deeds())


@pytest.mark.parametrize("report", ["to_fix.xlsx", "results.xlsx"])
def test_the_sheet_of_our_columns_is_read(desk: Desk, weeks: Path, report: str) -> None:
    """A workbook to fix that is run without a word about its sheet sends the corrected row of the week that was run."""
    first = run(desk.job(sheet="Week 2"), [str(weeks)])
    assert statuses(first) == ["created", "created", "invalid"]
    heard: list[Event] = []
    again = run(replace(desk.job(), on_event=heard.append), [str(corrected(first.paths[report]))])

    assert statuses(again) == ["unchanged", "unchanged", "created"]
    assert numbers(desk) == ["1011", "1012", "1013"]
    notes = [event.text for event in heard if event.stage is Stage.NOTE]
    assert any("Sheet “Week 2” was read" in note for note in notes) is (report == "to_fix.xlsx")


def test_the_next_command_names_the_sheet(desk: Desk, weeks: Path) -> None:
    """What is printed after a run of a named sheet can be typed as it stands; without a name none is printed."""
    result = run(desk.job(sheet="Week 2"), [str(weeks)])
    assert [step.command for step in next_steps(result.report, ["to_fix.xlsx"])] == [
        shlex.join(["importer", "run", "to_fix.xlsx", "--sheet", "Week 2"])
    ]
    plain = run(desk.job(), [str(desk.folder / desk.sheet(visit(14, phone="212-555")))])
    assert [step.command for step in next_steps(plain.report, ["to_fix.xlsx"])] == ["importer run to_fix.xlsx"]


def test_a_run_that_was_cut_off_while_reading_is_run_again_as_it_was(desk: Desk, weeks: Path) -> None:
    """The command that is told reads the sheet and the rows that the run was to read, and no others."""
    job = desk.job(sheet="Week 2", rows=(RowRange(2, 3),), only=(Action.CREATE,))
    with ledger_to_send_by(job) as ledger:
        start(job, ledger, "run", paths=[str(weeks)])
    with pytest.raises(UsageError) as refused:
        resume(desk.job())
    told = shlex.join(["importer", "run", str(weeks), "--sheet", "Week 2", "--rows", "2-3", "--only", "create"])
    assert refused.value.fix == f"Run the sheets again: {told}"


def test_of_two_reports_in_a_workbook_the_newer_is_read(desk: Desk, weeks: Path) -> None:
    """Where both weeks have our columns, it is the one that was run last; a copy of a report beside itself is refused."""
    book = openpyxl.load_workbook(weeks)
    book["Week 1"].append([visit(3, phone="212-555")[name] for name in ROW])
    book.save(weeks)
    first = run(desk.job(), [str(weeks)])
    desk.now = NOW + 60
    second = run(desk.job(sheet="Week 2"), [str(first.paths["to_fix.xlsx"])])
    path = corrected(second.paths["to_fix.xlsx"])
    assert statuses(run(desk.job(), [str(path)])) == ["unchanged", "unchanged", "created"]

    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Week 2"])
    book.save(path)
    with pytest.raises(FileRefused) as refused:
        run(desk.job(), [str(path)])
    assert refused.value.code == "sheet_missing"
    assert "“Week 2”" in str(refused.value)


def test_a_workbook_without_our_columns_is_read_as_ever(desk: Desk, weeks: Path) -> None:
    """The first visible sheet is read where none has our columns, and a named one whatever the others hold."""
    assert statuses(run(desk.job(), [str(weeks)])) == ["created", "created"]
    first = run(desk.job(sheet="Week 2"), [str(weeks)])
    again = run(desk.job(sheet="Week 1"), [str(first.paths["to_fix.xlsx"])])
    assert [file.sheet for file in again.report.files] == ["Week 1"]


def test_a_marked_copy_of_a_check_is_read_by_its_marks(desk: Desk, weeks: Path) -> None:
    """Its columns of reasons tell the sheet that was checked, though it is of no run."""
    target = desk.folder / "marked.xlsx"
    check(desk.job(sheet="Week 2"), [str(weeks)], workbook=target)
    assert statuses(run(desk.job(), [str(corrected(target))])) == ["created"] * 3
    assert numbers(desk) == ["1011", "1012", "1013"]


def of_1904(path: Path, phones: Sequence[str]) -> str:
    """Write a workbook that counts its days from 1904, the starts as bare numbers."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    fill(book.active, [])
    for place, phone in enumerate(phones, start=1):
        at = dt.datetime(2027, 3, 7 + place, 14, 30)  # noqa: DTZ001 - a cell knows no zone
        row: dict[str, str | float] = {**visit(place, phone=phone), "eventDateTime": to_excel(at, CALENDAR_MAC_1904)}
        book.active.append([row[name] for name in ROW])
    book.save(path)
    return str(path)


@pytest.mark.parametrize("report", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_days_from_1904_stay_the_days_that_they_are(desk: Desk, report: str) -> None:
    """A corrected row is booked for the day of its sheet, and a row that is done stays done."""
    desk.profile = Profile(allow_past=True)
    phones = ["2125550101", "212-555", "2125550103"]
    first = run(desk.job(), [of_1904(desk.folder / "old.xlsx", phones)])
    assert statuses(first) == ["created", "invalid", "created"]
    path = first.paths[report]
    if report.endswith(".csv"):
        path.write_text(path.read_text("utf-8-sig").replace('"212-555"', '"2125550102"'), "utf-8")
    else:
        book = openpyxl.load_workbook(path)
        for row in book.active.iter_rows():
            for cell in row:
                cell.value = "2125550102" if cell.value == "212-555" else cell.value
        book.save(path)
    again = run(desk.job(), [str(path)])

    assert [status for status in statuses(again) if status != "unchanged"] == ["created"]
    (body,) = [body for _, number, body in desk.deeds() if number == "1002"]
    assert body is not None
    assert body["eventDateTime"] == "2027-03-09T14:30:00"


@pytest.mark.parametrize("order", [None, "mdy"])
def test_a_date_that_the_whole_sheet_proved_is_written_out_in_the_workbook_to_fix(
    desk: Desk, order: str | None
) -> None:
    """03/04/2027 beside 13/04/2027 is in April, also under a profile that says otherwise; what is done stays done."""
    rows = [
        visit(1, eventDateTime="13/04/2027 09:00"),
        visit(2, eventDateTime="03/04/2027 09:00"),
        visit(3, eventDateTime="05/04/2027 10:00", phone="212-555"),
    ]
    book = openpyxl.Workbook()
    fill(book.active, rows)
    book.save(desk.folder / "days.xlsx")
    first = run(desk.job(), [str(desk.folder / "days.xlsx")])
    assert statuses(first) == ["created", "created", "invalid"]
    desk.profile = Profile(date_order=order)  # type: ignore[arg-type]
    again = run(desk.job(), [str(corrected(first.paths["to_fix.xlsx"], "Sheet"))])

    assert statuses(again) == ["unchanged", "unchanged", "created"]
    starts = {number: body["eventDateTime"] for _, number, body in desk.deeds() if body is not None}
    assert starts == {
        "1001": "2027-04-13T09:00:00",
        "1002": "2027-04-03T09:00:00",
        "1003": "2027-04-05T10:00:00",
    }


def struck(desk: Desk) -> RunResult:
    """Run a workbook of two visits, of which the second is struck through."""
    book = openpyxl.Workbook()
    fill(book.active, appointments(2))
    for cell in book.active[3]:
        cell.font = Font(strike=True)
    book.save(desk.folder / "week.xlsx")
    return run(desk.job(), [str(desk.folder / "week.xlsx")])


def as_workbook(desk: Desk, rows: Sequence[dict[str, str]], headings: Sequence[str], sheet: str) -> str:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in (list(headings), *([row[name] for name in headings] for row in rows)):
        book.active.append(row)
    book.save(desk.folder / "saved.xlsx")
    return str(desk.folder / "saved.xlsx")


@pytest.mark.parametrize("kept", ["all", "seen", "sorted as ours", "sorted as ours, named as the text"])
def test_a_struck_row_stays_stopped_in_a_workbook_that_was_a_text(desk: Desk, kept: str) -> None:
    """What has no strikethrough because it was a text in between is stopped until its sentence is cleared."""
    rows = read_csv(struck(desk).paths["results.csv"])
    ours = read_headings(desk)
    headings = {
        "all": list(rows[0]),
        "seen": [*ROW, "result_status", "result_problem", "result_fix", "result_warnings"],
    }.get(kept, [*ROW, *ours])
    is_ours = kept == "sorted as ours"
    sheet = "Sheet" if is_ours else "results"
    again = run(desk.job(), [as_workbook(desk, rows, headings, sheet)])
    assert statuses(again) == ["unchanged", "created" if is_ours else "invalid"]
    if not is_ours:
        rows[1]["result_problem"] = ""
        last = run(desk.job(), [as_workbook(desk, rows, headings, sheet)])
        assert statuses(last) == ["unchanged", "created"]


def read_headings(desk: Desk) -> list[str]:
    """Return the result columns as they stand in our workbooks."""
    path = next(desk.folder.glob("reports/*/results.xlsx"))
    return [str(cell.value) for cell in openpyxl.load_workbook(path).worksheets[0][1]][len(ROW) :]


PLAIN: list[list[str]] = [["phone", "firstName"], ["2125550101", "Ana"]]
OURS: list[list[str]] = [
    ["Week 2", ""],
    ["phone", "firstName", "result_status", "result_problem", "result_fix", "result_run"],
    ["212", "Ben", "invalid", "It is too short.", "Enter it.", "20270301-020000-a1b2"],
]
NEWER = [*OURS[:2], [*OURS[2][:-1], "20270302-020000-a1b2"]]


def by_xlsxwriter(path: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)


def by_openpyxl(path: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)


def by_xlwt(path: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    import xlwt  # warns when it is imported

    book = xlwt.Workbook()
    for name, rows in sheets.items():
        page = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write(number, column, text)
    book.save(str(path))


def by_odf(path: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for text in row:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=text))
                line.addElement(cell)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))


@pytest.mark.parametrize("write", [by_xlsxwriter, by_openpyxl, by_xlwt, by_odf])
@pytest.mark.parametrize(
    ("sheets", "read"),
    [
        ({"One": PLAIN, "Two": PLAIN}, "One"),
        ({"One": PLAIN, "Two": OURS}, "Two"),
        ({"One": OURS, "Two": PLAIN}, "One"),
        ({"One": NEWER, "Two": OURS}, "One"),
        ({"One": OURS, "Two": NEWER, "Three": PLAIN}, "Two"),
        ({"One": OURS, "Two": OURS}, ""),
        ({"One": PLAIN, "Two": OURS, "Three": [row[:5] for row in OURS]}, ""),
    ],
)
def test_which_sheet_is_read(
    tmp_path: Path,
    write: Callable[[Path, Mapping[str, list[list[str]]]], None],
    sheets: Mapping[str, list[list[str]]],
    read: str,
) -> None:
    """In every kind of workbook it is the only report, or the newest; where that is not known, the file is refused. A name wins."""
    path = tmp_path / "book"
    write(path, sheets)
    if read:
        with open_sheet(path) as found:
            assert found.name == read
    else:
        with pytest.raises(FileRefused) as refused, open_sheet(path):
            pass
        assert refused.value.code == "sheet_missing"
    with open_sheet(path, sheet="One") as found:
        assert found.name == "One"
        assert not any("was read" in note for note in found.notes)
