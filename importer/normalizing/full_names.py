"""First and last name in one cell, taken apart where it is sure which is which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.model.issues import Issue
from importer.normalizing.garbled_names import is_garbled_name
from importer.normalizing.placeholders import is_no_name
from importer.normalizing.readings import Readings, Unreadable
from importer.normalizing.texts import parse_name

if TYPE_CHECKING:
    import numpy as np

    from importer.model.profile import NameOrder
    from importer.normalizing.readings import Column

FIELD: Final = "fullName"

_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "herr", "frau", "sr", "sra", "mme", "m"}
)
_SUFFIXES: Final = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "md", "phd", "dds", "dmd", "do", "rn", "np", "pa", "esq", "dvm", "od"}
)
# They begin a last name: de la Cruz, van den Berg, bin Said.
_PARTICLES: Final = frozenset({
    "de", "del", "della", "der", "den", "di", "da", "das", "dos", "du", "la", "le", "van", "von", "vom", "zu", "ter", "ten", "bin",
    "bint", "ibn", "al", "el", "st", "st.", "san", "santa", "y", "e",
})  # fmt: skip
# Two people, an id, a nickname, a note: none of it is a name that can be split.
_NO_SINGLE_NAME: Final = re.compile(r"[0-9@&+/\\()\[\]{}<>;:*#=_\"“”|]| (?:and|und|et|y|or) ", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


class Names(NamedTuple):
    """A first and a last name, "" where there is none."""

    first: str = ""
    last: str = ""


class FullNames(NamedTuple):
    """What a column of full names says: first and last names, and what is to be said of the cells."""

    first: np.ndarray
    last: np.ndarray
    column: Column


def read_full_names(texts: np.ndarray, places: np.ndarray, order: NameOrder | None) -> FullNames:
    """Return what ``split_name`` makes of distinct texts, one a row by ``places``."""
    first, last, said = Readings(texts), Readings(texts), Readings(texts)
    for place, text in enumerate(texts):
        names, remarks = _split(text, order)
        first.values[place], last.values[place] = names
        said.mark(place, remarks)
    return FullNames(first.values[places], last.values[places], said.spread(FIELD, places))


def _split(text: str, order: NameOrder | None) -> tuple[Names, tuple[Issue, ...]]:
    try:
        reading = parse_name(text)
    except Unreadable as reason:
        return Names(), (reason.issue,)
    if not reading.value or reading.remarks:
        return Names(), reading.remarks
    if not _LETTER.search(reading.value):
        # A number of the person's, say: it is no name, and nobody misses it.
        return Names(), ()
    names = split_name(reading.value, order)
    return names or Names(), () if names else (Issue("name_not_split"),)


def split_name(text: str, order: NameOrder | None = None) -> Names | None:
    """
    Return first and last name of one person, None where it is not sure which is which.

    Sure are ``Last, First`` (behind a comma no title or degree alone), and two words or more in the ``order`` that the
    profile declares; there a last name may begin with a particle (``de la``, ``van``). Titles (``Dr.``) are left out,
    ``Jr.`` and its like belong to the last name.
    """
    if _NO_SINGLE_NAME.search(text) or is_garbled_name(text) or is_no_name(text):
        return None
    parts = [part.strip() for part in text.split(",")]
    suffix = ""
    while len(parts) > 1 and _bare(parts[-1]) in _SUFFIXES:
        suffix = f"{parts.pop()} {suffix}".strip()
    if len(parts) == 2 and all(parts):
        return _sure(parts[1].split(), parts[0].split(), suffix)
    return _in_order(parts[0].split(), suffix, order) if len(parts) == 1 and order else None


def _sure(first: list[str], last: list[str], suffix: str) -> Names | None:
    first, last = _without_title(first), _without_title(last)
    while len(first) > 1 and _bare(first[-1]) in _SUFFIXES:
        suffix = f"{first.pop()} {suffix}".strip()
    return _names(first, last, suffix) if len(last) <= 4 and len(first) <= 3 else None


def _in_order(words: list[str], suffix: str, order: NameOrder) -> Names | None:
    words = _without_title(words)
    while len(words) > 2 and _bare(words[-1]) in _SUFFIXES:
        suffix = f"{words.pop()} {suffix}".strip()
    if not 2 <= len(words) <= 5:
        return None
    if order == "first last":
        begins = next((at for at, word in enumerate(words[1:], 1) if word.casefold() in _PARTICLES), 1)
        return _names(words[:begins], words[begins:], suffix)
    ends = next((at for at, word in enumerate(words) if word.casefold() not in _PARTICLES), 0) + 1
    return _names(words[ends:], words[:ends], suffix)


def _names(first: list[str], last: list[str], suffix: str) -> Names | None:
    if not first or not last or not all(_LETTER.search(part) for part in (" ".join(first), " ".join(last))):
        return None
    return Names(" ".join(first), " ".join([*last, *([suffix] if suffix else [])]))


def _without_title(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0][-1:] == "." and _bare(words[0]) in _TITLES:
        words = words[1:]
    return words[1:] if len(words) > 1 and words[0].casefold() in {"mr", "mrs", "ms", "miss", "dr", "prof"} else words


def _bare(word: str) -> str:
    return word.replace(".", "").casefold()
