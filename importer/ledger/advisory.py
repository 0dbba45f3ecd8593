"""
One importer at a time on a ledger in PostgreSQL: an advisory lock that the connection that writes holds.

The server frees it when that connection ends, however it ends; and a run whose connection ended can write no more.
The lock's name has the schema in it, so that two ledgers of one database do not exclude each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from importer.errors import LedgerError
from importer.ledger.locking import locked, wait_for
from importer.ledger.tables import APPLICATION_ID

if TYPE_CHECKING:
    from importer.ledger.store import Store

_TRY_LOCK: Final = text(
    "SELECT pg_try_advisory_lock(CAST(:key AS integer), hashtext(coalesce(current_schema(), '')))"
).bindparams(key=APPLICATION_ID)
_TRY_LOCK_OF_1_0: Final = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))").bindparams(key=APPLICATION_ID)
_IS_HELD: Final = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
    " AND classid = CAST(CAST(:key AS integer) AS oid))"
).bindparams(key=APPLICATION_ID)


def hold(store: Store, timeout_s: float) -> None:
    """
    Let the connection that writes take the ledger's lock, until it is closed.

    Raises:
        LedgerLocked: another connection still holds it after ``timeout_s`` seconds.
        LedgerError: between this program and the server stands one that hands each transaction to another connection.
    """
    if not wait_for(lambda: _asked(store, _TRY_LOCK), timeout_s):
        raise locked("")
    if not _asked(store, _IS_HELD):
        raise LedgerError(
            "The ledger's database is reached through a proxy that shares connections (transaction pooling), "
            "so it cannot be locked.",
            fix="Connect to the server itself, or let the proxy pool by session.",
        )


def lock_out_version_1_0(store: Store) -> None:
    """Exclude runs of version 1.0.0 before its tables are changed. ``LedgerLocked``: one is at work."""
    if not _asked(store, _TRY_LOCK_OF_1_0):
        raise locked("")


def _asked(store: Store, question: Any) -> bool:
    with store.writing() as connection:
        return bool(connection.execute(question).scalar())
