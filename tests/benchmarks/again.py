"""The second run of an unchanged file: every row is known, and nothing is sent."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import TYPE_CHECKING

from api import Behaviour, api
from checking import check
from goals import Found, Goal
from measuring import cost_of, importer, median
from sheets import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from measuring import Cost
    from scale import Scale

PAGE = 5_000


def again(folder: Path, scale: Scale) -> Found:
    """Measure ``importer run`` of a sheet whose rows were all sent before, beside ``importer check`` of it."""
    path = write_csv(folder / "again.csv", scale.known_rows)
    known = folder / "known.db"
    cost_of([sys.executable, __file__, str(path), str(known)])
    costs: dict[str, list[Cost]] = {"importer check": [], "importer run, the second time": []}
    requests = 0
    for place in range(scale.rounds):
        costs["importer check"].append(cost_of(check(path)))
        cost, asked = _run(path, shutil.copy(known, folder / "again.db"), folder / f"again-{place}")
        costs["importer run, the second time"].append(cost)
        requests += asked
    checked, ran = (median(of_one) for of_one in costs.values())
    lines = [["", "CPU s", "wall s", "against check", "peak MB"]]
    lines += [
        [name, f"{c.cpu_s:.2f}", f"{c.wall_s:.2f}", f"{c.cpu_s / checked.cpu_s:.2f}", f"{c.peak_mb:.0f}"]
        for name, c in zip(costs, (checked, ran), strict=True)
    ]
    goals = [
        Goal("second run of an unchanged file against check, CPU", ran.cpu_s / checked.cpu_s, most=2),
        Goal("requests that it sent", requests, most=0, form="{:.0f}"),
    ]
    how = (
        f"{scale.known_rows:,} rows. The first run was staged and planned as any other, and each of its calls settled as"
        " created without HTTP. The second run includes its report."
    )
    return Found(lines, goals, how)


def _run(path: Path, ledger: str | Path, reports: Path) -> tuple[Cost, int]:
    """Return what a run took, and how many requests it made. Its report says that every row was unchanged."""
    with api(Behaviour()) as (url, counted):
        cost = cost_of(
            importer("run", str(path), "--yes", "--quiet", "--base-url", url, "--ledger", str(ledger),
                     "--reports", str(reports)),
            IMPORTER_TOKEN="benchmark",
        )  # fmt: skip
    (summary,) = reports.glob("*/summary.json")
    found = _totals(summary)
    if set(found) != {"unchanged"}:
        raise SystemExit(f"The second run was to find every row unchanged, and found {found}.")
    shutil.rmtree(reports)
    return cost, counted.requests


def _totals(summary: Path) -> dict[str, int]:
    return {status: count for status, count in json.loads(summary.read_text("utf-8"))["totals"].items() if count}


def fill(path: str, ledger_path: str) -> None:
    """Do a first run into a fresh ledger, its calls settled as created in batches instead of being sent."""
    from importer.commands.job import Job
    from importer.commands.ledgers import opened_ledger
    from importer.commands.run import start
    from importer.commands.stage_files import decide, stage_files
    from importer.model.planned_calls import Intent, settled
    from importer.model.records import Attempt
    from importer.settings import load

    job = Job(*load({"ledger": ledger_path}))
    with opened_ledger(job) as ledger:
        run = start(job, ledger, "run")
        stage_files(job, run, [path])
        decide(job, run)
        while calls := run.calls.ready(PAGE):
            now = time.time()
            run.calls.record([Intent(call.row_id) for call in calls])
            run.calls.record((), [
                settled(call, at=now, attempts=(Attempt(now, 0.02, 200, "http_200"),), uuid=f"u-{call.row_id:x}")
                for call in calls
            ])  # fmt: skip
        run.finish(0, "", time.time())


if __name__ == "__main__":
    fill(*sys.argv[1:])
