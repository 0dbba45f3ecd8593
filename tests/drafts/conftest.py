"""A desk for every test of drafts, on SQLite and, where a server is at hand, on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest
from desk import Desk

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Desk:
    return Desk(tmp_path, sandbox)


@pytest.fixture(params=["sqlite", "postgres"])
def either_desk(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Desk]:
    """Give a desk whose ledger is on the one database, and then on the other."""
    if request.param == "sqlite":
        yield desk
        return
    if POSTGRES is None:
        pytest.skip("IMPORTER_TEST_POSTGRES names no database")
    import psycopg

    schema = f"drafts_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            joined = "&" if "?" in POSTGRES else "?"
            desk.settings["ledger_url"] = f"{POSTGRES}{joined}options=-csearch_path%3D{schema}"
            yield desk
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
