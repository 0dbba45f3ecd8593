"""Tenants on one PostgreSQL database, each with a schema and a role of its own: the server itself keeps them apart."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from on_postgres import SERVER, in_schema, needs_server, refuse_absence

from importer.errors import Exit, LedgerError
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from several_tenants import Street

pytestmark = needs_server
refuse_absence()


@contextmanager
def roles(*names: str) -> Iterator[dict[str, str]]:
    """Give the ledgers of tenants, by name: a schema each, which a role of the same name owns."""
    mark = f"{os.getpid()}_{secrets.token_hex(2)}"
    place = urlsplit(SERVER)
    port = f":{place.port}" if place.port else ""
    made = {name: f"importer_{name}_{mark}" for name in names}
    for role in made.values():
        in_schema(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
        in_schema(f"GRANT {role} TO CURRENT_USER")
        in_schema(f"CREATE SCHEMA {role} AUTHORIZATION {role}")
    try:
        yield {
            name: f"postgresql+psycopg://{role}:{role}@{place.hostname}{port}{place.path}?options=-csearch_path%3D{role}"
            for name, role in made.items()
        }
    finally:
        for role in made.values():
            in_schema(f"DROP SCHEMA {role} CASCADE")
            in_schema(f"DROP ROLE {role}")


def test_tenants_side_by_side_cannot_read_each_others_rows(passes: Any, street_of: Any) -> None:
    """Both are served in one pass; neither role sees a row, a table or a ledger of the other."""
    import psycopg

    with roles("t0", "t1") as ledgers:
        street: Street = street_of(count=2, ledgers=list(ledgers.values()))
        for name in street.names:
            street.put(f"{name}-0", 5)

        result = passes(street)

        assert result.exit_code == Exit.DONE, result.news
        assert set(street.created().values()) == {1}
        assert len(street.created()) == 10
        assert not street.mixed_up()
        schemas = {name: url.rpartition("%3D")[2] for name, url in ledgers.items()}
        with psycopg.connect(ledgers["t0"].replace("+psycopg", ""), autocommit=True) as north:
            assert north.execute("SELECT count(*) FROM rows").fetchone() == (5,)
            for statement in (
                f"SELECT count(*) FROM {schemas['t1']}.rows",
                f"INSERT INTO {schemas['t1']}.rows DEFAULT VALUES",
                f"DROP SCHEMA {schemas['t1']} CASCADE",
                f"SET ROLE {schemas['t1']}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    north.execute(statement)
            seen = north.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s", [schemas["t1"]]
            ).fetchone()
            assert seen == (0,)
        others = ledgers["t0"].replace(f"search_path%3D{schemas['t0']}", f"search_path%3D{schemas['t1']}")
        with pytest.raises(LedgerError), open_ledger(others, read_only=True):
            pass
