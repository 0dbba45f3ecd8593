"""What the fast reader cannot tell of a sheet: texts that replace its own, flaws, notes, the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

Flaw = tuple[int | None, str, str]
"""Column from 0 (None: the row), problem code, what stands there."""


@dataclass(slots=True)
class Details:
    """
    By spreadsheet row number: ``texts`` (column -> what a person sees) and ``flaws``.

    ``epoch_1904``: bare numbers count days from 1904. ``notes`` are sentences about hidden rows and the like.
    """

    epoch_1904: bool = False
    notes: list[str] = field(default_factory=list)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    flaws: dict[int, list[Flaw]] = field(default_factory=dict)

    def show(self, row: int, column: int, text: str) -> None:
        """Say what a person sees in a cell, where the fast reader sees something else."""
        self.texts.setdefault(row, {})[column] = text

    def mark(self, row: int, column: int | None, code: str, shown: str) -> None:
        """Say that a cell cannot be handed on as a person sees it."""
        self.flaws.setdefault(row, []).append((column, code, shown))
