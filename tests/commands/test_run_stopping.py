"""Signals before anything is sent: every wait ends, and no run is left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from desk import Desk, appointments

from importer.commands.run import run
from importer.errors import Exit, Interrupted
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from importer.commands.job import Job


def signalled(job: Job, desk: Desk, signum: signal.Signals) -> Interrupted:
    """Run a sheet and send the process a signal a moment later; return how it ended."""
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signum))
    began = time.monotonic()
    timer.start()
    with job.stop.on_signals(), pytest.raises(Interrupted) as raised:
        run(job, [desk.sheet(*appointments(1))])
    assert time.monotonic() - began < 10
    return raised.value


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_wait_for_another_run_ends_at_a_signal(desk: Desk, signum: signal.Signals) -> None:
    """A night that waits an hour for the ledger hears the operator at once."""
    with open_ledger(str(desk.folder / "ledger.db")):
        ended = signalled(desk.job(lock_timeout_s=3600.0), desk, signum)

    assert ended.exit_code is Exit.TERMINATED


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)])
def test_a_signal_at_the_question_has_its_own_code(desk: Desk, signum: signal.Signals, code: int) -> None:
    """Nothing is sent, and the exit code is the signal's, not that of a no."""
    job = desk.job()

    def interrupted(_question: object) -> bool:
        job.stop.set(signum)
        return False

    with pytest.raises(Interrupted) as raised:
        run(job, [desk.sheet(*appointments(1))], confirm=interrupted)

    assert int(raised.value.exit_code) == code
    assert desk.deeds() == []


def test_a_file_that_does_not_come_ends_at_a_signal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that hangs while the sheet is read holds nobody, and the run is forgotten."""

    def hang(*_given: Any, **_named: Any) -> None:
        time.sleep(60)

    monkeypatch.setattr("importer.commands.run.stage_files", hang)

    assert signalled(desk.job(), desk, signal.SIGTERM).exit_code is Exit.TERMINATED
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        assert not ledger.runs(5)
    assert not desk.sandbox.requests()
