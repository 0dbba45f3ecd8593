"""
Which row holds the headings, and which rows are surely no appointments: totals, printed lines, the headings again.

``Total``, ``Grand total: 41``, ``41 appointments``, ``*** End of report ***``, ``Page 2 of 3``, ``-----``, Ctrl-Z. They
are left out, and said in a note; a patient named Sum has a name, a phone and a date beside hers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

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


def heading_position(scores: Sequence[int]) -> int:
    """
    Return the position of the heading row among the first rows that hold anything, given their scores.

    A title row above the headings scores 0 or 1. A later row takes its place with at least two known headings
    and at least two more than any row above it, so that a row of data is never taken for headings by chance.
    """
    best = 0
    for position, score in enumerate(scores):
        if score >= 2 and score >= scores[best] + 2:
            best = position
    return best


_WHAT = r"(?:appointments?|bookings?|visits?|patients?|clients?|customers?|guests?|rows?|records?|entries|items?|lines?|results?)"
_NUMBER = r"[\s:=#\d.,]{0,40}"
_TOTAL = re.compile(
    rf"(?:(?:grand|sub|overall|report|page|daily|weekly|day|week|month)[ -]?)?totals?(?: (?:of )?(?:number of )?{_WHAT})?{_NUMBER}"
    rf"|(?:row |record )?(?:sum|count){_NUMBER}"
    rf"|(?:total )?(?:number|count|sum) of {_WHAT}{_NUMBER}"
    rf"|{_WHAT} ?(?:total|count)?[:=] ?[\d.,]{{1,20}}"
    rf"|(?:gesamt(?:summe)?|summe|anzahl|totale|total général|suma|somme|totaal|summa){_NUMBER}",
    re.IGNORECASE,
)
_LINE = re.compile(
    rf"[\d,.]{{1,12}} (?:total )?{_WHAT}(?: (?:in total|in all|total|affected|selected|found|returned|exported|printed|listed|read|shown))?"
    r"|end(?: of (?:the )?[\w -]{1,40})?|eof|[\w -]{0,30}report (?:ends?|ended|complete|completed)|no more [\w -]{1,30}"
    r"|(?:page|seite|página|pagina|p\.) ?\d+(?: ?(?:of|von|de|di|/) ?\d+)?|(?:continued|see) on (?:the )?next page"
    r"|(?:(?:report|date|time|file|list|page) )?(?:printed|generated|created|exported|produced|prepared|retrieved|run|print date|run date|run time)"
    r"(?: ?:| on\b| at\b| by\b| from\b| with\b| \d).{0,200}"
    r"|(?:grand |sub-?)?totals?\b[^@]{0,80}|(?:copyright|©|\(c\)) .{0,120}",
    re.IGNORECASE | re.DOTALL,
)
# What people draw around a line of a report, and what marks the end of a file or of a page.
_DRAWN: Final = "*=-–—_#~·.:;|<>[]() \t\xa0\x00\x0c\x1a\ufeff"  # dashes as they are printed
_AMOUNT: Final = re.compile(r"[-+$€£]?\s?\d{1,3}(?:[,. ]?\d{3}){0,2}(?:[.,]\d{1,2})?\s?%?")
_LONGEST: Final = 240
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
        return False
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
        return _TOTAL.fullmatch(words[0]) is not None or _LINE.fullmatch(words[0]) is not None
    return _TOTAL.fullmatch(words[0]) is not None and all(map(_is_amount, filled[1:]))


def is_perhaps_total(cells: Sequence[str]) -> bool:
    """Return whether a row begins like a total that no patient is named like, and holds more than amounts."""
    filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
    if len(filled) < 2 or len(filled) * 2 > len(cells) or len(filled[0]) > _LONGEST:
        return False
    word = filled[0].strip(_DRAWN)
    return (" " in word or word != filled[0]) and _TOTAL.fullmatch(word) is not None and not is_total(cells)


def _is_amount(cell: str) -> bool:
    """Return whether a cell holds a number that is no phone's, or says total once more."""
    word = cell.strip()
    return _AMOUNT.fullmatch(word) is not None or _TOTAL.fullmatch(word) is not None


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
