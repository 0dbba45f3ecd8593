"""
A session of a database in which nothing can be changed, whatever the statement.

============  ==========================================================================================================
database      what keeps a statement from changing anything
============  ==========================================================================================================
PostgreSQL    the session and the transaction are read only; the statement is the query of a cursor, so it is one SELECT
              (no ``COPY ... TO PROGRAM``); a user who may do everything does it as ``pg_read_all_data``
SQLite        the file is opened with ``mode=ro``; ``query_only``; an authorizer that lets nothing pass but reading
============  ==========================================================================================================

A function that reaches out of the database by itself is the database's affair: let the user of the query have the right to read
alone. Off this machine a server proves who it is, as for a ledger. Each statement has an end, and what waits for the server, too.
"""

from __future__ import annotations

import math
import os
import re
import socket
import sqlite3
import stat
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from importer.errors import SettingsError
from importer.ledger.server_connection import connection_options
from importer.reading.records.record_grid import SINGLE_EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext

LOCK_S: Final = 10.0
SPARE_S: Final = 5.0
"""So much longer than the statement may take, its answer is waited for: a server need not keep to what it was told."""

CELL_BYTES: Final = 1_000_000
"""So long a value may be: thirty times what a cell may hold. A longer one never leaves the database."""

LEAST_BYTES: Final = 131_072
"""So long it may be on SQLite where there are very many columns: what a cell may hold, in the longest characters."""

ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 16_000_000
"""So much rows that come together may hold; on SQLite, where they come one by one, a row."""

_STEPS: Final = 20_000

_PASSING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_REACHING_OUT: Final = frozenset({"load_extension", "edit", "readfile", "writefile"})
_EVERYTHING: Final = (
    "SELECT rolsuper OR pg_has_role(oid, 'pg_execute_server_program', 'usage') "
    "OR pg_has_role(oid, 'pg_write_server_files', 'usage') FROM pg_roles WHERE rolname = current_user"
)
_LEAST: Final = "SET LOCAL ROLE pg_read_all_data"
_HAS_LEAST: Final = "SELECT count(*) FROM pg_roles WHERE rolname = 'pg_read_all_data'"


class Ending:
    """
    When a query must be over, and how it is ended before that.

    ``until``: on the monotonic clock. ``connect_s``: how long a connection may take. ``over``: its time is up, or it was told to stop; then whatever it waits for fails.
    """

    def __init__(self, until: float, connect_s: float = 10.0) -> None:
        self.until = until
        self.connect_s = connect_s
        self.stopped = False
        self._socket: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more may be waited for."""
        return self.stopped or time.monotonic() > self.until

    @property
    def left_s(self) -> float:
        """The seconds left, at least a hundredth."""
        return max(self.until - time.monotonic(), 0.01)

    def stop(self) -> None:
        """End what is waited for; safe in a signal handler and from any thread."""
        self.stopped = True
        if self._socket is not None:
            with suppress(OSError), socket.socket(fileno=os.dup(self._socket)) as peer:
                peer.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def watching(self, descriptor: int) -> Iterator[None]:
        """Let ``stop``, and a clock of our own, end a wait for what comes over a socket."""
        self._socket = descriptor
        clock = threading.Timer(self.left_s + SPARE_S, self.stop)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            self._socket = None
            clock.cancel()


def query_url(address: str) -> URL:
    """
    Return the URL of a database that is queried: ``db+postgresql://...`` or ``db+sqlite:///PATH``.

    Raises:
        SettingsError: it is neither. The address is not quoted: it may hold a password.
    """
    try:
        url = make_url(address.partition("+")[2])
    except (ArgumentError, ValueError):
        raise SettingsError(
            "The address of the database cannot be read.",
            fix="Write db+postgresql://USER@HOST/NAME or db+sqlite:///PATH.",
        ) from None
    kind = url.get_backend_name()
    if kind == "postgresql" and url.drivername in {"postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.drivername in {"sqlite", "sqlite+pysqlite"}:
        return url
    raise SettingsError(
        f"A query cannot be sent to {kind}.", fix="Use db+postgresql://USER@HOST/NAME or db+sqlite:///PATH."
    )


@contextmanager
def read_only(url: URL, ending: Ending) -> Iterator[Connection]:
    """
    Give a connection within a transaction that changes nothing, and that ends without a trace.

    Raises:
        SettingsError: a SQLite file is not there, is none, or the library for PostgreSQL is not installed.
        sqlalchemy.exc.DBAPIError: the database refuses the connection.
    """
    engine = _sqlite(url, ending) if url.get_backend_name() == "sqlite" else _postgres(url, ending)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            if engine.dialect.name == "sqlite":
                _guard(raw, ending)
                yield connection
                return
            _tell_short_numbers(raw)
            with ending.watching(raw.pgconn.socket):
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                if connection.exec_driver_sql(_EVERYTHING).scalar() and connection.exec_driver_sql(_HAS_LEAST).scalar():
                    connection.exec_driver_sql(_LEAST)
                yield connection
    finally:
        engine.dispose()


def _postgres(url: URL, ending: Ending) -> Engine:
    try:
        options = connection_options(url, busy_s=LOCK_S, read_only=True)
    except ImportError:
        raise SettingsError(
            "Queries of PostgreSQL need the library psycopg, which is not installed here.",
            fix="Install it with: pip install 'appointment-importer[postgres]'",
        ) from None
    most = int(ending.left_s * 1000) or 1
    options["options"] += f" -c statement_timeout={most} -c idle_in_transaction_session_timeout={most}"
    options.setdefault("connect_timeout", max(2, int(min(ending.connect_s, ending.left_s))))
    options.setdefault("application_name", "appointment-importer query")
    engine = create_engine(url, poolclass=NullPool, connect_args=options, hide_parameters=True)
    event.listen(engine, "handle_error", _close_cursor)
    return engine


def _tell_short_numbers(raw: Any) -> None:
    """Let numbers of single precision that have lost their end come as ``2.12555e+09``, which is none, and not as another number."""
    from psycopg.adapt import Loader  # noqa: PLC0415 - of the extra

    class Single(Loader):
        def load(self, data: Any) -> Any:
            value = float(bytes(data))
            return f"{value:.7g}" if SINGLE_EXACT <= abs(value) < math.inf else value

    raw.adapters.register_loader("float4", Single)


def _close_cursor(context: ExceptionContext) -> None:
    """Close the cursor of a statement that failed: where the connection has ended, too, SQLAlchemy leaves it open."""
    failed = context.execution_context
    with suppress(Exception):
        if failed is not None and failed.cursor is not None:
            failed.cursor.close()


def _sqlite(url: URL, ending: Ending) -> Engine:
    path = url.database or ""
    try:
        is_file = stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - a text that may be no path
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        raise SettingsError(
            "There is no SQLite database at the place that the address names.",
            fix="Write db+sqlite:///PATH with the whole path of the file.",
        )

    def connect() -> sqlite3.Connection:
        place = f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode=ro"  # noqa: PTH100 - links stay as they are
        return sqlite3.connect(place, uri=True, timeout=min(LOCK_S, ending.left_s), check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _guard(raw: sqlite3.Connection, ending: Ending) -> None:
    """Let a connection to a SQLite file do nothing but read, and end it when its time is up."""
    raw.execute("PRAGMA query_only=ON")
    raw.execute("PRAGMA trusted_schema=OFF")
    raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL_BYTES)
    raw.set_authorizer(_authorized)
    raw.set_progress_handler(lambda: ending.over, _STEPS)


def _authorized(action: int, _first: str | None, second: str | None, *_where: str | None) -> int:
    reaches_out = action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() in _REACHING_OUT
    return sqlite3.SQLITE_OK if action in _PASSING and not reaches_out else sqlite3.SQLITE_DENY


_TEXTS: Final = frozenset({17, 25, 1042, 1043})
"""PostgreSQL's numbers of bytea, text, char and varchar, whose lengths it knows without a look at the values."""

_SHORT: Final = frozenset({1700})
"""Those of types without a fixed length that are short all the same: numeric."""

TOO_LARGE: Final = re.compile(r"importer_(?:column_(?P<column>[0-9]{1,4})|rows_)")
"""How an error of PostgreSQL tells what of a ``bounded`` statement is too large: the value of a column, or rows together."""


def heading(connection: Connection, statement: str) -> Sequence[Any]:
    """Return the columns of a statement, as a cursor describes them; none of its rows is computed."""
    options = {"no_parameters": True, "stream_results": True}
    only = f"SELECT * FROM (\n{statement}\n) AS i LIMIT 0"  # noqa: S608 - it is to be carried out, and can only read
    with closing(connection.exec_driver_sql(only, execution_options=options)) as result:
        return tuple(result.cursor.description or ()) if result.cursor is not None else ()


def bound_values(connection: Connection, columns: int) -> None:
    """Let no value of a row of so many columns from a SQLite file be longer than a row may be."""
    raw: Any = connection.connection.driver_connection
    raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(CELL_BYTES, max(LEAST_BYTES, BYTES_AT_ONCE // max(columns, 1))))


def bounded(statement: str, columns: Sequence[Any]) -> str:
    """
    Return a statement of PostgreSQL whose rows the server itself measures: what is too large ends it, and is not sent.

    What comes over a connection is taken in whole before anything can be said of it. ``columns``: as a cursor describes
    them. The statement has one column more, without values.
    """
    names = [f"c{at}" for at in range(len(columns))]
    sized = {
        at: f"pg_catalog.octet_length({names[at] if column.type_code in _TEXTS else f'CAST({names[at]} AS text)'})"
        for at, column in enumerate(columns)
        if column.internal_size is None and column.type_code not in _SHORT
    }
    listed = ", ".join(names)
    longest = " ".join(f"WHEN {size} > {CELL_BYTES} THEN {at}" for at, size in sized.items())
    total = " + ".join(["0", *(f"coalesce({size}, 0)" for size in sized.values())])
    # The casts fail, and say what is too large. OFFSET 0 keeps what stands before it apart, so that nothing is computed twice.
    return (
        f"SELECT {listed}, CASE WHEN too_long IS NOT NULL THEN CAST('importer_column_' || too_long AS integer)"  # noqa: S608
        f" WHEN pg_catalog.sum(size) OVER (ROWS BETWEEN {ROWS_AT_ONCE - 1} PRECEDING AND CURRENT ROW) > {BYTES_AT_ONCE}"
        f" THEN CAST('importer_rows_' || size AS integer) END"
        f" FROM (SELECT {listed}, {f'CASE {longest} END' if sized else 'NULL'}, {total}"
        f" FROM (SELECT * FROM (\n{statement}\n) AS i OFFSET 0) AS o({listed}) OFFSET 0) AS m({listed}, too_long, size)"
    )


def streaming() -> dict[str, Any]:
    """Return the execution options of the one query: its rows come some at a time, and it is sent as it was written."""
    return {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE, "no_parameters": True}
