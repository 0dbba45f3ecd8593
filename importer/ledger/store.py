"""
Two connections to the ledger's database, one that writes and one that reads, on SQLite and PostgreSQL, and SQL in bulk.

Database errors become ``LedgerError`` without the statement's parameters, because rows are personal data.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache, wraps
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, ParamSpec, TypeVar

import orjson
from sqlalchemy import Connection, Engine, NullPool, Transaction, create_engine, event, func, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.util import LRUCache

from importer.errors import Interrupted, LedgerError, LedgerFull, LedgerLocked, LedgerLost
from importer.interrupts import standing
from importer.ledger.server_connection import connected, connection_options, is_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Executable
    from sqlalchemy.engine import URL
    from sqlalchemy.sql import ClauseElement

    from importer.ledger.retention.marks import Marks


CACHE_KB: Final = 65_536
READER_CACHE_KB: Final = 16_384
WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024

Item = TypeVar("Item")
Given = ParamSpec("Given")

blob: Final = bytearray
"""Bytes as a parameter that is bound a million times: SQLite's driver searches an adapter for each ``bytes`` (1.1 us),
but takes a ``bytearray`` as it is (0.3 us). Both databases store the same."""


APART: Final = "importer_apart"
_FAR: Final = 1 << 40


def next_id(connection: Connection, column: Column[int]) -> int:
    """Return the id of a new row: behind the newest one, and where something is only tried, far behind it."""
    newest = connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()
    return int(newest) + 1 + int(connection.info.get(APART, 0))


class Store:
    """
    The database behind a ledger. Each connection is used by one thread at a time.

    Args:
        url: where the database is.
        busy_s: how long a statement waits for another program that holds the database.
        read_only: no statement may change anything.
    """

    def __init__(self, url: URL, *, busy_s: float, read_only: bool = False) -> None:
        self.engine = _engine(url, busy_s=busy_s, read_only=read_only)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.marks: Marks | None = None  # of a ledger that was purged
        self.tell_use: Callable[[], None] = lambda: None  # to those who wait for the ledger
        self.reader_begins_with: Executable | None = None
        self.is_marked = False  # by a clean end; the first thing that is written takes the mark away
        self._writer: Connection | None = None
        self._writes_by: Any = None
        self._reader: Connection | None = None
        self._rehearsal: Connection | None = None
        self._closed = False
        self._writer_gate = threading.RLock()
        self._reader_gate = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Give a connection inside one transaction, durable when the block ends without an exception.

        It is one and the same connection as long as the store is open: the ledger's lock may hang on it.

        Raises:
            LedgerError: the store was closed; somebody else may hold the lock by now.
            LedgerLost: the connection has ended; another one never takes its place.
        """
        self.tell_use()
        with self._writer_gate:
            if self._rehearsal is not None:
                with translated():
                    yield self._rehearsal
                return
            with self._transaction() as (connection, _):
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Connection, Transaction]]:
        if self._closed:
            raise LedgerError("The ledger was closed, so nothing can be written to it any more.")
        with translated():
            if self._writer is None:
                self._writer = self.engine.connect().execution_options(importer_writes=True)
                self._writes_by = self._writer.connection.driver_connection
        if self._is_lost():
            raise lost()
        try:
            with translated(), standing(self._writer.begin) as transaction:
                if self.is_marked:
                    self._writer.exec_driver_sql("PRAGMA user_version=0")
                yield self._writer, transaction
            self.is_marked = False
        except Exception:
            if self._is_lost():
                raise lost() from None
            raise

    def _is_lost(self) -> bool:
        """Whether the connection that writes is known to have ended; one to a file never does."""
        return not self.sqlite and self._writes_by is not None and bool(self._writes_by.closed)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """
        Keep nothing of what the block writes: only the block sees it, and it is gone with it, also after a kill.

        One transaction holds the whole block, so one thread may use the store meanwhile.
        """
        with self._writer_gate, self._reader_gate, self._transaction() as (connection, transaction):
            self._rehearsal = connection
            try:
                yield
            finally:
                self._rehearsal = None
                transaction.rollback()

    @contextmanager
    def together(self) -> Iterator[None]:
        """
        Keep all that the block writes, or nothing of it: one transaction holds it.

        One thread may use the store meanwhile.
        """
        with self._writer_gate, self._reader_gate, self._transaction() as (connection, _):
            self._rehearsal = connection
            try:
                yield
            finally:
                self._rehearsal = None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """
        Keep nothing of what the block writes, within ``together``, which goes on afterwards.

        Its new rows have ids far from any that a run at work may be taking now, so that neither waits for the other.
        """
        connection = self._rehearsal
        assert connection is not None  # noqa: S101 - for the type alone: ``together`` gave it
        savepoint = connection.begin_nested()
        connection.info[APART] = _FAR + secrets.randbelow(_FAR)
        try:
            yield
        finally:
            del connection.info[APART]
            savepoint.rollback()

    @property
    def is_rehearsing(self) -> bool:
        """Whether one connection reads and writes, so that no result may stay open while something is written."""
        return self._rehearsal is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """
        Give a connection that sees one settled state of the ledger.

        Once the store is closed it is one for this block alone: the rows of a report may be asked for after the run.
        """
        self.tell_use()
        with self._reader_gate, translated():
            if self._rehearsal is not None:
                yield self._rehearsal
                return
            if self._closed:
                with self.engine.connect() as connection, connection.begin():
                    yield connection
                return
            if self._reader is None:
                self._reader = self.engine.connect()
                if self.sqlite:
                    # Most of what it reads goes by once.
                    with _cursor(self._reader) as cursor:
                        cursor.execute(f"PRAGMA cache_size=-{READER_CACHE_KB}")
                if self.reader_begins_with is not None:
                    with standing(self._reader.begin):
                        self._reader.execute(self.reader_begins_with)
            with standing(self._reader.begin):
                yield self._reader

    def fold(self) -> bool:
        """Let SQLite write its log into the file, as far as nobody has to wait for it; return whether all of it is there."""
        with self._writer_gate, translated():
            raw = None if self._writer is None else self._writer.connection.driver_connection
            if raw is None:
                return False
            is_busy, logged, written = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return not is_busy and logged == written

    def close(self) -> None:
        """Close both connections, whatever has become of them; SQLite folds its write-ahead log into the file."""
        self._closed = True
        with translated(), ExitStack() as closing:
            for connection in (self._reader, self._writer):
                if connection is not None:
                    closing.callback(connection.close)
            if self._writer is not None and not self.sqlite and not self._is_lost():
                # The server gives up a lock some time after its connection was closed; the next run may come before.
                # Where it cannot be asked any more, it does so by itself.
                with suppress(DBAPIError), self._writer.begin():
                    self._writer.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            self._reader = self._writer = None


def _engine(url: URL, *, busy_s: float, read_only: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _kept_engine(url, (("timeout", busy_s), ("check_same_thread", False)), read_only)
    options = connection_options(url, busy_s=busy_s, read_only=read_only).items()
    return _kept_engine(url.difference_update_query(["options"]), tuple(sorted(options)), read_only)


class _SQLite(SQLiteDialect_pysqlite):
    """What SQLite understands, the same for each file: a statement that was compiled for one is not compiled anew for others."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is _SQLite

    def __hash__(self) -> int:
        return hash(_SQLite)


_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(1000)


@lru_cache(maxsize=8)
def _kept_engine(url: URL, options: tuple[tuple[str, Any], ...], read_only: bool) -> Engine:  # noqa: FBT001  # a key
    wanted: dict[str, Any] = {"hide_parameters": True, "connect_args": dict(options), "poolclass": NullPool}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, execution_options={"compiled_cache": _COMPILED}, **wanted)
        engine.dialect.__class__ = _SQLite
        event.listen(engine, "connect", _sqlite_settings(read_only=read_only))
        event.listen(engine, "begin", _sqlite_begin)
    else:
        # Positional parameters let the same tuples serve both databases.
        engine = create_engine(url, paramstyle="format", **wanted)
        event.listen(engine, "do_connect", connected)
    return engine


def _sqlite_settings(*, read_only: bool) -> Any:
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own BEGIN is deferred: a read that turns into a write would fail at once instead of waiting.
        connection.isolation_level = None
        kept = f"cache_size=-{CACHE_KB} journal_size_limit={WAL_LIMIT_BYTES} temp_store=MEMORY"
        for setting in f"synchronous=FULL {kept} query_only={int(read_only)}".split():
            connection.execute(f"PRAGMA {setting}")

    return configure


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("importer_writes", False)
    with _cursor(connection) as cursor:
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated() -> Iterator[None]:
    """Turn database errors into ``LedgerError`` (``LedgerLocked`` when another program holds the database)."""
    try:
        yield
    except DBAPIError as error:
        raise (lost() if is_ended(error) else explained(error.orig)) from None
    except sqlite3.Error as error:
        raise explained(error) from None
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        # SQLite quotes the damaged text of a table in its own error, which the driver then cannot decode.
        raise unreadable() from None
    except SQLAlchemyError as error:
        # What a signal's handler raises while a statement is prepared comes wrapped.
        heard = getattr(error, "orig", None)
        unusable = LedgerError(f"The ledger cannot be used ({type(error).__name__}).")
        raise (heard if isinstance(heard, Interrupted) else unusable) from None


def explained(error: BaseException | None) -> LedgerError:
    """Return what a database error means for a person, without anything that stood in a row."""
    text = str(error).lower() if isinstance(error, sqlite3.Error) else ""
    kind = type(error).__name__
    if "locked" in text or "busy" in text or kind == "LockNotAvailable":
        return LedgerLocked(
            "Another program is holding the ledger's database.",
            fix="Close the program that has it open, or give --lock-timeout SECONDS to wait for it.",
        )
    if "full" in text or kind == "DiskFull":
        return LedgerFull()
    if "could not decode" in text:
        return unreadable()
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return damaged(text)
    if "readonly" in text or "read-only" in text or "unable to open" in text or "disk i/o" in text:
        return LedgerError(f"The ledger cannot be written or read: {text}.", fix="Check the folder's rights and disk.")
    return LedgerError(f"The ledger's database reported an error ({kind}{': ' + text if text else ''}).")


def lost() -> LedgerLost:
    """Return the error for a connection that ended in the middle of the work."""
    return LedgerLost(
        "The connection to the ledger was lost.",
        fix="Run the same command again when the database can be reached; nothing is sent twice.",
    )


def damaged(how: str) -> LedgerError:
    """Return the error for a ledger that is not whole any more."""
    return LedgerError(
        f"The ledger is damaged ({how}). It was left as it is.",
        fix="Restore it from a backup, or make a new one with --ledger and rebuild it with `importer ledger import` from old results.csv files.",
    )


def unreadable() -> LedgerError:
    """Return the error for a value that no version of the importer wrote."""
    return damaged("a value in it cannot be read")


def reads_columns(function: Callable[Given, Item]) -> Callable[Given, Item]:
    """Let a function that makes a value of a row's columns tell what no version wrote as damage, never as a bug."""

    @wraps(function)
    def reads(*args: Given.args, **kwargs: Given.kwargs) -> Item:
        try:
            return function(*args, **kwargs)
        except (ValueError, KeyError, TypeError):
            raise unreadable() from None

    return reads


def many(connection: Connection, statement: ClauseElement, values: Sequence[Mapping[str, Any]]) -> int:
    """Run the statement once for each mapping of its parameters, in one go; return the number of rows touched."""
    if not values:
        return 0
    sql, names, constants = _kept(connection, statement)
    pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    rows = values if not constants else [{**constants, **row} for row in values]
    return many_tuples(connection, sql, [pick(row) for row in rows])


def fetched(connection: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> list[Any]:
    """Return the rows of a statement as the driver gives them, in plain tuples; truth values may be 0 and 1."""
    sql, names, constants = _kept(connection, statement)
    given = {**constants, **values}
    with _cursor(connection) as cursor:
        cursor.execute(sql, tuple(given[name] for name in names))
        return list(cursor.fetchall())


def many_tuples(connection: Connection, sql: str, values: Iterable[tuple[Any, ...]]) -> int:
    """Run driver SQL once for each tuple; return the number of rows touched."""
    with _cursor(connection) as cursor:
        cursor.executemany(sql, values)
        return int(cursor.rowcount)


def where_in(connection: Connection, sql: str, values: Sequence[Any]) -> Sequence[Any]:
    """
    Return the rows of ``sql IN (values)``; ``sql`` is our own text up to the column's name.

    SQLAlchemy's ``in_`` costs several times as much, and these run for every row.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(values))
    with _cursor(connection) as cursor:
        cursor.execute(f"{sql} IN ({marks})", tuple(values))
        rows: Sequence[Any] = cursor.fetchall()
        return rows


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """
    Give the driver's own cursor, inside SQLAlchemy's transaction.

    What SQLAlchemy does around each statement costs more than the statement of a few rows itself, and a turn of
    sending has five of them.
    """
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise explained(error) from None
    finally:
        cursor.close()


class Compiled(NamedTuple):
    """Driver SQL, the names of its parameters in order, and the parameters whose value stands in the statement."""

    sql: str
    names: tuple[str, ...]
    constants: dict[str, Any]


def compiled(connection: Connection, statement: ClauseElement) -> Compiled:
    """Return the driver's SQL for a statement without ``IN``, whose length is only known with its values."""
    made: Any = statement.compile(dialect=connection.dialect)
    constants = {name: value for name, value in made.params.items() if value is not None}
    return Compiled(str(made), tuple(made.positiontup or ()), constants)


def _kept(connection: Connection, statement: ClauseElement) -> Compiled:
    """Return the driver's SQL for a statement that lives as long as the program; worked out once."""
    ready = _compiled.get((id(statement), connection.dialect.name))
    if ready is None:
        # The statement is kept too, so that its id is not given to another one.
        ready = (statement, compiled(connection, statement))
        _compiled[id(statement), connection.dialect.name] = ready
    return ready[1]


_compiled: dict[tuple[int, str], tuple[ClauseElement, Compiled]] = {}


def slices(items: Iterable[Item], size: int = 500) -> Iterator[list[Item]]:
    """Yield the items in lists short enough to stand in one ``IN (...)``."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
