"""What was told of drops, so that a state is told once, however many passes find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from importer.ledger.store import reads_columns
from importer.ledger.tables import Found, notices
from importer.model.notify import DIGEST, Standing

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.ledger.store import Store


class Notices:
    """The states of drops that stand; each change is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self) -> list[Standing]:
        """Return them, oldest first."""
        query = select(notices).where(notices.c.kind != DIGEST).order_by(notices.c.id)
        with self._store.reading() as connection:
            return [_standing(row) for row in connection.execute(query)]

    def add(self, drop: str, kind: str, about: str, *, claim: int, at: float) -> Standing:
        """Write down a state that was seen for the first time; nobody knows of it yet."""
        values = {"drop": drop, "kind": kind, "about": about, "claim": claim, "since": at, "told": ""}
        with self._store.writing() as connection:
            newest = connection.execute(select(func.coalesce(func.max(notices.c.id), 0))).scalar_one()
            connection.execute(insert(notices).values(id=int(newest) + 1, **values))
        return Standing(int(newest) + 1, drop, kind, about, claim, at)

    def know(self, ids: Collection[int], told: Collection[int]) -> None:
        """Write down who knows of these states."""
        with self._store.writing() as connection:
            text = " ".join(map(str, sorted(told)))
            connection.execute(update(notices).where(notices.c.id.in_(ids)).values(told=text))

    def remove(self, ids: Collection[int]) -> None:
        """Forget these states."""
        if ids:
            with self._store.writing() as connection:
                connection.execute(delete(notices).where(notices.c.id.in_(ids)))

    def last_digest(self) -> float | None:
        """Return the moment up to which a digest has told, None where there was none."""
        with self._store.reading() as connection:
            found = connection.execute(select(notices.c.since).where(notices.c.kind == DIGEST)).scalar()
        return None if found is None else float(found)

    def told_digest(self, until: float) -> None:
        """Write down that a digest has told of everything until a moment."""
        if self.last_digest() is None:
            self.add("", DIGEST, "", claim=0, at=until)
            return
        with self._store.writing() as connection:
            connection.execute(update(notices).where(notices.c.kind == DIGEST).values(since=until))


@reads_columns
def _standing(row: Found) -> Standing:
    told = frozenset(map(int, row.told.split()))
    return Standing(row.id, row.drop, row.kind, row.about, row.claim, row.since, told)
