"""
A person settles what the importer cannot know, and which rows wait for that.

The word is about the appointment, so it settles every row that waits for the same answer: of a create, cancel or
no-show that was processed, all attempts that nobody knew of; of one that was not processed, besides the row itself, the
rows that only repeated its doubt and were never sent. An update's word is about its own values alone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, literal_column, or_, select, update

from importer.errors import UsageError
from importer.ledger.appointment_lookup import WHOSE, Adoption, adopt_told, current_lanes
from importer.ledger.call_queue import CALLS, planned_call
from importer.ledger.integrity import seal
from importer.ledger.known_reminders import Touch, awaits, reminders_of, touch
from importer.ledger.row_staging import add_notes
from importer.ledger.run_records import OfRun
from importer.ledger.tables import Found, reminders, rows, runs, unchanged
from importer.ledger.unchanged_rows import with_numbers
from importer.model.planned_calls import accepted, denied
from importer.model.records import Unresolved
from importer.model.statuses import SENT_AS, Action, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.planned_calls import PlannedCall


UNKNOWN = rows.c.status == literal_column("'unknown'")
"""Written out, because only so the databases use the index of unknown rows."""


def _told_by_what_counts(connection: Connection, lane: bytes) -> None:
    """
    Let a reminder be told by the last row that the API has heard of, or may have.

    A row that was not sent is no newer word: else the sheet that counts would be held as older than it.
    """
    held = reminders_of(connection, [lane]).get(lane)
    if held is None:
        return
    its_own = rows.c.lane == lane
    if held.uuid:
        its_own = or_(its_own, rows.c.uuid == held.uuid, rows.c.call_uuid == held.uuid)
    query = (
        select(rows.c.id, runs.c.id.label("run_id"))
        .join(runs, runs.c.seq == rows.c.run)
        .where(its_own, rows.c.status.in_(_HEARD), rows.c.id <= held.row_id)
        .order_by(rows.c.id.desc())
        .limit(1)
    )
    teller = connection.execute(query).first()
    if teller is not None:
        values = {"row_id": teller.id, "run": teller.run_id}
        connection.execute(update(reminders).where(reminders.c.key_hash == lane).values(values))
        seal(connection, reminders.c.key_hash, [lane])


_HEARD: Final = (*(status.value for status in SENT_AS.values()), Status.UNKNOWN.value)


def _waiting_for_the_same(connection: Connection, row: Found, lane: bytes) -> list[Found]:
    """Return the other unknown rows of the same appointment and action, of whatever run."""
    query = select(*WHOSE, rows.c.attempts).where(UNKNOWN, rows.c.planned == row.planned, rows.c.id != row.id)
    found = connection.execute(query).all()
    lanes = current_lanes(connection, found)
    return [twin for twin, its_lane in zip(found, lanes, strict=True) if its_lane == lane]


def _uuid_of(connection: Connection, call: PlannedCall, lane: bytes, said: str | None, what: str) -> str | None:
    """Return the uuid of the appointment that was sent. ``UsageError``: it is missing, or another one is known."""
    held = reminders_of(connection, [lane]).get(lane)
    known = call.uuid or (held.uuid if held is not None else None)
    if said is None:
        if known is None:
            raise UsageError(
                f"{what} is a create, and without its uuid the reminder cannot be reached any more.",
                fix="Give the uuid: importer resolve RUN ROW --sent UUID.",
            )
        return known
    if known is not None and said != known:
        raise UsageError(
            f"{what}: the ledger knows the appointment under another uuid.",
            fix="Leave the uuid out, or check it; `importer explain UUID` shows whose it is.",
        )
    owner = connection.execute(select(reminders.c.key_hash).where(reminders.c.uuid == said)).scalar()
    if owner is not None and owner != lane:
        raise UsageError(
            "The ledger knows this uuid as another appointment's.",
            fix="Check the uuid; `importer explain UUID` shows whose it is.",
        )
    return said


def _told(which: int | str) -> str:
    return f"Row {which}" if isinstance(which, int) else f"Appointment {which}"


def _is(which: int | str) -> ColumnElement[bool]:
    if isinstance(which, int):
        return rows.c.number == which
    return or_(rows.c.external_event_id == which, rows.c.uuid == which, rows.c.call_uuid == which)


def _status_of(seq: int, which: int | str) -> Any:
    return select(rows.c.status).where(rows.c.run == seq, _is(which)).order_by(rows.c.id).limit(1)


def _unknown(connection: Connection, seq: int, run_id: str, which: int | str, *, sent: bool) -> Found | None:
    """Return the unknown row, None if it was already settled this way."""
    statuses = connection.execute(select(rows.c.status, rows.c.code).where(rows.c.run == seq, _is(which))).all()
    together = isinstance(which, int) and any(with_numbers(connection, unchanged.c.run == seq, [which]))
    if not statuses and not together:
        what = _told(which)[0].lower() + _told(which)[1:]
        raise UsageError(f"Run {run_id} has no {what}.", fix="The report lists the rows that are unknown.")
    unknown = [row for row in statuses if row.status == Status.UNKNOWN]
    if len(unknown) > 1:
        raise UsageError(
            f"{_told(which)} is unknown in several rows of run {run_id}.",
            fix="Name the appointment by its uuid: importer resolve RUN --appointment UUID.",
        )
    if unknown:
        query = CALLS.where(rows.c.run == seq, _is(which), UNKNOWN)
        return connection.execute(query).one()
    if any(row.code == _code(sent=sent) for row in statuses):
        return None
    status = statuses[0].status if statuses else Status.UNCHANGED.value
    raise UsageError(f"{_told(which)}: the outcome is known: {status}.", fix="Only unknown rows can be resolved.")


def _code(*, sent: bool) -> str:
    return "resolved_as_sent" if sent else "resolved_as_not_sent"


def _settle(connection: Connection, row_ids: Sequence[int], status: Status, uuid: str | None, at: float) -> Status:
    values: dict[str, Any] = {
        "state": RowState.SETTLED.value,
        "status": status.value,
        "code": _code(sent=status is not Status.NOT_SENT),
        "settled_at": at,
        "due": None,
    }
    if uuid:
        values["uuid"] = uuid
    connection.execute(update(rows).where(rows.c.id.in_(row_ids)).values(values))
    add_notes(connection, dict.fromkeys(row_ids, ()), drops=True)
    return status


CUT_OFF: Final = "interrupted"
"""The stop reason of a run that was killed, and closed by the next command."""


def unresolved(connection: Connection, *, but: int | None = None) -> tuple[Unresolved, ...]:
    """Return the runs (except ``but``) with rows whose outcome is still in doubt, oldest first."""
    query = (
        select(*WHOSE, rows.c.planned, runs.c.id.label("run_id"), runs.c.stop_reason)
        .join(runs, runs.c.seq == rows.c.run)
        .where(UNKNOWN, *(() if but is None else (rows.c.run != but,)))
        .order_by(rows.c.id)
    )
    found = connection.execute(query).all()
    if not found:
        return ()
    lanes = current_lanes(connection, found)
    held = reminders_of(connection, {lane for lane in lanes if lane})
    counted: Counter[tuple[str, bool]] = Counter()
    for row, lane in zip(found, lanes, strict=True):
        if is_open(row, lane, held):
            counted[row.run_id, row.stop_reason == CUT_OFF] += 1
    return tuple(Unresolved(run_id, count, was_cut_off=cut_off) for (run_id, cut_off), count in counted.items())


def is_open(row: Found, lane: bytes | None, held: Mapping[bytes, Found]) -> bool:
    """Whether the outcome of an unknown row is still in doubt, by the reminder of its lane."""
    reminder = held.get(lane) if lane else None
    return reminder is None or awaits(reminder._asdict(), row.planned)


class UnknownRows(OfRun):
    """The rows of a run whose outcome only a person can find out."""

    def resolve(self, which: int | str, *, sent: bool, uuid: str | None = None, at: float) -> Status:
        """
        Settle an UNKNOWN row as sent or not sent; return its new status. Saying the same again changes nothing.

        Args:
            which: the spreadsheet row; or the appointment's number or uuid, which is all that a row in no sheet has.
            sent: whether the API processed the call.
            uuid: the reminder's; a create that was sent needs it.
            at: UTC seconds.

        Raises:
            UsageError: no such row, not unknown, a create without its uuid, or a uuid that is not this appointment's.
        """
        with self._store.writing() as connection:
            row = _unknown(connection, self._seq, self._run_id, which, sent=sent)
            if row is None:
                return Status(connection.execute(_status_of(self._seq, which)).scalar_one())
            (found,) = current_lanes(connection, connection.execute(select(*WHOSE).where(rows.c.id == row.id)).all())
            call, lane = planned_call(row), found or row.lane
            twins = _waiting_for_the_same(connection, row, lane)
            if not sent:
                if not any(twin.attempts for twin in twins):
                    touch(
                        connection, [Touch(denied(call)._replace(lane=lane), run_id=self._run_id, row_id=row.id, at=at)]
                    )
                never_sent = [twin.id for twin in twins if not twin.attempts]
                status = _settle(connection, [row.id, *never_sent], Status.NOT_SENT, None, at)
                _told_by_what_counts(connection, lane)
                return status
            if call.action is Action.CREATE and call.key and uuid:
                # What is known by this uuid alone is the appointment that a person found.
                adopt_told(connection, [Adoption(uuid, call.key, row.id)])
            uuid = _uuid_of(connection, call, lane, uuid, _told(which))
            held = reminders_of(connection, [lane]).get(lane)
            change = accepted(call, uuid)._replace(lane=lane)
            # A create whose uuid a later call has found out says nothing new, and its values may have been changed since.
            if call.action is not Action.CREATE or held is None or held.uuid is None:
                touch(connection, [Touch(change, run_id=self._run_id, row_id=row.id, at=at)])
            settled = [row.id] if call.action is Action.UPDATE else [row.id, *(twin.id for twin in twins)]
            return _settle(connection, settled, SENT_AS[call.action], change.uuid, at)
