"""
Whose the ledger is: one API address and one account, written down before its first call.

Appointments and uuids mean nothing at another address or in another account: there each would be booked once more, and
a change would reach nobody. The account is known by a hash of its token, keyed with the ledger's own id.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, exists, select, update

from importer.ledger.tables import owner, reminders
from importer.model.owners import Owner


def owner_of(connection: Connection) -> Owner:
    """Return whose the ledger is, as far as it was written down."""
    found = connection.execute(select(owner, exists(select(reminders.c.id)).label("binds"))).one()
    return Owner(
        ledger=found.ledger,
        address=found.address,
        account=None if found.account is None else bytes(found.account),
        refused=bool(found.refused),
        binds=bool(found.binds),
    )


def account_of(ledger: str, token: str) -> bytes:
    """Return the hash by which an account is known again; the token cannot be told from it."""
    return hashlib.blake2b(token.encode(), key=ledger.encode(), digest_size=32).digest()


def claim(connection: Connection, address: str, account: bytes) -> None:
    """Write down whose the ledger is from now on."""
    connection.execute(update(owner).values(address=address, account=account, refused=False))


def note_refusal(connection: Connection) -> None:
    """Write down that the API refused the account's token: the next token needs no further word."""
    connection.execute(update(owner).values(refused=True))


def rebind(connection: Connection, address: str) -> None:
    """Give the ledger to another address; the account stays."""
    connection.execute(update(owner).values(address=address))
