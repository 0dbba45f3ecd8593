"""``Ledger`` and ``Run``: everything that other rooms may ask of the memory."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.errors import Interrupted
from importer.ledger import (
    appointment_lookup,
    claims,
    guard_queries,
    known_reminders,
    older_files,
    opening,
    recovery,
    report_queries,
    resolving,
    run_records,
    same_visits,
    transfer,
)
from importer.ledger.call_queue import Calls
from importer.ledger.claims import Claims, Notices
from importer.ledger.drafts.draft_rows import EVERY
from importer.ledger.drafts.draft_store import Drafts
from importer.ledger.drafts.planned_rows import PlannedRows
from importer.ledger.drafts.retried_rows import RetriedRows
from importer.ledger.drafts.taken_back import DoneRows
from importer.ledger.guard_queries import Guards
from importer.ledger.lane_pages import Plan
from importer.ledger.older_files import Back, OlderFiles
from importer.ledger.opening import opened
from importer.ledger.page.import_store import Imports
from importer.ledger.recovery import Recovery
from importer.ledger.report_queries import RunReport
from importer.ledger.resolving import UnknownRows
from importer.ledger.retention.folding import Retention
from importer.ledger.row_staging import Rows, content_with
from importer.ledger.same_visits import SameVisits
from importer.model.formula_escape import storable
from importer.model.planned_calls import lane_of_key
from importer.model.records import RunRecord
from importer.model.statuses import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.ledger.drafts.draft_values import RowFilter, RowPage
    from importer.ledger.store import Store
    from importer.model.records import Ahead, Imported, Key, Life, OldResult, Owner, Reminder, Unresolved, Verified
    from importer.model.staged_files import Place, StagedRow
    from importer.model.statuses import Hold


@contextmanager
def open_ledger(
    place: str,
    *,
    lock_timeout_s: float = 0,
    read_only: bool = False,
    before_making: Callable[[], None] = lambda: None,
    purge_key: Callable[[], bytes | None] = lambda: None,
) -> Iterator[Ledger]:
    """
    Open the ledger at a path or database URL, made if it is not there, and close it after the block.

    Without ``read_only`` no other importer can use it meanwhile. ``lock_timeout_s``: how long to wait for other programs
    that hold the database; six times as long for an importer that makes no progress. ``before_making`` is called before a new one is made; what it
    raises keeps it from being made. ``purge_key`` is asked for the key of a ledger that was purged.

    Raises:
        LedgerError: damaged, foreign, newer, or not writable. It is left as it is.
        LedgerLocked: somebody else still holds it.
    """
    opening_it = opened(
        place, lock_timeout_s=lock_timeout_s, read_only=read_only, before_making=before_making, purge_key=purge_key
    )
    with opening_it as store:
        yield Ledger(store)


@contextmanager
def ledger_of_drafts(
    place: str, *, lock_timeout_s: float = 0, purge_key: Callable[[], bytes | None] = lambda: None
) -> Iterator[Ledger]:
    """
    Open the ledger at a path or database URL to edit its drafts and to look rows of them up, while a run may be at work.

    Raises:
        LedgerError: damaged, foreign, newer or older, or there is none.
    """
    with opening.unlocked(place, lock_timeout_s=lock_timeout_s, purge_key=purge_key) as store:
        yield Ledger(store)


@contextmanager
def drafts_of(place: str, *, lock_timeout_s: float = 0) -> Iterator[Drafts]:
    """Open the drafts of a ledger alone; as ``ledger_of_drafts``."""
    with ledger_of_drafts(place, lock_timeout_s=lock_timeout_s) as ledger:
        yield ledger.drafts


def take(_found: Imported) -> bool:
    """Take everything in without asking."""
    return True


class Run:
    """
    A run in an open ledger: its id, its place in the order of runs, and what may be asked and written of it, in parts.

    ``ledger``: where it is kept. A run that a rehearsal began is gone with it. ``changes``: file -> its changes of what is known,
    as guards found them, None for a file that was there before; the whole is None where they did not look.
    """

    def __init__(self, ledger: Ledger, store: Store, seq: int, run_id: str) -> None:
        self.id = run_id
        self.seq = seq
        self.ledger = ledger
        self._store = store
        self.files = run_records.Files(store, seq, run_id)
        self.rows = Rows(store, seq, run_id)
        self.plan = Plan(store, seq, run_id)
        self.guards = Guards(store, seq, run_id)
        self.older_files = OlderFiles(store, seq, run_id)
        self.same_visits = SameVisits(store, seq, run_id)
        self.calls = Calls(store, seq, run_id)
        self.report = RunReport(store, seq, run_id)
        self.planned = PlannedRows(store, seq, run_id)
        self.done = DoneRows(store, seq, run_id)
        self.recovery = Recovery(store, seq, run_id)
        self.retried = RetriedRows(store, seq, run_id)
        self.unknown = UnknownRows(store, seq, run_id)
        self.changes: dict[int, Back | None] | None = {}

    def record(self) -> RunRecord:
        """Return what is written down of the run as a whole, as it stands now."""
        with self._store.reading() as connection:
            return run_records.run_record(run_records.named(connection, self.id))

    def line(self) -> list[Run]:
        """Return the run and the runs that it retries, one behind the other."""
        with self._store.reading() as connection:
            line = run_records.line_of(connection, self.seq)
        return [Run(self.ledger, self._store, each.seq, each.id) for each in line]

    def later(self) -> list[Run]:
        """Return the finished runs of its profile after it, newest first."""
        with self._store.reading() as connection:
            profile = run_records.named(connection, self.id).profile
            found = run_records.finished_later(connection, self.seq, profile)
        return [Run(self.ledger, self._store, each.seq, each.id) for each in found]

    def finish(self, exit_code: int, stop_reason: str, at: float) -> RunRecord:
        """
        Close the run, whose rows are all settled, and let reminders learn from it; return it.

        Raises:
            LedgerError: a row of it has no final status. It stays open, and the next command settles it as one cut off.
        """
        with self._store.writing() as connection:
            run_records.finish(connection, self.seq, exit_code=exit_code, stop_reason=stop_reason, at=at)
            appointment_lookup.adopt_unchanged(connection, self.seq)
            same_visits.learn(connection, self.seq)
            appointment_lookup.follow_places(connection, self.seq)
            run_records.note_places(connection, self.seq)
        return self.record()

    def note_stop(self, reason: str) -> None:
        """Write down why the run was stopped; it stays open, and the next command finds it as one that was cut off."""
        with self._store.writing() as connection:
            run_records.note_stop(connection, self.seq, reason)

    def recount(self, exit_code: int) -> RunRecord:
        """Change the exit code of a finished run of which a person settled rows; return it."""
        with self._store.writing() as connection:
            run_records.recount(connection, self.seq, exit_code)
        return self.record()

    def forget(self) -> None:
        """Take a run that sent nothing out of the ledger. ``LedgerError``: something of it was sent."""
        with self._store.writing() as connection:
            run_records.forget(connection, self.seq)


class Ledger:
    """An open ledger. Any thread may call; writes come one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def claims(self) -> Claims:
        """The files of drops."""
        return Claims(self._store)

    @property
    def notices(self) -> Notices:
        """What was told of drops."""
        return Notices(self._store)

    @property
    def drafts(self) -> Drafts:
        """The plans that are kept."""
        return Drafts(self._store)

    def rows_of(self, draft_id: str, which: RowFilter = EVERY, *, after: int = 0, limit: int = 50) -> RowPage:
        """
        Return at most so many rows of a draft behind an id, as they were shown last; their counts stand in its ``plan``.

        Raises:
            UsageError: there is no such draft.
        """
        return self.drafts.rows.page(self.drafts.named(draft_id), which, after=after, limit=limit)

    def copies_of_imports(self) -> set[str]:
        """Return the names of the copies that imports of the page have."""
        return Imports(self._store).copies()

    def has_old_draft(self, before: float) -> bool:
        """Whether there is a draft that nobody has touched since a moment."""
        with self._store.reading() as connection:
            return run_records.has_old_draft(connection, before)

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

    def begin(  # noqa: PLR0913 - what a run is made of, all by name
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
    ) -> Run:
        """Record that a run begins, of a drop's file with its ``claim``; ``suffix`` makes ids of the same second differ."""
        with self._store.writing() as connection:
            run = RunRecord(
                id=run_records.sorted_id(connection, run_records.new_id(at, suffix())),
                command=command,
                state=RunState.OPEN,
                started_at=at,
                parent=parent,
                version=version,
                tzdata=tzdata,
                settings=settings or {},
                profile=profile,
            )
            seq = run_records.start(connection, run)
            if claim is not None:
                claims.begin(connection, claim, run.id)
        return Run(self, self._store, seq, run.id)

    def run(self, run_id: str | None = None) -> Run:
        """Return a run by its id or the beginning of it, the latest for None. ``UsageError``: none or several."""
        with self._store.reading() as connection:
            found = run_records.named(connection, run_id)
        return Run(self, self._store, found.seq, found.id)

    def runs(self, limit: int | None = 20) -> list[RunRecord]:
        """Return runs, newest first."""
        with self._store.reading() as connection:
            return run_records.newest(connection, limit)

    def glances(self, limit: int | None = 20) -> list[run_records.Glance]:
        """Return runs with their files and how their rows stand, newest first."""
        with self._store.reading() as connection:
            return run_records.glances(connection, limit)

    def unresolved(self, *, but: Run | None = None) -> tuple[Unresolved, ...]:
        """Return the runs (except ``but``) that left rows whose outcome is still not known, oldest first."""
        with self._store.reading() as connection:
            return resolving.unresolved(connection, but=but.seq if but else None)

    def cut_off(self) -> str | None:
        """Return the newest run that was cut off and not closed yet, None if there is none."""
        with self._store.reading() as connection:
            return run_records.cut_off(connection)

    def close_interrupted(self, *, at: float, but: Run | None = None) -> list[str]:
        """End every run that was cut off (except ``but``): what was on its way is UNKNOWN, the rest NOT_SENT."""
        with self._store.writing() as connection:
            return recovery.close_interrupted(connection, but=but.seq if but else None, at=at)

    def holds_of(self, run_id: str) -> tuple[Hold, ...]:
        """Return the holds of a run that nobody released; none where there is no such run."""
        with self._store.reading() as connection:
            return run_records.holds_of(connection, run_id)

    def earlier_rows(self, run_id: str, numbers: Collection[int]) -> dict[Place, older_files.Earlier] | None:
        """Return rows of a run as they were read, by file, sheet and number; None for a run that is not known here."""
        with self._store.reading() as connection:
            return older_files.earlier_rows(connection, run_id, numbers, self._store.marks)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Keep nothing of what the block writes: a run that it begins is known to the block alone."""
        with self._store.rehearsing():
            yield

    def content_with(self, content: str, *, without: Sequence[StagedRow], beside: Sequence[StagedRow]) -> str:
        """Return what the rows of a file say together, once some of them are replaced by others."""
        with self._store.reading() as connection:
            return content_with(connection, content, without=without, beside=beside, marks=self._store.marks)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep all that the block writes, or nothing of it."""
        with self._store.together():
            yield

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Keep nothing of what the block writes, within ``together``: a run that it begins is known to the block alone."""
        with self._store.trying():
            yield

    # What is known

    def reminders(self, keys: Iterable[Key]) -> dict[Key, Reminder]:
        """Return the reminders of these keys."""
        wanted = {lane_of_key(key): key for key in keys}
        marks = self._store.marks
        if marks is not None:
            wanted |= {marks.lane(lane): key for lane, key in wanted.items()}
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
            return set(appointment_lookup.owners_of(connection, uuids))

    def values_of(self, uuids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what the reminders with these uuids were last told, by uuid."""
        with self._store.reading() as connection:
            return known_reminders.values_of(connection, uuids)

    def find(self, text: str) -> list[Reminder]:
        """Return reminders by external event id, uuid or phone."""
        with self._store.reading() as connection:
            return [
                known_reminders.reminder_of(row)
                for row in known_reminders.find(connection, storable(text), self._store.marks)
            ]

    def history(self, text: str) -> Life:
        """Return one appointment's whole life, by external event id, uuid or phone."""
        return report_queries.life(self._store, storable(text))

    def ahead(self, profile: str, *, after: float, before: float, unnamed_in: Run | None = None) -> Iterator[Ahead]:
        """
        Yield the appointments of a profile that start between two moments; only those that no row of a run names.

        Nothing else may be read from the ledger before the last one is taken.
        """
        seq = unnamed_in.seq if unnamed_in else None
        return guard_queries.ahead(self._store, profile, after=after, before=before, unnamed_in=seq)

    # Looking after the memory

    @property
    def retention(self) -> Retention:
        """How personal data leaves it."""
        return Retention(self._store)

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
