"""Columns that say that the person was reminded: nobody is texted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.columns.heading_meaning import Asks, asks
from importer.model.chunks import Chunk
from importer.model.profile import Profile
from importer.problems import KINDS

if TYPE_CHECKING:
    from importer.model.issues import Issues

HEADINGS: Final = (
    "Reminder sent",
    "Reminder Sent?",
    "ReminderSent",
    "Reminders sent",
    "Reminder sent at",
    "Date reminder sent",
    "Appt reminder sent (date)",
    "Texted",
    "Texted?",
    "Reminded",
    "Patient reminded",
    "Already reminded",
    "SMS sent",
    "SMS Sent Date",
    "Text sent",
    "Text message sent",
    "Erinnerung gesendet",
    "SMS verschickt",
    "Rappel envoyé",
    "SMS envoyé",
    "Recordatorio enviado",
    "Herinnering verzonden",
    "Lembrete enviado",
    "Promemoria inviato",
)
OTHER_HEADINGS: Final = (
    "Reminder",
    "Send reminder",
    "Reminder email sent",
    "Email reminder sent",
    "Letter sent",
    "Sent",
    "Message sent",
    "Confirmation sent",
    "Confirmation text sent",
    "Text sent to",
    "Last reminder sent",
    "Reminder sent by",
    "Text messages",
    "Not reminded",
    "No reminder sent",
    "To be reminded",
    "Reminder time",
    "Reminder status",
    "SMS consent",
    "Forms sent",
)
SENT: Final = (
    "Yes", "Y", "TRUE", "1", "x", "✓", "✔", "☑", "✅", "👍", "Sent", "sent 3/4", "Texted", "Reminded", "done", "3/4", "3/4/2027", "2027-03-04",
    "2027-03-04T10:30:00", "20270304", "Mar 4", "4. März", "10:30 AM", "Yes - 3/4", "yes, by text", "3/4 AB", "Sent via SMS", "Ja", "Sí", "oui",
    "gesendet", "x2", "Delivered",
)  # fmt: skip
NOT_SENT: Final = (
    "", "No", "N", "0", "FALSE", "-", "N/A", "none", "Not yet", "not sent", "Pending", "Queued", "scheduled 3/4", "Failed", "Failed 3/4", "Error",
    "undelivered", "to be sent", "2", "24 h", "24 hours", "2 hours before", "2 h", "1 day", "90 min", "Nein", "nicht gesendet", "☐", "❌", "never", "1900-01-01",
    "see notes", "Ana Lee", "00:00:00",
)  # fmt: skip


def findings(heading: str, *cells: str, action: str = "upsert") -> list[Issues]:
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    matching = match(("phone", "externalEventId", heading), Profile())
    return list(UnusedStatus(matching).findings(Chunk(frame), np.full(len(cells), action, dtype=object)))


def codes(heading: str, *cells: str, action: str = "upsert") -> list[str]:
    return [found.code for found in findings(heading, *cells, action=action)]


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_set_cell_stops_its_row_and_no_other(heading: str) -> None:
    """Exactly the rows that were reminded are stopped; a column of no and blanks troubles nobody."""
    assert asks(heading) is Asks.REMINDED
    (found,) = findings(heading, "No", "Yes", "", "3/4/2027", "not yet")
    assert (found.code, found.positions.tolist()) == ("reminded_already", [1, 3])
    assert codes(heading, "No", "", "-", "0") == []


@pytest.mark.parametrize("heading", OTHER_HEADINGS)
def test_other_headings_ask_something_else(heading: str) -> None:
    """Other ways than texts, other messages, who sent it, lengths of time and what is still to be done are no reminder that went out."""
    assert asks(heading) is not Asks.REMINDED


@pytest.mark.parametrize("cell", SENT)
def test_cell_that_says_sent(cell: str) -> None:
    """A yes, a tick, a day, a time or a word of sending says that the reminder went out."""
    assert codes("Reminder sent", cell) == ["reminded_already"]


@pytest.mark.parametrize("cell", NOT_SENT)
def test_cell_that_says_nothing_of_the_kind(cell: str) -> None:
    """No, a blank, what failed or is to come, a length of time and other words stop nobody."""
    assert codes("Reminder sent", cell) == []


def test_what_calls_the_visit_off_is_heard_there_too() -> None:
    """As below any heading, a cancellation and a refusal stop the row by their own words."""
    assert codes("Reminder sent", "Cancelled") == ["status_not_used"]
    assert codes("Texted", "do not text") == ["consent_refused"]
    assert codes("Texted", "wrong number") == ["consent_refused"]


def test_rows_that_text_nobody_at_once_pass() -> None:
    """Who cancels, sends a no-show or changes a reminder says so for this row."""
    every = ("create", "update", "cancel", "no_show", "upsert", "none", "")
    passing = {action for action in every if not codes("Reminder sent", "Yes", action=action)}
    assert passing == {"update", "cancel", "no_show", "none"}


def test_problem_names_the_column_and_what_to_do() -> None:
    """The sentence quotes cell and heading, and says how the column is left out."""
    (found,) = findings("Texted", "Yes")
    said = KINDS[found.code].about(value="Yes", detail=found.details[0])
    assert said.message == 'Column C "Texted": “Yes” says that this person was reminded. Nobody is texted twice.'
    assert '"Texted" = ""' in said.fix
