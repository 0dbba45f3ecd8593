"""The columns of a report: the person's own, then ours."""

from __future__ import annotations

import pytest
from made_runs import file_record, row

from importer.model.statuses import RESULT_COLUMNS
from importer.reporting.report_columns import layout


def test_result_columns_are_those_of_the_design() -> None:
    """The fifteen result columns are a documented product, in this order."""
    documented = (
        "result_run, result_file, result_sheet, result_row, result_action, result_status, result_uuid, "
        "result_external_event_id, result_http_status, result_code, result_problem, result_fix, result_warnings, "
        "result_attempts, result_time"
    )

    assert documented.split(", ") == list(RESULT_COLUMNS)


@pytest.mark.parametrize(
    ("headings", "own"),
    [
        pytest.param([("phone", "Start")], ("phone", "Start"), id="one-file"),
        pytest.param([("a", "b"), ("b", "c")], ("a", "b", "c"), id="union-in-order-of-appearance"),
        pytest.param([("First Name",), ("first_name", "x")], ("First Name", "x"), id="case-and-punctuation-agree"),
        pytest.param([("Notes", "x", "Notes")], ("Notes", "x", "Notes"), id="a-heading-twice-is-two-columns"),
        pytest.param([("Notes",), ("Notes", "Notes")], ("Notes", "Notes"), id="twice-in-one-file-only"),
        pytest.param([("", "a", "")], ("", "a", ""), id="blank-headings"),
        pytest.param([("#", "%")], ("#", "%"), id="headings-of-punctuation"),
        pytest.param([("a", "result_uuid", "Result_Status ", "b")], ("a", "b"), id="columns-of-an-earlier-report"),
        pytest.param([("a", "result_of_test")], ("a", "result_of_test"), id="a-heading-like-ours"),
    ],
)
def test_own_columns(headings: list[tuple[str, ...]], own: tuple[str, ...]) -> None:
    """The own columns are the files' headings as typed, each once, without those of an earlier report."""
    found = layout([file_record(0, headings=each) for each in headings])

    assert own == found.own
    assert own + RESULT_COLUMNS == found.headings


def test_cells_of_several_files_stand_in_their_columns() -> None:
    """A row's cells follow its own file's headings, and columns that its file lacks are blank."""
    first, second = file_record(1, headings=("a", "b", "c")), file_record(1, headings=("c", "d", "a"))
    found = layout([first, second])

    assert found.cells(row(first, 2, cells=("1", "2", "3"))) == ("1", "2", "3", "")
    assert found.cells(row(second, 2, cells=("3", "4", "1"))) == ("1", "", "3", "4")


def test_columns_of_one_field_can_be_one() -> None:
    """Where a sheet is to be fed back, two files' names for one field stand under the first file's heading."""
    files = [file_record(0, headings=each) for each in (("Mobile", "Notes"), ("phone", "Booking ref", "notes"))]

    assert layout(files, by_field=True).own == ("Mobile", "Notes", "Booking ref")
    assert layout(files).own == ("Mobile", "Notes", "phone", "Booking ref")


def test_short_and_long_rows_do_not_shift() -> None:
    """A row with fewer cells than headings ends in blanks, and cells beyond the headings are not taken in."""
    file = file_record(2, headings=("a", "b", "c"))
    found = layout([file])

    assert found.cells(row(file, 2, cells=("1",))) == ("1", "", "")
    assert found.cells(row(file, 3, cells=("1", "2", "3", "4"))) == ("1", "2", "3")


def test_column_of_a_dropped_position_is_none() -> None:
    """A position of an earlier report's column has no column here; the others know theirs."""
    file = file_record(0, headings=("result_run", "a", "b"))
    found = layout([file])

    assert [found.column_of(file, place) for place in range(3)] == [None, 0, 1]
