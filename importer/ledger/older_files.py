"""
Files that came before, reports that came back: which calls of a run would undo what a newer file brought.

A file is known again by its bytes, or by what its rows say in whatever format and order. Rows have ids that rise with
every run, and a reminder knows the row that changed it last; so an older file is one that named the appointment in a
row before that one, and did not make that last change itself. The clock decides nothing here.

Who corrects the room in last week's report does not mean to move the visit back to last week's time, which stands in
the same row. What she edited is an order; what stands in the row as the run read it then is as old as that run.
"""

from __future__ import annotations

from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, func, or_, select

from importer.ledger import run_records as run_book
from importer.ledger.appointment_lookup import names_of
from importer.ledger.run_records import OfRun
from importer.ledger.store import slices
from importer.ledger.tables import Found, files, reminders, rows, runs, unchanged
from importer.ledger.unchanged_rows import names, with_numbers
from importer.model.records import Change
from importer.model.staged_files import Place
from importer.model.statuses import RESULT_COLUMNS, Action, RowState, RunState, Status
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.retention.marks import Marks
    from importer.ledger.unchanged_rows import Together
    from importer.model.staged_files import FileRecord

# Other sides of joins; made once, because SQLAlchemy works out the columns of each for a millisecond.
_OWN: Final = files.alias("own")
_THIS: Final = runs.alias("this")


class Earlier(NamedTuple):
    """
    A row as an earlier run read it.

    ``payload``: JSON bytes, the body that a create would carry. ``uuids``: those that the row named or was given.
    ``row_id``: rises from row to row and from run to run. ``marks``: of a ledger that was purged, where keyed hashes may
    stand in the payload, and no cells are left. ``is_folded``: the payload is worked out from what is known of the appointment,
    and holds perhaps more than the row gave; no cells are left.
    """

    file: FileRecord
    cells: tuple[str, ...]
    action: str
    payload: bytes
    uuids: frozenset[str]
    row_id: int
    marks: Marks | None = None
    is_folded: bool = False

    def says(self, payload: bytes) -> bool:
        """Whether the row said then what a payload says now; of a folded one, whether the payload brings nothing else."""
        if payload == self.payload:
            return True
        now, then = orjson.loads(payload), orjson.loads(self.payload)
        if self.is_folded:
            metadata = now.pop("metadata", {})
            names = [*now, *(METADATA_PREFIX + name for name in metadata)]
            return all(map(self.has, names, [*now.values(), *metadata.values()]))
        return bool(now == then or (self.marks is not None and self.marks.values(now) == then))

    def has(self, name: str, value: Any) -> bool:
        """Whether the row said this value of a field."""
        payload = orjson.loads(self.payload)
        if name.startswith(METADATA_PREFIX):
            then = (payload.get("metadata") or {}).get(name.removeprefix(METADATA_PREFIX))
        else:
            then = payload.get(name)
        return bool(then == value or (self.marks is not None and then == self.marks.value(name, value)))


def earlier_rows(
    connection: Connection, run_id: str, numbers: Collection[int], marks: Marks | None = None
) -> dict[Place, Earlier] | None:
    """Return the rows of a run with these numbers, by their place; None where this ledger knows no such run."""
    seq = connection.execute(select(runs.c.seq).where(runs.c.id == run_id)).scalar()
    if seq is None:
        return None
    files = {file.id: file for file in run_book.files_of(connection, seq)}
    columns = (
        rows.c.id,
        rows.c.file,
        rows.c.number,
        rows.c.cells,
        rows.c.action,
        rows.c.payload,
        rows.c.uuid,
        rows.c.call_uuid,
    )
    found: dict[Place, Earlier] = {}
    for some in slices(sorted(numbers)):
        query = select(*columns).where(rows.c.run == seq, rows.c.number.in_(some))
        for row_id, file_id, number, cells, action, payload, uuid, call_uuid in connection.execute(query):
            file = files[file_id]
            found[Place(file.name, file.sheet or "", number)] = Earlier(
                file=file,
                cells=tuple(orjson.loads(cells)),
                action=action,
                payload=bytes(payload),
                uuids=frozenset(one for one in (uuid, call_uuid) if one),
                row_id=row_id,
                marks=marks,
            )
    for record, places in with_numbers(connection, unchanged.c.run == seq, numbers):
        bodies = _bodies_then(connection, record, places) if record.is_folded else record.bodies
        for place in places:
            file, number = files[record.file], int(record.numbers[place])
            found[Place(file.name, file.sheet or "", number)] = Earlier(
                file=file,
                cells=record.cells_of(place),
                action=record.action,
                payload=bodies[place],
                uuids=frozenset(),
                row_id=int(record.row_ids[place]),
                marks=marks,
                is_folded=record.is_folded,
            )
    return found


def _bodies_then(connection: Connection, record: Together, places: Sequence[int]) -> dict[int, bytes]:
    """
    Return what folded rows said, by their places.

    They repeated what their reminders held then: what these hold now, where nothing was to change it since, else what the first
    row that was to change it found. After an import it may be something else, so nothing is sent that goes by it alone.
    """
    ids = dict(zip(places, record.reminder_ids[places].tolist(), strict=True))
    query = select(reminders.c.id, reminders.c.key_hash, reminders.c.accepted)
    found = (connection.execute(query.where(reminders.c.id.in_(some))) for some in slices(set(ids.values())))
    held = {row.id: row for those in found for row in those}
    later = _later_rows(connection, [bytes(row.key_hash) for row in held.values()], behind=record.first)
    bodies: dict[int, bytes] = {}
    for place, reminder_id in ids.items():
        row, row_id = held[reminder_id], int(record.row_ids[place])
        since = [one for one in later.get(bytes(row.key_hash), ()) if one.id > row_id]
        values = orjson.loads(row.accepted)
        # The first one goes before those behind it.
        for change in (change for one in reversed(since) for change in _changes(one.changes)):
            if change.field.startswith(METADATA_PREFIX):
                own = values.get("metadata") or {}
                values["metadata"] = own | {change.field.removeprefix(METADATA_PREFIX): change.before}
            else:
                values[change.field] = change.before
        bodies[place] = orjson.dumps(values)
    return bodies


def _later_rows(connection: Connection, lanes: Sequence[bytes], *, behind: int) -> dict[bytes, list[Found]]:
    """Return the rows behind an id that name these appointments, in their order, by appointment."""
    names = names_of(connection, lanes)
    query = select(rows.c.id, rows.c.lane, rows.c.changes).where(rows.c.id > behind)
    found: dict[bytes, list[Found]] = {}
    for some in slices([name for name in names if isinstance(name, bytes)]):
        for row in connection.execute(query.where(rows.c.lane.in_(some))):
            found.setdefault(names[bytes(row.lane)], []).append(row)
    return {lane: sorted(those, key=attrgetter("id")) for lane, those in found.items()}


PAGE: Final = 20_000
_KNOWN: Final = (Action.UPDATE.value, Action.CANCEL.value, Action.NO_SHOW.value)
_SENT: Final = (Status.UPDATED.value, Status.UNKNOWN.value)


class OpenCall(NamedTuple):
    """
    A call of the run to an appointment that is known.

    ``number`` 0: the cancel of one that is missing. ``last_row`` and ``last_run``: which changed the appointment last.
    """

    row_id: int
    number: int
    file: int
    lane: bytes
    changes: tuple[Change, ...]
    last_row: int
    last_run: str


class Back(NamedTuple):
    """The rows of a file that change what is known, and those of them that take a value back."""

    changes: frozenset[int]
    back: frozenset[int]


def _changes(kept: bytes | None) -> tuple[Change, ...]:
    return tuple(Change(*change) for change in orjson.loads(kept)) if kept else ()


def _same_files(connection: Connection, seq: int) -> dict[int, list[Found]]:
    """Return, by file of the run, the files of earlier runs that have its bytes or say the same, oldest first."""
    own = connection.execute(select(files.c.id, files.c.sha256, files.c.content).where(files.c.run == seq)).all()
    same = or_(
        files.c.sha256.in_([file.sha256 for file in own]), files.c.content.in_([f.content for f in own if f.content])
    )
    query = (
        select(files.c.id, files.c.run, files.c.sha256, files.c.content)
        .join(runs, runs.c.seq == files.c.run)
        .where(files.c.run < seq, runs.c.state == RunState.FINISHED.value, same)
        .order_by(files.c.id)
    )
    earlier = connection.execute(query).all()
    return {
        file.id: [one for one in earlier if one.sha256 == file.sha256 or (file.content and one.content == file.content)]
        for file in own
    }


def _undoing(connection: Connection, calls: Sequence[OpenCall], earlier: Sequence[Found]) -> set[int]:
    """
    Return the rows of a file that was there before and whose appointment something newer has changed since.

    ``earlier``: the files of earlier runs that say the same.
    """
    ours = {file.id for file in earlier}
    makers = _files_of(connection, {call.last_row for call in calls})
    others = [call for call in calls if makers.get(call.last_row) not in ours]
    first = _first_row(connection, earlier[0])
    # A missing appointment stands in none of these files; it was booked or changed after the oldest of them was read.
    found = {call.row_id for call in others if not call.number and call.last_row > first}
    left: dict[bytes, list[OpenCall]] = {}
    for call in others:
        if call.number and call.last_row > first:
            left.setdefault(call.lane, []).append(call)
    # A row that named a uuid alone stands where it was staged; the appointment may have taken its number since.
    names = names_of(connection, left)
    for file in reversed(earlier):
        if not left:
            break
        for row_id, lane, uuid in _named(connection, file):
            own = names.get(lane) or names.get(uuid) or b""
            older = [call for call in left.get(own, ()) if row_id < call.last_row]
            if older:
                found.update(call.row_id for call in left.pop(own))
    return found


def _files_of(connection: Connection, row_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in slices(row_ids):
        found |= {
            row.id: row.file for row in connection.execute(select(rows.c.id, rows.c.file).where(rows.c.id.in_(some)))
        }
    return found


def _first_row(connection: Connection, file: Found) -> int:
    firsts = (
        connection.execute(
            select(func.min(table.c.id)).where(table.c.run == file.run, table.c.file == file.id)
        ).scalar()
        for table in (rows, unchanged)
    )
    return min((one for one in firsts if one is not None), default=0)


def _named(connection: Connection, file: Found) -> Iterator[Any]:
    query = select(rows.c.id, rows.c.lane, rows.c.uuid).where(
        rows.c.run == file.run, rows.c.file == file.id, rows.c.lane.is_not(None), rows.c.number > 0
    )
    yield from connection.execute(query, execution_options={"yield_per": PAGE})
    for record in names(connection, (unchanged.c.run == file.run) & (unchanged.c.file == file.id)):
        yield from zip(record.row_ids.tolist(), record.lanes, repeat(None), strict=False)


_RUN, _FILE, _SHEET, _NUMBER = RESULT_COLUMNS[:4]
_PLACE: Final = frozenset({_RUN, _FILE, _SHEET, _NUMBER})
_LONGEST: Final = 9


def _result_places(headings: Sequence[str]) -> Mapping[str, int]:
    return {name: at for at, text in enumerate(headings) if (name := text.strip().casefold()) in _PLACE}


def _told(cells: Sequence[str], places: Mapping[str, int]) -> tuple[str, Place]:
    """Return the run and the place that a row of a report names; row 0 where it names none."""
    run, file, sheet, number = (
        str(cells[places[name]]) if places[name] < len(cells) else "" for name in (_RUN, _FILE, _SHEET, _NUMBER)
    )
    plain = number.isascii() and number.isdecimal() and len(number) <= _LONGEST
    return run, Place(file, sheet, int(number) if plain else 0)


def _is_old(call: OpenCall, action: str, then: Earlier) -> bool:
    """Whether a call brings something that nobody edited: one of its values, or without values its action."""
    if not call.changes:
        return action == then.action
    return any(then.has(one.field, one.after) for one in call.changes)


class OlderFiles(OfRun):
    """Which calls of a run would undo what a newer file brought."""

    def open_calls(self) -> list[OpenCall]:
        """Return the run's calls to known appointments that were not tried yet, in their order."""
        with self._store.reading() as connection:
            query = (
                select(
                    rows.c.id,
                    rows.c.number,
                    rows.c.file,
                    rows.c.lane,
                    rows.c.changes,
                    reminders.c.row_id,
                    reminders.c.run,
                )
                .join(reminders, reminders.c.key_hash == rows.c.lane)
                .where(
                    rows.c.run == self._seq,
                    rows.c.due.is_not(None),
                    rows.c.planned.in_(_KNOWN),
                    rows.c.state == RowState.READY.value,
                    rows.c.attempts == 0,
                )
                .order_by(rows.c.id)
            )
            return [
                OpenCall(row.id, row.number, row.file, row.lane, _changes(row.changes), row.row_id, row.run)
                for row in connection.execute(query)
            ]

    def sent_changes(self, calls: Sequence[OpenCall]) -> dict[bytes, list[tuple[Change, ...]]]:
        """
        Return, by appointment of these calls, what updates of earlier runs changed.

        Of purged runs a value is known again where it is one of the calls' own; any other one is equal to none of them.
        """
        said: dict[bytes, dict[str, list[Any]]] = {}
        for call in calls:
            for one in call.changes:
                said.setdefault(call.lane, {}).setdefault(one.field, []).extend((one.before, one.after))
        marks = self._store.marks
        with self._store.reading() as connection:
            found: dict[bytes, list[tuple[Change, ...]]] = {}
            names = names_of(connection, said)
            for some in slices([name for name in names if isinstance(name, bytes)]):
                query = select(rows.c.lane, rows.c.changes).where(
                    rows.c.lane.in_(some), rows.c.changes.is_not(None), rows.c.run < self._seq, rows.c.status.in_(_SENT)
                )
                for row in connection.execute(query):
                    lane, sent = names[bytes(row.lane)], _changes(row.changes)
                    if marks is not None:
                        sent = tuple(marks.recalled_change(one, said[lane].get(one.field, ())) for one in sent)
                    found.setdefault(lane, []).append(sent)
            return found

    def released_before(self) -> Mapping[int, frozenset[str]]:
        """Return, by file of the run, the codes of holds that a person released for the very same bytes, in the same profile."""
        with self._store.reading() as connection:
            query = (
                select(_OWN.c.id, runs.c.settings, runs.c.holds)
                .select_from(_OWN)
                .join(_THIS, _THIS.c.seq == _OWN.c.run)
                .join(files, files.c.sha256 == _OWN.c.sha256)
                .join(runs, runs.c.seq == files.c.run)
                .where(
                    _OWN.c.run == self._seq,
                    files.c.run < self._seq,
                    runs.c.profile == _THIS.c.profile,
                    runs.c.holds.is_not(None),
                )
            )
            found: dict[int, frozenset[str]] = {}
            for row in connection.execute(query):
                held = {told[0] for told in orjson.loads(row.holds)}
                released = held.intersection(orjson.loads(row.settings).get("release") or ())
                found[row.id] = found.get(row.id, frozenset()) | released
            return found

    def carried_back(self, calls: Sequence[OpenCall]) -> dict[int, str]:
        """
        Return the rows of reports that would put an unedited value over what was sent after their run had read it.

        With them stands "", or why nobody can tell: then the run's own row was folded, and what of it was edited is not known.
        """
        with self._store.reading() as connection:
            places = {file.id: _result_places(file.headings) for file in run_book.files_of(connection, self._seq)}
            asked = {call.row_id: call for call in calls if places[call.file].keys() >= _PLACE}
            told: dict[str, list[tuple[OpenCall, Place, Found]]] = {}
            for some in slices(sorted(asked)):
                query = select(rows.c.id, rows.c.action, rows.c.cells).where(rows.c.id.in_(some))
                for row in connection.execute(query):
                    run, place = _told(orjson.loads(row.cells), places[asked[row.id].file])
                    told.setdefault(run, []).append((asked[row.id], place, row))
            found: dict[int, str] = {}
            for run, those in told.items():
                then = earlier_rows(connection, run, {place.number for _, place, _ in those}, self._store.marks) or {}
                for call, place, row in those:
                    read = then.get(place)
                    if read is not None and read.is_folded:
                        found[call.row_id] = f"what row {place.number} of run {run} said is not kept any more"
                    elif read is not None and call.last_row > read.row_id and _is_old(call, row.action, read):
                        found[call.row_id] = ""
            return found

    def undoing(self, calls: Sequence[OpenCall]) -> dict[int, set[int]]:
        """Return, for each file of the run that an earlier run had, the rows that would undo what is newer."""
        with self._store.reading() as connection:
            return {
                file: _undoing(connection, [call for call in calls if call.file == file], earlier)
                for file, earlier in _same_files(connection, self._seq).items()
                if earlier
            }
