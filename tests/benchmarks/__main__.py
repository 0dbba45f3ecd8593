"""
What speed and memory cost, measured side by side in one run and printed as ratios.

    python tests/benchmarks [--rows 1000000] [--rounds 5] [checking] [formats] [starting] [sending]

``RESULTS.md`` beside this file keeps what was measured. These are programs, not tests: the machine decides the
seconds, so only ratios are worth reading.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

import parts
from measuring import machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("part", nargs="*", choices=[*parts.PARTS, []], default=list(parts.PARTS))
    chosen = parser.parse_args()
    print(f"{machine()}; {chosen.rows:,} rows, medians of {chosen.rounds}\n")
    with TemporaryDirectory() as folder:
        for name in chosen.part:
            print(f"## {name}\n\n{parts.PARTS[name](Path(folder), chosen.rows, chosen.rounds)}\n", flush=True)


if __name__ == "__main__":
    main()
