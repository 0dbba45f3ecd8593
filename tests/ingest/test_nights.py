"""A month of nights, in short: what the API holds is what the last export says, whatever came in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drop_nights import EVENTS, played

if TYPE_CHECKING:
    from drop_yard import Yard


def test_nights_over_a_clock_change(yard: Yard) -> None:
    """Over a clock change in one of two zones: nothing twice, nobody lost, and clean nights have no news."""
    clinic = played(yard, len(EVENTS))

    assert clinic.seen.keys() == set(EVENTS)
    assert clinic.doubles() == []
    assert clinic.loud == []
    assert {12, 7, 6, 3, 0} == clinic.codes.keys()
    assert clinic.rows.keys() <= clinic.really().keys()
    assert yard.files() == [name for name in yard.files() if name.endswith(".part")]
