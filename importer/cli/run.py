"""``importer run``: plan, send, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.asking import asking, refuse_if_nobody_can_answer
from importer.cli.ending import ended
from importer.cli.options import (
    MEMORY,
    READING,
    REHEARSING,
    RELEASING,
    REPORTS,
    SENDING,
    SNAPSHOTS,
    screen_of,
    settings_options,
)
from importer.cli.working import sending
from importer.errors import UsageError

if TYPE_CHECKING:
    from importer.cli.outcome import Outcome
    from importer.cli.terminal import Terminal
    from importer.run import Job


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--plan", metavar="PLAN", help="Send exactly this plan, saved by importer plan --out.")
@settings_options(READING, REHEARSING, SNAPSHOTS, RELEASING, SENDING, MEMORY, REPORTS)
@click.pass_context
def run(context: click.Context, /, files: tuple[str, ...], *, plan: str | None, **given: Any) -> Outcome:
    """
    Plan, send and report.

    On a terminal it tells how many calls there are and asks before it sends; --yes says yes beforehand. Off a
    terminal, as in a nightly job, it does not ask. Ctrl-C stops gently: the calls in flight are waited for, and
    importer resume sends the rest.

    With --rehearse nothing leaves this machine: the run is done on a copy of the ledger, against a sandbox, and its
    report shows how it would end. Appointments that the ledger does not know are unknown to the sandbox, too.
    """
    screen = screen_of(context)
    if bool(files) == (plan is not None):
        raise UsageError(
            "Name the sheets to send, or a saved plan.", fix="Write importer run FILE..., or importer run --plan PLAN."
        )
    with sending(given, screen) as job:
        if job.settings.rehearse:
            return rehearsed(job, files, screen)
        refuse_if_nobody_can_answer(job, files, screen)
        from importer.run import run as send_run
        from importer.run import run_plan

        confirm = asking(job, screen)
        result = run_plan(job, plan, confirm=confirm) if plan else send_run(job, files, confirm=confirm)
        return ended("run", result, screen)


def rehearsed(job: Job, files: tuple[str, ...], screen: Terminal) -> Outcome:
    """Return how the run would end."""
    if not files:
        raise UsageError("A saved plan cannot be rehearsed.", fix="Write importer run FILE... --rehearse")
    from importer.cli.rehearsing import rehearsing
    from importer.run import run as send_run

    with rehearsing(job) as rehearsal:
        return ended("run", send_run(rehearsal, files), screen)
