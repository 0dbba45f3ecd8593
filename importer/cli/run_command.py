"""``importer run``: plan, send, report; with ``--rehearse`` against a sandbox in this process and a copy of the ledger."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

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
from importer.cli.working import asking, ended, reading, refuse_if_nobody_can_answer, sending
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.cli.terminal import Outcome, Terminal
    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.sandbox import Sandbox


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--plan", metavar="PLAN", help="Send exactly this plan, saved by importer plan --out.")
@click.option("--draft", metavar="ID", help="Send exactly this draft, kept by importer plan --keep.")
@settings_options(READING, REHEARSING, SNAPSHOTS, RELEASING, SENDING, MEMORY, REPORTS)
@click.pass_context
def run(
    context: click.Context, /, files: tuple[str, ...], *, plan: str | None, draft: str | None, **given: Any
) -> Outcome:
    """
    Plan, send and report.

    On a terminal it says how many changes there are and asks before it sends; --yes answers yes. When not run
    interactively, as in a nightly job, it does not ask. Ctrl-C shuts down gracefully: requests in progress finish first,
    and importer resume sends the rest.

    With --rehearse nothing leaves this machine: the run is done on a copy of the ledger, against a sandbox, and its
    report shows how it would end. Appointments that the ledger does not know are unknown to the sandbox, too.
    """
    screen = screen_of(context)
    if sum((bool(files), plan is not None, draft is not None)) > 1:
        raise nothing_named()
    with sending(given, screen) as job:
        if job.settings.rehearse and (plan is not None or draft is not None):
            raise UsageError(
                "A saved plan or a draft cannot be rehearsed.", fix="Write importer run FILE... --rehearse"
            )
        refuse_if_nobody_can_answer(job, files, screen)
        from importer.commands.plan import run_plan
        from importer.commands.run import run as send_run

        confirm = asking(job, screen)
        if draft is not None:
            from importer.commands.drafts.draft_sending import run_draft

            return ended("run", run_draft(job, draft, confirm=confirm), screen)
        if plan is not None:
            with planned(job, plan) as told:
                return ended("run", run_plan(told, plan, confirm=confirm), screen)
        with reading(job, files, screen, otherwise=nothing_named) as (told, paths):
            if job.settings.rehearse:
                return rehearsed(told, paths, screen)
            return ended("run", send_run(told, paths, confirm=confirm), screen)


def nothing_named() -> UsageError:
    """Return what is told where nothing, or too much, is named to send."""
    return UsageError(
        "Name the sheets to send, or a saved plan, or a draft.",
        fix="Write importer run FILE..., importer run --plan PLAN, or importer run --draft ID.",
    )


@contextmanager
def planned(job: Job, plan: str) -> Iterator[Job]:
    """Give the job that carries a plan out: where the plan is about a query, that is sent once more."""
    from importer.commands.job import is_fetched
    from importer.commands.plan import load

    found = load(Path(plan))
    if not all(map(is_fetched, found.paths)):
        yield job
        return
    from importer.fetching.fetched_source import fetched

    said, settings = found.choices, job.settings
    query_file = settings.query_file or (Path(str(said["query_file"])) if said.get("query_file") else None)
    settings = replace(settings, query_file=query_file, key_column=settings.key_column or said.get("key_column"))
    with fetched(replace(job, settings=settings), found.paths) as (told, _):
        yield told


def rehearsed(job: Job, files: Sequence[str], screen: Terminal) -> Outcome:
    """Return how the run would end."""
    from importer.commands.run import run as send_run

    with rehearsing(job) as rehearsal:
        return ended("run", send_run(rehearsal, files), screen)


FOLDER: Final = "rehearsals"


@contextmanager
def rehearsing(job: Job) -> Iterator[Job]:
    """
    Give the job with its settings turned to a sandbox and to a copy of its ledger; nothing leaves this machine.

    The ledger stays as it is, and no token is needed. Reports go to ``rehearsals`` in the reports folder.

    Raises:
        LedgerError: the ledger cannot be read, or is lost.
    """
    from importer.commands.ledgers import claim, refuse_if_lost
    from importer.ledger import open_ledger
    from importer.ledger.backups import copy_ledger
    from importer.ledger.opening import ledger_url
    from importer.sandbox import Sandbox
    from importer.settings import TokenSource

    settings = job.settings
    with tempfile.TemporaryDirectory(prefix="importer-rehearsal-") as folder, Sandbox() as sandbox:
        copy = Path(folder) / "ledger.db"
        if not copy_ledger(settings.ledger_url, copy, lock_timeout_s=settings.lock_timeout_s) and not (
            settings.new_ledger
        ):
            refuse_if_lost(settings.ledger_url, settings.reports_dir)
        turned = replace(
            settings,
            base_url=sandbox.base_url,
            ledger_url=str(ledger_url(str(copy)).render_as_string()),
            reports_dir=settings.reports_dir / FOLDER,
            token_source=TokenSource.of(sandbox.token),
            proxy=None,
            ca_bundle=None,
            yes=True,
        )
        rehearsal = replace(job, settings=turned, rehearsal=True)
        with open_ledger(turned.ledger_url, purge_key=turned.purge_key) as ledger:
            tell(sandbox, ledger)
            claim(rehearsal, ledger)
        yield rehearsal


def tell(sandbox: Sandbox, ledger: Ledger) -> None:
    """Let the sandbox hold what the ledger knows, so that changes reach what they would reach at the API."""
    for reminder in ledger.all_reminders():
        if reminder.uuid is not None:
            sandbox.adopt(
                reminder.uuid,
                reminder.values,
                phone=reminder.open_key.phone if reminder.open_key else "",
                cancelled=reminder.state.value == "cancelled",
            )
