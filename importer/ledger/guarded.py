"""What the guards ask of the memory, and what they write into it: a part of ``Ledger``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.ledger import (
    call_queue,
    guard_queries,
    learnt_numbers,
    older_files,
    recovery,
    row_staging,
    same_visits,
    snapshot_queries,
)
from importer.ledger import run_records as run_book
from importer.ledger.claims import Claims
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.older_files import OpenCall
    from importer.ledger.same_visits import Pair, Standing
    from importer.ledger.store import Store
    from importer.model.api_calls import Change
    from importer.model.issues import Issue
    from importer.model.records import Ahead, EarlierFile, FileFacts, Hold, Missing, Move, OtherPlace, StagedRow
    from importer.model.statuses import Action


class Guarded:
    """An open ledger, as far as files and plans are guarded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq: dict[str, int] = {}

    @property
    def claims(self) -> Claims:
        """The files of drops."""
        return Claims(self._store)

    def describe_file(self, file_id: int, facts: FileFacts, notes: Sequence[str] | None = None) -> None:
        """Record what a file was like, and all notes on it (None: those that it has), once it was read to its end."""
        with self._store.writing() as connection:
            run_book.describe_file(connection, file_id, facts, notes)

    def hold(self, run_id: str, holds: Sequence[Hold]) -> None:
        """Record why calls of the run wait for a person; ``withhold`` keeps them."""
        with self._store.writing() as connection:
            run_book.hold(connection, self._seq_of(run_id), holds)

    def holds_of(self, run_id: str) -> tuple[Hold, ...]:
        """Return the holds of a run that nobody released; none where there is no such run."""
        with self._store.reading() as connection:
            return run_book.holds_of(connection, run_id)

    def earlier_files(self, profile: str, *, before_run: str, limit: int) -> list[EarlierFile]:
        """Return the files of a profile that a new one may be compared with, from the latest runs, newest first."""
        seq = self._seq_of(before_run)
        with self._store.reading() as connection:
            return guard_queries.earlier_files(connection, profile, seq, limit)

    def stage_missing(self, run_id: str, file_id: int, rows: Sequence[StagedRow]) -> None:
        """Write rows that stand in no sheet: their numbers are 0, and the file has no more rows for them."""
        seq = self._seq_of(run_id)
        with self._store.writing() as connection:
            row_staging.stage(connection, seq, file_id, rows)

    def missing_rows(self, run_id: str) -> list[Missing]:
        """Return the run's rows that stand in no sheet."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return snapshot_queries.missing_rows(connection, seq)

    def has_nameless(self, run_id: str, *, unsure: Collection[str] = ()) -> bool:
        """Whether an invalid row of the run may mean any appointment; with these problems it names two."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return snapshot_queries.has_nameless(connection, seq, unsure=unsure)

    def spare(self, row_ids: Sequence[int], note: Issue, *, at: float) -> None:
        """Settle rows as UNCHANGED with a sentence: their calls, which surely were not processed, are not wanted."""
        with self._store.writing() as connection:
            call_queue.settle_unsent(connection, row_ids, Status.UNCHANGED, note, at=at)

    def remark(self, row_ids: Iterable[int], note: Issue) -> None:
        """Add a sentence to rows."""
        with self._store.writing() as connection:
            row_staging.add_notes(connection, dict.fromkeys(row_ids, (note,)))

    def withhold(  # noqa: PLR0913 - which calls, what becomes of them, and why
        self,
        run_id: str,
        status: Status,
        note: Issue,
        *,
        at: float,
        row_ids: Iterable[int] | None = None,
        actions: Iterable[Action] | None = None,
        started_by: float | None = None,
        untried: bool = False,
    ) -> int:
        """
        Settle open calls that are not to be sent, as NOT_SENT, HELD or INVALID with a sentence; return how many.

        All of them, or only these rows', these actions', those of appointments that start by a moment, or those
        ``untried``. Where an earlier attempt may have been processed, the row is UNKNOWN. What waits for the uuid of such
        a create is blocked.
        """
        with self._store.writing() as connection:
            run = run_book.named(connection, run_id)
            which = recovery.Which(row_ids, actions, started_by, untried)
            chosen = recovery.unsent(connection, run.seq, which)
            recovery.withhold(connection, run, chosen, status=status, note=note, at=at)
            return len(chosen)

    def hold_calls(self, run_id: str, holds: Sequence[Hold], *, at: float) -> int:
        """Settle every call that was not tried yet as HELD, with these sentences; return how many."""
        seq = self._seq_of(run_id)
        with self._store.writing() as connection:
            return guard_queries.hold_calls(connection, seq, holds, at=at)

    def hold_rows(self, run_id: str, notes: Mapping[int, Issue], *, at: float) -> None:
        """Settle the calls of these rows as HELD, each with its own sentence; what waits for them is blocked."""
        del run_id  # row ids are enough; the face names the run as everywhere
        with self._store.writing() as connection:
            guard_queries.hold_rows(connection, notes, at=at)

    def open_calls(self, run_id: str) -> list[OpenCall]:
        """Return the run's calls to known appointments that were not tried yet."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return older_files.open_calls(connection, seq)

    def undoing(self, run_id: str, calls: Sequence[OpenCall]) -> dict[int, set[int]]:
        """Return, for each file of the run that an earlier run had, the rows that would undo what is newer."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return {
                file: older_files.undoing(connection, [call for call in calls if call.file == file], earlier)
                for file, earlier in older_files.same_files(connection, seq).items()
                if earlier
            }

    def carried_back(self, run_id: str, calls: Sequence[OpenCall]) -> set[int]:
        """Return the rows of reports fed back that would put an unedited value over what was sent since."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return older_files.carried_back(connection, seq, calls)

    def sent_changes(self, run_id: str, lanes: Collection[bytes]) -> dict[bytes, list[tuple[Change, ...]]]:
        """Return, by appointment, what updates of earlier runs changed."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return older_files.sent_changes(connection, seq, lanes)

    def released_before(self, run_id: str) -> Mapping[int, frozenset[str]]:
        """Return, by file of the run, the codes that a person released for the very same bytes in the same profile."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return older_files.released_before(connection, seq)

    def under_another_phone(self, run_id: str, profile: str, now: float) -> list[Standing]:
        """Return the rows whose number has exactly one upcoming reminder, under a phone that the run does not name."""
        asked = same_visits.Asked(self._seq_of(run_id), profile, now)
        with self._store.reading() as connection:
            return same_visits.under_another_phone(connection, asked)

    def booked_under_another_name(self, run_id: str) -> list[Standing]:
        """Return the rows of visits that are known by another name, with a derived number on one side."""
        asked = same_visits.Asked(self._seq_of(run_id), "", 0.0)
        with self._store.reading() as connection:
            return learnt_numbers.booked_under_another_name(connection, asked)

    def moved_without_number(self, run_id: str, profile: str, now: float) -> list[Standing]:
        """Return the rows without a number of people whose visit of the same type the run does not name any more."""
        asked = same_visits.Asked(self._seq_of(run_id), profile, now)
        with self._store.reading() as connection:
            return same_visits.moved_without_number(
                connection,
                asked,
                has_new_numbers=learnt_numbers.has_new_numbers(connection, asked.seq),
                has_lost_numbers=learnt_numbers.has_lost_numbers(connection, asked.seq),
            )

    def think_again(self, row_ids: Iterable[int]) -> None:
        """Let rows come before ``plan_lane`` that seemed to need no thought."""
        with self._store.writing() as connection:
            same_visits.think_again(connection, row_ids)

    def link(self, run_id: str, found: Sequence[Standing]) -> None:
        """Let rows mean the reminders that they stand beside."""
        seq = self._seq_of(run_id)
        with self._store.writing() as connection:
            learnt_numbers.link(connection, seq, found)

    def cancels_of(self, run_id: str, lanes: Iterable[bytes]) -> dict[bytes, int]:
        """Return, by appointment, the rows of the run that cancel it and stand in no sheet."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return same_visits.cancels_of(connection, seq, lanes)

    def pairs(self, cancels: Iterable[int]) -> list[Pair]:
        """Return cancels of old phones, each with the row that waits for it."""
        with self._store.reading() as connection:
            return same_visits.pairs(connection, cancels)

    def drop(self, row_ids: Sequence[int]) -> None:
        """Take rows that stand in no sheet out of the run before its plan is whole."""
        with self._store.writing() as connection:
            same_visits.drop(connection, row_ids)

    def known_and_moved(self, run_id: str, but_files: Sequence[int] = ()) -> tuple[int, int]:
        """Return how many rows describe an appointment that is known, and how many of them give it another time."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return guard_queries.known_and_moved(connection, seq, but_files)

    def moves(self, run_id: str, but_files: Sequence[int] = ()) -> Iterator[Move]:
        """Yield how each of these is moved."""
        return guard_queries.moves(self._store, self._seq_of(run_id), but_files)

    def same_time(self, run_id: str) -> dict[int, OtherPlace]:
        """Return the rows whose create would give a person a second appointment at one time, and the other's place."""
        return guard_queries.same_time(self._store, self._seq_of(run_id))

    def ahead(self, profile: str, *, after: float, before: float, unnamed_in: str | None = None) -> Iterator[Ahead]:
        """
        Yield the appointments of a profile that start between two moments; only those that no row of a run names.

        Nothing else may be read from the ledger before the last one is taken.
        """
        seq = None if unnamed_in is None else self._seq_of(unnamed_in)
        return snapshot_queries.ahead(self._store, profile, after=after, before=before, unnamed_in=seq)

    def _seq_of(self, run_id: str) -> int:
        if run_id not in self._seq:
            with self._store.reading() as connection:
                self._seq[run_id] = run_book.named(connection, run_id).seq
        return self._seq[run_id]
