"""Rows of texts as a chunk: the only place of this room that needs pandas, which the child process must not pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model.sheets import CellFlaw, Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.model.distinct import Distinct
    from importer.reading.batches import Columns


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


def chunk_of_columns(rows: Columns, flaws: Iterable[CellFlaw]) -> Chunk:
    """Return rows that came as columns as a chunk."""
    import pandas as pd  # noqa: PLC0415  # see above

    index = pd.RangeIndex(rows.numbers.start, rows.numbers.stop)
    frame = pd.DataFrame({at: found.as_array() for at, found in enumerate(rows.columns)}, index=index, copy=False)
    return Chunk(frame, tuple(flaws))


def has_blank_row(columns: Sequence[Distinct]) -> bool:
    """Return whether a row holds nothing but white space."""
    import numpy as np  # noqa: PLC0415  # see above

    blank: np.ndarray | np.bool = np.True_
    # Columns of few texts first: one of them tells in most sheets.
    for found in sorted(columns, key=lambda found: len(found.texts)):
        blank = blank & found.spread(np.array([not text or text.isspace() for text in found.texts]))
        if not blank.any():
            return False
    return True


def mostly_blank(columns: Sequence[Distinct]) -> list[int]:
    """Return the positions of rows with at least every second cell blank."""
    import numpy as np  # noqa: PLC0415  # see above

    blanks = sum(found.spread((found.texts == "").astype(np.int16)) for found in columns)
    return np.flatnonzero(blanks >= len(columns) // 2).tolist()
