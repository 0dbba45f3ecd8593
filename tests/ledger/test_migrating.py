"""A ledger of an earlier version: it opens, keeps all that it remembers, and goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event

from importer.errors import LedgerError
from importer.ledger import open_ledger
from importer.ledger.opening import MIGRATIONS, ledger_url, make, migrate
from importer.ledger.store import Store
from importer.ledger.tables import APPLICATION_ID, SCHEMA
from importer.model.records import Key
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = ("runs", "files", "rows", "reminders")
NOW = 1_800_000_000.0


VERSIONS = sorted(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("0*.py"))


@pytest.fixture
def first(place: Path, clerk_of: Any, row: Any) -> Path:
    """Give a ledger as version 0001 left it: one finished run of three rows, two of them reminders now."""
    return of_version("0001", place, clerk_of, row)


def of_version(number: str, place: Path, clerk_of: Any, row: Any) -> Path:
    """Make a ledger as a version left it, of one finished run of three rows."""
    now = place.with_name("now.db")
    with open_ledger(str(now)) as ledger:
        clerk_of(ledger).run(row(2, "1"), row(3, "2"), row(4, "3", "cancel"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{place}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, number)
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    engine.dispose()
    with closing(sqlite3.connect(place)) as old, closing(sqlite3.connect(now)) as new:
        for table in TABLES:
            names = ", ".join(column[1] for column in old.execute(f"PRAGMA table_info({table})"))
            rows = new.execute(f"SELECT {names} FROM {table}").fetchall()
            marks = ", ".join("?" * (names.count(",") + 1))
            old.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        old.commit()
    return place


def content(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, in the columns of the first version."""
    with closing(sqlite3.connect(place)) as database:
        return {
            table: [row[:cut] for row in database.execute(f"SELECT * FROM {table} ORDER BY 1")]
            for table, cut in (("runs", 13), ("files", 9), ("rows", 33), ("reminders", 14))
        }


def shape(place: Path) -> dict[Any, list[tuple[Any, ...]]]:
    """Return every table's columns, keys and indexes as SQLite knows them, the partial ones with their conditions."""
    with closing(sqlite3.connect(place)) as database:
        told: dict[Any, list[tuple[Any, ...]]] = {}
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            told[table] = database.execute(f"PRAGMA table_info({table})").fetchall()
            told[table] += database.execute(f"PRAGMA foreign_key_list({table})").fetchall()
            for _, index, unique, origin, partial in database.execute(f"PRAGMA index_list({table})").fetchall():
                columns = [row[2] for row in database.execute(f"PRAGMA index_info({index})")]
                name = index if origin == "c" else origin
                told[f"{table}.{name}.{'.'.join(columns)}"] = [(unique, partial)]
        indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        told |= {name: [(sql.replace('"', ""),)] for name, sql in database.execute(indexes)}
        told |= {key: [] for key in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")}
        for pragma in ("application_id", "journal_mode", "user_version"):
            told[pragma] = database.execute(f"PRAGMA {pragma}").fetchall()
        return told


def rows_of(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, without the ledger's own id, which is drawn anew for each."""
    with closing(sqlite3.connect(place)) as database:
        drawn = [name for (name,) in database.execute("SELECT ledger FROM owner")]
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [
                tuple("drawn" if cell in drawn else cell for cell in row)
                for row in database.execute(f"SELECT * FROM {table}")
            ]
            for table in tables
        }


def test_a_new_ledger_is_what_the_migrations_leave(tmp_path: Path) -> None:
    """A ledger made at once has the tables, columns in their order, defaults, keys, indexes and rows of one migrated."""
    places = tmp_path / "made.db", tmp_path / "migrated.db"
    for place, build in zip(places, (make, migrate), strict=True):
        store = Store(ledger_url(str(place)), busy_s=5)
        try:
            build(store)
        finally:
            store.close()

    made, migrated = (shape(place) for place in places)
    assert made == migrated
    assert [rows_of(place) for place in places] == [rows_of(places[1])] * 2


def test_keeps_what_it_remembers(first: Path) -> None:
    """Every row of every table is there after the migration, and says what it said."""
    before = content(first)

    with open_ledger(str(first)) as ledger:
        assert ledger.verify().faults == ()

    assert content(first) == before
    assert [len(before[table]) for table in TABLES] == [1, 1, 3, 2]
    with closing(sqlite3.connect(first)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA,)]


def test_goes_on(first: Path, clerk_of: Any, row: Any) -> None:
    """The old run is told as before, nothing known is sent again, and an old reminder meets a new row of its time."""
    with open_ledger(str(first)) as ledger:
        (record,) = ledger.runs()
        assert (record.profile, record.holds, record.unreleased) == ("", (), ())
        run = ledger.run(record.id)
        assert [file.facts for file in run.files.all()] == [None]
        assert run.report.totals() == {Status.CREATED: 2, Status.UNCHANGED: 1}
        clerk = clerk_of(ledger)
        assert clerk.run(row(2, "1"), row(3, "2", firstName="Bo")) == {Status.UPDATED: 1, Status.UNCHANGED: 1}
        (key,) = ledger.reminders([Key("+14155550100", "1")])
        met = clerk.plan(row(2, "9")).guards.same_time()
        assert [(place.number, place.external_event_id) for place in met.values()] == [(2, key.external_event_id)]
        assert run.guards.earlier_files("clinic", limit=9) == []


def test_a_command_that_only_looks_changes_nothing(first: Path) -> None:
    """Whoever only looks at an old ledger is told what brings it up to date."""
    with pytest.raises(LedgerError, match="older version") as caught, open_ledger(str(first), read_only=True):
        pass

    assert "importer run" in caught.value.fix
    assert len(content(first)["rows"]) == 3


@pytest.mark.parametrize("number", VERSIONS)
def test_a_ledger_of_any_version_goes_on(place: Path, clerk_of: Any, row: Any, number: str) -> None:
    """It opens, all that it holds is right, and nothing known is sent again."""
    with open_ledger(str(of_version(number, place, clerk_of, row))) as ledger:
        assert ledger.verify().faults == ()
        assert clerk_of(ledger).run(row(2, "1"), row(3, "2")) == {Status.UNCHANGED: 2}


class CutOff(Exception):
    """The importer ended here."""


@contextmanager
def cut_off_at(number: int, end: Callable[[], None]) -> Iterator[list[str]]:
    """Let the statement of this number, counted from where alembic begins to write, end all; give those that came."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if seen or not statement.startswith(("SELECT", "PRAGMA")):
            seen.append(statement)
            if len(seen) == number:
                end()

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def fall() -> None:
    raise CutOff


def test_a_migration_that_is_cut_off_at_any_step_is_begun_anew(first: Path, clerk_of: Any, row: Any) -> None:
    """Until the last statement the ledger is what it was, byte for byte of its rows; the next start brings it up to date."""
    before, number, version = content(first), 0, "0001"
    while version != SCHEMA:
        number += 1
        with cut_off_at(number, fall) as seen, suppress(CutOff), open_ledger(str(first)):
            pass
        with closing(sqlite3.connect(first)) as database:
            ((version,),) = database.execute("SELECT version_num FROM alembic_version").fetchall()
        assert version in {"0001", SCHEMA}, seen[-1]
        assert content(first) == before, seen[-1]

    assert number > 40
    with open_ledger(str(first)) as ledger:
        assert ledger.verify().faults == ()
        assert clerk_of(ledger).run(row(2, "1"), row(3, "2")) == {Status.UNCHANGED: 2}


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[3:]
from test_migrating import cut_off_at
from importer.ledger import open_ledger
with cut_off_at(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)), open_ledger(sys.argv[1]):
    pass
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [2, 25, 40])
def test_a_migration_that_is_killed_is_begun_anew(first: Path, number: int) -> None:
    """Kill -9 leaves what SQLite's log takes back at the next start."""
    before = content(first)
    line = [sys.executable, "-c", KILLED, str(first), str(number), *map(str, Path(__file__).parents[:2])]
    assert subprocess.run(line, check=False).returncode == -signal.SIGKILL

    with open_ledger(str(first)) as ledger:
        assert ledger.verify().faults == ()
    assert content(first) == before
