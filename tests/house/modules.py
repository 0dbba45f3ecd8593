"""The modules of ``importer`` as a house: how many, how long, what each imports."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import importer

ROOT = Path(importer.__file__ or "").parent

# Rooms that stand apart: ``web``, ``ingest``, ``setup`` and ``fetching``, which puts what is no file yet into one, call the others only, and so do ``tenants``, ``page`` within the ledger, and ``drafts``
# within the ledger and the commands, but for a few places that hold a draft's words. A migration is a record of the past, and ``retention`` is about what is past.
_APART = {"drafts", "fetching", "ingest", "migrations", "page", "retention", "setup", "tenants", "web"}

# Rooms that came when the house stood, and are held to its rules, but not counted: ``records`` reads calendars, FHIR, JSON and
# Parquet, and only the process that opens strangers' files calls it.
_NOT_COUNTED = {"records"}


def modules() -> dict[str, Path]:
    """Return every module that is held to the rules, by its dotted name; a package goes by its own name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if _APART & {*parts[:-1]}:
            continue
        found[".".join(("importer", *(parts[:-1] if parts[-1] == "__init__" else parts)))] = path
    return found


def counted() -> list[str]:
    """Return the names of the modules that count, packages among them."""
    return [name for name, path in modules().items() if not _NOT_COUNTED & {*path.relative_to(ROOT).parts[:-1]}]


def lengths() -> dict[str, int]:
    """Return the lines of each module."""
    return {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}


def names_given_twice() -> list[str]:
    """Return base names that stand in two rooms; a room is called by what it is, and commands by what is typed."""
    counts = Counter(
        path.stem
        for name, path in modules().items()
        if path.stem != "__init__" and not name.startswith("importer.cli.")
    )
    return sorted(name for name, count in counts.items() if count > 1)


def imports() -> dict[str, set[str]]:
    """
    Return what each module imports of the others, also within functions and for types only.

    The package itself is left out: it knows the version, and offers the functions for programs without loading them.
    """
    known = {name: path for name, path in modules().items() if name != "importer"}
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        wanted: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                wanted.update(each if each in known else node.module for each in whole)
        found[name] = {each for each in wanted if each in known and each != name}
    return found


def circles() -> list[list[str]]:
    """Return the groups of modules that import each other, straight or around (Tarjan's algorithm)."""
    graph = imports()
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for other in graph[name]:
            if other not in order:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], order[other])
        if lowest[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in order:
            visit(name)
    return found
