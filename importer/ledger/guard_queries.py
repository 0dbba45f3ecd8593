"""What the guards compare with: appointments that move, double bookings, earlier files, what a snapshot should name; and held calls."""

from __future__ import annotations

from itertools import groupby, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, false, func, null, or_, select, update

from importer.ledger import run_records as run_book
from importer.ledger import unchanged_rows
from importer.ledger.call_queue import block
from importer.ledger.row_staging import add_notes
from importer.ledger.run_records import OfRun
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, files, reminders, rows, runs, unchanged
from importer.model.records import Ahead, Move, OtherPlace, is_purged
from importer.model.staged_files import EarlierFile
from importer.model.statuses import Action, ReminderState, RowState, RunState, Status
from importer.problems.guard_kinds import OF_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.ledger.store import Store
    from importer.model.issues import Issue
    from importer.model.records import RunRecord
    from importer.model.statuses import Hold

PAGE: Final = 5_000
_STANDS: Final = (ReminderState.ACTIVE.value, ReminderState.UNCERTAIN.value)
_DESCRIBES: Final = (Action.CREATE.value, Action.UPSERT.value)


def _described(seq: int, but_files: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition for rows that say how a known appointment is, joined with its reminder."""
    return and_(
        rows.c.run == seq,
        rows.c.action.in_(_DESCRIBES),
        rows.c.file.not_in(but_files),
        or_(rows.c.status == Status.UNCHANGED.value, rows.c.planned == Action.UPDATE.value),
        reminders.c.state == ReminderState.ACTIVE.value,
        reminders.c.starts_at.is_not(None),
    )


def describes(row: Found) -> bool:
    """Whether a row, with ``held_state`` and ``held_start`` of its reminder, says how a known appointment is."""
    return (
        row.action in _DESCRIBES
        and (row.status == Status.UNCHANGED.value or row.planned == Action.UPDATE.value)
        and row.held_state == ReminderState.ACTIVE.value
        and row.held_start is not None
    )


def move_of(row: Found) -> Move | None:
    """Return how such a row, with what is ``held`` of its reminder, moves it; None where it does not."""
    if not describes(row) or row.planned != Action.UPDATE.value or row.call_starts_at is None:
        return None
    return Move(row.call_starts_at - row.held_start, _when(row.held), _when(row.body))


_JOINED: Final = rows.join(reminders, reminders.c.key_hash == rows.c.lane)
_MOVED: Final = and_(rows.c.planned == Action.UPDATE.value, rows.c.call_starts_at.is_not(None))


def _when(body: bytes | None) -> tuple[str, str]:
    said = orjson.loads(body or b"{}")
    return said.get("eventDateTime", ""), said.get("subscriberTimeZone", "")


def _creates(table: Any, seq: int) -> ColumnElement[bool]:
    return and_(
        table.c.run == seq,
        table.c.due.is_not(None),
        table.c.planned == Action.CREATE.value,
        table.c.state == RowState.READY.value,
        table.c.phone.is_not(None),
        table.c.starts_at.is_not(None),
    )


def _beside_known(connection: Connection, seq: int) -> dict[int, OtherPlace]:
    if connection.execute(select(reminders.c.id).limit(1)).first() is None:
        return {}
    met = connection.execute(_meetings(seq)).all()
    if not met:
        return {}
    together = _named_by_files(connection, seq, {row.key_hash for row in met})
    found: dict[int, OtherPlace] = {}
    for row in met:
        if (row.sha256, row.key_hash) not in together:
            number = "" if is_purged(row.external_event_id) else row.external_event_id or ""
            place = OtherPlace(row.number, row.file_name or "", number, row.known_by)
            found.setdefault(row.id, place)
    return found


# Other sides of joins; made once, because SQLAlchemy works out the columns of each for a millisecond.
_HOLDER: Final = reminders.alias("held")
_LEAVING: Final = rows.alias("leaving")
_ORIGIN: Final = rows.alias("origin")
_OWN: Final = files.alias("own")
_OTHER: Final = files.alias("other")


def _meetings(seq: int) -> Select[Any]:
    """Return the query for creates beside a reminder of the same phone and start that the run leaves there."""
    goes = and_(_LEAVING.c.planned == Action.UPDATE.value, _LEAVING.c.call_starts_at != _HOLDER.c.starts_at)
    left = (
        select(_LEAVING.c.lane)
        .join(_HOLDER, _HOLDER.c.key_hash == _LEAVING.c.lane)
        .where(
            _LEAVING.c.run == seq,
            _LEAVING.c.due.is_not(None),
            or_(_LEAVING.c.planned == Action.CANCEL.value, goes),
        )
    )
    return (
        select(
            rows.c.id, _OWN.c.sha256, reminders.c.key_hash, reminders.c.external_event_id,
            reminders.c.run.label("known_by"), _ORIGIN.c.number, _OTHER.c.name.label("file_name"),
        )
        .select_from(rows)
        .join(reminders, and_(reminders.c.phone == rows.c.phone, reminders.c.starts_at == rows.c.starts_at))
        .join(_OWN, _OWN.c.id == rows.c.file)
        .outerjoin(_ORIGIN, _ORIGIN.c.id == reminders.c.row_id)
        .outerjoin(_OTHER, _OTHER.c.id == _ORIGIN.c.file)
        .where(
            _creates(rows, seq),
            reminders.c.state.in_(_STANDS),
            reminders.c.key_hash != rows.c.lane,
            reminders.c.key_hash.not_in(left),
        )
        .order_by(rows.c.id, reminders.c.id)
    )  # fmt: skip


def _named_by_files(connection: Connection, seq: int, lanes: set[bytes]) -> set[tuple[str, bytes]]:
    """Return which files, by their hash, name which of these appointments, in this run and in those it retries."""
    line = [each.seq for each in run_book.line_of(connection, seq)]
    query = (
        select(rows.c.lane, files.c.sha256, rows.c.run, rows.c.number)
        .join(files, files.c.id == rows.c.file)
        .where(rows.c.run.in_(line), rows.c.lane.is_not(None))
    )
    # A row that is invalid names its appointment all the same.
    found = [tuple(row) for row in connection.execute(query) if row.lane in lanes]
    hashes = {file.id: file.sha256 for each in line for file in run_book.files_of(connection, each)}
    found += [
        (record.lane(place), hashes[record.file], record.run, int(record.numbers[place]))
        for record, places in unchanged_rows.with_lanes(connection, lanes, unchanged.c.run.in_(line))
        for place in places
    ]
    # A row that was corrected since names what it names now.
    before = {number for _, _, run, number in found if run != seq and number}
    mine = select(files.c.sha256, rows.c.number).join(files, files.c.id == rows.c.file).where(rows.c.run == seq)
    again = {
        (row.sha256, row.number)
        for some in slices(sorted(before))
        for row in connection.execute(mine.where(rows.c.number.in_(some)))
    }
    return {(sha256, lane) for lane, sha256, run, number in found if run == seq or (sha256, number) not in again}


def _beside_other_files(connection: Connection, seq: int) -> dict[int, OtherPlace]:
    if len(connection.execute(select(files.c.id).where(files.c.run == seq).limit(2)).all()) < 2:
        return {}
    twice = (
        select(rows.c.phone, rows.c.starts_at)
        .where(_creates(rows, seq))
        .group_by(rows.c.phone, rows.c.starts_at)
        .having(func.min(rows.c.file) != func.max(rows.c.file))
        .subquery()
    )
    query = (
        select(
            rows.c.id, rows.c.phone, rows.c.starts_at, rows.c.lane, rows.c.number, rows.c.external_event_id, rows.c.file,
            files.c.name, runs.c.id.label("run_id"),
        )
        .join(twice, and_(twice.c.phone == rows.c.phone, twice.c.starts_at == rows.c.starts_at))
        .join(files, files.c.id == rows.c.file)
        .join(runs, runs.c.seq == rows.c.run)
        .where(_creates(rows, seq))
        .order_by(rows.c.phone, rows.c.starts_at, rows.c.id)
    )  # fmt: skip
    found: dict[int, OtherPlace] = {}
    for _, together in groupby(connection.execute(query), key=attrgetter("phone", "starts_at")):
        found |= _each_beside_another(list(together))
    return found


def _each_beside_another(together: list[Found]) -> dict[int, OtherPlace]:
    """Return the first row of another file for each row that has one."""
    places = {}
    for row in together:
        other = next((one for one in together if one.file != row.file and one.lane != row.lane), None)
        if other is not None:
            places[row.id] = OtherPlace(other.number, other.name, other.external_event_id or "", other.run_id)
    return places


def _released_later(found: Iterable[RunRecord]) -> dict[str, frozenset[str]]:
    """Return, by run, the codes that a retry of it let go."""
    released: dict[str, frozenset[str]] = {}
    for run in found:
        if run.parent is not None:
            released[run.parent] = released.get(run.parent, frozenset()) | run.released
    return released


def _is_held(run: RunRecord, let_go: dict[str, frozenset[str]]) -> bool:
    codes = {hold.code for hold in run.unreleased} - let_go.get(run.id, frozenset())
    return bool(codes - OF_ROWS)


# What a row that stands in no sheet was told of its cancel is not so once it is held.
_UNTOLD = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"), rows.c.number == 0, rows.c.followed.is_(false()))
    .values(warnings=b"[]")
)
_HELD = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"), rows.c.state == RowState.READY.value, rows.c.attempts == 0)
    .values(
        state=RowState.SETTLED.value,
        status=Status.HELD.value,
        code=bindparam("its_code"),
        settled_at=bindparam("its_settled_at"),
        due=null(),
    )
)


class Guards(OfRun):
    """What the guards compare a run with, and the calls of it that they hold."""

    def people(self, actions: Sequence[Action]) -> Iterator[tuple[int, str | None, str | None]]:
        """Yield (row id, phone, appointment number) of each open call with one of these actions, as row or ledger knows it."""
        phone, number = (func.coalesce(rows.c[name], reminders.c[name]) for name in ("phone", "external_event_id"))
        joined = rows.outerjoin(reminders, reminders.c.key_hash == rows.c.lane)
        query = select(rows.c.id, phone, number).select_from(joined)
        query = query.where(
            rows.c.run == self._seq, rows.c.due.is_not(None), rows.c.planned.in_(list(map(str, actions)))
        )
        with self._store.reading() as connection:
            yield from connection.execute(query)

    def ahead(self, *, after: float) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield (uuid, phone, appointment number) of each active reminder whose appointment is still to come."""
        query = select(reminders.c.uuid, reminders.c.phone, reminders.c.external_event_id).where(
            reminders.c.state == ReminderState.ACTIVE.value,
            reminders.c.uuid.is_not(None),
            reminders.c.starts_at > after,
        )
        with self._store.reading() as connection:
            yield from connection.execute(query.order_by(reminders.c.starts_at))

    def known_and_moved(self, but_files: Sequence[int] = ()) -> tuple[int, int]:
        """Return how many rows describe an appointment that is known, and how many of them give it another time."""
        with self._store.reading() as connection:
            described = select(func.count(), func.count(rows.c.call_starts_at).filter(_MOVED))
            query = described.select_from(_JOINED).where(_described(self._seq, but_files))
            known, moved = connection.execute(query).one()
            # Each of them repeats how an active appointment with a start is.
            mine = (unchanged.c.run == self._seq) & unchanged.c.file.not_in(but_files)
            together = run_book.has_together(connection, self._seq) and unchanged_rows.count_of(connection, mine)
            return known + together, moved

    def moves(self, but_files: Sequence[int] = ()) -> Iterator[Move]:
        """Yield how each of them is moved; memory is a page."""
        last = 0
        while True:
            query = (
                select(rows.c.id, rows.c.body, rows.c.call_starts_at, reminders.c.starts_at, reminders.c.accepted)
                .select_from(_JOINED)
                .where(_described(self._seq, but_files), _MOVED, rows.c.id > last)
                .order_by(rows.c.id)
                .limit(PAGE)
            )
            with self._store.reading() as connection:
                found = connection.execute(query).all()
            for row in found:
                before, after = _when(row.accepted), _when(row.body)
                yield Move(row.call_starts_at - row.starts_at, before, after)
            if len(found) < PAGE:
                return
            last = found[-1].id

    def same_time(self) -> dict[int, OtherPlace]:
        """
        Return the rows that would create an appointment for a person who has another at the same time, with its place.

        The other one is known and stays where it is, or another file of the run creates it. Rows of one file are not
        compared with each other: who writes both into one sheet means both.
        """
        with self._store.reading() as connection:
            found = _beside_known(connection, self._seq)
            return found | _beside_other_files(connection, self._seq)

    def earlier_files(self, profile: str, *, limit: int, as_of: int | None = None) -> list[EarlierFile]:
        """
        Return the whole files of the profile's latest finished runs before this one, newest first.

        ``as_of``: the place of the last run that counts, for a plan that was made then.

        Left out are reports that were fed back, parts, and files that are still held: a bad file must not become the usual.
        """
        with self._store.reading() as connection:
            query = (
                select(runs)
                .where(
                    runs.c.profile == profile,
                    runs.c.seq < (self._seq if as_of is None else as_of + 1),
                    runs.c.state == RunState.FINISHED.value,
                    runs.c.command.in_(("run", "retry")),
                )
                .order_by(runs.c.seq.desc())
                .limit(limit)
            )
            found = {row.seq: run_book.run_record(row) for row in connection.execute(query)}
            let_go = _released_later(found.values())
            usual = [each for each, run in found.items() if run.command == "run" and not _is_held(run, let_go)]
            return [
                EarlierFile(found[row.run].id, record)
                for some in slices(usual)
                for row in connection.execute(
                    select(files).where(files.c.run.in_(some)).order_by(files.c.run.desc(), files.c.id)
                )
                if (record := run_book.file_record(row)).facts is not None and record.facts.is_whole
            ]

    def hold_calls(self, holds: Sequence[Hold], *, at: float) -> int:
        """
        Settle every call of the run that was not tried yet as HELD; return how many.

        One statement does it, however many rows there are: a row with an open call has no problem of its own to keep. What
        a row that stands in no sheet was told of its cancel is not so any more.
        """
        with self._store.writing() as connection:
            told = [
                {"field": "", "code": hold.code, "value": "", "message": hold.message, "fix": hold.fix}
                for hold in holds
            ]
            held = connection.execute(
                update(rows)
                .where(
                    rows.c.run == self._seq,
                    rows.c.due.is_not(None),
                    rows.c.state == RowState.READY.value,
                    rows.c.attempts == 0,
                )
                .values(
                    state=RowState.SETTLED.value,
                    status=Status.HELD.value,
                    code=holds[0].code,
                    settled_at=at,
                    due=None,
                    problems=orjson.dumps(told),
                    warnings=case((rows.c.number == 0, b"[]"), else_=rows.c.warnings),
                )
            )
            return held.rowcount

    def hold_rows(self, notes: Mapping[int, Issue], *, at: float) -> None:
        """Settle the calls of these rows as HELD, each with its own sentence; what waits for them is blocked."""
        with self._store.writing() as connection:
            many(
                connection,
                _HELD,
                [{"row_id": row_id, "its_code": note.code, "its_settled_at": at} for row_id, note in notes.items()],
            )
            many(connection, _UNTOLD, [{"row_id": row_id} for row_id in notes])
            add_notes(connection, {row_id: (note,) for row_id, note in notes.items()})
            block(connection, list(notes))

    def remember(self, holds: Sequence[Hold]) -> None:
        """Record why calls of the run wait for a person."""
        told = orjson.dumps([list(one) for one in holds])
        with self._store.writing() as connection:
            connection.execute(update(runs).where(runs.c.seq == self._seq).values(holds=told))


SNAPSHOT_PAGE: Final = 2_000

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
            reminders.c.key_hash,
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
        together = None if unnamed_in is None else unchanged_rows.lanes_of(connection, unchanged.c.run == unnamed_in)
        found = connection.execute(query, execution_options={"yield_per": SNAPSHOT_PAGE})
        for page in [found.all()] if store.is_rehearsing else found.partitions(SNAPSHOT_PAGE):
            are_named = together.have([bytes(row.key_hash) for row in page]) if together else repeat(False)
            for row, is_named in zip(page, are_named, strict=False):
                if not is_named:
                    yield Ahead(*row[:-1])


def _unnamed(query: Select[Any], name: ColumnElement[Any], column: ColumnElement[Any], seq: int) -> Select[Any]:
    """Return the query for what no row of a run names; distinct, because SQLite then makes an index of its own for it."""
    names = select(column.label("name")).where(rows.c.run == seq, column.is_not(None)).distinct().subquery()
    return query.outerjoin(names, names.c.name == name).where(names.c.name.is_(None))
