"""
Names, e-mail addresses, appointment numbers, uuids and types, plain texts: what is trimmed, stands for nothing, was garbled.

``O&#039;Brien`` has an entity of HTML, ``Andr‚`` was André in a DOS program. What was meant is nearly always clear, but
a name that a person gets to read is not guessed. Letters that were encoded twice are found where files are read.
"""

from __future__ import annotations

import re
import unicodedata
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.model.issues import Issue
from importer.model.statuses import canonical_uuid
from importer.normalizing.value_reading import BLANK, Reading, Readings, Unreadable, is_day, unlike
from schemas.mark_words import NO_ADDRESS
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from importer.model.profile import EventType, NameOrder
    from importer.normalizing.value_reading import Column


# Folded; in the languages in which clinics' programs speak. No word that is also somebody's name or number.
WORDS: Final = frozenset({
    "null", "nil", "none", "nan", "nat", "na", "n/a", "n.a", "n\\a", "n a", "undefined", "unknown", "unspecified", "unassigned",
    "missing", "blank", "empty", "void", "tbd", "tba", "tbc", "t.b.d", "t.b.a", "to be determined", "to be announced",
    "not applicable", "not available", "not assigned", "not set", "not provided", "not given", "not known", "no id",
    "no number", "no value", "no data", "dbnull", "xxx", "xxxx", "keine", "kein", "keine angabe", "k.a", "k. a", "unbekannt",
    "leer", "ohne", "aucun", "aucune", "inconnu", "inconnue", "vide", "non défini", "ninguno", "ninguna", "desconocido",
    "desconocida", "sin número", "nenhum", "nenhuma", "desconhecido", "nessuno", "nessuna", "sconosciuto", "vuoto", "geen",
    "onbekend", "leeg", "ingen", "okänd", "brak", "nieznany",
})  # fmt: skip

# What may stand around such a word: ``(null)``, ``#N/A``, ``- None -``, ``<unknown>``.
_AROUND: Final = " \t()[]{}<>\"'`\u2018\u2019\u201c\u201d-\u2010\u2011\u2012\u2013\u2014\u2212_.,:;*#?!/\\|~="

# These stand in names as programs and forms write them; ``Null`` and ``Na`` are surnames.
_NO_NAMES: Final = frozenset({
    "NULL", "null", "(null)", "(NULL)", "<null>", "<NULL>", "None", "none", "NONE", "(none)", "nan", "NaN", "N/A", "n/a", "#N/A",
    "n.a.", "N.A.", "undefined", "UNDEFINED", "unknown", "Unknown", "UNKNOWN", "TBD", "tbd", "TBA", "tba", "test", "TEST", "xxx",
    "XXX", "TRUE", "FALSE",
})  # fmt: skip
NO_NAME: Final = rf"(?:{'|'.join(re.escape(word) for word in sorted(_NO_NAMES))})$"


def is_nothing(text: str) -> bool:
    """Return whether a text, without outer blanks, is a word for nothing in any case, or nothing but marks."""
    if len(text) > 40:
        return not text.strip(_AROUND)
    bare = text.strip(_AROUND).casefold()
    return not bare or bare in WORDS


def is_no_name(text: str) -> bool:
    """Return whether a name, without outer blanks, is a word for nothing or nothing but marks; exact case counts."""
    return text in _NO_NAMES or not text.strip(_AROUND)


_DIGITS_OF_A_PHONE: Final = 7
_OTHERS_WITHIN: Final = re.compile(r"[^\s@]@[^\s@.]{1,63}\.[^\s@]|\d ?[ap]m\b|\d[:/]\d", re.IGNORECASE)


def _is_of_another_column(name: str) -> bool:
    """Return whether a name is what stands in other columns: a day or time, an e-mail address, a phone, a number."""
    digits = sum(map(str.isdigit, name))
    if digits >= _DIGITS_OF_A_PHONE or ((digits or "@" in name) and _OTHERS_WITHIN.search(name)):
        return True
    return digits > 0 and (is_day(name) or not name.strip("0123456789 ()+./:,#-"))


# UTF-8 read as Mac Roman or as a code page of DOS: roots, and the lines and corners of frames.
_FRAMES: Final = re.compile("[\u221a\u2500-\u259f]|\u201a\u00c4")

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|([A-Za-z][A-Za-z0-9]{1,30}));")
_ESCAPES: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|(?:=[0-9A-F]{2}){2}|(?:%[0-9A-F]{2}){2}")

# Marks that no name has beside a letter, and which DOS letters become.
_GARBLED_LETTER: Final = r"[^\W\d_]"
_BEHIND_A_LETTER: Final = "‚„†‡ˆ‰‹›™¤¢£¥¦§¨©¬®¯±²³µ¶¹»¼½¾¿¡¸"
_BETWEEN_LETTERS: Final = "“”•…?|^~"
_DOS: Final = re.compile(
    rf"{_GARBLED_LETTER}[{_BEHIND_A_LETTER}]|{_GARBLED_LETTER}[{re.escape(_BETWEEN_LETTERS)}]{_GARBLED_LETTER}"
)

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


LONGEST_EMAIL: Final = 254
LONGEST_TEXT: Final = 255

# Blanks that spreadsheets, browsers and address books leave at the ends of a value: the white space of Unicode,
# zero-width space and no-break space, the byte order mark, and the marks for writing direction.
_BLANKS: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

_EMAIL_NAME = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_EMAIL = re.compile(rf"{_EMAIL_NAME}@(?:[^\W_](?:[^\W_]|-){{0,61}}[^\W_]\.|[^\W_]\.)+[^\W_](?:[^\W_]|-)*[^\W_]")

# Most names of a column, which are their own normal forms: words of composed letters and marks that are no trace of DOS.
_INITIAL: Final = rf"[A-Za-z{WHOLE_LETTERS}]"
_WORD: Final = rf"{_INITIAL}[A-Za-z0-9.,'()/{WHOLE_LETTERS}-]{{0,40}}+"
USUAL_NAME: Final = unlike(
    rf"(?!{NO_NAME}|[A-Za-z][a-zç]{{2,8}}[-. ][0-9]|(?:[^0-9\n]{{0,210}}+[0-9]){{{_DIGITS_OF_A_PHONE}}}){_WORD}(?: {_WORD}){{0,4}}+"
)
USUAL_EMAIL: Final = unlike(
    r"[a-z0-9_-]{1,40}+(?:\.[a-z0-9_-]{1,40}+){0,2}+@[a-z0-9]{1,30}+(?:\.[a-z0-9]{2,30}+){1,3}+"
)


def trimmed(text: str) -> str:
    """Return the text without blanks and invisible characters at its ends; what stands between them is untouched."""
    bare = text.strip()
    return bare if bare.isascii() else bare.strip(_BLANKS)


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

    Warning ``name_placeholder`` for a word such as NULL, a day, an e-mail address or a phone, with which a message would greet.

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
    return Reading(
        value, (Issue("name_placeholder"),) if value and (is_no_name(value) or _is_of_another_column(value)) else ()
    )


_EMAIL_WORDS: Final = re.compile(
    r"(?:\b|(?<='))(?:e[- ]?mails?|mails?|courriel|correo(?: electr[óo]nico)?|adresse(?: e?-?mail)?|mailadresse|address|posta(?: elettronica)?)"
    r"(?: ?-?(?:address|adresse|adres))?(?: (?:on file|given|provided|available|yet|known))?\Z"
)
_LONGEST_NONE: Final = 40


def _is_no_email(value: str) -> bool:
    """Return whether a text says that there is no e-mail address, and nothing else."""
    if len(value) > _LONGEST_NONE:
        return False
    bare = value.strip(_AROUND).casefold().replace("\u2019", "'")
    return not {bare, _EMAIL_WORDS.sub("", bare, count=1).rstrip()}.isdisjoint(NO_ADDRESS)


def parse_email(text: str) -> Reading:
    """
    Read one e-mail address: ``name@host.example``, also with a host in letters other than a-z; kept as typed.

    No quoted names, no addresses in ``<>``, no lists: a form is checked, not whether the mailbox exists. What says that there
    is none (``n/a``, ``-``, ``no email``, ``declined``) is read as blank, with the warning ``read_as_blank``.

    Raises:
        Unreadable: ``email_unreadable``.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    if "@" not in value and (is_nothing(value) or _is_no_email(value)):
        return Reading("", (Issue("read_as_blank"),))
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        raise Unreadable("email_unreadable")
    return Reading(value)


FIELD: Final = "fullName"

_TITLES: Final = listed("mr mrs ms miss mx dr prof rev sir herr frau sr sra mme m")
_SUFFIXES: Final = listed("jr sr ii iii iv md phd dds dmd do rn np pa esq dvm od")
# They begin a last name: de la Cruz, van den Berg, bin Said.
_PARTICLES: Final = listed(
    "de del della der den di da das dos du la le van von vom zu ter ten bin bint ibn al el st st. san santa y e"
)
# Two people, an id, a nickname, a note: none of it is a name that can be split.
_NO_SINGLE_NAME: Final = re.compile(
    r"[0-9@&+/\\()\[\]{}<>;:*#=_\"“”|]| (?:and|und|et|y|or|oder|(?-i:en|och|og|ou|ve|и)) ",
    re.IGNORECASE,
)
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
    if not is_no_name(reading.value) and not _LETTER.search(reading.value):
        # A number of the person's, say: it is no name, and nobody misses it.
        return Names(), ()
    if not reading.value or reading.remarks:
        return Names(), reading.remarks
    names = split_name(reading.value, order)
    return names or Names(), () if names else (Issue("name_not_split"),)


def split_name(text: str, order: NameOrder | None = None) -> Names | None:
    """
    Return first and last name of one person, None where it is not sure which is which.

    Sure are ``Last, First`` (behind a comma no title or degree alone), and two words or more in the ``order`` that the
    profile declares; there a last name may begin with a particle (``de la``, ``van``). Titles (``Dr.``) are left out,
    ``Jr.`` and its like belong to the last name. "Ana Reed, Bob Reed" are two, as any two in an order of "first last".
    """
    if _NO_SINGLE_NAME.search(text) or is_garbled_name(text) or is_no_name(text):
        return None
    parts = [part.strip() for part in text.split(",")]
    suffix = ""
    while len(parts) > 1 and _bare(parts[-1]) in _SUFFIXES:
        suffix = f"{parts.pop()} {suffix}".strip()
    if len(parts) == 2 and all(parts):
        first, last = parts[1].split(), parts[0].split()
        return None if len(first) > 1 < len(last) and _are_two(first, last, order) else _sure(first, last, suffix)
    return _in_order(parts[0].split(), suffix, order) if len(parts) == 1 and order else None


def _are_two(first: list[str], last: list[str], order: NameOrder | None) -> bool:
    ours, theirs = (
        [_bare(word) for word in _without_title(words) if word.casefold() not in _PARTICLES] for words in (last, first)
    )
    theirs = [word for word in theirs if word not in _SUFFIXES and len(word) > 1]
    same = ours[-1:] == theirs[-1:] or ours[:1] == theirs[:1]
    return len(ours) > 1 and len(theirs) > 1 and (order == "first last" or same)


def _sure(first: list[str], last: list[str], suffix: str) -> Names | None:
    first, last = _without_title(first), _without_title(last)
    while len(first) > 1 and _bare(first[-1]) in _SUFFIXES:
        suffix = f"{first.pop()} {suffix}".strip()
    return _names(first, last, suffix) if len(last) <= 4 and len(first) <= 3 else None


def _in_order(words: list[str], suffix: str, order: NameOrder) -> Names | None:
    words = _without_title(words)
    while len(words) > 2 and _bare(words[-1]) in _SUFFIXES:
        suffix = f"{words.pop()} {suffix}".strip()
    if not 2 <= len(words) <= 5 or words[1] == "e":  # Ana e Bruno Lopes
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


LONGEST_ID: Final = 255
LONGEST_UUID: Final = 128

# Most ids, which are their own normal forms: with a digit, other than zero, that no word for nothing has.
USUAL_ID: Final = unlike(
    r"(?![0-9]{4}-[0-9]{2}-[0-9]{2}$|[0-9]{1,2}-(?:[0-9]{1,2}-[0-9]{4}$|[A-Za-z][a-z])|[A-Za-z][a-z]{2,8}-[0-9]{1,4}$)[A-Za-z0_-]{0,40}+[1-9][A-Za-z0-9_-]{0,63}+"
)

# Blanks and dashes that nobody can tell from the plain ones.
_ALIKE: Final = str.maketrans(
    dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    )
    | dict.fromkeys("\u2010\u2011\u2212", "-")
)
_ZERO = re.compile(r"0+(?:\.0+)?")

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")
_WHOLE_AS_DECIMAL = re.compile(r"([0-9]+)[.]0+")
_UUID = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_UUID}}}")
_UUID_SHAPE = re.compile(r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})")


def parse_external_id(text: str) -> Reading:
    """
    Read an appointment's number: the text as it looks, trimmed. Leading zeros, case and inner blanks stay.

    Ids that look the same are the same: Unicode form NFC, every kind of blank a plain one, every short dash a hyphen.
    ``12345.0``, which some programs make of a whole number, is ``12345`` with the warning ``id_decimal_dropped``. A word
    for nothing (``NULL``, ``N/A``, ``-``) is read as blank, with the warning ``read_as_blank``.

    Raises:
        Unreadable: ``id_damaged`` for ``1.23E+15``, where digits were lost, and for a day (``2027-03-01``, ``1-Mar``), which a
            spreadsheet makes of 3-1; ``id_odd_character`` for control and
            invisible characters; ``id_too_long`` past 255 characters; ``id_zero`` for zeros alone.

    """
    value = trimmed(text)
    if not value.isascii():
        value = unicodedata.normalize("NFC", value).translate(_ALIKE)
    if not value:
        return BLANK
    if is_nothing(value):
        return Reading("", (Issue("read_as_blank"),))
    if _ZERO.fullmatch(value):
        raise Unreadable("id_zero")
    if ("E" in value or "e" in value) and _SCIENTIFIC.fullmatch(value) and "+" in value:
        raise Unreadable("id_damaged")
    if is_day(value):
        raise Unreadable("id_damaged")
    if not value.isprintable() and (mark := _invisible(value)):
        raise Unreadable("id_odd_character", shown(mark))
    if len(value) > LONGEST_ID:
        raise Unreadable("id_too_long", str(len(value)))
    if "." in value and (whole := _WHOLE_AS_DECIMAL.fullmatch(value)):
        return Reading(whole[1], (Issue("id_decimal_dropped", detail=whole[1]),))
    return Reading(value)


def _invisible(text: str) -> str | None:
    """Return the first odd or invisible character: two ids that look the same must be the same."""
    hidden = (mark for mark in text if unicodedata.category(mark) == "Cf")
    return odd_character(text) or next(hidden, None)


def parse_uuid(text: str) -> Reading:
    """
    Read the handle of a reminder: opaque text of letters, digits and ``-``, not always a UUID by the standard.

    Blanks and one pair of braces around it are trimmed; case stays. A word for nothing is read as blank.

    Raises:
        Unreadable: ``uuid_unreadable`` for anything else, such as ``/``, ``..`` or an address.

    """
    value = trimmed(text)
    if value.startswith("{") and value.endswith("}"):
        value = trimmed(value[1:-1])
    if not value:
        if trimmed(text):
            raise Unreadable("uuid_unreadable")
        return BLANK
    # Two points could change the path of a request: they are no word.
    if is_nothing(value) and "." not in value:
        return Reading("", (Issue("read_as_blank"),))
    if not _UUID.fullmatch(value):
        raise Unreadable("uuid_unreadable")
    return Reading(value)


def parse_event_type(text: str, types: Mapping[str, EventType]) -> Reading:
    """
    Read an appointment type as its uuid in standard spelling: one type has one uuid, also in a derived id.

    Accepted: a name of the profile's ``event_types`` in any case; else what has the form of a uuid, braces trimmed:
    32 hexadecimal digits, with dashes after 8, 12, 16 and 20 of them or without.

    Raises:
        Unreadable: ``event_type_unknown``.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    named = {name.casefold(): kind.uuid for name, kind in types.items()}
    if uuid := named.get(value.casefold()):
        return Reading(uuid)
    bare = trimmed(value[1:-1]) if value.startswith("{") and value.endswith("}") else value
    if _UUID_SHAPE.fullmatch(bare) and set(bare) != {"0", "-"}:
        return Reading(canonical_uuid(bare))
    raise Unreadable("event_type_unknown", f"Known: {', '.join(sorted(types)[:5])}." if types else "")
