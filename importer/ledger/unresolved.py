"""Rows of earlier runs whose outcome nobody knows yet: no later call has settled their appointment, and no person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from importer.ledger.appointment_lookup import WHOSE, current_lanes
from importer.ledger.effects import awaits
from importer.ledger.reminding import reminders_of
from importer.ledger.resolving import UNKNOWN
from importer.ledger.tables import Found, rows, runs
from importer.model.records import Unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping

CUT_OFF: Final = "interrupted"
"""The stop reason of a run that was killed, and closed by the next command."""


def unresolved(connection: Connection, *, but: int | None = None) -> tuple[Unresolved, ...]:
    """Return the runs (except ``but``) with rows whose outcome is still in doubt, oldest first."""
    query = (
        select(*WHOSE, rows.c.planned, runs.c.id.label("run_id"), runs.c.stop_reason)
        .join(runs, runs.c.seq == rows.c.run)
        .where(UNKNOWN, *(() if but is None else (rows.c.run != but,)))
        .order_by(rows.c.id)
    )
    found = connection.execute(query).all()
    if not found:
        return ()
    lanes = current_lanes(connection, found)
    held = reminders_of(connection, {lane for lane in lanes if lane})
    counted: Counter[tuple[str, bool]] = Counter()
    for row, lane in zip(found, lanes, strict=True):
        if _is_open(row, lane, held):
            counted[row.run_id, row.stop_reason == CUT_OFF] += 1
    return tuple(Unresolved(run_id, count, was_cut_off=cut_off) for (run_id, cut_off), count in counted.items())


def _is_open(row: Found, lane: bytes | None, held: Mapping[bytes, Found]) -> bool:
    reminder = held.get(lane) if lane else None
    return reminder is None or awaits(reminder._asdict(), row.planned)
