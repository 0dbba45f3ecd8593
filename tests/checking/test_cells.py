"""Which cell of the sheet an issue is about."""

from __future__ import annotations

import numpy as np
import orjson
import pandas as pd
import pytest

from importer.checking import check, check_rows, stage
from importer.checking.problem_sentences import in_its_cell
from importer.model.batches import CellFlaw
from importer.model.chunks import Chunk
from importer.model.issues import NOWHERE, Issue, Issues
from importer.model.profile import Profile
from importer.normalizing import normalize
from importer.problems import problem, shown
from importer.problems.cell_places import placed_in

DAY_AND_TIME = {"date": 4, "time": 7}


def columns_of(issue: Issues, cells: dict[str, list[str]], columns: dict[str, int]) -> list[int | None]:
    return list(in_its_cell(issue, pd.DataFrame(cells, dtype=object), columns).cells())


def about(code: str, field: str, *positions: int, columns: int | None = None) -> Issues:
    return Issues(code, field, np.array(positions, dtype=np.int64), columns=columns)


def test_the_column_of_the_field() -> None:
    """An issue stands in the column that its field is read from, whatever else the row's cells hold."""
    cells = {"phone": ["555", "555"], "externalEventId": ["555", "1"]}

    assert columns_of(about("phone_too_short", "phone", 0, 1), cells, {"phone": 3, "externalEventId": 0}) == [3, 3]


@pytest.mark.parametrize(
    ("code", "date", "time", "column"),
    [
        pytest.param("value_missing", "", "", 4, id="both-missing"),
        pytest.param("value_missing", "3/4/2027", "", 7, id="no-time"),
        pytest.param("value_missing", " ", "9:30", 4, id="no-date"),
        pytest.param("start_in_past", "3/4/2020", "9:30", 4, id="both-there"),
        pytest.param("start_unreadable", "", "9:30", 7, id="only-the-time-there"),
    ],
)
def test_a_start_of_two_cells(code: str, date: str, time: str, column: int) -> None:
    """What is missing of a start belongs where nothing stands, anything else where something does."""
    assert columns_of(about(code, "eventDateTime", 0), {"date": [date], "time": [time]}, DAY_AND_TIME) == [column]


@pytest.mark.parametrize(
    ("field", "columns", "column"),
    [
        ("subscriberTimeZone", {"location": 2}, 2),
        ("subscriberTimeZone", {"location": 2, "subscriberTimeZone": 5}, 5),
        ("metadata.room", {"metadata": 6}, 6),
        ("metadata.room", {"metadata": 6, "metadata.room": 1}, 1),
        ("lastName", {"fullName": 9}, 9),
        ("emailAddress", {"phone": 1}, None),
        ("", {"phone": 1}, None),
    ],
)
def test_a_field_that_is_read_from_another(field: str, columns: dict[str, int], column: int | None) -> None:
    """A field without a column of its own stands in the column that it is read from; the row as a whole in none."""
    assert columns_of(about("zone_unknown", field, 0), {name: ["x"] for name in columns}, columns) == [column]


def test_columns_that_are_known_stay() -> None:
    """What names its column keeps it, and what says that it has none is not given one."""
    cells, columns = {"phone": ["1", "2"]}, {"phone": 3}
    each = Issues("cell_error", "phone", np.array([0, 1]), columns=np.array([8, NOWHERE]))

    assert columns_of(about("phone_invalid", "phone", 0, columns=8), cells, columns) == [8]
    assert columns_of(about("phone_invalid", "phone", 0, columns=NOWHERE), cells, columns) == [None]
    assert columns_of(each, cells, columns) == [8, None]


def test_the_ledger_keeps_the_column_and_check_shows_five_members() -> None:
    """A staged problem has its column beside the five members that ``check --json`` shows."""
    typed = pd.DataFrame({"phone": ["555-1"], "externalEventId": ["555-1"]}, index=[2], dtype=object)
    chunk = Chunk(typed.set_axis([0, 1], axis="columns"), (CellFlaw(2, None, "row_too_long", "x"),))
    checked = check(
        Chunk(chunk.frame), normalize(typed, Profile()), Profile(), now=0.0, columns={"phone": 0, "externalEventId": 1}
    )
    (row,), (line,) = stage(checked), list(check_rows(checked, file="a.csv", sheet=None, headings=("Cell", "No")))
    kept = {said["field"]: said for said in orjson.loads(row.problems)}

    assert kept["phone"]["column"] == 0
    assert "column" not in kept["eventType"]
    assert [shown(placed_in(said, ("Cell", "No"), None)) for said in kept.values()] == line["problems"]
    assert {tuple(said) for said in line["problems"]} == {("field", "code", "value", "message", "fix")}


def test_flaws_keep_the_column_that_reading_saw() -> None:
    """What reading says of a cell stands in that cell, and what it says of a row in none."""
    typed = pd.DataFrame({"phone": ["+14155552671", "x"], "firstName": ["A", "B"]}, index=[2, 3], dtype=object)
    flaws = (CellFlaw(2, 1, "cell_error", "#N/A"), CellFlaw(3, None, "row_too_long", "x"))
    chunk = Chunk(typed.set_axis([0, 1], axis="columns"), flaws)
    checked = check(chunk, normalize(typed, Profile()), Profile(), now=0.0, columns={"phone": 0, "firstName": 1})
    found = {issue.code: list(issue.cells()) for issue in checked.findings}

    assert found["cell_error"] == [1]
    assert found["row_too_long"] == [None]


def test_an_issue_is_said_with_its_column() -> None:
    """A sentence about one cell keeps the position of the cell, and is the same sentence without."""
    code, field, column, value, detail = Issue("phone_too_short", "phone", 4, "555", "")
    said = problem(code, field=field, value=value, detail=detail, column=column)

    assert said.kept() == said.as_dict() | {"column": 4}
    assert said.as_dict() == problem(code, field=field, value=value).kept()
