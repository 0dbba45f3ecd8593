"""What a cell says of texting: that the person may not be texted, wherever it stands, and below a heading of consent."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from schemas import heading_words as heads
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from importer.columns.status_phrases import Text, Words


class Consent(Enum):
    """What a cell below a heading of consent says of its question: yes, no, neither yet, or nothing that is known."""

    YES = auto()
    NO = auto()
    OPEN = auto()
    OTHER = auto()


_NOT: Final = words_of(words.NOT)
_FORBIDS: Final = _NOT - {"unable", "cannot", "cant"}
_YES: Final = words_of(words.YES)
_NO: Final = words_of(words.NO)
_NOTHING: Final = words_of(words.NOTHING)
_WRITE_TO: Final = words_of(heads.WRITE_TO)
_TEXTING: Final = words_of(heads.TEXTING)
_OTHER_WAYS: Final = words_of(heads.OTHER_WAYS)
_REFUSAL: Final = words_of(heads.REFUSAL)
_ELSEWHERE: Final = words_of(heads.ELSEWHERE) - {"push"}

_SMS: Final = listed(
    "text texts texting sms txt txts mms message messages messaging reminder reminders contact mensajes texto textos mensagens nachrichten berichten erinnerungen rappels recordatorios "
    "lembretes herinneringen messaggi messaggio promemoria notifications outreach communication communications"
)
_CALLS: Final = listed("call calls calling")
_REFUSING: Final = listed(
    "refuses refused declines declined declining stop stopped revoked withdrew withdrawn blocked refuse refusé rechaza recusa weigert verweigert unsubscribed unsubscribe désabonné"
)
_OUT: Final = listed("optout optedout dnt dnc dnd unsubscribe unsubscribed")
# CTIA's words for opting out, as a patient's answer stands in a cell.
_STOP: Final = listed("stop stopall arret baja quit")
_SAYS_NO: Final = (
    _REFUSAL
    | _NO
    | listed(
        "optout out disabled deactivated desactivado désactivé deaktiviert desativado disattivato spento expired inactive invalid withdrew none 0 missing undeliverable unreachable landline bounced 2 3 4"
    )
)
_SAYS_YES: Final = _YES | listed(
    "in optin opted allowed granted given consented consent subscribed accepted accepts agreed agree active enabled okay approved permitted text texts sms mobile cell verbal written signed "
    "ok si sí oui ja sim"
)
_NOT_ASKED: Final = listed(
    "unknown pending asked unset unclear tbd tbc undecided unbekannt inconnu desconocido desconhecido onbekend sconosciuto"
)
_ONLY: Final = listed("only nur seulement uniquement solo sólo somente apenas alleen unicamente exclusivamente enkel")
# Of the ways to be reached: none of them. Of a permission: none was given, or nothing was filled in.
_NO_WAY: Final = listed(
    "none no never keine ninguno ninguna aucun aucune geen nenhum nenhuma nessuno nessuna niente kein off stop"
)
_LONGEST: Final = 8
_BEFORE: Final = listed("before after until at on between vor avant antes voor")


def is_refusal(text: Text) -> bool:
    """Whether a text says by itself that the person may not be texted: do not text, opted out, STOP, keine SMS."""
    _, found, flat = text
    if not flat or len(flat) > _LONGEST:
        return not flat and ("\U0001f4f5" in text.typed or {"\U0001f6ab", "\U0001f4f1"} <= set(text.typed))
    if any(_is_of_another_way(part, only=True) for part in found):
        return True
    if not {"email", "emails", "mail", "marketing", "promo", "newsletter", "promotional"}.isdisjoint(
        flat
    ) and _SMS.isdisjoint(flat):
        return False
    if len(flat) == 1 and (flat[0] in _STOP or flat[0] in {"dnc", "dnt", "optout", "optedout"}):
        return True
    return any(map(_refuses, found))


def says_texts(text: Text) -> bool:
    """Whether a refusal is one of texts by its own words, also below a heading that does not say of what: STOP, no texts."""
    return text.words in {("stop",), ("stopall",)} or (is_refusal(text) and not _SMS.isdisjoint(text.words))


def is_perhaps_refusal(text: Text) -> bool:
    """Whether a text may say so: unsubscribed, consent withdrawn, prefers e-mail, or in a long one that nobody may text."""
    _, found, flat = text
    if len(flat) == 1 and flat[0] in _LANDLINE:
        return True
    if not _OUT.isdisjoint(flat) and _ELSEWHERE.isdisjoint(flat):
        return not any(map(_instructs, found))
    if len(flat) > _LONGEST:
        return any(not _STRICTLY_TEXTS.isdisjoint(part) and _refuses(part) for part in found)
    return any(_withdraws(part) or _is_of_another_way(part) or _is_to_be_left_out(part) for part in found)


def is_bad_number(text: Text) -> bool:
    """Whether a text says that the number reaches nobody who reads texts: wrong number, disconnected, landline only, no cell."""
    flat = text.words
    # A problem's own code is no news of the number.
    if not flat or len(flat) > _LONGEST or text.typed == "phone_invalid":
        return False
    if (flat == ("wrong",) and "#" in text.typed) or flat in {("disconnected",), ("wrong", "nr")}:
        return True
    return any(map(_is_bad_number, text.parts))


def _is_bad_number(part: Words) -> bool:
    if not _FALSE.isdisjoint(part) and (_ELSEWHERE - _NUMBER).isdisjoint(part):
        at = next(place for place, word in enumerate(part) if word in _FALSE)
        near = {*part[max(0, at - 1) : at], *part[at + 1 : at + 2]} | ({part[0]} if len(part) <= 4 else set())
        return not near.isdisjoint(_NUMBER) and not _negated(part[:at] if part[0] not in _NUMBER else (), at)
    # "Invalide" is read as two words of the tables.
    if (
        not _NUMBER.isdisjoint(part)
        and part[-1] in _RIGHT
        and (part[-2:-1] == ("in",) or _negated(part, len(part) - 1))
    ):
        return True
    if part[-2:] == ("in", "service") and not _NOT.isdisjoint(part):
        return True
    if part[0] in _LANDLINE and (len(part) == 1 or part[1] in _ONLY):
        return len(part) > 1
    # "No cell phone", "doesn't have a mobile", "kein Handy"; not of a mobile "number" that is no column's business.
    without = next((at for at, word in enumerate(part) if word in _LACKING), None)
    if without is None or _CELL.isdisjoint(part[without:]):
        return False
    return all(word in _CELL or word in _OWNING for word in part)


_FALSE: Final = listed(heads.SPOKEN["false"])
_NUMBER: Final = listed(heads.SPOKEN["number"])
_RIGHT: Final = listed(heads.SPOKEN["right"])
_LANDLINE: Final = listed("landline festnetz")
_LACKING: Final = _NOT | listed("kein keine sin sans senza sem geen ohne without")
_CELL: Final = listed(
    "cell cellphone mobile mobiles handy celular móvil portable cellulare telemóvel mobiel gsm smartphone"
)
_OWNING: Final = _NOT | listed(
    "does do has have a an the phone phones number own patient pt client hat hatte ein tiene un tem ha le de teléfono téléphone heeft is das telefono il only landline yet longer any"
)


def _refuses(part: Words) -> bool:  # noqa: PLR0911 - the first that applies
    if _instructs(part) or not _MARKETING.isdisjoint(part):
        return False
    for at, word in enumerate(part):
        after = part[at + 1 : at + 4]
        if word in {"opted", "opt", "opting", "opts"} and after[:1] == ("out",) and not _negated(part, at):
            return _ELSEWHERE.isdisjoint(part) or not _SMS.isdisjoint(part)
        if word in {"optout", "optedout", "dnc", "dnt"} and not _negated(part, at) and len(part) <= 3:
            return True
        if word in _REFUSING and not _SMS.isdisjoint(part) and not _negated(part, at):
            return True
        answered = not _REPLIED.isdisjoint(part) or after[:1] in {("reply",), ("response",), ("received",)}
        if word in _STOP and answered and not _negated(part, at):
            return True
        if word in _FORBIDS and _forbids(part, at):
            return True
        if word in UNWILLING and _does_not_wish(part, at):
            return True
    of_texts = not _SMS.isdisjoint(part)
    return of_texts and (_withdraws(part) or _is_to_be_left_out(part))


_MARKETING: Final = listed(
    "marketing promo promos promotion promotions promotional newsletter newsletters advertising ads werbung publicidad publicité reclame pubblicità"
)
# What somebody answered: "replied STOP". "Reply STOP to opt out" tells people what to do.
_REPLIED: Final = listed(heads.SPOKEN["replied"])
_TELLS: Final = listed(heads.SPOKEN["tells"])
_ENDING: Final = listed("stop stopall unsubscribe cancel end quit optout arret baja parar sair abmelden")
_SO_THAT: Final = listed("to for para pour um per om if se")


def _instructs(part: Words) -> bool:
    """Whether a part tells people what they may reply: reply STOP to opt out."""
    for at in range(1, len(part) - 1):
        if part[at] in _ENDING and part[at - 1] in _TELLS and not _SO_THAT.isdisjoint(part[at + 1 : at + 4]):
            return True
    return False


_STRICTLY_TEXTS: Final = listed(heads.SPOKEN["texts"])
_TEXTED: Final = listed(heads.SPOKEN["texted"])
# After a word of not, or before it: möchte keine SMS, does not want texts, non vuole SMS.
_WISHING: Final = listed(heads.SPOKEN["wishes"])
_UNABLE: Final = listed("cannot cant unable")
UNWILLING: Final = _NOT | listed("niente nessun ninguna ningun aucun aucune nenhum nenhuma") | _UNABLE
_AROUND_WISHES: Final = listed(heads.SPOKEN["around_wishes"])


def _does_not_wish(part: Words, at: int) -> bool:
    """Whether a word of not denies that somebody wants, may or can get texts; of a text that did not come it says nothing."""
    if not _BEFORE.isdisjoint(part[at:]):
        return False
    before, word = part[max(0, at - 3) : at], part[at]
    able = word in _UNABLE or before[-1:] in {("ca",), ("can",)}
    does = before[-1:] in {("does",), ("do",)}
    wished = (
        able
        or part[at + 1 : at + 3] == ("to", "be")
        or not (_WISHING | ({"will"} if word in {"keine", "kein", "nicht"} else set())).isdisjoint(before)
    )
    if not before and part[at + 2 :] == () and word not in _NOT:
        wished = True  # niente SMS
    for step, one in enumerate(part[at + 1 : at + 8]):
        if one in _STRICTLY_TEXTS or (one in _TEXTED and not able):
            last = part[at + step]
            rest = part[at + step + 2 : at + step + 3]
            direct = does and step == 0 and one in {"text", "sms"} and rest != ("back",)
            return (wished or direct) and last not in _OTHER_WAYS and last != "leave"
        if one in _WISHING or (one in {"receive", "receives"} and does):
            wished = True
        elif one not in _AROUND_WISHES:
            return False
    return False


_CONSENT: Final = listed(heads.SPOKEN["consent"])
_CONSENTED: Final = listed(
    "consented consent consents authorized eingewilligt zugestimmt consenti consentido autorizado consentito autorizzato toegestemd"
)
_TAKEN_BACK: Final = listed(heads.SPOKEN["taken_back"])
_OTHER_THINGS: Final = _ELSEWHERE - {"file", "email", "emails", "mail"}


def _withdraws(part: Words) -> bool:
    """Whether a part says that there is no consent: consent withdrawn, ohne Einwilligung; not that to something else."""
    if not _OTHER_THINGS.isdisjoint(part) or not _MARKETING.isdisjoint(part):
        return False
    if _SMS.isdisjoint(part) and not _OTHER_WAYS.isdisjoint(part):
        return False
    for at, word in enumerate(part):
        if word in _CONSENT and (not _TAKEN_BACK.isdisjoint(part) and not _negated(part, at)):
            return True
        if (word in _CONSENT or word in _CONSENTED) and _negated(part, at):
            return not {"needed", "required", "necessary"} & set(part)
        if word in {"opted", "optin"} and part[at + 1 : at + 2] in {("in",), ()} and _negated(part, at):
            return True
    return False


_WAYS: Final = listed(heads.SPOKEN["ways"])
_BY: Final = listed(heads.SPOKEN["by"])
_BARE: Final = listed("phone telephone teléfono téléphone telefon telefono telefone telefoon telefonisch")
_PREFERRING: Final = listed("prefers prefer preferred prefiere prefere preferisce bevorzugt")


def _is_of_another_way(part: Words, *, only: bool = False) -> bool:
    """Whether a part names one way to reach somebody, and that is no text: e-mail only, solo llamadas, prefers a call."""
    if _WAYS.isdisjoint(part) or not _STRICTLY_TEXTS.isdisjoint(part) or not _CELL.isdisjoint(part):
        return False
    told = _ONLY | {"so"} if only else _ONLY | {"so"} | _PREFERRING
    # "Phone only" is also said of a visit.
    named = [word for word in part if word in _WAYS and not (only and word in _BARE)]
    return (
        bool(named) and not told.isdisjoint(part) and all(word in told or word in _WAYS or word in _BY for word in part)
    )


# What ``worth_reading`` looks for: words that tell something alone, beside a word of not, or beside a number or a way.
TELLING: Final = _LANDLINE | _TAKEN_BACK | frozenset({"blacklisted", "litigious", "remove", "disconnected", "wrong"})
NAMED: Final = _NUMBER | _WAYS
BESIDE_NAMED: Final = _FALSE | _ONLY | _PREFERRING | frozenset({"so"})
BESIDE_NOT: Final = _RIGHT | _CONSENT | _CONSENTED | _CELL | _STRICTLY_TEXTS | _TEXTED | listed("service")

_LEFT_OUT: Final = listed("remove removed take taken delete deleted")


def _is_to_be_left_out(part: Words) -> bool:
    """Whether a part says that somebody is off a list, or blocks us: remove from text list, blacklisted."""
    if part in {("blacklisted",), ("blocklisted",), ("litigious",), ("litigator",), ("no", "contact", "order")}:
        return True
    if part[:1] == ("blocked",) and part[-1] in {"us", "number", "texts", "sms", "messages", "sender"}:
        return True
    listing = {"list", "lists", "texts", "reminders", "messages", "sms"}
    away = not _LEFT_OUT.isdisjoint(part) and not {"from", "off"}.isdisjoint(part)
    return away and (part[-1] in listing or part[-2:] == ("me", "off")) and not {"wait", "waiting", "call"} & set(part)


def _forbids(part: Words, at: int) -> bool:  # noqa: PLR0911 - the first that applies
    """Whether a word of not forbids to write: do not text, no texts; not "no answer", not "not contacted yet"."""
    if not _BEFORE.isdisjoint(part) or (part[:2] == ("no", "call") and "show" in part):
        return False
    ordered = part[max(0, at - 1) : at] in {("do",), ("please",), ("ne",)} or part[at] in {
        "dont",
        "never",
        "ne",
        "pas",
        "nicht",
        "niet",
        "nao",
    }
    after = part[at + 1 : at + 4]
    ordered = ordered or (part[at] == "non" and not _ORDERS.isdisjoint(after))
    for step, word in enumerate(after):
        if word in _WRITE_TO:
            if word in {"contacted", "send", "sending"} and not ordered:
                return False
            if part[at] == "no" and word in _CALLS and not ordered:
                return False
            if ordered:
                return True
            # A bare "no" or "without" forbids where nothing else is said.
            rest = part[at + step + 2 :]
            return (
                set(part[:at]) <= _POLITE
                and part[at] != "not"
                and all(one in _FILLING or one in _WRITE_TO for one in rest)
            )
        if word not in _FILLING:
            return False
    return False


_POLITE: Final = listed(
    "bitte please pls por favor merci de svp s il vous plait plaît si prega di patient pt client wishes requests asked wants"
)
# "Non contacté" is no order, "non contattare" is one.
_ORDERS: Final = listed("contattare chiamare inviare disturbare mandare scrivere")
_FILLING: Final = listed(
    "to the send any more receive want get her him them by via through de des du le la los las per durch mehr of longer further enviar envoyer senden sturen please pls thanks thank you or "
    "and calls call text texts phone leave use"
)


def _negated(part: Words, at: int) -> bool:
    return any(word in _NOT for word in part[max(0, at - 3) : at])


def permission(text: Text) -> Consent:  # noqa: C901, PLR0911 - the first that applies
    """Return what a cell says below a heading that asks whether the person may be texted."""
    _, found, flat = text
    if not flat:
        return Consent.NO if is_crossed(text) else Consent.OPEN
    if is_refusal(text):
        return Consent.NO
    if all(word in _NOTHING and word not in {"never", "nunca", "nie", "jamais", "nooit"} for word in flat):
        return Consent.OTHER if flat[0] in _NO_WAY else Consent.OPEN
    if not _NOT_ASKED.isdisjoint(flat):
        return Consent.OTHER
    first = found[0]
    if _is_number(text.typed):
        # One digit is a code, of which 1 alone is a yes; more of them are minutes or hours ("Remind": 90).
        number = float(text.typed.strip().replace(",", "."))
        return Consent.YES if number == 1 else Consent.NO if number < 10 else Consent.OTHER
    if all(map(str.isdigit, flat)):
        return Consent.YES  # the day of the consent
    if len(first) == 1 and first[0] in _NO and first[0] not in _SAYS_YES:
        return Consent.NO
    if len(flat) > _LONGEST:
        return Consent.YES  # a sentence of its own, of which nothing is certain
    if any(word in _SAYS_NO and not word.isdigit() and word not in {"yes", "on"} for word in flat):
        return Consent.YES if first[0] in {"yes", "y", "ja", "oui", "si", "sim"} else Consent.NO
    if not _NOT.isdisjoint(flat):
        return Consent.NO
    return Consent.YES


_GIVEN: Final = listed("in optin subscribed allowed granted active permitted consented ok")


def refusal(text: Text) -> Consent:  # noqa: PLR0911 - the first that applies
    """Return what a cell says below a heading that asks whether the person may not be texted; YES: may not."""
    _, found, flat = text
    if not flat:
        return Consent.YES if not _TICKS.isdisjoint(text.typed) or is_crossed(text) else Consent.OPEN
    if _is_number(text.typed):
        return Consent.OPEN if float(text.typed.strip().replace(",", ".")) == 0 else Consent.YES
    if all(word in _NOTHING or word in _NO or word in {"not", "set", "applicable"} for word in flat):
        return Consent.OPEN
    if is_refusal(text):
        return Consent.YES
    if not _NOT_ASKED.isdisjoint(flat):
        return Consent.OTHER
    if (flat[0] in _NO and len(found) > 1) or (flat[0] in {"ok", "okay"} and len(flat) > 1):
        return Consent.OPEN
    if _negated(flat, len(flat)) or flat[-1] in _GIVEN:
        return Consent.OPEN
    return Consent.YES


def choice(text: Text, *, reminding: bool = False) -> Consent:
    """Return what a cell says below a heading that asks how the person wants to be reached; ``reminding``: how to be reminded."""
    flat = text.words
    if not flat:
        return Consent.OPEN
    if is_refusal(text) or all(word in _NO_WAY for word in flat):
        return Consent.NO
    if flat[0] in _NO_WAY and all(word in _SMS for word in flat[1:]):
        return Consent.NO
    texting = not _SMS.isdisjoint(flat) or not {"mobile", "cell", "whatsapp"}.isdisjoint(flat)
    if texting or _WAYS.isdisjoint(flat):
        return Consent.YES
    if reminding or not _ONLY.isdisjoint(flat):
        return Consent.NO
    # Who likes to be called or e-mailed is texted, too; a letter or a telephone on the wall makes one wonder.
    return Consent.YES if _TEXTED_TOO.isdisjoint(flat) else Consent.OTHER


def way(text: Text) -> Consent:
    """Return what a cell says below a heading that asks how the person is reminded."""
    return choice(text, reminding=True)


def landline(text: Text) -> Consent:
    """Return what a cell says below Landline: NO for a yes, YES for a number of its own."""
    said = text.words == ("landline",) or (len(text.words) == 1 and text.words[0] in _YES)
    return Consent.NO if said or (not text.words and refusal(text) is Consent.YES) else Consent.YES


# CTIA's words for opting out, as they are answered, and what a service makes of them.
UNSUBSCRIBED: Final = listed(
    "unsubscribe unsubscribed blocked blacklisted suppressed stop stopall end quit optout revoke arret baja parar undeliverable landline sair désabonner"
)
_TEXTED_TOO: Final = listed(
    "landline festnetz fixe fijo fisso fixo vast voice letter letters post brief lettre carta lettera home"
)


def _is_number(text: str) -> bool:
    plain = text.strip().replace(",", ".", 1)
    return plain.replace(".", "", 1).isdecimal() and plain.isascii() and len(plain) < 16


def is_crossed(text: Text) -> bool:
    """Whether a cell holds a cross, which says no, and no word beside it."""
    return not text.words and any(mark in text.typed for mark in _CROSSES)


_TICKS: Final = frozenset("✓✔☑✅√●■")
_CROSSES: Final = "✗✘❌☒×✕✖🚫⛔❎⨯⊘🗙☓"  # a sign for times is drawn as a cross
