"""Appointments that all move by one amount: just enough of them, just too few, and the clock changes in between."""

from __future__ import annotations

import pytest

from importer.guards import moved_together
from importer.model.records import Move

HOUR = 3_600
CHICAGO, DENVER, NEW_YORK = "America/Chicago", "America/Denver", "America/New_York"


def move(
    shift: int = HOUR,
    before: tuple[str, str] = ("2027-03-04T09:00:00", CHICAGO),
    after: tuple[str, str] = ("2027-03-04T10:00:00", CHICAGO),
) -> Move:
    return Move(shift, before, after)


def spread(count: int) -> list[Move]:
    """Return moves of as many different amounts."""
    return [move(HOUR * (n + 2), after=(f"2027-03-{5 + n:02d}T09:30:00", CHICAGO)) for n in range(count)]


@pytest.mark.parametrize(
    ("known", "same", "others", "held"),
    [
        pytest.param(5, 5, 0, True, id="five-of-five"),
        pytest.param(4, 4, 0, False, id="four-are-too-few"),
        pytest.param(20, 19, 0, True, id="nineteen-of-twenty"),
        pytest.param(20, 18, 0, False, id="eighteen-of-twenty"),
        pytest.param(20, 18, 2, False, id="two-move-otherwise"),
        pytest.param(20, 19, 1, True, id="one-moves-otherwise"),
        pytest.param(0, 0, 0, False, id="none-known"),
        pytest.param(10, 0, 10, False, id="each-its-own-way"),
    ],
)
def test_how_many_must_move(known: int, same: int, others: int, held: bool) -> None:
    """Nineteen of twenty by one amount are held, and never fewer than five appointments."""
    found = moved_together(known, [move()] * same + spread(others))

    assert (found is not None) is held


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        pytest.param([move()], "+1 hour", id="an-hour"),
        pytest.param([move(-HOUR, after=("2027-03-04T08:00:00", CHICAGO))], "-1 hour", id="an-hour-back"),
        pytest.param([move(-2 * 86_400, after=("2027-03-02T09:00:00", CHICAGO))], "-2 days", id="two-days-back"),
        pytest.param(
            [move(5_400, after=("2027-03-04T10:30:00", CHICAGO))], "+1 hour 30 minutes", id="an-hour-and-a-half"
        ),
        pytest.param(
            [move(after=("2027-03-04T09:00:00", DENVER))], f"zone {DENVER} instead of {CHICAGO}", id="another-zone"
        ),
        pytest.param(
            [move(0, after=("2027-03-04T08:00:00", DENVER))],
            f"-1 hour, zone {DENVER} instead of {CHICAGO}",
            id="another-clock-at-the-same-moment",
        ),
        pytest.param(
            [
                move(after=("2027-03-04T09:00:00", DENVER)),
                move(2 * HOUR, ("2027-03-04T09:00:00", NEW_YORK), ("2027-03-04T09:00:00", DENVER)),
            ],
            f"zone {DENVER} instead of the zones of before",
            id="all-in-one-zone-now",
        ),
        pytest.param(
            [
                move(after=("2027-03-04T09:00:00", DENVER)),
                move(HOUR, ("2027-03-04T09:00:00", NEW_YORK), ("2027-03-04T09:00:00", CHICAGO)),
            ],
            "+1 hour",
            id="each-one-zone-further",
        ),
        pytest.param([move(HOUR, ("", ""), ("2027-03-04T09:00:00", CHICAGO))], "+1 hour", id="old-clock-not-known"),
        pytest.param(
            [
                move(86_400, ("2027-03-12T09:00:00", CHICAGO), ("2027-03-13T09:00:00", CHICAGO)),
                move(86_400 - HOUR, ("2027-03-13T09:00:00", CHICAGO), ("2027-03-14T09:00:00", CHICAGO)),
            ],
            "+1 day",
            id="a-day-by-the-clock-while-clocks-change",
        ),
        pytest.param(
            [
                move(HOUR, ("2027-03-13T09:00:00", CHICAGO), ("2027-03-13T10:00:00", CHICAGO)),
                move(HOUR, ("2027-03-14T01:30:00", CHICAGO), ("2027-03-14T03:30:00", CHICAGO)),
            ],
            "+1 hour",
            id="an-hour-of-utc-while-clocks-change",
        ),
    ],
)
def test_the_amount_in_words(moves: list[Move], words: str) -> None:
    """One amount is one by the wall clock or one in UTC, and is told as people say it."""
    found = moved_together(10, moves * (10 // len(moves)))

    assert found is not None
    assert found.message == (
        f"10 of 10 known appointments of the file are moved, all by {words}. A wrong time zone looks like this."
    )
    assert "--release moved_together" in found.fix


def test_an_update_that_moves_nothing_counts_as_not_moved() -> None:
    """The same time told again, zone and all, is no amount to be moved by."""
    still = move(0, after=("2027-03-04T09:00:00", CHICAGO))

    assert moved_together(10, [still] * 10) is None
