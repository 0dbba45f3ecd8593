"""
The pandera schemas at work: ``validate(lazy=True)``, whose failure cases become the problems.

A column is validated once for its distinct values, as far as they stand in rows whose action takes it and are not known
to be unreadable; so a half-bad file costs what its distinct values cost. A column whose values hardly repeat is
validated row by row.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from importer.model.issues import Issues
from importer.model.statuses import Action
from importer.model.stop_signals import heard_afterwards
from schemas.appointment import CANCEL, CREATE, METADATA_COLUMNS, NO_SHOW, REQUIRED_CODE, UPDATE, UPSERT
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.checking.requested_actions import Asked
    from importer.model.chunks import Table

__all__ = ["REQUIRED_CODE", "failures"]

# A row that needs no call is held to nothing; one whose action is a problem, to the forms that all actions share.
SCHEMA_OF: Final[Mapping[str, pa.DataFrameSchema]] = {
    Action.CREATE: CREATE,
    Action.UPDATE: UPDATE,
    Action.CANCEL: CANCEL,
    Action.NO_SHOW: NO_SHOW,
    Action.UPSERT: UPSERT,
    "": UPDATE,
}


def failures(table: Table, asked: Asked, refused: Mapping[str, np.ndarray]) -> Iterator[Issues]:
    """
    Yield what the schemas of the rows' actions find wrong.

    ``refused``: field -> a truth value a row, where the value is known to be unreadable; it is not judged again.
    """
    for (name, _), (schema, actions) in _questions(table, asked).items():
        rows = asked.are(*actions)
        if name in refused:
            rows &= ~refused[name]
        if rows.any():
            yield from _failing(table, name, schema, rows)


def _questions(table: Table, asked: Asked) -> dict[tuple[str, bool], tuple[pa.DataFrameSchema, list[str]]]:
    """
    Return, for each (column, whether it must be filled), the schema that judges it and the actions that ask for it.

    Forms are the same whatever the action, so actions that want the same of a column are asked about together.
    """
    questions: dict[tuple[str, bool], tuple[pa.DataFrameSchema, list[str]]] = {}
    for action in filter(SCHEMA_OF.__contains__, asked.named):
        for pattern, column in SCHEMA_OF[action].columns.items():
            for name in _named(table, pattern, required=column.required):
                one = _one_column(action, pattern)
                questions.setdefault((name, column.required), (one, []))[1].append(action)
    return questions


def _named(table: Table, pattern: str, *, required: bool) -> list[str]:
    if pattern == METADATA_COLUMNS:
        return [name for name in table.columns if name.startswith(METADATA_PREFIX)]
    return [pattern] if required or pattern in table else []


@cache
def _one_column(action: str, pattern: str) -> pa.DataFrameSchema:
    """Return what an action's schema says of one column, as a schema."""
    # ``select_columns`` copies all columns with all their checks before it leaves most of them out.
    return pa.DataFrameSchema({pattern: SCHEMA_OF[action].columns[pattern]}, unique_column_names=True)


def _failing(table: Table, name: str, schema: pa.DataFrameSchema, rows: np.ndarray) -> Iterator[Issues]:
    found = table.distinct(name)
    used = found.used_by(rows)
    # Its index tells where a text stands among the distinct ones.
    values = pd.DataFrame({name: found.texts}, dtype=object, copy=False)
    for code, at in _failure_cases(schema, values if used.all() else values[used]):
        wrong = np.zeros(len(found.texts), dtype=bool)
        wrong[at] = True
        yield Issues(code, name, np.flatnonzero(found.spread(wrong) & rows))


def _failure_cases(schema: pa.DataFrameSchema, values: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """
    Yield, for each check that fails, its code and the index of the values that fail it, in the order of the checks.

    Raises:
        RuntimeError: a check could not be made, which is a fault of ours and no value's.

    """
    try:
        # Pandera takes whatever is raised in a check for its failure, and so what a signal's handler raises.
        with heard_afterwards():
            schema.validate(values, lazy=True)
    except SchemaErrors as caught:
        cases = caught.failure_cases
    else:
        return
    if cases["index"].isna().any():
        message = f"a check of {', '.join(schema.columns)} ended in an error"
        # Pandera's own exception holds the values, which stand in no traceback.
        raise RuntimeError(message) from None
    for code, of_check in cases.groupby("check", sort=False):
        yield str(code), of_check["index"].to_numpy(dtype=np.int64)
