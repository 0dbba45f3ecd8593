"""The values in doubt, as the ledger keeps them."""

from __future__ import annotations

from importer.ledger.known_reminders import as_text, doubting, doubts, settling
from importer.model.planned_calls import value_mark

ANA, BO = value_mark("Ana"), value_mark("Bo")


def test_doubts_add_up() -> None:
    """Every value that was sent without an answer is among those that a field may have."""
    once = doubting(doubts(""), {"firstName": "Ana"})
    twice = doubting(once, {"firstName": "Bo", "lastName": "Ana"})

    assert twice == {"firstName": {ANA, BO}, "lastName": {ANA}}


def test_text_gives_the_doubts_back() -> None:
    """What is kept as text is read as it was, and shows no value."""
    found = doubting(doubting({}, {"firstName": "Ana"}), {"firstName": "Bo", "metadata": {"place": "Ana"}})

    assert doubts(as_text(found)) == found
    assert "Ana" not in as_text(found)
    assert doubts(as_text({})) == {}


def test_names_alone_may_have_any_value() -> None:
    """A field kept without marks stays open to any value, whatever is sent later."""
    old = doubts("firstName metadata")

    assert old == {"firstName": frozenset(), "metadata": frozenset()}
    assert doubting(old, {"firstName": "Ana"}) == old
    assert as_text(old) == "firstName metadata"


def test_accepted_fields_are_in_doubt_no_more() -> None:
    """Only what the API did not take since stays in doubt."""
    found = doubting({}, {"firstName": "Ana", "lastName": "Bo"})

    assert settling(found, {"firstName": "Cy"}) == {"lastName": {BO}}


def test_mark_tells_values_apart_and_ignores_order() -> None:
    """Equal values have one mark, also where an object's keys stand in another order."""
    assert value_mark({"a": "1", "b": "2"}) == value_mark({"b": "2", "a": "1"})
    assert value_mark({"a": "1"}) != value_mark({"a": "2"})
