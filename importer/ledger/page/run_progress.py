"""How far a run has come, read while it sends: its changes by action, and how each ended so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from importer.ledger.tables import rows, runs
from importer.model.formula_escape import storable
from importer.model.statuses import Action, Status

if TYPE_CHECKING:
    from importer.ledger.page.page_connection import PageConnection


class Ended(NamedTuple):
    """So many changes (``rows``) of an action ended so; ``status`` is None for those that are still to be sent."""

    action: Action
    status: Status | None
    rows: int


class RunProgress:
    """The progress of runs. Reading it waits for nobody."""

    def __init__(self, store: PageConnection) -> None:
        self._store = store

    def of(self, run_id: str) -> list[Ended]:
        """Return how the changes of a run ended so far; nothing where there is no such run."""
        query = (
            select(rows.c.planned, rows.c.status, func.count())
            .select_from(rows.join(runs, runs.c.seq == rows.c.run))
            .where(runs.c.id == storable(run_id), rows.c.planned.is_not(None))
            .group_by(rows.c.planned, rows.c.status)
        )
        with self._store.reading() as connection:
            found = connection.execute(query).all()
        return [
            Ended(Action(planned), None if status is None else Status(status), int(count))
            for planned, status, count in found
        ]
