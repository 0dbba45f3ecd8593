"""Lines above the headings that say what the sheet's colours mean: no file type gives colours on, so they stop the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

import importer
from importer.columns.status_phrases import read
from importer.columns.visit_words import is_colour_legend

LEGENDS = (
    "Red = cancelled",
    "Red: Cancelled, Green: confirmed",
    "Rows in red are cancelled",
    "Cancelled appointments are shown in red",
    "Highlighted rows are no shows",
    "Yellow = no show",
    "Legend: grey = moved / rescheduled",
    "Key: Red cancelled Yellow pending",
    "orange = on hold",
    "Strikethrough = cancelled",
    "Rot = abgesagt",
    "Rouge = annulé, vert = confirmé",
    "Rojo: cancelada",
    "Rood = geannuleerd",
)
OTHERS = (
    "Red Cross Clinic",
    "Green Valley Dental",
    "Cancellation policy: red fee",
    "Dr. Brown cancellations list excluded",
    "Green = confirmed",
    "Grey's Salon - cancelled by 24h policy",
    "Red Lodge - no show fee",
    "Color appointments",
    "Hair color bookings",
    "Black & White Salon",
)
HEADINGS = "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,remindTimeOffset"
ROW = "L-1,2125550101,Ana,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2027-03-11T14:30:00,America/New_York,PT3H"


@pytest.mark.parametrize("line", LEGENDS)
def test_a_legend_of_visits_that_are_off(line: str) -> None:
    """A colour and a word of a visit that is off, and nothing that is of neither."""
    assert is_colour_legend(read(line))


@pytest.mark.parametrize("line", OTHERS)
def test_other_lines_with_a_colour(line: str) -> None:
    """Names, other rules, and what is said of visits that take place."""
    assert not is_colour_legend(read(line))


@pytest.mark.parametrize(
    ("head", "row", "codes"),
    [(HEADINGS, ROW, ["colours_tell"]), (f"{HEADINGS},Status", f"{ROW},Booked", [])],
)
def test_a_legend_stops_the_rows_unless_a_column_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, row: str, codes: list[str]
) -> None:
    """Nobody knows which rows are red; where a status column says of each row what it is, the colours say it twice."""
    monkeypatch.chdir(tmp_path)
    Path("legend.csv").write_text(f"Red = cancelled\n{head}\n{row}\n", encoding="utf-8")
    (found,) = importer.check("legend.csv").rows()
    assert [problem["code"] for problem in found["problems"]] == codes
