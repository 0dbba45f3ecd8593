"""importer ledger: find, export, import, verify."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
TOKEN = "canary-token-9a1b"
START = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
HEADINGS = ("externalEventId", "phone", "firstName", "eventType", "eventDateTime", "subscriberTimeZone", "action")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=TOKEN) as running:
        yield running


@pytest.fixture
def environ(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {"IMPORTER_TOKEN": TOKEN, "IMPORTER_BASE_URL": sandbox.base_url, "IMPORTER_LEDGER": str(tmp_path / "a.db")}


def sheet(folder: Path, name: str, *rows: tuple[str, str, str]) -> str:
    """Write rows of (number, start's hour, action)."""
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, hour, action in rows:
            start = START.strftime(f"%Y-%m-%dT{hour}:00:00")
            kind = "6c52d314-a3ca-4781-ba70-1d2c3b4a5f60"
            writer.writerow((number, f"41555520{number[-2:]}", "Ana", kind, start, "America/New_York", action))
    return name


@pytest.fixture
def ran(within: Within, environ: dict[str, str], tmp_path: Path) -> list[str]:
    """Two runs: one books three appointments, one moves the first and cancels the second. Their results.csv."""
    first = sheet(tmp_path, "first.csv", ("A10", "14", "create"), ("A11", "14", "create"), ("A12", "14", "create"))
    second = sheet(tmp_path, "second.csv", ("A10", "16", "update"), ("A11", "14", "cancel"))
    documents = [within("run", name, "--json", environ=environ).document for name in (first, second)]
    assert [document["exit_code"] for document in documents] == [0, 0]
    return [document["reports"]["results.csv"] for document in documents]


def remembered(within: Within, number: str, ledger: str) -> dict[str, Any]:
    (found,) = within("ledger", "find", number, "--ledger", ledger, "--json").document["reminders"]
    return {name: value for name, value in found.items() if name not in {"row", "updated_at", "run"}}


def test_find_shows_what_is_held(within: Within, ran: list[str]) -> None:
    """An appointment is found by number, phone and uuid; what is not held exits 4."""
    found = within("ledger", "find", "A10", "--json")
    (reminder,) = found.document["reminders"]

    assert found.code == 0
    assert list(found.document) == ["schema", "command", "exit_code", "reminders"]
    assert reminder["values"]["eventDateTime"].endswith("T16:00:00")
    for name in (reminder["phone"], reminder["uuid"]):
        assert within("ledger", "find", name, "--json").document["reminders"] == [reminder]
    assert re.match("Appointment A10(?:, [A-Z][a-z]+)+: active\\n", within("ledger", "find", "A10").out)
    assert within("ledger", "find", "nobody").code == 4


def test_export_travels_to_another_ledger(within: Within, ran: list[str], tmp_path: Path) -> None:
    """What one ledger exports another takes in, once; the file is its owner's alone."""
    written = within("ledger", "export", "memory.jsonl", "--json")
    taken = within("ledger", "import", "memory.jsonl", "--ledger", "b.db", "--json")
    again = within("ledger", "import", "memory.jsonl", "--ledger", "b.db", "--json")

    assert written.document["reminders"] == 3
    assert stat.S_IMODE((tmp_path / "memory.jsonl").stat().st_mode) == 0o600
    assert {name: taken.document[name] for name in ("added", "known")} == {"added": 3, "known": 0}
    assert {name: again.document[name] for name in ("added", "known")} == {"added": 0, "known": 3}
    assert remembered(within, "A10", "b.db") == remembered(within, "A10", "a.db")


def test_export_is_written_through_no_link(within: Within, ran: list[str], tmp_path: Path) -> None:
    """Links that wait under the file's name and under that of its part lead nowhere; the file is its owner's alone."""
    shared, kept = tmp_path / "shared", tmp_path / "kept.txt"
    shared.mkdir()
    shared.chmod(0o777)
    kept.write_text("untouched", encoding="utf-8")
    for name in (".memory.jsonl.part", "memory.jsonl.part", "memory.jsonl"):
        (shared / name).symlink_to(kept)

    assert within("ledger", "export", "shared/memory.jsonl").code == 0
    assert kept.read_text("utf-8") == "untouched"
    assert not (shared / "memory.jsonl").is_symlink()
    assert stat.S_IMODE((shared / "memory.jsonl").stat().st_mode) == 0o600
    assert sorted(path.name for path in shared.iterdir() if not path.is_symlink()) == ["memory.jsonl"]


def test_export_goes_to_standard_output(within: Within, ran: list[str]) -> None:
    """Without a path the lines are the result."""
    lines = within("ledger", "export").out.splitlines()

    assert len(lines) == 4
    assert all(json.loads(line) for line in lines)


def test_lost_ledger_is_rebuilt_from_reports(within: Within, ran: list[str], sandbox: Sandbox, tmp_path: Path) -> None:
    """From the results.csv of earlier runs, in any order, the new ledger knows what the lost one knew."""
    taken = within("ledger", "import", *reversed(ran), "--ledger", "b.db", "--json")
    before = len(sandbox.requests())
    cancel = sheet(tmp_path, "third.csv", ("A12", "14", "cancel"))
    sent = within("run", cancel, "--ledger", "b.db", "--json")

    assert taken.document["added"] == 3
    for number in ("A10", "A11", "A12"):
        uuid = remembered(within, number, "a.db")["uuid"]
        assert remembered(within, number, "b.db")["uuid"] == uuid
    assert remembered(within, "A11", "b.db")["state"] == "cancelled"
    assert sent.document["totals"]["cancelled"] == 1
    assert len(sandbox.requests()) == before + 1


def test_rebuilt_ledger_sends_nothing_for_known_rows(
    within: Within, ran: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """After the rebuilding the same sheet creates nothing a second time."""
    within("ledger", "import", *ran, "--ledger", "b.db")
    creates = len(sandbox.effects("create"))
    again = sheet(tmp_path, "again.csv", ("A10", "16", "upsert"), ("A12", "14", "upsert"))
    within("run", again, "--ledger", "b.db")

    assert len(sandbox.effects("create")) == creates


@pytest.mark.parametrize(
    ("names", "code"),
    [(("first.csv",), 3), (("absent.csv",), 2), (("memory.jsonl", "first.csv"), 2)],
    ids=["no-report", "no-file", "both-kinds"],
)
def test_what_is_neither_export_nor_report_is_refused(
    within: Within, ran: list[str], names: tuple[str, ...], code: int
) -> None:
    """A sheet that is no report, a missing file and a mixture get a sentence; nothing is taken in."""
    within("ledger", "export", "memory.jsonl")
    refused = within("ledger", "import", *names, "--ledger", "b.db")

    assert refused.code == code
    assert refused.err
    assert within("ledger", "find", "A10", "--ledger", "b.db").code in {2, 4}


def test_verify_tells_a_whole_ledger(within: Within, ran: list[str]) -> None:
    """A whole ledger exits 0 with its counts."""
    found = within("ledger", "verify", "--json")

    assert found.code == 0
    assert found.document == {
        "schema": 1,
        "command": "ledger verify",
        "exit_code": 0,
        "runs": 2,
        "rows": 5,
        "reminders": 3,
        "faults": [],
    }


def test_verify_names_what_is_wrong(within: Within, ran: list[str], tmp_path: Path) -> None:
    """A ledger that was tampered with exits 2 and says what does not hold."""
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("UPDATE rows SET uuid = NULL WHERE status = 'created'")
    database.close()
    found = within("ledger", "verify")

    assert found.code == 2
    assert "created without a uuid" in found.out


def test_ledger_that_is_not_there_is_not_made(within: Within, tmp_path: Path) -> None:
    """Looking makes nothing."""
    assert within("ledger", "find", "A10", "--ledger", "none.db").code == 2
    assert not (tmp_path / "none.db").exists()


def test_rebind_gives_the_ledger_to_another_address(within: Any, tmp_path: Path) -> None:
    """The address is changed by a word of its own; an address that cannot be one is refused."""
    place = str(tmp_path / "mine" / "ledger.db")
    first = within("ledger", "rebind", "https://api.example/v1", "--ledger", place)
    second = within("ledger", "rebind", "https://new.example:8443", "--ledger", place, "--json")

    assert first.code == 0, first.err
    assert "https://api.example now" in first.out
    assert second.document["address"] == "https://new.example:8443"
    assert second.document["before"] == "https://api.example"
    assert within("ledger", "rebind", "http://api.example", "--ledger", place).code == 2


HOSTILE = (
    "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,result_run,result_file,result_sheet,"
    "result_row,result_action,result_status,result_uuid,result_external_event_id,result_http_status,result_code,"
    "result_problem,result_fix,result_warnings,result_attempts,result_time\n"
    "B-7,212-555-0107,Mallory,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2099-03-09T14:30:00,America/New_York,{run},x,,2,create,"
    "created,{uuid},B-7,200,,,,,1,2026-11-01T00:00:00Z\n"
)


def test_a_report_from_elsewhere_is_marked_for_good(within: Any, tmp_path: Path) -> None:
    """A uuid that only a report tells is shown as such by explain, for people and for programs."""
    (tmp_path / "report.csv").write_text(HOSTILE.format(run="20261101-000000-abcd", uuid="9999"), encoding="utf-8")
    place = str(tmp_path / "mine" / "ledger.db")

    taken = within("ledger", "import", "report.csv", "--ledger", place)
    assert (taken.code, taken.out.split(";")[0]) == (0, "Took in 1 appointment"), taken.err
    (held,) = within("explain", "B-7", "--ledger", place, "--json").document["reminders"]
    assert (held["uuid"], held["origin"]) == ("9999", "import")
    assert "Taken in by importer ledger import" in within("explain", "B-7", "--ledger", place).out


@pytest.mark.parametrize(("run", "uuid"), [("../../somewhere/evil", "1"), ("20261101-000000-abcd", "x" * 3_000)])
def test_a_report_that_no_run_wrote_is_refused(within: Any, tmp_path: Path, run: str, uuid: str) -> None:
    """A row's run and identifier are judged before anything is taken in; the sentence names the row."""
    (tmp_path / "report.csv").write_text(HOSTILE.format(run=run, uuid=uuid), encoding="utf-8")

    ran = within("ledger", "import", "report.csv", "--ledger", str(tmp_path / "mine" / "ledger.db"))
    assert ran.code == 3
    assert "Row 2: result_" in ran.err
    assert "evil" not in ran.err
