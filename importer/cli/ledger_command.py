"""``importer ledger``: manage the ledger, the local record of sent reminders."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

import click

from importer.cli.history_command import of_now
from importer.cli.options import MEMORY, screen_of, settings_options
from importer.cli.terminal import Outcome, Styled
from importer.cli.working import asked, is_there, looking, working
from importer.errors import Exit, UsageError
from importer.reporting.json_rows import of_reminder
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.cli.terminal import Line
    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.model.records import Imported, Reminder, Verified


EXPORT_BEGINS: Final = b'{"kind"'


@click.group()
def ledger() -> None:
    """Manage the ledger (the local record of sent reminders)."""


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
    from importer.model.records import origin_of
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
    parts = ((found.runs, "run"), (found.rows, "row"), (found.reminders, "appointment"))
    yield f"{', '.join(counted(count, noun) for count, noun in parts)}."
    for fault in found.faults:
        yield Styled(fault, "red")
    if found.faults:
        yield "Keep this file as it is, and go back to a backup; importer ledger import rebuilds one from reports."
    else:
        yield Styled("Ledger OK: integrity, totals, invariants.", "green")
