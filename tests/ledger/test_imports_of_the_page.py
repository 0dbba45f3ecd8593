"""Imports of the page in the ledger: each move is let through once, by whoever saw the import as it stands."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.ledger import open_ledger
from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.page.page_store import PageStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = Import(
    id="a1", owner=3, by="dana", created_at=5.0, copy="c0ffee", sha256="ab", size=7, name="woche \u202e.csv",
    options={"sheet": "May"}, facts={"rows": 60}, changed_at=5.0,
)  # fmt: skip


@pytest.fixture
def store(place: Path) -> Iterator[PageStore]:
    with open_ledger(str(place)):
        pass
    found = PageStore(str(place))
    yield found
    found.close()


def test_import_is_kept_as_it_is(store: PageStore) -> None:
    """An import comes back as it was written, whatever its file is called."""
    store.imports.add(ONE)

    assert store.imports.find("a1") == ONE
    assert store.imports.find("a2") is None


def test_move_is_let_through_once(store: PageStore) -> None:
    """Of many that move the same version of an import at once one succeeds."""
    store.imports.add(ONE)

    def move(_number: int) -> bool:
        return store.imports.move("a1", ONE.state, ONE.version, ImportState.CHECKING, at=6.0, draft="d")

    with ThreadPoolExecutor(8) as pool:
        moved = list(pool.map(move, range(20)))

    assert moved.count(True) == 1
    found = store.imports.find("a1")
    assert found == replace(ONE, state=ImportState.CHECKING, version=2, draft="d", changed_at=6.0)


def test_stale_version_or_state_moves_nothing(store: PageStore) -> None:
    """A move from a state or a version that is over changes nothing."""
    store.imports.add(ONE)

    assert not store.imports.move("a1", ImportState.REVIEW, 1, ImportState.QUEUED, at=6.0)
    assert not store.imports.note("a1", ImportState.UPLOADED, 2, at=6.0, problem="x")
    assert store.imports.find("a1") == ONE


def test_newest_come_first(store: PageStore) -> None:
    """Imports are listed newest first, of one owner or of all, and go on behind the last one that was listed."""
    for number in range(5):
        store.imports.add(replace(ONE, id=f"a{number}", owner=number % 2, created_at=float(number // 2)))

    assert [one.id for one in store.imports.newest(None, limit=9)] == ["a4", "a3", "a2", "a1", "a0"]
    assert [one.id for one in store.imports.newest(0, limit=9)] == ["a4", "a2", "a0"]
    assert [one.id for one in store.imports.newest(None, limit=2, before=(1.0, "a3"))] == ["a2", "a1"]


def test_nothing_waits_for_a_run_that_is_at_work(store: PageStore, place: Path) -> None:
    """Imports are written while a run holds the ledger."""
    with open_ledger(str(place)):
        store.imports.add(ONE)
        assert store.imports.move("a1", ONE.state, 1, ImportState.CHECKING, at=6.0)


def test_row_that_nobody_wrote_is_damage(store: PageStore, place: Path) -> None:
    """A state that no version knows is told as damage of the ledger, not as a bug."""
    store.imports.add(ONE)
    with closing(sqlite3.connect(place)) as database:
        database.execute("UPDATE imports SET state = 'elsewhere'")
        database.commit()

    with pytest.raises(Exception, match="damaged"):
        store.imports.find("a1")
