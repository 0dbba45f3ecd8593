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
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import pandera.pandas as pa
import pytest

import importer
import schemas
from importer.columns.visit_words import _TELLING, MOST_SEARCHED, any_of
from importer.reading import file_type
from importer.reading.child import xlsx_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

LONGEST: Final = 32_767
LENGTHS: Final = (24, 300, 2_000, 8_000, LONGEST)
MOST_SECONDS: Final = 0.05

# A cell of the greatest length, in shapes that make patterns go back and forth: one mark without end, two in turn, and
# what looks like the beginning of something, over and over.
SEEDS: Final = (
    " ", "a", "9", "a ", "1.", "1,", ", ", "<!---->", "America/", "a@a.", "é\u0301", "[{(", "\u00a0", "a://",
)  # fmt: skip
SHAPES: Final = tuple((seed * LONGEST)[: LONGEST - 1] + "\x00" for seed in SEEDS)

# The same behind a letter: what takes a shape whole where a text begins would not be tried on it further in.
BEHIND: Final = ("", "x")

ASKING: Final = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
PACKAGES: Final = ("importer", "schemas")
AT_ONE_PLACE: Final = frozenset({"match", "fullmatch"})


def modules() -> Iterator[ModuleType]:
    """Import every module of the two packages."""
    for package in (importer, schemas):
        yield package
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith((".__main__", ".child")) and ".migrations." not in found.name:
                yield importlib.import_module(found.name)


Found = tuple[re.Pattern[Any], frozenset[str]]


def patterns_of(thing: Any, ways: frozenset[str], depth: int = 6) -> Iterator[Found]:
    """
    Yield the patterns in a value: itself, what containers hold, what classes keep, what functions were made with.

    ``ways``: how the value is asked where it is a pattern itself; what is held by another is asked in all ways, but where
    a function tells by which name it asks, or keeps only one way of asking.
    """
    if isinstance(thing, re.Pattern):
        yield thing, ways
    elif _is_made_when_asked(thing):
        yield thing(), ways
    elif isinstance(getattr(thing, "__self__", None), re.Pattern):
        yield thing.__self__, frozenset({thing.__name__})
    elif isinstance(thing, FunctionType):
        for name, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
            yield from patterns_of(cell.cell_contents, ways_of(thing.__module__, name), depth - 1)
    elif depth:
        for inner in _held_by(thing):
            yield from patterns_of(inner, ASKING, depth - 1)


def _held_by(thing: Any) -> Iterable[Any]:
    if isinstance(thing, Mapping):
        return (*thing.keys(), *thing.values())
    if isinstance(thing, (list, tuple, set, frozenset)):
        return thing
    if isinstance(thing, type) and thing.__module__.partition(".")[0] in PACKAGES:
        return vars(thing).values()
    if isinstance(thing, pa.Check):
        return [thing._check_fn]
    return ()


def _is_made_when_asked(thing: Any) -> bool:
    """Whether it is a function of no arguments that makes a pattern once, when it is first asked for it."""
    made = getattr(thing, "__wrapped__", None)
    if made is None or not hasattr(thing, "cache_info"):
        return False
    return made.__annotations__ == {"return": "re.Pattern[str]"}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield the syntax of each module by its path within the package."""
    for package in PACKAGES:
        folder = Path(sys.modules[package].__path__[0])
        for path in sorted(folder.rglob("*.py")):
            yield f"{package}/{path.relative_to(folder).as_posix()}", ast.parse(path.read_text(encoding="utf-8"))


@cache
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


def ways_of(module: str, name: str) -> frozenset[str]:
    """Return how a module asks a pattern of this name; none where it does not."""
    return frozenset(askings().get((module, name), ()))


def _styles() -> tuple[list[str], set[int]]:
    """Return number formats of each kind, and a style that is struck through."""
    return ["General", "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "h:mm", "[h]:mm", "00000", '"APT-"0', '"Nr. "@'], {0, 3}


# What is put together from what a file or an answer holds, by the function that does it: as that makes it, or None where
# the pattern itself is found above.
LATE: Final[dict[str, Callable[[], Iterable[re.Pattern[Any] | None]] | None]] = {
    "importer/api/replies.py:_masked": lambda: [re.compile(rf"(?<!\w){re.escape('Ana Lee')}(?!\w)")],
    "importer/columns/visit_words.py:worth_reading": lambda: [re.compile(any_of(sorted(_TELLING)[:MOST_SEARCHED]))],
    "importer/normalizing/phones.py:unused_numbers": None,
    "importer/normalizing/value_reading.py:unlike": None,
    "importer/reading/file_type.py:_found_of": lambda: map(file_type._found_of, range(len(file_type._OF_OTHER_PAGES))),
    "importer/reading/headings.py:_disclaimer": None,
    "importer/reading/headings.py:_line": None,
    "importer/reading/headings.py:_total": None,
    "importer/reading/child/xlsx_cells.py:_elapsed_of": lambda: [xlsx_cells._elapsed_of(_styles()[0])],
    "importer/reading/child/xlsx_cells.py:_framed_of": lambda: [xlsx_cells._framed_of(_styles()[0])],
    "importer/reading/child/xlsx_cells.py:_numbers_of": lambda: [xlsx_cells._numbers_of({0, 1, 2, 3, 5}, _styles()[0])],
    "importer/reading/child/xlsx_cells.py:_struck_of": lambda: [xlsx_cells._struck_of(_styles()[1])],
    "importer/sandbox/body_rules.py:_judge_text": None,
    "schemas/appointment.py:in_shape": None,
}


@cache
def all_patterns() -> dict[str, Found]:
    """
    Return every pattern by where it is kept, with the ways in which it is asked wherever it stands.

    One that nobody asks by a name that is found, such as that of a loop, may be asked in all ways.
    """
    places: dict[re.Pattern[Any], str] = {}
    asked: dict[re.Pattern[Any], frozenset[str]] = {}
    for module in modules():
        for name, thing in list(vars(module).items()):
            for place, (pattern, ways) in enumerate(patterns_of(thing, ways_of(module.__name__, name))):
                places.setdefault(pattern, f"{module.__name__}.{name}.{place}")
                asked[pattern] = asked.get(pattern, frozenset()) | ways
    for function, make in LATE.items():
        for made in make() if make else ():
            assert made is not None
            places.setdefault(made, function)
            asked[made] = ASKING
    return {place: (pattern, asked[pattern] or ASKING) for pattern, place in places.items()}


# Looked for when the first of these tests runs, and by so many workers at most: every worker collects every test.
SHARES: Final = 8


def seconds(pattern: re.Pattern[Any], shape: str, ways: frozenset[str], behind: str = "") -> float:
    """Return how long the slowest way to ask takes, the best of some; longer texts are spared a slow pattern."""
    took = 0.0
    for length in LENGTHS:
        text: Any = behind + shape[-length:]
        if isinstance(pattern.pattern, bytes):
            text = text.encode()
        took = _asked(pattern, text, ways)
        if took >= MOST_SECONDS:
            took = min(took, *(_asked(pattern, text, ways) for _ in range(3)))
        if took >= MOST_SECONDS:
            return took
    return took


def _asked(pattern: re.Pattern[Any], text: Any, ways: frozenset[str]) -> float:
    slowest = 0.0
    asks = {pattern.match, pattern.fullmatch} if ways <= AT_ONE_PLACE else {pattern.match, pattern.findall}
    for ask in sorted(asks, key=lambda ask: ask.__name__):
        begun = time.process_time()
        ask(text)
        slowest = max(slowest, time.process_time() - begun)
    return slowest


@pytest.mark.parametrize("share", range(SHARES))
def test_patterns_are_linear(share: int) -> None:
    """Each pattern is done with a hostile cell of 32,767 characters in 50 ms, whatever its shape."""
    slow = {
        (name, behind + shape[:10]): took
        for name, (pattern, ways) in list(all_patterns().items())[share::SHARES]
        for shape in SHAPES
        for behind in BEHIND
        if (took := seconds(pattern, shape, ways, behind)) >= MOST_SECONDS
    }

    assert slow == {}


def test_the_search_finds_patterns() -> None:
    """The patterns are found wherever they are kept: in modules, mappings, tuples and classes."""
    assert len(all_patterns()) > 80
    held = patterns_of({"a": (re.compile("x"), [re.compile("y").match])}, frozenset())
    assert list(held) == [(re.compile("x"), ASKING), (re.compile("y"), {"match"})]


def test_a_slow_pattern_would_be_found() -> None:
    """A pattern whose two repeats take the same marks fails this test's own measure; a possessive one does not."""
    blanks = " " * 16_000 + "\x00"

    assert seconds(re.compile(r"\s*\s*y"), blanks, frozenset({"match"})) >= MOST_SECONDS
    assert seconds(re.compile(r"\s*+\s*+y"), blanks, frozenset({"match"})) < MOST_SECONDS


def compiled_late(tree: ast.Module) -> Iterator[str]:
    """Yield the functions in which a pattern is made."""
    for function in (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
        calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
        if any(ast.unparse(called).startswith("re.") and ast.unparse(called) != "re.escape" for called in calls):
            yield function.name


def test_no_pattern_hides_in_a_function() -> None:
    """Each function that makes a pattern is known here, so that the pattern is timed as well."""
    late = {f"{path}:{name}" for path, tree in trees() for name in compiled_late(tree)}

    assert late == set(LATE)


def test_patterns_that_functions_keep_are_found() -> None:
    """What a function was made with is timed: the forms of the schemas, many at a time too, and of the stand-in's bodies."""
    found = {pattern.pattern for pattern, _ in all_patterns().values()}

    assert {r"\+[1-9][0-9]{6,14}", "(?:(?:\\+[1-9][0-9]{6,14})\n|\n)*+", "[PTDHMS0]*"} <= found


OF_PANDAS: Final = frozenset(
    {"contains", "count", "extract", "extractall", "findall", "fullmatch", "match", "replace", "rsplit", "split"}
)


def test_pandas_is_given_no_pattern() -> None:
    """No text is compiled to a pattern within pandas, where this test would not find it: nothing asks ``Series.str`` so."""
    asked = {
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in OF_PANDAS and getattr(node.value, "attr", "") == "str"
    }

    assert asked == set()
