"""Faults that the importer once had, each put back by a small patch: the drawn orders must find every one of them."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest import mock

import order_api
import pytest
from sqlalchemy import select, update

from importer.commands import report, run, snapshots
from importer.ledger import (
    appointment_lookup,
    guard_queries,
    handle,
    known_reminders,
    lane_pages,
    recovery,
    row_staging,
    run_records,
)
from importer.ledger.tables import reminders, rows
from importer.ledger.tables import runs as all_runs
from importer.model.planned_calls import lane_of_key, lane_of_uuid
from importer.model.records import Key
from importer.model.statuses import Status
from importer.sending import decisions, outcomes
from importer.sending.decisions import Weather

if TYPE_CHECKING:
    from collections.abc import Iterator


def own_lanes(_connection: Any, found: Any) -> list[bytes | None]:
    """Look no uuid up."""
    return [
        appointment_lookup.own_lane(row.phone, row.external_event_id, row.call_uuid or row.uuid) or row.lane
        for row in found
    ]


def later_by_lane_alone(connection: Any, seq: int, _found: Any, lanes: Any, _marks: Any = None) -> set[bytes]:
    """Compare lanes as they were staged."""
    wanted = set(lanes)
    query = select(rows.c.lane).join(all_runs, all_runs.c.seq == rows.c.run)
    found = connection.execute(query.where(all_runs.c.seq > seq, rows.c.lane.is_not(None))).scalars()
    return {lane for lane in found if lane in wanted}


def finish_unsettled(connection: Any, seq: int, *, exit_code: int, stop_reason: str, at: float) -> None:
    """Finish a run without looking at its rows."""
    values = {"state": "finished", "exit_code": exit_code, "stop_reason": stop_reason, "finished_at": at}
    connection.execute(update(all_runs).where(all_runs.c.seq == seq).values(values))


def resolve_and_finish(self: Any, exit_code: int) -> Any:
    """Finish the run of which a row was resolved, whatever state it is in."""
    return self.finish(exit_code, "", 0.0)


def only_untried(job: Any, run: Any, _before: Any) -> None:
    """Settle after a no only what was never tried."""
    with run._store.writing() as connection:
        untried = rows.c.run == run.seq, rows.c.state == "ready", rows.c.attempts == 0
        values = {"state": "settled", "status": "not_sent", "due": None, "code": "not_confirmed"}
        connection.execute(update(rows).where(*untried).values(values))
    run.finish(130, "not confirmed", job.now())


def adopting_at_staging(connection: Any, seq: int, file_id: int, staged: Any, *how: Any) -> None:
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
    _stage(connection, seq, file_id, staged, *how)


@contextmanager
def written_and_forgotten(self: Any) -> Iterator[None]:
    """Write a plan down as if it were a run, and take the run out again."""
    yield
    self.run(self.runs(1)[0].id).forget()


_stage = row_staging.stage
_effect = known_reminders.effect


def never_overtaken(before: Any, change: Any, *, overtaken: bool = False) -> dict[str, Any]:
    """Write what an older row says over what a newer one said."""
    del overtaken
    return _effect(before, change)


def any_invalid(self: Any, *, unsure: Any) -> bool:
    """Let every invalid row keep all missing appointments from being cancelled."""
    del unsure
    invalid = select(rows.c.id).where(rows.c.run == self._seq, rows.c.status == Status.INVALID.value)
    with self._store.reading() as connection:
        return connection.execute(invalid.limit(1)).first() is not None


def last_run_only(self: Any) -> list[Any]:
    """Look for invalid rows in the retry alone."""
    return [self]


def as_it_is(_connection: Any, touches: Any) -> list[Any]:
    """Write each change under the lane that its row was staged with."""
    return list(touches)


def job_as_it_is(job: Any, _run: Any) -> Any:
    """Take the profile that is named now."""
    return job


def nothing(*_given: Any, **_named: Any) -> None:
    """Do nothing."""


def notes_nothing_started(job: Any, run: Any) -> None:
    """Look at missing appointments only."""
    snapshots.spare_started(job, run)


def any_flagged_answer_is_fine(call: Any, reply: Any, decision: Any) -> Weather:
    """Take whatever answers a create for eligible subscribers only for good news."""
    return Weather.FINE if decisions._may_be_ineligible(call, reply) else _weather_of(call, reply, decision)


_weather_of = decisions.weather_of

Patch = tuple[Any, str, Any]
WITHOUT_OWNERS: Final[tuple[Patch, ...]] = (
    (recovery, "current_lanes", own_lanes),
    (known_reminders, "_at_their_owners", as_it_is),
)
BY_THE_LANE_OF_ITS_UUID: Final[tuple[Patch, ...]] = (
    (recovery, "current_lanes", own_lanes),
    (recovery, "in_later_runs", later_by_lane_alone),
)
ORDERS: Final = "tests/commands/test_orders_of_commands.py"


class Fault(NamedTuple):
    """
    A fault: what puts it back, and the test of the suite that then fails, which proves that it is back.

    ``shows``: words of what it does to somebody, where another fault of the list has the same patches.
    """

    patches: tuple[Patch, ...]
    proof: str
    shows: str = ""


FAULTS: Final[dict[str, Fault]] = {
    "a retry forgets whose uuid it is": Fault(
        WITHOUT_OWNERS, f"{ORDERS}::test_a_row_by_uuid_is_tried_again_at_its_own_appointment"
    ),
    "a no-show goes under the lane of its uuid": Fault(
        BY_THE_LANE_OF_ITS_UUID, f"{ORDERS}::test_nothing_stale_is_sent_by_uuid", "no-show sent twice"
    ),
    "a stale update goes under the lane of its uuid": Fault(
        BY_THE_LANE_OF_ITS_UUID,
        f"{ORDERS}::test_nothing_stale_is_sent_by_uuid",
        "stale",
    ),
    "a kill bricks the ledger": Fault(
        WITHOUT_OWNERS, f"{ORDERS}::test_a_killed_retry_bricks_nothing", "the ledger cannot be used"
    ),
    "resolve finishes a killed run": Fault(
        (
            (report, "close_cut_off", nothing),
            (handle.Run, "recount", resolve_and_finish),
            (run_records, "finish", finish_unsettled),
        ),
        f"{ORDERS}::test_resolve_closes_a_killed_run_first",
    ),
    "a flag hides outages": Fault(
        tuple((room, "weather_of", any_flagged_answer_is_fine) for room in (decisions, outcomes, order_api)),
        "tests/sending/test_troubles.py::test_no_flag_of_a_row_hides_an_outage",
    ),
    "a no at resume strands rows": Fault(
        ((run, "settle_again", only_untried), (run_records, "finish", finish_unsettled)),
        f"{ORDERS}::test_a_no_at_resume_strands_nothing",
    ),
    "a retry forgets its profile": Fault(
        ((run, "as_its_run", job_as_it_is),), f"{ORDERS}::test_a_retry_takes_the_profile_of_its_run", "profile"
    ),
    "a retry forgets its release": Fault(
        ((run, "as_its_run", job_as_it_is),),
        f"{ORDERS}::test_a_release_by_retry_counts_for_the_profile_of_its_run",
        "headings that are usual are held",
    ),
    "a retry passes all-or-nothing": Fault(
        ((handle.Run, "line", last_run_only), (run, "as_its_run", job_as_it_is)),
        f"{ORDERS}::test_a_retry_keeps_back_what_all_or_nothing_kept_back",
        "kept back",
    ),
    "a plan teaches the ledger a number": Fault(
        ((row_staging, "stage", adopting_at_staging), (handle.Ledger, "rehearsing", written_and_forgotten)),
        "tests/commands/test_reviewed_plan.py::test_a_plan_leaves_no_trace",
    ),
    "a bad row keeps a snapshot from cancelling": Fault(
        ((row_staging.Rows, "has_nameless", any_invalid),),
        "tests/commands/test_snapshots.py::test_a_wrong_row_that_names_its_appointment_keeps_nothing_back",
    ),
    "a snapshot forgets its cancel in doubt": Fault(
        ((guard_queries, "_SURELY_THERE", reminders.c.in_doubt.is_(None)),),
        f"{ORDERS}::test_a_snapshot_repeats_its_cancel_in_doubt",
    ),
    "an older word changes a newer value": Fault(
        ((known_reminders, "effect", never_overtaken),), f"{ORDERS}::test_an_older_word_changes_no_newer_value"
    ),
    "resume creates what has started": Fault(
        ((run, "leave_what_started", notes_nothing_started),),
        f"{ORDERS}::test_resume_creates_nothing_that_has_started_since",
    ),
    "rows of one uuid stay apart": Fault(
        ((lane_pages, "_join_names", nothing),), f"{ORDERS}::test_rows_that_disagree_whose_uuid_it_is_are_problems"
    ),
}


@contextmanager
def put_back(fault: str) -> Iterator[None]:
    """Put a fault back for the block."""
    with ExitStack() as stack:
        for home, name, stand_in in FAULTS[fault].patches:
            stack.enter_context(mock.patch.object(home, name, stand_in))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Put the fault that ORDERS_FAULT names back for each test, where this module is a plugin of pytest (``-p put_back``)."""
    del item
    with put_back(os.environ["ORDERS_FAULT"]):
        return (yield)
