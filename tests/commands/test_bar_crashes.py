"""Whole runs whose disk is full, whose ledger is held or whose holder was killed: the lines K6 to K9 of the bar."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desk import Desk, appointments, statuses

from importer.commands.report import report
from importer.commands.run import run
from importer.errors import Exit, LedgerLocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.job import Event

resource = pytest.importorskip("resource")

PROGRAM = Path(sys.executable).with_name("importer")


def started(
    desk: Desk, sheet: str, *, file_limit: int | None = None, options: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the installed program; ``file_limit``: the size beyond which the kernel refuses it every file."""
    line = [str(PROGRAM), "run", sheet, "--ledger", str(desk.folder / "ledger.db"), "--reports"]
    line += [str(desk.folder / "reports"), "--base-url", desk.sandbox.base_url, "--rate", "0", "--yes", *options]
    process = subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "IMPORTER_TOKEN": desk.sandbox.token},
    )
    if file_limit is not None:
        # Long before Python is up.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (file_limit, file_limit))
    return process


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=120)
    return process.returncode, said.decode()


def tried(desk: Desk) -> set[str]:
    """Return the appointments of which the ledger file knows an attempt."""
    path = desk.folder / "ledger.db"
    if not path.exists():  # connecting would make an empty one
        return set()
    with closing(sqlite3.connect(path)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
            return set()
        return {name for (name,) in ledger.execute("SELECT external_event_id FROM rows WHERE attempts > 0")}


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
def test_full_disk_under_the_ledger(desk: Desk) -> None:
    """Nothing leaves that the ledger could not write down first, and once there is room nothing is doubled (bar K6)."""
    sheet = desk.sheet(*appointments(200))
    made: list[int] = []
    # Each run that ends so leaves its rows in the ledger: the room grows by more than they take.
    for limit in (340_000, 900_000):
        code, said = ended(started(desk, sheet, file_limit=limit))
        made.append(len(desk.sandbox.effects("create")))
        assert "Traceback" not in said
        assert code != 0, said
        assert {done.external_event_id for done in desk.sandbox.effects("create")} <= tried(desk)

    code, said = ended(started(desk, sheet))

    assert any(0 < count < 200 for count in made)
    assert code == 0, said
    assert Counter(done.external_event_id for done in desk.sandbox.effects("create")).most_common(1)[0][1] == 1
    assert len(desk.sandbox.effects("create")) == 200


def test_report_that_cannot_be_written_is_made_later(desk: Desk) -> None:
    """Where the reports have no room the run is done and remembered all the same (bar K7)."""
    place = desk.folder / "reports"

    sheet = desk.sheet(*appointments(3))

    def fill_up(_: Event) -> None:
        """Put a file in the way once the run is at work: a place that is taken before it is refused."""
        if desk.sandbox.requests() and not place.exists():
            place.write_text("in the way")

    result = run(replace(desk.job(), on_event=fill_up), [sheet])

    assert result.exit_code is Exit.SOME_ROWS_FAILED
    assert statuses(result) == ["created"] * 3
    assert result.paths == {}
    place.unlink()
    again = report(desk.job(), result.run.id)
    assert set(again.paths) == {"results.csv", "results.xlsx", "to_fix.xlsx", "report.html", "summary.json"}
    assert again.exit_code is Exit.DONE
    assert len(desk.sandbox.requests()) == 3


HOLD = """
    import sqlite3, sys, time
    ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
    ledger.execute("BEGIN EXCLUSIVE")
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    ledger.rollback()
"""


def held(desk: Desk, seconds: float) -> subprocess.Popen[str]:
    """Have another program hold the ledger's database."""
    line = [sys.executable, "-c", textwrap.dedent(HOLD), str(desk.folder / "ledger.db"), str(seconds)]
    holder = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_ledger_held_by_another_program(desk: Desk) -> None:
    """A run waits as long as it is told, then exits 11 before any request, or goes on (bar K8)."""
    desk.run(*appointments(1))
    before = len(desk.sandbox.requests())
    holder = held(desk, 30)
    with pytest.raises(LedgerLocked) as caught:
        desk.run(*appointments(3), lock_timeout_s=0.5)
    holder.kill()
    holder.communicate()

    assert caught.value.exit_code is Exit.LEDGER_LOCKED
    assert len(desk.sandbox.requests()) == before
    holder = held(desk, 1.5)
    assert statuses(desk.run(*appointments(3), lock_timeout_s=30)) == ["unchanged", "created", "created"]
    holder.communicate()


@pytest.mark.long
def test_overlapping_files_at_once(desk: Desk) -> None:
    """Two programs with sheets that share rows: one waits for the other, and each appointment is made once (bar K8)."""
    rows = appointments(30)
    sheets = [desk.sheet(*rows[:20], name="a.csv"), desk.sheet(*rows[10:], name="b.csv")]

    both = [started(desk, sheet, options=["--lock-timeout", "60"]) for sheet in sheets]

    assert [code for code, _ in map(ended, both)] == [0, 0]
    assert Counter(done.external_event_id for done in desk.sandbox.effects("create")) == {
        row["externalEventId"]: 1 for row in rows
    }


def test_killed_run_holds_nobody_up(desk: Desk) -> None:
    """The lock of a run that was killed is free at once, and the next run makes nothing twice (bar K1, K9)."""
    rows = appointments(300)
    process = started(desk, desk.sheet(*rows))
    while len(desk.sandbox.effects("create")) < 50 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    code, _ = ended(process)

    done = desk.run(*rows, lock_timeout_s=0)

    assert code == -signal.SIGKILL
    assert set(statuses(done)) <= {"created", "unchanged"}
    assert len(desk.sandbox.effects("create")) == 300
