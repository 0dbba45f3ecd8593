"""Columns of texts that repeat, kept as their distinct texts and where each stands."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

# So many rows are looked at first, and with so many distinct texts among them, a column need not be looked at further.
SAMPLE: Final = 1000
SURELY_UNLIKE: Final = 980


class Distinct(NamedTuple):
    """
    A column's distinct texts: ``texts[places]`` is the column.

    ``places`` is None for a column whose texts hardly repeat: then ``texts`` is the column itself. A text may stand
    twice among ``texts`` where different ones were read alike.
    """

    texts: np.ndarray
    places: np.ndarray | None

    @property
    def column(self) -> np.ndarray:
        """The texts, one a row."""
        return self.spread(self.texts)

    def spread(self, known: np.ndarray) -> np.ndarray:
        """Return what is known about each distinct text, one a row."""
        return known if self.places is None else known[self.places]

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Return the texts in these rows (positions)."""
        texts: np.ndarray = self.texts[rows if self.places is None else self.places[rows]]
        return texts

    def used_by(self, rows: np.ndarray) -> np.ndarray:
        """Return which of the distinct texts stand in these rows (a truth value a row), as truth values."""
        if self.places is None:
            return rows
        used = np.zeros(len(self.texts), dtype=bool)
        used[self.places[rows]] = True
        return used

    def put(self, text: str, rows: np.ndarray) -> Distinct:
        """Return the column with another text in these rows (a truth value a row)."""
        if self.places is None:
            texts = self.texts.copy()
            texts[rows] = text
            return Distinct(texts, None)
        return Distinct(
            np.append(self.texts, np.array([text], dtype=object)), np.where(rows, len(self.texts), self.places)
        )

    def as_array(self) -> np.ndarray | pd.Categorical:
        """Return the column as a frame keeps it: categories where texts repeat."""
        if self.places is None:
            return self.texts
        again, texts = pd.factorize(self.texts, use_na_sentinel=False)
        places = self.places if len(texts) == len(self.texts) else again[self.places]
        dtype = pd.CategoricalDtype(pd.Index(texts, dtype=object))
        return pd.Categorical.from_codes(places, dtype=dtype, validate=False)


def distinct_of(column: pd.Series) -> Distinct:
    """Return a frame's column taken apart; categories are taken as they are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Distinct(column.cat.categories.to_numpy(dtype=object), column.cat.codes.to_numpy())
    return distinct(column.to_numpy(dtype=object))


def distinct(values: np.ndarray) -> Distinct:
    """Return the distinct values of an object array of texts; a column that hardly repeats stays whole."""
    if len(values) > SAMPLE and len(pd.unique(values[:SAMPLE])) > SURELY_UNLIKE:
        return Distinct(values, None)
    # Texts are never null; to say so would make pandas look for nulls.
    places, uniques = pd.factorize(values)
    if hardly_repeats(len(uniques), len(values)):
        return Distinct(values, None)
    return Distinct(np.asarray(uniques, dtype=object), places)


def hardly_repeats(texts: int, rows: int) -> bool:
    """Return whether so many distinct texts in so many rows are better kept as they come."""
    return rows > SAMPLE and texts > rows // 2


def same(text: str, rows: int) -> Distinct:
    """Return a column that holds nothing but one text."""
    return Distinct(np.array([text], dtype=object), np.zeros(rows, dtype=np.intp))
