"""
A query of a database as a file: its rows streamed into JSON Lines, within limits of rows, bytes, values and time.

What a database says of an error may quote a row, so only what it says of the statement itself is passed on.
"""

from __future__ import annotations

from contextlib import closing
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from importer.errors import FileRefused, ImporterError, SettingsError, SourceUnreachable
from importer.fetching.query_text import statement_of
from importer.fetching.read_only_session import (
    BYTES_AT_ONCE,
    CELL_BYTES,
    ROWS_AT_ONCE,
    TOO_LARGE,
    Ending,
    bound_values,
    bounded,
    heading,
    query_url,
    read_only,
    streaming,
)
from importer.fetching.row_lines import check_names, heading_line, lines
from importer.problems.kinds import quoted
from importer.reading.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

MOST_BYTES: Final = 500_000_000
"""So much a query may come to in all, as JSON Lines."""

_OF_STATEMENT: Final = "42"
"""PostgreSQL's class of errors that are about the statement: a name that is not there, a right that is missing, its grammar."""

_NO_NUMBER: Final = "22P02"
_READ_ONLY: Final = frozenset({"25006", "0A000"})
_CANCELLED: Final = frozenset({"57014", "25P03"})
_NOT_NOW: Final = ("08", "53", "57P", "55P03", "58", "XX")
_OF_FILE: Final = ("unable to open", "locked", "malformed", "disk", "not a database")
_NO_ENTRY: Final = ("28", "3D000")


def write_query(
    address: str,
    query: Path,
    out: IO[bytes],
    ending: Ending,
    limits: Limits = Limits(),  # noqa: B008  # frozen
) -> tuple[str, ...]:
    """
    Write the rows of the query in a file to ``out``; return the names of its columns.

    A query without rows comes to its headings alone, as a sheet without rows does.

    Raises:
        FileRefused: the query is none, is refused by the database, takes too long, or returns too much.
        SettingsError: the address cannot be used, or the database lets nobody in.
        SourceUnreachable: the database cannot be reached now.
    """
    statement = statement_of(query)
    url = query_url(address)
    try:
        with read_only(url, ending) as connection:
            return _written(connection, statement, out, ending, limits)
    except DBAPIError as error:
        raise _told(error, ending) from None
    except (SQLAlchemyError, ValueError, OverflowError):
        raise _not_readable() from None


def _written(connection: Connection, statement: str, out: IO[bytes], ending: Ending, limits: Limits) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    try:
        columns = heading(connection, statement)
        if connection.dialect.name == "sqlite":
            bound_values(connection, len(columns))
        else:
            names = tuple(column.name for column in columns)
            check_names(names, limits)
            statement = bounded(statement, columns)
        with closing(connection.exec_driver_sql(statement, execution_options=streaming())) as result:
            if not names:
                described: Sequence[Any] = result.cursor.description if result.cursor is not None else ()
                names = tuple(str(column[0]) for column in described or ())
                check_names(names, limits)
            _write_rows(names, _within(result, len(names), ending), out, limits)
    except DBAPIError as error:
        found = TOO_LARGE.search(str(error.orig))
        if found and getattr(error.orig, "sqlstate", None) == _NO_NUMBER:
            raise _too_large(found["column"], names) from None
        raise
    return names


def _write_rows(names: Sequence[str], rows: Iterator[Sequence[Any]], out: IO[bytes], limits: Limits) -> None:
    size = count = 0
    for line in lines(names, rows):
        count, size = count + 1, size + len(line)
        if count > limits.rows:
            raise _too_much(f"more than {limits.rows:,} rows")
        if size > MOST_BYTES:
            raise _too_much(f"more than {MOST_BYTES // 1_000_000:,} MB")
        out.write(line)
    if not count:
        out.write(heading_line(names))


def _within(result: Any, width: int, ending: Ending) -> Iterator[Sequence[Any]]:
    """Yield rows of so many columns as long as there is time; a column more is ours."""
    for row in result:
        if ending.over:
            raise _too_slow()
        yield row if len(row) == width else row[:width]


def _told(error: DBAPIError, ending: Ending) -> ImporterError:
    """Return what a person is told of an error of the database."""
    raw: Any = error.orig
    state = str(getattr(raw, "sqlstate", None) or "")
    if ending.over or state in _CANCELLED:
        return _too_slow()
    if type(raw).__module__.startswith("sqlite3"):
        return _of_sqlite(raw)
    if state in _READ_ONLY:
        return _writes()
    if state.startswith(_OF_STATEMENT):
        return _refused(str(raw.diag.message_primary))
    if state.startswith(_NO_ENTRY) or (not state and "authentication" in str(raw)):
        return SettingsError(
            "The database does not let the user of its address in, or has no database of that name.",
            fix="Correct the address. A password is taken from IMPORTER_DATABASE, or from ~/.pgpass.",
        )
    return _out_of_reach(state) or _not_readable()


def _of_sqlite(raw: Exception) -> ImporterError:
    """Return what SQLite says: of the statement, of the file, or of a value."""
    message = str(raw)
    if "too big" in message:
        return _too_large("", ())
    if "readonly" in message or "not authorized" in message:
        return _writes()
    if type(raw).__name__ not in {"OperationalError", "DatabaseError"}:
        return _not_readable()
    if any(word in message for word in _OF_FILE):
        return SourceUnreachable(
            "The database cannot be read now: it is in use, damaged, or no SQLite database.", fix="Try again later."
        )
    return _refused(message)


def _out_of_reach(state: str) -> SourceUnreachable | None:
    if not state:
        return SourceUnreachable(
            "The database cannot be reached, or does not prove who it is.",
            fix="Check the address and the network. Off this machine the server needs a certificate that is trusted (verify-full).",
        )
    return (
        SourceUnreachable("The database cannot be used now.", fix="Try again later.")
        if state.startswith(_NOT_NOW)
        else None
    )


def _writes() -> FileRefused:
    return FileRefused(
        "The query would change something, or reach out of the database. Nothing was changed.",
        code="query_writes",
        fix="Write one SELECT that only reads.",
    )


def _refused(message: str) -> FileRefused:
    return FileRefused(
        f"The database refuses the query: {quoted(message)}.",
        code="query_refused",
        fix="Correct the query file; try it with another program for this database.",
    )


def _not_readable() -> FileRefused:
    return FileRefused(
        "A value of the query cannot be computed or read.",
        code="query_unreadable",
        fix="Write it as text in the query, CAST(column AS text), and leave out what is no appointment.",
    )


def _too_slow() -> FileRefused:
    return FileRefused(
        "The query takes too long and was ended.",
        code="query_too_slow",
        fix="Let it return only the appointments of the next weeks, or allow more time with --check-seconds.",
    )


def _too_large(column: str | None, names: Sequence[str]) -> FileRefused:
    """Return what is told of a value that is too long, or of rows that hold too much together (``column``: None)."""
    if column is None:
        what = f"{ROWS_AT_ONCE} rows of the query hold more than {BYTES_AT_ONCE // 1_000_000} MB."
    elif column:
        what = f"The query returns a value of more than {CELL_BYTES // 1_000_000} MB in its column “{quoted(names[int(column)])}”."
    else:
        what = "The query returns a value that is far longer than what a cell holds."
    return FileRefused(what, code="query_too_large", fix="Name only the columns that the importer needs after SELECT.")


def _too_much(what: str) -> FileRefused:
    return FileRefused(
        f"The query returns {what}.",
        code="query_too_large",
        fix="Let it return only the appointments of the next weeks.",
    )
