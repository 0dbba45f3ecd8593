"""Looking after personal data in a ledger: what a purge would do, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from importer.ledger.retention import purging
from importer.ledger.retention.marks import Marks
from importer.ledger.tables import owner

if TYPE_CHECKING:
    from importer.ledger.store import Store


class Retention:
    """How personal data leaves a ledger that is open for writing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def has_key(self) -> bool:
        """Whether the ledger was purged before, so that its key is settled."""
        return self._store.marks is not None

    @property
    def finds_purged(self) -> bool:
        """Whether rows find all their appointments: nothing was purged, or the key of the purge is here."""
        with self._store.reading() as connection:
            return self.has_key or connection.execute(select(owner.c.purge_key)).scalar() is None

    def survey(self, before: float) -> purging.Survey:
        """Return what a purge would do. ``UsageError``: a run is open."""
        return purging.survey(self._store, before)

    def purge(self, found: purging.Survey, before: float, *, key: bytes, at: float) -> None:
        """Take personal data out of what was surveyed; ``key``: of the hashes that stand for it, where none is settled."""
        self._store.marks = self._store.marks or Marks(key)
        purging.purge(self._store, found, before, at=at)

    def scrub(self) -> bool:
        """Overwrite what purges left in freed pages; return whether nothing of it is left."""
        return purging.scrub(self._store)

    def purged_runs(self) -> list[str]:
        """Return the runs whose personal data is gone."""
        return purging.purged_runs(self._store)
