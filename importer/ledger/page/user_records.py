"""Users of the page in the ledger's database: added, given a new password or role, removed, found by name."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from importer.errors import UsageError
from importer.ledger.page.page_tables import sessions, users
from importer.ledger.store import reads_columns
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.page.page_connection import PageConnection
    from importer.ledger.tables import Found


class Role(StrEnum):
    """What a user may do: see all imports and change nothing; import sheets and see her own imports; see and do all."""

    VIEWER = "viewer"
    COORDINATOR = "coordinator"
    ADMIN = "admin"

    def may(self, lowest: Role) -> bool:
        """Whether the role is that one or a higher one."""
        return _HEIGHT[self] >= _HEIGHT[lowest]


_HEIGHT: Final[Mapping[Role, int]] = {role: height for height, role in enumerate(Role)}


class User(NamedTuple):
    """One who may log in. ``id`` is never given twice; 0 is whoever opened the one-time link while there are no users."""

    id: int
    name: str
    role: Role


class Account(NamedTuple):
    """A user with the Argon2 hash of the password and when she was added, UTC seconds."""

    user: User
    hash: str
    made_at: float


class Users:
    """The users of a ledger's page."""

    def __init__(self, store: PageConnection) -> None:
        self._store = store

    def all(self) -> list[Account]:
        """Return the users by name."""
        with self._store.reading() as connection:
            found = connection.execute(select(users).where(_THERE).order_by(users.c.name)).all()
        return [_account(row) for row in found]

    def any(self) -> bool:
        """Whether there is a user at all."""
        with self._store.reading() as connection:
            return connection.execute(select(users.c.id).where(_THERE).limit(1)).first() is not None

    def named(self, name: str) -> Account | None:
        """Return the user of this name, in whatever capitals; None where there is none."""
        with self._store.reading() as connection:
            found = connection.execute(select(users).where(_THERE, users.c.name == spelled(name))).first()
        return None if found is None else _account(found)

    def add(self, name: str, hashed: str, role: Role, *, at: float) -> User:
        """
        Add a user, and end logins by the one-time link. ``hashed``: the Argon2 hash of the password; ``at``: UTC seconds.

        Raises:
            UsageError: there is a user of this name already.
        """
        name = spelled(name)
        with self._store.writing() as connection:
            if _id_of(connection, name) is not None:
                raise UsageError(
                    f"There is a user {name} already.", fix=f"For a new password, type: importer users reset {name}"
                )
            number = int(connection.execute(select(func.coalesce(func.max(users.c.id), 0))).scalar_one()) + 1
            values = {"id": number, "name": name, "hash": hashed, "role": str(role), "made_at": at}
            connection.execute(insert(users).values(values))
            _end_logins(connection, None, at)
        return User(number, name, role)

    def change(self, name: str, *, hashed: str | None = None, role: Role | None = None, at: float) -> None:
        """
        Give a user a new password, a new role, or both, and end her logins.

        Raises:
            UsageError: there is no such user.
        """
        values = {"hash": hashed} if hashed is not None else {}
        values |= {"role": str(role)} if role is not None else {}
        with self._store.writing() as connection:
            number = self._wanted(connection, name)
            connection.execute(update(users).where(users.c.id == number).values(values))
            _end_logins(connection, number, at)

    def remove(self, name: str, *, at: float) -> None:
        """
        Let a user log in no more, and end her logins.

        Raises:
            UsageError: there is no such user.
        """
        with self._store.writing() as connection:
            number = self._wanted(connection, name)
            connection.execute(update(users).where(users.c.id == number).values(removed_at=at, hash=""))
            _end_logins(connection, number, at)
            # One may have begun while the first user was added.
            _end_logins(connection, None, at)

    @staticmethod
    def _wanted(connection: Connection, name: str) -> int:
        number = _id_of(connection, spelled(name))
        if number is None:
            raise UsageError(f"There is no user {spelled(name)}.", fix="`importer users list` shows all.")
        return number


_THERE: Final[ColumnElement[bool]] = users.c.removed_at.is_(None)


def spelled(name: str) -> str:
    """Return a name as it is kept and compared: without blanks around it, in small letters."""
    return storable(name.strip().casefold())


def _id_of(connection: Connection, name: str) -> int | None:
    return connection.execute(select(users.c.id).where(_THERE, users.c.name == name)).scalar()


def _end_logins(connection: Connection, number: int | None, at: float) -> None:
    """End the logins of a user, or (None) those by the one-time link."""
    theirs = (sessions.c.user == number, sessions.c.revoked_at.is_(None))
    connection.execute(update(sessions).where(*theirs).values(revoked_at=at))


@reads_columns
def _account(row: Found) -> Account:
    return Account(User(row.id, row.name, Role(row.role)), row.hash, row.made_at)
