"""A sheet that moves every appointment that is known: what its plan costs beside staging its rows."""

from __future__ import annotations

import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from again import fill
from goals import Found, Goal
from varied import HEADINGS, write_varied

if TYPE_CHECKING:
    from scale import Scale


def updating(folder: Path, scale: Scale) -> Found:
    """Measure staging and deciding of rows that are all updates, in one process, its ledger filled as in ``again``."""
    sheet = write_varied(folder / "known.csv", scale.tenth_rows)
    moved = _moved(sheet, folder / "moved.csv")
    fill(str(sheet), str(folder / "known.db"))
    found = [_planned(moved, folder) for _ in range(scale.rounds)]
    staged, decided = (statistics.median(each) / scale.tenth_rows * 1e6 for each in zip(*found, strict=True))
    return Found(
        [
            ["", "CPU µs a row"],
            ["check and staging", f"{staged:.0f}"],
            ["deciding, guards included", f"{decided:.0f}"],
        ],
        [Goal("deciding an update against staging its row, CPU", decided / staged, most=2)],
        f"{scale.tenth_rows:,} rows of a varied sheet, each moved to another day.",
    )


def _moved(sheet: Path, target: Path) -> Path:
    """Write the sheet with every visit on another day."""
    day = HEADINGS.index("Date")
    with sheet.open(newline="", encoding="utf-8") as known, target.open("w", newline="", encoding="utf-8") as stream:
        rows, writer = csv.reader(known), csv.writer(stream)
        writer.writerow(next(rows))
        for row in rows:
            month, of_month, year = row[day].split("/")
            row[day] = f"{month}/{of_month if int(of_month) < 13 else int(of_month) % 16 + 1}/{year}"
            writer.writerow(row)
    return target


def _planned(sheet: Path, folder: Path) -> tuple[float, float]:
    """Return the processor seconds of staging and of deciding, done in a process of its own."""
    ledger = shutil.copy(folder / "known.db", folder / "moved.db")
    command = [sys.executable, __file__, str(sheet), str(ledger)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(told[0]), float(told[1])


def plan(path: str, ledger_path: str) -> None:
    """Stage and decide a sheet; print what each took."""
    from importer.commands.job import Job
    from importer.commands.ledgers import opened_ledger
    from importer.commands.run import start
    from importer.commands.stage_files import decide, stage_files
    from importer.model.statuses import Action
    from importer.settings import load

    # Where its profile lies beside it.
    os.chdir(Path(path).parent)
    job = Job(*load({"ledger": ledger_path}))
    with opened_ledger(job) as ledger:
        run = start(job, ledger, "run")
        begun = time.process_time()
        stage_files(job, run, [path], by_chunk=True)
        staged = time.process_time()
        decide(job, run)
        print(staged - begun, time.process_time() - staged)
        if set(run.calls.pending()) != {Action.UPDATE}:
            raise SystemExit("Every row was to be an update.")


if __name__ == "__main__":
    plan(*sys.argv[1:])
