"""
Rows of one check that name the same appointment: which say the same twice, and which contradict each other.

The rule is that of ``plan_lane`` for rows of one run, without a ledger: two bookings (create or upsert) of one
appointment that say the same are one and its duplicate, two that differ are both a problem; a row before the first
booking is a problem; any other row is a duplicate if it says the same as the row of the appointment just before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from importer.model.words import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DUPLICATE: Final = "duplicate_of_row"
CONTRADICTION: Final = "rows_contradict"
TOO_EARLY: Final = "before_its_booking"

_CLASSES: Final = {Action.CREATE: 1, Action.UPSERT: 1, Action.UPDATE: 2, Action.CANCEL: 3, Action.NO_SHOW: 4}
_BOOKS: Final = 1
_WITHOUT_CONTENT: Final = {3, 4}
_SECOND_HASH: Final = "importer-twins-2"


class Told(NamedTuple):
    """A row as far as its twins matter: the class of its action, and a hash of what it says."""

    action: int
    content: int


class Twin(NamedTuple):
    """
    What became known of a row once all were read.

    ``ordinal``: its place among all rows of the check, from 0. ``detail`` names the other row.
    """

    ordinal: int
    file: str
    row: int
    code: str
    detail: str

    @property
    def is_duplicate(self) -> bool:
        """Whether the row is only superfluous; otherwise it is wrong."""
        return self.code == DUPLICATE


@dataclass(slots=True)
class Twins:
    """Collects rows chunk by chunk, about 40 bytes each, and judges them at the end."""

    files: list[str] = field(default_factory=list)
    _parts: list[np.ndarray] = field(default_factory=list)

    def open_file(self, name: str) -> None:
        """Say that the rows to come are of this file."""
        self.files.append(name)

    def see(  # noqa: PLR0913 - columns of one chunk, all by name
        self,
        *,
        first: int,
        numbers: np.ndarray,
        actions: np.ndarray,
        phones: np.ndarray,
        ids: np.ndarray,
        contents: np.ndarray,
        counts: np.ndarray,
    ) -> None:
        """
        Take note of a chunk: columns of equal length, one entry a row.

        ``first``: the ordinal of the chunk's first row. ``contents``: 64-bit hashes of what the rows say.
        ``counts``: truth values; rows that are invalid, or have no key, do not count.
        """
        at = np.flatnonzero(counts)
        part = np.empty(len(at), dtype=_ROW)
        keys = phones[at] + "\x1f" + ids[at]
        part["key"] = pd.util.hash_array(keys, categorize=False)
        part["key2"] = pd.util.hash_array(keys, categorize=False, hash_key=_SECOND_HASH)
        part["content"] = contents[at]
        part["ordinal"] = at + first
        part["row"] = numbers[at]
        part["file"] = len(self.files) - 1
        part["action"] = [_CLASSES.get(action, 0) for action in actions[at].tolist()]
        self._parts.append(part)

    def judged(self) -> list[Twin]:
        """Return the rows that are duplicates or contradict another, in their order."""
        if not self._parts:
            return []
        rows = np.concatenate(self._parts)
        rows = rows[np.lexsort((rows["ordinal"], rows["key2"], rows["key"]))]
        found = [twin for group in _groups(rows) for twin in self._judge(group)]
        return sorted(found)

    def _judge(self, group: np.ndarray) -> Iterator[Twin]:
        told = [Told(int(row["action"]), int(row["content"])) for row in group]
        for place, (code, other) in sorted(verdicts(told).items()):
            row = group[place]
            yield Twin(int(row["ordinal"]), self._file(row), int(row["row"]), code, self._named(row, group[other]))

    def _file(self, row: np.void) -> str:
        return self.files[int(row["file"])]

    def _named(self, row: np.void, other: np.void) -> str:
        name = f"row {int(other['row'])}"
        return name if row["file"] == other["file"] else f"{name} of {self._file(other)}"


_ROW: Final = np.dtype(
    [
        ("key", np.uint64),
        ("key2", np.uint64),
        ("content", np.uint64),
        ("ordinal", np.int64),
        ("row", np.int32),
        ("file", np.int16),
        ("action", np.int8),
    ]
)


def _groups(rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield runs of two rows or more with one key; ``rows`` are sorted by it."""
    same = (rows["key"][1:] == rows["key"][:-1]) & (rows["key2"][1:] == rows["key2"][:-1])
    if not same.any():
        return
    edges = np.flatnonzero(np.concatenate(([True], ~same, [True])))
    for start, end in pairwise(edges.tolist()):
        if end - start > 1:
            yield rows[start:end]


def verdicts(told: Sequence[Told]) -> dict[int, tuple[str, int]]:
    """Return, by place in one appointment's rows, the code and the place of the other row."""
    found: dict[int, tuple[str, int]] = {}
    booked: int | None = None
    before: int | None = None
    first = next((place for place, row in enumerate(told) if row.action == _BOOKS), 0)
    for place, row in enumerate(told):
        if place < first:
            found[place] = (TOO_EARLY, first)
            continue
        other = booked if row.action == _BOOKS else before
        if other is None or told[other].action != row.action:
            before = place
            booked = place if row.action == _BOOKS else booked
        elif row.action in _WITHOUT_CONTENT or told[other].content == row.content:
            found[place] = (DUPLICATE, other)
        elif row.action == _BOOKS:
            found[place] = (CONTRADICTION, other)
            found.setdefault(other, (CONTRADICTION, place))
        else:
            before = place
    return found
