"""Days and times of day as text, as spreadsheets store them, and the order of day and month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from importer.model.chunks import distinct_of
from importer.normalizing.value_reading import Unreadable
from schemas.calendar_words import AT_WORDS, JOINING_WORDS, MONTH_WORDS, WEEKDAY_WORDS
from schemas.status_words import folded_word

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
            self.take(text)

    def take(self, text: str, times: int = 1) -> None:
        """Take note of one text that stands there so many times; with -1 it is taken back."""
        if found := _ORDERED.search(text):
            if len(found["year"]) == 2:
                self.short += times
            else:
                self._count(int(found["a"]), int(found["b"]), times)

    def _count(self, first: int, second: int, times: int) -> None:
        order = _only_order(first, second)
        self.day_first += times * (order == "dmy")
        self.month_first += times * (order == "mdy")
        self.open += times * (order is None and first != second and first <= 12)

    def order(self) -> DateOrder | None:
        """Return the proven order: one value fits only it, and none fits only the other."""
        if self.day_first and not self.month_first:
            return "dmy"
        if self.month_first and not self.day_first:
            return "mdy"
        return None


CLOCK: Final = (
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<fraction>[.,][0-9]{1,9})?)?)?"
    r"(?: ?(?P<half>[ap]\.? ?m\.?|[ap]))?"
)
_CLOCK = re.compile(CLOCK, re.IGNORECASE)
_MILITARY = re.compile(r"([0-9]{2})([0-9]{2})")
# A spreadsheet writes fifteen digits or as many as it takes; 0.5 may be half an hour, or half past midnight.
_FRACTION_OF_DAY = re.compile(r"0?\.[0-9]{5,18}")
_BARE_NUMBER = re.compile(r"(?P<hour>[0-9]{1,2}?)(?:[.,]?(?P<minute>[0-5][0-9]))?")
_TO: Final = r" ?[-\u2010-\u2015\u2212] ?| (?:to|until|till|bis) "
_RANGE = re.compile(
    rf"(?P<first>[^-\u2010-\u2015\u2212]*?)(?P<to>{_TO})(?P<last>[^-\u2010-\u2015\u2212]*)", re.IGNORECASE
)
# At the end of a longer text: `` - 10:05 AM``.
_RANGE_END = re.compile(
    rf"(?P<clock>{CLOCK})(?:{_TO})(?P<last>[0-9]{{1,2}}(?::[0-9]{{2}})?(?: ?[ap]\.?m\.?)?)\Z", re.IGNORECASE
)
_LIKE_AN_OFFSET = re.compile(r"(?:0[1-9]|1[0-2]):(?:00|30|45)")


_HOUR_WORD: Final = r"(?:uhr|uur|horas?|heures?|hours?|hrs?|hs?)\b\.?"
_SPOKEN_HOURS: Final = (
    (re.compile(r"\b(?:12(?::00)? ?)?noon\b", re.IGNORECASE), "12:00 PM"),
    (re.compile(r"\b([0-9]{1,2})\.([0-9]{2})(?= ?[ap]\.?m\b)", re.IGNORECASE), r"\1:\2"),
    # Behind a day with its year, four digits are a time of day: 03/04/2027 0900.
    (re.compile(r"(?:(?<=[/.-][0-9]{4} )|(?<=[0-9]{4}-[0-9]{2}-[0-9]{2} ))([01][0-9]|2[0-3])([0-5][0-9])\Z"), r"\1:\2"),
    (re.compile(rf"\b([0-9]{{1,2}})[:.]([0-9]{{2}}) ?{_HOUR_WORD}", re.IGNORECASE), r"\1:\2"),
    (re.compile(rf"\b([0-9]{{2}})([0-9]{{2}}) ?{_HOUR_WORD}", re.IGNORECASE), r"\1:\2"),
    (re.compile(r"\b([0-9]{1,2}) ?[hu] ?([0-9]{2})(?: ?min| ?mn)?\b", re.IGNORECASE), r"\1:\2"),
    # An hour alone is of 24 where nobody would say it of the evening.
    (re.compile(rf"\b(0?[7-9]|1[0-9]|2[0-3]) ?{_HOUR_WORD}", re.IGNORECASE), r"\1:00"),
)
# No day and no time of day is longer, and to read one takes a hundred searches.
LONGEST_TEXT: Final = 60
_FIRST_OF_MONTH: Final = re.compile(r"\b1(?:er|ero|º|°)(?=[ .])", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:-feira)?")
_BLANKS: Final = re.compile(" {2,}")


def in_english(text: str) -> str:
    """
    Return a day or a time of day with its words in English.

    ``lun. 8 de marzo de 2027 a las 14h30`` has ``monday``, ``march`` and ``14:30``. What is no such word stays, so that the text
    is refused as it is. Blanks are single.
    """
    for pattern, clock in _SPOKEN_HOURS:
        text = pattern.sub(clock, text)
    text = _LETTERS.sub(_english_word, _FIRST_OF_MONTH.sub("1", text.replace(" a las ", " at ")))
    return _BLANKS.sub(" ", text).strip()


def _english_word(found: re.Match[str]) -> str:
    word = found[0].removesuffix("-feira")
    plain = folded_word(word)
    if not found.string[: found.start()].strip() and plain in WEEKDAY_WORDS:
        return WEEKDAY_WORDS[plain]
    if plain in MONTH_WORDS:
        return MONTH_WORDS[plain]
    if word.casefold() in AT_WORDS:
        return "at"
    return "" if plain in JOINING_WORDS else found[0]


def parse_clock(text: str) -> time:
    """
    Return a time of day to the second.

    Accepted: ``14:30``, ``14:30:00``, ``9:05``, ``2:30 PM``, ``2pm``, ``2:30 p.m.``; twelve is noon with PM and
    midnight with AM; ``14h30``, ``14:30 Uhr``, ``14 h``, ``2.30 pm``, ``12 noon``, as ``in_english`` writes them.

    Raises:
        Unreadable: ``time_24`` for 24:00, ``time_fraction`` for parts of a second, ``time_unreadable`` for the rest,
            bare numbers among it: ``9`` may be in the morning or in the evening.

    """
    found = len(text) <= LONGEST_TEXT and (_CLOCK.fullmatch(text) or _CLOCK.fullmatch(in_english(text)))
    if not found or not (found["minute"] or found["half"]):
        raise Unreadable("time_unreadable", _perhaps(text))
    if (found["fraction"] or "").strip(".,0"):
        raise Unreadable("time_fraction")
    if found["fraction"] and found["fraction"][0] == ",":
        raise Unreadable("time_unreadable")
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if hour == 24 and not found["half"]:
        raise Unreadable("time_24")
    return _time(_of_24(hour, (found["half"] or "").lower()), minute, second)


def parse_time_cell(text: str) -> time:
    """
    Return the time of day that stands in a column of times.

    Accepted beside the forms of ``parse_clock``: four digits (``0930``); a spreadsheet's fraction of a day with the
    digits that it writes (``0.604166666666667``); of a range (``2:00 PM - 2:30 PM``) the start.

    Raises:
        Unreadable: as ``parse_clock``; ``time_range`` for a range whose start is not sure, such as ``2-3 PM``.

    """
    if len(text) > LONGEST_TEXT:
        raise Unreadable("time_unreadable")
    if military := _MILITARY.fullmatch(text):
        return parse_clock(f"{military[1]}:{military[2]}")
    if _FRACTION_OF_DAY.fullmatch(text):
        seconds = seconds_of_day(Decimal(text))
        if seconds < 86_400:
            return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    for spelled in dict.fromkeys((text, in_english(text))):
        span = _RANGE.fullmatch(spelled)
        if span and _CLOCK.fullmatch(span["first"]) and _CLOCK.fullmatch(span["last"]):
            return start_of_range(span["first"], span["to"], span["last"])
    return parse_clock(text)


def without_end(text: str) -> str:
    """
    Return a text that ends with a range of times, such as ``4 Mar 2027 10:00 AM - 10:05 AM``, without the range's end.

    Any other text comes back as it is.

    Raises:
        Unreadable: ``time_range`` where the start of the range is not sure.

    """
    found = _RANGE_END.search(text)
    if found is None:
        return text
    joint = text[found.end("clock") : found.start("last")]
    start_of_range(found["clock"], joint, found["last"])
    return text[: found.end("clock")]


def start_of_range(first: str, joint: str, last: str) -> time:
    """
    Return the start of a range of times, which must come before its end.

    Raises:
        Unreadable: ``time_range`` where AM or PM stands at the end alone, where the end does not come later, or where
            the end may be a UTC offset, as in ``09:00-05:00``.

    """
    begins, ends = _CLOCK.fullmatch(first), _CLOCK.fullmatch(last)
    halves = [bool(found and found["half"]) for found in (begins, ends)]
    if halves == [False, True] or (not any(halves) and _is_offset(joint, last)):
        raise Unreadable("time_range")
    try:
        start, end = parse_clock(first), parse_clock(last)
    except Unreadable:
        raise Unreadable("time_range") from None
    if end <= start and halves != [True, False]:
        raise Unreadable("time_range")
    return start


def _is_offset(joint: str, last: str) -> bool:
    return len(joint) == 1 and _LIKE_AN_OFFSET.fullmatch(last) is not None


def _perhaps(text: str) -> str:
    """Return a sentence with the time that a bare number may be, "" for any other text."""
    found = _BARE_NUMBER.fullmatch(text)
    if found is None or int(found["hour"]) > 23:
        return ""
    return f"If {int(found['hour'])}:{found['minute'] or '00'} is meant, write it so."


def _of_24(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise Unreadable("time_unreadable")
    return hour % 12 + (12 if half.startswith("p") else 0)


def _time(hour: int, minute: int, second: int) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        raise Unreadable("time_unreadable") from None


LAST_1900: Final = 2_958_465
LAST_1904: Final = LAST_1900 - 1462

# From this many decimals on a program rounded a fraction off; before it the fraction is meant exactly.
_ROUNDED_FROM: Final = 5


def parse_serial(text: str, *, epoch_1904: bool = False) -> datetime:
    """
    Return the local time of a serial number such as ``46204.604166666667``, rounded to the second.

    In the 1900 system day 1 is 1900-01-01 and day 60, 29 February 1900, never was; in the 1904 system day 1 is
    1904-01-02. The caller has checked that the text is digits with at most one point.

    Raises:
        Unreadable: ``date_missing`` for a time without a day, ``serial_out_of_range`` (also for what looks like a
            year), ``serial_rounded`` where the fraction has too few digits to tell the second.

    """
    serial = Decimal(text)
    if serial < 1:
        raise Unreadable("date_missing" if serial else "serial_out_of_range")
    day, fraction = int(serial), serial % 1
    _refuse_unlikely(day, fraction, epoch_1904=epoch_1904)
    moment = _epoch(day, epoch_1904=epoch_1904) + timedelta(days=day, seconds=seconds_of_day(fraction))
    if moment.year > 9999:
        raise Unreadable("serial_out_of_range")
    return moment


def _refuse_unlikely(day: int, fraction: Decimal, *, epoch_1904: bool) -> None:
    never_was = day == 60 and not epoch_1904
    looks_like_year = not fraction and 1900 <= day < 2200
    if never_was or looks_like_year or day > (LAST_1904 if epoch_1904 else LAST_1900):
        raise Unreadable("serial_out_of_range")


def _epoch(day: int, *, epoch_1904: bool) -> datetime:
    if epoch_1904:
        return datetime(1904, 1, 1)  # noqa: DTZ001 - a wall clock
    return datetime(1899, 12, 31 if day < 60 else 30)  # noqa: DTZ001 - likewise


def seconds_of_day(fraction: Decimal) -> int:
    """Return a fraction of a day in whole seconds. ``Unreadable("serial_rounded")``: it has too few digits for that."""
    exact = fraction * 86_400
    seconds = exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    decimals = -int(fraction.as_tuple().exponent)
    if decimals < _ROUNDED_FROM and exact != seconds:
        raise Unreadable("serial_rounded")
    return int(seconds)
