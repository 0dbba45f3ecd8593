"""
Columns that are not used and yet say that an appointment is off.

Without an action column every row books its appointment. A sheet whose ``Status`` is not matched, and says
``cancelled``, would have people reminded of visits that are off; so such a row is a problem until a person has said
what the column means. Any other word in it says nothing of the kind, and the column stays unused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.sheets import Finding
from importer.model.words import Action
from importer.normalizing.actions import parse_action
from importer.normalizing.readings import Unreadable, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OFF: Final = frozenset({Action.CANCEL.value, Action.NO_SHOW.value})


def contradictions(columns: Mapping[str, np.ndarray]) -> Iterator[Finding]:
    """Yield the rows that a column says are off. ``columns``: heading -> its cells, of columns that are not used."""
    for heading, cells in columns.items():
        codes, uniques = distinct(cells)
        off = np.flatnonzero(np.array(list(_off(uniques)), dtype=bool)[codes])
        if off.size:
            yield Finding("", "status_not_used", off, details=heading, values=cells[off])


def _off(texts: Iterable[str]) -> Iterator[bool]:
    for text in texts:
        try:
            yield parse_action(text).value in OFF
        except Unreadable:
            yield False
