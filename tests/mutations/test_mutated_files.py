"""Mutated files: none ends with a traceback, loses a row or gains one, or takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mutations_played import play

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("kind", "count", "sends_each"), [("csv", 24, 12), ("workbooks", 4, 0)])
def test_no_row_is_lost_from_a_mutated_file(kind: str, count: int, sends_each: int, tmp_path: Path) -> None:
    """A few mutated files hold; ``python tests/mutations`` tries 10,000 CSV files and 1,000 workbooks."""
    tried = play(kind, range(count), tmp_path, sends_each=sends_each)

    assert tried.found == []
    assert tried.rows["ready"] > count
