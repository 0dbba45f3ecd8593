"""Which rows of a sheet a person asked for: ``--rows 5-20,30-`` and ``--limit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from importer.model.sheets import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.settings import RowRange, Settings


def selected(chunks: Iterable[Chunk], settings: Settings) -> Iterator[Chunk]:
    """Yield the chunks without the rows that were not asked for; a row left out is not part of the run."""
    left = settings.limit
    for chunk in chunks:
        wanted = narrowed(chunk, settings.rows, left)
        if len(wanted):
            yield wanted
        if left is not None:
            left -= len(wanted)
            if left <= 0:
                return


def narrowed(chunk: Chunk, ranges: tuple[RowRange, ...], most: int | None) -> Chunk:
    """Return the chunk's rows within the ranges (spreadsheet row numbers; none: all), at most so many."""
    if not ranges and (most is None or most >= len(chunk)):
        return chunk
    numbers = chunk.frame.index.to_numpy()
    wanted = np.ones(len(numbers), dtype=bool) if not ranges else np.zeros(len(numbers), dtype=bool)
    for first, last in ranges:
        wanted |= (numbers >= first) & (numbers <= (numbers.max(initial=0) if last is None else last))
    positions = np.flatnonzero(wanted)[:most]
    kept = set(numbers[positions].tolist())
    flaws = tuple(flaw for flaw in chunk.flaws if flaw.row in kept)
    return Chunk(frame=chunk.frame.iloc[positions], flaws=flaws)
