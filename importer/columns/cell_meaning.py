"""
What a cell says of its row, given what its heading asks.

Only what nobody has settled is judged so: a column that the profile names, or that is the action, has been explained.
"""

from __future__ import annotations

import itertools
import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from importer.columns import consent_phrases
from importer.columns.consent_phrases import Consent, is_crossed, is_perhaps_refusal, is_refusal, says_texts
from importer.columns.heading_meaning import Asks
from importer.columns.settling import worth_reading
from importer.columns.status_phrases import Said, Text, is_off_word, looked_at, phrase, read
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Heeded(Enum):
    """What is heeded of a cell. The first four are problems, the others warnings."""

    OFF = auto()
    DEAD = auto()
    MOVED = auto()
    REFUSED = auto()
    PERHAPS_OFF = auto()
    PERHAPS_REFUSED = auto()
    UNKNOWN = auto()


_NO: Final = words_of(words.NO, words.NOTHING)
_SAYS_NO: Final = words_of(words.NO)
_YES: Final = words_of(words.YES)
_NOT: Final = words_of(words.NOT)
# What stands below "Canceled" or "No show" of a visit that takes place.
_STANDS: Final = listed(
    "booked scheduled confirmed unconfirmed accepted approved active open pending upcoming planned arrived checked completed complete "
    "fulfilled attended attending kept show shows showed shown came turned seen done expected coming going alive living ok okay valid normal standing present "
    "reservada confirmada confirmado pendiente activa activo vigente asistió confirmé prévu actif présent honoré bestätigt gebucht geplant aktiv "
    "offen erschienen bevestigd gepland actief aanwezig agendado ativo ativa compareceu in"
)
_OPEN_BOX: Final = frozenset("☐□○-–—_./\\…·•*")
_OUT_OF_TIME: Final = frozenset(
    {
        ("1900", "1", "1"),
        ("1970", "1", "1"),
        ("1", "1", "1900"),
        ("1", "1", "1970"),
        ("1899", "12", "30"),
        ("12", "30", "1899"),
        ("30", "12", "1899"),
        ("1", "1", "1"),
    }
)

# A sentence is longer than a status; it is read as a note.
LONGEST_STATUS: Final = 10
LONGEST_UNKNOWN: Final = 40
_DECLINED: Final = frozenset(
    {"declined", "decline", "refused", "rejected", "abgelehnt", "refuse", "rechazada", "recusado", "geweigerd"}
)
_SAID: Final = {Said.OFF: Heeded.OFF, Said.DEAD: Heeded.DEAD, Said.MOVED: Heeded.MOVED, Said.GIVEN_UP: Heeded.OFF}


def heeded(asked: Asks, typed: str) -> Heeded | None:
    """Return what is heeded of a cell below a heading that asks this; None for a cell that stops nobody."""
    if asked is Asks.ELSEWHERE or not typed.strip():
        return None
    text = read(typed)
    judge = _JUDGES.get(asked)
    return (judge(text) if judge else None) or _anywhere(asked, text)


def is_judged_by_words(asked: Asks) -> bool:
    """Whether only words of its own make a cell of such a column heeded, so that ``worth_reading`` may choose."""
    return asked not in _JUDGES


def _anywhere(asked: Asks, text: Text) -> Heeded | None:  # noqa: PLR0911 - the first that applies
    """Return what a cell says in words of its own, whatever the heading asks."""
    if is_refusal(text):
        return Heeded.PERHAPS_REFUSED if asked in _FREE_TEXT else Heeded.REFUSED
    told = phrase(text)
    if told.said in {Said.ORDINARY, Said.UNKNOWN}:
        return Heeded.PERHAPS_REFUSED if asked in _OF_CONSENT_TOO and is_perhaps_refusal(text) else None
    sure = told.said in {Said.OFF, Said.DEAD}
    if sure and asked is Asks.TITLES and _is_marked_off(text):
        return _SAID[told.said]
    if asked in _FREE_TEXT or told.length > LONGEST_STATUS:
        return Heeded.PERHAPS_OFF if told.certain or (sure and told.length <= LONGEST_STATUS) else None
    if asked is Asks.NAMES:
        return _SAID[told.said] if sure and (told.certain or (told.whole and told.length > 1)) else None
    if asked is Asks.OPEN:
        return _SAID[told.said] if sure or (told.whole and not told.of_a_status) else None
    return _SAID[told.said] if sure or asked is Asks.STATUS else None


def _is_marked_off(text: Text) -> bool:
    """Whether a mark that says so stands before a title, or behind it: "Canceled: Cleaning", "Cleaning (no show)"."""
    marks = [phrase(Text(text.typed, [part], part)) for part in (text.parts[0], text.parts[-1])]
    return any(mark.said in {Said.OFF, Said.DEAD} and mark.whole and mark.certain for mark in marks)


_FREE_TEXT: Final = frozenset({Asks.NOTES, Asks.TITLES})
_OF_CONSENT_TOO: Final = frozenset({Asks.OPEN, Asks.STATUS, Asks.TEXTS})


def is_set(text: Text) -> bool:  # noqa: PLR0911 - the first that applies
    """Whether a flag, day, name or reason is set: whatever is no word for no, for nothing, or for a visit that stands."""
    if all(mark in _OPEN_BOX or mark.isspace() for mark in text.typed):
        return False
    flat = text.words
    if not flat:
        return True
    if all(word.isdigit() for word in flat):
        return (
            any(word.strip("0") for word in flat) and tuple(word.lstrip("0") for word in flat[:3]) not in _OUT_OF_TIME
        )
    if flat[0] in _NO and (len(flat) == 1 or len(text.parts[0]) == 1):
        return phrase(text).said in {Said.OFF, Said.DEAD, Said.GIVEN_UP}
    if all(word in _NO or word in {"not", "set", "applicable"} for word in flat):
        return False
    if phrase(text).said in {Said.OFF, Said.DEAD}:
        return True
    if flat[0] in _NOT:
        return False
    return not all(word in _STANDS or (word.isdigit() and not word.strip("0")) for word in flat)


def _off(text: Text) -> Heeded | None:
    return Heeded.OFF if is_set(text) else None


def _moved(text: Text) -> Heeded | None:
    flat = text.words
    return Heeded.MOVED if is_set(text) and not _AS_IT_WAS.issuperset(flat) else None


def _new_time(text: Text) -> Heeded | None:
    """Return MOVED for a day or a time; below "New appointment", yes says that a person is new."""
    return Heeded.MOVED if any(map(str.isdigit, text.typed)) and is_set(text) and text.typed.strip() != "1" else None


_AS_IT_WAS: Final = listed(
    "same unchanged original as before booked idem gleich unverändert igual mismo même inchangé zelfde stesso invariato"
)


def _on(text: Text) -> Heeded | None:
    flat = text.words
    if is_crossed(text):
        return Heeded.OFF
    if len(flat) == 1 and (flat[0] in _SAYS_NO or flat[0].strip("0") == ""):
        return Heeded.OFF
    if flat and all(word.strip("0") == "" for word in flat):
        return Heeded.OFF
    told = phrase(text)
    return _SAID.get(told.said) if told.whole else None


def _permission(text: Text) -> Heeded | None:
    return _OF_CONSENT.get(consent_phrases.permission(text))


def _refusal(text: Text) -> Heeded | None:
    answer = consent_phrases.refusal(text)
    return Heeded.REFUSED if answer is Consent.YES else Heeded.PERHAPS_REFUSED if answer is Consent.OTHER else None


def _choice(text: Text) -> Heeded | None:
    return Heeded.REFUSED if consent_phrases.choice(text) is Consent.NO else None


def _any_permission(text: Text) -> Heeded | None:
    if says_texts(text):
        return Heeded.REFUSED
    return Heeded.PERHAPS_REFUSED if consent_phrases.permission(text) is Consent.NO else None


def _any_refusal(text: Text) -> Heeded | None:
    if says_texts(text):
        return Heeded.REFUSED
    return Heeded.PERHAPS_REFUSED if consent_phrases.refusal(text) is Consent.YES else None


def _status(text: Text) -> Heeded | None:
    """Return UNKNOWN for a word that says neither; the words that say so are found in any column."""
    if is_crossed(text):
        return Heeded.OFF
    told = phrase(text)
    if told.said is not Said.UNKNOWN or is_refusal(text) or len(text.typed.strip()) > LONGEST_UNKNOWN:
        return None
    flat = text.words
    return Heeded.OFF if len(flat) == 1 and flat[0] == "x" else Heeded.UNKNOWN


def _of_texts(text: Text) -> Heeded | None:
    flat = text.words
    if len(flat) == 1 and flat[0] in _DECLINED:
        return Heeded.OFF
    return Heeded.REFUSED if flat in {("unsubscribed",), ("blocked",), ("blacklisted",), ("suppressed",)} else None


_OF_CONSENT: Final[Mapping[Consent, Heeded]] = {Consent.NO: Heeded.REFUSED, Consent.OTHER: Heeded.PERHAPS_REFUSED}
_JUDGES: Final[Mapping[Asks, Callable[[Text], Heeded | None]]] = {
    Asks.OFF: _off,
    Asks.MOVED: _moved,
    Asks.NEW_TIME: _new_time,
    Asks.ON: _on,
    Asks.PERMISSION: _permission,
    Asks.REFUSAL: _refusal,
    Asks.CHOICE: _choice,
    Asks.ANY_PERMISSION: _any_permission,
    Asks.ANY_REFUSAL: _any_refusal,
    Asks.STATUS: _status,
    Asks.TEXTS: _of_texts,
}


# What sets a mark apart from a name. A dash, a stroke or a line below does so only beside a blank: Kim-Cancel is a name.
_EDGE: Final = re.compile(r"[;:|()\[\]{}<>*#~!\n\r\t]+|(?<![^\W_])[-\u2010-\u2015_/]+|[-\u2010-\u2015_/]+(?![^\W_])")
_CROSSES_OF_PEOPLE: Final = "✗✘❌☒✕✖🚫⛔❎⨯⊘🗙☓"
_GRAVES: Final = "†✝✞☠⚰🪦"
_SPELLED_OF_THE_DEAD: Final = ("r.i.p", "r. i. p", "q.e.p.d", "q. e. p. d")
_LISTED: Final = words_of(words.CALLED_OFF, words.CALLING_OFF, words.NO_SHOW, words.DECEASED)
# Words of the tables that are surnames, too: without an edge they are read as such.
_SURNAMES: Final = listed(
    "lapin morto morta morte defunt difunto difunta cancel cancela cancelo storno disdici storn faltou"
)
_ENDINGS_OF_CALLED_OFF: Final = ("d", "do", "da", "dos", "das", "to", "ta", "ti", "te", "tion", "ion")
_PERHAPS_A_SURNAME: Final = listed(
    "stop hold void moved dead off held block broke rip quit baja lost miss perdido perdida ill"
)
# Of these, what stands in capitals behind two names is rather a mark.
_RATHER_A_MARK: Final = listed("stop hold void moved dead off")
_PERSONS_TITLES: Final = listed("dr dra doctor doctora mr mrs ms miss herr frau prof sr sra mme m med")
_ABBREVIATED: Final = listed("cxl cxld cxled cxd cnx cnxd cncl cncld canx canxd xcld lcx lcxl dnka ncns dnc dnt")
_OFF_AT_AN_EDGE: Final = listed(
    "x xx xxx ns nsx dns cx lc nc removed dropped scratched struck xed crossed released freed eliminado eliminada supprimé supprimée "
    "gelöscht gecancelt gecancelled ausfall verfallen verwijderd vervallen removido removida excluído excluída rimosso rimossa eliminata"
) - {"nc", "lc"}
_DEAD_AT_AN_EDGE: Final = listed(
    "rip dead dcd expired death qepd verst verstorb ovl muerto muerta murió finado finada mort morte tot dood sterf"
)
_MOVED_AT_AN_EDGE: Final = listed("rs")
_WRONG: Final = listed(
    "wrong bad invalid incorrect dead disconnected equivocado incorrecto erróneo errado mauvais faux erroné incorrect falsche falsch sbagliato errato "
    "incorreto verkeerd verkeerde"
)
_NUMBER: Final = listed(
    "number phone cell mobile tel telephone no nr numero número numéro nummer telefon telefono téléphone teléfono telefone telefoon"
)
# A slot without a person, where a full name should be.
_SLOTS: Final = frozenset({
    "lunch", "lunch break", "staff meeting", "team meeting", "meeting", "block", "blocked", "block time", "blocked time", "time block", "blocked off",
    "closed", "vacation", "out of office", "ooo", "pto", "mittagspause", "mittag", "urlaub", "pause dejeuner", "dejeuner", "almuerzo",
    "vacaciones", "hold slot", "slot", "do not book", "do not schedule", "pranzo", "pausa pranzo", "almoco", "ferias", "vakantie", "lunchpauze", "pauze", "stop",
})  # fmt: skip
_TELLING_OF_PEOPLE: Final = (
    _ABBREVIATED
    | _OFF_AT_AN_EDGE
    | _DEAD_AT_AN_EDGE
    | _MOVED_AT_AN_EDGE
    | _WRONG
    | frozenset(word for slot in _SLOTS for word in slot.split()) - {"do", "not", "of", "out", "off", "office", "time"}
)
_FIRST_OR_LAST: Final = re.compile(r"[^\s,]+")


def people_worth_reading(texts: Sequence[str]) -> list[int]:
    """Return the positions of the names that may hold more than a name, rising; as ``worth_reading`` finds them, by all at once."""
    found = set(worth_reading(texts, _TELLING_OF_PEOPLE))
    whole = "\n".join(texts).casefold()
    signs = (*(_CROSSES_OF_PEOPLE + _GRAVES + "×" if not whole.isascii() else ""), *_SPELLED_OF_THE_DEAD)
    if there := [sign for sign in signs if sign in whole]:
        found.update(place for place, text in enumerate(texts) if any(sign in text.casefold() for sign in there))
    return sorted(found)


def heeded_of_person(field: str, typed: str) -> Heeded | None:
    """
    Return what is heeded of the name of a person. ``field``: ``fullName``, ``firstName`` or ``lastName``.

    Names may be any word: Ana Stop, Rip Moved. So a word counts that nobody is called, or one with an edge: in brackets, behind a
    dash with blanks or a colon, between asterisks, or in capitals beside a name that is not.
    """
    typed = looked_at(typed)
    text = read(typed)
    if sign := _sign(typed):
        return sign
    if not text.words:
        return None
    marks = [part for part in _EDGE.split(typed) if part.strip()]
    if typed.count(",") > 1:
        marks += typed.split(",")[2:]
    if len(marks) > 1 or _EDGE.search(typed.strip()):
        for found in (_mark(part) for part in marks):
            if found:
                return found
    return (
        _without_edge(text) or (_instead_of_a_name(text) if field == "fullName" else None) or _in_capitals(field, typed)
    )


def _sign(typed: str) -> Heeded | None:
    """Return what a cross or a dagger says; a dagger behind a letter is another letter, garbled."""
    if typed.isascii():
        plain = typed.casefold()
        return Heeded.DEAD if any(spelled in plain for spelled in _SPELLED_OF_THE_DEAD) else None
    bare = typed.strip()
    if any(mark in typed for mark in _CROSSES_OF_PEOPLE) or bare.startswith("×") or bare.endswith("×"):
        return Heeded.OFF
    before = {typed[at - 1 : at] if at else "" for at, mark in enumerate(typed) if mark in _GRAVES}
    if any(not mark.isalpha() for mark in before):
        return Heeded.DEAD
    plain = typed.casefold()
    return Heeded.DEAD if any(spelled in plain for spelled in _SPELLED_OF_THE_DEAD) else None


def _mark(part: str) -> Heeded | None:  # noqa: PLR0911 - the first that applies
    """Return what a part of a name says that stands apart from it."""
    text = read(part)
    flat = text.words
    if not flat or not _PERSONS_TITLES.isdisjoint(flat):
        return None
    if is_refusal(text) or _is_wrong_number(text) or flat == ("wrong",):
        return Heeded.REFUSED
    if flat[0] in _DEAD_AT_AN_EDGE and all(word.isdigit() for word in flat[1:]):
        # "Rip" in brackets is what friends say, RIP and rip are not.
        return Heeded.PERHAPS_OFF if part.strip() == "Rip" else Heeded.DEAD
    if flat[0] in _OFF_AT_AN_EDGE and all(word.isdigit() for word in flat[1:]):
        return Heeded.OFF
    if flat[0] in _MOVED_AT_AN_EDGE and len(flat) == 1:
        return Heeded.MOVED
    told = phrase(text)
    if told.said not in _SAID or not (told.whole or (told.certain and not _are_surnames(text))):
        return None
    if told.said is Said.GIVEN_UP and told.of_a_status:
        return Heeded.PERHAPS_OFF if min(map(len, flat)) > 2 else None
    return _SAID[told.said]


def _is_wrong_number(text: Text) -> bool:
    """Whether a text says that the number is another's: wrong number."""
    flat = text.words
    return any({one, other} & _WRONG and {one, other} & _NUMBER for one, other in itertools.pairwise(flat))


def _are_surnames(text: Text) -> bool:
    """Whether all words by which a name says that a visit is off may be surnames: Lapin, Cancellara."""
    found = [word for word in text.words if is_off_word(word)]
    return bool(found) and all(
        word in _SURNAMES or (word not in _LISTED and not word.endswith(_ENDINGS_OF_CALLED_OFF)) for word in found
    )


def _without_edge(text: Text) -> Heeded | None:
    """Return what a name says in words that are nobody's name: Ana Lee deceased, do not text Ana."""
    flat = text.words
    if (len(flat) > 1 and is_refusal(text)) or _is_wrong_number(text):
        return Heeded.REFUSED
    if {"dnc", "dnt"} & {flat[0], flat[-1]}:
        return Heeded.REFUSED
    if _ABBREVIATED & {flat[0], flat[-1]} or (len(flat) > 2 and flat[0] == flat[-1] and not flat[0].strip("x")):
        return Heeded.OFF
    told = phrase(text)
    if told.said not in {Said.OFF, Said.DEAD} or _are_surnames(text):
        return None
    return _SAID[told.said] if told.certain or (told.whole and told.length > 1) else None


def _instead_of_a_name(text: Text) -> Heeded | None:
    """Return what stands in place of a full name: Do not book, Lunch, Moved."""
    flat = text.words
    if not _PERSONS_TITLES.isdisjoint(flat):
        return None
    if " ".join(flat) in _SLOTS:
        return Heeded.REFUSED if flat == ("stop",) else Heeded.OFF
    told = phrase(text)
    if told.said not in _SAID or not told.whole or told.of_a_status:
        return None
    return _SAID[told.said] if told.length > 1 or flat[0] not in _PERHAPS_A_SURNAME else None


def _in_capitals(field: str, typed: str) -> Heeded | None:
    """Return what words in capitals say at an end of a name that is not written so: Ana Lee NO SHOW, VOID Ana Lee."""
    found = _FIRST_OR_LAST.findall(typed)
    in_capitals = [word.isupper() and len(word) > 1 for word in found]
    if all(in_capitals):
        return _of_capitals_alone(field, found)
    ahead, behind = in_capitals.index(False), in_capitals[::-1].index(False)
    return _of_capitals(found[:ahead], len(found), first=True) or _of_capitals(
        found[len(found) - behind :] if behind else [], len(found), first=False
    )


def _of_capitals(some: Sequence[str], among: int, *, first: bool) -> Heeded | None:
    """Return what words in capitals say at an end of a name of so many words. Many write surnames in capitals: Anna HELD."""
    mark = _mark(" ".join(some)) if max(map(len, some), default=0) > 3 or list(some) == ["RIP"] else None
    if len(some) != 1 or mark in {None, Heeded.PERHAPS_OFF} or folded_of(some[0]) not in _PERHAPS_A_SURNAME:
        return mark
    if some == ["RIP"]:
        return mark if first else None
    if folded_of(some[0]) not in _RATHER_A_MARK:
        return None
    return mark if among > 2 else Heeded.PERHAPS_OFF


def _of_capitals_alone(field: str, found: Sequence[str]) -> Heeded | None:
    """Return what one word in capitals says in place of a first or a last name."""
    return Heeded.REFUSED if field != "fullName" and list(found) == ["STOP"] else None


def folded_of(word: str) -> str:
    """Return a word as the tables write it."""
    return "".join(read(word).words)
