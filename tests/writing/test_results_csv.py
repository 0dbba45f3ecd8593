"""results.csv: every row, for programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import HEADINGS, file_record, report_of, row, week

from importer.model.formula_escape import guard, is_live, unguard
from importer.model.statuses import RESULT_COLUMNS
from importer.writing.report_files import line, write_results_csv

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "=1+2",
    "+1+2",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "\uff1d1+2",
    "\xa0=1+2",
    'x";=1+2',
    "=1+2'\" ;,=1+2",
    '=HYPERLINK("http://example.invalid")',
)


def table(report) -> list[list[str]]:  # noqa: ANN001 - any report
    stream = io.BytesIO()
    write_results_csv(report, stream)
    return list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""), strict=True))


def test_own_columns_first_as_typed_then_ours() -> None:
    """The person finds the sheet as it was, and the results to the right of it."""
    report = week("bad")
    heading, *rows = table(report)

    assert tuple(heading) == HEADINGS + RESULT_COLUMNS
    assert [tuple(cells[: len(HEADINGS)]) for cells in rows] == [each.cells for each in report.rows()]
    assert [cells[len(HEADINGS) + 3] for cells in rows] == [str(number) for number in range(2, 242)]


def test_hostile_cells_and_headings_are_not_live_and_come_back() -> None:
    """Nothing in the file begins a formula, and reading undoes the guard exactly."""
    file = file_record(1, headings=HOSTILE)
    report = report_of([row(file, 2, cells=HOSTILE, uuid="=cmd", external_event_id="+A1")])
    heading, cells = table(report)

    assert not [text for text in heading + cells if is_live(text) or text[:1] in tuple("=@\t\r\n\x00")]
    assert tuple(map(unguard, heading[: len(HOSTILE)])) == HOSTILE
    assert tuple(map(unguard, cells[: len(HOSTILE)])) == HOSTILE


def test_the_guard_writes_what_owasp_expects() -> None:
    """Their own example, byte for byte; the part behind its comma has a mark of its own."""
    assert line(["=1+2'\" ;,=1+2"]) == b'"\'=1+2\'"" ;,\'=1+2"\n'


@pytest.mark.parametrize("text", ["+14155552671", "-5", "O'Brien", "00123", "NA", "1E+15", "", " x "])
def test_ordinary_cells_stay_as_typed(text: str) -> None:
    """Phones, negative numbers, leading zeros and blanks are written as they are."""
    assert line([text, "x"]).decode() == f'"{text}","x"\n'


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=6))
def test_a_line_is_what_the_csv_module_writes(cells: list[str]) -> None:
    """The fast writer and the library agree, and the library reads the cells back."""
    expected = io.StringIO()
    csv.writer(expected, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(map(guard, cells))

    assert line(cells) == expected.getvalue().encode()
    (found,) = csv.reader(io.StringIO(line(cells).decode(), newline=""), strict=True)
    assert [unguard(cell) for cell in found] == cells


def test_half_a_surrogate_pair_does_not_end_the_report() -> None:
    """Text that UTF-8 cannot hold is shown as an escape."""
    assert line(["\ud800"]) == b'"\\ud800"\n'


def test_a_byte_order_mark_comes_first(tmp_path: Path) -> None:
    """Spreadsheet programs take the file for UTF-8 by it, and show letters as they are."""
    stream = io.BytesIO()
    write_results_csv(week("good"), stream)

    assert stream.getvalue().startswith(b'\xef\xbb\xbf"Appointment No",')


SEPARATED = (
    "Ana;=1+41;x",
    "Bel\t=2+40\ty",
    "Cem|@SUM(A1)|z",
    "Dee,+1+1,w",
    "two lines\n=3+39",
    "old Mac\r-1+1",
    'quoted;"=1+1"',
    "twice;;==1|\uff1d2",
    "plain; -5, +1 415 555 2671 | x",
    "marked;'=1",
)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_separator_opens_a_formula(separator: str) -> None:
    """Opened with any of four separators, quotes heeded or not, no field of the file is computed."""
    file = file_record(1, headings=SEPARATED)
    stream = io.BytesIO()
    write_results_csv(report_of([row(file, 2, cells=SEPARATED)]), stream)
    text = stream.getvalue().decode("utf-8-sig")
    heeded = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    bare = csv.reader(io.StringIO(text.replace('"', ""), newline=""), delimiter=separator, quoting=csv.QUOTE_NONE)
    fields = [field for line in (*heeded, *bare) for field in line]

    assert not [field for field in fields if field.strip()[:1] in tuple("=@\uff1d")]
    assert not [field for field in fields if field.strip()[:1] in tuple("+-") and not is_number(field)]


def is_number(text: str) -> bool:
    return set(text.strip()) <= set("+-0123456789 ")


def test_parts_of_cells_come_back() -> None:
    """Fed back, each cell is the text that was typed."""
    file = file_record(1, headings=SEPARATED)
    heading, cells = table(report_of([row(file, 2, cells=SEPARATED)]))

    assert tuple(map(unguard, heading[: len(SEPARATED)])) == SEPARATED
    assert tuple(map(unguard, cells[: len(SEPARATED)])) == SEPARATED
