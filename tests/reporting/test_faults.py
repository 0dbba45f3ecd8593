"""Which cells a row's problems are about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from made_runs import file_record, row, said

from importer.model.staged_files import FileFacts
from importer.model.statuses import Status
from importer.problems.cell_places import position_of
from importer.reporting.report_columns import faults, person, typed

if TYPE_CHECKING:
    from importer.model.staged_files import FileRecord

HEADINGS = ("Booking ref", "Mobile", "Date", "Time", "metadata.place", "Phone 2", "Handy")
CELLS = ("77", "555-1", "2027-03-04", "25:00", "here", "555-9", "555-1")


@pytest.mark.parametrize(
    ("code", "field", "value", "position"),
    [
        pytest.param("phone_too_short", "phone", "555-1", 1, id="heading-and-value-agree"),
        pytest.param("phone_too_short", "phone", "555-9", 5, id="the-profile-named-another-column"),
        pytest.param("value_missing", "phone", "", 1, id="blank-by-heading"),
        pytest.param("value_missing", "eventDateTime", "", 2, id="start-in-two-columns"),
        pytest.param("time_fraction", "eventDateTime", "25:00", 3, id="the-part-that-holds-the-value"),
        pytest.param("metadata_braces", "metadata.place", "here", 4, id="metadata-column"),
        pytest.param("value_missing", "subscriberTimeZone", "", None, id="no-such-column"),
        pytest.param("not_sent_outage", "", "", None, id="the-row-as-a-whole"),
        pytest.param("zone_unknown", "subscriberTimeZone", "555-1", None, id="two-cells-hold-it-and-no-heading-helps"),
    ],
)
def test_the_cell_of_a_problem(code: str, field: str, value: str, position: int | None) -> None:
    """The typed value and the heading together name the cell; where they cannot, no cell is blamed."""
    file = file_record(1, headings=HEADINGS)
    made = row(file, 2, Status.INVALID, cells=CELLS, problems=said(code, field=field, value=value))

    assert [fault.position for fault in faults(made)] == [position]


def test_warnings_come_after_problems_and_are_marked() -> None:
    """A cell with both a problem and a warning is a bad cell first."""
    made = row(
        file_record(1),
        2,
        Status.INVALID,
        problems=said("value_missing", field="phone"),
        warnings=said("reminder_at_night", field="remindTimeOffset"),
    )

    assert [fault.is_warning for fault in faults(made)] == [False, True]


def test_who_a_row_is_about() -> None:
    """Name and phone, then the start, as typed, whatever the headings are called."""
    file = file_record(1, headings=("Surname", "First name", "Cell phone", "Date", "Time"))
    made = row(file, 2, cells=("Null", "Ana", "415 555 2671", "3/4/2027", "9 am"))

    assert person(made) == ("Ana Null, 415 555 2671", "3/4/2027 9 am")


def test_a_row_of_unknown_headings_is_about_nobody() -> None:
    """Without known headings nothing is made up."""
    file = file_record(1, headings=("x", "y"))

    assert person(row(file, 2, cells=("1", "2"))) == ()
    assert typed(row(file, 2, cells=("1",)), "phone") == ""


def told(**facts: Any) -> FileRecord:
    """Return a file whose columns are known as they were read: Handy is the phone, Phone is left out."""
    columns = {"phone": (1,), "date": (2,), "time": (3,)}
    file = file_record(2, headings=("Phone", "Handy", "Day", "Hour"))
    return replace(file, facts=FileFacts(columns=columns, **facts))


@pytest.mark.parametrize(
    ("cells", "note", "position"),
    [
        pytest.param(("212", "212", "x", "9"), {"field": "phone", "value": "212"}, 1, id="the-column-that-is-read"),
        pytest.param(("", "", "x", "9"), {"field": "phone", "code": "value_missing"}, 1, id="the-blank-one"),
        pytest.param(("1", "2", "x", "9"), {"field": "eventDateTime", "value": "9"}, 3, id="the-part-with-the-value"),
        pytest.param(("1", "2", "x", ""), {"field": "eventDateTime", "code": "value_missing"}, 3, id="the-blank-part"),
        pytest.param(
            ("1", "2", "x", "y"), {"field": "eventDateTime", "value": "x y", "code": "time_unreadable"}, 3, id="by-code"
        ),
        pytest.param(("off", "2", "x", "9"), {"field": "status", "value": "off"}, 0, id="a-column-that-is-not-read"),
        pytest.param(("off", "off", "x", "9"), {"field": "status", "value": "off"}, None, id="not-known-which"),
        pytest.param(("off", "off", "x", "9"), {"value": "off", "column": 1}, 1, id="told-which"),
        pytest.param(("212", "", "x", "9"), {"field": "phone", "value": "212", "column": 1}, 1, id="told-otherwise"),
    ],
)
def test_the_column_that_was_read_is_to_blame(
    cells: tuple[str, ...], note: dict[str, Any], position: int | None
) -> None:
    """Where checking or the file's facts tell the columns, no cell is guessed from what it holds."""
    assert position_of(note, told(), cells) == position
