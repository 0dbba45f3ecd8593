"""A job against a sandbox on loopback, with its ledger and reports in a temporary folder and its clock in hand."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.commands.job import Job
from importer.commands.run import RunResult, run
from importer.model.profile import Profile
from importer.settings import Settings, TokenSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.sandbox import Sandbox

NOW = 1_804_000_000.0  # 2027-03-02 in UTC
EVENT_TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
ROW = {
    "externalEventId": "1001",
    "phone": "(212) 555-0101",
    "firstName": "Ana",
    "eventType": EVENT_TYPE,
    "eventDateTime": "2027-03-08 09:00",
    "subscriberTimeZone": "America/New_York",
}


@dataclass
class Desk:
    """A clinic's desk: sheets are written here, sent to the sandbox, and reported on."""

    folder: Path
    sandbox: Sandbox
    now: float = NOW
    profile: Profile = field(default_factory=Profile)
    settings: dict[str, Any] = field(default_factory=dict)

    def job(self, **settings: Any) -> Job:
        made = Settings(
            base_url=self.sandbox.base_url,
            ledger_url=str(self.folder / "ledger.db"),
            reports_dir=self.folder / "reports",
            rate=0,
            token_source=TokenSource.of(self.sandbox.token),
        )
        return Job(replace(made, **(self.settings | settings)), self.profile, now=lambda: self.now)

    def sheet(self, *rows: Mapping[str, str], name: str = "week.csv") -> str:
        """Write rows as a CSV of all their columns; what a row does not name is blank."""
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, headings, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    def run(self, *rows: Mapping[str, str], **settings: Any) -> RunResult:
        return run(self.job(**settings), [self.sheet(*rows)])

    def deeds(self) -> list[tuple[str, str | None, Mapping[str, Any] | None]]:
        """Return what the API really did so far: action, external event id, body."""
        return [(str(done.action), done.external_event_id, done.body) for done in self.sandbox.effects()]


def appointments(count: int, **changes: str) -> list[dict[str, str]]:
    """Return so many different appointments."""
    return [
        ROW | {"externalEventId": str(1001 + place), "phone": f"212555{101 + place:04d}"} | changes
        for place in range(count)
    ]


def statuses(result: RunResult) -> list[str]:
    """Return the status of every row, in order."""
    return [str(row.status) for row in result.report.rows()]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))
