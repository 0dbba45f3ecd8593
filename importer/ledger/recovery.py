"""
What becomes of a run that was cut off or stopped: ``resume`` opens it where it stopped, ``retry`` stages its rows anew.

A call found ``sending`` may have been processed. Its reminder is marked as in doubt; a create, update or cancel may be
repeated (with the same bytes), a no-show never is. The clock decides nothing here, only states and ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from importer.ledger import run_records as run_book
from importer.ledger import unchanged_rows
from importer.ledger.appointment_lookup import WHOSE, current_lanes, names_of
from importer.ledger.call_queue import (
    CALLS,
    ON_ITS_WAY,
    SENDABLE_CALL,
    attempts_of,
    doubt,
    history_of,
    leave,
    settle_all,
)
from importer.ledger.resolving import CUT_OFF, UNKNOWN
from importer.ledger.row_staging import LEFT_OUT, OPEN_CALL, PART, alone, next_row_id, open_set, parts, settle_unsent
from importer.ledger.run_records import OfRun
from importer.ledger.store import many, slices
from importer.ledger.tables import WANTING, Found, reminders, rows, runs, unchanged
from importer.model.issues import Issue
from importer.model.records import Attempt
from importer.model.statuses import DONE, Action, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from importer.ledger.retention.marks import Marks


# As ``errors.Exit``: stopped, or ended with unknown outcomes.
STOPPED_EXIT: Final = 5
UNKNOWN_EXIT: Final = 8

COMPARED_AT_ONCE: Final = 100_000
"""Rows of which the names are in memory while those of later runs go by."""

_AGAIN = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(state=RowState.WAITING.value, repeated=True, history=bindparam("its_history"))
)


def recover(connection: Connection, run: Found, *, at: float, gone: ColumnElement[bool] = ON_ITS_WAY) -> int:
    """
    Bring a run that was cut off to where ``resume`` can go on; return how many calls are in doubt.

    ``gone``: the calls that may have been processed. They wait to be repeated, no-shows end UNKNOWN; all their reminders are in doubt. Calls whose
    predecessor is settled wait for nobody any more. A run whose plan was not whole ends with all its rows NOT_SENT.
    """
    if not run.planned:
        _end_unplanned(connection, run.seq, at)
        return 0
    found = connection.execute(CALLS.where(rows.c.run == run.seq, gone)).all()
    doubt(connection, run.id, found, at)
    again = [row for row in found if row.planned != Action.NO_SHOW]
    many(connection, _AGAIN, [{"row_id": row.id, "its_history": _cut_off(row, at)} for row in again])
    never = [row.id for row in found if row.planned == Action.NO_SHOW]
    settle_unsent(connection, never, Status.UNKNOWN, Issue("no_show_in_doubt"), at=at)
    free_successors(connection, run.seq, at=at)
    return len(found)


def recover_copied(connection: Connection) -> list[str]:
    """
    Take it that runs went on that were at work when this copy of a ledger was made; return their ids.

    Each of their open calls may have been processed since. What is noted of that bears the time of what the run did last, so
    that a report of the run tells later news.
    """
    found = connection.execute(select(runs).where(runs.c.state == RunState.OPEN.value).order_by(runs.c.seq)).all()
    for run in found:
        last = connection.execute(select(func.max(rows.c.settled_at)).where(rows.c.run == run.seq)).scalar_one()
        recover(connection, run, at=max(last or 0.0, run.started_at), gone=or_(ON_ITS_WAY, SENDABLE_CALL))
    return [run.id for run in found]


def _cut_off(row: Found, at: float) -> bytes:
    return history_of((*attempts_of(row.history), Attempt(at=at, elapsed_s=0.0, http_status=None, code="interrupted")))


# The other side of a join; made once, because SQLAlchemy works out its columns for a millisecond.
_BEFORE: Final = rows.alias("before")


def free_successors(connection: Connection, seq: int, *, at: float) -> None:
    """Let calls go whose predecessor is settled; those that still lack a uuid end NOT_SENT."""
    settled = select(_BEFORE.c.id).where(_BEFORE.c.id == rows.c.after, _BEFORE.c.state == RowState.SETTLED.value)
    # By the small index of what waits for another row, and not by that of the run.
    mine = (rows.c.run + literal_column("0") == seq, rows.c.after.is_not(None), OPEN_CALL)
    kept = (
        select(rows.c.id)
        .join(_BEFORE, _BEFORE.c.id == rows.c.after)
        .where(
            *mine,
            _BEFORE.c.planned == Action.CANCEL.value,
            _BEFORE.c.state == RowState.SETTLED.value,
            _BEFORE.c.status.not_in([status.value for status in DONE]),
        )
    )
    waiting = list(connection.execute(kept).scalars())
    settle_unsent(connection, waiting, Status.NOT_SENT, Issue("old_phone_kept"), at=at)
    connection.execute(update(rows).where(*mine, settled.exists()).values(after=None))
    orphans = CALLS.where(
        rows.c.run == seq,
        OPEN_CALL,
        rows.c.after.is_(None),
        rows.c.planned != Action.CREATE.value,
        rows.c.call_uuid.is_(None),
        reminders.c.uuid.is_(None),
    )
    found = [row.id for row in connection.execute(orphans)]
    settle_unsent(connection, found, Status.NOT_SENT, Issue("create_in_doubt"), at=at)


def _end_unplanned(connection: Connection, seq: int, at: float) -> None:
    settle_all(connection, seq, rows.c.state != RowState.SETTLED.value, Issue("plan_interrupted"), at)


def close_interrupted(connection: Connection, *, but: int | None, at: float) -> list[str]:
    """
    End every run that was cut off, so that a new run may plan upon what is surely known; return their ids.

    What was ``sending`` (or waits for a repeat) ends UNKNOWN, the rest NOT_SENT.
    """
    found = connection.execute(select(runs).where(runs.c.state == RunState.OPEN.value).order_by(runs.c.seq)).all()
    closed = [run for run in found if run.seq != but and not _asked_for_nothing(connection, run)]
    for run in closed:
        recover(connection, run, at=at)
        leave(connection, run.seq, run.id, Issue("interrupted"), at=at)
        unknown = select(rows.c.id).where(rows.c.run == run.seq, UNKNOWN).limit(1)
        code = STOPPED_EXIT if connection.execute(unknown).first() is None else UNKNOWN_EXIT
        run_book.finish(connection, run.seq, exit_code=code, stop_reason=run.stop_reason or CUT_OFF, at=at)
    return [run.id for run in closed]


def _asked_for_nothing(connection: Connection, run: Found) -> bool:
    """
    Forget a plan that was cut off while it was made, and a retry before it was planned; none of their calls was sent.

    Nobody asked for those of a plan. The rows of a retry stand in the run that it retries, which can be retried again.
    """
    if run.command != "plan" and (run.command != "retry" or run.planned):
        return False
    run_book.forget(connection, run.seq)
    return True


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


def supersede(connection: Connection, row_ids: Sequence[int]) -> None:
    """Mark rows that were not sent as overtaken by a newer file."""
    problems, _ = alone(Issue("superseded"))
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(code="superseded", problems=problems))


def _is_later(seq: int) -> ColumnElement[bool]:
    # A retry that is not planned yet, or was cut off before, has rows of this run or of earlier ones, and nothing newer.
    is_read = or_(runs.c.planned, runs.c.command != "retry")
    return and_(runs.c.seq > seq, runs.c.command != "plan", is_read)


def has_later_runs(connection: Connection, seq: int) -> bool:
    """Whether a later run asks for anything."""
    single = select(rows.c.id).join(runs, runs.c.seq == rows.c.run).where(_is_later(seq)).limit(1)
    together = select(unchanged.c.id).join(runs, runs.c.seq == unchanged.c.run).where(_is_later(seq)).limit(1)
    return any(connection.execute(query).first() is not None for query in (single, together))


def in_later_runs(
    connection: Connection, seq: int, found: Sequence[Found], lanes: Sequence[bytes | None], marks: Marks | None = None
) -> set[bytes]:
    """
    Return those of the lanes that rows of a later run name, by number, by uuid or by both.

    ``found``: rows with ``uuid`` and ``call_uuid``; ``lanes``: theirs, as they are by now. A uuid that no reminder has yet says as
    well that two rows are about one appointment. A plan that is only looked at asks for nothing, so it does not count.
    ``marks``: of a ledger that was purged.
    """
    wanted = {lane for lane in lanes if lane is not None}
    if not wanted or not has_later_runs(connection, seq):
        return set()
    names = names_of(connection, wanted)
    if marks is not None:
        # Of an appointment that never had a reminder a purged run has no other name.
        names |= {marks.lane(lane): lane for lane in wanted}
    told: dict[str, set[bytes]] = {}
    for row, lane in zip(found, lanes, strict=True):
        if lane is not None and (uuid := row.call_uuid or row.uuid):
            told.setdefault(uuid, set()).add(lane)
    query = (
        select(rows.c.lane, rows.c.uuid)
        .join(runs, runs.c.seq == rows.c.run)
        .where(_is_later(seq), rows.c.lane.is_not(None))
    )
    later: set[bytes] = set()
    for lane, uuid in connection.execute(query, execution_options={"yield_per": 10_000}):
        own = names.get(bytes(lane)) or (names.get(uuid) if uuid else None)
        if own is not None:
            later.add(own)
        later |= told.get(uuid, _NONE)
    of_later = unchanged.c.run.in_(select(runs.c.seq).where(_is_later(seq)))
    return later | {names[lane] for lane in unchanged_rows.named(connection, of_later, names)}


_NONE: Final = frozenset[bytes]()


def _to_be_compared(connection: Connection, seq: int) -> Iterator[ColumnElement[bool]]:
    """Yield parts of a run: large ones where each has to be compared with all rows of later runs."""
    return parts(connection, seq, COMPARED_AT_ONCE if has_later_runs(connection, seq) else PART)


def _find_lanes(connection: Connection, part: ColumnElement[bool]) -> tuple[Sequence[Found], Sequence[bytes | None]]:
    """Return the rows of a part that are left, and their lanes by now; write down those that are others."""
    left = connection.execute(select(*WHOSE).where(part, LEFT)).all()
    lanes = current_lanes(connection, left)
    both = list(zip(left, lanes, strict=True))
    many(connection, _LANE, [{"row_id": row.id, "its_lane": lane} for row, lane in both if row.lane != lane])
    return left, lanes


def _overtaking(
    connection: Connection, seq: int, wanted: ColumnElement[bool]
) -> dict[bytes | None, list[tuple[int, set[str]]]]:
    """Return ``_updated`` for the appointments of the wanted rows; their names are asked only where an update was sent at all."""
    sent = select(rows.c.id).where(rows.c.run == seq, rows.c.status == Status.UPDATED.value).limit(1)
    if connection.execute(sent).first() is None:
        return {}
    changes = connection.execute(select(*WHOSE).where(rows.c.run == seq, wanted, _CHANGES)).all()
    return _updated(connection, seq, current_lanes(connection, changes))


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
    return any(fields & orjson.loads(row.said or b"{}").keys() for fields in later)


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


_WAS_SENT: Final = and_(rows.c.planned == Action.CREATE.value, rows.c.attempts > 0)
_CHANGES: Final = or_(rows.c.planned == Action.UPDATE.value, _WAS_SENT)
"""Updates, and creates that would be updates now: their appointments were there already, by uuids that rows below them named."""

_SAID: Final = case((_WAS_SENT, rows.c.payload), (rows.c.planned == Action.UPDATE.value, rows.c.body)).label("said")
_WHICH: Final = (rows.c.number, rows.c.file, rows.c.status, rows.c.code, rows.c.planned, _SAID)
_NEW: Final[dict[str, Any]] = {
    "id": cast(bindparam("new_id"), BigInteger),
    "run": cast(bindparam("new_run"), BigInteger),
    "file": cast(bindparam("new_file"), BigInteger),
    "lane": cast(bindparam("its_lane"), LargeBinary),
}
_KEPT: Final = [column for column in rows.columns if column.name not in {*_STAGED, *_NEW}]
# A column that is None for a staged row is not named, and so stays empty.
_FRESH: Final = {name: literal(value, rows.c[name].type) for name, value in _STAGED.items() if value is not None}
_STAGE_AGAIN: Final = insert(rows).from_select(
    [*_NEW, *_FRESH, *(column.name for column in _KEPT)],
    select(*_NEW.values(), *_FRESH.values(), *_KEPT).where(rows.c.id == bindparam("old_id")),
)


class Recovery(OfRun):
    """What becomes of a run that was cut off or stopped."""

    def recover(self, *, at: float) -> int:
        """Prepare a run that was cut off for ``resume``; return how many calls are in doubt."""
        with self._store.writing() as connection:
            return recover(connection, run_book.named(connection, self._run_id), at=at)

    def reopen(self, *, at: float) -> int:
        """
        Open a run for ``resume``; return how many calls wait again.

        What a stop left unsent, and what may be repeated, waits again; a run that was cut off is recovered, also one that was
        cut off once it had settled what its stop left. A row whose appointment stands in a later run is not sent any more
        (``superseded``), because the later data counts.
        """
        with self._store.writing() as connection:
            run = run_book.named(connection, self._run_id)
            if run.state != RunState.OPEN.value:
                again = self._open_what_is_left(connection, run.seq)
                if again:
                    free_successors(connection, run.seq, at=at)
                    run_book.open_again(connection, run.seq)
                return again
            run_book.note_stop(connection, run.seq, "")
            # By the index of rows that want somebody: of a large run that is going on there are few.
            settled = select(rows.c.id).where(rows.c.run == run.seq, literal_column(WANTING), LEFT).limit(1)
            if connection.execute(settled).first() is not None:
                self._open_what_is_left(connection, run.seq)
            return recover(connection, run, at=at)

    def _open_what_is_left(self, connection: Connection, seq: int) -> int:
        for part in _to_be_compared(connection, seq):
            left, lanes = _find_lanes(connection, part)
            later = in_later_runs(connection, seq, left, lanes, self._store.marks)
            supersede(connection, [row.id for row, lane in zip(left, lanes, strict=True) if lane in later])
        return sum(open_set(connection, part, LEFT) for part in parts(connection, seq))

    def is_left(self, *, overtaken: bool = False) -> bool:
        """
        Whether ``reopen`` would find a call of a finished run that waits again; nothing is changed.

        ``overtaken``: also calls of appointments that a later run names, which may be cut off itself.
        """
        with self._store.reading() as connection:
            for part in _to_be_compared(connection, self._seq):
                left = connection.execute(select(*WHOSE).where(part, LEFT)).all()
                lanes = current_lanes(connection, left)
                if not lanes:
                    continue
                marks = self._store.marks
                if overtaken or not in_later_runs(connection, self._seq, left, lanes, marks).issuperset(lanes):
                    return True
            return False

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
            wanted = rows.c.status.in_([status.value for status in statuses])
            overtaking = _overtaking(connection, old, wanted)
            next_id = next_row_id(connection)
            staged = 0
            for part in _to_be_compared(connection, old):
                query = select(*WHOSE, *_WHICH).where(part, wanted).order_by(rows.c.id)
                found = connection.execute(query).all()
                lanes = current_lanes(connection, found)
                later = in_later_runs(connection, old, found, lanes, self._store.marks)
                again = [
                    {"old_id": row.id, "new_id": 0, "new_run": new, "new_file": copies[row.file], "its_lane": lane}
                    for row, lane in zip(found, lanes, strict=True)
                    if lane not in later and not _ended(row) and not _overtaken(row, lane, overtaking)
                ]
                for one in again:
                    one["new_id"] = next_id
                    next_id += 1
                many(connection, _STAGE_AGAIN, again)
                staged += len(again)
                files = {row.id: copies[row.file] for row in found if row.number}
                for one in again:
                    if one["old_id"] in files:
                        counts[files[one["old_id"]]] += 1
            for file_id, count in counts.items():
                run_book.count_file(connection, file_id, count)
            return staged
