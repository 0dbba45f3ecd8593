"""
What a cell shows beyond the value that the fast reader returns: formats, errors, formulas, impossible dates.

Source: ECMA-376 part 1, 18.8.30 (numFmt, with the table of built-in formats) and 18.8.31.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from importer.reading.cell_texts import zone_in_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.reading.limits import Limits


Flaw = tuple[int | None, str, str]
"""Column from 0 (None: the row), problem code, what stands there."""

MOST_NAMED = 10


@dataclass(slots=True)
class Details:
    """
    What is beside the plain values, by spreadsheet row number.

    ``texts``: column -> what a person sees; ``around``: column -> what a person sees before and behind the cell's text.
    ``epoch_1904``: bare numbers count days from 1904. ``notes`` are sentences about hidden rows and the like.
    ``unread``: the names of the visible sheets that are not read. ``hidden``: first and last number of hidden rows that
    follow each other. ``struck``: the columns of cells whose text is struck through, as bits; blank cells may be among them.
    """

    epoch_1904: bool = False
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    flaws: dict[int, list[Flaw]] = field(default_factory=dict)
    around: dict[int, dict[int, tuple[str, str]]] = field(default_factory=dict)
    struck: dict[int, int] = field(default_factory=dict)

    def show(self, row: int, column: int, text: str) -> None:
        """Say what a person sees in a cell, where the fast reader sees something else."""
        self.texts.setdefault(row, {})[column] = text

    def frame(self, row: int, column: int, affixes: tuple[str, str]) -> None:
        """Say what a person sees before and behind the text of a cell."""
        self.around.setdefault(row, {})[column] = affixes

    def mark(self, row: int, column: int | None, code: str, shown: str) -> None:
        """Say that a cell cannot be handed on as a person sees it."""
        self.flaws.setdefault(row, []).append((column, code, shown))

    def strike(self, row: int, column: int) -> None:
        """Say that a cell is struck through."""
        self.struck[row] = self.struck.get(row, 0) | 1 << column

    def struck_in(self, row: int) -> Iterator[int]:
        """Yield the columns that are struck through in a row, from left to right."""
        left = self.struck.get(row, 0)
        while left:
            yield (left & -left).bit_length() - 1
            left &= left - 1

    def note_hidden(self, rows: list[int], columns: list[tuple[int, int]]) -> None:
        """Say which rows are hidden (by number), and that hidden columns (first and last position) are read like all others."""
        for row in rows:
            if self.hidden and self.hidden[-1][1] == row - 1:
                self.hidden[-1] = (self.hidden[-1][0], row)
            else:
                self.hidden.append((row, row))
        if columns:
            named = ", ".join(_span(first, last) for first, last in columns[:MOST_NAMED])
            self.notes.append(f"Hidden columns are read all the same: {named}.")


def _span(first: int, last: int) -> str:
    return column_letters(first) if first == last else f"{column_letters(first)} to {column_letters(last)}"


def column_letters(position: int) -> str:
    """Return a column's name as a person sees it: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


_DAY_AFTER_THE_LAST = 2_958_466
_LEAP_DAY_THAT_NEVER_WAS = 60
_SECONDS_A_DAY = 86_400
_EARLY_HOURS = range(1, 7)
LONGEST_ELAPSED = 1_000_000
"""So many days, and more, are no elapsed time; the fast reader could not lay it out either."""


class Cell(NamedTuple):
    """
    A cell as it lies in the file. ``row`` counts from 1, ``column`` from 0.

    ``error``: the error that it shows, or ``""``. ``number``: its number, None for anything else.
    ``is_text``: its value is a text. ``unfinished``: it is a formula whose result was not saved. ``text``: its text, where the
    fast reader does not know it. ``is_struck``: whether the looks of its text strike it through; None: as its style says.
    """

    row: int
    column: int
    style: int = 0
    error: str = ""
    number: float | None = None
    unfinished: bool = False
    is_text: bool = False
    text: str = ""
    is_struck: bool | None = None


class Strikes(NamedTuple):
    """
    What a workbook strikes through: ``styles`` of cells by number, and shared texts by number.

    ``texts`` are struck through, or a part of them, by looks of their own; ``plain`` are not, whatever the cell's style.
    """

    styles: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()
    plain: frozenset[int] = frozenset()

    def of_text(self, number: int) -> bool | None:
        """Return whether a shared text is struck through; None: as its cell is."""
        return True if number in self.texts else False if number in self.plain else None


NO_STRIKES = Strikes()


@dataclass(frozen=True, slots=True)
class Look:
    """
    A second look at a sheet: how its styles show numbers, where to tell what was found, and how much it may ask for.

    ``telling``: the styles whose numbers do not look like plain numbers; all others need no second look. ``strikes``: what is
    struck through. ``calculated``: formulas have their results; else a 0 only stands in for one.
    """

    formats: Sequence[str]
    details: Details
    limits: Limits
    telling: frozenset[int]
    strikes: Strikes
    calculated: bool = True

    @classmethod
    def at(
        cls,
        formats: Sequence[str],
        details: Details,
        limits: Limits,
        strikes: Strikes = NO_STRIKES,
        *,
        calculated: bool = True,
    ) -> Look:
        """Return the look at a sheet with these formats, by style."""
        return cls(formats, details, limits, telling_styles(formats), strikes, calculated)

    def judge(self, cell: Cell) -> None:
        """Add to the details what a person sees in the cell and the fast reader does not."""
        judge(cell, self.formats, self.details)

    def judge_strike(self, cell: Cell, of_text: bool | None = None) -> None:  # noqa: FBT001 - it is the value itself
        """Add to the details that a cell is struck through: by the looks of its text, else (None) by its style."""
        if of_text or (of_text is None and cell.style in self.strikes.styles):
            self.details.strike(cell.row, cell.column)


def telling_styles(formats: Sequence[str]) -> frozenset[int]:
    """Return the styles whose numbers do not look like plain numbers; all others need no second look."""
    return frozenset(
        style
        for style, code in enumerate(formats)
        if kind_of(code) not in {Kind.NUMBER, Kind.ELAPSED} or masks_of(code)
    )


def framing_styles(formats: Sequence[str]) -> frozenset[int]:
    """Return the styles that show something before or behind a text."""
    return frozenset(style for style, code in enumerate(formats) if affixes_of(code))


def judge(cell: Cell, formats: Sequence[str], details: Details) -> None:
    """Add to the details what a person sees in the cell and the fast reader does not."""
    if cell.error:
        details.mark(cell.row, cell.column, "cell_error", cell.error)
    elif cell.unfinished:
        details.mark(cell.row, cell.column, "formula_without_value", "")
    elif cell.text:
        details.show(cell.row, cell.column, cell.text)
    elif cell.is_text:
        if 0 <= cell.style < len(formats) and (affixes := affixes_of(formats[cell.style])):
            details.frame(cell.row, cell.column, affixes)
    elif cell.number is not None and math.isfinite(cell.number) and 0 <= cell.style < len(formats):
        _judge_number(cell, cell.number, formats[cell.style], details)


def _judge_number(cell: Cell, number: float, code: str, details: Details) -> None:
    kind = kind_of(code)
    if kind is Kind.NUMBER:
        text = masked(code, int(number)) if number == int(number) else None
        if text is not None:
            details.show(cell.row, cell.column, text)
    elif kind is not Kind.ELAPSED:
        _judge_date(cell, number, code, details)
    elif abs(number) >= LONGEST_ELAPSED:
        details.mark(cell.row, cell.column, "date_impossible", f"{number:.15g}")


def _judge_date(cell: Cell, number: float, code: str, details: Details) -> None:
    """
    Let the format decide between date, time and both; the fast reader decides by the value.

    A date cell at midnight is a date to it even where the format shows 00:00, and a time cell with a day in it
    is a moment. A value below 0, or in a date cell below 1, is no date of any calendar; and 930 in a time cell, where 9:30 was
    meant, is shown as 0:00.
    """
    kind = kind_of(code)
    seconds = round(number * _SECONDS_A_DAY)
    whole = seconds // _SECONDS_A_DAY
    impossible = seconds < 0 or number >= _DAY_AFTER_THE_LAST
    if kind is Kind.DATE:
        impossible = impossible or not whole
    elif kind is Kind.TIME:
        impossible = impossible or not has_day_of_a_time(whole)
    if impossible or (whole == _LEAP_DAY_THAT_NEVER_WAS and kind is not Kind.TIME and not details.epoch_1904):
        details.mark(cell.row, cell.column, "date_impossible", f"{number:.15g}")
    elif (early := _early(seconds % _SECONDS_A_DAY, kind, code)) or (kind is not Kind.DATE and zone_in_format(code)):
        day = "" if kind is Kind.TIME else f"{_day(whole, epoch_1904=details.epoch_1904)} "
        clock = early or _clock(seconds % _SECONDS_A_DAY).isoformat()
        details.show(cell.row, cell.column, day + clock + zone_in_format(code))
    elif kind is Kind.TIME and whole:
        details.show(cell.row, cell.column, _clock(seconds % _SECONDS_A_DAY).isoformat())
    elif kind is Kind.DATE and number != whole:
        details.show(cell.row, cell.column, _day(whole, epoch_1904=details.epoch_1904).isoformat())
    elif kind is Kind.MOMENT and number == whole:
        details.show(cell.row, cell.column, _day(whole, epoch_1904=details.epoch_1904).isoformat() + "T00:00:00")


def has_day_of_a_time(days: int) -> bool:
    """Return whether a cell that shows a time alone can hold one: with no day, a calendar's first, or a real one (1954 to 2099)."""
    return days < 3 or 20_000 <= days < 73_051


def _early(seconds: int, kind: Kind, code: str) -> str:
    """
    Return a time of 1:00 to 6:59 as its format shows it: 1:30 AM, 01:30 or 1:30, and "" for any other.

    Only so can be told whether it may be in the afternoon, as that of a text file. With its day it is 2027-03-04T01:30:00 as ever
    where it is shown as 01:30.
    """
    if kind not in {Kind.TIME, Kind.MOMENT} or seconds // 3600 not in _EARLY_HOURS:
        return ""
    section, time = _LITERAL.sub("", code).split(";")[0].lower(), _clock(seconds)
    hour = f"{time:%H}" if "hh" in section else str(time.hour)
    half = " AM" if _HALVES_OF_A_DAY.search(section) else ""
    is_plain = kind is Kind.MOMENT and hour.startswith("0") and not half
    return "" if is_plain else f"{hour}:{time:{'%M:%S' if time.second else '%M'}}{half}"


def _clock(seconds: int) -> dt.time:
    return (dt.datetime(1904, 1, 1) + dt.timedelta(seconds=seconds)).time()  # noqa: DTZ001  # a wall clock


def _day(days: int, *, epoch_1904: bool) -> dt.date:
    """Return the day of a serial; before March 1900 the epoch differs by the leap day that never was."""
    if epoch_1904:
        return dt.date(1904, 1, 1) + dt.timedelta(days=days)
    first = dt.date(1899, 12, 31) if days < _LEAP_DAY_THAT_NEVER_WAS else dt.date(1899, 12, 30)
    return first + dt.timedelta(days=days)


_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[[^\[\]]{0,255}+\]")
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_HALVES_OF_A_DAY = re.compile(r"am/pm|a/p|上午/下午", re.IGNORECASE)
_SECTIONS = 4


class Kind(StrEnum):
    """What a person sees of a number in a cell."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    ELAPSED = "elapsed"


@cache
def kind_of(code: str) -> Kind:
    """Return what a format shows: judged by its first section, without literals, colours and languages."""
    section = _LITERAL.sub("", code).split(";")[0]
    if _ELAPSED.search(section):
        return Kind.ELAPSED
    letters, halves = _HALVES_OF_A_DAY.subn("", _BRACKETS.sub("", section).lower())
    if "general" in letters:
        return Kind.NUMBER
    time = halves > 0 or "h" in letters or "s" in letters
    date = "y" in letters or "d" in letters or "mmm" in letters or ("m" in letters and not time)
    if date:
        return Kind.MOMENT if time else Kind.DATE
    return Kind.TIME if time else Kind.NUMBER


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]{0,255})"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\[\]]{0,99}+)\]|(?P<place>[0#?])|(?P<general>General|@)|(?P<plain>.)',
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])+')
_INNER_LITERAL = re.compile("[0#]=+[0#]")
# What stands for itself without quotation marks, digits of a calling code too; a dot, a comma, a slash and letters do not.
_PLAIN_LITERALS = " -()+$!^&'~{}<>=:123456789\u00a0\u202f"
# ``[$CHF-807]``: a currency, or any other text, and a language.
_CURRENCY = re.compile(r"\$([^-\]]{0,40})(?:-[0-9A-Fa-f]{0,8})?|\$(.{1,40}?)(?:-[0-9A-Fa-f]{1,8})?", re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(\d+(?:\.\d+)?)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mask:
    """A section of digits and literals: ``00000``, ``(000) 000-0000``. ``condition`` as in ``[<=9999999]``, or ``""``."""

    places: tuple[str, ...]
    """``0`` (a digit, at least 0), ``#`` (a digit if there is one), and literals as ``=text``; none: plain digits."""
    condition: str

    @property
    def shows_digits(self) -> bool:
        """Whether anything of the number is shown."""
        return any(not place.startswith("=") for place in self.places)

    def fits(self, number: int) -> bool:
        """Return whether the section is meant for the number."""
        match = _CONDITION.fullmatch(self.condition)
        return match is None or _COMPARE[match[1]](number, float(match[2]))

    def show(self, number: int) -> str:
        """Return a whole number from 0 up in the mask; digits without a place of their own go to the first place."""
        digits = str(number) if number else ""
        places = sum(not place.startswith("=") for place in self.places)
        shown = []
        for place in reversed(self.places):
            if place.startswith("="):
                shown.append(place[1:])
                continue
            places -= 1
            taken, digits = (digits[-1:], digits[:-1]) if places else (digits, "")
            shown.append(taken or ("0" if place == "0" else ""))
        return "".join(reversed(shown)).strip()


@cache
def masks_of(code: str) -> tuple[Mask, ...]:
    """Return the sections of a format that numbers from 0 up may be shown in; none where all show plain digits."""
    masks = [_mask(section) for section in _sections(code)[: _SECTIONS - 1]]
    if not any(mask.condition for mask in masks):
        masks = masks[:1]
    elif len(masks) == _SECTIONS - 1 and not masks[1].condition:
        del masks[1]  # for numbers below 0
    return tuple(masks) if any(mask.places for mask in masks) else ()


def masked(code: str, number: int) -> str | None:
    """Return a number as the format shows it, words for it among that, or None where that is nothing but its digits."""
    # What stands for 0 in a section of its own may be blank, and so is not told from the others.
    if number < 0 or (
        number == 0 and ";" in code and not any(mask.condition or mask.shows_digits for mask in masks_of(code))
    ):
        return None
    mask = next((mask for mask in masks_of(code) if mask.fits(number)), None)
    return mask.show(number) if mask is not None and mask.places else None


@cache
def affixes_of(code: str) -> tuple[str, str] | None:
    """Return what a format shows before and behind a text, as in ``"APT-"@``; None for nothing that a value is made of."""
    sections = _sections(code)
    section = sections[-1] if len(sections) in {1, _SECTIONS} else ""
    before: list[str] = []
    behind: list[str] = []
    side = before
    for token in _TOKEN.finditer(section):
        if token["general"] == "@":
            side = behind
        elif token["place"] or (token["general"] and side is before):
            return None
        else:
            side.append(token["quoted"] or token["escaped"] or token["plain"] or "")
    if side is before or not any(_is_told("=" + text) for text in (*before, *behind)):
        return None
    return "".join(before), "".join(behind)


def _sections(code: str) -> list[str]:
    """Split a format at semicolons outside quotes."""
    return _SECTION.findall(code)


def _mask(section: str) -> Mask:
    """Return a section as a mask, without places when it is an ordinary number format or shows nothing that is told."""
    places: list[str] = []
    condition = ""
    for token in _TOKEN.finditer(section):
        if token["place"]:
            places.append("0" if token["place"] == "0" else "#")
        elif token["general"]:
            places.append("0")
        elif token["plain"] is not None:
            if token["plain"] not in _PLAIN_LITERALS:
                return Mask((), condition)
            places.append("=" + token["plain"])
        elif token["bracket"] is not None:
            condition = condition or (token["bracket"] if _CONDITION.fullmatch(token["bracket"]) else "")
            currency = _CURRENCY.fullmatch(token["bracket"])
            places += ["=" + mark for mark in (currency[1] or currency[2] or "" if currency else "")]
        else:
            places.append("=" + (token["quoted"] or token["escaped"] or ""))
    kept = "".join(place[0] for place in places)
    tells = kept.count("0") > 1 or _INNER_LITERAL.search(kept) or any(map(_is_told, places))
    return Mask(tuple(places) if tells else (), condition)


def _is_told(place: str) -> bool:
    """Return whether a literal belongs to what a person reads as the value: any but blanks and signs of money."""
    return place.startswith("=") and any(
        not mark.isspace() and unicodedata.category(mark) not in {"Sc", "Ps", "Pe"} and mark != "-"
        for mark in place[1:]
    )
