"""What a reader of workbooks hands to the child process, whichever kind of workbook it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.details import Details

PIECE_ROWS = 2_000


@dataclass(slots=True)
class Piece:
    """Rows that hold anything, with their spreadsheet numbers, and flaws as (row, column, code, shown)."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    flaws: list[tuple[int, int | None, str, str]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it is time to hand it on."""
        return len(self.rows) >= PIECE_ROWS


class Grid(Protocol):
    """One sheet of an open workbook. ``height``: its rows as far as known before reading, else 0."""

    @property
    def sheet(self) -> str:
        """The sheet's name."""

    @property
    def height(self) -> int:
        """How many rows ``pieces`` will count up to."""

    @property
    def details(self) -> Details:
        """The epoch and the notes."""

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does."""
