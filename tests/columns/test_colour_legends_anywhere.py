"""Legends of colours below the table, beside it, beyond its headings and in the headings: they stop its rows as those above it do."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import openpyxl
import pytest

import importer
from importer.columns.visit_words import is_of_a_legend, legend_in

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS: Final = (
    "externalEventId",
    "phone",
    "firstName",
    "eventType",
    "eventDateTime",
    "subscriberTimeZone",
    "remindTimeOffset",
)


def visit(number: int) -> list[str]:
    start = f"2027-03-1{number}T14:30:00"
    event_type = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
    return [f"L-{number}", f"212555010{number}", "Ana", event_type, start, "America/New_York", "PT3H"]


VISITS: Final = [visit(number) for number in (1, 2, 3)]
BLANK: Final = [""] * len(HEADINGS)


def beside(*cells: str, heading: str = "") -> list[list[str]]:
    """Return a table with a blank column and, behind it, one of these cells."""
    told = [*cells, *[""] * len(VISITS)]
    return [[*HEADINGS, "", heading], *([*row, "", told[at]] for at, row in enumerate(VISITS))]


TOLD: Final = {
    "below": [[*HEADINGS], *VISITS, ["Red = cancelled", *BLANK[1:]]],
    "below a blank row": [[*HEADINGS], *VISITS, BLANK, ["Rows in red are cancelled", *BLANK[1:]]],
    "below, in a sentence": [[*HEADINGS], *VISITS, BLANK, ["All of the blue rows have been moved", *BLANK[1:]]],
    "below, with its name": [[*HEADINGS], *VISITS, BLANK, ["Legend: grey = moved, green = confirmed", *BLANK[1:]]],
    "below, in two cells": [[*HEADINGS], *VISITS, BLANK, ["", "", "", "Red", "Cancelled", "", ""]],
    "below, among the names": [[*HEADINGS], *VISITS, BLANK, ["", "", "Grey = cancelled", "", "", "", ""]],
    "between": [[*HEADINGS], *VISITS[:1], ["Grey rows: cancelled", *BLANK[1:]], *VISITS[1:]],
    "beside": beside("Red = cancelled", "Green = confirmed"),
    "beside, further down": beside("", "yellow = confirmed", "red = no show"),
    "beside, below a heading": beside("Red - cancelled", heading="Legend"),
    "beside, with its colour in the fill": beside("Cancelled", "Confirmed", heading="Colour key"),
    "in the headings": beside(heading="Red = cancelled"),
    "beside, in two cells": [
        [*HEADINGS, "", ""],
        *([*row, *cells] for row, cells in zip(VISITS, (["", ""], ["red", "cancelled"], ["", ""]), strict=True)),
    ],
}
OTHERS: Final = {
    "of those that stand": [[*HEADINGS], *VISITS, ["Yellow = confirmed", *BLANK[1:]]],
    "of another thing": [[*HEADINGS], *VISITS, BLANK, ["Red folder: consent forms of the new patients", *BLANK[1:]]],
    "a hair colour": beside("red", "blonde", "brown", heading="Hair color"),
    "a colour of a calendar": beside("Red", "Green", "Blue", heading="Color"),
    "notes without a heading": beside("first visit", "brings papers"),
    "keys": beside("K-1", "K-2", heading="Key"),
}


def found(path: Path) -> list[list[str]]:
    """Return the problems of the visits of a sheet."""
    return [
        [problem["code"] for problem in row["problems"]]
        for row in importer.check(str(path)).rows()
        if row["payload"].get("externalEventId", "").startswith("L-")
    ]


def written(folder: Path, rows: list[list[str]], kind: str) -> Path:
    path = folder / f"week.{kind}"
    if kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("case", TOLD)
def test_a_legend_anywhere_in_the_sheet_stops_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, kind: str
) -> None:
    """No file gives colours on, so nobody knows which rows are meant, above the legend and below it."""
    monkeypatch.chdir(tmp_path)
    codes = found(written(tmp_path, TOLD[case], kind))
    assert len(codes) == len(VISITS)
    # In a text file a cell beyond the last heading is a problem of its own row.
    assert all(not {"colours_tell", "row_too_long"}.isdisjoint(each) for each in codes)
    assert ["colours_tell"] in codes


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("case", OTHERS)
def test_other_cells_with_colours_stop_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, kind: str
) -> None:
    """What is said of visits that take place, of other things and of each row tells of no colour that calls visits off."""
    monkeypatch.chdir(tmp_path)
    codes = found(written(tmp_path, OTHERS[case], kind))
    assert {code for each in codes for code in each} <= ({"row_too_long"} if kind == "csv" else set())


def test_a_legend_beyond_the_last_heading_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell too many is a problem of its row, and what it says of colours one of all rows."""
    monkeypatch.chdir(tmp_path)
    rows = [[*HEADINGS], *VISITS]
    rows[1] = [*rows[1], "", "Red = cancelled"]
    codes = found(written(tmp_path, rows, "csv"))
    assert codes[1:] == [["colours_tell"], ["colours_tell"]]
    assert "row_too_long" in codes[0]


@pytest.mark.parametrize(("heading", "cell"), [("Status", "Booked"), ("Cancelled", "No"), ("action", "create")])
def test_a_column_that_tells_goes_before_the_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heading: str, cell: str
) -> None:
    """Where a column says of each row whether its visit takes place, the colours say it twice."""
    monkeypatch.chdir(tmp_path)
    rows = [[*HEADINGS, heading], *([*row, cell] for row in VISITS), ["Red = cancelled", *BLANK]]
    assert found(written(tmp_path, rows, "csv")) == [[], [], []]


def test_a_legend_ends_with_no_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that says that visits stand ends what another line said, and not what the colours mean."""
    monkeypatch.chdir(tmp_path)
    lines = [["Cancelled", *BLANK[1:]], VISITS[0], ["Appointments", *BLANK[1:]], VISITS[1]]
    codes = found(written(tmp_path, [["Red = cancelled"], [*HEADINGS], *lines], "csv"))
    assert codes == [["status_not_used", "colours_tell"], ["colours_tell"]]


@pytest.mark.parametrize("heading", ["", "Legend", "Key", "Colour key", "Color code", "Legende", "Leyenda"])
def test_heading_of_a_legend(heading: str) -> None:
    """It is blank, or says that cells explain something, perhaps colours."""
    assert is_of_a_legend(heading)


@pytest.mark.parametrize(
    "heading", ["Color", "Hair color", "Status", "Code", "Key contact", "Brown", "Notes", "CPT code"]
)
def test_heading_of_other_things(heading: str) -> None:
    """A colour or a code alone is one of the row's own."""
    assert not is_of_a_legend(heading)


@pytest.mark.parametrize("name", ["Brown", "Green - cancelled", "White: no show", "Grey cancelled"])
def test_names_that_are_colours_are_no_legend(name: str) -> None:
    """In a column of people's names such a cell is one of a person, unless it says what equals what."""
    assert legend_in([name], of_names=True) is None
    assert legend_in([f"{name.split(maxsplit=1)[0]} = cancelled"], of_names=True)
    assert legend_in(["Red: cancelled"], of_names=True)
