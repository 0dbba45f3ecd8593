"""
Text as a workbook's XML holds it.

Frequent texts are stored once and numbered (shared strings), others stand in their cell: a sheet stays half as large as
it would be, and memory is bounded by ``MOST_SHARED`` texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MOST_SHARED: Final = 50_000
LONGEST_SHARED: Final = 80

# A cell of a workbook holds no more; it counts like UTF-16.
LONGEST_CELL: Final = 32_767
CUT: Final = " … (cut here: a workbook's cell holds no more; results.csv has all of it)"

_COUNTS: Final = re.compile(rb'<sst ([^>]*?)(?: count="\d+")?(?: uniqueCount="\d+")?(/?)>')
_WANTS_CARE: Final = re.compile("[&<>\x00-\x1f\x7f_\ufffe\uffff\ud800-\udfff]|^\\s|\\s$")
# XML has no way to hold these. Excel writes them as _xHHHH_, and marks a text that looks like that by _x005F_.
_ESCAPED: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(slots=True)
class Texts:
    """The shared strings of a workbook that has ``first`` of them already. ``known``: text -> its number."""

    first: int
    known: dict[object, int] = field(default_factory=dict)

    def number(self, text: str) -> int | None:
        """Return the number of a text that is not ``known`` yet, None when it is to stand in its cell."""
        if len(self.known) >= MOST_SHARED or len(text) > LONGEST_SHARED:
            return None
        return self.known.setdefault(text, self.first + len(self.known))

    def added_to(self, part: bytes) -> bytes:
        """Return the shared strings part with these texts at its end; its counts are optional and are left out."""
        added = "".join([f"<si>{inline(str(text))}</si>" for text in self.known]).encode()
        return _COUNTS.sub(rb"<sst \1\2>", part, count=1).replace(b"</sst>", added + b"</sst>")


def inline(text: str) -> str:
    """Return a text as a ``<t>`` element."""
    if len(text) * 2 > LONGEST_CELL:
        text = fitted(text)
    if _WANTS_CARE.search(text) is None:
        return f"<t>{text}</t>"
    text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<t xml:space="preserve">{text}</t>'


def fitted(text: str) -> str:
    """Return a text that a cell can hold, cut with a word on it where it is too long."""
    if _length(text) <= LONGEST_CELL:
        return text
    room = LONGEST_CELL - len(CUT)
    kept = text[:room]
    while _length(kept) > room:
        kept = kept[: len(kept) - max((_length(kept) - room) // 2, 1)]
    return kept + CUT


def _length(text: str) -> int:
    return len(text) + sum(mark > "\uffff" for mark in text)
