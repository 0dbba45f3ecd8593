"""Rows on their way from a reader to a table, in batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.chunks import CellFlaw, Distinct


@dataclass(slots=True)
class Batch:
    """
    Some rows as a reader found them: ``numbers`` are spreadsheet row numbers, one a row and rising.

    Rows may differ in length. ``flaws`` are those that only the reader can see; their columns are positions in
    the row as read. ``odd``: control characters may stand in the cells. ``ragged``: rows of a text file, whose cells
    have no places of their own, so that one too many or too few may mean that they were shifted.
    """

    numbers: Sequence[int]
    rows: list[list[str]]
    flaws: list[CellFlaw] = field(default_factory=list)
    odd: bool = False
    ragged: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one width that came as columns, of plain text; ``numbers`` as in ``Batch``."""

    numbers: range
    columns: list[Distinct]

    def at(self, positions: Sequence[int] | slice = slice(None)) -> Batch:
        """Return the rows at these positions, all by default, as rows."""
        cells = (found.column[positions].tolist() for found in self.columns)
        numbers = self.numbers[positions] if isinstance(positions, slice) else [self.numbers[at] for at in positions]
        return Batch(numbers, [list(row) for row in zip(*cells, strict=True)])
