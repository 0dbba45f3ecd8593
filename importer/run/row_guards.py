"""
The guards against single rows: people booked twice at one time, and older files that would undo what is newer.

Each row that is held says why; the other rows of its run go. What ``--release`` names is found all the same and
remembered with the run, but holds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from importer.guarding.holding import hold
from importer.guarding.older_file import Replaced, goes_back, is_older, replaced_by
from importer.model.issues import Issue
from importer.model.words import Action
from importer.run.missing import cancels_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.ledger.older_files import OpenCall
    from importer.ledger.same_visits import Standing
    from importer.model.holds import Hold, OtherPlace
    from importer.run.job import Job


def against_rows(job: Job, ledger: Ledger, run_id: str, calls: Mapping[Action, int]) -> list[Hold]:
    """Hold the calls of single rows that should not go before a person has looked; return why. ``calls``: by action."""
    found = older_rows(job, ledger, run_id) if set(calls) - {Action.CREATE} else []
    if calls.get(Action.CREATE) and not job.profile.families_share_phones:
        found += same_time(job, ledger, run_id)
    if calls.get(Action.CREATE) and job.profile.without_number != "new" and not cancels_missing(job, ledger, run_id):
        found += moved_or_second(job, ledger, run_id)
    return found


def older_rows(job: Job, ledger: Ledger, run_id: str) -> list[Hold]:
    """Hold the rows of older files that would take appointments back to what was replaced since."""
    calls = ledger.open_calls(run_id)
    undoing = ledger.undoing(run_id, calls)
    held = {row_id for rows in undoing.values() for row_id in rows} | ledger.carried_back(run_id, calls)
    for file in {call.file for call in calls} - undoing.keys():
        held |= _mostly_back(ledger, run_id, [call for call in calls if call.file == file and call.number])
    if not held:
        return []
    notes = {
        call.row_id: Issue("file_of_before", detail=f"run {call.last_run} changed the appointment")
        for call in _with_later_calls(calls, held)
    }
    return _held(job, ledger, run_id, notes, "each says which run changed its appointment")


def _mostly_back(ledger: Ledger, run_id: str, calls: Sequence[OpenCall]) -> set[int]:
    """Return the rows that go back, where they are most of a file's changes."""
    sent = ledger.sent_changes(run_id, {call.lane for call in calls if call.changes})
    replaced: dict[bytes, Replaced] = {}
    for lane, updates in sent.items():
        for changes in updates:
            replaced_by(changes, replaced.setdefault(lane, {}))
    back = {call.row_id for call in calls if goes_back(call.changes, replaced.get(call.lane, {}))}
    return back if is_older(len(back), len(calls)) else set()


def _with_later_calls(calls: Iterable[OpenCall], held: set[int]) -> list[OpenCall]:
    """Return the held calls and those behind them of the same appointments, which were planned upon them."""
    lanes: set[bytes] = set()
    found = []
    for call in calls:
        if call.row_id in held or call.lane in lanes:
            lanes.add(call.lane)
            found.append(call)
    return found


def same_time(job: Job, ledger: Ledger, run_id: str) -> list[Hold]:
    """Hold creates of people who have another appointment at the same time."""
    found = ledger.same_time(run_id)
    notes = {row_id: Issue("same_time", field="phone", detail=told(other)) for row_id, other in found.items()}
    return _held(job, ledger, run_id, notes, "each says where the other one stands") if notes else []


def moved_or_second(job: Job, ledger: Ledger, run_id: str) -> list[Hold]:
    """Hold new rows without a number of people whose earlier visit of the same type is gone from the file."""
    notes = {
        one.row_id: Issue("moved_without_number", field="eventDateTime", detail=f"the visit of {_start(one)}")
        for one in ledger.moved_without_number(run_id, job.profile.name, job.now())
    }
    return _held(job, ledger, run_id, notes, "each says which visit is gone") if notes else []


def _start(one: Standing) -> str:
    return str(orjson.loads(one.accepted).get("eventDateTime", "")).replace("T", " ")[:16]


def _held(job: Job, ledger: Ledger, run_id: str, notes: Mapping[int, Issue], where: str) -> list[Hold]:
    """Hold these rows, each with its own sentence, unless that is released; return it as one reason."""
    code = next(iter(notes.values())).code
    if code not in job.settings.release:
        ledger.hold_rows(run_id, notes, at=job.now())
    count = len(notes)
    rows = f"1 row; {where.replace('each', 'it')}" if count == 1 else f"{count:,} rows; {where}"
    return [hold(code, detail=rows)]


def told(other: OtherPlace) -> str:
    """Return where an appointment stands, in words: ``row 12 of tuesday.csv, appointment A-17, run 20270304-...``."""
    row = f"row {other.number} of {other.file}" if other.number and other.file else ""
    number = f"appointment {other.external_event_id}" if other.external_event_id else "an appointment without a number"
    return ", ".join(part for part in (row, number, f"run {other.run}") if part)
