"""``importer runs``, ``report`` and ``explain``: what the ledger remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.ending import ended
from importer.cli.lives import as_data, told
from importer.cli.options import MEMORY, REPORTS, screen_of, settings_options
from importer.cli.outcome import Outcome
from importer.cli.tables import table
from importer.cli.working import looking, working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.cli.terminal import Line
    from importer.ledger import Ledger
    from importer.ledger.overview import Glance
    from importer.model.records import FileRecord, RunRecord
    from importer.model.words import Status


@click.command()
@click.argument("run", required=False)
@click.option(
    "--last", default=20, show_default=True, type=click.IntRange(min=1), metavar="N", help="How many to list."
)
@settings_options(MEMORY)
@click.pass_context
def runs(context: click.Context, /, run: str | None, *, last: int, **given: Any) -> Outcome:
    """List the latest runs, newest first; with RUN, show that one."""
    with looking(given, screen_of(context)) as memory:
        if run is not None:
            return one(memory, run)
        found = memory.glances(last)
    return Outcome("runs", lines=list(listed(found)), data={"runs": [of_glance(each) for each in found]})


def one(memory: Ledger, run_id: str) -> Outcome:
    """Return the outcome that shows one run: its facts, its files, its rows by status."""
    run = memory.run(run_id)
    files, totals = memory.files(run.id), memory.totals(run.id)
    data = {
        "run": of_run(run),
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in files],
        "totals": {status.value: count for status, count in totals.items()},
    }
    return Outcome("runs", lines=list(shown(run, files, totals)), data=data)


def of_glance(each: Glance) -> dict[str, Any]:
    """
    Return a run as ``runs --json`` lists it; ``runs RUN --json`` tells more of one.

    ``by`` names who began it on the page; null for the command line, which knows no users.
    """
    run = each.run
    return {
        "id": run.id,
        "command": run.command,
        "state": run.state.value,
        "files": list(each.files),
        "profile": run.profile,
        "totals": {status.value: count for status, count in each.totals.items()},
        "unknown": each.unknown,
        "exit_code": run.exit_code,
        "by": run.settings.get("by"),
    }


def of_run(run: RunRecord) -> dict[str, Any]:
    """Return a run as JSON holds it; times are UTC texts."""
    from importer.reporting.results import utc_text
    from importer.reporting.summary import holds_member

    return {
        "id": run.id,
        "command": run.command,
        "state": run.state.value,
        "started_at": utc_text(run.started_at),
        "finished_at": None if run.finished_at is None else utc_text(run.finished_at),
        "parent": run.parent,
        "exit_code": run.exit_code,
        "stop_reason": run.stop_reason,
        "version": run.version,
        "tzdata": run.tzdata,
        **holds_member(run),
    }


def listed(found: Sequence[Glance]) -> Iterator[Line]:
    """Yield runs as a table: which files they were made of, and how their rows stand."""
    if not found:
        yield "There are no runs yet."
        return
    rows = [
        (
            each.run.id,
            each.run.command,
            ", ".join(each.files) or "-",
            each.run.profile,
            counts(each) or "no rows",
            ending(each.run),
        )
        for each in found
    ]
    yield from table(("Run", "Command", "Files", "Profile", "Rows", "How it ended"), rows)


def counts(each: Glance) -> str:
    """Return how a run's rows stand: ``56 created, 3 invalid, 1 unknown``."""
    from importer.model.words import Status
    from importer.reporting.words import LABELS, number

    parts = [
        f"{number(count)} {LABELS[status].lower()}"
        for status, count in each.totals.items()
        if status is not Status.UNKNOWN
    ]
    return ", ".join([*parts, *([f"{number(each.unknown)} unknown"] if each.unknown else [])])


def ending(run: RunRecord) -> str:
    """Return how a run ended, in words."""
    from importer.model.words import RunState
    from importer.reporting.words import exit_meaning

    if run.state is RunState.OPEN:
        return "at work, or cut off"
    return f"{run.exit_code}: {exit_meaning(run.exit_code)}"


def shown(run: RunRecord, files: Sequence[FileRecord], totals: Mapping[Status, int]) -> Iterator[Line]:
    """Yield one run for people."""
    from importer.reporting.words import LABELS, counted, moment, number

    yield f"Run {run.id} ({run.command}{f' of {run.parent}' if run.parent else ''})"
    yield f"Started {moment(run.started_at)}"
    yield f"Ended: {ending(run)}"
    if run.stop_reason:
        yield run.stop_reason
    for hold in run.holds:
        released = hold.code in run.released
        yield f"Released with --release {hold.code}: {hold.message}" if released else f"Held: {hold.message} {hold.fix}"
    for file in files:
        yield f"File {file.name}{f', sheet {file.sheet}' if file.sheet else ''}: {counted(file.rows, 'row')}"
    yield ""
    rows = [(LABELS[status], number(count)) for status, count in totals.items() if count]
    yield from table(("Status", "Rows"), rows, right=(1,))


@click.command()
@click.argument("run", required=False)
@settings_options(MEMORY, REPORTS)
@click.pass_context
def report(context: click.Context, /, run: str | None, **given: Any) -> Outcome:
    """Write the report of RUN again from the ledger, of the latest if none is named."""
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.run import report as write_report

        return ended("report", write_report(job, run), screen)


@click.command()
@click.argument("appointment", metavar="ID")
@settings_options(MEMORY)
@click.pass_context
def explain(context: click.Context, /, appointment: str, **given: Any) -> Outcome:
    """
    Tell one appointment's whole life: every file, row, run, value, call and answer.

    ID is an external event id, a reminder's uuid, or a phone. What is printed is personal data.
    """
    with working(given, screen_of(context)) as job:
        from importer.run import explain as life_of

        life = life_of(job, appointment)
    return Outcome("explain", lines=list(told(life)), data=as_data(life))
