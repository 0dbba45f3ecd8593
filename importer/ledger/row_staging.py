"""
Rows as they enter the ledger, and what is written about many of them at once afterwards.

A row whose verdict needs no thought brings it with it (``Planning``), provisionally: if another row of the run names the same
appointment, ``lanes`` brings both before the planner, whose verdicts replace it. Nothing is sent before the plan is whole
(``runs.planned``).

Rows are settled and opened again by sets: one statement for a part of the run, in the order in which they lie. A statement
over all of a million rows keeps each page that it has changed in memory, and one that goes by when rows are due reads each
page many times. Rows that have sentences of their own get another one by themselves (``add_notes``).
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, literal_column, or_, select, update

from importer.ledger.appointment_lookup import as_known, lanes_of
from importer.ledger.integrity import refuse_broken
from importer.ledger.known_at_once import SureReminders, keep_together, moves
from importer.ledger.retention.recall import recall
from importer.ledger.run_records import OfRun, add_content, content_of, count_more, sum_of
from importer.ledger.store import APART, blob, compiled, many, many_tuples, next_id, slices, where_in
from importer.ledger.tables import reminders, rows, unchanged
from importer.model.planned_calls import NAMES_END, Known, fingerprint, fingerprints
from importer.model.records import Missing
from importer.model.statuses import Action, RowState, Status
from importer.problems import KINDS, said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.retention.marks import Marks
    from importer.model.chunks import StagedColumns
    from importer.model.issues import Issue
    from importer.model.planned_calls import Easy, Planning, Verdict
    from importer.model.staged_files import StagedRow


LEFT_OUT: Final = "left_out"
"""The code of rows that were not asked for, or that a person left out."""

_COLUMNS: Final = (
    "id", "run", "file", "number", "state", "status", "lane", "due", "conditional", "action", "planned", "phone",
    "external_event_id", "uuid", "starts_at", "call_starts_at", "call_uuid", "fingerprint", "defaulted", "payload", "body",
    "changes", "problems", "warnings", "cells", "location",
)  # fmt: skip

_STAGED: Final = RowState.STAGED.value
_READY: Final = RowState.READY.value
_SETTLED: Final = RowState.SETTLED.value
_CREATE: Final = Action.CREATE.value
_UPDATE: Final = Action.UPDATE.value
_UNCHANGED: Final = Status.UNCHANGED.value


def stage(  # noqa: PLR0913, PLR0917 - where the rows belong, and what is asked of them
    connection: Connection,
    seq: int,
    file_id: int,
    staged: Sequence[StagedRow],
    planning: Planning | None,
    marks: Marks | None = None,
) -> None:
    """Write the rows of one chunk. ``marks``: of a ledger that was purged, whose appointments they may name."""
    first = next_row_id(connection)
    staged, said_together = _written(
        connection, seq, file_id, range(first, first + len(staged)), staged, planning, marks
    )
    add_content(connection, file_id, named_rows(staged, said_together), [row.action for row in staged if row.number])


def next_row_id(connection: Connection) -> int:
    """Return the id of a new row, behind all single ones and those that stand together."""
    behind = select(func.coalesce(func.max(unchanged.c.last), 0)).where(
        unchanged.c.id == select(func.max(unchanged.c.id)).scalar_subquery()
    )
    apart = int(connection.info.get(APART, 0))
    return max(next_id(connection, rows.c.id), int(connection.execute(behind).scalar_one()) + 1 + apart)


def stage_columns(  # noqa: PLR0913, PLR0917 - as ``stage``
    connection: Connection,
    seq: int,
    file_id: int,
    columns: StagedColumns,
    known: SureReminders,
    planning: Planning,
    marks: Marks | None = None,
) -> None:
    """Write the rows of one chunk: those that repeat what is known together, the others one by one."""
    first = next_row_id(connection)
    said_together = fingerprints(columns["bodies"], columns["defaulted"])
    together = keep_together(
        connection, known, columns, planning.repeated, said_together, seq=seq, file_id=file_id, first=first
    )
    chosen = set(together.tolist())
    left = [place for place in range(len(said_together)) if place not in chosen]
    single: Sequence[StagedRow] = columns["rows"](columns, left)
    its_marks: Sequence[bytes] = ()
    if single:
        ids = [first + place for place in left]
        single, its_marks = _written(connection, seq, file_id, ids, single, planning, marks)
    add_content(
        connection,
        file_id,
        [*named_rows(single, its_marks), *(said_together[place] for place in sorted(chosen))],
        [*(row.action for row in single), *columns["actions"][together].tolist()],
    )


def put(connection: Connection, seq: int, file_id: int, staged: Sequence[StagedRow], marks: Marks | None) -> None:
    """Write rows in the place of those that a file has by their numbers; what the file says as a whole stays as it was."""
    numbers = [row.number for row in staged]
    query = select(rows.c.number, rows.c.id).where(rows.c.file == file_id, rows.c.number.in_(numbers))
    ids = {row.number: row.id for row in connection.execute(query)}
    connection.execute(rows.delete().where(rows.c.id.in_(ids.values())))
    mine = [row for row in staged if row.number in ids]
    _written(connection, seq, file_id, [ids[row.number] for row in mine], mine, None, marks)


def _written(  # noqa: PLR0913, PLR0917 - as ``stage``
    connection: Connection,
    seq: int,
    file_id: int,
    ids: Sequence[int],
    staged: Sequence[StagedRow],
    planning: Planning | None,
    marks: Marks | None,
) -> tuple[Sequence[StagedRow], list[bytes]]:
    """Write rows by their ids; return them as the ledger knows them, and what each of them says."""
    staged = as_known(connection, staged)
    said_together = marks_of(staged)
    if marks is not None:
        recall(connection, marks, staged, said_together)
    lanes = lanes_of(connection, staged)
    known = _known(connection, {lane for lane in lanes if lane})
    numbered = zip(count(), ids, staged, lanes, said_together, strict=False)
    updates = moves(connection, planning.moved, staged, lanes, said_together, known) if planning and known else {}
    easy = None if planning is None else planning.easy
    # Made one by one as they are written: a list of so many tuples would keep the garbage collector busy.
    values = (
        _values(row_id, seq, file_id, row, lane, mark, known, easy, updates.get(place))
        for place, row_id, row, lane, mark in numbered
    )
    many_tuples(connection, _insert_sql(connection), values)
    return staged, said_together


def content_with(
    connection: Connection,
    content: str,
    *,
    without: Sequence[StagedRow],
    beside: Sequence[StagedRow],
    marks: Marks | None,
) -> str:
    """Return what the rows of a file say together, once some of them are replaced by others."""
    for sign, staged in ((-1, as_known(connection, without)), (1, as_known(connection, beside))):
        said_together = marks_of(staged)
        if marks is not None:
            recall(connection, marks, staged, said_together)
        said = content_of(named_rows(staged, said_together), [row.action for row in staged if row.number])
        content = sum_of(content, said, sign=sign)
    return content


def named_rows(staged: Sequence[StagedRow], marks: Sequence[bytes]) -> list[bytes]:
    """Return the marks of the rows that stand in a sheet; a uuid is no part of the payload, and makes another row."""
    return [
        blake2b(mark + row.uuid.encode(), digest_size=16).digest() if row.uuid else mark
        for row, mark in zip(staged, marks, strict=True)
        if row.number
    ]


def marks_of(staged: Sequence[StagedRow]) -> list[bytes]:
    """Return what each of the rows says, in 16 bytes."""
    return [fingerprint(row.payload, row.defaulted) for row in staged]


def _values(  # noqa: PLR0913, PLR0917 - runs a million times; every lookup that it is spared counts
    row_id: int,
    seq: int,
    file_id: int,
    row: StagedRow,
    lane: bytes | None,
    mark: bytes,
    known: dict[bytes, Known],
    easy: Easy | None,
    update_of_it: Verdict | None,
) -> tuple[Any, ...]:
    (
        number, action, phone, external_event_id, uuid, cells, payload, defaulted, starts_at, its_status, conditional,
        problems, warnings, location,
    ) = row  # fmt: skip
    state, status, planned, due = _STAGED, None, None, None
    call_starts_at, call_uuid, body, changes = None, None, None, None
    if its_status is not None:
        state, status = _SETTLED, its_status.value
    elif update_of_it is not None and (call := update_of_it.call) is not None:
        state, planned, due, call_starts_at, call_uuid = _READY, _UPDATE, call.due, call.starts_at, call.uuid
        body, changes = blob(call.body or b""), blob(changes_of(update_of_it))
    elif lane is not None and easy is not None:
        verdict = easy(action, known.get(lane), fingerprint=mark, conditional=conditional, uuid=uuid)
        if verdict is Status.CREATED:
            state, planned, due = _READY, _CREATE, starts_at or 0
        elif verdict is Status.UNCHANGED:
            state, status, problems = _SETTLED, _UNCHANGED, b"[]"
    return (
        row_id, seq, file_id, number, state, status, lane and blob(lane), due, conditional, action, planned, phone,
        external_event_id, uuid, starts_at, call_starts_at, call_uuid, blob(mark), NAMES_END.join(defaulted), blob(payload),
        body, changes, blob(problems), blob(warnings), blob(cells), location,
    )  # fmt: skip


def changes_of(verdict: Verdict) -> bytes:
    """Return the changes of an update as the ledger keeps them."""
    return orjson.dumps([[change.field, change.before, change.after] for change in verdict.changes])


def _insert_sql(connection: Connection) -> str:
    statement = insert(rows).values({name: bindparam(name) for name in _COLUMNS})
    made = compiled(connection, statement)
    if made.names != _COLUMNS:
        raise AssertionError(made.names)
    return made.sql


def _known(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Known]:
    """Return what ``easy`` must know of the reminders in these lanes."""
    found: dict[bytes, Known] = {}
    columns = "SELECT key_hash, fingerprint, state, in_doubt, seal FROM reminders WHERE key_hash"
    for some in slices(lanes):
        for lane, fingerprint_held, state, in_doubt, seal in where_in(connection, columns, list(map(blob, some))):
            refuse_broken(lane, fingerprint_held, state, in_doubt, seal)
            found[lane] = Known(fingerprint_held, state, in_doubt)
    return found


_WRITE = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(problems=bindparam("its_problems"), warnings=bindparam("its_warnings"))
)


def add_notes(connection: Connection, notes: Mapping[int, Sequence[Issue]], *, drops: bool = False) -> None:
    """Add the sentences to the rows' own; ``drops`` takes the problems away that a row had before."""
    if not notes:
        return
    columns = (rows.c.id, rows.c.problems, rows.c.warnings)
    held: dict[int, Any] = {}
    for some in slices(notes):
        query = select(*columns).where(rows.c.id.in_(some))
        held |= {row.id: row for row in connection.execute(query)}
    many(
        connection,
        _WRITE,
        [_added(row_id, held[row_id].problems, held[row_id].warnings, notes[row_id], drops=drops) for row_id in notes],
    )


def alone(note: Issue) -> tuple[bytes, bytes]:
    """Return problems and warnings of a row that has no others."""
    told = _added(0, b"[]", b"[]", (note,), drops=False)
    return told["its_problems"], told["its_warnings"]


def _added(row_id: int, problems: bytes, warnings: bytes, notes: Sequence[Issue], *, drops: bool) -> dict[str, Any]:
    told = [(KINDS[note.code].is_warning, said(note).kept()) for note in notes]
    kept = [] if drops else orjson.loads(problems)
    return {
        "row_id": row_id,
        "its_problems": orjson.dumps(kept + [sentence for is_warning, sentence in told if not is_warning]),
        "its_warnings": orjson.dumps(
            orjson.loads(warnings) + [sentence for is_warning, sentence in told if is_warning]
        ),
    }


PAGE: Final = 2_000


class Rows(OfRun):
    """The rows of a run, as they come in, and which of them stand for appointments missing from a snapshot."""

    _known: SureReminders | None = None

    def stage(self, file_id: int, staged: Sequence[StagedRow], planning: Planning | None = None) -> None:
        """
        Write the rows of one chunk, and that the file has so many more, in one transaction.

        ``planning`` gives the verdict to rows that need no thought; None: all of them come before the planner.
        """
        with self._store.writing() as connection:
            stage(connection, self._seq, file_id, staged, planning, self._store.marks)
            count_more(connection, file_id, len(staged))

    def stage_columns(self, file_id: int, columns: StagedColumns, planning: Planning) -> None:
        """Write the rows of one chunk as ``stage`` does, those that repeat what is known as one record."""
        with self._store.writing() as connection:
            if self._known is None and connection.execute(select(reminders.c.id).limit(1)).first() is None:
                single = columns["rows"](columns, range(len(columns["numbers"])))
                stage(connection, self._seq, file_id, single, planning, self._store.marks)
                count_more(connection, file_id, len(single))
                return
            if self._known is None:
                self._known = SureReminders(connection)
            stage_columns(connection, self._seq, file_id, columns, self._known, planning, self._store.marks)
            count_more(connection, file_id, len(columns["numbers"]))

    def staged(self) -> None:
        """Forget what was looked up for rows that were staged: all of them are."""
        self._known = None

    def stage_missing(self, file_id: int, staged: Sequence[StagedRow]) -> None:
        """Write rows that stand in no sheet: their numbers are 0, and the file has no more rows for them."""
        with self._store.writing() as connection:
            stage(connection, self._seq, file_id, staged, None, self._store.marks)

    def leave_out(self, file_id: int, notes: Mapping[int, Issue], *, at: float) -> None:
        """
        Settle rows of a file, by their numbers, as NOT_SENT: a person left them out, so nothing is planned for them.

        They still name their appointments, which are not missing from the file; one that names none may mean any.
        """
        with self._store.writing() as connection:
            for some in slices(notes):
                query = select(rows.c.id, rows.c.number).where(rows.c.file == file_id, rows.c.number.in_(some))
                found = {row.id: notes[row.number] for row in connection.execute(query)}
                settled: dict[str, Any] = {
                    "state": _SETTLED,
                    "status": Status.NOT_SENT.value,
                    "code": LEFT_OUT,
                    "settled_at": at,
                    **dict.fromkeys(("planned", "due", "call_uuid", "call_starts_at", "body", "changes")),
                }
                connection.execute(update(rows).where(rows.c.id.in_(list(found))).values(settled))
                add_notes(connection, {row_id: (note,) for row_id, note in found.items()}, drops=True)

    def remark(self, row_ids: Iterable[int], note: Issue) -> None:
        """Add a sentence to rows."""
        with self._store.writing() as connection:
            add_notes(connection, dict.fromkeys(row_ids, (note,)))

    def missing(self) -> list[Missing]:
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
        uuid, could be read names its appointment, whatever else is wrong with it. A row that a person left out says no
        more than it did before.
        """
        with self._store.reading() as connection:
            is_invalid = rows.c.status == Status.INVALID.value
            is_left_out = and_(rows.c.code == LEFT_OUT, rows.c.planned.is_(None))
            nameless = rows.c.run == self._seq, rows.c.lane.is_(None), or_(is_invalid, is_left_out)
            if connection.execute(select(rows.c.id).where(*nameless).limit(1)).first() is not None:
                return True
            invalid = rows.c.run == self._seq, is_invalid
            found = connection.execute(
                select(rows.c.problems).where(*invalid), execution_options={"yield_per": PAGE}
            ).scalars()
            return any(said["code"] in unsure for problems in found for said in orjson.loads(problems))


PART: Final = 20_000

OPEN_CALL: Final[ColumnElement[bool]] = (rows.c.due + literal_column("0")).is_not(None)
"""Of rows with an open call, read in the order of rows: the index of what is due would lead through them at random."""

_HAS_NOTES: Final = or_(rows.c.problems != b"[]", rows.c.warnings != b"[]")


def parts(connection: Connection, seq: int, size: int = PART) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that take so many rows of a run each, in their order, and all of them together."""
    query = select(func.min(rows.c.id), func.max(rows.c.id)).where(rows.c.run == seq)
    first, last = connection.execute(query).one()
    for begin in range(first or 0, (last or -1) + 1, size):
        yield and_(rows.c.run == seq, rows.c.id.between(begin, begin + size - 1))


def settle_unsent(  # noqa: PLR0913 - as ``settle_set``
    connection: Connection, row_ids: Sequence[int], status: Status, note: Issue, *, at: float | None,
    own: Mapping[int, str] | None = None,
) -> None:  # fmt: skip
    """Settle rows whose call will not be sent, with the sentence that says why; ``own``: its detail by row."""
    for some in slices(row_ids):
        connection.execute(update(rows).where(rows.c.id.in_(some)).values(_settled(status, note, at)))
    add_notes(connection, {each: (note if own is None else note._replace(detail=own[each]),) for each in row_ids})


def settle_set(  # noqa: PLR0913, PLR0917 - which rows, and what becomes of them
    connection: Connection, part: ColumnElement[bool], left: ColumnElement[bool], status: Status, note: Issue, at: float
) -> int:
    """Settle the rows of a part that meet a condition, with the sentence that says why; return how many."""
    chosen = and_(part, left)
    own = list(connection.execute(select(rows.c.id).where(chosen, _HAS_NOTES)).scalars())
    settle_unsent(connection, own, status, note, at=at)
    problems, warnings = alone(note)
    settled = _settled(status, note, at) | {"problems": problems, "warnings": warnings}
    return len(own) + connection.execute(update(rows).where(chosen).values(settled)).rowcount


def _settled(status: Status, note: Issue, at: float | None) -> dict[str, Any]:
    return {
        "state": RowState.SETTLED.value,
        "status": status.value,
        "code": note.code,
        "settled_at": at,
        "due": None,
    }


def open_set(connection: Connection, part: ColumnElement[bool], left: ColumnElement[bool]) -> int:
    """Let the calls of the rows of a part that meet a condition wait again; return how many."""
    waiting = {
        "state": RowState.READY.value,
        "status": None,
        "code": "",
        "settled_at": None,
        "due": func.coalesce(rows.c.call_starts_at, rows.c.starts_at, 0),
        "problems": b"[]",
    }
    return connection.execute(update(rows).where(part, left).values(waiting)).rowcount
