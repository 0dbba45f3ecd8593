"""What titles above the headings say of all rows: in sentences, with their month, behind a colon or a dash, in two cells."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import importer
from importer.columns.cell_meaning import Heeded
from importer.columns.lines_and_marks import code_above, heeded_of_person, mark_of_title
from importer.columns.visit_words import people_worth_reading

HEADINGS: Final = "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,remindTimeOffset"
ROW: Final = "L-1,2125550101,Ana,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2027-03-11T14:30:00,America/New_York,PT3H"

OFF: Final = (
    "All of these were cancelled",
    "Ces rendez-vous sont annulés",
    "Termine die abgesagt wurden",
    "Appuntamenti annullati",
    "Rescheduled appointments",
    "Smith Dental - Cancelled Appointments",
    "Appointments that did not take place",
    "No shows - March",
    "Waiting list March",
    "Missed visits March",
    "Lista de espera marzo",
    "Dr. Lee - cancellations",
    "Dr. Lee - waitlist",
    "Status: Broken",
    "Filters: cancelled only",
    "Estado: Anulada",
    "Statut : Annulé",
    "Stornierungen",
    "Ausgefallene Termine",
    "Diese Termine fallen aus",
    "Estas citas se han cancelado",
    "Afzeggingen",
    "Consultas desmarcadas",
    "Patients décédés",
    "Pacientes fallecidos",
    '"Status:",Cancelled,,',
    "Appointment Status,No Show,,",
    "Filter:,Cancelled,,",
    "Cancelled appointments,,,March 2027",
    "Location: Main,Status: Cancelled,,",
)
REFUSED: Final = (
    "DONT TEXT",
    "Patienten die keine SMS wollen",
    "Text consent = No",
    "No-text list",
    "No text patients",
    "STOP list",
    "SMS consent:,No,,",
    "Do not call",
)
SILENT: Final = (
    "Smith Dental",
    "Appointments March 2027",
    "Schedule for Monday",
    "Cancellation policy: 24 hours notice",
    "Call to cancel",
    "To cancel: call 212-555-0199",
    "Cancellations: call the office",
    "Confirmed appointments - cancel 24h before",
    "Please note: cancelled visits are billed",
    "No shows - $50 fee",
    "X = cancelled",
    "Cancelled: 0",
    "No shows: 0",
    "Total cancelled: 0",
    "Opt-outs: 0",
    "Wait list: 0",
    "Do not text list: none",
    "Show cancelled: no",
    "Replaces cancelled visits",
    '"42 appointments, 3 cancelled"',
    '"Booked: 12, cancelled: 3"',
    "Status: not cancelled",
    "Appointments may be rescheduled",
    "April Hold",
    "Provider: Hold",
    '"Appointments, cancelled removed"',
    "Location: Stop",
    "Dr. Lee - Moved",
    "Reply STOP to opt out",
    "SMS consent:,Yes,,",
    "Cancelled,0,,",
    "Cancelled,3,,",
    "Booked: 12,Cancelled: 3,,",
    "Patient,,Cancellation,",
    "Filter:,All but cancelled,,",
    "Show cancelled:,No,,",
)


def _codes(title: str) -> list[str]:
    Path("titled.csv").write_text(f"{title}\n{HEADINGS}\n{ROW}\n", encoding="utf-8")
    (row,) = importer.check("titled.csv").rows()
    return [problem["code"] for problem in row["problems"]]


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        *((title, ["status_not_used"]) for title in OFF),
        *((title, ["consent_refused"]) for title in REFUSED),
        *((title, []) for title in SILENT),
    ],
)
def test_title_is_heard_where_it_is_about_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str, codes: list[str]
) -> None:
    """A title that calls its rows off stops them; a rule, a count, a legend or what is left out does not."""
    monkeypatch.chdir(tmp_path)
    assert _codes(title) == codes


@pytest.mark.parametrize(
    ("field", "name", "heard"),
    [
        ("lastName", "Lopez (dont text)", Heeded.REFUSED),
        ("lastName", "Lopez no sms", Heeded.REFUSED),
        ("lastName", "Lopez NO TXT", Heeded.REFUSED),
        ("lastName", "Lopez 📵", Heeded.REFUSED),
        ("lastName", "Lopez (landline)", Heeded.REFUSED),
        ("lastName", "Lopez: call instead", Heeded.REFUSED),
        ("fullName", "Ana Lopez no sms", Heeded.REFUSED),
        ("lastName", "Lopez (dec'd)", Heeded.DEAD),
        ("lastName", "Lopez (waitlist)", Heeded.OFF),
        ("lastName", "Lopez (Ana)", None),
        ("lastName", "Instead", None),
        ("fullName", "Text No", None),
    ],
)
def test_mark_at_a_name_is_heard(field: str, name: str, heard: Heeded | None) -> None:
    """Who may not be texted, waits or has died is marked so behind the name; names are no marks."""
    assert (heeded_of_person(field, name) if people_worth_reading([name]) else None) is heard


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("please dont text", "consent_unclear"),
        ("dont forget the forms", None),
        ("12 rdv dont 2 annulés", "status_in_notes"),
    ],
)
def test_dont_without_its_apostrophe_is_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: str, code: str | None
) -> None:
    """Before an English verb it forbids; in French it means of which."""
    monkeypatch.chdir(tmp_path)
    Path("noted.csv").write_text(f"{HEADINGS},Notes\n{ROW},{note}\n", encoding="utf-8")
    (row,) = importer.check("noted.csv").rows()
    told = {each["code"] for each in [*row["problems"], *row["warnings"]]} & {"consent_unclear", "status_in_notes"}
    assert told == ({code} if code else set())


@pytest.mark.parametrize(
    "line", ["", ",", ",,,", ";|,", " , ; ", "-", ":", "=,=", "- - -", "\u2013", "|:|", "* ", "()", "!"]
)
def test_a_line_of_marks_alone_says_nothing(line: str) -> None:
    """Commas, strokes and dashes without a word beside them are no title, no key of marks and no mark of an event."""
    assert (code_above(line), mark_of_title(line)) == (None, None)
