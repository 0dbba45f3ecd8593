"""
Overwriting what was deleted: a database only forgets where a value stood, and leaves its bytes until the page is used again.

SQLite writes zeros over what is deleted, then writes the whole file anew and empties its write-ahead log. PostgreSQL writes
its tables anew; what its server keeps elsewhere (archived logs, its own backups) is in the hands of who runs it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from importer.ledger.drafts.draft_tables import EVERYTHING
from importer.ledger.store import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.ledger.store import Store

WITH_PERSONAL_DATA: Final = (
    "rows", "unchanged", "reminders", "files", "runs", "claims", "drafts", "imports", *(table.name for table in EVERYTHING),
)  # fmt: skip


def overwrite_what_is_deleted(store: Store) -> None:
    """Let SQLite write zeros over what is deleted from now on, instead of leaving it in free pages."""
    if store.sqlite:
        with _by_itself(store) as run:
            run("PRAGMA secure_delete=ON")


def rewrite(store: Store) -> bool:
    """
    Write the tables anew, so that no page holds what was deleted; return whether nothing of it is left.

    The ledger's lock must be held. False: another program reads the ledger meanwhile, or the tables belong to another role
    of the server.
    """
    if not store.sqlite:
        return _rewrite_tables(store)
    with _by_itself(store) as run:
        run("PRAGMA temp_store=FILE")  # else a copy of the whole ledger stands in memory
        run("VACUUM")
        # Waits for programs that read; whoever still does afterwards keeps the log.
        busy, *_ = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _rewrite_tables(store: Store) -> bool:
    with store.reading() as connection:
        owned = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_class WHERE oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name) "
            "AND pg_has_role(relowner, 'USAGE')",
            (list(WITH_PERSONAL_DATA),),
        ).scalar_one()
    if owned < len(WITH_PERSONAL_DATA):
        return False
    with _by_itself(store) as run:
        for table in WITH_PERSONAL_DATA:
            run(f"VACUUM (FULL) {table}")
    return True


@contextmanager
def _by_itself(store: Store) -> Iterator[Callable[[str], Any]]:
    """Give what runs a statement outside any transaction, on the connection that writes and holds the lock."""
    with store.writing() as connection:
        raw: Any = connection.connection.driver_connection
        errors = connection.dialect.loaded_dbapi.Error
    try:
        if store.sqlite:
            yield raw.execute
            return
        raw.autocommit = True
        yield raw.execute
    except errors as error:
        raise explained(error) from None
    finally:
        if not store.sqlite and not raw.closed:
            raw.autocommit = False
