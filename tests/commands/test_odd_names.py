"""A file whose name is no UTF-8, or means something to a shell: every command reads it, remembers it and tells it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desk import Desk, appointments

from importer.commands.plan import plan, run_plan
from importer.commands.report import explain, report, resolve, runs
from importer.commands.run import resume, retry, run
from importer.errors import Exit, UsageError
from importer.ledger import open_ledger
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="names of files are texts there")


@pytest.fixture
def sheet(desk: Desk) -> str:
    """Return the path of a sheet with such a name."""
    path = os.fsencode(desk.folder) + b"/caf\xe9.csv"
    os.rename(desk.sheet(*appointments(2)), path)  # noqa: PTH104 - a path of bytes
    return os.fsdecode(path)


@pytest.mark.parametrize("finish", [resume, retry])
def test_a_run_of_such_a_file_is_stopped_and_finished(desk: Desk, sheet: str, finish: Callable[..., object]) -> None:
    """Run, resume, retry, report, explain and the list of runs."""
    desk.sandbox.admit("another-token")
    assert run(desk.job(), [sheet]).exit_code is Exit.AUTHENTICATION
    desk.sandbox.admit(desk.sandbox.token)

    finish(desk.job())

    assert len(desk.deeds()) == 2
    assert report(desk.job()).exit_code is Exit.DONE
    assert explain(desk.job(), "1001").rows
    assert runs(desk.job())
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        assert ledger.verify().faults == ()


def test_a_plan_of_such_a_file_is_carried_out(desk: Desk, sheet: str) -> None:
    """The saved plan finds the file again."""
    saved = desk.folder / "seen.plan"
    plan(desk.job(), [sheet], out=saved, page=desk.folder / "plan.html")

    assert run_plan(desk.job(), saved).exit_code is Exit.DONE
    assert len(desk.deeds()) == 2


def test_an_unknown_row_of_such_a_file_is_resolved(desk: Desk, sheet: str) -> None:
    """Also where the report is written to such a folder."""
    odd = Path(os.fsdecode(os.fsencode(desk.folder) + b"/r\xe9ports"))
    desk.settings = {"reports_dir": odd, "ledger_url": str(odd / "ledger.db")}
    desk.sandbox.set_faults(Rule("status_before", status=500))
    first = run(desk.job(max_attempts=1), [sheet])
    desk.sandbox.set_faults()

    result = resolve(desk.job(), first.run.id, [2, 3], sent=False)

    assert result.written.complete


@pytest.mark.parametrize("name", ["-limit.csv", "Bo's $(visits); `x`.csv", 'two  "blanks".csv'])
def test_an_unread_run_names_its_sheet_as_a_shell_needs_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What resume advises, typed in any folder, runs the very file, whatever its name."""

    def cut(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    (desk.folder / "north").mkdir()
    path = desk.sheet(*appointments(1), name=f"north/{name}")
    with monkeypatch.context() as patched:
        patched.chdir(desk.folder / "north")
        patched.setattr("importer.commands.run.decide", cut)
        with pytest.raises(KeyboardInterrupt):
            run(desk.job(), [name])

    with pytest.raises(UsageError) as refused:
        resume(desk.job())

    assert shlex.split(refused.value.fix.partition(": ")[2]) == ["importer", "run", path]
