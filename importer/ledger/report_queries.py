"""The results of the rows: totals, the rows of a report, an appointment's history, and what a plan decided."""

from __future__ import annotations

from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import orjson
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, distinct, func, literal_column, null, or_, select

from importer.ledger import run_records as run_book
from importer.ledger import unchanged_rows
from importer.ledger.call_queue import attempts_of
from importer.ledger.known_at_once import Uuids
from importer.ledger.known_reminders import find, names_of, readable, reminder_of
from importer.ledger.run_records import OfRun
from importer.ledger.store import fetched, reads_columns, slices
from importer.ledger.tables import WANTING, Found, files, reminders, rows, runs, unchanged
from importer.model.chunks import same
from importer.model.records import PURGED, Change, Life, LifeRow, ReportRow, Told, UnchangedRows, is_purged
from importer.model.sending_window import Visit, visit_of
from importer.model.statuses import DONE, TEXTING, Action, ReminderState, RowState, RunState, Status
from importer.problems.cell_places import placed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from importer.ledger.store import Store
    from importer.ledger.unchanged_rows import Together
    from importer.model.records import RunRecord
    from importer.model.staged_files import FileRecord


PAGE: Final = 2_000
_Uuids: TypeAlias = tuple[list[str | None], list[bool]]

_DONE: Final = tuple(status.value for status in DONE)
_STATUS: Final = {status.value: status for status in Status}
_STATE: Final = {state.value: state for state in RowState}
_NOTHING: Final = b"[]"
_WANTS_A_PERSON = or_(rows.c.status.is_(None), and_(*(rows.c.status != status for status in _DONE)))

# Of rows in no sheet a report shows what is known of the appointment, which only they hold.
_SAID: Final = case((rows.c.number == 0, rows.c.payload), else_=null()).label("said")
# What a report shows of a row.
_SHOWN: Final = (
    rows.c.id, rows.c.file, rows.c.number, rows.c.planned, rows.c.action, rows.c.state, rows.c.status, rows.c.uuid,
    rows.c.call_uuid, reminders.c.uuid.label("held_uuid"), rows.c.external_event_id, rows.c.http_status, rows.c.code,
    rows.c.problems, rows.c.warnings, rows.c.cells, rows.c.history, rows.c.settled_at,
    _SAID, reminders.c.state.label("held_state"), rows.c.followed,
)  # fmt: skip
# Only a row without a uuid of its own is looked up, or one that is not done; for others that search would be half of the work.
_WITHOUT_UUID = and_(rows.c.uuid.is_(None), rows.c.call_uuid.is_(None))
_HOLDER = reminders.c.key_hash == case((or_(_WITHOUT_UUID, _WANTS_A_PERSON), rows.c.lane), else_=null())
_ON: Final = frozenset({ReminderState.ACTIVE.value, ReminderState.UNCERTAIN.value})
_REPORT: Final = (
    select(*_SHOWN)
    .select_from(rows.outerjoin(reminders, _HOLDER))
    .where(rows.c.run == bindparam("seq"), rows.c.id > bindparam("last"))
    .order_by(rows.c.id)
    .limit(PAGE)
)
_WANTING: Final = _REPORT.where(literal_column(f"rows.{WANTING}"))
"""Of rows that are settled: the others of a run have no status that an index could know."""
_ROWS: Final = select(
    rows, _SAID, reminders.c.uuid.label("held_uuid"), reminders.c.state.label("held_state")
).outerjoin(reminders, reminders.c.key_hash == rows.c.lane)
_OF_ALL: Final = attrgetter(*(column.key for column in _SHOWN))


def paged(store: Store, condition: ColumnElement[bool], *more: ColumnElement[Any]) -> Iterator[Found]:
    """Yield the rows that meet the condition, by id, a page at a time. ``more``: columns of their reminders besides."""
    last = 0
    while True:
        with store.reading() as connection:
            query = _ROWS.add_columns(*more).where(condition, rows.c.id > last).order_by(rows.c.id).limit(PAGE)
            found = connection.execute(query).all()
        yield from found
        if len(found) < PAGE:
            return
        last = found[-1].id


def report_row(row: Found, file: FileRecord) -> ReportRow:
    """Return a row of ``paged`` as the reports show it."""
    return _report_row(_OF_ALL(row), {row.file: file})


@reads_columns
def _report_row(row: Sequence[Any], files: Mapping[int | None, FileRecord]) -> ReportRow:
    (
        row_id, file, number, planned, action, state, status, uuid, call_uuid, held_uuid, external_event_id,
        http_status, code, problems, warnings, cells, history, settled_at, said, held_state, followed,
    ) = row  # fmt: skip
    own: tuple[str, ...] = tuple(orjson.loads(cells))
    if number and not own:
        own = ("",) * len(files[file].headings)
    wrong, worth_saying = (_told(notes, number, files[file], own) for notes in (problems, warnings))
    return ReportRow(
        file=files[file],
        number=number,
        cells=own,
        action=planned or action,
        state=_STATE[state],
        status=_STATUS[status] if status else None,
        uuid=uuid or call_uuid or (held_uuid if status in _DONE else None),
        external_event_id=None if is_purged(external_event_id) else external_event_id,
        http_status=http_status,
        code=code or (wrong[0]["code"] if wrong else ""),
        problems=wrong,
        warnings=worth_saying,
        attempts=attempts_of(history) if history else (),
        settled_at=settled_at,
        row_id=row_id,
        said=readable(said) if said else {},
        is_on=held_state in _ON,
        is_replaced=bool(followed) and not number,
    )


def _told(notes: bytes, number: int, file: FileRecord, cells: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    """Return a row's problems or warnings, each with the column of the person's sheet that it is about."""
    if notes == _NOTHING:
        return ()
    kept = orjson.loads(notes)
    return placed(kept, file, cells) if number else tuple(kept)


@reads_columns
def changes_of(row: Found) -> tuple[Change, ...]:
    """Return what an update changes, old and new."""
    if not row.changes:
        return ()
    told = orjson.loads(row.changes)
    return tuple(Change(name, *("(purged)" if is_purged(one) else one for one in values)) for name, *values in told)


def life(store: Store, text: str) -> Life:
    """Return all that the ledger knows of the appointments that an external event id, uuid or phone names."""
    with store.reading() as connection:
        held = find(connection, text, store.marks)
        known_runs = {run.seq: run_book.run_record(run) for run in connection.execute(select(runs))}
        files = {seq: {file.id: file for file in run_book.files_of(connection, seq)} for seq in known_runs}
    lanes = [reminder.key_hash for reminder in held]
    numbers, phones = names_of(text, store.marks)
    named = or_(
        rows.c.lane.in_(lanes), rows.c.external_event_id.in_(numbers), rows.c.uuid == text, rows.c.phone.in_(phones)
    )
    single = [
        LifeRow(
            run=known_runs[row.run],
            row=report_row(row, files[row.run][row.file]),
            payload=readable(row.payload),
            changes=changes_of(row),
        )
        for row in paged(store, named)
    ]
    with store.reading() as connection:
        together = [
            row
            for record, places in unchanged_rows.with_lanes(connection, lanes)
            for row in _life_rows(connection, record, places, known_runs[record.run], files[record.run])
        ]
    return Life(
        reminders=tuple(reminder_of(reminder) for reminder in held),
        rows=tuple(sorted([*single, *together], key=lambda each: each.row.row_id)),
    )


def _together(
    record: Together, file: FileRecord, among: list[ReportRow], uuids: Callable[[Together], _Uuids]
) -> UnchangedRows:
    """``uuids``: reads those of the reminders of a record's rows, and whether these are on."""

    def tell() -> Told:
        found, are_on = uuids(record)
        numbers = record.external_event_ids
        if PURGED in "|".join([one or "" for one in numbers]):
            numbers = [None if is_purged(one) else one for one in numbers]
        cells = record.cells or [same("", record.count)] * len(file.headings)
        return Told(cells, found, numbers, are_on)

    return UnchangedRows(
        file=file,
        row_ids=record.row_ids,
        numbers=record.numbers,
        action=record.action,
        warnings=_warnings(record, file),
        among=among,
        tell=tell,
    )


def _warnings(record: Together, file: FileRecord) -> dict[int, tuple[Mapping[str, Any], ...]]:
    """Return the warnings of rows by their places; those whose columns checking knew are the same in every row."""
    found: dict[int, tuple[Mapping[str, Any], ...]] = {}
    once: dict[str, tuple[Mapping[str, Any], ...]] = {}
    told = record.warnings
    for place in np.flatnonzero(told.spread(told.texts != "")).tolist():
        text = told.texts[place if told.places is None else told.places[place]]
        if text in once:
            found[place] = once[text]
            continue
        notes = orjson.loads(text)
        # Cells are unpacked only to find a column that checking did not name.
        if is_placed := all(note.get("column") is not None for note in notes):
            once[text] = placed(notes, file, ())
        found[place] = once[text] if is_placed else placed(notes, file, record.cells_of(place))
    return found


def _life_rows(
    connection: Connection,
    record: Together,
    places: Sequence[int],
    run: RunRecord,
    files: Mapping[int | None, FileRecord],
) -> Iterator[LifeRow]:
    """Yield rows that stand together one by one, as a person sees their appointments."""
    found = Uuids(connection, 0).of(connection, record)
    shown = list(_together(record, files[record.file], [], lambda _: found).own())
    for place in places:
        yield LifeRow(run, shown[place], readable(record.bodies[place]), ())


_REMINDING: Final = (
    select(rows.c.id, rows.c.planned, rows.c.payload, rows.c.body, reminders.c.accepted)
    .select_from(rows.outerjoin(reminders, reminders.c.key_hash == rows.c.lane))
    .where(
        rows.c.run == bindparam("seq"),
        rows.c.due.is_not(None),
        or_(rows.c.planned == Action.CREATE.value, rows.c.planned == Action.UPDATE.value),
        rows.c.id > bindparam("last"),
    )
    .order_by(rows.c.id)
    .limit(PAGE)
)


_TOTALS: Final = (
    select(rows.c.status, func.count())
    .where(rows.c.run == bindparam("seq"), rows.c.status.is_not(None))
    .group_by(rows.c.status)
)


_WHOSE: Final = func.coalesce(rows.c.phone, reminders.c.phone)
_REFUSED: Final = (
    select(
        rows.c.id, rows.c.number, rows.c.payload, rows.c.problems, files.c.name, files.c.headings, _WHOSE.label("whose")
    )
    .select_from(
        rows.join(files, files.c.id == rows.c.file).outerjoin(reminders, reminders.c.uuid == rows.c.uuid),
    )
    .where(
        rows.c.run == bindparam("seq"),
        rows.c.id > bindparam("last"),
        literal_column(f"rows.{WANTING}"),
        rows.c.status == Status.INVALID.value,
        _WHOSE.is_not(None),
    )
    .order_by(rows.c.id)
    .limit(PAGE)
)


class RunReport(OfRun):
    """What became of the rows of a run."""

    _uuids: Uuids | None = None

    def totals(self) -> dict[Status, int]:
        """Return how many rows of the run ended in each status that occurs."""
        with self._store.reading() as connection:
            counted = {Status(status): count for status, count in connection.execute(_TOTALS, {"seq": self._seq})}
            if run_book.has_together(connection, self._seq):
                together = unchanged_rows.count_of(connection, unchanged.c.run == self._seq)
                counted[Status.UNCHANGED] = counted.get(Status.UNCHANGED, 0) + together
            return {status: counted[status] for status in Status if status in counted}

    def rows(self) -> Iterator[ReportRow]:
        """Yield every row once, in the order of files and rows. Memory is a page."""
        for piece in self.pieces():
            if isinstance(piece, UnchangedRows):
                yield from piece.rows()
            else:
                yield piece

    def single(self) -> Iterator[ReportRow]:
        """Yield every row but those that stand together, which are unchanged."""
        return self._rows(_REPORT)

    def pieces(self) -> Iterator[ReportRow | UnchangedRows]:
        """Yield the same as ``rows``; those that stand together in one piece, with the rows between them."""
        with self._store.reading() as connection:
            has_together = run_book.has_together(connection, self._seq)
        yield from self._pieces() if has_together else self.single()

    def _uuids_of(self, record: Together) -> _Uuids:
        """Return the uuids of the reminders of a record's rows, and whether these are on."""
        with self._store.reading() as connection:
            if self._uuids is None:
                together = unchanged_rows.count_of(connection, unchanged.c.run == self._seq)
                self._uuids = Uuids(connection, together)
            return self._uuids.of(connection, record)

    def _pieces(self) -> Iterator[ReportRow | UnchangedRows]:
        with self._store.reading() as connection:
            files = {file.id: file for file in run_book.files_of(connection, self._seq)}
            if run_book.named(connection, self._run_id).state != RunState.FINISHED.value:
                self._uuids = None  # what is known of appointments may change until then
        single = self.single()
        row, last = next(single, None), 0
        while True:
            with self._store.reading() as connection:
                after = (unchanged.c.run == self._seq) & (unchanged.c.id > last)
                record = next(unchanged_rows.records(connection, after), None)
            if record is None:
                break
            while row is not None and row.row_id < record.first:
                yield row
                row = next(single, None)
            among = []
            while row is not None and row.row_id < record.last:
                among.append(row)
                row = next(single, None)
            yield _together(record, files[record.file], among, self._uuids_of)
            last = record.first
        while row is not None:
            yield row
            row = next(single, None)

    def wanting(self) -> Iterator[ReportRow]:
        """Yield the settled rows that want a person, in the order of files and rows, without a look at the others."""
        return self._rows(_WANTING)

    def _rows(self, query: Select[Any]) -> Iterator[ReportRow]:
        with self._store.reading() as connection:
            files = {file.id: file for file in run_book.files_of(connection, self._seq)}
        last = 0
        found: list[Any] = [()]
        while found:
            with self._store.reading() as connection:
                found = fetched(connection, query, {"seq": self._seq, "last": last})
            for row in found:
                yield _report_row(row, files)
            last = found[-1][0] if found else last

    def decided(self) -> Iterator[LifeRow]:
        """Yield every row of the run with what its call would change, in the order of files and rows."""
        with self._store.reading() as connection:
            run = run_book.run_record(run_book.named(connection, self._run_id))
            files = {file.id: file for file in run_book.files_of(connection, self._seq)}
        single = (
            LifeRow(run, report_row(row, files[row.file]), readable(row.payload), changes_of(row))
            for row in paged(self._store, rows.c.run == self._seq)
        )
        yield from merge(single, self._decided_together(run, files), key=lambda each: each.row.row_id)

    def _decided_together(self, run: RunRecord, files: Mapping[int | None, FileRecord]) -> Iterator[LifeRow]:
        last = 0
        while True:
            with self._store.reading() as connection:
                after = (unchanged.c.run == self._seq) & (unchanged.c.id > last)
                found = next(unchanged_rows.records(connection, after), None)
                those = list(_life_rows(connection, found, range(found.count), run, files)) if found else []
            if found is None:
                return
            yield from those
            last = found.first

    def visits(self) -> Iterator[Visit]:
        """Yield when the visits are whose reminders the run's open calls would set. Memory is a page."""
        last = 0
        found: list[Any] = [()]
        while found:
            with self._store.reading() as connection:
                found = fetched(connection, _REMINDING, {"seq": self._seq, "last": last})
            for _, planned, payload, body, accepted in found:
                values = readable(payload) if planned == Action.CREATE else {}
                if planned == Action.UPDATE:
                    values = {**readable(accepted or b"{}"), **readable(body or b"{}")}
                yield visit_of(values)
            last = found[-1][0] if found else last

    def refused(self, codes: Collection[bytes]) -> Iterator[Found]:
        """Yield the invalid rows with a phone that have problems, of which one may have one of these codes; most runs have none."""
        last = 0
        while True:
            with self._store.reading() as connection:
                found = connection.execute(_REFUSED, {"seq": self._seq, "last": last}).all()
            if not found:
                return
            yield from (row for row in found if any(code in row.problems for code in codes))
            last = found[-1].id

    def payloads(self, row_ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what these rows say, each with its id."""
        with self._store.reading() as connection:
            for some in slices(row_ids):
                for row in connection.execute(select(rows.c.id, rows.c.payload).where(rows.c.id.in_(some))):
                    yield row.id, readable(row.payload)

    def people(self) -> int:
        """Return how many phones the run's open calls may text at once; a call of which only the uuid is known counts as one."""
        with self._store.reading() as connection:
            whom = func.coalesce(rows.c.phone, reminders.c.phone, rows.c.call_uuid)
            query = select(func.count(distinct(whom))).outerjoin_from(
                rows, reminders, reminders.c.key_hash == rows.c.lane
            )
            open_calls = and_(rows.c.run == self._seq, rows.c.due.is_not(None), rows.c.planned.in_(TEXTING))
            return connection.execute(query.where(open_calls)).scalar_one()
