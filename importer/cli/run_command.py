"""
``importer run``: plan, send, report; ``resume``, ``retry`` and ``resolve``: what is left of a run is finished.

With ``--rehearse`` a run is done against a sandbox in this process and a copy of the ledger.
"""

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
from importer.cli.terminal import Outcome
from importer.cli.working import asking, ended, reading, refuse_if_nobody_can_answer, sending
from importer.errors import NothingToDo, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.cli.terminal import Terminal
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


@click.command()
@click.argument("run", required=False)
@settings_options(SENDING, MEMORY, REPORTS)
@click.pass_context
def resume(context: click.Context, /, run: str | None, **given: Any) -> Outcome:
    """
    Finish an interrupted RUN, the latest if none is named.

    Everything needed is read from the ledger; the sheet is not needed. Rows that are done stay untouched.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.commands.run import resume as resume_run

        return unless_done("resume", lambda: ended("resume", resume_run(job, run, confirm=asking(job, screen)), screen))


@click.command()
@click.argument("run", required=False)
@click.option("--keep", is_flag=True, help="Send nothing: keep it as a draft, for importer run --draft.")
@settings_options(RELEASING, SENDING, MEMORY, REPORTS)
@click.pass_context
def retry(context: click.Context, /, run: str | None, *, keep: bool, **given: Any) -> Outcome:
    """
    Send again what failed or was not sent in RUN, the latest if none is named.

    Rows with an unknown outcome are repeated only where that cannot text anybody twice; the others wait for
    importer resolve. What is on hold stays on hold, unless --release names it.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        if keep:
            from importer.cli.drafts.kept_plan import kept_outcome
            from importer.cli.plan_command import row_writer
            from importer.commands.drafts.draft_retrying import keep_retry

            each = row_writer(screen) if screen.as_json else None
            return unless_done("retry", lambda: kept_outcome("retry", screen, *keep_retry(job, run, each_row=each)))
        from importer.commands.run import retry as retry_run

        return unless_done("retry", lambda: ended("retry", retry_run(job, run, confirm=asking(job, screen)), screen))


def unless_done(command: str, carry_out: Callable[[], Outcome]) -> Outcome:
    """Return the outcome of a command, or one line where nothing is left for it to do."""
    try:
        return carry_out()
    except NothingToDo as nothing:
        lines = [str(nothing), *([nothing.fix] if nothing.fix else [])]
        return Outcome(command, lines=lines, data={"nothing_to_do": str(nothing)}, exit_code=nothing.exit_code)


@click.command()
@click.argument("run")
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1), metavar="[ROW]...")
@click.option(
    "--appointment",
    "appointments",
    multiple=True,
    metavar="ID",
    help="A row that stands in no sheet, such as a missing appointment's, by its number or uuid.",
)
@click.option(
    "--sent", is_flag=False, flag_value="", metavar="[UUID]", help="It reached the API; with the uuid, if it is known."
)
@click.option("--not-sent", is_flag=True, help="It did not reach the API; importer retry may send it again.")
@settings_options(MEMORY, REPORTS)
@click.pass_context
def resolve(  # noqa: PLR0913 - keyword-only, one an option of the command
    context: click.Context,
    /,
    run: str,
    numbers: tuple[int, ...],
    *,
    appointments: tuple[str, ...],
    sent: str | None,
    not_sent: bool,
    **given: Any,
) -> Outcome:
    """
    Settle rows of RUN whose outcome is unknown, as a person found it in Attentive.

    ROW is the row's number in its sheet. Example: importer resolve 20270304-020000-a1b2 14 --not-sent
    """
    rows: tuple[int | str, ...] = (*numbers, *appointments)
    refuse_unclear(rows, sent=sent, not_sent=not_sent)
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.commands.report import resolve as resolve_rows

        return ended("resolve", resolve_rows(job, run, rows, sent=sent is not None, uuid=sent or None), screen)


def refuse_unclear(rows: tuple[int | str, ...], *, sent: str | None, not_sent: bool) -> None:
    """Raise ``UsageError`` unless exactly one thing is said, and a uuid of one row only."""
    if (sent is not None) == not_sent:
        raise UsageError(
            "Say what happened to these rows.", fix="Add --sent, --sent UUID or --not-sent after the rows."
        )
    if not rows:
        raise UsageError("No row is named.", fix="Name the rows by their numbers, or --appointment ID.")
    if sent and len(rows) > 1:
        raise UsageError("One uuid cannot be that of several rows.", fix="Settle each row by itself.")
