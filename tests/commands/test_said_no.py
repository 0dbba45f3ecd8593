"""A person says no at the question, or a signal comes there: there is no run, no folder, and the code is the signal's."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from desk import appointments

from importer.commands.run import resume, retry, run
from importer.errors import Interrupted, NothingToDo
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from desk import Desk


@pytest.mark.parametrize(
    ("number", "code"),
    [(None, 130), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["no", "ctrl-c", "sigterm"],
)
def test_a_no_leaves_nothing_behind(desk: Desk, number: int | None, code: int) -> None:
    """Nothing is sent, the ledger knows of no run, no folder was made, and the exit code tells what came."""
    job = desk.job()

    def decline(_question: object) -> bool:
        if number is not None:
            job.stop.set(number)
        return False

    with pytest.raises(Interrupted) as caught:
        run(job, [desk.sheet(*appointments(3))], confirm=decline)

    assert caught.value.exit_code == code
    assert desk.deeds() == []
    with open_ledger(job.settings.ledger_url, read_only=True) as ledger:
        assert ledger.runs() == []
    assert not (desk.folder / "reports").exists()


def test_a_no_to_a_retry_keeps_the_first_run(desk: Desk) -> None:
    """The run that was to be retried stands as it did, and can be retried later."""
    first = desk.run(*appointments(2), only=("cancel",))
    with pytest.raises(Interrupted):
        retry(desk.job(), first.run.id, confirm=lambda _question: False)
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        assert [each.id for each in ledger.runs()] == [first.run.id]


def test_resume_of_a_finished_run_changes_nothing(desk: Desk) -> None:
    """It says that nothing is left; the run's end and its reports stay."""
    done = desk.run(*appointments(2))
    desk.now += 3_600
    with pytest.raises(NothingToDo, match="Nothing to resume"):
        resume(desk.job())
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        assert ledger.run().record().finished_at == done.run.finished_at
    assert [each.name for each in (desk.folder / "reports").iterdir()] == [done.run.id]
