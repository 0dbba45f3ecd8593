"""What a person and a nightly job are told when a guard holds a run, and how they let it go."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.reference import command_help, held_cases
from importer.problems import guard_kinds
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "canary-token-9a1b"
SURNAME = "Canarysurname"
EVENT_TYPE = "6c52d314-a3ca-4781-ba70-1d2c3b4a5f60"
COUNT = 6
MOVED = "6 of 6 known appointments of the file are moved, all by +1 hour. A wrong time zone looks like this."
FIX = "Correct the export. If they did move, run it again with --release moved_together."

Within = Callable[..., Any]
DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).strftime("%Y-%m-%d")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=TOKEN) as running:
        yield running


@pytest.fixture
def clinic(within: Within, sandbox: Sandbox, tmp_path: Path) -> Callable[..., Any]:
    """Give the command line of a clinic that has sent its week once."""
    environ = {
        "IMPORTER_TOKEN": TOKEN,
        "IMPORTER_BASE_URL": sandbox.base_url,
        "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
    }
    assert within("run", sheet(tmp_path, "09:00"), environ=environ).code == 0
    return within


def sheet(folder: Path, time: str, name: str = "week.csv") -> str:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("externalEventId", "phone", "lastName", "eventType", "eventDateTime", "subscriberTimeZone"))
        for number in range(COUNT):
            start = f"{DAY}T{time}:00"
            writer.writerow((f"A{number}", f"415555{2000 + number}", SURNAME, EVENT_TYPE, start, "America/New_York"))
    return name


def test_a_held_run_speaks_on_stderr(clinic: Within, sandbox: Sandbox, tmp_path: Path) -> None:
    """Off a terminal each reason is one line on stderr; the screen has it too, with the command that lets it go."""
    before = len(sandbox.requests())
    ran = clinic("run", sheet(tmp_path, "10:00"), "--no-progress")

    assert (ran.code, ran.err) == (6, f"Held: {MOVED} {FIX}\n")
    assert "On hold until approved. 0 of 6 rows done." in ran.out
    assert " ".join(MOVED.split()) in " ".join(ran.out.split())
    run = clinic("runs", "--json").document["runs"][0]["id"]
    assert f"    importer retry {run} --release moved_together\n" in ran.out
    assert SURNAME not in ran.out + ran.err
    assert len(sandbox.requests()) == before


def test_the_command_that_is_shown_lets_it_go(clinic: Within, sandbox: Sandbox, tmp_path: Path) -> None:
    """What stands at the end of the run can be typed as it is; the run that it makes says what was released."""
    clinic("run", sheet(tmp_path, "10:00"))
    run = clinic("runs", "--json").document["runs"][0]["id"]
    ran = clinic("retry", run, "--release", "moved_together")

    assert (ran.code, ran.err) == (0, "")
    assert f"Approved with --release moved_together: {MOVED}" in " ".join(ran.out.split())
    assert len(sandbox.effects("update")) == COUNT
    assert clinic("run", "week.csv").code == 0
    assert len(sandbox.effects("update")) == COUNT


@pytest.mark.parametrize("command", ["run", "plan"])
def test_json_has_the_holds(clinic: Within, tmp_path: Path, command: str) -> None:
    """Programs read code, sentence and fix of each hold."""
    ran = clinic(command, sheet(tmp_path, "10:00"), "--json")

    assert ran.document["exit_code"] == ran.code == 6
    (hold,) = ran.document["holds"]
    assert {name: hold[name] for name in ("code", "message", "fix")} == {
        "code": "moved_together", "message": MOVED, "fix": FIX,
    }  # fmt: skip


def test_runs_shows_what_was_held_and_released(clinic: Within, tmp_path: Path) -> None:
    """``importer runs RUN`` tells a hold, and one that a person let go."""
    clinic("run", sheet(tmp_path, "10:00"))
    held = clinic("runs", "--json").document["runs"][0]["id"]
    clinic("run", "week.csv", "--release", "moved_together")
    released = clinic("runs", "--json").document["runs"][0]["id"]

    assert f"Held: {MOVED} {FIX}" in clinic("runs", held).out
    assert f"Approved with --release moved_together: {MOVED}" in clinic("runs", released).out
    assert [hold["released"] for hold in clinic("runs", held, "--json").document["run"]["holds"]] == [False]
    assert [hold["released"] for hold in clinic("runs", released, "--json").document["run"]["holds"]] == [True]


def test_a_plan_is_held_and_says_how_to_let_it_go(clinic: Within, tmp_path: Path) -> None:
    """A plan of a bad file exits 6 and has the sentence; its command repeats what was typed."""
    ran = clinic("plan", sheet(tmp_path, "10:00", name="my week.csv"), "--sheet", "Sheet1")

    assert ran.code == 6
    assert MOVED in ran.out
    assert "importer run 'my week.csv' --sheet Sheet1 --release moved_together" in ran.out


def test_a_reviewed_release_need_not_be_typed_again(clinic: Within, sandbox: Sandbox, tmp_path: Path) -> None:
    """A plan that was saved with --release is carried out as it was reviewed."""
    name = sheet(tmp_path, "10:00")
    assert clinic("plan", name, "--release", "moved_together", "--out", "a.plan").code == 0
    ran = clinic("run", "--plan", "a.plan", "--yes")

    assert ran.code == 0
    assert "The plan was made with --release moved_together." in ran.err
    assert len(sandbox.effects("update")) == COUNT
    assert json.loads(Path("a.plan").read_text(encoding="utf-8"))["choices"]["release"] == ["moved_together"]


@pytest.mark.parametrize("code", ["all", "dates_undecided", "too_many_missing"])
def test_only_known_codes_are_released(clinic: Within, tmp_path: Path, code: str) -> None:
    """A word that is no such code is a usage error that lists them."""
    ran = clinic("run", sheet(tmp_path, "10:00"), "--release", code)

    assert ran.code == 2
    assert "moved_together" in ran.err


@pytest.mark.parametrize("command", ["run", "retry", "plan"])
def test_help_shows_the_option(command: str) -> None:
    """``--release`` stands in the help of every command that may be held."""
    assert "--release CODES" in command_help(command)


def test_each_held_case_stands_in_the_readme() -> None:
    """Every kind that holds something has its sentence in the README of the settings, whole, and as a run prints it."""
    readme = (Path(__file__).parents[2] / "importer" / "settings" / "README.md").read_text(encoding="utf-8")

    assert all(kind.example for kind in guard_kinds.HELD if not kind.is_warning)
    assert held_cases() in readme
    assert "{" not in held_cases()
    assert MOVED.replace("6 of 6", "118 of 120") in readme
