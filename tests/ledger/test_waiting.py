"""Waiting for a ledger: nobody gives up while another makes progress, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from on_postgres import SERVER, schema

from importer.errors import LedgerLocked
from importer.ledger import open_ledger
from importer.ledger.locking import LOOK_S, SILENT_STEPS, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTERS = 10
PATIENCE_S = 0.5

# Each is at work for longer than a tenth of what the last one waits.
WORKS = """
import sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1], lock_timeout_s=float(sys.argv[2])) as ledger:
    run = ledger.begin("run", at=1.0)
    for _ in range(6):
        time.sleep(0.2)
        ledger.runs()
    run.forget()
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


def test_ten_importers_at_once_all_get_their_turn(ledger_place: str) -> None:
    """Each waits longer for the others than it would wait for one that does nothing, and none ends with exit 11."""
    with open_ledger(ledger_place):
        pass
    began = time.monotonic()
    with ExitStack() as all_of_them:
        at_work = [
            all_of_them.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", WORKS, ledger_place, str(PATIENCE_S)], stderr=subprocess.PIPE, text=True
                )
            )
            for _ in range(IMPORTERS)
        ]
        told = [one.communicate()[1] for one in at_work]

    assert told == [""] * IMPORTERS
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
