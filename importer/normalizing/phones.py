"""
Phone numbers, as E.164, through libphonenumber, and the quick way for North America with the library's answers.

Whether a text is a number at all is a matter of its shape, ``(000) 000-0000``, and decided once for each shape.
Whether the number is in use is what the library's own expressions say, put to all numbers at once, a line each.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType, ValidationResult

from importer.model.chunks import remembering_cells
from importer.model.issues import Issue, Issues
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import (
    BLANK,
    Column,
    Reading,
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
    from importer.normalizing.value_reading import Parser


# The sibling calls of the API take US, Canadian and UK numbers only; the territories share the US plan.
USUAL_REGIONS: Final = frozenset({"US", "CA", "GB", "PR", "VI", "GU", "AS", "MP"})

# Kinds of number that rarely get texts.
UNLIKELY_KINDS: Final = {
    PhoneNumberType.TOLL_FREE: "phone_toll_free",
    PhoneNumberType.PREMIUM_RATE: "phone_premium",
    PhoneNumberType.SHARED_COST: "phone_premium",
    PhoneNumberType.FIXED_LINE: "phone_landline",
    PhoneNumberType.PAGER: "phone_landline",
    PhoneNumberType.UAN: "phone_landline",
    PhoneNumberType.VOICEMAIL: "phone_landline",
}

LONGEST: Final = 80
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

# A number with a decimal point, unless the point stands before the last four digits, as in 305234.5678.
_DECIMAL = r"(?!\+?1?[0-9]{6}\.[0-9]{4}\Z)([+-]?[0-9]{7,})[.,]([0-9]*)"
_NUMERIC_CELL = re.compile(rf"{_DECIMAL}|([+-]?[0-9]+(?:[.,][0-9]*)?)[eE]([+-]?[0-9]+)")
_SEPARATOR = re.compile(r"[/\\,;|&\n\r]+|(?=\+)|\s(?:or|and|oder|y|et)\s", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?<=[0-9)\s.,;-])(?:ext(?:ension|n)?|x|int|anexo|доб)[\s.:=]*[0-9]{1,9}\s*\Z|;ext=|#\s*[0-9]+\s*#?\Z|[0-9]{4}\s*[,;]+\s*[0-9]{1,6}\Z",
    re.IGNORECASE,
)
# What may stand in a number beside digits: the library's own list of punctuation, and any blank.
_BODY = re.compile(r"\(?+\s*+\+?+[0-9\s().\[\]/\-\u2010-\u2015\u2212\u2043\u2053\u207b\u223c\u30fc\ufe63]+")
_DIGITS = re.compile(r"[0-9]")


KNOWN_REGIONS: Final = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The countries (ISO 3166, two letters) in which a number without ``+`` may be meant."""


def parse_phone(text: str, region: str = "US", *, allow_unassigned: bool = False) -> Reading:
    """
    Read one phone number as E.164; ``region`` (ISO 3166, two letters) says how a number without ``+`` is meant.

    Accepted: the number in national or international form, with ``+``, ``00`` or the region's own prefix for calls
    abroad; any of the usual punctuation, blanks and dashes; digits of any script, full width as well; a leading
    ``'`` from a spreadsheet; ``tel:`` in front; ``9072223344.0`` and ``7.872345678E+09``, where every digit is
    there. ``allow_unassigned``: a number of the right length that is not in use passes with a warning.

    Warnings: ``phone_country`` for numbers outside the US, Canada and the UK, ``phone_toll_free``,
    ``phone_premium``, ``phone_landline`` where the library knows.

    Raises:
        Unreadable: ``phone_too_short``, ``phone_too_long``, ``phone_not_in_use`` (well formed, but no such number),
            ``phone_extension``, ``phone_two_numbers``, ``phone_letters``, ``phone_damaged`` (digits were lost in a
            spreadsheet), ``country_code_ambiguous`` (the region's calling code may stand in front, without its plus, or be the
            beginning of the number), or ``phone_invalid`` for the rest.

    """
    digits = plain(text)
    if not digits:
        if trimmed(text):
            raise Unreadable("phone_invalid")
        return BLANK
    if len(digits) > LONGEST:
        raise Unreadable("phone_too_long" if _BODY.fullmatch(digits) else "phone_invalid")
    return _looked_up(_numeric_cell(digits), region, allow_unassigned=allow_unassigned)


_TAIL: Final = 9


def is_another_number(text: str, number: str, region: str) -> bool:
    """Whether a cell holds a phone number, and not this one."""
    digits = "".join(filter(str.isdecimal, text))
    if not number.lstrip("+").isdecimal() or len(digits) < _TAIL or digits.endswith(number[-_TAIL:]):
        return False
    try:
        return not parse_phone(text, region, allow_unassigned=True).value.endswith(number[-_TAIL:])
    except Unreadable:
        return False


def plain(text: str) -> str:
    """Return the text with ASCII digits and punctuation, without invisible characters, a leading ``'`` or ``tel:``."""
    value = trimmed(_INVISIBLE.sub("", text))
    if not value.isascii():
        value = "".join(map(_ascii, value))
    value = trimmed(value.removeprefix("'"))
    return value[4:] if value[:4].lower() == "tel:" else value


def _ascii(mark: str) -> str:
    digit = unicodedata.digit(mark, None)
    if digit is not None and mark.isdecimal():
        return str(digit)
    return unicodedata.normalize("NFKC", mark) if unicodedata.east_asian_width(mark) == "F" else mark


def _numeric_cell(value: str) -> str:
    """Return a number cell's digits where all are there; any other value as it is."""
    cell = _NUMERIC_CELL.fullmatch(value)
    if cell is None:
        return value
    whole, decimals, mantissa, exponent = cell.groups()
    if mantissa is None:
        if decimals.strip("0"):
            raise Unreadable("phone_damaged")
        return str(whole)
    head, _, tail = mantissa.replace(",", ".").partition(".")
    if int(exponent) != len(tail) or not tail:
        raise Unreadable("phone_damaged")
    return head + tail


def _looked_up(value: str, region: str, *, allow_unassigned: bool) -> Reading:
    refuse_what_is_no_single_number(value)
    found = _parsed(value, region)
    is_valid = phonenumbers.is_valid_number(found) and _reachable(found)
    if is_valid or allow_unassigned:
        _refuse_own_code(found, value)
    if is_valid:
        return _reading_of_valid(found)
    if value.startswith("00") and (abroad := _valid_abroad("+" + value[2:])):
        return _reading_of_valid(abroad)
    _refuse_wrong_length(found, value, region)
    hint = "" if found.country_code == 1 else _hint(value)
    return unassigned(_e164(found), hint, allowed=allow_unassigned and _reachable(found))


def unassigned(e164: str, hint: str = "", *, allowed: bool) -> Reading:
    """Return a well-formed number that is not in use, with a warning. ``phone_not_in_use``: that is not allowed."""
    if not allowed:
        raise Unreadable("phone_not_in_use", hint)
    return Reading(e164, (Issue("phone_unassigned"),))


def refuse_what_is_no_single_number(value: str) -> None:
    """Refuse what ``plain`` returned where it is no number cell, nor one number; which digits it has does not matter."""
    parts = [len(_DIGITS.findall(part)) for part in _SEPARATOR.split(value)]
    if sum(count >= 7 for count in parts) > 1:
        raise Unreadable("phone_two_numbers")
    if _EXTENSION.search(value):
        raise Unreadable("phone_extension")
    if any(mark.isalpha() for mark in value):
        raise Unreadable("phone_letters" if _DIGITS.search(value) else "phone_invalid")
    if not _BODY.fullmatch(value):
        raise Unreadable("phone_invalid")


def _parsed(value: str, region: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(value, region)
    except NumberParseException as error:
        code = _CODES.get(error.error_type, "phone_invalid")
        if code == "phone_too_long":
            _refuse_two_numbers(value, region)
        raise Unreadable(code, _hint(value) if code == "phone_invalid" else "") from None


_CODES: Final = {
    NumberParseException.TOO_SHORT_NSN: "phone_too_short",
    NumberParseException.TOO_SHORT_AFTER_IDD: "phone_too_short",
    NumberParseException.TOO_LONG: "phone_too_long",
}


def _refuse_own_code(found: PhoneNumber, value: str) -> None:
    """Refuse 4915123456789 in Germany: a number of area 491, and one in international form without its ``+``."""
    digits = "".join(_DIGITS.findall(value))
    if value.startswith(("+", "0")) or not digits.startswith(str(found.country_code)):
        return
    abroad = _valid_abroad(f"+{digits}")
    if abroad is not None and _e164(abroad) != _e164(found):
        raise Unreadable("country_code_ambiguous", f"{_e164(found)} or {_e164(abroad)}")


def _refuse_wrong_length(found: PhoneNumber, value: str, region: str) -> None:
    match phonenumbers.is_possible_number_with_reason(found):
        case ValidationResult.TOO_SHORT | ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise Unreadable("phone_too_short")
        case ValidationResult.TOO_LONG:
            _refuse_two_numbers(value, region)
            raise Unreadable("phone_too_long", _hint(value))
        case ValidationResult.INVALID_LENGTH | ValidationResult.INVALID_COUNTRY_CODE:
            raise Unreadable("phone_invalid", _hint(value))
        case _:
            pass


def _refuse_two_numbers(value: str, region: str) -> None:
    """Refuse two numbers with nothing but blanks between them as what they are."""
    digits = "".join(_DIGITS.findall(value))
    middle = len(digits) // 2
    if len(digits) % 2 == 0 and all(_is_valid(half, region) for half in (digits[:middle], digits[middle:])):
        raise Unreadable("phone_two_numbers")


def _is_valid(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except NumberParseException:
        return False


def _reachable(number: PhoneNumber) -> bool:
    """Return whether the number can be dialled from anywhere: Canada's seven-digit service numbers cannot."""
    return number.country_code != 1 or len(str(number.national_number)) == 10


def _valid_abroad(value: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(value, None)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) and _reachable(number) else None


def _hint(value: str) -> str:
    """Return the number with its ``+`` where only that was lost, as spreadsheets do."""
    digits = "".join(_DIGITS.findall(value))
    if value.startswith(("+", "0")) or not (number := _valid_abroad("+" + digits)):
        return ""
    return f"If it is a number abroad, write {_e164(number)}."


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _reading_of_valid(number: PhoneNumber) -> Reading:
    """Return the number with the warnings that it deserves: its country, and a kind that rarely gets texts."""
    remarks = []
    region = phonenumbers.region_code_for_number(number)
    if region not in USUAL_REGIONS:
        remarks.append(
            Issue("phone_country", detail=region if region not in {None, "001"} else f"+{number.country_code}")
        )
    if kind := UNLIKELY_KINDS.get(phonenumbers.number_type(number)):
        remarks.append(Issue(kind))
    return Reading(_e164(number), tuple(remarks))


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


# To put together the expressions that many are searched by takes as long as to read some thirty one by one.
FEW: Final = 20


def read_phones(texts: np.ndarray, region: str = "US", *, allow_unassigned: bool = False) -> Column:
    """Return for each text what ``parse_phone`` says of it, many times as fast where most are North American."""
    if len(texts) > FEW:
        return read_many_phones(texts, region, allow_unassigned=allow_unassigned)
    return read_column(FIELD, texts, partial(parse_phone, region=region, allow_unassigned=allow_unassigned))


def read_many_phones(texts: np.ndarray, region: str = "US", *, allow_unassigned: bool = False) -> Column:
    """Return the same as ``read_phones``, however few they are."""
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


@remembering_cells(4096)
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
