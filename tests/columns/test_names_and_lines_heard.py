"""Words at an end of a name that are nobody's, days and times in names, and lines about people whose numbers take no texts."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import pytest

import importer
from importer.columns.cell_meaning import Heeded
from importer.columns.consent_phrases import tells_colours
from importer.columns.days_beside import news_of
from importer.columns.lines_and_marks import code_above, heeded_of_person
from importer.normalizing.names_and_texts import parse_name

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS: Final = ["externalEventId", "phone", "firstName", "eventType", "eventDateTime", "subscriberTimeZone", "remindTimeOffset", "Status"]  # fmt: skip

OFF: Final = (
    "Lee N/S", "Lee n/s 3/12", "Lee DNA", "Lee FTA", "Lee dnk", "Lee xx", "XXX Ana", "Lee inactive", "Lee waitlist", "Lee verhindert",
    "Lee late cancel", "Lee late cancellation", "Lee out sick", "Lee (in hospital)",
)  # fmt: skip
DEAD: Final = ("Estate of Ana Lee", "The late Ana Lee", "Nachlass von Ana Lee", "Ana Lee RIP")
NO_TEXTS: Final = ("Lee landline", "Lee Festnetz", "Lee (unsub)", "Lee DND")
PERHAPS: Final = {
    "Lee CX": Heeded.PERHAPS_OFF, "Ana Lee (now 3pm)": Heeded.PERHAPS_OFF, "Lee (no cell)": Heeded.PERHAPS_REFUSED,
    "Lee (phone only)": Heeded.PERHAPS_REFUSED,
}  # fmt: skip
NAMES: Final = (
    "CX Lee", "Ana NS", "Kumar RS", "Ana Late", "Late Lee", "Ana Estate", "Estate", "XX", "Anna RIP", "Ana Sick", "Hospital", "Ana Hospital",
    "Landline", "Ana X", "Lee (née Roe)", "Lee (goes by Liz)", "Lee (no relation)", "Lee (new pt)", "Lee (text ok)", "Lee (needs ride)", "Lee (Mom: Sue Roe)",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        *((name, Heeded.OFF) for name in OFF),
        *((name, Heeded.DEAD) for name in DEAD),
        *((name, Heeded.REFUSED) for name in NO_TEXTS),
        *PERHAPS.items(),
        *((name, None) for name in NAMES),
    ],
)
def test_word_at_an_end_of_a_name_is_heard(name: str, heard: Heeded | None) -> None:
    """A word that nobody is called, or a sentence in brackets, is heard at a name; surnames and initials are not."""
    assert heeded_of_person("fullName", name) is heard


@pytest.mark.parametrize("name", ["Ana RIP", "RIP Ana"])
def test_rip_beside_a_first_name_is_no_surname(name: str) -> None:
    """In a column of first names, RIP in capitals is no surname on either side."""
    assert heeded_of_person("firstName", name) is Heeded.DEAD


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("Ana 3pm", True), ("Ana (3:30)", True), ("Ana (4/2)", True), ("Ana → 3/28", True), ("Ana moved to 4/2", True), ("Ana 2", False),
        ("Ana 3rd", False), ("John Paul 2nd", False), ("Ana #12", False), ("A4 Amp", False),
    ],
)  # fmt: skip
def test_name_with_a_day_or_time_is_a_warning(name: str, is_told: bool) -> None:
    """A day or time within a name is told, since a message would greet with it; other numbers are not."""
    assert [issue.code for issue in parse_name(name).remarks] == ["name_placeholder"] * is_told


@pytest.mark.parametrize(
    "line",
    [
        "Landlines", "Landline patients", "Wrong numbers", "Bad numbers", "Undeliverable", "Unsubscribed", "Unsubscribed clients", "No consent",
        "No consent on file", "Consent missing", "Patients - no consent", "Call instead", "E-mail reminders only", "No reminders for these",
        "Keine Einwilligung", "Falsche Nummern", "Sin consentimiento", "Mauvais numéros", "Numeri sbagliati", "Verkeerde nummers",
    ],
)  # fmt: skip
def test_line_of_numbers_that_take_no_texts_is_heard(line: str) -> None:
    """A line above people whose numbers take no texts, or who have not consented, refuses them."""
    assert code_above(line) == "consent_refused"


@pytest.mark.parametrize(
    "line",
    [
        "Wrong numbers: 0", "Consent missing: 3", "Consent forms", "Consent on file", "Landline: 212-555-0100", "No reminder calls on weekends",
        "Call instead of walking in", "Mobiles", "Phone numbers",
    ],
)  # fmt: skip
def test_line_of_other_numbers_stops_nobody(line: str) -> None:
    """A count, a telephone of the clinic, and lines of forms and numbers refuse nobody."""
    assert code_above(line) is None


@pytest.mark.parametrize(
    ("line", "refuses"),
    [
        ("Red = do not text", True), ("Red: opted out", True), ("Yellow rows: no SMS", True), ("Rot = keine SMS", True), ("Red=STOP", True),
        ("Red = text ok", False), ("Green = ok to text", False), ("Red Stop", False), ("Red flag", False), ("Blue Cross", False), ("Do not text", False),
    ],
)  # fmt: skip
def test_legend_of_refused_texts(line: str, refuses: bool) -> None:
    """A line that says which colour those have who refuse texts is a legend; a name or another line with a colour is none."""
    assert tells_colours(line) is refuses


@pytest.mark.parametrize("place", ["above", "below"])
def test_legend_of_refused_texts_counts_beside_a_status(place: str, tmp_path: Path) -> None:
    """Who refuses texts is not told by a column Status, so a legend of that stops the rows all the same."""
    legend = ["Red = do not text"] + [""] * 7
    visits = [
        [f"L-{at}", f"212555010{at}", "Ana", "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01", f"2027-03-1{at}T14:30:00", "America/New_York", "PT3H", "Confirmed"]
        for at in (1, 2)
    ]  # fmt: skip
    rows = [legend, HEADINGS, *visits] if place == "above" else [HEADINGS, *visits, legend]
    path = tmp_path / "visits.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = [[each["code"] for each in row["problems"]] for row in importer.check(path).rows()]
    assert [codes for codes in found if "colours_tell" in codes] == [["colours_tell"]] * 2


@pytest.mark.parametrize(
    "note",
    [
        "works now 9am to 5pm",
        "hearing moved to 4/12",
        "school is now 8am",
        "sister's appt moved to 4/1",
        "new date 4/12 for court",
    ],
)
def test_times_of_work_school_and_court_are_not_the_visits(note: str) -> None:
    """A note about hours of work or school, a hearing or a relative's visit tells nothing of when this visit is."""
    assert not news_of(note)
