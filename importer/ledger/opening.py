"""
Opening a ledger: where it is, whose it is, whether it is whole, and whether this version can use it.

A ledger that is damaged, foreign or newer is refused and left as it is; nothing is ever put in its place. A new one
is built under a temporary name and then renamed, so that an empty file under the ledger's name is never ours.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from importer.errors import LedgerError, SettingsError
from importer.ledger import locking, migrating
from importer.ledger.store import Store, damaged, translated
from importer.ledger.tables import APPLICATION_ID, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_S: Final = 5.0
ADVISORY_LOCK: Final = APPLICATION_ID
MAGIC: Final = b"SQLite format 3\x00"


def ledger_url(place: str) -> URL:
    """
    Return the database URL of a ledger given as a URL or as a path.

    Raises:
        SettingsError: it is neither, or a database that the importer does not know.
    """
    if "://" not in place:
        return URL.create("sqlite", database=str(Path(place).expanduser()))
    try:
        url = make_url(place)
    except ArgumentError:
        raise SettingsError(
            "The ledger's URL cannot be read.", fix="Write sqlite:///PATH or postgresql://..."
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() in {"sqlite", "postgresql"}:
        return url
    raise SettingsError(
        f"The ledger cannot be kept in {url.get_backend_name()}.", fix="Use sqlite:///PATH or postgresql://..."
    )


@contextmanager
def opened(place: str, *, lock_timeout_s: float, read_only: bool) -> Iterator[Store]:
    """
    Give the ledger's database, checked and up to date; locked against other importers unless ``read_only``.

    Raises:
        LedgerError: damaged, foreign, newer, not there (``read_only``), or out of reach.
        LedgerLocked: another run or another program holds it.
    """
    url = ledger_url(place)
    busy_s = max(BUSY_S, lock_timeout_s)
    with ExitStack() as closing:
        if url.get_backend_name() == "sqlite":
            path = _path_of(url)
            if read_only:
                _must_exist(path)
            else:
                _prepare_folder(path)
                closing.enter_context(locking.held(path.with_name(path.name + ".lock"), lock_timeout_s))
                _create_if_missing(path)
            _must_be_a_ledger(path)
            _restrict(path)
            store = closing.enter_context(_closing(Store(_existing(path), busy_s=busy_s, read_only=read_only)))
            _check_sqlite(store, thorough=not read_only)
        else:
            store = closing.enter_context(_closing(Store(url, busy_s=busy_s, read_only=read_only)))
            if not read_only:
                closing.enter_context(_postgres_lock(store, lock_timeout_s))
        _bring_up_to_date(store, read_only=read_only)
        yield store


@contextmanager
def _closing(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()


def _path_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise SettingsError("The ledger must be a file; it is what survives the run.", fix="Write sqlite:///PATH.")
    return Path(url.database).expanduser().absolute()


def _existing(path: Path) -> URL:
    """Return the URL that opens the file and never creates one."""
    return URL.create("sqlite", database=f"file:{quote(str(path))}", query={"uri": "true", "mode": "rw"})


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path} yet.", fix="It is made by the first `importer run`.")


def _prepare_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LedgerError(f"The ledger's folder cannot be made: {error.strerror}.") from error


def _create_if_missing(path: Path) -> None:
    if path.exists():
        return
    building = path.with_name(path.name + ".new")
    for left in (building, *beside(building)):
        left.unlink(missing_ok=True)
    with translated_os():
        os.close(os.open(building, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _closing(Store(_existing(building), busy_s=BUSY_S)) as store:
            migrating.migrate(store)
        _sync(building)
        building.rename(path)
        _sync(path.parent)


@contextmanager
def translated_os() -> Iterator[None]:
    """Turn the file system's refusals into ``LedgerError``."""
    try:
        yield
    except OSError as error:
        raise LedgerError(f"The ledger cannot be written: {error.strerror}.") from error


def _sync(path: Path) -> None:
    # Windows cannot open a folder for syncing; renaming is durable enough there.
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def beside(path: Path) -> tuple[Path, Path]:
    """Return the files that SQLite keeps beside a database: the write-ahead log and its index."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _restrict(path: Path) -> None:
    """Take the rights of other people away; SQLite gives its -wal and -shm files the rights of the ledger."""
    for name in (path, *beside(path)):
        if name.exists() and name.stat().st_mode & 0o077 and os.name != "nt":
            with translated_os():
                name.chmod(0o600)


def _must_be_a_ledger(path: Path) -> None:
    """Judge the file by its first 100 bytes, so that what is not SQLite at all is never handed to SQLite."""
    with translated_os():
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(100)
    if not size:
        raise damaged("the file is empty")
    if len(head) < 100 or not head.startswith(MAGIC):
        raise damaged("the file does not begin like a database") if size < 100 else _foreign()
    page_bytes = int.from_bytes(head[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    # The page count in the head may lag behind while changes stand in the write-ahead log, but never run ahead of it.
    if not path.with_name(path.name + "-wal").exists() and int.from_bytes(head[28:32], "big") * page_bytes > size:
        raise damaged("the file was cut off")


def _foreign() -> LedgerError:
    return LedgerError(
        "The file given as the ledger is not one. It was left as it is.", fix="Give another place with --ledger."
    )


def _check_sqlite(store: Store, *, thorough: bool) -> None:
    with store.reading() as connection:
        mark = connection.exec_driver_sql("PRAGMA application_id").scalar()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        if mark != APPLICATION_ID:
            raise _foreign() if tables or mark else damaged("it holds no tables")
        if thorough:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise damaged("its pages do not fit together")


@contextmanager
def _postgres_lock(store: Store, timeout_s: float) -> Iterator[None]:
    """Hold the session's advisory lock; the server frees it when the connection ends, however it ends."""
    with translated():
        connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    ask = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=ADVISORY_LOCK)
    try:
        with translated():
            got = locking.wait_for(lambda: bool(connection.execute(ask).scalar()), timeout_s)
        if not got:
            raise locking.locked("")
        yield
    finally:
        # Not handed back to the pool, where the lock would live on.
        connection.invalidate()
        connection.close()


def _bring_up_to_date(store: Store, *, read_only: bool) -> None:
    found = migrating.version(store)
    if found == SCHEMA:
        return
    if found is not None and not migrating.known(found):
        raise LedgerError(
            "The ledger was written by a newer version of the importer. It was left as it is.",
            fix="Install that version, or give another place with --ledger.",
        )
    if found is None and migrating.tables(store):
        raise _foreign()
    if read_only:
        raise LedgerError("The ledger is of an older version.", fix="Any `importer run` brings it up to date.")
    migrating.migrate(store)
