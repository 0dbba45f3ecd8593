"""
Starting importers.

``Installed`` runs the console script, as a person does. ``Forked`` forks this process, which has imported the
importer already: the same code at a tenth of the start-up time, for hundreds of starts in a minute.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.points import Points


SHEET = (
    b"Phone,Appointment number,Appointment type,Appointment start,Time zone\n2125550101,1,x,2030-01-01T10:00:00,UTC\n"
)
# What an importer loads when it first needs it, and each fork would load anew.
LOADED_LATE = (
    "importer.cli.run_command",
    "importer.commands.plan",
    "importer.commands.run",
    "importer.sandbox",
)


def _check_nothing() -> None:
    """Check a sheet, so that all libraries are loaded that a check loads when it first needs them."""
    from importer.commands.check import check
    from importer.commands.job import Job
    from importer.model.profile import Profile
    from importer.settings import Settings

    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(SHEET)
        file.flush()
        check(Job(Settings(), Profile()), [file.name])


class Started(Protocol):
    """An importer that was started."""

    def poll(self) -> int | None:
        """Return its exit code (negative: the signal that ended it), None while it runs."""

    def signal(self, number: int) -> None:
        """Send it a signal; nothing when it has ended."""


class Launcher(Protocol):
    """Starts importers with these arguments, their output appended to a file."""

    def start(self, arguments: Sequence[str], output: Path) -> Started:
        """Start one."""


def wait(process: Started, timeout_s: float) -> int:
    """Return the exit code. Raises ``TimeoutError`` when it does not end, after killing it."""
    ends = time.monotonic() + timeout_s
    while (code := process.poll()) is None:
        if time.monotonic() > ends:
            process.signal(signal.SIGKILL)
            raise TimeoutError("an importer did not end")
        time.sleep(0.002)
    return code


class Installed:
    """Starts the installed command."""

    def __init__(self) -> None:
        beside = Path(sys.executable).with_name("importer")
        self._command = str(beside) if beside.exists() else shutil.which("importer")
        if self._command is None:
            raise RuntimeError("the command importer is not installed")

    def start(self, arguments: Sequence[str], output: Path) -> Started:
        """Start one."""
        with output.open("ab") as file:
            return _Child(
                subprocess.Popen(
                    [str(self._command), *arguments],
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, "IMPORTER_TOKEN": "sandbox"},
                )
            )


class _Child:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def poll(self) -> int | None:
        return self._process.poll()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)


class Forked:
    """Forks importers off this process, which must have one thread only."""

    def __init__(self) -> None:
        for name in LOADED_LATE:
            import_module(name)
        _check_nothing()
        self._run: Callable[[list[str]], int] = import_module("importer.cli.entry").run

    def start(
        self, arguments: Sequence[str], output: Path, *, points: Points | None = None, at: float | None = None
    ) -> Started:
        """Start one. ``points`` kills it from within; ``at`` sets its clock, in seconds since 1970."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return _Fork(pid)
        code = 70
        try:
            if at is not None:
                time_machine.travel(at).start()
            code = self._become(list(arguments), output, points)
        finally:
            os._exit(code)

    def _become(self, arguments: list[str], output: Path, points: Points | None) -> int:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ["IMPORTER_TOKEN"] = "sandbox"
        sys.argv = ["importer", *arguments]
        if points is not None:
            points.install()
        code = self._run(arguments)
        if points is not None:
            points.tell()
        sys.stdout.flush()
        sys.stderr.flush()
        return code


class _Fork:
    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self._pid, number)
