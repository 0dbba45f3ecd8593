"""``importer ledger backup``, ``restore`` and ``migrate``: a whole ledger copied, brought back, brought up to date."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, REPORTS, effective, screen_of, settings_options
from importer.cli.terminal import Outcome, Styled
from importer.errors import Exit
from importer.reporting.wording import as_typed, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.cli.terminal import Line
    from importer.model.records import Verified


@click.command("backup")
@click.argument("path", metavar="FILE")
@settings_options(MEMORY)
@click.pass_context
def backup(context: click.Context, /, path: str, **given: Any) -> Outcome:
    """
    Copy the ledger to FILE, also while a run sends. Nothing is overwritten; the copy is its owner's alone.

    importer ledger restore brings it back. It holds personal data, which a later importer ledger purge does not reach.
    """
    settings, _ = effective(given, screen_of(context))
    from importer.ledger.backups import back_up

    found = back_up(settings.ledger_url, Path(path), lock_timeout_s=settings.lock_timeout_s)
    return Outcome("ledger backup", lines=[f"Copied to {path}: {held_in(found)}"], data={"path": path, **asdict(found)})


@click.command("restore")
@click.argument("path", metavar="FILE")
@settings_options(MEMORY, REPORTS)
@click.pass_context
def restore(context: click.Context, /, path: str, **given: Any) -> Outcome:
    """
    Bring back the ledger from FILE, which importer ledger backup wrote. A ledger that is there is not overwritten.

    What was sent after the copy was made is not in it, and would be sent again: where reports tell of such runs, the command
    that takes them in is printed. Exits 4 then, and where a run was at work when the copy was made: what it had still to send
    may have been sent, and no no-show of it goes again.
    """
    settings, _ = effective(given, screen_of(context))
    from importer.commands.ledgers import reports_after, set_aside
    from importer.ledger import open_ledger
    from importer.ledger.backups import restore as bring_back
    from importer.model.statuses import RunState

    found = bring_back(settings.ledger_url, Path(path), lock_timeout_s=settings.lock_timeout_s)
    opening = open_ledger(
        settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True, purge_key=settings.purge_key
    )
    with opening as memory:
        newest = memory.runs(1)
        known = {run.id: run.state for run in memory.runs(None)}
        later = reports_after(memory, settings.ledger_url, settings.reports_dir)
    cut_off = [run for run, state in known.items() if state is RunState.OPEN]
    # A resume of a run that is known writes its report anew, and may come before the import.
    missing = [str(set_aside(each) if each.parent.name in known else each) for each in later]
    return Outcome(
        "ledger restore",
        lines=list(restored(found, newest[0].id if newest else None, missing, cut_off)),
        data={
            **asdict(found),
            "newest_run": newest[0].id if newest else None,
            "reports_to_import": missing,
            "cut_off": cut_off,
        },
        exit_code=Exit.SOME_ROWS_FAILED if missing or cut_off else Exit.DONE,
    )


def restored(
    found: Verified, newest: str | None, missing: Sequence[str], cut_off: Sequence[str] = ()
) -> Iterator[Line]:
    """Yield what is there again, and what must be made good before anything is sent."""
    yield f"Restored: {held_in(found)}" + (f" Its newest run is {newest}." if newest else "")
    for run in cut_off:
        yield Styled(
            f"Run {run} was at work when the copy was made. What it had still to send may have been sent: no no-show of it goes again.",
            "red",
        )
    if missing:
        yield Styled(
            f"{counted(len(missing), 'run')} of which there are reports happened later or went on. Before you send, type:",
            "red",
        )
        yield f"  importer ledger import {shlex.join(map(as_typed, missing))}"
    else:
        yield "If anything was sent since, take in its results.csv with importer ledger import before you send."


def held_in(found: Verified) -> str:
    """Return what a ledger holds, in numbers."""
    parts = ((found.runs, "run"), (found.rows, "row"), (found.reminders, "appointment"))
    return f"{', '.join(counted(count, noun) for count, noun in parts)}."


@click.command("migrate")
@settings_options(MEMORY)
@click.pass_context
def migrate(context: click.Context, /, **given: Any) -> Outcome:
    """
    Bring the ledger up to date, or make its tables in a database of PostgreSQL: by a role that may, before runs by one that may not.

    Runs do it by themselves where they may.
    """
    settings, _ = effective(given, screen_of(context))
    from importer.ledger.opening import bring_up_to_date

    before, now = bring_up_to_date(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s)
    lines = [
        f"The ledger is of version {now}."
        if before == now
        else f"The ledger is of version {now} now; before: {before or 'none'}."
    ]
    return Outcome("ledger migrate", lines=lines, data={"version": now, "before": before})
