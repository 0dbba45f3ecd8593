"""A calling code in a column of its own belongs to the phone beside it."""

from __future__ import annotations

import pytest

from importer.columns import match
from importer.model.chunks import distinct
from importer.model.profile import Profile
from importer.normalizing.calling_codes import (
    parse_calling_code,
    parse_phone_beside,
    read_phones_with_codes,
    unused_codes,
)
from importer.normalizing.value_reading import Unreadable, object_array, reading_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("+49", "+49"), ("49", "+49"), ("0049", "+49"), ("011 49", "+49"), ("(+49)", "+49"), ("49.0", "+49"), ("'+49", "+49"),
        ("Germany (+49)", "+49"), ("DE +49", "+49"), ("+49 DE", "+49"), ("\uff0b\uff14\uff19", "+49"), ("+1", "+1"), ("1", "+1"), ("001", "+1"),
        ("+1-876", "+1876"), ("1242", "+1242"), ("DE", "DE"), ("de", "DE"), ("USA", "US"), ("United Kingdom", "GB"), ("UK", "GB"),
        ("+358", "+358"), ("", ""), (" ", ""), ("N/A", ""), ("-", ""),
    ],
)  # fmt: skip
def test_reads_codes_however_they_are_written(text: str, code: str) -> None:
    """With plus, with 00, bare, with a country beside it, or as a country; a word for nothing is blank."""
    assert parse_calling_code(text).value == code


@pytest.mark.parametrize("text", ["+999", "+0", "0", "ZZ", "code", "+49 / +43", "49 43", "+4912", "3.5", "x" * 40])
def test_refuses_what_is_no_code(text: str) -> None:
    """A number that no country has, or anything else, is a problem of the code's own column."""
    with pytest.raises(Unreadable, match="country_code_unreadable"):
        parse_calling_code(text)


@pytest.mark.parametrize(
    ("phone", "code", "expected"),
    [
        ("0151 23456789", "+49", "+4915123456789"),
        ("15123456789", "+49", "+4915123456789"),
        ("+49 151 23456789", "+49", "+4915123456789"),
        ("4915123456789", "+49", "country_code_ambiguous"),
        ("646 555 0188", "+1", "+16465550188"),
        ("1 646 555 0188", "+1", "+16465550188"),
        ("646 555 0188", "", "+16465550188"),
        ("646 555 0188", "CA", "+16465550188"),
        ("876 234 5678", "+1876", "+18762345678"),
        ("234 5678", "+1876", "+18762345678"),
        ("07400 123456", "GB", "+447400123456"),
        ("6465550188", "+49", "country_code_contradicts|phone_|+49"),
        ("6465550188", "+39", "phone_|+39"),
        ("6465550188", "+33", "phone_"),
        ("6465550188", "FR", "phone_"),
        ("646 555 0188", "+1876", "country_code_contradicts"),
        ("+1 646 555 0188", "+49", "country_code_contradicts"),
        ("+49 151 23456789", "+1", "country_code_contradicts"),
        ("011 49 151 23456789", "+1", "country_code_contradicts"),
        ("+49 151 23456789", "US", "+4915123456789"),
        ("555-0188", "+49", "phone_|+49"),
        ("", "+49", ""),
    ],
)
def test_a_phone_is_judged_by_its_code(phone: str, code: str, expected: str) -> None:
    """The number is one of that country, or a problem; never one of the region's."""
    reading = reading_of(lambda text: parse_phone_beside(text, code, "US"), phone)
    said = reading.remarks[0].code if reading.value == phone and reading.remarks else reading.value

    assert any(said.startswith(part) for part in expected.split("|"))
    assert code in {"", "+1", "CA", "+1876"} or reading.remarks or not reading.value.startswith("+1")


def test_beside_what_is_no_code_the_phone_stays_as_typed() -> None:
    """The code is the problem; the number is not read without it."""
    for code in ("code?", "+999", "+0", "999", "+1234567", "+49 "):
        assert parse_phone_beside("6465550188", code, "US").value == "6465550188"


def test_a_country_of_an_address_decides_nothing() -> None:
    """A number that is one of the named country and one of the region, too, is a problem."""
    reading = reading_of(lambda text: parse_phone_beside(text, "MX", "US"), "8185550143")

    assert [remark.code for remark in reading.remarks] == ["country_code_ambiguous"]


def test_columns_are_read_row_by_row() -> None:
    """One phone beside different codes is read by each, and its problems stand in its own rows."""
    phones = ["15123456789", "6465550188", "6465550188", "999123", ""]
    codes = ["+49", "+1", "+49", "", "+49"]
    read, findings = read_phones_with_codes(distinct(object_array(phones)), distinct(object_array(codes)), "US")

    told = {int(at): finding.code for finding in findings for at in finding.positions}
    assert read.column.tolist()[:2] == ["+4915123456789", "+16465550188"]
    assert read.column.tolist()[3:] == ["999123", ""]
    assert 4 not in told
    assert told[3].startswith("phone_")


@pytest.mark.parametrize("heading", ["Country Code", "calling_code", "Dial code", "Phone country code", "ISD Code"])
def test_headings_of_codes_are_known(heading: str) -> None:
    """The usual headings stand for the code of the phone beside them."""
    assert match(["Phone", heading], Profile()).fields == {"phone": 0, "countryCode": 1}


def test_a_plainer_heading_wins() -> None:
    """Beside a calling code, a country code is an address's, and refuses no sheet."""
    found = match(["Phone", "Country code", "Calling code"], Profile())

    assert (found.fields["countryCode"], found.doubled, found.ignored) == (2, {}, (1,))


@pytest.mark.parametrize(
    ("heading", "cell", "phone", "is_told"),
    [
        ("Land", "+49", "15123456789", True),
        ("Indicatif", "49", "15123456789", True),
        ("Vorwahl Land", "0049", "15123456789", True),
        ("Land", "+1", "6465550188", False),
        ("Land", "+49", "+4915123456789", False),
        ("Land", "+49", "", False),
        ("Room", "49", "6465550188", False),
        ("Cell Code", "33", "6465550188", True),
        ("ISD", "49", "6465550188", True),
        ("Phone CC", "52", "6465550188", True),
        ("Ländercode", "49", "6465550188", True),
        ("Dial", "52", "6465550188", True),
        ("CC", "52", "6465550188", False),
        ("Phone country", "FR", "6465550188", True),
        ("Phone country", "US", "6465550188", False),
        ("Phone country", "France", "6465550188", True),
        ("Mobile Country", "DEUTSCHLAND", "6465550188", True),
        ("Phone country", "United States of America", "6465550188", False),
        ("Phone country", "Canada", "6465550188", False),
        ("Phone country", "Uruguay", "6465550188", True),
        ("Phone country", "Uruguay", "+598 94 231 234", False),
        ("Phone country", "n/a", "6465550188", False),
        ("Phone prefix", "Dr.", "6465550188", False),
        ("Country", "France", "6465550188", False),
        ("Wisdom", "49", "6465550188", False),
        ("Country", "FR", "6465550188", False),
        ("UTC offset", "+1", "6465550188", False),
        ("Time zone offset", "+49", "6465550188", False),
        ("Notes", "call +49 first", "6465550188", False),
    ],
)
def test_an_ignored_code_is_told(heading: str, cell: str, phone: str, is_told: bool) -> None:
    """What is plainly another country's code is a problem of the rows whose phone is read without it."""
    columns = {heading: object_array([cell, "", "+1"])}
    found = list(unused_codes(columns, object_array([phone, phone, phone]), "US"))

    assert [finding.positions.tolist() for finding in found] == ([[0]] if is_told else [])
    assert [list(finding.values) for finding in found if finding.values is not None] == ([[cell]] if is_told else [])


@pytest.mark.parametrize(
    ("name", "phone", "expected"),
    [
        ("France", "06 12 34 56 78", "+33612345678"),
        ("España", "612 34 56 78", "+34612345678"),
        ("Deutschland", "01512 3456789", "+4915123456789"),
        ("United States", "(646) 555-0188", "+16465550188"),
    ],
)
def test_a_country_in_words_is_that_country(name: str, phone: str, expected: str) -> None:
    """Beside the usual name of a country, a phone is a number of that country."""
    code = reading_of(parse_calling_code, name)

    assert not code.remarks
    assert reading_of(lambda text: parse_phone_beside(text, code.value, "US"), phone).value == expected


@pytest.mark.parametrize(
    ("region", "heading", "cell", "phone", "is_told"),
    [
        ("US", "Lada", "52", "5512345678", True),
        ("US", "LADA", "33", "3312345678", True),
        ("US", "Clave lada", "81", "212-555-0101", True),
        ("US", "Lada", "(+52)", "5512345678", True),
        ("US", "Lada", "212", "2125550101", False),
        ("US", "Lada", "1", "2125550101", False),
        ("MX", "Lada", "55", "55 1234 5678", False),
        ("MX", "Lada", "1", "2125550101", True),
        ("US", "DDD", "21", "2132345678", False),
        ("BR", "DDD", "55", "55 99123-4567", False),
        ("US", "Código de país", "52", "5512345678", True),
        ("US", "Clave país", "52", "5512345678", True),
        ("US", "Código do país", "55", "2132345678", True),
        ("US", "Code pays", "33", "612345678", True),
        ("US", "Codice paese", "39", "3123456789", True),
        ("US", "Indicativo", "351", "912345678", True),
        ("US", "Landskod", "46", "701234567", True),
        ("US", "Landekode", "45", "20123456", True),
        ("US", "Ülke kodu", "90", "5301234567", True),
        ("US", "Код страны", "7", "9161234567", True),
        ("DE", "Vorwahl", "089", "30123456", True),
        ("DE", "Vorwahl", "(0151)", "23456789", True),
        ("DE", "Vorwahl", "030", "030 1234567", False),
        ("DE", "Vorwahl", "0151", "151 23456789", False),
        ("DE", "Vorwahl", "0151", "+49 151 23456789", False),
        ("NL", "Kengetal", "020", "6123456", True),
        ("GB", "Area code", "020", "7946 0958", True),
        ("US", "Area code", "212", "2125550101", False),
        ("US", "Area code", "646", "2125550101", False),
        ("US", "Service area", "44", "2125550101", False),
        ("US", "Características", "52", "2125550101", False),
        ("US", "Plada", "52", "2125550101", False),
    ],
)
def test_a_code_of_the_country_or_area_in_other_words(
    region: str, heading: str, cell: str, phone: str, is_told: bool
) -> None:
    """Local words for the code are known; a code of an area with its zero stops a phone without one, and one that the phone has does not."""
    found = list(unused_codes({heading: object_array([cell])}, object_array([phone]), region))
    assert [finding.code for finding in found] == ["country_code_not_used"] * is_told
