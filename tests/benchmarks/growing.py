"""Whether a row of a large sheet costs as much as one of a small sheet."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from checking import check
from goals import Found, Goal
from measuring import side_by_side
from sheets import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

PLAIN = os.environ.get("BENCHMARK_PLAIN_PYTHON", sys.executable)
"""The Python of an environment that has the importer alone: where hypothesis is installed, pandera loads it too."""

LIBRARIES = "import pandas, pandera.pandas"

WARM = """
import os, sys
from importer.cli.entry import run

def cost(path):
    begun = sum(os.times()[:4])
    run(["check", "--quiet", path])
    return sum(os.times()[:4]) - begun

cost(sys.argv[1])
fixed = min(cost(sys.argv[1]) for _ in range(3))
print(cost(sys.argv[2]) - fixed, file=sys.stderr)
"""
"""Checks a sheet of one row, so that everything is loaded, then tells how much more another sheet costs."""


def growing(folder: Path, scale: Scale) -> Found:
    """Measure what a row costs in sheets of a hundredth, a tenth and all of the rows."""
    counts = [scale.small_rows, scale.tenth_rows, scale.rows]
    one = write_csv(folder / "one.csv", 1)
    sheets = {count: write_csv(folder / f"{count}.csv", count) for count in counts}
    whole = side_by_side({str(count): check(path) for count, path in sheets.items()}, scale.rounds)
    warm = _warm(one, sheets, scale)
    starts = side_by_side(
        {"libraries": [PLAIN, "-c", LIBRARIES], "one row": [PLAIN, "-m", "importer", "check", "--quiet", str(one)]},
        scale.rounds * 3,
    )
    start, libraries = starts["one row"].cpu_s, starts["libraries"].cpu_s
    lines = [["rows", "CPU s", "µs a row", "CPU s without the start", "µs a row", "peak MB"]]
    for count in counts:
        cost = whole[str(count)]
        lines.append([
            f"{count:,}", f"{cost.cpu_s:.2f}", f"{cost.cpu_s / count * 1e6:.1f}", f"{warm[count]:.3f}",
            f"{warm[count] / count * 1e6:.1f}", f"{cost.peak_mb:.0f}",
        ])  # fmt: skip
    lines.append(["1", f"{start:.2f}", "-", "-", "-", f"{starts['one row'].peak_mb:.0f}"])
    lines.append([f"none: `{LIBRARIES}`", f"{libraries:.2f}", "-", "-", "-", f"{starts['libraries'].peak_mb:.0f}"])
    small, large = counts[0], counts[-1]
    net = (warm[large] / large) / (warm[small] / small)
    raw = (whole[str(large)].cpu_s / large) / (whole[str(small)].cpu_s / small)
    measure = f"a row's cost, {large:,} rows against {small:,}"
    goals = [
        Goal(f"{measure}, without the start", net, least=0.8, most=1.2),
        Goal(f"{measure}, with the start", raw, most=1.2),
        Goal("check of one row against loading pandas and pandera, CPU", start / libraries, most=1.3),
        Goal("check of one row, CPU s", start, most=0.85),
    ]
    how = (
        "The start (loading the program and its libraries, and what any sheet costs) comes once, whatever the size, and"
        " is most of what a small sheet costs. So growth is judged without it: in a program that has checked a sheet of"
        " one row before, less what that costs again."
    )
    return Found(lines, goals, how)


def _warm(one: Path, sheets: dict[int, Path], scale: Scale) -> dict[int, float]:
    """Return the CPU seconds of each sheet in a program that is warm; short ones are measured more often."""
    seen: dict[int, list[float]] = {count: [] for count in sheets}
    for _ in range(scale.rounds):
        for count, path in sheets.items():
            seen[count] += [_once(one, path) for _ in range(3 if count < scale.rows else 1)]
    return {count: statistics.median(costs) for count, costs in seen.items()}


def _once(one: Path, path: Path) -> float:
    command = [sys.executable, "-c", WARM, str(one), str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()[-1])
