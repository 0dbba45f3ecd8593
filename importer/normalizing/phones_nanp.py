"""
The quick way for North American numbers, with the library's answers.

Whether a text is a number at all is a matter of its shape, ``(000) 000-0000``, and decided once for each shape.
Whether the number is in use is what the library's own expressions say, put to all numbers at once, a line each.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata

from importer.model.issues import Issues
from importer.normalizing.phones import (
    LONGEST,
    USUAL_REGIONS,
    parse_phone,
    plain,
    refuse_what_is_no_single_number,
    unassigned,
)
from importer.normalizing.readings import (
    Column,
    Unreadable,
    as_lines,
    distinct,
    object_array,
    odd_lines,
    odd_places,
    patched,
    read_column,
    unlike,
)

if TYPE_CHECKING:
    from importer.normalizing.readings import Parser, Reading

FIELD: Final = "phone"
REGIONS: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])

# Blocks of three, three and four digits: nothing that another rule might read otherwise.
_SHAPE = re.compile(r" *(?:\+?0[ .-]?)?(?:\(000\) ?|000[ .-]?)000[ .-]?0000 *")
_NOT_SHORT: Final = unlike(r"[2-9](?:[ -]?[0-9]){2,8}")
# What stands in no number cell, as the E of 1.2E+09 does.
_LETTER = re.compile("[A-DF-Za-df-z]")
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
    if region not in REGIONS:
        return read_column(FIELD, texts, partial(parse_phone, region=region, allow_unassigned=allow_unassigned))
    lines = _ascii_lines(texts.tolist())
    digits, (places, shapes) = lines.translate(_TO_DIGITS), _shapes(lines.translate(_TO_SHAPE), len(texts))
    odd = np.array([not _SHAPE.fullmatch(shape) for shape in shapes], dtype=bool)[places]
    odd[odd_lines(digits, usual_numbers())] = True
    rows = np.flatnonzero(odd)
    careful = partial(_parse_unusual, region=region, allow_unassigned=allow_unassigned)
    refused = object_array(map(_refusal_of, shapes))[places[rows]]
    read = _read_odd(texts[rows], refused, region, careful)
    return patched(_in_e164(digits), rows, read)


def _ascii_lines(texts: list[str]) -> str:
    """Return the texts as lines, blank ones for those with other characters than those of ASCII."""
    lines = as_lines(texts)
    return lines if lines.isascii() else as_lines([text if text.isascii() else "" for text in texts])


def _shapes(lines: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the shapes, which stand as lines, as ``distinct`` does; in a sheet of one program there is one."""
    first = lines[1:].partition("\n")[0]
    if lines == f"\n{first}" * rows:
        return np.zeros(rows, dtype=np.intp), object_array([first])
    return distinct(object_array(lines.split("\n")[1:]))


def _in_e164(digits: str) -> np.ndarray:
    """
    Return lines of digits as numbers of the plan; of lines that are no such number it does not matter what.

    A line that is such a number has ten digits, which begin with none but 2 to 9, or the same behind ``1`` or ``+1``.
    So each line is judged by its own beginning: a total says nothing of one, as a short line makes up for a long one.
    """
    if "\n1" not in digits and "\n+" not in digits:
        return object_array(digits.replace("\n", "\n+1").split("\n")[1:])
    return object_array(["+1" + number[-10:] for number in digits.split("\n")[1:]])


def _read_odd(texts: np.ndarray, refused: np.ndarray, region: str, careful: Parser) -> Column:
    """Return what is said of odd texts; ``refused``: what their shapes tell, None where it must be read."""
    if region == "US":
        short = np.ones(len(texts), dtype=bool)
        short[odd_places(texts.tolist(), _NOT_SHORT)] = False
        refused[short] = "phone_too_short"
    codes = sorted(set(refused) - {None})
    findings = [Issues(code, FIELD, np.flatnonzero(refused == code)) for code in codes]
    left = np.flatnonzero(refused == None)  # noqa: E711 - element by element
    column = patched(texts, left, read_column(FIELD, texts[left], careful))
    return Column(column.texts, (*findings, *column.findings))


@lru_cache(maxsize=4096)
def _refusal_of(shape: str) -> str | None:
    """Return why every text of this shape is refused: with letters in it, whatever the digits are; None: they matter."""
    value = plain(shape)
    if len(value) > LONGEST or "\0" in shape or not _LETTER.search(value):
        return None
    try:
        refuse_what_is_no_single_number(value)
    except Unreadable as reason:
        return reason.issue.code
    return None


def _parse_unusual(text: str, region: str, *, allow_unassigned: bool) -> Reading:
    """Read a number as ``parse_phone`` does, without a look-up where it is surely not in use."""
    if _SHAPE.fullmatch(text.translate(_TO_SHAPE)) and unused_numbers().fullmatch(text.translate(_TO_DIGITS)):
        return unassigned("+1" + text.translate(_TO_DIGITS)[-10:], allowed=allow_unassigned)
    return parse_phone(text, region, allow_unassigned=allow_unassigned)


@cache
def usual_numbers() -> re.Pattern[str]:
    """
    Return what finds lines that are no number, fixed or mobile alike, of the places that need no warning.

    A line is ten digits, with ``1`` or ``+1`` before them or without.
    """
    # Most numbers are of the first place that is asked.
    regions = sorted(REGIONS & USUAL_REGIONS, key=lambda region: (region != "US", region))
    places = map(PhoneMetadata.metadata_for_region, regions)
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
