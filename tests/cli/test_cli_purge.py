"""importer ledger purge: says what goes before it goes, and what stays."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from purge_months import visit

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
YEAR_S = 400 * 86_400


def test_a_purge_on_the_command_line(within: Within, tmp_path: Path) -> None:
    """A dry run counts and removes nothing; then the data goes, the log names nobody, and the key's place is said once."""
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    rows = [visit(number, f"{start:%Y-%m-%d} 09:00") for number in (1, 2)]
    heading = ",".join(rows[0])
    (tmp_path / "week.csv").write_text(
        "\n".join([heading, *(",".join(row.values()) for row in rows)]), encoding="utf-8"
    )
    with Sandbox() as sandbox:
        environ = {
            "IMPORTER_TOKEN": sandbox.token, "IMPORTER_BASE_URL": sandbox.base_url,
            "IMPORTER_LEDGER": str(tmp_path / "a.db"), "IMPORTER_LOG": str(tmp_path / "a.log"),
        }  # fmt: skip
        done = within("run", "week.csv", "--json", environ=environ).document
    assert done["totals"]["created"] == 2
    with closing(sqlite3.connect(tmp_path / "a.db")) as ledger, ledger:
        # Long ago, and of a visit that is over.
        ledger.execute("UPDATE runs SET finished_at = finished_at - ?", (YEAR_S,))
        ledger.execute("UPDATE reminders SET updated_at = updated_at - ?, starts_at = 1", (YEAR_S,))

    looked = within("ledger", "purge", "--older-than", "90d", "--dry-run")
    kept = (tmp_path / "a.db").read_bytes()
    removed = within("ledger", "purge", "--older-than", "90d")
    again = within("ledger", "purge", "--older-than", "90d", "--json").document

    assert looked.code == removed.code == 0, (looked.err, removed.err)
    assert "2 rows of 1 run, 2 appointments, 1 report." in looked.out
    assert b"Quillfeather" in kept
    assert removed.out.startswith("Removed personal data: 2 rows of 1 run, 2 appointments, 1 report.")
    assert f"A key was made: {tmp_path / 'home' / 'config' / 'appointment-importer' / 'purge.key'}" in removed.out
    assert (again["removed"], again["runs"], again["key"]) == (False, 0, None)
    for place in (tmp_path / "a.db", tmp_path / "a.log", tmp_path / "reports" / done["run"] / "summary.json"):
        assert b"Quillfeather" not in place.read_bytes()
    assert "Personal data removed" in within("runs", done["run"]).out
    assert "personal data removed" in within("explain", "QX-7731-1").out
    assert within("explain", "QX-7731-1", "--json").document["rows"][0]["purged_at"]


@pytest.mark.parametrize("days", ["90 days", "0d", "-3d", "soon", ""])
def test_days_that_are_none_are_refused(within: Within, days: str) -> None:
    """What is no number of days is a usage error; nothing is looked at."""
    refused = within("ledger", "purge", "--older-than", days)

    assert refused.code == 2
    assert "such as 90d" in refused.err


def test_nothing_is_made_where_there_is_no_ledger(within: Within, tmp_path: Path) -> None:
    """A purge makes neither a ledger nor a key."""
    found = within("ledger", "purge", "--older-than", "90d", "--ledger", "absent.db")

    assert found.code == 0
    assert found.out.startswith("No personal data from before")
    assert not (tmp_path / "absent.db").exists()
