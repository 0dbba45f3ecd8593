"""
Purging: personal data of old runs and past appointments leaves the ledger, for good and in every copy of a page.

What goes: cells, bodies, answers, names, phones, numbers, metadata. What stays: uuids, states, statuses, times, places, file
names, headings, counts, and keyed hashes (``marks``) by which later rows find their appointments.

A run is purged once it ended before a moment and nothing of it is left to do. Spared are runs that are held, stopped or have
rows whose outcome is not known. An appointment is purged once it was last changed and has started before that moment, and no
run that still has its data names it.

Each run is purged in one transaction, all appointments in another, so a purge that is killed leaves what a later one goes on
with. ``owner.purge_left`` stays until freed pages are overwritten, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, func, null, or_, select, true, update

from importer.errors import UsageError
from importer.ledger import unchanged_rows
from importer.ledger.appointment_lookup import WHOSE, current_lanes
from importer.ledger.call_queue import attempts_of, history_of
from importer.ledger.drafts.draft_store import forget_drafts
from importer.ledger.drafts.draft_tables import UNSENT, drafts
from importer.ledger.integrity import seal
from importer.ledger.known_reminders import reminders_of
from importer.ledger.recovery import LEFT, in_later_runs
from importer.ledger.resolving import is_open
from importer.ledger.retention.marks import Marks
from importer.ledger.retention.old_imports import count_imports, purge_imports
from importer.ledger.retention.recall import IS_KEYED, REWRITE
from importer.ledger.retention.rewriting import overwrite_what_is_deleted, rewrite
from importer.ledger.run_records import cut_off
from importer.ledger.store import many, slices
from importer.ledger.tables import Found, claims, files, owner, reminders, rows, runs, unchanged
from importer.model.drops import ClaimState, Whereabouts
from importer.model.planned_calls import lane_of_uuid
from importer.model.records import SOURCES
from importer.model.statuses import ENDED, ReminderState, RunState, Status
from importer.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.ledger.store import Store

PAGE: Final = 2_000
_GONE: Final = "Personal data was removed from this run (importer ledger purge)."
_KNOWN: Final = tuple(state.value for state in (ReminderState.ACTIVE, *ENDED))
_SETTLED: Final = tuple(state.value for state in ClaimState if state.is_settled and state is not ClaimState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Purgeable:
    """
    What a purge would take personal data from: ``runs``, ``rows`` of them, and ``appointments``.

    ``reasons``: files of drops with a sentence why they were refused. ``drafts``: those that nobody has touched since, which
    go as a whole; the draft of a run goes with the run. ``imports``: of the page, likewise.
    Spared are runs that are ``held``, ``stopped``, or have rows whose outcome is ``unknown``. ``is_left``: freed pages
    still hold what an earlier purge that was cut off, or a draft that was forgotten, had in them.
    """

    runs: int = 0
    rows: int = 0
    appointments: int = 0
    held: int = 0
    stopped: int = 0
    unknown: int = 0
    reasons: int = 0
    is_left: bool = False
    drafts: int = 0
    imports: int = 0


class Survey(NamedTuple):
    """What a purge would do: the runs by their place in the order, and the counts that a person is told."""

    runs: tuple[tuple[int, str], ...]
    counts: Purgeable


def survey(store: Store, before: float) -> Survey:
    """
    Return what of runs that ended before a moment (UTC seconds) would be purged, and what is spared.

    Raises:
        UsageError: a run is open, so nobody knows yet what is left of it.
    """
    with store.reading() as connection:
        if (still_open := cut_off(connection)) is not None:
            raise UsageError(
                f"Run {still_open} is open: it is at work, or was cut off. Nothing was removed.",
                fix=f"When nothing is at work any more, finish it first: importer resume {still_open}",
            )
        old = connection.execute(
            select(runs.c.seq, runs.c.id, runs.c.holds)
            .where(runs.c.state == RunState.FINISHED.value, runs.c.finished_at < before, runs.c.purged_at.is_(None))
            .order_by(runs.c.seq)
        ).all()
        spared = {run.seq: why for run in old if (why := why_spared(connection, store, run)) is not None}
        chosen = tuple((run.seq, run.id) for run in old if run.seq not in spared)
        count = sum(_count(connection, some) for some in slices([seq for seq, _ in chosen]))
        appointments = sum(1 for _ in _past(connection, before, [seq for seq, _ in chosen]))
        left = bool(connection.execute(select(owner.c.purge_left)).scalar_one())
        reasons = connection.execute(select(func.count()).select_from(claims).where(*_old_reasons(before))).scalar_one()
        old_drafts = len(connection.execute(select(drafts.c.seq).where(_untouched(before))).all())
        of_page = count_imports(connection, before, [run for _, run in chosen])
        whys = list(spared.values())
    counts = Purgeable(
        runs=len(chosen),
        rows=count,
        appointments=appointments,
        held=whys.count("held"),
        stopped=whys.count("stopped"),
        unknown=whys.count("unknown"),
        reasons=int(reasons),
        is_left=left,
        drafts=old_drafts,
        imports=of_page,
    )
    return Survey(chosen, counts)


def _count(connection: Connection, seqs: Sequence[int]) -> int:
    single = connection.execute(select(func.count()).select_from(rows).where(rows.c.run.in_(seqs))).scalar_one()
    return int(single) + unchanged_rows.count_of(connection, unchanged.c.run.in_(seqs))


def why_spared(connection: Connection, store: Store, run: Found) -> str | None:
    """Return why a finished run still needs its data, None if nothing is left to do with it."""
    waits = select(claims.c.state).where(claims.c.run == run.id, claims.c.state.not_in(_SETTLED))
    state = connection.execute(waits.limit(1)).scalar()
    if state is not None:
        return {ClaimState.HELD.value: "held", ClaimState.UNKNOWN.value: "unknown"}.get(state, "stopped")
    if _has_unknown(connection, run.seq):
        return "unknown"
    for why, condition in (("held", rows.c.status == Status.HELD.value), ("stopped", LEFT)):
        found = connection.execute(select(*WHOSE).where(rows.c.run == run.seq, condition)).all()
        if not found:
            continue
        lanes = current_lanes(connection, found)
        later = in_later_runs(connection, run.seq, found, lanes, store.marks)
        if any(lane not in later for lane in lanes):
            return why
    return None


def _has_unknown(connection: Connection, seq: int) -> bool:
    query = select(*WHOSE, rows.c.planned).where(rows.c.run == seq, rows.c.status == Status.UNKNOWN.value)
    found = connection.execute(query).all()
    lanes = current_lanes(connection, found)
    held = reminders_of(connection, {lane for lane in lanes if lane})
    return any(is_open(row, lane, held) for row, lane in zip(found, lanes, strict=True))


def _past(connection: Connection, before: float, also: Sequence[int] = ()) -> Iterator[Found]:
    """
    Yield the appointments of the past that no run names which still has its data, and of which something is in clear.

    ``also``: runs that count as purged already.
    """
    named = _named(connection, set(also))
    query = select(reminders).where(
        reminders.c.state.in_(_KNOWN),
        reminders.c.in_doubt.is_(None),
        reminders.c.uuid.is_not(None),
        reminders.c.updated_at < before,
        or_(reminders.c.starts_at.is_(None), reminders.c.starts_at < before),
    )
    last = 0
    while True:
        found = connection.execute(query.where(reminders.c.id > last).order_by(reminders.c.id).limit(PAGE)).all()
        for one in found:
            # What is kept already has its form under every key.
            is_whole = one.purged and _kept_reminder(one, Marks(b"")) == _as_it_is(one)
            if bytes(one.key_hash) not in named and one.uuid not in named and not is_whole:
                yield one
        if len(found) < PAGE:
            return
        last = found[-1].id


def _named(connection: Connection, purged: set[int]) -> set[bytes | str]:
    """Return what runs that still have their data call appointments: lanes and uuids."""
    having = connection.execute(select(runs.c.seq).where(runs.c.purged_at.is_(None))).scalars()
    names: set[bytes | str] = set()
    folded: set[int] = set()
    for some in slices([seq for seq in having if seq not in purged]):
        query = select(rows.c.lane, rows.c.uuid, rows.c.call_uuid).where(rows.c.run.in_(some)).distinct()
        for lane, uuid, call_uuid in connection.execute(query, execution_options={"yield_per": PAGE}):
            names.update(one for one in (lane and bytes(lane), uuid, call_uuid) if one)
        for record in unchanged_rows.names(connection, unchanged.c.run.in_(some)):
            if record.is_folded:
                folded.update(record.reminder_ids.tolist())
            else:
                names.update(record.lanes)
    for ids in slices(folded):
        query = select(reminders.c.key_hash).where(reminders.c.id.in_(ids))
        names.update(map(bytes, connection.execute(query).scalars()))
    return names


def _as_it_is(one: Found) -> dict[str, Any]:
    return {
        "its_id": one.id,
        "its_lane": bytes(one.key_hash),
        "its_phone": one.phone,
        "its_number": one.external_event_id,
        "its_values": bytes(one.accepted),
        "its_fingerprint": None if one.fingerprint is None else bytes(one.fingerprint),
    }


def _kept_reminder(one: Found, marks: Marks) -> dict[str, Any]:
    lane = bytes(one.key_hash)
    return {
        "its_id": one.id,
        # A lane that is made of a uuid tells nobody's phone.
        "its_lane": lane if one.phone is None else marks.lane(lane),
        "its_phone": one.phone and marks.phone(one.phone),
        "its_number": one.external_event_id and marks.number(one.external_event_id),
        "its_values": orjson.dumps(marks.values(orjson.loads(one.accepted))),
        "its_fingerprint": None if one.fingerprint is None else marks.fingerprint(bytes(one.fingerprint)),
    }


_REMINDER: Final = REWRITE.values(purged=true())
_ROW: Final = (
    update(rows)
    .where(rows.c.id == bindparam("its_id"))
    .values(
        phone=bindparam("its_phone"),
        external_event_id=bindparam("its_number"),
        payload=bindparam("its_payload"),
        changes=bindparam("its_changes"),
        history=bindparam("its_history"),
        problems=bindparam("its_problems"),
        warnings=bindparam("its_warnings"),
        cells=b"[]",
        fingerprint=b"",
        body=null(),
    )
)
_LANE: Final = update(rows).where(rows.c.id == bindparam("its_id")).values(lane=bindparam("its_lane"))


def purge(store: Store, found: Survey, before: float, *, at: float) -> None:
    """
    Take personal data out of what was surveyed; ``store.marks`` stands for it. Freed pages are left to ``scrub``.

    Raises:
        LedgerError: it cannot be written. What was done stays, and a later purge goes on.
    """
    marks = store.marks
    if marks is None:
        raise AssertionError("a purge needs its key")
    overwrite_what_is_deleted(store)
    for seq, _ in found.runs:
        with store.writing() as connection:
            _begin(connection, marks)
            _purge_run(connection, seq, marks, at)
    with store.writing() as connection:
        forget_drafts(connection, _untouched(before))
        past = list(_past(connection, before))
        going = {bytes(one.key_hash) for one in past if one.phone is not None}
        lanes = list(_open_lanes(connection, going))
        together = list(_open_records(connection, going, marks))
        if past or lanes or together or found.counts.reasons or found.counts.drafts or found.counts.imports:
            _begin(connection, marks)
            purge_imports(connection, before, at=at)
            connection.execute(update(claims).where(*_old_reasons(before)).values(reason=""))
            many(connection, _REMINDER, [_kept_reminder(one, marks) for one in past])
            seal(connection, reminders.c.id, [one.id for one in past])
            many(connection, _LANE, [{"its_id": row_id, "its_lane": marks.lane(lane)} for row_id, lane in lanes])
            for record, kept in together:
                unchanged_rows.write_lanes(connection, record, kept)


def _old_reasons(before: float) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for claims whose sentence nobody needs any more; earlier versions quoted cells in it."""
    final = [where.value for where in Whereabouts if where.is_final or where is Whereabouts.MOVED]
    return (
        claims.c.state.in_(_SETTLED), claims.c.taken_at < before, claims.c.reason != "", claims.c.whereabouts.in_(final),
    )  # fmt: skip


def _untouched(before: float) -> ColumnElement[bool]:
    """Return the condition of drafts that were not sent, and that nobody has touched since a moment."""
    return UNSENT & (drafts.c.touched_at < before)


def _begin(connection: Connection, marks: Marks) -> None:
    ledger = connection.execute(select(owner.c.ledger)).scalar_one()
    connection.execute(update(owner).values(purge_left=True, purge_key=marks.proof(ledger)))


def _purge_run(connection: Connection, seq: int, marks: Marks, at: float) -> None:
    last = 0
    columns = (
        rows.c.id, rows.c.phone, rows.c.external_event_id, rows.c.payload, rows.c.changes, rows.c.history, rows.c.problems,
        rows.c.warnings,
    )  # fmt: skip
    while True:
        query = select(*columns).where(rows.c.run == seq, rows.c.id > last).order_by(rows.c.id).limit(PAGE)
        found = connection.execute(query).all()
        many(connection, _ROW, [_kept_row(row, marks) for row in found])
        if len(found) < PAGE:
            break
        last = found[-1].id
    # A folded record holds nothing personal: its reminders are named by their ids.
    for record in unchanged_rows.records(connection, (unchanged.c.run == seq) & unchanged_rows.IS_WHOLE):
        bodies = [orjson.dumps(marks.values(orjson.loads(body))) for body in record.bodies]
        unchanged_rows.rewrite(connection, record, bodies, kinds_of)
    settings = connection.execute(select(runs.c.settings).where(runs.c.seq == seq)).scalar_one()
    told = {name: value for name, value in orjson.loads(settings).items() if name != SOURCES}
    connection.execute(update(runs).where(runs.c.seq == seq).values(purged_at=at, settings=orjson.dumps(told)))
    connection.execute(update(files).where(files.c.run == seq).values(notes=orjson.dumps([_GONE])))
    run_id = select(runs.c.id).where(runs.c.seq == seq).scalar_subquery()
    forget_drafts(connection, drafts.c.run == run_id)


def _kept_row(row: Found, marks: Marks) -> dict[str, Any]:
    return {
        "its_id": row.id,
        "its_phone": row.phone and marks.phone(row.phone),
        "its_number": row.external_event_id and marks.number(row.external_event_id),
        "its_payload": orjson.dumps(marks.values(orjson.loads(row.payload))),
        "its_changes": row.changes and orjson.dumps(marks.changes(orjson.loads(row.changes))),
        "its_history": row.history and history_of(attempts_of(row.history)),
        "its_problems": kinds_of(row.problems),
        "its_warnings": kinds_of(row.warnings),
    }


def kinds_of(notes: bytes) -> bytes:
    """Return problems or warnings as what they are in general: no value, no cell, no words of the API."""
    told = [(one["code"], one["field"]) for one in orjson.loads(notes)]
    return orjson.dumps([
        {"field": field, "code": code, "value": "", "message": KINDS[code].title if code in KINDS else code, "fix": ""}
        for code, field in told
    ])  # fmt: skip


def _open_lanes(connection: Connection, going: set[bytes]) -> Iterator[tuple[int, bytes]]:
    """
    Yield rows of purged runs whose lane still is a hash without a key and names no appointment that is in clear.

    ``going``: lanes of appointments that are purged now.
    """
    last = 0
    query = (
        select(rows.c.id, rows.c.lane, rows.c.uuid, rows.c.call_uuid)
        .join(runs, runs.c.seq == rows.c.run)
        .where(runs.c.purged_at.is_not(None), rows.c.lane.is_not(None), ~IS_KEYED)
        .order_by(rows.c.id)
        .limit(PAGE)
    )
    while True:
        found = connection.execute(query.where(rows.c.id > last)).all()
        held = reminders_of(connection, {bytes(row.lane) for row in found}).keys() - going
        for row in found:
            lane = bytes(row.lane)
            of_uuid = {lane_of_uuid(uuid) for uuid in (row.uuid, row.call_uuid) if uuid}
            if lane not in held and lane not in of_uuid:
                yield row.id, lane
        if len(found) < PAGE:
            return
        last = found[-1].id


def _open_records(
    connection: Connection, going: set[bytes], marks: Marks
) -> Iterator[tuple[unchanged_rows.Together, list[bytes]]]:
    """Yield the same of rows that stand together: a record with such rows, and all its lanes as they are kept from now on."""
    purged = select(runs.c.seq).where(runs.c.purged_at.is_not(None))
    for record in unchanged_rows.names(connection, unchanged.c.run.in_(purged) & unchanged_rows.IS_WHOLE):
        is_open = {lane for lane in record.lanes if len(lane) == unchanged_rows.OPEN_WIDTH}
        gone = is_open - (reminders_of(connection, is_open).keys() - going)
        if gone:
            yield record, [marks.lane(lane) if lane in gone else lane for lane in record.lanes]


def scrub(store: Store) -> bool:
    """
    Overwrite what a purge left in freed pages and in the write-ahead log; return whether nothing of it is left.

    Not where another program reads the ledger meanwhile, or may not be asked to (a PostgreSQL role that does not own the
    tables): then the next purge tries again.
    """
    with store.reading() as connection:
        if not connection.execute(select(owner.c.purge_left)).scalar_one():
            return True
    if not rewrite(store):
        return False
    with store.writing() as connection:
        connection.execute(update(owner).values(purge_left=False))
    return True


def purged_runs(store: Store) -> list[str]:
    """Return the runs whose personal data is gone."""
    with store.reading() as connection:
        return list(connection.execute(select(runs.c.id).where(runs.c.purged_at.is_not(None))).scalars())
