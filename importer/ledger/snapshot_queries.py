"""The appointments that a snapshot should name: what is known of them, and which rows of a run stand for missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, update

from importer.ledger.run_records import OfRun
from importer.ledger.store import many
from importer.ledger.tables import reminders, rows, runs
from importer.model.records import Ahead, Missing
from importer.model.statuses import Action, ReminderState, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.ledger.store import Store


PAGE: Final = 2_000

_TOLD = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("lane"))
    .values(row_id=bindparam("its_row"), run=bindparam("its_run"))
)


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


def follow_places(connection: Connection, seq: int) -> None:
    """
    Let reminders be told by the rows of a run that name another place for them and change nothing else.

    The API knows no places, so such a row is unchanged; yet the snapshot of the place that was left must not cancel it.
    """
    teller, own, before = rows.alias("teller"), runs.alias("own"), runs.alias("before")
    query = (
        select(reminders.c.key_hash, func.max(rows.c.id).label("latest"), own.c.id)
        .select_from(rows)
        .join(own, own.c.seq == rows.c.run)
        .join(reminders, reminders.c.key_hash == rows.c.lane)
        .join(before, and_(before.c.id == reminders.c.run, before.c.profile == own.c.profile))
        .outerjoin(teller, teller.c.id == reminders.c.row_id)
        .where(
            rows.c.run == seq,
            rows.c.status == Status.UNCHANGED.value,
            rows.c.location != "",
            rows.c.id > reminders.c.row_id,
            rows.c.location.is_distinct_from(teller.c.location),
        )
        .group_by(reminders.c.key_hash, own.c.id)
    )
    found = connection.execute(query).all()
    many(connection, _TOLD, [{"lane": lane, "its_row": latest, "its_run": run_id} for lane, latest, run_id in found])


class Snapshot(OfRun):
    """The rows of a run that stand for appointments missing from its snapshot."""

    def missing_rows(self) -> list[Missing]:
        """
        Return the rows of the run that stand in no sheet, in their order.

        Not those that another call waits for: they cancel a reminder under an old phone, and nothing is missing.
        """
        with self._store.reading() as connection:
            columns = (rows.c.id, rows.c.due, rows.c.state, rows.c.repeated)
            query = (
                select(*columns)
                .where(rows.c.run == self._seq, rows.c.number == 0, ~rows.c.followed)
                .order_by(rows.c.id)
            )
            return [
                Missing(row.id, row.due, is_open=row.state == RowState.READY.value and not row.repeated)
                for row in connection.execute(query)
            ]

    def has_nameless(self, *, unsure: Collection[str]) -> bool:
        """
        Whether a row of the run does not say for certain which appointment it means, so that it may be a missing one.

        ``unsure``: codes of problems with which a row names two appointments. An invalid row whose phone and number, or
        uuid, could be read names its appointment, whatever else is wrong with it.
        """
        with self._store.reading() as connection:
            invalid = rows.c.run == self._seq, rows.c.status == Status.INVALID.value
            if (
                connection.execute(select(rows.c.id).where(*invalid, rows.c.lane.is_(None)).limit(1)).first()
                is not None
            ):
                return True
            found = connection.execute(
                select(rows.c.problems).where(*invalid), execution_options={"yield_per": PAGE}
            ).scalars()
            return any(said["code"] in unsure for problems in found for said in orjson.loads(problems))
