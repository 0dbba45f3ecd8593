"""What reading one value yields: its normal form, or why there is none; and how that spreads over a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from importer.model.chunks import Distinct
from importer.model.issues import Issue, Issues
from schemas.calendar_words import MONTH_WORDS
from schemas.status_words import folded_word


class Reading(NamedTuple):
    """
    One value as read.

    ``value`` is the normal form; with a remark that is a problem it is the typed text. ``remarks`` hold at most
    one problem, then no warning stands beside it.
    """

    value: str
    remarks: tuple[Issue, ...] = ()


class Unreadable(Exception):
    """A value has no normal form. Raised by parsers of this room, caught where a value or a setting is read."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.issue = Issue(code, detail=detail)


Parser = Callable[[str], Reading]

BLANK = Reading("")

# 2027-03-01, 1/3/2027, 01.03.2027; 1-Mar, 01. Mrz, 1-Mar-27; Mar-01, Mrz 01. Not MAR-01, which no spreadsheet writes.
_MONTH_WORD = r"([^\W\d_]{3,10})\.?"
_DAY = re.compile(
    r"[12][0-9]{3}[-/](?:0?[1-9]|1[0-2])[-/](?:0?[1-9]|[12][0-9]|3[01])(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
    r"|(?:0?[1-9]|[12][0-9]|3[01])(?:/(?:0?[1-9]|[12][0-9]|3[01])/(?:[12][0-9])?[0-9]{2}|([.-])(?:0?[1-9]|[12][0-9]|3[01])\1[12][0-9]{3})"
    rf"|(?:0?[1-9]|[12][0-9]|3[01])[-. ]{{1,2}}{_MONTH_WORD}(?:[-. ](?:[12][0-9])?[0-9]{{2}})?"
    rf"|{_MONTH_WORD}[-. ](?:[12][0-9])?[0-9]{{1,2}}(?:, ?[12][0-9]{{3}})?"
)
_MONTHS = {month for word in MONTH_WORDS.values() for month in (word, word[:3])} | {*MONTH_WORDS, "sept"}
_NO_MONTHS = {"out", "set", "gen"}


def is_day(text: str) -> bool:
    """Return whether a text, without outer blanks, is a day as spreadsheets show one, and nothing else."""
    found = _DAY.fullmatch(text)
    if found is None:
        return False
    word = found[2] or found[3]
    return word is None or (not word.isupper() and folded_word(word) in _MONTHS - _NO_MONTHS)


def reading_of(parse: Parser, text: str) -> Reading:
    """Return what ``parse`` makes of the text; where it cannot, the text as typed with the reason."""
    try:
        return parse(text)
    except Unreadable as reason:
        return Reading(text, (reason.issue,))


class Column(NamedTuple):
    """A column of readings: ``texts`` (object array, one a row) and the findings about them."""

    texts: np.ndarray
    findings: tuple[Issues, ...] = ()


def distinct(texts: pd.Series | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, uniques): ``uniques[places]`` is the column again; both in order of appearance."""
    places, uniques = pd.factorize(np.asarray(texts, dtype=object), use_na_sentinel=False)
    return places, uniques


def combinations(*columns: np.ndarray | Distinct) -> tuple[np.ndarray, np.ndarray]:
    """
    Return (places, rows): each distinct combination of the columns once, at the row where it stands first.

    ``columns[k][rows][places]`` is the column k again.
    """
    code: np.ndarray = np.zeros(1, dtype=np.int64)
    for column in columns:
        places, uniques = _taken_apart(column)
        # Renumbered after each column, so that the product cannot outgrow 64 bits.
        code, _ = pd.factorize(code * len(uniques) + places)
    # Numbered as they appear, each is higher than all before it where it stands first.
    return code, np.flatnonzero(np.diff(np.maximum.accumulate(code), prepend=-1))


def _taken_apart(column: np.ndarray | Distinct) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(column, Distinct) and column.places is not None:
        return column.places, column.texts
    return distinct(column.texts if isinstance(column, Distinct) else column)


def read_column(field: str, texts: np.ndarray, parse: Parser, usual: re.Pattern[str] | None = None) -> Column:
    """
    Read a column, each distinct text once; ``parse`` also gets the blank text.

    ``usual``, of ``unlike``: texts that it does not find are their own normal form, and are not parsed.
    """
    if usual is not None:
        rows = odd_places(texts.tolist(), usual)
        return patched(texts, rows, read_column(field, texts[rows], parse))
    places, uniques = distinct(texts)
    readings = Readings(uniques)
    for place, text in enumerate(uniques):
        readings.set(place, reading_of(parse, text))
    return readings.spread(field, places)


def spread(column: Column, places: np.ndarray | None) -> tuple[Distinct, tuple[Issues, ...]]:
    """Return what was read of distinct texts as it stands in a column whose row ``i`` has the text at ``places[i]``."""
    if places is None:
        return Distinct(column.texts, None), column.findings
    findings = (_spread(finding, len(column.texts), places) for finding in column.findings)
    return Distinct(column.texts, places), tuple(finding for finding in findings if len(finding.positions))


def _spread(finding: Issues, texts: int, places: np.ndarray) -> Issues:
    told = np.full(texts, -1)
    told[finding.positions] = np.arange(len(finding.positions))
    of_rows = told[places]
    positions = np.flatnonzero(of_rows >= 0)
    return finding.at(of_rows[positions], positions)


def patched(texts: np.ndarray, rows: np.ndarray, column: Column) -> Column:
    """Return the column of all rows, given one for these (positions, rising); the others keep their text."""
    if not len(rows):
        return Column(texts)
    merged = texts.copy()
    merged[rows] = column.texts
    findings = (replace(finding, positions=rows[finding.positions]) for finding in column.findings)
    return Column(merged, tuple(findings))


def unlike(form: str) -> re.Pattern[str]:
    """Return an expression that finds the lines that are not wholly ``form``, an expression without line ends."""
    return re.compile(rf"\n(?!(?:{form})$)", re.MULTILINE)


def odd_places(texts: list[str], usual: re.Pattern[str]) -> np.ndarray:
    """
    Return the positions of the texts that ``usual``, of ``unlike``, finds.

    One search through all texts as lines is many times as fast as a match for each, or as looking for doubles.
    """
    return odd_lines(as_lines(texts), usual)


def odd_lines(lines: str, usual: re.Pattern[str]) -> np.ndarray:
    """Return the same of texts that ``as_lines`` put together."""
    places, line, seen = [], -1, 0
    for odd in usual.finditer(lines):
        line += lines.count("\n", seen, odd.end())
        seen = odd.end()
        places.append(line)
    return np.array(places, dtype=np.int64)


def as_lines(texts: list[str]) -> str:
    """Return the texts with a line end before each; line ends within them, which no normal form has, become NUL."""
    lines = "".join(["\n", "\n".join(texts)]) if texts else ""
    if lines.count("\n") == len(texts):
        return lines
    return "\n" + "\n".join(text.replace("\n", "\0") for text in texts)


class Readings:
    """
    The readings of distinct texts, by position; a text is its own normal form until it is set.

    Without an object for each text, since most texts need none.
    """

    def __init__(self, texts: Iterable[object]) -> None:
        self.values = object_array(texts)
        self.remarks: dict[str, dict[int, str]] = {}

    def set(self, place: int, reading: Reading) -> None:
        """Set the value at this position, and mark it with the reading's remarks."""
        self.values[place] = reading.value
        self.mark(place, reading.remarks)

    def mark(self, place: int, remarks: Iterable[Issue]) -> None:
        """Mark the text at this position."""
        for issue in remarks:
            self.remarks.setdefault(issue.code, {})[place] = issue.detail

    def spread(self, field: str, places: np.ndarray) -> Column:
        """Return the column whose row ``i`` has the reading at ``places[i]``."""
        findings = (self._finding(field, code, places) for code in self.remarks)
        return Column(self.values[places], tuple(findings))

    def _finding(self, field: str, code: str, places: np.ndarray) -> Issues:
        marked = np.zeros(len(self.values), dtype=bool)
        marked[list(self.remarks[code])] = True
        positions = np.flatnonzero(marked[places])
        details = self.remarks[code]
        if not any(details.values()):
            return Issues(code, field, positions)
        return Issues(code, field, positions, object_array(details[place] for place in places[positions].tolist()))


def object_array(values: Iterable[object]) -> np.ndarray:
    """Return a one-dimensional array of Python objects, whatever they are."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
