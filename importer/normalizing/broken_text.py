"""
Text whose letters were changed on the way: read in the wrong encoding, or written in a code that nobody decoded.

``MÃ¼ller`` is UTF-8 read as Windows-1252, ``O&#039;Brien`` has an entity of HTML. What was meant is nearly always
clear, but a name that a person gets to read is not guessed.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

# What Windows-1252 makes of the bytes 80 to BF, which in UTF-8 stand behind the first byte of a letter.
_TRAILING: Final = "".join(
    bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0xC0)
) + "".join(map(chr, range(0x80, 0xA0)))
_T: Final = f"[{re.escape(_TRAILING)}]"
_UTF8_AS_1252: Final = re.compile(f"[\u00c2-\u00df]{_T}|[\u00e0-\u00ef]{_T}{_T}|[\u00f0-\u00f4]{_T}{_T}{_T}")
# One such pair tells enough where it begins like this: letters of Europe, dashes and quotes, the byte order mark.
_SURE_LEADS: Final = frozenset("ÂÃÄÅâïð")
_INVISIBLE: Final = "\u00a0\u00ad\u200b\u200d\ufeff"

# UTF-8 read as Mac Roman or as a code page of DOS: roots, and the lines and corners of frames.
_OTHER_TRACES: Final = re.compile("[\u221a\u2500-\u259f]|\u201a\u00c4")

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|([A-Za-z][A-Za-z0-9]{1,30}));")
_ESCAPES: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|(?:=[0-9A-F]{2}){2}|(?:%[0-9A-F]{2}){2}")
_UTF_7: Final = re.compile(r"\+([A-Za-z0-9+/]{3,12})-")

# Marks that no name has beside a letter, and which DOS letters become: ``Andr‚`` was André.
_LETTER: Final = r"[^\W\d_]"
_BEHIND_A_LETTER: Final = "‚„†‡ˆ‰‹›™¤¢£¥¦§¨©¬®¯±²³µ¶¹»¼½¾¿¡¸"
_BETWEEN_LETTERS: Final = "“”•…?|^~"
_DOS: Final = re.compile(rf"{_LETTER}[{_BEHIND_A_LETTER}]|{_LETTER}[{re.escape(_BETWEEN_LETTERS)}]{_LETTER}")

# Letters beyond ASCII, composed, of which none is a trace behind another one; for the inside of ``[...]``.
WHOLE_LETTERS: Final = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0151\u0154-\u015f\u0162-\u0177\u0179-\u017c\u0180-\u0191\u0193-\u024f"
)


def is_broken(text: str) -> bool:
    """Return whether a text shows the trace of a wrong encoding, or an entity of HTML."""
    if "&" in text and _has_entity(text):
        return True
    return not text.isascii() and (_OTHER_TRACES.search(text) is not None or _has_utf8(text))


def is_broken_name(text: str) -> bool:
    """Return the same of a name, in which more marks are a trace: names have no codes, and no ``‚`` behind a letter."""
    return is_broken(text) or _ESCAPES.search(text) is not None or _DOS.search(text) is not None or _has_utf_7(text)


def _has_entity(text: str) -> bool:
    return any(found[1] is None or f"{found[1]};" in html5 for found in _ENTITY.finditer(text))


def _has_utf8(text: str) -> bool:
    """Return whether characters are the bytes of letters in UTF-8; of other scripts one alone may stand so by right."""
    others = 0
    for found in _UTF8_AS_1252.finditer(text):
        try:
            letter = b"".join(map(_byte, found[0])).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if letter.isprintable() or letter in _INVISIBLE:
            others += 1
            if found[0][0] in _SURE_LEADS:
                return True
    return others > 1


def _byte(mark: str) -> bytes:
    return mark.encode("cp1252") if ord(mark) > 0xFF else mark.encode("latin-1")


def _has_utf_7(text: str) -> bool:
    for found in _UTF_7.finditer(text):
        try:
            letters = f"+{found[1]}-".encode("ascii").decode("utf-7")
        except UnicodeDecodeError:
            continue
        if letters and all(mark.isalpha() and "\u00c0" <= mark <= "\u04ff" for mark in letters):
            return True
    return False
