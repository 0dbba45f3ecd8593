"""
Who carries units out: processes of this machine, or a Dask cluster. Of either only ``submit`` of a standard executor is used.

``LocalWorkers`` are as many executors as workers, of one process each: where several share an executor, one that dies ends them all, and
what its siblings had sent last would be in doubt.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from importer.errors import DropUnreachable, Exit, SettingsError, UsageError
from importer.ingest.check_process import loaded_reader
from importer.model.statuses import is_loopback
from importer.tenants.drop_unit import LEAVE, UnitResult, begin_worker, carry_out, not_made, process_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.ingest.loaded_process import LoadedProcess
    from importer.tenants.drop_unit import Unit

MOST_JOBS: Final = 256
CONNECT_S: Final = 30.0
SCHEMES: Final = ("tcp", "tls")

Answer = Future[dict[str, Any]]


class WorkerDied(Exception):
    """The process that carried a unit out has died; it may be carried out again."""


class Workers(Protocol):
    """Carries units out."""

    def has_room(self) -> bool:
        """Whether one more unit would be begun by and by."""

    def submit(self, unit: Unit) -> Answer:
        """Have a unit carried out."""

    def result(self, unit: Unit, answer: Answer) -> UnitResult:
        """Return what a unit came to that has ended. ``WorkerDied``: its process died of something."""

    def interrupt(self, code: Exit, *, urgent: bool) -> None:
        """Ask the units in progress to stop, as a signal would; called again and again while they do."""


@dataclass(slots=True)
class _Worker:
    """One process in an executor of its own. ``asked``: how often the unit in progress was asked to stop."""

    executor: Executor
    pid: Future[int]
    asked: int = 0


@dataclass(slots=True)
class LocalWorkers:
    """
    Processes of this machine. ``environ``: what they see of the settings besides this process's environment.

    ``typed``: options for commands that are shown. One loaded process forks the readers of all of them.
    """

    count: int
    environ: Mapping[str, str] = field(default_factory=dict)
    typed: tuple[str, ...] = ()
    _readers: LoadedProcess = field(default_factory=loaded_reader)
    _idle: list[_Worker] = field(default_factory=list)
    _busy: dict[Answer, _Worker] = field(default_factory=dict)

    def has_room(self) -> bool:
        """Whether a worker waits for a unit."""
        return len(self._busy) < self.count

    def submit(self, unit: Unit) -> Answer:
        """Have a worker carry a unit out; a new one where there is none."""
        while True:
            worker = self._idle.pop() if self._idle else self._started()
            worker.asked = 0
            try:
                answer: Answer = worker.executor.submit(carry_out, unit._asdict())
            except BrokenProcessPool:  # it died between two units
                worker.executor.shutdown(wait=False)
                continue
            self._busy[answer] = worker
            return answer

    def result(self, unit: Unit, answer: Answer) -> UnitResult:
        """Return what a unit came to; a worker that died is replaced by the next unit."""
        worker = self._busy.pop(answer)
        try:
            found = UnitResult.of(answer.result())
        except BrokenProcessPool:
            worker.executor.shutdown(wait=False)
            raise WorkerDied from None
        except Exception as error:  # noqa: BLE001 - what a worker cannot even begin with
            worker.executor.shutdown(wait=False)
            return not_made(unit.name, Exit.BUG, f"{unit.name}: a worker cannot work ({type(error).__name__}).")
        self._idle.append(worker)
        return found

    def interrupt(self, code: Exit, *, urgent: bool) -> None:
        """Send each worker that is busy the signal that this process got; once that came twice, the one to leave at once."""
        number = signal.SIGINT if code is Exit.INTERRUPTED else signal.SIGTERM
        for worker in self._busy.values():
            if worker.pid.done() and worker.pid.exception() is None and worker.asked < 1 + urgent:
                worker.asked += 1
                with suppress(OSError):
                    os.kill(worker.pid.result(), number if worker.asked == 1 else LEAVE)

    def close(self) -> None:
        """End the workers."""
        for worker in (*self._idle, *self._busy.values()):
            worker.executor.shutdown(wait=False, cancel_futures=True)
        self._readers.end()

    def _started(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        readers = None
        with suppress(OSError), _held_back():  # without one, the worker starts its own
            readers = self._readers.share()
        executor = ProcessPoolExecutor(
            1, mp_context=context, initializer=begin_worker, initargs=(dict(self.environ), self.typed, readers)
        )
        with _held_back():
            worker = _Worker(executor, executor.submit(process_id))
        if readers is not None:
            readers.close()
        return worker


@contextmanager
def _held_back() -> Iterator[None]:
    """Start a process with Ctrl-C held back: it comes to the whole terminal, and the process is not ready to hear it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True)
class ClusterWorkers:
    """The workers of a Dask cluster, which queues what is submitted and carries out again what a lost worker had."""

    executor: Executor
    gone: bool = False
    stopped: Exit | None = None
    _answers: set[Answer] = field(default_factory=set)

    def has_room(self) -> bool:
        """Whether the cluster is there: it queues by itself."""
        return not self.gone

    def submit(self, unit: Unit) -> Answer:
        """Have the cluster carry a unit out."""
        try:
            answer: Answer = self.executor.submit(carry_out, unit._asdict())
        except Exception as error:  # noqa: BLE001 - of a library, once its scheduler is gone
            answer = Future()
            answer.set_exception(error)
            self.gone = True
        self._answers.add(answer)
        return answer

    def result(self, unit: Unit, answer: Answer) -> UnitResult:
        """Return what a unit came to; a cluster that is out of reach stops the pass, exit 5."""
        self._answers.discard(answer)
        try:
            return UnitResult.of(answer.result())
        except CancelledError:
            if self.stopped is not None:
                return not_made(
                    unit.name, self.stopped, f"{unit.name}: what a worker of the cluster has begun, it finishes."
                )
            self.gone = True
        except Exception as error:  # noqa: BLE001 - whatever a library and its other end find
            kind = type(error).__name__
            if kind == "KilledWorker":
                raise WorkerDied from None
            if not self.gone:
                return not_made(
                    unit.name, Exit.USAGE, f"{unit.name}: the cluster cannot carry it out ({kind}). Install the importer, in "
                    "this version, on the scheduler and on each worker.",
                )  # fmt: skip
        return not_made(unit.name, Exit.STOPPED, f"{unit.name}: {GONE}")

    def interrupt(self, code: Exit, *, urgent: bool) -> None:  # noqa: ARG002 - of every kind of workers
        """Take back what no worker has begun; what one has begun is left to it, for nothing stops it from here."""
        self.stopped = code
        for answer in list(self._answers):
            answer.cancel()


GONE: Final = "the connection to the scheduler of the cluster was lost. The next pass goes on."


def cluster_address(text: str) -> tuple[str, str]:
    """
    Return a scheduler's address, and what is to be said of it.

    Raises:
        UsageError: it is none that can be used.
    """
    try:
        parts = urlsplit(text.strip())
        is_right = (
            parts.scheme in SCHEMES and bool(parts.hostname) and parts.port is not None and not parts.path.strip("/")
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise UsageError(
            f'"{text}" is no address of a cluster, expected tcp://SCHEDULER:8786 or tls://SCHEDULER:8786.',
            fix="Name the scheduler that dask scheduler shows.",
        )
    if parts.scheme == "tls" or is_loopback(parts.hostname or ""):
        return text.strip(), ""
    return text.strip(), (
        "The way to the cluster is not encrypted, and whoever reaches its scheduler can run programs there. Use tls:// and a private network."
    )


@contextmanager
def local_workers(count: int, environ: Mapping[str, str], typed: tuple[str, ...]) -> Iterator[LocalWorkers]:
    """Give so many workers of this machine; each is started with its first unit."""
    workers = LocalWorkers(count, environ, typed)
    try:
        yield workers
    finally:
        workers.close()


@contextmanager
def cluster_workers(address: str) -> Iterator[ClusterWorkers]:
    """
    Give the workers of a cluster.

    Raises:
        SettingsError: the extra is not installed, or TLS is not set up.
        DropUnreachable: the scheduler cannot be reached, or it has no worker (exit 5).
    """
    if find_spec("distributed") is None:
        raise SettingsError(
            "--cluster needs Dask, which is not installed.",
            fix="Install it with: pip install 'appointment-importer[cluster]'",
        )
    import logging  # noqa: PLC0415 - for this alone

    from distributed import Client  # noqa: PLC0415 - an extra that takes its time to load

    connected: Any = Client  # it publishes types of its values, not of its functions
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = connected(address, timeout=CONNECT_S, set_as_default=False, name="appointment-importer")
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"The cluster {address} cannot be used as it is set up here ({type(error).__name__}).",
            fix="For tls:// name the certificates in Dask's own settings (distributed.comm.tls).",
        ) from None
    except OSError:
        raise DropUnreachable(
            f"The scheduler of the cluster {address} cannot be reached.",
            fix="Start it, or correct --cluster; then run it again.",
        ) from None
    try:
        _wait_for_a_worker(client, address)
        yield ClusterWorkers(client.get_executor(pure=False, retries=2))
    finally:
        with suppress(Exception):
            client.close(timeout=2)


def _wait_for_a_worker(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except Exception:  # noqa: BLE001 - each version has its own
        raise DropUnreachable(
            f"The cluster {address} has no worker.",
            fix="Start one: dask worker ADDRESS --nthreads 1. Then run it again.",
        ) from None
