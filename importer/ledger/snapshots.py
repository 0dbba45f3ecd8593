"""The appointments that a snapshot should name: what is known of them, and which rows of a run stand for missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Select, select

from importer.ledger.tables import reminders, rows, runs
from importer.model.records import Ahead, Missing
from importer.model.words import ReminderState, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.ledger.store import Store

PAGE: Final = 2_000


def ahead(store: Store, profile: str, *, after: float, before: float, unnamed_in: int | None = None) -> Iterator[Ahead]:
    """
    Yield what a profile's runs made of appointments that start between two moments (UTC seconds) and are surely on.

    ``unnamed_in``: only those that no row of this run names. The run or row that changed an appointment last tells its
    profile and its location. What no run of this ledger made has no known profile, so it is not among them. Memory: a
    page, and the run's lanes in the database's own.
    """
    teller = rows.alias("teller")
    query = (
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
            reminders.c.in_doubt.is_(None),
            reminders.c.uuid.is_not(None),
            reminders.c.starts_at > after,
            reminders.c.starts_at < before,
        )
        .order_by(reminders.c.id)
    )
    if unnamed_in is not None:
        query = query.where(
            reminders.c.key_hash.not_in(_of_rows(rows.c.lane, unnamed_in)),
            reminders.c.uuid.not_in(_of_rows(rows.c.uuid, unnamed_in)),
        )
    with store.reading() as connection:
        for row in connection.execute(query, execution_options={"yield_per": PAGE}):
            yield Ahead(*row)


def _of_rows(column: ColumnElement[Any], seq: int) -> Select[Any]:
    # One null among them, and nothing would be found.
    return select(column).where(rows.c.run == seq, column.is_not(None))


def missing_rows(connection: Connection, seq: int) -> list[Missing]:
    """Return the rows of the run that stand in no sheet, in their order."""
    columns = (rows.c.id, rows.c.due, rows.c.state, rows.c.repeated)
    query = select(*columns).where(rows.c.run == seq, rows.c.number == 0).order_by(rows.c.id)
    return [
        Missing(row.id, row.due, is_open=row.state == RowState.READY.value and not row.repeated)
        for row in connection.execute(query)
    ]


def has_unusable(connection: Connection, seq: int, *, but: Collection[str]) -> bool:
    """Whether a row of the run is invalid for another reason than these codes."""
    query = select(rows.c.problems).where(rows.c.run == seq, rows.c.status == Status.INVALID.value)
    found = connection.execute(query, execution_options={"yield_per": PAGE}).scalars()
    return any(said["code"] not in but for problems in found for said in orjson.loads(problems))
