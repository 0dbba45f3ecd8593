"""
Reading files in a process of its own before they get a run: ``python -m importer.ingest.check_process``.

A file that hangs is ended by the wall clock, one that crashes its reader ends that process only; the pass lives and goes on
with the next file. One process reads all files of a pass, one order a line on stdin, one answer a line on stdout; it learns
neither token nor ledger, and can reach neither (``reader_limits``).

Whoever goes over the drops of many ledgers gives a loaded process (``loaded_process``), which forks a reader for each of them: none may
read what another one's files are.
"""

from __future__ import annotations

import os
import pickle
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

import orjson

import importer
from importer.errors import FileRefused, ImporterError, forbid_core_dumps
from importer.ingest.loaded_process import FORKS, LoadedProcess, serve_forks
from importer.model import times
from importer.settings import Settings

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from types import TracebackType

    from importer.commands.job import Job
    from importer.ingest.loaded_process import CheckBegun
    from importer.model.profile import Profile

GRACE_S: Final = 10.0
MEMORY_BYTES: Final = 8_000_000_000
_ESCAPES: Final = b"escapes "
_MODULE: Final = "importer.ingest.check_process"
_COMMAND: Final = [sys.executable, "-P", "-X", "utf8", "-m", _MODULE]
_PASSED_ON: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PATH")
# The reader died of its limits, which another night may not reach.
_OF_LIMITS: Final = frozenset({"workbook_too_slow", "workbook_too_large", "check_too_long", "copy_failed"})


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What reading a file came to.

    ``refused``: why it is refused, None if it can be read. ``died``: its reader died of it. ``earliest``: the start of its
    earliest appointment that is still to come, UTC seconds, None where it was not asked for or is not known.
    """

    refused: FileRefused | None = None
    died: bool = False
    earliest: float | None = None


class Order(NamedTuple):
    """What the process is told: a file, the moment in UTC seconds, and how files are read."""

    path: Path
    now: float
    settings: Settings
    profile: Profile
    with_earliest: bool


class CheckProcess:
    """
    The process; started with the first file, and again after it died.

    ``readable``: the folder whose files it may open; by default that of the copies, which each have a folder in it. ``loaded``: a process
    that forks it, for several folders in turn.
    """

    def __init__(self, readable: Path | None = None, loaded: LoadedProcess | None = None) -> None:
        self._process: CheckBegun | None = None
        self._loaded = loaded
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._readable = readable
        self._may_read: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def check(self, job: Job, path: Path, *, with_earliest: bool = False) -> Checked:
        """Have a file read by the job's settings and profile, within ``check_seconds``."""
        order = pickle.dumps(Order(path, job.now(), _of_reading(job.settings), job.profile, with_earliest))
        answer = self._asked(order.hex().encode(), path, job.settings.check_s + GRACE_S)
        return Checked(died=True) if answer is None else _checked(orjson.loads(answer))

    def escapes(self, outside: Path) -> tuple[str, ...] | None:
        """Have the process try what it should not be able to do; return what it could, None where it does not work here."""
        with tempfile.TemporaryDirectory() as empty:
            order = _ESCAPES + os.fsencode(outside).hex().encode()
            answer = self._asked(order, Path(empty).resolve() / "copy" / "file", GRACE_S * 6)
        return None if answer is None else tuple(orjson.loads(answer))

    def _asked(self, order: bytes, path: Path, within_s: float) -> bytes | None:
        process = self._started(self._readable or path.parent.parent)
        watchdog = threading.Timer(within_s, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            stdin.write(order + b"\n")
            stdin.flush()
            answer = stdout.readline()
        except OSError:
            answer = b""
        finally:
            watchdog.cancel()
        if answer.endswith(b"\n"):
            return answer
        self.end()
        return None

    def _started(self, readable: Path) -> CheckBegun:
        # A purge takes old folders of this kind for left ones, also that of a pass that has watched for months.
        is_whole = self._scratch is not None and Path(self._scratch.name).is_dir()
        if not is_whole or self._process is None or _is_gone(self._process) or self._may_read != readable:
            self.end()
            self._may_read = readable
            self._scratch = tempfile.TemporaryDirectory(prefix="importer-reader-", ignore_cleanup_errors=True)
            if self._loaded is not None:
                self._process = _forked(self._loaded, readable, self._scratch.name)
                return self._process
            self._process = subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
                [*_COMMAND, str(readable), self._scratch.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment() | {"TMPDIR": self._scratch.name},
                start_new_session=True,  # Ctrl-C is for the pass, which ends this process itself
            )
        return self._process

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        continue  # what it did not take is nobody's any more
            self._process.wait()
            self._process = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None


def loaded_reader(shared: socket.socket | None = None) -> LoadedProcess:
    """Return a process that has loaded what reading needs, and forks a reader for each folder of copies. ``shared``: a socket to one."""
    return LoadedProcess(_MODULE, _environment, shared)


def _forked(loaded: LoadedProcess, readable: Path, scratch: str) -> CheckBegun:
    begun = loaded.begin()
    told = orjson.dumps([os.fsencode(readable).hex(), scratch, os.getpid()])
    stdin = cast("IO[bytes]", begun.stdin)
    with suppress(OSError):  # one that has died by now is noticed with the first order
        stdin.write(told + b"\n")
        stdin.flush()
    return begun


def _is_gone(process: CheckBegun) -> bool:
    """Whether a process that was asked nothing has ended: nothing else can be read of it."""
    with selectors.DefaultSelector() as seen:
        seen.register(cast("IO[bytes]", process.stdout), selectors.EVENT_READ)
        return bool(seen.select(0))


def _of_reading(settings: Settings) -> Settings:
    """Return the settings that say how files are read, and no other: no address, ledger or token."""
    return Settings(check_s=settings.check_s, sheet=settings.sheet, action=settings.action)


def _environment() -> dict[str, str]:
    ours = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    packages = [str(Path(importer.__file__).parents[1]), *filter(None, sys.path)]
    return {**ours, "PYTHONPATH": os.pathsep.join(packages)}


def _checked(answer: Mapping[str, Any]) -> Checked:
    if "refused" in answer:
        code, sentence, fix = answer["refused"]
        return Checked(FileRefused(sentence, code=code, fix=fix), died=code in _OF_LIMITS)
    return Checked(earliest=answer["earliest"])


def main() -> int:
    """Load, then read files as they are ordered; or fork a process for each folder of copies, which does so."""
    limit_memory()
    # All that reading needs is loaded before anything is given up; with pandas, which the memory's limit is there before.
    from importer.commands import check, job  # noqa: F401, PLC0415 - loaded for later
    from importer.ingest import reader_limits  # noqa: F401, PLC0415 - likewise

    if sys.argv[1:] == [FORKS]:
        _read_once()
        return serve_forks(_read_in_a_fork)
    return _read_all(Path(sys.argv[1]), Path(sys.argv[2]))


_SAMPLE: Final = """\
externalEventId,phone,firstName,lastName,emailAddress,eventType,eventDateTime,subscriberTimeZone,remindTimeOffset
1,(212) 555-0101,Ana,Lee,ana@clinic.example,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2027-03-08 09:00,America/New_York,PT24H
"""


def _read_once() -> None:
    """Read a sheet of our own, so that every fork has what is loaded and built with the first one."""
    from importer.model.profile import Profile  # noqa: PLC0415 - the pass has it, by a job

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.csv"
        path.write_text(_SAMPLE, encoding="utf-8")
        _answer(Order(path, time.time(), Settings(ledger_url="-"), Profile(), with_earliest=True))


def _read_in_a_fork() -> int:
    """Read files as they are ordered; the first line says which folder they lie in, where to write, and who orders."""
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    readable, scratch, owner = orjson.loads(line)
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    return _read_all(Path(os.fsdecode(bytes.fromhex(readable))), Path(scratch), owner)


def _read_all(readable: Path, scratch: Path, owner: int | None = None) -> int:
    from importer.ingest import reader_limits  # noqa: PLC0415 - loaded by now

    reader_limits.confine(readable, scratch, owner=owner)
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        if line.startswith(_ESCAPES):
            outside = Path(os.fsdecode(bytes.fromhex(line.removeprefix(_ESCAPES).decode())))
            out.write(orjson.dumps(list(reader_limits.escapes(outside))) + b"\n")
            out.flush()
            continue
        order: Order = pickle.loads(bytes.fromhex(line.decode()))  # noqa: S301  # the pass orders, nobody else
        out.write(orjson.dumps(_answer(order)) + b"\n")
        out.flush()
    return 0


def limit_memory() -> None:
    """Let a file not take the whole machine's memory, and leave no core dump with people's data in it."""
    forbid_core_dumps()
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most))


def _answer(order: Order) -> dict[str, Any]:
    from importer.commands.check import check  # noqa: PLC0415 - the pass, which imports this module, needs none of it
    from importer.commands.job import Job  # noqa: PLC0415 - likewise

    job = Job(order.settings, order.profile, now=lambda: order.now, began=time.monotonic())
    starts = _Earliest(order.now)
    try:
        check(job, [str(order.path)], each_row=starts.see if order.with_earliest else None)
    except ImporterError as error:
        code = error.code if isinstance(error, FileRefused) else "not_checked"
        return {"refused": [code, str(error), error.fix]}
    return {"earliest": starts.found}


class _Earliest:
    """Finds the earliest start that is still to come."""

    def __init__(self, now: float) -> None:
        self._now = now
        self.found: float | None = None

    def see(self, line: Mapping[str, Any]) -> None:
        """Take one row's line."""
        payload = line.get("payload") or {}
        try:
            zone = times.zone(payload["subscriberTimeZone"])
            start = datetime.fromisoformat(payload["eventDateTime"]).replace(tzinfo=zone).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError, OSError):
            return
        if start > self._now and (self.found is None or start < self.found):
            self.found = start


if __name__ == "__main__":
    sys.exit(main())
