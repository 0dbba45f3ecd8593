"""``importer check`` of CSV: against the mere reading by pandas, with bad rows, and its memory."""

from __future__ import annotations

from multiprocessing import get_context
from typing import TYPE_CHECKING

from goals import Found, Goal
from measuring import cost_of, importer, python, side_by_side
from sheets import write_csv
from varied import write_varied

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

READ_CSV = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str)"


def check(path: Path) -> list[str]:
    return importer("check", "--quiet", str(path))


def checking(folder: Path, scale: Scale) -> Found:
    """Measure ``importer check`` of a CSV against the mere reading by pandas; with bad rows; its memory."""
    sheets = {
        "clean": write_csv(folder / "clean.csv", scale.rows),
        "10 % bad": write_csv(folder / "tenth_bad.csv", scale.rows, 0.1),
        "50 % bad": write_csv(folder / "half_bad.csv", scale.rows, 0.5),
        "a tenth of the rows": write_csv(folder / "tenth.csv", scale.tenth_rows),
    }
    commands = {"pandas.read_csv": python(READ_CSV, str(sheets["clean"]))}
    commands |= {name: check(path) for name, path in sheets.items()}
    varied = write_varied(folder / "varied.csv", scale.rows)
    commands["read_csv of varied"] = python(READ_CSV, str(varied))
    commands["varied"] = [*check(varied), "--config", str(varied.with_name("importer.toml"))]
    costs = side_by_side(commands, scale.rounds)
    # Written by another process: a command that is started from this one counts this one's peak memory as its own.
    with get_context("fork").Pool(1) as pool:
        large = pool.apply(write_varied, (folder / "large.csv", scale.rows * 5))
    costs["varied, five times the rows, once"] = cost_of([*check(large), "--config", str(folder / "importer.toml")])
    read, clean = costs["pandas.read_csv"], costs["clean"]
    lines = [["", "CPU s", "wall s", "CPU against read_csv", "CPU against clean", "peak MB"]]
    lines += [
        [name, f"{cost.cpu_s:.2f}", f"{cost.wall_s:.2f}", f"{cost.cpu_s / read.cpu_s:.2f}",
         f"{cost.cpu_s / clean.cpu_s:.2f}", f"{cost.peak_mb:.0f}"]
        for name, cost in costs.items()
    ]  # fmt: skip
    goals = [
        Goal("check against pandas.read_csv, CPU", clean.cpu_s / read.cpu_s, most=3),
        Goal(
            "check of a varied sheet against pandas.read_csv, CPU",
            costs["varied"].cpu_s / costs["read_csv of varied"].cpu_s,
            most=2.5,
        ),
        Goal("10 % bad rows against none, CPU", costs["10 % bad"].cpu_s / clean.cpu_s, most=1.2),
        Goal("50 % bad rows against none, CPU", costs["50 % bad"].cpu_s / clean.cpu_s, most=1.2),
        Goal("peak memory of check, MB", clean.peak_mb, most=300, form="{:.0f}"),
        Goal(
            "peak memory of five times the rows, MB",
            costs["varied, five times the rows, once"].peak_mb,
            most=250,
            form="{:.0f}",
        ),
        Goal("peak memory against a tenth of the rows", clean.peak_mb / costs["a tenth of the rows"].peak_mb, most=1.3),
    ]
    return Found(lines, goals, f"`importer check` of {scale.rows:,} rows of 14 columns, and pandas reading the same.")
