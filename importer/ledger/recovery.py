"""
What becomes of a run that ended without its report: killed, out of power, or stopped.

A call found ``sending`` may have been processed. Its reminder is marked as in doubt; a create, update or cancel may be
repeated (with the same bytes), a no-show never is. The clock decides nothing here, only states and ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, select, update

from importer.ledger import runs as run_book
from importer.ledger.calling import CALLS, SENDABLE, attempts_of, history_of, planned_call, settle_unsent
from importer.ledger.notes import add_notes
from importer.ledger.reminding import Touch, touch
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, rows, runs
from importer.model.calls import Attempt, Note
from importer.model.plans import doubted
from importer.model.words import Action, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERRUPTED_EXIT = 5

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
    settle_unsent(connection, never, Status.UNKNOWN, Note("no_show_in_doubt"), at=at)
    _free_successors(connection, run.seq)
    return len(found)


def _cut_off(row: Found, at: float) -> bytes:
    return history_of((*attempts_of(row.history), Attempt(at=at, elapsed_s=0.0, http_status=None, code="interrupted")))


def _doubt(connection: Connection, run_id: str, found: Sequence[Found], at: float) -> None:
    touch(
        connection,
        [
            Touch(doubted(planned_call(row)), run_id=run_id, row_id=row.id, row_number=row.number, at=at)
            for row in found
        ],
    )


def _free_successors(connection: Connection, seq: int) -> None:
    before = rows.alias("before")
    settled = select(before.c.id).where(before.c.id == rows.c.after, before.c.state == RowState.SETTLED.value)
    connection.execute(
        update(rows)
        .where(rows.c.run == seq, rows.c.due.is_not(None), rows.c.after.is_not(None), settled.exists())
        .values(after=None)
    )


def _end_unplanned(connection: Connection, seq: int, at: float) -> None:
    left = connection.execute(select(rows.c.id).where(rows.c.run == seq, rows.c.state != RowState.SETTLED.value))
    settle_unsent(connection, list(left.scalars()), Status.NOT_SENT, Note("plan_interrupted"), at=at)


def close_interrupted(connection: Connection, *, but: int | None, at: float) -> list[str]:
    """
    End every run that was cut off, so that a new run may plan upon what is surely known; return their ids.

    What was ``sending`` (or waits for a repeat) ends UNKNOWN, the rest NOT_SENT.
    """
    found = connection.execute(select(runs).where(runs.c.state == RunState.OPEN.value).order_by(runs.c.seq)).all()
    closed = [run for run in found if run.seq != but]
    for run in closed:
        recover(connection, run, at=at)
        leave(connection, run, Note("interrupted"), at=at)
        run_book.finish(connection, run.seq, exit_code=INTERRUPTED_EXIT, stop_reason="interrupted", at=at)
    return [run.id for run in closed]


def leave(connection: Connection, run: Found, note: Note, *, at: float) -> None:
    """Settle every open call of the run: NOT_SENT, or UNKNOWN where an attempt may have been processed."""
    query = CALLS.where(rows.c.run == run.seq, rows.c.due.is_not(None), rows.c.state.in_(SENDABLE))
    found = connection.execute(query).all()
    in_doubt = [row for row in found if row.repeated and row.attempts]
    _doubt(connection, run.id, in_doubt, at)
    settle_unsent(connection, [row.id for row in in_doubt], Status.UNKNOWN, Note("outcome_unknown"), at=at)
    doubtful = {row.id for row in in_doubt}
    unsent = [row.id for row in found if row.id not in doubtful]
    settle_unsent(connection, unsent, Status.NOT_SENT, note, at=at)


def withhold(  # noqa: PLR0913 - the ledger's face passes it on
    connection: Connection,
    run: Found,
    status: Status,
    note: Note,
    *,
    at: float,
    row_ids: Iterable[int] | None,
) -> int:
    """Settle calls that were not sent yet with a status and its reason; return how many."""
    query = select(rows.c.id).where(
        rows.c.run == run.seq, rows.c.due.is_not(None), rows.c.state == RowState.READY.value
    )
    open_ids = set(connection.execute(query).scalars())
    chosen = sorted(open_ids if row_ids is None else open_ids.intersection(row_ids))
    settle_unsent(connection, chosen, status, note, at=at)
    return len(chosen)


def reopen(connection: Connection, run: Found, *, at: float) -> int:
    """
    Open a finished run again for ``resume``: calls that a stop left unsent wait again; return how many.

    A row whose appointment stands in a later run is not sent any more (``superseded``): the later data counts.
    """
    if run.state == RunState.OPEN.value:
        return recover(connection, run, at=at)
    query = select(rows.c.id, rows.c.lane).where(
        rows.c.run == run.seq, rows.c.status == Status.NOT_SENT.value, rows.c.planned.is_not(None)
    )
    left = {row.id: row.lane for row in connection.execute(query)}
    superseded = _in_later_runs(connection, run.seq, set(left.values()))
    late = [row_id for row_id, lane in left.items() if lane in superseded]
    add_notes(connection, {row_id: (Note("superseded"),) for row_id in late}, drops=True)
    for some in slices(late):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(code="superseded"))
    again = [row_id for row_id, lane in left.items() if lane not in superseded]
    _await_again(connection, again)
    _free_successors(connection, run.seq)
    connection.execute(
        update(runs)
        .where(runs.c.seq == run.seq)
        .values(state=RunState.OPEN.value, finished_at=None, exit_code=None, stop_reason="")
    )
    return len(again)


def _await_again(connection: Connection, row_ids: list[int]) -> None:
    for some in slices(row_ids):
        connection.execute(
            update(rows)
            .where(rows.c.id.in_(some))
            .values(
                state=RowState.READY.value, status=None, code="", settled_at=None,
                due=func.coalesce(rows.c.call_starts_at, rows.c.starts_at, 0),
            )
        )  # fmt: skip
    add_notes(connection, dict.fromkeys(row_ids, ()), drops=True)


def _in_later_runs(connection: Connection, seq: int, lanes: set[bytes | None]) -> set[bytes]:
    """Return those of the lanes that rows of a later run name."""
    found: set[bytes] = set()
    for row in connection.execute(select(rows.c.lane).where(rows.c.run > seq, rows.c.lane.is_not(None))):
        if row.lane in lanes:
            found.add(row.lane)
    return found


def stage_again(connection: Connection, old: int, new: int, statuses: Sequence[Status]) -> int:
    """
    Stage rows of an earlier run again for ``retry``, with their files; return how many.

    A row whose appointment stands in a run after its own is left out, and so is a no-show whose outcome is not known.
    """
    copies = run_book.copy_files(connection, old, new)
    wanted = [status.value for status in statuses]
    query = select(rows).where(rows.c.run == old, rows.c.status.in_(wanted)).order_by(rows.c.id)
    found = connection.execute(query).all()
    late = _in_later_runs(connection, old, {row.lane for row in found})
    held = [row for row in found if row.lane not in late and not _no_show_in_doubt(row)]
    next_id = int(connection.execute(select(func.coalesce(func.max(rows.c.id), 0))).scalar_one()) + 1
    fresh = [_staged_again(row, next_id + place, new, copies[row.file]) for place, row in enumerate(held)]
    for some in slices(fresh):
        connection.execute(rows.insert(), some)
    for file_id in copies.values():
        run_book.count_file(connection, file_id, sum(row["file"] == file_id for row in fresh))
    return len(fresh)


def _no_show_in_doubt(row: Found) -> bool:
    return bool(row.status == Status.UNKNOWN and row.planned == Action.NO_SHOW)


def _staged_again(row: Found, row_id: int, seq: int, file_id: int) -> dict[str, Any]:
    values = row._asdict()
    values |= {
        "id": row_id, "run": seq, "file": file_id, "state": RowState.STAGED.value, "status": None, "due": None,
        "after": None, "followed": False, "attempts": 0, "repeated": False, "complete": True, "planned": None,
        "call_starts_at": None, "call_uuid": None, "http_status": None, "code": "", "settled_at": None, "body": None,
        "changes": None, "history": None, "problems": b"[]",
    }  # fmt: skip
    return values
