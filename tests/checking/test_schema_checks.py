"""Pandera itself judges: what it is given to validate, and what becomes of its failure cases."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from importer.checking import check_chunk
from importer.model import chunks
from importer.model.chunks import forget_cells
from importer.model.statuses import Action
from schemas.appointment import CREATE, UPSERT

if TYPE_CHECKING:
    from judged_rows import Judge


def validated(judge: Judge, *rows: dict[str, str], **settings: Any) -> dict[str, list[str]]:
    """Return field -> the texts that were given to ``validate(lazy=True)`` while these rows were checked."""
    seen: dict[str, list[str]] = {}
    own = pa.DataFrameSchema.validate

    def watched(schema: pa.DataFrameSchema, frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
        assert options == {"lazy": True}
        for name, column in frame.items():
            seen.setdefault(str(name), []).extend(column.tolist())
        return own(schema, frame, **options)

    forget_cells()
    with patch.object(pa.DataFrameSchema, "validate", watched):
        judge.check(*rows, **settings)
    return seen


def test_each_distinct_value_is_validated_once(judge: Judge) -> None:
    """A value that stands in many rows is validated once, whichever of the actions that take it stand there."""
    rows = [{"action": action, "uuid": "u", "phone": phone} for action in ("update", "cancel") for phone in "aabb"]

    assert sorted(validated(judge, *rows)["phone"]) == ["a", "b"]


def test_only_what_the_action_takes_is_validated(judge: Judge) -> None:
    """Values of rows whose action does not take the column are not validated; rows that need no call not at all."""
    rows = [{"emailAddress": "a@b.co"}, {"action": "cancel", "emailAddress": "no"}, {"action": "none", "phone": "no"}]
    seen = validated(judge, *rows)

    assert seen["emailAddress"] == ["a@b.co"]
    assert "no" not in seen["phone"]


def test_what_was_said_of_few_values_is_remembered(judge: Judge) -> None:
    """A few values that stand in another chunk in any order are not validated again, and fail alike."""
    rows = [{"action": "update", "uuid": uuid} for uuid in ("u", "ü", "v", "é")]
    validated(judge, *rows)
    with patch.object(pa.DataFrameSchema, "validate", side_effect=AssertionError):
        again = judge.check(*rows[::-1])

    (found,) = (finding for finding in again.findings if finding.code == "uuid_unreadable")
    assert found.positions.tolist() == [0, 2]


def test_refused_values_are_not_validated_again(judge: Judge) -> None:
    """What normalizing could not read is not validated, though the same text elsewhere in the column is."""
    rows = [{"phone": "555"}, {"phone": "556"}, {"phone": "557"}]
    seen = validated(judge, *rows, reasons=[("phone", "phone_too_short", [0, 2])])

    assert seen["phone"] == ["556"]


def test_columns_that_hardly_repeat_are_validated_row_by_row(judge: Judge) -> None:
    """A column without repetitions is validated as it stands, and its failure cases name the rows."""
    rows = [{"phone": f"+1415555{n:04}" if n % 3 else f"x{n}"} for n in range(chunks.SAMPLE + 1)]

    assert len(validated(judge, *rows)["phone"]) == len(rows)
    assert judge.codes(judge.check(*rows)) == [set() if n % 3 else {"phone:phone_invalid"} for n in range(len(rows))]


def test_failure_cases_come_by_check() -> None:
    """Each code comes once with the index of all its values, in the order in which the column lists its checks."""
    schema = UPSERT.select_columns(["phone"])
    values = pd.DataFrame({"phone": ["", "+14155552671", "x", "y"]}, index=[3, 5, 7, 11], dtype=object)
    cases = check_chunk._failure_cases(schema, values)

    assert [(code, sorted(at)) for code, at in cases] == [("value_missing", [3]), ("phone_invalid", [7, 11])]


def test_check_that_breaks_is_no_problem_of_a_row() -> None:
    """An error inside a check ends the work, since nothing was judged; no value stands in its traceback."""

    def broken(_: pd.Series) -> pd.Series:
        message = "no answer for +14155552671"
        raise ValueError(message)

    schema = pa.DataFrameSchema({"phone": pa.Column(checks=[pa.Check(broken, error="phone_invalid")])})
    values = pd.DataFrame({"phone": ["+14155552671"]}, dtype=object)
    with pytest.raises(RuntimeError, match="check of phone ended in an error") as caught:
        list(check_chunk._failure_cases(schema, values))

    assert "+1415" not in "".join(traceback.format_exception(caught.value))


def test_every_action_but_none_has_its_schema() -> None:
    """Each action is held to a schema, an unreadable one to the forms of an update, and "none" to nothing."""
    assert set(check_chunk.SCHEMA_OF) == {*Action, ""} - {Action.NONE}
    assert check_chunk.SCHEMA_OF[Action.CREATE] is CREATE


def test_metadata_columns_are_validated_by_name(judge: Judge) -> None:
    """Every metadata column is validated under its own name by the pattern that stands for all."""
    seen = validated(judge, {"metadata.room": "1", "metadata.door": "{"})

    assert (seen["metadata.room"], seen["metadata.door"]) == (["1"], ["{"])
    assert np.array_equal(judge.check({"metadata.room": "1", "metadata.door": "{"}).invalid, [True])
