"""
Many rows at once: which of a chunk repeat what their reminders were last told and stand together, and the uuids of them.

A search for each row costs more than reading all reminders once where a file names a good part of them, as it does every
night. Which way is taken is found out by the sizes of the files before (``is_worth_it``); both find the same. What is read at
once is kept as arrays: 60 bytes a reminder.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    null,
    select,
)

from importer.ledger.integrity import quick_seals, refuse_unsealed
from importer.ledger.known_reminders import reminder_of
from importer.ledger.store import blob, damaged, fetched, slices, where_in
from importer.ledger.tables import files, reminders
from importer.ledger.unchanged_rows import OPEN_WIDTH, Together, keep
from importer.model.chunks import NO_START, Search, at
from importer.model.planned_calls import NAMES_END, Candidate, lanes_of_keys
from importer.model.statuses import Action, ReminderState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.model.chunks import StagedColumns
    from importer.model.planned_calls import Known, Verdict
    from importer.model.records import Reminder
    from importer.model.staged_files import StagedRow


LATEST: Final = 50
"""So many files are looked at for how large one may be."""

PART: Final = 5
"""A file that may name one in so many of the reminders is worth reading all of them."""

_COLUMNS: Final = (
    "SELECT key_hash, fingerprint, seal, starts_at, CASE WHEN located_by = row_id THEN location END, state, in_doubt"
    " FROM reminders WHERE key_hash"
)
_UUIDS: Final = "SELECT key_hash, uuid, state FROM reminders WHERE key_hash"
PAGE: Final = 20_000


def _paged(*columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(reminders.c.id, *columns).where(reminders.c.id > bindparam("last")).order_by(reminders.c.id).limit(PAGE)
    )


_SURE: Final = _paged(
    reminders.c.key_hash,
    reminders.c.fingerprint,
    reminders.c.seal,
    reminders.c.starts_at,
    case((reminders.c.located_by == reminders.c.row_id, reminders.c.location), else_=null()),
).where(
    reminders.c.state == literal_column(f"'{ReminderState.ACTIVE.value}'"),
    reminders.c.in_doubt.is_(None),
    reminders.c.starts_at.is_not(None),
    func.length(reminders.c.key_hash) == literal_column(str(OPEN_WIDTH)),
    func.length(reminders.c.fingerprint) == literal_column(str(OPEN_WIDTH)),
)
_ALL_UUIDS: Final = _paged(reminders.c.key_hash, reminders.c.uuid, reminders.c.state).where(
    func.length(reminders.c.key_hash) == literal_column(str(OPEN_WIDTH))
)


def _pages(connection: Connection, query: Select[Any]) -> Iterator[list[Any]]:
    """
    Yield what a query of ``_paged`` finds, a page at a time, in plain tuples.

    Columns are taken from a page one by one: ``zip`` of so many rows makes the collector look through the whole program.
    """
    last = 0
    while found := fetched(connection, query, {"last": last}):
        yield found
        last = found[-1][0]


class Held(NamedTuple):
    """
    What rows must say to repeat what their reminders were told; and seals, -1 where a reminder has none.

    ``starts``: UTC seconds, ``NO_START`` where the reminder is not known or wants thought.
    """

    fingerprints: np.ndarray
    starts: np.ndarray
    locations: Sequence[str | None]
    seals: np.ndarray


def is_worth_it(connection: Connection) -> bool:
    """Whether a file may name so many of the reminders that all of them are better read at once."""
    latest = select(files.c.rows).order_by(files.c.id.desc()).limit(LATEST).subquery()
    largest = int(connection.execute(select(func.max(latest.c.rows))).scalar() or 0)
    return _newest(connection) <= PART * largest


class SureReminders:
    """Reminders that are on and not in doubt, looked up for many rows: all read once, or each searched for."""

    def __init__(self, connection: Connection) -> None:
        self._all: _Columns | None = _Columns(connection) if is_worth_it(connection) else None

    def of(self, connection: Connection, lanes: Sequence[bytes]) -> Held:
        """Return what is held of each lane."""
        if self._all is not None:
            return self._all.of(lanes)
        found: dict[bytes, tuple[Any, ...]] = {}
        for some in slices(lanes):
            for lane, mark, seal, starts_at, location, state, in_doubt in where_in(connection, _COLUMNS, some):
                is_sure = state == ReminderState.ACTIVE.value and in_doubt is None and starts_at is not None
                if is_sure and mark is not None and len(mark) == OPEN_WIDTH:
                    found[bytes(lane)] = (mark, starts_at, location, -1 if seal is None else seal)
        nothing = (bytes(OPEN_WIDTH), NO_START, None, -1)
        marks, starts, locations, seals = zip(*(found.get(lane, nothing) for lane in lanes), strict=True)
        return Held(
            np.frombuffer(b"".join(marks), dtype=np.uint64).reshape(-1, 2),
            np.array(starts, dtype=np.int64),
            locations,
            np.array(seals, dtype=np.int64),
        )


_NAME: Final = np.dtype((np.void, OPEN_WIDTH))


def _names(names: Sequence[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(names), dtype=_NAME)


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(reminders.c.id))).scalar() or 0)


class _Filled:
    """A column that is read page by page into its place, and so held once. ``most``: rows that it has room for; more may come."""

    def __init__(self, most: int, dtype: Any) -> None:
        self._array, self._count = np.empty(most, dtype), 0

    def add(self, page: np.ndarray) -> None:
        """Put a page behind what is there; texts may be wider than those before."""
        if self._count + len(page) > len(self._array):
            # Who only reads may meet what another run has added meanwhile.
            self._array = np.concatenate([self.whole, page])
        elif page.dtype.kind in "SO" and page.dtype != self._array.dtype:
            self._array = self._array.astype(np.result_type(page, self._array))
        self._array[self._count : self._count + len(page)] = page
        self._count += len(page)

    @property
    def whole(self) -> np.ndarray:
        """What was added."""
        return self._array[: self._count]


class _Columns:
    """All of them, column by column."""

    def __init__(self, connection: Connection) -> None:
        most = _newest(connection) + 1
        lanes, marks = _Filled(most, _NAME), _Filled(most, _NAME)
        seals, starts, places = _Filled(most, np.int64), _Filled(most, np.int64), _Filled(most, np.int32)
        self._locations: dict[str | None, int] = {None: 0}
        number_of = self._locations.setdefault
        for page in _pages(connection, _SURE):
            lanes.add(_names([row[1] for row in page]))
            marks.add(_names([row[2] for row in page]))
            seals.add(np.array([-1 if row[3] is None else row[3] for row in page]))
            starts.add(np.array([row[4] for row in page]))
            places.add(np.array([number_of(row[5], len(self._locations)) for row in page]))
        self._search = Search(lanes.whole)
        # Behind the last one stands what is held of a lane that is not there.
        marks.add(_names([bytes(OPEN_WIDTH)]))
        for column, nothing in ((starts, NO_START), (seals, -1), (places, 0)):
            column.add(np.array([nothing]))
        self._marks = marks.whole.view(np.uint64).reshape(-1, 2)
        self._starts, self._seals, self._places = starts.whole, seals.whole, places.whole
        self._names = [*self._locations]

    def of(self, lanes: Sequence[bytes]) -> Held:
        """Return what is held of each lane."""
        at = self._search.places(lanes)
        locations = [self._names[number] for number in self._places[at].tolist()]
        return Held(self._marks[at], self._starts[at], locations, self._seals[at])


_ACTIVE: Final = ReminderState.ACTIVE.value
_BOOKS: Final = (Action.UPSERT.value, Action.CREATE.value)


def keep_together(  # noqa: PLR0913 - which rows, where they belong, and what is asked of them
    connection: Connection,
    known: SureReminders,
    columns: StagedColumns,
    repeats: Callable[[np.ndarray, np.ndarray], np.ndarray],
    marks: Sequence[bytes],
    *,
    seq: int,
    file_id: int,
    first: int,
) -> np.ndarray:
    """
    Write the rows of a chunk that repeat what is known as one record; return their places in the chunk (rising).

    ``repeats``: which of these fingerprints say what others say. ``marks``: the fingerprint of each row. ``first``: the id of
    the first row of the chunk. Rows stay out that name a uuid, have a problem, or take place elsewhere than before.

    Raises:
        LedgerError: what is known of one of them is damaged.
    """
    action = next((name for name in _BOOKS if (columns["actions"] == name).any()), None)
    if action is None:
        return np.empty(0, dtype=np.int64)
    phones, ids, uuids = columns["phones"], columns["external_event_ids"], columns["uuids"]
    may_be = np.flatnonzero((columns["actions"] == action) & columns["is_plain"]).tolist()
    may_be = [one for one in may_be if phones[one] and ids[one] and not uuids[one]]
    lanes = lanes_of_keys([phones[one] for one in may_be], [ids[one] for one in may_be])
    if not may_be:
        return np.empty(0, dtype=np.int64)
    held = known.of(connection, lanes)
    said = np.frombuffer(b"".join([marks[one] for one in may_be]), dtype=np.uint64).reshape(-1, 2)
    starts = np.array(
        [NO_START if (start := columns["starts_at"][one]) is None else start for one in may_be], dtype=np.int64
    )
    locations = columns["locations"]
    stay = [not (mine := locations[one]) or mine == its for one, its in zip(may_be, held.locations, strict=True)]
    kept = np.flatnonzero(repeats(said, held.fingerprints) & (starts == held.starts) & (starts != NO_START) & stay)
    if not len(kept):
        return np.empty(0, dtype=np.int64)
    places, lanes = np.array(may_be)[kept], [lanes[one] for one in kept.tolist()]
    _refuse_broken(lanes, [marks[one] for one in places.tolist()], held.seals[kept].tolist())
    chosen = places.tolist()
    defaulted, warnings = columns["defaulted"], columns["warnings"]
    keep(
        connection,
        seq=seq,
        file_id=file_id,
        action=action,
        row_ids=first + places,
        numbers=columns["numbers"][places],
        lanes=lanes,
        cells=[at(column, places) for column in columns["cells"]()],
        members=[[texts[place] for place in chosen] for texts in columns["members"]],
        defaulted=[NAMES_END.join(defaulted[place]) for place in chosen],
        locations=[locations[place] or "" for place in chosen],
        warnings=["" if (told := warnings[place]) == _NOTHING else told.decode() for place in chosen],
    )
    return places


def _refuse_broken(lanes: Sequence[bytes], marks: Sequence[bytes], seals: Sequence[int]) -> None:
    """Raise ``LedgerError`` where what is known of one of these active reminders is not what was written."""
    for found, seal in zip(quick_seals(lanes, marks), seals, strict=True):
        if seal >= 0 and seal >> 32 != found:
            raise damaged("what it knows of an appointment is not what was written")


_NOTHING: Final = b"[]"


_HELD_NAMES: Final = tuple(column.name for column in reminders.columns)
_HELD: Final = f"SELECT {', '.join(_HELD_NAMES)} FROM reminders WHERE key_hash"  # noqa: S608 - the names are our own


def held_of(connection: Connection, lanes: Iterable[bytes]) -> dict[bytes, Reminder]:
    """Return the reminders of these lanes, without the row that changed each last. ``LedgerError``: one is damaged."""
    found: dict[bytes, Reminder] = {}
    for some in slices(lanes):
        for one in where_in(connection, _HELD, list(map(blob, some))):
            said = dict(zip(_HELD_NAMES, one, strict=True))
            refuse_unsealed(said)
            found[said["key_hash"]] = reminder_of(SimpleNamespace(**said, number=None))
    return found


def moves(  # noqa: PLR0913, PLR0917 - rows in columns, and what is asked of them
    connection: Connection,
    moved: Callable[[Reminder, Candidate], Verdict | None],
    staged: Sequence[StagedRow],
    lanes: Sequence[bytes | None],
    marks: Sequence[bytes],
    known: Mapping[bytes, Known],
) -> dict[int, Verdict]:
    """
    Return, by their places, the updates of rows that change what is known, as far as they need no thought.

    ``known``: what is known of the lanes. As with ``easy``, they hold so long as no other row of the run names the appointment.
    """
    wanted = []
    for place, (row, lane, mark) in enumerate(zip(staged, lanes, marks, strict=True)):
        held = known.get(lane) if lane is not None else None
        if held is None or held.state != _ACTIVE or held.in_doubt is not None or held.fingerprint == mark:
            continue
        if row.status is None and not row.conditional and not row.uuid:
            wanted.append((place, row, lane, mark))
    reminded = held_of(connection, {lane for _, _, lane, _ in wanted if lane is not None})
    found = ((place, moved(reminded[lane], _candidate(row, mark))) for place, row, lane, mark in wanted if lane)
    return {place: verdict for place, verdict in found if verdict is not None}


def _candidate(row: StagedRow, mark: bytes) -> Candidate:
    return Candidate(
        row_id=0,
        number=row.number,
        file="",
        action=Action(row.action) if row.action else None,
        phone=row.phone,
        external_event_id=row.external_event_id,
        uuid=row.uuid,
        payload=row.payload,
        defaulted=frozenset(row.defaulted),
        starts_at=row.starts_at,
        invalid=False,
        conditional=row.conditional,
        fingerprint=mark,
    )


class Uuids:
    """The uuids of reminders for rows that have none of their own, looked up for many rows, and whether the visits are on."""

    def __init__(self, connection: Connection, rows: int) -> None:
        newest = _newest(connection)
        self._search: Search | None = None
        if rows and newest <= PART * rows:
            lanes, uuids, on = _Filled(newest, _NAME), _Filled(newest, "S1"), _Filled(newest, bool)
            for page in _pages(connection, _ALL_UUIDS):
                lanes.add(_names([row[1] for row in page]))
                uuids.add(_narrow([row[2] for row in page]))
                on.add(np.array([row[3] in _ON for row in page]))
            self._search, self._uuids, self._on = Search(lanes.whole), uuids.whole, on.whole

    def of(self, connection: Connection, record: Together) -> tuple[list[str | None], list[bool]]:
        """Return the uuid of the reminder of each row of a record, None where there is none, and whether it is on."""
        if self._search is not None and (packed := record.open_lanes) is not None:
            places = self._search.places_of(packed)
            if places.min(initial=0) >= 0:  # else some have another name since
                found = self._uuids[places].tolist()
                return [one.decode() if one else None for one in found], self._on[places].tolist()
        held: dict[bytes, tuple[str | None, bool]] = {}
        for some in slices(record.lanes):
            for lane, uuid, state in where_in(connection, _UUIDS, some):
                held[bytes(lane)] = (uuid, state in _ON)
        nothing = (None, False)
        told = [held.get(lane, nothing) for lane in record.lanes]
        return [uuid for uuid, _ in told], [is_on for _, is_on in told]


MOST_NARROW: Final = 64


def _narrow(uuids: Sequence[str | None]) -> np.ndarray:
    """Return uuids as an array of bytes, each as wide as the widest: a third of what texts take. None is empty."""
    told = [uuid or "" for uuid in uuids]
    joined = "".join(told)
    # An array takes zeros off an end, and grows by the longest.
    if joined.isascii() and "\0" not in joined and max(map(len, told), default=0) <= MOST_NARROW:
        return np.array(told, dtype=bytes)
    return np.array([uuid.encode() for uuid in told], dtype=object)


_ON: Final = frozenset({ReminderState.ACTIVE.value, ReminderState.UNCERTAIN.value})


def starts_of(connection: Connection, lanes: Collection[bytes]) -> dict[bytes, int | None]:
    """Return the starts (UTC seconds) of the reminders of these lanes."""
    query = "SELECT key_hash, starts_at FROM reminders WHERE key_hash"
    return {bytes(lane): starts_at for some in slices(lanes) for lane, starts_at in where_in(connection, query, some)}


_OF_PHONE: Final = "phone"
_DIGITS_OF_1: Final = 10


def phone_of(body: Mapping[str, Any]) -> str | None:
    """Return the phone of a body in E.164: one that is sent in ten digits is a number with +1."""
    phone = body.get(_OF_PHONE)
    return f"+1{phone}" if phone and len(phone) == _DIGITS_OF_1 and phone.isdigit() else phone
