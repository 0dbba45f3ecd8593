"""
How the limiter does over many seeds, by a clock that is made up: ``python tests/sending/pacing_table.py [SEEDS]``.

A row a server: rows a second (lowest, middle) and 429s for each 1,000 rows (middle, most).
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from test_pacing import simulate

from importer.pacing import DEFAULT_RATE, Pace, pace

USUAL = pace(DEFAULT_RATE, known=False)
OPEN = {"allowed": 1e9, "burst": 10**9, "latency_s": 0.02}
SERVERS: dict[str, tuple[Pace, dict[str, Any]]] = {
    "0.2 % foreign 429s": (USUAL, {**OPEN, "rows": 3000, "foreign": 0.002}),
    "1 % foreign 429s": (USUAL, {**OPEN, "rows": 3000, "foreign": 0.01}),
    "5 % foreign 429s": (USUAL, {**OPEN, "rows": 1000, "foreign": 0.05}),
    "20 % foreign 429s": (USUAL, {**OPEN, "rows": 400, "foreign": 0.2}),
    "5 a second, bucket of 1": (USUAL, {"allowed": 5, "burst": 1, "latency_s": 0.05, "rows": 300}),
    "5 a second, bucket of 5": (USUAL, {"allowed": 5, "burst": 5, "latency_s": 0.05, "rows": 300}),
    "5 a second, whole seconds": (USUAL, {"allowed": 5, "burst": 5, "latency_s": 0.05, "rows": 300, "window_s": 1.0}),
    "30 a second": (USUAL, {"allowed": 30, "burst": 5, "latency_s": 0.05, "rows": 900}),
    "100 a second": (USUAL, {"allowed": 100, "burst": 20, "latency_s": 0.02, "rows": 3000}),
    "100 a second, 1 % foreign": (
        USUAL,
        {"allowed": 100, "burst": 20, "latency_s": 0.02, "rows": 3000, "foreign": 0.01},
    ),
    "200 a second, known": (
        pace(200, known=True),
        {"allowed": 200, "burst": 20, "latency_s": 0.02, "rows": 3000},
    ),
}


def main(seeds: int) -> None:
    """Print the table."""
    print(f"{'server':28}{'rows/s lowest':>14}{'middle':>8}{'429s middle':>13}{'most':>7}")
    for name, (its_pace, server) in SERVERS.items():
        met = [simulate(its_pace, seed=seed, **server) for seed in range(seeds)]
        rates, refused = [one.rate for one in met], [one.refused for one in met]
        print(
            f"{name:28}{min(rates):14.1f}{statistics.median(rates):8.1f}{statistics.median(refused):13.1f}{max(refused):7.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
