"""What a finished run did to appointments, and how they stand now: what undo looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from importer.ledger.known_reminders import reminder_of, reminders_of
from importer.ledger.report_queries import changes_of
from importer.ledger.run_records import OfRun
from importer.ledger.store import slices
from importer.ledger.tables import files, rows
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.records import Change, Reminder


class DoneRow(NamedTuple):
    """A row of a run that changed something at the API, or may have: what became of it, and what it changed."""

    number: int
    file: str
    status: Status
    changes: tuple[Change, ...]


_DONE: Final = (Status.CREATED, Status.UPDATED, Status.CANCELLED, Status.NO_SHOW_SENT, Status.UNKNOWN)


class DoneRows(OfRun):
    """What a run did."""

    def by_appointment(self) -> Iterator[tuple[Reminder | None, list[DoneRow]]]:
        """Yield each appointment as it stands now with the rows that changed it, in the order of the first ones."""
        wanted = (rows.c.run == self._seq, rows.c.status.in_([status.value for status in _DONE]), rows.c.attempts > 0)
        columns = (rows.c.number, rows.c.lane, rows.c.status, rows.c.changes, files.c.name)
        query = select(*columns).join(files, files.c.id == rows.c.file).where(*wanted).order_by(rows.c.id)
        found: dict[bytes, list[DoneRow]] = {}
        with self._store.reading() as connection:
            for row in connection.execute(query):
                done = DoneRow(row.number, row.name, Status(row.status), changes_of(row))
                found.setdefault(bytes(row.lane or b""), []).append(done)
        for lanes in slices(found):
            with self._store.reading() as connection:
                held = reminders_of(connection, lanes)
            for lane in lanes:
                yield (reminder_of(held[lane]) if lane in held else None), found[lane]
