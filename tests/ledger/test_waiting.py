"""Waiting for a ledger: nobody gives up while another makes progress, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from on_postgres import SERVER, schema
from sqlalchemy import Connection, event, func, select

from importer.errors import Interrupted, LedgerLocked
from importer.interrupts import StopSignal
from importer.ledger import open_ledger
from importer.ledger.locking import LOOK_S, SILENT_STEPS, wait_for
from importer.ledger.tables import runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTERS = 10
PATIENCE_S = 0.5

# Each is at work for longer than a tenth of what the last one waits. They part once all is loaded, which takes longest.
WORKS = """
import os, sys, time
from importer.ledger import open_ledger
parted = []
for _ in range(int(sys.argv[3])):
    parted.append(os.fork())
    if parted[-1]:
        continue
    with open_ledger(sys.argv[1], lock_timeout_s=float(sys.argv[2])) as ledger:
        run = ledger.begin("run", at=1.0)
        for _ in range(4):
            time.sleep(0.15)
            ledger.runs()
        run.forget()
    os._exit(0)
print([os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in parted])
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_place(request: pytest.FixtureRequest, place: Path) -> Iterator[str]:
    """Give a place for a ledger of each kind."""
    if request.param == "sqlite":
        yield str(place)
    elif not SERVER:
        pytest.skip("no PostgreSQL server is at hand")
    else:
        with schema() as url:
            yield url


@pytest.mark.long
def test_ten_importers_at_once_all_get_their_turn(ledger_place: str) -> None:
    """Each waits longer for the others than it would wait for one that does nothing, and none ends with exit 11."""
    with open_ledger(ledger_place):
        pass
    began = time.monotonic()
    command = [sys.executable, "-c", WORKS, ledger_place, str(PATIENCE_S), str(IMPORTERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout == f"{[0] * IMPORTERS}\n"
    assert time.monotonic() - began > 2 * SILENT_STEPS * PATIENCE_S


def test_a_holder_that_does_nothing_is_not_waited_for_longer(ledger_place: str) -> None:
    """Once the patience is over without a sign of work, the other ends with exit 11."""
    with open_ledger(ledger_place) as ledger:
        ledger.runs()
        time.sleep(LOOK_S)
        began = time.monotonic()
        with pytest.raises(LedgerLocked), open_ledger(ledger_place, lock_timeout_s=0.25):
            pass

    assert 1.5 <= time.monotonic() - began < 10


def test_the_wait_begins_anew_with_every_progress() -> None:
    """Only a stretch without progress ends it."""
    now, naps = [0.0], []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    # It goes on for twenty seconds, and then no more.
    found = wait_for(lambda: False, 5.0, progress=lambda: min(int(now[0]), 20), monotonic=lambda: now[0], sleep=sleep)

    assert not found
    assert 25 <= now[0] <= 25 + 2 * LOOK_S


@pytest.mark.parametrize("way", ["reading", "writing"])
def test_a_signal_as_a_transaction_begins_leaves_none_open(tmp_path: Path, way: str) -> None:
    """A signal right behind a BEGIN ends the block, and the next transaction of the connection begins as ever."""
    stop = StopSignal()

    def interrupt(_connection: Connection) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with open_ledger(str(tmp_path / "ledger.db")) as ledger:
        block = getattr(ledger._store, way)
        with block():
            pass
        event.listen(ledger._store.engine, "begin", interrupt, once=True)
        with stop.on_signals(), stop.breaking(), pytest.raises(Interrupted), block():
            pytest.fail("the block was begun")
        with block() as connection:
            assert connection.execute(select(func.count()).select_from(runs)).scalar() == 0
