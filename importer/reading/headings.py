"""Which row holds the headings: the first with anything in it, unless a later one names clearly more known fields."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from schemas.fields import METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_LOOKED_AT = 20


@cache
def _known() -> frozenset[str]:
    return frozenset(alias_table())


def known_headings(cells: Sequence[str]) -> int:
    """Return how many of the cells are headings that any sheet may use."""
    return sum(folded(cell) in _known() or cell.strip().casefold().startswith(METADATA_PREFIX) for cell in cells)


def heading_position(scores: Sequence[int]) -> int:
    """
    Return the position of the heading row among the first rows that hold anything, given their scores.

    A title row above the headings scores 0 or 1. A later row takes its place with at least two known headings
    and at least two more than any row above it, so that a row of data is never taken for headings by chance.
    """
    best = 0
    for position, score in enumerate(scores):
        if score >= 2 and score >= scores[best] + 2:
            best = position
    return best
