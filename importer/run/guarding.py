"""
The guards between a plan and its first call: a file that looks wrong as a whole, then its single rows.

What they hold has its status before the plan is declared whole, so that a run cut off in between cannot be resumed
past them. What ``--release`` names is found all the same and remembered with the run, but holds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.guarding.moving import FEWEST_KNOWN, may_be_together, moved_together
from importer.guarding.sentinel import file_holds
from importer.model.holds import WHOLE
from importer.model.words import Action
from importer.run.row_guards import against_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.model.holds import Hold
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
    else:
        found += against_rows(job, ledger, run_id, calls)
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
    yield from _unusual(job, ledger, run, files)


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


def _unusual(job: Job, ledger: Ledger, run: RunRecord, files: Sequence[FileRecord]) -> Iterator[Hold]:
    """Yield what sets the files apart from earlier ones of their profile; the very bytes are released once and for all."""
    if not job.profile.declared:
        return
    earlier = ledger.earlier_files(run.profile, before_run=run.id, limit=EARLIER)
    released = ledger.released_before(run.id)
    for file in files:
        for one in file_holds(file, earlier, job.profile):
            if one.code not in released.get(file.id or 0, ()):
                yield one if len(files) == 1 else one._replace(message=f"{file.name}: {one.message}")
