"""The importer for programs: what the commands do, as functions with typed results."""

from __future__ import annotations

import gc
import io
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

import importer
from importer.errors import Exit, Held, UsageError
from importer.model.chunks import REMEMBERED
from importer.sandbox import Sandbox
from importer.sandbox.faults import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADINGS = "phone,externalEventId,firstName,eventType,eventDateTime,subscriberTimeZone"
DAY = datetime.now(UTC).date() + timedelta(days=30)
TYPE = "6c52d314-a3ca-4781-ba70-1d2c3b4a5f60"


class Place:
    """A sandbox, and a folder with a sheet of two rows, one of them wrong."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.sheet = folder / "week.csv"
        self.write(f"{DAY} 14:30", f"{DAY} 25:30")

    def write(self, *starts: str) -> None:
        lines = [
            f"415555267{number},V-{number},Ana,{TYPE},{start},America/New_York" for number, start in enumerate(starts)
        ]
        self.sheet.write_text("\n".join([HEADINGS, *lines, ""]), encoding="utf-8")

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.sandbox.base_url,
            "ledger": self.folder / "clinic.db",
            "reports": self.folder / "reports",
            "rate": 0,
            "token": self.sandbox.token,
        }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox:
        yield Place(tmp_path, sandbox)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device")
@pytest.mark.parametrize("buffering", [0, 1 << 16])
@pytest.mark.parametrize("which", [1, 2])
def test_check_says_that_its_temporary_file_finds_no_room(place: Place, which: int, buffering: int) -> None:
    """A full disk under a file that keeps what rows say, for their lines or to find twins, ends a check with a sentence."""
    made = count(1)

    def kept(**_: Any) -> Any:
        return Path("/dev/full").open("r+b", buffering=buffering) if next(made) == which else io.BytesIO()

    full = "importer.commands.check.tempfile.SpooledTemporaryFile"
    with patch(full, kept), pytest.raises(UsageError) as refused:
        importer.check(str(place.sheet), **place.settings)

    assert "No temporary file can be written: No space left on device." in str(refused.value)


def test_check_judges_and_sends_nothing(place: Place) -> None:
    """The rows come as ``check --json`` shows them, and no request is made."""
    found = importer.check(place.sheet, **place.settings)

    assert (found.exit_code, found.done, found.totals) == (
        Exit.SOME_ROWS_FAILED,
        False,
        {"ready": 1, "invalid": 1, "duplicate": 0},
    )
    assert [row["row"] for row in found.rows()] == [2, 3]
    assert place.sandbox.requests() == []


def test_plan_run_and_report_agree(place: Place) -> None:
    """What was planned is sent, the report of the run reads the same, and the table has a line for each row."""
    planned = importer.plan(place.sheet, **place.settings)
    sent = importer.run(place.sheet, **place.settings)
    told = importer.report(sent.run, **place.settings)

    assert [row["verdict"] for row in planned.rows()] == ["create", "invalid"]
    assert [row["status"] for row in sent.rows()] == ["created", "invalid"]
    assert [effect.action for effect in place.sandbox.effects()] == ["create"]
    assert list(told.rows()) == list(sent.rows())
    assert list(told.frame()["uuid"].notna()) == [True, False]
    assert set(sent.paths) == {"results.csv", "results.xlsx", "to_fix.xlsx", "report.html", "summary.json"}


def test_a_draft_is_kept_corrected_and_sent(place: Place) -> None:
    """A plan is kept under a name, its cells are corrected, and exactly what was shown is sent, once."""
    kept = importer.keep(place.sheet, **place.settings)
    assert kept.draft is not None
    edited = importer.edit(
        kept.draft, f"3:eventDateTime={DAY} 15:30", leave_out=[2], version=kept.version, **place.settings
    )
    with pytest.raises(Held):
        importer.edit(kept.draft, "2:firstName=Bo", version=kept.version, **place.settings)
    sent = importer.send(kept.draft, **place.settings)

    assert (kept.totals, edited.totals) == ({"create": 1, "invalid": 1}, {"create": 1, "not_sent": 1})
    assert [(row["row"], row["status"]) for row in sent.rows()] == [(2, "not_sent"), (3, "created")]
    with pytest.raises(UsageError):
        importer.send(kept.draft, **place.settings)
    assert len(place.sandbox.effects()) == 1


def test_retry_sends_what_failed(place: Place) -> None:
    """A row whose request the API refused for a while is sent by ``retry``; what is remembered of it tells both runs."""
    place.write(f"{DAY} 14:30")
    place.sandbox.set_faults(Rule("status_before", status=422, times=1))
    failed = importer.run(place.sheet, **place.settings)

    again = importer.retry(failed.run, **place.settings)

    assert again.totals["created"] == 1
    assert len(importer.explain("V-0", **place.settings).rows) == 2


def test_a_setting_that_does_not_exist_is_refused(place: Place) -> None:
    """The refusal says which setting was probably meant; nothing is read."""
    with pytest.raises(UsageError, match="no setting 'profil'") as caught:
        importer.run(place.sheet, **place.settings, profil="northside")

    assert caught.value.fix == "Did you mean 'profile'?"


def test_no_file_is_refused() -> None:
    """A call without a sheet says so."""
    with pytest.raises(UsageError, match="No file was named"):
        importer.check()


@pytest.mark.parametrize("call", ["check", "plan", "run"])
def test_nothing_of_a_sheet_stays_in_memory(place: Place, call: str) -> None:
    """Once a call has returned, what was remembered of cells from chunk to chunk is forgotten, also of a wrong sheet."""
    sheet = place.sheet.with_name("odd.csv")
    text = place.sheet.read_text("utf-8").rstrip("\n")
    sheet.write_text(f"{text}\n" + text.split("\n")[1].replace("America/New_York", "Quobbledeg/Zone") + "\n", "utf-8")

    with patch("importer.model.chunks.forget_cells"):
        importer.check(sheet, **place.settings)
    kept = [each.cache_info().currsize for each in REMEMBERED]
    getattr(importer, call)(sheet, **place.settings)

    assert sum(kept) > 0
    assert [each.cache_info().currsize for each in REMEMBERED] == [0] * len(REMEMBERED)


def test_a_program_keeps_its_signals_and_its_output(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    """A run writes nothing to the streams and leaves the signal handlers as they were."""
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    importer.run(place.sheet, **place.settings)

    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert capfd.readouterr() == ("", "")


def test_a_program_keeps_its_search_for_garbage(place: Place) -> None:
    """A check and a plan neither put the program's objects aside nor change when they are searched."""
    put_aside, before = gc.get_freeze_count(), (gc.get_threshold(), gc.isenabled())

    importer.check(place.sheet, **place.settings)
    importer.plan(place.sheet, **place.settings)

    assert gc.get_freeze_count() <= put_aside
    assert (gc.get_threshold(), gc.isenabled()) == before


def test_importing_the_package_loads_nothing() -> None:
    """``import importer`` loads none of its rooms and none of their libraries."""
    code = "import sys, importer; print([name for name in sys.modules if name.startswith(('importer.', 'pandas'))])"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told == "[]\n"


def test_what_is_not_offered_is_not_there() -> None:
    """A name that the package does not offer is an ``AttributeError``, as of any module."""
    name = "send_all"
    with pytest.raises(AttributeError, match="has no attribute 'send_all'"):
        getattr(importer, name)


EXAMPLES = re.findall(
    r"^```python\n(.*?)^```$",
    (Path(__file__).parents[1] / "importer" / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


def test_the_notebook_of_the_readme_runs(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines that importer/README.md shows to programs do what they say, with the settings of the environment."""
    for name, value in place.settings.items():
        monkeypatch.setenv(f"IMPORTER_{name.upper()}", str(value))

    seen: dict[str, Any] = {}
    exec(EXAMPLES[0].replace(', profile="northside"', ""), seen)

    assert list(seen["wrong"]["row"]) == [3]
    assert seen["sent"].totals["created"] == 1
    assert list(seen["table"]["status"]) == ["created", "invalid"]
    assert (place.folder / "week.plan").exists()
    told = capsys.readouterr().out
    assert 'Column E "eventDateTime": ' in told
    assert f"active {seen['table'].loc[2, 'uuid']} {DAY}T14:30:00" in told


class Flows(ModuleType):
    """Stands for a scheduler, which is not installed here: its decorators leave a function as it is."""

    AirflowException = type("AirflowException", (Exception,), {})
    AirflowFailException = type("AirflowFailException", (Exception,), {})

    @staticmethod
    def task(**_options: object) -> Callable[[Any], Any]:
        return lambda function: function

    @staticmethod
    def flow(function: Any) -> Any:
        return function


@pytest.mark.parametrize("which", [1, 2], ids=["airflow", "prefect"])
def test_the_tasks_of_schedulers_run(place: Place, monkeypatch: pytest.MonkeyPatch, which: int) -> None:
    """The ten lines for Airflow and for Prefect end well with wrong rows, and fail the task where a run needs attention."""
    for name in ("airflow", "airflow.exceptions", "airflow.sdk", "prefect"):
        monkeypatch.setitem(sys.modules, name, Flows(name))
    for name, value in place.settings.items():
        monkeypatch.setenv(f"IMPORTER_{name.upper()}", str(value))
    seen: dict[str, Any] = {}
    exec(EXAMPLES[which].replace(', profile="northside"', ""), seen)
    send = seen["send_appointments" if which == 1 else "send"]

    assert send(str(place.sheet)).endswith(" SOME_ROWS_FAILED")
    place.write(f"{DAY} 14:30", f"{DAY} 15:30")
    place.sandbox.set_faults(Rule("status_before", status=401))
    with pytest.raises(Exception, match=r"Run .*report\.html"):
        send(str(place.sheet))
    assert len([line for line in EXAMPLES[which].splitlines() if line]) <= 14
