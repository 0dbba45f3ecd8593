"""A file that hangs or crashes costs itself only, and is set aside after three tries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from desk import appointments
from drop_yard import one, states

from importer.errors import Exit
from importer.guards import scope_of
from importer.ingest import check_process
from importer.ingest.check_process import CheckProcess
from importer.model.profile import Profile
from importer.sandbox import Rule

if TYPE_CHECKING:
    from pathlib import Path

    from drop_yard import Yard

# Takes orders as the real process does, and does to a file named bad.csv what the test asks for. It loads nothing, for it has 2 s.
READER = """
import os, sys, time
for line in sys.stdin.buffer:
    if b"bad.csv" in bytes.fromhex(line.decode()):
        {deed}
    sys.stdout.buffer.write(b'{{"earliest": null}}\\n')
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def with_deed(deed: str) -> CheckProcess:
        program = tmp_path / "reader.py"
        program.write_text(READER.format(deed=deed), encoding="utf-8")
        monkeypatch.setattr(check_process, "_COMMAND", [sys.executable, str(program)])
        return CheckProcess()

    return with_deed


@pytest.mark.parametrize("deed", ["os.abort()", "sys.exit(3)", "time.sleep(60)"], ids=["crash", "exit", "hang"])
def test_file_that_ends_its_reader(yard: Yard, reader: Any, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    """Twice it is tried again and told, the third time it is refused; the other file goes in the first pass."""
    monkeypatch.setattr(check_process, "GRACE_S", 0.5)
    yard.checks = reader(deed)
    yard.put("bad.csv", *appointments(1))
    yard.put("good.csv", *appointments(2))

    passes = [yard.ingest(check_s=1.5 if "sleep" in deed else 60.0) for _ in range(4)]

    assert states(passes[0]) == {"bad.csv": "taken", "good.csv": "done"}
    assert [each.exit_code for each in passes] == [Exit.STOPPED, Exit.STOPPED, Exit.FILE_REFUSED, Exit.DONE]
    assert yard.put_away("refused") == ["bad.csv"]
    assert sorted(yard.creates()) == ["1001", "1002"]
    yard.checks.end()


def test_run_that_dies_of_its_file(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that one file wakes is exit 1 and costs that file only; after three passes it is set aside."""
    decide = "importer.commands.run.decide"
    from importer.commands import run as run_module

    real = run_module.decide

    def dying(job: Any, run: Any, **named: Any) -> Any:
        if run.files.all()[0].name == "bad.csv":
            raise ZeroDivisionError
        return real(job, run, **named)

    monkeypatch.setattr(decide, dying)
    yard.put("bad.csv", *appointments(1))
    yard.put("good.csv", *appointments(2))

    passes = [yard.ingest() for _ in range(4)]

    assert states(passes[0])["good.csv"] == "done"
    assert [each.exit_code for each in passes] == [Exit.BUG, Exit.BUG, Exit.FILE_REFUSED, Exit.DONE]
    assert "ZeroDivisionError" in passes[0].news[0]
    assert yard.put_away("refused") == ["bad.csv"]


def test_check_process_learns_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads files has neither the token nor the ledger's address in its environment."""
    monkeypatch.setenv("IMPORTER_TOKEN", "canary")
    monkeypatch.setenv("IMPORTER_LEDGER", "postgresql://u:canary@host/db")

    assert "canary" not in str(check_process._environment())


def test_waiting_create_that_a_newer_snapshot_omits(yard: Yard) -> None:
    """A stopped run's new appointment is not booked once a newer full export does not name it any more."""
    yard.desk.profile = Profile(name="clinic", declared=True, snapshot="today..+60d", cancel_missing=True)
    assert scope_of(yard.desk.profile, yard.desk.now) is not None
    yard.put("a.csv", *appointments(4))
    yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=2))
    assert one(yard.ingest(concurrency=1)).state == "stopped"
    yard.desk.sandbox.set_faults()
    yard.put("b.csv", *appointments(3))

    result = yard.ingest()

    assert states(result) == {"a.csv": "done", "b.csv": "done"}
    assert sorted(yard.creates()) == ["1001", "1002", "1003"]
    assert yard.ingest().drops[0].files == []


def test_waiting_create_without_a_snapshot_is_sent(yard: Yard) -> None:
    """Without a snapshot a newer file says nothing by what it omits: the stopped run's rows are sent after it."""
    yard.put("a.csv", *appointments(4))
    yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=2))
    yard.ingest(concurrency=1)
    yard.desk.sandbox.set_faults()
    yard.put("b.csv", *appointments(3, firstName="Bea"))

    yard.ingest()

    assert sorted(yard.creates()) == ["1001", "1002", "1003", "1004"]
    names = {each["values"]["externalEventId"]: each["values"]["firstName"] for each in yard.desk.sandbox.reminders()}
    assert names == {"1001": "Bea", "1002": "Bea", "1003": "Bea", "1004": "Ana"}
    assert yard.files() == []
