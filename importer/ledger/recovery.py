"""
What becomes of a run that ended without its report: killed, out of power, or stopped.

A call found ``sending`` may have been processed. Its reminder is marked as in doubt; a create, update or cancel may be
repeated (with the same bytes), a no-show never is. The clock decides nothing here, only states and ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, update

from importer.ledger import runs as run_book
from importer.ledger.calling import CALLS, SENDABLE, attempts_of, block, history_of, planned_call, settle_unsent
from importer.ledger.notes import alone
from importer.ledger.reminding import Touch, touch
from importer.ledger.resolving import UNKNOWN
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, reminders, rows, runs
from importer.ledger.unresolved import CUT_OFF
from importer.model.calls import Attempt
from importer.model.issues import Issue
from importer.model.plans import doubted
from importer.model.words import DONE, Action, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    _doubt(connection, run.id, found, at)
    again = [row for row in found if row.planned != Action.NO_SHOW]
    many(connection, _AGAIN, [{"row_id": row.id, "its_history": _cut_off(row, at)} for row in again])
    never = [row.id for row in found if row.planned == Action.NO_SHOW]
    settle_unsent(connection, never, Status.UNKNOWN, Issue("no_show_in_doubt"), at=at)
    free_successors(connection, run.seq, at=at)
    return len(found)


def _cut_off(row: Found, at: float) -> bytes:
    return history_of((*attempts_of(row.history), Attempt(at=at, elapsed_s=0.0, http_status=None, code="interrupted")))


def _doubt(connection: Connection, run_id: str, found: Sequence[Found], at: float) -> None:
    touch(
        connection,
        [Touch(doubted(planned_call(row)), run_id=run_id, row_id=row.id, at=at) for row in found],
    )


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
    _settle_all(connection, left, Issue("plan_interrupted"), at)


def _settle_all(connection: Connection, left: ColumnElement[bool], note: Issue, at: float) -> None:
    """Settle as NOT_SENT the rows that meet the condition; there may be a million of them."""
    with_notes = or_(rows.c.problems != b"[]", rows.c.warnings != b"[]")
    found = connection.execute(select(rows.c.id).where(left, with_notes)).scalars()
    settle_unsent(connection, list(found), Status.NOT_SENT, note, at=at)
    problems, warnings = alone(note)
    connection.execute(
        update(rows)
        .where(left)
        .values(
            state=RowState.SETTLED.value,
            status=Status.NOT_SENT.value,
            code=note.code,
            settled_at=at,
            due=None,
            problems=problems,
            warnings=warnings,
        )
    )


def close_interrupted(connection: Connection, *, but: int | None, at: float) -> list[str]:
    """
    End every run that was cut off, so that a new run may plan upon what is surely known; return their ids.

    What was ``sending`` (or waits for a repeat) ends UNKNOWN, the rest NOT_SENT.
    """
    found = connection.execute(select(runs).where(runs.c.state == RunState.OPEN.value).order_by(runs.c.seq)).all()
    closed = [run for run in found if run.seq != but and not _was_only_looked_at(connection, run)]
    for run in closed:
        recover(connection, run, at=at)
        leave(connection, run, Issue("interrupted"), at=at)
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


def leave(connection: Connection, run: Found, note: Issue, *, at: float) -> None:
    """Settle every open call of the run: NOT_SENT, or UNKNOWN where an attempt may have been processed."""
    left = and_(rows.c.run == run.seq, rows.c.due.is_not(None), rows.c.state.in_(SENDABLE))
    _leave_in_doubt(connection, run, connection.execute(CALLS.where(left, *_MAY_BE_DONE)).all(), at)
    _settle_all(connection, left, note, at)


_MAY_BE_DONE: Final = (rows.c.repeated, rows.c.attempts > 0)


def _leave_in_doubt(connection: Connection, run: Found, in_doubt: Sequence[Found], at: float) -> None:
    """Settle as UNKNOWN calls that wait for a repeat, of which an attempt may have been processed."""
    _doubt(connection, run.id, in_doubt, at)
    settle_unsent(connection, [row.id for row in in_doubt], Status.UNKNOWN, Issue("outcome_unknown"), at=at)


def unsent(
    connection: Connection,
    seq: int,
    *,
    row_ids: Iterable[int] | None,
    actions: Iterable[Action] | None,
    started_by: float | None = None,
) -> list[int]:
    """Return the rows with an open call that is not on its way: all, or those of these rows, actions or starts."""
    query = select(rows.c.id).where(rows.c.run == seq, rows.c.due.is_not(None), rows.c.state.in_(SENDABLE))
    if actions is not None:
        query = query.where(rows.c.planned.in_([action.value for action in actions]))
    if started_by is not None:
        query = query.where(rows.c.starts_at <= started_by)
    found = connection.execute(query).scalars()
    wanted = None if row_ids is None else set(row_ids)
    return sorted(row_id for row_id in found if wanted is None or row_id in wanted)


def withhold(  # noqa: PLR0913 - which calls, what becomes of them, and why
    connection: Connection, run: Found, row_ids: list[int], *, status: Status, note: Issue, at: float
) -> None:
    """Settle calls that will not be sent, and block what waits for the uuid of such a create."""
    doubtful: set[int] = set()
    for some in slices(row_ids):
        in_doubt = connection.execute(CALLS.where(rows.c.id.in_(some), *_MAY_BE_DONE)).all()
        _leave_in_doubt(connection, run, in_doubt, at)
        doubtful.update(row.id for row in in_doubt)
    settle_unsent(connection, [row_id for row_id in row_ids if row_id not in doubtful], status, note, at=at)
    block(connection, row_ids)
