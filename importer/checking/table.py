"""The columns of a chunk in normal forms, each taken apart into its distinct values at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.sheets import Normalized

SAMPLE = 1000


class Distinct(NamedTuple):
    """
    A column's distinct texts: ``texts[places]`` is the column.

    ``places`` is None for a column whose texts hardly repeat: then ``texts`` is the column itself.
    """

    texts: np.ndarray
    places: np.ndarray | None

    def spread(self, known: np.ndarray) -> np.ndarray:
        """Return what is known about each distinct text, one a row."""
        return known if self.places is None else known[self.places]

    def used_by(self, rows: np.ndarray) -> np.ndarray:
        """Return which of the distinct texts stand in these rows (a truth value a row), as truth values."""
        if self.places is None:
            return rows
        used = np.zeros(len(self.texts), dtype=bool)
        used[self.places[rows]] = True
        return used


class Table:
    """Columns by field, object arrays of texts, ``""`` for blank. Asking for a column that is not there gives blanks."""

    def __init__(self, columns: Mapping[str, np.ndarray], rows: int) -> None:
        self.columns = dict(columns)
        self.rows = rows
        self._distinct: dict[str, Distinct] = {}
        self._filled: dict[str, np.ndarray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, name: str) -> np.ndarray:
        """Return a column's values."""
        found = self.columns.get(name)
        return blanks(self.rows) if found is None else found

    def distinct(self, name: str) -> Distinct:
        """Return a column's distinct values."""
        if name not in self._distinct:
            self._distinct[name] = distinct(self.columns[name]) if name in self.columns else _one_blank(self.rows)
        return self._distinct[name]

    def filled(self, name: str) -> np.ndarray:
        """Return, a truth value a row, where a text stands; not to be written to."""
        if name not in self._filled:
            found = self.distinct(name)
            self._filled[name] = found.spread(found.texts != "")
        return self._filled[name]

    def replace(self, name: str, values: np.ndarray) -> None:
        """Put other values into a column, or add it."""
        self.columns[name] = values
        self._distinct.pop(name, None)
        self._filled.pop(name, None)


def table_of(normalized: Normalized) -> Table:
    """Return the normal forms of a chunk as a table."""
    frame = normalized.values  # noqa: PD011 - our own word, not a frame's attribute
    return Table({str(name): column.to_numpy() for name, column in frame.items()}, len(frame))


def distinct(values: np.ndarray) -> Distinct:
    """Return the distinct values of an object array of texts; a column that hardly repeats stays whole."""
    sample = values[:SAMPLE]
    if len(values) > SAMPLE and len(pd.unique(sample)) > SAMPLE // 2:
        return Distinct(values, None)
    # Texts are never null; to say so would make pandas look for nulls.
    places, uniques = pd.factorize(values)
    return Distinct(np.asarray(uniques, dtype=object), places)


def blanks(rows: int) -> np.ndarray:
    """Return a column of blanks."""
    return np.full(rows, "", dtype=object)


def _one_blank(rows: int) -> Distinct:
    return Distinct(blanks(1), np.zeros(rows, dtype=np.intp))
