"""
Kill importers and watch what comes of it.

``python tests/chaos`` plays all scenarios in full with the installed command (about an hour);
``python tests/chaos --short`` in about a minute with forked importers; ``python tests/chaos k2 --kills 50`` one.
``--ledger postgresql://user:password@host/name`` gives each scenario a schema of its own in that database.
Exit code 0: everything held.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.figures import table
from harness.launching import Forked, Installed
from harness.ledgers import Files, Schemas
from harness.scenarios import SCENARIOS, Size, Stage, play

FULL = Size(rows=2000, kills=200)
# One moment in so many, each in another of the four ways than the one before: the suite tries that it works, the long form that it holds.
SHORT = Size(rows=80, kills=3, every=23, each_way=False)


def main() -> int:
    """Play the scenarios that were asked for and print their figures."""
    asked = arguments()
    size = SHORT if asked.short else FULL
    size = replace(size, rows=asked.rows or size.rows, kills=asked.kills or size.kills, every=asked.every or size.every)
    launcher = Forked() if asked.short or asked.forked else Installed()
    outcomes = []
    schemas = Schemas(asked.ledger, f"chaos_{os.getpid()}") if asked.ledger else None
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
            folder = Path(asked.keep or temporary)
            for name in asked.scenarios or SCENARIOS:
                outcomes.append(play(name, Stage(folder, launcher, schemas or Files(), asked.seed, size)))
                held = "held" if outcomes[-1].held else "BROKEN"
                print(f"{name}: {held} after {outcomes[-1].seconds:.0f} s", flush=True)
    finally:
        if schemas and not asked.keep:
            schemas.drop()
    print(table(outcomes))
    return 0 if all(outcome.held for outcome in outcomes) else 1


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python tests/chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--short", action="store_true", help="small sizes, forked importers")
    parser.add_argument("--forked", action="store_true", help="fork importers instead of starting the command")
    parser.add_argument("--rows", type=int, help="rows of the sheet")
    parser.add_argument("--kills", type=int, help="how often to kill")
    parser.add_argument("--every", type=int, help="every how many-th moment of K4")
    parser.add_argument("--seed", type=int, default=1, help="makes sheet, faults and most moments repeatable")
    parser.add_argument(
        "--ledger", metavar="URL", help="a PostgreSQL database for the ledgers; without it they are files"
    )
    parser.add_argument("--keep", metavar="DIR", help="leave ledgers, logs and output there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
