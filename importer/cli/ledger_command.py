"""``importer ledger``: manage the ledger, the local record of sent reminders."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

import click

from importer.cli.backup_command import backup, held_in, migrate, restore
from importer.cli.history_command import of_now
from importer.cli.options import MEMORY, REPORTS, screen_of, settings_options
from importer.cli.terminal import Outcome, Styled, visible
from importer.cli.working import asked, is_there, looking, working
from importer.errors import Exit, UsageError
from importer.reporting.run_report import at, of_reminder
from importer.reporting.wording import counted
from importer.settings import values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.cli.terminal import Line
    from importer.commands.job import Job
    from importer.ingest.purge import Purged
    from importer.ledger import Ledger
    from importer.ledger.retention.folding import Foldable
    from importer.ledger.retention.purging import Purgeable
    from importer.model.records import Imported, Reminder, Verified


EXPORT_BEGINS: Final = b'{"kind"'


def days_of(_context: click.Context, _option: click.Parameter, text: str) -> int:
    """Return a number of days, written ``90d``."""
    try:
        return values.days(text)
    except ValueError as error:
        raise click.BadParameter(f"expected {error}") from None


older_than: Final = click.option(
    "--older-than",
    "days",
    required=True,
    callback=days_of,
    metavar="DAYS",
    help="Of runs that ended so many days ago: 90d.",
)


@click.group()
def ledger() -> None:
    """Manage the ledger (the local record of sent reminders)."""


for command in (backup, restore, migrate):
    ledger.add_command(command)


@ledger.command("find")
@click.argument("appointment", metavar="ID")
@settings_options(MEMORY)
@click.pass_context
def find(context: click.Context, /, appointment: str, **given: Any) -> Outcome:
    """
    Show what is held of an appointment, by external event id, uuid or phone.

    Exits 4 where nothing is held. What is printed is personal data.
    """
    with looking(given, screen_of(context)) as memory:
        found = memory.find(appointment)
    return Outcome(
        "ledger find",
        lines=list(held(found)),
        data={"reminders": [of_reminder(each) for each in found]},
        exit_code=Exit.DONE if found else Exit.SOME_ROWS_FAILED,
    )


def held(found: list[Reminder]) -> Iterator[Line]:
    """Yield reminders for people."""
    if not found:
        yield "The ledger holds no such appointment."
    for reminder in found:
        yield from of_now(reminder)
        yield ""


@ledger.command("export")
@click.argument("path", default="-")
@settings_options(MEMORY)
@click.pass_context
def export(context: click.Context, /, path: str, **given: Any) -> Outcome:
    """
    Write every appointment that the ledger holds as lines of JSON, to PATH or to standard output.

    Elsewhere importer ledger import takes them in. The lines are personal data; a file is its owner's alone.
    """
    screen = screen_of(context)
    with looking(given, screen) as memory:
        if path == "-":
            for line in memory.export():
                screen.raw(line.decode())
            return Outcome("ledger export", streamed=True)
        with private_file(Path(path)) as file:
            # The first line says what the file is.
            count = sum(1 for line in memory.export() if file.write(line)) - 1
    lines = [f"Wrote {counted(count, 'appointment')} to {path}."]
    return Outcome("ledger export", lines=lines, data={"path": path, "reminders": count})


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for its owner alone, that appears under its name only when it is whole. ``UsageError``: it cannot be."""
    from importer.writing.atomic_files import draft

    try:
        with draft(path) as made:
            yield made.stream
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", fix="Name another place.") from None


@ledger.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@settings_options(MEMORY, ("profile",))
@click.pass_context
def take_in(context: click.Context, /, files: tuple[str, ...], **given: Any) -> Outcome:
    """
    Take in what another ledger exported, or rebuild a lost one from the results.csv of earlier runs.

    What the ledger knows already is left alone. On a terminal it tells how many appointments there are and asks;
    importer explain shows that an appointment was taken in. Reports are read with the profile that they were made with.
    """
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.commands.ledgers import opened_ledger

        def confirm(found: Imported) -> bool:
            known = f" ({found.known:,} are known already and stay as they are)" if found.known else ""
            question = f"Take in {found.added:,} appointment{'' if found.added == 1 else 's'}{known}? [y/N] "
            return job.settings.yes or not is_there(screen) or asked(question, job, screen)

        with opened_ledger(job, rebuilds=True) as memory:
            if is_export(files):
                found = import_export(memory, files, confirm)
            else:
                found = import_reports(job, memory, files, confirm)
    took, known = counted(found.added, "appointment"), f"{found.known:,} {'was' if found.known == 1 else 'were'}"
    lines = [f"Took in {took}; {known} known already."]
    return Outcome("ledger import", lines=lines, data={"added": found.added, "known": found.known})


def is_export(files: tuple[str, ...]) -> bool:
    """Whether the files are exports. ``UsageError``: one cannot be read, or they are of both kinds."""
    kinds = {begins_as_export(file) for file in files}
    if len(kinds) > 1:
        raise UsageError("Exports and reports cannot be taken in together.", fix="Take in the exports first.")
    return kinds == {True}


def begins_as_export(path: str) -> bool:
    """Whether a file begins as an export does. ``UsageError``: it cannot be read."""
    with regular(path) as file:
        return file.read(len(EXPORT_BEGINS)) == EXPORT_BEGINS


@contextmanager
def regular(path: str) -> Iterator[IO[bytes]]:
    """Open a regular file for reading; a FIFO would hang. ``UsageError``: it is none, or cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", fix="Check the name and the folder.") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UsageError(f"{path} is not a file.", fix="Name an export, or the results.csv of earlier runs.")
        yield file


def import_export(memory: Ledger, files: tuple[str, ...], confirm: Callable[[Imported], bool]) -> Imported:
    """Take in exports, one after the other; a line is read no further than a line of an export can go."""
    from importer.ledger.transfer import LONGEST_LINE
    from importer.model.records import Imported

    added = known = 0
    for path in files:
        with regular(path) as file:
            found = memory.import_export(iter(lambda: file.readline(LONGEST_LINE + 1), b""), confirm=confirm)
        added, known = added + found.added, known + found.known
    return Imported(added, known)


def import_reports(job: Job, memory: Ledger, files: tuple[str, ...], confirm: Callable[[Imported], bool]) -> Imported:
    """Rebuild from reports."""
    from importer.commands.ledgers import old_results

    return memory.import_results(old_results(job, files), confirm=confirm)


@ledger.command("rebind")
@click.argument("address", metavar="URL")
@settings_options(MEMORY)
@click.pass_context
def rebind(context: click.Context, /, address: str, **given: Any) -> Outcome:
    """
    Move the ledger to the API address URL: the address has changed, the appointments there are the same.

    A ledger belongs to the address to which its first change was sent, and is refused for any other.
    """
    from importer.model.statuses import origin_of
    from importer.settings.values import base_url

    try:
        new = origin_of(base_url(address))
    except ValueError as error:
        raise UsageError(f'"{address}" is not right, expected {error}.', fix="Write it as in base_url.") from None
    with working(given, screen_of(context)) as job:
        from importer.commands.ledgers import opened_ledger

        with opened_ledger(job) as memory:
            old = memory.owner().address
            memory.rebind(new)
    lines = [f"The ledger belongs to {new} now; before: {old or 'no address'}."]
    return Outcome("ledger rebind", lines=lines, data={"address": new, "before": old or None})


@ledger.command("purge")
@older_than
@click.option("--dry-run", "only_look", is_flag=True, help="Show what would be removed; remove nothing.")
@settings_options(MEMORY, REPORTS, ("yes",))
@click.pass_context
def purge(context: click.Context, /, days: int, *, only_look: bool, **given: Any) -> Outcome:
    """
    Remove personal data of old runs and past appointments for good, from the ledger, its reports and copies.

    Uuids, states and keyed hashes stay, so later rows still find their appointments. Runs that are open, held or stopped,
    or have unknown rows, keep their data. Files in done folders are yours. On a terminal it asks first.
    """
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.ingest.purge import purge as remove

        def confirm(found: Purged) -> bool:
            if job.settings.yes or not is_there(screen):
                return True
            for line in would_go(found):
                screen.err.write(f"{visible(str(line))}\n")
            return asked("Remove it for good? [y/N] ", job, screen)

        found = remove(job, days, confirm=confirm, only_look=only_look)
    lines = list(would_go(found)) if only_look or found.is_empty else list(went(found))
    wrong = bool(found.stuck) or not found.is_whole
    return Outcome(
        "ledger purge",
        lines=lines,
        data=of_purge(found, removed=not only_look),
        exit_code=Exit.SOME_ROWS_FAILED if wrong else Exit.DONE,
        remarks=list(left(found)),
    )


def parts_of(found: Purged) -> str:
    """Return what a purge is about, in numbers."""
    counts = found.counts
    reports = counted(found.reports, "report")
    drafts = f", {counted(counts.drafts, 'draft')}" if counts.drafts else ""
    imports = f", {counted(counts.imports, 'import')} of the page" if counts.imports else ""
    return (
        f"{counted(counts.rows, 'row')} of {counted(counts.runs, 'run')}, {counted(counts.appointments, 'appointment')}, "
        f"{reports}{drafts}{imports}"
    )


def would_go(found: Purged) -> Iterator[Line]:
    """Yield what a purge would remove, and what it leaves."""
    from importer.reporting.wording import moment

    if found.is_empty:
        yield f"No personal data from before {moment(found.before)} is left."
    else:
        yield f"Personal data from before {moment(found.before)}: {parts_of(found)}."
        if found.counts.is_left:
            yield "What was deleted before, and still stands in free pages of the database, goes, too."
    yield from spared(found)


def went(found: Purged) -> Iterator[Line]:
    """Yield what was removed, what it leaves, and where the key is."""
    yield f"Removed personal data: {parts_of(found)}."
    yield from spared(found)
    if found.key is not None:
        yield (
            f"A key was made: {found.key}. Every machine that uses this ledger needs it (purge_key_file), and backups of the "
            "ledger should not hold it. Without the key the ledger cannot send any more."
        )


def spared(found: Purged) -> Iterator[Line]:
    """Yield what a purge leaves as it is."""
    yield from spared_runs(found.counts)
    if found.put_away:
        yield f"{counted(found.put_away, 'old file')} in the done and refused folders of drops: remove them yourself."


def spared_runs(counts: Purgeable | Foldable) -> Iterator[Line]:
    """Yield which runs are left as they are."""
    kinds = ((counts.held, "on hold"), (counts.stopped, "stopped"), (counts.unknown, "with unknown outcomes"))
    kept = [f"{counted(count, 'run')} {what}" for count, what in kinds if count]
    if kept:
        yield f"Not touched: {', '.join(kept)}. `importer runs` lists them."


def left(found: Purged) -> Iterator[str]:
    """Yield what could not be removed."""
    for path in found.stuck:
        yield f"{path} could not be removed: remove it yourself."
    if not found.is_whole:
        yield (
            "The database's free pages could not be overwritten: another program reads the ledger, or the tables belong to "
            "another role. Run the same command again, as that role, when nothing reads the ledger."
        )


def of_purge(found: Purged, *, removed: bool) -> dict[str, Any]:
    """Return what ``ledger purge --json`` holds."""
    counts = found.counts
    return {
        "removed": removed and not found.is_empty,
        "before": at(found.before),
        "runs": counts.runs,
        "rows": counts.rows,
        "appointments": counts.appointments,
        "drafts": counts.drafts,
        "imports": counts.imports,
        "reports": found.reports,
        "spared": {"held": counts.held, "stopped": counts.stopped, "unknown": counts.unknown},
        "files_put_away": found.put_away,
        "not_removed": [str(path) for path in found.stuck],
        "database_overwritten": found.is_whole,
        "key": None if found.key is None else str(found.key),
    }


@ledger.command("fold")
@older_than
@click.option("--dry-run", "only_look", is_flag=True, help="Show what would be folded; fold nothing.")
@settings_options(MEMORY, ("yes",))
@click.pass_context
def fold(context: click.Context, /, days: int, *, only_look: bool, **given: Any) -> Outcome:
    """
    Fold unchanged rows of old runs: their cells and values are removed, and which appointments they named is kept.

    So the ledger stays small. Rows that were created, changed or failed, or need attention, stay as they are, and so do counts, and how
    later sheets are planned. Runs that are open, held or stopped, or have unknown rows, and the newest run of each profile keep all
    of it. The setting keep_unchanged_rows does the same after each run. On a terminal it asks first.
    """
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.commands.ledgers import fold as make_small

        def confirm(found: Foldable) -> bool:
            question = f"Remove the cells of {counted(found.rows, 'unchanged row')} for good? [y/N] "
            return job.settings.yes or not is_there(screen) or asked(question, job, screen)

        before, found, folded = make_small(job, days, confirm=confirm, only_look=only_look)
    of_runs = f"of {counted(found.runs, 'run')}"
    lines = [f"Folded {counted(folded, 'unchanged row')} {of_runs}."]
    if not found.rows:
        lines = ["There is nothing to fold."]
    elif only_look:
        lines = [f"To be folded: {counted(found.rows, 'unchanged row')} {of_runs}."]
    data = {
        "folded": folded,
        "before": at(before),
        "runs": found.runs,
        "rows": found.rows,
        "spared": {"held": found.held, "stopped": found.stopped, "unknown": found.unknown},
    }
    return Outcome("ledger fold", lines=[*lines, *spared_runs(found)], data=data)


@ledger.command("drop-draft")
@click.argument("draft", metavar="ID")
@settings_options(MEMORY)
@click.pass_context
def drop_draft(context: click.Context, /, draft: str, **given: Any) -> Outcome:
    """Forget the draft ID, with its copy of the files, its rows and its edits; nothing of it is sent."""
    with working(given, screen_of(context)) as job:
        from importer.commands.ledgers import opened_ledger

        with opened_ledger(job) as memory:
            found = memory.drafts.drop(draft)
    return Outcome("ledger drop-draft", lines=[f"Draft {found.id} was forgotten."], data={"draft": found.id})


@ledger.command("verify")
@settings_options(MEMORY)
@click.pass_context
def verify(context: click.Context, /, **given: Any) -> Outcome:
    """Check the ledger: integrity, totals, invariants. Exits 2 where something is wrong."""
    with looking(given, screen_of(context)) as memory:
        found = memory.verify()
    return Outcome(
        "ledger verify",
        lines=list(verdict(found)),
        data=asdict(found),
        exit_code=Exit.USAGE if found.faults else Exit.DONE,
    )


def verdict(found: Verified) -> Iterator[Line]:
    """Yield what a check found, for people."""
    yield held_in(found)
    for fault in found.faults:
        yield Styled(fault, "red")
    if found.faults:
        yield "Keep this file as it is, and go back to a backup; importer ledger import rebuilds one from reports."
    else:
        yield Styled("Ledger OK: integrity, totals, invariants.", "green")
