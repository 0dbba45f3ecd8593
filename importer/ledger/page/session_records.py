"""
Logins of the page: a random id in the browser's cookie, and its hash in the ledger's database.

A login ends after half an hour in which nothing was asked for, after twelve hours, at logout, and when the user gets a new
password or role or is removed.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, insert, select, update

from importer.errors import LedgerFull
from importer.ledger.page.page_tables import sessions, users
from importer.ledger.page.user_records import Role, User

if TYPE_CHECKING:
    from importer.ledger.page.page_connection import PageConnection


IDLE_S: Final = 30 * 60
LONGEST_S: Final = 12 * 60 * 60
SEEN_EVERY_S: Final = 60
"""How exactly is known when a login was used last: each note of it is a write to the disk."""
KEPT_S: Final = 30 * 24 * 60 * 60


class Sessions:
    """The logins of a ledger's page. Moments are UTC seconds."""

    def __init__(self, store: PageConnection) -> None:
        self._store = store

    def begin(self, user: User, *, at: float) -> str:
        """Return the secret id of a new login; those that ended long ago are forgotten."""
        secret = secrets.token_urlsafe(32)
        values = {"hash": _hash(secret), "user": user.id or None, "made_at": at, "seen_at": at}
        with self._store.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.made_at < at - KEPT_S))
            connection.execute(insert(sessions).values(values))
        return secret

    def user_of(self, secret: str, *, at: float, local: str, uses: bool = True) -> User | None:
        """
        Return who is logged in by this secret id, None where nobody is any more.

        ``local``: the name of whoever opened the one-time link, who counts only while there are no users. ``uses``: False
        where a page only asks by itself whether something has changed; that keeps no login alive.
        """
        named = exists(select(users.c.id).where(users.c.removed_at.is_(None))).label("named")
        query = (
            select(sessions, users.c.name, users.c.role, users.c.removed_at, named)
            .select_from(sessions.outerjoin(users, sessions.c.user == users.c.id))
            .where(sessions.c.hash == _hash(secret))
        )
        with self._store.reading() as connection:
            row = connection.execute(query).first()
        if row is None or row.revoked_at is not None or row.removed_at is not None:
            return None
        if not (row.made_at <= at + SEEN_EVERY_S and at < row.made_at + LONGEST_S and at < row.seen_at + IDLE_S):
            return None
        if row.user is None and row.named:
            return None
        if uses and at >= row.seen_at + SEEN_EVERY_S:
            mine = (sessions.c.hash == _hash(secret), sessions.c.seen_at < at)
            # On a full disk she may read on; that she did only counts for less.
            with suppress(LedgerFull), self._store.writing() as connection:
                connection.execute(update(sessions).where(*mine).values(seen_at=at))
        return User(0, local, Role.ADMIN) if row.user is None else User(row.user, row.name, Role(row.role))

    def end(self, secret: str, *, at: float) -> None:
        """End one login."""
        mine = (sessions.c.hash == _hash(secret), sessions.c.revoked_at.is_(None))
        with self._store.writing() as connection:
            connection.execute(update(sessions).where(*mine).values(revoked_at=at))


def _hash(secret: str) -> bytes:
    """Return what is kept of an id: whoever reads the database, or a copy of it, can log in with nothing."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
