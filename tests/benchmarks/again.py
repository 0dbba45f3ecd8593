"""The second run of an unchanged file: every row is known, and nothing is sent."""

from __future__ import annotations

import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from api import Behaviour, api
from goals import Found, Goal
from measuring import cost_of, importer, median
from varied import write_varied

if TYPE_CHECKING:
    from measuring import Cost
    from scale import Scale

PAGE = 5_000
BARE, WHOLE = "without the done rows in results.xlsx", "with all reports"


def again(folder: Path, scale: Scale) -> Found:
    """Measure ``importer run`` of sheets whose rows were all sent before, beside ``importer check`` of them."""
    lines = [["", "rows", "CPU s", "beside it, CPU s", "against it", "peak MB", "bytes a row"]]
    goals = []
    for name, rows in ((BARE, scale.rows), (WHOLE, scale.workbook_rows)):
        checked, ran, growth, requests = _side_by_side(folder / str(rows), rows, scale.rounds)
        ratio = ran.cpu_s / checked.cpu_s
        lines.append([
            f"second run, {name}; check", f"{rows:,}", f"{ran.cpu_s:.2f}", f"{checked.cpu_s:.2f}", f"{ratio:.2f}",
            f"{ran.peak_mb:.0f}", f"{growth:.0f}",
        ])  # fmt: skip
        goals += [
            Goal(f"second run against check, CPU, {name}", ratio, most=2.5 if name is BARE else 4),
            Goal(f"its peak memory, MB, {name}", ran.peak_mb, most=400, form="{:.0f}"),
            Goal(f"growth of the ledger a row, bytes, {name}", growth, most=120, form="{:.0f}"),
            Goal(f"requests that it sent, {name}", requests, most=0, form="{:.0f}"),
        ]
    book, bare = _one_file(folder / str(scale.workbook_rows), scale.rounds)
    lines.append(
        [
            "results.xlsx; csv.writer",
            f"{scale.workbook_rows:,}",
            f"{book:.2f}",
            f"{bare:.2f}",
            f"{book / bare:.2f}",
            "",
            "",
        ]
    )
    goals.append(
        Goal(
            f"results.xlsx of {scale.workbook_rows:,} rows against csv.writer of the same cells, CPU",
            book / bare,
            most=6,
        )
    )
    how = (
        "A varied sheet. The first run was staged and planned as any other, and each of its calls settled as created"
        " without HTTP. The second run includes its report. results.xlsx is made from the ledger; csv.writer has its cells in"
        " memory, as texts."
    )
    return Found(lines, goals, how)


def _side_by_side(folder: Path, rows: int, rounds: int) -> tuple[Cost, Cost, float, int]:
    """Return what a check and a second run cost, the bytes that the ledger grew by for each row, and the requests."""
    folder.mkdir()
    sheet, known = write_varied(folder / "again.csv", rows), folder / "known.db"
    cost_of([sys.executable, __file__, "fill", str(sheet), str(known)])
    config = ("--config", str(folder / "importer.toml"))
    checks, runs, growth, requests = [], [], 0.0, 0
    for place in range(rounds):
        checks.append(cost_of(importer("check", "--quiet", *config, str(sheet))))
        ledger = Path(shutil.copy(known, folder / "again.db"))
        # A copy counts as changed by others, and is looked through once.
        cost_of([sys.executable, __file__, "open", str(ledger)])
        cost, asked = _run(sheet, ledger, folder / f"again-{place}", config)
        runs.append(cost)
        requests += asked
        growth = (ledger.stat().st_size - known.stat().st_size) / rows
    return median(checks), median(runs), growth, requests


def _run(path: Path, ledger: Path, reports: Path, config: tuple[str, str]) -> tuple[Cost, int]:
    """Return what a run took, and how many requests it made. Its report says that every row was unchanged."""
    with api(Behaviour()) as (url, counted):
        cost = cost_of(
            importer("run", str(path), *config, "--yes", "--quiet", "--base-url", url, "--ledger", str(ledger),
                     "--reports", str(reports)),
            IMPORTER_TOKEN="benchmark",
        )  # fmt: skip
    (summary,) = reports.glob("*/summary.json")
    found = _totals(summary)
    if set(found) != {"unchanged"}:
        raise SystemExit(f"The second run was to find every row unchanged, and found {found}.")
    shutil.rmtree(reports)
    return cost, counted.requests


def _one_file(folder: Path, rounds: int) -> tuple[float, float]:
    """Return the processor seconds that results.xlsx of the second run takes, and those of its cells by ``csv.writer``."""
    command = [sys.executable, __file__, "one_file", str(folder / "again.db"), str(rounds)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    book, bare = json.loads(told.stdout)
    return book, bare


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

    # Where its profile lies beside it.
    os.chdir(Path(path).parent)
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


def open_once(ledger_path: str) -> None:
    """Open a ledger for writing, and end cleanly."""
    from importer.ledger import open_ledger

    with open_ledger(ledger_path):
        pass


def one_file(ledger_path: str, rounds: str) -> None:
    """Write results.xlsx of the newest run beside its cells by ``csv.writer``, in turn; print the medians of both as JSON."""
    from importer.ledger import open_ledger
    from importer.reporting.run_report import build_report
    from importer.writing.report_files import write_results_csv
    from importer.writing.to_fix import write_results_xlsx

    with open_ledger(ledger_path, read_only=True) as ledger:
        run = ledger.run()
        told = run.report
        report = build_report(run.record(), run.files.all(), told.rows, told.totals(), 0.0, pieces=told.pieces)
        with Path("cells.csv").open("wb") as stream:
            write_results_csv(report, stream)
        book, bare = [], []
        for _ in range(int(rounds)):
            begun = time.process_time()
            with Path("results.xlsx").open("wb") as stream:
                write_results_xlsx(report, stream)
            book.append(time.process_time() - begun)
            bare.append(_by_csv_writer(Path("cells.csv"), Path("bare.csv")))
    print(json.dumps([statistics.median(book), statistics.median(bare)]))


def _by_csv_writer(cells: Path, place: Path) -> float:
    """Return the processor seconds that ``csv.writer`` takes for the cells of a file, which are read without being counted."""
    took = 0.0
    with cells.open(newline="", encoding="utf-8-sig") as read, place.open("w", newline="", encoding="utf-8") as stream:
        rows, writer = csv.reader(read), csv.writer(stream)
        while batch := list(islice(rows, PAGE)):
            begun = time.process_time()
            writer.writerows(batch)
            took += time.process_time() - begun
    return took


STEPS = {"fill": fill, "open": open_once, "one_file": one_file}

if __name__ == "__main__":
    STEPS[sys.argv[1]](*sys.argv[2:])
