"""Measuring commands side by side: processor seconds and peak memory of whole processes, medians of rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


BIN = Path(sys.executable).parent
LOOK_EVERY_S = 0.02
FINISHED = (0, 4)
"""How a command may end: 4 says that some rows were bad."""


@dataclass(frozen=True)
class Cost:
    """
    What a process took: processor seconds of it and of the children that it waited for, and its peak memory.

    The memory is that of all its processes together, as far as a look every 20 ms sees it.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float


def cost_of(command: Sequence[str], **environ: str) -> Cost:
    """Run a command to its end, its output thrown away, and return what it took."""
    with Path(os.devnull).open("wb") as nothing:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=nothing, stderr=nothing, env={**os.environ, **environ})
        together = 0.0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            together = max(together, resident_mb(process.pid))
            time.sleep(LOOK_EVERY_S)
        wall, usage = time.monotonic() - begun, ended[2]
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    if process.returncode not in FINISHED:
        raise SystemExit(f"{' '.join(command[:3])} ... ended with exit code {process.returncode}.")
    return Cost(usage.ru_utime + usage.ru_stime, wall, max(together, usage.ru_maxrss / 1024))


def resident_mb(pid: int) -> float:
    """Return the memory of a process and of its children together, in MB."""
    return sum(map(_resident_mb, _family(pid)))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def side_by_side(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    """Run all commands in turn, round after round, so that a slow minute of the machine hits each; return medians."""
    seen: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seen[name].append(cost_of(command))
    return {name: median(costs) for name, costs in seen.items()}


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
    )


def importer(*arguments: str) -> list[str]:
    return [str(BIN / "importer"), *arguments]


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]
