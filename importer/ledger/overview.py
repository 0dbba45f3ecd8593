"""Several runs at a glance: their files, how their rows stand, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, func, select

from importer.ledger import runs as run_book
from importer.ledger.tables import files, rows, runs
from importer.model.words import RowState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.records import RunRecord


class Glance(NamedTuple):
    """
    One run at a glance.

    ``totals``: status -> rows, for the statuses that occur. ``unknown``: rows whose outcome is not known; of a run that
    is not finished also those whose request may be on its way.
    """

    run: RunRecord
    files: tuple[str, ...]
    totals: Mapping[Status, int]
    unknown: int


def glances(connection: Connection, limit: int | None) -> list[Glance]:
    """Return the newest runs, newest first; three queries whatever their number."""
    found = connection.execute(select(runs).order_by(runs.c.seq.desc()).limit(limit)).all()
    chosen = [run.seq for run in found]
    if not chosen:
        return []
    oldest = chosen[-1]
    names: dict[int, list[str]] = {}
    of_files = select(files.c.run, files.c.name, files.c.sheet).where(files.c.run >= oldest).order_by(files.c.id)
    for run, name, sheet in connection.execute(of_files):
        names.setdefault(run, []).append(f"{name}, sheet {sheet}" if sheet else name)
    counts: dict[int, dict[Status, int]] = {}
    unknown: dict[int, int] = {}
    of_rows = select(rows.c.run, rows.c.status, rows.c.state, func.count()).where(rows.c.run >= oldest)
    for run, status, state, count in connection.execute(of_rows.group_by(rows.c.run, rows.c.status, rows.c.state)):
        totals = counts.setdefault(run, {})
        if status is not None:
            totals[Status(status)] = totals.get(Status(status), 0) + count
        if status == Status.UNKNOWN.value or (status is None and state == RowState.SENDING.value):
            unknown[run] = unknown.get(run, 0) + count
    return [
        Glance(
            run=run_book.run_record(run),
            files=tuple(dict.fromkeys(names.get(run.seq, ()))),
            totals={status: counts[run.seq][status] for status in Status if status in counts.get(run.seq, {})},
            unknown=unknown.get(run.seq, 0),
        )
        for run in found
    ]
