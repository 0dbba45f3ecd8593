"""Names of a drop's files: their order, and gaps or repeats in the numbers that they bear."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.ingest.listing import Entry
    from importer.model.drops import Order

FEWEST: Final = 3
"""So many files in a row must have been numbered one by one before a missing number means something."""

LONGEST: Final = 15
_DIGITS = re.compile(r"\d++")
_NUMBERS = re.compile(r"(\d++)")
_DAY: Final = 8
_MONTH: Final = 6


def in_order(entries: Iterable[Entry], order: Order) -> list[Entry]:
    """Return files as they go one after the other; digits in names count as numbers."""
    if order == "time":
        return sorted(entries, key=lambda entry: (entry.modified, by_number(entry.name)))
    return sorted(entries, key=lambda entry: (by_number(entry.name), entry.name))


def by_number(name: str) -> list[tuple[int, int, str]]:
    """Return what a name is sorted by: ``export9`` comes before ``export10``."""
    parts = _NUMBERS.split(name.casefold())
    return [(0, int(part), "") if part.isdecimal() and len(part) <= LONGEST else (1, 0, part) for part in parts if part]


def numbers_told(names: Sequence[str], earlier: Sequence[str]) -> list[str]:
    """
    Return a sentence for each gap and each repeat in the numbers of new files.

    ``names``: the new ones in order. ``earlier``: those that were taken before, newest first. Days and times are no such
    numbers, and names that were never numbered one by one are passed over.
    """
    before: dict[str, list[int]] = {}
    for name in reversed(earlier):
        for form, number in _numbered(name):
            before.setdefault(form, []).append(number)
    told: list[str] = []
    for name in names:
        for form, number in _numbered(name):
            known = before.setdefault(form, [])
            if _is_a_row(known):
                told += _told(name, number, known[-1])
            known.append(number)
    return told


def _is_a_row(numbers: Sequence[int]) -> bool:
    last = numbers[-FEWEST:]
    return len(last) == FEWEST and all(after == before + 1 for before, after in pairwise(last))


def _told(name: str, number: int, last: int) -> list[str]:
    if number <= last:
        return [f"{name}: number {number} again; the last one was {last}."]
    missing = range(last + 1, number)
    if not missing:
        return []
    which = f"number {missing[0]} is" if len(missing) == 1 else f"numbers {missing[0]} to {missing[-1]} are"
    return [f"{name}: {which} missing before it."]


def _numbered(name: str) -> list[tuple[str, int]]:
    """Return the name's form and its number, if it bears exactly one that is neither a day nor a time."""
    found = _DIGITS.findall(name)
    if len(found) != 1 or len(found[0]) > LONGEST or not found[0].isascii() or _is_a_day(found[0]):
        return []
    return [(_DIGITS.sub("#", name), int(found[0]))]


def _is_a_day(digits: str) -> bool:
    """Whether digits may be a day (20270304, 270304) or a month (202703)."""
    if len(digits) not in {_MONTH, _DAY}:
        return False
    forms = [digits, f"20{digits}", f"{digits}01", f"{digits[4:]}{digits[2:4]}{digits[:2]}", digits[4:] + digits[:4]]
    return any(_reads_as_day(form) for form in forms if len(form) == _DAY)


def _reads_as_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
