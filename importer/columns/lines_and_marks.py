"""
What lines and marks say: that visits are off, or that people may not be texted.

A line stands alone in its row, above the headings, or is the name of a sheet or a file, and speaks of the rows below it. A mark
stands beside a person's name, or before or behind the title of an event: "Ana Lee (deceased)", "Declined: Kim".
"""

from __future__ import annotations

import itertools
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from importer.columns.cell_meaning import SAID, Heeded, heeded
from importer.columns.consent_phrases import is_refusal
from importer.columns.heading_meaning import Asks
from importer.columns.status_phrases import Said, is_given_up_word, is_off_word, looked_at, phrase, read
from schemas import heading_words as heads
from schemas import status_words as words
from schemas.calendar_words import MONTH_WORDS
from schemas.status_words import folded_word, listed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.columns.status_phrases import Text, Words


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


# What sets a mark apart from a name. A dash, a stroke or a line below does so only beside a blank: Kim-Cancel is a name.
_EDGE: Final = re.compile(r"[;:|()\[\]{}<>*#~!\n\r\t]+|(?<![^\W_])[-\u2010-\u2015_/]+|[-\u2010-\u2015_/]+(?![^\W_])")
CROSSES: Final = "✗✘❌☒✕✖🚫⛔❎⨯⊘🗙☓"
GRAVES: Final = "†✝✞☠⚰🪦"
SPELLED_OF_THE_DEAD: Final = ("r.i.p", "r. i. p", "q.e.p.d", "q. e. p. d")
_LISTED: Final = words_of(words.CALLED_OFF, words.CALLING_OFF, words.NO_SHOW, words.DECEASED)
# Words of the tables that are surnames, too: without an edge they are read as such.
_SURNAMES: Final = listed(
    "lapin morto morta morte defunt difunto difunta cancel cancela cancelo storno disdici storn faltou planton falto faltoso finado finada obito"
)
_ENDINGS_OF_CALLED_OFF: Final = ("d", "do", "da", "dos", "das", "to", "ta", "ti", "te", "tion", "ion")
_PERHAPS_A_SURNAME: Final = listed(
    "stop hold void moved dead off held block broke rip quit baja lost miss perdido perdida ill"
)
# The same of words that stand in capitals, as Prénom NOM; with an edge, or beside two names, they are marks.
_SURNAMES_IN_CAPITALS: Final = listed(
    "absent absente absenti ausente ausfall falta death muerto muerta storno tot perdu perdus manque loupe refus "
    "retire retirado retirada rinuncia saltato assente annulli broken cross crossed krank dood ziek malade malato lapine frei sick gone abort bump "
    "anular libre libero libera difunti defunti finati decesso verzet vergessen abges delayed pushed rinvio verlegen excuse desiste error"
)
_PARTICLES: Final = listed(
    "da das de del della dem den der des di do dos du el in la le les lo los of san santa st ten ter van vom von y zu"
)
# Of these, what stands in capitals behind two names is rather a mark.
_RATHER_A_MARK: Final = listed(
    "stop hold void moved dead off cancel cancela storno ausfall absent absente ausente falta death muerto muerta"
)
# Of these, what is rather an order at an end of a title: CANCEL Jon, STORNO Meier.
_ORDERS: Final = listed("cancel storno ausfall")
_PERSONS_TITLES: Final = listed("dr dra doctor doctora mr mrs ms miss herr frau prof sr sra mme m med")
_ABBREVIATED: Final = listed("cxl cxld cxled cxd cnx cnxd cncl cncld canx canxd xcld lcx lcxl dnka ncns dnc dnt")
_OFF_AT_AN_EDGE: Final = listed(
    "x xx xxx ns nsx dns cx lc nc removed dropped scratched struck xed crossed released freed eliminado eliminada supprimé supprimée "
    "gelöscht gecancelt gecancelled ausfall verfallen verwijderd vervallen removido removida excluído excluída rimosso rimossa eliminata"
) - {"nc", "lc"}
_DEAD_AT_AN_EDGE: Final = listed(
    "rip dead dcd expired death qepd verst verstorb ovl muerto muerta murió finado finada mort morte tot dood sterf"
)
# May be initials as well, unless written with a stroke: N/S.
_INITIALS: Final = listed("ns cx rs dns")
_NICKNAMES: Final = frozenset({"Rip", "Mort", "Tot"})
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
TELLING_BESIDE_NAMES: Final = (
    _ABBREVIATED
    | _OFF_AT_AN_EDGE
    | _DEAD_AT_AN_EDGE
    | _INITIALS
    | _WRONG
    | frozenset(word for slot in _SLOTS for word in slot.split()) - {"do", "not", "of", "out", "off", "office", "time"}
)
_FIRST_OR_LAST: Final = re.compile(r"[^\s,]+")
_BEFORE_A_COMMA: Final = re.compile(r"[^,]*,(?=[^,]*\w)")
# A second name or the gender, and no cross: Lee, Ana (X); Lee, Ana, X.
_LETTER_IN_BRACKETS: Final = re.compile(r"(?<=\w)[^\S\n]?[(\[{]X\.?[)\]}]")


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
    plain = _LETTER_IN_BRACKETS.sub(" ", typed)
    marks = [part for part in _EDGE.split(plain) if part.strip()]
    if typed.count(",") > 1:
        marks += [part for part in typed.split(",")[2:] if part.strip(" .").casefold() != "x"]
    perhaps = None
    if len(marks) > 1 or _EDGE.search(typed.strip()):
        for found in map(_mark, marks):
            if found not in {None, Heeded.PERHAPS_OFF}:
                return found
            perhaps = perhaps or found
    beside = [read(part) for part in marks if not _mark(part)] if perhaps else [text]
    for part in beside:
        if part.words and (found := _without_edge(part)):
            return found
    instead = _instead_of_a_name(text) if field == "fullName" else None
    return perhaps or instead or _in_capitals(field, plain)


def _sign(typed: str) -> Heeded | None:
    """Return what a cross or a dagger says; a dagger behind a letter is another letter, garbled."""
    if typed.isascii():
        plain = typed.casefold()
        return Heeded.DEAD if any(spelled in plain for spelled in SPELLED_OF_THE_DEAD) else None
    bare = typed.strip()
    if any(mark in typed for mark in CROSSES) or bare.startswith("×") or bare.endswith("×"):
        return Heeded.OFF
    before = {typed[at - 1 : at] if at else "" for at, mark in enumerate(typed) if mark in GRAVES}
    if any(not mark.isalpha() for mark in before):
        return Heeded.DEAD
    plain = typed.casefold()
    return Heeded.DEAD if any(spelled in plain for spelled in SPELLED_OF_THE_DEAD) else None


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
        return Heeded.PERHAPS_OFF if part.strip() in _NICKNAMES else Heeded.DEAD
    if len(flat) == 1 and flat[0] in _INITIALS and "/" not in part:
        return Heeded.PERHAPS_OFF
    if flat[0] in _OFF_AT_AN_EDGE and all(word.isdigit() for word in flat[1:]):
        return Heeded.OFF
    told = phrase(text)
    if told.said is Said.MOVED and not _FROM.isdisjoint(flat):
        return None  # It is the visit's new time.
    if told.said not in SAID or not (told.whole or (told.certain and not _are_surnames(text))):
        return None
    if told.said is Said.GIVEN_UP and told.of_a_status and flat != ("refuse",):
        return Heeded.PERHAPS_OFF if min(map(len, flat)) > 2 else None
    return SAID[told.said]


_FROM: Final = listed("from von vom de del du da dal van desde depuis vanaf")
# Said of a thing that an event is about: Crown (broken), Prescription (expired).
_OF_THINGS: Final = listed(
    "broken broke brk missed miss absent absente ausente dead expired removed dropped scratched struck crossed released freed mort morte muerto muerta tot"
)
_FILMS: Final = frozenset({"ray", "rays"})


def mark_of_title(typed: str) -> Heeded | None:
    """Return what a mark before or behind an event's title says: "Declined: Kim", "HOLD - Flo", "❌ Ian", "Cat Roe NO SHOW"."""
    typed = looked_at(typed).replace("\ufe0f", "").strip()
    flat = read(typed).words
    if not typed or typed[0] in CROSSES or typed[-1] in CROSSES:
        return Heeded.OFF if typed else None
    if len(flat) > 1 and flat[0] in {"x", "xx", "xxx"} and flat[1] not in _FILMS:
        return Heeded.OFF
    parts = [part for part in _EDGE.split(typed) if part.strip()]
    if len(parts) > 1 or _EDGE.search(typed):
        for part in (parts[0], parts[-1]) if parts else ():
            found = _mark(part) if _OF_THINGS.isdisjoint(read(part).words) else None
            if found not in {None, Heeded.PERHAPS_OFF}:
                return found
    if len(flat) > 1 and _ABBREVIATED & {flat[0], flat[-1]}:
        return Heeded.REFUSED if {"dnc", "dnt"} & {flat[0], flat[-1]} else Heeded.OFF
    found = _in_capitals(_TITLE, typed) if flat and _OF_THINGS.isdisjoint(flat) else None
    return None if found is Heeded.PERHAPS_OFF else found


_TITLE: Final = "title"


def mark_of_comment(text: str) -> Heeded | None:
    """Return what a comment at a cell says, in few words a problem, in a sentence a warning."""
    said = read(text)
    few = len(said.words) < _FEWEST_OF_A_SENTENCE or phrase(said).whole
    if said.words == ("x",):
        return None
    return (_mark(looked_at(text)) if few or is_refusal(said) else None) or heeded(Asks.NOTES, text)


_FEWEST_OF_A_SENTENCE: Final = 4


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
    return SAID[told.said] if told.certain or (told.whole and told.length > 1) else None


def _instead_of_a_name(text: Text) -> Heeded | None:
    """Return what stands in place of a full name: Do not book, Lunch, Moved."""
    flat = text.words
    if not _PERSONS_TITLES.isdisjoint(flat):
        return None
    if " ".join(flat) in _SLOTS:
        return Heeded.REFUSED if flat == ("stop",) else Heeded.OFF
    told = phrase(text)
    if told.said not in SAID or not told.whole or told.of_a_status:
        return None
    return SAID[told.said] if told.length > 1 or flat[0] not in _PERHAPS_A_SURNAME else None


def _in_capitals(field: str, typed: str) -> Heeded | None:
    """Return what words in capitals say at an end of a name that is not written so: Ana Lee NO SHOW, VOID Ana Lee."""
    found = _FIRST_OR_LAST.findall(typed)
    in_capitals = [word.isupper() and len(word) > 1 for word in found]
    if all(in_capitals):
        return _of_capitals_alone(field, found)
    ahead, behind = in_capitals.index(False), in_capitals[::-1].index(False)
    surname = _BEFORE_A_COMMA.match(typed)
    before = len(_FIRST_OR_LAST.findall(surname.group())) if surname else 0
    return (
        _of_capitals(field, found[:ahead], len(found), first=True, surname=ahead > 0 and ahead == before)
    ) or _of_capitals(field, found[len(found) - behind :] if behind else [], len(found), first=False)


def _of_capitals(field: str, some: Sequence[str], among: int, *, first: bool, surname: bool = False) -> Heeded | None:
    """
    Return what words in capitals say at an end of a name of so many words. Many write surnames in capitals: Anna HELD.

    ``surname``: a comma stands behind them.
    """
    mark = _mark(" ".join(some)) if max(map(len, some), default=0) > 3 or list(some) in (["RIP"], ["TOT"]) else None
    flat = [word for word in map(folded_of, some) if word not in _PARTICLES]
    if mark is None or len(flat) != 1 or flat[0] not in _MAY_BE_SURNAMES:
        return mark
    if field == _TITLE and flat[0] in _ORDERS:
        return mark
    if flat == ["rip"]:
        return mark if first and not surname else None
    if surname or flat[0] not in _RATHER_A_MARK:
        return None
    return mark if among - len(some) > 1 else Heeded.PERHAPS_OFF


_MAY_BE_SURNAMES: Final = _SURNAMES | _PERHAPS_A_SURNAME | _SURNAMES_IN_CAPITALS | frozenset({"mort", "morte", "rip"})


def _of_capitals_alone(field: str, found: Sequence[str]) -> Heeded | None:
    """Return what one word in capitals says in place of a first or a last name."""
    return Heeded.REFUSED if field != "fullName" and list(found) == ["STOP"] else None


def folded_of(word: str) -> str:
    """Return a word as the tables write it."""
    return "".join(read(word).words)
