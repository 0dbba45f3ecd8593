"""importer run --rehearse: the whole run, and nothing leaves the machine; importer sandbox names its ledger."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from importer.ledger import open_ledger
from importer.ledger.backups import copy_ledger
from importer.sandbox import Sandbox

Within = Callable[..., Any]
START = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).strftime("%Y-%m-%dT09:00:00")
HEADINGS = ("externalEventId", "phone", "firstName", "eventType", "eventDateTime", "subscriberTimeZone", "action")
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.fixture
def real() -> Iterator[Sandbox]:
    with Sandbox(token="real-token") as running:
        yield running


@pytest.fixture
def environ(real: Sandbox, tmp_path: Path) -> dict[str, str]:
    state = tmp_path / "mine"
    state.mkdir(mode=0o700)
    return {
        "IMPORTER_TOKEN": "real-token",
        "IMPORTER_BASE_URL": real.base_url,
        "IMPORTER_LEDGER": str(state / "ledger.db"),
    }


def sheet(folder: Path, *rows: tuple[str, str, str]) -> str:
    path = folder / "week.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for number, name, action in rows:
            book = [TYPE, START, "America/New_York"] if action == "upsert" else ["", "", ""]
            out.writerow([number, f"212555010{number}", name if action == "upsert" else "", *book, action])
    return str(path)


def test_a_rehearsal_meets_what_the_ledger_knows_and_changes_nothing(
    within: Within, tmp_path: Path, real: Sandbox, environ: dict[str, str]
) -> None:
    """A change, a cancel, an unchanged row and a new one end as they would; API, ledger and runs stay as they were."""
    first = sheet(tmp_path, ("1", "Ana", "upsert"), ("2", "Ben", "upsert"), ("3", "Cy", "upsert"))
    assert within("run", first, environ=environ).code == 0
    requests, ledger = len(real.requests()), Path(environ["IMPORTER_LEDGER"]).read_bytes()
    second = sheet(
        tmp_path, ("1", "Bea", "upsert"), ("2", "Ben", "upsert"), ("3", "", "cancel"), ("4", "Dora", "upsert")
    )

    told = within("run", second, "--rehearse", "--json", environ={**environ, "IMPORTER_TOKEN": ""})

    assert told.code == 0, told.err
    counts = {status: count for status, count in told.document["totals"].items() if count}
    assert counts == {"updated": 1, "unchanged": 1, "cancelled": 1, "created": 1}
    assert told.document["rehearsal"] is True
    assert len(real.requests()) == requests
    assert Path(environ["IMPORTER_LEDGER"]).read_bytes() == ledger
    assert within("runs", "--json", environ=environ).document["runs"][1:] == []
    again = within("run", second, environ={**environ, "IMPORTER_TOKEN": "real-token"})
    assert again.code == 0
    assert len(real.requests()) == requests + 3


def test_the_report_says_that_it_was_a_rehearsal(within: Within, tmp_path: Path, environ: dict[str, str]) -> None:
    """Terminal, page and summary.json say so, and nothing of it can be taken for something that was sent."""
    name = sheet(tmp_path, ("1", "Ana", "upsert"))
    ran = within("run", name, "--rehearse", environ=environ)

    assert ran.out.startswith("Rehearsal: nothing was sent to the API.")
    assert "importer re" not in ran.out
    (folder,) = (tmp_path / "reports" / "rehearsals").iterdir()
    assert "Rehearsal: nothing was sent to the API." in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((folder / "summary.json").read_bytes())["rehearsal"] is True
    fed = within("plan", str(folder / "results.csv"), "--json", environ=environ)
    assert fed.document["calls"] == {"create": 1}, fed.out
    taken = within("ledger", "import", str(folder / "results.csv"), environ=environ)
    assert taken.code == 3
    assert "rehearsal" in taken.err


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_only_a_whole_run_is_rehearsed(within: Within, environ: dict[str, str], command: str) -> None:
    """With IMPORTER_REHEARSE set, nothing is sent by another command either."""
    ran = within(command, environ={**environ, "IMPORTER_REHEARSE": "1"})

    assert ran.code == 2
    assert "rehearse" in ran.err


def test_a_saved_plan_is_not_rehearsed(within: Within, environ: dict[str, str]) -> None:
    """A plan was made for one API and is sent there or nowhere."""
    assert within("run", "--plan", "x.plan", "--rehearse", environ=environ).code == 2


def test_a_lost_ledger_is_not_rehearsed_as_an_empty_one(
    within: Within, tmp_path: Path, environ: dict[str, str]
) -> None:
    """The rehearsal would show that everybody is booked again; it says why instead."""
    name = sheet(tmp_path, ("1", "Ana", "upsert"))
    assert within("run", name, environ=environ).code == 0
    Path(environ["IMPORTER_LEDGER"]).unlink()

    ran = within("run", name, "--rehearse", environ=environ)
    assert ran.code == 2
    assert "--new-ledger" in ran.err


def test_a_copy_is_taken_while_a_run_is_at_work(tmp_path: Path) -> None:
    """What is settled stands in the copy; the run keeps its lock."""
    place = tmp_path / "ledger.db"
    with open_ledger(str(place)) as ledger:
        run = ledger.begin("run", at=0)
        assert copy_ledger(str(place), tmp_path / "copy.db", lock_timeout_s=0)
    with open_ledger(str(tmp_path / "copy.db")) as copy:
        assert [found.id for found in copy.runs()] == [run.id]
        assert copy.verify().faults == ()
    assert not copy_ledger(str(tmp_path / "absent.db"), tmp_path / "none.db", lock_timeout_s=0)


@pytest.mark.skipif(not os.environ.get("IMPORTER_TEST_POSTGRES"), reason="IMPORTER_TEST_POSTGRES names no server")
def test_a_ledger_in_postgresql_is_copied_into_a_file(tmp_path: Path) -> None:
    """Runs, files, rows and reminders stand in the copy as they stood."""
    import psycopg

    server, schema = os.environ["IMPORTER_TEST_POSTGRES"], f"importer_copy_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    try:
        url = f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
        with open_ledger(url) as ledger:
            run, mine = ledger.begin("run", at=0, settings={"rate": 1}), ledger.owner().ledger
        assert copy_ledger(url, tmp_path / "copy.db", lock_timeout_s=0)
        with open_ledger(str(tmp_path / "copy.db")) as copy:
            assert copy.run(run.id).record().settings == {"rate": 1}
            assert copy.owner().ledger == mine
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.0.2.1", "my-machine", "::"])
def test_a_sandbox_for_other_machines_has_a_token_of_its_own(within: Within, host: str) -> None:
    """With the token that everybody knows, or none, it listens on this machine only."""
    ran = within("sandbox", "--host", host, "--port", "0")

    assert ran.code == 2
    assert "--token" in ran.err
    assert within("sandbox", "--host", "127.0.0.1", "--token", " ", "--port", "0").code == 2


def test_a_sandbox_names_its_own_ledger(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it prints tells how to send a sheet to it, and where its ledger is: not that of the real API."""
    monkeypatch.setattr("importer.sandbox.server.threading.Event.wait", lambda *_: True)
    ran = within("sandbox", "--port", "0")
    address, hint, ledger = ran.out.splitlines()

    base_url = address.split()[2]
    assert hint.endswith(f"IMPORTER_TOKEN=sandbox importer run FILE --base-url {base_url}")
    assert ledger.startswith("Its ledger: ")
    assert ledger.endswith(f"ledger-127.0.0.1-{base_url.rpartition(':')[2]}.db")
