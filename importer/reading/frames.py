"""Rows of texts as a chunk: the only place of this room that needs pandas, which the child process must not pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model.sheets import CellFlaw, Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def chunk_of(numbers: Sequence[int], rows: Sequence[Sequence[str]], width: int, flaws: Iterable[CellFlaw]) -> Chunk:
    """Return rows of one width as a chunk; columns lie contiguous, since every later stage works by column."""
    import numpy as np  # noqa: PLC0415  # see above
    import pandas as pd  # noqa: PLC0415  # see above

    cells = np.empty((len(rows), width), dtype=object, order="F")
    if rows and width:
        cells[:] = rows
    index = pd.Index(np.asarray(numbers, dtype="int64"))
    frame = pd.DataFrame(cells, index=index, columns=pd.RangeIndex(width), dtype=object, copy=False)
    return Chunk(frame, tuple(flaws))
