"""The pandera schemas, run over distinct values: what a half-bad file costs is what its distinct values cost."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from importer.model.words import Action
from schemas.appointment import CANCEL, CREATE, METADATA_COLUMNS, NO_SHOW, REQUIRED_CODE, UPDATE, passes
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandera.pandas as pa

    from importer.checking.asked import Asked
    from importer.checking.table import Table

__all__ = ["REQUIRED_CODE", "Failure", "failures"]

# An upsert may become either; a row whose action is a problem is held to the forms that all actions share.
JUDGES: Final[Mapping[str, tuple[pa.DataFrameSchema, ...]]] = {
    Action.CREATE: (CREATE,),
    Action.UPDATE: (UPDATE,),
    Action.CANCEL: (CANCEL,),
    Action.NO_SHOW: (NO_SHOW,),
    Action.UPSERT: (CREATE, UPDATE),
    Action.NONE: (),
    "": (UPDATE,),
}

# By check; a column of few texts, or of starts, has the same ones in every chunk.
MOST_REMEMBERED: Final = 10_000


class Failure(NamedTuple):
    """Rows (positions) whose value in a column fails a check; ``code`` is the check's."""

    field: str
    code: str
    positions: np.ndarray


def failures(table: Table, asked: Asked, refused: Mapping[str, np.ndarray]) -> Iterator[Failure]:
    """
    Yield what the schemas of the rows' actions find wrong.

    ``refused``: field -> a truth value a row, where the value is known to be unreadable; it is not judged again.
    """
    for (name, _), (check, actions) in _questions(table, asked).items():
        rows = asked.are(*actions)
        if name in refused:
            rows &= ~refused[name]
        if check.error == REQUIRED_CODE:
            # Of the distinct values only the blank can fail.
            rows &= ~table.filled(name)
        positions = _failing(table, name, check, rows)
        if len(positions):
            yield Failure(name, str(check.error), positions)


def _questions(table: Table, asked: Asked) -> dict[tuple[str, int], tuple[pa.Check, list[str]]]:
    """Return each (column, check) once, with the actions that ask it."""
    questions: dict[tuple[str, int], tuple[pa.Check, list[str]]] = {}
    for action in asked.named:
        for schema in JUDGES[action]:
            for pattern, column in schema.columns.items():
                for name in _named(table, pattern, required=column.required):
                    for check in column.checks:
                        questions.setdefault((name, id(check)), (check, []))[1].append(action)
    return questions


def _named(table: Table, pattern: str, *, required: bool) -> list[str]:
    if pattern == METADATA_COLUMNS:
        return [name for name in table.columns if name.startswith(METADATA_PREFIX)]
    return [pattern] if required or pattern in table else []


def _failing(table: Table, name: str, check: pa.Check, rows: np.ndarray) -> np.ndarray:
    if not rows.any():
        return np.empty(0, dtype=np.int64)
    found = table.distinct(name)
    used = found.used_by(rows)
    values = found.texts if used.all() else found.texts[used]
    right = _judged(check, values) if found.places is None else _right(check, values)
    if right.all():
        return np.empty(0, dtype=np.int64)
    wrong = np.zeros(len(found.texts), dtype=bool)
    wrong[used] = ~right
    return np.flatnonzero(found.spread(wrong) & rows)


def _right(check: pa.Check, values: np.ndarray) -> np.ndarray:
    """Return a truth value for each text of a column whose texts repeat; those that once passed are not judged again."""
    passed = _passed(id(check))
    right = np.fromiter(map(passed.__contains__, values), dtype=bool, count=len(values))
    fresh = np.flatnonzero(~right)
    if len(fresh):
        right[fresh] = _judged(check, values[fresh])
        if len(passed) < MOST_REMEMBERED:
            passed.update(values[fresh][right[fresh]])
    return right


def _judged(check: pa.Check, values: np.ndarray) -> np.ndarray:
    right: np.ndarray = passes(check, pd.Series(values, dtype=object, copy=False)).to_numpy()
    return right


@cache
def _passed(_check: int) -> set[str]:
    """Return the texts that passed a check, which is one object for as long as the program runs."""
    return set()
