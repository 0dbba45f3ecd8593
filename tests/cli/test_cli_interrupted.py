"""A signal while sheets are read: nothing was sent, nothing is left behind."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from importer.commands.check import check
from importer.commands.job import Event, Job, Stage
from importer.commands.plan import plan
from importer.commands.run import run
from importer.errors import Interrupted
from importer.interrupts import StopSignal
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.sandbox import Sandbox
from importer.settings import Settings, TokenSource

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "phone,externalEventId,eventType,eventDateTime,subscriberTimeZone\n4155552671,1,6c52d314-a3ca-4781-ba70-1d2c3b4a5f60,2027-03-04T14:30:00,America/New_York\n"


@pytest.mark.parametrize("lead", [run, plan], ids=["run", "plan"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_before_the_ledger_leaves_nothing_behind(
    tmp_path: Path, lead: object, *, number: int, code: int
) -> None:
    """A signal before the ledger is opened: no ledger, no report, no request, and the exit code is the signal's."""
    sheet = tmp_path / "a.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = Settings(
            base_url=sandbox.base_url,
            ledger_url=str(tmp_path / "ledger.db"),
            reports_dir=tmp_path / "reports",
            token_source=TokenSource.of("sandbox"),
        )
        job = Job(settings, Profile())
        job.stop.set(number)
        with pytest.raises(Interrupted, match="nothing was sent") as caught:
            lead(job, [str(sheet)])  # type: ignore[operator]
        assert sandbox.requests() == []

    assert caught.value.exit_code == code
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("lead", [run, plan], ids=["run", "plan"])
@pytest.mark.parametrize("stage", [Stage.READING, Stage.CHECKING])
def test_signal_in_the_middle_leaves_nothing_behind(tmp_path: Path, lead: object, stage: Stage) -> None:
    """Neither reading nor planning goes on after a signal, nothing is sent, and the ledger knows of no run."""
    sheet = tmp_path / "a.csv"
    first, row = SHEET.splitlines()
    sheet.write_text(f"{first}\n{row}\n{row.replace('14:30', '15:30')}\n", encoding="utf-8")
    after: list[Stage] = []
    with Sandbox() as sandbox:
        stop = StopSignal()

        def hear(event: Event) -> None:
            if stop.raised:
                after.append(event.stage)
            elif event.stage is stage:
                stop.set(signal.SIGTERM)

        settings = Settings(
            base_url=sandbox.base_url, ledger_url=str(tmp_path / "ledger.db"), token_source=TokenSource.of("sandbox")
        )
        with pytest.raises(Interrupted, match="nothing was sent") as caught:
            lead(Job(settings, Profile(), on_event=hear, stop=stop), [str(sheet)])  # type: ignore[operator]
        assert sandbox.requests() == []

    assert caught.value.exit_code == 143
    assert after == []
    with open_ledger(settings.ledger_url, read_only=True) as ledger:
        assert ledger.runs() == []


def test_check_stops_too(tmp_path: Path) -> None:
    """A check that is interrupted ends the same way."""
    sheet = tmp_path / "a.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    job = Job(Settings(), Profile())
    job.stop.set(signal.SIGINT)

    with pytest.raises(Interrupted):
        check(job, [str(sheet)])
