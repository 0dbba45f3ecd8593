"""
One unit of a pass over many tenants: a pass over one drop, in whatever process it is carried out.

What it is told and what it answers are plain values, so that they can travel, and be read by another version of the importer, too.

Whoever only hands units out loads this module, too: what a pass over a drop needs is loaded by the process that carries the unit out.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import warnings
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from multiprocessing import connection, parent_process, util
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer import __version__
from importer.errors import Exit, ImporterError, Interrupted, SettingsError, bare_traceback, chain, forbid_core_dumps
from importer.ingest.check_process import CheckProcess, loaded_reader
from importer.ingest.pass_results import DropResult, FileResult
from importer.interrupts import StopSignal
from importer.settings import load, notify_of
from importer.settings.file import read_config
from importer.settings.table import CONFIG_VARIABLE
from importer.tenants.settings_digest import settings_digest

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from importer.commands.job import Event
    from importer.ingest.loaded_process import LoadedProcess
    from importer.model.drops import Drop
    from importer.model.profile import Profile
    from importer.settings import Settings
    from importer.settings.file import ConfigFile

GRACE_S: Final = 1.0


class Unit(NamedTuple):
    """
    What a worker is told: names, and hashes of what both should have alike.

    ``tenant``: "" where there are no tenants. ``others``: drops of the tenant that are units of their own. ``is_last``: it is the
    tenant's last in this pass. ``has_died``: the process that carried it out before has died.
    """

    tenant: str
    drop: str
    digest: str
    version: str = __version__
    others: tuple[str, ...] = ()
    is_last: bool = True
    has_died: bool = False

    @property
    def name(self) -> str:
        """What people call its drop."""
        return f"{self.tenant}/{self.drop}" if self.tenant else self.drop


class UnitResult(NamedTuple):
    """
    What a unit came to. ``failed``: the exit code of what kept the pass from being made, None for one that was.

    ``is_over``: the rest of its tenant is for the next pass. ``notes``: of those who could not be told of it.
    """

    drop: DropResult
    failed: Exit | None = None
    is_over: bool = False
    notes: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return plain values."""
        failed = None if self.failed is None else int(self.failed)
        codes = [int(code) for code in self.drop.codes]
        return {
            "drop": {**asdict(self.drop), "codes": codes},
            "failed": failed,
            "is_over": self.is_over,
            "notes": list(self.notes),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> UnitResult:
        """Return the result that these values tell of."""
        drop = data["drop"]
        files = [FileResult(**{**file, "news": tuple(file["news"])}) for file in drop["files"]]
        failed = None if data["failed"] is None else Exit(data["failed"])
        return cls(
            DropResult(drop["drop"], files, drop["codes"], drop["news"]), failed, data["is_over"], tuple(data["notes"])
        )


def not_made(name: str, code: Exit, *news: str) -> UnitResult:
    """Return the result of a unit whose pass could not be made, which stops its tenant."""
    return UnitResult(DropResult(name, codes=[int(code)], news=list(news)), failed=code, is_over=True)


def carry_out(told: Mapping[str, Any]) -> dict[str, Any]:
    """Go over one drop, in this process; return what came of it as plain values. Raises nothing: an error is a result."""
    if told.get("version") != __version__:
        name = "/".join(filter(None, (str(told.get("tenant", "")), str(told.get("drop", "")))))
        news = f"{name}: a worker has version {__version__} of the importer, and {told.get('version')} was ordered."
        return not_made(name, Exit.USAGE, f"{news} Install one version everywhere.").as_data()
    unit = Unit(**{**told, "others": tuple(told["others"])})
    stop = _FirstSignal()
    try:
        with _WORKER.at_work, stop.on_signals():
            return _carried_out(unit, stop).as_data()
    except Interrupted as stopped:
        return not_made(unit.name, stopped.exit_code).as_data()
    except ImporterError as error:
        return not_made(unit.name, error.exit_code, f"{unit.name}: {error} {error.fix}".strip()).as_data()
    except Exception as error:  # noqa: BLE001  # a bug that one tenant wakes must not cost the others anything
        lines = [line for link in reversed(list(chain(error))) for line in bare_traceback(link)]
        return not_made(
            unit.name, Exit.BUG, f"{unit.name}: Unexpected error ({type(error).__name__}).", *lines
        ).as_data()
    finally:
        from importer.model.chunks import forget_cells  # noqa: PLC0415 - see above

        forget_cells()


def _carried_out(unit: Unit, stop: StopSignal) -> UnitResult:
    from importer.commands.job import NO_LOG, Job, Stage  # noqa: PLC0415 - see above, here and below
    from importer.ingest.notices import audience_of  # noqa: PLC0415
    from importer.ingest.passes import Means, Part, go_over  # noqa: PLC0415
    from importer.writing.atomic_files import opened_log  # noqa: PLC0415

    settings, profile = _in_force(unit.tenant)
    if settings_digest(settings, unit.drop) != unit.digest:
        raise SettingsError(
            "A worker has other settings, another token, or another file that the settings name, than the machine that ordered this pass. Nothing was sent.",
            fix=f"Let {CONFIG_VARIABLE} of each worker name the same settings, and let such files (do_not_text, ca_bundle, query_file, urls_file) be the same; options of the command line do not reach a cluster.",
        )
    notes: list[str] = []

    def hear(event: Event) -> None:
        if event.stage is Stage.NOTE:
            notes.append(event.text)

    with ExitStack() as closing:
        log: Any = NO_LOG
        if settings.log_path is not None:
            log = closing.enter_context(opened_log(settings.log_path, time.time))
        typed = (*_WORKER.typed, *(("--tenant", unit.tenant) if unit.tenant else ()))
        job = Job(settings, profile, on_event=hear, stop=stop, log=log, typed=typed)
        audience = audience_of(notify_of(settings), watching=True)
        means = Means(checks=_checks(), audience=audience, part=Part(unit.others, unit.is_last, unit.has_died))
        made = go_over(job, [_drop_of(settings, unit.drop)], means)
    (drop,) = made.drops
    drop.news[:0] = [f"{unit.name}: {note}" for note in notes]
    return UnitResult(drop, is_over=made.is_over, notes=made.notes)


class _FirstSignal(StopSignal):
    """
    The wish to stop as a worker hears it: however many signals ask it to stop, it stops once, gently.

    A system that stops a service signals all of its processes, and so does the pass that the workers are of. That a person wants to
    leave at once, the pass says by ``LEAVE``.
    """

    def set(self, signum: int | None = None) -> None:
        """Raise the wish, once."""
        if not self.raised:
            super().set(signum)


LEAVE: Final = getattr(signal, "SIGUSR1", signal.SIGTERM)
"""The signal to a worker to leave at once; what was on its way stands in the ledger, and the next pass goes on."""


def _leave(_number: int, _frame: object) -> None:
    timer = threading.Timer(GRACE_S, os._exit, (int(Exit.INTERRUPTED),))
    timer.daemon = True
    timer.start()


@dataclass(slots=True)
class _Kept:
    """What a process keeps from unit to unit. ``typed``: options for commands that are shown; ``at_work``: held by a unit."""

    typed: tuple[str, ...] = ()
    loaded: LoadedProcess | None = None
    checks: CheckProcess | None = None
    at_work: threading.Lock = field(default_factory=threading.Lock)
    settings: dict[str, tuple[Settings, Profile, list[ConfigFile]]] = field(default_factory=dict)


_WORKER: Final = _Kept()


def _checks() -> CheckProcess:
    if _WORKER.checks is None:
        _WORKER.loaded = _WORKER.loaded or loaded_reader()
        _WORKER.checks = CheckProcess(loaded=_WORKER.loaded)
        util.Finalize(None, _end_checks, exitpriority=1)
    return _WORKER.checks


def _end_checks() -> None:
    if _WORKER.checks is not None and _WORKER.loaded is not None:
        _WORKER.checks.end()
        _WORKER.loaded.end()


def _in_force(tenant: str) -> tuple[Settings, Profile]:
    """Return the settings and the profile of a tenant, read again once a settings file has changed."""
    kept = _WORKER.settings.get(tenant)
    if kept is not None and all(now is before for now, before in zip(_files(kept[0]), kept[2], strict=True)):
        return kept[:2]
    settings, profile = load({"tenant": tenant or None})
    _WORKER.settings[tenant] = (settings, profile, _files(settings))
    return settings, profile


def _files(settings: Settings) -> list[ConfigFile]:
    return [read_config(path, of_folder=path == settings.folder_config) for path in settings.config_paths]


def _drop_of(settings: Settings, name: str) -> Drop:
    """Return a drop by its name. ``SettingsError``: the tenant has no such drop, or its table is wrong."""
    for file in _files(settings):
        if name in (file.drops if settings.tenant is None else file.tenants.get(settings.tenant, {}).get("drops", ())):
            return file.drop(name)
    raise SettingsError(f"The settings have no drop {name}.", fix="Correct the settings file.")


def begin_worker(environ: Mapping[str, str], typed: tuple[str, ...], readers: socket.socket | None) -> None:
    """
    Make this process one that carries out units, of whoever started it. ``readers``: a socket to the process that forks its readers.

    Ctrl-C in a terminal is for the process that started it, which passes it on; once that one is gone, nothing new is begun.
    """
    forbid_core_dumps()
    if hasattr(os, "setsid"):
        os.setsid()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # between units; a unit hears it
    signal.signal(LEAVE, _leave)
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    os.environ.update(environ)
    _WORKER.typed = typed
    _WORKER.loaded = loaded_reader(readers)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def process_id() -> int:
    """Return the worker's own process."""
    return os.getpid()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is None:
        return
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)  # ends it at once between units, gently within one
    with _WORKER.at_work:
        os._exit(int(Exit.TERMINATED))
