"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """``rows`` of the large sheets; what takes long for each row has a smaller count. ``rounds``: of the medians."""

    rows: int = 1_000_000
    rounds: int = 5

    @property
    def small_rows(self) -> int:
        """A hundredth, for growth."""
        return max(self.rows // 100, 1)

    @property
    def tenth_rows(self) -> int:
        """A tenth: for memory and growth."""
        return max(self.rows // 10, 1)

    @property
    def validated_rows(self) -> int:
        """A fifth, for frictionless, which takes many times as long for a row."""
        return max(self.rows // 5, 1)

    @property
    def workbook_rows(self) -> int:
        """A fifth, for workbooks."""
        return max(self.rows // 5, 1)

    @property
    def paced_rows(self) -> int:
        """A quarter of a minute at 200 a second."""
        return min(self.rows, 3_000)

    @property
    def slow_rows(self) -> int:
        """For programs that send one row after the other."""
        return min(self.rows, 100)
