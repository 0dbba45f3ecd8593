"""
What becomes of a run that was cut off or stopped: ``resume`` opens it where it stopped, ``retry`` stages its rows anew.

A call found ``sending`` may have been processed. Its reminder is marked as in doubt; a create, update or cancel may be
repeated (with the same bytes), a no-show never is. The clock decides nothing here, only states and ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from importer.ledger import run_records as run_book
from importer.ledger.appointment_lookup import WHOSE, current_lanes, in_later_runs, names_of
from importer.ledger.call_queue import CALLS, attempts_of, doubt, history_of, leave, settle_all, settle_unsent
from importer.ledger.resolving import CUT_OFF, UNKNOWN
from importer.ledger.row_staging import LEFT_OUT, add_notes
from importer.ledger.run_records import OfRun
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, reminders, rows, runs
from importer.model.issues import Issue
from importer.model.records import Attempt
from importer.model.statuses import DONE, Action, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


# As ``errors.Exit``: stopped, or ended with unknown outcomes.
STOPPED_EXIT: Final = 5
UNKNOWN_EXIT: Final = 8

_AGAIN = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(state=RowState.WAITING.value, repeated=True, history=bindparam("its_history"))
)


def recover(connection: Connection, run: Found, *, at: float) -> int:
    """
    Bring a run that was cut off to where ``resume`` can go on; return how many calls are in doubt.

    Calls found ``sending`` wait to be repeated, no-shows end UNKNOWN; all their reminders are in doubt. Calls whose
    predecessor is settled wait for nobody any more. A run whose plan was not whole ends with all its rows NOT_SENT.
    """
    if not run.planned:
        _end_unplanned(connection, run.seq, at)
        return 0
    found = connection.execute(
        CALLS.where(rows.c.run == run.seq, rows.c.due.is_not(None), rows.c.state == "sending")
    ).all()
    doubt(connection, run.id, found, at)
    again = [row for row in found if row.planned != Action.NO_SHOW]
    many(connection, _AGAIN, [{"row_id": row.id, "its_history": _cut_off(row, at)} for row in again])
    never = [row.id for row in found if row.planned == Action.NO_SHOW]
    settle_unsent(connection, never, Status.UNKNOWN, Issue("no_show_in_doubt"), at=at)
    free_successors(connection, run.seq, at=at)
    return len(found)


def _cut_off(row: Found, at: float) -> bytes:
    return history_of((*attempts_of(row.history), Attempt(at=at, elapsed_s=0.0, http_status=None, code="interrupted")))


def free_successors(connection: Connection, seq: int, *, at: float) -> None:
    """Let calls go whose predecessor is settled; those that still lack a uuid end NOT_SENT."""
    before = rows.alias("before")
    settled = select(before.c.id).where(before.c.id == rows.c.after, before.c.state == RowState.SETTLED.value)
    mine = (rows.c.run == seq, rows.c.due.is_not(None))
    kept = (
        select(rows.c.id)
        .join(before, before.c.id == rows.c.after)
        .where(
            *mine,
            before.c.planned == Action.CANCEL.value,
            before.c.state == RowState.SETTLED.value,
            before.c.status.not_in([status.value for status in DONE]),
        )
    )
    waiting = list(connection.execute(kept).scalars())
    settle_unsent(connection, waiting, Status.NOT_SENT, Issue("old_phone_kept"), at=at)
    connection.execute(update(rows).where(*mine, rows.c.after.is_not(None), settled.exists()).values(after=None))
    orphans = CALLS.where(
        *mine,
        rows.c.after.is_(None),
        rows.c.planned != Action.CREATE.value,
        rows.c.call_uuid.is_(None),
        reminders.c.uuid.is_(None),
    )
    found = [row.id for row in connection.execute(orphans)]
    settle_unsent(connection, found, Status.NOT_SENT, Issue("create_in_doubt"), at=at)


def _end_unplanned(connection: Connection, seq: int, at: float) -> None:
    left = and_(rows.c.run == seq, rows.c.state != RowState.SETTLED.value)
    settle_all(connection, left, Issue("plan_interrupted"), at)


def close_interrupted(connection: Connection, *, but: int | None, at: float) -> list[str]:
    """
    End every run that was cut off, so that a new run may plan upon what is surely known; return their ids.

    What was ``sending`` (or waits for a repeat) ends UNKNOWN, the rest NOT_SENT.
    """
    found = connection.execute(select(runs).where(runs.c.state == RunState.OPEN.value).order_by(runs.c.seq)).all()
    closed = [run for run in found if run.seq != but and not _was_only_looked_at(connection, run)]
    for run in closed:
        recover(connection, run, at=at)
        leave(connection, run.seq, run.id, Issue("interrupted"), at=at)
        unknown = select(rows.c.id).where(rows.c.run == run.seq, UNKNOWN).limit(1)
        code = STOPPED_EXIT if connection.execute(unknown).first() is None else UNKNOWN_EXIT
        run_book.finish(connection, run.seq, exit_code=code, stop_reason=CUT_OFF, at=at)
    return [run.id for run in closed]


def _was_only_looked_at(connection: Connection, run: Found) -> bool:
    """Forget a plan that was cut off while it was made: nobody asked for its calls, and none was sent."""
    if run.command != "plan":
        return False
    run_book.forget(connection, run.seq)
    return True


PAGE: Final = 2_000

# No guard has looked at these: their run was cut off before its plan was whole, so the whole file must be run again.
_UNGUARDED: Final = "plan_interrupted"
# Nothing of these is left to send: they have no uuid, no plan, no right to be sent any more, or were kept back on purpose.
ENDED: Final = (
    "blocked_by_earlier_row", "create_in_doubt", "superseded", "resolved_as_not_sent", "left_out", "all_or_nothing",
    _UNGUARDED,
)  # fmt: skip
LEFT = or_(
    and_(rows.c.status == Status.NOT_SENT.value, rows.c.planned.is_not(None), rows.c.code.not_in(ENDED)),
    and_(
        rows.c.status == Status.UNKNOWN.value,
        rows.c.code == "outcome_unknown",
        rows.c.planned != Action.NO_SHOW.value,
    ),
)
_LANE: Final = update(rows).where(rows.c.id == bindparam("row_id")).values(lane=bindparam("its_lane"))


def supersede(connection: Connection, row_ids: list[int]) -> None:
    """Mark rows that were not sent as overtaken by a newer file."""
    add_notes(connection, dict.fromkeys(row_ids, (Issue("superseded"),)), drops=True)
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(code="superseded"))


def _await(connection: Connection, row_ids: list[int]) -> None:
    add_notes(connection, dict.fromkeys(row_ids, ()), drops=True)
    due = func.coalesce(rows.c.call_starts_at, rows.c.starts_at, 0)
    waiting = {"state": RowState.READY.value, "status": None, "code": "", "settled_at": None, "due": due}
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(waiting))


def _updated(
    connection: Connection, seq: int, lanes: Iterable[bytes | None]
) -> dict[bytes | None, list[tuple[int, set[str]]]]:
    """Return for each lane, as it is by now, the row ids and fields of the updates that the run sent."""
    names = names_of(connection, {lane for lane in lanes if lane is not None})
    query = select(rows.c.id, rows.c.lane, rows.c.call_uuid, rows.c.body)
    query = query.where(rows.c.run == seq, rows.c.status == Status.UPDATED.value, rows.c.body.is_not(None))
    found: dict[bytes | None, list[tuple[int, set[str]]]] = {}
    for row in connection.execute(query):
        # An update may have been what told the uuid's number: rows before it were staged in another lane.
        own = names.get(bytes(row.lane)) or names.get(row.call_uuid)
        if own is not None:
            found.setdefault(own, []).append((row.id, set(orjson.loads(row.body))))
    return found


def _overtaken(
    row: Found, lane: bytes | None, overtaking: Mapping[bytes | None, Sequence[tuple[int, set[str]]]]
) -> bool:
    later = [fields for row_id, fields in overtaking.get(lane, ()) if row_id > row.id]
    return row.planned == Action.UPDATE and any(fields & orjson.loads(row.body or b"{}").keys() for fields in later)


def _ended(row: Found) -> bool:
    held_as_missing = row.number == 0 and row.status == Status.HELD
    no_show_in_doubt = row.status == Status.UNKNOWN and row.planned == Action.NO_SHOW
    left_out_by_person = row.code == LEFT_OUT and row.planned is None
    return bool(row.code == _UNGUARDED or held_as_missing or no_show_in_doubt or left_out_by_person)


_STAGED: Final[dict[str, Any]] = {
    "state": RowState.STAGED.value,
    "status": None,
    "due": None,
    "after": None,
    "followed": False,
    "attempts": 0,
    "repeated": False,
    "planned": None,
    "call_starts_at": None,
    "call_uuid": None,
    "http_status": None,
    "code": "",
    "settled_at": None,
    "body": None,
    "changes": None,
    "history": None,
    "problems": b"[]",
}


class Recovery(OfRun):
    """What becomes of a run that was cut off or stopped."""

    def recover(self, *, at: float) -> int:
        """Prepare a run that was cut off for ``resume``; return how many calls are in doubt."""
        with self._store.writing() as connection:
            return recover(connection, run_book.named(connection, self._run_id), at=at)

    def reopen(self, *, at: float) -> int:
        """
        Open a run for ``resume``; return how many calls wait again.

        What a stop left unsent, and what may be repeated, waits again; a run that was cut off is recovered. A row whose
        appointment stands in a later run is not sent any more (``superseded``), because the later data counts.
        """
        with self._store.writing() as connection:
            run = run_book.named(connection, self._run_id)
            if run.state == RunState.OPEN.value:
                return recover(connection, run, at=at)
            left = connection.execute(select(*WHOSE).where(rows.c.run == run.seq, LEFT)).all()
            lanes = dict(zip([row.id for row in left], current_lanes(connection, left), strict=True))
            moved = [{"row_id": row.id, "its_lane": lanes[row.id]} for row in left if row.lane != lanes[row.id]]
            many(connection, _LANE, moved)
            later = in_later_runs(connection, run.seq, lanes.values(), self._store.marks)
            supersede(connection, [row_id for row_id, lane in lanes.items() if lane in later])
            again = [row_id for row_id, lane in lanes.items() if lane not in later]
            if again:
                _await(connection, again)
                free_successors(connection, run.seq, at=at)
                run_book.open_again(connection, run.seq)
            return len(again)

    def is_left(self) -> bool:
        """Whether ``reopen`` would find a call of a finished run that waits again; nothing is changed."""
        with self._store.reading() as connection:
            lanes = current_lanes(
                connection, connection.execute(select(*WHOSE).where(rows.c.run == self._seq, LEFT)).all()
            )
            later = in_later_runs(connection, self._seq, lanes, self._store.marks) if lanes else set()
            return any(lane not in later for lane in lanes)

    def stage_again(self, parent: str, statuses: Sequence[Status]) -> int:
        """
        Stage the rows of an earlier run with these statuses again in this one, with their files; return how many.

        A row whose appointment stands in a run after its own is left out, and so is a no-show whose outcome is not
        known, a row that no guard has looked at, the cancel of a missing appointment that a guard did not let go, and
        an update of which a later row of its own run has overtaken a field: sent again, it would take the appointment
        back to an older value.
        """
        with self._store.writing() as connection:
            old, new = run_book.named(connection, parent).seq, self._seq
            copies = run_book.copy_files(connection, old, new)
            counts = dict.fromkeys(copies.values(), 0)
            wanted = and_(rows.c.run == old, rows.c.status.in_([status.value for status in statuses]))
            named = connection.execute(select(*WHOSE).where(wanted)).all()
            lane_of = dict(zip([row.id for row in named], current_lanes(connection, named), strict=True))
            later = in_later_runs(connection, old, lane_of.values(), self._store.marks)
            overtaking = _updated(connection, old, lane_of.values())
            next_id = int(connection.execute(select(func.coalesce(func.max(rows.c.id), 0))).scalar_one()) + 1
            ids = list(connection.execute(select(rows.c.id).where(wanted).order_by(rows.c.id)).scalars())
            staged = 0
            for some in slices(ids, PAGE):
                query = select(rows).where(rows.c.id.between(some[0], some[-1]), wanted).order_by(rows.c.id)
                found = [row for row in connection.execute(query) if lane_of[row.id] not in later and not _ended(row)]
                found = [row for row in found if not _overtaken(row, lane_of[row.id], overtaking)]
                for row in found:
                    fresh = row._asdict() | _STAGED | {"id": next_id, "run": new, "file": copies[row.file]}
                    fresh["lane"] = lane_of[row.id]
                    connection.execute(rows.insert(), fresh)
                    counts[copies[row.file]] += bool(row.number)
                    next_id += 1
                    staged += 1
            for file_id, count in counts.items():
                run_book.count_file(connection, file_id, count)
            return staged
