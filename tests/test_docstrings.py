"""Every test says in one sentence which fact it holds."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def silent_tests(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [
        f"{path.name}: {function.name}"
        for function in functions
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]


def test_every_test_tells_its_fact() -> None:
    """No test is without a docstring."""
    silent = [name for path in sorted(TESTS.rglob("test_*.py")) for name in silent_tests(path)]

    assert silent == []
