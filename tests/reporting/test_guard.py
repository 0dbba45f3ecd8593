"""The formula guard: nothing live in a report, and every text survives the way out and back."""

from __future__ import annotations

import csv
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.model.formula_escape import (
    MARK,
    TRIGGERS,
    guard,
    guard_all,
    guard_string,
    guard_strings,
    is_live,
    unguard,
)

CORPORA = Path(os.environ.get("IMPORTER_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
FORMULA_CELLS = CORPORA / "tables" / "formula_cells.csv"

STARTS = st.text(alphabet="'=+-@\t\r\n\x00 \xa0\u200b\ufeff\uff1d\uff0b\uff0d\uff201A(\u3164\xad", max_size=6)
CELLS = st.builds(str.__add__, STARTS, st.text(max_size=8)) | st.text(max_size=12)


@given(CELLS)
@example("'=1+2")
@example("''+1")
@example("'+14155552671")
def test_every_text_comes_back(text: str) -> None:
    """Whatever was typed, reading a report gives exactly that again."""
    assert unguard(guard(text)) == text


@given(CELLS)
def test_nothing_guarded_is_live(text: str) -> None:
    """The guard leaves no text that a spreadsheet program would compute."""
    assert not is_live(guard(text))


@given(CELLS)
def test_a_guarded_text_begins_with_no_trigger_unless_it_is_a_number_or_phone(text: str) -> None:
    """Judged without the guard's own pattern: what begins with a sign is digits, blanks, dots, commas and brackets."""
    # Controls, formats and blanks may be dropped by a program; a code point without a meaning is shown as a box.
    dropped = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    stripped = "".join(mark for mark in guard(text) if unicodedata.category(mark) not in dropped)
    if unicodedata.normalize("NFKC", stripped[:1]).startswith(("=", "+", "-", "@")):
        assert stripped[0] in "+-"
        assert set(stripped[1:]) <= set("0123456789.,()")


@pytest.mark.parametrize(
    "text",
    [
        "=1+2",
        "+1+2",
        "-2+3",
        "@SUM(A1)",
        "@",
        "-",
        "+",
        "\tplain",
        "\rplain",
        "\nplain",
        "\x00=1",
        "\xa0=1+2",
        "\ufeff=1",
        "\u200b=1",
        "\u3164=1",
        "\u2a751+2",
        "   =1+2",
        "\uff1d1+2",
        "\uff0b1+2",
        "\uff0d1",
        "\uff20A1",
        "+1-415-555-2671",
        "-5-5",
        "+A1",
        "-5|cmd",
        "+(1)",
        "--5",
    ],
)
def test_live_text_gets_one_apostrophe(text: str) -> None:
    """Live text is neutralised by one apostrophe and changed in no other way."""
    assert is_live(text)
    assert guard(text) == MARK + text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana",
        "O'Brien",
        "'quoted'",
        "+14155552671",
        "+1 (415) 555 2671",
        "+49 30.123.456",
        "-5",
        "+5",
        "-5.25",
        "-5,25",
        "-1,234.50",
        "2027-03-04T14:30:00",
        "1+2",
        "a=1",
        "mail@example.com",
        "–",
    ],
)
def test_harmless_text_stays_as_typed(text: str) -> None:
    """Phones, negative numbers and everything that no program computes are written as typed."""
    assert guard(text) == text
    assert unguard(text) == text


def test_every_compatibility_twin_of_a_trigger_is_known() -> None:
    """The list of twins is complete by Unicode's own tables."""
    twins = {
        chr(point)
        for point in range(0x110000)
        if not 0xD800 <= point < 0xE000 and unicodedata.normalize("NFKC", chr(point))[:1] in set("=+-@\u2212")
    }

    assert twins <= set(TRIGGERS)


@pytest.mark.skipif(not FORMULA_CELLS.exists(), reason="needs the corpus of formula cells (IMPORTER_CORPORA)")
def test_judges_the_corpus_as_its_table_says() -> None:
    """Each cell of the corpus is live, or not, as the table says."""
    with FORMULA_CELLS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    judged = {
        row["cell_unicode_escaped"]: is_live(row["cell_unicode_escaped"].encode("latin-1").decode("unicode_escape"))
        or ('";' in row["cell_unicode_escaped"] and row["why"].startswith("separator"))
        for row in rows
    }

    assert judged == {row["cell_unicode_escaped"]: row["must_be_neutralised"] == "1" for row in rows}


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("a;=1", "a;'=1"),
        ("a\t @b|c", "a\t' @b|c"),
        ("a|=1|=2", "a|'=1|'=2"),
        ("+1\n=2", "'+1\n'=2"),
        ("\t=1", "'\t'=1"),
        ("a;'=1", "a;''=1"),
        ("x; -5|cmd!A0", "x;' -5|cmd!A0"),
        ("Smith, Ana; -5", "Smith, Ana; -5"),
        ("call, +1 415 555 2671", "call, +1 415 555 2671"),
    ],
)
def test_live_parts_get_an_apostrophe_each(text: str, guarded: str) -> None:
    """What stands behind a separator or a line end inside a cell is judged by itself, and comes back."""
    assert guard(text) == guarded
    assert unguard(guarded) == text
    assert not is_live(guarded)


@given(st.text(st.sampled_from(";\t|,\n\r='+-@\"a1 \u200b\uff1d"), max_size=24))
def test_every_mixture_comes_back(text: str) -> None:
    """Both guards are undone exactly, whatever signs, separators and apostrophes a cell mixes."""
    assert unguard(guard(text)) == text
    assert unguard(guard_string(text)) == text
    assert not is_live(guard(text))


@given(
    st.lists(
        CELLS | st.text("+-='1 (.)\xa0\u0661a,", max_size=6) | st.sampled_from(["", "+1 (415) 555.2671"]), max_size=5
    )
)
@settings(max_examples=longer(100, 10_000))
@example(["+1", "+1a"])
@example(["+1", ""])
@example(["a", "+\u0661"])
def test_a_column_is_guarded_as_its_texts_are(texts: list[str]) -> None:
    """Looked through as one, no text of a column misses its mark or gets one too many."""
    assert guard_all(texts) == list(map(guard, texts))
    assert guard_strings(texts) == list(map(guard_string, texts))
