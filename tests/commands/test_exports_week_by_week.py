"""A known system's export, week by week: booked, cancelled in the system, cancelled here; and its report fed back."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from desk import EVENT_TYPE, statuses

from importer.commands.run import run
from importer.model.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

EXPORT = (resources.files("sample_data") / "exports" / "fresha.csv").read_text(encoding="utf-8")
PROFILE = Profile(name="salon", declared=True, zone="America/New_York", event_type=EVENT_TYPE)


@pytest.fixture
def salon(desk: Desk) -> Desk:
    """Give a desk whose profile has answered what the export never holds."""
    desk.profile = PROFILE
    return desk


def written(folder: Path, text: str, name: str = "week.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_visit_that_the_system_cancels_is_cancelled(salon: Desk) -> None:
    """A visit booked in one week's export and cancelled in the next one's has its reminder cancelled, once."""
    first = run(salon.job(), [written(salon.folder, EXPORT)])
    later = EXPORT.replace("Check-up,Booked", "Check-up,Cancelled")
    second = run(salon.job(), [written(salon.folder, later, "next.csv")])
    third = run(salon.job(), [written(salon.folder, later, "again.csv")])

    assert statuses(first) == ["created", "unchanged", "invalid", "created"]
    assert statuses(second) == ["unchanged", "unchanged", "invalid", "cancelled"]
    assert statuses(third) == ["unchanged", "unchanged", "invalid", "unchanged"]
    assert [(action, number) for action, number, _ in salon.deeds()] == [
        ("create", "#F41"), ("create", "#F44"), ("cancel", "#F44"),
    ]  # fmt: skip


def test_report_of_an_export_sends_nothing_again(salon: Desk) -> None:
    """The report of an export, fed back as it is, sends nothing; a row corrected in it is sent."""
    first = run(salon.job(), [written(salon.folder, EXPORT)])
    report = first.paths["results.csv"].read_text(encoding="utf-8-sig")
    again = run(salon.job(), [written(salon.folder, report, "report.csv")])
    corrected = run(salon.job(), [written(salon.folder, report.replace("No-show", "Confirmed"), "corrected.csv")])

    assert set(statuses(again)) == {"unchanged", "invalid"}
    assert statuses(corrected) == ["unchanged", "unchanged", "created", "unchanged"]
    assert [action for action, *_ in salon.deeds()] == ["create"] * 3


def test_missed_visit_is_not_told_anybody_unasked(salon: Desk) -> None:
    """A visit that the system calls missed sends nothing until the profile says what it asks for, and then only that."""
    booked = EXPORT.replace("No-show", "Booked")
    run(salon.job(), [written(salon.folder, booked)])
    before = len(salon.deeds())
    run(salon.job(), [written(salon.folder, EXPORT, "next.csv")])
    assert len(salon.deeds()) == before

    salon.profile = replace(PROFILE, missed="cancel")
    run(salon.job(), [written(salon.folder, EXPORT, "after.csv")])

    assert [(action, number) for action, number, _ in salon.deeds()][before:] == [("cancel", "#F43")]


def test_system_none_reads_the_words_as_any_sheet(salon: Desk) -> None:
    """With `none` a cancelled row is a problem as in any other sheet, and nothing is cancelled."""
    salon.profile = replace(PROFILE, system="none")
    result = run(salon.job(), [written(salon.folder, EXPORT)])

    assert statuses(result) == ["created", "invalid", "invalid", "created"]
