"""The rows of a run that want planning, appointment by appointment, and what is planned for them; and those that leave their chunk for it."""

from __future__ import annotations

import sys
from array import array
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from sqlalchemy import Connection, bindparam, case, delete, insert, select, update

from importer.ledger import unchanged_rows
from importer.ledger.appointment_lookup import WHOSE, own_lane, owners_of
from importer.ledger.drafts.draft_store import bind
from importer.ledger.integrity import refuse_unseen, seal
from importer.ledger.known_at_once import phone_of, starts_of
from importer.ledger.known_reminders import reminder_of, reminders_of
from importer.ledger.row_staging import LEFT_OUT, add_notes, changes_of
from importer.ledger.run_records import OfRun, has_together, is_planned
from importer.ledger.store import Store, damaged, fetched, many, slices
from importer.ledger.tables import Found, files, reminders, rows, runs, unchanged
from importer.ledger.unchanged_rows import Together, keep
from importer.model.chunks import at
from importer.model.planned_calls import (
    NAMES_END,
    Candidate,
    Lane,
    Verdict,
    fingerprints,
    lane_of_key,
    lane_of_uuid,
    says_off,
)
from importer.model.records import Key
from importer.model.statuses import Action, ReminderState, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.ledger.drafts.draft_values import Draft


PAGE: Final = 2_000
SCAN: Final = 20_000

_VERDICT = (
    update(rows)
    .where(rows.c.id == bindparam("row_id"))
    .values(
        {
            name: bindparam(f"its_{name}")
            for name in (
                "state", "status", "planned", "call_uuid", "body", "call_starts_at", "repeated", "after",
                "due", "changes", "settled_at", "code",
            )
        }
    )
)  # fmt: skip
_FOLLOWED = update(rows).where(rows.c.id == bindparam("row_id")).values(followed=True)
# A call planned upon an earlier call of its lane says nothing certain about the reminder as a whole, should that fail.
_NOT_ALL = update(rows).where(rows.c.id == bindparam("row_id")).values(fingerprint=b"")
_REPEATS = (
    update(reminders)
    .where(
        reminders.c.key_hash == select(rows.c.lane).where(rows.c.id == bindparam("row_id")).scalar_subquery(),
        reminders.c.state == ReminderState.ACTIVE.value,
        reminders.c.in_doubt.is_(None),
    )
    .values(fingerprint=select(rows.c.fingerprint).where(rows.c.id == bindparam("row_id")).scalar_subquery())
)
_LANE = update(rows).where(rows.c.id == bindparam("row_id")).values(lane=bindparam("its_lane"))


_SCAN = (
    select(rows.c.id, rows.c.lane, case((rows.c.state == RowState.STAGED.value, 1), else_=0))
    # What a person left out asks for nothing.
    .where(rows.c.run == bindparam("seq"), rows.c.id > bindparam("last"), rows.c.code != LEFT_OUT)
    .order_by(rows.c.id)
    .limit(SCAN)
)


def _groups(store: Store, seq: int) -> Iterator[np.ndarray]:
    """Yield the row ids of each such appointment, in the order of their first rows."""
    ids, names, staged = array("q"), array("Q"), bytearray()
    for page_ids, lanes_of_page, states in _scan(store, seq):
        ids.extend(page_ids)
        # A row without identity is alone. Eight bytes of a lane are enough to group by: a false twin is only looked at.
        names.frombytes(
            b"".join(
                [
                    lane[:8] if lane else row_id.to_bytes(8, sys.byteorder)
                    for row_id, lane in zip(page_ids, lanes_of_page, strict=True)
                ]
            )
        )
        staged.extend(states)
    with store.reading() as connection:
        together = unchanged_rows.names(connection, unchanged.c.run == seq) if has_together(connection, seq) else ()
        for record in together:
            ids.frombytes(record.row_ids.tobytes())
            names.frombytes(record.beginnings.tobytes())
            staged.extend(bytes(record.count))
    if not ids:
        return
    row_ids, lanes, want = (
        np.frombuffer(one, dtype=kind) for one, kind in ((ids, np.int64), (names, np.uint64), (staged, np.bool_))
    )
    # By appointments, and within one by ids, which those that stand together come behind.
    order = np.argsort(lanes, kind="stable") if (np.diff(row_ids) > 0).all() else np.lexsort((row_ids, lanes))
    sorted_names = lanes[order]
    starts = np.flatnonzero(np.concatenate(([True], sorted_names[1:] != sorted_names[:-1])))
    sizes = np.diff(np.append(starts, len(order)))
    thought = np.logical_or.reduceat(want[order], starts) | (sizes > 1)
    wanted = np.flatnonzero(thought)
    for group in wanted[np.argsort(row_ids[order[starts[wanted]]], kind="stable")]:
        yield row_ids[order[starts[group] : starts[group] + sizes[group]]]


def _scan(store: Store, seq: int) -> Iterator[tuple[Sequence[int], Sequence[bytes | None], Sequence[int]]]:
    """Yield ids, lanes and whether the rows are staged, a page of the run at a time."""
    last = 0
    while True:
        with store.reading() as connection:
            found = fetched(connection, _SCAN, {"seq": seq, "last": last})
        if not found:
            return
        ids, lanes_of_page, states = zip(*found, strict=True)
        yield ids, lanes_of_page, states
        last = ids[-1]


def _pages(groups: Iterator[np.ndarray]) -> Iterator[list[list[int]]]:
    page: list[list[int]] = []
    size = 0
    for group in groups:
        page.append(group.tolist())
        size += len(group)
        if size >= PAGE:
            yield page
            page, size = [], 0
    if page:
        yield page


def _not_single(connection: Connection, row_ids: list[int]) -> set[int]:
    """Return those of the rows that stand together with others."""
    left = set(row_ids)
    for some in slices(row_ids):
        left.difference_update(connection.execute(select(rows.c.id).where(rows.c.id.in_(some))).scalars())
    return left


def _page(connection: Connection, row_ids: list[int]) -> Iterator[Lane]:
    found: dict[int, Found] = {}
    for some in slices(row_ids):
        query = select(rows, files.c.name.label("file_name")).join(files, files.c.id == rows.c.file)
        found |= {row.id: row for row in connection.execute(query.where(rows.c.id.in_(some)))}
    by_lane: dict[bytes | int, list[Found]] = {}
    for row_id in row_ids:
        row = found[row_id]
        by_lane.setdefault(row.lane or row.id, []).append(row)
    held = reminders_of(connection, [lane for lane in by_lane if isinstance(lane, bytes)])
    for lane, members in by_lane.items():
        if len(members) > 1 or members[0].state == RowState.STAGED:
            known = held.get(lane) if isinstance(lane, bytes) else None
            yield Lane(
                known=reminder_of(known) if known is not None else None,
                rows=tuple(_candidate(member) for member in members),
            )


def _candidate(row: Found) -> Candidate:
    return Candidate(
        row_id=row.id,
        number=row.number,
        file=row.file_name,
        action=Action(row.action) if row.action else None,
        phone=row.phone,
        external_event_id=row.external_event_id,
        uuid=row.uuid,
        payload=row.payload,
        defaulted=frozenset(row.defaulted.split(NAMES_END)) if row.defaulted else frozenset(),
        starts_at=row.starts_at,
        invalid=row.status == Status.INVALID,
        conditional=row.conditional,
        fingerprint=row.fingerprint,
        off=row.status == Status.INVALID and says_off(row.action, row.problems),
    )


def _join_names(store: Store, seq: int) -> None:
    """
    Bring rows that name one appointment in different ways into one lane.

    Rows with the same uuid belong together, and with them the rows of a phone and number that stand beside it. Where
    the ledger knows that phone and number, its lane is the one, so that a contradiction comes to light; else the
    uuid's own where a row knows no more of it, until a call that names both was sent. Of invalid rows only those join
    that say that their visit is off.
    """
    with store.writing() as connection:
        # What only invalid rows have, and few of them a uuid.
        told = case((rows.c.status == Status.INVALID.value, rows.c.problems)).label("problems")
        query = select(*WHOSE, rows.c.status, rows.c.action, told).where(
            rows.c.run == seq, rows.c.uuid.is_not(None), rows.c.lane.is_not(None), rows.c.code != LEFT_OUT
        )
        of_uuid: dict[str, list[Found]] = {}
        for row in connection.execute(query.order_by(rows.c.id)):
            if row.status != Status.INVALID or says_off(row.action, row.problems):
                of_uuid.setdefault(row.uuid, []).append(row)
        off = {row.uuid for members in of_uuid.values() for row in members if row.status == Status.INVALID}
        owners = owners_of(connection, off)
        named = {row.lane for members in of_uuid.values() for row in members}
        known = reminders_of(connection, named.union(owners.values()))
        moved: dict[bytes, bytes] = {}
        strays = []
        for uuid, members in of_uuid.items():
            lane = owners.get(uuid) or _common(uuid, [row.lane for row in members], known)
            strays += [{"row_id": row.id, "its_lane": lane} for row in members if row.lane != lane]
            if lane == lane_of_uuid(uuid):
                own = {own_lane(row.phone, row.external_event_id, uuid) for row in members}
                moved |= {name: lane for name in own if name is not None and name != lane}
        numbered = reminders_of(connection, moved)
        moved = {name: lane for name, lane in moved.items() if name not in numbered}
        many(connection, _LANE, strays)
        if moved:
            found = connection.execute(select(rows.c.id, rows.c.lane).where(rows.c.run == seq)).all()
            beside = [{"row_id": row.id, "its_lane": moved[row.lane]} for row in found if row.lane in moved]
            many(connection, _LANE, beside)


def _common(uuid: str, lanes_named: Sequence[bytes], known: Mapping[bytes, Found]) -> bytes:
    """Return the one lane of rows with this uuid."""
    bare = lane_of_uuid(uuid)
    return next((lane for lane in lanes_named if lane in known), bare if bare in lanes_named else lanes_named[0])


def _verdict(verdict: Verdict, at: float) -> dict[str, Any]:
    call = verdict.call
    return {
        "row_id": verdict.row_id,
        "its_state": (RowState.SETTLED if call is None else RowState.READY).value,
        "its_status": verdict.status.value if verdict.status else None,
        "its_planned": verdict.action.value if verdict.action else None,
        "its_call_uuid": call.uuid if call else None,
        # A create's body is the row's payload; it is not kept twice.
        "its_body": call.body if call and call.action is not Action.CREATE else None,
        "its_call_starts_at": call.starts_at if call else None,
        "its_repeated": bool(call and call.repeated),
        "its_after": call.after if call else None,
        "its_due": call.due if call else None,
        "its_changes": changes_of(verdict) if verdict.changes else None,
        "its_settled_at": None if call else at,
        "its_code": "",
    }


HELD: Final = reminders.c.accepted.label("held")
"""What the API holds of the appointment that a row means, as far as its answers told."""
HELD_START: Final = reminders.c.starts_at.label("held_start")


def fingerprint(connection: Connection, seq: int) -> str:
    """
    Return a hash over the run's open calls, the same whatever the order of the rows of different appointments.

    What is known of their appointments is part of it: a change from one start to another is not the same one once the
    appointment was moved meanwhile.
    Each appointment's calls are hashed in their order; the sum of these hashes does not depend on the order of the
    appointments.
    """
    columns = (rows.c.lane, rows.c.planned, rows.c.call_uuid, rows.c.body, rows.c.payload, HELD)
    query = select(*columns).outerjoin(reminders, reminders.c.key_hash == rows.c.lane)
    query = query.where(rows.c.run == seq, rows.c.due.is_not(None)).order_by(rows.c.lane, rows.c.id)
    total = 0
    calls = connection.execute(query, execution_options={"yield_per": PAGE})
    for lane, some in groupby(calls, attrgetter("lane")):
        digest = lane
        for row in some:
            digest = sha256(digest + call_of(row)).digest()
        total += int.from_bytes(digest, "big")
    return f"{total % (1 << 256):064x}"


def call_of(row: Found) -> bytes:
    """Return what a row's request says: action, uuid and body; and the values that its appointment has before it."""
    body = row.payload if row.body is None else row.body
    return orjson.dumps([row.planned, row.call_uuid, (body or b"").decode(), (row.held or b"").decode()])


class Plan(OfRun):
    """The plan of a run: the appointments that want a verdict, the verdicts, and whether it is whole."""

    def lanes(self) -> Iterator[Lane]:
        """
        Yield every appointment of the run that more than one row names, or whose row wants thought.

        Memory: 17 bytes a row of the run, and a page of rows.
        """
        _join_names(self._store, self._seq)
        for page in _pages(_groups(self._store, self._seq)):
            row_ids = [row_id for group in page for row_id in group]
            with self._store.reading() as connection:
                together = _not_single(connection, row_ids)
            if together:
                with self._store.writing() as connection:
                    unfold(connection, together)
            with self._store.reading() as connection:
                found = list(_page(connection, row_ids))
            yield from found

    def record(self, verdicts: Sequence[Verdict], *, at: float) -> None:
        """Write what planning decided, whole lanes at a time, and the sentences that it adds."""
        with self._store.writing() as connection:
            many(connection, _VERDICT, [_verdict(verdict, at) for verdict in verdicts])
            calls = [verdict for verdict in verdicts if verdict.call]
            many(connection, _NOT_ALL, [{"row_id": v.row_id} for v in calls if v.call and v.call.after])
            repeats = [verdict.row_id for verdict in verdicts if verdict.repeats]
            many(connection, _REPEATS, [{"row_id": row_id} for row_id in repeats])
            for some in slices(repeats):
                lanes = connection.execute(select(rows.c.lane).where(rows.c.id.in_(some), rows.c.lane.is_not(None)))
                seal(connection, reminders.c.key_hash, lanes.scalars().all())
            after = {verdict.call.after for verdict in verdicts if verdict.call and verdict.call.after is not None}
            many(connection, _FOLLOWED, [{"row_id": row_id} for row_id in sorted(after)])
            add_notes(connection, {verdict.row_id: verdict.notes for verdict in verdicts if verdict.notes})
            add_notes(connection, {verdict.row_id: () for verdict in verdicts if verdict.drops_problems}, drops=True)

    def is_whole(self) -> bool:
        """Whether every row is staged and every lane has its verdicts."""
        with self._store.reading() as connection:
            return is_planned(connection, self._seq)

    def fingerprint(self) -> str:
        """Return a hash over the run's open calls; the order of different appointments does not change it."""
        with self._store.reading() as connection:
            return fingerprint(connection, self._seq)

    def commit(self, *, reviewed: str | None = None, draft: Draft | None = None) -> bool:
        """
        Declare the plan whole: every row is staged and every lane has its verdicts. Only now may calls be sent.

        ``reviewed``: the fingerprint of the plan that a person has seen, compared in the same transaction. False: the
        calls are others, and nothing was written. ``draft``: the draft that is sent thereby, and may not have changed since.

        Raises:
            LedgerError: a known appointment would be booked again, because an index or a lane is damaged.
            AssertionError: a row has no verdict, which is a fault of the caller.
        """
        left = select(rows.c.id).where(rows.c.run == self._seq, rows.c.state == RowState.STAGED.value).limit(1)
        with self._store.writing() as connection:
            if reviewed is not None and fingerprint(connection, self._seq) != reviewed:
                return False
            if connection.execute(left).first() is not None:
                raise AssertionError("a row of the run was not planned")
            refuse_unseen(connection, self._seq)
            if draft is not None and not bind(connection, draft.seq, draft.version, self._run_id):
                return False
            connection.execute(update(runs).where(runs.c.seq == self._seq).values(planned=True))
            return True


def unfold(connection: Connection, row_ids: Iterable[int]) -> int:
    """Let these rows stand among the single ones, as if they had been written so; return how many they were."""
    asked = np.unique(np.fromiter(row_ids, dtype=np.int64))
    moved = 0
    while len(asked):
        holder = connection.execute(
            select(unchanged).where(unchanged.c.id <= int(asked[0]), unchanged.c.last >= int(asked[0]))
        ).first()
        if holder is None:
            asked = asked[1:]
            continue
        record = Together(holder, connection)
        mine = np.isin(record.row_ids, asked)
        asked = asked[asked > record.last]
        if mine.any():
            moved += int(mine.sum())
            _write_single(connection, record, np.flatnonzero(mine).tolist())
            _keep_rest(connection, record, np.flatnonzero(~mine))
    return moved


_SINGLE: Final = (
    "id", "run", "file", "number", "state", "status", "lane", "conditional", "action", "phone", "external_event_id",
    "starts_at", "fingerprint", "defaulted", "payload", "problems", "warnings", "cells", "location",
)  # fmt: skip
_WRITE: Final = insert(rows).values({name: bindparam(f"its_{name}") for name in _SINGLE})


def _write_single(connection: Connection, record: Together, places: Sequence[int]) -> None:
    held = starts_of(connection, [record.lane(place) for place in places])
    values = []
    for place in places:
        lane, body = record.lane(place), record.bodies[place]
        said, names = orjson.loads(body), record.defaulted[place]
        phone, number = phone_of(said), record.external_event_ids[place]
        if not phone or not number or lane_of_key(Key(phone, number)) != lane:
            raise damaged("a row that repeats what was known does not name its appointment")
        one = {
            "id": int(record.row_ids[place]),
            "run": record.run,
            "file": record.file,
            "number": int(record.numbers[place]),
            "state": RowState.SETTLED.value,
            "status": Status.UNCHANGED.value,
            "lane": lane,
            "conditional": False,
            "action": record.action,
            "phone": phone,
            "external_event_id": number,
            "starts_at": held.get(lane),
            "fingerprint": fingerprints([body], [tuple(names.split(NAMES_END)) if names else ()])[0],
            "defaulted": names,
            "payload": body,
            "problems": b"[]",
            "warnings": (record.warnings.column[place] or "[]").encode(),
            "cells": orjson.dumps(record.cells_of(place)),
            "location": record.locations[place] or None,
        }
        values.append({f"its_{name}": value for name, value in one.items()})
    many(connection, _WRITE, values)


def _keep_rest(connection: Connection, record: Together, left: np.ndarray) -> None:
    """Write a record anew with the rows at these places."""
    connection.execute(delete(unchanged).where(unchanged.c.id == record.first))
    if not len(left):
        return
    defaulted, locations, warnings = (at(column, left).column.tolist() for column in record.beside)
    keep(
        connection,
        seq=record.run,
        file_id=record.file,
        action=record.action,
        row_ids=record.row_ids[left],
        numbers=record.numbers[left],
        lanes=[record.lane(place) for place in left.tolist()],
        cells=[at(column, left) for column in record.cells],
        members=[at(column, left).column.tolist() for column in record.members],
        defaulted=defaulted,
        locations=locations,
        warnings=warnings,
    )
