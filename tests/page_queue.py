"""An import in the queue, and a sender in this process, or in one that is killed at a step."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from desk import Desk
from page_imports import week

from importer.commands.drafts.draft_apart import NamedFile, keep_apart
from importer.interrupts import StopSignal
from importer.ledger import open_ledger
from importer.ledger.page.import_store import Imports
from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.page.page_store import PageStore
from importer.web.imports import url_of
from importer.web.jobs import Jobs
from importer.web.sender_process import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.commands.job import Job
    from importer.sandbox import Sandbox

ROWS = 6


class Killer:
    """A log that ends its process, without a word, at an event: the n-th of its kind."""

    is_kept = True

    def __init__(self, event: str, count: int) -> None:
        self._event = event
        self._left = count

    def write(self, event: str, **_members: Any) -> None:
        if event == self._event:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class JobsWithLog(Jobs):
    """Jobs whose log does something at an event, such as to kill them."""

    killer: Any = None

    def job(self, chosen: Mapping[str, Any] | None = None, **links: Any) -> Job:
        made = Jobs(self.options, self.config, self.now).job(chosen, **links)
        return made if self.killer is None else replace(made, log=self.killer)


class KilledImports(Imports):
    """Imports whose process ends before, or after, a move to a state."""

    moment = ""
    to = ""

    def move(
        self, import_id: str, was: ImportState, version: int, to: ImportState, *, at: float, **values: Any
    ) -> bool:
        if (self.moment, self.to) == ("before", to):
            os.kill(os.getpid(), signal.SIGKILL)
        moved = super().move(import_id, was, version, to, at=at, **values)
        if (self.moment, self.to) == ("after", to):
            os.kill(os.getpid(), signal.SIGKILL)
        return moved


@dataclass
class Queue:
    """A ledger with one import in the queue."""

    jobs: Jobs
    store: PageStore
    sandbox: Sandbox
    desk: Desk

    def add(self, count: int = ROWS, import_id: str = "a1") -> None:
        """Put an import of so many rows into the queue."""
        draft_id = f"20270302-000000-{import_id}"
        path = self.desk.sheet(*week(count), name=f"{import_id}.csv")
        _, draft = keep_apart(self.jobs.job(), draft_id, [NamedFile(path, "week.csv")], by="dana")
        agreed = {"version": draft.version, "fingerprint": draft.fingerprint, "by": "dana", "at": 1.0}
        self.store.imports.add(
            Import(import_id, 1, "dana", 1.0, state=ImportState.QUEUED, draft=draft_id, agreed=agreed, name="week.csv")
        )

    def send(self) -> None:
        """Send what is in the queue, as the process does."""
        sender = Sender(self.jobs, self.store.imports, StopSignal())
        while (one := sender.next()) is not None:
            sender.send(one)

    def killed(self, step: str, count: int = 1) -> bool:
        """Send in a process of its own that is killed at a step; return whether it came so far."""
        self.store.close()
        child = os.fork()
        if not child:
            code = 99
            try:
                code = self._child(step, count)
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    def _child(self, step: str, count: int) -> int:
        moment, _, to = step.partition(" ")
        store = PageStore(self.jobs.settings().ledger_url, lock_timeout_s=5)
        imports = KilledImports(store)
        jobs = self.jobs
        if to:
            imports.moment, imports.to = moment, to
        else:
            jobs = JobsWithLog(self.jobs.options, self.jobs.config, killer=Killer(step, count))
        sender = Sender(jobs, imports, StopSignal())
        while (one := sender.next()) is not None:
            sender.send(one)
        return 0

    def one(self, import_id: str = "a1") -> Import:
        found = self.store.imports.find(import_id)
        assert found is not None
        return found

    def is_made_good(self, count: int = ROWS) -> None:
        """Look that every appointment was made once, that its uuid is known, and that the page tells so."""
        one = self.one()
        assert (one.state, url_of(one)) == (ImportState.FINISHED, "/imports/a1/report")
        assert one.result["totals"] == {"created": count}
        made = [str(done.uuid) for done in self.sandbox.effects()]
        assert len(made) == count
        with open_ledger(self.jobs.settings().ledger_url, read_only=True) as ledger:
            assert {reminder.uuid for reminder in ledger.all_reminders()} == set(made)
            assert ledger.verify().faults == ()
        assert (self.desk.folder / "reports" / str(one.run) / "results.xlsx").is_file()


@contextmanager
def queued(folder: Path, sandbox: Sandbox, *, settings: str = "") -> Iterator[Queue]:
    """Give a ledger with an empty queue. ``settings``: what stands in ``importer.toml``."""
    config = folder / "importer.toml"
    config.write_text(settings, encoding="utf-8")
    options = {
        "ledger": str(folder / "ledger.db"), "reports": str(folder / "reports"), "base_url": sandbox.base_url,
        "concurrency": "2",
    }  # fmt: skip
    jobs = Jobs(options, str(config))
    with open_ledger(jobs.settings().ledger_url):
        pass
    store = PageStore(jobs.settings().ledger_url, lock_timeout_s=5)
    try:
        yield Queue(jobs, store, sandbox, Desk(folder, sandbox))
    finally:
        store.close()
