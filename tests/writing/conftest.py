"""Lets the tests of report files use the made-up runs of the reporting tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Tests are modules, not a package; ``made_runs`` stands in the folder beside this one.
sys.path.insert(0, str(Path(__file__).parents[1] / "reporting"))


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Return a run's own directory, not made yet."""
    return tmp_path / "reports" / "20270304-070000-k3fd"
