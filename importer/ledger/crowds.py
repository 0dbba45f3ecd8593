"""
People and numbers that stand in so many rows of a run, and in so many reminders, that nobody can have meant it.

Rows that may be a known visit are looked at together with each reminder that it may be. A phone of thousands of rows, as where the
clinic's own stands in each, would make millions of such pairs, night after night.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select

from importer.ledger.run_records import OfRun
from importer.ledger.same_visits import STANDS, wants_a_call
from importer.ledger.tables import reminders, rows

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

FEW_ROWS: Final = 10
FEW_PAIRS: Final = 10_000
"""A phone or a number with no more of them is nothing unusual."""

MOST_PAIRS: Final = 400_000
"""So many take about half a minute."""


class Crowd(NamedTuple):
    """How many rows of a run that want a call share a ``phone``, or else a number, and in how many reminders it stands."""

    is_phone: bool
    rows: int
    reminders: int

    @property
    def pairs(self) -> int:
        """How many pairs of a row and a reminder that makes."""
        return self.rows * self.reminders


class Crowds(OfRun):
    """The crowds of a run, before its rows are planned."""

    def largest(self) -> Crowd | None:
        """Return the one with the most pairs, where all crowds together have more than can be looked at."""
        with self._store.reading() as connection:
            found = [*self._of(connection, "phone"), *self._of(connection, "external_event_id")]
        return max(found, key=lambda one: one.pairs) if sum(one.pairs for one in found) > MOST_PAIRS else None

    def _of(self, connection: Connection, name: str) -> list[Crowd]:
        ours: ColumnElement[Any] = rows.c[name]
        mine = (
            select(ours.label("shared"), func.count().label("count"))
            .where(rows.c.run == self._seq, rows.c.number > 0, wants_a_call(), ours.is_not(None))
            .group_by(ours)
            .having(func.count() > FEW_ROWS)
            .subquery()
        )
        query = (
            select(mine.c.count, func.count(reminders.c.id))
            .join(mine, reminders.c[name] == mine.c.shared)
            .where(reminders.c.state.in_(STANDS))
            .group_by(mine.c.shared, mine.c.count)
        )
        found = (Crowd(name == "phone", ours, theirs) for ours, theirs in connection.execute(query))
        return [one for one in found if one.pairs > FEW_PAIRS]
