"""
The guards between a plan and its first call: a file that looks wrong as a whole, and people booked twice at one time.

What they hold has its status before the plan is declared whole, so that a run cut off in between cannot be resumed
past them. What ``--release`` names is found all the same and remembered with the run, but holds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.guarding.holding import hold
from importer.guarding.moving import FEWEST_KNOWN, may_be_together, moved_together
from importer.guarding.sentinel import file_holds
from importer.model.calls import Note
from importer.model.holds import WHOLE
from importer.model.words import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.model.holds import Hold, OtherPlace
    from importer.model.records import FileRecord, RunRecord
    from importer.run.job import Job

EARLIER: Final = 100
"""How many earlier runs are looked at for files to compare with."""


def guard(job: Job, ledger: Ledger, run_id: str) -> None:
    """Hold the calls that should not go before a person has looked, and remember why."""
    run, calls = ledger.run(run_id), ledger.pending(run_id)
    found = list(dict.fromkeys(_against_the_whole(job, ledger, run, calls)))
    waiting = [one for one in found if one.code not in job.settings.release]
    if waiting:
        ledger.hold_calls(run_id, waiting, at=job.now())
    elif calls.get(Action.CREATE) and not job.profile.families_share_phones:
        found += _against_rows(job, ledger, run_id)
    if found:
        ledger.hold(run_id, [*run.holds, *found])


def _against_the_whole(job: Job, ledger: Ledger, run: RunRecord, calls: Mapping[Action, int]) -> Iterator[Hold]:
    files = ledger.files(run.id)
    of_before = list(_of_before(job, ledger, run, files))
    if run.parent is not None:
        # A retry has only some rows of its files: what was found when all were there still holds.
        yield from of_before
        return
    yield from (one for one in of_before if one.code != "moved_together")
    moved = any(one.code == "moved_together" for one in of_before)
    if calls.get(Action.UPDATE, 0) >= FEWEST_KNOWN:
        reports = [file for file in files if file.facts and file.facts.is_report]
        yield from _moved(ledger, run.id, [] if moved else reports)
    yield from _unusual(job, ledger, run, files, has_calls=bool(calls))


def _of_before(job: Job, ledger: Ledger, run: RunRecord, files: Sequence[FileRecord]) -> Iterator[Hold]:
    """Yield what still holds the run that is tried again, or that held the rows of a report that is fed back."""
    origins = {run.parent} if run.parent else {each for file in files if file.facts for each in file.facts.held_in}
    for origin in sorted(origins):
        for one in ledger.holds_of(origin):
            settled = one.code == "dates_undecided" and job.profile.date_order is not None
            if one.code in WHOLE and not settled:
                yield one


def _moved(ledger: Ledger, run_id: str, but: Sequence[FileRecord]) -> Iterator[Hold]:
    """Yield the hold of appointments that are all moved by one amount, wherever they come from ``but`` these files."""
    but_files = [file.id for file in but if file.id is not None]
    known, moved = ledger.known_and_moved(run_id, but_files)
    if may_be_together(known, moved):
        found = moved_together(known, ledger.moves(run_id, but_files))
        yield from [found] if found else []


def _unusual(
    job: Job, ledger: Ledger, run: RunRecord, files: Sequence[FileRecord], *, has_calls: bool
) -> Iterator[Hold]:
    """Yield what sets the files apart from earlier ones of their profile."""
    if not job.profile.declared:
        return
    earlier = ledger.earlier_files(run.profile, before_run=run.id, limit=EARLIER)
    for file in files:
        for one in file_holds(file, earlier, job.profile, has_calls=has_calls):
            yield one if len(files) == 1 else one._replace(message=f"{file.name}: {one.message}")


def _against_rows(job: Job, ledger: Ledger, run_id: str) -> list[Hold]:
    """Hold creates of people who have another appointment at the same time; return that as one reason."""
    found = ledger.same_time(run_id)
    if not found:
        return []
    if "same_time" not in job.settings.release:
        notes = {row_id: Note("same_time", field="phone", detail=told(other)) for row_id, other in found.items()}
        ledger.hold_rows(run_id, notes, at=job.now())
    count = len(found)
    rows = (
        "1 row; it says where the other one stands"
        if count == 1
        else f"{count:,} rows; each says where the other one stands"
    )
    return [hold("same_time", detail=rows)]


def told(other: OtherPlace) -> str:
    """Return where an appointment stands, in words: ``row 12 of tuesday.csv, appointment A-17, run 20270304-...``."""
    row = f"row {other.number} of {other.file}" if other.number and other.file else ""
    number = f"appointment {other.external_event_id}" if other.external_event_id else "an appointment without a number"
    return ", ".join(part for part in (row, number, f"run {other.run}") if part)
