"""
The sample workbooks hold the rows of their CSV twins, and are made from them.

``python tests/samples/test_sample_workbooks.py`` writes them anew after a change of the CSV.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from importlib import resources
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

TWINS = {"clinic_week.csv": "clinic_week.xlsx", "clinic_week_changes.csv": "clinic_week_changes.xlsx"}
SAMPLES = Path(str(resources.files("sample_data")))
START = "Appointment start"
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
CELL_HEADINGS = (
    "What is wrong",
    "externalEventId",
    "phone",
    "firstName",
    "lastName",
    "eventType",
    "eventDateTime",
    "subscriberTimeZone",
)


def rows_of(name: str) -> list[list[str]]:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))


def cells_of(name: str) -> list[list[str | datetime]]:
    """Return the rows of a CSV sample as a workbook keeps them: starts as dates, all else as text."""
    headings, *rows = rows_of(name)
    return [headings, *([_cell(text, heading) for text, heading in zip(row, headings, strict=True)] for row in rows)]


def _cell(text: str, heading: str) -> str | datetime:
    return datetime.fromisoformat(text) if heading == START and text else text


def build(name: str) -> bytes:
    """Return the workbook with the rows of a CSV sample."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    book.set_properties({"created": datetime(2027, 3, 5), "title": name.removesuffix(".csv")})  # noqa: DTZ001 - as Excel keeps it
    sheet = book.add_worksheet("Appointments")
    start, heading = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 12, 16)
    for number, row in enumerate(cells_of(name)):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, column, cell, start)
            elif cell:
                sheet.write_string(number, column, cell, heading if number == 0 else None)
    book.close()
    return target.getvalue()


def build_cell_problems() -> bytes:
    """Return the workbook whose cells cannot be read as they stand, one problem a row, named in its first cell."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "in_memory": True})
    book.set_properties({"created": datetime(2027, 3, 5), "title": "cell_problems"})  # noqa: DTZ001 - as Excel keeps it
    sheet = book.add_worksheet("Appointments")
    start = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(0, 0, CELL_HEADINGS)
    for number in (*range(1, 6), 7):
        sheet.write_row(number, 1, [f"X-{number}", "212-555-0101", "Ana", "Beltran", TYPE])
        sheet.write_datetime(number, 6, datetime(2027, 3, 9, 14, 30), start)  # noqa: DTZ001 - a wall clock
        sheet.write_string(number, 7, "America/New_York")
    sheet.write_column(
        1, 0, ["cell_error", "formula_without_value", "number_damaged", "date_impossible", "(merged with the next row)"]
    )
    sheet.write_formula(1, 4, '=VLOOKUP("Ana",A1:B2,2,FALSE)', None, "#N/A")
    sheet.write_formula(2, 4, '="Bel"&"tran"', None, "")
    sheet.write_number(3, 1, 12345678901234567000)
    sheet.write_number(4, 6, -5, start)
    sheet.merge_range(5, 2, 6, 2, "212-555-0101")
    sheet.write_row(6, 3, ["Marcus", "O'Brien", TYPE])
    sheet.write_datetime(6, 6, datetime(2027, 3, 9, 15, 30), start)  # noqa: DTZ001 - a wall clock
    sheet.write_row(6, 0, ["merged_cells", "X-6"])
    sheet.write_string(6, 7, "America/New_York")
    line = book.add_format({"font_strikeout": True})
    sheet.write_row(7, 0, ["struck_through", "X-7", "212-555-0101", "Ana", "Beltran", TYPE], line)
    book.close()
    return target.getvalue()


def build_contradictory() -> bytes:
    """Return a workbook in which one cell, a phone, stands twice with two numbers, as no spreadsheet program writes it."""
    made, target = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": datetime(2027, 3, 5), "title": "contradictory"})  # noqa: DTZ001 - as Excel keeps it
    sheet = book.add_worksheet("Appointments")
    sheet.write_row(0, 0, CELL_HEADINGS[1:])
    for number in (1, 2):
        start = f"2027-03-09T1{number}:30:00"
        person = ["Ana", "Beltran"] if number == 1 else ["Marcus", "O'Brien"]
        sheet.write_row(number, 0, [f"K-{number}", f"212-555-010{number}", *person, TYPE, start, "America/New_York"])
    book.close()
    with zipfile.ZipFile(made) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for part in read.infolist():
            data = read.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                cell = next(piece for piece in data.split(b"<c ") if piece.startswith(b'r="B2"'))
                data = data.replace(
                    b"<c " + cell, b"<c " + cell + b'<c r="B2" t="inlineStr"><is><t>212-555-0109</t></is></c>'
                )
            written.writestr(part, data)
    return target.getvalue()


def kept_cells(data: bytes) -> list[list[object]]:
    """Return what a workbook holds, formulas as such, with its merged ranges and what is struck through at the end."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["Appointments"]
    cells: list[list[object]] = [list(row) for row in sheet.iter_rows(values_only=True)]
    struck = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.font.strike]
    return [*cells, [str(merged) for merged in sheet.merged_cells.ranges], struck]


def test_workbook_of_cell_problems_is_the_built_one() -> None:
    """The shipped workbook holds what its builder writes."""
    shipped = (SAMPLES / "cell_problems.xlsx").read_bytes()

    assert kept_cells(shipped) == kept_cells(build_cell_problems())
    (SAMPLES / "contradictory.xlsx").write_bytes(build_contradictory())


def test_contradictory_workbook_is_the_built_one() -> None:
    """The shipped workbook's sheet is the one that its builder writes."""

    def sheet(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return book.read("xl/worksheets/sheet1.xml")

    assert sheet((SAMPLES / "contradictory.xlsx").read_bytes()) == sheet(build_contradictory())


@pytest.mark.parametrize(("text_name", "book_name"), TWINS.items(), ids=TWINS.values())
def test_workbook_holds_the_rows_of_its_twin(text_name: str, book_name: str) -> None:
    """Cell by cell a workbook holds what its CSV twin holds, with starts as real dates."""
    book = openpyxl.load_workbook(SAMPLES / book_name, read_only=True)
    kept = [["" if cell is None else cell for cell in row] for row in book["Appointments"].iter_rows(values_only=True)]
    book.close()

    assert kept == cells_of(text_name)


if __name__ == "__main__":
    for text_name, book_name in TWINS.items():
        (SAMPLES / book_name).write_bytes(build(text_name))
    (SAMPLES / "cell_problems.xlsx").write_bytes(build_cell_problems())
    (SAMPLES / "contradictory.xlsx").write_bytes(build_contradictory())
