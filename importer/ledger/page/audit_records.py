"""The audit: who did what on the page and when. Counts and ids only; nothing of a sheet, and no name of a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import insert, select

from importer.ledger.page.page_tables import audit
from importer.ledger.store import reads_columns

if TYPE_CHECKING:
    from importer.ledger.page.page_connection import PageConnection
    from importer.ledger.page.user_records import User
    from importer.ledger.tables import Found


class Deed(NamedTuple):
    """
    One line of the audit.

    ``at``: UTC seconds. ``event``: logged_in, uploaded, edited, released, approved, sent, resolved and the like. ``counts``:
    name -> number, or an id.
    """

    at: float
    by: str
    event: str
    import_id: str | None
    run: str | None
    counts: dict[str, int | str]


class Audit:
    """The audit of a ledger's page; it can only be added to."""

    def __init__(self, store: PageConnection) -> None:
        self._store = store

    def add(  # noqa: PLR0913 - what a line is made of, all by name
        self,
        event: str,
        *,
        at: float,
        user: User | None = None,
        by: str = "",
        import_id: str | None = None,
        run: str | None = None,
        **counts: int | str,
    ) -> None:
        """Write down what somebody did. ``by``: a name where it is no user of the page."""
        values: dict[str, Any] = {
            "at": at,
            "by": user.name if user is not None else by,
            "user": user.id if user is not None else None,
            "event": event,
            "import": import_id,
            "run": run,
            "counts": orjson.dumps(counts),
        }
        with self._store.writing() as connection:
            connection.execute(insert(audit).values(values))

    def newest(self, limit: int) -> list[Deed]:
        """Return the newest lines, the newest first."""
        with self._store.reading() as connection:
            found = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)).all()
        return [_deed(row) for row in found]


@reads_columns
def _deed(row: Found) -> Deed:
    told = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a column named as a keyword
    return Deed(row.at, row.by, row.event, told["import"], row.run, orjson.loads(row.counts))
