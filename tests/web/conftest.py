"""A page for every test, visited by browsers that send what real ones send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_visitors import Visitors, visited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Visitors]:
    with visited(tmp_path) as found:
        yield found
