"""A practice on SQLite and, where a server is at hand, on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import Desk
from practices import Practice, practice_on_postgres, practice_on_sqlite

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Desk:
    return Desk(tmp_path, sandbox)


@pytest.fixture
def on_sqlite(desk: Desk) -> Practice:
    return practice_on_sqlite(desk)


@pytest.fixture
def on_postgres(desk: Desk) -> Iterator[Practice]:
    with practice_on_postgres(desk) as practice:
        yield practice


@pytest.fixture(params=["sqlite", "postgres"])
def practice(request: pytest.FixtureRequest) -> Practice:
    """Give a practice on the one database, and then on the other."""
    found: Practice = request.getfixturevalue(f"on_{request.param}")
    return found
