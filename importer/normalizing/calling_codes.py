"""The calling code of a country in a column of its own: it belongs to the phone beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import phonenumbers

from importer.model.chunks import remembering_cells
from importer.model.issues import Issues
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.phones import UNLIKELY_KINDS, parse_phone, plain, read_phones
from importer.normalizing.value_reading import (
    BLANK,
    Column,
    Reading,
    Readings,
    Unreadable,
    combinations,
    distinct,
    reading_of,
    spread,
)
from schemas.fields import folded
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.model.chunks import Distinct

FIELD: Final = "countryCode"
_REGIONS: Final = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
_WITHOUT_PLACE: Final = "001"

_CODE = re.compile(r"\(?(?P<plus>\+|00|011)? ?\(?(?P<code>[1-9][0-9]{0,2})\)?(?:\.0+)?")
# The islands of the North American plan: +1-242 is the Bahamas.
_AREA = re.compile(r"\(?(?:\+|00)? ?1[- ]?\(?(?P<area>[2-9][0-9]{2})\)?")
# ``US +1``, ``France (+33)``.
_WITHIN = re.compile(r"[^0-9+]*\+ ?(?P<code>[1-9][0-9]{0,2})[^0-9+]*")
_THREE_LETTERS: Final = (
    "mex:MX deu:DE fra:FR esp:ES ita:IT bra:BR ind:IN aus:AU arg:AR col:CO per:PE chl:CL chn:CN jpn:JP kor:KR phl:PH vnm:VN "
    "nld:NL bel:BE che:CH aut:AT prt:PT irl:IE pol:PL dom:DO jam:JM pri:PR zaf:ZA nga:NG isr:IL nzl:NZ swe:SE nor:NO dnk:DK "
    "fin:FI grc:GR tur:TR rus:RU ukr:UA"
)
_NAMES: Final = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states": "US", "united states of america": "US", "can": "CA",
    "canada": "CA", "uk": "GB", "gbr": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "northern ireland": "GB", "ireland": "IE", "france": "FR", "germany": "DE",
    "deutschland": "DE", "allemagne": "DE", "alemania": "DE", "austria": "AT", "österreich": "AT", "switzerland": "CH",
    "schweiz": "CH", "suisse": "CH", "svizzera": "CH", "spain": "ES", "españa": "ES", "espagne": "ES", "italy": "IT",
    "italia": "IT", "italie": "IT", "portugal": "PT", "netherlands": "NL", "the netherlands": "NL", "nederland": "NL",
    "belgium": "BE", "belgique": "BE", "belgië": "BE", "luxembourg": "LU", "denmark": "DK", "danmark": "DK", "sweden": "SE",
    "sverige": "SE", "norway": "NO", "norge": "NO", "finland": "FI", "suomi": "FI", "poland": "PL", "polska": "PL",
    "czech republic": "CZ", "czechia": "CZ", "greece": "GR", "turkey": "TR", "türkiye": "TR", "ukraine": "UA", "russia": "RU",
    "mexico": "MX", "méxico": "MX", "brazil": "BR", "brasil": "BR", "argentina": "AR", "chile": "CL", "colombia": "CO",
    "peru": "PE", "perú": "PE", "puerto rico": "PR", "jamaica": "JM", "bahamas": "BS", "the bahamas": "BS",
    "dominican republic": "DO", "república dominicana": "DO", "india": "IN", "china": "CN", "japan": "JP",
    "south korea": "KR", "philippines": "PH", "vietnam": "VN", "thailand": "TH", "israel": "IL", "south africa": "ZA",
    "nigeria": "NG", "egypt": "EG", "morocco": "MA", "australia": "AU", "new zealand": "NZ",
    **dict(pair.split(":") for pair in _THREE_LETTERS.split()),
}  # fmt: skip

_WORD = re.compile(r"[^\W\d_]+")
# ``+33``, ``0033``: what is nothing else, whatever the heading.
_PLAINLY = re.compile(r"\(?(?:\+|00)[1-9][0-9]{0,2}\)?")
_FORM = re.compile(r"\+[1-9][0-9]{0,3}")
_ISLANDS = re.compile(r"\+1[2-9][0-9]{2}")
_STATES_ITS_CODE: Final = frozenset("+0")
_LONGEST_CODE: Final = 40
_WARNINGS: Final = frozenset({"phone_country", "phone_unassigned", *UNLIKELY_KINDS.values()})

# What stands under these is a country, also where its name is not known.
_OF_COUNTRIES: Final = (
    "phonecountry", "mobilecountry", "cellcountry", "telcountry", "telephonecountry", "numbercountry", "countryofphone",
    "countryofmobile", "countryofcell", "countryofnumber", "countryoftelephone", "countryofthephone", "countryphone", "countrymobile",
)  # fmt: skip

# A heading that holds one of these is about the code of a phone, also where its cells are bare digits.
_ABOUT_PHONES: Final = (
    "countrycode", "callingcode", "dialcode", "dialingcode", "diallingcode", "phonecode", "phoneprefix", "mobilecode",
    "mobileprefix", "isdcode", "intlcode", "internationalcode", "internationalprefix", "indicatif", "vorwahl", "prefijo",
    "prefisso", "landcode", "landnummer", "countryprefix", "dialprefix", "cellcode", "cellprefix",
    "telcode", "telprefix", "telephonecode", "telephoneprefix", *_OF_COUNTRIES,
    # The same in other languages.
    "códigopaís", "codigopais", "códigodepaís", "codigodepais", "códigodopaís", "codigodopais", "clavepaís", "clavepais", "clavedepaís", "clavedepais",
    "indicativo", "codepays", "codicepaese", "landskod", "landekode", "landkode", "maakoodi", "maatunnus", "kodkraju", "ülkekodu", "kódzemě", "кодстраны",
)  # fmt: skip
# Below these stands the area, which has its zero in some countries: 030, 0151.
_OF_AREAS: Final = (
    "areacode", "codigoarea", "códigoárea", "codigodearea", "códigodeárea", "ortsnetz", "netnummer", "kengetal", "riktnummer", "retningsnummer", "suuntanumero",
    "suuntakoodi", "kierunkowy", "předvolba", "predvolba", "alankodu", "кодгорода",
)  # fmt: skip
# In Mexico and Brazil: the area, or the country.
_LADAS: Final = frozenset({"lada", "ladas", "clavelada", "ladanacional", "ddd", "codigoddd", "códigoddd"})
_AREA_WITH_ZERO: Final = re.compile(r"\(?0[1-9][0-9]{1,4}\)?")
# Below these stands the country where somebody lives, which may be that of the phone.
_OF_HOMES: Final = listed("country countries land pays pais paese ctry cntry nation countryname residence")
_OF_OTHERS: Final = listed(
    "birth born origin nationality citizenship citizen insurance insurer passport issue issued issuing travel destination employer "
    "provider doctor physician emergency kin line phone geburt geburtsland naissance nacimiento nascita herkunft"
)
_LANGUAGES: Final = ("en", "es", "fr", "de", "it", "pt", "nl")
# Too short to be looked for within another heading. CC alone may be copies, cards or cases.
_WHOLE_NAMES: Final = frozenset(
    {
        "isd",
        "ddi",
        "intl",
        "dial",
        "phonecc",
        "mobilecc",
        "cellcc",
        "ccphone",
        "ländercode",
        "laendercode",
        "landercode",
    }
)
# A signed number under these is something else.
_ABOUT_OTHERS: Final = re.compile(
    r"utc|gmt|offset|zone|tz|score|points|change|diff|balance|guests|party", re.IGNORECASE
)


def parse_calling_code(text: str) -> Reading:
    """
    Read a calling code as ``+33``; of the islands of the North American plan also with their area, ``+1242``.

    Accepted: ``+33``, ``33``, ``0033``, ``(+33)``, ``33.0``, ``France (+33)``, ``1-242``; a country of two letters, as
    ``FR``, or a usual name of one, which becomes two letters, for it may be the country of an address. A word for
    nothing counts as blank.

    Raises:
        Unreadable: ``country_code_unreadable``.

    """
    value = plain(text)
    if not value or is_nothing(value):
        return BLANK
    if area := _AREA.fullmatch(value):
        return Reading("+1" + area["area"])
    found = _CODE.fullmatch(value) or _WITHIN.fullmatch(value)
    if found is not None and int(found["code"]) in _REGIONS:
        return Reading("+" + found["code"])
    country = _NAMES.get(value.casefold(), value.upper())
    if country in phonenumbers.SUPPORTED_REGIONS:
        return Reading(country)
    raise Unreadable("country_code_unreadable")


def read_phones_with_codes(
    phones: Distinct, codes: Distinct, region: str, *, allow_unassigned: bool = False
) -> tuple[Distinct, tuple[Issues, ...]]:
    """
    Return what ``parse_phone_beside`` says of each phone and the calling code beside it.

    ``codes``: normal forms of ``parse_calling_code``, or texts that are none. Phones beside no code, or beside the
    region's own, are read many at once, unless they state a code themselves.
    """
    places, rows = combinations(phones, codes)
    texts, beside = phones.at(rows), codes.at(rows)
    at_home = {"", *_at_home(region)}
    odd = np.array(
        [
            code not in at_home or (code != "" and plain(text)[:1] in _STATES_ITS_CODE)
            for text, code in zip(texts, beside, strict=True)
        ],
        dtype=bool,
    )
    quick = read_phones(texts[~odd], region, allow_unassigned=allow_unassigned)
    careful = Readings(texts[odd])
    for place, (text, code) in enumerate(zip(texts[odd], beside[odd], strict=True)):
        read = partial(parse_phone_beside, code=code, region=region, allow_unassigned=allow_unassigned)
        careful.set(place, reading_of(read, text))
    slow = careful.spread("phone", np.arange(int(odd.sum())))
    values = texts.copy()
    values[~odd], values[odd] = quick.texts, slow.texts
    findings = [
        replace(finding, positions=np.flatnonzero(those)[finding.positions])
        for those, column in ((~odd, quick), (odd, slow))
        for finding in column.findings
    ]
    return spread(Column(values, tuple(findings)), places)


def _at_home(region: str) -> tuple[str, ...]:
    """Return the codes with which a number is read as without one: the region's own, and countries that share it."""
    code = phonenumbers.country_code_for_region(region)
    return (f"+{code}", *_REGIONS.get(code, ()))


def parse_phone_beside(text: str, code: str, region: str, *, allow_unassigned: bool = False) -> Reading:
    """
    Read a phone with the calling code that stands beside it, as ``parse_phone`` does; without one by ``region``.

    Beside what is no code the phone stays as typed: the code is the problem.

    Raises:
        Unreadable: as ``parse_phone``; ``country_code_contradicts`` where the number is of another code;
            ``country_code_ambiguous`` where it can be read as two numbers: with the code once more in it, or, beside
            a country of two letters, as one of that country and as one of the region.

    """
    read = partial(parse_phone, allow_unassigned=allow_unassigned)
    if not code or not plain(text):
        return read(text, region)
    if code in phonenumbers.SUPPORTED_REGIONS:
        return _in_country(text, code, region, read)
    area = code[2:] if _ISLANDS.fullmatch(code) else ""
    regions = _REGIONS.get(1 if area else int(code[1:]), ()) if _FORM.fullmatch(code) else ()
    if not regions:
        return Reading(text)
    whole = text
    if area and sum(mark.isdecimal() for mark in text) == 7:
        whole = area + text
    if regions == (_WITHOUT_PLACE,) and not plain(text).startswith("+"):
        whole = f"{code} {text}"
    reading = read(whole, region if region in regions else regions[0])
    if not reading.value.startswith(code):
        raise Unreadable("country_code_contradicts", code)
    if (digits := "".join(mark for mark in plain(whole) if mark.isdecimal())).startswith(code[1:]):
        # The code may stand in the number, too, without its plus.
        _refuse_two(reading, reading_of(lambda typed: read(typed, region), f"+{digits}"))
    return reading


def _refuse_two(reading: Reading, other: Reading) -> None:
    """Refuse a number that can be read as another, valid one."""
    if other.value != reading.value and other.value.startswith("+") and not _is_refused(other):
        raise Unreadable("country_code_ambiguous", f"{reading.value} or {other.value}")


def _is_refused(reading: Reading) -> bool:
    return any(remark.code not in _WARNINGS for remark in reading.remarks)


def _in_country(text: str, country: str, region: str, read: Callable[[str, str], Reading]) -> Reading:
    """Read a number of a country that two letters name; it may be the country of an address."""
    reading = read(text, country)
    code = phonenumbers.country_code_for_region(country)
    if f"+{code}" in _at_home(region) or plain(text).startswith("+"):
        return reading
    _refuse_two(reading, reading_of(lambda typed: read(typed, region), text))
    return reading


def unused_codes(
    columns: Mapping[str, np.ndarray], phones: np.ndarray, region: str, *, allow_unassigned: bool = False
) -> Iterator[Issues]:
    """
    Yield the rows whose phone is read without the calling code that an ignored column holds.

    ``columns``: heading -> its cells, of columns that are not used; ``phones``: the phones as typed. A cell is plainly a
    code where it is ``+33`` or ``0033``, or bare ``33``, ``FR`` or France under a heading about phones; each cell by itself. Under
    one about the country of a phone, so is any other word. The region's
    own code changes nothing, nor does any beside a phone that states its own. The code of an area with its zero (030) belongs to a
    phone without one. Below ``Country`` stands that of an address: its rows are those whose phone is one number there and another in
    the region.
    """
    home = set(_at_home(region))
    for heading, cells in columns.items():
        if _ABOUT_OTHERS.search(heading):
            continue
        name = folded(heading)
        is_told = name in _WHOLE_NAMES | _LADAS or any(word in name for word in _ABOUT_PHONES)
        of_areas = is_told or any(word in name for word in _OF_AREAS)
        of_countries = any(word in name for word in _OF_COUNTRIES)
        if not is_told and _is_of_homes(heading):
            rows = _numbers_of_two(cells, phones, region, allow_unassigned=allow_unassigned)
            if len(rows):
                yield Issues("country_code_not_used", "", rows, details=heading, values=cells[rows])
        if not of_areas and not _may_hold_a_code(cells):
            continue
        places, uniques = distinct(cells)
        foreign = np.array(
            [
                _is_foreign(text, home, is_told=is_told, of_countries=of_countries) or (of_areas and _is_area(text))
                for text in uniques
            ],
            dtype=bool,
        )
        rows = np.flatnonzero(foreign[places])
        rows = rows[[not plain(phone).startswith(("+", "00")) and bool(trimmed(phone)) for phone in phones[rows]]]
        rows = rows[
            [
                not _has_its_area(phone, cell, region, of_lada=name in _LADAS)
                for phone, cell in zip(phones[rows], cells[rows], strict=True)
            ]
        ]
        if len(rows):
            yield Issues("country_code_not_used", "", rows, details=heading, values=cells[rows])


def _is_area(text: str) -> bool:
    """Return whether a cell is the code of an area with the zero that is dialled before it."""
    return _AREA_WITH_ZERO.fullmatch(trimmed(text)) is not None


def _has_its_area(phone: str, cell: str, region: str, *, of_lada: bool) -> bool:
    """Return whether a phone has the code of its area itself, or needs none beside the cell. ``of_lada``: the cell may be such a code."""
    digits, area = ("".join(filter(str.isdecimal, plain(each))) for each in (phone, cell))
    if _is_area(cell):
        return digits.startswith(("0", area[1:]))
    if not of_lada or plain(cell).startswith(("+", "00")):
        return False
    # In North America an area has three digits, and no number is read without it.
    return len(area) == 3 if region in _REGIONS[1] else digits.startswith(area)


def _is_of_homes(heading: str) -> bool:
    words = {folded_word(word) for word in _WORD.findall(heading)}
    return bool(words & _OF_HOMES) and words.isdisjoint(_OF_OTHERS)


def _numbers_of_two(cells: np.ndarray, phones: np.ndarray, region: str, *, allow_unassigned: bool) -> np.ndarray:
    """Return the rows whose phone states no code, and is one number in the country beside it and another in the region."""
    places, uniques = distinct(cells)
    home = set(_at_home(region))
    countries = [country if (country := _country(text)) not in home else "" for text in uniques]
    abroad = np.array([bool(country) for country in countries], dtype=bool)
    found = []
    for row in np.flatnonzero(abroad[places]).tolist():
        phone = phones[row]
        if not trimmed(phone) or plain(phone).startswith(("+", "00")):
            continue
        there = reading_of(partial(parse_phone, region=countries[places[row]]), phone)
        here = reading_of(partial(parse_phone, region=region, allow_unassigned=allow_unassigned), phone)
        if not _is_refused(there) and not _is_refused(here) and there.value != here.value:
            found.append(row)
    return np.array(found, dtype=np.int64)


@remembering_cells(4096)
def _country(text: str) -> str:
    """Return the two letters of a country, by them or by its name in one of seven languages; "" for anything else."""
    if len(text) > _LONGEST_CODE or not trimmed(text) or is_nothing(trimmed(text)):
        return ""
    code = reading_of(parse_calling_code, text)
    if not code.remarks:
        # "+49" alone is told whatever the heading; "Germany (+49)" is the country.
        is_named = (
            code.value.startswith("+") and not _PLAINLY.fullmatch(trimmed(text)) and not code.value.startswith("+1")
        )
        regions = _REGIONS.get(int(code.value[1:]), ("",)) if is_named else (code.value,)
        return regions[0] if regions[0] in phonenumbers.SUPPORTED_REGIONS else ""
    return _names_of_countries().get(folded_word(trimmed(text)), "")


@cache
def _names_of_countries() -> dict[str, str]:
    """Return the folded names of all countries, with their two letters, as the library has them."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # noqa: PLC0415 - large, and most sheets name no country

    names: dict[str, str] = {}
    for country, of_languages in LOCALE_DATA.items():
        for language in _LANGUAGES:
            name = of_languages.get(language, "")
            # "*en" stands for: as in English.
            name = of_languages.get(name[1:], "") if name.startswith("*") else name
            if name and country in phonenumbers.SUPPORTED_REGIONS:
                names.setdefault(folded_word(name), country)
    return names


# What a cell that is plainly a code may begin with, behind the mark that is put before each; it may have blanks around it.
_BEFORE: Final = "\x1f"
_BEGINNINGS: Final = tuple(_BEFORE + begin for begin in ("+", "00", "(", *" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"))


def _may_hold_a_code(cells: np.ndarray) -> bool:
    """Return whether one of the cells may be plainly a code; quick, and no proof."""
    together = _BEFORE + _BEFORE.join(cells)
    if not together.isascii():
        return True
    return ("+" in together or "00" in together) and any(begin in together for begin in _BEGINNINGS)


def _is_foreign(text: str, home: set[str], *, is_told: bool, of_countries: bool) -> bool:
    if not is_told and "+" not in text and "00" not in text:  # nearly all, and so in a wink
        return False
    if len(text) > _LONGEST_CODE or not (is_told or _PLAINLY.fullmatch(trimmed(text))):
        return False
    code = reading_of(parse_calling_code, text)
    if code.remarks:
        # A country whose name is not known may be any: no number is read without it.
        return of_countries
    if not code.value:
        return False
    # A country of two letters is plain under a heading about phones only; elsewhere it is an address's.
    return code.value not in home and (is_told or code.value.startswith("+"))
