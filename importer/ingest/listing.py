"""What lies in a drop: files that may be taken, and what is left with a reason."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from importer.model.drops import Drop

UNFINISHED: Final = (".part", ".tmp", ".filepart")
"""Endings under which programs write a file before they give it its name."""


class Entry(NamedTuple):
    """
    A file that may be taken.

    ``name``: as the ledger and people write it; ``raw``: as its place does. ``version``: other for other bytes, as far as a
    glance can tell. ``size`` in bytes, ``modified`` in UTC seconds.
    """

    name: str
    raw: str
    version: str
    size: int
    modified: float


class Left(NamedTuple):
    """Something with a file's name that is left where it is, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A drop's content: ``entries`` by name; ``raw``: how its place writes each name, of files taken or left."""

    entries: dict[str, Entry]
    left: tuple[Left, ...] = ()
    raw: dict[str, str] = field(default_factory=dict)


_NO_PART_OF_A_LINE: Final = frozenset({"Cc", "Zl", "Zp"})
MOST_SHOWN: Final = 304


def known_as(raw: str) -> str:
    """Return a name as the ledger and people write it: on one line, so controls are escapes, as is what a database cannot hold."""
    text = storable(raw)
    if text.isprintable():
        return text
    return "".join(repr(mark)[1:-1] if unicodedata.category(mark) in _NO_PART_OF_A_LINE else mark for mark in text)


def cut(name: str) -> str:
    """Return so much of a name as is shown of one that no file here can have."""
    return name if len(name) <= MOST_SHOWN else name[: MOST_SHOWN - 1] + "…"


def is_meant(name: str, pattern: str) -> bool:
    """Whether a name is the one of a file to take, by itself and by the drop's pattern."""
    if name.startswith((".", "~$")) or name.casefold().endswith(UNFINISHED):
        return False
    return fnmatchcase(name, pattern) or fnmatchcase(name.casefold(), pattern.casefold())


def too_large(size: int, drop: Drop) -> str:
    """Return why a file of so many bytes is left, "" if it is not."""
    return f"it is larger than {drop.max_bytes / 1_000_000:,g} MB (max_mb)" if size > drop.max_bytes else ""
