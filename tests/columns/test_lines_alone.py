"""What lines alone in their rows and names of files say of the rows below them."""

from __future__ import annotations

from typing import Final

import pytest
from processor_time import processor_s

from importer.columns import match
from importer.columns.lines_and_marks import code_of_line, code_of_name, code_of_sentence
from importer.columns.unused_status import Sections
from importer.columns.visit_words import people_worth_reading
from importer.model.profile import Profile
from importer.reading.headings import is_sentence

OF_NO_VISITS: Final = (
    "The following patients have cancelled",
    "The following appointments were cancelled:",
    "These patients do not want to be texted",
    "Patients who cancelled this week",
    "Appointments removed since last report",
    "Patients to be removed",
    "Visits that did not take place",
    "Annulés",
    "No-shows",
    "Folgende Termine wurden abgesagt:",
    "Les rendez-vous suivants sont annulés",
    "Las siguientes citas fueron canceladas",
    "I seguenti appuntamenti sono stati annullati",
    "As seguintes consultas foram canceladas",
    "De volgende afspraken zijn geannuleerd",
    "Diese Patienten möchten keine SMS",
    "Diese Patienten wollen nicht per SMS erinnert werden",
    "Ces patients ne veulent pas de SMS",
    "Estos pacientes no quieren mensajes",
    "Questi pazienti non vogliono SMS",
    "Estes pacientes não querem mensagens",
    "Deze patiënten willen geen sms",
    "Patienten, die nicht erschienen sind",
    "Patients who did not show up",
    "Patients who have died",
    "Deceased patients below",
    "The following clients no-showed",
    "Patients who did not consent to text messages",
    "All of these appointments have been cancelled by the clinic",
    "Clients who have opted out of texts",
    "The appointments below were cancelled",
    "Waiting list",
    "WAITLIST:",
    "Wait list (3)",
    "Patients on the waiting list",
    "Warteliste",
    "Liste d'attente",
    "Lista de espera",
)

OF_MOVED_VISITS: Final = (
    "Rescheduled",
    "RESCHEDULED:",
    "--- Rescheduled ---",
    "To be rescheduled",
    "Needs rescheduling",
    "Rescheduled appointments",
    "Appointments to be rescheduled",
    "Patients to reschedule",
    "Moved",
    "Postponed",
    "Verschoben",
    "Reporté",
    "Rescheduled (3)",
    "R/S",
)

OTHERS: Final = (
    "Moved to Tuesday",
    "Moved from Monday",
    "Rescheduled from last week",
    "Rescheduled to Monday",
    "Moved up",
    "Moved to Room 2",
    "Not rescheduled",
    "Appointments and rescheduled",
    "Excluding rescheduled",
    "Dr Moved",
    "Rescheduling policy",
    "Cancellation policy: please cancel 24 hours before",
    "Cancelled appointments are excluded",
    "Does not include cancelled appointments",
    "Cancelled visits not shown",
    "Excludes cancelled appointments",
    "All appointments except cancelled",
    "Cancelled appointments shown in red",
    "If cancelled call the patient",
    "Patients not yet reminded",
    "Patients not contacted",
    "Appointments without reminder",
    "Patients who want text reminders",
    "Dr Hold",
    "Monday",
    "Main Street",
    "Patients of Dr. Lee",
    "Appointments for next week",
    "Report generated on 3/4",
    "No cancelled appointments this week",
    "Stop & Shop Clinic",
    "Upcoming appointments",
    "New patients",
    "Waiting room",
    "Reminder: a fee is charged for cancelled visits",
    "Patients who will not be late",
    "Rooms on hold for Dr Lee",
    "Termine ohne abgesagte",
    "Rendez-vous sauf annulés",
    "Not cancelled appointments",
    "Patients do not need to call",
    "Appointments that will take place",
    "Patients not yet seen",
    "Reminders not sent",
)

FILES: Final = (
    "cancellations_2027.csv",
    "No Show Report.csv",
    "do_not_text_list.csv",
    "cancelled.xlsx",
    "2027-03-04-cancellations.csv",
    "NoShows.csv",
    "annulations_mars.csv",
    "absagen.csv",
    "stornierte_termine_2027.csv",
    "citas_canceladas.csv",
    "deceased patients.csv",
    "optouts.csv",
    "opted-out.csv",
    "missed_appointments.csv",
    "on hold.csv",
    "annullamenti.csv",
    "cancelamentos.csv",
    "annuleringen.csv",
    "cancelledAppointments.csv",
    "no-shows-march.csv",
    "reports/cancellations.csv",
    "do-not-contact.csv",
    "cancellations (1).csv",
    "no_show_report_20270304.csv",
    "cancelled_week_10.csv",
    "CANCELLED-2027-03.xlsx",
    "DNC list.csv",
    "noshow_mar_2027.csv",
)

OTHER_FILES: Final = (
    "appointments.csv",
    "week.csv",
    "no_cancellations.csv",
    "appointments_and_cancellations.csv",
    "not_cancelled.csv",
    "failed.csv",
    "rejected.csv",
    "to_fix.csv",
    "appointments_without_cancellations.csv",
    "dr_hold.csv",
    "night.csv",
    "sheet.csv",
    "a.csv",
    "export_2027.csv",
    "x.csv",
    "duplicates.csv",
    "confirmed.csv",
    "moved.csv",
    "removed.csv",
    "text_reminders.csv",
    "NS.csv",
    "Stop_and_Shop.csv",
    "all_statuses.csv",
    "cancellation_policy.csv",
    "reminders_to_send.csv",
    "upload.csv",
    "can.csv",
    "no_phone.csv",
    "new_patients.csv",
    "schedule_cancelled_and_booked.csv",
    "appointments after cancellations.csv",
    "after_no_shows.csv",
    "termine nach absagen.csv",
    "rendez-vous après annulations.csv",
    "deceased_family.csv",
)
# Printed lines of which none calls a visit off, and none is refused.
SENTENCES: Final = (
    "Text reminders for patients who have not opted out",
    "This report shows all patients that have not opted out of reminders",
    "Text reminders for patients who have not unsubscribed",
    "These are reminders for all those patients who have not unsubscribed.",
)
OF_REFUSAL: Final = (
    "Text reminders for patients who have opted out",
    "These are all of the patients that have not opted in",
    "This report shows the patients who have unsubscribed",
)


@pytest.mark.parametrize("line", OF_NO_VISITS)
def test_sentence_about_cancelled_visits_or_refused_texts_is_heard(line: str) -> None:
    """A line alone that says it in a sentence is as good as a heading, and no printed line that may be left out."""
    assert code_of_line(line) or code_of_sentence(line)
    assert not is_sentence(line)


@pytest.mark.parametrize("line", OF_MOVED_VISITS)
def test_line_of_moved_visits_is_heard_within_the_sheet(line: str) -> None:
    """Rescheduled as a line alone is heard as it is in a status column; the name of a sheet or a file may tell of new times."""
    assert code_of_sentence(line) == "status_not_used"
    assert code_of_name(f"{line}.csv".replace("/", "")) is None


@pytest.mark.parametrize("line", OTHERS)
def test_rules_legends_and_other_lines_say_nothing(line: str) -> None:
    """What tells of a rule, a colour, what is left out, or of a reminder that is still to be sent begins no section."""
    assert (code_of_line(line), code_of_sentence(line)) == (None, None)


@pytest.mark.parametrize("name", FILES)
def test_file_named_for_cancelled_visits_is_heard(name: str) -> None:
    """The name of a file counts as that of a sheet does, whatever joins its words, with days, weeks and copies in it."""
    assert code_of_name(name)
    assert people_worth_reading([name]) == [0]


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_files_are_only_named(name: str) -> None:
    """Ordinary names, and those of files of what failed elsewhere, say nothing of the visits."""
    assert code_of_name(name) is None


@pytest.mark.parametrize("line", SENTENCES)
def test_sentence_about_those_who_did_not_opt_out_is_a_printed_line(line: str) -> None:
    """It is left out as other lines of a report are, wherever it is cut to be read."""
    assert is_sentence(line)


@pytest.mark.parametrize("line", OF_REFUSAL)
def test_sentence_about_those_who_opted_out_is_no_printed_line(line: str) -> None:
    """What is denied is only that somebody opted out."""
    assert not is_sentence(line)


@pytest.mark.parametrize(
    ("heading", "named"),
    [("Status", False), ("Canceled", False), ("No-show", False), ("Deceased", False), ("Room", True), ("Notes", True)],
)
def test_name_of_a_file_counts_where_no_column_tells_of_each_row(heading: str, *, named: bool) -> None:
    """A file of canceled.csv with a column Canceled has rows of both kinds."""
    matching = match(("Appointment ID", "Phone", "Start", heading), Profile())
    lines = Sections(matching, None, 1, file="flag_canceled.csv").lines
    assert [code for _, _, code in lines] == (["status_not_used"] if named else [])


def test_name_of_a_file_counts_where_the_column_that_tells_is_left_out() -> None:
    """A column that the profile says to ignore tells nothing."""
    matching = match(("Appointment ID", "Phone", "Start", "Status"), Profile(columns={"Status": ""}))
    assert Sections(matching, None, 1, file="cancellations.csv").lines


def test_long_lines_are_cheap() -> None:
    """A line of a hundred thousand words costs no more than its beginning."""
    before = processor_s()
    assert code_of_sentence("patients cancelled and " * 100_000) is None
    assert code_of_name("cancel_" * 100_000) is None
    assert processor_s() - before < 0.5
