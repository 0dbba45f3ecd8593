"""
Text from strangers as a spreadsheet program may open it, and text from a command line as it can be stored.

A cell is *live* when a spreadsheet program may compute it instead of showing it: after blanks, invisible and control
characters it begins with ``=``, ``+``, ``-`` or ``@`` or one of their full-width, small, raised or lowered twins; or
its very first character is TAB, CR, LF or NUL, which some programs drop on import.

Harmless, and therefore written as typed, is what has no operator, name or reference after its sign:

- a number: ``-5``, ``+3.5``, ``-1,234.50``;
- a phone: ``+14155552671``, ``+1 (415) 555 2671``, ``+49 30.123.456`` (digits, blanks, dots and brackets).

``+1-415-555-2671`` is guarded: a spreadsheet program would subtract, and show -3640.

A file of commas may be opened with another separator, and a program may take a line end inside a cell for the end of a row.
So what follows ``;``, TAB, ``|``, ``,``, LF or CR inside a cell is a part that is judged by itself, as far as the next
separator of its kind, and a live part gets the mark behind its separator.

The mark is one apostrophe in front. Because ``guard`` also adds one to a live text that already begins with
apostrophes, ``unguard(guard(text)) == text`` for every text. Source of the rule: OWASP, "CSV Injection".
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK: Final = "'"

_PLAIN_STARTS: Final = frozenset(string.ascii_letters + string.digits + "(#")
# A text behind a line end that begins otherwise, but for phones, of which whole columns consist.
_NO_PLAIN_START: Final = re.compile("\n(?:[^A-Za-z0-9(#+\n]|\\+(?![0-9][0-9 .()\xa0]*+(?:\n|$)))")

# Each line: a trigger and the characters that Unicode calls its compatibility twins; the minus sign stands with "-".
TRIGGERS: Final = (
    "=\uff1d\ufe66\u207c\u208c\u2a75\u2a76"
    "+\uff0b\ufe62\u207a\u208a\ufb29"
    "-\uff0d\ufe63\u2212\u207b\u208b"
    "@\uff20\ufe6b"
)  # fmt: skip

# What an importing program may drop or overlook at the start of a cell: controls, blanks of any width, soft hyphen,
# joiners, direction marks, BOM.
_OVERLOOKED: Final = (
    "\\x00-\\x20\\x7f-\\xa0\\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)

_HARMLESS: Final = re.compile(
    r" *(?:"
    r"[+-][0-9]+(?:[.,][0-9]+)?"
    r"|[+-][0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"|\+[0-9][0-9 .()\xa0]*"
    r")",
)

_LIVE: Final = re.compile(f"'*(?:[\t\r\n\x00]|[{_OVERLOOKED}]*[{re.escape(TRIGGERS)}])")


# Behind a separator also a quote may be dropped. Each run of characters is tried once: a hostile cell costs no more.
_SEPARATORS: Final = ";\t|,\n\r"
_PART: Final = re.compile(
    f"([{_SEPARATORS}])('*+)((?:(?![\t\r\n])[\"{_OVERLOOKED}])*+[{re.escape(TRIGGERS)}][^{_SEPARATORS}]*+)"
)


_WITH_PARTS: Final = re.compile(f"[{_SEPARATORS}]")


def is_live(text: str) -> bool:
    """Return whether a spreadsheet program may compute this text, or a part of it, instead of showing it."""
    begins = not text.startswith(MARK) and _is_live_behind_marks(text)
    return begins or any(not part[2] and _is_live_part(part) for part in _PART.finditer(text))


def guard(text: str) -> str:
    """Return text that no spreadsheet program computes: a mark before it, and before each part of it, that is live."""
    if not text:
        return text
    # Nearly every cell begins so; this test costs a tenth of the pattern.
    mark = "" if text[0] in _PLAIN_STARTS or not _is_live_behind_marks(text) else MARK
    return mark + _PART.sub(_with_mark, text)


def guard_all(texts: Sequence[str]) -> list[str]:
    """Return each text of a column as ``guard`` returns it; in most columns hardly one needs a mark."""
    told = "\n".join(("", *texts))
    if _WITH_PARTS.search("".join(texts)) is not None:
        return list(map(guard, texts))
    # No text has a line end, so each begins behind one of these.
    if _NO_PLAIN_START.search(told) is None:
        return list(texts)
    return [text if not text or text[0] in _PLAIN_STARTS else guard(text) for text in texts]


def unguard(text: str) -> str:
    """Return what ``guard`` was given. To be used only on cells of a report that this program wrote."""
    if MARK not in text:
        return text
    text = _PART.sub(_without_mark, text)
    return text[1:] if text.startswith(MARK) and _is_live_behind_marks(text) else text


def _is_live_part(part: re.Match[str]) -> bool:
    # With this separator the field goes on to the next of its kind, past all others.
    start = part.start(3)
    end = part.string.find(part[1], start)
    return _HARMLESS.fullmatch(part.string, start, len(part.string) if end < 0 else end) is None


def _with_mark(part: re.Match[str]) -> str:
    return f"{part[1]}{MARK}{part[2]}{part[3]}" if _is_live_part(part) else part[0]


def _without_mark(part: re.Match[str]) -> str:
    return f"{part[1]}{part[2][1:]}{part[3]}" if part[2] and _is_live_part(part) else part[0]


def _with_second_mark(part: re.Match[str]) -> str:
    return _with_mark(part) if part[2] else part[0]


def _is_live_behind_marks(text: str) -> bool:
    return _LIVE.match(text) is not None and _HARMLESS.fullmatch(text.lstrip(MARK)) is None


def guard_string(text: str) -> str:
    """
    Return what to write into a cell that is a string by its type (XLSX), where no text is computed.

    Only what ``unguard`` would take for guarded gets a mark, so that every report is read back by the same rule.
    """
    if MARK not in text:
        return text
    mark = MARK if text.startswith(MARK) and _is_live_behind_marks(text) else ""
    return mark + _PART.sub(_with_second_mark, text)


def guard_strings(texts: Sequence[str]) -> list[str]:
    """Return each text of a column as ``guard_string`` returns it; in most columns none needs a mark."""
    told = "\n".join(("", *texts))
    if MARK not in told:
        return list(texts)
    if _WITH_PARTS.search("".join(texts)) is not None:
        return list(map(guard_string, texts))
    # No text has a line end, so each begins behind one of these.
    return list(map(guard_string, texts)) if f"\n{MARK}" in told else list(texts)


def storable(text: str) -> str:
    """Return a text that a database and JSON can hold: bytes that are no UTF-8, and NUL, as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\x00")
