"""A file that is due and has not come has an exit code of its own."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from desk import appointments

from importer.errors import Exit
from importer.ingest.expected_files import missing_sentence
from importer.model.drops import Drop, Expected

if TYPE_CHECKING:
    from drop_yard import Yard

ZONE = "America/New_York"


def at(text: str) -> float:
    """Return a moment by the clock of New York."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


def drop(**how: object) -> Drop:
    wanted = {"days": frozenset({0, 3}), "by": time(6), "zone": ZONE} | how
    return Drop("north", Path("north"), expected=Expected(**wanted))  # type: ignore[arg-type]


# 2027-03-01 is a Monday; files are due on Mondays and Thursdays by six.
@pytest.mark.parametrize(
    ("last", "now", "missing"),
    [
        pytest.param("2027-03-01T02:00", "2027-03-01T07:00", False, id="came"),
        pytest.param("2027-02-25T02:00", "2027-03-01T05:59", False, id="not-due-yet"),
        pytest.param("2027-02-25T02:00", "2027-03-01T06:00", True, id="missing"),
        pytest.param("2027-02-25T02:00", "2027-03-02T12:00", True, id="still-missing-on-a-day-without"),
        pytest.param("2027-03-01T09:00", "2027-03-01T10:00", False, id="late-but-here"),
        pytest.param("2027-02-27T09:00", "2027-03-01T10:00", False, id="early"),
        pytest.param("2027-03-11T05:00", "2027-03-15T06:00", True, id="after-the-clock-change"),
        pytest.param("2027-03-15T05:59", "2027-03-15T06:01", False, id="after-the-clock-change-came"),
        pytest.param(None, "2027-03-01T07:00", True, id="never-any"),
    ],
)
def test_due_files(last: str | None, now: str, *, missing: bool) -> None:
    """A file is missing once its time is past and none came since the one before was due, by the drop's own clock."""
    found = missing_sentence(drop(), at(last) if last else None, at(now))

    assert bool(found) is missing


def test_pass_just_after_the_time_tells_the_same_day() -> None:
    """A pass at a quarter past six took yesterday's file then; today's, due by six, is missing today and not tomorrow."""
    every_day = drop(days=frozenset(range(7)))

    assert missing_sentence(every_day, at("2027-03-01T06:15"), at("2027-03-02T06:15"))
    assert not missing_sentence(every_day, at("2027-03-01T22:00"), at("2027-03-02T06:15"))


def test_holiday_expects_nothing() -> None:
    """On a holiday nothing is due, and the file of the day before still counts."""
    holiday = drop(holidays=frozenset({date(2027, 3, 1)}))

    assert missing_sentence(holiday, at("2027-02-25T02:00"), at("2027-03-01T07:00")) == ""


def test_missing_file_keeps_its_code(yard: Yard) -> None:
    """Exit 12 in every pass, with a sentence, until a file has come; other files' codes that are worse win."""
    yard.how["expected"] = Expected(frozenset(range(7)), time(0), "UTC")

    first, second = yard.ingest(), yard.ingest()
    yard.put("a.csv", *appointments(1))
    third = yard.ingest()

    assert [first.exit_code, second.exit_code, third.exit_code] == [Exit.FILE_MISSING, Exit.FILE_MISSING, Exit.DONE]
    assert "is missing" in second.news[0]
