"""What a part of the benchmark found: its table, and how each measure stands to its goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Goal:
    """One measure beside its goal. ``figure`` None: it could not be measured here, ``why`` tells the reason."""

    measure: str
    figure: float | None
    least: float | None = None
    most: float | None = None
    form: str = "{:.2f}"
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure, not its rounded form, lies within the goal."""
        if self.figure is None:
            return False
        return (self.least is None or self.figure >= self.least) and (self.most is None or self.figure <= self.most)

    @property
    def cells(self) -> list[str]:
        """What stands in the row of a table: measure, figure, goal, verdict."""
        if self.figure is None:
            return [self.measure, "-", self.wanted, self.why]
        return [self.measure, self.form.format(self.figure), self.wanted, "met" if self.met else "**missed**"]

    @property
    def wanted(self) -> str:
        """The goal in words."""
        bounds = [(self.least, "at least"), (self.most, "at most")]
        return ", ".join(f"{word} {self.form.format(bound)}" for bound, word in bounds if bound is not None)


@dataclass(frozen=True)
class Found:
    """What a part found: a table whose first row is its heading, goals, and a sentence on how it was measured."""

    lines: Sequence[Sequence[str]]
    goals: Sequence[Goal] = ()
    how: str = ""

    def markdown(self) -> str:
        """Return it for people."""
        parts = [self.how, table(self.lines) if self.lines else "", judged(self.goals) if self.goals else ""]
        return "\n\n".join(part for part in parts if part)


def judged(goals: Sequence[Goal]) -> str:
    """Return goals as a table."""
    return table([["measure", "figure", "goal", ""], *(goal.cells for goal in goals)])


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first is the heading."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])
