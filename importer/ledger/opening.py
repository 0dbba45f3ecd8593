"""
Opening a ledger: where it is, whose it is, whether it is whole, and whether this version can use it.

A ledger that is damaged, foreign or newer is refused and left as it is; nothing is ever put in its place. A new one
is built under a temporary name and then renamed, so that an empty file under the ledger's name is never ours.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from importer.errors import LedgerError, SettingsError
from importer.ledger import advisory, files, locking, migrating
from importer.ledger.store import Store, damaged
from importer.ledger.tables import APPLICATION_ID, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY_S: Final = 5.0

DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite", "postgresql+psycopg"})


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
    except (ArgumentError, ValueError):
        raise SettingsError(
            "The ledger's URL cannot be read.", fix="Write sqlite:///PATH or postgresql://..."
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in DRIVERS:
        return url
    raise SettingsError(f"The ledger cannot be kept in {url.drivername}.", fix="Use sqlite:///PATH or postgresql://...")


def place_of(place: str) -> str:
    """Return where a ledger is, by one and the same text for every name of it, and without user and password."""
    url = ledger_url(place)
    if url.get_backend_name() == "sqlite":
        return os.path.realpath(path_of(url))
    where = {name: url.query[name] for name in ("host", "hostaddr", "port", "service", "options") if name in url.query}
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=where).render_as_string()


def exists(place: str) -> bool:
    """Whether a ledger's file is there; of a database on a server only an attempt can tell, so yes."""
    url = ledger_url(place)
    return url.get_backend_name() != "sqlite" or files.found(path_of(url)).exists()


@contextmanager
def opened(
    place: str,
    *,
    lock_timeout_s: float,
    read_only: bool,
    before_making: Callable[[], None] = lambda: None,
    any_version: bool = False,
) -> Iterator[Store]:
    """
    Give the ledger's database, checked and up to date; locked against other importers unless ``read_only``.

    ``before_making`` is called when there is no ledger yet; what it raises keeps one from being made. ``any_version``:
    one of an earlier version may be read as it is.

    Raises:
        LedgerError: damaged, foreign, newer, not there (``read_only``), lost, or out of reach.
        LedgerLocked: another run or another program holds it.
    """
    url = ledger_url(place)
    busy_s = max(BUSY_S, lock_timeout_s)
    with ExitStack() as closing:
        if url.get_backend_name() == "sqlite":
            path = files.found(path_of(url))
            if read_only:
                store = closing.enter_context(_read_only(path, busy_s))
            else:
                store = closing.enter_context(_locked(path, busy_s, lock_timeout_s, before_making))
        else:
            store = closing.enter_context(_closing(Store(url, busy_s=busy_s, read_only=read_only)))
            if not read_only:
                advisory.hold(store, lock_timeout_s)
        _bring_up_to_date(store, read_only=read_only, before_making=before_making, any_version=any_version)
        yield store


@contextmanager
def _locked(path: Path, busy_s: float, lock_timeout_s: float, before_making: Callable[[], None]) -> Iterator[Store]:
    files.prepare_folder(path.parent)
    if not path.exists():
        files.refuse_leftovers(path)
        before_making()
        with locking.making(path.parent, lock_timeout_s):
            _create_if_missing(path)
    note = path.with_name(path.name + ".lock")
    with files.descriptor_of(path, writes=True) as descriptor, locking.held(descriptor, note, lock_timeout_s):
        files.refuse_other_names(descriptor, path)
        files.must_be_a_ledger(descriptor, path)
        files.restrict(path)
        with _closing(Store(_existing(path), busy_s=busy_s)) as store:
            _check_sqlite(store, thorough=True)
            yield store


@contextmanager
def _read_only(path: Path, busy_s: float) -> Iterator[Store]:
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path} yet.", fix="It is made by the first `importer run`.")
    with files.descriptor_of(path, writes=False) as descriptor:
        files.refuse_other_names(descriptor, path)
        files.must_be_a_ledger(descriptor, path)
        with _readable(path) as url, _closing(Store(url, busy_s=busy_s, read_only=True)) as store:
            _check_sqlite(store, thorough=False)
            yield store


@contextmanager
def _readable(path: Path) -> Iterator[URL]:
    """
    Give the URL by which the ledger can be read, also in a folder in which nothing may be written.

    There SQLite cannot make the index of a write-ahead log: without a log it needs none, else a copy is read.
    """
    if os.access(path.parent, os.W_OK):
        files.restrict(path)
        yield _existing(path)
        return
    log = files.beside(path)[0]
    if not log.exists() or not log.stat().st_size:
        yield _existing(path, mode="ro", immutable="1")
        return
    with tempfile.TemporaryDirectory(prefix="importer-ledger-") as folder:
        copy = Path(folder) / path.name
        with files.translated_os():
            for source, target in ((path, copy), (log, files.beside(copy)[0])):
                shutil.copyfile(source, target)
                target.chmod(0o600)
        yield _existing(copy)


@contextmanager
def _closing(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()


def path_of(url: URL) -> Path:
    """Return where a SQLite ledger is. ``SettingsError``: it would be in memory only."""
    if not url.database or url.database == ":memory:":
        raise SettingsError("The ledger must be a file; it is what survives the run.", fix="Write sqlite:///PATH.")
    return Path(url.database).expanduser().absolute()


def _existing(path: Path, **how: str) -> URL:
    """Return the URL that opens the file and never creates one."""
    query = {"uri": "true", "mode": "rw"} | how
    return URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)


def _create_if_missing(path: Path) -> None:
    if path.exists():
        return
    building = path.with_name(path.name + ".new")
    with files.translated_os():
        for left in (building, *files.beside(building)):
            left.unlink(missing_ok=True)
        os.close(os.open(building, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _closing(Store(_existing(building), busy_s=BUSY_S)) as store:
            migrating.make(store)
        files.sync(building)
        building.rename(path)
        files.sync(path.parent)


def _check_sqlite(store: Store, *, thorough: bool) -> None:
    with store.reading() as connection:
        mark = connection.exec_driver_sql("PRAGMA application_id").scalar()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        if mark != APPLICATION_ID:
            raise files.foreign() if tables or mark else damaged("it holds no tables")
        if thorough:
            # All indexes are compared with their tables: by a wrong one a known appointment is not found, and booked again.
            found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if found != "ok":
                raise damaged("its pages do not fit together")


def _bring_up_to_date(store: Store, *, read_only: bool, before_making: Callable[[], None], any_version: bool) -> None:
    found = migrating.version(store)
    if found == SCHEMA:
        return
    if found is not None and not migrating.known(found):
        raise LedgerError(
            "The ledger was written by a newer version of the importer. It was left as it is.",
            fix="Install that version, or give another place with --ledger.",
        )
    if found is None and migrating.tables(store):
        raise files.foreign()
    if read_only and found is None:
        raise LedgerError("There is no ledger in this database yet.", fix="It is made by the first `importer run`.")
    if read_only and any_version:
        return
    if read_only:
        raise LedgerError("The ledger is of an older version.", fix="Any `importer run` brings it up to date.")
    if found is None:
        before_making()
        migrating.make(store)
        return
    if not store.sqlite:
        advisory.lock_out_version_1_0(store)
    migrating.migrate(store)
