"""A column of weekdays beside the date: it contradicts the start or says nothing; it is never what a start is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import importer
from importer.columns.days_beside import is_of_weekdays, weekdays_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Codes = Callable[..., list[list[str]]]

UUID = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
HEADINGS = (
    *("Day", "DAY", "Weekday", "Week day", "Day of week", "Day of the Week", "DayOfWeek", "DOW", "Wochentag", "Tag", "Día", "Jour", "Giorno"),
    *("Dia da semana", "Día de la semana", "Jour de la semaine", "Dag", "Appt Day", "Visit day", "Day of appointment", "Session Day"),
)  # fmt: skip
OTHER_HEADINGS = (
    *("Reminder day", "Preferred day", "Best day", "Clinic days", "Day off", "Recall day", "Booked day", "Booking day", "Days", "Schedule day"),
    *("Call day", "Start Date", "Time", "Pay day", "Last day", "Next Day", "Day phone", "Holiday", "Status", ""),
)  # fmt: skip


@pytest.fixture
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Codes:
    """Return the problems of rows below these headings, beside a number, a name and a phone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "importer.toml").write_text(
        f'[profile.p]\nregion = "US"\nzone = "America/New_York"\nevent_type = "{UUID}"\nremind_time_offset = "PT3H"\n',
        encoding="utf-8",
    )

    def checked(headings: str, *rows: str, more: str = "") -> list[list[str]]:
        with (tmp_path / "importer.toml").open("a", encoding="utf-8") as file:
            file.write(more)
        lines = [f"Patient,Phone,Appointment ID,{headings}"]
        lines += [f"Ana Lopez,(212) 555-01{number:02},A{number},{row}" for number, row in enumerate(rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found: list[dict[str, Any]] = list(importer.check("a.csv", profile="p").rows())
        return [[problem["code"] for problem in row["problems"]] for row in found]

    return checked


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_of_weekdays(heading: str) -> None:
    """A word for a day, alone or with words of the visit."""
    assert is_of_weekdays(heading)


@pytest.mark.parametrize("heading", OTHER_HEADINGS)
def test_other_headings(heading: str) -> None:
    """Days of reminders, wishes, opening and booking."""
    assert not is_of_weekdays(heading)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("Friday", {4}),
        ("FRI.", {4}),
        ("(Fri)", {4}),
        ("Thurs", {3}),
        ("Freitag", {4}),
        ("vendredi", {4}),
        ("Mié.", {2}),
        ("sexta-feira", {4}),
        ("terça feira", {1}),
        ("ma", {0, 1}),
        ("Do", {3, 6}),
        ("di", {1, 6}),
        ("", set()),
        ("5", set()),
        ("Fri/Sat", set()),
        ("Every Friday", set()),
        ("Day 3", set()),
        ("TBD", set()),
    ],
)
def test_weekdays_of_a_cell(cell: str, numbers: set[int]) -> None:
    """One weekday in one of the languages; two letters may be two days."""
    assert weekdays_of(cell) == numbers


@pytest.mark.parametrize("heading", ["Day", "Weekday", "Day of week", "DOW", "Wochentag", "Día", "Jour"])
def test_another_weekday_is_a_problem(codes: Codes, heading: str) -> None:
    """Of each row by itself; blanks and other words stop nothing."""
    rows = ("Friday,2027-03-04,15:00", "Thu,2027-03-04,15:30", ",2027-03-04,16:00", "TBD,2027-03-04,16:30")
    assert codes(f"{heading},Date,Time", *rows) == [["date_weekday"], [], [], []]


def test_a_column_that_is_blank_so_far(codes: Codes) -> None:
    """Its heading tells it, so that a weekday further down is compared."""
    rows = [f",2027-03-{4 + at % 20:02},{8 + at % 9}:00" for at in range(60)]
    *first, last = codes("Day,Date,Time", *rows, "Mo,2027-03-04,15:00")
    assert last == ["date_weekday"]
    assert not any("date_weekday" in found for found in first)


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("Start,Day", "2027-03-04T15:00:00,Friday"),
        ("Date,Time,Day", "4 March 2027,3:00 PM,vendredi"),
        ("Date,Time,Weekday,Day", "2027-03-04,15:00,Thursday,Wed"),
    ],
)
def test_whatever_the_start_is_read_from(codes: Codes, headings: str, row: str) -> None:
    """The day as it was read counts, in one column or in two."""
    assert codes(headings, row) == [["date_weekday"]]


@pytest.mark.parametrize(
    ("start", "day", "found"),
    [
        ("2027-03-05T03:30:00Z", "Thursday", []),
        ("2027-03-05T03:30:00Z", "Friday", []),
        ("2027-03-05T03:30:00Z", "Saturday", ["date_weekday"]),
        ("2027-03-04T23:30:00", "Friday", ["date_weekday"]),
    ],
)
def test_a_start_with_an_offset(codes: Codes, start: str, day: str, found: list[str]) -> None:
    """Its weekday may be that of the person's own clock, or the one that is typed."""
    assert codes("Start,Day", f"{start},{day}") == [found]


@pytest.mark.parametrize("heading", ["Reminder day", "Preferred day", "Recall day", "Booked day"])
def test_days_of_other_things(codes: Codes, heading: str) -> None:
    """A day of something else need not be that of the visit."""
    assert codes(f"{heading},Date,Time", "Friday,2027-03-04,15:00") == [[]]


def test_a_column_that_is_left_out(codes: Codes) -> None:
    """The profile says that it is about something else."""
    assert codes("Day,Date,Time", "Friday,2027-03-04,15:00", more='[profile.p.columns]\n"Day" = ""\n') == [[]]


def test_an_unreadable_date_has_its_own_problem(codes: Codes) -> None:
    """Of a date that cannot be read nobody knows the weekday."""
    assert codes("Day,Date,Time", "Friday,2027-02-30,15:00") == [["date_unreadable"]]


def test_both_days_are_told(codes: Codes) -> None:
    """With the column of the weekday."""
    codes("Day,Date,Time", "Friday,2027-03-04,15:00")
    (row,) = importer.check("a.csv", profile="p").rows()
    (told,) = row["problems"]
    assert told["message"] == ('Column D "Day": “Friday, 2027-03-04” names a weekday, but that date is a Thursday.')
    assert row["payload"] is None or "eventDateTime" not in row["payload"]


def test_each_pair_is_looked_at_once(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows have it."""
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr("importer.columns.days_beside._is_another", lambda cell, day: bool(seen.append((cell, day))))
    rows = [f"Thu,2027-03-04,{8 + at // 60}:{at % 60:02}" for at in range(99)]
    assert not np.any([found for found in codes("Day,Date,Time", *rows) if "date_weekday" in found])
    assert seen == [("Thu", "2027-03-04")]
