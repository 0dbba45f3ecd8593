"""Measuring commands side by side: processor seconds and peak memory of whole processes, medians of rounds."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Cost:
    """What a process took: processor seconds of it and of the children that it waited for, and its peak memory."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def cost_of(command: Sequence[str], **environ: str) -> Cost:
    """Run a command to its end, its output thrown away, and return what it took."""
    with Path(os.devnull).open("wb") as nothing:
        begun = os.times().elapsed
        process = subprocess.Popen(command, stdout=nothing, stderr=nothing, env={**os.environ, **environ})
        _, _, usage = os.wait4(process.pid, 0)
        wall = os.times().elapsed - begun
    process.returncode = 0
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


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


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}, Python {platform.python_version()}"


def importer(*arguments: str) -> list[str]:
    return [str(BIN / "importer"), *arguments]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first is the heading."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])
