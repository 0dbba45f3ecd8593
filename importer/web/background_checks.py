"""
Checks in the background: at most two at once, each in a process of its own within its memory and its time; others wait.

The import's state tells what there is to do, so a page that starts again finds what it had been at.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson

import importer
from importer.ingest.loaded_process import LoadedProcess, end
from importer.ledger.page.import_values import ImportState
from importer.ledger.run_records import new_id
from importer.settings.table import TOKEN_VARIABLE
from importer.web.imports import move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ingest.loaded_process import CheckBegun
    from importer.ledger.page.import_store import Imports
    from importer.ledger.page.import_values import Import
    from importer.web.jobs import Jobs
    from importer.web.uploads import Uploads

AT_ONCE: Final = 2
LONGEST_S: Final = 120.0
GRACE_S: Final = 10.0
TRIES: Final = 3

TOO_LONG: Final = (
    "The check took too long and was ended. Nothing was sent.",
    "Delete rows and columns that are not needed, or split the sheet into smaller ones.",
)
DIED: Final = (
    "The check ended unexpectedly. Nothing was sent.",
    "Upload it again. If that happens again, tell the person who looks after the importer.",
)
CANCELLED: Final = ("You cancelled the check. Nothing was sent.", "Upload it again when you like.")


@dataclass(slots=True)
class Running:
    """A check that is going on: its process, and what it told last."""

    process: CheckBegun | None = None
    cancelled: bool = False
    too_long: bool = False
    told: dict[str, Any] = field(default_factory=dict)


def _environment() -> dict[str, str]:
    """Return the page's environment without the token, with the packages that it has."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(TOKEN_VARIABLE)}
    packages = [str(Path(importer.__file__).parents[1]), *filter(None, sys.path)]
    return {**ours, "PYTHONPATH": os.pathsep.join(packages), "OPENBLAS_NUM_THREADS": "1"}


MODULE_AND_ENVIRONMENT: Final = ("importer.web.check_process", _environment)
"""What the loaded process of the page runs and sees."""


def loaded_for_checks() -> LoadedProcess:
    """Return the process in which the page's checks are begun."""
    return LoadedProcess(*MODULE_AND_ENVIRONMENT)


class Checks:
    """The checks of one page. ``loaded``: where they are begun."""

    def __init__(  # noqa: PLR0913 - each is a part of the page, or a limit
        self,
        jobs: Jobs,
        imports: Imports,
        uploads: Uploads,
        loaded: LoadedProcess,
        *,
        longest_s: float = LONGEST_S,
        zone: str = "",
    ) -> None:
        self._jobs, self._zone, self._loaded = jobs, zone, loaded
        self._imports = imports
        self._uploads = uploads
        self._longest_s = longest_s
        self._gate = threading.Condition()
        self._queue: deque[str] = deque()
        self._running: dict[str, Running] = {}
        self._tries: dict[str, int] = {}
        self._closed = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin, with what the page had been at when it ended before."""
        for one in self._imports.standing([ImportState.CHECKING]):
            move(self._imports, one, ImportState.UPLOADED, at=self._jobs.now())
        self._threads = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True) for number in range(AT_ONCE)
        ]
        for thread in self._threads:
            thread.start()
        for one in self._imports.standing([ImportState.UPLOADED]):
            self.submit(one.id)
        self._loaded.load()

    def submit(self, import_id: str) -> None:
        """Let an import be checked when it is its turn."""
        with self._gate:
            if import_id not in self._queue:
                self._queue.append(import_id)
            self._gate.notify()

    def cancel(self, import_id: str) -> None:
        """End a check, or take it out of the queue."""
        with self._gate:
            running = self._running.get(import_id)
            if running is not None:
                running.cancelled = True
                if running.process is not None:
                    running.process.kill()
                return
            with suppress(ValueError):
                self._queue.remove(import_id)
        one = self._imports.find(import_id)
        if one is not None and one.state is ImportState.UPLOADED:
            self._forget(one)

    def told(self, import_id: str) -> Mapping[str, Any]:
        """Return what a check told last: ``stage``, ``done``, ``total``, ``ahead`` (how many are before it); {} for nothing."""
        with self._gate:
            if import_id in self._running:
                return dict(self._running[import_id].told)
            if import_id in self._queue:
                return {"ahead": len(self._running) + self._queue.index(import_id)}
        return {}

    def close(self) -> None:
        """End; what was not finished is begun again by the next start."""
        with self._gate:
            self._closed = True
            for running in self._running.values():
                if running.process is not None:
                    running.process.kill()
            self._gate.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._gate:
                while not self._queue and not self._closed:
                    self._gate.wait()
                if self._closed:
                    return
                import_id = self._queue.popleft()
                self._running[import_id] = Running()
            try:
                self._check(import_id, self._running[import_id])
            finally:
                with self._gate:
                    del self._running[import_id]

    def _check(self, import_id: str, running: Running) -> None:
        one = self._imports.find(import_id)
        if one is None or one.state is not ImportState.UPLOADED:
            return
        draft, anew = one.draft, bool(one.facts.get("anew"))
        if draft is None:
            draft, anew = new_id(self._jobs.now(), secrets.token_hex(4)), False
        if not move(self._imports, one, ImportState.CHECKING, at=self._jobs.now(), draft=draft, problem="", fix=""):
            return
        one = self._seen(import_id)
        if one is None:
            return
        order = {
            "chosen": one.chosen,
            "draft": draft, "by": one.by, "anew": anew, "name": one.name,
            "path": str(self._uploads.path(one.copy)) if one.copy else "", "retried": one.facts.get("retried"), "made": one.facts.get("made"),
            "answers": one.facts.get("answers", ()) if one.facts.get("answered") or not anew else None, "zone": self._zone,
        }  # fmt: skip
        ended = self._asked(one, order, running)
        with self._gate:
            closed = self._closed
        if closed and not ended:
            return
        self._settle(import_id, ended, running)

    def _seen(self, import_id: str) -> Import | None:
        one = self._imports.find(import_id)
        return one if one is not None and one.state is ImportState.CHECKING else None

    def _asked(self, one: Import, order: Mapping[str, Any], running: Running) -> dict[str, Any]:
        """Have a process carry out an order; return its last word, {} where it had none."""
        try:
            process = self._loaded.begin()
        except OSError:
            return {}
        with self._gate:
            running.process = process
            if running.cancelled or self._closed:
                process.kill()
        watchdog = threading.Timer(self._longest_s + GRACE_S, self._end, (running,))
        watchdog.daemon = True
        watchdog.start()
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        ended: dict[str, Any] = {}
        try:
            stdin.write(orjson.dumps({**orjson.loads(self._jobs.told()), **order}) + b"\n")
            stdin.flush()
            for line in stdout:
                ended = self._hear(one, orjson.loads(line), running) or ended
        except (OSError, ValueError):  # it is gone, or was ended before its order was written
            ended = {}
        finally:
            watchdog.cancel()
            end(process)
        return ended

    def _hear(self, one: Import, told: dict[str, Any], running: Running) -> dict[str, Any]:
        if "seen" in told:
            facts = {**one.facts, **told["seen"]}
            if self._imports.note(one.id, ImportState.CHECKING, one.version, at=self._jobs.now(), facts=facts):
                running.told = {**running.told, "facts": facts}
            return {}
        if "stage" in told:
            running.told = {**running.told, **told}
            return {}
        return told

    @staticmethod
    def _end(running: Running) -> None:
        running.too_long = True
        if running.process is not None:
            running.process.kill()

    def _settle(self, import_id: str, ended: Mapping[str, Any], running: Running) -> None:
        """Move an import on by how its check ended."""
        one = self._seen(import_id)
        if one is None:
            return
        facts = {name: value for name, value in one.facts.items() if name not in {"anew", "answered"}}
        if "kept" in ended:
            found = {name: ended[name] for name in ("rows", "answers", "asked") if name in ended}
            told = {"facts": {**facts, **found}, "problem": "", "fix": ""}
            move(self._imports, one, ImportState.REVIEW, at=self._jobs.now(), **told)
        elif "columns" in ended:
            told = {"facts": {**facts, "asked": ended["columns"]}, "problem": "", "fix": ""}
            move(self._imports, one, ImportState.COLUMNS, at=self._jobs.now(), **told)
        elif running.cancelled:
            self._forget(one)
        elif "refused" in ended:
            code, problem, fix = ended["refused"]
            self._set_aside(one, problem, fix, facts={**facts, "code": code}, draft=None)
        elif running.too_long:
            self._set_aside(one, *TOO_LONG, facts=facts)
        # Killed: by the system, for want of memory, or by a person. Or its draft was edited while the plan was made.
        elif ended.get("failed", ["Held"])[0] == "Held" and self._may_try(import_id):
            if move(self._imports, one, ImportState.UPLOADED, at=self._jobs.now()):
                self.submit(import_id)
        else:
            problem, fix = ended["failed"][1:] if "failed" in ended else DIED
            self._set_aside(one, problem, fix, facts=facts)

    def _set_aside(self, one: Import, problem: str, fix: str, **values: Any) -> None:
        move(self._imports, one, ImportState.UNREADABLE, at=self._jobs.now(), problem=problem, fix=fix, **values)

    def _may_try(self, import_id: str) -> bool:
        """Count a try that came to nothing; return whether there may be another."""
        self._tries[import_id] = self._tries.get(import_id, 0) + 1
        return self._tries[import_id] < TRIES

    def _forget(self, one: Import) -> None:
        problem, fix = CANCELLED
        if move(self._imports, one, ImportState.FORGOTTEN, at=self._jobs.now(), problem=problem, fix=fix, copy=""):
            self._uploads.remove(one.copy)
