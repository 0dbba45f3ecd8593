"""
The quick way for North American numbers, with the library's answers.

Whether a text is a number at all is a matter of its shape, ``(000) 000-0000``, and decided once for each shape.
Whether the number is in use is what the library's own expressions say, put to all numbers at once, a line each.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata

from importer.normalizing.phones import USUAL_REGIONS, parse_phone, unassigned
from importer.normalizing.readings import (
    Column,
    Unreadable,
    as_lines,
    object_array,
    odd_places,
    patched,
    read_column,
    unlike,
)

if TYPE_CHECKING:
    from importer.normalizing.readings import Reading

FIELD: Final = "phone"
REGIONS: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])

# Blocks of three, three and four digits: nothing that another rule might read otherwise.
_SHAPE = re.compile(r" *(?:\+?0[ .-]?)?(?:\(000\) ?|000[ .-]?)000[ .-]?0000 *")
_SHORT = re.compile(r"[2-9](?:[ -]?[0-9]){2,8}")
_TO_SHAPE: Final = str.maketrans("123456789", "000000000")
_TO_DIGITS: Final = str.maketrans("", "", " ()-.")

_KINDS: Final = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


def read_phones(texts: np.ndarray, region: str = "US", *, allow_unassigned: bool = False) -> Column:
    """Return for each text what ``parse_phone`` says of it, many times as fast where most are North American."""
    parse = partial(parse_phone, region=region, allow_unassigned=allow_unassigned)
    if region not in REGIONS:
        return read_column(FIELD, texts, parse)
    shapes, digits = _shapes_and_digits(texts.tolist())
    odd_shapes = {shape for shape in set(shapes) if not _SHAPE.fullmatch(shape)}
    odd = np.zeros(len(shapes), dtype=bool)
    if odd_shapes:
        odd[:] = [shape in odd_shapes for shape in shapes]
    odd[odd_places(digits, usual_numbers())] = True
    rows = np.flatnonzero(odd)
    careful = partial(_parse_unusual, region=region, allow_unassigned=allow_unassigned)
    numbers = object_array(["+1" + number[-10:] for number in digits])
    return patched(numbers, rows, read_column(FIELD, texts[rows], careful))


def _shapes_and_digits(texts: list[str]) -> tuple[list[str], list[str]]:
    lines = as_lines(texts)
    if not lines.isascii():
        lines = as_lines([text if text.isascii() else "" for text in texts])
    return lines.translate(_TO_SHAPE).split("\n")[1:], lines.translate(_TO_DIGITS).split("\n")[1:]


def _parse_unusual(text: str, region: str, *, allow_unassigned: bool) -> Reading:
    """Read a number as ``parse_phone`` does, without a look-up where it is surely too short or not in use."""
    if region == "US" and _SHORT.fullmatch(text):
        raise Unreadable("phone_too_short")
    if _SHAPE.fullmatch(text.translate(_TO_SHAPE)) and unused_numbers().fullmatch(text.translate(_TO_DIGITS)):
        return unassigned("+1" + text.translate(_TO_DIGITS)[-10:], allowed=allow_unassigned)
    return parse_phone(text, region, allow_unassigned=allow_unassigned)


@cache
def usual_numbers() -> re.Pattern[str]:
    """
    Return what finds lines that are no number, fixed or mobile alike, of the places that need no warning.

    A line is ten digits, with ``1`` or ``+1`` before them or without.
    """
    places = (PhoneMetadata.metadata_for_region(region) for region in sorted(REGIONS & USUAL_REGIONS))
    fixed_or_mobile = (_pattern(place, "fixed_line") for place in places if place and _fixed_is_mobile(place))
    return unlike(rf"(?:\+?1)?(?:{'|'.join(fixed_or_mobile)})")


def _fixed_is_mobile(place: PhoneMetadata) -> bool:
    return _pattern(place, "fixed_line") == _pattern(place, "mobile")


@cache
def unused_numbers() -> re.Pattern[str]:
    """Return what matches ten digits, or eleven with the 1, that are no number of any kind in any of the plan's places."""
    places = (PhoneMetadata.metadata_for_region(region) for region in sorted(REGIONS))
    in_use = "|".join(sorted({_pattern(place, kind) for place in places if place for kind in _KINDS}))
    return re.compile(rf"(?:\+?1)?(?!(?:{in_use})$)[2-9][0-9]{{9}}")


def _pattern(place: PhoneMetadata, kind: str) -> str:
    """Return the library's expression for one kind of number; one that nothing matches where there is no such kind."""
    rule = getattr(place, kind)
    return rule.national_number_pattern if rule and rule.national_number_pattern else "(?!)"
