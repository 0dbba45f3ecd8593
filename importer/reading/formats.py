"""
What a number format makes of a number: a date, a time, an elapsed time, or digits in a mask such as ``00000``.

Source: ECMA-376 part 1, 18.8.30 (numFmt, with the table of built-in formats) and 18.8.31.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    48: "##0.0E+0", 49: "@",
    # East Asian dates and times, whose looks depend on the language.
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"), **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm"),
}  # fmt: skip

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
# What stands for itself without quotation marks; a dot, a comma, a slash and letters do not.
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])+')
_INNER_LITERAL = re.compile("[0#]=+[0#]")
_PLAIN_LITERALS = " -()+$!^&'~{}<>=\u00a0\u202f"
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
    """``0`` (a digit, at least 0), ``#`` (a digit if there is one), and literals as ``=text``."""
    condition: str

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
    """Return the sections of a format that shows more than plain digits; none for any other format."""
    sections = _sections(code)
    masks = [mask for mask in map(_mask, sections[:2]) if mask is not None]
    usual = len(sections) == 1 or any(mask.condition for mask in masks)
    return tuple(masks) if usual else tuple(masks[:1])


def masked(code: str, number: int) -> str | None:
    """Return a number as the format shows it, or None where that is nothing but its digits."""
    if number < 0:
        return None
    mask = next((mask for mask in masks_of(code) if mask.fits(number)), None)
    return mask.show(number) if mask is not None else None


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


def _mask(section: str) -> Mask | None:
    """Return a section as a mask, or None when it is an ordinary number format or shows no digits."""
    places: list[str] = []
    condition = ""
    for token in _TOKEN.finditer(section):
        if token["place"]:
            places.append("0" if token["place"] == "0" else "#")
        elif token["general"]:
            places.append("0")
        elif token["plain"] is not None:
            if token["plain"] not in _PLAIN_LITERALS:
                return None
            places.append("=" + token["plain"])
        elif token["bracket"] is not None:
            condition = condition or (token["bracket"] if _CONDITION.fullmatch(token["bracket"]) else "")
            currency = _CURRENCY.fullmatch(token["bracket"])
            places += ["=" + mark for mark in (currency[1] or currency[2] or "" if currency else "")]
        else:
            places.append("=" + (token["quoted"] or token["escaped"] or ""))
    kept = "".join(place[0] for place in places)
    tells = kept.count("0") > 1 or _INNER_LITERAL.search(kept) or any(map(_is_told, places))
    return Mask(tuple(places), condition) if tells and kept.strip("=") else None


def _is_told(place: str) -> bool:
    """Return whether a literal belongs to what a person reads as the value: any but blanks and signs of money."""
    return place.startswith("=") and any(
        not mark.isspace() and unicodedata.category(mark) not in {"Sc", "Ps", "Pe"} and mark != "-"
        for mark in place[1:]
    )
