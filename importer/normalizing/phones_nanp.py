"""
The quick way for North American numbers, with the library's answers.

Whether a text is a number at all is a matter of its shape, ``(000) 000-0000``, and decided once for each shape.
Whether the number is in use is what the library's own expressions say, put to all numbers at once, a line each.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import phonenumbers
from phonenumbers import PhoneMetadata

from importer.normalizing.phones import USUAL_REGIONS, parse_phone, without_number
from importer.normalizing.readings import Readings, Remark, odd_places, reading_of, unlike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REGIONS: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])

# Blocks of three, three and four digits: nothing that another rule might read otherwise.
_SHAPE = re.compile(r" *(?P<country>\+?0[ .-]?)?(?:\(000\) ?|000[ .-]?)000[ .-]?0000 *")
_SHORT = re.compile(r"[2-9](?:[ -]?[0-9]){2,8}")
_TO_SHAPE: Final = str.maketrans("123456789", "000000000")
_TO_DIGITS: Final = str.maketrans("", "", " ()-.")

# No number begins with these: they lead to the operator, abroad or to another area.
_PREFIXES: Final = "01"

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


def read_phones(texts: list[str], region: str = "US", *, allow_unassigned: bool = False) -> Readings:
    """Return for each text what ``parse_phone`` says of it, many times as fast where most are North American."""
    readings = Readings(texts)
    left: Sequence[int] = range(len(texts))
    if region in REGIONS:
        left = _read_quickly(texts, readings, allow_unassigned=allow_unassigned)
    if region == "US":
        left = _refuse_short_numbers(left, texts, readings)
    for place in left:
        reading = reading_of(lambda text: parse_phone(text, region, allow_unassigned=allow_unassigned), texts[place])
        readings.set(place, reading)
    return readings


def _read_quickly(texts: list[str], readings: Readings, *, allow_unassigned: bool) -> list[int]:
    """Read the numbers in a usual shape, but for kinds and places that need a warning; return all other positions."""
    left = set(range(len(texts)))
    numbers, places = [], []
    for place, (shape, digits) in enumerate(_shapes_and_digits(texts)):
        country = _country_digits(shape)
        if (country == 0 or (country == 1 and digits[-11] == "1")) and digits[-10] not in _PREFIXES:
            numbers.append(digits[-10:])
            places.append(place)
    unusual = set(odd_places(numbers, usual_numbers()))
    unused = set(odd_places(numbers, numbers_in_use())) if unusual else set()
    for line, (place, number) in enumerate(zip(places, numbers, strict=True)):
        if line not in unusual:
            readings.values[place] = "+1" + number
        elif line in unused:
            readings.set(place, without_number(texts[place], "+1" + number, allow_unassigned=allow_unassigned))
        else:
            continue
        left.discard(place)
    return sorted(left)


def _refuse_short_numbers(places: Sequence[int], texts: list[str], readings: Readings) -> list[int]:
    """Refuse the numbers that lack their area code, or more; return the positions of the other texts."""
    left = []
    for place in places:
        if _SHORT.fullmatch(texts[place]):
            readings.mark(place, (Remark("phone_too_short"),))
        else:
            left.append(place)
    return left


def _shapes_and_digits(texts: list[str]) -> Iterator[tuple[str, str]]:
    if not texts:
        return iter(())
    lines = "\n".join(texts)
    if lines.count("\n") != len(texts) - 1 or not lines.isascii():
        lines = "\n".join(text if text.isascii() and "\n" not in text else "" for text in texts)
    return zip(lines.translate(_TO_SHAPE).split("\n"), lines.translate(_TO_DIGITS).split("\n"), strict=True)


@lru_cache(maxsize=10_000)
def _country_digits(shape: str) -> int | None:
    """Return how many digits of this shape stand for a country, 0 or 1; None if it is not the shape of a number."""
    found = _SHAPE.fullmatch(shape)
    if found is None:
        return None
    return 1 if found["country"] else 0


@cache
def usual_numbers() -> re.Pattern[str]:
    """Return what finds lines that are not a number, fixed or mobile alike, of the places that need no warning."""
    places = (PhoneMetadata.metadata_for_region(region) for region in sorted(REGIONS & USUAL_REGIONS))
    return unlike("|".join(_pattern(place, "fixed_line") for place in places if place and _fixed_is_mobile(place)))


def _fixed_is_mobile(place: PhoneMetadata) -> bool:
    return _pattern(place, "fixed_line") == _pattern(place, "mobile")


@cache
def numbers_in_use() -> re.Pattern[str]:
    """Return what finds lines that are no number of any kind in any of the plan's places."""
    places = (PhoneMetadata.metadata_for_region(region) for region in sorted(REGIONS))
    patterns = {_pattern(place, kind) for place in places if place for kind in _KINDS}
    return unlike("|".join(sorted(patterns)))


def _pattern(place: PhoneMetadata, kind: str) -> str:
    """Return the library's expression for one kind of number; one that nothing matches where there is no such kind."""
    rule = getattr(place, kind)
    return rule.national_number_pattern if rule and rule.national_number_pattern else "(?!)"
