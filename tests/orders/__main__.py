"""
Give commands in any order for long.

``python tests/orders`` draws 20,000 steps on SQLite, and on PostgreSQL where IMPORTER_TEST_POSTGRES names a server;
``python tests/orders --steps 2000 --seed 7`` others; ``--on sqlite`` or ``--on postgresql`` one of them alone.
``python tests/orders --faults`` puts each fault of ``put_back`` back, looks that its own test of the suite fails, and says
after how many drawn steps it was found. Exit code 0: nothing was found, or every fault was.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from command_machine import FOCUSES, Commands, kept_engines  # noqa: E402 - found by the path above
from put_back import FAULTS, put_back  # noqa: E402 - likewise

LENGTH = 50
ORDERS = 5
"""So many orders are drawn about one thing before those about the next. The first of them is always the plainest."""

MOST_PARTS = 1_000
"""Of one seed, so that the next one draws others."""


def play(steps: int, first_seed: int, *, shrinks: bool) -> tuple[int, str]:
    """Draw steps until there are enough; return how many were played, and what was found."""
    Commands.steps, part = 0, 0
    # What is loaded by now stays; searching it for garbage again and again would take a fifth of the time.
    gc.freeze()
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    while Commands.steps < steps:
        Commands.about = (part % len(FOCUSES),)
        how = settings(
            max_examples=min(ORDERS, -(-(steps - Commands.steps) // LENGTH)),
            stateful_step_count=LENGTH,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        try:
            run_state_machine_as_test(seed(first_seed * MOST_PARTS + part)(Commands), settings=how)
        except AssertionError as error:
            return Commands.steps, "\n".join([str(error), *getattr(error, "__notes__", [])])
        part += 1
        if part % len(FOCUSES) == 0:
            print(f"{Commands.steps} steps", file=sys.stderr, flush=True)
    return Commands.steps, ""


def main() -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python tests/orders", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=20_000, help="how many steps to draw")
    parser.add_argument("--seed", type=int, default=1, help="makes the orders repeatable")
    parser.add_argument("--faults", nargs="*", metavar="FAULT", help="put faults back, all or those with these words")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="draw on one database alone")
    asked = parser.parse_args()
    if asked.faults is not None:
        return search(asked.faults, min(asked.steps, 2_000), asked.seed)
    code = 0
    server = os.environ.get("IMPORTER_TEST_POSTGRES")
    if asked.on == "postgresql" and not server:
        parser.error("IMPORTER_TEST_POSTGRES names no server")
    places = {"SQLite": asked.on != "postgresql", "PostgreSQL": server and asked.on != "sqlite"}
    for name in (name for name, is_wanted in places.items() if is_wanted):
        Commands.postgres = "" if name == "SQLite" else unhurried(str(server))
        begun = time.monotonic()
        steps, found = play(asked.steps, asked.seed, shrinks=True)
        print(f"{name}: {steps} steps in {time.monotonic() - begun:.0f} s: {found or 'nothing found'}", flush=True)
        code |= bool(found)
    return code


def unhurried(place: str) -> str:
    """Return the database with commits that do not wait for its disk: here a kill ends the importer, never the server."""
    return f"{place}{'&' if '?' in place else '?'}options=-c%20synchronous_commit%3Doff"


def search(words: list[str], steps: int, first_seed: int) -> int:
    """Put each fault back and look whether it is found."""
    missed = 0
    for name, fault in FAULTS.items():
        if words and not any(word in name for word in words):
            continue
        is_back = breaks(name, fault.proof)
        Commands.wanted = fault.shows
        with put_back(name):
            played, found = play(steps, first_seed, shrinks=False)
        Commands.wanted = ""
        said = found.partition("\n")[0]
        if "TypeError" in said:
            # The code calls what was put back in another way by now, so this is not the fault.
            found, said = "", "the patch does not fit"
        missed += not (found and is_back)
        heard = f"found after {played} steps: {said}" if found else f"not found in {played} steps {said}"
        print(f"{name}: {heard}{'' if is_back else '; BUT ITS OWN TEST PASSES'}", flush=True)
    return 1 if missed else 0


def breaks(fault: str, proof: str) -> bool:
    """Tell whether the test that holds a fault away fails once it is put back."""
    home = Path(__file__).parent
    told = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "put_back", proof]
    there = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (home, home.parents[1]))), "ORDERS_FAULT": fault}
    done = subprocess.run(told, cwd=home.parents[1], env=there, capture_output=True, check=False)
    return done.returncode == pytest.ExitCode.TESTS_FAILED


if __name__ == "__main__":
    with kept_engines():
        sys.exit(main())
