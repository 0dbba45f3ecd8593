"""The columns of a chunk in normal forms, taken apart into distinct values, and what ``check`` keeps of its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from importer.model.chunks import Distinct, distinct, distinct_of, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.chunks import Checked, Normalized
    from importer.model.profile import Profile


class Table:
    """
    Columns of texts by field, ``""`` for blank. Asking for a column that is not there gives blanks.

    ``is_changed``: a column was replaced or added.
    """

    def __init__(self, columns: Mapping[str, np.ndarray | Distinct], rows: int) -> None:
        self.columns = dict(columns)
        self.rows = rows
        self.is_changed = False
        self._filled: dict[str, np.ndarray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, name: str) -> np.ndarray:
        """Return a column's values."""
        found = self.columns.get(name)
        if found is None:
            return blanks(self.rows)
        return found.column if isinstance(found, Distinct) else found

    def distinct(self, name: str) -> Distinct:
        """Return a column's distinct values."""
        found = self.columns.get(name)
        if found is None:
            return same("", self.rows)
        if not isinstance(found, Distinct):
            found = self.columns[name] = distinct(found)
        return found

    def filled(self, name: str) -> np.ndarray:
        """Return, a truth value a row, where a text stands; not to be written to."""
        if name not in self._filled:
            found = self.distinct(name)
            self._filled[name] = found.spread(found.texts != "")
        return self._filled[name]

    def replace(self, name: str, values: np.ndarray | Distinct) -> None:
        """Put other values into a column, or add it."""
        self.columns[name] = values
        self.is_changed = True
        self._filled.pop(name, None)


def table_of(normalized: Normalized) -> Table:
    """Return the normal forms of a chunk as a table."""
    frame = normalized.values
    return Table({str(name): distinct_of(column) for name, column in frame.items()}, len(frame))


def blanks(rows: int) -> np.ndarray:
    """Return a column of blanks."""
    return np.full(rows, "", dtype=object)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    By what, and with what result, a chunk was judged; masks are truth values, one a row.

    ``table``: the columns of ``Checked.values``, taken apart. ``refused``: field -> where its value cannot be read.
    ``defaulted``: field -> where the profile filled it. ``derived``: where the external id was derived from the row.
    """

    profile: Profile
    table: Table
    refused: Mapping[str, np.ndarray]
    defaulted: Mapping[str, np.ndarray]
    derived: np.ndarray


def judgement(checked: Checked) -> Judgement:
    """Return how a chunk was judged."""
    return cast("Judgement", checked.extra["judgement"])


def usable(checked: Checked, field: str) -> np.ndarray:
    """Return, a truth value a row, where a field's value may be used: it stands there and could be read."""
    judged = judgement(checked)
    filled = judged.table.filled(field)
    return filled & ~judged.refused[field] if field in judged.refused else filled
