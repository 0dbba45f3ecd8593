"""Rows that add up others: ``Total``, ``Grand total:``, ``Count: 41``, ``41 appointments``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHAT = r"(?:appointments?|bookings?|visits?|patients?|clients?|rows?|records?|entries)"
_ADDING_UP = re.compile(
    rf"(?:(?:grand|sub|overall|report|page)[ -]?)?totals?(?: (?:of )?(?:number of )?{_WHAT})?[\s:=\d.,]*"
    rf"|(?:row |record )?(?:sum|count)[\s:=\d.,]*"
    rf"|(?:total )?number of {_WHAT}[\s:=\d.,]*"
    rf"|\d+ {_WHAT}\.?"
    rf"|-*\s*end of (?:report|file|list)\.?\s*-*",
    re.IGNORECASE,
)


def is_total(cells: Sequence[str]) -> bool:
    """
    Return whether a row sums up instead of naming an appointment.

    Its first filled cell says so and nothing else, and at least half of the row is blank: a patient whose first
    name is Count has a phone, a date and a number beside her name.
    """
    filled = [cell for cell in cells if cell]
    if not filled or len(filled) * 2 > len(cells):
        return False
    return _ADDING_UP.fullmatch(filled[0].strip()) is not None
