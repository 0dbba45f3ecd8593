"""A clinic's own workbook: a title above the table, formulas with saved values, formats, a second sheet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import openpyxl
import xlsxwriter
from desk import EVENT_TYPE
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

if TYPE_CHECKING:
    from pathlib import Path

    from importer.commands.run import RunResult

HEADINGS = ("Full name", "Appt no", "Cell", "Type", "Starts", "Time zone", "Minutes", "Notes")
TOP = 3
START = dt.datetime(2027, 3, 8, 9, 0)  # noqa: DTZ001 - a cell knows no zone
NAME = "Week 10"
NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana")


def write(path: Path, *, bad: tuple[int, ...] = (5, 8), rows: int = 8) -> None:
    """Her workbook, with formulas whose values are saved as a spreadsheet program saves them; ``bad``: rows with a short phone."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, bold = book.add_worksheet(NAME), book.add_format({"bold": True, "bg_color": "#CCE8FF"})
        day = book.add_format({"num_format": "m/d/yyyy h:mm AM/PM"})
        sheet.write(0, 0, "Hillcrest, week 10", bold)
        for column, heading in enumerate(HEADINGS):
            sheet.write(TOP - 1, column, heading, bold)
            sheet.set_column(column, column, 11 + column)
        for number in range(TOP + 1, TOP + 1 + rows):
            place = number - TOP
            sheet.write(number - 1, 0, f"Ortiz, {NAMES[place - 1]}")
            sheet.write_number(number - 1, 1, 1000 + place)
            sheet.write(number - 1, 2, "212-555" if number in bad else f"(212) 555-01{place:02d}")
            sheet.write(number - 1, 3, EVENT_TYPE)
            sheet.write_datetime(number - 1, 4, START + dt.timedelta(days=place), day)
            sheet.write(number - 1, 5, "America/New_York")
            sheet.write_formula(number - 1, 6, f"=B{number}*2", None, (1000 + place) * 2)
            sheet.write(number - 1, 7, "  two blanks")
        other = book.add_worksheet("Lists")
        other.write(0, 0, "Rooms", bold)
        other.write_formula(1, 0, "=1+2", None, 3)
        other.write_formula(2, 0, '="a"&"b"', None, "ab")
        other.set_row(1, 40)


def dressed(path: Path) -> None:
    """Give her workbook what openpyxl keeps: a drop-down, a condition, a comment, a name."""
    book = openpyxl.load_workbook(path, rich_text=True)
    sheet = book[NAME]
    rule = DataValidation(type="list", formula1='"a,b"', allow_blank=True)
    rule.add("H4:H11")
    sheet.add_data_validation(rule)
    sheet.conditional_formatting.add(
        "B4:B11", CellIsRule(operator="greaterThan", formula=["1005"], font=Font(bold=True))
    )
    sheet["H5"].comment = Comment("Hers", "Front desk")
    sheet["A6"].fill = PatternFill("solid", fgColor="FFFFFF00")
    book.save(path)


def to_fix(result: RunResult) -> Path:
    return result.paths["to_fix.xlsx"]


def look(cell: Any) -> tuple[Any, ...]:
    kept = (cell.font, cell.fill, cell.border, cell.alignment, cell.number_format)
    return cell.value, cell.data_type, *map(repr, kept)
