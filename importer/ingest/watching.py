"""Pass after pass, until somebody wants it to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import DropUnreachable, Exit, ImporterError, Interrupted, LedgerLocked, LedgerLost
from importer.ingest.check_process import CheckProcess
from importer.ingest.pass_results import DropResult, PassResult
from importer.ingest.passes import Means, go_over, with_heartbeat
from importer.ingest.settled_files import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.commands.job import Job
    from importer.model.drops import Drop


def watch(
    job: Job,
    drops: Sequence[Drop],
    *,
    every_s: float,
    hear: Callable[[PassResult], None],
    means: Means = Means(),  # noqa: B008 - a value that does not change
) -> Exit:
    """
    Go over the drops every ``every_s`` seconds; return 130 or 143 at a signal.

    ``hear`` gets what each pass found. A ledger that another run holds, or that is out of reach, is tried again.

    Raises:
        UsageError: a setting is wrong, or the ledger cannot be used; the next pass would find the same.
    """
    with CheckProcess() as checks:
        means = means._replace(checks=checks)
        return repeat(job, lambda: _one_pass(job, drops, means), every_s=every_s, hear=hear)


def repeat(job: Job, one_pass: Callable[[], PassResult], *, every_s: float, hear: Callable[[PassResult], None]) -> Exit:
    """Make pass after pass, ``every_s`` seconds between them; return 130 or 143 at a signal. ``hear`` gets what each found."""
    while not job.stop.raised:
        hear(one_pass())
        try:
            wait(job, every_s)
        except Interrupted:
            break
    return job.stop.exit_code


def _one_pass(job: Job, drops: Sequence[Drop], means: Means) -> PassResult:
    try:
        return with_heartbeat(job, means.audience, go_over(job, drops, means))
    except (LedgerLocked, LedgerLost, DropUnreachable, Interrupted) as error:
        failed = PassResult((_of(error, drops[0]),), failed=error.exit_code)
        return failed.of_tenant(job.settings.tenant)


def _of(error: ImporterError, drop: Drop) -> DropResult:
    return DropResult(drop.name, codes=[int(error.exit_code)], news=[f"{error} {error.fix}".strip()])
