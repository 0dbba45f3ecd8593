"""Faults that the importer once had, each put back by a small patch: the drawn orders must find every one of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from sqlalchemy import select, update

from importer.commands import report, run, snapshots
from importer.ledger import (
    appointment_lookup,
    effects,
    handle,
    known_reminders,
    lane_pages,
    recovery,
    row_staging,
    run_records,
    snapshot_queries,
)
from importer.ledger.tables import reminders, rows
from importer.ledger.tables import runs as all_runs
from importer.model.api_calls import Key
from importer.model.planned_calls import lane_of_key, lane_of_uuid
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterator


def own_lanes(_connection: Any, found: Any) -> list[bytes | None]:
    """Look no uuid up."""
    return [
        appointment_lookup.own_lane(row.phone, row.external_event_id, row.call_uuid or row.uuid) or row.lane
        for row in found
    ]


def later_by_lane_alone(connection: Any, seq: int, lanes: Any) -> set[bytes]:
    """Compare lanes as they were staged."""
    wanted = set(lanes)
    query = select(rows.c.lane).join(all_runs, all_runs.c.seq == rows.c.run)
    found = connection.execute(query.where(all_runs.c.seq > seq, rows.c.lane.is_not(None))).scalars()
    return {lane for lane in found if lane in wanted}


def finish_unsettled(connection: Any, seq: int, *, exit_code: int, stop_reason: str, at: float) -> None:
    """Finish a run without looking at its rows."""
    values = {"state": "finished", "exit_code": exit_code, "stop_reason": stop_reason, "finished_at": at}
    connection.execute(update(all_runs).where(all_runs.c.seq == seq).values(values))


def resolve_and_finish(self: Any, run_id: str, exit_code: int) -> Any:
    """Finish the run of which a row was resolved, whatever state it is in."""
    return self.finish_run(run_id, exit_code, "", 0.0)


def only_untried(job: Any, ledger: Any, chosen: Any) -> None:
    """Settle after a no only what was never tried."""
    with ledger._store.writing() as connection:
        untried = rows.c.run == ledger._seq_of(chosen.id), rows.c.state == "ready", rows.c.attempts == 0
        values = {"state": "settled", "status": "not_sent", "due": None, "code": "not_confirmed"}
        connection.execute(update(rows).where(*untried).values(values))
    ledger.finish_run(chosen.id, 130, "not confirmed", job.now())


def adopting_at_staging(connection: Any, seq: int, file_id: int, staged: Any) -> None:
    """Teach a reminder its number as soon as a row is staged."""
    for row in staged:
        if row.uuid and row.phone and row.external_event_id and row.status is None:
            key = Key(row.phone, row.external_event_id)
            taken = connection.execute(select(reminders.c.id).where(reminders.c.key_hash == lane_of_key(key))).first()
            if taken is None:
                values = {"key_hash": lane_of_key(key), "phone": key.phone, "external_event_id": key.external_event_id}
                connection.execute(
                    update(reminders).where(reminders.c.key_hash == lane_of_uuid(row.uuid)).values(values)
                )
    _stage(connection, seq, file_id, staged)


_stage = row_staging.stage
_effect = effects.effect


def never_overtaken(before: Any, change: Any, *, overtaken: bool = False) -> dict[str, Any]:
    """Write what an older row says over what a newer one said."""
    del overtaken
    return _effect(before, change)


def any_invalid(self: Any, run_id: str, *, unsure: Any) -> bool:
    """Let every invalid row keep all missing appointments from being cancelled."""
    del unsure
    return bool(self.totals(run_id).get(Status.INVALID))


def last_run_only(_self: Any, run_id: str) -> list[str]:
    """Look for invalid rows in the retry alone."""
    return [run_id]


def as_it_is(_connection: Any, touches: Any) -> list[Any]:
    """Write each change under the lane that its row was staged with."""
    return list(touches)


def job_as_it_is(job: Any, _run: Any) -> Any:
    """Take the profile that is named now."""
    return job


def nothing(*_given: Any, **_named: Any) -> None:
    """Do nothing."""


def notes_nothing_started(job: Any, ledger: Any, run_id: str) -> None:
    """Look at missing appointments only."""
    snapshots.spare_started(job, ledger, run_id)


Patch = tuple[Any, str, Any]
WITHOUT_OWNERS: Final[tuple[Patch, ...]] = (
    (recovery, "current_lanes", own_lanes),
    (known_reminders, "_at_their_owners", as_it_is),
)

FAULTS: Final[dict[str, tuple[Patch, ...]]] = {
    "a retry forgets whose uuid it is": WITHOUT_OWNERS,
    "a stale update goes under the lane of its uuid": (
        (recovery, "current_lanes", own_lanes),
        (recovery, "in_later_runs", later_by_lane_alone),
    ),
    "a kill bricks the ledger": (
        (recovery, "current_lanes", own_lanes),
        (known_reminders, "_at_their_owners", as_it_is),
    ),
    "resolve finishes a killed run": (
        (report, "close_cut_off", nothing),
        (handle.Ledger, "recount", resolve_and_finish),
        (run_records, "finish", finish_unsettled),
    ),
    "a no at resume strands rows": ((run, "settle_again", only_untried), (run_records, "finish", finish_unsettled)),
    "a retry forgets its profile": ((run, "as_its_run", job_as_it_is),),
    "a retry passes all-or-nothing": (
        (handle.Ledger, "line_of", last_run_only),
        (run, "as_its_run", job_as_it_is),
    ),
    "a plan teaches the ledger a number": ((row_staging, "stage", adopting_at_staging),),
    "a bad row keeps a snapshot from cancelling": ((handle.Ledger, "has_nameless", any_invalid),),
    "a snapshot forgets its cancel in doubt": ((snapshot_queries, "_SURELY_THERE", reminders.c.in_doubt.is_(None)),),
    "an older word changes a newer value": ((known_reminders, "effect", never_overtaken),),
    "resume creates what has started": ((run, "leave_what_started", notes_nothing_started),),
    "rows of one uuid stay apart": ((lane_pages, "_join_names", nothing),),
}


@contextmanager
def put_back(fault: str) -> Iterator[None]:
    """Put a fault back for the block."""
    with ExitStack() as stack:
        for home, name, stand_in in FAULTS[fault]:
            stack.enter_context(mock.patch.object(home, name, stand_in))
        yield
