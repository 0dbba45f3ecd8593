"""
Text in the wrong letters: encoded twice (``AndrÃ©``), or left in UTF-7 (``Zo+AOs-``).

Which letters were meant is known, but not whether the other cells of the file went the same way; so such a cell is
told, and not repaired. Every pattern here demands what no name and no word of a Western language holds.
"""

from __future__ import annotations

import re
from typing import Final

# The bytes 80 to BF, as Windows-1252 and Latin-1 show them: what goes on a letter in UTF-8.
_SYMBOLS: Final = "\x80-\xbf€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ"
_ANY: Final = f"[{_SYMBOLS}‘’“”…–—]"
_TWICE: Final = re.compile(
    f"[ÂÃ]{_ANY}"  # é, ü, °
    f"|[ÄÅ](?:[\x80-\x9f€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ\xa1-\xaa\xac-\xb6\xb8-\xba\xbc-\xbf]|[‘’“”…–—](?=[a-z]))"  # ł, ő, ğ
    f"|â[€‚„]|ðŸ|ï»¿|ï¿½"  # quotation marks, the euro, pictures, a byte order mark
    f"|(?:[ÐÑÎÏ]{_ANY}){{2}}"  # Cyrillic, Greek
    f"|(?:[à-ï]{_ANY}{{2}}){{2}}"  # Chinese and its neighbours
)
_LEADS: Final = "ÂÃÄÅâðïÐÑÎÏàáãäåæçèéêëìíî"
_SHIFTED: Final = re.compile(r"\+([A-Za-z0-9/]{3,12})(?![A-Za-z0-9+/])")
_UTF7: Final = "+A"
_LAST_LATIN: Final = 0x24F


def is_worth_a_look(text: str) -> bool:
    """Return whether a text, of one cell or many, may hold letters that are broken; quick, and no proof."""
    return _UTF7 in text or (not text.isascii() and any(lead in text for lead in _LEADS))


def is_broken(cell: str) -> bool:
    """Return whether a cell holds letters that came out of a wrong encoding."""
    if not cell.isascii() and _TWICE.search(cell):
        return True
    return _UTF7 in cell and any(_is_latin(match[1]) for match in _SHIFTED.finditer(cell))


def _is_latin(shifted: str) -> bool:
    """Return whether what stands behind a plus sign is UTF-7 for letters with accents."""
    try:
        text = f"+{shifted}-".encode().decode("utf-7")
    except UnicodeDecodeError:
        return False
    return all(0x7F < ord(mark) <= _LAST_LATIN and mark.isalpha() for mark in text) and bool(text)
