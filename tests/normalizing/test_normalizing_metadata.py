"""Metadata: texts for the macros, from columns and from JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.normalizing.metadata import (
    USUAL_VALUE,
    MetadataObject,
    merge,
    parse_metadata_json,
    parse_metadata_name,
    parse_metadata_value,
)
from importer.normalizing.value_reading import Reading, Unreadable, object_array, odd_places, reading_of


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize("text", ["New York", "45000", "45000.0", "TRUE", "50%", "O'Brien & Zo\u00eb", "null", "-", ""])
def test_reads_values_as_displayed(text: str) -> None:
    """A value is the text that should read so in the message."""
    assert parse_metadata_value(f" {text} ") == Reading(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{name}", "metadata_braces"),
        ("a}", "metadata_braces"),
        ("two\nlines", "metadata_odd_character"),
        ("a\tb", "metadata_odd_character"),
        ("a\x00b", "metadata_odd_character"),
        ("x" * 1601, "metadata_too_long"),
    ],
)
def test_refuses_what_a_message_cannot_carry(text: str, code: str) -> None:
    """Braces, control characters and novels are problems."""
    reading = reading_of(parse_metadata_value, text)

    assert (reading.value, codes(reading)) == (text, [code])


def test_warns_about_long_values() -> None:
    """A value that splits a message goes, with a warning."""
    assert codes(parse_metadata_value("x" * 161)) == ["metadata_long"]


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", {}),
        ("{}", {}),
        ('{"eventLocation": "New York"}', {"eventLocation": "New York"}),
        (' { "a" : " b " } ', {"a": "b"}),
        (
            '{"price": 4.50, "count": 3, "big": 12345678901234567890}',
            {"price": "4.50", "count": "3", "big": "12345678901234567890"},
        ),
        (
            '{"yes": true, "no": false, "gone": null, "blank": ""}',
            {"yes": "true", "no": "false", "gone": "", "blank": ""},
        ),
        ('{" a ": "b"}', {"a": "b"}),
        ('{"\\u00e9": "e\\u0301"}', {"\u00e9": "\u00e9"}),
    ],
)
def test_reads_one_column_of_json(text: str, members: dict[str, str]) -> None:
    """An object of plain values becomes texts; numbers keep their digits."""
    assert parse_metadata_json(text) == MetadataObject(members)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("New York", "metadata_not_json"),
        ("{", "metadata_not_json"),
        ("{'a': 'b'}", "metadata_not_json"),
        ('{"a": NaN}', "metadata_not_json"),
        ('{"a": Infinity}', "metadata_not_json"),
        ('"{\\"a\\": 1}"', "metadata_not_json"),
        ("[1]", "metadata_not_json"),
        ("null", "metadata_not_json"),
        ("3", "metadata_not_json"),
        ('{"a": "two\nlines"}', "metadata_not_json"),
        ('{"a": 1} {"b": 2}', "metadata_not_json"),
        ("x" * 100_001, "metadata_not_json"),
        ('{"a": {"b": 1}}', "metadata_nested"),
        ('{"a": [1]}', "metadata_nested"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "metadata_nested"),
        ("[" * 50_000, "metadata_not_json"),
        ('{"a": 1, "a": 2}', "metadata_twice"),
        ('{"a": 1, " a": 1}', "metadata_twice"),
        ('{"": 1}', "metadata_name"),
        ('{"a{b": 1}', "metadata_name"),
        ('{"a": "{b}"}', "metadata_braces"),
        ('{"a": "x\\u0000"}', "metadata_odd_character"),
        ('{"a": "\\ud800"}', "metadata_odd_character"),
        ('{"a\\udfff": 1}', "metadata_odd_character"),
        ('{"{\\uDC00": "x", "{\\uDC00": "x"}', "metadata_odd_character"),
    ],
)
def test_refuses_other_json(text: str, code: str) -> None:
    """Anything but one flat object with each name once is a problem, and never a traceback."""
    with pytest.raises(Unreadable, match=code):
        parse_metadata_json(text)


@pytest.mark.parametrize("name", ["", " ", "a{b", "a}", "a\nb"])
def test_refuses_names_that_no_macro_has(name: str) -> None:
    """A name with braces or line ends, or none at all, is a problem."""
    with pytest.raises(Unreadable, match="metadata_name"):
        parse_metadata_name(name)


@given(st.dictionaries(st.text("abcXYZ_", min_size=1, max_size=4), st.text("abc \u00e9'\"\\/", max_size=8)))
def test_reads_back_what_json_writes(members: dict[str, str]) -> None:
    """An object written by a program is read as what it holds, blanks trimmed."""
    found = parse_metadata_json(json.dumps(members))

    assert found.members == {name: value.strip() for name, value in members.items()}


@given(
    st.text(max_size=30) | st.from_regex(r'\{("[a-c]": ?("[^"]*"|[0-9.e-]+|null|\[\]|\{\}),? ?){0,3}\}', fullmatch=True)
)
def test_json_of_any_kind_is_read_or_refused(text: str) -> None:
    """No cell makes the reader fail in any other way than with a reason."""

    def read(cell: str) -> Reading:
        found = parse_metadata_json(cell)
        return Reading("".join(found.members.values()), found.remarks)

    assert all(code.startswith("metadata_") for code in codes(reading_of(read, text)))


@given(st.text(st.sampled_from("ab {}|~z\u00e9\t\x00") | st.characters(max_codepoint=0x250), max_size=12))
def test_values_that_are_not_parsed_are_their_own_readings(text: str) -> None:
    """The shortcut for everyday values never lets anything pass that the parser would change or refuse."""
    if not len(odd_places([text], USUAL_VALUE)):
        assert parse_metadata_value(text) == Reading(text)


def test_half_a_character_is_never_quoted() -> None:
    """JSON can spell half of a character, which no report could quote: the problem names its code point only."""
    with pytest.raises(Unreadable) as reason:
        parse_metadata_json('{"room \\ud83d": "\\ude00 \\ud800"}')

    remark = reason.value.issue
    assert (remark.code, remark.detail) == ("metadata_odd_character", "U+D83D")


def test_more_names_than_any_message_has_are_refused() -> None:
    """Each name would be a column: a few rows of thousands of names would hold the program for minutes."""
    cells = object_array(f'{{"name {number}": "x"}}' for number in range(201))

    assert len(merge({}, cells[:200]).columns) == 200
    with pytest.raises(FileRefused, match="more than 200 different names"):
        merge({}, cells)
