"""
Rows that repeat what is known, kept by the chunk: how they are packed, and what every reader of rows asks of them.

A nightly file is mostly such rows. One record holds those of one chunk, column by column and compressed: their ids and numbers,
their lanes, the cells of the sheet, and the members of their bodies. They are UNCHANGED, without a uuid of their own, without
problem or warning, and alone in naming their appointment within the run: one that another row of the run names too goes back
among the single rows before the plan is whole (``unfold``). Nothing of them is ever left to send.

Whoever asks which rows a run has asks here, too. A run without such rows has no record, which costs one look into an index.

A record of a run that is old may be *folded*: cells and bodies are gone, of warnings is left of what kind they are, and the ids of the
reminders stand in the place of the lanes, of which few bytes are left once they are compressed. Which row named which appointment is
known as before. A reminder keeps its id whatever it is called later, so the lanes of a folded record are those of today.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from importer.ledger.store import damaged, reads_columns, slices, unreadable, where_in
from importer.ledger.tables import reminders, runs, unchanged
from importer.model.chunks import LEVEL, NAME_BYTES, Distinct, Search, at, distinct, inflated, pack, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.tables import Found


FOLDED_WIDTH: Final = 0
OPEN_WIDTH: Final = NAME_BYTES
KEYED_WIDTH: Final = 21
_NUMBER: Final = '"externalEventId":'
_STEPS: Final = ("<i1", "<i2", "<i4", "<i8")
_SMALLEST: Final = 9


ALL: Final[ColumnElement[bool]] = unchanged.c.size > 0
"""The condition that every record meets."""

IS_WHOLE: Final[ColumnElement[bool]] = unchanged.c.width > FOLDED_WIDTH
"""The condition of records that are not folded."""


unpack: Final = reads_columns(unpacked)
"""As ``unpacked``. ``LedgerError``: the columns are not what was written."""

_inflated: Final = reads_columns(inflated)


def _packed_places(row_ids: np.ndarray, numbers: np.ndarray) -> bytes:
    # Both rise by one from row to row nearly everywhere, which takes no room as differences.
    both = [np.diff(one, prepend=0).astype("<i8").tobytes() for one in (row_ids, numbers)]
    return zlib.compress(b"".join(both), LEVEL)


def _packed_lanes(lanes: Sequence[bytes]) -> dict[str, Any]:
    """Return the columns of a record that its lanes make."""
    if set(map(len, lanes)) <= {OPEN_WIDTH}:
        width, packed = OPEN_WIDTH, b"".join(lanes)
    else:
        width = KEYED_WIDTH
        packed = b"".join(bytes([len(lane)]) + lane.ljust(KEYED_WIDTH - 1, b"\0") for lane in lanes)
    return {"width": width, "lanes": packed, "seal": zlib.crc32(packed)}


def _packed_ids(ids: np.ndarray) -> dict[str, Any]:
    """Return the columns that stand in the place of the lanes where a record is folded."""
    steps = np.diff(ids, prepend=0)
    kind = next(kind for kind in _STEPS if np.iinfo(kind).min <= steps.min() and steps.max() <= np.iinfo(kind).max)
    packed = kind.encode() + zlib.compress(steps.astype(kind).tobytes(), _SMALLEST)
    return {"width": FOLDED_WIDTH, "lanes": packed, "seal": zlib.crc32(packed)}


class Together:
    """
    A record of such rows. All arrays and lists have an entry a row, in their order.

    ``connection``: where the lanes of a folded record are looked up.
    """

    def __init__(self, row: Found, connection: Connection) -> None:
        self._row = row
        self._connection = connection
        self.first: int = row.id
        self.last: int = row.last
        self.run: int = row.run
        self.file: int = row.file
        self.count: int = row.size
        self.action: str = row.action

    @cached_property
    def _places(self) -> np.ndarray:
        data = _inflated(self._row.places)
        if len(data) != 2 * 8 * self.count:
            raise unreadable()
        places: np.ndarray = np.frombuffer(data, dtype="<i8").reshape(2, self.count).cumsum(axis=1)
        return places

    @property
    def row_ids(self) -> np.ndarray:
        """Ids of the rows (int64), rising."""
        ids: np.ndarray = self._places[0]
        return ids

    @property
    def numbers(self) -> np.ndarray:
        """Numbers of the rows in their sheet (int64)."""
        numbers: np.ndarray = self._places[1]
        return numbers

    @property
    def is_folded(self) -> bool:
        """Whether what its rows said is gone."""
        return bool(self._row.width == FOLDED_WIDTH)

    @cached_property
    def reminder_ids(self) -> np.ndarray:
        """The ids of the reminders that the rows of a folded record named (int64)."""
        kind, packed = bytes(self._row.lanes[:3]).decode(errors="replace"), self._row.lanes[3:]
        if zlib.crc32(self._row.lanes) != self._row.seal or kind not in _STEPS:
            raise damaged("the names of folded rows are not what was written")
        steps = np.frombuffer(_inflated(packed), dtype=kind)
        if len(steps) != self.count:
            raise damaged("the names of folded rows are not what was written")
        return steps.astype(np.int64).cumsum()

    @cached_property
    def _held(self) -> list[tuple[bytes, str | None]]:
        """The lane and the number of each reminder that the rows of a folded record named; no number of a purged run."""
        query = "SELECT id, key_hash, external_event_id FROM reminders WHERE id"
        purged = self._connection.execute(select(runs.c.purged_at).where(runs.c.seq == self.run)).scalar() is not None
        found = {
            its_id: (bytes(lane), None if purged else number)
            for some in slices(self.reminder_ids.tolist())
            for its_id, lane, number in where_in(self._connection, query, some)
        }
        if not found.keys() >= set(self.reminder_ids.tolist()):
            raise damaged("an appointment that folded rows named is not there")
        return [found[one] for one in self.reminder_ids.tolist()]

    def only(self, places: Sequence[int]) -> Together:
        """Return a folded record as if it had the rows at these places alone."""
        where = np.array(places)
        parts = {
            **_packed_ids(self.reminder_ids[where]),
            "places": _packed_places(self.row_ids[where], self.numbers[where]),
            "beside": pack([at(column, where) for column in self.beside]),
        }
        row: Any = SimpleNamespace(**{**self._row._asdict(), "size": len(where), **parts})
        return Together(row, self._connection).looked_up()

    def looked_up(self) -> Together:
        """Return the record once all that it needs of the connection was read."""
        if self.is_folded:
            _ = self._held
        return self

    @cached_property
    def _lanes(self) -> np.ndarray:
        """The lanes as they are kept: one row of bytes each."""
        row = self._row
        if zlib.crc32(row.lanes) != row.seal or len(row.lanes) != row.width * self.count:
            raise damaged("the names of unchanged rows are not what was written")
        return np.frombuffer(row.lanes, dtype=np.uint8).reshape(self.count, row.width)

    @property
    def beginnings(self) -> np.ndarray:
        """The first 8 bytes of the lanes (uint64, in the machine's order)."""
        begin = 0 if self._row.width == OPEN_WIDTH else 1
        return np.ascontiguousarray(self._lanes[:, begin : begin + 8]).view(np.uint64).ravel()

    def lane(self, place: int) -> bytes:
        """Return the lane of the row at a place among these."""
        if self.is_folded:
            return self._held[place][0]
        kept: bytes = self._lanes[place].tobytes()
        return kept if self._row.width == OPEN_WIDTH else kept[1 : 1 + kept[0]]

    @cached_property
    def lanes(self) -> list[bytes]:
        """The lanes."""
        if (packed := self.open_lanes) is not None:
            return [packed[at : at + OPEN_WIDTH] for at in range(0, len(packed), OPEN_WIDTH)]
        return list(map(self.lane, range(self.count)))

    @property
    def open_lanes(self) -> bytes | None:
        """The lanes one behind the other, None where one of them is not of ``OPEN_WIDTH``."""
        return self._lanes.tobytes() if self._row.width == OPEN_WIDTH else None

    def naming(self, wanted: Wanted) -> list[int]:
        """Return the places of the rows that name one of these appointments."""
        if self.is_folded:
            return np.flatnonzero(np.isin(self.reminder_ids, wanted.reminder_ids)).tolist()
        at = np.flatnonzero(np.isin(self.beginnings, wanted.beginnings))
        return [place for place in at.tolist() if self.lane(place) in wanted.lanes]

    @cached_property
    def cells(self) -> list[Distinct]:
        """The columns of the sheet, as typed; none once they were purged or folded."""
        return [] if self.is_folded else unpack(self._row.cells, self.count)

    @cached_property
    def members(self) -> list[Distinct]:
        """Columns whose texts, joined within a row, are the members of its body."""
        return unpack(self._row.bodies, self.count)

    @cached_property
    def beside(self) -> list[Distinct]:
        """Columns of ``defaulted``, ``locations`` and ``warnings``."""
        return unpack(self._row.beside, self.count)

    @cached_property
    def bodies(self) -> list[bytes]:
        """The bodies that a create would carry, as JSON; ``{}`` once they were folded."""
        if self.is_folded:
            return [b"{}"] * self.count
        columns = [column.column.tolist() for column in self.members]
        return [f"{{{''.join(members)[:-1]}}}".encode() for members in zip(*columns, strict=True)]

    @property
    def defaulted(self) -> list[str]:
        """The names of the fields that the profile filled, ``NAMES_END`` between them."""
        return list(self.beside[0].column.tolist())

    @property
    def locations(self) -> list[str]:
        """Where the appointments take place, "" where no row says so."""
        return list(self.beside[1].column.tolist())

    @cached_property
    def external_event_ids(self) -> list[str | None]:
        """The numbers of the appointments; of a folded record those of today."""
        if self.is_folded:
            return [number for _, number in self._held]
        for column in self.members:
            texts = column.texts.tolist()
            if any(text.startswith(_NUMBER) for text in texts):
                with suppress(orjson.JSONDecodeError):  # the column holds whole bodies
                    told = _numbers(texts)
                    return list(column.spread(np.array([*told, ""], dtype=object)[:-1]).tolist())
        return [orjson.loads(body).get("externalEventId") for body in self.bodies]

    @property
    def warnings(self) -> Distinct:
        """The warnings of the rows as JSON, "" where a row has none."""
        return self.beside[2]

    def cells_of(self, place: int) -> tuple[str, ...]:
        """Return the cells of one row."""
        return tuple(column.texts[place if column.places is None else column.places[place]] for column in self.cells)


def _numbers(members: list[str]) -> list[str | None]:
    """Return the numbers that these members of bodies say, None where one says none. ``JSONDecodeError``: one says more."""
    # Within a text its quotes have a backslash before them, so that a member is found wherever it begins.
    found: list[str | None] = orjson.loads(f"[{''.join(members).replace(_NUMBER, '')[:-1]}]")
    if len(found) == len(members) and "" not in members:
        return found
    return [orjson.loads(text[len(_NUMBER) : -1]) if text.startswith(_NUMBER) else None for text in members]


class Wanted:
    """Appointments that rows are searched for. ``lanes``: their names; ``beginnings``: the first 8 bytes of each (uint64)."""

    def __init__(self, lanes: Collection[bytes], connection: Connection) -> None:
        self.lanes = frozenset(lanes)
        self.beginnings = np.frombuffer(b"".join(lane[:8] for lane in self.lanes), dtype=np.uint64)
        self._connection = connection

    @cached_property
    def reminder_ids(self) -> np.ndarray:
        """The ids of their reminders (int64), as far as they have some."""
        query = select(reminders.c.id)
        found = (self._connection.execute(query.where(reminders.c.key_hash.in_(some))) for some in slices(self.lanes))
        return np.array([one for ids in found for one in ids.scalars()], dtype=np.int64)


def keep(  # noqa: PLR0913 - what a record is made of, all by name
    connection: Connection,
    *,
    seq: int,
    file_id: int,
    action: str,
    row_ids: np.ndarray,
    numbers: np.ndarray,
    lanes: Sequence[bytes],
    cells: Sequence[Distinct],
    members: Sequence[Sequence[str]],
    defaulted: Sequence[str],
    locations: Sequence[str],
    warnings: Sequence[str],
) -> None:
    """Write a record. ``members``: columns whose texts, joined within a row, are the members of its body, each with a comma."""
    connection.execute(
        insert(unchanged).values(
            id=int(row_ids[0]),
            last=int(row_ids[-1]),
            run=seq,
            file=file_id,
            size=len(lanes),
            action=action,
            places=_packed_places(row_ids, numbers),
            cells=pack(cells),
            beside=_packed(defaulted, locations, warnings),
            bodies=_packed(*members),
            **_packed_lanes(lanes),
        )
    )


def _packed(*columns: Sequence[str]) -> bytes:
    return pack([distinct(np.array(column, dtype=object)) for column in columns])


def counts(connection: Connection, condition: ColumnElement[bool]) -> dict[int, int]:
    """Return how many such rows the runs have, by their place in the order of runs."""
    query = select(unchanged.c.run, func.sum(unchanged.c.size)).where(condition).group_by(unchanged.c.run)
    return {seq: int(count) for seq, count in connection.execute(query)}


def count_of(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Return how many such rows there are."""
    return sum(counts(connection, condition).values())


def records(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Together]:
    """Yield the records, in the order of their first rows; memory is a record."""
    last = 0
    query = select(unchanged).where(condition, unchanged.c.id > bindparam("behind")).order_by(unchanged.c.id).limit(1)
    while (row := connection.execute(query, {"behind": last}).first()) is not None:
        last = row.id
        yield Together(row, connection).looked_up()


_NAMES: Final = tuple(unchanged.c[name] for name in unchanged.c.keys() if name not in {"beside", "cells", "bodies"})  # noqa: SIM118


def names(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Together]:
    """Yield the records without what their rows say, in the order of their first rows."""
    last = 0
    query = select(*_NAMES).where(condition, unchanged.c.id > bindparam("behind")).order_by(unchanged.c.id).limit(20)
    while found := connection.execute(query, {"behind": last}).all():
        last = found[-1].id
        yield from (Together(row, connection) for row in found)


def named(connection: Connection, condition: ColumnElement[bool], lanes: Iterable[bytes | str]) -> set[bytes]:
    """Return those of the appointments that such rows name; by a uuid they name none."""
    wanted, found = Wanted([lane for lane in lanes if isinstance(lane, bytes)], connection), set[bytes]()
    for record in names(connection, condition) if wanted.lanes else ():
        found.update(map(record.lane, record.naming(wanted)))
    return found


def lanes_of(connection: Connection, condition: ColumnElement[bool]) -> Search | None:
    """Return what finds the appointments that such rows name, None where there are no such rows."""
    packed = [
        record.open_lanes or b"".join(lane for lane in record.lanes if len(lane) == OPEN_WIDTH)
        for record in names(connection, condition)
    ]
    return Search(b"".join(packed)) if packed else None


def with_lanes(
    connection: Connection, lanes: Collection[bytes], condition: ColumnElement[bool] = ALL
) -> Iterator[tuple[Together, list[int]]]:
    """Yield the records with rows that name these appointments, each with the places of these rows in it."""
    wanted = Wanted(lanes, connection)
    if not wanted.lanes:
        return
    found = [(one.first, places) for one in names(connection, condition) if (places := one.naming(wanted))]
    yield from (_with(connection, first, places) for first, places in found)


def with_numbers(
    connection: Connection, condition: ColumnElement[bool], numbers: Iterable[int]
) -> Iterator[tuple[Together, list[int]]]:
    """Yield the records with rows that have these numbers, each with the places of these rows in it."""
    wanted = np.fromiter(numbers, dtype=np.int64)
    found = [(one.first, np.flatnonzero(np.isin(one.numbers, wanted)).tolist()) for one in names(connection, condition)]
    yield from (_with(connection, first, places) for first, places in found if places)


def _with(connection: Connection, first: int, places: list[int]) -> tuple[Together, list[int]]:
    """Return a record and places in it; of a folded one only the rows at these places."""
    row = connection.execute(select(unchanged).where(unchanged.c.id == first)).one()
    record = Together(row, connection)
    return (record.only(places), list(range(len(places)))) if record.is_folded else (record, places)


def follow(connection: Connection, moved: Mapping[bytes, bytes], condition: ColumnElement[bool] = ALL) -> None:
    """Let rows whose appointment has another name by now stand under that; ``moved``: old -> new."""
    wanted = Wanted(moved, connection)
    # A folded record knows its reminders whatever they are called.
    for record in names(connection, condition & IS_WHOLE) if moved else ():
        if record.naming(wanted):
            write_lanes(connection, record, [moved.get(lane, lane) for lane in record.lanes])


def write_lanes(connection: Connection, record: Together, lanes: Sequence[bytes]) -> None:
    """Write the names of the appointments of a record anew."""
    _write(connection, record, _packed_lanes(lanes))


def rewrite(
    connection: Connection, record: Together, bodies: Sequence[bytes], warnings: Callable[[bytes], bytes]
) -> None:
    """Let the rows of a record have other bodies and warnings, and no cells any more."""
    values = {"cells": pack(()), "bodies": _packed([f"{body[1:-1].decode()}," for body in bodies])}
    _write(connection, record, values | {"beside": _beside(record, warnings)})


def fold(
    connection: Connection, record: Together, reminder_ids: Sequence[int], warnings: Callable[[bytes], bytes]
) -> None:
    """Fold a record. ``reminder_ids``: of its rows; ``warnings``: makes of warnings what is left of them."""
    values = {"cells": b"", "bodies": b"", "beside": _beside(record, warnings)}
    _write(connection, record, values | _packed_ids(np.array(reminder_ids, dtype=np.int64)))


def _beside(record: Together, warnings: Callable[[bytes], bytes]) -> bytes:
    nothing = [""] * record.count
    return _packed(
        nothing, nothing, [text and warnings(text.encode()).decode() for text in record.warnings.column.tolist()]
    )


def _write(connection: Connection, record: Together, values: Mapping[str, Any]) -> None:
    connection.execute(update(unchanged).where(unchanged.c.id == record.first).values(values))
