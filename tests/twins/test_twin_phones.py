"""
The quick way for North American phones against the library, on mixed batches.

``IMPORTER_TWIN_BATCHES=100000 python -m pytest tests/twins --timeout=0`` is the long form for every fast path.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer
from mixed_batches import as_told, batch, batches, digits, readings_of

from importer.normalizing import phones
from importer.normalizing.phones import parse_phone, read_many_phones
from importer.normalizing.value_reading import object_array, reading_of

if TYPE_CHECKING:
    from random import Random


def ten(random: Random) -> str:
    """Return ten digits, mostly a number in use."""
    area = random.choice(("212", "646", "305", "416", "787", "800", "900", "876", "123", digits(random, 3)))
    exchange = random.choice(("555", "234", "310", "101", digits(random, 3)))
    return area + exchange + digits(random, 4)


def punctuated(random: Random) -> str:
    number = ten(random)
    form = random.choice(
        ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "({}){}{}", "{}/{}-{}", "{}{}.{}", "{}-{}{}")
    )
    return form.format(number[:3], number[3:6], number[6:])


def far(text: str) -> str:
    """Return a text in full-width or Arabic digits."""
    zero = 0xFF10 if len(text) % 2 else 0x0660
    return "".join(chr(zero + int(mark)) if mark.isdecimal() else mark for mark in text)


KINDS = {
    "ten digits": ten,
    "punctuated": punctuated,
    "blank": lambda random: random.choice(("", "", " ", "\u00a0", "\t", "\u200b", "\ufeff")),
    "with 1": lambda random: random.choice(("1", "1-", "1 ", "1.")) + punctuated(random),
    "with +1": lambda random: random.choice(("+1", "+1 ", "+1-", "'+1", "+1.")) + random.choice((ten, punctuated))(random),
    "short": lambda random: digits(random, random.randint(1, 9)),
    "one short": lambda random: punctuated(random)[:-1],
    "long": lambda random: ten(random) + digits(random, random.randint(1, 5)),
    "very long": lambda random: digits(random, random.randint(70, 100)),
    "dialled": lambda random: random.choice(("0111", "001", "11", "0", "+11", "1+")) + ten(random),
    "foreign": lambda random: random.choice(("+44 7400 1", "+33 6 12 34 5", "+61 412 34", "0044 7400 1", "33612")) + digits(random, 5),
    "extension": lambda random: punctuated(random) + random.choice((" x12", " ext. 3", "#4", ",,5", ";ext=6", "x" + digits(random, 4))),
    "letters": lambda random: random.choice(("cell ", "O", "n/a", "1-800-FLOWERS ", "")) + ten(random)[:9] + random.choice("OlIa"),
    "unicode digits": lambda random: far(ten(random)),
    "unicode dashes": lambda random: punctuated(random).replace("-", "\u2011").replace(" ", "\u00a0"),
    "two numbers": lambda random: punctuated(random) + random.choice((" / ", ", ", " or ", "\n", " ")) + punctuated(random),
    "number cell": lambda random: ten(random) + random.choice((".0", ".00", ".5", ".", ",0")),
    "scientific": lambda random: f"{random.choice('123')}.{digits(random, random.choice((5, 9, 10)))}E+{random.choice(('09', '10'))}",
    "line end": lambda random: random.choice(("\n", "")) + ten(random) + random.choice(("\n", "\r", "\0", "\x0b", "\u2028")),
    "words": lambda random: random.choice(("N/A", "none", "-", "+", "TRUE", "#REF!", "unknown", '="2125550101"')),
}  # fmt: skip


@lru_cache(maxsize=100_000)
def careful(text: str, region: str, *, allowed: bool) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return what the library says of one text by itself."""
    return as_told(reading_of(lambda typed: parse_phone(typed, region, allow_unassigned=allowed), text))


def hold(cells: list[str], region: str, *, allowed: bool) -> None:
    """Assert that a column says of each cell what the cell says by itself."""
    quick = readings_of(read_many_phones(object_array(cells), region, allow_unassigned=allowed))
    assert quick == [careful(cell, region, allowed=allowed) for cell in cells], cells


@settings(max_examples=longer(50, 1_000))
@given(st.randoms(use_true_random=False), st.sampled_from(["US", "CA", "BS", "GB"]), st.booleans())
def test_a_phone_is_not_made_by_its_neighbours(random: Random, region: str, allowed: bool) -> None:
    """In any mixture of cells each phone is what it is alone."""
    hold(batch(KINDS, random), region, allowed=allowed)


def test_phones_of_many_mixed_batches() -> None:
    """In the long form 100,000 mixtures: the quick way never differs from the library."""
    for number, cells in enumerate(batches(KINDS)):
        hold(cells, ("US", "US", "CA", "BS")[number % 4], allowed=number % 3 == 0)


def hold_all(count: int) -> None:
    """Hold so many mixtures."""
    for cells in batches(KINDS, count=count):
        hold(cells, "US", allowed=False)


def by_total_length(found: str) -> object:
    """Read lines of digits as version 1.0.0 did: judged by their length in total."""
    if len(found) == found.count("\n") * len("\n2125550101"):
        return object_array(found.replace("\n", "\n+1").split("\n")[1:])
    return object_array(["+1" + number[-10:] for number in found.split("\n")[1:]])


def test_the_fault_of_1_0_0_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the old judgement by total length put back, fewer than 1,500 batches tell it."""
    monkeypatch.setattr(phones, "_in_e164", by_total_length)

    with pytest.raises(AssertionError):
        hold_all(1500)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1 (646) 555-0190", "646-555-019"], ["+16465550190", "646-555-019"]),
        (["+1 305 555 0147", "", "2125550148"], ["+13055550147", "", "+12125550148"]),
        (["12125550149", "12125550150", "21255501", "6465550151"], ["+12125550149", "+12125550150", "21255501", "+16465550151"]),
    ],
)  # fmt: skip
def test_a_short_cell_does_not_make_up_for_a_long_one(cells: list[str], numbers: list[str]) -> None:
    """Beside a short or blank cell, a number with its 1 is still the number."""
    assert read_many_phones(object_array(cells)).texts.tolist() == numbers
