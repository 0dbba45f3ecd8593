"""How long ``importer --help`` keeps a person waiting."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from goals import Found, Goal
from measuring import importer, python, side_by_side

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

HEAVY = ("pandas", "pandera", "requests")
LOADED = (
    "import sys; sys.argv = ['importer', '--help']\n"
    "from importer.cli import main\n"
    "try: main()\n"
    "except SystemExit: pass\n"
    f"print(sum(name in sys.modules for name in {HEAVY!r}))"
)


def starting(_folder: Path, scale: Scale) -> Found:
    """Measure ``importer --help`` beside an empty program, and count which large libraries it loads."""
    commands = {"python -c pass": python("pass"), "importer --help": importer("--help")}
    costs = side_by_side(commands, scale.rounds * 4)
    empty, ours = costs.values()
    lines = [["", "CPU s", "ratio"]]
    lines += [[name, f"{c.cpu_s:.3f}", f"{c.cpu_s / empty.cpu_s:.1f}"] for name, c in costs.items()]
    told = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True).stdout
    goals = [
        Goal("importer --help against python -c pass, CPU", ours.cpu_s / empty.cpu_s, most=12, form="{:.1f}"),
        Goal(f"of {', '.join(HEAVY)} loaded by it", int(told.split()[-1]), most=0, form="{:.0f}"),
    ]
    return Found(lines, goals)
