"""
What the words of a heading may mean, where no alias says it: ``patient.phone``, ``pc_eventDate``, ``PatPhone1``.

A heading is taken apart into words; words for the person and for the visit are set aside, and what is left must be one of
``CORES`` as a whole. A form proposes; the cells below the heading decide (``settling``). Words of ``AWAY`` mean another
person, another day or another thing, and nothing is proposed for their headings.
"""

from __future__ import annotations

import itertools
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.model.chunks import remembering_cells
from schemas import heading_words, status_words
from schemas.status_words import folded_word, listed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.model.profile import DurationUnit

LONGEST: Final = 80

_WORD = re.compile(
    r"[A-Z\u00c0-\u00de]+(?![a-z\u00df-\u024f])|[A-Z\u00c0-\u00de]?[a-z\u00df-\u024f]+|[0-9]+|[^\W\d_A-Za-z\u00c0-\u024f]+"
)
_PREFIX = re.compile(r"\s*([A-Za-z]{1,12})[_.]\s{0,3}(?=[A-Za-z])")
_SPOKEN: Final = (
    ("#", " number "),
    ("&", " and "),
    ("@", " at "),
    ("E-Mail", "email"),
    ("e-mail", "email"),
    ("E-mail", "email"),
    ("Nº", " number "),
    ("nº", " number "),
    ("N°", " number "),
    ("n°", " number "),
)
_JOINING: Final = listed(
    "the of and for in s a an your on de des du la le les el los las da do dos das der die den del della di van het een um une und et y e en"
)

# French for "and", which stands between words; at an end it is Eastern Time: Start Time (ET).
_EASTERN: Final = frozenset({"et"})
PERSON: Final = listed(
    "patient patients pat pt client clients cust customer customers attendee invitee guest member subscriber recipient contact contacts "
    "paciente pacientes cliente clientes clienta clientas kunde kunden kundin kundinnen klient klientin patientin patientinnen gast patiente "
    "patientes clienti paziente pazienti klant klanten patiënt patiënten cliënt cliënten utente utentes usager"
)
VISIT: Final = listed(
    "appointment appointments appt appts apt booking bookings visit visits event session sched schedule reservation meeting termin "
    "encounter enc cita citas rdv rendez vous séance termine afspraak afspraken consulta agendamento marcação appuntamento appuntamenti visita"
)
_AROUND: Final = listed(
    "main primary preferred current details detail info information data record field value time date person"
)

START: Final = ("eventDateTime", "date", "time")
TYPE: Final = ("eventType",)
NUMBER: Final = ("externalEventId",)


class Form(NamedTuple):
    """
    What a heading may stand for: ``fields``, of which the cells choose one.

    ``rank``: 1 for words that mean little else, 2 for words that may mean much else (``Contact``). ``beside``: the
    words of other headings, of which the sheet must have one, because the heading alone may mean something else.
    """

    fields: tuple[str, ...]
    rank: int = 1
    beside: tuple[str, ...] = ()


_PHONES: Final = (
    "phone", "phone number", "phone no", "phone num", "phone nr", "mobile", "mobile phone", "mobile number", "mobile no",
    "mobile num", "mobile nr", "cell", "cell phone", "cell number", "cell no", "cellphone", "cellphone number", "cell num",
    "telephone", "telephone number", "telephone no", "tel", "tel no", "tel number", "wireless phone", "wireless", "sms",
    "sms phone", "sms number", "phone cell", "phone mobile", "phonenumber", "text number", "text phone", "msisdn", "handy",
    "handynummer", "mobilnummer", "telefon", "telefonnummer", "telefono", "celular", "movil", "portable",
    "mobiel", "telefoon", "telefone", "mob", "mob no", "mob number", "mob phone", "tel mob", "tel mobile", "tel mobil", "tel handy",
    "telefon mobil", "mobiltelefon", "mobil", "handy nr", "handynr", "handy nummer", "mobil nr", "mobilnr", "natel", "numero telephone",
    "numero portable", "numero mobile", "telephone portable", "telephone mobile", "tel portable", "gsm", "gsm nummer", "numero telefono",
    "telefono movil", "tel movil", "numero movil", "telefono celular", "numero celular", "telefone celular", "telefone movel", "telemovel",
    "numero telemovel", "numero telefone", "cellulare", "numero cellulare", "telefono cellulare", "mobiel nummer", "mobiele nummer",
    "mobile nummer", "mobiele telefoon", "telefoonnummer", "telefoon nummer", "phone mobile number", "mobile cell", "cell mobile", "mobile cell phone",
    "reminder phone", "reminder number",
)  # fmt: skip
_STARTS: Final = (
    "date", "time", "start", "start date", "start time", "start at", "starts at", "starts", "start datetime", "start date time",
    "start time date", "date time", "datetime", "time date", "date start", "time start", "day", "day time", "begin", "begin time",
    "begin date", "begins", "begins at", "beginning", "when", "slot time", "slot date", "local start", "start local",
    "date local", "time local", "date at", "time at", "date start time", "day date", "start day", "scheduled start",
    "scheduled start time", "scheduled start date", "scheduled start date time", "scheduled date time", "scheduled datetime",
    "starttime", "startdate", "startdatetime", "datum", "uhrzeit", "beginn", "fecha", "hora", "heure", "zeit", "tag", "data", "ora", "dag",
    "tijd", "jour", "dia", "horario", "giorno", "inicio", "debut", "anfang", "aanvang", "inizio", "date service", "service date", "begintijd", "starttijd", "startzeit", "startdatum",
    "startuhrzeit", "termindatum", "terminzeit", "terminuhrzeit", "terminbeginn", "datum uhrzeit", "datum zeit", "datum tijd", "date heure",
    "fecha hora", "data hora", "data ora", "fecha inicio", "hora inicio", "data inicio", "data inizio", "ora inizio", "date debut",
    "heure debut", "begin tijd", "start tijd", "start zeit", "start uhrzeit", "afspraakdatum", "afspraaktijd",
)  # fmt: skip
_NAMES: Final[Mapping[str, Form]] = {
    **dict.fromkeys(
        ("first", "first name", "firstname", "given name", "fname", "forename", "name first", "vorname", "first nm", "prenom", "voornaam", "primeiro nome"),
        Form(("firstName",)),
    ),
    **dict.fromkeys(
        ("last", "last name", "lastname", "surname", "family name", "lname", "name last", "nachname", "last nm", "nom famille",
         "familienname", "zuname", "achternaam", "apellido", "apellidos", "primer apellido", "sobrenome", "cognome"),
        Form(("lastName",)),
    ),
    **dict.fromkeys(("email", "email address", "emailaddress", "email addr", "mail", "mail address", "mail adresse", "courriel", "correo", "correo electronico",
         "email adresse", "emailadresse", "adresse email", "adresse mail", "mailadresse", "emailadres", "email adres", "endereco email",
         "indirizzo email"), Form(("emailAddress",))),
    **dict.fromkeys(("time zone", "timezone", "tz", "zone", "zeitzone", "zona horaria", "fuseau horaire", "fuso horario", "fuso orario",
         "tijdzone", "huso horario", "tzid", "tz id", "tz name", "time zone id", "timezone id", "time zone abbr", "timezone abbr",
         "time zone abbreviation", "timezone abbreviation", "start tz", "start time zone", "start timezone", "location time zone",
         "location timezone", "location tz"), Form(("subscriberTimeZone",))),
}  # fmt: skip
REMIND: Final = ("remindTimeOffset",)
_UNITS: Final[Mapping[str, DurationUnit]] = {
    **dict.fromkeys(("minutes", "mins", "min"), "minutes"),
    **dict.fromkeys(("hours", "hrs", "hr", "h"), "hours"),
    **dict.fromkeys(("days", "d"), "days"),
}
_REMINDERS: Final = (
    "reminder", "reminders", "remind", "remind me", "reminder time", "send reminder", "send reminder before", "send reminders",
    "reminder lead", "reminder timing", "reminder notice", "erinnerung", "erinnern", "terminerinnerung", "rappel", "rappel avant",
    "recordatorio", "recordatorio antes", "lembrete", "lembrete antes", "promemoria", "promemoria prima", "herinnering", "herinnering vooraf",
    *(f"{what} {unit}{before}" for what in ("reminder", "reminder lead", "remind", "send reminder") for unit in _UNITS for before in ("", " before")),
    *(f"{unit} before" for unit in _UNITS if len(unit) > 1),
)  # fmt: skip
_IDS: Final = (
    "id", "number", "no", "num", "nr", "ref", "reference", "guid", "uuid", "external id", "external number",
    "reference number", "ref no", "id number", "identifier", "nummer", "numero", "codigo", "codice",
)  # fmt: skip
_TYPES: Final = (
    "type", "type name", "type description", "type desc", "reason", "kind", "category", "title", "name", "tipo", "soort", "art", "motif", "motivo",
)  # fmt: skip
_TYPES_ALONE: Final = (
    "type", "service", "services", "service name", "service type", "services booked", "service booked", "treatment",
    "treatments", "treatment name", "service class", "service class event", "procedure", "procedure name", "procedures", "reason", "reason for", "title", "leistung",
    "behandlung", "servicio", "prestation", "prestations", "leistungen", "behandlungen", "behandeling", "servicios", "servico",
    "servicos", "servizio", "trattamento", "tratamiento", "tratamento", "soin", "soins", "dienst", "terminart", "motif", "motivo",
)  # fmt: skip

_FULL_NAMES: Final = (
    "kunde", "kundin", "klant", "klient", "klientin", "patientin", "patiente", "paciente", "cliente", "clienta", "paziente", "patienten",
    "nom complet", "nombre completo", "nome completo", "volledige naam", "nom prenom", "prenom nom", "nombre apellidos",
    "apellidos nombre", "nome cognome", "cognome nome", "nome sobrenome", "name vorname", "vorname name", "nachname vorname",
)  # fmt: skip
_NUMBERS_ALONE: Final = (
    "terminnummer", "terminnr", "terminid", "buchungsnummer", "reservierungsnummer", "afspraaknummer", "afspraaknr", "boekingsnummer",
    "reserveringsnummer",
)  # fmt: skip
_NUMBERS_PERHAPS: Final = (
    "csn", "confirmation number", "confirmation no", "confirmation num", "confirmation code", "booking code", "reservation code",
    "bestatigungsnummer", "buchungscode", "numero confirmation", "code confirmation", "code reservation", "numero confirmacion", "codigo confirmacion",
    "codigo reserva", "numero conferma", "codice prenotazione", "numero confirmacao", "bevestigingsnummer", "boekingscode", "reserveringscode",
)  # fmt: skip

CORES: Final[Mapping[str, Form]] = {
    **dict.fromkeys(_PHONES, Form(("phone",))),
    **dict.fromkeys(_STARTS, Form(START)),
    "scheduled date": Form(START, beside=("scheduled time",)),
    "scheduled time": Form(START, beside=("scheduled date",)),
    **_NAMES,
    **dict.fromkeys(_REMINDERS, Form(REMIND)),
    "contact": Form(("phone", "emailAddress"), rank=2),
    "contacts": Form(("phone", "emailAddress"), rank=2),
    **dict.fromkeys(_TYPES_ALONE, Form(TYPE, rank=2)),
    **dict.fromkeys(_FULL_NAMES, Form(("fullName",), rank=2)),
    # Half a name beside its other half.
    "name": Form(("lastName",), beside=("vorname", "first name", "first", "voornaam")),
    "nom": Form(("lastName",), beside=("prenom",)),
    "naam": Form(("lastName",), beside=("voornaam",)),
    "nombre": Form(("firstName",), beside=("apellido", "apellidos")),
    "nome": Form(("firstName",), beside=("sobrenome", "apelido", "cognome")),
    "apelido": Form(("lastName",), beside=("nome",)),
    **dict.fromkeys(_NUMBERS_ALONE, Form(NUMBER)),
    **dict.fromkeys(_NUMBERS_PERHAPS, Form(NUMBER, rank=2)),
}
# Only behind a word for the person, or for the visit.
_OF_PERSON: Final[Mapping[str, Form]] = {
    **dict.fromkeys(("name", "full name", "fullname", "nm", "nom", "nombre", "nome", "naam", "nom complet", "nombre completo",
                    "nome completo"), Form(("fullName",))),
    **dict.fromkeys(("", "number", "no", "num"), Form(("phone", "emailAddress"), rank=2)),
}  # fmt: skip
_OF_VISIT: Final[Mapping[str, Form]] = {
    **dict.fromkeys(_IDS, Form(NUMBER)),
    **dict.fromkeys(_TYPES, Form(TYPE)),
    "": Form(START, rank=2),
}
# "Patient number" is the patient's own; "Contact number" is a telephone.
_CONTACT: Final = frozenset({"contact", "contacts"})

AWAY: Final = listed(
    # other days
    "birth birthday born dob bday age created create creation booked book made entered added modified updated update changed change edited last "
    "previous prior next upcoming first end ends ending ended finish finished finishes stop until till to due expiry expires "
    "expiration expired sent delivered received printed registered registration signup joined submitted submission timestamp synced "
    "logged check imported exported seen arrived arrival checkin checkout checked completed cancelled canceled cancellation cancel rescheduled "
    "confirmed confirmation scheduled invoice payment paid billed billing deceased death admitted discharged discharge admission import "
    "recall reminder remind reminded followup follow renewal deadline anniversary enrolled onset injury accident order ordered issued "
    "since effective valid close closed closing open opened opening hired request requested received duration length minutes mins hours "
    "geburt geburtsdatum geburtstag erstellt angelegt geändert gebucht ende endzeit ablauf nacimiento creado creación creada fin reservado "
    "naissance créé création fin réservé geboortedatum geboorte aangemaakt einde geboekt nascimento criado criação fim "
    "erstelldatum buchungsdatum anlagedatum enddatum letzter letzte última ultimo último dernière dernier laatste cancelado cancelada anulado anulada actualizado modificado alta annulé annulée "
    "annulation modifié modification échéance facture paiement storniert abgesagt änderung rechnung bezahlt bis dauer durée duración duur durata "
    "duração atualizado vencimento pagamento nascita annullato creato modificato scadenza fine geannuleerd gewijzigd afgezegd betaald eind "
    "eindtijd "
    # other people and places
    "fax emergency backup alternate alternative alt secondary second other additional spouse parent mother father guardian guarantor kin "
    "caregiver carer relative partner doctor dr provider providers physician therapist staff employee office clinic pharmacy insurance "
    "insurer insured policy referring referral referrer referred pcp gp employer user owner agent host organizer organiser school attorney lawyer billing team "
    "responsible manager vendor company store practice hospital branch facility driver sender from by rep notfall arzt ärztin "
    "behandler behandlerin mitarbeiter mitarbeiterin médecin praticien praticienne urgence assurance médico doctora profesional profissional "
    "empleado empleada colaborador emergencia emergência seguro tutor tutora padre madre mutter vater ehepartner arbeitgeber versicherung "
    "hausarzt behandelaar medewerker huisarts verzekering noodgeval collaboratore urgenza emergenza "
    # other things
    "npi ssn mrn chart account acct invoice case claim member card tax license licence passport zip postal postcode state country city street "
    "address county region race sex gender language price cost fee total amount balance deposit tip currency rating score url link ip room "
    "status note notes comment comments utm campaign source id ids guid uuid code sku count"
)
# German and Dutch put words together: Notfallkontakt, Geburtsort, Rechnungsdatum.
_AWAY_BEGINS: Final = tuple(
    listed("notfall noodgeval noodcontact geburts geboorte rechnung factuur eltern ouder haus huis")
)
LANDLINE: Final = listed(
    "home work business landline land day daytime evening night hm wk ph2 house festnetz privat domicile casa trabajo travail fixe fijo fixo "
    "fisso vast vaste hogar maison bureau oficina büro geschäftlich dienstlich thuis werk residencial trabalho lavoro"
)
_USUAL: Final = frozenset({"main", "primary", "preferred"})
_LIKED: Final = frozenset({"preferred"})
_DAYS: Final = listed("date time datetime day at on")
MADE: Final = listed("booking bookings reservation sched schedule agendamento marcação")
_BEGINS: Final = listed("start starts starttime startdate startdatetime begin begins beginning beginn when slot")


@lru_cache(maxsize=4096)
def words_of_heading(heading: str) -> tuple[str, ...]:
    """Return the words of a heading, in lower case: ``PatPhone1`` is pat, phone, 1; a heading too long has none."""
    if len(heading) > LONGEST:
        return ()
    for mark, spoken in _SPOKEN:
        heading = heading.replace(mark, spoken)
    return tuple(folded_word(word) for word in _WORD.findall(heading))


def unit_in(heading: str) -> DurationUnit | None:
    """Return the unit of time that a heading names anywhere, as in ``Hours before the visit``."""
    return next((_UNITS[word] for word in words_of_heading(heading) if word in _UNITS), None)


@lru_cache(maxsize=4096)
def form_of(heading: str) -> Form | None:
    """Return what the words of a heading may stand for, None where they are no known form."""
    # "Tél. mobile" is abbreviated; "patient.phone" has a prefix.
    before, dot, last = heading.replace(". ", " ").rstrip(" .").rpartition(".")
    whole = _words(heading)
    if not dot:
        return _form(whole)
    around = _words(before)
    if set(around) <= PERSON | VISIT | _AROUND:
        kept = [word for word in around if word in PERSON | VISIT | _LIKED]
        return _form([*kept, *_words(last)])
    return None


def _words(heading: str) -> list[str]:
    found = [word for word in words_of_heading(heading) if word not in _JOINING or word in _EASTERN]
    if len(found) > 2:
        found = [found[0], *(word for word in found[1:-1] if word not in _EASTERN), found[-1]]
    return found[:-1] if len(found) > 1 and found[-1] in {"1", "01"} else found


def _form(words: list[str]) -> Form | None:
    if " ".join(words) in CORES:
        return CORES[" ".join(words)]
    core = " ".join(word for word in words if word not in PERSON and word not in VISIT and word not in _USUAL)
    if core == "name" and not _LIKED.isdisjoint(words):
        return None  # what somebody is called: beside "First name", neither the last name nor the whole name
    of_person, of_visit = not PERSON.isdisjoint(words), not VISIT.isdisjoint(words)
    if of_visit and not of_person:
        return _of_visit(core, words)
    if of_person and not of_visit and core in _OF_PERSON:
        found = _OF_PERSON[core]
        return found if found.rank == 1 or not _CONTACT.isdisjoint(words) else None
    found_core = CORES.get(core)
    if found_core is None or not of_person:
        return found_core
    # "Patient date" and "Client type" are about the person.
    return found_core if found_core.fields not in {START, TYPE} else None


def _of_visit(core: str, words: list[str]) -> Form | None:
    found = _OF_VISIT.get(core) or CORES.get(core)
    if found is None or found.fields[0] in {"firstName", "lastName"}:
        return None
    is_of_making = VISIT.isdisjoint(set(words) - MADE)
    # The day of a booking is that of the visit, or that on which it was made.
    return None if is_of_making and found.fields == START and not _BEGINS & set(words) else found


def leads_away(heading: str) -> bool:
    """Whether a word of the heading says that it is another person's, another day, or something else altogether."""
    found = words_of_heading(heading)
    if any(word.isdigit() and word not in {"1", "01"} for word in found):
        return True
    if not AWAY.isdisjoint(found) or not LANDLINE.isdisjoint(found) or any(map(_begins_away, found)):
        return True
    return not MADE.isdisjoint(found) and _BEGINS.isdisjoint(found) and not _DAYS.isdisjoint(found)


def _begins_away(word: str) -> bool:
    return word.startswith(_AWAY_BEGINS)


def is_landline(heading: str) -> bool:
    """Whether the heading says of its phone that it stands at home or at work, and nothing else of it."""
    found = words_of_heading(heading)
    return not LANDLINE.isdisjoint(found) and AWAY.isdisjoint(found)


_DEADLINES: Final = listed("cancel-by cancel-before cancel-until hold-time stornieren-bis")


def is_deadline(words: Iterable[str]) -> bool:
    """Whether a heading asks until when something may be done: Cancel by, Hold time."""
    return any("-".join(pair) in _DEADLINES for pair in itertools.pairwise(words))


def table_prefix(heading: str) -> tuple[str, str]:
    """Return (prefix, rest) of ``pc_eventDate``, ("", heading) where nothing stands before a first mark."""
    found = _PREFIX.match(heading)
    return (found[1].lower(), heading[found.end() :]) if found else ("", heading)


LONGEST_WORD: Final = 40
_TABLES: Final = tuple(
    table
    for module in (status_words, heading_words)
    for name, table in vars(module).items()
    if name.isupper() and name not in {"CODES", "SAYINGS", "SPOKEN", "ASKED"} and not name.startswith("_")
)


@remembering_cells(4096)
def taken_apart(word: str) -> tuple[str, ...]:
    """Return the known words of which a word is written, itself if it is known or made of others."""
    if word in _known() or not 4 < len(word) <= LONGEST_WORD or not word.isascii():
        return (word,)
    # best[i]: the fewest known words that make up the first i letters.
    best: list[tuple[str, ...] | None] = [(), *([None] * len(word))]
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 16), end - 1):
            before, piece = best[start], word[start:end]
            if before is not None and piece in _joinable():
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = (*before, piece)
    return best[-1] or (word,)


@cache
def _known() -> frozenset[str]:
    return words_of(*_TABLES)


@cache
def _joinable() -> frozenset[str]:
    """Return the words that people write together with others: not so short that they stand in any word."""
    short = {"by", "no", "is", "ok", "to", "on", "at", "in", "do", "of", "dt", "ts"}
    # These stand within ordinary words: notice, island, sundries.
    never = listed("tot rip held die des ist son art mal par per pas ort non fin est age")
    english = words_of(*({"en": table.get("en", "")} for table in _TABLES))
    long = {word for word in english if len(word) > 2} | {word for word in _known() if len(word) > 4}
    return frozenset((long | short) - never)


# Misspelt, but certain: cancelled, cancld, canceledd, canseled.
CALLED_OFF = re.compile(r"(?:canc[ae]?ll?|cansel|cancle|cnacel|canecl|canclel)[a-z]*")
_NOT_CALLED_OFF: Final = frozenset(
    {"cancelable", "cancellable", "cancellous", "uncancelled", "canceller", "cancelo", "cancela", "stornier"}
)


def _misspelt() -> Iterator[str]:
    """Yield words with one letter too many, too few, another or in another place: caneled, camcelled, stornirt."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for right in listed("cancelled canceled cancelado cancelada storniert annullato annullata annulliert"):
        for at in range(len(right)):
            before, after = right[:at], right[at:]
            yield before + after[1:]
            yield before + after[1:2] + after[:1] + after[2:]
            yield from (before + letter + rest for letter in letters for rest in (after, after[1:]))


MISSPELT: Final = frozenset(_misspelt())


def is_called_off(word: str) -> bool:
    """Whether a word is a spelling of cancelled, right or wrong, that the tables do not list."""
    return word not in _NOT_CALLED_OFF and (word in MISSPELT or CALLED_OFF.fullmatch(word) is not None)


# The answers that a heading offers, wherever they stand: Attended Y/N, (yes/no), ja/nein.
_YES_OR_NO: Final = re.compile(
    r"(?<![^\W_])(?:y(?:es)?(?: ?[/|] ?| or )no?|true ?/ ?false|t ?/ ?f|no? ?/ ?y(?:es)?|[01] ?(?:/ ?[01]|= ?(?:yes|no|true|false|y|n))|ja ?/ ?ne(?:in|e)|j ?/ ?n|oui ?/ ?non|o ?/ ?n|s(?:i|í|ì|im)? ?/ ?n(?:o|ão|ao)?)(?![^\W_])",
    re.IGNORECASE,
)
# German and Dutch put words together: Kontaktart, Erinnerungsweg, herinneringswijze.
_COMPOUND: Final = re.compile(
    r"\b(kontakt|erinnerung|benachrichtigung|contact|herinnering|bericht|sms)s?(art|weg|kanal|kanaal|methode|wijze|pr(?:ä|ae)ferenz|voorkeur|sperre|verbot)\b",
    re.IGNORECASE,
)


def without_answers(heading: str) -> str:
    """Return a heading without the answers that it offers, and with its compounds taken apart."""
    return _COMPOUND.sub(r"\1 \2", _YES_OR_NO.sub(" ", heading))
