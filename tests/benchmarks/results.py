"""RESULTS.md: what was measured, on what, and how each measure stands to its goal."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from goals import judged
from newman import PROGRAM
from validating import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from goals import Found
    from scale import Scale

LIBRARIES = (
    "pandas", "numpy", "pandera", "phonenumbers", "python-calamine", "openpyxl", "XlsxWriter", "orjson", "SQLAlchemy",
    "requests", "urllib3", "pydantic", "click",
)  # fmt: skip
ABOUT = """\
Written by `python tests/benchmarks --write`. What stands in a table was measured side by side in one run; the machine
decides the seconds, so read the ratios."""
BY_HAND = "## Missed, and why"
"""What stands under this heading is written by people, and kept when the rest is written anew."""


def written(found: Mapping[str, Found], scale: Scale, place: Path) -> str:
    """Return the whole page; what people wrote at its end in ``place`` is kept."""
    goals = [goal for part in found.values() for goal in part.goals]
    missed = sum(not goal.met for goal in goals)
    when = (
        f"{time.strftime('%d %B %Y')}, medians of {scale.rounds} rounds, {scale.rows:,} rows unless it says otherwise"
    )
    parts = [
        "# What was measured",
        ABOUT,
        f"{when}. {len(goals) - missed} of {len(goals)} goals met.",
        judged(goals),
        "## The machine",
        "\n".join(f"- {line}" for line in machine()),
        *(f"## {name.capitalize()}\n\n{part.markdown()}" for name, part in found.items()),
        kept(place),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def kept(place: Path) -> str:
    """Return what people wrote at the end of the page."""
    text = place.read_text("utf-8") if place.exists() else ""
    return text[text.index(BY_HAND) :].rstrip() if BY_HAND in text else ""


def machine() -> Iterator[str]:
    """Yield what the figures were measured on and with; nothing that names the machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    yield f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB of memory, {platform.system()}"
    yield f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    yield f"frictionless {_frictionless()}, newman {_newman()}"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _frictionless() -> str:
    return _told([PYTHON, "-c", "import frictionless; print(frictionless.__version__)"])


def _newman() -> str:
    return _told([PROGRAM, "--version"])


def _told(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return "not installed"
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    return told.stdout.strip() if told.returncode == 0 else "not installed"
