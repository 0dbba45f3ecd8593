"""Runs and their files, several runs at a glance, and what a run leaves beside its reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection, ScalarSelect, bindparam, delete, func, insert, select, update

from importer.errors import LedgerError, UsageError
from importer.ledger.drafts.draft_tables import CONTENT, UNSENT, drafts
from importer.ledger.store import fetched, many, next_id, reads_columns
from importer.ledger.tables import Found, claims, files, reminders, rows, runs, unchanged
from importer.model.drops import ClaimState
from importer.model.formula_escape import storable
from importer.model.records import RunRecord, without_folding
from importer.model.staged_files import FileFacts, FileRecord
from importer.model.statuses import Hold, RowState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger.store import Store


# Asked several times in each command: building such a statement takes longer than the database does to answer it.
_NEWEST: Final = select(runs).order_by(runs.c.seq.desc()).limit(1)
_NAMED: Final = select(runs).where(runs.c.id == bindparam("name"))
_FILES: Final = select(files).where(files.c.run == bindparam("seq")).order_by(files.c.id)
_TOGETHER: Final = select(unchanged.c.id).where(unchanged.c.run == bindparam("seq")).limit(1)


class OfRun:
    """What all parts of a run's handle have: the store, and the run's place in the order of runs. Any thread may call."""

    def __init__(self, store: Store, seq: int, run_id: str) -> None:
        self._store = store
        self._seq = seq
        self._run_id = run_id


def start(connection: Connection, run: RunRecord) -> int:
    """Record a new run and return its place in the order, which no clock decides."""
    seq = next_id(connection, runs.c.seq)
    connection.execute(
        insert(runs).values(
            seq=seq,
            id=run.id,
            command=run.command,
            state=run.state.value,
            planned=False,
            parent=run.parent,
            started_at=run.started_at,
            stop_reason=run.stop_reason,
            version=run.version,
            tzdata=run.tzdata,
            settings=orjson.dumps(dict(run.settings), default=str),
            profile=run.profile,
        )
    )
    return seq


def sorted_id(connection: Connection, run_id: str) -> str:
    """Return the id, or one that sorts behind the newest run's where both began in the same second; always one of its own."""
    newest = connection.execute(select(runs.c.id).order_by(runs.c.seq.desc()).limit(1)).scalar()
    same_second = newest is not None and newest.rpartition("-")[0] == run_id.rpartition("-")[0]
    wanted = f"{newest}0" if same_second and newest is not None and run_id <= newest else run_id
    # A clock that was put back comes by the seconds of earlier runs once more.
    while connection.execute(_NAMED, {"name": wanted}).first() is not None:
        wanted += "0"
    return wanted


def new_id(at: float, suffix: str) -> str:
    """Return a run's id, ``YYYYMMDD-HHMMSS-SUFFIX`` in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M%S}-{suffix}"


def finish(connection: Connection, seq: int, *, exit_code: int, stop_reason: str, at: float) -> None:
    """
    Close a run.

    Raises:
        LedgerError: a row of it has no final status. It stays open, and the next command settles it as one cut off.
    """
    left = select(rows.c.id).where(rows.c.run == seq, rows.c.state != RowState.SETTLED.value).limit(1)
    if connection.execute(left).first() is not None:
        raise LedgerError("A run with rows that are not settled cannot be finished.")
    connection.execute(
        update(runs)
        .where(runs.c.seq == seq)
        .values(state=RunState.FINISHED.value, exit_code=exit_code, stop_reason=stop_reason, finished_at=at)
    )
    # What was kept of a draft to send it is needed no more; its edits stay.
    sent = select(drafts.c.seq).where(drafts.c.run == _id_of(seq))
    if connection.execute(sent).first() is not None:
        for table in CONTENT:
            connection.execute(delete(table).where(table.c.draft.in_(sent)))


def _id_of(seq: int) -> ScalarSelect[Any]:
    return select(runs.c.id).where(runs.c.seq == seq).scalar_subquery()


def note_stop(connection: Connection, seq: int, reason: str) -> None:
    """Write down why a run that stays open was stopped."""
    connection.execute(update(runs).where(runs.c.seq == seq).values(stop_reason=reason))


def recount(connection: Connection, seq: int, exit_code: int) -> None:
    """Change the exit code of a finished run of which a person settled rows; when and why it ended stays as it was."""
    connection.execute(update(runs).where(runs.c.seq == seq).values(exit_code=exit_code))


def cut_off(connection: Connection) -> str | None:
    """Return the newest run that is still open, whose rows a plan does not only look at."""
    query = select(runs.c.id).where(runs.c.state == RunState.OPEN.value, runs.c.command != "plan")
    found: str | None = connection.execute(query.order_by(runs.c.seq.desc()).limit(1)).scalar()
    return found


def line_of(connection: Connection, seq: int) -> list[Found]:
    """Return ``seq`` and ``id`` of the run and the runs that it retries, one behind the other."""
    columns = (runs.c.seq, runs.c.id, runs.c.parent)
    line: list[Found] = []
    found = connection.execute(select(*columns).where(runs.c.seq == seq)).first()
    while found is not None and found.seq not in {each.seq for each in line}:
        line.append(found)
        found = connection.execute(select(*columns).where(runs.c.id == found.parent)).first()
    return line


def open_again(connection: Connection, seq: int) -> None:
    """Take back that the run was closed."""
    connection.execute(
        update(runs)
        .where(runs.c.seq == seq)
        .values(state=RunState.OPEN.value, finished_at=None, exit_code=None, stop_reason="")
    )


def newest(connection: Connection, limit: int | None) -> list[RunRecord]:
    """Return runs, newest first."""
    found = connection.execute(select(runs).order_by(runs.c.seq.desc()).limit(limit))
    return [run_record(row) for row in found]


def finished_later(connection: Connection, seq: int, profile: str) -> list[Found]:
    """Return ``seq`` and ``id`` of a profile's finished runs after a run, newest first."""
    query = select(runs.c.seq, runs.c.id).where(
        runs.c.seq > seq, runs.c.profile == profile, runs.c.state == RunState.FINISHED.value, runs.c.command != "plan"
    )
    return list(connection.execute(query.order_by(runs.c.seq.desc())))


def named(connection: Connection, run_id: str | None) -> Found:
    """
    Return the run whose id begins so, the latest for None.

    Raises:
        UsageError: there is none, or several.
    """
    if run_id is None:
        found = connection.execute(_NEWEST).all()
    else:
        name = storable(run_id)
        # One that bears the very name first: ids of one second may begin with each other.
        found = connection.execute(_NAMED, {"name": name}).all()
        if not found:
            found = connection.execute(select(runs).where(runs.c.id.startswith(name, autoescape=True)).limit(2)).all()
    if not found and run_id is not None:
        _refuse_draft(connection, storable(run_id))
    if not found:
        what = "There is no run in the ledger yet." if run_id is None else f"There is no run {run_id}."
        raise UsageError(what, fix="`importer runs` lists them.")
    if len(found) > 1:
        raise UsageError(f"Several runs begin with {run_id}.", fix="Give more of the run's id.")
    return found[0]


def _refuse_draft(connection: Connection, name: str) -> None:
    """Raise ``UsageError`` where a draft is named as if it were a run."""
    query = select(drafts.c.id, drafts.c.run).where(drafts.c.id.startswith(name, autoescape=True)).limit(2)
    found = connection.execute(query).all() if name else ()
    if len(found) == 1:
        draft = found[0]
        if draft.run is None:
            raise UsageError(
                f"{draft.id} is a draft: nothing of it was sent.",
                fix=f"Look at it with importer plan --draft {draft.id}, then send it: importer run --draft {draft.id}",
            )
        raise UsageError(f"Draft {draft.id} was sent by run {draft.run}.", fix=f"Name that run: {draft.run}")


@reads_columns
def run_record(row: Found) -> RunRecord:
    """Return a row of ``runs`` as a value."""
    return RunRecord(
        id=row.id,
        command=row.command,
        state=RunState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        parent=row.parent,
        exit_code=row.exit_code,
        stop_reason=row.stop_reason,
        version=row.version,
        tzdata=row.tzdata,
        settings=orjson.loads(row.settings),
        profile=row.profile,
        holds=tuple(Hold(*told) for told in orjson.loads(row.holds or b"[]")),
        purged_at=row.purged_at,
    )


def add_file(connection: Connection, seq: int, file: FileRecord) -> int:
    """Record a file of the run and return its id."""
    file_id = next_id(connection, files.c.id)
    connection.execute(
        insert(files).values(
            id=file_id,
            run=seq,
            name=file.name,
            sha256=file.sha256,
            sheet=file.sheet,
            headings=orjson.dumps(list(file.headings)),
            heading_row=file.heading_row,
            rows=file.rows,
            notes=orjson.dumps(list(file.notes)),
            facts=None if file.facts is None else orjson.dumps(file.facts),
            content=file.content,
        )
    )
    return file_id


def files_of(connection: Connection, seq: int) -> list[FileRecord]:
    """Return the files of a run in the order in which they were read."""
    return [file_record(row) for row in connection.execute(_FILES, {"seq": seq})]


@reads_columns
def file_record(row: Found) -> FileRecord:
    """Return a row of ``files`` as a value."""
    return FileRecord(
        name=row.name,
        sha256=row.sha256,
        sheet=row.sheet,
        headings=tuple(orjson.loads(row.headings)),
        heading_row=row.heading_row,
        rows=row.rows,
        notes=tuple(orjson.loads(row.notes)),
        id=row.id,
        facts=None if row.facts is None else FileFacts(**orjson.loads(row.facts)),
        content=row.content,
    )


def count_file(connection: Connection, file_id: int, count: int) -> None:
    """Record how many rows a file turned out to have."""
    connection.execute(update(files).where(files.c.id == file_id).values(rows=count))


def count_more(connection: Connection, file_id: int, count: int) -> None:
    """Record that so many more rows of a file were staged."""
    connection.execute(update(files).where(files.c.id == file_id).values(rows=files.c.rows + count))


def has_old_draft(connection: Connection, before: float) -> bool:
    """Whether there is a draft that was not sent, and that nobody has touched since a moment."""
    query = select(drafts.c.seq).where(UNSENT, drafts.c.touched_at < before).limit(1)
    return connection.execute(query).first() is not None


class Files(OfRun):
    """The files of a run."""

    def all(self) -> list[FileRecord]:
        """Return them in the order in which they were read."""
        with self._store.reading() as connection:
            return files_of(connection, self._seq)

    def add(self, file: FileRecord) -> int:
        """Record a file of the run and return its id."""
        with self._store.writing() as connection:
            return add_file(connection, self._seq, file)

    def count_as(self, file_id: int, *, rows: int, content: str) -> None:
        """Let a file of which the run holds only some rows be known by all of them: how many, and what they say together."""
        with self._store.writing() as connection:
            connection.execute(update(files).where(files.c.id == file_id).values(rows=rows, content=content))

    def describe(self, file_id: int, facts: FileFacts, notes: Sequence[str] | None = None) -> None:
        """Record what a file was like, and all notes on it (None: those that it has), once it was read to its end."""
        changed = {"facts": orjson.dumps(facts)} | ({} if notes is None else {"notes": orjson.dumps(list(notes))})
        with self._store.writing() as connection:
            connection.execute(update(files).where(files.c.id == file_id).values(changed))


def holds_of(connection: Connection, run_id: str) -> tuple[Hold, ...]:
    """Return the holds of a run that nobody released; none where there is no such run."""
    found = connection.execute(select(runs).where(runs.c.id == run_id)).first()
    return () if found is None else run_record(found).unreleased


def is_planned(connection: Connection, seq: int) -> bool:
    """Whether the run's plan is whole: every row staged, every lane with its verdicts."""
    return bool(connection.execute(select(runs.c.planned).where(runs.c.seq == seq)).scalar_one())


def copy_files(connection: Connection, old: int, new: int) -> dict[int, int]:
    """Give a run the files of another; return the old ids with the new ones. What was folded were rows of the other."""
    found = [replace(file, notes=tuple(without_folding(file.notes))) for file in files_of(connection, old)]
    return {file.id: add_file(connection, new, file) for file in found if file.id is not None}


def forget(connection: Connection, seq: int) -> None:
    """Delete a run of which nothing was sent."""
    tried = connection.execute(select(rows.c.id).where(rows.c.run == seq, rows.c.attempts > 0).limit(1)).first()
    if tried is not None:
        raise LedgerError("A run that sent something is never forgotten.")
    # The file of a drop that the run was about is as it was before.
    mine = claims.c.run == _id_of(seq)
    back = mine & (claims.c.state == ClaimState.RUNNING.value)
    connection.execute(update(claims).where(back).values(state=ClaimState.TAKEN.value, run=None))
    connection.execute(update(drafts).where(drafts.c.run == _id_of(seq)).values(run=None))
    connection.execute(delete(rows).where(rows.c.run == seq))
    connection.execute(delete(unchanged).where(unchanged.c.run == seq))
    connection.execute(delete(files).where(files.c.run == seq))
    connection.execute(delete(runs).where(runs.c.seq == seq))


class Glance(NamedTuple):
    """
    One run at a glance.

    ``totals``: status -> rows, for the statuses that occur. ``unknown``: rows whose outcome is not known; of a run that
    is not finished also those whose request may be on its way.
    """

    run: RunRecord
    files: tuple[str, ...]
    totals: Mapping[Status, int]
    unknown: int


def glances(connection: Connection, limit: int | None) -> list[Glance]:
    """Return the newest runs, newest first; three queries whatever their number."""
    found = connection.execute(select(runs).order_by(runs.c.seq.desc()).limit(limit)).all()
    chosen = [run.seq for run in found]
    if not chosen:
        return []
    oldest = chosen[-1]
    names: dict[int, list[str]] = {}
    of_files = select(files.c.run, files.c.name, files.c.sheet).where(files.c.run >= oldest).order_by(files.c.id)
    for run, name, sheet in connection.execute(of_files):
        names.setdefault(run, []).append(f"{name}, sheet {sheet}" if sheet else name)
    counts: dict[int, dict[Status, int]] = {}
    unknown: dict[int, int] = {}
    of_rows = select(rows.c.run, rows.c.status, rows.c.state, func.count()).where(rows.c.run >= oldest)
    for run, status, state, count in connection.execute(of_rows.group_by(rows.c.run, rows.c.status, rows.c.state)):
        totals = counts.setdefault(run, {})
        if status is not None:
            totals[Status(status)] = totals.get(Status(status), 0) + count
        if status == Status.UNKNOWN.value or (status is None and state == RowState.SENDING.value):
            unknown[run] = unknown.get(run, 0) + count
    together = select(unchanged.c.run, func.sum(unchanged.c.size)).where(unchanged.c.run >= oldest)
    for run, count in connection.execute(together.group_by(unchanged.c.run)):
        totals = counts.setdefault(run, {})
        totals[Status.UNCHANGED] = totals.get(Status.UNCHANGED, 0) + int(count)
    return [
        Glance(
            run=run_record(run),
            files=tuple(dict.fromkeys(names.get(run.seq, ()))),
            totals={status: counts[run.seq][status] for status in Status if status in counts.get(run.seq, {})},
            unknown=unknown.get(run.seq, 0),
        )
        for run in found
    ]


_WIDTH: Final = 128


def content_of(marks: Sequence[bytes], actions: Sequence[str]) -> int:
    """Return what rows say as one number that does not depend on their order. ``marks``: 16 bytes a row."""
    if not marks:
        return 0
    halves = np.frombuffer(b"".join(marks), dtype="<u8").reshape(-1, 2)
    factors = {action: np.uint64(_factor(action)) for action in set(actions)}
    weighted = halves * np.fromiter((factors[action] for action in actions), dtype=np.uint64)[:, None]
    low, high = (int(half) for half in weighted.sum(axis=0, dtype=np.uint64))
    return low | high << 64


def _factor(action: str) -> int:
    """Return an odd number for an action, so that rows that ask for another thing are other rows."""
    return int.from_bytes(action.encode()[:6].ljust(6, b"\0"), "little") << 1 | 1


def add_content(connection: Connection, file_id: int, marks: Sequence[bytes], actions: Sequence[str]) -> None:
    """Add what the rows of a chunk say to what is known of their file. ``marks``: 16 bytes a row; ``actions``: one a row."""
    more = content_of(marks, actions)
    held = connection.execute(select(files.c.content).where(files.c.id == file_id)).scalar_one()
    connection.execute(files.update().where(files.c.id == file_id).values(content=sum_of(held, more)))


def sum_of(content: str, more: int, *, sign: int = 1) -> str:
    """Return what rows say with more rows, or with fewer; each half by itself, so that no order of them makes a difference."""
    held, half = int(content or "0", 16), (1 << _WIDTH // 2) - 1
    low, high = ((held >> shift & half) + sign * (more >> shift & half) & half for shift in (0, _WIDTH // 2))
    return f"{low | high << _WIDTH // 2:032x}"


def has_together(connection: Connection, seq: int) -> bool:
    """Whether rows of a run repeat what is known, and are kept by the chunk."""
    return connection.execute(_TOGETHER, {"seq": seq}).first() is not None


_LAST = rows.alias("last")
_LOCATED = (
    select(_LAST.c.id, _LAST.c.location, reminders.c.key_hash)
    .select_from(rows)
    .join(reminders, reminders.c.key_hash == rows.c.lane)
    .join(_LAST, _LAST.c.id == reminders.c.row_id)
    .where(
        rows.c.run == bindparam("seq"),
        rows.c.location != "",
        reminders.c.located_by.is_distinct_from(reminders.c.row_id),
    )
)
_LOCATE = (
    update(reminders)
    .where(reminders.c.key_hash == bindparam("lane"))
    .values(location=bindparam("its_location"), located_by=bindparam("its_row"))
)


def note_places(connection: Connection, seq: int) -> None:
    """Write beside the reminders that rows of a run name where the rows that told them last say that they take place."""
    told = [
        {"lane": lane, "its_location": location, "its_row": row_id}
        for row_id, location, lane in fetched(connection, _LOCATED, {"seq": seq})
    ]
    many(connection, _LOCATE, told)
