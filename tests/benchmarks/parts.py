"""The parts of the benchmark: each makes its sheets, measures, and returns a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measuring import importer, side_by_side, table
from sending import sending
from sheets import write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ_CSV = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str)"
CALAMINE = (
    "import sys, python_calamine as c; c.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()"
)
OPENPYXL = "import sys, openpyxl; [0 for row in openpyxl.load_workbook(sys.argv[1], read_only=True).active.values]"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def checking(folder: Path, rows: int, rounds: int) -> str:
    """Measure ``importer check`` of a CSV against the mere reading by pandas; with bad rows; growth."""
    sheets = {
        "clean": write_csv(folder / "clean.csv", rows),
        "10 % bad": write_csv(folder / "tenth.csv", rows, 0.1),
        "50 % bad": write_csv(folder / "half.csv", rows, 0.5),
        "a tenth of the rows": write_csv(folder / "small.csv", rows // 10),
        "a hundredth": write_csv(folder / "tiny.csv", rows // 100),
    }
    commands = {"pandas.read_csv": python(READ_CSV, str(sheets["clean"]))}
    commands |= {name: importer("check", "--quiet", str(path)) for name, path in sheets.items()}
    costs = side_by_side(commands, rounds)
    read, clean = costs["pandas.read_csv"], costs["clean"]
    lines = [["", "CPU s", "against read_csv", "against clean", "µs a row", "peak MB"]]
    counts = {"a tenth of the rows": rows // 10, "a hundredth": rows // 100}
    for name, cost in costs.items():
        count = counts.get(name, rows)
        lines.append([
            name, f"{cost.cpu_s:.2f}", f"{cost.cpu_s / read.cpu_s:.2f}", f"{cost.cpu_s / clean.cpu_s:.2f}",
            f"{cost.cpu_s / count * 1e6:.1f}", f"{cost.peak_mb:.0f}",
        ])  # fmt: skip
    return table(lines)


def formats(folder: Path, rows: int, rounds: int) -> str:
    """Measure ``importer check`` of a workbook against its mere reading."""
    path = str(write_xlsx(folder / "book.xlsx", max(rows // 5, 1)))
    costs = side_by_side(
        {
            "python-calamine": python(CALAMINE, path),
            "openpyxl read-only": python(OPENPYXL, path),
            "importer check": importer("check", "--quiet", path),
        },
        rounds,
    )
    base = costs["python-calamine"]
    lines = [[f"{max(rows // 5, 1):,} rows", "CPU s", "against calamine", "peak MB"]]
    lines += [[name, f"{c.cpu_s:.2f}", f"{c.cpu_s / base.cpu_s:.2f}", f"{c.peak_mb:.0f}"] for name, c in costs.items()]
    return table(lines)


def starting(_folder: Path, _rows: int, rounds: int) -> str:
    """Measure ``importer --help`` against an empty program."""
    costs = side_by_side({"python -c pass": python("pass"), "importer --help": importer("--help")}, rounds * 4)
    base = costs["python -c pass"]
    lines = [["", "CPU s", "ratio"]]
    lines += [[name, f"{c.cpu_s:.3f}", f"{c.cpu_s / base.cpu_s:.1f}"] for name, c in costs.items()]
    return table(lines)


PARTS: dict[str, Callable[[Path, int, int], str]] = {
    "checking": checking,
    "formats": formats,
    "starting": starting,
    "sending": sending,
}
