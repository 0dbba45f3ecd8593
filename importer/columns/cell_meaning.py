"""
What a cell says of its row, given what its heading asks.

Only what nobody has settled is judged so: a column that the profile names, or that is the action, has been explained.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Final

from importer.columns import visit_words
from importer.columns.consent_phrases import (
    LONGEST,
    ONLY,
    SMS,
    WAYS,
    is_bad_number,
    is_perhaps_refusal,
    is_refusal,
    negated,
    says_texts,
    without,
)
from importer.columns.heading_meaning import OF_MOVING, Asks
from importer.columns.status_phrases import Said, Text, phrase, read
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.columns.status_phrases import Words


class Consent(Enum):
    """What a cell below a heading of consent says of its question: yes, no, neither yet, or nothing that is known."""

    YES = auto()
    NO = auto()
    OPEN = auto()
    OTHER = auto()


class Heeded(Enum):
    """What is heeded of a cell. The first six are problems, the others warnings."""

    OFF = auto()
    DEAD = auto()
    MOVED = auto()
    REFUSED = auto()
    ABOVE = auto()  # as the cell above says
    REMINDED = auto()
    PERHAPS_OFF = auto()
    PERHAPS_REFUSED = auto()
    UNKNOWN = auto()


_SAYS_NO: Final = words_of(words.NO)
_NOTHING: Final = words_of(words.NOTHING)
_YES: Final = words_of(words.YES)
_NOT: Final = words_of(words.NOT)
_YET: Final = words_of(words.YET)
LONGEST_STATUS: Final = 10  # a sentence is longer; it is read as a note
SAID: Final = {Said.OFF: Heeded.OFF, Said.DEAD: Heeded.DEAD, Said.MOVED: Heeded.MOVED, Said.GIVEN_UP: Heeded.OFF}


def heeded(asked: Asks, typed: str) -> Heeded | None:
    """Return what is heeded of a cell below a heading that asks this; None for a cell that stops nobody."""
    if asked is Asks.ELSEWHERE or not typed.strip():
        return None
    text, judge = read(typed), _JUDGES.get(asked)
    if judge and visit_words.repeats_above(text, plainly=asked in _MARKED_ONLY):
        return Heeded.ABOVE
    return (judge(text) if judge else None) or _anywhere(asked, text)


# Below these, "same" is said of the time that the visit had, of another number, or by the person who answered.
_MARKED_ONLY: Final = frozenset({*OF_MOVING, Asks.LANDLINE, Asks.KIND_OF_NUMBER, Asks.TEXTS, Asks.REPLY})


def _anywhere(asked: Asks, text: Text) -> Heeded | None:
    """Return what a cell says in words of its own, whatever the heading asks; a subscription may be one to a magazine."""
    if asked is Asks.SUBSCRIPTION:
        return None
    if asked is Asks.ASIDE:
        asked, text = Asks.NAMES, without(text, ways=True)
    if asked is Asks.OTHER_NUMBER:
        asked, text = Asks.NAMES, without(text, numbers=True)
    if asked in {Asks.HOME_NUMBER, Asks.KIND_OF_NUMBER}:
        asked, text = Asks.LABELS, without(text) if asked is Asks.HOME_NUMBER else text
    if (said := _surely(asked, text)) or asked not in _OF_CONSENT_TOO:
        return said
    refused = is_perhaps_refusal(text, of_texts=asked in {Asks.TEXTS, Asks.REPLY})
    return Heeded.PERHAPS_REFUSED if refused or (asked is Asks.LABELS and text.words in marks.FAXES) else None


def _surely(asked: Asks, text: Text) -> Heeded | None:  # noqa: PLR0911 - the first that applies
    if is_refusal(text) or is_bad_number(text):
        # A group, a source or a place may be called "Email only".
        perhaps = asked in _FREE_TEXT or (
            asked in {Asks.GROUPS, Asks.NAMES, Asks.KINDS} and not without(text, ways=True).words
        )
        return Heeded.PERHAPS_REFUSED if perhaps else Heeded.REFUSED
    told = phrase(text)
    if told.said in {Said.ORDINARY, Said.UNKNOWN}:
        return Heeded.PERHAPS_OFF if asked is Asks.NOTES and visit_words.moves_or_ends(text) else None
    sure = told.said in {Said.OFF, Said.DEAD}
    if asked is Asks.PAST:
        return SAID[told.said] if sure and told.whole and not any(map(str.isdigit, text.words)) else None
    if sure and asked is Asks.TITLES and _is_marked_off(text):
        return SAID[told.said]
    if asked is Asks.STATUS and told.length > LONGEST_STATUS:
        return Heeded.PERHAPS_OFF
    if asked in _FREE_TEXT or told.length > LONGEST_STATUS:
        perhaps = (
            told.certain
            or (sure and told.length <= LONGEST_STATUS)
            or (asked is Asks.NOTES and visit_words.moves_or_ends(text))
        )
        return Heeded.PERHAPS_OFF if perhaps else None
    if asked in {Asks.NAMES, Asks.LABELS, Asks.KINDS}:
        return SAID[told.said] if sure and (told.certain or (told.whole and told.length > 1)) else None
    if asked in _OPEN:
        whole = told.whole or (asked is Asks.CONFIRMED and visit_words.moves_or_ends(text))
        return SAID[told.said] if sure or (whole and not told.of_a_status) else None
    return SAID[told.said] if sure or asked is Asks.STATUS else None


def _is_marked_off(text: Text) -> bool:
    """Whether a mark that says so stands before a title, or behind it: "Canceled: Cleaning", "Cleaning (no show)"."""
    marks = [phrase(Text(text.typed, [part], part)) for part in (text.parts[0], text.parts[-1])]
    return any(mark.said in {Said.OFF, Said.DEAD} and mark.whole and mark.certain for mark in marks)


_FREE_TEXT: Final = frozenset({Asks.NOTES, Asks.TITLES, Asks.PAST})
_OPEN: Final = frozenset({Asks.OPEN, Asks.GROUPS, Asks.CONFIRMED, Asks.REMINDED})
_OF_CONSENT_TOO: Final = _OPEN | {
    *(Asks.STATUS, Asks.TEXTS, Asks.REPLY, Asks.NOTES, Asks.NAMES, Asks.KINDS, Asks.LABELS, Asks.CHOICE, Asks.WAY)
}


def _moved(text: Text) -> Heeded | None:
    return Heeded.MOVED if visit_words.is_set(text) and not marks.AS_IT_WAS.issuperset(text.words) else None


def _moved_to(text: Text) -> Heeded | None:
    return None if visit_words.is_a_place(text) or visit_words.is_a_person(text) else _moved(text)


def _new_time(text: Text) -> Heeded | None:
    """Return MOVED for a day or a time; below "New appointment", yes says that a person is new."""
    sure = visit_words.is_set(text) and text.typed.strip() != "1"
    return Heeded.MOVED if sure and any(map(str.isdigit, text.typed)) else None


def _new_visit(text: Text) -> Heeded | None:
    return None if visit_words.is_a_place_in_a_series(text.words) else _new_time(text)


_LISTS: Final = {**dict.fromkeys(heads.ASKED["waiting"].split("|"), Heeded.OFF), "exitus": Heeded.DEAD}


def _on(text: Text) -> Heeded | None:
    flat = text.words
    if is_crossed(text, lights=True) or (flat and not "".join(flat).strip("0")):
        return Heeded.OFF
    if flat in {("x",), ("xx",)}:
        return None  # a tick
    if len(flat) == 1 and flat[0] in _SAYS_NO:
        return Heeded.OFF
    if text.parts and len(text.parts[0]) == 1 and flat[0] in _SAYS_NO and len(flat[0]) > 1 and _YET.isdisjoint(flat):
        return Heeded.OFF
    told = phrase(text)
    return SAID.get(told.said) if told.whole else None


def _refusal(text: Text) -> Heeded | None:
    answer = _refuse(text)
    return Heeded.REFUSED if answer is Consent.YES else Heeded.PERHAPS_REFUSED if answer is Consent.OTHER else None


def _state(text: Text) -> Heeded | None:
    """Return what a word says of a visit; NC, NS and Baja California are parts of countries."""
    told = phrase(text)
    if listed_as := _LISTS.get(" ".join(text.words)):
        return listed_as
    if (len(text.words) == 1 and len(text.words[0]) < 4) or (told.of_a_status and not told.whole):
        return None
    return Heeded.PERHAPS_OFF if text.words == ("baja",) else SAID.get(told.said)


def _any_permission(text: Text) -> Heeded | None:
    refused = Heeded.PERHAPS_REFUSED if _permission(text) is Consent.NO else None
    return Heeded.REFUSED if says_texts(text) else refused


def _any_refusal(text: Text) -> Heeded | None:
    answer = _refuse(text)
    of_texts = not (SMS | marks.WHOLE).isdisjoint(text.words) and marks.SENT_BESIDES.isdisjoint(text.words)
    of_texts = of_texts and not any(map(_is_of_other_ways, text.parts))
    another_way = any(part[-1] in marks.GIVEN and _is_of_other_ways(part) for part in text.parts)
    if says_texts(text) or (answer is Consent.YES and (of_texts or another_way)):
        return Heeded.REFUSED
    return Heeded.PERHAPS_REFUSED if answer in {Consent.YES, Consent.OTHER} else None


def _status(text: Text) -> Heeded | None:
    """Return UNKNOWN for a word that says neither; the words that say so are found in any column."""
    if is_crossed(text, lights=True) or text.words == ("x",):
        return Heeded.OFF
    if not text.words:
        return Heeded.UNKNOWN if visit_words.holds_a_sign(text.typed) and not is_refusal(text) else None
    told, flat = phrase(text), text.words
    if _has_no_consent(text) or (len(flat) == 1 and flat[0] in _UNSUBSCRIBED - _OF_MUCH_ELSE):
        return Heeded.REFUSED
    if told.said is not Said.UNKNOWN or is_refusal(text) or is_bad_number(text):
        return None
    return Heeded.PERHAPS_REFUSED if is_perhaps_refusal(text) else Heeded.UNKNOWN


def _has_no_consent(text: Text) -> bool:
    """Whether few words say of a consent that there is none: No consent, Consent revoked."""
    few = len(text.words) < 5 and not _CONSENT.isdisjoint(text.words)
    return few and is_perhaps_refusal(text, of_texts=True)


_OF_MUCH_ELSE: Final = listed("blocked end quit revoke sair parar")
_CONSENT: Final = listed(heads.SPOKEN["consent"]) | listed("consented opted")


def _of_texts(text: Text) -> Heeded | None:
    flat = text.words
    if len(flat) == 1 and flat[0] in marks.DECLINED:
        return Heeded.OFF
    if any(flat[at : at + len(saying)] == saying for saying in _OF_STRANGERS for at in range(len(flat))):
        return Heeded.REFUSED
    return Heeded.REFUSED if _has_no_consent(text) or (len(flat) == 1 and flat[0] in _UNSUBSCRIBED) else None


def _reply(text: Text) -> Heeded | None:
    """Return OFF for a bare no, which answers whether the person comes: No, thanks, 👎; a zero or a dash is no answer."""
    answer = {*text.words} - marks.THANKING or {*("👎" if "👎" in text.typed else "")}
    return Heeded.OFF if len(answer) == 1 and answer <= _BARE_NO | {"👎"} else _of_texts(text)


_BARE_NO: Final = _SAYS_NO - _NOTHING - listed(heads.ASKED["not_answered"])
_DENIES: Final = words_of(heads.REFUSAL) | _SAYS_NO | listed(heads.SPOKEN["withheld"]) | listed("none 0 2 3 4")
_GRANTS: Final = _YES | listed(heads.SPOKEN["granted"])
# What stands beside a consent, tells how it was given, or when a reminder goes.
_BESIDE_GRANTS: Final = SMS | visit_words.TEMPORAL | listed(heads.SPOKEN["beside_granted"])
# Of the ways to be reached: none of them. Of a permission: none was given, or nothing was filled in.
_NO_WAY: Final = listed(heads.SPOKEN["no_way"])
_SAYS_YES: Final = _YES - listed("ok on set checked") | listed("xx yep yeah")


def _permission(text: Text) -> Consent:  # noqa: C901, PLR0911 - the first that applies
    """Return what a cell says below a heading that asks whether the person may be texted."""
    _, found, flat = text
    if not flat:
        refused = is_crossed(text, lights=True) or "☐" in text.typed or "□" in text.typed
        return Consent.NO if refused else Consent.OTHER if "?" in text.typed else Consent.OPEN
    if is_refusal(text):
        return Consent.NO
    if all(word in _NOTHING and word not in {"never", "nunca", "nie", "jamais", "nooit"} for word in flat):
        return Consent.OTHER if flat[0] in _NO_WAY else Consent.OPEN
    first = found[0]
    asked = text.typed.rstrip().endswith("?") and len(first) == len(flat)
    if (
        asked
        or flat[0] == "to"
        or not marks.NOT_ASKED.isdisjoint(flat)
        or ("sent" in flat and not marks.FORMS.isdisjoint(flat))
    ):
        return Consent.OTHER
    if _is_number(text.typed):
        # One digit is a code, of which 1 alone is a yes; more of them are minutes or hours ("Remind": 90).
        number = float(text.typed.strip().replace(",", "."))
        return Consent.YES if number == 1 else Consent.NO if number < 10 else Consent.OTHER
    if all(map(str.isdigit, flat)):
        return Consent.YES  # the day of the consent
    if len(first) == 1 and first[0] in _SAYS_NO and first[0] not in _GRANTS:
        return Consent.NO
    denied = [part for part in found if any(word in _DENIES and not word.isdigit() and word != "on" for word in part)]
    denied += [part for part in found if not (_NOT - {"un"}).isdisjoint(part)]  # un jour avant
    if first[0] in _SAYS_YES:
        # "Yes - no calls" is a yes, "yes/no" is none.
        return Consent.YES if all(map(_is_of_other_ways, denied)) else Consent.OTHER
    if denied:
        return Consent.NO if len(flat) <= LONGEST else Consent.OTHER
    texting = not (SMS.isdisjoint(flat) and marks.CELLS.isdisjoint(flat) and marks.WHOLE.isdisjoint(flat))
    ways = [word for at, word in enumerate(flat) if word in WAYS and flat[at - 1 : at] not in _BY_MEANS]
    granted = not _GRANTS.isdisjoint(flat)
    if ways and not texting:
        only = (
            not granted
            and marks.FORMS.isdisjoint(flat)
            and all(word in WAYS or word in _BESIDE_GRANTS or word in ONLY for word in flat)
        )
        return Consent.NO if only and not marks.TELEPHONE.issuperset(ways) else Consent.OTHER
    known = (_KNOWN if SMS.isdisjoint(flat) else _KNOWN | ONLY).issuperset(word for word in flat if word.isalpha())
    initials = marks.TWO_INITIALS.fullmatch(text.typed.strip()) and marks.NO_INITIALS.isdisjoint(flat)
    return Consent.YES if known or (granted and (ONLY.isdisjoint(flat) or texting)) or initials else Consent.OTHER


_KNOWN: Final = _GRANTS | _BESIDE_GRANTS | WAYS | marks.CELLS | marks.WHOLE
_BY_MEANS: Final = frozenset((word,) for word in marks.MEANS)


def _is_of_other_ways(part: Words) -> bool:
    """Whether a part names other ways than texts, or what is sent besides reminders, and no texts: no calls, email ok."""
    return SMS.isdisjoint(part) and not (WAYS | marks.SENT_BESIDES).isdisjoint(part)


_BESIDE_GIVEN: Final = marks.GIVEN | listed("opted opt back again now to and or is are for please pls via by on")


def _refuse(text: Text) -> Consent:  # noqa: C901, PLR0911 - the first that applies
    """Return what a cell says below a heading that asks whether the person may not be texted; YES: may not."""
    _, found, flat = text
    if not flat:
        return Consent.YES if any(mark in marks.TICKS for mark in text.typed) or is_crossed(text) else Consent.OPEN
    if _is_number(text.typed):
        return Consent.OPEN if float(text.typed.strip().replace(",", ".")) == 0 else Consent.YES
    if all(word in _NOTHING or word in _SAYS_NO or word in {"not", "set", "applicable"} for word in flat):
        return Consent.OPEN
    if is_refusal(text) or (flat[0] in _SAYS_YES and not flat[0].isdigit()):
        return Consent.YES
    if not marks.NOT_KNOWN.isdisjoint(flat):
        return Consent.OTHER
    if flat[0] in _SAYS_NO and len(found[0]) == 1 and len(found) > 1:
        # "N. Smith" is a person who asked for it.
        return Consent.OPEN if len(flat[0]) > 1 or _BESIDE_A_NO.issuperset(flat[1:]) else Consent.OTHER
    bare = [tuple(word for word in part if word.isalpha() and word not in visit_words.TEMPORAL) for part in found]
    given = [part for part in filter(None, bare) if part[-1] in marks.GIVEN or part[0] in {"ok", "okay"}]
    if given:
        plain = all(map(_ALLOWING.issuperset, bare))
        if any(map(_is_of_other_ways, given)) or (flat[0].isdigit() and SMS.isdisjoint(flat) and "opted" not in flat):
            return Consent.YES
        return Consent.OPEN if plain and bare not in ([("ok",)], [("okay",)], [("active",)]) else Consent.OTHER
    if negated(flat, len(flat)):
        at = max(place for place, word in enumerate(flat) if word in _NOT)
        if flat[at + 1 :] and SMS.issuperset(flat[at + 1 :]):
            return Consent.YES  # e-mail, not text
        refusing = _OF_A_DENIAL.issuperset(word for word in flat if word.isalpha())
        return Consent.OPEN if refusing else Consent.OTHER
    return Consent.YES


_ALLOWING: Final = SMS | WAYS | _BESIDE_GIVEN
_BESIDE_A_NO: Final = _ALLOWING | _BESIDE_GRANTS | _SAYS_NO
_OF_A_DENIAL: Final = _DENIES | visit_words.BESIDE_DENIED | SMS | _NOT | _BESIDE_GIVEN


def _chosen(text: Text, *, reminding: bool = False) -> Consent:
    """Return what a cell says below a heading that asks how the person wants to be reached; ``reminding``: how to be reminded."""
    flat = text.words
    if not flat:
        return Consent.OPEN
    if _leaves(text) or all(word in _NO_WAY for word in flat) or (flat[0] in _NO_WAY and SMS.issuperset(flat[1:])):
        return Consent.NO
    texting = not SMS.isdisjoint(flat) or not {"mobile", "cell", "whatsapp"}.isdisjoint(flat)
    if texting or WAYS.isdisjoint(flat):
        return Consent.YES
    if reminding or not ONLY.isdisjoint(flat):
        return Consent.NO
    # Who likes to be called or e-mailed is texted, too; a letter or a telephone on the wall makes one wonder.
    return Consent.YES if _TEXTED_TOO.isdisjoint(flat) else Consent.OTHER


def _leaves(text: Text) -> bool:
    """Whether a cell says by itself that the person wants no texts, or has unsubscribed from what its heading names."""
    return is_refusal(text) or {word for word in text.words if word.isalpha()} in _LEFT


def _landline(text: Text) -> Consent:
    """Return what a cell says below Landline: NO for a yes, YES for a number of its own."""
    said = text.words == ("landline",) or (len(text.words) == 1 and text.words[0] in _YES)
    return Consent.NO if said or (not text.words and _refuse(text) is Consent.YES) else Consent.YES


# CTIA's words for opting out, as they are answered, and what a service makes of them.
_UNSUBSCRIBED: Final = listed(heads.SPOKEN["unsubscribed"])
_LEFT: Final = frozenset(frozenset({word}) for word in _UNSUBSCRIBED - _OF_MUCH_ELSE - {"landline", "undeliverable"})
# What somebody answers whose number it is now.
_OF_STRANGERS: Final = tuple(tuple(saying.split()) for saying in words.SAYINGS["stranger"])
_TEXTED_TOO: Final = listed(heads.SPOKEN["texted_too"])


def _is_number(text: str) -> bool:
    plain = text.strip().replace(",", ".", 1)
    return plain.replace(".", "", 1).isdecimal() and plain.isascii() and len(plain) < 16


def is_crossed(text: Text, *, lights: bool = False) -> bool:
    """Whether a cell holds a cross, which says no, and no word beside it. ``lights``: or a red light or a thumb, of a visit or a consent."""
    signs = marks.CROSSES + marks.TIMES_SIGN + (marks.RED_LIGHTS if lights else "")
    return not text.words and any(mark in text.typed for mark in signs)


_OF_CONSENT: Final[Mapping[Consent, Heeded]] = {Consent.NO: Heeded.REFUSED, Consent.OTHER: Heeded.PERHAPS_REFUSED}


def _answered(ask: Callable[[Text], Consent]) -> Callable[[Text], Heeded | None]:
    return lambda text: _OF_CONSENT.get(ask(text))


_JUDGES: Final[Mapping[Asks, Callable[[Text], Heeded | None]]] = {
    Asks.OFF: lambda text: Heeded.OFF if visit_words.is_set(text) else None,
    Asks.MOVED: _moved,
    Asks.MOVED_TO: _moved_to,
    Asks.NEW_TIME: _new_time,
    Asks.NEW_VISIT: _new_visit,
    Asks.NEW_CLOCK: lambda text: _new_time(text) if marks.A_CLOCK.fullmatch(text.typed.strip()) else None,
    Asks.ON: _on,
    Asks.SKIP: lambda text: Heeded.OFF if _landline(text) is Consent.NO else None,
    Asks.PERMISSION: _answered(_permission),
    Asks.LEAD: lambda text: None if _is_number(text.typed.strip(" 0")) else _answered(_permission)(text),
    Asks.REFUSAL: _refusal,
    Asks.CHOICE: _answered(_chosen),
    Asks.WAY: _answered(partial(_chosen, reminding=True)),
    Asks.LANDLINE: _answered(_landline),
    Asks.KIND_OF_NUMBER: lambda text: Heeded.PERHAPS_REFUSED if text.words in marks.FAXES else None,
    Asks.STATE: _state,
    Asks.KINDS: lambda text: _LISTS.get(" ".join(text.words)),
    Asks.SUBSCRIPTION: lambda text: Heeded.REFUSED if _leaves(text) else None,
    Asks.ANY_PERMISSION: _any_permission,
    Asks.ANY_REFUSAL: _any_refusal,
    Asks.STATUS: _status,
    Asks.TEXTS: _of_texts,
    Asks.REPLY: _reply,
    Asks.REMINDED: lambda text: Heeded.REMINDED if visit_words.is_sent(text) else None,
}

JUDGED: Final = frozenset(_JUDGES)
"""What headings ask of which any cell may be an answer; below others only words of their own are, so that ``worth_reading`` may choose."""
