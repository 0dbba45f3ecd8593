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
    "text texts texting sms txt txts mms message messages messaging reminder reminders contact mensajes texto textos mensagens "
    "nachrichten berichten erinnerungen rappels recordatorios lembretes herinneringen messaggi messaggio promemoria notifications outreach communication communications"
)
_CALLS: Final = frozenset({"call", "calls", "calling"})
_REFUSING: Final = listed(
    "refuses refused declines declined declining stop stopped revoked withdrew withdrawn blocked refuse refuse refusé rechaza "
    "recusa weigert verweigert unsubscribed unsubscribe désabonné"
)
_OUT: Final = frozenset({"optout", "optedout", "dnt", "dnc", "dnd", "unsubscribe", "unsubscribed"})
# CTIA's words for opting out, as a patient's answer stands in a cell.
_STOP: Final = frozenset({"stop", "stopall", "arret", "baja", "quit"})
_SAYS_NO: Final = (
    _REFUSAL
    | _NO
    | listed(
        "optout out disabled deactivated desactivado désactivé deaktiviert desativado disattivato spento expired inactive invalid withdrew none 0 missing undeliverable unreachable landline bounced 2 3 4"
    )
)
_SAYS_YES: Final = _YES | listed(
    "in optin opted allowed granted given consented consent subscribed accepted accepts agreed agree active enabled okay approved "
    "permitted text texts sms mobile cell verbal written signed ok si sí oui ja sim"
)
_NOT_ASKED: Final = listed(
    "unknown pending asked unset unclear tbd tbc undecided unbekannt inconnu desconocido desconhecido onbekend sconosciuto"
)
_ONLY: Final = frozenset({"only", "nur", "seulement", "uniquement", "solo", "sólo", "somente", "apenas", "alleen"})
# Of the ways to be reached: none of them. Of a permission: none was given, or nothing was filled in.
_NO_WAY: Final = listed("none no never keine ninguno ninguna aucun aucune geen nenhum nenhuma kein off stop")
_LONGEST: Final = 8
_BEFORE: Final = frozenset({"before", "after", "until", "at", "on", "between", "vor", "avant", "antes", "voor"})


def is_refusal(text: Text) -> bool:
    """Whether a text says by itself that the person may not be texted: do not text, opted out, STOP, keine SMS."""
    _, found, flat = text
    if not flat or len(flat) > _LONGEST:
        return False
    if not {"email", "emails", "mail", "marketing", "promo", "newsletter", "promotional"}.isdisjoint(
        flat
    ) and _SMS.isdisjoint(flat):
        return False
    if len(flat) == 1 and (flat[0] in _STOP or flat[0] in {"dnc", "dnt", "optout", "optedout"}):
        return True
    return any(_refuses(part) for part in found)


def says_texts(text: Text) -> bool:
    """Whether a refusal is one of texts by its own words, also below a heading that does not say of what: STOP, no texts."""
    return text.words in {("stop",), ("stopall",)} or (is_refusal(text) and not _SMS.isdisjoint(text.words))


def is_perhaps_refusal(text: Text) -> bool:
    """Whether a text may say so: unsubscribed, or do not call before nine."""
    return not _OUT.isdisjoint(text.words) and _ELSEWHERE.isdisjoint(text.words)


def _refuses(part: Words) -> bool:
    for at, word in enumerate(part):
        after = part[at + 1 : at + 4]
        if word in {"opted", "opt", "opting", "opts"} and after[:1] == ("out",) and not _negated(part, at):
            return _ELSEWHERE.isdisjoint(part) or not _SMS.isdisjoint(part)
        if word in {"optout", "optedout", "dnc", "dnt"} and not _negated(part, at) and len(part) <= 3:
            return True
        if word in _REFUSING and not _SMS.isdisjoint(part) and not _negated(part, at):
            return True
        if word in _FORBIDS and _forbids(part, at):
            return True
    return False


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


_POLITE: Final = listed("bitte please pls por favor merci de svp s il vous plait plaît si prega di patient pt client")
# "Non contacté" is no order, "non contattare" is one.
_ORDERS: Final = frozenset({"contattare", "chiamare", "inviare", "disturbare", "mandare", "scrivere"})
_FILLING: Final = listed(
    "to the send any more receive want get her him them by via through de des du le la los las per durch mehr of longer more further "
    "enviar envoyer senden sturen please pls thanks thank you or and calls call text texts phone leave use per"
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


def refusal(text: Text) -> Consent:  # noqa: PLR0911 - the first that applies
    """Return what a cell says below a heading that asks whether the person may not be texted; YES: may not."""
    _, found, flat = text
    if not flat:
        return Consent.YES if _is_tick(text.typed) or is_crossed(text) else Consent.OPEN
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
    if _negated(flat, len(flat)) or flat[-1] in {
        "in",
        "optin",
        "subscribed",
        "allowed",
        "granted",
        "active",
        "permitted",
        "consented",
        "ok",
    }:
        return Consent.OPEN
    return Consent.YES


def choice(text: Text) -> Consent:
    """Return what a cell says below a heading that asks how the person wants to be reached."""
    flat = text.words
    if not flat:
        return Consent.OPEN
    if is_refusal(text) or all(word in _NO_WAY for word in flat):
        return Consent.NO
    if flat[0] in _NO_WAY and all(word in _SMS for word in flat[1:]):
        return Consent.NO
    texting = not _SMS.isdisjoint(flat) or not {"mobile", "cell"}.isdisjoint(flat)
    if not _ONLY.isdisjoint(flat) and not _OTHER_WAYS.isdisjoint(flat) and not texting:
        return Consent.NO
    return Consent.YES


def _is_number(text: str) -> bool:
    plain = text.strip().replace(",", ".", 1)
    return plain.replace(".", "", 1).isdecimal() and plain.isascii() and len(plain) < 16


def _is_tick(text: str) -> bool:
    return any(mark in text for mark in "✓✔☑✅√●■")


def is_crossed(text: Text) -> bool:
    """Whether a cell holds a cross, which says no, and no word beside it."""
    return not text.words and any(mark in text.typed for mark in _CROSSES)


_CROSSES: Final = "✗✘❌☒×✕✖🚫⛔❎⨯⊘🗙☓"  # a sign for times is drawn as a cross
