"""
The whole job on the sample data, against a sandbox: nothing leaves the machine and nobody is texted.

Two sheets are played. The first books a clinic's week on the Friday before; the second, on that week's Thursday,
moves some appointments, cancels some and sends no-shows. For each the clock stands where the sheet was made, so that
the demo does not age.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Final

import sample_data
from importer.commands.job import Event, Job, ignore
from importer.commands.run import RunResult, run
from importer.interrupts import StopSignal
from importer.model.profile import Profile
from importer.sandbox import Behaviour, Sandbox
from importer.settings import Settings, TokenSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# As far away as an API usually is.
LATENCY_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Act:
    """One sheet of the play: the copy that is sent, what it shows, and the moment (UTC seconds) at which it plays."""

    sheet: Path
    about: str
    moment: float


@dataclass(frozen=True, slots=True)
class Play:
    """What a demo left behind: its folder (sheets, ledger, ``reports``), and how each act ended."""

    folder: Path
    acts: tuple[tuple[Act, RunResult], ...]


def play(  # noqa: PLR0913 - keyword-only, each with its default
    directory: Path,
    *,
    workbooks: bool = False,
    on_event: Callable[[Event], None] = ignore,
    before: Callable[[Act], object] = lambda _act: None,
    after: Callable[[Act, RunResult], object] = lambda _act, _result: None,
    stop: StopSignal | None = None,
) -> Play:
    """
    Play both sheets, each in a run with a report, and return how they ended.

    All is written to ``directory``, or to a numbered one beside it when that holds something already. ``workbooks``
    plays the XLSX twins. ``before`` and ``after`` hear of each act; a raised ``stop`` ends the play after its act.

    Raises:
        OSError: the directory cannot be written, or no port is free.
    """
    folder = fresh(directory)
    signal = stop or StopSignal()
    ended: list[tuple[Act, RunResult]] = []
    with Sandbox(behaviour=Behaviour(latency_s=LATENCY_S)) as sandbox:
        settings = settings_for(folder, sandbox)
        for act in acts(folder, workbooks=workbooks):
            if signal.raised:
                break
            before(act)
            job = Job(settings, Profile(), now=clock_from(act.moment), on_event=on_event, stop=signal)
            result = run(job, [str(act.sheet)])
            after(act, result)
            ended.append((act, result))
    return Play(folder, tuple(ended))


def acts(folder: Path, *, workbooks: bool) -> list[Act]:
    """Copy the sheets of the play into a folder and return the acts in their order."""
    document = sample_data.expected()
    names = [name.replace(".csv", ".xlsx") if workbooks else name for name in document["plays"]]
    return [
        Act(sample_data.copy(name, folder), document["files"][name]["about"], sample_data.moment(name))
        for name in names
    ]


def settings_for(folder: Path, sandbox: Sandbox) -> Settings:
    """Return settings that send to the sandbox and keep everything in the folder."""
    return Settings(
        base_url=sandbox.base_url,
        ledger_url=str(folder / "ledger.db"),
        reports_dir=folder / "reports",
        token_source=TokenSource.of(sandbox.token),
        yes=True,
    )


def clock_from(moment: float) -> Callable[[], float]:
    """Return a clock that shows this moment now and goes on from there."""
    begun = time.monotonic()
    return lambda: moment + time.monotonic() - begun


def fresh(directory: Path) -> Path:
    """Make the directory and return it; one that holds something already is left alone for ``NAME-2``, ``NAME-3``."""
    for candidate in chain([directory], (directory.with_name(f"{directory.name}-{number}") for number in count(2))):
        candidate.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any(candidate.iterdir()):
            return candidate
    raise AssertionError("numbers do not end")
