"""A month of nights, in short: what the API holds is what the last export says, whatever came in between."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from drop_nights import EVENTS, played
from told import told

from importer.model.sending_window import SendingWindow

if TYPE_CHECKING:
    from drop_yard import Yard


def test_nights_over_a_clock_change(yard: Yard) -> None:
    """Over a clock change in one of two zones: nothing twice, nobody lost, clean nights without news, a notice a change of state."""
    with told() as desk:
        clinic = played(yard, len(set(EVENTS)) + 1, told=desk)

    assert (clinic.odd_notices, len(desk.notices) > 5) == ([], True)
    assert clinic.seen.keys() == set(EVENTS)
    assert clinic.doubles() == []
    assert clinic.loud == []
    assert {12, 7, 6, 3, 0} == clinic.codes.keys()
    assert clinic.rows.keys() <= clinic.really().keys()
    assert yard.files() == [name for name in yard.files() if name.endswith(".part")]


def test_nights_with_a_sending_window(yard: Yard) -> None:
    """With a window nobody is texted outside it, and no create that waited is sent for a visit that a later file dropped."""
    clinic = played(yard, 6, seed=3, window=SendingWindow(time(8), time(21)))

    assert clinic.shut == []
    assert clinic.unnamed == []
    assert clinic.doubles() == []
    assert clinic.loud == []
    assert clinic.rows.keys() <= clinic.really().keys()
