"""Near misses: what a person who wrote an unknown name probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "rate"?`` for a near miss, without regard to case and ``-``; else nothing."""
    by_fold = {folded(word): word for word in known}
    near = difflib.get_close_matches(folded(name), by_fold, n=1, cutoff=0.6)
    return f' Did you mean "{by_fold[near[0]]}"?' if near else ""


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return name.casefold().replace("-", "_").replace(" ", "_")
