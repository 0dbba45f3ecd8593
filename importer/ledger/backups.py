"""
Copies of a whole ledger: made while it is in use, and brought back where none is.

A copy is a ledger of SQLite, whatever it is a copy of, all of one moment. It appears under its name only when it is whole,
for its owner alone, and takes nobody's place.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, func, insert, select

from importer.errors import LedgerError, UsageError
from importer.ledger import ledger_files
from importer.ledger.integrity import seal_of
from importer.ledger.opening import ledger_exists, ledger_url, opened, path_of
from importer.ledger.page.page_tables import audit
from importer.ledger.recovery import recover_copied
from importer.ledger.store import Store, translated
from importer.ledger.tables import claims, metadata, owner, reminders, runs
from importer.ledger.transfer import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

    from importer.model.records import Verified


_PAGES_AT_ONCE: Final = 2_000


def copy_ledger(place: str, target: Path, *, lock_timeout_s: float) -> bool:
    """
    Copy the ledger at a path or URL into a new SQLite file; return False where there is none to copy.

    Raises:
        LedgerError: it cannot be read, or the copy cannot be written.
    """
    if not ledger_exists(place):
        return False
    with opened(place, lock_timeout_s=lock_timeout_s, read_only=True, any_version=True) as source:
        if source.sqlite:
            _copy_file(source, target)
        else:
            with opened(str(target), lock_timeout_s=0, read_only=False) as made:
                _copy_rows(source, made)
    return True


def _copy_file(source: Store, target: Path) -> None:
    with ledger_files.translated_os():
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with source.reading() as connection, translated(), closing(sqlite3.connect(target)) as made:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - for the type alone: the source is SQLite
        raw.backup(made)


def _copy_rows(source: Store, made: Store) -> None:
    with source.reading() as reading, made.writing() as writing:
        writing.execute(owner.delete())
        for table in metadata.sorted_tables:
            for page in reading.execute(_all(table)).mappings().partitions(_PAGES_AT_ONCE):
                copied = [dict(row) for row in page]
                if table is reminders:
                    copied = [{**row, "seal": seal_of(row) if made.sqlite else None} for row in copied]
                writing.execute(insert(table), copied)
        if not made.sqlite:
            # Rows that bring their id do not move the counter that gives the next one.
            for numbered in (reminders, audit):
                highest = func.greatest(select(func.max(numbered.c.id)).scalar_subquery(), 1)
                writing.execute(select(func.setval(func.pg_get_serial_sequence(numbered.name, "id"), highest)))


def _all(table: Table) -> Select[*tuple[Any, ...]]:
    return select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_PAGES_AT_ONCE)


def back_up(place: str, target: Path, *, lock_timeout_s: float) -> Verified:
    """
    Copy the ledger at a path or URL into a new file, also while a run sends; return what the copy holds, checked.

    Raises:
        LedgerError: there is none, it cannot be read, or the copy cannot be written.
        UsageError: there is a file of that name.
    """
    with _whole(target) as made:
        if not copy_ledger(place, made, lock_timeout_s=lock_timeout_s):
            raise LedgerError("There is no ledger yet.", fix="It is made by the first `importer run`.")
        return _checked(made)


def restore(place: str, copy: Path, *, lock_timeout_s: float) -> Verified:
    """
    Bring a copy back as the ledger at a path or URL where there is none; return what it holds, checked.

    A run that was at work when the copy was made may have sent all the rest since: each of its open calls is in doubt.

    Raises:
        LedgerError: the copy is none of a ledger, is damaged, or cannot be read; the ledger cannot be written.
        UsageError: there is a ledger already.
    """
    with ledger_files.translated_os():
        is_file = copy.is_file()
    if not is_file:
        raise UsageError(f"{copy} is not a file.", fix="Name what `importer ledger backup` wrote.")
    if ledger_url(place).get_backend_name() != "sqlite":
        return _restore_to_server(place, copy, lock_timeout_s)
    with ledger_files.translated_os():
        target = ledger_files.found(path_of(ledger_url(place)))
        if target.exists():
            raise _there_is_one()
        ledger_files.refuse_leftovers(target)
    ledger_files.prepare_folder(target.parent)
    with _whole(target) as made:
        copy_ledger(str(copy), made, lock_timeout_s=lock_timeout_s)
        _checked(made)
        _let_go_on(made)
        return _checked(made)


def _let_go_on(made: Path) -> None:
    """Bring a checked copy up to date, and take it that the runs which were at work when it was made went on."""
    with opened(str(made), lock_timeout_s=0, read_only=False, any_version=True) as store, store.writing() as connection:
        recover_copied(connection)


def _restore_to_server(place: str, copy: Path, lock_timeout_s: float) -> Verified:
    with tempfile.TemporaryDirectory(prefix="importer-restore-") as folder:
        newest = Path(folder) / "ledger.db"
        copy_ledger(str(copy), newest, lock_timeout_s=lock_timeout_s)
        _checked(newest)
        # One of an earlier version is brought up to date before its rows are taken.
        _let_go_on(newest)
        with (
            opened(place, lock_timeout_s=lock_timeout_s, read_only=False, any_version=True) as made,
            opened(str(newest), lock_timeout_s=0, read_only=True, any_version=True) as source,
        ):
            with made.reading() as connection:
                counts = [select(func.count()).select_from(table) for table in (runs, reminders, claims)]
                used = [connection.execute(count).scalar_one() for count in counts]
            if any(used):
                raise _there_is_one()
            _copy_rows(source, made)
            return verify(made)


def _there_is_one() -> UsageError:
    return UsageError(
        "There is a ledger already. It was left as it is, and nothing was restored.",
        fix="Restore to another place with --ledger, or move the ledger away first.",
    )


def _checked(made: Path) -> Verified:
    """Return what a copy holds. ``LedgerError``: it is no whole ledger."""
    with opened(str(made), lock_timeout_s=0, read_only=False, any_version=True) as store:
        found = verify(store)
    if found.faults:
        raise LedgerError(
            f"The copy is not right: {found.faults[0]} It was not kept.",
            fix="Look at the ledger with: importer ledger verify",
        )
    return found


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a name beside the target for what is being made; it becomes the target when the block ends well."""
    with ledger_files.translated_os():
        if target.exists() or target.is_symlink():
            raise UsageError(
                f"There is something at {target}. It was left as it is.", fix="Name a file that is not there."
            )
    building = target.with_name(f"{target.name}.new-{os.getpid()}")
    try:
        yield building
        with ledger_files.translated_os():
            ledger_files.sync(building)
            # Unlike a rename, a link takes nobody's place.
            os.link(building, target)
            building.unlink()
            ledger_files.sync(target.parent)
    finally:
        for left in (building, *ledger_files.beside(building), building.with_name(f"{building.name}.lock")):
            # A folder that takes no file, or a name that is too long for one: then nothing was made.
            with suppress(OSError):
                left.unlink(missing_ok=True)
