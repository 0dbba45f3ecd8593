"""How readings of distinct texts spread over a column, and what a chunk promises whatever stands in it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer
from processor_time import processor_s

from importer.model.issues import Issue
from importer.model.profile import EventType, Location, Profile
from importer.model.statuses import Action
from importer.normalizing import normalize
from importer.normalizing.time_zones import canonical_names
from importer.normalizing.value_reading import (
    Column,
    Reading,
    Unreadable,
    as_lines,
    combinations,
    object_array,
    odd_places,
    patched,
    read_column,
    unlike,
)
from importer.problems import KINDS
from schemas.fields import FIELD

LINES = st.lists(st.text("ab1\n\r\x00 ", max_size=4), max_size=8)


def parse_letters(text: str) -> Reading:
    """Read letters in lower case; digits are a problem, and an ``a`` is worth a remark."""
    if re.search("[0-9]", text):
        raise Unreadable("digits", text)
    return Reading(text.lower(), (Issue("an_a"),) if "a" in text.lower() else ())


@given(LINES)
def test_finds_the_odd_lines(texts: list[str]) -> None:
    """One search finds exactly the texts that a match for each would find, whatever line ends they hold."""
    odd = odd_places(texts, unlike("[ab]{1,3}"))

    assert odd.tolist() == [place for place, text in enumerate(texts) if not re.fullmatch("[ab]{1,3}", text)]


@given(LINES)
def test_lines_are_as_many_as_texts(texts: list[str]) -> None:
    """However many line ends the texts hold, each is one line."""
    assert as_lines(texts).count("\n") == len(texts)


@given(st.lists(st.text("aAbB1", max_size=3), max_size=10))
def test_a_column_is_its_texts_read_one_by_one(texts: list[str]) -> None:
    """Reading distinct texts once, or only the odd ones, gives what reading each row would give."""
    column = read_column("x", object_array(texts), parse_letters)
    quick = read_column("x", object_array(texts), parse_letters, unlike("b+"))
    expected = [text if re.search("[0-9]", text) else text.lower() for text in texts]
    digits = [place for place, text in enumerate(texts) if "1" in text]

    assert column.texts.tolist() == quick.texts.tolist() == expected
    for found in (column.findings, quick.findings):
        by_code = {finding.code: finding for finding in found}
        assert by_code["digits"].positions.tolist() == digits if digits else "digits" not in by_code
        assert not digits or list(by_code["digits"].details) == [texts[place] for place in digits]
        assert "an_a" not in by_code or by_code["an_a"].details == ""


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=12))
def test_combinations_give_the_columns_back(rows: list[tuple[str, str]]) -> None:
    """Each distinct combination of two columns stands once, and spreads to where it came from."""
    first, second = object_array(row[0] for row in rows), object_array(row[1] for row in rows)

    places, where = combinations(first, second)

    assert len(where) == len(set(rows))
    assert list(zip(first[where][places], second[where][places], strict=True)) == rows


def test_nothing_to_patch_leaves_the_column_alone() -> None:
    """Where no row was read anew, the texts are the ones that were given."""
    texts = object_array(["a", "b"])

    assert patched(texts, np.array([], dtype=np.int64), Column(object_array([]))).texts is texts


FIELDS = (*FIELD, "metadata.room")

PROFILES = st.sampled_from(
    [
        Profile(),
        Profile(
            region="GB",
            zone="Europe/London",
            date_order="dmy",
            two_digit_years=True,
            duration_unit="h:mm",
            allow_unassigned_phones=True,
            locations={"A": Location("ET", {"room": "1", "door": "B"})},
            zones={"home": "PT", "bad": "Nowhere"},
            values={"time": {"noon": "12:00"}, "action": {"a": "create"}},
            event_types={"A": EventType("6c52d314-a3ca-4781-ba70-000000000000")},
        ),
    ]
)

TYPICAL = [
    "",
    "A",
    "home",
    "bad",
    "noon",
    "2027-03-04",
    "14:30",
    "2027-03-04T14:30:00",
    "2027-03-04T14:30:00Z",
    "PT3H",
    "3052345678",
    "+44 7400 123456",
    "EST",
    "UTC",
    '{"room": 1}',
    "{",
    "create",
    "1E+15",
    "46037.5",
    "\x00",
    "a\nb",
]

CELLS = st.text(max_size=8) | st.text("0123456789-/:+.TPHZ aApPmM", max_size=20) | st.sampled_from(TYPICAL)

FORMS = {
    "uuid": r"[A-Za-z0-9-]{1,128}",
    "phone": r"\+[1-9][0-9]{4,14}",
    "remindTimeOffset": r"PT(?=.)([0-9]+H)?([0-9]+M)?([0-9]+S)?",
    "followUpTimeOffset": r"PT(?=.)([0-9]+H)?([0-9]+M)?([0-9]+S)?",
    "eventDateTime": r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]",
    "sendEligibleSubscribersOnly": "true|false",
    "action": "|".join(Action),
    "subscriberTimeZone": "|".join(re.escape(name) for name in set(canonical_names().values())),
    "metadata.room": r"[^{}\n\x00]*",
    "metadata.door": r"[^{}\n\x00]*",
}

PARTS = {"eventDateTime": ("date", "time"), "phone": ("countryCode",)}


@settings(max_examples=longer(25, 500))
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, CELLS)), min_size=1, max_size=4), profile=PROFILES)
def test_a_chunk_holds_normal_forms_or_reasons(rows: list[dict[str, str]], profile: Profile) -> None:
    """Whatever is typed: no traceback, every value has its form, is blank, or has a problem; typed cells are untouched."""
    typed = pd.DataFrame(rows, index=range(2, 2 + len(rows)), dtype=object)
    before = typed.copy()

    result = normalize(typed, profile)

    refused = {
        (f.field, place) for f in result.reasons if not KINDS[f.code].is_warning for place in f.positions.tolist()
    }
    values = result.values
    pd.testing.assert_frame_equal(result.typed, before)
    assert values.rows == len(typed)
    for name, form in FORMS.items():
        for place, value in enumerate(values.column(name)):
            problem = any((source, place) in refused for source in (name, *PARTS.get(name, ())))
            assert problem or not value or re.fullmatch(form, value), (name, value)


@given(st.lists(CELLS, min_size=2, max_size=6), st.sampled_from(FIELDS))
def test_rows_do_not_touch_each_other(texts: list[str], field: str) -> None:
    """A cell is read alike whatever stands above and below it."""
    together = normalize(pd.DataFrame({field: texts}, dtype=object), Profile())
    for place, text in enumerate(texts):
        alone = normalize(pd.DataFrame({field: [text]}, dtype=object), Profile())
        for name, found in alone.values.columns.items():
            assert found.column[0] == together.values.column(name)[place]
        assert {f.code for f in alone.reasons} == {f.code for f in together.reasons if place in f.positions}


@pytest.mark.parametrize("field", FIELDS)
def test_a_cell_of_ten_megabytes_is_read_or_refused_at_once(field: str) -> None:
    """A cell of any length costs no more than looking at it."""
    typed = pd.DataFrame({field: ["7" * 10_000_000, "a " * 500_000, " " * 100_000, "{" * 100_000]}, dtype=object)

    began = processor_s()
    result = normalize(typed, Profile())

    assert len(result.typed) == 4
    # Some ten times what it takes, and a tenth of what reading all of a time took.
    assert processor_s() - began < 4
