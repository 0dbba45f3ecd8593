"""Phones: E.164 or a reason, and the quick way's answers are the library's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from long_form import longer
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from importer.normalizing.phones import parse_phone, read_many_phones
from importer.normalizing.value_reading import Reading, object_array, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SPELLINGS = [
    "3052345678",
    "305-234-5678",
    "(305) 234-5678",
    "(305)234-5678",
    "305.234.5678",
    "305 234 5678",
    "305/234-5678",
    "13052345678",
    "1-305-234-5678",
    "1 (305) 234-5678",
    "+13052345678",
    "+1 305 234 5678",
    "+1.305.234.5678",
    "+1 (305) 234-5678",
    "001 305 234 5678",
    "011 1 305 234 5678",
    " 305-234-5678 ",
    "\t305-234-5678\n",
    "305\u00a0234\u00a05678",
    "305\u2011234\u20115678",
    "305\u2013234\u20135678",
    "305\u2014234\u20145678",
    "305\u2212234\u22125678",
    "\ufeff3052345678",
    "\u200b3052345678",
    "\u202a+1 305 234 5678\u202c",
    "\uff13\uff10\uff15\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "\uff0b\uff11\uff13\uff10\uff15\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "\u0663\u0660\u0665\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    "'3052345678",
    "'+13052345678",
    "tel:+1-305-234-5678",
    "3052345678.0",
    "3052345678.00",
    "3.052345678E+09",
    "3.052345678e9",
    "1.3052345678E+10",
    "305-234-5678-",
]

REFUSED = [
    ("555-1234", "phone_too_short"),
    ("305-234-567", "phone_too_short"),
    ("911", "phone_too_short"),
    ("611", "phone_too_short"),
    ("305-234-56789", "phone_too_long"),
    ("1" * 90, "phone_too_long"),
    ("1234567890", "phone_not_in_use"),
    ("(123) 456-7890", "phone_not_in_use"),
    ("000-000-0000", "phone_not_in_use"),
    ("111-111-1111", "phone_not_in_use"),
    ("305-123-4567", "phone_not_in_use"),
    ("305-234-5678 x12", "phone_extension"),
    ("305-234-5678 ext. 12", "phone_extension"),
    ("305-234-5678#12", "phone_extension"),
    ("305-234-5678,,12", "phone_extension"),
    ("tel:+13052345678;ext=12", "phone_extension"),
    ("305-234-5678 / 305-234-9999", "phone_two_numbers"),
    ("305-234-5678, 305-234-9999", "phone_two_numbers"),
    ("305-234-5678 or 305-234-9999", "phone_two_numbers"),
    ("305-234-5678\n305-234-9999", "phone_two_numbers"),
    ("+1 305 234 5678 +1 305 234 9999", "phone_two_numbers"),
    ("3052345678 3052349999", "phone_two_numbers"),
    ("1-800-FLOWERS", "phone_letters"),
    ("305-234-O678", "phone_letters"),
    ("cell 305-234-5678", "phone_letters"),
    ("1.23E+10", "phone_damaged"),
    ("3.05235E+09", "phone_damaged"),
    ("3E9", "phone_damaged"),
    ("3052345678.5", "phone_damaged"),
    ("3,052,345,678", "phone_invalid"),
    ("TRUE", "phone_invalid"),
    ("nan", "phone_invalid"),
    ("null", "phone_invalid"),
    ("N/A", "phone_invalid"),
    ("#REF!", "phone_invalid"),
    ("-", "phone_invalid"),
    ("+", "phone_invalid"),
    ("++13052345678", "phone_invalid"),
    ("305*234*5678", "phone_invalid"),
    ("305\x002345678", "phone_invalid"),
    ("3052345678\x00", "phone_invalid"),
    ("+999 212 555 0123", "phone_invalid"),
    ('="3052345678"', "phone_invalid"),
]


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


def read(text: str, region: str = "US", *, allow_unassigned: bool = False) -> Reading:
    return reading_of(lambda typed: parse_phone(typed, region, allow_unassigned=allow_unassigned), text)


@pytest.mark.parametrize("text", SPELLINGS)
def test_reads_a_us_number_however_it_is_written(text: str) -> None:
    """Every everyday spelling of one number is the same number, without a warning."""
    assert read(text) == Reading("+13052345678")


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_refuses_with_its_own_reason(text: str, code: str) -> None:
    """What is not surely one number in use stays as typed, each with its own code."""
    reading = read(text)

    assert reading.value == text
    assert codes(reading) == [code]


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\ufeff", "\u200b"])
def test_blank_is_blank(text: str) -> None:
    """A cell with nothing but blanks holds no number and is no problem."""
    assert read(text) == Reading("")


def test_lets_unassigned_numbers_pass_when_the_profile_says_so() -> None:
    """The reference document's own example can be sent on request, with a warning; a short one cannot."""
    passed, short = read("1234567890", allow_unassigned=True), read("555-1234", allow_unassigned=True)

    assert (passed.value, codes(passed)) == ("+11234567890", ["phone_unassigned"])
    assert codes(short) == ["phone_too_short"]


@pytest.mark.parametrize(
    ("text", "region", "e164", "expected"),
    [
        ("+44 7400 123456", "US", "+447400123456", []),
        ("+44 (0)20 7946 0958", "US", "+442079460958", ["phone_landline"]),
        ("020 7946 0958", "GB", "+442079460958", ["phone_landline"]),
        ("2079460958", "GB", "+442079460958", ["phone_landline"]),
        ("0044 7400 123456", "US", "+447400123456", []),
        ("0011 1 305 234 5678", "AU", "+13052345678", []),
        ("416-555-0123", "US", "+14165550123", []),
        ("+52 55 1234 5678", "US", "+525512345678", ["phone_country"]),
        ("876-234-5678", "US", "+18762345678", ["phone_country"]),
        ("787-234-5678", "US", "+17872345678", []),
        ("800-234-5678", "US", "+18002345678", ["phone_toll_free"]),
        ("900-234-5678", "US", "+19002345678", ["phone_premium"]),
        ("+39 02 1234 5678", "US", "+390212345678", ["phone_country", "phone_landline"]),
        ("+800 1234 5678", "US", "+80012345678", ["phone_country", "phone_toll_free"]),
    ],
)
def test_warns_about_numbers_that_may_not_get_texts(text: str, region: str, e164: str, expected: list[str]) -> None:
    """Other countries and kinds of number go with a warning; US, Canadian and UK mobiles go without."""
    reading = read(text, region)

    assert reading.value == e164
    assert sorted(codes(reading)) == sorted(expected)


def test_says_what_a_lost_plus_did() -> None:
    """A number from abroad whose plus a spreadsheet dropped is refused with the number that it may have been."""
    (remark,) = read("442079460958").remarks

    assert "+442079460958" in remark.detail


def test_canadian_service_numbers_cannot_be_texted() -> None:
    """A number of seven digits that is valid inside Canada only is too short for a text."""
    assert codes(read("310-1234", "CA")) == ["phone_too_short"]


def examples() -> Iterator[tuple[str, str, str]]:
    """Every example number of every region and kind: (region, text, E.164), each written in five ways."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None or (region, kind) == ("CA", PhoneNumberType.UAN):
                continue
            e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            forms = (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.RFC3966)
            yield region, e164, e164
            yield region, phonenumbers.national_significant_number(number), e164
            for form in forms:
                yield region, phonenumbers.format_number(number, form), e164


def test_reads_the_library_s_examples_of_all_regions() -> None:
    """Each example number comes out as its E.164 from national, international and link forms."""
    wrong = [(region, text, e164) for region, text, e164 in examples() if read(text, region).value != e164]

    assert wrong == []


def test_refuses_the_library_s_counterexamples_of_all_regions() -> None:
    """Each number that the library gives as invalid is refused, with country code and without."""
    accepted = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.invalid_example_number(region)
        if number is not None:
            e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            national = phonenumbers.national_significant_number(number)
            accepted += [(region, text) for text in (e164, national) if not codes(read(text, region))]

    assert accepted == []


def same(texts: list[str], region: str, *, allow_unassigned: bool = False) -> None:
    """Hold the quick way's column against each text read by itself."""
    column = read_many_phones(object_array(texts), region, allow_unassigned=allow_unassigned)
    careful = [read(text, region, allow_unassigned=allow_unassigned) for text in texts]
    quick: dict[int, set[tuple[str, str]]] = {place: set() for place in range(len(texts))}
    for finding in column.findings:
        details = np.broadcast_to(finding.details, len(finding.positions))
        for place, detail in zip(finding.positions.tolist(), details.tolist(), strict=True):
            quick[place].add((finding.code, detail))

    assert column.texts.tolist() == [reading.value for reading in careful]
    assert [quick[place] for place in range(len(texts))] == [
        {(issue.code, issue.detail) for issue in reading.remarks} for reading in careful
    ]


def test_quick_way_agrees_on_every_table_of_this_module() -> None:
    """The vectorised path gives the scalar's answer for all spellings and all refusals, in one column."""
    same([*SPELLINGS, *(text for text, _ in REFUSED), ""], "US")


@pytest.mark.parametrize("region", ["US", "CA", "BS", "JM", "GB"])
def test_quick_way_agrees_on_the_library_s_examples(region: str) -> None:
    """Also where the region is another than the number's, and where 7 digits are a whole number."""
    same(list(dict.fromkeys(text for _, text, e164 in examples() if e164.startswith("+1"))), region)


SEPARATORS = st.sampled_from(
    ["", "", "", "-", ".", " ", ") ", ")", "(", " - ", "--", "..", ". ", "/", "\u2011", "x", "\n"]
)
PREFIXES = st.sampled_from(
    ["", "", "1", "+1", "1-", "+1 ", "(", "1 (", "+1 (", "011", "001", "0", "+", " ", "'", "+44", "11"]
)
DIGITS = st.text("0123456789", min_size=1, max_size=5)


@st.composite
def written(draw: st.DrawFn) -> str:
    """Draw a text that is nearly always nearly a North American number."""
    area = draw(st.sampled_from(["305", "212", "416", "787", "876", "800", "900", "710", "123", "555"]) | DIGITS)
    blocks = (
        area,
        draw(st.text("0123456789", min_size=3, max_size=3) | DIGITS),
        draw(st.text("0123456789", min_size=4, max_size=4)),
    )
    parts = [draw(PREFIXES)]
    for block in blocks:
        parts += [block, draw(SEPARATORS)]
    return "".join(parts) + draw(st.sampled_from(["", "", "", " ", ".0", ".", "5", ")", "-", "x1"]))


@settings(max_examples=longer(60, 2_000))
@given(st.lists(written(), min_size=1, max_size=12), st.sampled_from(["US", "CA", "AG", "BS", "GB"]), st.booleans())
@example(
    [
        "415555.2671",
        "1415555.2671",
        "+1415555.2671 ",
        "415555.0000",
        "1415555.0000",
        "4155552.000",
        "4155552.671",
        "1907222334.0",
        "19072223344.0",
        "1.9072223344",
    ],
    "US",
    False,
)
@example(["2-1-2-5-5-5-0-1-2-3", "(((212))) 555 0123", ")+1 212 555 0123", "(+1) 212 555 0123"], "US", False)
def test_quick_way_agrees_with_the_library_on_anything_alike(texts: list[str], region: str, allowed: bool) -> None:
    """However digits and separators fall, the vectorised path says what one look-up in the library says."""
    same(texts, region, allow_unassigned=allowed)


@settings(max_examples=longer(80, 2_000))
@given(st.from_regex(r"\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True))
def test_a_number_of_ten_digits_is_what_the_library_says(text: str) -> None:
    """Against the library itself, not our wrapping of it: valid numbers come out as its E.164, others are refused."""
    number = phonenumbers.parse(text, "US")
    (value,) = read_many_phones(object_array([text])).texts

    if phonenumbers.is_valid_number(number):
        assert value == phonenumbers.format_number(number, PhoneNumberFormat.E164)
    else:
        assert value == text


def test_quick_way_agrees_in_every_area_code() -> None:
    """For each area code, in use or not, numbers spread over its exchanges get the library's answer."""
    exchanges = ("000", "101", "234", "310", "411", "521", "555", "606", "789", "862", "911", "999")
    same(
        [f"{area}{exchange}{area[::-1]}0" for area in map("{:03}".format, range(0, 1000, 3)) for exchange in exchanges],
        "US",
    )


def test_quick_way_agrees_on_short_and_foreign_numbers() -> None:
    """Also for numbers without an area code, with one digit more, and from elsewhere."""
    same(
        [
            f"{number}"[:length]
            for number in (2345678901234, 7911123456789, 3101234567890, 1234567890123, 4420794609581)
            for length in range(1, 14)
        ],
        "US",
    )


OWN_CODE = [
    ("4915123456789", "DE", "country_code_ambiguous"),
    ("491701234567", "DE", "country_code_ambiguous"),
    ("49 176 12345678", "DE", "country_code_ambiguous"),
    ("(49) 176 12345678", "DE", "country_code_ambiguous"),
    ("435212345", "AT", "country_code_ambiguous"),
    ("+4915123456789", "DE", "+4915123456789"),
    ("004915123456789", "DE", "+4915123456789"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("04941 12345", "DE", "+49494112345"),
    ("33612345678", "FR", "+33612345678"),
    ("9123456789", "IN", "+919123456789"),
    ("3931234567", "IT", "+393931234567"),
    ("55999912345", "BR", "+5555999912345"),
    ("12125550101", "US", "+12125550101"),
    ("447400123456", "GB", "+447400123456"),
]


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(("text", "region", "expected"), OWN_CODE)
def test_the_region_s_own_code_without_its_plus_makes_no_other_number(
    text: str, region: str, expected: str, allowed: bool
) -> None:
    """Digits that begin with the region's code, and are one number with a plus and another without, are a problem."""
    reading = reading_of(lambda typed: parse_phone(typed, region, allow_unassigned=allowed), text)

    assert expected in (reading.value, *(remark.code for remark in reading.remarks))


def test_quick_way_agrees_on_numbers_that_begin_with_the_region_s_code() -> None:
    """Many together are what each is alone, whatever the region."""
    for region in sorted({region for _, region, _ in OWN_CODE}):
        texts = [text for text, _, _ in OWN_CODE] * 2
        column = read_many_phones(object_array(texts), region)
        alone = [reading_of(lambda typed: parse_phone(typed, region), text) for text in texts]  # noqa: B023 - used at once
        assert column.texts.tolist() == [reading.value for reading in alone]
        told = {
            place
            for found in column.findings
            if found.code == "country_code_ambiguous"
            for place in found.positions.tolist()
        }
        assert told == {
            place
            for place, reading in enumerate(alone)
            if reading.remarks[:1] and reading.remarks[0].code == "country_code_ambiguous"
        }
