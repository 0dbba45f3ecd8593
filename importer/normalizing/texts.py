"""Names, e-mail addresses, and the blanks and invisible characters that every kind of value trims."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from importer.model.issues import Issue
from importer.normalizing.garbled_names import WHOLE_LETTERS, is_garbled_name
from importer.normalizing.placeholders import NO_NAME, is_no_name
from importer.normalizing.readings import BLANK, Reading, Unreadable, unlike

LONGEST_EMAIL: Final = 254
LONGEST_TEXT: Final = 255

# Blanks that spreadsheets, browsers and address books leave at the ends of a value: the white space of Unicode,
# zero-width space and no-break space, the byte order mark, and the marks for writing direction.
_BLANK = r"[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
_ENDS = re.compile(rf"\A{_BLANK}+|{_BLANK}+\Z")

_EMAIL_NAME = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_EMAIL = re.compile(rf"{_EMAIL_NAME}@(?:[^\W_](?:[^\W_]|-){{0,61}}[^\W_]\.|[^\W_]\.)+[^\W_](?:[^\W_]|-)*[^\W_]")

# Most names of a column, which are their own normal forms: words of composed letters and marks that are no trace of DOS.
_INITIAL: Final = rf"[A-Za-z{WHOLE_LETTERS}]"
_WORD: Final = rf"{_INITIAL}[A-Za-z0-9.,'()/{WHOLE_LETTERS}-]{{0,40}}+"
USUAL_NAME: Final = unlike(rf"(?!{NO_NAME}){_WORD}(?: {_WORD}){{0,4}}+")
USUAL_EMAIL: Final = unlike(
    r"[a-z0-9_-]{1,40}+(?:\.[a-z0-9_-]{1,40}+){0,2}+@[a-z0-9]{1,30}+(?:\.[a-z0-9]{2,30}+){1,3}+"
)


def trimmed(text: str) -> str:
    """Return the text without blanks and invisible characters at its ends; what stands between them is untouched."""
    bare = text.strip()
    return bare if bare.isascii() else _ENDS.sub("", bare)


def odd_character(text: str) -> str | None:
    """
    Return the first character that no person typed on purpose, or None.

    Odd are control characters (NUL, line ends, TAB), lone surrogates, and U+FFFD with its neighbours, the trace
    of a broken encoding. Joiners, which emoji and several scripts need, are not odd.
    """
    if text.isprintable() and "\ufffd" not in text:
        return None
    return next((mark for mark in text if _is_odd(mark)), None)


def _is_odd(mark: str) -> bool:
    return mark in "\ufffd\ufffe\uffff" or unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"}


def shown(mark: str) -> str:
    """Return a character as its code point, ``U+0007``: it may have no visible form."""
    return f"U+{ord(mark):04X}"


def parse_name(text: str) -> Reading:
    """
    Read a name: any text, trimmed, in Unicode form NFC.

    Warning ``name_placeholder`` for a word such as NULL, with which a message would greet.

    Raises:
        Unreadable: ``text_odd_character`` for control characters and line ends within it, ``text_broken`` for letters
            of DOS and entities of HTML, ``text_too_long`` past 255 characters.

    """
    value = unicodedata.normalize("NFC", trimmed(text))
    if len(value) > LONGEST_TEXT:
        raise Unreadable("text_too_long", str(len(value)))
    if is_garbled_name(value):
        raise Unreadable("text_broken")
    if mark := odd_character(value):
        raise Unreadable("text_odd_character", shown(mark))
    return Reading(value, (Issue("name_placeholder"),) if value and is_no_name(value) else ())


def parse_email(text: str) -> Reading:
    """
    Read one e-mail address: ``name@host.example``, also with a host in letters other than a-z; kept as typed.

    No quoted names, no addresses in ``<>``, no lists: a form is checked, not whether the mailbox exists.

    Raises:
        Unreadable: ``email_unreadable``.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        raise Unreadable("email_unreadable")
    return Reading(value)
