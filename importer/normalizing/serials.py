"""Dates as spreadsheets store them: days since an epoch, the time of day as their fraction."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from importer.normalizing.readings import Unreadable

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
