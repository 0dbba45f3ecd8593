"""The kinds of problem as one table."""

from __future__ import annotations

from collections import Counter

from importer.problems import KINDS, TABLES


def test_a_code_names_one_kind() -> None:
    """No code stands in two tables, or twice in one: the later kind would take the sentence of the other."""
    codes = Counter(kind.code for table in TABLES for kind in table)
    assert [code for code, times in codes.items() if times > 1] == []
    assert codes.keys() == KINDS.keys()
