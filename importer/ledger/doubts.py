"""
The fields of a reminder whose values are in doubt, as the ledger keeps them: ``eventDateTime=1a2b,3c4d metadata=5e6f``.

Behind each name stand the marks of the values that calls without a known outcome sent, so that planning can tell later
which rows of a sheet may have been sent, and no personal data is kept for it. A name without marks may have any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from importer.model.plans import value_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

Doubts = Mapping[str, frozenset[str]]


def doubts(text: str) -> Doubts:
    """Return the marks of each field, none for a field that may have any value."""
    found = (entry.partition("=") for entry in text.split())
    return {name: frozenset(marks.split(",")) if marks else frozenset() for name, _, marks in found}


def as_text(found: Doubts) -> str:
    """Return doubts as they are kept."""
    entries = ((name, ",".join(sorted(marks))) for name, marks in sorted(found.items()))
    return " ".join(f"{name}={marks}" if marks else name for name, marks in entries)


def doubting(before: Doubts, sent: Mapping[str, Any]) -> Doubts:
    """Return the doubts once these values were sent too and nobody knows what came of it."""
    fresh = {name: frozenset({value_mark(value)}) for name, value in sent.items()}
    # A field of which nothing is known stays so.
    both = {name: marks | fresh[name] if marks else marks for name, marks in before.items() if name in fresh}
    return {**before, **fresh, **both}


def settling(before: Doubts, names: Iterable[str]) -> Doubts:
    """Return the doubts that are left once the API accepted these fields."""
    accepted = frozenset(names)
    return {name: marks for name, marks in before.items() if name not in accepted}
