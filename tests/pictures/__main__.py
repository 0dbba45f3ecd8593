"""
The pictures of the READMEs: page, workbook and terminal, of a clinic's week and of a bad week; a plan's page; the coordinators' page.

``python tests/pictures [DIRECTORY]`` runs the importer against a sandbox, opens what it wrote in Chromium and in
LibreOffice, and leaves pictures in ``reports/pictures`` and a whole report in ``reports/example``. Needs playwright, Chromium, LibreOffice and pdftoppm.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from coordinators import pictures_of_coordinator
from office import picture_of_sheet
from screen import pictures_of_page
from tube import svg
from weeks import bad_week, clinic_plan, clinic_week

from importer.cli.plan_command import lines as plan_lines
from importer.cli.terminal import dressed
from importer.reporting.run_end import summary_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.cli.terminal import Line
    from importer.commands.run import RunResult

EXAMPLE = "clinic_week"
PLANNED = "importer plan clinic_week_changes.csv --out week.plan --html plan.html"
PICTURES = Path(__file__).parents[2] / "reports" / "pictures"


def main(directory: Path) -> None:
    """Take all pictures."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, play in (("clinic_week", clinic_week), ("bad_week", bad_week)):
        # Paths stand in the pictures: a directory of its own keeps them short.
        with tempfile.TemporaryDirectory(prefix="pictures-") as folder, chdir(folder):
            result = play()
            take(name, result, directory)
            if name == EXAMPLE:
                keep(result, directory.with_name("example"))
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder, chdir(folder):
        found = clinic_plan()
        pictures_of_page(Path(str(found.page)).resolve(), directory, "plan")
        for columns in (80, 120):
            drawn = on_a_terminal(lambda: plan_lines(found), columns)
            (directory / f"plan_terminal_{columns}.svg").write_text(svg(PLANNED, drawn, columns), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        pictures_of_coordinator(Path(folder), directory)
    for path in sorted(directory.iterdir()):
        print(f"{path.stat().st_size:>8,}  {path.name}")


def on_a_terminal(lines: Callable[[], Iterable[Line]], columns: int) -> list[str]:
    """Return lines as a terminal of so many columns shows them, in colour."""
    with redirect_stdout(Screen()), patch.dict(os.environ, COLUMNS=str(columns)):
        return [dressed(line, colour=True) for line in lines()]


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def keep(result: RunResult, directory: Path) -> None:
    """Keep a whole report as the example."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, path in result.paths.items():
        (directory / name).write_bytes(path.read_bytes())


def take(name: str, result: RunResult, directory: Path) -> None:
    """Take the pictures of one run."""
    lines = summary_lines(result.report, paths=result.paths, colour=True)
    (directory / f"{name}_terminal.svg").write_text(svg(f"importer run {name}.csv", lines), encoding="utf-8")
    pictures_of_page(result.paths["report.html"].resolve(), directory, name)
    picture_of_sheet(result.paths["results.xlsx"], directory / f"{name}_rows.png", first_page=True)
    picture_of_sheet(result.paths["results.xlsx"], directory / f"{name}_summary.png", first_page=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PICTURES)
