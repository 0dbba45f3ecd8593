"""
Sending what was agreed to, in a process of its own: ``python -m importer.web.sender_process``.

It outlives the request that began it and the page itself. There is one for a ledger, for it holds a lock while it is at work; a
second import waits in the queue. What was sent stands in the ledger alone, and where the import stands follows from it: so a
process that is killed at any moment leaves nothing to the one after it but to look there and go on.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from importer.errors import (
    Exit,
    Held,
    ImporterError,
    Interrupted,
    LedgerError,
    LedgerFull,
    LedgerLocked,
    NothingToDo,
    UsageError,
    forbid_core_dumps,
)
from importer.ledger.page.import_values import ImportState
from importer.model.statuses import Status
from importer.web.imports import move
from importer.web.jobs import Jobs
from importer.web.sending import DISK_FULL, STOPPED_BEFORE, sender_lock
from importer.web.uploads import uploads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.interrupts import StopSignal
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.page.import_store import Imports
    from importer.ledger.page.import_values import Import

LOOK_EVERY_S: Final = 0.5
LOCK_WAIT_S: Final = 1.0
CUT_OFF: Final = frozenset({Exit.INTERRUPTED, Exit.TERMINATED})
BEGINS: Final = (ImportState.RUNNING, ImportState.INTERRUPTED, ImportState.QUEUED)


def main() -> int:
    """Send what is in the queue, one import after the other, until there is none."""
    forbid_core_dumps()
    jobs = Jobs.of(sys.stdin.buffer.readline())
    from importer.interrupts import StopSignal  # noqa: PLC0415 - likewise
    from importer.ledger.page.page_store import PageStore  # noqa: PLC0415 - the settings come first

    stop = StopSignal()
    settings = jobs.settings()
    store = PageStore(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s)
    with stop.on_signals(), sender_lock(uploads_of(settings).root) as is_ours:
        sender = Sender(jobs, store.imports, stop)
        while is_ours and not stop.raised and (one := sender.next()) is not None:
            sender.send(one)
    store.close()
    return 0


@dataclass(slots=True)
class Sender:
    """Sends one import after the other."""

    jobs: Jobs
    imports: Imports
    stop: StopSignal

    def next(self) -> Import | None:
        """Return the import that is to be sent now: one that was cut off before, else the first in the queue."""
        for state in BEGINS:
            for one in self.imports.standing([state]):
                if one.goes_on_at is None or one.goes_on_at <= self.jobs.now():
                    return one
        return None

    def send(self, one: Import) -> None:
        """Send an import, or what is left of it, and move it on."""
        from importer.interrupts import StopSignal  # noqa: PLC0415 - for the type it is imported above

        own = StopFor(self.stop)
        try:
            job = self.jobs.job(one.chosen, stop=own.signal)
        except ImporterError as error:
            self._not_sent(one, error)
            return
        with own.watching(self.imports, one.id), self.stop.heard_by(own.signal.set):
            while True:
                try:
                    self._with_ledger(one, job)
                except LedgerLocked as error:
                    if not self._waits(one.id, error, own.signal):
                        return
                    continue
                except ImporterError as error:
                    if self._has_to_end(one.id, error):
                        job = replace(job, stop=StopSignal())  # to end it is what was wished for
                        continue
                    self._not_sent(one, error)
                return

    def _has_to_end(self, import_id: str, error: ImporterError) -> bool:
        """Whether a person stopped a run that is too large to settle at once: it is ended here, or it would be gone on with."""
        from importer.commands.run import AbandonedError  # noqa: PLC0415 - loaded with the first import

        now = self.imports.find(import_id)
        return isinstance(error, AbandonedError) and now is not None and now.stopping

    def _waits(self, import_id: str, error: LedgerLocked, stop: StopSignal) -> bool:
        """Wait for the run that holds the ledger; return False where somebody does not want that any more."""
        one = self.imports.find(import_id)
        if one is None or stop.raised:
            if one is not None and one.stopping and one.state is ImportState.QUEUED:
                move(
                    self.imports,
                    one,
                    ImportState.REVIEW,
                    at=self.jobs.now(),
                    stopping=False,
                    problem=STOPPED_BEFORE,
                    fix="",
                )
            return False
        if not one.problem:
            self.imports.note(one.id, one.state, one.version, at=one.changed_at, problem=str(error), fix="")
        time.sleep(LOCK_WAIT_S)
        return True

    def _with_ledger(self, one: Import, job: Job) -> None:
        from importer.commands.ledgers import opened_ledger  # noqa: PLC0415 - loaded with the first import

        with opened_ledger(replace(job, settings=replace(job.settings, lock_timeout_s=0))) as ledger:
            job = replace(job, ledger=ledger)
            found = self._taken(one.id)
            if found is None:
                return
            draft = ledger.drafts.named(found.draft or "")
            if draft.run is None:
                self._begin(found, job, draft)
                return
            self._go_on(found, job, ledger, draft.run)

    def _taken(self, import_id: str) -> Import | None:
        """Return the import as one that is sent now, None if it was taken back meanwhile."""
        one = self.imports.find(import_id)
        if one is None or one.state not in BEGINS:
            return None
        if one.state is not ImportState.RUNNING:
            moved = move(
                self.imports, one, ImportState.RUNNING, at=self.jobs.now(), problem="", fix="", goes_on_at=None
            )
            return self.imports.find(import_id) if moved else None
        return one

    def _begin(self, one: Import, job: Job, draft: Draft) -> None:
        from importer.commands.drafts.draft_sending import Seen, run_draft  # noqa: PLC0415 - loaded with the first import

        try:
            result = run_draft(job, draft.id, seen=Seen(one.agreed["version"], one.agreed["fingerprint"]))
        except Held as held:
            self._back(one, str(held), CHANGED)
        except Interrupted:
            self._back(one, STOPPED_BEFORE, "")
        except (LedgerError, UsageError):
            raise
        else:
            self._ended(one, job, result)

    def _go_on(self, one: Import, job: Job, ledger: Ledger, run_id: str) -> None:
        from importer.commands.report import report  # noqa: PLC0415 - loaded with the first import
        from importer.commands.run import resume  # noqa: PLC0415 - likewise
        from importer.model.statuses import RunState  # noqa: PLC0415 - likewise

        run = ledger.run(run_id)
        if not one.stopping:
            # Nothing to do: it was finished, and only its page was not told.
            with suppress(NothingToDo):
                self._ended(one, job, resume(job, run_id))
                return
        if run.record().state is not RunState.FINISHED:
            ledger.close_interrupted(at=job.now())
        self._ended(one, job, report(job, run_id))

    def _ended(self, one: Import, job: Job, result: RunResult) -> None:
        """Move an import on by what its run came to."""
        from importer.web.run_digest import digest  # noqa: PLC0415 - loaded with the first import

        now = self.imports.find(one.id)
        if now is None or now.state is not ImportState.RUNNING:
            return
        at, code = self.jobs.now(), result.exit_code
        told: dict[str, Any] = {"run": result.run.id, "result": digest(result), "problem": "", "fix": ""}
        if code in CUT_OFF and not now.stopping:
            move(self.imports, now, ImportState.INTERRUPTED, at=at, **told)
        elif code is Exit.STOPPED and (opens := self._opens(job, result)) is not None and not now.stopping:
            move(self.imports, now, ImportState.INTERRUPTED, at=at, goes_on_at=opens, **told)
        else:
            ended_early = code in {*CUT_OFF, Exit.STOPPED, Exit.AUTHENTICATION}
            stopped = ended_early or (now.stopping and bool(result.totals[Status.NOT_SENT]))
            to = ImportState.STOPPED if stopped else ImportState.FINISHED
            move(self.imports, now, to, at=at, stopping=False, goes_on_at=None, **told)

    @staticmethod
    def _opens(job: Job, result: RunResult) -> float | None:
        """Return when the sending window opens for what waits for it, UTC seconds; None where nothing does."""
        from importer.commands.delivery import window_of  # noqa: PLC0415 - loaded with the first import

        window = window_of(job)
        if window is None or not any(kind.code == "window_closed" for kind in result.report.problems):
            return None
        zone = result.report.zone or window.home
        return window.opening(zone, job.now()) if zone else None

    def _back(self, one: Import, problem: str, fix: str) -> None:
        """Lead back to the review, for nothing was sent. The plan is made anew where it would have been another one."""
        now = self.imports.find(one.id)
        if now is not None and now.state is ImportState.RUNNING:
            facts = {**now.facts, "stale": bool(fix)}
            told: dict[str, Any] = {"problem": problem, "fix": fix, "facts": facts, "stopping": False, "agreed": {}}
            move(self.imports, now, ImportState.REVIEW, at=self.jobs.now(), leads_to="confirm", **told)

    def _not_sent(self, one: Import, error: ImporterError) -> None:
        """Say why an import cannot be sent, or not now: with nothing sent it is back in review, else it stands still."""
        now = self.imports.find(one.id)
        if now is None or now.state not in BEGINS:
            return
        problem, fix = DISK_FULL if isinstance(error, LedgerFull) else (str(error), error.fix)
        told: dict[str, Any] = {"problem": problem, "fix": fix, "stopping": False}
        began = self._run_of(now)
        at = self.jobs.now()
        if began is None:
            move(self.imports, now, ImportState.REVIEW, at=at, leads_to="confirm", agreed={}, **told)
        elif now.state is ImportState.RUNNING:
            move(self.imports, now, ImportState.INTERRUPTED, at=at, goes_on_at=at + AGAIN_S, **told)
        else:
            self.imports.note(now.id, now.state, now.version, at=at, goes_on_at=at + AGAIN_S, **told)

    def _run_of(self, one: Import) -> str | None:
        """Return the run that sends the import's draft, None where nothing of it was ever sent."""
        from importer.ledger import drafts_of  # noqa: PLC0415 - loaded with the first import

        settings = self.jobs.settings()
        with suppress(ImporterError), drafts_of(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s) as drafts:
            return drafts.named(one.draft or "").run
        return one.run


AGAIN_S: Final = 60.0
CHANGED: Final = "Look at what would be sent now, and press Send again."


class StopFor:
    """The wish to stop one import: of a person, who says so on its page, or of this process as a whole."""

    def __init__(self, whole: StopSignal) -> None:
        from importer.interrupts import StopSignal  # noqa: PLC0415 - for the type it is imported above

        self.signal = StopSignal()
        if whole.raised:
            self.signal.set()

    @contextmanager
    def watching(self, imports: Imports, import_id: str) -> Iterator[None]:
        """Look now and then whether somebody wants the import to stop, while the block runs."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(LOOK_EVERY_S):
                with suppress(ImporterError):
                    one = imports.find(import_id)
                    if one is not None and one.stopping:
                        self.signal.set()
                        return

        watcher = threading.Thread(target=watch, name="stop", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


if __name__ == "__main__":
    sys.exit(main())
