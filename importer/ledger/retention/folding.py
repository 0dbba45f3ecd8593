"""
Folding: what unchanged rows of old runs said leaves the ledger; and the retention of a ledger as a whole.

Rows that repeat what is known are kept by the chunk, every night anew. Once their run has ended before a moment and nothing of it
is left to do, their cells and bodies go, and with them the values of their warnings. What stays: which row of which file named which
appointment, of what kind the warnings were, and all rows that were created, changed or failed, or need attention.

Spared are runs that are held, stopped or have rows whose outcome is not known, and the newest run of each profile with such rows,
so that its report can be made again as it was. Each record is folded in a transaction of its own, with the run's note of it, so a
folding that is killed leaves what a later one goes on with.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson
from sqlalchemy import Connection, exists, func, or_, select, update

from importer.ledger import unchanged_rows
from importer.ledger.recovery import LEFT
from importer.ledger.retention import purging
from importer.ledger.retention.marks import Marks
from importer.ledger.store import slices, where_in
from importer.ledger.tables import files, owner, rows, runs, unchanged
from importer.ledger.unchanged_rows import IS_WHOLE
from importer.model.records import FOLDED, FOLDERS, without_folding
from importer.model.statuses import RunState, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ledger.store import Store
    from importer.ledger.tables import Found

COMMAND, SETTING = FOLDERS

MOST_AT_ONCE: Final = 100_000
"""So many rows a run folds after its own end at most, but for the last record; what is left waits for the next run."""


@dataclass(frozen=True, slots=True)
class Foldable:
    """What a folding would fold: ``rows`` of ``runs``. Spared are runs that are ``held``, ``stopped``, or have ``unknown`` rows."""

    runs: int = 0
    rows: int = 0
    held: int = 0
    stopped: int = 0
    unknown: int = 0


class ToFold(NamedTuple):
    """What a folding would do: the runs by their place in the order, and the counts that a person is told."""

    runs: tuple[int, ...]
    counts: Foldable


def survey(store: Store, before: float) -> ToFold:
    """Return what would be folded of runs that ended before a moment (UTC seconds), and what is spared."""
    with store.reading() as connection:
        found = [(run, purging.why_spared(connection, store, run)) for run in _old(connection, before)]
        chosen = tuple(run.seq for run, why in found if why is None)
        count = sum(
            unchanged_rows.count_of(connection, unchanged.c.run.in_(some) & IS_WHOLE) for some in slices(chosen)
        )
    whys = Counter(why for _, why in found)
    return ToFold(chosen, Foldable(len(chosen), count, whys["held"], whys["stopped"], whys["unknown"]))


def _old(connection: Connection, before: float, *, is_quiet: bool = False) -> Sequence[Found]:
    """
    Return the runs that ended before a moment and have rows to be folded, oldest first; not the newest ones.

    ``is_quiet``: only those without a row that is held, stopped or unknown, whatever has become of its appointment since.
    """
    having = select(unchanged.c.run).where(IS_WHOLE).distinct()
    newest = select(func.max(unchanged.c.run)).join(runs, runs.c.seq == unchanged.c.run).group_by(runs.c.profile)
    query = select(runs.c.seq, runs.c.id).where(
        runs.c.state == RunState.FINISHED.value,
        runs.c.finished_at < before,
        runs.c.seq.in_(having),
        runs.c.seq.not_in(newest),
    )
    if is_quiet:
        waits = or_(rows.c.status.in_([Status.HELD.value, Status.UNKNOWN.value]), LEFT)
        query = query.where(~exists(select(rows.c.id).where(rows.c.run == runs.c.seq, waits)))
    return connection.execute(query.order_by(runs.c.seq)).all()


def fold(store: Store, chosen: Sequence[int], *, at: float, by: str, most: int | None = None) -> int:
    """
    Fold the rows of these runs; return how many. ``by``: what has done it; ``most``: no further record behind so many rows.

    Raises:
        LedgerError: it cannot be written. What was done stays, and a later folding goes on.
    """
    folded = 0
    for seq in chosen:
        last = 0
        while most is None or folded < most:
            with store.writing() as connection:
                of_run = (unchanged.c.run == seq) & IS_WHOLE & (unchanged.c.id > last)
                record = next(unchanged_rows.records(connection, of_run), None)
                if record is None:
                    break
                last = record.first
                reminder_ids = _reminder_ids(connection, record.lanes)
                # An appointment without a reminder has no other name than its lane.
                if all(lane in reminder_ids for lane in record.lanes):
                    ids = [reminder_ids[lane] for lane in record.lanes]
                    unchanged_rows.fold(connection, record, ids, purging.kinds_of)
                    _note(connection, seq, at, by)
                    folded += record.count
    return folded


def _reminder_ids(connection: Connection, lanes: Sequence[bytes]) -> dict[bytes, int]:
    query = "SELECT key_hash, id FROM reminders WHERE key_hash"
    return {bytes(lane): its_id for some in slices(lanes) for lane, its_id in where_in(connection, query, some)}


def _note(connection: Connection, seq: int, at: float, by: str) -> None:
    """Write down of a run, and of each of its files, how many rows are folded by now."""
    counts = select(unchanged.c.file, func.sum(unchanged.c.size)).where(unchanged.c.run == seq, ~IS_WHOLE)
    by_file = {file_id: int(count) for file_id, count in connection.execute(counts.group_by(unchanged.c.file))}
    settings = orjson.loads(connection.execute(select(runs.c.settings).where(runs.c.seq == seq)).scalar_one())
    settings[FOLDED] = {"rows": sum(by_file.values()), "at": at, "by": by}
    connection.execute(update(runs).where(runs.c.seq == seq).values(settings=orjson.dumps(settings)))
    for file_id, count in by_file.items():
        notes = orjson.loads(connection.execute(select(files.c.notes).where(files.c.id == file_id)).scalar_one())
        told = orjson.dumps([*without_folding(notes), _sentence(count, at, by)])
        connection.execute(update(files).where(files.c.id == file_id).values(notes=told))


def _sentence(count: int, at: float, by: str) -> str:
    rows_of = "1 unchanged row" if count == 1 else f"{count:,} unchanged rows"
    return f"The cells of {rows_of} were removed on {datetime.fromtimestamp(at, UTC):%Y-%m-%d} ({by})."


class Retention:
    """How personal data leaves a ledger that is open for writing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def has_key(self) -> bool:
        """Whether the ledger was purged before, so that its key is settled."""
        return self._store.marks is not None

    @property
    def finds_purged(self) -> bool:
        """Whether rows find all their appointments: nothing was purged, or the key of the purge is here."""
        with self._store.reading() as connection:
            return self.has_key or connection.execute(select(owner.c.purge_key)).scalar() is None

    def survey(self, before: float) -> purging.Survey:
        """Return what a purge would do. ``UsageError``: a run is open."""
        return purging.survey(self._store, before)

    def purge(self, found: purging.Survey, before: float, *, key: bytes, at: float) -> None:
        """Take personal data out of what was surveyed; ``key``: of the hashes that stand for it, where none is settled."""
        self._store.marks = self._store.marks or Marks(key)
        purging.purge(self._store, found, before, at=at)

    def scrub(self) -> bool:
        """Overwrite what purges left in freed pages; return whether nothing of it is left."""
        return purging.scrub(self._store)

    def purged_runs(self) -> list[str]:
        """Return the runs whose personal data is gone."""
        return purging.purged_runs(self._store)

    def foldable(self, before: float) -> ToFold:
        """Return what a folding would do with runs that ended before a moment (UTC seconds)."""
        return survey(self._store, before)

    def fold(self, found: ToFold, *, at: float) -> int:
        """Fold what was surveyed; return how many rows that were."""
        return fold(self._store, found.runs, at=at, by=COMMAND)

    def fold_some(self, before: float, *, at: float) -> int:
        """Fold unchanged rows of runs that ended before a moment and left nothing to do, ``MOST_AT_ONCE``; return how many."""
        with self._store.reading() as connection:
            chosen = [
                run.seq
                for run in _old(connection, before, is_quiet=True)
                if purging.why_spared(connection, self._store, run) is None
            ]
        return fold(self._store, chosen, at=at, by=SETTING, most=MOST_AT_ONCE)
