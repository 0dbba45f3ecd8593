"""What a plan decided, before anything of it is sent."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import Connection, and_, distinct, func, select

from importer.ledger import runs as run_book
from importer.ledger.outcomes import PAGE, changes_of, paged, report_row
from importer.ledger.tables import reminders, rows
from importer.model.records import LifeRow
from importer.model.words import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.store import Store
    from importer.ledger.tables import Found

# Calls that may text a person at once; an update tells nobody before the reminder is due.
TEXTING: Final = (Action.CREATE.value, Action.CANCEL.value, Action.NO_SHOW.value)


def decided(store: Store, run_id: str, seq: int) -> Iterator[LifeRow]:
    """Yield every row of the run with what its call would change, in the order of files and rows."""
    with store.reading() as connection:
        run = run_book.run_record(run_book.named(connection, run_id))
        files = {file.id: file for file in run_book.files_of(connection, seq)}
    for row in paged(store, rows.c.run == seq):
        yield LifeRow(run, report_row(row, files[row.file]), orjson.loads(row.payload), changes_of(row))


def people(connection: Connection, seq: int) -> int:
    """Return how many phones the run's open calls may text at once; a call of which only the uuid is known counts as one."""
    whom = func.coalesce(rows.c.phone, reminders.c.phone, rows.c.call_uuid)
    query = select(func.count(distinct(whom))).outerjoin_from(rows, reminders, reminders.c.key_hash == rows.c.lane)
    open_calls = and_(rows.c.run == seq, rows.c.due.is_not(None), rows.c.planned.in_(TEXTING))
    return connection.execute(query.where(open_calls)).scalar_one()


def fingerprint(connection: Connection, seq: int) -> str:
    """
    Return a hash over the run's open calls, the same whatever the order of the rows of different appointments.

    Each appointment's calls are hashed in their order; the sum of these hashes does not depend on the order of the
    appointments.
    """
    columns = (rows.c.lane, rows.c.planned, rows.c.call_uuid, rows.c.body, rows.c.payload)
    query = select(*columns).where(rows.c.run == seq, rows.c.due.is_not(None)).order_by(rows.c.lane, rows.c.id)
    total = 0
    calls = connection.execute(query, execution_options={"yield_per": PAGE})
    for lane, some in groupby(calls, attrgetter("lane")):
        digest = lane
        for row in some:
            digest = sha256(digest + _call(row)).digest()
        total += int.from_bytes(digest, "big")
    return f"{total % (1 << 256):064x}"


def _call(row: Found) -> bytes:
    body = row.payload if row.body is None else row.body
    return orjson.dumps([row.planned, row.call_uuid, (body or b"").decode()])
