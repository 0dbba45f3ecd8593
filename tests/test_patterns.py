"""Every pattern of the program is linear: no few bytes of a sheet, a setting or an answer hold it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import importer
import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

LONGEST: Final = 32_767
LENGTHS: Final = (24, 300, 2_000, 8_000, LONGEST)
MOST_SECONDS: Final = 0.05

# A cell of the greatest length, in shapes that make patterns go back and forth: one mark without end, two in turn, and
# what looks like the beginning of something, over and over.
SEEDS: Final = (
    " ", "a", "9", "a ", "1.", "1,", ", ", "<!---->", "America/", "a@a.", "é\u0301", "[{(",
)  # fmt: skip
SHAPES: Final = tuple((seed * LONGEST)[: LONGEST - 1] + "\x00" for seed in SEEDS)


def modules() -> Iterator[ModuleType]:
    """Import every module of the two packages."""
    for package in (importer, schemas):
        yield package
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith((".__main__", ".child")) and ".migrations." not in found.name:
                yield importlib.import_module(found.name)


def patterns_of(thing: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns in a value: itself, what containers hold, what classes keep."""
    if isinstance(thing, re.Pattern):
        yield thing
    elif _is_made_when_asked(thing):
        yield thing()
    elif depth and isinstance(thing, Mapping):
        for inner in (*thing.keys(), *thing.values()):
            yield from patterns_of(inner, depth - 1)
    elif depth and isinstance(thing, (list, tuple, set, frozenset)):
        for inner in thing:
            yield from patterns_of(inner, depth - 1)
    elif depth and isinstance(thing, type) and thing.__module__.partition(".")[0] in {"importer", "schemas"}:
        for inner in vars(thing).values():
            yield from patterns_of(inner, depth - 1)


def _is_made_when_asked(thing: Any) -> bool:
    """Whether it is a function of no arguments that makes a pattern once, when it is first asked for it."""
    made = getattr(thing, "__wrapped__", None)
    if made is None or not hasattr(thing, "cache_info"):
        return False
    return made.__annotations__ == {"return": "re.Pattern[str]"}


ASKING: Final = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
PACKAGES: Final = ("importer", "schemas")


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield the syntax of each module by its path within the package."""
    for package in PACKAGES:
        folder = Path(sys.modules[package].__path__[0])
        for path in sorted(folder.rglob("*.py")):
            yield f"{package}/{path.relative_to(folder).as_posix()}", ast.parse(path.read_text(encoding="utf-8"))


def askings() -> dict[tuple[str, str], set[str]]:
    """Return by module and name of a pattern how it is asked."""
    ways: dict[tuple[str, str], set[str]] = {}
    for path, tree in trees():
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ASKING:
                asked = node.value.func if isinstance(node.value, ast.Call) else node.value
                name = getattr(asked, "id", getattr(asked, "attr", ""))
                ways.setdefault((module, name), set()).add(node.attr)
    return ways


@cache
def all_patterns() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Return every compiled pattern by where it is kept, with the ways in which it is asked."""
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    seen: set[re.Pattern[Any]] = set()
    ways = askings()
    for module in modules():
        for name, thing in list(vars(module).items()):
            for place, pattern in enumerate(patterns_of(thing)):
                if pattern not in seen:
                    seen.add(pattern)
                    found[f"{module.__name__}.{name}.{place}"] = (
                        pattern,
                        frozenset(ways.get((module.__name__, name), {"match", "fullmatch"})),
                    )
    return found


# Looked for when the first of these tests runs, and by so many workers at most: every worker collects every test.
SHARES: Final = 8


def seconds(pattern: re.Pattern[Any], shape: str, ways: frozenset[str]) -> float:
    """Return how long the slowest way to ask takes, the best of three; longer texts are spared a slow pattern."""
    took = 0.0
    for length in LENGTHS:
        text: Any = shape[-length:] if isinstance(pattern.pattern, str) else shape.encode()[-length:]
        took = min(_asked(pattern, text, ways) for _ in range(3))
        if took >= MOST_SECONDS:
            return took
    return took


def _asked(pattern: re.Pattern[Any], text: Any, ways: frozenset[str]) -> float:
    slowest = 0.0
    asks = {pattern.match, pattern.fullmatch} if ways <= {"match", "fullmatch"} else {pattern.match, pattern.findall}
    for ask in sorted(asks, key=lambda ask: ask.__name__):
        begun = time.process_time()
        ask(text)
        slowest = max(slowest, time.process_time() - begun)
    return slowest


@pytest.mark.parametrize("share", range(SHARES))
def test_patterns_are_linear(share: int) -> None:
    """Each pattern is done with a hostile cell of 32,767 characters in 50 ms, whatever its shape."""
    slow = {
        (name, shape[:10]): took
        for name, (pattern, ways) in list(all_patterns().items())[share::SHARES]
        for shape in SHAPES
        if (took := seconds(pattern, shape, ways)) >= MOST_SECONDS
    }

    assert slow == {}


def test_the_search_finds_patterns() -> None:
    """The patterns are found wherever they are kept: in modules, mappings, tuples and classes."""
    assert len(all_patterns()) > 80
    assert list(patterns_of({"a": (re.compile("x"), [re.compile("y")])})) == [re.compile("x"), re.compile("y")]


def test_a_slow_pattern_would_be_found() -> None:
    """A pattern whose two repeats take the same marks fails this test's own measure; a possessive one does not."""
    blanks = " " * 8_000 + "\x00"

    assert seconds(re.compile(r"\s*\s*y"), blanks, frozenset({"match"})) >= MOST_SECONDS
    assert seconds(re.compile(r"\s*+\s*+y"), blanks, frozenset({"match"})) < MOST_SECONDS


def compiled_late(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of functions in which a pattern is made of a literal text."""
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    hiding = (function for function in functions if not _makes_a_pattern(function))
    for node in (inner for function in hiding for inner in ast.walk(function)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_re = getattr(node.func.value, "id", "") == "re" and node.func.attr != "escape"
            if of_re and isinstance(node.args[0], ast.Constant):
                yield node.lineno


def _makes_a_pattern(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is one of those that are asked for their pattern above."""
    cached = any(getattr(decorator, "id", "") == "cache" for decorator in function.decorator_list)
    returned = "" if function.returns is None else ast.unparse(function.returns)
    return cached and returned == "re.Pattern[str]" and not function.args.args


def test_patterns_are_compiled_at_the_top() -> None:
    """No pattern hides in a function, where the test above would not find it."""
    hidden = [f"{name}:{line}" for name, tree in trees() for line in compiled_late(tree)]

    assert hidden == []
