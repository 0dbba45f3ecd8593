"""``importer plan``: what a run would do, row by row, decided as a run decides it, and forgotten again."""

from __future__ import annotations

import shlex
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.commands.delivery import waits, window_of
from importer.commands.ledgers import ledger_to_plan_by
from importer.commands.plan_file import PlanFile, choices, save
from importer.commands.run import close_cut_off, start
from importer.commands.stage_files import decide, stage_files
from importer.errors import UsageError
from importer.model.records import RELEASABLE
from importer.model.sending_window import reminding_of
from importer.reporting.plan_result import PlanResult, PlanTally
from importer.writing import write_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.model.records import LifeRow


def plan(  # noqa: PLR0913 - what is asked for, all by name
    job: Job,
    paths: Sequence[str],
    *,
    out: Path | None = None,
    page: Path | None = None,
    options: Sequence[str] = (),
    each_row: Callable[[LifeRow], None] | None = None,
) -> PlanResult:
    """
    Decide what a run over these files would do now; nothing is sent and nothing of it stays in the ledger.

    ``out``: where to save the plan for ``run_plan``. ``page``: where to show it as a page. ``options``: what was typed
    beside the files, repeated in the command that carries the plan out. ``each_row`` gets every row in order, with old
    and new values of what an update would change.

    Raises:
        UsageError: ``out`` or ``page`` cannot be written.
        FileRefused: a file cannot be read.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    refuse_places(paths, out, page)
    with ledger_to_plan_by(job) as ledger:
        close_cut_off(job, ledger)
        newest = _newest_run(ledger)
        with staged_plan(job, ledger, paths) as begun:
            found = plan_result(job, begun, begun.report.decided(), each_row)
        if out is not None:
            save(out, _plan_file(job, paths, found, newest))
        found = replace(found, saved=out, command=_command(paths, out, options) if found.call_count else "")
        found = replace(found, release=_release(job, found, paths, options))
        return replace(found, page=shown_on(page, found)) if page is not None else found


@contextmanager
def staged_plan(job: Job, ledger: Ledger, paths: Sequence[str]) -> Iterator[Run]:
    """Stage and decide a run that is never written down: what it reads of the ledger is all that it leaves of it."""
    with ledger.rehearsing():
        begun = start(job, ledger, "plan")
        stage_files(job, begun, paths)
        decide(job, begun)
        yield begun


def plan_result(
    job: Job, run: Run, decided: Iterable[LifeRow], each_row: Callable[[LifeRow], None] | None
) -> PlanResult:
    """Return what a plan comes to; ``decided``: its rows, each of which ``each_row`` gets."""
    tally, now = PlanTally(), job.now()
    for row in decided:
        tally.see(row)
        if each_row is not None:
            each_row(row)
    return PlanResult(
        run=run.record(),
        files=tuple(run.files.all()),
        calls=run.calls.pending(),
        totals=Counter(run.report.totals()),
        people=run.report.people(),
        waits=waits(job, run),
        reminding=reminding_of(run.report.visits(), now),
        kinds=tally.kinds(run.record().holds),
        fingerprint=run.plan.fingerprint(),
        sums=tally.sums(),
        missing=tally.missing,
        warnings=dict(tally.warned.most_common()),
        shared=tally.shared,
        by_ledger=tally.by_ledger,
        groups=tally.groups(run.ledger.values_of(tally.uuids()), now=now, window=window_of(job)),
    )


def refuse_places(paths: Sequence[str], out: Path | None, page: Path | None) -> None:
    """Refuse, before anything is read, to write a plan where it cannot stand or would overwrite a sheet."""
    if out is not None and page is not None and out.resolve() == page.resolve():
        raise UsageError("The plan and its page cannot have the same name.", fix="Give --out and --html two names.")
    for place in (out, page):
        if place is None:
            continue
        if place.is_dir():
            raise UsageError(f"{place} is a folder.", fix=f"Name a file in it, such as {place / 'plan.html'}.")
        if not place.parent.is_dir():
            raise UsageError(f"There is no folder {place.parent}.", fix="Make it first, or name another.")
        if any(path != "-" and place.resolve() == Path(path).resolve() for path in paths):
            raise UsageError(f"{place} is the sheet itself; it would be overwritten.", fix="Give it another name.")


def shown_on(page: Path, found: PlanResult) -> Path:
    """Write the plan as a page. ``UsageError``: it cannot be."""
    try:
        return write_plan(found, page)
    except OSError as error:
        raise UsageError(f"The page cannot be written to {page}: {error.strerror}.") from None


def _command(paths: Sequence[str], out: Path | None, options: Sequence[str]) -> str:
    """Return the command that carries the plan out; the options decide what is sent, so they are part of it."""
    what = ["--plan", str(out)] if out is not None else list(paths)
    return shlex.join(["importer", "run", *what, *options])


def _release(job: Job, found: PlanResult, paths: Sequence[str], options: Sequence[str]) -> str:
    """Return the command that lets a held plan go, with what was let go already; "" where a release is not enough."""
    codes = [hold.code for hold in found.holds]
    if not codes or not RELEASABLE.issuperset(codes):
        return ""
    every = ",".join(dict.fromkeys([*job.settings.release, *codes]))
    # Of an option that is typed twice the last counts.
    return shlex.join(["importer", "run", *paths, *options, "--release", every])


def _newest_run(ledger: Ledger) -> str:
    newest = ledger.runs(1)
    return newest[0].id if newest else ""


def _plan_file(job: Job, paths: Sequence[str], result: PlanResult, newest: str) -> PlanFile:
    return PlanFile(
        made_at=job.now(),
        paths=tuple(paths),
        sha256=tuple(file.sha256 for file in result.files),
        choices=choices(job),
        calls={action.value: count for action, count in result.calls.items()},
        fingerprint=result.fingerprint,
        newest_run=newest,
    )
