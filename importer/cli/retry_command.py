"""``importer resume``, ``retry`` and ``resolve``: what is left of a run is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, RELEASING, REPORTS, SENDING, screen_of, settings_options
from importer.cli.terminal import Outcome
from importer.cli.working import asking, ended, sending
from importer.errors import NothingToDo, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


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
