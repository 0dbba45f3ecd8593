"""A copy of a ledger in a file of its own, as it is at this moment, also while a run is at work on it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, insert, select

from importer.ledger import files
from importer.ledger.opening import exists, opened
from importer.ledger.store import Store, translated
from importer.ledger.tables import metadata, owner

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Table

PAGE: Final = 2_000


def copy_ledger(place: str, target: Path, *, lock_timeout_s: float) -> bool:
    """
    Copy the ledger at a path or URL into a new SQLite file; return False where there is none to copy.

    Raises:
        LedgerError: it cannot be read, or the copy cannot be written.
    """
    if not exists(place):
        return False
    with opened(place, lock_timeout_s=lock_timeout_s, read_only=True, any_version=True) as source:
        if source.sqlite:
            _copy_file(source, target)
        else:
            with opened(str(target), lock_timeout_s=0, read_only=False) as made:
                _copy_rows(source, made)
    return True


def _copy_file(source: Store, target: Path) -> None:
    with files.translated_os():
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with source.reading() as connection, translated(), closing(sqlite3.connect(target)) as made:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - for the type alone: the source is SQLite
        raw.backup(made)


def _copy_rows(source: Store, made: Store) -> None:
    with source.reading() as reading, made.writing() as writing:
        writing.execute(owner.delete())
        for table in metadata.sorted_tables:
            for page in reading.execute(_all(table)).mappings().partitions(PAGE):
                writing.execute(insert(table), [dict(row) for row in page])


def _all(table: Table) -> Select[*tuple[Any, ...]]:
    return select(table).order_by(*table.primary_key.columns).execution_options(yield_per=PAGE)
