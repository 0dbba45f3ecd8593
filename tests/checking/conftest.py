"""What judges rows."""

from __future__ import annotations

import pytest
from judged_rows import Judge


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Return a judge; it keeps nothing between rows."""
    return Judge()
