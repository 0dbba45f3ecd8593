"""``importer check`` of a workbook against the mere reading of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checking import check
from goals import Found, Goal
from measuring import python, side_by_side
from sheets import write_xlsx

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

CALAMINE = (
    "import sys, python_calamine as c; c.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()"
)
OPENPYXL = "import sys, openpyxl; [0 for row in openpyxl.load_workbook(sys.argv[1], read_only=True).active.values]"


def formats(folder: Path, scale: Scale) -> Found:
    """Measure ``importer check`` of a workbook beside two libraries that only read it."""
    path = write_xlsx(folder / "book.xlsx", scale.workbook_rows)
    commands = {
        "python-calamine": python(CALAMINE, str(path)),
        "openpyxl read-only": python(OPENPYXL, str(path)),
        "importer check": check(path),
    }
    costs = side_by_side(commands, scale.rounds)
    calamine, openpyxl, ours = costs.values()
    lines = [["", "CPU s", "wall s", "against calamine", "peak MB"]]
    lines += [
        [name, f"{c.cpu_s:.2f}", f"{c.wall_s:.2f}", f"{c.cpu_s / calamine.cpu_s:.2f}", f"{c.peak_mb:.0f}"]
        for name, c in costs.items()
    ]
    goals = [
        Goal("check of a workbook against python-calamine reading it, CPU", ours.cpu_s / calamine.cpu_s, most=3),
        Goal("the same against openpyxl read-only", ours.cpu_s / openpyxl.cpu_s, most=1),
    ]
    return Found(lines, goals, f"A workbook of {scale.workbook_rows:,} rows and 14 columns.")
