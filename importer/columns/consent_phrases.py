"""
What a cell says of texting, wherever it stands: that the person may not be texted, or that the number takes no texts.

At the end: which headings are about how other things go than texts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from importer.columns.status_phrases import looked_at, plain_text, read
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from importer.columns.status_phrases import Text, Words


_NOT: Final = words_of(words.NOT)
_FORBIDS: Final = _NOT - {"unable", "cannot", "cant"}
_NO: Final = words_of(words.NO)
_WRITE_TO: Final = words_of(heads.WRITE_TO)
_TEXTING: Final = words_of(heads.TEXTING)
_OTHER_WAYS: Final = words_of(heads.OTHER_WAYS)
_ELSEWHERE: Final = words_of(heads.ELSEWHERE) - {"push"}

SMS: Final = marks.SMS
ONLY: Final = listed("only nur seulement uniquement solo sólo somente apenas alleen unicamente exclusivamente enkel")
LONGEST: Final = 8


def is_refusal(text: Text) -> bool:
    """Whether a text says by itself that the person may not be texted: do not text, opted out, STOP, keine SMS."""
    _, found, flat = text
    if not flat or len(flat) > LONGEST:
        return not flat and ("\U0001f4f5" in text.typed or {"\U0001f6ab", "\U0001f4f1"} <= set(text.typed))
    if any(_is_of_another_way(part, only=True) or _is_instead(part, sure=True) for part in found):
        return True
    if not {"email", "emails", "mail", "marketing", "promo", "newsletter", "promotional"}.isdisjoint(
        flat
    ) and SMS.isdisjoint(flat):
        return False
    if len(flat) == 1 and (flat[0] in marks.STOP_WORDS or flat[0] in {"dnc", "dnt", "optout", "optedout"}):
        return True
    return any(map(_refuses, found)) or (_answers_no(found) and not any(map(_instructs, found)))


def tells_colours(line: str) -> bool:
    """Whether a line says that a colour tells who refuses texts: Red = do not text, yellow rows: no SMS."""
    text = read(line)
    left = [word for word in text.words if word not in marks.COLOURS and word not in marks.OF_LEGENDS - {"text"}]
    told = len(left) > 1 or (bool(left) and "=" in text.typed)
    return told and not marks.COLOURS.isdisjoint(text.words) and is_refusal(read(" ".join(left)))


def says_texts(text: Text) -> bool:
    """Whether a refusal is one of texts by its own words, also below a heading that does not say of what: STOP, no texts."""
    return text.words in {("stop",), ("stopall",)} or (is_refusal(text) and not SMS.isdisjoint(text.words))


def says_no_texts(text: Text) -> bool:
    """Whether a sentence says that the people below may not be texted: The following patients do not want texts, Clients who asked not to be texted."""
    flat = text.words
    if marks.ABOUT.isdisjoint(flat) or _NOT.isdisjoint(flat) or _TEXTS_OR_TEXTED.isdisjoint(flat):
        return False
    if not marks.WISHING.isdisjoint(flat) or _asks_for_none(flat):
        return True
    return (marks.NO_LIST - _NOT - {"please"}).isdisjoint(flat) and any(map(_refuses, text.parts))


def _asks_for_none(part: Words) -> bool:
    """Whether people ask for no texts: asked not to be texted, ont demandé à ne pas recevoir de SMS; not to text if they do not come."""
    for at, word in enumerate(part):
        behind = next((no for no in range(at + 1, min(at + 6, len(part))) if part[no] in _NOT), None)
        if word in marks.REQUESTING and behind is not None and _TEXTS_OR_TEXTED.isdisjoint(part[at:behind]):
            return not _TEXTS_OR_TEXTED.isdisjoint(part[behind + 1 : behind + 6])
    return False


_TEXTS_OR_TEXTED: Final = _TEXTING | _WRITE_TO | {"texted", "messaged", "reminded"}


def is_perhaps_refusal(text: Text, *, of_texts: bool = False) -> bool:
    """
    Whether a text may say so: unsubscribed, consent withdrawn, prefers e-mail, or in a long one that nobody may text.

    ``of_texts``: its heading is about texts, so that what is not authorized are they.
    """
    _, found, flat = text
    if len(flat) == 1 and flat[0] in marks.LANDLINES:
        return True
    if not of_texts and _has_new_number(text):
        return True
    if not marks.OUT_IN_SHORT.isdisjoint(flat) and _ELSEWHERE.isdisjoint(flat):
        return not any(map(_instructs, found))
    if len(flat) > LONGEST:
        return any(not marks.TEXTS.isdisjoint(part) and _refuses(part) for part in found)
    return any(
        _withdraws(part, of_texts=of_texts)
        or _is_of_another_way(part)
        or _is_to_be_left_out(part)
        or _is_instead(part, sure=False)
        for part in found
    )


def _has_new_number(text: Text) -> bool:
    """Whether a text says that the person has another number now: number changed, new cell; not a new policy number."""
    new = marks.NEW_NUMBER.search(plain_text(looked_at(text.typed)))
    # "New phone number" alone tells what was entered, or what a person called for.
    entered = text.words == ("new", "phone", "number")
    return new is not None and not entered and marks.OF_OTHER_NUMBERS.isdisjoint(text.words)


def _is_instead(part: Words, *, sure: bool) -> bool:
    """Whether a part names another way in place of texts: call instead of text; not ``sure``: call instead, prefers calls over texts."""
    told = marks.INSTEAD_OF if sure else marks.INSTEAD_OF | {"over", "than"}
    at = next((place for place, word in enumerate(part) if word in told), None)
    if at is None:
        return False
    before, after = part[:at], part[at + 1 :]
    if not before:
        return not marks.TEXTS.isdisjoint(after[:2]) and not WAYS.isdisjoint(after[1:])
    if WAYS.isdisjoint(before) or not marks.TEXTS.isdisjoint(before):
        return False
    polite = WAYS | marks.BY_WHICH_WAY | marks.PREFERRING | marks.POLITE
    return not marks.TEXTS.isdisjoint(after[:4]) or (not sure and polite.issuperset(before + after))


def is_bad_number(text: Text) -> bool:
    """Whether a text says that the number reaches nobody who reads texts: wrong number, disconnected, landline only, no cell."""
    flat = text.words
    # A problem's own code is no news of the number.
    if not flat or len(flat) > LONGEST or text.typed.startswith("phone_"):
        return False
    if (flat == ("wrong",) and "#" in text.typed) or flat in {("disconnected",), ("wrong", "nr")}:
        return True
    return any(map(_is_bad_number, text.parts))


def is_wrong_number(text: Text) -> bool:
    """Whether a text says that the number is another's: wrong number."""
    flat = text.words
    return any({one, other} & marks.WRONG and {one, other} & marks.NUMBER for one, other in itertools.pairwise(flat))


def _is_of_others(part: Words) -> bool:
    """Whether a part says that the number is not in use, or somebody else's: numero non valido, número de otra persona."""
    at = next((place for place, word in enumerate(part) if word in marks.NUMBERS and word not in {"no", "num"}), None)
    if at is None or not marks.WHEN_TEXTED.isdisjoint(part):
        return False
    denied = False
    for place, word in enumerate(part):
        about = at < place or (at == place + 1 and part[-1] in marks.NUMBERS)
        if word in marks.RIGHT and about and (word != "use" or part[place - 1] == "in"):
            denied = denied or negated(part, place) or part[place + 1 : place + 2] in {("niet",), ("nicht",), ("pas",)}
    return denied or part[-3:] == ("out", "of", "service") or (at == 0 and not marks.SOMEBODY_ELSES.isdisjoint(part))


def _is_bad_number(part: Words) -> bool:
    if not marks.FALSE_NUMBERS.isdisjoint(part) and (_ELSEWHERE - marks.NUMBERS).isdisjoint(part):
        at = next(place for place, word in enumerate(part) if word in marks.FALSE_NUMBERS)
        near = {*part[max(0, at - 1) : at], *part[at + 1 : at + 2]} | ({part[0]} if len(part) <= 4 else set())
        return not near.isdisjoint(marks.NUMBERS) and not negated(part[:at] if part[0] not in marks.NUMBERS else (), at)
    # "Invalide" is read as two words of the tables.
    if (
        not marks.NUMBERS.isdisjoint(part)
        and part[-1] in marks.RIGHT
        and (part[-2:-1] == ("in",) or negated(part, len(part) - 1))
    ):
        return True
    if _is_of_others(part):
        return True
    if part[-2:] == ("in", "service") and not _NOT.isdisjoint(part):
        return True
    if part[0] in marks.LANDLINES and (len(part) == 1 or part[1] in ONLY):
        return len(part) > 1
    return _has_no_cell(part)


def _has_no_cell(part: Words) -> bool:
    """Whether a part says that somebody has no mobile: no cell phone, doesn't have a mobile, kein Handy."""
    # Of a mobile "number" that is no column's business. "No cell phones" is a rule of the house.
    without = next((at for at, word in enumerate(part) if word in _LACKING), None)
    if without is None or marks.CELLPHONES.isdisjoint(part[without:]):
        return False
    if not marks.MANY_CELLPHONES.isdisjoint(part) and marks.HAVING.isdisjoint(part):
        return False
    return all(word in marks.CELLPHONES or word in _OWNING for word in part)


_LACKING: Final = _NOT | listed("kein keine sin sans senza sem geen ohne without")
_OWNING: Final = _NOT | listed(
    "does do has have a an the phone phones number own patient pt client hat hatte ein tiene un tem ha le de teléfono téléphone heeft is das telefono il only landline yet longer any"
)


def _refuses(part: Words) -> bool:  # noqa: C901, PLR0911 - the first that applies
    if _instructs(part) or not marks.ADVERTISING.isdisjoint(part):
        return False
    for at, word in enumerate(part):
        after = part[at + 1 : at + 4]
        if word in {"opted", "opt", "opting", "opts"} and after[:1] == ("out",) and not negated(part, at):
            return _ELSEWHERE.isdisjoint(part) or not SMS.isdisjoint(part)
        if word in {"optout", "optedout", "dnc", "dnt"} and not negated(part, at) and len(part) <= 3:
            return True
        if word in marks.REFUSING and not SMS.isdisjoint(part) and not negated(part, at):
            return True
        answered = not marks.REPLIED.isdisjoint(part) or after[:1] in {("reply",), ("response",), ("received",)}
        if word in marks.STOP_WORDS and answered and not negated(part, at):
            return True
        if word in marks.STOP_WORDS and part[at - 1 : at] in {("says",), ("said",)} and len(part) == at + 1:
            return True
        if word in _FORBIDS and _forbids(part, at):
            return True
        if word in UNWILLING and _does_not_wish(part, at):
            return True
    if _is_against_texts(part):
        return True
    of_texts = not SMS.isdisjoint(part)
    return of_texts and (_withdraws(part) or _is_to_be_left_out(part))


def _is_against_texts(part: Words) -> bool:
    """Whether a part says that texts are unwanted, not allowed or turned off: SMS nicht erlaubt, rifiuta SMS, reminders off."""
    if marks.TEXTS.isdisjoint(part) or not marks.WHEN_TEXTED.isdisjoint(part):
        return False
    for at, word in enumerate(part):
        if word in marks.WANTED and any(one in UNWILLING for one in part[max(0, at - 3) : at]):
            return True
        if word in marks.AGAINST and not negated(part, at):
            return True
        if word in marks.FINE and part[at - 1 : at] and part[at - 1] in _NOT and _is_of_texts(part, at):
            return True
        if word == "off" and not negated(part, at):
            before, after = part[max(0, at - 1) : at], part[at + 1 : at + 2]
            if not after or not marks.TEXTS.isdisjoint(after):
                return not marks.TEXTS.isdisjoint((*before, *after)) or before == ("turned",)
    return False


def _is_of_texts(part: Words, at: int) -> bool:
    """Whether what is not fine are texts: texting is not ok, not okay to text."""
    before = [word for word in part[max(0, at - 4) : at - 1] if word not in marks.BEING]
    behind = part[at + 1 : at + 3]
    to_text = len(behind) > 1 and behind[0] in marks.SO_THAT and behind[1] in marks.TEXTS
    return to_text or (bool(before) and before[-1] in marks.TEXTS)


def _answers_no(found: list[Words]) -> bool:
    """Whether a text is a question about texts and its answer: texts: no, STOP - by text."""
    texts = [part for part in found if not marks.TEXTS.isdisjoint(part)]
    if not texts or len(found) < 2:
        return False
    if {("stop",), ("stopall",)} & set(found):
        return True
    asked = all(word in SMS or word in {"ok", "okay", "consent"} for word in found[0])
    if not asked or len(found) != 2:
        return False
    return (len(found[1]) == 1 and found[1][0] in _NO) or (found[1][0] in _NOT and marks.FINE.issuperset(found[1][1:]))


def _instructs(part: Words) -> bool:
    """Whether a part tells people what they may reply: reply STOP to opt out."""
    for at in range(1, len(part) - 1):
        if (
            part[at] in marks.ENDING_TEXTS
            and part[at - 1] in marks.TELLS
            and not marks.SO_THAT.isdisjoint(part[at + 1 : at + 4])
        ):
            return True
    return False


_UNABLE: Final = listed("cannot cant unable")
UNWILLING: Final = _NOT | listed("niente nessun ninguna ningun aucun aucune nenhum nenhuma") | _UNABLE


def _does_not_wish(part: Words, at: int) -> bool:
    """Whether a word of not denies that somebody wants, may or can get texts; of a text that did not come it says nothing."""
    if not marks.WHEN_TEXTED.isdisjoint(part[at:]):
        return False
    before, word = part[max(0, at - 3) : at], part[at]
    able = word in _UNABLE or before[-1:] in {("ca",), ("can",)}
    does = before[-1:] in {("does",), ("do",)}
    wished = (
        able
        or part[at + 1 : at + 3] == ("to", "be")
        or not (marks.WISHING_TEXTS | ({"will"} if word in {"keine", "kein", "nicht"} else set())).isdisjoint(before)
    )
    if not before and part[at + 2 :] == () and word not in _NOT:
        wished = True  # niente SMS
    for step, one in enumerate(part[at + 1 : at + 8]):
        if one in marks.TEXTS or (one in marks.TEXTED and not able):
            last = part[at + step]
            rest = part[at + step + 2 : at + step + 3]
            direct = does and step == 0 and one in {"text", "sms"} and rest != ("back",)
            direct = direct or (step == 0 and one == "texting" and len(part) == at + 2)
            return (wished or direct) and last not in _OTHER_WAYS and last != "leave"
        if one in marks.WISHING_TEXTS or (does and one in {"receive", "receives", "do", "use", "read"}):
            wished = True
        elif one not in marks.AROUND_WISHES:
            return False
    return False


_OTHER_THINGS: Final = (_ELSEWHERE - {"file", "email", "emails", "mail"}) | {"slip", "slips"}


def _withdraws(part: Words, *, of_texts: bool = False) -> bool:
    """Whether a part says that there is no consent: consent withdrawn, ohne Einwilligung; not that to something else."""
    if not _OTHER_THINGS.isdisjoint(part) or not marks.ADVERTISING.isdisjoint(part):
        return False
    if SMS.isdisjoint(part) and not _OTHER_WAYS.isdisjoint(part):
        return False
    for at, word in enumerate(part):
        if word in marks.AUTHORIZING and not of_texts and SMS.isdisjoint(part) and marks.REVOKED.isdisjoint(part):
            continue
        if word in marks.CONSENT and (not marks.TAKEN_BACK.isdisjoint(part) and not negated(part, at)):
            return True
        if (word in marks.CONSENT or word in marks.CONSENTED) and negated(part, at):
            return not {"needed", "required", "necessary"} & set(part)
        if word in {"opted", "optin"} and part[at + 1 : at + 2] in {("in",), ()} and negated(part, at):
            return True
    return False


WAYS: Final = listed(heads.SPOKEN["ways"])


def _is_of_another_way(part: Words, *, only: bool = False) -> bool:
    """Whether a part names one way to reach somebody, and that is no text: e-mail only, solo llamadas, prefers a call."""
    if WAYS.isdisjoint(part) or not marks.TEXTS.isdisjoint(part) or not marks.CELLPHONES.isdisjoint(part):
        return False
    told = ONLY | {"so"} if only else ONLY | {"so"} | marks.PREFERRING
    # "Phone only" is also said of a visit.
    named = [word for word in part if word in WAYS and not (only and word in marks.BARE_TELEPHONE)]
    return (
        bool(named)
        and not told.isdisjoint(part)
        and all(word in told or word in WAYS or word in marks.BY_WHICH_WAY for word in part)
    )


def without(text: Text, *, ways: bool = False, numbers: bool = False) -> Text:
    """Return a text without its landlines, its other ways than texts (email only, no cell), or what it says of a number (wrong)."""

    def left_out(part: Words) -> bool:
        landline = part[0] in marks.LANDLINES and ONLY.issuperset(part[1:])
        of_way = ways and (_is_of_another_way(part) or _has_no_cell(part))
        of_number = numbers and (_is_bad_number(part) or part[0] in {"disconnected", "wrong"}) and not _refuses(part)
        return landline or of_way or of_number

    kept = [part for part in text.parts if not left_out(part)]
    return text._replace(parts=kept, words=tuple(word for part in kept for word in part))


# What ``worth_reading`` looks for: words that tell something alone, beside a word of not, or beside a number or a way.
TELLING: Final = marks.TELLING_OF_TEXTS
NAMED: Final = marks.NUMBERS | WAYS
BESIDE_NAMED: Final = marks.TELLING_BESIDE_NUMBERS | ONLY
BESIDE_NOT: Final = marks.TEXTED_OR_CONSENTED


def _is_to_be_left_out(part: Words) -> bool:
    """Whether a part says that somebody is off a list, or blocks us: remove from text list, blacklisted."""
    if part in {("blacklisted",), ("blocklisted",), ("litigious",), ("litigator",), ("no", "contact", "order")}:
        return True
    if part[:1] == ("blocked",) and part[-1] in {"us", "number", "texts", "sms", "messages", "sender"}:
        return True
    listing = {"list", "lists", "texts", "reminders", "messages", "sms"}
    away = not marks.LEFT_OUT.isdisjoint(part) and not {"from", "off"}.isdisjoint(part)
    return away and (part[-1] in listing or part[-2:] == ("me", "off")) and not {"wait", "waiting", "call"} & set(part)


def _forbids(part: Words, at: int) -> bool:  # noqa: PLR0911 - the first that applies
    """Whether a word of not forbids to write: do not text, no texts; not "no answer", not "not contacted yet"."""
    if not marks.WHEN_TEXTED.isdisjoint(part) or (part[:2] == ("no", "call") and "show" in part):
        return False
    ordered = part[max(0, at - 1) : at] in {("do",), ("please",), ("ne",)} or part[at] in marks.FORBIDDING
    after = part[at + 1 : at + 4]
    ordered = ordered or (part[at] == "non" and not marks.ORDERS_TO_TEXT.isdisjoint(after))
    for step, word in enumerate(after):
        if word in _WRITE_TO:
            if word in {"contacted", "send", "sending"} and not ordered:
                return False
            if part[at] == "no" and word in marks.CALLS and not ordered:
                return False
            if ordered:
                return True
            # A bare "no" or "without" forbids where nothing else is said.
            rest = part[at + step + 2 :]
            return (
                set(part[:at]) <= marks.POLITE
                and part[at] != "not"
                and all(one in marks.FILLING or one in _WRITE_TO for one in rest)
            )
        if word not in marks.FILLING:
            return False
    return False


def negated(part: Words, at: int) -> bool:
    """Whether a word of not stands up to three words before."""
    return any(word in _NOT for word in part[max(0, at - 3) : at])


# Beside these the heading may ask how somebody is reached after all: Call results, Alert group.
_REACHES: Final = _TEXTING | listed(heads.ASKED["reaching"]) | marks.WISHED


def is_of_a_thing(flat: Words) -> bool:
    """Whether a heading is about a room, a note or a package, which have a status that is not the visit's."""
    return not marks.HAVING_A_STATUS.isdisjoint(flat) or ("check", "in") in itertools.pairwise(flat)


def is_of_other_sending(flat: Words) -> bool:
    """Whether a heading asks how papers go out or visits are held: Receipt, Results by, Booking channel."""
    if not marks.SENT_THINGS.isdisjoint(flat):
        return (_REACHES - marks.WISHED).isdisjoint(flat)
    if not _REACHES.isdisjoint(flat):
        return False
    return not marks.WAYS_HELD.isdisjoint(flat) or not (
        marks.HELD_THINGS.isdisjoint(flat) or marks.HOW_IT_GOES.isdisjoint(flat)
    )


def is_of_a_group(flat: Words) -> bool:
    """Whether a heading asks to which group somebody belongs, or by which way something goes that it does not name: Segment, Mode."""
    return not marks.GROUPED.isdisjoint(flat) and _REACHES.isdisjoint(flat)


def is_of_a_label(flat: Words) -> bool:
    """Whether a heading is one of people, telephones or tags, or of a way to reach people: Phone type, Tag, Contact."""
    return not marks.LABELS.isdisjoint(flat) or not (_REACHES.isdisjoint(flat) or marks.HOW_IT_GOES.isdisjoint(flat))


def is_of_other_number(flat: Words) -> bool:
    """Whether a heading is about another number than that of the person's mobile: Secondary phone type, Alternate contact."""
    return not (marks.OF_ANOTHER.isdisjoint(flat) or (marks.PHONES | marks.CONTACTS).isdisjoint(flat))


def is_of_home(flat: Words) -> bool:
    """Whether a heading is about a telephone at home or at work, which is a landline as a rule: Home phone type."""
    return not (marks.AT_HOME.isdisjoint(flat) or marks.PHONES.isdisjoint(flat))
