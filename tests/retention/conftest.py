"""A desk whose ledger was in use for months, on SQLite and, where a server is at hand, on PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from desk import Desk, read_csv
from on_postgres import needs_server, schema
from purge_months import later_rows, months, planned, purged, states

from importer.sandbox import Sandbox
from importer.settings.token import PurgeKeySource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.ingest.purge import Purged

PLACES = ["sqlite", pytest.param("postgresql", marks=needs_server)]


@contextmanager
def set_up(place: str, folder: Path) -> Iterator[Desk]:
    """Give a desk with a ledger of its own and a place for the key."""
    with ExitStack() as closing:
        own: dict[str, Any] = {"purge_key_source": PurgeKeySource(file=folder / "keys" / "purge.key")}
        if place == "postgresql":
            own["ledger_url"] = closing.enter_context(schema())
        yield Desk(folder, closing.enter_context(Sandbox()), settings=own)


@pytest.fixture(params=PLACES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with set_up(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a desk with a ledger in a file."""
    with set_up("sqlite", tmp_path) as found:
        yield found


@dataclass(frozen=True)
class Spent:
    """A desk after months and a purge. ``uuids``: of the reports, by number; ``plans``: of later rows, made before the purge."""

    desk: Desk
    found: Purged
    again: Purged
    states: Mapping[str, str]
    uuids: Mapping[str, str]
    plans: Mapping[str, Any]


@pytest.fixture(scope="module", params=PLACES)
def spent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spent]:
    """Give what many tests only look at; a plan leaves nothing in the ledger."""
    with set_up(request.param, tmp_path_factory.mktemp("spent")) as desk:
        months(desk)
        uuids = {
            row["result_external_event_id"]: row["result_uuid"]
            for path in desk.folder.rglob("results.csv")
            for row in read_csv(path)
            if row["result_uuid"]
        }
        before = states(desk)
        plans = {name: planned(desk, *rows) for name, rows in later_rows(uuids).items()}
        yield Spent(desk, purged(desk), purged(desk), before, uuids, plans)
