"""importer ledger fold, and the setting that does the same after each run."""

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


def test_a_folding_on_the_command_line(within: Within, tmp_path: Path) -> None:
    """A dry run counts and folds nothing; then cells are gone, and counts, runs and explain say what was removed, when and by what."""
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    rows = [visit(number, f"{start:%Y-%m-%d} 09:00") for number in (1, 2)]
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (tmp_path / "week.csv").write_text("\n".join(lines), encoding="utf-8")
    with Sandbox() as sandbox:
        environ = {
            "IMPORTER_TOKEN": sandbox.token, "IMPORTER_BASE_URL": sandbox.base_url,
            "IMPORTER_LEDGER": str(tmp_path / "a.db"),
        }  # fmt: skip
        done = [within("run", "week.csv", "--json", environ=environ).document for _ in range(4)]
        with closing(sqlite3.connect(tmp_path / "a.db")) as ledger, ledger:
            ledger.execute("UPDATE runs SET finished_at = finished_at - ?", (YEAR_S,))

        looked = within("ledger", "fold", "--older-than", "90d", "--dry-run")
        folded = within("ledger", "fold", "--older-than", "90d")
        again = within("ledger", "fold", "--older-than", "90d", "--json").document
        later = within("run", "week.csv", environ=environ | {"IMPORTER_KEEP_UNCHANGED_ROWS": "90d"})

    assert looked.code == folded.code == later.code == 0, (looked.err, folded.err, later.err)
    assert looked.out == "To be folded: 4 unchanged rows of 2 runs.\n"
    assert folded.out == "Folded 4 unchanged rows of 2 runs.\n"
    assert (again["folded"], again["runs"], again["rows"]) == (0, 0, 0)
    assert again["spared"] == {"held": 0, "stopped": 0, "unknown": 0}
    assert "Cells of 2 unchanged rows removed" in within("runs", done[1]["run"]).out
    assert "(keep_unchanged_rows)" in within("runs", done[3]["run"]).out
    assert within("runs", done[1]["run"], "--json").document["run"]["folded"]["by"] == "importer ledger fold"
    told = within("explain", "QX-7731-1", "--json").document["rows"]
    assert ["folded_at" in row for row in told] == [False, True, True, True, False]
    assert "cells of 3 of them removed (keep_unchanged_rows)" in within("explain", "QX-7731-1").out
    assert within("ledger", "verify").code == 0


@pytest.mark.parametrize("days", ["90 days", "0d", "-3d", "soon", "9.5"])
def test_days_that_are_none_are_refused(within: Within, tmp_path: Path, days: str) -> None:
    """What is no number of days is a usage error, as an option and as a setting; nothing is looked at."""
    by_hand = within("ledger", "fold", "--older-than", days)
    (tmp_path / "own.toml").write_text(f'keep_unchanged_rows = "{days}"\n', encoding="utf-8")
    by_setting = within("config", "show", "--config", str(tmp_path / "own.toml"))

    assert by_hand.code == by_setting.code == 2
    assert "such as 90d" in by_hand.err
    assert "such as 90d" in by_setting.err


def test_nothing_is_made_where_there_is_no_ledger(within: Within, tmp_path: Path) -> None:
    """A folding makes no ledger."""
    found = within("ledger", "fold", "--older-than", "90d", "--ledger", "absent.db")

    assert (found.code, found.out) == (0, "There is nothing to fold.\n")
    assert not (tmp_path / "absent.db").exists()
