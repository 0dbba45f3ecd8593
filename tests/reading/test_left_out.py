"""Rows that are no appointments: totals, lines of a report, the headings again. They are left out and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from importer.reading import csv_rows

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
    "Printed by: front desk", "Total général : 12", "Anzahl Termine: 12", "Total de citas: 14,,,,,", "Aantal afspraken: 9", "Zwischensumme 3", "12 rendez-vous",
    "Gedruckt am 04.03.2027", "Imprimé le 04/03/2027 par Anne,,,,,", "Impreso por: admin", "Fin du rapport", "--- Ende der Liste ---", "Strona 1 z 3", "Celkem: 12",
    "Итого 12", "合計: 12", "Powered by Some Booking 3", "Report criteria: all locations", "1-25 of 25", "Records 1 - 25 of 25", "Showing 1 to 25 of 25 entries",
    "CONFIDENTIAL", "This report holds confidential patient information. Do not distribute.", "All rights reserved.,,,,,", "Vertraulich - nur intern,,,,,",
    "Questions about this list are answered at extension two,,,,,", "* Times are shown in the zone of each location",
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
        "Suma,,,,,612345678",
        "Summa,,,12345678,,",
        "Suma,,,612 345 678,,",
        "Total,,,2027-03-04,,",
        "Average,,,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,,",
        "555-0101,,,,,",
        "V12,,,,,",
        "1-25,,,,,",
    ],
)
def test_patients_are_no_totals(text: Callable[..., Path], read: Read, line: str) -> None:
    """A row that names anybody, or holds a phone, is a row, whatever word it begins with."""
    seen = read(text(f"{HEAD}\n{ROW}\n{line}\n{ROW}"))

    assert list(seen.rows) == [2, 3, 4]
    assert seen.notes == ()


@pytest.mark.parametrize(
    "line",
    [
        "Monday 8 March,,,,,",
        "Ana Lee,,,,,",
        "Fin Murphy,,,,,",
        ",,,,,please call her daughter about this",
        "Dr. Miller (room 2),,,,,",
        "Cancelled appointments,,,,,",
        "This report shows cancelled visits and nothing else of the week,,,,,",
        "Confidential: do not text any of the patients below,,,,,",
    ],
)
@pytest.mark.parametrize("at_first", [1, 100], ids=["columns", "rows"])
def test_other_lines_are_one_problem(text: Callable[..., Path], read: Read, line: str, at_first: int) -> None:
    """Words that stand alone in a row, and are surely no line of a report or call visits off, stay a row with one problem."""
    with patch.object(csv_rows, "ROWS_AT_FIRST", at_first):
        seen = read(text("\n".join([HEAD, *[ROW] * 4, line, ROW])))

    assert list(seen.rows) == [2, 3, 4, 5, 6, 7]
    assert seen.codes() == [(6, None, "line_alone")]
    assert seen.notes == ()


@pytest.mark.parametrize("at_first", [1, 100], ids=["columns", "rows"])
def test_sentence_is_left_out_behind_a_blank_row_only(text: Callable[..., Path], read: Read, at_first: int) -> None:
    """A sentence nobody foresaw is a footer behind a blank row; right below a row it may belong to that row."""
    sentence = "Please bring this list back to the front desk,,,,,"
    with patch.object(csv_rows, "ROWS_AT_FIRST", at_first):
        seen = read(text("\n".join([HEAD, *[ROW] * 4, sentence, ROW, "", sentence, sentence, ROW, ",,,,,", sentence])))

    assert seen.codes() == [(6, None, "line_alone")]
    assert seen.notes == ("3 rows (9, 10, 13) were left out: totals or lines of a report, no appointments.",)


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
