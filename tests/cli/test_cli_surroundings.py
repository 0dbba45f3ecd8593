"""Streams that are full or closed, and a folder that is gone, do not end a run, and its exit code stays its own."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

import importer
from importer.cli.entry import run
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


LONG = "a" * 300
CLOSED = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look anywhere")


@pytest.mark.skipif(os.name != "posix", reason="how long a name may be differs")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("IMPORTER_REPORTS", LONG, "Reports cannot be written to", id="reports"),
        pytest.param("IMPORTER_REPORTS", "a/" * 3_000, "Reports cannot be written to", id="deep-reports"),
        pytest.param("IMPORTER_LEDGER", LONG, "The ledger's name is too long", id="ledger"),
        pytest.param("IMPORTER_LEDGER", "sqlite:///a%00b", "The ledger's name", id="ledger-with-nul"),
        pytest.param("IMPORTER_BASE_URL", f"https://{'a.' * 150}com", "The ledger's name is too long", id="base-url"),
        pytest.param("XDG_STATE_HOME", f"/{LONG}", "The ledger cannot be written", id="state"),
        pytest.param("XDG_CONFIG_HOME", f"/{LONG}", "Whether there are settings at", id="settings"),
        pytest.param(
            "IMPORTER_REPORTS", "closed/reports", "closed may not be written to", id="closed-reports", marks=CLOSED
        ),
        pytest.param("IMPORTER_LEDGER", "closed/ledger.db", "The ledger cannot be", id="closed-ledger", marks=CLOSED),
        pytest.param("XDG_STATE_HOME", "closed/state", "The ledger cannot be", id="closed-state", marks=CLOSED),
        pytest.param(
            "XDG_CONFIG_HOME", "closed/config", "Whether there are settings at", id="closed-settings", marks=CLOSED
        ),
    ],
)
def test_a_place_that_cannot_be_is_no_bug(  # noqa: PLR0917 - what pytest gives, by name
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    """A name that is too long, or a folder that is closed to this user, is exit 2 and a sentence, and nothing is sent."""
    (tmp_path / "week.csv").write_text(SHEET, encoding="utf-8")
    (tmp_path / "closed").mkdir(mode=0)
    for taken in [each for each in os.environ if each.startswith(("IMPORTER_", "XDG_"))]:
        monkeypatch.delenv(taken)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("IMPORTER_TOKEN", "a-token")
    monkeypatch.setenv("IMPORTER_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv(name, str(tmp_path / value) if value.startswith("closed") else value)

    assert run(["run", "week.csv", "--yes"]) == 2
    assert said in capsys.readouterr().err
    assert run(["config", "check"]) == 2
    told = capsys.readouterr()
    assert "bug" not in told.err + told.out
    (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_as_log_of_effects_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sandbox waits for no pipe that is named as its log of effects."""
    os.mkfifo(tmp_path / "pipe")

    assert run(["sandbox", "--port", "0", "--effects", str(tmp_path / "pipe")]) == 2
    assert "is not a regular file" in capsys.readouterr().err
