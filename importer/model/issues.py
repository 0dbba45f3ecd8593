"""What is wrong or worth saying, as values: one thing about one row, or one kind of thing about many rows of a chunk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NOWHERE = -1
"""A column's position where there is none: what is wrong is about the row as a whole."""


class Issue(NamedTuple):
    """
    A problem or warning before it becomes a sentence; its ``code`` says which of the two, in the catalogue.

    ``field``: whose value it is about, "" for none. ``column``: the position from 0 of its cell in the person's sheet,
    None where it has no cell or stands where the field is read from. ``value``: as typed. ``detail`` fills the
    sentence's ``{detail}``.
    """

    code: str
    field: str = ""
    column: int | None = None
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Issues:
    """
    One kind of problem or warning at many rows of a chunk.

    ``positions``: int64 positions in the chunk (not row numbers). ``details``: one text a position for the
    message's ``{detail}``, or one text for all. ``values``: what the person typed, one a position; None means
    the typed cell of ``field``. ``columns``: the cells' positions in the sheet, one for all or one a position (int64,
    ``NOWHERE`` for none); None means where ``field`` is read from.
    """

    code: str
    field: str
    positions: np.ndarray
    details: np.ndarray | str = ""
    values: np.ndarray | None = None
    columns: np.ndarray | int | None = None

    def where(self, kept: np.ndarray) -> Issues:
        """Return those that are ``kept``, a truth value a position."""
        return self if kept.all() else self.at(np.flatnonzero(kept), self.positions[kept])

    def at(self, which: np.ndarray, positions: np.ndarray) -> Issues:
        """Return the issues that stand at these places among ours, in this order, as being about other ``positions``."""
        return replace(
            self,
            positions=positions,
            details=self.details[which] if isinstance(self.details, np.ndarray) else self.details,
            values=None if self.values is None else self.values[which],
            columns=self.columns[which] if isinstance(self.columns, np.ndarray) else self.columns,
        )

    def by_column(self) -> Iterator[tuple[int | None, int, int]]:
        """Yield each column that the positions are about, as ``cells`` says it: how many they are, and the first of them."""
        if not isinstance(self.columns, np.ndarray):
            yield None if self.columns == NOWHERE else self.columns, len(self.positions), int(self.positions[0])
            return
        columns, firsts, counts = np.unique(self.columns, return_index=True, return_counts=True)
        for column, first, count in zip(columns.tolist(), firsts.tolist(), counts.tolist(), strict=True):
            yield None if column == NOWHERE else column, count, int(self.positions[first])

    def cells(self) -> Iterator[int | None]:
        """Yield the column of each position, None where there is none or nobody said."""
        if isinstance(self.columns, np.ndarray):
            return (None if column == NOWHERE else column for column in self.columns.tolist())
        column = None if self.columns == NOWHERE else self.columns
        return (column for _ in range(len(self.positions)))
