"""Bringing the ledger's tables to the newest version, with alembic and without a word on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from importer.errors import LedgerError
from importer.ledger.store import translated
from importer.ledger.tables import APPLICATION_ID, SCHEMA

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


def migrate(store: Store) -> None:
    """Run the missing migrations in one transaction."""
    # Both cost more to import than to open a ledger that is up to date.
    from alembic import command  # noqa: PLC0415 - costs more than opening a ledger that is up to date
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if store.sqlite:
        # The journal's mode can only be changed outside a transaction.
        with translated(), store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise LedgerError("The ledger cannot be opened.")
            raw.execute("PRAGMA journal_mode=WAL")
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
        if store.sqlite:
            connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
