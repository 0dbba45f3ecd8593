"""Streams that are full or closed, and a folder that is gone, do not end a run, and its exit code stays its own."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

import importer
from importer.sandbox import Sandbox

PROGRAM = Path(sys.executable).with_name("importer")
DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).strftime("%Y-%m-%d")
SHEET = (
    "externalEventId,phone,eventType,eventDateTime,subscriberTimeZone\n"
    f"W-1,2125550155,6c52d314-a3ca-4781-ba70-1d2c3b4a5f60,{DAY}T10:00:00,America/New_York\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize(
    "line",
    [
        pytest.param('exec "$@" > /dev/full', id="stdout-is-full"),
        pytest.param('exec "$@" 2> /dev/full', id="stderr-is-full", marks=pytest.mark.long),
        pytest.param('exec "$@" >&-', id="stdout-is-closed", marks=pytest.mark.long),
        pytest.param('exec "$@" 2>&-', id="stderr-is-closed", marks=pytest.mark.long),
        pytest.param('exec "$@" <&- >&- 2>&-', id="all-are-closed"),
        pytest.param('mkdir gone; cd gone; rmdir ../gone; exec "$@"', id="folder-is-gone"),
    ],
)
def test_a_run_is_carried_out_whatever_its_surroundings(tmp_path: Path, line: str) -> None:
    """All is sent, the report is written, the ledger is whole, and the exit code is 0."""
    (tmp_path / "week.csv").write_text(SHEET, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
    with Sandbox() as sandbox:
        done = subprocess.run(
            ["sh", "-c", line, "sh", str(PROGRAM), "run", str(tmp_path / "week.csv")],
            cwd=tmp_path,
            env={
                **kept,
                "HOME": str(tmp_path),
                "IMPORTER_TOKEN": sandbox.token,
                "IMPORTER_BASE_URL": sandbox.base_url,
                "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
                "IMPORTER_REPORTS": str(tmp_path / "reports"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
        assert len(sandbox.effects("create")) == 1
    assert len(list((tmp_path / "reports").glob("*/results.csv"))) == 1
    assert (tmp_path / "ledger.db").read_bytes().startswith(b"SQLite format 3")


def test_module_is_the_command() -> None:
    """``python -m importer`` is the command ``importer``, under its name."""
    ran = subprocess.run(
        [sys.executable, "-m", "importer", "--help"], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 0
    assert ran.stdout.startswith("Usage: importer [OPTIONS] COMMAND")


def test_the_module_runs_nothing_of_the_current_folder(tmp_path: Path) -> None:
    """A file beside the sheets that is called as a library is not run in its place."""
    (tmp_path / "click.py").write_text("open('ran', 'w').close()\n", "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(Path(importer.__file__).parent.parent)}
    ran = subprocess.run(
        [sys.executable, "-m", "importer", "--help"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, (tmp_path / "ran").exists()) == (0, False)
