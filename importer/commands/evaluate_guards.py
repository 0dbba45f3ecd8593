"""
The guards between a plan and its first call: a file that looks wrong as a whole, a double booking, an older file.

What they hold has its status before the plan is declared whole, so that a run cut off in between cannot be resumed
past them. Each row that is held says why; the other rows of its run go. What ``--release`` names is found all the same
and remembered with the run, but holds nothing.

A number that a sheet brings for a visit that had none, or does not bring any more, makes no second visit.

Where the profile says so, a visit under another phone becomes a cancel, in no row of a sheet, and behind it the create
that waits for it; and a moved one without a number keeps the number that was derived for it. Where the profile says
nothing, the first is a problem of the row (``planning``), and the second is held here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import orjson

from importer.commands.snapshots import cancelling_row, cancels_missing
from importer.errors import FileRefused
from importer.guards import (
    FEWEST_KNOWN,
    Replaced,
    file_holds,
    goes_back,
    hold,
    is_older,
    may_be_together,
    moved_alike,
    moved_by,
    replaced_by,
)
from importer.ledger.call_queue import Which
from importer.ledger.older_files import Back
from importer.model.issues import Issue
from importer.model.planned_calls import lane_of_key
from importer.model.statuses import Action, Status
from importer.planning.transitions import Elsewhere
from importer.problems import problem
from importer.problems.guard_kinds import WHOLE
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.commands.job import Job
    from importer.ledger import Run
    from importer.ledger.drafts.draft_values import Rest
    from importer.ledger.older_files import OpenCall
    from importer.ledger.same_visits import Standing
    from importer.model.planned_calls import Lane
    from importer.model.records import OtherPlace
    from importer.model.staged_files import FileRecord
    from importer.model.statuses import Hold


EARLIER: Final = 100
"""How many earlier runs are looked at for files to compare with."""


def guard(job: Job, run: Run) -> None:
    """Hold the calls that should not go before a person has looked, and remember why."""
    calls = run.calls.pending()
    found = list(dict.fromkeys(_against_the_whole(job, run, calls)))
    waiting = [one for one in found if one.code not in job.settings.release]
    if waiting:
        run.guards.hold_calls(waiting, at=job.now())
        run.changes = None
    else:
        found += against_rows(job, run, calls)
    if found:
        run.guards.remember([*run.record().holds, *found])


def _against_the_whole(job: Job, run: Run, calls: Mapping[Action, int]) -> Iterator[Hold]:
    files, record = run.files.all(), run.record()
    of_before = list(_of_before(job, run, record.parent, files))
    if record.parent is not None:
        # A retry has only some rows of its files: what was found when all were there still holds.
        yield from of_before
        return
    yield from (one for one in of_before if one.code != "moved_together")
    yield from _all_moved(job, run, calls, files, of_before)
    yield from _unusual(job, run, record.profile, files)


def _all_moved(
    job: Job, run: Run, calls: Mapping[Action, int], files: Sequence[FileRecord], of_before: Sequence[Hold]
) -> Iterator[Hold]:
    """Yield the hold of a run whose appointments are all moved by one amount."""
    moved = any(one.code == "moved_together" for one in of_before)
    if calls.get(Action.UPDATE, 0) >= FEWEST_KNOWN or job.rest is not None:
        reports = [file for file in files if file.facts and file.facts.is_report]
        yield from _moved(run, [] if moved else reports, job.rest)


def _of_before(job: Job, run: Run, parent: str | None, files: Sequence[FileRecord]) -> Iterator[Hold]:
    """Yield what still holds the run that is tried again, or that held the rows of a report that is fed back."""
    origins = {parent} if parent else {each for file in files if file.facts for each in file.facts.held_in}
    for origin in sorted(origins):
        for one in run.ledger.holds_of(origin):
            settled = one.code == "dates_undecided" and job.profile.date_order is not None
            if one.code in WHOLE and not settled:
                yield one


def _moved(run: Run, but: Sequence[FileRecord], rest: Rest | None) -> Iterator[Hold]:
    """Yield the hold of appointments that are all moved by one amount, wherever they come from ``but`` these files."""
    but_files = [file.id for file in but if file.id is not None]
    known, moved = run.guards.known_and_moved(but_files)
    moves = Counter() if rest is None else Counter(rest.moves)
    known += 0 if rest is None else rest.known
    if may_be_together(known, moved + sum(moves.values())):
        moves.update(map(moved_by, run.guards.moves(but_files)))
        found = moved_alike(known, moves)
        yield from [found] if found else []


def _unusual(job: Job, run: Run, profile: str, files: Sequence[FileRecord]) -> Iterator[Hold]:
    """Yield what sets the files apart from earlier ones of their profile; the very bytes are released once and for all."""
    if not job.profile.declared:
        return
    earlier = run.guards.earlier_files(profile, limit=EARLIER, as_of=job.as_of)
    released = run.older_files.released_before()
    for file in files:
        for one in file_holds(file, earlier, job.profile):
            if one.code not in released.get(file.id or 0, ()):
                yield one if len(files) == 1 else one._replace(message=f"{file.name}: {one.message}")


def against_rows(job: Job, run: Run, calls: Mapping[Action, int]) -> list[Hold]:
    """Hold the calls of single rows that should not go before a person has looked; return why. ``calls``: by action."""
    found = older_rows(job, run) if set(calls) - {Action.CREATE} else []
    if calls.get(Action.CREATE) and not job.profile.families_share_phones:
        found += same_time(job, run)
    if (
        calls.get(Action.CREATE)
        and job.profile.without_number != "new"
        and not (job.profile.snapshot and cancels_missing(job, run))
    ):
        found += moved_or_second(job, run)
    return found


def older_rows(job: Job, run: Run) -> list[Hold]:
    """Hold the rows of older files that would take appointments back to what was replaced since."""
    calls = run.older_files.open_calls()
    undoing = run.older_files.undoing(calls)
    back = run.older_files.carried_back(calls)
    held = {row_id for rows in undoing.values() for row_id in rows} | back.keys()
    run.changes = dict.fromkeys(undoing)
    places = {file.id: place for place, file in enumerate(run.files.all())} if calls else {}
    for file in {call.file for call in calls} - undoing.keys():
        others = (0, 0) if job.rest is None else job.rest.back.get(places[file], (0, 0))
        held |= _mostly_back(run, file, [call for call in calls if call.file == file and call.number], others)
    if not held:
        return []
    notes = {
        call.row_id: Issue(
            "file_of_before", detail=back.get(call.row_id) or f"run {call.last_run} changed the appointment"
        )
        for call in _with_later_calls(calls, held)
    }
    return _held(job, run, notes, "each says which run changed its appointment")


def _mostly_back(run: Run, file: int, calls: Sequence[OpenCall], others: Sequence[int]) -> set[int]:
    """
    Return the rows that go back, where they are most of a file's changes; which they are is remembered.

    ``others``: how many rows of the file besides these calls go back, and how many calls there are besides.
    """
    sent = run.older_files.sent_changes(calls)
    replaced: dict[bytes, Replaced] = {}
    for lane, updates in sent.items():
        for changes in updates:
            replaced_by(changes, replaced.setdefault(lane, {}))
    back = {call.row_id for call in calls if goes_back(call.changes, replaced.get(call.lane, {}))}
    if run.changes is not None:
        run.changes[file] = Back(frozenset(call.row_id for call in calls), frozenset(back))
    return back if is_older(len(back) + others[0], len(calls) + others[1]) else set()


def _with_later_calls(calls: Iterable[OpenCall], held: set[int]) -> list[OpenCall]:
    """Return the held calls and those behind them of the same appointments, which were planned upon them."""
    lanes: set[bytes] = set()
    found = []
    for call in calls:
        if call.row_id in held or call.lane in lanes:
            lanes.add(call.lane)
            found.append(call)
    return found


def same_time(job: Job, run: Run) -> list[Hold]:
    """Hold creates of people who have another appointment at the same time."""
    found = run.guards.same_time()
    notes = {row_id: Issue("same_time", field="phone", detail=told(other)) for row_id, other in found.items()}
    return _held(job, run, notes, "each says where the other one stands") if notes else []


def moved_or_second(job: Job, run: Run) -> list[Hold]:
    """Hold new rows without a number of people whose earlier visit of the same type is gone from the file."""
    notes = {
        one.row_id: Issue("moved_without_number", field="eventDateTime", detail=f"the visit of {_start(one)}")
        for one in run.same_visits.moved_without_number(job.profile.name, job.now())
    }
    return _held(job, run, notes, "each says which visit is gone") if notes else []


def _start(one: Standing) -> str:
    return str(orjson.loads(one.accepted).get("eventDateTime", "")).replace("T", " ")[:16]


def _held(job: Job, run: Run, notes: Mapping[int, Issue], where: str) -> list[Hold]:
    """Hold these rows, each with its own sentence, unless that is released; return it as one reason."""
    code = next(iter(notes.values())).code
    if code not in job.settings.release:
        run.guards.hold_rows(notes, at=job.now())
    count = len(notes)
    rows = f"1 row; {where.replace('each', 'it')}" if count == 1 else f"{count:,} rows; {where}"
    return [hold(code, detail=rows)]


def told(other: OtherPlace) -> str:
    """Return where an appointment stands, in words: ``row 12 of tuesday.csv, appointment A-17, run 20270304-...``."""
    row = f"row {other.number} of {other.file}" if other.number and other.file else ""
    number = f"appointment {other.external_event_id}" if other.external_event_id else "an appointment without a number"
    return ", ".join(part for part in (row, number, f"run {other.run}") if part)


Elsewheres = dict[bytes, Elsewhere]
"""By the appointment's 16-byte name."""


def find_same_visits(job: Job, run: Run) -> Elsewheres:
    """
    Prepare such rows for planning; return the appointments whose number, or cancelled visit, stands under another name.

    Raises:
        FileRefused: ``too_many_alike``.
    """
    _refuse_crowds(job, run)
    if found := run.same_visits.booked_under_another_name():
        run.same_visits.link(found)
    cancelled = {one.lane: Elsewhere(_shown(one), number=one.external_event_id) for one in run.same_visits.cancelled}
    if job.profile.without_number == "moved" and (
        found := one_for_one(run.same_visits.moved_without_number(job.profile.name, job.now()))
    ):
        run.same_visits.link(found)
    return cancelled | _phones(job, run)


def _refuse_crowds(job: Job, run: Run) -> None:
    crowd = run.same_visits.crowd(job.profile.name, job.now())
    if crowd is not None:
        raise FileRefused(
            f"{counted(crowd.rows, 'row')} that would be booked have one {'phone' if crowd.is_phone else 'appointment number'}, of which "
            f"{counted(crowd.reminders, 'appointment', 'appointments')} to come or at the same time {'is' if crowd.reminders == 1 else 'are'} known already. Nothing was sent.",
            code="too_many_alike",
            fix="Check with importer columns FILE whether that column is what it is taken for, and correct the sheet or the profile. "
            "If all these appointments are real, send the rows in parts: --rows 2-100, then the next.",
        )


def leave_what_is_booked(job: Job, run: Run) -> None:
    """Leave the bookings of an older run whose visits a later run booked under another name."""
    found = run.same_visits.booked_under_another_name()
    row_ids = [one.row_id for one in found]
    if row_ids:
        run.calls.withhold(Status.NOT_SENT, Issue("superseded"), at=job.now(), which=Which(row_ids))


def one_for_one(found: Sequence[Standing]) -> list[Standing]:
    """Return the pairs of a row and a reminder that both stand alone: only there it is sure which one was moved."""
    rows, theirs = Counter(one.row_id for one in found), Counter(one.its_lane for one in found)
    return [one for one in found if rows[one.row_id] == 1 and theirs[one.its_lane] == 1]


def _phones(job: Job, run: Run) -> Elsewheres:
    if job.profile.on_phone_change == "add":
        return {}
    found = run.same_visits.under_another_phone(job.profile.name, job.now())
    if not found:
        return {}
    run.same_visits.think_again([one.row_id for one in found])
    cancels: Mapping[bytes, int] = {}
    if job.profile.on_phone_change == "replace" or (job.profile.snapshot and cancels_missing(job, run)):
        cancels = _cancels(run, found)
    return {one.lane: Elsewhere(_shown(one), cancels.get(one.its_lane)) for one in found}


def _cancels(run: Run, found: Sequence[Standing]) -> dict[bytes, int]:
    """Return the rows that cancel the old reminders, staged where a retry has not brought them; one new phone for each."""
    lanes = {one.its_lane: {other.lane for other in found if other.its_lane == one.its_lane} for one in found}
    sure = {one.its_lane: one for one in found if one.uuid and len(lanes[one.its_lane]) == 1}
    replaced = orjson.dumps([problem("phone_replaced").as_dict()])
    there = run.calls.cancels_of(sure)
    for lane, one in sure.items():
        if lane not in there:
            run.rows.stage_missing(one.file, [cancelling_row(one, warnings=replaced)])
    return run.calls.cancels_of(sure)


def _shown(one: Standing) -> str:
    return str(orjson.loads(one.accepted).get("phone") or one.phone)


def elsewhere_of(lane: Lane, found: Elsewheres) -> Elsewhere | None:
    """Return where the number of an appointment's rows stands already."""
    if not found:
        return None
    keys = [row.key for row in lane.rows if row.key is not None]
    return next((found[name] for key in keys if (name := lane_of_key(key)) in found), None)


def keep_pairs(job: Job, run: Run, found: Elsewheres) -> None:
    """Let the cancel of an old phone go only with the create that waits for it, and the create only with the cancel."""
    cancels = {one.cancelled_by for one in found.values() if one.cancelled_by is not None}
    lonely = []
    for pair in run.calls.pairs(cancels):
        if not pair.books_is_open:
            lonely.append(pair.cancel)
        elif not pair.cancel_is_open and pair.books is not None:
            status = Status.HELD if pair.cancel_status == Status.HELD else Status.NOT_SENT
            run.calls.withhold(status, Issue("old_phone_kept"), at=job.now(), which=Which([pair.books]))
    run.calls.drop(lonely)
