"""
Rows that repeat what is known, kept by the chunk: how they are packed, and what every reader of rows asks of them.

A nightly file is mostly such rows. One record holds those of one chunk, column by column and compressed: their ids and numbers,
their lanes, the cells of the sheet, and the members of their bodies. They are UNCHANGED, without a uuid of their own, without
problem or warning, and alone in naming their appointment within the run: one that another row of the run names too goes back
among the single rows before the plan is whole (``unfold``). Nothing of them is ever left to send.

Whoever asks which rows a run has asks here, too. A run without such rows has no record, which costs one look into an index.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, select, update

from importer.errors import LedgerError
from importer.ledger.store import damaged, reads_columns, unreadable
from importer.ledger.tables import unchanged
from importer.model.chunks import Distinct, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.tables import Found


LEVEL: Final = 1
"""Of the compression; a higher one saves a tenth of the bytes and takes three times as long."""

OPEN_WIDTH: Final = 16
KEYED_WIDTH: Final = 21
_LENGTH_BYTES: Final = 4
_WIDTHS: Final = (("<u1", 1 << 8), ("<u2", 1 << 16), ("<u4", 1 << 32))
_NUMBER: Final = '"externalEventId":'


ALL: Final[ColumnElement[bool]] = unchanged.c.size > 0
"""The condition that every record meets."""


def pack(columns: Sequence[Distinct]) -> bytes:
    """Return columns of texts of one length as bytes. ``unpack`` gives them back."""
    texts, places, widths = [], [], []
    for column in columns:
        texts.append(column.texts.tolist())
        kind = next(kind for kind, most in _WIDTHS if len(column.texts) <= most)
        widths.append("" if column.places is None else kind)
        if column.places is not None:
            places.append(column.places.astype(kind).tobytes())
    told = orjson.dumps([widths, texts])
    return zlib.compress(b"".join((len(told).to_bytes(_LENGTH_BYTES, "little"), told, *places)), LEVEL)


@reads_columns
def unpack(packed: bytes, rows_there: int) -> list[Distinct]:
    """Return the columns that ``pack`` was given. ``LedgerError``: they are not what was written."""
    data = _inflated(packed)
    begin = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    widths, texts = orjson.loads(data[_LENGTH_BYTES:begin])
    columns = []
    for kind, told in zip(widths, texts, strict=True):
        values = np.array([*told, None], dtype=object)[:-1]
        places = None
        if kind:
            places = np.frombuffer(data, dtype=kind, count=rows_there, offset=begin)
            begin += places.nbytes
        columns.append(Distinct(values, places))
    return columns


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        raise unreadable() from None


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


class Together:
    """A record of such rows. All arrays and lists have an entry a row, in their order."""

    def __init__(self, row: Found) -> None:
        self._row = row
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
        at = np.flatnonzero(np.isin(self.beginnings, wanted.beginnings))
        return [place for place in at.tolist() if self.lane(place) in wanted.lanes]

    @cached_property
    def cells(self) -> list[Distinct]:
        """The columns of the sheet, as typed; none once they were purged."""
        return unpack(self._row.cells, self.count)

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
        """The bodies that a create would carry, as JSON."""
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
        """The numbers of the appointments."""
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


class Search:
    """Names of 16 bytes, which stand one behind the other, found by their first halves."""

    def __init__(self, names: bytes | np.ndarray) -> None:
        halves = np.frombuffer(names, dtype=np.uint64).reshape(-1, 2)
        self._order = np.argsort(halves[:, 0], kind="stable").astype(np.int32)
        self._firsts = halves[:, 0][self._order]
        self._seconds = halves[:, 1]

    def places(self, names: Sequence[bytes]) -> np.ndarray:
        """Return where each name stands (int64), -1 for one that is not there and for one in 2**64 that is."""
        return self.places_of(b"".join(names))

    def places_of(self, names: bytes) -> np.ndarray:
        """Return the same for names that stand one behind the other."""
        wanted = np.frombuffer(names, dtype=np.uint64).reshape(-1, 2)
        if not len(self._firsts):
            return np.full(len(wanted), -1)
        near = np.minimum(np.searchsorted(self._firsts, wanted[:, 0]), len(self._firsts) - 1)
        place = self._order[near].astype(np.int64)
        place[(self._firsts[near] != wanted[:, 0]) | (self._seconds[place] != wanted[:, 1])] = -1
        return place

    def have(self, names: Sequence[bytes]) -> list[bool]:
        """Return whether each name is there; longer ones never are."""
        blank = bytes(OPEN_WIDTH)
        found = self.places([name if len(name) == OPEN_WIDTH else blank for name in names]) >= 0
        return list(found.tolist())


class Wanted:
    """Appointments that rows are searched for. ``lanes``: their names; ``beginnings``: the first 8 bytes of each (uint64)."""

    def __init__(self, lanes: Collection[bytes]) -> None:
        self.lanes = frozenset(lanes)
        self.beginnings = np.frombuffer(b"".join(lane[:8] for lane in self.lanes), dtype=np.uint64)


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


def has_any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    """Whether there is a record that meets the condition."""
    return bool(connection.execute(select(exists().where(condition))).scalar_one())


def counts(connection: Connection, condition: ColumnElement[bool]) -> dict[int, int]:
    """Return how many such rows the runs have, by their place in the order of runs."""
    query = select(unchanged.c.run, func.sum(unchanged.c.size)).where(condition).group_by(unchanged.c.run)
    return {seq: int(count) for seq, count in connection.execute(query)}


def count_of(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Return how many such rows there are."""
    return sum(counts(connection, condition).values())


def newest(connection: Connection) -> int:
    """Return the highest id of such a row, 0 where there is none."""
    last = connection.execute(select(unchanged.c.last).order_by(unchanged.c.id.desc()).limit(1)).scalar()
    return int(last or 0)


def records(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Together]:
    """Yield the records, in the order of their first rows; memory is a record."""
    last = 0
    query = select(unchanged).where(condition, unchanged.c.id > bindparam("behind")).order_by(unchanged.c.id).limit(1)
    while (row := connection.execute(query, {"behind": last}).first()) is not None:
        last = row.id
        yield Together(row)


_NAMES: Final = tuple(unchanged.c[name] for name in unchanged.c.keys() if name not in {"beside", "cells", "bodies"})  # noqa: SIM118


def names(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Together]:
    """Yield the records without what their rows say, in the order of their first rows."""
    last = 0
    query = select(*_NAMES).where(condition, unchanged.c.id > bindparam("behind")).order_by(unchanged.c.id).limit(20)
    while found := connection.execute(query, {"behind": last}).all():
        last = found[-1].id
        yield from map(Together, found)


def named(connection: Connection, condition: ColumnElement[bool], lanes: Iterable[bytes | str]) -> set[bytes]:
    """Return those of the appointments that such rows name; by a uuid they name none."""
    wanted, found = Wanted([lane for lane in lanes if isinstance(lane, bytes)]), set[bytes]()
    for record in names(connection, condition) if wanted.lanes else ():
        found.update(map(record.lane, record.naming(wanted)))
    return found


def lanes_of(connection: Connection, condition: ColumnElement[bool]) -> Search | None:
    """Return what finds the appointments that such rows name, None where there are no such rows."""
    packed = [record.open_lanes or b"".join(record.lanes) for record in names(connection, condition)]
    return Search(b"".join(packed)) if packed else None


def with_lanes(
    connection: Connection, lanes: Collection[bytes], condition: ColumnElement[bool] = ALL
) -> Iterator[tuple[Together, list[int]]]:
    """Yield the records with rows that name these appointments, each with the places of these rows in it."""
    wanted = Wanted(lanes)
    if not wanted.lanes:
        return
    found = [(one.first, at) for one in names(connection, condition) if (at := one.naming(wanted))]
    for first, at in found:
        yield next(records(connection, unchanged.c.id == first)), at


def with_numbers(
    connection: Connection, condition: ColumnElement[bool], numbers: Iterable[int]
) -> Iterator[tuple[Together, list[int]]]:
    """Yield the records with rows that have these numbers, each with the places of these rows in it."""
    wanted = np.fromiter(numbers, dtype=np.int64)
    found = [(record.first, np.flatnonzero(np.isin(record.numbers, wanted))) for record in names(connection, condition)]
    for first, at in found:
        if len(at):
            yield next(records(connection, unchanged.c.id == first)), at.tolist()


def at(column: Distinct, places: np.ndarray) -> Distinct:
    """Return a column's texts at these places."""
    if column.places is None:
        return Distinct(column.texts[places], None)
    return Distinct(column.texts, column.places[places])


def follow(connection: Connection, moved: Mapping[bytes, bytes], condition: ColumnElement[bool] = ALL) -> None:
    """Let rows whose appointment has another name by now stand under that; ``moved``: old -> new."""
    wanted = Wanted(moved)
    for record in names(connection, condition) if moved else ():
        if record.naming(wanted):
            write_lanes(connection, record, [moved.get(lane, lane) for lane in record.lanes])


def write_lanes(connection: Connection, record: Together, lanes: Sequence[bytes]) -> None:
    """Write the names of the appointments of a record anew."""
    connection.execute(update(unchanged).where(unchanged.c.id == record.first).values(_packed_lanes(lanes)))


def rewrite(
    connection: Connection, record: Together, bodies: Sequence[bytes], warnings: Callable[[bytes], bytes]
) -> None:
    """Let the rows of a record have other bodies and warnings, and no cells any more."""
    nothing = [""] * record.count
    told = [text and warnings(text.encode()).decode() for text in record.warnings.column.tolist()]
    values = {
        "beside": _packed(nothing, nothing, told),
        "cells": pack(()),
        "bodies": _packed([f"{body[1:-1].decode()}," for body in bodies]),
    }
    connection.execute(update(unchanged).where(unchanged.c.id == record.first).values(values))


def verified(connection: Connection) -> tuple[int, list[str]]:
    """Return how many such rows there are, and what is wrong with them, each sentence once."""
    count, faults = 0, set()
    for record in records(connection, ALL):
        count += record.count
        try:
            is_whole = len(record.lanes) == len(record.row_ids) == len(record.bodies) == record.count
            is_whole = is_whole and all(len(column.column) == record.count for column in record.beside)
            is_whole = is_whole and record.row_ids[0] == record.first and record.row_ids[-1] == record.last
            is_whole = is_whole and all(len(column.column) == record.count for column in record.cells)
        except LedgerError:
            is_whole = False
        if not is_whole:
            faults.add("Rows that repeat what was known are not what was written.")
    return count, sorted(faults)
