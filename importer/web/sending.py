"""
Sending, seen from the page: the process that sends is started when something is in the queue and none is at work.

That process holds a lock as long as it lives; the system lets it go, however it ends. A watcher looks every second, so an import is sent whatever became of the process before, and after the page started again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import importer
from importer.errors import ImporterError
from importer.ledger.locking import try_lock
from importer.ledger.page.import_values import ImportState
from importer.web.imports import SENDING, move
from importer.writing.atomic_files import make_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.ledger.page.import_store import Imports
    from importer.ledger.page.import_values import Import
    from importer.web.jobs import Jobs

WATCH_EVERY_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
STARTING_S: Final = 10.0
STOP_TRIES: Final = 20
LOCK: Final = "sender.lock"
_OPEN: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_COMMAND: Final = [sys.executable, "-P", "-X", "utf8", "-m", "importer.web.sender_process"]


@contextmanager
def sender_lock(folder: Path) -> Iterator[bool]:
    """Hold the lock while the block runs; False where another process holds it. ``folder``: of the uploads, made if need be."""
    make_directory(folder)
    descriptor = os.open(folder / LOCK, _OPEN, 0o600)
    try:
        yield try_lock(descriptor)
    finally:
        os.close(descriptor)


def is_at_work(folder: Path) -> bool:
    """Whether a process that sends is alive."""
    with suppress(OSError), sender_lock(folder) as is_free:
        return not is_free
    return False


class Sending:
    """Keeps a process at work as long as there is something to send. ``folder``: of the uploads."""

    def __init__(self, jobs: Jobs, imports: Imports, folder: Path, *, watch_every_s: float = WATCH_EVERY_S) -> None:
        self._jobs = jobs
        self._imports = imports
        self._folder = folder
        self._watch_every_s = watch_every_s
        self._woken = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = Pause()

    @property
    def is_halted(self) -> bool:
        """Whether one process after the other ended badly, so that nothing is sent just now."""
        return self._pause.is_long

    def start(self) -> None:
        """Begin to watch; what was cut off goes on."""
        self._thread = threading.Thread(target=self._watch, name="sending", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was put into the queue."""
        self._woken.set()

    def close(self) -> None:
        """Watch no more. A process that sends goes on to its end."""
        self._closed = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def stop(self, one: Import) -> None:
        """Let an import be sent no further: one in the queue goes back to its review, the rest of another is not sent."""
        found: Import | None = one
        for _ in range(STOP_TRIES):
            if found is None or found.state not in SENDING or found.stopping:
                return
            if found.state is ImportState.QUEUED:
                back = {"problem": STOPPED_BEFORE, "fix": "", "agreed": {}}
                if move(self._imports, found, ImportState.REVIEW, at=self._jobs.now(), **back):
                    return
            elif self._imports.note(
                found.id, found.state, found.version, at=self._jobs.now(), stopping=True, goes_on_at=None
            ):
                self.wake()
                return
            found = self._imports.find(one.id)

    def _watch(self) -> None:
        while not self._closed:
            with suppress(ImporterError, OSError):
                if (
                    self._is_wanted()
                    and not self._has_begun()
                    and not is_at_work(self._folder)
                    and self._pause.is_over()
                ):
                    self._begin()
            self._woken.wait(self._watch_every_s)
            self._woken.clear()

    def _has_begun(self) -> bool:
        """Whether the process that was started last is alive: on a busy machine it takes long until it holds its lock."""
        return self._process is not None and self._process.returncode is None

    def _is_wanted(self) -> bool:
        now = self._jobs.now()
        return any(one.goes_on_at is None or one.goes_on_at <= now for one in self._imports.standing(SENDING))

    def _begin(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # it outlives the page
        )
        stdin = cast("IO[bytes]", process.stdin)
        with suppress(OSError):
            stdin.write(self._jobs.told())
            stdin.close()
        self._process = process
        threading.Thread(target=lambda: self._pause.after(process.wait()), name="sender", daemon=True).start()


STOPPED_BEFORE: Final = "Stopped before anything was sent."
DISK_FULL: Final = (
    "The disk is full, so this could not be written down.",
    "Ask the person who looks after the importer to free some space. Then look where it stands and go on: nothing is sent twice.",
)
HALTED: Final = (
    "Sending has halted, because what is sent cannot be written down just now. It goes on by itself as soon as it can. "
    "If this stays here, tell the person who looks after the importer: the disk may be full."
)


class Pause:
    """How long to wait before the next process, where one after the other ends badly: twice as long each time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seconds = 0.0
        self._until = 0.0

    @property
    def is_long(self) -> bool:
        """Whether more than one process ended badly, and the next, if it was started, is too young to have done any good."""
        return self._seconds > WATCH_EVERY_S and self._monotonic() < self._until + STARTING_S

    def after(self, exit_code: int) -> None:
        """Take note of how a process ended."""
        self._seconds = 0.0 if exit_code == 0 else min(max(self._seconds * 2, WATCH_EVERY_S), LONGEST_PAUSE_S)
        self._until = self._monotonic() + self._seconds

    def is_over(self) -> bool:
        """Whether the next process may be started."""
        return self._monotonic() >= self._until


def _environment() -> dict[str, str]:
    packages = [str(Path(importer.__file__).parents[1]), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(packages)}
