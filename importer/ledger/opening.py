"""
Opening a ledger: where it is, whose it is, whether it is whole, and brought to this version's tables.

A ledger that is damaged, foreign or newer is refused and left as it is; nothing is ever put in its place. A new one
is built under a temporary name and then renamed, so that an empty file under the ledger's name is never ours.

A new ledger is made at once as the newest migration would leave it; an older one goes through the migrations it lacks,
with alembic.

Appointments and uuids mean nothing at another address or in another account: there each would be booked once more, and
a change would reach nobody. The account is known by a hash of its token, keyed with the ledger's own id.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Dialect,
    create_mock_engine,
    exists,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from importer.errors import LedgerError, SettingsError
from importer.ledger import ledger_files, locking
from importer.ledger.drafts import draft_tables  # noqa: F401 - its tables belong to the ledger's metadata
from importer.ledger.page import import_tables, page_tables  # noqa: F401 - likewise
from importer.ledger.retention.marks import Marks
from importer.ledger.store import Store, damaged, translated
from importer.ledger.tables import APPLICATION_ID, SCHEMA, metadata, owner, reminders, stamp
from importer.model.formula_escape import storable
from importer.model.records import Owner

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
    """Return where a ledger is, by one text for every name of it that JSON can hold, and without user and password."""
    url = ledger_url(place)
    if url.get_backend_name() == "sqlite":
        return storable(os.path.realpath(path_of(url)))
    where = {name: url.query[name] for name in ("host", "hostaddr", "port", "service", "options") if name in url.query}
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=where).render_as_string()


def ledger_exists(place: str) -> bool:
    """Whether a ledger's file is there; of a database on a server only an attempt can tell, so yes."""
    url = ledger_url(place)
    with ledger_files.translated_os():
        return url.get_backend_name() != "sqlite" or ledger_files.found(path_of(url)).exists()


@contextmanager
def opened(  # noqa: PLR0913 - how it is opened, all by name
    place: str,
    *,
    lock_timeout_s: float,
    read_only: bool,
    before_making: Callable[[], None] = lambda: None,
    any_version: bool = False,
    purge_key: Callable[[], bytes | None] = lambda: None,
) -> Iterator[Store]:
    """
    Give the ledger's database, checked and up to date; locked against other importers unless ``read_only``.

    ``before_making`` is called when there is no ledger yet; what it raises keeps one from being made. ``any_version``:
    one of an earlier version may be read as it is. ``purge_key`` is asked for the key of a ledger that was purged; without
    it such a ledger can only be read.

    Raises:
        LedgerError: damaged, foreign, newer, not there (``read_only``), lost, or out of reach.
        LedgerLocked: another run or another program holds it.
    """
    url = ledger_url(place)
    busy_s = max(BUSY_S, lock_timeout_s)
    with ExitStack() as closing:
        if url.get_backend_name() == "sqlite":
            path = ledger_files.found(path_of(url))
            if read_only:
                store = closing.enter_context(_read_only(path, busy_s))
            else:
                store = closing.enter_context(_locked(path, busy_s, lock_timeout_s, before_making))
        else:
            store = closing.enter_context(_closing(Store(url, busy_s=busy_s, read_only=read_only)))
            if not read_only:
                locking.hold(store, lock_timeout_s)
        _bring_up_to_date(store, read_only=read_only, before_making=before_making, any_version=any_version)
        if not any_version:
            _find_purged(store, purge_key, read_only=read_only)
        yield store


def bring_up_to_date(place: str, *, lock_timeout_s: float) -> tuple[str | None, str]:
    """
    Make or migrate the tables of the ledger at a path or URL; return its version before, None if there was none, and now.

    Raises:
        LedgerError: of a file that is not there; else as ``opened``.
    """
    if not ledger_exists(place):
        raise LedgerError("There is no ledger yet.", fix="It is made by the first `importer run`.")
    try:
        with opened(place, lock_timeout_s=lock_timeout_s, read_only=True, any_version=True) as store:
            before = version(store)
    except LedgerError:
        before = None  # no tables yet; whatever else is wrong is told now
    with opened(place, lock_timeout_s=lock_timeout_s, read_only=False, any_version=True):
        return before, SCHEMA


@contextmanager
def unlocked(
    place: str, *, lock_timeout_s: float, purge_key: Callable[[], bytes | None] = lambda: None
) -> Iterator[Store]:
    """
    Give the ledger's database to a writer that takes no run's lock: it may touch nothing that a run relies on.

    Its pages are not compared; where the ledger had ended cleanly before, it does so again. Where
    the key of a purge is not here, rows do not find the appointments of a ledger that was purged.

    Raises:
        LedgerError: damaged, foreign, newer or older, not there, or out of reach.
    """
    url, busy_s = ledger_url(place), max(BUSY_S, lock_timeout_s)
    with ExitStack() as closing:
        if url.get_backend_name() == "sqlite":
            path = ledger_files.found(path_of(url))
            if not path.exists():
                raise LedgerError(f"There is no ledger at {path} yet.", fix="It is made by the first `importer run`.")
            descriptor = closing.enter_context(ledger_files.descriptor_of(path, writes=False))
            ledger_files.refuse_other_names(descriptor, path)
            ledger_files.must_be_a_ledger(descriptor, path)
            store = closing.enter_context(_closing(Store(_existing(path), busy_s=busy_s)))
            _check_sqlite(store, thorough=False)
            if ledger_files.is_clean(store, path):
                closing.enter_context(ledger_files.closing_cleanly(store, path))
        else:
            store = closing.enter_context(_closing(Store(url, busy_s=busy_s)))
        _bring_up_to_date(store, read_only=True, before_making=lambda: None, any_version=False)
        _find_purged(store, purge_key, read_only=True)
        yield store


@contextmanager
def _locked(path: Path, busy_s: float, lock_timeout_s: float, before_making: Callable[[], None]) -> Iterator[Store]:
    ledger_files.prepare_folder(path.parent)
    if not path.exists():
        ledger_files.refuse_leftovers(path)
        before_making()
        with locking.making(path.parent, lock_timeout_s):
            _create_if_missing(path)
    note = path.with_name(path.name + ".lock")
    with (
        ledger_files.descriptor_of(path, writes=True) as descriptor,
        locking.held(descriptor, note, lock_timeout_s) as tell_use,
    ):
        ledger_files.refuse_other_names(descriptor, path)
        ledger_files.must_be_a_ledger(descriptor, path)
        ledger_files.restrict(path)
        with _closing(Store(_existing(path), busy_s=busy_s)) as store:
            store.tell_use = tell_use
            _check_sqlite(store, thorough=not ledger_files.is_clean(store, path))
            with ledger_files.closing_cleanly(store, path):
                yield store


@contextmanager
def _read_only(path: Path, busy_s: float) -> Iterator[Store]:
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path} yet.", fix="It is made by the first `importer run`.")
    with ledger_files.descriptor_of(path, writes=False) as descriptor:
        ledger_files.refuse_other_names(descriptor, path)
        ledger_files.must_be_a_ledger(descriptor, path)
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
        ledger_files.restrict(path)
        yield _existing(path)
        return
    log = ledger_files.beside(path)[0]
    if not log.exists() or not log.stat().st_size:
        yield _existing(path, mode="ro", immutable="1")
        return
    with tempfile.TemporaryDirectory(prefix="importer-ledger-") as folder:
        copy = Path(folder) / path.name
        with ledger_files.translated_os():
            for source, target in ((path, copy), (log, ledger_files.beside(copy)[0])):
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
    return URL.create("sqlite", database=f"file:{quote(os.fsencode(path))}", query=query)


def _create_if_missing(path: Path) -> None:
    if path.exists():
        return
    building = path.with_name(path.name + ".new")
    with ledger_files.translated_os():
        for left in (building, *ledger_files.beside(building)):
            left.unlink(missing_ok=True)
        os.close(os.open(building, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _closing(Store(_existing(building), busy_s=BUSY_S)) as store:
            make(store)
        ledger_files.sync(building)
        building.rename(path)
        ledger_files.sync(path.parent)


def _check_sqlite(store: Store, *, thorough: bool) -> None:
    with store.reading() as connection:
        mark = connection.exec_driver_sql("PRAGMA application_id").scalar()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        if mark != APPLICATION_ID:
            raise ledger_files.foreign() if tables or mark else damaged("it holds no tables")
        if thorough:
            # All indexes are compared with their tables: by a wrong one a known appointment is not found, and booked again.
            found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if found != "ok":
                raise damaged("its pages do not fit together")


def _bring_up_to_date(store: Store, *, read_only: bool, before_making: Callable[[], None], any_version: bool) -> None:
    found = version(store)
    if found == SCHEMA:
        return
    if found is not None and not known(found):
        raise LedgerError(
            "The ledger was written by a newer version of the importer. It was left as it is.",
            fix="Install that version, or give another place with --ledger.",
        )
    if found is None and tables(store):
        raise ledger_files.foreign()
    if read_only and found is None:
        raise LedgerError("There is no ledger in this database yet.", fix="It is made by the first `importer run`.")
    if read_only and any_version:
        return
    if read_only:
        raise LedgerError("The ledger is of an older version.", fix="Any `importer run` brings it up to date.")
    if found is None:
        before_making()
        make(store)
        return
    if not store.sqlite:
        locking.lock_out_version_1_0(store)
    migrate(store)


def _find_purged(store: Store, purge_key: Callable[[], bytes | None], *, read_only: bool) -> None:
    """Let rows find the appointments of a ledger that was purged. ``LedgerError``: the key that this takes is not here."""
    with store.reading() as connection:
        found = connection.execute(select(owner.c.ledger, owner.c.purge_key)).one()
    if found.purge_key is None:
        return
    key = purge_key()
    marks = None if key is None else Marks(key)
    if marks is not None and hmac.compare_digest(marks.proof(found.ledger), bytes(found.purge_key)):
        store.marks = marks
    elif not read_only:
        raise LedgerError(
            f"Personal data was removed from the ledger with a key, and {'no key' if key is None else 'another key'} is "
            "here. Without it rows of a sheet cannot find their appointments, which would be booked again. Nothing was sent.",
            fix="Copy purge.key from the machine on which importer ledger purge ran, and name it as purge_key_file in "
            "importer.toml, or set IMPORTER_PURGE_KEY.",
        )


MIGRATIONS: Final = Path(__file__).with_name("migrations")


def version(store: Store) -> str | None:
    """Return the ledger's version, None where no migration ever ran. Cheap: alembic is not imported."""
    if "alembic_version" not in tables(store):
        return None
    with store.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def tables(store: Store) -> list[str]:
    """Return the names of the database's tables."""
    with store.reading() as connection:
        return inspect(connection).get_table_names()


def known(found: str) -> bool:
    """Whether this version of the importer has the migration."""
    return any(file.stem.split("_")[0] == found for file in (MIGRATIONS / "versions").glob("*.py"))


@lru_cache(maxsize=4)
def _statements_of_tables(dialect: Dialect) -> tuple[str, ...]:
    """Return the statements that make a new ledger's tables; once, for to work them out takes longer than to carry them out."""
    made: list[str] = []
    recorder = create_mock_engine(
        f"{dialect.name}://", lambda statement, *_, **__: made.append(str(statement.compile(dialect=dialect)))
    )
    metadata.create_all(recorder, checkfirst=False)
    return tuple(made)


def make(store: Store) -> None:
    """Make all tables of a new ledger in one transaction: what the migrations would leave, in a fifth of their time."""
    _keep_a_log(store)
    with store.writing() as connection:
        for statement in _statements_of_tables(connection.dialect):
            connection.exec_driver_sql(statement)
        stamp.create(connection)
        connection.execute(insert(stamp).values(version_num=SCHEMA))
        connection.execute(
            insert(owner).values(id=1, ledger=secrets.token_hex(16), address="", account=None, refused=False)
        )
        _mark(store, connection)


def migrate(store: Store) -> None:
    """Run the missing migrations in one transaction."""
    # Both cost more to import than to open a ledger that is up to date.
    from alembic import command  # noqa: PLC0415 - costs more than opening a ledger that is up to date
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    _keep_a_log(store)
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
        _mark(store, connection)


def _keep_a_log(store: Store) -> None:
    """Let SQLite write ahead. The journal's mode can only be changed outside a transaction."""
    if store.sqlite:
        with translated(), store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise LedgerError("The ledger cannot be opened.")
            raw.execute("PRAGMA journal_mode=WAL")


def _mark(store: Store, connection: Connection) -> None:
    if store.sqlite:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


def owner_of(connection: Connection) -> Owner:
    """Return whose the ledger is, as far as it was written down."""
    found = connection.execute(select(owner, exists(select(reminders.c.id)).label("binds"))).one()
    return Owner(
        ledger=found.ledger,
        address=found.address,
        account=None if found.account is None else bytes(found.account),
        refused=bool(found.refused),
        binds=bool(found.binds),
    )


def account_of(ledger: str, token: str) -> bytes:
    """Return the hash by which an account is known again; the token cannot be told from it."""
    return hashlib.blake2b(token.encode(), key=ledger.encode(), digest_size=32).digest()


def claim(connection: Connection, address: str, account: bytes) -> None:
    """Write down whose the ledger is from now on."""
    connection.execute(update(owner).values(address=address, account=account, refused=False))


def note_refusal(connection: Connection) -> None:
    """Write down that the API refused the account's token: the next token needs no further word."""
    connection.execute(update(owner).values(refused=True))


def rebind(connection: Connection, address: str) -> None:
    """Give the ledger to another address; the account stays."""
    connection.execute(update(owner).values(address=address))
