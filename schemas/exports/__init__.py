"""
The exports of known systems, one TOML file a system: by which headings it is recognized, what its columns and words mean.

``NAME.toml`` has its title in the first line, and its signature between the lines ``[signature]`` and ``[columns]``; only
these are read to recognize a sheet, because every command waits for it. The rest is read, and judged by
``schemas.exports.shape``, for a system that was recognized. A test reads and judges all files.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER: Final = Path(__file__).parent
_SIGNATURE: Final = "\n[signature]\n"
_BODY: Final = "\n[columns]\n"
_CODE: Final = re.compile(r"0{0,8}([0-9]{1,8})(?:\.0{1,8})?")


class Signature(NamedTuple):
    """
    By which headings an export is recognized; headings are folded.

    ``telling``: headings that this export has and few others have together, each with its other spellings. ``must``:
    headings without which it is not this export. ``least``: how many of ``telling`` a sheet must have, so that some may be
    missing. ``without``: headings that another system has.
    """

    name: str
    title: str
    telling: tuple[frozenset[str], ...]
    must: tuple[frozenset[str], ...]
    least: int
    without: frozenset[str]

    def found_in(self, headings: frozenset[str]) -> bool:
        """Whether folded headings are those of this export."""
        if not self.without.isdisjoint(headings) or any(spelled.isdisjoint(headings) for spelled in self.must):
            return False
        return sum(not spelled.isdisjoint(headings) for spelled in self.telling) >= self.least


def spellings(heading: str) -> tuple[str, ...]:
    """Return the spellings that an entry names: ``Mobile | Mobile number`` are two."""
    return tuple(text.strip() for text in heading.split("|"))


def word_of(text: str) -> str:
    """
    Return a cell as the words of a known system are compared: without case, outer blanks and doubled ones.

    A code is the same number however a program between wrote it: ``5.0`` and ``05`` are ``5``.
    """
    words = " ".join(text.casefold().split())
    code = _CODE.fullmatch(words)
    return code[1] if code else words


@cache
def names() -> tuple[str, ...]:
    """Return the names of all known systems, without reading their files."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def signatures() -> tuple[Signature, ...]:
    """Return the signatures of all known systems."""
    return tuple(_signature(name) for name in names())


def title(name: str) -> str:
    """Return what people call a system. ``KeyError``: it is not known."""
    return next((each.title for each in signatures() if each.name == name), "") or _unknown(name)


def text(name: str) -> str:
    """Return the file of a system as it stands."""
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def recognized(headings: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the systems whose signatures these headings bear: none, one, or several."""
    found = frozenset(map(folded, headings)) - {""}
    return tuple(each.name for each in signatures() if each.found_in(found))


def _signature(name: str) -> Signature:
    head, _, rest = text(name).partition(_SIGNATURE)
    told = tomllib.loads("\n".join((head.partition("\n")[0], rest.partition(_BODY)[0])))
    return Signature(
        name=name,
        title=told["title"],
        telling=tuple(map(_folded, told["telling"])),
        must=tuple(map(_folded, told.get("must", ()))),
        least=told["least"],
        without=frozenset(map(folded, told.get("without", ()))),
    )


def _folded(heading: str) -> frozenset[str]:
    return frozenset(map(folded, spellings(heading)))


def _unknown(name: str) -> str:
    raise KeyError(name)
