"""
The quick way for North American numbers, with the library's answers.

In the plan of +1 every rule of the library looks at the first six of a number's ten digits, on some islands at seven,
and takes any digits after them. So its answer for one number is its answer for the whole prefix; it is asked once for
each prefix. And whether a text is a number at all is a matter of its shape, ``(000) 000-0000``; it is decided once for
each shape.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

from importer.normalizing.phones import parse_phone, remarks_about
from importer.normalizing.readings import Reading, Readings, Remark, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator

REGIONS: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])

# Blocks of three, three and four digits: nothing that another rule might read otherwise.
_SHAPE = re.compile(r" *(?P<country>\+?0[ .-]?)?(?:\(000\) ?|000[ .-]?)000[ .-]?0000 *")
_TO_SHAPE: Final = str.maketrans("123456789", "000000000")
_TO_DIGITS: Final = str.maketrans("", "", " ()-.")


def read_phones(texts: list[str], region: str = "US", *, allow_unassigned: bool = False) -> Readings:
    """Return for each text what ``parse_phone`` says of it, many times as fast where most are North American."""
    readings = Readings(texts)
    left = _read_quickly(texts, readings) if region in REGIONS else range(len(texts))
    for place in left:
        reading = reading_of(lambda text: parse_phone(text, region, allow_unassigned=allow_unassigned), texts[place])
        readings.set(place, reading)
    return readings


def _read_quickly(texts: list[str], readings: Readings) -> list[int]:
    """Set the readings of numbers in a usual shape that are in use; return the positions of all others."""
    left = []
    values = readings.values
    for place, (shape, digits) in enumerate(_shapes_and_digits(texts)):
        country = _country_digits(shape)
        usual = country == 0 or (country == 1 and digits[-11] == "1")
        number = digits[-10:]
        remarks = remarks_for_prefix(number[: deciding_digits(number[:3])]) if usual else None
        if remarks is None:
            left.append(place)
            continue
        values[place] = "+1" + number
        if remarks:
            readings.set(place, Reading(values[place], remarks))
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
def deciding_digits(area_code: str) -> int:
    """Return how many digits decide about a number of this area code: seven on the islands, six elsewhere."""
    regions = (PhoneMetadata.metadata_for_region(region) for region in REGIONS)
    islands = (region.leading_digits for region in regions if region and region.leading_digits)
    return 7 if any(re.fullmatch(area_codes, area_code) for area_codes in islands) else 6


@lru_cache(maxsize=200_000)
def remarks_for_prefix(prefix: str) -> tuple[Remark, ...] | None:
    """Return the warnings about numbers that start with these deciding digits; None if none of them is in use."""
    number = PhoneNumber(country_code=1, national_number=int(prefix.ljust(10, "0")))
    return remarks_about(number) if phonenumbers.is_valid_number(number) else None
