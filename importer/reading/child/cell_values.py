"""
A sheet as its reader lays it out: which one of the file is read, and its cells as the texts that a person sees.

Of several sheets that is a report of ours, else the first in sight. The values are those that python-calamine returns, and
those of OpenDocument. Merged cells are told.

Source: OpenDocument 1.3 part 3, 19.359-19.391 (office:value and its kin).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from importer.errors import FileRefused
from importer.reading.cell_texts import is_masked, zone_shown
from importer.reading.child.cell_display import column_letters, has_day_of_a_time
from importer.reading.child.xlsx_parts import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from importer.reading.child.cell_display import Details


LARGEST_EXACT = 10**15
"""Spreadsheet programs keep 15 digits of a number; a longer id lost its end when it was typed."""

_HALF_A_SECOND = dt.timedelta(microseconds=500_000)
_ANY_DAY = dt.date(2000, 1, 1)


class NumberDamaged(ValueError):  # it names what became of the number
    """A number too long for a spreadsheet; ``shown`` is what is left of it."""

    def __init__(self, shown: str) -> None:
        super().__init__("number damaged")
        self.shown = shown


def number_text(value: float) -> str:
    """
    Return a number without a decimal point if it is whole, else with at most 15 digits, never as ``1E+10``.

    Raises:
        NumberDamaged: it is longer than a spreadsheet can keep.
    """
    if not abs(value) < LARGEST_EXACT:  # so put, a value that is no number is damaged too
        raise NumberDamaged(f"{value:.15g}")
    if value == int(value):
        return str(int(value))
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.20f}".rstrip("0")


def _datetime_text(value: dt.datetime) -> str:
    return to_the_second(value).isoformat()


def to_the_second(value: dt.datetime) -> dt.datetime:
    """Return the nearest second: a fraction of a day cannot hold 09:55 exactly."""
    return value if not value.microsecond else (value + _HALF_A_SECOND).replace(microsecond=0)


def _time_text(value: dt.time) -> str:
    return to_the_second(dt.datetime.combine(_ANY_DAY, value)).time().isoformat()


def _elapsed_text(value: dt.timedelta) -> str:
    return span_text(round(value.total_seconds()))


def span_text(seconds: int) -> str:
    """Return a span of time, of ``[h]:mm`` cells, as hours, minutes and seconds: ``36:00:00``."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _truth_text(value: bool) -> str:  # noqa: FBT001  # it is the value itself
    return "TRUE" if value else "FALSE"


_BY_TYPE: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: number_text,
    bool: _truth_text,
    dt.datetime: _datetime_text,
    dt.date: dt.date.isoformat,
    dt.time: _time_text,
    dt.timedelta: _elapsed_text,
}


SHOWN = frozenset(_BY_TYPE)
"""The classes of values that ``text_of`` knows."""


def text_of(value: Any) -> str:
    """Return a cell's text. ``NumberDamaged``: it is a number that lost its end."""
    return _BY_TYPE[value.__class__](value)


def texts_of(row: list[Any]) -> list[str]:
    """Return a row's texts; most cells are texts already, and millions pass here. ``NumberDamaged`` as above."""
    return [value if value.__class__ is str else text_of(value) for value in row]


PIECE_ROWS, PIECE_FLAWS = 2_000, 20_000


@dataclass(slots=True)
class Piece:
    """Rows that hold anything, with their spreadsheet numbers, and flaws as (row, column, code, shown)."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    flaws: list[tuple[int, int | None, str, str]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it is time to hand it on."""
        return len(self.rows) >= PIECE_ROWS or len(self.flaws) >= PIECE_FLAWS


class Grid(Protocol):
    """One sheet of an open file. ``height``: its rows as far as known before reading, else 0."""

    @property
    def sheet(self) -> str | None:
        """The sheet's name, None where the file has no sheets."""

    @property
    def headings(self) -> tuple[str, ...] | None:
        """The names of the columns; None where they stand among the rows."""

    @property
    def height(self) -> int:
        """How many rows ``pieces`` will count up to."""

    @property
    def details(self) -> Details:
        """The epoch and the notes."""

    def pieces(self) -> Iterator[Piece]:
        """Read the rows that hold anything, numbered as the spreadsheet program does."""


@dataclass(frozen=True, slots=True)
class SheetName:
    """One sheet in the workbook's order. ``holds_cells`` is False for charts, macros and dialogs."""

    name: str
    hidden: bool = False
    holds_cells: bool = True


def choose(sheets: Sequence[SheetName], wanted: str | None) -> int:
    """
    Return the position of the sheet to read: the one named, or the first that a person sees.

    A name is taken exactly, else without regard to case and outer blanks if that fits one sheet only.

    Raises:
        FileRefused: ``sheet_not_found``, ``sheet_missing``.
    """
    tables = [place for place, sheet in enumerate(sheets) if sheet.holds_cells]
    if wanted is None:
        visible = [place for place in tables if not sheets[place].hidden]
        if not visible:
            raise FileRefused(
                "The workbook has no visible sheet with cells.",
                code="sheet_missing",
                fix=f"Name the sheet to read with --sheet. There are: {listed(sheets)}.",
            )
        return visible[0]
    exact = [place for place in tables if sheets[place].name == wanted]
    alike = [place for place in tables if sheets[place].name.strip().casefold() == wanted.strip().casefold()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    raise FileRefused(
        f"The workbook has no sheet “{wanted}”.",
        code="sheet_not_found",
        fix=f"Take one of: {listed(sheets)}.",
    )


def others(sheets: Sequence[SheetName], chosen: int) -> list[str]:
    """Return the notes about the sheets that are not read."""
    rest = [sheet for place, sheet in enumerate(sheets) if place != chosen]
    return [f"{'Sheet' if len(rest) == 1 else 'Sheets'} {listed(rest)} ignored."] if rest else []


def unread(sheets: Sequence[SheetName], chosen: int) -> list[str]:
    """Return the names of the other sheets that a person sees and that hold cells: what else could be read."""
    return [
        sheet.name for place, sheet in enumerate(sheets) if place != chosen and sheet.holds_cells and not sheet.hidden
    ]


def listed(sheets: Sequence[SheetName]) -> str:
    """Return the sheets' names for a sentence, hidden ones marked."""
    return ", ".join(f"“{sheet.name}”{' (hidden)' if sheet.hidden else ''}" for sheet in sheets) or "none"


Corner = tuple[int, int]
"""Row and column, both from 0."""


class Merges:
    """
    The merged ranges of a sheet, asked row by row from the top.

    A spreadsheet program shows the first cell's value across the whole range, so a person may mean it for every
    row. Taking it along could give one person another's phone; leaving the rest blank could lose it. Hence every
    other cell of the range is a flaw.
    """

    def __init__(self, ranges: Iterable[tuple[Corner, Corner]]) -> None:
        self._waiting = sorted(set(ranges), reverse=True)
        self._open: list[tuple[Corner, Corner]] = []
        self._beyond: list[tuple[Corner, Corner]] = []  # right of all cells so far; thousands may lie there
        self._width = 0

    def covered(self, row: int, width: int) -> Iterator[tuple[int, str]]:
        """Yield the covered columns of a row (from 1, rising from call to call), each with its range's name."""
        if not self._waiting and not self._open and not self._beyond:
            return
        while self._waiting and self._waiting[-1][0][0] < row:
            merged = self._waiting.pop()
            (self._open if merged[0][1] < self._width else self._beyond).append(merged)
        if width > self._width:
            self._width = width
            self._open += [merged for merged in self._beyond if merged[0][1] < width]
            self._beyond = [merged for merged in self._beyond if merged[0][1] >= width]
        self._open = [merged for merged in self._open if merged[1][0] >= row - 1]
        for merged in self._open:
            (top, left), (_, right) = merged
            for column in range(left + (top == row - 1), min(right + 1, width)):
                yield column, _name(merged)


def _name(merged: tuple[Corner, Corner]) -> str:
    (top, left), (bottom, right) = merged
    return f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"


_SECONDS_A_DAY = 86_400
_FIRST_DAY = dt.datetime(1900, 1, 1)  # noqa: DTZ001  # a wall clock
_SPAN = re.compile(r"(?P<minus>-)?PT(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?")
_FIRST_DIGITS = re.compile(r"\d+")
# Texts within a text that do not belong to it.
BESIDE = {"annotation", "note", "ruby-text"}


class OdsCell(NamedTuple):
    """A cell's text, the code of what is wrong with it or ``""``, and whether it is struck through."""

    text: str
    code: str = ""
    is_struck: bool = False


BLANK = OdsCell("")


def cell_of(element: Element) -> OdsCell:
    """Return what a person sees in a cell, or a flaw; an unknown type of value is taken as its text."""
    values = {local(name): value for name, value in element.items()}
    shown = "\n".join(_text(part) for part in element if local(part.tag) in {"p", "h"})
    # An extension names errors as a second value-type, which the dictionary would let win or lose by order.
    kinds = [value for name, value in element.items() if local(name) == "value-type"]
    if "error" in kinds:
        return OdsCell(shown, "cell_error")
    if not kinds and "formula" in values and not shown:
        return OdsCell("", "formula_without_value")
    name, read = _BY_KIND.get(kinds[0] if kinds else "", ("string-value", _string))
    return read(values.get(name, ""), shown)


def _text(paragraph: Element) -> str:
    """Return a paragraph's text; blanks in a row and tabs are elements of their own."""
    parts = [paragraph.text or ""]
    for part in paragraph:
        name = local(part.tag)
        if name == "s":
            counts = [value for key, value in part.items() if local(key) == "c"]
            parts.append(" " * min(int(counts[0]) if counts else 1, 1_000))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name not in BESIDE:
            parts.append(_text(part))
        parts.append(part.tail or "")
    return "".join(parts)


def _string(value: str, shown: str) -> OdsCell:
    return OdsCell(shown or value)


def _truth(value: str, _shown: str) -> OdsCell:
    return OdsCell("TRUE" if value == "true" else "FALSE")


def _number(value: str, shown: str) -> OdsCell:
    if shown in {"TRUE", "FALSE"}:
        # LibreOffice writes the result of =TRUE() as a number.
        return OdsCell(shown)
    try:
        number = float(value)
        text = number_text(number)
    except NumberDamaged as damaged:
        return OdsCell(damaged.shown, "number_damaged")
    except (ValueError, OverflowError):
        return OdsCell(shown)
    if _is_words(shown):
        return OdsCell(shown.strip())
    return OdsCell(shown.strip() if text.isdigit() and is_masked(text, shown.strip()) else text)


def _is_words(shown: str) -> bool:
    """Return whether the format shows words in place of a number, as ``[=1]"Cancelled"`` does."""
    return any(map(str.isalpha, shown)) and not any(map(str.isdigit, shown))


def _date(value: str, shown: str) -> OdsCell:
    """Let the shown text tell a date from a moment: the file writes midnight as a date alone."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return OdsCell(value or shown, "date_impossible")
    moment = to_the_second(moment)
    if moment.replace(tzinfo=None) < _FIRST_DAY:
        return OdsCell(value, "date_impossible")
    with_time = ":" in shown if shown else "T" in value
    zone, early = zone_shown(shown) if with_time else "", _early(moment.time(), shown) if with_time else ""
    if zone or (early and _TOLD_EARLY.match(early)):
        return OdsCell(f"{moment.date()} {early or moment.time().isoformat()}{zone}")
    return OdsCell(moment.isoformat() if with_time else moment.date().isoformat())


def _time(value: str, shown: str) -> OdsCell:
    """Return a time of day, or an elapsed time where the shown hours are as many as the value's."""
    match = _SPAN.fullmatch(value)
    if match is None or match["minus"]:
        return OdsCell(value or shown, "date_impossible")
    seconds = round(int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + float(match["s"] or 0))
    hours = _FIRST_DIGITS.match(shown)
    if hours is None or int(hours[0]) != seconds // 3600:
        if not has_day_of_a_time(seconds // _SECONDS_A_DAY):
            return OdsCell(f"{seconds / _SECONDS_A_DAY:.15g}", "date_impossible")
        seconds %= _SECONDS_A_DAY
    time = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60) if seconds < _SECONDS_A_DAY else None
    return OdsCell(((time and _early(time, shown)) or span_text(seconds)) + (zone_shown(shown) if time else ""))


# As 01:30 it is of 24 hours beside its day, as every other time.
_TOLD_EARLY = re.compile(r"[1-9]|.* AM")
_CLOCK_SHOWN = re.compile(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<second>:\d\d)?(?: ?(?P<half>[Aa])\.?[Mm])?")


def _early(time: dt.time, shown: str) -> str:
    """Return a time of 1:00 to 6:59 as it is shown, as ``cell_display`` does; "" for any other, and where another is shown."""
    found = _CLOCK_SHOWN.search(shown) if 1 <= time.hour < 7 else None
    if found is None or (int(found["hour"]), int(found["minute"])) != (time.hour, time.minute):
        return ""
    return f"{found['hour']}:{time:{'%M:%S' if time.second else '%M'}}{' AM' if found['half'] else ''}"


# Type of value -> the attribute that holds it, and how it is read together with the shown text.
_BY_KIND = {
    "float": ("value", _number),
    "percentage": ("value", _number),
    "currency": ("value", _number),
    "date": ("date-value", _date),
    "time": ("time-value", _time),
    "boolean": ("boolean-value", _truth),
}


_ROWS_OF_HEADINGS = 40
_OF_A_REPORT = ("result_problem", "result_fix")
_RUN = "result_run"


def run_told(rows: Iterable[Sequence[Any]]) -> str | None:
    """Return of which run a sheet is a report of ours, by its first rows: "" where it does not say, None where it is none."""
    place = None
    for row in islice(rows, _ROWS_OF_HEADINGS):
        texts = [str(cell).strip() for cell in row]
        if place is None:
            names = [text.casefold() for text in texts]
            is_report = all(name in names for name in _OF_A_REPORT)
            place = (names.index(_RUN) if _RUN in names else -1) if is_report else None
        elif place < 0:
            break
        elif place < len(texts) and texts[place]:
            return texts[place]
    return None if place is None else ""


def report_among(sheets: Sequence[SheetName], run_at: Callable[[int], str | None]) -> str | None:
    """
    Return the name of the sheet that is a report of ours, of several the newest; None where none is, or only one can be read.

    The workbook to fix is the person's own, and the sheet that was read need not stand first in it. ``run_at``: what ``run_told``
    says of the sheet at a position.

    Raises:
        FileRefused: ``sheet_missing``: several are, and nobody knows which is meant.
    """
    visible = [place for place, sheet in enumerate(sheets) if sheet.holds_cells and not sheet.hidden]
    if len(visible) < 2:
        return None
    runs = {place: run for place in visible if (run := run_at(place)) is not None}
    newest = [place for place, run in runs.items() if run == max(runs.values())]
    if len(newest) > 1 or (len(runs) > 1 and "" in runs.values()):
        raise FileRefused(
            f"Several sheets of the workbook have the columns of a report: {listed([sheets[place] for place in runs])}.",
            code="sheet_missing",
            fix="Name the sheet to read with --sheet.",
        )
    return sheets[newest[0]].name if newest else None


def of_report(sheets: Sequence[SheetName], chosen: int, wanted: str | None) -> list[str]:
    """Return the note that a sheet was read because it is a report of ours, or none; ``wanted``: the one that a person named."""
    first = next((place for place, sheet in enumerate(sheets) if sheet.holds_cells and not sheet.hidden), chosen)
    if wanted is not None or chosen == first:
        return []
    return [f"Sheet “{sheets[chosen].name}” was read: it has the columns of a report."]
