"""Pacing: how much of the allowed rate ``importer run`` uses, and how often it is refused."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from api import Behaviour, api
from goals import Found, Goal
from measuring import cost_of, importer
from sending import sending_seconds
from sheets import write_csv

if TYPE_CHECKING:
    from scale import Scale

ALLOWED = 200
BURST = 20
LATENCY_S = 0.02
WORKERS = 32
CASES = {"known: --rate 200": ("200", False), "known: x-ratelimit headers": ("0", True), "unknown": ("0", False)}
FOREIGN = {0.002: 120.0, 0.01: 100.0}
"""Rows a second that are the goal at the default rate, for a share of 429s that our rate does not cause."""
MANY_FOREIGN, FEW_ROWS, MOST_S = 0.2, 400, 60.0


def pacing(folder: Path, scale: Scale) -> Found:
    """Send rows to a server that allows 200 calls a second, with and without knowing it."""
    path = write_csv(folder / "pacing.csv", scale.paced_rows)
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
    for place in range(scale.rounds):
        for number, (name, (rate, told)) in enumerate(CASES.items()):
            seen[name].append(_paced(path, folder / f"paced-{place}-{number}", rate, told=told))
    lines = [["", "share of the limit", "lowest", "429s per 1,000 rows", "most"]]
    goals = []
    for name, runs in seen.items():
        shares, refused = zip(*runs, strict=True)
        share, per_1000 = statistics.median(shares), statistics.median(refused)
        lines.append([name, f"{share:.1%}", f"{min(shares):.1%}", f"{per_1000:.1f}", f"{max(refused):.1f}"])
        known = name.startswith("known")
        goals.append(Goal(f"{name}: share of the limit", share, least=0.97 if known else 0.88, form="{:.1%}"))
        goals.append(Goal(f"{name}: 429s per 1,000 rows", per_1000, most=0 if known else 15, form="{:.1f}"))
    how = (
        f"{scale.paced_rows:,} rows, {WORKERS} workers, a server that allows {ALLOWED} calls a second (a token bucket"
        f" of {BURST}), answers after {LATENCY_S * 1000:.0f} ms, and else 429 with Retry-After 1. The rate is counted"
        " at the server, from the first call that it took to the last."
    )
    return Found(lines, goals, how)


def _paced(path: Path, folder: Path, rate: str, *, told: bool) -> tuple[float, float]:
    """Return the share of the limit that was used, and the 429s for each 1,000 rows."""
    with api(Behaviour(LATENCY_S, ALLOWED, BURST, told)) as (url, counted):
        cost_of(
            importer("run", str(path), "--yes", "--quiet", "--rate", rate, "--concurrency", str(WORKERS),
                     "--base-url", url, "--ledger", f"{folder}.db", "--reports", str(folder)),
            IMPORTER_TOKEN="benchmark",
        )  # fmt: skip
    return counted.rate / ALLOWED, 1000 * counted.refused / len(counted.taken)


def foreign(folder: Path, scale: Scale) -> Found:
    """Send rows to a server that refuses some calls whatever their rate."""
    lines = [["foreign 429s", "rows", "rows a second", "lowest", "seconds", "longest"]]
    goals = []
    for share in (*FOREIGN, MANY_FOREIGN):
        rows = min(scale.paced_rows, FEW_ROWS) if share == MANY_FOREIGN else scale.paced_rows
        path = write_csv(folder / f"foreign-{share}.csv", rows)
        seconds = [_foreign(path, folder / f"foreign-{share}-{place}", share) for place in range(scale.rounds)]
        middle, longest = statistics.median(seconds), max(seconds)
        lines.append(
            [
                f"{share:.1%}",
                f"{rows:,}",
                f"{rows / middle:.0f}",
                f"{rows / longest:.0f}",
                f"{middle:.1f}",
                f"{longest:.1f}",
            ]
        )
        if share == MANY_FOREIGN:
            goals.append(Goal(f"{share:.1%} foreign 429s: seconds for all rows", longest, most=MOST_S, form="{:.1f}"))
        else:
            goals.append(
                Goal(f"{share:.1%} foreign 429s: rows a second", rows / middle, least=FOREIGN[share], form="{:.0f}")
            )
    how = (
        f"Default rate, a server without a limit that answers after {LATENCY_S * 1000:.0f} ms, and the said share of calls,"
        " drawn at random, with 429 and Retry-After 1. Timed by the durable ledger, from the first attempt to the last"
        " settlement, waits of refused rows included."
    )
    return Found(lines, goals, how)


def _foreign(path: Path, folder: Path, share: float) -> float:
    """Return the seconds of sending."""
    with api(Behaviour(LATENCY_S, foreign=share)) as (url, _):
        cost_of(
            importer("run", str(path), "--yes", "--quiet", "--base-url", url, "--ledger", f"{folder}.db",
                     "--reports", str(folder)),
            IMPORTER_TOKEN="benchmark",
        )  # fmt: skip
    return sending_seconds(Path(f"{folder}.db"))
