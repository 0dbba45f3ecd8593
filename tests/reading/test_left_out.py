"""Rows that are no appointments: totals, lines of a report, the headings again. They are left out and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from importer.reading.text import csv_rows

if TYPE_CHECKING:
    from pathlib import Path

Read = Callable[..., Any] if TYPE_CHECKING else Any

HEAD = "phone,firstName,lastName,date,zone,note"
ROW = "2125550101,Ana,Lee,2027-03-04,America/New_York,n"

LINES = (
    "Total", "Total: 41", "Grand total,,,,,41", "TOTALS,,,41,,", ",,,,Total,12.50", "Sub-total:,,,3,,", "Sum,,,,,105", "Count: 41,,,,,", "41 appointments",
    "3 records", "(3 rows affected)", "Number of visits: 7", "*** End of report ***", "-- end of file --", "END", "Page 2 of 3", "Seite 1 von 4,,,,,",
    "Printed on 3/4/2027 10:02 by the front desk", "Generated: 2027-03-04", "Report run 03/04/2027,,,,,", "-----,-----,-----,-----,-----,-----",
    "==================", "\x1a", "\x00\x00\x00", "Gesamt: 12,,,,,", "Total appointments booked this week: 41", "Records: 3",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("at_first", [1, 100], ids=["columns", "rows"])
def test_lines_of_a_report(text: Callable[..., Path], read: Read, line: str, at_first: int) -> None:
    """A total or a line of a printed report is left out with a note, and costs the rows around it nothing."""
    with patch.object(csv_rows, "ROWS_AT_FIRST", at_first):
        seen = read(text("\r\n".join([HEAD, *[ROW] * 5, "", line, ROW, ""])))

    assert list(seen.rows) == [2, 3, 4, 5, 6, 9]
    assert seen.codes() == []
    assert seen.notes == ("Row 8 was left out: totals or lines of a report, no appointments.",)


@pytest.mark.parametrize(
    "line",
    [
        "2125550101,Sum,Wong,2027-03-04,,",
        ",Sum,Wong,2027-03-04,,",
        "2125550101,Count,,,,",
        "Sum,Wong,2125550101,,,",
        "Total,Wellness,,,,",
        "7,,,,,",
        "A-1,,,,,",
        ",Paige,,,,",
        "-,,,,,",
        "Sum,,,,,2125550101",
    ],
)
def test_patients_are_no_totals(text: Callable[..., Path], read: Read, line: str) -> None:
    """A row that names anybody, or holds a phone, is a row, whatever word it begins with."""
    seen = read(text(f"{HEAD}\n{ROW}\n{line}\n{ROW}"))

    assert list(seen.rows) == [2, 3, 4]
    assert seen.notes == ()


def test_total_among_many_columns(text: Callable[..., Path], read: Read) -> None:
    """A total is known among two hundred columns, and among rows without a quotation mark."""
    width = 200
    rows = ["phone,firstName," + ",".join(f"c{n}" for n in range(width)), *["1,Ana," + ",".join("x" * width)] * 150]

    seen = read(text("\n".join([*rows, "Total: 150,," + "," * (width - 1)])))

    assert len(seen.rows) == 150
    assert seen.notes == ("Row 152 was left out: totals or lines of a report, no appointments.",)


@pytest.mark.parametrize("again", [HEAD, HEAD.upper(), f'"{HEAD.replace(",", chr(34) + "," + chr(34))}"', HEAD + ",,"])
@pytest.mark.parametrize("at_first", [1, 100], ids=["columns", "rows"])
def test_headings_again(text: Callable[..., Path], read: Read, again: str, at_first: int) -> None:
    """Headings that stand again between rows are left out with a note."""
    with patch.object(csv_rows, "ROWS_AT_FIRST", at_first):
        seen = read(text("\n".join([HEAD, *[ROW] * 4, again, ROW, again])))

    assert list(seen.rows) == [2, 3, 4, 5, 7]
    assert seen.codes() == []
    assert seen.notes == ("2 rows (6, 8) were left out: the headings again.",)


def test_doubtful_total_is_one_problem(text: Callable[..., Path], read: Read) -> None:
    """A total beside which more than amounts stands is a problem of its row, never left out."""
    seen = read(text(f"{HEAD}\n{ROW}\nGrand total: 6,,,see page 2,,"))

    assert seen.codes() == [(3, None, "totals_row")]


def test_many_are_named_in_part(text: Callable[..., Path], read: Read) -> None:
    """The note names the first rows and counts all."""
    seen = read(text("\n".join([HEAD, *[ROW, "Total"] * 12])))

    assert seen.notes == (
        "12 rows (3, 5, 7, 9, 11, 13, 15, 17, 19, 21, …) were left out: totals or lines of a report, no appointments.",
    )
