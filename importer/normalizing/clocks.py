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
_FRACTION_OF_DAY = re.compile(r"0?\.[0-9]{1,18}")


def parse_clock(text: str) -> time:
    """
    Return a time of day to the second.

    Accepted: ``14:30``, ``14:30:00``, ``9:05``, ``2:30 PM``, ``2pm``, ``2:30 p.m.``; twelve is noon with PM and
    midnight with AM.

    Raises:
        Unreadable: ``time_24`` for 24:00, ``time_fraction`` for parts of a second, ``time_unreadable`` for the rest.

    """
    found = _CLOCK.fullmatch(text)
    if found is None or not (found["minute"] or found["half"]):
        raise Unreadable("time_unreadable")
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

    Accepted beside the forms of ``parse_clock``: four digits (``0930``), and a spreadsheet's fraction of a day
    (``0.604166666666667``).

    Raises:
        Unreadable: as ``parse_clock``.

    """
    if military := _MILITARY.fullmatch(text):
        return parse_clock(f"{military[1]}:{military[2]}")
    if _FRACTION_OF_DAY.fullmatch(text):
        seconds = seconds_of_day(Decimal(text))
        if seconds < 86_400:
            return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    return parse_clock(text)


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
