"""Which known heading a foreign one looks like. A suggestion for people; no row is ever read by it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from schemas.fields import FIELD, folded

if TYPE_CHECKING:
    from collections.abc import Collection

LIKE_ENOUGH = 0.78
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def nearest(heading: str, fields: Collection[str]) -> str | None:
    """
    Return the field, among those given, whose name or alias is most like the heading; None if nothing is like it.

    A heading that holds all the words of an alias counts as like it (``Patient's mobile phone (SMS)``), and
    otherwise letters decide, so that typing slips are found (``Fone number``).
    """
    ranked = [(_likeness(heading, alias), name) for name in fields for alias in (name, *FIELD[name].aliases)]
    best, name = max(ranked, default=(0.0, ""))
    return name if best >= LIKE_ENOUGH else None


def _likeness(heading: str, alias: str) -> float:
    """Return 0 to 1: words in common weigh more the longer the alias is, letters as difflib counts them."""
    ours, theirs = _words(heading), _words(alias)
    if theirs and theirs <= ours:
        return 0.8 + 0.2 * len(theirs) / len(ours)
    return SequenceMatcher(None, folded(heading), folded(alias)).ratio()


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
