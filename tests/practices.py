"""A practice whose appointments lie in a database, and a desk that reads them by a query."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE
from on_postgres import SERVER, schema
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from importer.fetching.fetched_source import fetched
from importer.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from desk import Desk

    from importer.commands.job import Job

COLUMNS = ("number", "phone", "first", "starts", "zone")
VISITS = [
    ("1001", "(212) 555-0101", "Ana", "2027-03-08T09:00:00", "America/New_York"),
    ("1002", "2125550102", "Bo", "2027-03-09T10:00:00", "America/Chicago"),
    ("1003", "212-555-01", "Cy", "2027-03-09T11:00:00", "America/Chicago"),
]
SELECT = (
    'SELECT number AS "externalEventId", phone, first AS "First name", starts AS "eventDateTime", '
    'zone AS "subscriberTimeZone" FROM visits ORDER BY number'
)


@dataclass
class Practice:
    """A database with a table of visits: ``address`` of a query, ``database`` to write to, and a desk that reads it."""

    address: str
    database: str
    desk: Desk

    def do(self, *statements: str) -> list[Any]:
        """Carry statements out, each by itself; return the rows of the last."""
        engine = create_engine(self.database)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for statement in statements:
                    done = connection.exec_driver_sql(statement)
                return list(done) if done.returns_rows else []
        finally:
            engine.dispose()

    def visits(self) -> list[Any]:
        return [tuple(row) for row in self.do("SELECT * FROM visits ORDER BY number")]

    def query(self, text: str = SELECT) -> Path:
        path = self.desk.folder / "visits.sql"
        path.write_text(text, encoding="utf-8")
        return path

    def job(self, text: str = SELECT, **settings: Any) -> Job:
        return self.desk.job(query_file=self.query(text), **settings)

    @contextmanager
    def reading(self, text: str = SELECT, **settings: Any) -> Iterator[tuple[Job, list[str]]]:
        with fetched(self.job(text, **settings), [self.address]) as found:
            yield found


def made(practice: Practice) -> Practice:
    """Let the visits lie in a practice's database."""
    texts = ", ".join(f"{name} text" for name in COLUMNS)
    values = ", ".join(str(row) for row in VISITS)
    practice.do(f"CREATE TABLE visits ({texts})", f"INSERT INTO visits VALUES {values}")
    practice.desk.profile = Profile(event_type=EVENT_TYPE)
    return practice


def practice_on_sqlite(desk: Desk) -> Practice:
    """Return a practice whose database is a file."""
    path = desk.folder / "practice.db"
    with closing(sqlite3.connect(path)):
        pass
    return made(Practice(f"db+sqlite:///{path}", f"sqlite:///{path}", desk))


@contextmanager
def practice_on_postgres(desk: Desk) -> Iterator[Practice]:
    """Give a practice on the PostgreSQL server of the tests, if there is one."""
    if not SERVER:
        pytest.skip("IMPORTER_TEST_POSTGRES names no server")
    with schema() as url:
        database = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        yield made(Practice(f"db+{url}", database, desk))
