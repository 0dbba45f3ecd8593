"""
A schema of its own on a PostgreSQL server, where one is at hand.

``IMPORTER_TEST_POSTGRES``: the URL of a database in which the tests may make and drop schemas. With
``IMPORTER_REQUIRE_POSTGRES`` set, its absence is a failure instead of a skip.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = os.environ.get("IMPORTER_TEST_POSTGRES", "")

needs_server = pytest.mark.skipif(not SERVER, reason="IMPORTER_TEST_POSTGRES names no server")


def refuse_absence() -> None:
    """Fail where a server was promised and none is named."""
    if os.environ.get("IMPORTER_REQUIRE_POSTGRES") and not SERVER:
        pytest.fail("IMPORTER_REQUIRE_POSTGRES is set, but IMPORTER_TEST_POSTGRES names no server", pytrace=False)


def in_schema(statement: str) -> None:
    """Run one statement by itself."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def schema(*, keep: bool = False) -> Iterator[str]:
    """Give the URL of a schema that is gone with the block, unless it is to ``keep``."""
    name = f"importer_test_{os.getpid()}_{secrets.token_hex(3)}"
    in_schema(f"CREATE SCHEMA {name}")
    joined = "&" if "?" in SERVER else "?"
    try:
        yield f"{SERVER}{joined}options=-csearch_path%3D{name}"
    finally:
        if not keep:
            in_schema(f"DROP SCHEMA {name} CASCADE")
