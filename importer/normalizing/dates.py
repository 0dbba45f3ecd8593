"""Days as text, and the order of day and month: declared, or proven by a whole column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from importer.model.distinct import distinct_of
from importer.normalizing.readings import Unreadable

if TYPE_CHECKING:
    import numpy as np

    from importer.model.profile import DateOrder

MONTHS: Final = {
    name: number
    for number, full in enumerate(
        (
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ),
        start=1,
    )
    for name in (full, full[:3], *(("sept",) if full == "september" else ()))
}
WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tue", "tues"),
            ("wednesday", "wed", "weds"),
            ("thursday", "thu", "thur", "thurs"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}

_YEAR_FIRST = r"(?P<y1>[0-9]{4})(?P<s1>[-/.])(?P<m1>[0-9]{1,2})(?P=s1)(?P<d1>[0-9]{1,2})"
_BASIC = r"(?P<y2>[0-9]{4})(?P<m2>[0-9]{2})(?P<d2>[0-9]{2})"
_NUMERIC = r"(?P<a>[0-9]{1,2})(?P<s3>[-/.])(?P<b>[0-9]{1,2})(?P=s3)(?P<y3>[0-9]{4}|[0-9]{2})"
_MONTH_FIRST = r"(?P<n4>[A-Za-z]{3,9})\.?[ -]?(?P<d4>[0-9]{1,2})(?:st|nd|rd|th)?(?:, ?| |-)(?P<y4>[0-9]{4}|[0-9]{2})"
_DAY_FIRST = r"(?P<d5>[0-9]{1,2})(?:st|nd|rd|th)?\.?[ -]?(?P<n5>[A-Za-z]{3,9})\.?(?:, ?| |-)(?P<y5>[0-9]{4}|[0-9]{2})"
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,? )?"
DATE: Final = rf"{_WEEKDAY}(?:{_YEAR_FIRST}|{_BASIC}|{_NUMERIC}|{_MONTH_FIRST}|{_DAY_FIRST})"

_ORDERED = re.compile(
    r"(?<![0-9./-])(?P<a>[0-9]{1,2})([-/.])(?P<b>[0-9]{1,2})\2(?P<year>[0-9]{4}|[0-9]{2})(?![0-9./-])"
)
# Cheap to look for, and in every date that the above finds.
_YEAR_LAST = re.compile("[0-9][-/.][0-9]{2}")


class DateRules(NamedTuple):
    """What is known of a column's dates: the order of numeric ones (None: not known), and whether ``27`` is 2027."""

    order: DateOrder | None = None
    two_digit_years: bool = False


NOTHING_KNOWN: Final = DateRules()


def date_of(found: re.Match[str], rules: DateRules) -> date:
    """
    Return the day that a match of ``DATE`` names.

    Raises:
        Unreadable: ``date_ambiguous`` (``3/4/2027`` in an order that nobody declared), ``date_order`` (against the
            declared order), ``date_two_digit_year``, ``date_weekday`` (the day named is another), ``date_unreadable``.

    """
    day = _day(found, rules)
    if weekday := found["weekday"]:
        number = WEEKDAYS.get(weekday.lower())
        if number is None:
            raise Unreadable("date_unreadable")
        if number != day.weekday():
            raise Unreadable("date_weekday", f"{day:%A}")
    return day


def _day(found: re.Match[str], rules: DateRules) -> date:
    if found["y1"]:
        if found["s1"] == "." and rules.order != "ymd":
            raise Unreadable("date_ambiguous")
        return _date(found["y1"], found["m1"], found["d1"], rules)
    if found["y2"]:
        return _date(found["y2"], found["m2"], found["d2"], rules)
    if found["y3"]:
        return _numeric(found["a"], found["b"], found["y3"], rules)
    name = (found["n4"] or found["n5"]).lower()
    if name not in MONTHS:
        raise Unreadable("date_unreadable")
    return _date(found["y4"] or found["y5"], str(MONTHS[name]), found["d4"] or found["d5"], rules)


def _numeric(first: str, second: str, last: str, rules: DateRules) -> date:
    if len(last) == 2 and not rules.two_digit_years:
        raise Unreadable("date_two_digit_year")
    if len(last) == 2 and not rules.order:
        # Not even 13/4/27 shows its order: it may be 27 April 2013.
        raise Unreadable("date_ambiguous")
    if len(last) == 2 and rules.order == "ymd":
        return _date(first, second, last, rules)
    if not 0 < min(int(first), int(second)) <= 12:
        raise Unreadable("date_unreadable")
    possible = _only_order(int(first), int(second))
    order = possible if rules.order in {None, "ymd"} else rules.order
    if order is None and int(first) != int(second):
        raise Unreadable("date_ambiguous")
    if possible not in {None, order}:
        raise Unreadable("date_order", str(order))
    day, month = (second, first) if order == "mdy" else (first, second)
    return _date(last, month, day, rules)


def _only_order(first: int, second: int) -> DateOrder | None:
    """Return the one order in which two numbers are a day and a month, None where both or neither is."""
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else None


def _date(year: str, month: str, day: str, rules: DateRules) -> date:
    if len(year) == 2 and not rules.two_digit_years:
        raise Unreadable("date_two_digit_year")
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        raise Unreadable("date_unreadable") from None


@dataclass
class DateEvidence:
    """
    What a column's numeric dates say about the order of day and month, chunk by chunk.

    ``day_first`` and ``month_first`` count values that can be read in one order only (``13/4/2027``,
    ``4/13/2027``), ``open`` those that can be read in both. Years of two digits prove nothing, since ``13/4/27`` may
    also be in 2013; ``short`` counts them, for they want an order too.
    """

    day_first: int = 0
    month_first: int = 0
    open: int = 0
    short: int = 0

    def see(self, texts: pd.Series | np.ndarray) -> None:
        """Take note of a chunk of the column."""
        known = list(dict.fromkeys(distinct_of(pd.Series(texts, copy=False)).texts))
        # One search tells that there is none, of a sheet that writes its dates otherwise.
        for text in known if _YEAR_LAST.search("\n".join(known)) else ():
            if found := _ORDERED.search(text):
                if len(found["year"]) == 2:
                    self.short += 1
                else:
                    self._count(int(found["a"]), int(found["b"]))

    def _count(self, first: int, second: int) -> None:
        order = _only_order(first, second)
        self.day_first += order == "dmy"
        self.month_first += order == "mdy"
        self.open += order is None and first != second and first <= 12

    def order(self) -> DateOrder | None:
        """Return the proven order: one value fits only it, and none fits only the other."""
        if self.day_first and not self.month_first:
            return "dmy"
        if self.month_first and not self.day_first:
            return "mdy"
        return None
