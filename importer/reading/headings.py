"""
Which row holds the headings, and which rows are surely no appointments: totals, printed lines and footers of a report.

``Total``, ``Grand total: 41``, ``41 appointments``, ``Anzahl Termine: 12``, ``*** End of report ***``, ``Page 2 of 3``,
``Imprimé le 4/3/2027``, ``Confidential, do not distribute``, ``-----``, Ctrl-Z. They are left out, and said in a note; a
patient named Sum has a name, a phone and a date beside hers. A sentence that nobody foresaw is left out only where it
stands alone behind a blank row or another such line. Any other lone text stays a row with one problem, and so does each
line that says that visits are off: the rows below may be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from importer.columns.consent_phrases import is_perhaps_refusal, is_refusal, negated
from importer.columns.heading_forms import is_called_off
from importer.columns.lines_and_marks import code_of_line, code_of_sentence, stands
from importer.columns.status_phrases import LONGEST, Said, phrase, read
from importer.columns.visit_words import is_colour_legend
from schemas.fields import METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from collections.abc import Sequence


ROWS_LOOKED_AT = 20


@cache
def _known() -> frozenset[str]:
    return frozenset(alias_table())


def known_headings(cells: Sequence[str]) -> int:
    """Return how many of the cells are headings that any sheet may use."""
    return sum(folded(cell) in _known() or cell.strip().casefold().startswith(METADATA_PREFIX) for cell in cells)


def heading_position(rows: Sequence[Sequence[str]], scores: Sequence[int]) -> int:
    """
    Return the position of the heading row among the first rows that hold anything, given their scores.

    A title row above the headings scores 0 or 1. A later row takes its place with at least two known headings
    and at least two more than any row above it, so that a row of data is never taken for headings by chance. A text that
    stands alone and is no known heading is no heading row if a row of several cells follows: perhaps only the profile
    knows its headings.
    """
    best = 0
    for position, score in enumerate(scores):
        if score >= 2 and score >= scores[best] + 2:
            best = position
    if scores[best] == 0 and _filled(rows[best]) == 1:
        return next((place for place, row in enumerate(rows) if _filled(row) >= _FEWEST_HEADINGS), best)
    return best


_FEWEST_HEADINGS: Final = 3


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell and not cell.isspace()) for cell in row)


_WHAT: Final = (
    r"(?:appointments?|bookings?|visits?|patients?|clients?|customers?|guests?|rows?|records?|entries|items?|lines?|results?"
    r"|termine|besuche|patienten|kunden|einträge|datensätze|zeilen|citas|visitas|pacientes|clientes|registros|filas"
    r"|rendez-vous|rdv|visites|lignes|enregistrements|entrées|appuntamenti|visite|pazienti|clienti|righe"
    r"|consultas|agendamentos|marcações|linhas|afspraken|bezoeken|patiënten|klanten|rijen|regels)"
)
_OF: Final = r"(?:of(?: the)?|der|von|de(?: (?:los|las))?|d[eo]s|des|di|d[eo]gli|van|del)"
_NUMBER: Final = r"[\s:=#\d.,]{0,40}"
_WHOSE: Final = r"(?:grand|sub|overall|report|page|daily|weekly|monthly|day|week|month|provider|doctor|location|clinic|department|gran)"
_ADDED: Final = (
    r"(?:gesamt(?:summe|zahl|anzahl)?|zwischensumme|summe|anzahl|insgesamt|total(?:e|es|i)? (?:général|general|geral|generale)"
    r"|sous[ -]?total|suma|subtotal(?:es)?|totale|totaal|subtotaal|aantal|nombre|n[uú]mero|cantidad|quantidade"
    r"|summa|sammanlagt|totalt|i alt|yhteensä|razem|łącznie|celkem|összesen|toplam|итого|всего|合計|合计|总计|總計|합계)"
)


@cache  # compiled where a line is seen: every command would wait for it
def _total() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{_WHOSE}[ -]?)?totals?(?: (?:{_OF} )?(?:number of )?{_WHAT})?{_NUMBER}"
        rf"|(?:row |record |{_WHAT} )?(?:sum|count|average|avg){_NUMBER}"
        rf"|(?:total )?(?:number|count|sum) of {_WHAT}{_NUMBER}"
        rf"|{_WHAT} ?(?:total|count)?[:=] ?[\d.,]{{1,20}}"
        rf"|{_ADDED}(?: (?:{_OF} )?{_WHAT})?{_NUMBER}",
        re.IGNORECASE,
    )


_COUNTED: Final = r"(?:in total|in all|total|affected|selected|found|returned|exported|printed|listed|read|shown|insgesamt|gesamt|en total|au total)"
_PRINTED: Final = (
    r"(?:printed|generated|created|exported|produced|prepared|retrieved|updated|run|powered|print date|run date|run time|as of"
    r"|gedruckt|ausgedruckt|erstellt|erzeugt|exportiert|imprimée?|éditée?|générée?|créée?|exportée?|extraite?"
    r"|impreso|generado|creado|exportado|stampato|generato|creato|esportato|impresso|gerado|criado"
    r"|afgedrukt|gemaakt|geëxporteerd|wydrukowano|utskriven|udskrevet|vytištěno|распечатано|напечатано)"
)
_BY: Final = (
    r"(?:[:：]| on\b| at\b| by\b| from\b| for\b| with\b| am\b| um\b| von\b| mit\b| le\b| par\b| à\b| avec\b| el\b| por\b| con\b| il\b| da\b"
    r"| em\b| op\b| door\b| dnia\b| den\b| \d)"
)


@cache  # compiled where a line is seen: every command would wait for it
def _line() -> re.Pattern[str]:
    return re.compile(
        rf"[\d,.]{{1,12}} (?:total )?{_WHAT}(?: {_COUNTED})?"
        r"|end(?: of (?:the )?[\w -]{1,40})?|eof|[\w -]{0,30}report (?:ends?|ended|complete|completed)|no more [\w -]{1,30}"
        r"|(?:ende|fin|fine|fim|einde|koniec|konec|slut|конец)(?: (?:der|des|du|de la|de|del|della|do|da|van|van het|på))?"
        r" (?:berichts?|liste|datei|auswertung|rapport|fichier|informe|lista|archivo|reporte|listado|report|elenco|relatório|arquivo"
        r"|lijst|bestand|raportu|listy|sestavy|rapporten|listan|отчета|отчёта|списка)"
        r"|(?:page|seite|blatt|página|pagina|pág\.|pag\.|p\.|side|sida|strona|strana|sayfa|стр\.|страница|ページ) ?\d+"
        r"(?: ?(?:of|von|de|di|du|sur|van|av|af|z|ze|из|/) ?\d+)?"
        r"|第 ?\d+ ?[页頁ページ]{1,3}|共 ?\d+ ?\w{1,3}|(?:continued|see) on (?:the )?next page"
        rf"|(?:(?:report|data|date|time|file|list|page|last|liste|bericht|rapport|informe|relatório) )?{_PRINTED} ?{_BY}.{{0,200}}"
        r"|(?:grand |sub-?)?totals?\b[^@]{0,80}|(?:copyright|©|\(c\)) .{0,120}"
        r"|(?:report|print|data|list) (?:date|time|id|name|title|criteria|parameters|period|range|filters?) ?[:#].{0,200}"
        r"|(?:filters?|filters? applied|filtered by|date range|sorted by|sort order|grouped by|user|legend|key|disclaimer|confidentiality notice)"
        r" ?(?::|=| by ).{0,200}|sorted by [\w ,-]{1,80}"
        r"|(?:showing|displaying|records?|rows?|entries|results?):? [\d,.]{1,12} ?(?:-|–|to|of|/) ?[\d,.]{1,12}(?: ?(?:of|/) ?[\d,.]{1,12})?(?: \w{1,20})?"
        r"|[\d,.]{1,12} ?(?:-|–|to) ?[\d,.]{1,12} of [\d,.]{1,12}(?: \w{1,20})?"
        rf"|{_WHAT} (?:from|between) [\d/.-]{{6,12}} (?:to|and|until) [\d/.-]{{6,12}}"
        r"|(?:https?://|www\.)[^\s@]{1,200}|version ?\d+(?:\.\d+){0,4}|(?:for )?internal use(?: only)?|thank you|stand:? ?[\d./: -]{4,30}",
        re.IGNORECASE | re.DOTALL,
    )


@cache  # compiled where a line is seen: every command would wait for it
def _disclaimer() -> re.Pattern[str]:
    return re.compile(
        r"confidential|all rights reserved|do not (?:distribute|copy|share)|unauthori[sz]ed|protected health information|\bhipaa\b"
        r"|vertraulich|confidentiel|confidencial|riservat[oa]|vertrouwelijk|poufne|konfidentiell|fortrolig|alle rechte vorbehalten"
        r"|tous droits réservés|todos los derechos|tutti i diritti|конфиденциально",
        re.IGNORECASE,
    )


# What people draw around a line of a report, and what marks the end of a file or of a page.
_DRAWN: Final = "*=-–—_#~·.:;|<>[]() \t\xa0\x00\x0c\x1a\ufeff"  # dashes as they are printed
# No phone is as short, whatever the country: eight digits and more may be one.
_AMOUNT: Final = re.compile(r"[-+$€£]?\s?\d{1,3}(?:[,. ]?\d{3})?(?:[.,]\d{1,2})?\s?%?")
_LONGEST: Final = 240
_LONGEST_SENTENCE: Final = 4_000
_WORD: Final = re.compile(r"[^\W\d_]+")
_WORDS_OF_A_SENTENCE: Final = 5
_WORDS_OF_A_LINE: Final = 2
_NARROWEST: Final = 4
_WORDS_AT_A_TIME: Final = 8
_DIGITS_OF_A_PHONE: Final = 7
_OFF: Final = frozenset({Said.OFF, Said.DEAD, Said.GIVEN_UP})
MOST_NAMED: Final = 10
RULES: Final = ("--", "==", "__", "**")
"""With what a rule begins that is drawn through a whole row."""


def is_total(cells: Sequence[str]) -> bool:
    """
    Return whether a row sums up or frames others instead of naming an appointment.

    Its first filled cell says so and nothing else, the others hold amounts, and at least half of the row is blank.
    Rules and marks of the end of a file have nothing but those in all their cells.
    """
    filled = [cell for cell in cells if cell and not cell.isspace()]
    if not filled or max(map(len, filled)) > _LONGEST:
        return len(filled) == 1 < len(cells) and _is_disclaimer(filled[0])
    words = [cell.strip(_DRAWN) for cell in filled]
    if not any(words):  # nothing but what is drawn
        return (
            len(filled) > 1
            or not filled[0].strip()
            or len(filled[0].strip()) > 1
            or filled[0].strip() in "\x00\x0c\x1a"
        )
    if len(filled) * 2 > len(cells) and len(cells) > 1:
        return False
    if len(filled) == 1:
        return _total().fullmatch(words[0]) is not None or _is_line(words[0]) or _is_disclaimer(words[0])
    return _total().fullmatch(words[0]) is not None and all(map(_is_amount, filled[1:]))


def is_perhaps_total(cells: Sequence[str]) -> bool:
    """Return whether a row begins like a total that no patient is named like, and holds more than amounts."""
    filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
    if len(filled) < 2 or len(filled) * 2 > len(cells) or len(filled[0]) > _LONGEST:
        return False
    word = filled[0].strip(_DRAWN)
    return (" " in word or word != filled[0]) and _total().fullmatch(word) is not None and not is_total(cells)


def lone_line(cells: Sequence[str]) -> str | None:
    """Return the words that stand alone in a row of a sheet of several columns; None where they may be an id or a phone."""
    filled = [cell for cell in cells if cell and not cell.isspace()]
    if len(filled) != 1 or len(cells) < _NARROWEST or "@" in filled[0]:
        return None
    text = filled[0]
    words = [word for word in text[:_LONGEST_SENTENCE].split() if len(word) > 1 and any(map(str.isalpha, word))]
    # One word may be a name or a number, unless it is a heading of visits that are off, or that stand.
    few = len(words) < _WORDS_OF_A_LINE and not (code_of_line(text) or stands(read(text).words))
    if few or sum(map(str.isdigit, text)) >= _DIGITS_OF_A_PHONE:
        return None
    return text.strip()


def is_sentence(text: str) -> bool:
    """Return whether a lone text speaks in a sentence, as no name does, and of nothing that would call visits off."""
    words = _WORD.findall(text[:_LONGEST_SENTENCE])
    speaks = any(len(word) > 3 and word.islower() for word in words)
    return len(words) >= _WORDS_OF_A_SENTENCE and speaks and not _calls_off(text)


def _is_line(words: str) -> bool:
    return _line().fullmatch(words) is not None and not _calls_off(words)


def _is_disclaimer(cell: str) -> bool:
    return len(cell) <= _LONGEST_SENTENCE and _disclaimer().search(cell) is not None and not _calls_off(cell)


def _without_denied(words: list[str]) -> list[str]:
    """Return the words of a sentence without those that say that somebody did not opt out: who have not opted out."""
    flat = tuple(word.strip(_DRAWN + ",!?").casefold() for word in words)
    return [
        word
        for at, word in enumerate(words)
        if not (
            negated(flat, at) and (flat[at] in _OPTED_OUT or flat[at : at + 2] in {("opted", "out"), ("opt", "out")})
        )
    ]


_OPTED_OUT: Final = frozenset({"opted-out", "unsubscribed", "unsubscribe", "désabonnés", "désabonné", "abgemeldet"})


def _calls_off(text: str) -> bool:
    """Return whether any part of a text may say that visits are off, or that people may not be texted."""
    if code_of_sentence(text) or is_colour_legend(read(text)):
        return True
    words = _without_denied(text.split())
    for at in range(0, len(words), _WORDS_AT_A_TIME // 2):
        part = read(" ".join(words[at : at + _WORDS_AT_A_TIME]))
        if (
            phrase(part).said in _OFF
            or is_refusal(part)
            or is_perhaps_refusal(part)
            or any(map(is_called_off, part.words))
        ):
            return True
    return any(len(word) > LONGEST for word in words)


def _is_amount(cell: str) -> bool:
    """Return whether a cell holds a number that is no phone's, or says total once more."""
    word = cell.strip()
    return _AMOUNT.fullmatch(word) is not None or _total().fullmatch(word) is not None


@dataclass(slots=True)
class LeftOut:
    """The rows that were left out because they are no appointments, by their numbers."""

    totals: list[int] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)

    def notes(self) -> tuple[str, ...]:
        """Return the sentences that tell of them; none where nothing was left out."""
        notes = []
        if self.totals:
            notes.append(f"{_rows(self.totals)} left out: totals or lines of a report, no appointments.")
        if self.headings:
            notes.append(f"{_rows(self.headings)} left out: the headings again.")
        return tuple(notes)


def _rows(numbers: list[int]) -> str:
    named = ", ".join(map(str, numbers[:MOST_NAMED])) + (", …" if len(numbers) > MOST_NAMED else "")
    return f"Row {named} was" if len(numbers) == 1 else f"{len(numbers):,} rows ({named}) were"


def is_heading_again(row: Sequence[str], headings: Sequence[str]) -> bool:
    """Return whether a row says what the headings say, in each of its cells and at least two of them."""
    cells = [cell.strip() for cell in row]
    if len(list(filter(None, cells))) < 2:
        return False
    wanted = [heading.casefold() for heading in headings]
    return [cell.casefold() for cell in cells[: len(wanted)]] == wanted and not any(cells[len(wanted) :])
