"""What a plan decided, before anything of it is sent."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import and_

from importer.ledger import runs as run_book
from importer.ledger.outcomes import changes_of, paged, report_row
from importer.ledger.tables import rows
from importer.model.records import LifeRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.store import Store
    from importer.ledger.tables import Found


def decided(store: Store, run_id: str, seq: int) -> Iterator[LifeRow]:
    """Yield every row of the run with what its call would change, in the order of files and rows."""
    with store.reading() as connection:
        run = run_book.run_record(run_book.named(connection, run_id))
        files = {file.id: file for file in run_book.files_of(connection, seq)}
    for row in paged(store, rows.c.run == seq):
        yield LifeRow(run, report_row(row, files[row.file]), orjson.loads(row.payload), changes_of(row))


def fingerprint(store: Store, seq: int) -> str:
    """
    Return a hash over the run's open calls, the same whatever the order of the rows of different appointments.

    Each appointment's calls are hashed in their order; the sum of these hashes does not depend on the order of the
    appointments.
    """
    lanes: dict[bytes, bytes] = {}
    for row in paged(store, and_(rows.c.run == seq, rows.c.due.is_not(None))):
        lanes[row.lane] = sha256(lanes.get(row.lane, row.lane) + _call(row)).digest()
    total = sum(int.from_bytes(digest, "big") for digest in lanes.values())
    return f"{total % (1 << 256):064x}"


def _call(row: Found) -> bytes:
    body = row.payload if row.body is None else row.body
    return orjson.dumps([row.planned, row.call_uuid, (body or b"").decode()])
