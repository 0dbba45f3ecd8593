"""One cell of an OpenDocument sheet: its value, as the text that a person sees."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from importer.reading.books import local
from importer.reading.cells import NumberDamaged, number_text, span_text, to_the_second

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SECONDS_A_DAY = 86_400
_FIRST_DAY = dt.datetime(1900, 1, 1)  # noqa: DTZ001  # a wall clock
_SPAN = re.compile(r"(?P<minus>-)?PT(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+")
_NO_DIGIT = re.compile(r"\D")
_BETWEEN_DIGITS = re.compile(r"\d\D+\d")
_FIRST_DIGITS = re.compile(r"\d+")
_NO_MASK = re.compile(r"[.,%]|\dE[+-]?\d")


class OdsCell(NamedTuple):
    """A cell's text, and the code of what is wrong with it or ``""``."""

    text: str
    code: str = ""


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
        elif name not in {"annotation", "note", "ruby-text"}:
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
    return OdsCell(shown.strip() if text.isdigit() and _is_masked(text, shown.strip()) else text)


def _is_masked(digits: str, shown: str) -> bool:
    """Return whether the format adds zeros, or something between or around the digits: ``00042``, ``123-45``, ``A-7``."""
    if _NO_MASK.search(shown) or _THOUSANDS.fullmatch(shown):
        return False
    seen = _NO_DIGIT.sub("", shown)
    if seen.lstrip("0") != digits.lstrip("0"):
        return False
    around = shown.replace(seen, "", 1)
    told = any(not mark.isspace() and unicodedata.category(mark) not in {"Sc", "Ps", "Pe"} for mark in around)
    return len(seen) > len(digits) or _BETWEEN_DIGITS.search(shown) is not None or told


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
    return OdsCell(moment.isoformat() if with_time else moment.date().isoformat())


def _time(value: str, shown: str) -> OdsCell:
    """Return a time of day, or an elapsed time where the shown hours are as many as the value's."""
    match = _SPAN.fullmatch(value)
    if match is None or match["minus"]:
        return OdsCell(value or shown, "date_impossible")
    seconds = round(int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + float(match["s"] or 0))
    hours = _FIRST_DIGITS.match(shown)
    if hours is None or int(hours[0]) != seconds // 3600:
        seconds %= _SECONDS_A_DAY
    return OdsCell(span_text(seconds))


# Type of value -> the attribute that holds it, and how it is read together with the shown text.
_BY_KIND = {
    "float": ("value", _number),
    "percentage": ("value", _number),
    "currency": ("value", _number),
    "date": ("date-value", _date),
    "time": ("time-value", _time),
    "boolean": ("boolean-value", _truth),
}
