"""importer ledger backup, restore, migrate: copies of the ledger, and what is said of what they lack."""

from __future__ import annotations

import csv
import datetime as dt
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from on_postgres import needs_server, schema

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Within = Callable[..., Any]
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox() as running:
        for name, value in {
            "TOKEN": running.token, "BASE_URL": running.base_url, "LEDGER": str(tmp_path / "a.db"), "RATE": "0",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"IMPORTER_{name}", value)
        yield running


def sheet(folder: Path, *people: tuple[str, str]) -> str:
    """Write a week with these numbers and first names; return its name."""
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    rows = [
        f"{number},(212) 555-01{number},{name},{TYPE},{start:%Y-%m-%d} 09:00,America/New_York"
        for number, name in people
    ]
    heading = "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone"
    (folder / "week.csv").write_text("\n".join([heading, *rows]), encoding="utf-8")
    return "week.csv"


def test_a_restored_ledger_is_made_good_by_later_reports(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """A copy brought back names the reports of later runs; once they are taken in, nobody is booked or changed twice."""
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    copied = within("ledger", "backup", "kept.db")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)):
        within("run", sheet(tmp_path, ("01", "Anna"), ("02", "Bo")), "--yes")
    sent = len(sandbox.effects())
    for name in ("a.db", "a.db-wal", "a.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)

    back = within("ledger", "restore", "kept.db")
    (command,) = [line for line in back.out.splitlines() if "ledger import" in line]
    taken = within(*command.split()[1:])
    again = within("run", "week.csv", "--yes", "--json").document

    assert (copied.code, back.code, taken.code) == (0, 4, 0), (copied.err, back.err, taken.err)
    assert "1 run, 1 row, 1 appointment." in copied.out
    assert "1 run of which there are reports happened later" in back.out
    assert len(sandbox.effects()) == sent
    assert again["totals"]["unchanged"] == 2
    assert within("ledger", "verify").code == 0


def no_shows(within: Within, folder: Path, count: int) -> str:
    """Book so many visits with another ledger; write a sheet of their no-shows, and return its name."""
    people = [(f"{number:02}", "Ana") for number in range(1, count + 1)]
    booked = within("run", sheet(folder, *people), "--yes", "--ledger", "other.db", "--json").document
    with (folder / "reports" / booked["run"] / "results.csv").open(encoding="utf-8-sig") as file:
        uuids = [row["result_uuid"] for row in csv.DictReader(file)]
    (folder / "missed.csv").write_text(
        "\n".join(["action,uuid", *(f"no_show,{uuid}" for uuid in uuids)]), encoding="utf-8"
    )
    return "missed.csv"


@pytest.mark.parametrize("then", ["import", "run", "resume", "retry"])
def test_what_a_run_sent_after_its_copy_was_made_is_not_sent_again(
    within: Within, tmp_path: Path, sandbox: Sandbox, then: str
) -> None:
    """A copy made in mid-run names the report of that run, which whatever is typed next leaves whole, and texts nobody twice."""
    missed = no_shows(within, tmp_path, 6)
    sandbox.switch(latency_s=0.2)
    sender = threading.Thread(target=within, args=("run", missed, "--yes", "--concurrency", "1"))
    sender.start()
    while len(sandbox.effects("no_show")) < 2:
        time.sleep(0.02)
    copied = within("ledger", "backup", "kept.db")
    sender.join()
    for name in ("a.db", "a.db-wal", "a.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)

    back = within("ledger", "restore", "kept.db")
    (command,) = [line for line in back.out.splitlines() if "ledger import" in line]
    if then == "import":
        assert within(*command.split()[1:]).code == 0
    again = within(*(("run", missed) if then in {"import", "run"} else (then,)), "--yes")

    assert (copied.code, back.code) == (0, 4), (copied.err, back.err)
    assert "was at work when the copy was made" in back.out
    assert len(sandbox.effects("no_show")) == 6, again.out
    with (tmp_path / command.split()[-1]).open(encoding="utf-8-sig") as file:
        assert Counter(row["result_status"] for row in csv.DictReader(file)) == {"no_show_sent": 6}
    assert within("ledger", "verify").code == 0


def test_a_run_that_went_on_after_its_copy_was_made_is_named(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """A run that was stopped when the copy was made, and resumed since, is among the reports to take in."""
    people = [("01", "Ana"), ("02", "Bo")]
    stopped = within("run", sheet(tmp_path, *people), "--yes", environ={"IMPORTER_TOKEN": "wrong"})
    within("ledger", "backup", "kept.db")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)):
        went_on = within("resume", "--yes", environ={"IMPORTER_TOKEN": sandbox.token})
    (tmp_path / "a.db").unlink()

    back = within("ledger", "restore", "kept.db")

    assert (stopped.code, went_on.code, back.code) == (7, 0, 4), (stopped.err, went_on.err)
    assert "1 run of which there are reports happened later or went on" in back.out


def test_nothing_is_overwritten(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """Neither a file of the copy's name nor a ledger that is there is touched, and each is told with the way out."""
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    assert within("ledger", "backup", "kept.db").code == 0
    before = [(tmp_path / name).read_bytes() for name in ("a.db", "kept.db")]

    twice, over = within("ledger", "backup", "kept.db"), within("ledger", "restore", "kept.db")

    assert (twice.code, over.code) == (2, 2)
    assert "Name a file that is not there" in twice.err
    assert "There is a ledger already" in over.err
    assert [(tmp_path / name).read_bytes() for name in ("a.db", "kept.db")] == before
    assert sorted(path.name for path in tmp_path.glob("kept*")) == ["kept.db"]


@pytest.mark.parametrize("harm", ["no-ledger", "torn", "foreign", "folder", "missing"])
def test_what_is_no_whole_copy_is_not_restored(within: Within, tmp_path: Path, sandbox: Sandbox, harm: str) -> None:
    """A copy that is damaged, foreign or not there leaves no ledger behind, and the sentence says so."""
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    copy = tmp_path / "kept.db"
    within("ledger", "backup", "kept.db")
    (tmp_path / "a.db").unlink()
    if harm == "no-ledger":
        copy.write_text("name,phone\n", encoding="utf-8")
    elif harm == "torn":
        copy.write_bytes(copy.read_bytes()[:9_000])
    elif harm == "foreign":
        copy.unlink()
        with closing(sqlite3.connect(copy)) as other, other:
            other.execute("CREATE TABLE notes (text)")
    else:
        copy.unlink()
        if harm == "folder":
            copy.mkdir()

    done = within("ledger", "restore", "kept.db")

    assert done.code == 2, done.out
    assert "Traceback" not in done.err
    assert [path.name for path in tmp_path.glob("a.db*") if path.suffix != ".lock"] == []


@pytest.mark.parametrize("path", ["", ".", "n" * 300, "week.csv/copy.db", "nowhere/copy.db"])
def test_names_that_no_file_can_have(within: Within, tmp_path: Path, sandbox: Sandbox, path: str) -> None:
    """A name that is empty, a folder's, too long or below a file is refused with a sentence, and nothing is left behind."""
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    before = sorted(tmp_path.iterdir())

    made = within("ledger", "backup", path)
    brought = within("ledger", "restore", path, "--ledger", "b.db")
    verified = within("ledger", "verify", "--ledger", "n" * 300)

    assert {found.code for found in (made, brought, verified)} == {2}
    assert all("Unexpected error" not in found.err for found in (made, brought, verified))
    assert sorted(tmp_path.iterdir()) == before


def test_a_copy_is_made_while_a_run_sends(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """A copy made in mid-run is whole: its open run is finished from it, with what was on its way told as unknown or sent."""
    within("run", sheet(tmp_path, *((f"{number:02}", "Ana") for number in range(1, 60))), "--yes", "--limit", "1")
    copies: list[Any] = []
    sender = threading.Thread(target=lambda: copies.append(within("ledger", "backup", "kept.db")))
    sender.start()
    within("run", "week.csv", "--yes")
    sender.join()
    (tmp_path / "a.db").unlink()

    assert copies[0].code == 0, copies[0].err
    assert within("ledger", "restore", "kept.db").code in {0, 4}
    assert within("ledger", "verify").code == 0


def test_migrate_tells_the_version(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """A ledger that is up to date stays as it is; none is made where there is none."""
    none = within("ledger", "migrate")
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    done = within("ledger", "migrate")

    assert (none.code, done.code) == (2, 0)
    assert "There is no ledger yet" in none.err
    assert done.out.startswith("The ledger is of version 0")


@needs_server
def test_a_copy_goes_to_a_server_and_back(within: Within, tmp_path: Path, sandbox: Sandbox) -> None:
    """A copy of a file is restored into an empty database, which goes on giving ids, and a copy of that is a file again."""
    within("run", sheet(tmp_path, ("01", "Ana")), "--yes")
    within("ledger", "backup", "kept.db")
    with schema() as url:
        back = within("ledger", "restore", "kept.db", "--ledger", url)
        twice = within("ledger", "restore", "kept.db", "--ledger", url)
        more = within("run", sheet(tmp_path, ("01", "Ana"), ("02", "Bo")), "--yes", "--ledger", url, "--json").document
        copied = within("ledger", "backup", "again.db", "--ledger", url)

    assert (back.code, twice.code, copied.code) == (0, 2, 0), (back.err, copied.err)
    assert (more["totals"]["unchanged"], more["totals"]["created"]) == (1, 1)
    assert "2 runs, 3 rows, 2 appointments." in copied.out
