"""The clinic week, sent to a sandbox in another process: as stated, not twice, and only what changed."""

from __future__ import annotations

import csv
import http.client
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import sample_data
from importer.commands.job import Job
from importer.commands.run import RunResult, run
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.settings import Settings, TokenSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEEK = "clinic_week.csv"


class Elsewhere:
    """The command ``importer sandbox`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", "import sys; from importer.cli import main; sys.exit(main())"]
        log = str(folder / "effects.jsonl")
        self.process = subprocess.Popen(
            [*command, "sandbox", "--port", "0", "--effects", log], stdout=subprocess.PIPE, text=True
        )
        self.base_url = self.process.stdout.readline().split()[2]

    def ask(self, what: str) -> Any:
        """Ask an admin call."""
        line = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        line.request("GET", f"/_sandbox/{what}", headers={"Authorization": "Bearer sandbox"})
        answer = json.loads(line.getresponse().read())
        line.close()
        return answer


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    sandbox = Elsewhere(tmp_path)
    yield sandbox
    sandbox.process.terminate()
    sandbox.process.communicate()


def send(sheet: Path, base_url: str) -> RunResult:
    """Run a sheet on the Friday before its week, with the ledger beside it."""
    settings = Settings(
        base_url=base_url,
        ledger_url=str(sheet.with_name("ledger.db")),
        reports_dir=sheet.with_name("reports"),
        token_source=TokenSource.of("sandbox"),
        yes=True,
    )
    return run(Job(settings, Profile(), now=lambda: sample_data.moment(WEEK)), [str(sheet)])


def with_times_changed(sheet: Path, numbers: dict[str, str]) -> Path:
    """Write the sheet again under another name, with other starts for these appointment numbers."""
    with sheet.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    number, start = headings.index("Appointment number"), headings.index("Appointment start")
    for row in rows:
        row[start] = numbers.get(row[number], row[start])
    changed = sheet.with_name("changed.csv")
    with changed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return changed


def test_statuses_are_the_stated_ones(tmp_path: Path, elsewhere: Elsewhere) -> None:
    """Each row of the week ends as expected.json says, and the sandbox did exactly the creates."""
    result = send(sample_data.copy(WEEK, tmp_path), elsewhere.base_url)
    with result.paths["results.csv"].open(encoding="utf-8-sig", newline="") as file:
        statuses = [(int(row["result_row"]), row["result_status"]) for row in csv.DictReader(file)]

    assert statuses == [(row["row"], row["run"]) for row in sample_data.expected()["files"][WEEK]["rows"]]
    assert [effect["action"] for effect in elsewhere.ask("effects")] == ["create"] * 55


def test_second_run_sends_nothing(tmp_path: Path, elsewhere: Elsewhere) -> None:
    """The same sheet again costs no request, whatever its name."""
    sheet = sample_data.copy(WEEK, tmp_path)
    send(sheet, elsewhere.base_url)
    before = elsewhere.ask("stats")["requests"]

    again = send(sheet.rename(tmp_path / "another name.csv"), elsewhere.base_url)

    assert elsewhere.ask("stats")["requests"] == before == 55
    assert again.totals[Status.UNCHANGED] == 55


def test_three_changed_times_are_three_updates(tmp_path: Path, elsewhere: Elsewhere) -> None:
    """With three starts changed exactly three updates go out, each with start and zone and nothing else."""
    moved = {"40101": "2027-03-08 10:00", "40120": "2027-03-10 10:30", "40155": "2027-03-13 12:00"}
    sheet = sample_data.copy(WEEK, tmp_path)
    send(sheet, elsewhere.base_url)

    again = send(with_times_changed(sheet, moved), elsewhere.base_url)
    updates = elsewhere.ask("effects?after=55")

    assert {effect["external_event_id"]: effect["body"] for effect in updates} == {
        number: {"eventDateTime": start.replace(" ", "T") + ":00", "subscriberTimeZone": "America/New_York"}
        for number, start in moved.items()
    }
    assert [effect["action"] for effect in updates] == ["update"] * 3
    assert again.totals[Status.UPDATED] == 3
