"""A sender that is killed at any step is made good by the next: nothing goes twice, no uuid is lost, the page tells the truth."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from long_form import longer
from page_queue import ROWS, JobsWithLog

from importer.ledger import open_ledger
from importer.ledger.page.import_values import ImportState
from importer.web.sender_process import LOOK_EVERY_S

if TYPE_CHECKING:
    from page_queue import Queue

STEPS = (
    ("before running", 1),
    ("after running", 1),
    ("started", 1),
    ("planned", 1),
    ("sending", 1),
    ("sending", ROWS),
    ("settled", 1),
    ("settled", ROWS),
    ("finished", 1),
    ("before finished", 1),
    ("after finished", 1),
)


@pytest.mark.parametrize(
    ("step", "count"),
    [pytest.param(*step, marks=pytest.mark.long if place % 2 else ()) for place, step in enumerate(STEPS)],
)
def test_kill_at_each_step(queue: Queue, step: str, count: int) -> None:
    """After kill -9 at a step the next sender goes on from the ledger alone; each row is sent once, and its uuid is known."""
    queue.add()

    assert queue.killed(step, count)
    assert queue.one().state in {ImportState.QUEUED, ImportState.RUNNING, ImportState.FINISHED}
    queue.send()

    queue.is_made_good()


@pytest.mark.parametrize("seed", range(longer(2, 20)))
def test_kill_after_kill(queue: Queue, seed: int) -> None:
    """Killed again and again, each time at another step, the import is still sent once."""
    queue.add(12)

    for turn in range(5):
        step, count = STEPS[(seed * 5 + turn * 3) % len(STEPS)]
        queue.killed(step, min(count, turn + 1))
    queue.send()

    queue.is_made_good(12)


def test_stop_that_came_before_a_kill_still_holds(queue: Queue) -> None:
    """Who pressed Stop before the sender was killed finds the import stopped, and the rest unsent."""
    queue.add()
    assert queue.killed("settled", 1)
    one = queue.one()
    assert queue.store.imports.note(one.id, one.state, one.version, at=2.0, stopping=True)

    queue.send()

    stopped = queue.one()
    assert stopped.state is ImportState.STOPPED
    assert not stopped.stopping
    assert len(queue.sandbox.effects()) < ROWS
    assert stopped.result["again"] > 0


def test_run_that_another_program_closed_goes_on(queue: Queue) -> None:
    """A nightly job that finds the run cut off closes it; the sender takes it up again, and nothing goes twice."""
    queue.add()
    assert queue.killed("settled", 2)
    with open_ledger(queue.jobs.settings().ledger_url) as ledger:
        assert len(ledger.close_interrupted(at=queue.jobs.now())) == 1

    queue.send()

    queue.is_made_good()


def test_imports_are_sent_in_their_order(queue: Queue) -> None:
    """The import that was put into the queue first is sent first; one that it overtook goes back to its review, and nothing goes twice."""
    queue.add(2, "a1")
    queue.add(3, "a2")

    queue.send()

    assert [queue.one(name).state for name in ("a1", "a2")] == [ImportState.FINISHED, ImportState.REVIEW]
    assert len(queue.sandbox.effects()) == 2


class StopPressed:
    """A log at whose first settled row somebody presses Stop, and which goes on once the sender has heard of it."""

    is_kept = True

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._is_pressed = False

    def write(self, event: str, **_members: Any) -> None:
        if event == "settled" and not self._is_pressed:
            self._is_pressed = True
            one = self._queue.one()
            assert self._queue.store.imports.note(one.id, one.state, one.version, at=2.0, stopping=True)
            time.sleep(3 * LOOK_EVERY_S)


@pytest.mark.parametrize("most", [0, ROWS], ids=["too-large-to-settle", "small"])
def test_stop_ends_an_import_of_any_size(queue: Queue, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Who presses Stop finds the import stopped with its report; of a run that a stop leaves open nothing is sent later."""
    monkeypatch.setattr("importer.commands.delivery.MOST_ROWS_AT_A_STOP", most)
    queue.add()
    queue.jobs = JobsWithLog(queue.jobs.options, queue.jobs.config, killer=StopPressed(queue))

    queue.send()

    stopped = queue.one()
    assert (stopped.state, stopped.stopping, stopped.goes_on_at) == (ImportState.STOPPED, False, None)
    assert 0 < len(queue.sandbox.effects()) < ROWS
    assert sum(stopped.result["totals"].values()) == ROWS
