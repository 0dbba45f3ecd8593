"""``Ledger``: everything that other rooms may ask of the memory."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.errors import Interrupted, LedgerError
from importer.ledger import (
    appointment_lookup,
    call_queue,
    claims,
    known_reminders,
    lane_pages,
    learnt_numbers,
    older_files,
    opening,
    recovery,
    report_queries,
    resolving,
    row_staging,
    run_records,
    snapshot_queries,
    transfer,
)
from importer.ledger import run_records as run_book
from importer.ledger.guarded import Guarded
from importer.ledger.opening import opened
from importer.model.formula_escape import storable
from importer.model.planned_calls import Intent, Lane, PlannedCall, Settlement, Verdict, lane_of_key
from importer.model.records import RunRecord
from importer.model.statuses import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.model.api_calls import Key
    from importer.model.issues import Issue
    from importer.model.records import (
        FileRecord,
        Imported,
        Life,
        LifeRow,
        OldResult,
        Owner,
        Place,
        Reminder,
        ReportRow,
        StagedRow,
        Unresolved,
        Verified,
    )
    from importer.model.statuses import Action, Status


@contextmanager
def open_ledger(
    place: str, *, lock_timeout_s: float = 0, read_only: bool = False, before_making: Callable[[], None] = lambda: None
) -> Iterator[Ledger]:
    """
    Open the ledger at a path or database URL, made if it is not there, and close it after the block.

    Without ``read_only`` no other importer can use it meanwhile. ``lock_timeout_s``: how long to wait for one that
    does, and for other programs that hold the database. ``before_making`` is called before a new one is made; what it
    raises keeps it from being made.

    Raises:
        LedgerError: damaged, foreign, newer, or not writable. It is left as it is.
        LedgerLocked: somebody else still holds it.
    """
    with opened(place, lock_timeout_s=lock_timeout_s, read_only=read_only, before_making=before_making) as store:
        yield Ledger(store)


def take(_found: Imported) -> bool:
    """Take everything in without asking."""
    return True


class Ledger(Guarded):
    """An open ledger. Any thread may call; writes come one after the other."""

    # Whose it is

    def owner(self) -> Owner:
        """Return the API address and the account that the ledger belongs to, and its id."""
        with self._store.reading() as connection:
            return opening.owner_of(connection)

    def claim(self, address: str, account: bytes) -> None:
        """Write down, before a call leaves, to whom the ledger belongs."""
        with self._store.writing() as connection:
            opening.claim(connection, address, account)

    def note_refusal(self) -> None:
        """Write down that the API refused the account's token."""
        with self._store.writing() as connection:
            opening.note_refusal(connection)

    def rebind(self, address: str) -> None:
        """Give the ledger to another address, as a person says."""
        with self._store.writing() as connection:
            opening.rebind(connection, address)

    # Runs

    def start_run(  # noqa: PLR0913 - what a run is made of, all by name
        self,
        command: str,
        *,
        at: float,
        parent: str | None = None,
        settings: Mapping[str, Any] | None = None,
        version: str = "",
        tzdata: str = "",
        profile: str = "",
        claim: int | None = None,
        suffix: Callable[[], str] = lambda: secrets.token_hex(2),
    ) -> RunRecord:
        """Record that a run begins, of a drop's file with its ``claim``; ``suffix`` makes ids of the same second differ."""
        run = RunRecord(
            id=run_book.new_id(at, suffix()),
            command=command,
            state=RunState.OPEN,
            started_at=at,
            parent=parent,
            version=version,
            tzdata=tzdata,
            settings=settings or {},
            profile=profile,
        )
        with self._store.writing() as connection:
            run = run_book.start(connection, run)
            if claim is not None:
                claims.begin(connection, claim, run.id)
        return run

    def finish_run(self, run_id: str, exit_code: int, stop_reason: str, at: float) -> RunRecord:
        """Close a run whose rows are all settled; return it."""
        with self._store.writing() as connection:
            run_book.finish(connection, self._seq_of(run_id), exit_code=exit_code, stop_reason=stop_reason, at=at)
            appointment_lookup.adopt_unchanged(connection, self._seq_of(run_id))
            learnt_numbers.learn(connection, self._seq_of(run_id))
            snapshot_queries.follow_places(connection, self._seq_of(run_id))
        return self.run(run_id)

    def recount(self, run_id: str, exit_code: int) -> RunRecord:
        """Change the exit code of a finished run of which a person settled rows; return it."""
        with self._store.writing() as connection:
            run_book.recount(connection, self._seq_of(run_id), exit_code)
        return self.run(run_id)

    def unresolved(self, *, but: str | None = None) -> tuple[Unresolved, ...]:
        """Return the runs (except ``but``) that left rows whose outcome is still not known, oldest first."""
        seq = None if but is None else self._seq_of(but)
        with self._store.reading() as connection:
            return resolving.unresolved(connection, but=seq)

    def runs(self, limit: int | None = 20) -> list[RunRecord]:
        """Return runs, newest first."""
        with self._store.reading() as connection:
            return run_book.newest(connection, limit)

    def glances(self, limit: int | None = 20) -> list[run_records.Glance]:
        """Return runs with their files and how their rows stand, newest first."""
        with self._store.reading() as connection:
            return run_records.glances(connection, limit)

    def run(self, run_id: str | None = None) -> RunRecord:
        """Return a run by its id or the beginning of it, the latest for None. ``UsageError``: none or several."""
        with self._store.reading() as connection:
            return run_book.run_record(run_book.named(connection, run_id))

    def cut_off(self) -> str | None:
        """Return the newest run that was cut off and not closed yet, None if there is none."""
        with self._store.reading() as connection:
            return run_book.cut_off(connection)

    def line_of(self, run_id: str) -> list[str]:
        """Return the run and the runs that it retries, one behind the other."""
        with self._store.reading() as connection:
            return run_book.line_of(connection, run_id)

    def add_file(self, run_id: str, file: FileRecord) -> int:
        """Record a file of the run and return its id."""
        with self._store.writing() as connection:
            return run_book.add_file(connection, self._seq_of(run_id), file)

    def files(self, run_id: str) -> list[FileRecord]:
        """Return the files of a run in the order in which they were read."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return run_book.files_of(connection, seq)

    # Rows and plan

    def stage(self, run_id: str, file_id: int, rows: Sequence[StagedRow]) -> None:
        """Write the rows of one chunk, and that the file has so many more, in one transaction."""
        seq = self._seq_of(run_id)
        with self._store.writing() as connection:
            row_staging.stage(connection, seq, file_id, rows)
            run_book.count_more(connection, file_id, len(rows))

    def lanes(self, run_id: str) -> Iterator[Lane]:
        """Yield each appointment that wants planning; rows that need no thought have their verdict already."""
        return lane_pages.lanes(self._store, self._seq_of(run_id))

    def record_verdicts(self, run_id: str, verdicts: Sequence[Verdict], *, at: float) -> None:
        """Write verdicts, whole lanes at a time."""
        del run_id  # row ids are enough; the face names the run as everywhere
        with self._store.writing() as connection:
            lane_pages.record_verdicts(connection, verdicts, at=at)

    def is_planned(self, run_id: str) -> bool:
        """Whether the run's plan is whole: every row staged, every lane with its verdicts."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return run_book.is_planned(connection, seq)

    def commit_plan(self, run_id: str, *, reviewed: str | None = None) -> bool:
        """
        Declare the plan whole: every row is staged and every lane has its verdicts. Only now may calls be sent.

        ``reviewed``: the fingerprint of the plan that a person has seen, compared in the same transaction. False: the
        calls are others, and nothing was written.
        """
        seq = self._seq_of(run_id)
        with self._store.writing() as connection:
            if reviewed is not None and report_queries.fingerprint(connection, seq) != reviewed:
                return False
            lane_pages.commit_plan(connection, seq)
            return True

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Keep nothing of what the block writes: a run that it starts is known to the block alone."""
        known = dict(self._seq)
        try:
            with self._store.rehearsing():
                yield
        finally:
            self._seq = known

    def earlier_rows(self, run_id: str, numbers: Collection[int]) -> dict[Place, older_files.Earlier] | None:
        """Return rows of a run as they were read, by file, sheet and number; None for a run that is not known here."""
        with self._store.reading() as connection:
            return older_files.earlier_rows(connection, run_id, numbers)

    def forget(self, run_id: str) -> None:
        """Take a run that sent nothing out of the ledger. ``LedgerError``: something of it was sent."""
        with self._store.writing() as connection:
            run_book.forget(connection, run_book.named(connection, run_id).seq)
        self._seq.pop(run_id, None)

    def decided(self, run_id: str) -> Iterator[LifeRow]:
        """Yield every row with what its call would change, in the order of files and rows."""
        return report_queries.decided(self._store, run_id, self._seq_of(run_id))

    def plan_fingerprint(self, run_id: str) -> str:
        """Return a hash over the run's open calls; the order of different appointments does not change it."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return report_queries.fingerprint(connection, seq)

    def people(self, run_id: str) -> int:
        """Return how many phones the run's open calls may text at once."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return report_queries.people(connection, seq)

    # Sending

    def ready(self, run_id: str, limit: int, after: PlannedCall | None = None) -> list[PlannedCall]:
        """Return the next calls that wait for no other, soonest due first; ``after`` is the last one of the page before."""
        seq = self._seq_of(run_id)
        # By the connection that writes: it keeps in its memory what the marks and outcomes of these calls will touch.
        with self._store.writing() as connection:
            if not run_book.is_planned(connection, seq):
                raise LedgerError("The run's plan is not whole, so nothing of it may be sent.")
            return call_queue.ready(connection, seq, limit, after)

    def successor(self, row_id: int) -> PlannedCall | None:
        """Return the call that waited for this row's, if it may go now; ask once the row's settlement is recorded."""
        with self._store.reading() as connection:
            return call_queue.successor(connection, row_id)

    def record(
        self, run_id: str, intents: Sequence[Intent] = (), settlements: Sequence[Settlement] = ()
    ) -> tuple[Settlement, ...]:
        """
        Write marks and outcomes in one transaction that is on the disk when this returns.

        Returns the settlements that the ledger had to change (a uuid that belongs to another appointment).

        Raises:
            LedgerError: nothing of it was written; no request of these intents may leave.
        """
        with self._store.writing() as connection:
            changed = call_queue.settle(connection, run_id, settlements) if settlements else ()
            call_queue.mark(connection, intents)
        return changed

    def pending(self, run_id: str) -> dict[Action, int]:
        """Return how many calls of each action are still open."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return report_queries.planned(connection, seq)

    # After an interruption

    def recover(self, run_id: str, *, at: float) -> int:
        """Prepare a run that was cut off for ``resume``; return how many calls are in doubt."""
        with self._store.writing() as connection:
            return recovery.recover(connection, run_book.named(connection, run_id), at=at)

    def reopen(self, run_id: str, *, at: float) -> int:
        """Open a run for ``resume``, cut off or stopped; return how many calls wait again."""
        with self._store.writing() as connection:
            return recovery.reopen(connection, run_book.named(connection, run_id), at=at)

    def is_left(self, run_id: str) -> bool:
        """Whether a finished run has calls that ``reopen`` would let wait again; nothing is changed."""
        with self._store.reading() as connection:
            return recovery.is_left(connection, run_book.named(connection, run_id))

    def close_interrupted(self, *, at: float, but: str | None = None) -> list[str]:
        """End every run that was cut off (except ``but``): what was on its way is UNKNOWN, the rest NOT_SENT."""
        with self._store.writing() as connection:
            return recovery.close_interrupted(connection, but=self._seq_of(but) if but else None, at=at)

    def leave(self, run_id: str, note: Issue, *, at: float) -> None:
        """Settle what is still open when a run stops: UNKNOWN what may have been processed, NOT_SENT the rest."""
        with self._store.writing() as connection:
            recovery.leave(connection, run_book.named(connection, run_id), note, at=at)

    def stage_again(self, run_id: str, parent: str, statuses: Sequence[Status]) -> int:
        """Stage the parent run's rows with these statuses again in this run; return how many."""
        with self._store.writing() as connection:
            old, new = self._seq_of(parent), self._seq_of(run_id)
            return recovery.stage_again(connection, old, new, statuses)

    def resolve(self, run_id: str, which: int | str, *, sent: bool, uuid: str | None = None, at: float) -> Status:
        """Settle an unknown row, by number or appointment, as a person says. ``UsageError``: it is not unknown."""
        with self._store.writing() as connection:
            run = run_book.named(connection, run_id)
            return resolving.resolve(connection, run, which, sent=sent, uuid=uuid, at=at)

    # What is known

    def reminders(self, keys: Iterable[Key]) -> dict[Key, Reminder]:
        """Return the reminders of these keys."""
        wanted = {lane_of_key(key): key for key in keys}
        with self._store.reading() as connection:
            found = known_reminders.reminders_of(connection, wanted)
        return {wanted[lane]: known_reminders.reminder_of(row) for lane, row in found.items()}

    def all_reminders(self) -> Iterator[Reminder]:
        """Yield every reminder."""
        return known_reminders.all_reminders(self._store)

    def reminder_by_uuid(self, uuid: str) -> Reminder | None:
        """Return the reminder with this uuid."""
        return next((reminder for reminder in self.find(uuid) if reminder.uuid == uuid), None)

    def known_uuids(self, uuids: Iterable[str]) -> set[str]:
        """Return those of the uuids that the ledger has a reminder for."""
        with self._store.reading() as connection:
            return appointment_lookup.known_uuids(connection, uuids)

    def values_of(self, uuids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what the reminders with these uuids were last told, by uuid."""
        with self._store.reading() as connection:
            return known_reminders.values_of(connection, uuids)

    def find(self, text: str) -> list[Reminder]:
        """Return reminders by external event id, uuid or phone."""
        with self._store.reading() as connection:
            return [known_reminders.reminder_of(row) for row in known_reminders.find(connection, storable(text))]

    def totals(self, run_id: str) -> dict[Status, int]:
        """Return how many rows ended in each status."""
        seq = self._seq_of(run_id)
        with self._store.reading() as connection:
            return report_queries.totals(connection, seq)

    def report_rows(self, run_id: str, *, attention_first: bool = False) -> Iterator[ReportRow]:
        """Yield every row once, in the order of the files; or first failed cancels, then what wants a person."""
        return report_queries.report_rows(self._store, self._seq_of(run_id), attention_first=attention_first)

    def history(self, text: str) -> Life:
        """Return one appointment's whole life, by external event id, uuid or phone."""
        return report_queries.life(self._store, storable(text))

    # Looking after the memory

    def verify(self) -> Verified:
        """Check the whole database, and what the rooms rely on."""
        return transfer.verify(self._store)

    def export(self) -> Iterator[bytes]:
        """Yield every reminder as a line of JSON, after a first line that says what it is."""
        return transfer.export(self._store)

    def import_export(self, lines: Iterable[bytes], *, confirm: Callable[[Imported], bool] = take) -> Imported:
        """
        Add the reminders of an export that are not known.

        ``confirm`` hears how many there are, and says whether they are taken in.

        Raises:
            UsageError: it is no export, or a line of it is wrong; nothing is added.
            Interrupted: ``confirm`` said no; nothing is added.
        """
        with self._store.writing() as connection:
            return _confirmed(transfer.import_export(connection, lines), confirm)

    def import_results(self, results: Iterable[OldResult], *, confirm: Callable[[Imported], bool] = take) -> Imported:
        """Rebuild reminders that are not known from the rows of old reports, oldest first; ``confirm`` as above."""
        with self._store.writing() as connection:
            return _confirmed(transfer.import_results(connection, results), confirm)


def _confirmed(found: Imported, confirm: Callable[[Imported], bool]) -> Imported:
    """Return what an import brought, inside its transaction. ``Interrupted``: it is not wanted."""
    if found.added and not confirm(found):
        raise Interrupted("Nothing was taken in.")
    return found
