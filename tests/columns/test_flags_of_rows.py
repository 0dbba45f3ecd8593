"""Headings that switch a row off, and times, replies and lists that say that a row is not sent as it stands."""

from __future__ import annotations

import pytest

from importer.columns.cell_meaning import Heeded, heeded
from importer.columns.heading_forms import form_of
from importer.columns.heading_meaning import asks

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


@pytest.mark.parametrize("heading", ["Preferred name", "Patient preferred name", "preferred.name", "Preferred Name"])
def test_a_preferred_name_is_no_part_of_the_name(heading: str) -> None:
    """What somebody is called is neither the last name nor the whole name."""
    assert form_of(heading) is None


def test_a_preferred_first_name_is_a_first_name() -> None:
    """A heading that says which part of the name it is keeps its meaning."""
    assert form_of("Preferred last name") == form_of("Last name")
