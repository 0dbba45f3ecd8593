"""Issues of many rows, counted by the column that they are about."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from importer.model.issues import NOWHERE, Issues

POSITIONS = np.array([2, 3, 5, 9], dtype=np.int64)


@pytest.mark.parametrize("columns", [None, 4, NOWHERE, np.array([7, NOWHERE, 7, 1]), np.array([1, 1, 1, 1])])
def test_columns_are_counted_as_their_cells_say(columns: np.ndarray | int | None) -> None:
    """Each column comes once, with the number of its cells and the first position of them."""
    issues = Issues("phone_invalid", "phone", POSITIONS, columns=columns)
    cells = list(issues.cells())

    found = {column: (count, first) for column, count, first in issues.by_column()}

    assert {column: count for column, (count, _) in found.items()} == Counter(cells)
    assert all(first == POSITIONS[cells.index(column)] for column, (_, first) in found.items())
