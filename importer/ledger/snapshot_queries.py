"""The appointments that a snapshot should name, as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select

from importer.ledger.tables import reminders, rows, runs
from importer.model.records import Ahead
from importer.model.statuses import Action, ReminderState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.store import Store


PAGE: Final = 2_000

# A cancel in doubt is repeated, an update in doubt leaves the start as it is known. Where the start itself is in doubt
# nobody knows whether it lies in the window any more; that run, and every later one, says so.
_SURELY_THERE = or_(
    reminders.c.in_doubt.is_(None),
    reminders.c.in_doubt == Action.CANCEL.value,
    and_(
        reminders.c.in_doubt == Action.UPDATE.value,
        reminders.c.doubtful.not_like("%eventDateTime%"),
        reminders.c.doubtful.not_like("%subscriberTimeZone%"),
    ),
)


def ahead(store: Store, profile: str, *, after: float, before: float, unnamed_in: int | None = None) -> Iterator[Ahead]:
    """
    Yield what a profile's runs made of appointments that start between two moments (UTC seconds) and are surely on.

    ``unnamed_in``: only those that no row of this run names. The run or row that changed an appointment last tells its
    profile and its location. What no run of this ledger made has no known profile, so it is not among them. Memory: a
    page, and the run's lanes in the database's own.
    """
    teller = rows.alias("teller")
    query: Select[Any] = (
        select(
            reminders.c.phone,
            reminders.c.external_event_id,
            reminders.c.uuid,
            reminders.c.starts_at,
            reminders.c.accepted,
            teller.c.location,
        )
        .join(runs, runs.c.id == reminders.c.run)
        .outerjoin(teller, (teller.c.id == reminders.c.row_id) & (teller.c.run == runs.c.seq))
        .where(
            runs.c.profile == profile,
            reminders.c.state == ReminderState.ACTIVE.value,
            _SURELY_THERE,
            reminders.c.uuid.is_not(None),
            reminders.c.starts_at > after,
            reminders.c.starts_at < before,
        )
        .order_by(reminders.c.id)
    )
    if unnamed_in is not None:
        query = _unnamed(query, reminders.c.key_hash, rows.c.lane, unnamed_in)
        query = _unnamed(query, reminders.c.uuid, rows.c.uuid, unnamed_in)
    with store.reading() as connection:
        found = connection.execute(query, execution_options={"yield_per": PAGE})
        for row in found.all() if store.is_rehearsing else found:
            yield Ahead(*row)


def _unnamed(query: Select[Any], name: ColumnElement[Any], column: ColumnElement[Any], seq: int) -> Select[Any]:
    """Return the query for what no row of a run names; distinct, because SQLite then makes an index of its own for it."""
    names = select(column.label("name")).where(rows.c.run == seq, column.is_not(None)).distinct().subquery()
    return query.outerjoin(names, names.c.name == name).where(names.c.name.is_(None))
