"""Times of day as text: ``14:30``, ``2:30 PM``."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Final

from importer.normalizing.readings import Unreadable
from importer.normalizing.serials import seconds_of_day

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


def parse_clock(text: str) -> time:
    """
    Return a time of day to the second.

    Accepted: ``14:30``, ``14:30:00``, ``9:05``, ``2:30 PM``, ``2pm``, ``2:30 p.m.``; twelve is noon with PM and
    midnight with AM.

    Raises:
        Unreadable: ``time_24`` for 24:00, ``time_fraction`` for parts of a second, ``time_unreadable`` for the rest,
            bare numbers among it: ``9`` may be in the morning or in the evening.

    """
    found = _CLOCK.fullmatch(text)
    if found is None or not (found["minute"] or found["half"]):
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
    if military := _MILITARY.fullmatch(text):
        return parse_clock(f"{military[1]}:{military[2]}")
    if _FRACTION_OF_DAY.fullmatch(text):
        seconds = seconds_of_day(Decimal(text))
        if seconds < 86_400:
            return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if (span := _RANGE.fullmatch(text)) and _CLOCK.fullmatch(span["first"]) and _CLOCK.fullmatch(span["last"]):
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
