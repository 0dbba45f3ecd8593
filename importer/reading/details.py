"""What the fast reader cannot tell of a sheet: texts that replace its own, flaws, notes, the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

Flaw = tuple[int | None, str, str]
"""Column from 0 (None: the row), problem code, what stands there."""

MOST_NAMED = 10


@dataclass(slots=True)
class Details:
    """
    What is beside the plain values, by spreadsheet row number.

    ``texts``: column -> what a person sees; ``around``: column -> what a person sees before and behind the cell's text.
    ``epoch_1904``: bare numbers count days from 1904. ``notes`` are sentences about hidden rows and the like.
    ``unread``: the names of the visible sheets that are not read.
    """

    epoch_1904: bool = False
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    flaws: dict[int, list[Flaw]] = field(default_factory=dict)
    around: dict[int, dict[int, tuple[str, str]]] = field(default_factory=dict)

    def show(self, row: int, column: int, text: str) -> None:
        """Say what a person sees in a cell, where the fast reader sees something else."""
        self.texts.setdefault(row, {})[column] = text

    def frame(self, row: int, column: int, affixes: tuple[str, str]) -> None:
        """Say what a person sees before and behind the text of a cell."""
        self.around.setdefault(row, {})[column] = affixes

    def mark(self, row: int, column: int | None, code: str, shown: str) -> None:
        """Say that a cell cannot be handed on as a person sees it."""
        self.flaws.setdefault(row, []).append((column, code, shown))

    def note_hidden(self, rows: list[int], columns: list[tuple[int, int]]) -> None:
        """Say that hidden rows (by number) and columns (first and last position) are read like all others."""
        if rows:
            named = ", ".join(map(str, rows[:MOST_NAMED])) + (", …" if len(rows) > MOST_NAMED else "")
            self.notes.append(
                f"{_many(len(rows), 'row is', 'rows are')} hidden in the sheet and read all the same: {named}."
            )
        if columns:
            named = ", ".join(_span(first, last) for first, last in columns[:MOST_NAMED])
            self.notes.append(f"Hidden columns are read all the same: {named}.")


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _span(first: int, last: int) -> str:
    return column_letters(first) if first == last else f"{column_letters(first)} to {column_letters(last)}"


def column_letters(position: int) -> str:
    """Return a column's name as a person sees it: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
