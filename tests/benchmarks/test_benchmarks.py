"""The programs of the benchmark still run. What they measure is judged by people, on a quiet machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_INSTALLED = {"BENCHMARK_FRICTIONLESS_PYTHON": "no-such-python", "BENCHMARK_NEWMAN": "no-such-newman"}


def measured(place: Path, *parts: str) -> str:
    """Measure parts with a few rows, and return the page that was written."""
    command = [sys.executable, str(HERE), "--rows", "40", "--rounds", "1", "--write", "--results", str(place), *parts]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=250, env={**os.environ, **NOT_INSTALLED}
    )
    assert done.returncode == 0, done.stderr
    return place.read_text("utf-8")


def test_parts_measure_and_judge(tmp_path: Path) -> None:
    """Parts run to their end, each measure stands beside a goal, and the page names neither the machine nor a path."""
    page = measured(tmp_path / "RESULTS.md", "starting")

    assert "## Starting" in page
    assert page.count("| met |") + page.count("| **missed** |") == 4
    assert "cores" in page
    assert os.uname().nodename not in page
    assert str(tmp_path.parent) not in page
    assert str(Path(sys.prefix)) not in page


def test_what_is_missing_is_said_and_the_rest_is_kept(tmp_path: Path) -> None:
    """Without frictionless and newman their lines say so; what people wrote at the end of the page stays."""
    place = tmp_path / "RESULTS.md"
    place.write_text("# Old\n\n## Missed, and why\n\nNobody knows.\n", "utf-8")

    page = measured(place, "validating", "newman")

    assert page.count("not installed (") == 6
    assert page.endswith("## Missed, and why\n\nNobody knows.\n")
    assert "Old" not in page


def test_without_a_part_all_are_measured() -> None:
    """The command without a part means all of them, and a part that is not there is refused by name."""
    code = (
        "import runpy, sys; sys.argv = ['benchmarks']; main = runpy.run_path(sys.path[0] + '/__main__.py');"
        "print(main['arguments']().part == list(main['PARTS']))"
    )
    told = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(HERE)!r}); {code}"]
    done = subprocess.run(told, check=True, capture_output=True, text=True)
    refused = subprocess.run([sys.executable, str(HERE), "lunch"], check=False, capture_output=True, text=True)

    assert done.stdout == "True\n"
    assert refused.returncode == 2
    assert "no such part: lunch" in refused.stderr
