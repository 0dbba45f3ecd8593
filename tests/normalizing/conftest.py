"""Where the tables of expected values are, for the tests that are scored on them."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The first example of a test may load metadata of all countries or zones.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

Table = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="session")
def table() -> Table:
    """Return a function that reads a table of the corpora by name; skips where the corpora are not there."""
    beside = Path(__file__).parents[3] / "shared" / "corpora"
    folder = Path(os.environ.get("IMPORTER_CORPORA", beside)) / "tables"
    if not folder.is_dir():
        pytest.skip(f"the corpora are not here: no {folder}; IMPORTER_CORPORA may name them")

    def read(name: str) -> list[dict[str, str]]:
        with (folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read
