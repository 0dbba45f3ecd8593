"""A pass that is killed at any step is made good by the next: one run a file, nothing twice, each file in one place."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from desk import appointments
from long_form import longer
from on_postgres import needs_server, refuse_absence
from told import told

from importer.commands.report import runs
from importer.errors import Exit
from importer.ingest.notices import audience_of
from importer.ingest.passes import ingest
from importer.model.drops import Notify

if TYPE_CHECKING:
    from drop_yard import Yard

    from importer.ingest.notices import Audience

refuse_absence()
pytestmark = pytest.mark.usefixtures("ready_checks")
ROWS = 6
STEPS = (
    "sighted",
    "copied",
    "looked_again",
    "claimed",
    "started",
    "settled",
    "finished",
    "run_closed",
    "claim_settled",
    "reported",
    "moving",
    "linked",
    "unlinked",
    "moved",
)


@pytest.fixture
def ready_checks(yard: Yard) -> None:
    """Have the process that reads files running before a pass is forked, which would else start one for itself."""
    assert yard.checks is not None
    copy = yard.desk.folder / "copies" / "first"
    copy.mkdir(parents=True)
    (copy / "a.csv").write_text("nothing,that,is,known\n1,2,3,4\n", encoding="ascii")
    assert yard.checks.check(yard.desk.job(), copy / "a.csv").refused


class Killer:
    """A log that ends its process, without a word, at an event: the n-th of its kind."""

    is_kept = True

    def __init__(self, event: str, count: int) -> None:
        self._event = event
        self._left = count

    def write(self, event: str, **_members: Any) -> None:
        """Hear of an event."""
        if event == self._event:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def killed_at(yard: Yard, step: str, audience: Audience | None = None) -> bool:
    """
    Go over the drop in a process of its own that is killed at a step; return whether it came so far.

    It reads files by the yard's process, which rests at each of the steps, so that not every kill costs the start of another one.
    """
    child = os.fork()
    if not child:
        code = 99
        try:
            # To a fork its parent's other children look dead.
            cast("Any", yard.checks)._process.poll = lambda: None
            log = Killer(step, ROWS // 2 if step == "settled" else 1)
            job = replace(yard.desk.job(concurrency=2), log=log)
            ingest(job, [yard.drop], checks=yard.checks, audience=audience)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS)
def test_kill_at_each_step(yard: Yard, step: str) -> None:
    """After kill -9 at a step the next pass leaves one run, one create a row, and one file with its report in done."""
    made_good(yard, step)


@needs_server
@pytest.mark.parametrize("step", STEPS if longer(0, 1) else ("claimed", "settled", "claim_settled"))
def test_kill_at_each_step_on_postgresql(server_yard: Yard, step: str) -> None:
    """The same with the ledger on a server, which has to notice by itself that the killed pass is gone."""
    made_good(server_yard, step)


IN_A_BUCKET = STEPS
ON_SFTP = tuple(step for step in STEPS if step != "linked")  # a rename is one step


@pytest.mark.parametrize("step", IN_A_BUCKET if longer(0, 1) else ("copied", "linked", "unlinked"))
def test_kill_at_each_step_in_a_bucket(bucket_yard: Yard, step: str) -> None:
    """The same in a bucket, where the object lies under both keys between put and delete."""
    made_good(bucket_yard, step)


@pytest.mark.parametrize("step", ON_SFTP if longer(0, 1) else ("copied", "moving", "unlinked"))
def test_kill_at_each_step_on_an_sftp_server(sftp_yard: Yard, step: str) -> None:
    """The same on an SFTP server, which notices that the pass is gone by itself."""
    made_good(sftp_yard, step)


def made_good(yard: Yard, step: str) -> None:
    """Kill a pass at a step, and look at what two more passes leave."""
    yard.put("export.csv", *appointments(ROWS))
    assert killed_at(yard, step)

    result = yard.ingest()
    last = yard.ingest()

    assert result.exit_code in {Exit.DONE, Exit.SOME_ROWS_FAILED}
    assert (last.exit_code, last.drops[0].files, last.news) == (Exit.DONE, [], [])
    assert sorted(yard.creates()) == [str(1001 + at) for at in range(ROWS)]
    (run,) = runs(yard.desk.job())
    assert (run.exit_code, run.command) == (0, "run")
    assert yard.files() == []
    assert yard.shelf.names("done") == [f"export.{run.id}.csv"]
    assert yard.shelf.folders("done") == [f"export.{run.id}.report"]
    assert "results.csv" in yard.shelf.names(f"done/export.{run.id}.report")
    copies = [each for each in (yard.desk.folder / "reports" / ".ingest").glob("*/*") if each.is_dir()]
    assert copies == []


@pytest.mark.parametrize("step", ["sighted", "claimed", "claim_settled", "reported", "moving", "linked", "unlinked"])
def test_kill_while_a_file_is_refused(yard: Yard, step: str) -> None:
    """The same for a file that is refused: it lands in refused once, with its reason, and nothing is sent."""
    yard.put("export.csv", text="nothing,that,is,known\n1,2,3,4\n")
    assert killed_at(yard, step)

    yard.ingest()

    assert yard.ingest().drops[0].files == []
    assert yard.put_away("refused") == ["export.csv"]
    (report,) = yard.shelf.folders("refused")
    assert yard.shelf.names(f"refused/{report}") == ["reason.txt"]
    assert yard.files() == []
    assert yard.creates() == []


@pytest.mark.parametrize("step", ["notice", "told"])
def test_kill_while_a_notice_is_sent(yard: Yard, step: str) -> None:
    """Killed before it tells, a pass is made good by the next, which tells; killed after it, nobody is told again."""
    yard.put("export.csv", text="nothing,that,is,known\n1,2,3,4\n")
    with told() as desk:
        audience = audience_of(Notify(urls=(desk.url(),), private=True))
        assert killed_at(yard, step, audience)
        assert len(desk.notices) == (1 if step == "told" else 0)

        for _ in range(2):
            ingest(yard.desk.job(), [yard.drop], checks=yard.checks, audience=audience)

        assert desk.titles() == ["north: needs attention"]
    assert yard.put_away("refused") == ["export.csv"]


def test_newer_file_after_a_kill(yard: Yard) -> None:
    """What the killed run left and a newer file brings again is sent as the newer file says, and nothing twice."""
    yard.put("a.csv", *appointments(ROWS))
    assert killed_at(yard, "settled")
    newer = appointments(ROWS + 1)
    yard.put("b.csv", *(row | {"firstName": "Bea"} for row in newer))

    result = yard.ingest()

    assert result.exit_code in {Exit.DONE, Exit.SOME_ROWS_FAILED}
    assert sorted(yard.creates()) == [str(1001 + at) for at in range(ROWS + 1)]
    assert {reminder["values"]["firstName"] for reminder in yard.desk.sandbox.reminders()} == {"Bea"}
    assert yard.put_away() == ["a.csv", "b.csv"]
