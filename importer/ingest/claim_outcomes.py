"""What comes of a claim: its state, the file in its place, and the sentence that is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.commands.run import write_report
from importer.errors import DropUnreachable, Exit
from importer.ingest.pass_results import FileResult
from importer.ingest.places.place import new_names, report_folder
from importer.model.drops import ClaimState, FetchedSource, Whereabouts
from importer.model.statuses import RunState, Status
from importer.problems.guard_kinds import COUNTED
from importer.reporting.headline import headline
from importer.reporting.run_report import exit_code
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.commands.run import RunResult
    from importer.ingest.places.place import Place
    from importer.ingest.surroundings import Surroundings
    from importer.model.drops import Claim, Drop
    from importer.model.records import RunRecord
    from importer.model.statuses import Hold

MOST_DEATHS: Final = 3
"""So often in a row a file may end its reader or its run before it is set aside."""

_STATE_OF: Final = {
    Exit.DONE: ClaimState.DONE,
    Exit.SOME_ROWS_FAILED: ClaimState.DONE,
    Exit.HELD: ClaimState.HELD,
    Exit.UNKNOWN_OUTCOMES: ClaimState.UNKNOWN,
}
_PUT_AWAY: Final = frozenset({ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.SUPERSEDED})


class Came(NamedTuple):
    """What a run came to: exit code, the line about it, what somebody should read, whether calls wait for their hour."""

    code: Exit
    line: str
    news: tuple[str, ...]
    waits: bool = False


def settle(
    around: Surroundings, drop: Drop, claim: Claim, result: RunResult, *, stays_open: bool = False
) -> FileResult:
    """Settle a claim by what its run came to; ``stays_open``: calls of it are left on purpose, for later."""
    run = result.run
    around.step("run_closed", run=run.id)
    if waits_for_window(around, run):
        return still_shut(around, drop, replace(claim, run=run.id))
    code = Exit.STOPPED if stays_open else own_code(around, run)
    line = f"{claim.name}: {headline(result.report).text} Run {run.id}."
    news = [_of_hold(around, drop, claim, hold) for hold in run.unreleased]
    news += [f"{claim.name}: {reason}" for reason in (run.stop_reason, *result.written.notes) if reason]
    if code is Exit.UNKNOWN_OUTCOMES:
        news.append(in_doubt(around, claim, run.id))
    return _settled(around, drop, replace(claim, run=run.id), Came(code, line, tuple(news)))


def settle_by_record(around: Surroundings, drop: Drop, claim: Claim, record: RunRecord) -> FileResult:
    """Settle a claim whose run had ended before the claim was told, or was finished by a person."""
    if waits_for_window(around, record):
        return still_shut(around, drop, replace(claim, run=record.id))
    code = own_code(around, record)
    news = [_of_hold(around, drop, claim, hold) for hold in record.unreleased]
    if code is Exit.UNKNOWN_OUTCOMES:
        news.append(in_doubt(around, claim, record.id))
    line = f"{claim.name}: run {record.id} had ended with exit {int(code)}."
    return _settled(around, drop, replace(claim, run=record.id), Came(code, line, tuple(news)))


def own_code(around: Surroundings, record: RunRecord) -> Exit:
    """
    Return the exit code of a run by its own rows.

    What an earlier run left in doubt makes every later run end with 8; but it is that file's affair, not this one's. That a
    run was stopped counts as long as something of it is left to send, also where a later run names its appointment: that one may
    be cut off itself. A run that was stopped at its last call would be stopped for ever, and its file never be put away.
    """
    code, run = Exit(record.exit_code or 0), around.ledger.run(record.id)
    was_stopped = code in {Exit.STOPPED, Exit.AUTHENTICATION, Exit.INTERRUPTED, Exit.TERMINATED}
    if was_stopped and (record.state is RunState.OPEN or run.recovery.is_left(overtaken=True)):
        return code
    return exit_code(run.report.totals(), held=bool(record.unreleased))


def waits_for_window(around: Surroundings, record: RunRecord) -> bool:
    """Whether the sending window is all that keeps calls of a finished run from leaving."""
    ended = record.state is RunState.FINISHED and record.exit_code == Exit.STOPPED
    return ended and around.ledger.claims.is_left_for_window_only(record.id)


def still_shut(around: Surroundings, drop: Drop, claim: Claim) -> FileResult:
    """
    Settle a claim of which calls wait for the sending window.

    That is as it should be, so the code is that of the other rows; once a whole window has passed over the calls, it is 5.
    """
    run, window = around.ledger.run(claim.run), around.job_for(drop).profile.window
    waiting = around.ledger.claims.shut_out(run.id)
    count = counted(len(waiting), "request")
    zones = {call.visit.zone or (window.home if window else None) for call in waiting}
    now = around.job.now()
    overdue = window is not None and any(name and window.has_passed(name, claim.taken_at, now) for name in zones)
    totals, holds = {**run.report.totals(), Status.NOT_SENT: 0}, run.record().unreleased
    code = Exit.STOPPED if overdue else exit_code(totals, held=bool(holds))
    line = f"{claim.name}: {count} may not leave before the sending window opens{f' ({window})' if window else ''}. Run {run.id}."
    news = [_of_hold(around, drop, claim, hold) for hold in holds]
    if None in zones:
        news.append(f"{line} No time zone is known for some of them: name zone in the profile.")
    elif overdue:
        news.append(f"{line} A whole window has passed over them: let passes begin while it is open.")
    if code is Exit.UNKNOWN_OUTCOMES:
        news.append(in_doubt(around, claim, run.id))
    return _settled(around, drop, claim, Came(code, line, tuple(news), waits=True))


def in_doubt(around: Surroundings, claim: Claim, run: str) -> str:
    """Return the sentence about rows whose outcome is not known."""
    count = around.ledger.run(run).report.totals().get(Status.UNKNOWN, 0)
    which = around.job.command("report", run)
    return (
        f"{claim.name}: the outcome of {count} {'row' if count == 1 else 'rows'} is not known. See which: {which}. "
        f"Then record it: {around.job.command('resolve', run)} ROW --sent or --not-sent"
    )


def _of_hold(around: Surroundings, drop: Drop, claim: Claim, hold: Hold) -> str:
    way_out = ("--approve", "N") if hold.code in COUNTED else ("--release", hold.code)
    approve = around.job.command("ingest", drop.name, "--file", claim.name, *way_out)
    return f"{claim.name}: held: {hold.message} {hold.fix} To approve: {approve}"


def _settled(around: Surroundings, drop: Drop, claim: Claim, came: Came) -> FileResult:
    state = ClaimState.STOPPED if came.waits else _STATE_OF.get(came.code, ClaimState.STOPPED)
    changed = around.ledger.claims.change(
        claim.id, state=state.value, run=claim.run, exit_code=int(came.code), tries=0, code="", reason=""
    )
    around.step("claim_settled", run=claim.run, state=state.value)
    code = int(came.code)
    told = FileResult(
        claim.name, claim.sha256, state.value, claim.run, code, line=came.line, news=came.news, waits=came.waits
    )
    return put_away(around, drop, changed, told) if state.is_settled else told


_WITHOUT_CELLS: Final = {
    "columns_unknown": "None of the headings is known: is the first row the heading row? `importer columns` shows them.",
}


def refuse(around: Surroundings, drop: Drop, claim: Claim, code: str, reason: str) -> FileResult:
    """
    Refuse a file for good, and put it away with the reason beside it.

    Of a sheet without headings the reason quotes its first row, which names a person; it goes to logs and mails here.
    """
    reason = _WITHOUT_CELLS.get(code, reason)
    changed = around.ledger.claims.change(
        claim.id, state=ClaimState.REFUSED.value, exit_code=int(Exit.FILE_REFUSED), code=code, reason=reason
    )
    around.step("claim_settled", state=changed.state.value, code=code)
    line = reason if claim.name in reason else f"{claim.name}: {reason}"
    told = FileResult(
        claim.name, claim.sha256, changed.state.value, claim.run, int(Exit.FILE_REFUSED), line=line, news=(line,)
    )
    return put_away(around, drop, changed, told)


def supersede(around: Surroundings, drop: Drop, claim: Claim, newer: str) -> FileResult:
    """Put a file away that a newer one of the drop has made needless."""
    reason = f"{claim.name} was not sent, because {newer} is newer."
    changed = around.ledger.claims.change(claim.id, state=ClaimState.SUPERSEDED.value, code="superseded", reason=reason)
    around.step("claim_settled", run=claim.run, state=changed.state.value)
    told = FileResult(claim.name, claim.sha256, changed.state.value, claim.run, int(Exit.DONE), line=reason)
    return put_away(around, drop, changed, told)


def died(around: Surroundings, drop: Drop, claim: Claim, error: Exception | None) -> FileResult:
    """
    Count that reading a file, or its run, died; the third time in a row the file is set aside.

    A run that has answered calls is not set aside: it goes on. ``error``: of the run, None where the reader died.
    """
    ledger = around.ledger
    has_calls = claim.run is not None and ledger.claims.calls_settled(claim.run) > 0
    tries = 0 if has_calls else claim.tries + 1
    if claim.run is not None and not (run := ledger.run(claim.run)).plan.is_whole():
        run.forget()  # it sent nothing; the next pass begins anew
    claim = ledger.claims.change(claim.id, tries=tries)
    what = "Reading the file" if error is None else f"The run of the file ({type(error).__name__})"
    if tries >= MOST_DEATHS:
        return refuse(around, drop, claim, "died", f"{claim.name}: {what} ended unexpectedly {tries} times.")
    line = f"{claim.name}: {what} ended unexpectedly; the next pass tries again."
    code = Exit.STOPPED if error is None else Exit.BUG
    return FileResult(claim.name, claim.sha256, claim.state.value, claim.run, int(code), line=line, news=(line,))


def run_died(around: Surroundings, drop: Drop, claim: Claim) -> FileResult | None:
    """
    Count that the process of a claim's run died; the third time in a row the file is set aside, else its run goes on.

    A run that has answered calls is not set aside.
    """
    if claim.run is None or around.ledger.claims.calls_settled(claim.run) > 0:
        return None
    if claim.tries + 1 < MOST_DEATHS:
        around.ledger.claims.change(claim.id, tries=claim.tries + 1)
        return None
    if not (run := around.ledger.run(claim.run)).plan.is_whole():
        run.forget()
        claim = around.ledger.claims.one(claim.id)
    reason = f"{claim.name}: The process of its run ended unexpectedly in {MOST_DEATHS} passes."
    return refuse(around, drop, claim, "died", reason)


def put_away(around: Surroundings, drop: Drop, claim: Claim, told: FileResult) -> FileResult:
    """Move a settled file to its folder, its report beside it, and remove its copy; return what is said of it."""
    if claim.copy:
        around.copies.remove(claim.copy)
        claim = around.ledger.claims.change(claim.id, copy="")
    if isinstance(drop.path, FetchedSource):
        return _left_there(around, drop, claim, told)
    if claim.state in _PUT_AWAY and drop.on_success == "leave":
        around.ledger.claims.change(claim.id, whereabouts=Whereabouts.LEFT.value)
        return told
    place = around.places.of(drop)
    try:
        where = _moved(around, drop, claim, place)
    except (OSError, DropUnreachable) as error:
        around.ledger.claims.change(claim.id, whereabouts=Whereabouts.STUCK.value)
        if claim.whereabouts is Whereabouts.STUCK:
            return told
        reason = getattr(error, "strerror", None) or str(error)
        line = f"{claim.name} is done with, but cannot be moved: {reason.rstrip('.')}. It is not sent again."
        return replace(told, news=(*told.news, line))
    claim = around.ledger.claims.change(claim.id, whereabouts=where.value)
    around.step("moved", run=claim.run)
    return replace(told, moved_to=place.full_name(claim.moved_to) if where is Whereabouts.MOVED else None)


def _left_there(around: Surroundings, drop: Drop, claim: Claim, told: FileResult) -> FileResult:
    """Put the report of what was fetched to its place, if it has one; nothing else is left to do."""
    news = told.news
    try:
        if (place := around.places.reports_of(drop)) is not None:
            folder = report_folder(next(new_names(claim.name, claim.run or claim.mark)))
            place.put_report(folder, _reports_of(around, claim), claim.reason)
    except (OSError, DropUnreachable) as error:
        reason = getattr(error, "strerror", None) or str(error)
        news = (*news, f"The report of {claim.name} cannot be put to its place: {reason.rstrip('.')}.")
    around.ledger.claims.change(claim.id, whereabouts=Whereabouts.LEFT.value)
    return replace(told, news=news)


def _moved(around: Surroundings, drop: Drop, claim: Claim, place: Place) -> Whereabouts:
    """Put the report to its place, then the file; return where the file is."""
    is_there = around.is_there(drop, claim)
    if not claim.moved_to:
        if not is_there:
            return Whereabouts.GONE
        claim = _with_place(around, drop, claim, place)
    if is_there:
        elsewhere = around.places.reports_of(drop)
        beside = report_folder(claim.moved_to)
        folder = beside if elsewhere is None else beside.rpartition("/")[2]
        (elsewhere or place).put_report(folder, _reports_of(around, claim), claim.reason)
        around.step("reported", run=claim.run)
    return place.move(claim, around.raw_name(drop, claim), lambda step: around.step(step, run=claim.run))


def _with_place(around: Surroundings, drop: Drop, claim: Claim, place: Place) -> Claim:
    """Choose the file's new place, and write it down before anything stands there."""
    folder = drop.refused if claim.state is ClaimState.REFUSED else drop.done
    moved_to = place.free_name(folder, claim.name, claim.run or claim.mark)
    changed = around.ledger.claims.change(claim.id, moved_to=moved_to, whereabouts=Whereabouts.MOVING.value)
    around.step("moving", run=claim.run)
    return changed


def _reports_of(around: Surroundings, claim: Claim) -> Mapping[str, Path]:
    """Return the files of the report of a claim's run, made again if they are not there."""
    if claim.run is None or claim.reason or claim.state is ClaimState.REFUSED:
        return {}
    folder = around.job.settings.reports_dir / claim.run
    run = around.ledger.run(claim.run)
    if not (folder / "report.html").exists() and run.record().state is RunState.FINISHED:
        return write_report(around.job, run).paths
    return {each.name: each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")}


__all__ = [
    "died",
    "in_doubt",
    "own_code",
    "put_away",
    "refuse",
    "run_died",
    "settle",
    "settle_by_record",
    "still_shut",
    "supersede",
    "waits_for_window",
]
