"""What the result columns say of one row."""

from __future__ import annotations

import pytest
from made_runs import RUN, START, file_record, row, said

from importer.model.records import Attempt
from importer.model.statuses import RowState, Status
from importer.reporting.report_columns import code_of, result_cells, status_of, utc_text

FILE = file_record(1)


def test_result_cells_of_a_created_row() -> None:
    """A done row carries its handle, its answer and its moment, and no problem."""
    found = result_cells(RUN, row(FILE, 2, settled_at=START + 0.9))

    assert found == (
        RUN,
        "clinic_week.csv",
        "",
        "2",
        "create",
        "created",
        "db04f6ff-42e4-4bba-a9d3-000000000000",
        "112233",
        "200",
        "",
        "",
        "",
        "",
        "1",
        "2027-03-04T09:00:00Z",
    )


def test_several_problems_are_told_each_once() -> None:
    """Two problems of one kind give one code and one fix, and both sentences."""
    problems = said("phone_too_short", field="phone", value="1") + said("phone_too_short", field="phone", value="2")
    found = dict(zip(range(15), result_cells(RUN, row(FILE, 2, Status.INVALID, problems=problems)), strict=True))

    assert found[9] == "phone_too_short"
    place = 'Column B "Mobile"'
    assert found[10] == f"{place}: “1” is too short for a phone number. {place}: “2” is too short for a phone number."
    assert found[11].count("enter the full number") == 1


def test_codes_of_different_problems_are_told_apart_by_blanks() -> None:
    """A program splits the codes at blanks."""
    problems = said("value_missing", field="phone") + said("zone_unknown", field="subscriberTimeZone", value="x")

    assert code_of(row(FILE, 2, Status.INVALID, problems=problems)).split() == ["value_missing", "zone_unknown"]


def test_code_without_problems_is_that_of_the_outcome() -> None:
    """A row with no problem shows the code that its call ended with."""
    assert code_of(row(FILE, 2, code="http_200")) == "http_200"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (RowState.STAGED, Status.NOT_SENT),
        (RowState.READY, Status.NOT_SENT),
        (RowState.WAITING, Status.NOT_SENT),
        (RowState.SENDING, Status.UNKNOWN),
    ],
)
def test_an_unsettled_row_has_a_status_too(state: RowState, status: Status) -> None:
    """A row that the run left open is unknown when its request may be on its way, otherwise not sent."""
    assert status_of(row(FILE, 2, None, state=state)) is status


def test_attempts_are_counted() -> None:
    """The attempts column counts every HTTP try of the row."""
    tries = tuple(Attempt(START + count, 0.1, 503, "x") for count in range(3))

    assert result_cells(RUN, row(FILE, 2, attempts=tries))[13] == "3"


def test_time_is_utc_and_cut_to_the_second() -> None:
    """A moment is never written later than it was."""
    assert utc_text(1_804_150_800.999) == "2027-03-04T09:00:00Z"
