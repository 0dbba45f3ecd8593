"""Rows of one check that name the same appointment, found among all of them at its end."""

from __future__ import annotations

import io
from random import Random

import numpy as np
import pytest

from importer.model.chunks import distinct
from importer.planning import duplicates
from importer.planning.duplicates import _CLASSES, OFF, Told, Twins, verdicts

ACTIONS = ("upsert", "create", "update", "cancel", "no_show")


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        ("cancel upsert", {0: ("before_its_booking", 1), 1: ("ended_by_earlier_row", 0)}),
        (
            "cancel upsert update cancel",
            {0: ("before_its_booking", 1), 1: ("ended_by_earlier_row", 0), 2: ("ended_by_earlier_row", 0)},
        ),
        ("cancel create", {0: ("before_its_booking", 1)}),
        ("update upsert", {0: ("before_its_booking", 1)}),
        (
            "update no_show upsert upsert cancel",
            {0: ("before_its_booking", 2), 1: ("before_its_booking", 2), 2: ("ended_by_earlier_row", 1), 3: ("ended_by_earlier_row", 1)},
        ),
        ("create upsert", {1: ("duplicate_of_row", 0)}),
        ("upsert cancel", {}),
        (
            "create cancel create",
            {0: ("ended_by_earlier_row", 1), 1: ("before_its_booking", 2), 2: ("ended_by_earlier_row", 1)},
        ),
        (
            "cancel create no_show upsert update cancel",
            {
                0: ("before_its_booking", 1), 1: ("ended_by_earlier_row", 2), 2: ("before_its_booking", 3),
                3: ("ended_by_earlier_row", 2), 4: ("ended_by_earlier_row", 2),
            },
        ),
        ("upsert off", {0: ("ended_by_earlier_row", 1)}),
        ("off create update cancel", {1: ("ended_by_earlier_row", 0), 2: ("ended_by_earlier_row", 0)}),
        ("cancel upsert off", {0: ("before_its_booking", 1), 1: ("ended_by_earlier_row", 2)}),
        ("off cancel", {}),
    ],
)  # fmt: skip
def test_a_row_that_books_below_one_that_ends(actions: str, found: dict[int, tuple[str, int]]) -> None:
    """An export that lists what is newest first says last what was first: its booking is over."""
    classes = {"off": OFF} | {str(name): number for name, number in _CLASSES.items()}
    assert verdicts([Told(classes[name], 7) for name in actions.split()]) == found


def test_all_that_book_one_appointment_contradict_where_one_does() -> None:
    """Of three rows of which two say the same, nobody knows which is right."""
    found = verdicts([Told(1, 7), Told(1, 7), Told(1, 8)])

    assert found == {place: ("rows_contradict", other) for place, other in enumerate((2, 2, 0))}


def test_twins_are_found_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the rows are cut into chunks, and their keys into parts, those of one key are judged in their order."""
    dice = Random(4)
    rows = [(dice.choice(ACTIONS), dice.randrange(9), dice.randrange(30), dice.randrange(2)) for _ in range(600)]
    lanes: dict[tuple[int, int], list[int]] = {}
    for place, (_, phone, number, _) in enumerate(rows):
        lanes.setdefault((phone, number), []).append(place)
    kinds = {"create": 1, "update": 2, "cancel": 3, "no_show": 4, "upsert": 5}
    right = {
        places[at]: (code, f"row {places[other] + 2}")
        for places in lanes.values()
        for at, (code, other) in verdicts([Told(kinds[rows[one][0]], rows[one][3]) for one in places]).items()
    }
    for size, most, at_a_time in ((600, 10_000, 10_000), (70, 100, 7), (1, 13, 50)):
        monkeypatch.setattr(duplicates, "MOST_KEYS", most)
        monkeypatch.setattr(duplicates, "AT_A_TIME", at_a_time)
        twins = Twins(io.BytesIO())
        twins.open_file("week.csv")
        for first in range(0, len(rows), size):
            actions, *hashes = zip(*rows[first : first + size], strict=True)
            phones, ids, contents = (np.array(one, dtype=np.uint64) for one in hashes)
            numbers = np.arange(first + 2, first + 2 + len(actions))
            known = distinct(np.array(actions, dtype=object))
            twins.see(
                first=first, numbers=numbers, actions=known, phones=phones, ids=ids, contents=contents,
                counts=np.ones(len(actions), dtype=bool),
            )  # fmt: skip
        assert {twin.ordinal: (twin.code, twin.detail) for twin in twins.judged()} == right
