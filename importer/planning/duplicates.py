"""
Rows of one check that name the same appointment: duplicates say the same twice, conflicts contradict each other.

The rule is that of ``plan_lane`` for rows of one run, without a ledger: two bookings (create or upsert) of one
appointment that say the same are one and its duplicate, two that differ are both a problem; a row before the first
booking is a problem; so is all that books or changes the appointment where a cancel or a no-show stands above an upsert or between
two bookings, or where a row that is wrong says that the visit is off, or may say so; any other row is a duplicate if it says the
same as the row of the appointment just before it.

A row that would text somebody is a problem, too, where another row says that nobody may text its phone.

What names its appointment by a uuid alone is not known here, nor whether an appointment with a uuid is known: a booking beside a
row with a uuid, or one that such a row ends, only planning refuses; so is one for a person who has died by what another row says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import SEEK_END
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model.chunks import Distinct


DUPLICATE: Final = "duplicate_of_row"
CONTRADICTION: Final = "rows_contradict"
TOO_EARLY: Final = "before_its_booking"
ENDED: Final = "ended_by_earlier_row"
BLOCKED: Final = "blocked"
SAID_NO: Final = "{place} has the same phone and says so"
"""What the row is told that another one blocks."""

_CLASSES: Final = {Action.CREATE: 1, Action.UPDATE: 2, Action.CANCEL: 3, Action.NO_SHOW: 4, Action.UPSERT: 5}
_UPSERT: Final = 5
OFF: Final = 6
"""A row that is wrong, and says or may say that the visit is off."""
_REFUSED: Final = 7
_TEXTING: Final = (1, 2, 4, _UPSERT)
_BOOKS: Final = {1, _UPSERT}
_DESCRIBES: Final = {2, *_BOOKS}
_WITHOUT_CONTENT: Final = {3, 4}
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


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


_ROW: Final = np.dtype(
    [
        ("phone", np.uint64),
        ("id", np.uint64),
        ("content", np.uint64),
        ("ordinal", np.uint32),
        ("row", np.uint32),
        ("file", np.uint32),
        ("action", np.int8),
    ]
)
AT_A_TIME: Final = 100_000
MOST_KEYS: Final = 500_000


@dataclass(slots=True)
class Twins:
    """
    Collects rows chunk by chunk, and judges those with a common key at the end.

    ``kept``: a file for reading and writing that takes 37 bytes a row, hashes and places; only this process reads it.
    """

    kept: IO[bytes]
    files: list[str] = field(default_factory=list)
    _are_refused: bool = False

    def open_file(self, name: str) -> None:
        """Say that the rows to come are of this file."""
        self.files.append(name)

    def see(  # noqa: PLR0913 - columns of one chunk, all by name
        self,
        *,
        first: int,
        numbers: np.ndarray,
        actions: Distinct,
        phones: np.ndarray,
        ids: np.ndarray,
        contents: np.ndarray,
        counts: np.ndarray,
        off: np.ndarray | None = None,
        refused: np.ndarray | None = None,
    ) -> None:
        """
        Take note of a chunk: columns of equal length, one entry a row.

        ``first``: the ordinal of the chunk's first row. ``phones``, ``ids``, ``contents``: 64-bit hashes of the two
        halves of the key, and of what the rows say. ``counts``: truth values; rows that are invalid, or have no key,
        do not count. ``off``: rows that do not count, but say or may say that the visit is off; ``refused``: that nobody may text their phone.
        """
        if off is not None:
            counts = counts | off
        at = slice(None) if counts.all() else np.flatnonzero(counts)
        classes = actions.spread(np.array([_CLASSES.get(name, 0) for name in actions.texts], dtype=np.int8))
        if off is not None:
            classes = np.where(off, np.int8(OFF), classes)
        ordinals = np.arange(first, first + len(counts), dtype=np.uint32)
        rows = np.empty(int(np.count_nonzero(counts)), dtype=_ROW)
        rows["file"] = len(self.files) - 1
        columns = {
            "phone": phones,
            "id": ids,
            "content": contents,
            "ordinal": ordinals,
            "row": numbers,
            "action": classes,
        }
        for name, column in columns.items():
            rows[name] = column[at]
        self.kept.write(rows.tobytes())
        if refused is not None and refused.any():
            self._are_refused = True
            rows = np.zeros(int(np.count_nonzero(refused)), dtype=_ROW)
            rows["file"], rows["action"] = len(self.files) - 1, _REFUSED
            for name, column in (("phone", phones), ("ordinal", ordinals), ("row", numbers)):
                rows[name] = column[refused]
            self.kept.write(rows.tobytes())

    def judged(self) -> list[Twin]:
        """Return the rows that are duplicates, contradict another or are blocked by one, in their order."""
        rows = self._with_common_keys()
        rows = rows[np.lexsort((rows["ordinal"], rows["id"], rows["phone"]))]
        twins = [twin for group in _groups(rows) for twin in self._judge(group)]
        if self._are_refused:
            seen = {twin.ordinal for twin in twins}
            twins += [twin for twin in self._blocked() if twin.ordinal not in seen]
        return sorted(twins)

    def _blocked(self) -> Iterator[Twin]:
        """Yield the rows that would text a phone of which another row says that nobody may."""
        refused = np.concatenate([rows[rows["action"] == _REFUSED] for rows in self._rows()])
        phones, firsts = np.unique(refused["phone"], return_index=True)
        for rows in self._rows():
            texting = rows[np.isin(rows["action"], _TEXTING)]
            places = np.minimum(np.searchsorted(phones, texting["phone"]), len(phones) - 1)
            for at in np.flatnonzero(phones[places] == texting["phone"]).tolist():
                row, other = texting[at], refused[firsts[places[at]]]
                told = SAID_NO.format(place=self._named(row, other))
                yield Twin(int(row["ordinal"]), self._file(row), int(row["row"]), BLOCKED, told)

    def _with_common_keys(self) -> np.ndarray:
        """Return the rows whose key another one may have, too: in most sheets few."""
        common = np.concatenate([*self._repeated_keys(), np.empty(0, dtype=np.uint64)])
        found = (rows[np.isin(_mixed(rows), common)] for rows in self._named_rows())
        return np.concatenate([np.empty(0, dtype=_ROW), *found])

    def _repeated_keys(self) -> Iterator[np.ndarray]:
        """Yield the keys that stand more than once; of many rows a part of the keys at a time, for the memory that it takes."""
        parts = np.uint64(self.kept.seek(0, SEEK_END) // _ROW.itemsize // MOST_KEYS + 1)
        for part in range(int(parts)):
            keys = (mixed[mixed % parts == part] for mixed in map(_mixed, self._named_rows()))
            yield _repeated(np.concatenate([np.empty(0, dtype=np.uint64), *keys]))

    def _rows(self) -> Iterator[np.ndarray]:
        """Yield the rows that were kept, some at a time."""
        self.kept.seek(0)
        while some := self.kept.read(AT_A_TIME * _ROW.itemsize):
            yield np.frombuffer(some, dtype=_ROW)

    def _named_rows(self) -> Iterator[np.ndarray]:
        """Yield those of them that name their appointment."""
        return (rows[rows["action"] != _REFUSED] for rows in self._rows()) if self._are_refused else self._rows()

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


def _mixed(rows: np.ndarray) -> np.ndarray:
    mixed: np.ndarray = rows["phone"] * _MIX ^ rows["id"]
    return mixed


def _repeated(keys: np.ndarray) -> np.ndarray:
    """Return the keys that stand more than once, rising."""
    keys.sort()
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _groups(rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield runs of two rows or more with one key; ``rows`` are sorted by it."""
    same = (rows["phone"][1:] == rows["phone"][:-1]) & (rows["id"][1:] == rows["id"][:-1])
    if not same.any():
        return
    edges = np.flatnonzero(np.concatenate(([True], ~same, [True])))
    for start, end in pairwise(edges.tolist()):
        if end - start > 1:
            yield rows[start:end]


def verdicts(told: Sequence[Told]) -> dict[int, tuple[str, int]]:
    """Return, by place in one appointment's rows, the code and the place of the other row."""
    counting = [place for place, row in enumerate(told) if row.action != OFF]
    books = [place for place in counting if told[place].action in _BOOKS]
    first, last = (books[0], books[-1]) if books else (0, 0)
    found = {place: (TOO_EARLY, first) for place in counting if place < first}
    end = next((place for place, row in enumerate(told) if row.action == OFF), None)
    if end is None:
        end = _end(told, first, last)
    if end is not None:
        for place in counting:
            if place >= first and told[place].action in _DESCRIBES:
                found[place] = (ENDED, end)
            elif first <= place < last and told[place].action in _WITHOUT_CONTENT:
                found[place] = (TOO_EARLY, last)
    else:
        found |= _contradictions(told, books)
    before: int | None = None
    booked: int | None = None
    for place in counting:
        if place in found:
            continue
        other = booked if told[place].action in _BOOKS else before
        if other is not None and _repeats(told[place], told[other]):
            found[place] = (DUPLICATE, other)
            continue
        before = place
        booked = place if told[place].action in _BOOKS else booked
    return found


def _end(told: Sequence[Told], first: int, last: int) -> int | None:
    """Return the place of the row that ends the appointment before it is booked, or booked again."""
    ends = [place for place in range(last) if told[place].action in _WITHOUT_CONTENT]
    if ends and (ends[-1] > first or told[first].action == _UPSERT):
        return ends[-1]
    return None


def _contradictions(told: Sequence[Told], books: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return all bookings where one of them differs from the first, each with another that it differs from."""
    other = next((place for place in books if told[place].content != told[books[0]].content), None)
    if other is None:
        return {}
    first = told[books[0]].content
    return {place: (CONTRADICTION, other if told[place].content == first else books[0]) for place in books}


def _repeats(one: Told, other: Told) -> bool:
    """Whether a row says what another says that counts: that of its appointment just before it, or the first that books."""
    if one.action in _BOOKS:
        return True
    return one.action == other.action and (one.action in _WITHOUT_CONTENT or one.content == other.content)
