"""The appointments that a snapshot should name: what is known of them, and which rows of a run stand for missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import Connection, or_, select

from importer.ledger.tables import reminders, rows, runs
from importer.model.records import Ahead, Missing
from importer.model.words import ReminderState, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.ledger.store import Store

PAGE: Final = 2_000


def ahead(store: Store, seq: int, profile: str, *, after: float, before: float) -> Iterator[Ahead]:
    """
    Yield what a profile's runs made of appointments that start between two moments (UTC seconds) and are surely on.

    The run or row that changed an appointment last tells its profile and its location. What no run of this ledger
    made has no known profile, so it is not among them. Memory: a page, and what the database keeps of the run's lanes.
    """
    of_run = rows.c.run == seq
    lanes = select(rows.c.lane).where(of_run, rows.c.lane.is_not(None)).scalar_subquery()
    uuids = select(rows.c.uuid).where(of_run, rows.c.uuid.is_not(None)).scalar_subquery()
    teller = rows.alias("teller")
    query = (
        select(
            or_(reminders.c.key_hash.in_(lanes), reminders.c.uuid.in_(uuids)).label("named"),
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
        .order_by(reminders.c.starts_at, reminders.c.id)
    )
    with store.reading() as connection:
        for row in connection.execute(query, execution_options={"yield_per": PAGE}):
            yield Ahead(*row)


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
