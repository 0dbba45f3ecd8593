"""Whatever a query says, nothing is changed by it: neither in the database nor on its machine."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from on_postgres import needs_server, refuse_absence
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from importer.errors import FileRefused, ImporterError, Interrupted, SettingsError, SourceUnreachable
from importer.fetching import read_only_session
from importer.fetching.database_query import write_query
from importer.fetching.fetched_source import fetched
from importer.fetching.read_only_session import Ending, query_url, read_only, streaming
from importer.reading.limits import Limits

if TYPE_CHECKING:
    from practices import Practice

refuse_absence()

WRITES = [
    "DELETE FROM visits",
    "INSERT INTO visits (number) VALUES ('9')",
    "UPDATE visits SET phone = '' RETURNING number",
    "DELETE FROM visits RETURNING *",
    "DROP TABLE visits",
    "CREATE TABLE others (a text)",
    "SELECT 1; DELETE FROM visits",
    "COMMIT; DELETE FROM visits",
]
OF_SQLITE = [
    "WITH a AS (SELECT 1) DELETE FROM visits",
    "ATTACH DATABASE '{folder}/other.db' AS other",
    "VACUUM INTO '{folder}/other.db'",
    "PRAGMA query_only=OFF",
    "PRAGMA journal_mode=WAL",
    "SELECT load_extension('{folder}/other.so')",
    "REPLACE INTO visits (number) VALUES ('1001')",
]
OF_POSTGRES = [
    "WITH gone AS (DELETE FROM visits RETURNING *) SELECT * FROM gone",
    "SELECT all_gone()",
    "SELECT set_config('transaction_read_only', 'off', false), all_gone()",
    "SELECT reset_and_go()",
    "SELECT * FROM visits FOR UPDATE",
    "SELECT nextval('counter')",
    "SELECT number INTO copied FROM visits",
    "COPY visits TO PROGRAM 'cat > {folder}/other.db'",
    "SELECT 1; COPY visits TO PROGRAM 'cat > {folder}/other.db'",
    "SELECT copied_out()",
    "SELECT lo_from_bytea(0, 'x')",
    "DO $$ BEGIN DELETE FROM visits; END $$",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM visits",
]
FUNCTIONS = [
    "CREATE SEQUENCE counter",
    "CREATE FUNCTION all_gone() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM visits; RETURN 1; END'",
    "CREATE FUNCTION reset_and_go() RETURNS int LANGUAGE plpgsql AS 'BEGIN SET transaction_read_only = off; DELETE FROM visits; RETURN 1; END'",
    "CREATE FUNCTION copied_out() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COPY visits TO PROGRAM 'cat > {folder}/other.db'; RETURN 1; END $$",
]


def nothing_is_changed(practice: Practice, statements: list[str], folder: str) -> None:
    """Send each statement past the look into the query file, to the session itself; then the same by the whole way."""
    before = practice.visits()
    for statement in (each.replace("{folder}", folder) for each in statements):
        with suppress(SQLAlchemyError), read_only(query_url(practice.address), Ending(time.monotonic() + 9)) as session:
            rows = list(session.exec_driver_sql(statement, execution_options=streaming()))
            # Some servers let a large object be made in a transaction that is read only; it goes with it.
            assert rows == [] or "lo_" in statement, statement
        with pytest.raises(ImporterError), practice.reading(statement):
            pass
        assert practice.visits() == before, statement
    assert not (Path(folder) / "other.db").exists()


def test_sqlite_is_only_read(on_sqlite: Practice) -> None:
    """Not a byte of the file is another one afterwards, and no other file is made."""
    path = on_sqlite.desk.folder / "practice.db"
    before = path.read_bytes()

    nothing_is_changed(on_sqlite, [*WRITES, *OF_SQLITE], str(on_sqlite.desk.folder))

    assert path.read_bytes() == before


def test_postgresql_is_only_read(on_postgres: Practice) -> None:
    """Statements, functions that write, and what would reach the server's own files or programs."""
    folder = on_postgres.desk.folder
    for parent in (folder, *folder.parents):
        with suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
    folder.chmod(0o777)
    on_postgres.do(*(each.replace("{folder}", str(folder)) for each in FUNCTIONS))

    objects = "SELECT count(*) FROM pg_largeobject_metadata"
    before = on_postgres.do(objects)

    nothing_is_changed(on_postgres, [*WRITES, *OF_POSTGRES], str(folder))

    assert on_postgres.do(objects) == before
    assert on_postgres.do("SELECT last_value, is_called FROM counter") == [(1, False)]


def test_a_cut_short_statement_names_what_is_wrong(practice: Practice) -> None:
    """What a database says of a statement is told; what it says of a value may quote a row, and is not."""
    with (
        pytest.raises(FileRefused, match="missing_column") as refused,
        practice.reading("SELECT missing_column FROM visits"),
    ):
        pass
    assert refused.value.code == "query_refused"


@needs_server
def test_a_value_is_not_quoted(on_postgres: Practice) -> None:
    """PostgreSQL quotes the text that is no number; we do not."""
    with pytest.raises(FileRefused) as refused, on_postgres.reading("SELECT CAST(first AS integer) FROM visits"):
        pass

    assert refused.value.code == "query_unreadable"
    assert "Ana" not in f"{refused.value} {refused.value.__context__!r}" or refused.value.__suppress_context__


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def test_a_query_that_runs_for_ever_is_ended(practice: Practice) -> None:
    """By the database itself, within the time that reading may take."""
    kind = practice.database.partition("+")[0].partition(":")[0]
    began = time.monotonic()

    with pytest.raises(FileRefused) as refused:
        write_query(practice.address, practice.query(ENDLESS[kind]), BytesIO(), Ending(began + 0.3))

    assert refused.value.code == "query_too_slow"
    assert time.monotonic() - began < 5


def test_a_query_without_end_is_ended(practice: Practice) -> None:
    """Rows that never stop coming meet the limit of rows."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS number FROM n"

    with pytest.raises(FileRefused) as refused:
        write_query(
            practice.address, practice.query(endless), BytesIO(), Ending(time.monotonic() + 20), Limits(rows=5_000)
        )

    assert refused.value.code == "query_too_large"


LARGE = {
    "sqlite": "SELECT number, hex(zeroblob({bytes} / 2)) AS notes FROM visits",
    "postgresql": "SELECT number, {jsonb}repeat('x', {bytes}){end} AS notes FROM visits",
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "postgresql jsonb"])
def test_a_value_that_is_too_long_stays_in_the_database(kind: str, request: pytest.FixtureRequest) -> None:
    """PostgreSQL names its column; a shorter value is read."""
    practice: Practice = request.getfixturevalue("on_sqlite" if kind == "sqlite" else "on_postgres")
    jsonb, end = ("to_jsonb(", ")") if "jsonb" in kind else ("", "")

    def written(most: int) -> bytes:
        out = BytesIO()
        text = LARGE[kind.split(maxsplit=1)[0]].format(bytes=most, jsonb=jsonb, end=end)
        write_query(practice.address, practice.query(text), out, Ending(time.monotonic() + 20))
        return out.getvalue()

    with pytest.raises(FileRefused, match="returns a value") as refused:
        written(read_only_session.CELL_BYTES + 2)

    assert refused.value.code == "query_too_large"
    assert ("notes" in str(refused.value)) == (kind != "sqlite")
    assert written(read_only_session.CELL_BYTES - 2).count(b"\n") == 3


def test_wide_rows_of_a_file_hold_shorter_values(on_sqlite: Practice) -> None:
    """A row of very many columns is not larger than one of few, for it is fetched as a whole."""
    wide = "SELECT " + ", ".join(f"hex(zeroblob(70000)) AS c{at}" for at in range(200))

    with pytest.raises(FileRefused, match="far longer") as refused:
        write_query(on_sqlite.address, on_sqlite.query(wide), BytesIO(), Ending(time.monotonic() + 20))

    assert refused.value.code == "query_too_large"


def test_rows_that_are_large_together_stay_in_the_database(on_postgres: Practice) -> None:
    """Each value is short enough, 500 rows of them are more than come over a connection at once."""
    text = "SELECT i AS number, repeat('x', 32001) AS notes FROM generate_series(1, 600) AS i"

    with pytest.raises(FileRefused, match="500 rows of the query hold more than 16 MB") as refused:
        write_query(on_postgres.address, on_postgres.query(text), BytesIO(), Ending(time.monotonic() + 20))

    assert refused.value.code == "query_too_large"


def test_a_statement_is_measured_as_it_stands(on_postgres: Practice) -> None:
    """Its order, its limit, and a comment at its end are left as they are."""
    text = "SELECT number, 1 + length(first) AS size FROM visits ORDER BY number DESC LIMIT 2 -- the last; of them"
    out = BytesIO()

    write_query(on_postgres.address, on_postgres.query(text), out, Ending(time.monotonic() + 20))

    assert out.getvalue() == b'{"number":"1003","size":"3"}\n{"number":"1002","size":"3"}\n'


def test_a_signal_ends_a_query(practice: Practice) -> None:
    """Ctrl-C while the database still thinks: nothing was sent, and nobody waits."""
    kind = practice.database.partition("+")[0].partition(":")[0]
    job = practice.job(ENDLESS[kind])
    timer = threading.Timer(0.3, job.stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupted), fetched(job, [practice.address]):
        pass

    assert time.monotonic() - began < 5


def test_a_server_that_never_answers_is_left() -> None:
    """A server that takes the connection and says nothing costs the time to connect."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"db+postgresql://importer@127.0.0.1:{server.getsockname()[1]}/clinic"
        with pytest.raises(DBAPIError), read_only(query_url(address), Ending(began + 1, connect_s=1)):
            pass

    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("db+sqlite:////nowhere/at/all.db", SettingsError),
        ("db+sqlite:////dev", SettingsError),
        ("db+sqlite://", SettingsError),
        ("db+postgresql://importer:hunter2@127.0.0.1:1/clinic", SourceUnreachable),
    ],
)
def test_a_database_that_is_not_there_is_told(practice: Practice, address: str, error: type[ImporterError]) -> None:
    """Without its password, and without making a file."""
    with pytest.raises(error) as caught:
        write_query(address, practice.query(), BytesIO(), Ending(time.monotonic() + 5))

    assert "hunter2" not in f"{caught.value} {caught.value.fix}"


def test_a_file_that_is_no_database_is_told(on_sqlite: Practice) -> None:
    """A CSV is not opened as SQLite."""
    sheet = on_sqlite.desk.sheet({"a": "1" * 3000})

    with pytest.raises(ImporterError, match="no SQLite database"):
        write_query(f"db+sqlite:///{sheet}", on_sqlite.query(), BytesIO(), Ending(time.monotonic() + 5))


def test_a_server_elsewhere_proves_who_it_is() -> None:
    """The rules for connections are the ledger's: verify-full, no bare password."""
    engine = read_only_session._postgres(
        query_url("db+postgresql://importer@db.example/clinic"), Ending(time.monotonic() + 5)
    )
    given = engine.dialect.create_connect_args(engine.url)[1]
    options = engine.pool._creator.__closure__

    found = next(cell.cell_contents for cell in options or () if isinstance(cell.cell_contents, dict))
    assert {**given, **found}["sslmode"] == "verify-full"
    assert "default_transaction_read_only=on" in {**given, **found}["options"]
