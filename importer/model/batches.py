"""Rows as readers find them, before they become a sheet's chunks. Loads no pandas, which a confined reader must not pay for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


STRUCK: Final = "struck_through"
"""The code of a cell that can be read and is struck through. It is one of the row: a correction of the cell takes nothing back."""

COMMENT: Final = "cell_comment"
"""The code of a cell that can be read and has a comment, which is shown; the columns stage says whether it means anything."""
READABLE: Final = frozenset({STRUCK, COMMENT})

_QUOTED: Final = "The comment: “"
_BEHIND: Final = re.compile(r"” (?:says that|may say that|is not a known word)")


def comment_quoted_in(sentence: str) -> str:
    """Return the comment at a cell that a report's sentence quotes, "" where it quotes none; quotes may stand in it, too."""
    _, quoted, rest = sentence.partition(_QUOTED)
    return _BEHIND.split(rest, maxsplit=1)[0] if quoted else ""


class CellFlaw(NamedTuple):
    """
    A cell (or, with ``column`` None, a row) that reading could not hand on as the person sees it.

    ``row`` is the spreadsheet's row number, ``column`` the position from 0, ``code`` a problem code,
    ``shown`` what stands there as far as it can be shown.
    """

    row: int
    column: int | None
    code: str
    shown: str


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
