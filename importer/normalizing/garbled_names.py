"""
Names whose letters were changed on the way: codes that nobody decoded, and letters of DOS.

``O&#039;Brien`` has an entity of HTML, ``Andr‚`` was André in a DOS program. What was meant is nearly always clear, but
a name that a person gets to read is not guessed. Letters that were encoded twice are found where files are read.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

# UTF-8 read as Mac Roman or as a code page of DOS: roots, and the lines and corners of frames.
_FRAMES: Final = re.compile("[\u221a\u2500-\u259f]|\u201a\u00c4")

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|([A-Za-z][A-Za-z0-9]{1,30}));")
_ESCAPES: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|(?:=[0-9A-F]{2}){2}|(?:%[0-9A-F]{2}){2}")

# Marks that no name has beside a letter, and which DOS letters become.
_LETTER: Final = r"[^\W\d_]"
_BEHIND_A_LETTER: Final = "‚„†‡ˆ‰‹›™¤¢£¥¦§¨©¬®¯±²³µ¶¹»¼½¾¿¡¸"
_BETWEEN_LETTERS: Final = "“”•…?|^~"
_DOS: Final = re.compile(rf"{_LETTER}[{_BEHIND_A_LETTER}]|{_LETTER}[{re.escape(_BETWEEN_LETTERS)}]{_LETTER}")

# Letters beyond ASCII, composed, of which none is such a mark; for the inside of ``[...]``.
WHOLE_LETTERS: Final = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0191\u0193-\u024f"


def is_garbled(text: str) -> bool:
    """Return whether a text holds an entity of HTML, or frames and roots for letters."""
    return ("&" in text and _has_entity(text)) or (not text.isascii() and _FRAMES.search(text) is not None)


def is_garbled_name(text: str) -> bool:
    """Return the same of a name, in which more is a trace: names have no codes, and no ``‚`` behind a letter."""
    return is_garbled(text) or _ESCAPES.search(text) is not None or _DOS.search(text) is not None


def _has_entity(text: str) -> bool:
    return any(found[1] is None or f"{found[1]};" in html5 for found in _ENTITY.finditer(text))
