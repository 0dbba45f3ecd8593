"""A report that is fed back: what stopped a row in the sheet and does not show in the report's cells stops it still."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import openpyxl
import pytest
from desk import EVENT_TYPE, read_csv

from importer.commands.run import RunResult, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desk import Desk


HEADINGS = (
    "externalEventId",
    "phone",
    "firstName",
    "lastName",
    "eventType",
    "eventDateTime",
    "subscriberTimeZone",
    "remindTimeOffset",
)


def cells(number: int) -> list[str]:
    return [
        f"F-{number}",
        f"212555010{number}",
        "Ana",
        "Lee",
        EVENT_TYPE,
        f"2027-03-1{number}T14:30:00",
        "America/New_York",
        "PT3H",
    ]


def lines(*rows: list[str]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


SHEETS = {
    "below a line": ("a.csv", lines(list(HEADINGS), ["Cancelled"] + [""] * 7, cells(1)), "status_not_used"),
    "below a line of consent": ("a.csv", lines(list(HEADINGS), ["Do not text"] + [""] * 7, cells(1)), "consent_refused"),
    "below a legend": ("a.csv", lines(["Red = cancelled"], list(HEADINGS), cells(1)), "colours_tell"),
    "in a file so named": ("cancellations.csv", lines(list(HEADINGS), cells(1)), "status_not_used"),
    "too long": ("a.csv", lines(list(HEADINGS), [*cells(1), "extra"]), "row_too_long"),
    "a quotation mark within": ("a.csv", lines(list(HEADINGS), [*cells(1)[:2], '"Ana"x', *cells(1)[3:]]), "quote_misplaced"),
}  # fmt: skip


def sheet(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def codes(result: RunResult) -> list[set[str]]:
    return [set(row["result_code"].split()) for row in read_csv(result.paths["results.csv"]) if row["phone"]]


@pytest.mark.parametrize("case", SHEETS)
@pytest.mark.parametrize("report", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_a_row_that_the_sheet_stopped_is_stopped_in_its_report(desk: Desk, case: str, report: str) -> None:
    """Fed back untouched, and its report again, nothing is sent; the first sentence is still told."""
    name, text, code = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    assert codes(result) == [{code}]
    first = read_csv(result.paths["results.csv"])[-1]["result_problem"]
    for _ in range(2):
        result = run(desk.job(), [str(result.paths[report])])
        again = read_csv(result.paths["results.csv"])[-1]
        assert again["result_status"] == "invalid"
        assert again["result_code"] in {code, "told_before"}
        assert first.removeprefix(f"{name}: ")[:60] in again["result_problem"]
    assert desk.deeds() == []


@pytest.mark.parametrize("case", SHEETS)
def test_without_the_sentence_the_row_is_sent(desk: Desk, case: str) -> None:
    """Who mended it takes the sentence out of the row."""
    name, text, _ = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    rows = read_csv(result.paths["results.csv"])[-1:]
    rows[0]["result_problem"] = ""
    path = desk.folder / "mended.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    run(desk.job(), [str(path)])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]


def formula(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet["I2"] = '="can" & "celled"'


def merged(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet["I2"] = "cancelled"
    sheet.merge_cells("I2:I3")


@pytest.mark.parametrize("report", ["results.csv", "results.xlsx"])
@pytest.mark.parametrize("hide", [formula, merged])
def test_a_status_that_the_report_leaves_blank_stops_the_row(
    desk: Desk, hide: Callable[[openpyxl.worksheet.worksheet.Worksheet], None], report: str
) -> None:
    """A formula without a value and merged cells are blank in a report: the row waits until the cell says something."""
    book = openpyxl.Workbook()
    page = book.active
    page.append([*HEADINGS, "Status"])
    page.append([*cells(1), ""])
    page.append([*cells(2), ""])
    page["I3"] = "booked"
    hide(page)
    book.save(desk.folder / "b.xlsx")
    result = run(desk.job(), [str(desk.folder / "b.xlsx")])
    before = len(desk.deeds())

    result = run(desk.job(), [str(result.paths[report])])
    assert not {"formula_without_value", "merged_cells"}.isdisjoint(set().union(*codes(result)))
    assert len(desk.deeds()) == before

    rows = read_csv(result.paths["results.csv"])
    for row in rows:
        row["Status"] = "booked"
    path = desk.folder / "entered.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    run(desk.job(), [str(path)])
    assert {deed[1] for deed in desk.deeds()} == {"F-1", "F-2"}
