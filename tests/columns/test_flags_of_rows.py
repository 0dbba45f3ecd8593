"""Headings that switch a row off, and times, replies and lists that say that a row is not sent as it stands."""

from __future__ import annotations

import pytest

from importer.columns.cell_meaning import Heeded, heeded
from importer.columns.heading_forms import form_of
from importer.columns.heading_meaning import asks
from importer.columns.phones_beside import is_number_to_text

STOPPED = (
    *((f"{word} time", "3:30 PM") for word in ("Changed", "Revised", "Updated", "Correct", "Corrected", "Actual")),
    *((f"{word} date", "3/27/2027") for word in ("Corrected", "Final", "Revised", "Actual")),
    ("Updated appointment time", "15:30"),
    *((heading, "No") for heading in ("Patient reply", "Reply to reminder", "Respuesta", "Send", "Send?", "Include")),
    *(("Antwort", "Nein"), ("Réponse", "Non"), ("Import", "N"), ("Showing up", "No"), ("Nimmt teil", "Nein")),
    *((heading, "x") for heading in ("Skip", "Exclude", "Ignore", "Suppress", "Do not import", "Exclude from import")),
    *((heading, "Yes") for heading in ("Omit", "Paused", "Skip this row", "Skip?")),
    *((heading, "Waitlist") for heading in ("State", "Type", "Category", "List")),
    *(("Estado", "Lista de espera"), ("Situación", "Lista de espera"), ("Stato", "Lista d'attesa")),
    ("Estado", "Éxitus"),
)
REFUSED = (
    *((heading, "nein") for heading in ("Erinnern", "Benachrichtigen", "Benachrichtigung")),
    *((heading, "No") for heading in ("Avisar", "Aviso SMS", "Avvisare", "HIPAA text")),
    *((heading, "Non") for heading in ("Prévenir", "Notifier")),
    *(("Reminder (hours)", cell) for cell in ("No", "N", "0", "off")),
    *(("Comm pref", cell) for cell in ("N", "No", "None")),
)
PASSING = (
    *((heading, "2027-03-01") for heading in ("Updated date", "Date updated", "Changed date", "Fecha actual")),
    *((heading, "2027-03-01 09:15:22") for heading in ("Updated time", "Changed time", "updated_time")),
    *(("Updated time", "09:15:22"), ("Updated at", "9:15"), ("Last updated time", "9:15"), ("Hora final", "15:30")),
    *(("Final visit", "3/27/2027"), ("Actual time", ""), ("Actual time", "-"), ("Correct time", "Yes")),
    *(("Patient reply", cell) for cell in ("Yes", "C", "", "none", "no reply", "-", "0", "n/a", "Confirmed")),
    *((heading, "No") for heading in ("Replied", "Patient replied", "Patient response received", "Patient reply?")),
    *((heading, cell) for heading in ("Send", "Include", "Import") for cell in ("Y", "Yes", "x", "1", "", "true")),
    *((heading, cell) for heading in ("Skip", "Exclude", "Omit", "Paused") for cell in ("No", "N", "", "0", "false")),
    *(("Ignore", cell) for cell in ("No", "", "Ana Lopez", "Cleaning", "17")),
    *(("Import batch", "0"), ("Import date", "2027-03-01"), ("Teil", "2"), ("Source", "Waitlist")),
    *(("State", cell) for cell in ("NY", "Baja California", "New York")),
    *((heading, "New patient") for heading in ("Type", "Category", "List", "Group")),
    *((heading, "ja") for heading in ("Erinnern", "Benachrichtigen")),
    *(("Comm pref", cell) for cell in ("Text", "Phone", "Y", "")),
    *(("Autorização", cell) for cell in ("Sim", "123456", "")),
    *(("Avisar", "Sí"), ("Aviso", "Alergia al látex"), ("HIPAA text", "Yes"), ("HIPAA", "No")),
    *((heading, "2") for heading in ("Reminder (hours)", "Reminder (days)", "Reminder (minutes)")),
)


@pytest.mark.parametrize(("heading", "cell"), STOPPED)
def test_a_row_that_is_not_to_go_is_stopped(heading: str, cell: str) -> None:
    """Another time that is right, a reply of no, a switch and a waiting list stop the row."""
    assert heeded(asks(heading), cell) in {Heeded.OFF, Heeded.MOVED, Heeded.DEAD}


@pytest.mark.parametrize(("heading", "cell"), REFUSED)
def test_a_no_to_being_reminded_is_a_refusal(heading: str, cell: str) -> None:
    """A verb of reminding alone asks for consent, in any of the languages."""
    assert heeded(asks(heading), cell) is Heeded.REFUSED


@pytest.mark.parametrize(("heading", "cell"), PASSING)
def test_ordinary_cells_below_such_headings_pass(heading: str, cell: str) -> None:
    """The days of a record, an answer of yes, a switch that is not set, and other lists stop nobody."""
    assert heeded(asks(heading), cell) is None


def test_a_permission_to_nothing_named_is_a_warning() -> None:
    """An insurance authorizes, too."""
    assert heeded(asks("Autorização"), "Não") is Heeded.PERHAPS_REFUSED


@pytest.mark.parametrize("heading", ["Preferred name", "Patient preferred name", "preferred.name", "Preferred Name"])
def test_a_preferred_name_is_no_part_of_the_name(heading: str) -> None:
    """What somebody is called is neither the last name nor the whole name."""
    assert form_of(heading) is None


def test_a_preferred_first_name_is_a_first_name() -> None:
    """A heading that says which part of the name it is keeps its meaning."""
    assert form_of("Preferred last name") == form_of("Last name")


@pytest.mark.parametrize("heading", ["Phone changed to", "Best number", "Best phone", "Number changed to"])
def test_a_number_that_is_better_than_the_one_used_is_one_to_text(heading: str) -> None:
    """A second number that the person prefers, or that replaced the first, is held against it."""
    assert is_number_to_text(heading, "Phone")


@pytest.mark.parametrize(
    ("heading", "used"),
    [
        *(
            ("Best phone", "Preferred phone"),
            ("Best patient number", "Phone"),
            ("Preferred phone", "Phone"),
            ("Phone changed", "Phone"),
        ),
        *(("Primary phone", "Phone"), ("Best time", "Phone"), ("Best contact", "Phone"), ("Phone 2", "Phone")),
    ],
)
def test_other_numbers_are_left_alone(heading: str, used: str) -> None:
    """A number of the patient's record, a flag and a second telephone are no better numbers."""
    assert not is_number_to_text(heading, used)


def test_more_headings_of_times_and_leads() -> None:
    """Portuguese for the time of day, and a lead with its unit in brackets."""
    assert form_of("Horário") == form_of("Hora")
    assert form_of("Reminder lead (days)") == form_of("Reminder (days)")
