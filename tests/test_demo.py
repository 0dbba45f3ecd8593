"""The demo plays the sample sheets to the end, whatever the year."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
import time_machine

import sample_data
from importer.demo import Play, play
from importer.model.statuses import Status

if TYPE_CHECKING:
    from pathlib import Path

FILES = sample_data.expected()["files"]


def statuses(played: Play, act: int) -> list[tuple[int, str]]:
    """Return row number and status of each row of an act's results.csv."""
    with played.acts[act][1].paths["results.csv"].open(encoding="utf-8-sig", newline="") as file:
        return [(int(row["result_row"]), row["result_status"]) for row in csv.DictReader(file)]


def stated(name: str) -> list[tuple[int, str]]:
    return [(row["row"], row["run"]) for row in FILES[name]["rows"]]


@pytest.mark.parametrize("workbooks", [False, True], ids=["csv", "xlsx"])
def test_each_row_ends_as_stated(tmp_path: Path, workbooks: bool) -> None:
    """Booked, then moved, cancelled and missed: every row of both sheets has the status of expected.json."""
    played = play(tmp_path / "demo", workbooks=workbooks)

    assert statuses(played, 0) == stated("clinic_week.csv")
    assert statuses(played, 1) == stated("clinic_week_changes.csv")


def test_created_rows_have_their_uuid(tmp_path: Path) -> None:
    """In the report of the first sheet each created row has a uuid, all different."""
    played = play(tmp_path / "demo")
    with played.acts[0][1].paths["results.csv"].open(encoding="utf-8-sig", newline="") as file:
        uuids = [row["result_uuid"] for row in csv.DictReader(file) if row["result_status"] == "created"]

    assert all(uuids)
    assert len(set(uuids)) == played.acts[0][1].totals[Status.CREATED] == 55


@pytest.mark.parametrize("year", [2026, 2031, 2040])
def test_works_in_other_years(tmp_path: Path, year: int) -> None:
    """The clock of the machine makes no difference: the samples do not age."""
    with time_machine.travel(f"{year}-07-01T12:00:00Z"):
        played = play(tmp_path / "demo")

    assert statuses(played, 0) == stated("clinic_week.csv")
    assert statuses(played, 1) == stated("clinic_week_changes.csv")


def test_leaves_what_is_there_alone(tmp_path: Path) -> None:
    """A second demo takes a directory beside the first."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine", encoding="utf-8")

    played = play(tmp_path / "demo")

    assert played.folder == tmp_path / "demo-2"
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["mine.txt"]
