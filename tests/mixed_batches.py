"""
Batches of cells as no clean sheet has them: blank, short, long, foreign and damaged values beside right ones.

A fast path is held against its careful twin on such batches. Value by value it may be right and still be wrong where
it looks at many at once: a short value beside a long one, say, has the total length of two usual ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from importer.normalizing.value_reading import Column, Reading

Maker = Callable[[Random], str]

# How many batches each fast path is tried on: so few with every test run, 100,000 in the long form.
BATCHES = int(os.environ.get("IMPORTER_TWIN_BATCHES", "150"))

NEAREST = 7
SIZES = (1, 2, 2, 3, 3, 4, 5, 8, 13, 21)


def batches(kinds: Mapping[str, Maker], seed: int = 0, count: int = BATCHES) -> Iterator[list[str]]:
    """Yield batches of cells, always the same ones: of one kind or of a few, some cells twice."""
    for number in range(count):
        yield batch(kinds, Random(f"{seed}/{number}"))


def batch(kinds: Mapping[str, Maker], random: Random) -> list[str]:
    """
    Return one batch; which kinds it mixes, and how many cells of each, is drawn.

    Half the batches mix the first kinds only: those that are nearest to what is usual stand there.
    """
    known = list(kinds)[: NEAREST if random.random() < 0.5 else None]
    some = random.sample(known, random.randint(1, min(5, len(known))))
    cells = [kinds[random.choice(some)](random) for _ in range(random.choice(SIZES))]
    if random.random() < 0.3:
        cells.append(random.choice(cells))
    random.shuffle(cells)
    return cells


def digits(random: Random, count: int) -> str:
    """Return so many random digits."""
    return "".join(random.choices("0123456789", k=count))


def readings_of(column: Column) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    """Return for each row of a column its value, and what is said of it with the details."""
    told: list[set[tuple[str, str]]] = [set() for _ in column.texts]
    for finding in column.findings:
        details = np.broadcast_to(np.asarray(finding.details, dtype=object), len(finding.positions))
        for place, detail in zip(finding.positions.tolist(), details.tolist(), strict=True):
            told[place].add((finding.code, detail))
    return [(text, frozenset(said)) for text, said in zip(column.texts.tolist(), told, strict=True)]


def as_told(reading: Reading) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return one reading in the same form."""
    return reading.value, frozenset((remark.code, remark.detail) for remark in reading.remarks)
