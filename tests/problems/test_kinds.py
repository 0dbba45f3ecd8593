"""The kinds of problem as one table."""

from __future__ import annotations

from collections import Counter

from importer.problems import KINDS, api_kinds, guard_kinds, row_kinds, time_kinds, value_kinds


def test_a_code_names_one_kind() -> None:
    """No code stands in two tables, or twice in one: the later kind would take the sentence of the other."""
    tables = (
        row_kinds.READ,
        value_kinds.KINDS,
        time_kinds.KINDS,
        row_kinds.CHECKED,
        guard_kinds.KINDS,
        api_kinds.KINDS,
    )
    codes = Counter(kind.code for table in tables for kind in table)
    assert [code for code, times in codes.items() if times > 1] == []
    assert codes.keys() == KINDS.keys()
