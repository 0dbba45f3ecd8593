"""One pass over drops: what was left is finished, new files are taken, checked, run and put away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.commands.ledgers import ledger_to_send_by
from importer.commands.run import Confirm, agree
from importer.errors import DropUnreachable, Exit, FileRefused, ImporterError, Interrupted, UsageError
from importer.ingest.check_process import CheckProcess
from importer.ingest.claim_outcomes import died, put_away, refuse, run_died, supersede
from importer.ingest.conditions import Seen
from importer.ingest.expected_files import missing_sentence
from importer.ingest.file_names import in_order, numbers_told
from importer.ingest.notice_targets import send_heartbeat
from importer.ingest.notices import tell_news
from importer.ingest.pass_results import DropResult, FileResult, PassResult
from importer.ingest.places.place_at import Places
from importer.ingest.private_copies import copies_of
from importer.ingest.runs_of_files import ENDS_THE_PASS, go_on, start
from importer.ingest.settled_files import settled
from importer.ingest.surroundings import Surroundings
from importer.ingest.taking import take
from importer.ingest.unfinished import LeftOver, left_over
from importer.model.drops import Claim, ClaimState, FetchedSource

if TYPE_CHECKING:
    from importer.commands.job import Job
    from importer.ingest.listing import Entry, Listing
    from importer.ingest.notices import Audience
    from importer.model.drops import Drop

LOOKED_BACK: Final = 20


@dataclass(slots=True)
class DropWork:
    """One drop on its way through a pass. ``fresh``: claims that wait for their run. ``due``: the earliest start.

    ``is_looked_at``: all that earlier passes left there was looked at.
    """

    drop: Drop
    listing: Listing
    entries: Sequence[Entry]
    result: DropResult
    left: LeftOver = field(default_factory=LeftOver)
    fresh: list[Claim] = field(default_factory=list)
    due: float = float("inf")
    ran: list[str] = field(default_factory=list)
    is_looked_at: bool = False


class Part(NamedTuple):
    """
    One of several passes that go over a tenant's drops one by one.

    ``others``: its drops that have passes of their own. ``is_last``: nothing of the tenant comes after it. ``has_died``: the process
    that made it before has died.
    """

    others: tuple[str, ...] = ()
    is_last: bool = True
    has_died: bool = False


class _Over(Exception):
    """The rest of the pass is for the next one."""


class Means(NamedTuple):
    """
    How a pass is made: who agrees to its runs, the process that reads files (None: one of its own), who is told.

    ``part``: where the pass is one of several that go over a tenant's drops one by one.
    """

    confirm: Confirm = agree
    checks: CheckProcess | None = None
    audience: Audience | None = None
    part: Part | None = None


def ingest(
    job: Job,
    drops: Sequence[Drop],
    *,
    confirm: Confirm = agree,
    checks: CheckProcess | None = None,
    audience: Audience | None = None,
) -> PassResult:
    """
    Go once over these drops, and tell who wants to know.

    ``checks``: a process that reads files, kept by the caller for several passes.

    Raises:
        SettingsError: the token or the address cannot be used; nothing was sent.
        LedgerLocked: another run or pass holds the ledger; nothing was sent.
        LedgerError: it cannot be used; nothing was sent.
    """
    return with_heartbeat(job, audience, go_over(job, drops, Means(confirm, checks, audience)))


def go_over(job: Job, drops: Sequence[Drop], means: Means) -> PassResult:
    """
    Go once over these drops; the heartbeat is the caller's, who may have others to go over.

    Raises:
        ImporterError: as ``ingest``.
    """
    with Places(job.settings, job.stop) as places:
        return _ingest(job, drops, places, means).of_tenant(job.settings.tenant)


def with_heartbeat(job: Job, audience: Audience | None, result: PassResult) -> PassResult:
    """Ask for the heartbeat if the pass was good; return the pass with what is said of one that could not be sent."""
    if audience is None or audience.notify.heartbeat is None or not result.is_good:
        return result
    why = send_heartbeat(audience.notify, job.settings)
    job.log.write("heartbeat", failed=why)
    return result.with_notes([f"The heartbeat could not be sent: {why}."]) if why else result


def _ingest(job: Job, drops: Sequence[Drop], places: Places, means: Means) -> PassResult:
    results = {drop.name: DropResult(drop.name) for drop in drops}
    try:
        listings = _listed(drops, places, results)
        entries = settled(job, listings, places)
    except Interrupted as stopped:
        results[drops[0].name].codes.append(int(stopped.exit_code))
        return PassResult(tuple(results.values()), is_over=True)
    others = () if means.part is None else means.part.others
    with ledger_to_send_by(job) as ledger:
        copies = copies_of(job, ledger)
        copies.sweep(ledger.claims.copies())
        raw = {name: listing.raw for name, (_, listing) in listings.items()}
        around = Surroundings(replace(job, ledger=ledger), ledger, copies, means.confirm, places, raw)
        works = [DropWork(drop, listing, entries[name], results[name]) for name, (drop, listing) in listings.items()]
        is_over = True
        with suppress(_Over), CheckProcess() if means.checks is None else nullcontext(means.checks) as process:
            if means.part is not None and means.part.has_died:
                _tell_death(around, works)
            _carry_out(around, works, process)
            _tell_in_doubt(around, works, others)
            is_over = False
        for work in works:
            _tell_waiting(work)
            _tell_missing(around, work)
        looked = {work.drop.name for work in works if work.is_looked_at}
        if means.part is not None and not means.part.is_last and means.audience is not None:
            means = means._replace(audience=means.audience.without_digest())
        notes = _tell(around, means.audience, Seen(results, looked), others)
    return PassResult(tuple(results.values()), notes, is_over=is_over)


def _tell(around: Surroundings, audience: Audience | None, seen: Seen, others: Sequence[str]) -> tuple[str, ...]:
    """Tell what has changed; a person who wants to stop the pass does not wait for it. ``others``: drops of which the day is told, too."""
    if audience is None or around.job.stop.raised:
        return ()
    try:
        return tuple(tell_news(around, audience, seen, others))
    except ImporterError as error:
        return (f"Notices could not be sent: {error}",)


def _listed(drops: Sequence[Drop], places: Places, results: dict[str, DropResult]) -> dict[str, tuple[Drop, Listing]]:
    found: dict[str, tuple[Drop, Listing]] = {}
    for drop in drops:
        try:
            places.reports_of(drop)  # before anything is sent, it is known that there are reports
            found[drop.name] = (drop, places.of(drop).listing())
        except (DropUnreachable, UsageError, FileRefused) as error:
            # What is said of a query or a link names no drop.
            _note(error, results[drop.name], about=f"{drop.name}: " if isinstance(drop.path, FetchedSource) else "")
    return found


def _note(error: ImporterError, result: DropResult, about: str = "") -> None:
    result.codes.append(int(error.exit_code))
    result.news.append(f"{about}{error} {error.fix}".strip())


def _carry_out(around: Surroundings, works: list[DropWork], process: CheckProcess) -> None:
    for work in works:
        with _of_one_drop(work):
            _look_and_take(around, work)
    _check_all(around, works, process)
    for work in sorted(works, key=lambda work: work.due):
        with _of_one_drop(work):
            _run_all(around, work)


@contextmanager
def _of_one_drop(work: DropWork) -> Iterator[None]:
    """Let a wrong setting, and a place that is gone, cost their drop only; what stops everything ends the pass."""
    try:
        yield
    except (UsageError, DropUnreachable) as error:
        _note(error, work.result)
        work.fresh = []
    except ImporterError as error:
        _note(error, work.result)
        raise _Over from error


def _look_and_take(around: Surroundings, work: DropWork) -> None:
    """Tell what is left and what was left over, then take what is new."""
    work.result.files += [
        FileResult(left.name, None, "left", exit_code=int(Exit.FILE_REFUSED), line=line, news=(line,))
        for left in work.listing.left
        for line in [f"{left.name} is left where it is: {left.reason}."]
        if not _is_moving(around, work.drop, left.name)
    ]
    work.left = left_over(around, work.drop)
    work.result.files += work.left.told
    work.is_looked_at = True
    _take_all(around, work)


def _is_moving(around: Surroundings, drop: Drop, name: str) -> bool:
    """Whether a second name is our own doing: the pass was killed while it moved the file."""
    known = around.ledger.claims.newest(drop.name, name)
    return known is not None and known.moved_to != "" and not known.whereabouts.is_final


def _take_all(around: Surroundings, work: DropWork) -> None:
    claims, drop = around.ledger.claims, work.drop
    earlier = claims.names(drop.name, LOOKED_BACK)
    new: list[str] = []
    for entry in in_order(work.entries, drop.order):
        found = take(around, drop, entry)
        if isinstance(found, FileResult):
            work.result.files.append(found)
        elif found is not None:
            new.append(entry.name)
            work.result.files += _replaced(around, drop, found)
            work.fresh += [found] if found.state is ClaimState.TAKEN else []
            work.result.files += [] if found.state is ClaimState.TAKEN else [_done_again(around, drop, found)]
    work.result.news += numbers_told(new, earlier)
    work.fresh = [*work.left.to_start, *work.fresh]


def _done_again(around: Surroundings, drop: Drop, claim: Claim) -> FileResult:
    told = FileResult(claim.name, claim.sha256, claim.state.value, claim.run, int(Exit.DONE), line=claim.reason)
    return put_away(around, drop, claim, told)


def _replaced(around: Surroundings, drop: Drop, new: Claim) -> list[FileResult]:
    """Supersede a held file whose place another file has taken under its name."""
    held = [
        claim
        for claim in around.ledger.claims.open_claims(drop.name)
        if claim.name == new.name and claim.id < new.id and claim.state is ClaimState.HELD
    ]
    return [supersede(around, drop, claim, f"the next {new.name}") for claim in held]


def _check_all(around: Surroundings, works: list[DropWork], process: CheckProcess) -> None:
    """Read every file that waits for its run in a process of its own; what cannot be read has no run."""
    several = sum(bool(work.fresh) for work in works) > 1
    for work in works:
        with _of_one_drop(work):
            work.fresh = _readable(around, work, process, with_earliest=several)


def _readable(around: Surroundings, work: DropWork, process: CheckProcess, *, with_earliest: bool) -> list[Claim]:
    """Return the claims whose files can be read; of full exports the newest of them."""
    newest_first = work.drop.take == "newest"
    readable: list[Claim] = []
    for claim in reversed(work.fresh) if newest_first else work.fresh:
        if newest_first and readable:
            work.result.files.append(supersede(around, work.drop, claim, readable[0].name))
        elif _is_readable(around, work, claim, process, with_earliest=with_earliest):
            readable.append(claim)
    return readable


def _is_readable(
    around: Surroundings, work: DropWork, claim: Claim, process: CheckProcess, *, with_earliest: bool
) -> bool:
    copy = around.copies.path(claim.copy)
    if copy is None:
        return True  # its run tells what is wrong
    _heed(around)
    found = process.check(around.job_for(work.drop), copy, with_earliest=with_earliest)
    _heed(around)
    if found.died:
        work.result.files.append(died(around, work.drop, claim, None))
    elif found.refused is not None:
        reason = f"{str(found.refused).replace(str(copy), claim.name)} {found.refused.fix}".strip()
        work.result.files.append(refuse(around, work.drop, claim, found.refused.code, reason))
    elif found.earliest is not None:
        work.due = min(work.due, found.earliest)
    return not found.died and found.refused is None


def _heed(around: Surroundings) -> None:
    stop = around.job.stop
    if stop.raised:
        raise Interrupted("Interrupted; the next pass goes on.", exit_code=stop.exit_code)


def _run_all(around: Surroundings, work: DropWork) -> None:
    """Resume and run the files of one drop, the older runs' calls in doubt first, their other calls last."""
    drop = work.drop
    waits = bool(work.fresh)
    for claim in work.left.to_resume:
        told = go_on(around, drop, claim, only_doubts=waits)
        _add(work, told, keep=not waits)
    for claim in work.fresh:
        told = start(around, drop, claim)
        _add(work, told)
        work.ran += [told.run] if told.run and told.state != ClaimState.HELD else []
    if waits:
        _finish_older(around, work)


def _finish_older(around: Surroundings, work: DropWork) -> None:
    """Send what older runs still have to send, after newer files; of full exports only the newest counts."""
    drop, claims = work.drop, around.ledger.claims
    for older in claims.open_claims(drop.name):
        if older.id >= min(claim.id for claim in work.fresh):
            continue
        if drop.take == "newest" and work.ran:
            _add(work, supersede(around, drop, older, work.fresh[0].name))
        elif older.state is ClaimState.STOPPED:
            _add(work, go_on(around, drop, older))


def _add(work: DropWork, told: FileResult, *, keep: bool = True) -> None:
    """Note what came of a file; what ends one run for reasons of the API or of a person ends the pass."""
    others = [file for file in work.result.files if file.name != told.name or file.sha256 != told.sha256]
    work.result.files = [*others, told]
    if told.exit_code in ENDS_THE_PASS and told.run is not None and keep and not told.waits:
        raise _Over


def _tell_waiting(work: DropWork) -> None:
    """Say of files that the pass did not come to that the next one will."""
    told = {(file.name, file.sha256) for file in work.result.files}
    work.result.files += [
        FileResult(
            claim.name, claim.sha256, claim.state.value, claim.run, line=f"{claim.name} waits for the next pass."
        )
        for claim in (*work.left.to_resume, *work.fresh)
        if (claim.name, claim.sha256) not in told
    ]


def _tell_missing(around: Surroundings, work: DropWork) -> None:
    """Say that an expected file has not come; so it is in every pass until one has."""
    newest = around.ledger.claims.newest(work.drop.name)
    if told := missing_sentence(work.drop, newest.taken_at if newest else None, around.job.now()):
        work.result.codes.append(int(Exit.FILE_MISSING))
        work.result.news.append(told)


def _tell_death(around: Surroundings, works: list[DropWork]) -> None:
    """Count a death of the process that carried out a run of these drops; a file that ended it again and again is set aside."""
    for work in works:
        with _of_one_drop(work):
            for claim in around.ledger.claims.open_claims(work.drop.name):
                if claim.state is ClaimState.RUNNING:
                    told = run_died(around, work.drop, claim)
                    work.result.files += [] if told is None else [told]


def _tell_in_doubt(around: Surroundings, works: list[DropWork], others: Sequence[str]) -> None:
    """
    Say which other runs left rows in doubt, as every run does: a pass that is silent would say that all is well.

    ``others``: drops that have passes of their own, which tell it of theirs.
    """
    told = {file.run for work in works for file in work.result.files}
    for one in around.ledger.unresolved():
        if one.run not in told and works and around.ledger.claims.drop_of(one.run) not in others:
            work = works[0]
            work.result.codes.append(int(Exit.UNKNOWN_OUTCOMES))
            work.result.news.append(
                f"Run {one.run} left {one.unknown} {'row' if one.unknown == 1 else 'rows'} whose outcome is not known. "
                f"See which: {around.job.command('report', one.run)}"
            )
