"""A run of many rows that is asked to stop: it ends at once, settles nothing, and goes on where it was."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from desk import appointments

from importer.commands.job import Event, Stage
from importer.commands.report import report
from importer.commands.run import AbandonedError, resume, run
from importer.errors import Exit, UsageError
from importer.ledger import open_ledger
from importer.model.statuses import Action, RunState, Status

if TYPE_CHECKING:
    from desk import Desk

ROWS = 40


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sheet of more than ten rows be a large one."""
    monkeypatch.setattr("importer.commands.delivery.MOST_ROWS_AT_A_STOP", 10)


def stopped(desk: Desk, rows: int = ROWS) -> AbandonedError | None:
    """Run a sheet that is asked to stop once some of it was sent; return how it ended if it settled nothing."""
    job = desk.job()

    def stop(event: Event) -> None:
        if event.stage is Stage.SENDING and event.done and not job.stop.raised:
            job.stop.set(signal.SIGTERM)

    try:
        run(replace(job, on_event=stop), [desk.sheet(*appointments(rows))])
    except AbandonedError as error:
        return error
    return None


def created(desk: Desk) -> Counter[str | None]:
    return Counter(number for deed, number, _ in desk.deeds() if deed == Action.CREATE)


def test_it_settles_nothing_and_says_how_to_go_on(desk: Desk) -> None:
    """The exit code is the signal's, the words name resume and report, and every row that was not sent waits still."""
    ended = stopped(desk)

    assert ended is not None
    assert ended.exit_code is Exit.TERMINATED
    sent = sum(created(desk).values())
    assert f"{ROWS - sent} changes not sent" in str(ended)
    assert "importer resume" in ended.fix
    assert "importer report" in ended.fix
    assert not list((desk.folder / "reports").glob("*/*"))
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        (record,) = ledger.runs()
        assert (record.state, record.exit_code) == (RunState.OPEN, None)
        assert ledger.run().calls.pending() == {Action.CREATE: ROWS - sent}
        assert ledger.verify().faults == ()


def test_it_is_resumed_to_its_end(desk: Desk) -> None:
    """Resume sends the rest, each once, and writes the report; nothing of the stop is left in the run's record."""
    assert stopped(desk) is not None

    done = resume(desk.job())

    assert (done.totals[Status.CREATED], done.run.stop_reason) == (ROWS, "")
    assert created(desk) == Counter({str(1001 + place): 1 for place in range(ROWS)})


def test_its_report_follows_and_it_can_be_resumed_after_that(desk: Desk) -> None:
    """The report settles what was left as not sent, with the reason of the stop; resume then sends it."""
    assert stopped(desk) is not None
    sent = sum(created(desk).values())

    told = report(desk.job())

    assert (told.totals[Status.CREATED], told.totals[Status.NOT_SENT]) == (sent, ROWS - sent)
    assert told.run.stop_reason.startswith("Interrupted")
    assert told.written.complete
    assert resume(desk.job()).totals[Status.CREATED] == ROWS
    assert sum(created(desk).values()) == ROWS


def test_another_sheet_ends_it(desk: Desk) -> None:
    """The next run closes it as one that was cut off, with its report, and sends nothing of it twice."""
    assert stopped(desk) is not None
    first = created(desk)

    desk.run(*appointments(ROWS))

    assert created(desk) == Counter({str(1001 + place): 1 for place in range(ROWS)})
    assert first <= created(desk)
    assert len(list((desk.folder / "reports").glob("*/summary.json"))) == 2


def test_no_report_of_a_run_at_work(desk: Desk) -> None:
    """A run that is open and was not stopped is refused a report, as before."""
    assert stopped(desk) is not None
    with open_ledger(desk.job().settings.ledger_url) as ledger:
        ledger.run().recovery.reopen(at=1.0)

    with pytest.raises(UsageError, match="not finished"):
        report(desk.job())


def test_a_small_run_is_settled_and_reported_at_once(desk: Desk) -> None:
    """Where a person can wait for it, the report stands when the run ends."""
    assert stopped(desk, rows=10) is None

    assert len(list((desk.folder / "reports").glob("*/summary.json"))) == 1
