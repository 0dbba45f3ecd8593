"""Which known heading a foreign one looks like. A suggestion for people; no row is ever read by it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from schemas.fields import FIELD, folded

if TYPE_CHECKING:
    from collections.abc import Collection

LIKE_ENOUGH = 0.66
LONGEST_HEADING = 80
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def nearest(heading: str, fields: Collection[str]) -> str | None:
    """
    Return the field, among those given, whose name or alias is most like the heading; None if nothing is like it.

    A heading that holds all the words of an alias counts as like it (``Patient's mobile phone (SMS)``), one that holds
    some of them and no others a little less (``Type``), and otherwise letters decide (``Fone``).
    """
    if len(heading) > LONGEST_HEADING:
        return None
    # A foreign id is more often the clinic's own than the API's.
    ranked = [(_likeness(heading, alias), name != "uuid", name) for name in fields for alias in _names_of(name)]
    best, _, name = max(ranked, default=(0.0, False, ""))
    return name if best >= LIKE_ENOUGH else None


def _names_of(field: str) -> tuple[str, ...]:
    return (field, *FIELD[field].aliases)


def _likeness(heading: str, alias: str) -> float:
    """Return 0 to 1: shared words weigh more the more of them are shared, letters as difflib counts them."""
    ours, theirs = _words(heading), _words(alias)
    if theirs and theirs <= ours:
        return 0.8 + 0.2 * len(theirs) / len(ours)
    letters = SequenceMatcher(None, folded(alias), folded(heading))
    # The quick ratio is never below the true one, and spares it for nearly all.
    by_letters = letters.ratio() if letters.real_quick_ratio() >= LIKE_ENOUGH <= letters.quick_ratio() else 0.0
    by_words = 0.66 + 0.1 * len(ours) / len(theirs) if ours and ours <= theirs else 0.0
    return max(by_letters, by_words)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
