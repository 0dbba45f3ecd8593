"""A ledger of a large run: what opening it, resuming and stopping the run, settling its calls, and its rows to fix cost."""

from __future__ import annotations

import io
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import Behaviour, api
from goals import Found, Goal
from measuring import importer, resident_mb
from varied import write_varied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scale import Scale

PAGE = 5_000
SMALL = 50_000
TO_FIX = 400
OPENINGS = 20
SENT_FOR_S, ROWS_A_SECOND = 5.0, 50_000
"""How long a resumed run is let alone before it is asked to stop: so many seconds, and one more for so many rows."""

TERMINATED = 143
LATENCY_S = 0.02
SERVER = "IMPORTER_TEST_POSTGRES"


@dataclass(frozen=True)
class Aged:
    """
    ``first_s``: from the start of ``resume`` to its first request; ``exit_s``: from SIGTERM to its end: seconds of the clock.

    The others are processor time: ``first_cpu_s`` of the same start, ``settle_us`` of a row of the large and of the small run,
    ``open_s`` of the large ledger and of an empty one.
    """

    first_s: float
    first_cpu_s: float
    exit_s: float
    peak_mb: float
    settle_us: tuple[float, float]
    open_s: tuple[float, float]
    to_fix_s: float


def ageing(folder: Path, scale: Scale) -> Found:
    """Measure a run of so many rows on SQLite, and beside it on PostgreSQL where a server is named."""
    found = {"SQLite": _measured(folder, str(folder / "{}.db"), scale)}
    if os.environ.get(SERVER):
        with _schemas() as place:
            found["PostgreSQL"] = _measured(folder, place, scale)
    lines = [["", *found]]
    lines += [[name, *(form.format(_figure(aged, name)) for aged in found.values())] for name, form in FIGURES.items()]
    own = found["SQLite"]
    goals = [
        Goal("resume of a stopped run, processor s to its first request", own.first_cpu_s, most=6),
        Goal("its peak memory, MB", own.peak_mb, most=300, form="{:.0f}"),
        Goal("SIGTERM to the end of a large run, s", own.exit_s, most=5),
        Goal(f"settling a row, {scale.rows:,} against {SMALL:,}", own.settle_us[0] / own.settle_us[1], most=1.2),
        Goal("settling a row of the large run, µs", own.settle_us[0], most=70, form="{:.0f}"),
        Goal("opening the large ledger against an empty one", own.open_s[0] / own.open_s[1], most=2),
        Goal(f"to_fix.xlsx of {TO_FIX} rows, s", own.to_fix_s, most=0.5),
    ]
    if other := found.get("PostgreSQL"):
        goals += [
            Goal(f"{name}: PostgreSQL against SQLite", _figure(other, name) / _figure(own, name), most=1.5)
            for name in FIGURES
            if "opening" not in name
        ]
        # What is measured of opening is how it grows. Two connections and their log-in cost the same at any size.
        grown = [aged.open_s[0] / aged.open_s[1] for aged in (other, own)]
        goals.append(
            Goal(
                "opening the large ledger against an empty one: PostgreSQL against SQLite",
                grown[0] / grown[1],
                most=1.5,
            )
        )
    how = (
        f"A varied sheet of {scale.rows:,} rows, planned and not sent; it is resumed, sends for a moment, and is asked to stop."
        f" Then its calls are settled as created without HTTP, {PAGE:,} in a transaction, once, and {TO_FIX} rows count as"
        " failed. Where it does not say that it is the clock's, time is the processor's: on a server without the server's own."
    )
    return Found(lines, goals, how)


FIGURES = {
    "resume to the first request, s of the clock": "{:.2f}",
    "resume to the first request, s": "{:.2f}",
    "peak memory, MB": "{:.0f}",
    "SIGTERM to the end, s of the clock": "{:.2f}",
    "settling a row, µs": "{:.0f}",
    f"settling a row of {SMALL:,}, µs": "{:.0f}",
    "opening, ms": "{:.1f}",
    "opening an empty one, ms": "{:.1f}",
    "to_fix.xlsx, s": "{:.2f}",
}


def _figure(aged: Aged, name: str) -> float:
    figures = (
        aged.first_s, aged.first_cpu_s, aged.peak_mb, aged.exit_s, *aged.settle_us, aged.open_s[0] * 1e3,
        aged.open_s[1] * 1e3, aged.to_fix_s,
    )  # fmt: skip
    return dict(zip(FIGURES, figures, strict=True))[name]


def _measured(folder: Path, place: str, scale: Scale) -> Aged:
    large, small, empty = (place.format(name) for name in ("large", "small", "empty"))
    settled = []
    for ledger, count in ((small, min(SMALL, scale.rows)), (large, scale.rows)):
        sheet = write_varied(folder / f"{count}.csv", count)
        _told("plan", ledger, str(sheet))
        if ledger == large:
            stops = _stops(ledger, folder, scale.rounds, SENT_FOR_S + count / ROWS_A_SECOND)
        settled.append(float(_told("settle", ledger)) / count * 1e6)
    rounds = range(scale.rounds)
    return Aged(
        *(statistics.median(each) for each in zip(*stops, strict=True)),
        settle_us=(settled[1], settled[0]),
        open_s=(
            statistics.median(float(_told("open", large)) for _ in rounds),
            statistics.median(float(_told("open", empty)) for _ in rounds),
        ),
        to_fix_s=statistics.median(float(_told("fix", large)) for _ in rounds),
    )


def _told(*arguments: str) -> str:
    """Return the last line of what a step of this program prints, done in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1] if done.stdout else ""


def _stops(ledger: str, folder: Path, rounds: int, wait_s: float) -> list[tuple[float, float, float, float]]:
    """Resume the run and ask it to stop, so often; return what the first fields of ``Aged`` say."""
    begun, found = [], []
    with api(Behaviour(latency_s=LATENCY_S)) as (url, counted):
        for _ in range(rounds):
            begun.append(time.monotonic())
            found.append(_stopped(ledger, folder, url, wait_s))
    firsts = [min(moment for moment in counted.taken if moment > at) - at for at in begun]
    return [
        (first, next((cpu for moment, cpu in reversed(watched) if moment <= at + first), 0.0), end, peak)
        for first, at, (watched, peak, end) in zip(firsts, begun, found, strict=True)
    ]


def _stopped(ledger: str, folder: Path, url: str, wait_s: float) -> tuple[list[tuple[float, float]], float, float]:
    """Return the run's processor seconds at moments, its peak MB, and the seconds from SIGTERM to its end."""
    command = importer(
        "resume", "--yes", "--ledger", ledger, "--reports", str(folder / "reports"), "--base-url", url,
        "--config", str(folder / "importer.toml"),
    )  # fmt: skip
    environ = {**os.environ, "IMPORTER_TOKEN": "benchmark"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        watched: list[tuple[float, float]] = []
        peak = 0.0
        is_over = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not is_over.wait(0.02):
                peak = max(peak, resident_mb(process.pid))
                watched.append((time.monotonic(), _cpu_s(process.pid)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        time.sleep(wait_s)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait()
        end = time.monotonic() - asked
        is_over.set()
        watcher.join()
    if process.returncode != TERMINATED:
        raise SystemExit(f"resume was asked to stop, and ended with exit code {process.returncode}.")
    return watched, peak, end


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _schemas() -> Iterator[str]:
    """Give the URL of a schema by its name, ``{}``; they are gone with the block."""
    import psycopg

    server = os.environ[SERVER]
    names = [f"benchmark_{name}_{os.getpid()}" for name in ("large", "small", "empty")]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3Dbenchmark_{{}}_{os.getpid()}"
        finally:
            for name in names:
                connection.execute(f"DROP SCHEMA {name} CASCADE")


def plan_sheet(ledger: str, sheet: str) -> None:
    """Plan the sheet as a run does that is cut off before it sends."""
    from importer.commands.ledgers import opened_ledger
    from importer.commands.run import start
    from importer.commands.stage_files import decide, stage_files

    # Where its profile lies beside it.
    os.chdir(Path(sheet).parent)
    job = _job(ledger)
    with opened_ledger(job) as held:
        run = start(job, held, "run")
        stage_files(job, run, [sheet])
        decide(job, run)


def settle_calls(ledger: str) -> None:
    """Settle what is left as created, finish the run, let some rows fail; print the processor seconds of settling."""
    from sqlalchemy import text

    from importer.commands.ledgers import opened_ledger
    from importer.model.planned_calls import Intent, settled
    from importer.model.records import Attempt

    with opened_ledger(_job(ledger)) as held:
        run = held.run()
        run.recovery.reopen(at=time.time())
        begun, last = time.process_time(), None
        while calls := run.calls.ready(PAGE, last):
            last, now = calls[-1], time.time()
            run.calls.record([Intent(call.row_id) for call in calls])
            run.calls.record((), [
                settled(call, at=now, attempts=(Attempt(now, 0.02, 200, "http_200"),), uuid=f"{hash(call.lane):x}-{call.row_id}")
                for call in calls
            ])  # fmt: skip
        took = time.process_time() - begun
        run.finish(0, "", time.time())
        every = max(sum(file.rows for file in run.files.all()) // TO_FIX, 1)
        with held._store.writing() as connection:
            connection.execute(text(f"UPDATE rows SET status = 'failed', code = 'http_400' WHERE id % {every} = 0"))
    print(took)


def open_often(ledger: str) -> None:
    """Print the seconds of an opening for writing, in a program that has opened it before."""
    from importer.ledger import open_ledger

    took = []
    for _ in range(OPENINGS):
        begun = time.process_time()
        with open_ledger(ledger):
            took.append(time.process_time() - begun)
    print(statistics.median(took))


def fix(ledger: str) -> None:
    """Print the seconds that the workbook to fix takes, once the report was counted."""
    from importer.ledger import open_ledger
    from importer.reporting.run_report import build_report
    from importer.writing.to_fix import parts_to_fix, write_to_fix

    with open_ledger(ledger, read_only=True) as held:
        run = held.run()
        report: Any = build_report(
            run.record(), run.files.all(), run.report.rows, run.report.totals(), 0.0, wanting=run.report.wanting
        )
        begun = time.process_time()
        for part in parts_to_fix(report):
            write_to_fix(report, io.BytesIO(), part=part)
        print(time.process_time() - begun)


def _job(ledger: str) -> Any:
    from importer.commands.job import Job
    from importer.settings import load

    return Job(*load({"ledger": ledger}))


STEPS = {"plan": plan_sheet, "settle": settle_calls, "open": open_often, "fix": fix}

if __name__ == "__main__":
    STEPS[sys.argv[1]](*sys.argv[2:])
