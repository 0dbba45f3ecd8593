"""What earlier passes left: files that were moved half, runs that were stopped or cut off, held and unknown ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import Exit
from importer.ingest.claim_outcomes import in_doubt, own_code, put_away, refuse, settle_by_record
from importer.ingest.pass_results import FileResult
from importer.model.drops import ClaimState, Whereabouts
from importer.model.statuses import RunState, Status

if TYPE_CHECKING:
    from importer.ingest.surroundings import Surroundings
    from importer.model.drops import Claim, Drop


@dataclass(slots=True)
class LeftOver:
    """``told``: what is said of files at once; ``to_start``: claims without a run; ``to_resume``: those with one."""

    told: list[FileResult] = field(default_factory=list)
    to_start: list[Claim] = field(default_factory=list)
    to_resume: list[Claim] = field(default_factory=list)


def left_over(around: Surroundings, drop: Drop) -> LeftOver:
    """Look at the drop's unfinished claims, oldest first; nothing is sent yet."""
    found = LeftOver()
    for claim in around.ledger.claims.unfinished(drop.name):
        if claim.state.is_settled:
            found.told += _settled(around, drop, claim)
        elif claim.state is ClaimState.HELD:
            found.told.append(_held(around, drop, claim))
        elif claim.state is ClaimState.TAKEN:
            _taken(around, drop, claim, found)
        else:
            _with_run(around, drop, claim, found)
    return found


def _settled(around: Surroundings, drop: Drop, claim: Claim) -> list[FileResult]:
    code = None if claim.exit_code is None else Exit(claim.exit_code)
    told: list[FileResult] = []
    if not claim.whereabouts.is_final and claim.whereabouts is not Whereabouts.MOVED:
        line = claim.reason or f"{claim.name}: exit {claim.exit_code or 0}, run {claim.run}."
        result = FileResult(claim.name, claim.sha256, claim.state.value, claim.run, code, line=line)
        moved = put_away(around, drop, claim, result)
        told = [moved] if moved.moved_to or moved.news else []
    elif claim.whereabouts is Whereabouts.MOVED:
        around.ledger.claims.change(claim.id, whereabouts=Whereabouts.CHECKED.value)
        told = _told_of_growth(around, drop, claim)
    if claim.state is ClaimState.UNKNOWN and claim.run is not None:
        told = [_unknown(around, claim, told)]
    return told


def _told_of_growth(around: Surroundings, drop: Drop, claim: Claim) -> list[FileResult]:
    place = around.places.of(drop)
    try:
        has_grown = place.has_grown(claim)
    except OSError:
        return []  # the file has its place; whether somebody writes to it there is not worth a failure
    return [_grown(claim, place.full_name(claim.moved_to))] if has_grown else []


def _grown(claim: Claim, place: str) -> FileResult:
    line = (
        f"{claim.name}: somebody wrote to the file after it was taken and moved; what was added was not sent. "
        f"It is now {place}. Have the sender write files under another name and rename them when they are whole."
    )
    return FileResult(
        claim.name, claim.sha256, claim.state.value, claim.run, int(Exit.FILE_REFUSED), place, line, (line,)
    )


def _unknown(around: Surroundings, claim: Claim, told: list[FileResult]) -> FileResult:
    """Return exit 8 until a person has settled the last row; then the claim is done."""
    run = around.ledger.run(claim.run)
    moved_to = next((one.moved_to for one in told if one.moved_to), None)
    if run.report.totals().get(Status.UNKNOWN, 0):
        line = in_doubt(around, claim, run.id)
        code = int(Exit.UNKNOWN_OUTCOMES)
        return FileResult(claim.name, claim.sha256, claim.state.value, run.id, code, moved_to, line, (line,))
    code = int(own_code(around, run.record()))
    around.ledger.claims.change(claim.id, state=ClaimState.DONE.value, exit_code=code)
    line = f"{claim.name}: every outcome is known now. Run {run.id}."
    return FileResult(claim.name, claim.sha256, ClaimState.DONE.value, run.id, code, moved_to, line)


def _held(around: Surroundings, drop: Drop, claim: Claim) -> FileResult:
    """Return how a held file stands: a person may have approved it meanwhile, in any way there is."""
    latest = around.ledger.run(around.ledger.claims.latest_of(claim) or claim.run).record()
    if latest.id != claim.run and latest.state is RunState.FINISHED:
        return settle_by_record(around, drop, claim, latest)
    return settle_by_record(around, drop, claim, around.ledger.run(claim.run).record())


def _taken(around: Surroundings, drop: Drop, claim: Claim, found: LeftOver) -> None:
    if around.copies.is_whole(claim.copy, claim.sha256):
        found.to_start.append(claim)
        return
    around.copies.remove(claim.copy)
    if not around.is_there(drop, claim):
        reason = f"{claim.name} has vanished before it was read."
        found.told.append(refuse(around, drop, claim, "file_vanished", reason))
        return
    # Taken again as a new file: its claim, which nothing was sent for, makes room for the new one.
    around.ledger.claims.change(
        claim.id, state=ClaimState.SUPERSEDED.value, copy="", whereabouts=Whereabouts.GONE.value, code="copied_again"
    )


def _with_run(around: Surroundings, drop: Drop, claim: Claim, found: LeftOver) -> None:
    """Sort a claim with a run: it goes on if calls are left, else the claim follows the run."""
    run_id = around.ledger.claims.latest_of(claim) or str(claim.run)
    run = around.ledger.run(run_id)
    if not run.plan.is_whole():
        # It was cut off before its plan was whole: it sent nothing, and no safety check has seen it.
        run.forget()
        if run.id == claim.run:
            _taken(around, drop, around.ledger.claims.one(claim.id), found)
        else:
            _with_run(around, drop, claim, found)
        return
    if run.record().state is RunState.OPEN or run.recovery.is_left():
        if run.id != claim.run:
            claim = around.ledger.claims.change(claim.id, run=run.id)
        found.to_resume.append(claim)
        return
    found.told.append(settle_by_record(around, drop, claim, run.record()))
