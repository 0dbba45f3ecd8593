"""
What a line says of the rows below it: that their visits are off, or that their people may not be texted.

Such a line stands alone in its row, above the headings, or is the name of a sheet or a file.
"""

from __future__ import annotations

import itertools
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from importer.columns.consent_phrases import is_refusal
from importer.columns.status_phrases import Said, is_given_up_word, is_off_word, phrase, read
from schemas import heading_words as heads
from schemas import status_words as words
from schemas.calendar_words import MONTH_WORDS
from schemas.status_words import folded_word, listed, words_of

if TYPE_CHECKING:
    from importer.columns.status_phrases import Words


_NOT: Final = words_of(words.NOT)
_ORDINARY: Final = words_of(words.ORDINARY)
_AROUND: Final = words_of(heads.AROUND)
_TEXTING: Final = words_of(heads.TEXTING, heads.WRITE_TO) | frozenset({"texted", "messaged", "reminded"})
_TOTALS: Final = frozenset({"total", "totals", "subtotal", "count"})
OF_VISITS: Final = listed(
    "appointments appointment appts visits bookings sessions schedule schedules list reservations clients patients report filter export citas termine "
    "rendez vous rdv afspraken consultas agendamentos upcoming total totals subtotal"
)
LONGEST_LINE: Final = 8
LONGEST_SENTENCE: Final = 16
_OFF: Final = frozenset({Said.OFF, Said.DEAD})
# What such a sentence is about, and how it begins.
_ABOUT: Final = OF_VISITS | listed(
    "following these those all clientes pacientes turnos reservas siguientes estas estos ces suivants suivantes patientes clientes folgende diese patienten "
    "patientinnen kunden kundinnen termine guests customers people persons booking patient client visit appuntamenti visite pazienti clienti seguenti questi "
    "seguintes estes patienten klanten volgende deze cliënten prenotazioni"
)
_AROUND_SENTENCE: Final = listed(
    "since last this the that who which were was are is have has had been to be being will by on in from of for week month report export today yesterday "
    "tomorrow day date per as and"
)
# A legend or a rule, not a list; and what is left out is not below.
_NO_LIST: Final = listed(
    "if except excluding excluded excludes exclude exclusive without not omitted hidden filtered include includes including incl with shown marked highlighted red grey "
    "gray color colour strikethrough fee fees policy charge charged charges please call must should may can could wenn falls ohne außer ausgenommen nicht rot "
    "farbe gebühr bitte sans sauf excepté si frais rouge sin excepto salvo cargo rojo senza tranne eccetto se costi rosso sem exceto caso taxa vermelho "
    "zonder behalve als indien kosten rood"
)
_WISHING: Final = listed(
    "want wants wish wishes wished like agree agreed agrees consent consents consented allow allowed allows permission desean desea quieren quiere aceptan "
    "aceptaron autorizan souhaitent souhaite veulent veut acceptent wollen will möchten möchte wünschen wünscht einverstanden vogliono vuole desiderano "
    "desidera accettano querem quer desejam deseja aceitam willen wil wensen wenst"
)
_DID_NOT_TAKE_PLACE: Final = (
    ("take", "place"),
    ("took", "place"),
    ("taking", "place"),
    ("eu", "lieu"),
    ("fanden", "statt"),
    ("tuvieron", "lugar"),
)
_CALENDAR: Final = (frozenset({*MONTH_WORDS, *MONTH_WORDS.values()}) - {"out", "set"}) | listed(
    "jan feb mar apr jun jul aug sep sept oct nov dec week weekly daily monthly today semaine semana woche kw settimana"
)
_MARKS_IN_NAMES: Final = re.compile(r"[_+%.-]|(?<=[a-z])(?=[A-Z])")


def code_of_line(line: str) -> str | None:
    """Return the problem of the rows below a line that is about such visits and nothing else; None for another line."""
    text = read(line)
    if len(text.words) > LONGEST_LINE or _is_left_out(text.words):
        return None
    if is_refusal(text) or not _OPTED_OUT.isdisjoint(text.words):
        return "consent_refused"
    spare = _REPORTS if "cancellation" in text.words else _REPORTS | _LISTS
    text = read(" ".join(word for word in text.words if word not in spare)) if spare.intersection(text.words) else text
    told = phrase(text)
    if told.said is Said.GIVEN_UP:
        # "Dr Hold" is a doctor.
        certain = all(is_given_up_word(word) or word in OF_VISITS or word == "on" for word in text.words)
        return "status_not_used" if certain else None
    if told.said in _OFF and (told.whole or _is_about_visits(text.words)):
        return "status_not_used"
    return None


def code_of_sentence(line: str) -> str | None:
    """Return the same of a line alone that says it in a sentence: The following patients have cancelled."""
    text = read(line)
    flat = text.words
    if not 1 < len(flat) <= LONGEST_SENTENCE:
        return None
    if _says_no_texts(flat):
        return "consent_refused"
    about = not _ABOUT.isdisjoint(flat)
    not_held = not _NOT.isdisjoint(flat) and any(pair in _DID_NOT_TAKE_PLACE for pair in itertools.pairwise(flat))
    told = phrase(text)
    if about and (not_held or (told.said in _OFF and told.certain and _is_list(flat))):
        return "status_not_used"
    removed = about and any(map(is_given_up_word, flat))
    around = _ABOUT | _AROUND_SENTENCE
    return "status_not_used" if removed and all(is_given_up_word(word) or word in around for word in flat) else None


def _is_list(flat: Words) -> bool:
    """Whether no word makes a rule or a legend of a sentence; "did not come" is said with a word of not."""
    off = any(map(is_off_word, flat))
    return (_NO_LIST if off else _NO_LIST - _NOT).isdisjoint(flat)


def _says_no_texts(flat: Words) -> bool:
    return not (
        _NOT.isdisjoint(flat) or _WISHING.isdisjoint(flat) or _ABOUT.isdisjoint(flat) or _TEXTING.isdisjoint(flat)
    )


def code_of_name(file: str) -> str | None:
    """Return the problem of the rows of a file that is named for such visits: cancellations_2027.csv, No Show Report.csv."""
    stem = _MARKS_IN_NAMES.sub(" ", PurePath(file.replace("\\", "/")).stem)
    found = [
        word
        for word in _MARKS_IN_NAMES.sub(" ", stem).split()
        if word.strip("()0123456789") and folded_word(word) not in _CALENDAR
    ]
    named = " ".join(found)
    # "failed.csv" are rows that another program did not take.
    return None if not found or phrase(named).of_a_status or "rejected" in named.casefold() else code_of_line(named)


def _is_left_out(flat: Words) -> bool:
    """Whether a line tells what is not below it, or not alone: Appointments without cancelled, Appointments and cancellations."""
    if not _LEAVING_OUT.isdisjoint(flat) or ("not", "shown") in itertools.pairwise(flat):
        return True
    return any(
        word in _AND and (before in OF_VISITS) != (after in OF_VISITS)
        for before, word, after in zip(flat, flat[1:], flat[2:], strict=False)
    )


_LEAVING_OUT: Final = listed(
    "except excluding excluded excludes exclude hidden omitted include includes including incl with außer ausgenommen mit sauf excepté avec excepto salvo con "
    "tranne eccetto exceto com behalve met"
)
_AND: Final = listed("and und et y e en plus")
_OPTED_OUT: Final = frozenset({"optouts", "outs"})
# A cancellation list is one of people who wait for a slot.
_LISTS: Final = listed("list lists liste lista lijst elenco listado")
_REPORTS: Final = listed("report reports export log overview summary rapport bericht relatório informe reporte resumen")


def _is_about_visits(flat: Words) -> bool:
    return all(word in OF_VISITS or word in _AROUND or phrase(word).whole for word in flat)


def stands(flat: Words) -> bool:
    """Whether a line is about visits that take place."""
    return (
        bool(flat)
        and _TOTALS.isdisjoint(flat)
        and all(word in OF_VISITS or word in _ORDINARY or word in _AROUND for word in flat)
    )
