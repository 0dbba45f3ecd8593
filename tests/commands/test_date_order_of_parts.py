"""The order of day and month is the whole column's, whatever rows are wanted and whatever chunk a row falls into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE, NOW

from importer.commands.check import check
from importer.commands.job import Job
from importer.model.profile import Profile
from importer.settings import RowRange, Settings

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Profile()
HEADINGS = "Appointment ID,Phone,Event type,Start,Time zone\n"


def sheet(folder: Path, *dates: str) -> str:
    rows = [f"{n},6465550{n % 90 + 100},{EVENT_TYPE},{date} 10:00,America/Denver\n" for n, date in enumerate(dates, 1)]
    path = folder / "dates.csv"
    path.write_text(HEADINGS + "".join(rows), encoding="utf-8")
    return str(path)


def judged(path: str, profile: Profile = PLAIN, **settings: Any) -> list[tuple[int, str]]:
    """Return each row's number with its start, or the code of its first problem."""
    lines: list[Any] = []
    check(Job(Settings(**settings), profile, now=lambda: NOW), [path], each_row=lines.append)
    return [
        (line["row"], line["problems"][0]["code"] if line["problems"] else line["payload"]["eventDateTime"][:10])
        for line in lines
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"rows": (RowRange(2, 2),)},
        {"rows": (RowRange(2, 3),)},
        {"rows": (RowRange(2, 2), RowRange(4, 4))},
        {"limit": 1},
        {"limit": 2},
        {},
    ],
    ids=str,
)
def test_a_part_does_not_prove_what_the_whole_denies(tmp_path: Path, settings: dict[str, Any]) -> None:
    """In a sheet of both orders no choice of rows makes 5/6 certain."""
    path = sheet(tmp_path, "5/6/2027", "25/6/2027", "6/25/2027")

    assert judged(path, **settings)[0] == (2, "date_ambiguous")


@pytest.mark.parametrize("settings", [{"rows": (RowRange(2, 2),)}, {"limit": 1}], ids=str)
def test_the_rows_that_are_not_wanted_prove_the_order(tmp_path: Path, settings: dict[str, Any]) -> None:
    """One 25/6 among the rows left out makes 5/6 the fifth of June, as it does when all are read."""
    path = sheet(tmp_path, "5/6/2027", "7/6/2027", "25/6/2027")

    assert judged(path, **settings) == [(2, "2027-06-05")]


def test_short_years_are_alike_in_every_chunk(tmp_path: Path) -> None:
    """A proof far below holds for the first rows too, also where the years have two digits."""
    dates = ["5/6/27"] * 170 + ["25/6/2027"] + ["7/6/27"] * 30
    found = judged(sheet(tmp_path, *dates), Profile(two_digit_years=True))

    assert {said for _, said in found} == {"2027-06-05", "2027-06-25", "2027-06-07"}


def test_short_years_without_proof_want_the_order(tmp_path: Path) -> None:
    """Nobody is told to set what is set: where short years are allowed, the order is what is missing."""
    found = judged(sheet(tmp_path, *["5/6/27"] * 170), Profile(two_digit_years=True))

    assert {said for _, said in found} == {"date_ambiguous"}
