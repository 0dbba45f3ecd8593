"""
Where a scenario's ledger lies, and what it says in plain SQL: a file, or a schema of its own in PostgreSQL.

A ledger's ``url`` is what the importer is told. What is read of it is read beside the importer, also while one runs.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from importer.ledger import open_ledger
from importer.ledger.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_S = 600.0


class Ledger(Protocol):
    """A scenario's ledger."""

    @property
    def url(self) -> str:
        """What ``--ledger`` takes."""

    def is_made(self) -> bool:
        """Whether an importer has made its tables."""

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""

    def is_whole(self) -> bool:
        """Whether the database finds no fault in it."""

    def copied_from(self, other: Ledger) -> None:
        """Become what the other one is, which nobody has open."""


class Ledgers(Protocol):
    """Gives each scenario a new ledger."""

    def new(self, folder: Path) -> Ledger:
        """Return one that no importer has opened yet, for the scenario of this folder."""


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A ledger of SQLite."""

    path: Path

    @property
    def url(self) -> str:
        """The path."""
        return str(self.path)

    def is_made(self) -> bool:
        """Whether the file has the tables."""
        return self.path.exists() and bool(self.ask("SELECT 1 FROM sqlite_master WHERE name = 'rows'"))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=LONGEST_S)) as ledger:
            return ledger.execute(query).fetchall()

    def is_whole(self) -> bool:
        """Whether each page is in order."""
        return self.ask("PRAGMA integrity_check") == [("ok",)]

    def copied_from(self, other: Ledger) -> None:
        """Copy the file; a ledger that was closed is one file."""
        shutil.copy(other.url, self.path)


class Files:
    """Ledgers of SQLite, in the scenarios' folders."""

    def new(self, folder: Path) -> Ledger:
        """Return one that does not exist yet."""
        return LedgerFile(folder / "ledger.db")


@dataclass(frozen=True, slots=True)
class LedgerSchema:
    """A ledger in a schema of a PostgreSQL database."""

    server: str
    schema: str

    @property
    def url(self) -> str:
        """The database's URL, with the schema as the place where names are looked up."""
        return f"{self.server}{'&' if '?' in self.server else '?'}options=-csearch_path%3D{self.schema}"

    def is_made(self) -> bool:
        """Whether the schema has the tables."""
        return self.ask(f"SELECT to_regclass('{self.schema}.rows')") != [(None,)]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def is_whole(self) -> bool:
        """Whether the ledger's own rules hold; for its pages PostgreSQL answers."""
        with open_ledger(self.url) as ledger:
            return not ledger.verify().faults

    def copied_from(self, other: Ledger) -> None:
        """Take over all rows of another schema of the same database, and the numbers that come next."""
        assert isinstance(other, LedgerSchema)
        with open_ledger(self.url):
            """It makes the tables."""
        with psycopg.connect(self.url) as connection:
            names = [table.name for table in metadata.sorted_tables]
            # The audit is only ever added to; a copy begins it anew.
            connection.execute("ALTER TABLE audit DISABLE TRIGGER audit_append_only")
            connection.execute(f"TRUNCATE {', '.join(names)} CASCADE")
            for name in names:
                connection.execute(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {other.schema}.{name}")
            connection.execute("ALTER TABLE audit ENABLE TRIGGER audit_append_only")
            numbers = (
                "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
                " AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL"
            )
            for table, column in connection.execute(numbers).fetchall():
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                    f" (SELECT coalesce(max({column}), 0) + 1 FROM {table}), false)"
                )


class Schemas:
    """Ledgers in one PostgreSQL database; ``drop`` leaves it as it was."""

    def __init__(self, server: str, prefix: str) -> None:
        self._server = server
        self._prefix = prefix
        self._made: list[str] = []

    def new(self, folder: Path) -> Ledger:
        """Return an empty schema, named by the folder's name; one of that name is dropped."""
        ledger = LedgerSchema(self._server, f"{self._prefix}_{re.sub('[^a-z0-9]', '_', folder.name.casefold())}")
        self._do(f"DROP SCHEMA IF EXISTS {ledger.schema} CASCADE", f"CREATE SCHEMA {ledger.schema}")
        self._made.append(ledger.schema)
        return ledger

    def drop(self) -> None:
        """Drop all schemas that were made."""
        self._do(*(f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in self._made))

    def _do(self, *statements: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
