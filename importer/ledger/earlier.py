"""Earlier files of a profile: what a new one is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from importer.ledger import runs as run_book
from importer.ledger.store import slices
from importer.ledger.tables import files, runs
from importer.model.holds import OF_ROWS, EarlierFile
from importer.model.words import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.model.records import RunRecord


def earlier_files(connection: Connection, profile: str, seq: int, limit: int) -> list[EarlierFile]:
    """
    Return the whole files of the profile's latest finished runs before this one, newest first.

    Left out are reports that were fed back, parts, and files that are still held: a bad file must not become the usual.
    """
    query = (
        select(runs)
        .where(
            runs.c.profile == profile,
            runs.c.seq < seq,
            runs.c.state == RunState.FINISHED.value,
            runs.c.command.in_(("run", "retry")),
        )
        .order_by(runs.c.seq.desc())
        .limit(limit)
    )
    found = {row.seq: run_book.run_record(row) for row in connection.execute(query)}
    let_go = _released_later(found.values())
    usual = [each for each, run in found.items() if run.command == "run" and not _is_held(run, let_go)]
    return [
        EarlierFile(found[row.run].id, record)
        for some in slices(usual)
        for row in connection.execute(
            select(files).where(files.c.run.in_(some)).order_by(files.c.run.desc(), files.c.id)
        )
        if (record := run_book.file_record(row)).facts is not None and record.facts.is_whole
    ]


def _released_later(found: Iterable[RunRecord]) -> dict[str, frozenset[str]]:
    """Return, by run, the codes that a retry of it let go."""
    released: dict[str, frozenset[str]] = {}
    for run in found:
        if run.parent is not None:
            released[run.parent] = released.get(run.parent, frozenset()) | run.released
    return released


def _is_held(run: RunRecord, let_go: dict[str, frozenset[str]]) -> bool:
    codes = {hold.code for hold in run.unreleased} - let_go.get(run.id, frozenset())
    return bool(codes - OF_ROWS)
