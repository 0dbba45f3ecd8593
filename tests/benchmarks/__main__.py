"""
What speed and memory cost, measured side by side in one run and printed as ratios beside their goals.

    python tests/benchmarks [--quick] [--write] [PART...]

All of it takes about half an hour on two quiet cores; ``--quick`` a minute or two, for a look. ``--write`` keeps the
figures in ``RESULTS.md`` beside this file. These are programs, not tests: the machine decides the seconds, so only
ratios are worth reading.

frictionless (``pip install -e '.[bench]'``) and newman (``npm install newman``) are measured where they are found;
BENCHMARK_FRICTIONLESS_PYTHON and BENCHMARK_NEWMAN name them elsewhere.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

from parts import PARTS
from results import machine, written
from scale import Scale

QUICK = Scale(rows=20_000, rounds=1)
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    chosen = arguments()
    scale = Scale(chosen.rows or (QUICK if chosen.quick else Scale()).rows, chosen.rounds or (1 if chosen.quick else 5))
    print("\n".join(machine()))
    print(f"{scale.rows:,} rows, medians of {scale.rounds}\n", flush=True)
    found = {}
    for name, measure in PARTS.items():
        if name in chosen.part:
            with TemporaryDirectory() as folder:
                found[name] = measure(Path(folder), scale)
            print(f"## {name}\n\n{found[name].markdown()}\n", flush=True)
            if chosen.write:
                # After each part: a program that fails in the last one must not cost what the others have measured.
                chosen.results.write_text(written(found, scale, chosen.results), "utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, help="of the large sheets; 1,000,000 if not said")
    parser.add_argument("--rounds", type=int, help="of the medians; 5 if not said")
    parser.add_argument("--quick", action="store_true", help="20,000 rows, one round")
    parser.add_argument("--write", action="store_true", help="keep the figures in RESULTS.md")
    parser.add_argument("--results", type=Path, default=RESULTS, help="keep them elsewhere")
    parser.add_argument("part", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    chosen = parser.parse_args()
    if unknown := set(chosen.part) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    chosen.part = chosen.part or list(PARTS)
    return chosen


if __name__ == "__main__":
    main()
