"""
Bringing the ledger's tables to the newest version, without a word on the screen.

A new ledger is made at once as the newest migration would leave it; an older one goes through the migrations it lacks,
with alembic.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text

from importer.errors import LedgerError
from importer.ledger.store import translated
from importer.ledger.tables import APPLICATION_ID, SCHEMA, metadata, owner

if TYPE_CHECKING:
    from importer.ledger.store import Store

MIGRATIONS: Final = Path(__file__).with_name("migrations")


def version(store: Store) -> str | None:
    """Return the ledger's version, None where no migration ever ran. Cheap: alembic is not imported."""
    if "alembic_version" not in tables(store):
        return None
    with store.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def tables(store: Store) -> list[str]:
    """Return the names of the database's tables."""
    with store.reading() as connection:
        return inspect(connection).get_table_names()


def known(found: str) -> bool:
    """Whether this version of the importer has the migration."""
    return any(file.stem.split("_")[0] == found for file in (MIGRATIONS / "versions").glob("*.py"))


def make(store: Store) -> None:
    """Make all tables of a new ledger in one transaction: what the migrations would leave, in a fifth of their time."""
    _keep_a_log(store)
    with store.writing() as connection:
        metadata.create_all(connection, checkfirst=False)
        _stamp.create(connection)
        connection.execute(insert(_stamp).values(version_num=SCHEMA))
        connection.execute(
            insert(owner).values(id=1, ledger=secrets.token_hex(16), address="", account=None, refused=False)
        )
        _mark(store, connection)


def migrate(store: Store) -> None:
    """Run the missing migrations in one transaction."""
    # Both cost more to import than to open a ledger that is up to date.
    from alembic import command  # noqa: PLC0415 - costs more than opening a ledger that is up to date
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    _keep_a_log(store)
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
        _mark(store, connection)


def _keep_a_log(store: Store) -> None:
    """Let SQLite write ahead. The journal's mode can only be changed outside a transaction."""
    if store.sqlite:
        with translated(), store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise LedgerError("The ledger cannot be opened.")
            raw.execute("PRAGMA journal_mode=WAL")


def _mark(store: Store, connection: Connection) -> None:
    if store.sqlite:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


# Alembic's own table, as alembic makes it.
_stamp: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
