"""An import whose texts may not leave at this hour waits for the sending window, says when, and goes on by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from page_imports import DAY
from page_queue import Queue, queued

from importer.ledger.page.import_values import ImportState
from importer.web.jobs import Jobs
from importer.web.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sandbox import Sandbox

NEW_YORK = ZoneInfo("America/New_York")
BY_DAY = '[profile.default]\nzone = "America/New_York"\nwindow = { from = "08:00", to = "20:00" }\n'
LATE = datetime.combine(DAY - timedelta(days=20), datetime.min.time(), NEW_YORK).replace(hour=22)
OPENS = (LATE + timedelta(days=1)).replace(hour=8)


class Hour:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at = LATE

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Hour:
    return Hour()


@pytest.fixture
def at_night(tmp_path: Path, sandbox: Sandbox, clock: Hour) -> Iterator[Queue]:
    with queued(tmp_path, sandbox, settings=BY_DAY) as queue:
        queue.jobs = Jobs(queue.jobs.options, queue.jobs.config, clock)
        yield queue


def test_import_waits_for_the_window(at_night: Queue, clock: Hour) -> None:
    """Sent at night it sends nothing, waits for the morning, is not taken up before, and then sends everything once."""
    at_night.add(3)
    at_night.send()

    one = at_night.one()
    assert (one.state, one.goes_on_at) == (ImportState.INTERRUPTED, OPENS.timestamp())
    assert at_night.sandbox.effects() == []
    at_night.send()
    assert at_night.one() == one

    clock.at = OPENS + timedelta(minutes=1)
    at_night.send()

    at_night.is_made_good(3)


def test_stop_ends_the_wait(at_night: Queue, tmp_path: Path) -> None:
    """Who stops an import that waits for the window finds it stopped, and nothing was sent."""
    at_night.add(3)
    at_night.send()
    sending = Sending(at_night.jobs, at_night.store.imports, tmp_path)

    sending.stop(at_night.one())
    at_night.send()

    one = at_night.one()
    assert (one.state, one.goes_on_at, one.stopping) == (ImportState.STOPPED, None, False)
    assert one.result["again"] == 3
    assert at_night.sandbox.effects() == []


def test_stop_in_the_queue_leads_back_to_the_review(queue: Queue, tmp_path: Path) -> None:
    """Who stops an import that waits in the queue is back at its review, where it can be sent again."""
    queue.add(2)
    sending = Sending(queue.jobs, queue.store.imports, tmp_path)

    sending.stop(queue.one())
    sending.stop(replace(queue.one(), state=ImportState.QUEUED, version=1))

    one = queue.one()
    assert (one.state, one.problem) == (ImportState.REVIEW, "Stopped before anything was sent.")
    queue.send()
    assert queue.sandbox.effects() == []
