"""``importer run`` against newman with a CSV: one request after the other, as a person without a program would."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

from api import Behaviour, api
from goals import Found, Goal
from measuring import cost_of, importer
from sheets import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

PROGRAM = os.environ.get("BENCHMARK_NEWMAN", "newman")
"""Where newman is: ``npm install newman`` puts it into node_modules/.bin."""

LATENCY_S = 0.02
WORKERS = 32
MANY = 60


def newman(folder: Path, scale: Scale) -> Found:
    """Measure rows a second of both, against a server that answers after 20 ms."""
    measure = "importer run, 32 workers, against newman: times the rows a second"
    if shutil.which(PROGRAM) is None:
        return Found([], [Goal(measure, None, least=50, why="newman is not installed (npm install newman)")])
    path = write_csv(folder / "by-newman.csv", scale.slow_rows)
    large = write_csv(folder / "by-importer.csv", scale.slow_rows * MANY)
    collection = folder / "collection.json"
    theirs, ours = [], []
    for place in range(scale.rounds):
        with api(Behaviour(LATENCY_S)) as (url, counted):
            collection.write_text(json.dumps(_collection(url)), "utf-8")
            theirs.append(_newman(collection, path, scale.slow_rows))
        if counted.requests != scale.slow_rows + 1:
            raise SystemExit(f"newman sent {counted.requests} requests for {scale.slow_rows} rows and one.")
        with api(Behaviour(LATENCY_S)) as (url, counted):
            _importer(large, url, folder / f"beside-newman-{place}")
        ours.append(counted.rate)
    slow, fast = statistics.median(theirs), statistics.median(ours)
    lines = [["", "rows a second", "ratio"], ["newman -d file.csv", f"{slow:.1f}", "1"]]
    lines.append(["importer run", f"{fast:,.0f}", f"{fast / slow:.0f}"])
    how = (
        f"{scale.slow_rows} rows by newman, without what its start takes; {scale.slow_rows * MANY:,} by the importer,"
        f" counted at the server. Answers after {LATENCY_S * 1000:.0f} ms."
    )
    return Found(lines, [Goal(measure, fast / slow, least=50, form="{:.0f}")], how)


def _newman(collection: Path, path: Path, rows: int) -> float:
    """Return rows a second; what newman needs for a single row counts as its start."""
    one = _seconds(collection, path, 1)
    return (rows - 1) / max(_seconds(collection, path, rows) - one, 1e-9)


def _seconds(collection: Path, path: Path, rows: int) -> float:
    command = [PROGRAM, "run", str(collection), "-d", str(path), "-n", str(rows), "--silent"]
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - begun


def _importer(path: Path, url: str, reports: Path) -> None:
    cost_of(
        importer("run", str(path), "--yes", "--quiet", "--rate", "0", "--concurrency", str(WORKERS),
                 "--base-url", url, "--ledger", f"{reports}.db", "--reports", str(reports)),
        IMPORTER_TOKEN="benchmark",
    )  # fmt: skip


def _collection(url: str) -> dict[str, object]:
    """Return a Postman collection of one request: a create with the columns of a row."""
    body = json.dumps({name: f"{{{{{name}}}}}" for name in ("externalEventId", "phone", "firstName", "eventDateTime")})
    request = {
        "method": "POST",
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "url": f"{url}/events/reminders",
        "body": {"mode": "raw", "raw": body},
    }
    about = {"name": "reminders", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}
    return {"info": about, "item": [{"name": "create", "request": request}]}
