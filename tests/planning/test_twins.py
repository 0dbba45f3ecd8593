"""Rows of one check that name the same appointment, found among all of them at its end."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from importer.model.chunks import distinct
from importer.planning import duplicates
from importer.planning.duplicates import Told, Twins, verdicts

if TYPE_CHECKING:
    import pytest

ACTIONS = ("upsert", "create", "update", "cancel", "no_show")


def test_twins_are_found_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the rows are cut into chunks, and their keys into parts, those of one key are judged in their order."""
    dice = Random(4)
    rows = [(dice.choice(ACTIONS), dice.randrange(9), dice.randrange(30), dice.randrange(2)) for _ in range(600)]
    lanes: dict[tuple[int, int], list[int]] = {}
    for place, (_, phone, number, _) in enumerate(rows):
        lanes.setdefault((phone, number), []).append(place)
    kinds = {"upsert": 1, "create": 1, "update": 2, "cancel": 3, "no_show": 4}
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
