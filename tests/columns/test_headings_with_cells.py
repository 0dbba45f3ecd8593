"""
Headings of real systems with cells below them: each becomes the right field or none, never a wrong one.

Sources: public field lists and sample exports of the systems that each group names; the cells are invented.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.columns import match
from importer.columns.cell_fit import STARTS, Fit, fit
from importer.columns.explain import explain
from importer.errors import FileRefused
from importer.model.chunks import Chunk
from importer.model.profile import EventType, Profile
from schemas.fields import alias_table

if TYPE_CHECKING:
    from importer.columns.explain import Explanation

UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
PHONES: Final = "(415) 555-2671|212-456-7890"
DAYS: Final = "2027-03-04|2027-03-05"
TIMES: Final = "9:30 AM|2:30 PM"
MOMENTS: Final = "2027-03-04 09:30|2027-03-05 14:30"
PAST: Final = "2026-11-01|2026-11-02"
PAST_MOMENTS: Final = "2026-11-01 10:00|2026-11-02 11:00"
NAMES: Final = "Ana|Bo"
FULL: Final = "Ana Lee|Bo Kim"
MAILS: Final = "ana@example.com|bo@example.com"
CODES: Final = "A1|A2"
ZONES: Final = "America/New_York|America/Chicago"
TYPES: Final = "Check-up|Cleaning"

# Heading, cells, the field that it must be ("" for: no field), the fields that may be suggested instead.
TABLE: Final[tuple[tuple[str, str, str, str], ...]] = (
    # Acuity, Calendly, cal.com, Setmore, Square, SimplyBook
    ("Start Time", MOMENTS, "eventDateTime", ""),
    ("Start Date & Time", MOMENTS, "eventDateTime", ""),
    ("startTime", "2027-03-04T14:30:00.000Z|2027-03-04T15:30:00.000Z", "eventDateTime", ""),
    ("Date & Time", MOMENTS, "eventDateTime", ""),
    ("Date/Time", MOMENTS, "eventDateTime", ""),
    ("DateTime", MOMENTS, "eventDateTime", ""),
    ("Start", MOMENTS, "eventDateTime", ""),
    ("StartDateTime", MOMENTS, "eventDateTime", ""),
    ("Start Date", MOMENTS, "eventDateTime", ""),
    ("booking_time.start_time", MOMENTS, "eventDateTime", ""),
    ("booking.start", MOMENTS, "eventDateTime", ""),
    ("appointment.startTime", MOMENTS, "eventDateTime", ""),
    ("event.start", MOMENTS, "eventDateTime", ""),
    ("Appointment", MOMENTS, "eventDateTime", ""),
    ("When", MOMENTS, "eventDateTime", ""),
    ("Wann", MOMENTS, "", "eventDateTime"),
    ("Date Scheduled", PAST, "", ""),
    ("Date Scheduled", PAST_MOMENTS, "", ""),
    ("Event Created Date & Time", PAST_MOMENTS, "", ""),
    ("End Date & Time", MOMENTS, "", ""),
    ("End Time", MOMENTS, "", ""),
    ("endTime", MOMENTS, "", ""),
    ("End", MOMENTS, "", ""),
    ("Booked on", PAST, "", ""),
    ("Booked At", PAST_MOMENTS, "", ""),
    ("Booking Date", PAST, "", ""),
    ("Booking Date", PAST_MOMENTS, "", ""),
    ("Date Booked", PAST, "", ""),
    ("Created", PAST_MOMENTS, "", ""),
    ("Created At", PAST_MOMENTS, "", ""),
    ("created_at", PAST_MOMENTS, "", ""),
    ("CreatedDate", PAST_MOMENTS, "", ""),
    ("DateCreated", PAST_MOMENTS, "", ""),
    ("Date Made", PAST_MOMENTS, "", ""),
    ("Entered On", PAST_MOMENTS, "", ""),
    ("Last Modified", PAST_MOMENTS, "", ""),
    ("updated_at", PAST_MOMENTS, "", ""),
    ("Timestamp", PAST_MOMENTS, "", ""),
    ("Submission Date", PAST_MOMENTS, "", ""),
    ("Scheduled On", PAST_MOMENTS, "", ""),
    ("Erstellt am", PAST_MOMENTS, "", ""),
    ("Fecha de creación", PAST_MOMENTS, "", ""),
    ("Last Visit", PAST_MOMENTS, "", ""),
    ("Next Recall", MOMENTS, "", ""),
    ("Cancelled At", PAST_MOMENTS, "", ""),
    ("Check-in time", PAST_MOMENTS, "", ""),
    ("Reminder Date", MOMENTS, "", ""),
    ("Confirmation Date", MOMENTS, "", ""),
    ("DOB", "1970-01-02|1980-03-04", "", ""),
    ("Birthdate", "1970-01-02|1980-03-04", "", ""),
    ("Date of Birth", "1970-01-02|1980-03-04", "", ""),
    ("Patient Birth Date", "1970-01-02|1980-03-04", "", ""),
    ("Geburtsdatum", "1970-01-02|1980-03-04", "", ""),
    ("Due Date", DAYS, "", ""),
    ("Invoice Date", DAYS, "", ""),
    ("Patient date", DAYS, "", ""),
    # OpenEMR, Open Dental, Dentrix, Eaglesoft, athenahealth, 1-800 Notify, APM
    ("AptDateTime", MOMENTS, "eventDateTime", ""),
    ("ApptDate", MOMENTS, "eventDateTime", ""),
    ("Appt Date", DAYS, "date", ""),
    ("Visit Date", DAYS, "date", ""),
    ("Encounter Date", DAYS, "date", ""),
    ("appointmentdate", DAYS, "date", ""),
    ("Appt Time", TIMES, "time", ""),
    ("Appt Time", "0900|1330", "time", ""),
    ("appointmentstarttime", TIMES, "time", ""),
    ("Session Time", TIMES, "time", ""),
    ("WirelessPhone", PHONES, "phone", ""),
    ("phone_cell", PHONES, "phone", ""),
    ("PatPhone1", PHONES, "phone", ""),
    ("PatPhone2", PHONES, "", ""),
    ("attendeePhone1", PHONES, "phone", ""),
    ("Phone 1", PHONES, "phone", ""),
    ("Phone 2", PHONES, "", ""),
    ("patient.phone", PHONES, "phone", ""),
    ("patient.mobile", PHONES, "phone", ""),
    ("client.phoneNumber", PHONES, "phone", ""),
    ("customer.phone_number", PHONES, "phone", ""),
    ("attendee.phone", PHONES, "phone", ""),
    ("contact.mobile", PHONES, "phone", ""),
    ("Customer_Contact", PHONES, "phone", ""),
    ("Customer_Contact", MAILS, "emailAddress", ""),
    ("Customer_Contact", FULL, "", ""),
    ("Contact", PHONES, "phone", ""),
    ("Contact", FULL, "", ""),
    ("Contact No.", PHONES, "phone", ""),
    ("PatientMobile", PHONES, "phone", ""),
    ("Pt Cell", PHONES, "phone", ""),
    ("Guest Mobile", PHONES, "phone", ""),
    ("Preferred Phone", PHONES, "phone", ""),
    ("Rufnummer", PHONES, "", "phone"),
    ("HmPhone", PHONES, "", "phone"),
    ("WkPhone", PHONES, "", "phone"),
    ("phone_home", PHONES, "", "phone"),
    ("Home", PHONES, "", "phone"),
    ("Work Phone", PHONES, "", "phone"),
    ("Landline", PHONES, "", "phone"),
    ("Patient Home Phone", PHONES, "", "phone"),
    ("backup phone number", PHONES, "", ""),
    ("Emergency Contact", PHONES, "", ""),
    ("Emergency Contact Phone", PHONES, "", ""),
    ("Alt Phone", PHONES, "", ""),
    ("Other Phone", PHONES, "", ""),
    ("Guarantor Phone", PHONES, "", ""),
    ("Spouse Mobile", PHONES, "", ""),
    ("Provider Phone", PHONES, "", ""),
    ("Clinic Phone", PHONES, "", ""),
    ("office.phone", PHONES, "", ""),
    ("insurance.phone", PHONES, "", ""),
    ("pcp.phone", PHONES, "", ""),
    ("pharmacy_phone", PHONES, "", ""),
    ("Referring Phone", PHONES, "", ""),
    ("Fax", PHONES, "", ""),
    ("NPI", "1992740010|1548274039", "", ""),
    ("MRN", "4155552671|2124567890", "", ""),
    ("Chart #", CODES, "", ""),
    ("Appt #", CODES, "externalEventId", ""),
    ("Booking UUID", CODES, "externalEventId", ""),
    ("Appointment UUID", CODES, "externalEventId", ""),
    ("CSN", CODES, "externalEventId", ""),
    ("Confirmation #", CODES, "externalEventId", ""),
    ("Reservation code", CODES, "externalEventId", ""),
    ("Confirmation number", "1|0|2", "", "externalEventId"),
    ("Confirmation code", "|".join([*map(str, range(700, 760)), "700"]), "", "externalEventId"),
    ("Appointment number", "1|0|2", "externalEventId", ""),
    ("Buchungscode", CODES, "externalEventId", ""),
    ("Código de reserva", CODES, "externalEventId", ""),
    ("Codice prenotazione", CODES, "externalEventId", ""),
    ("Patient UUID", CODES, "", ""),
    ("Visit code", CODES, "", ""),
    ("AptNum", "1001|1002", "externalEventId", ""),
    ("Enc No", "9|10", "externalEventId", ""),
    ("ApptGUID", "9b1c|9b1d", "externalEventId", ""),
    ("appointment.id", "1001|1002", "externalEventId", ""),
    ("Visit No.", "7|8", "externalEventId", ""),
    ("Session ID", CODES, "externalEventId", ""),
    ("ID", "1|2", "", "externalEventId"),
    ("Patient ID", "77|78", "", ""),
    ("PatNum", "77|78", "", ""),
    ("ClientAccountId", "77|78", "", ""),
    ("Patient Number", "77|78", "", ""),
    ("PatName", FULL, "fullName", ""),
    ("Patient Name", FULL, "fullName", ""),
    ("patient.name", FULL, "fullName", ""),
    ("Client", FULL, "fullName", ""),
    ("Client", "1001|1002", "", ""),
    ("Patient", "77|78", "", ""),
    ("Patient First", NAMES, "firstName", ""),
    ("Patient Last", "Lee|Kim", "lastName", ""),
    ("First", NAMES, "firstName", ""),
    ("Last", "Lee|Kim", "lastName", ""),
    ("Last", DAYS, "", ""),
    ("patient.first_name", NAMES, "firstName", ""),
    ("customer.lastName", "Lee|Kim", "lastName", ""),
    ("LName", "Lee|Kim", "lastName", ""),
    ("PatEmail", MAILS, "emailAddress", ""),
    ("client.email", MAILS, "emailAddress", ""),
    ("Post", MAILS, "", "emailAddress"),
    ("Guest Email(s)", MAILS, "emailAddress", "emailAddress"),
    ("Provider Email", MAILS, "", ""),
    ("Staff Email", MAILS, "", ""),
    ("Organizer", MAILS, "", ""),
    ("Type", f"{UUID}|{UUID}", "eventType", ""),
    ("Type", TYPES, "", "eventType"),
    ("Type", "1|2", "", ""),
    ("Type1", TYPES, "", "eventType"),
    ("Services", TYPES, "eventType", ""),
    ("Service/class/event", TYPES, "eventType", ""),
    ("Appt Reason", TYPES, "", "eventType"),
    ("Visit Reason", TYPES, "", "eventType"),
    ("Reason for visit", TYPES, "", "eventType"),
    ("Procedure Name", TYPES, "", "eventType"),
    ("Patient Type", "New|Returning", "", ""),
    ("Insurance Type", "PPO|HMO", "", ""),
    ("Phone Type", "Cell|Home", "", ""),
    ("Payment Type", "Cash|Card", "", ""),
    ("Zone", ZONES, "subscriberTimeZone", ""),
    ("Zeitzone", ZONES, "subscriberTimeZone", ""),
    ("Where", ZONES, "", "subscriberTimeZone"),
    ("Timezone of clinic", ZONES, "", "subscriberTimeZone"),
    ("State", "OH|NY", "", ""),
    ("Country", "US|CA", "", ""),
    ("Race", "n/a|White", "", ""),
    ("Duration", "60|30", "", ""),
    ("Price", "80|90", "", ""),
    ("Follow up", "Yes|No", "", ""),
    ("Follow up", "2 hours|3 hours", "followUpTimeOffset", ""),
    ("Reminder", "Yes|No", "", ""),
    ("Reminder", MOMENTS, "", ""),
    ("Notes", PHONES, "", ""),
    ("Description", PHONES, "", ""),
    ("Diagnosis", "Caries|Gingivitis", "", ""),
    ("Provider", "Dr Alder|Dr Birch", "", ""),
    ("Op", "OP1|OP2", "", ""),
    ("UTM Campaign", "x|y", "", ""),
    # Front desks that write German, French, Spanish, Dutch, Portuguese and Italian: the words of Doctolib, samedi, Planity,
    # Doctoralia, Salonized, iClinic and Miodottore in their public help pages, and the project's own invented sheets
    ("Handynummer", PHONES, "phone", ""),
    ("Tel. mobil", PHONES, "phone", ""),
    ("Mobiltelefon Patient", PHONES, "phone", ""),
    ("Telefon privat", PHONES, "", "phone"),
    ("Notfallkontakt Telefon", PHONES, "", ""),
    ("Termin", MOMENTS, "eventDateTime", ""),
    ("Termindatum", DAYS, "date", ""),
    ("Datum und Uhrzeit", MOMENTS, "eventDateTime", ""),
    ("Uhrzeit", "09:30 Uhr|14 Uhr", "time", ""),
    ("Termin-Nr.", CODES, "externalEventId", ""),
    ("Terminnummer", "1001|1002", "externalEventId", ""),
    ("Kundin", FULL, "fullName", ""),
    ("E-Mail-Adresse", MAILS, "emailAddress", ""),
    ("Terminart", TYPES, "", "eventType"),
    ("Leistungen", TYPES, "", "eventType"),
    ("Dauer", "1h30|0h45", "", ""),
    ("Ende", TIMES, "", ""),
    ("Behandlerin", FULL, "", ""),
    ("Tél. mobile", PHONES, "phone", ""),
    ("Numéro de téléphone", PHONES, "phone", ""),
    ("Tél. fixe", PHONES, "", "phone"),
    ("Tél. médecin", PHONES, "", ""),
    ("Date et heure", MOMENTS, "eventDateTime", ""),
    ("Rendez-vous", "lun. 8 mars 2027 9h30|mar. 9 mars 2027 à 14h", "eventDateTime", ""),
    ("Heure du RDV", "9h30|14h", "time", ""),
    ("Date de naissance", "02/01/1970|04/03/1980", "", ""),
    ("Créé le", PAST_MOMENTS, "", ""),
    ("N° RDV", "5001|5002", "externalEventId", ""),
    ("Nom du client", FULL, "fullName", ""),
    ("PRÉNOM", NAMES, "firstName", ""),
    ("Nom", "Lee|Kim", "", ""),
    ("Nom de famille", "Lee|Kim", "lastName", ""),
    ("Motif de consultation", TYPES, "", "eventType"),
    ("Durée", "1h30|0h45", "", ""),
    ("Teléfono móvil", PHONES, "phone", ""),
    ("Teléfono fijo", PHONES, "", "phone"),
    ("Teléfono de emergencia", PHONES, "", ""),
    ("Fecha y hora", MOMENTS, "eventDateTime", ""),
    ("Hora de inicio", TIMES, "time", ""),
    ("Hora fin", TIMES, "", ""),
    ("Nº de cita", "2001|2002", "externalEventId", ""),
    ("Nombre completo", FULL, "fullName", ""),
    ("Apellidos", "Lee|Kim", "lastName", ""),
    ("Correo electrónico", MAILS, "emailAddress", ""),
    ("Tipo de cita", TYPES, "", "eventType"),
    ("Médico", FULL, "", ""),
    ("Mobiel nummer", PHONES, "phone", ""),
    ("Vast nummer", PHONES, "", "phone"),
    ("Begintijd", TIMES, "time", ""),
    ("Eindtijd", TIMES, "", ""),
    ("Afspraaknummer", "4001|4002", "externalEventId", ""),
    ("Achternaam", "Lee|Kim", "lastName", ""),
    ("Soort afspraak", TYPES, "", "eventType"),
    ("Geboortedatum", "02-01-1970|04-03-1980", "", ""),
    ("Celular", PHONES, "phone", ""),
    ("Nome do cliente", FULL, "fullName", ""),
    ("Início", "9h00|14h30", "time", ""),
    ("Fim", "10h00|15h30", "", ""),
    ("Código do agendamento", "3001|3002", "externalEventId", ""),
    ("Data do agendamento", PAST, "", ""),
    ("Sobrenome", "Lee|Kim", "lastName", ""),
    ("Serviço", TYPES, "", "eventType"),
    ("Data de nascimento", "02/01/1970|04/03/1980", "", ""),
    ("Cellulare", PHONES, "phone", ""),
    ("Ora", "9:30|14:30", "time", ""),
    ("Cognome", "Lee|Kim", "lastName", ""),
    ("Appuntamento", MOMENTS, "eventDateTime", ""),
    ("Data di nascita", "02/01/1970|04/03/1980", "", ""),
)  # fmt: skip


def sheet(columns: list[tuple[str, str]]) -> tuple[list[str], Chunk]:
    cells = [text.split("|") for _, text in columns]
    rows = max(map(len, cells))
    frame = pd.DataFrame({at: [*each, *[""] * (rows - len(each))] for at, each in enumerate(cells)}, dtype=object)
    return [heading for heading, _ in columns], Chunk(frame.set_axis(range(2, rows + 2)))


def explained(*columns: tuple[str, str], profile: Profile | None = None) -> Explanation:
    headings, chunk = sheet(list(columns))
    return explain(headings, profile or Profile(), chunk)


def told(explanation: Explanation) -> dict[str, tuple[str | None, str | None]]:
    return {each.heading: (each.field, each.perhaps) for each in explanation.headings}


def test_the_table_is_long() -> None:
    """The table holds at least 150 headings."""
    assert len(TABLE) >= 150


@pytest.mark.parametrize(("heading", "cells", "field", "perhaps"), TABLE)
def test_heading_with_its_cells(heading: str, cells: str, field: str, perhaps: str) -> None:
    """A heading with its cells becomes its field, or is offered as it, or is left alone."""
    found = explained((heading, cells), ("Remarks", "x|y")).headings[0]

    assert (found.field or "", found.perhaps or "") in {(field, ""), ("", perhaps), (field, perhaps)}


THREE: Final = "(415) 555-2671|212-456-7890|212-555-0103"


@pytest.mark.parametrize(
    ("heading", "cells", "phone", "field"),
    [
        ("Name", "Lee, Ana|Kim, Bo|O'Brien, Mary Ann", "Phone", "fullName"),
        ("Name", "Ana Lee|Bo Kim|Jan van der Berg", "Phone", "fullName"),
        ("NAME", "ANA LEE|BO KIM|CARLA DIAZ", "Mobile", "fullName"),
        ("Name", "Lee, Ana|Kim, Bo|Diaz, Carla", "Telefon", "fullName"),
        ("Nombre", "Ana Lee|Bo de la Cruz|Carla Diaz", "Celular", "fullName"),
        ("Name", "Ana Lee (deceased)|Bo Kim - CANCELLED|Diaz, Carla *CXL*", "Phone", "fullName"),
        ("Name", "Check-up|Cleaning|Filling", "Phone", ""),
        ("Name", "Deep cleaning|Teeth whitening|Root canal", "Phone", ""),
        ("Name", "Root Canal|New Patient Exam|Swedish Massage", "Phone", ""),
        ("Name", "Ana Lee|Ana Lee|Ana Lee", "Phone", ""),
        ("Name", "Acme Dental|Acme Dental|Acme Dental", "Phone", ""),
        ("Name", "Ana|Bo|Carla", "Phone", ""),
        ("Name", "Ana Lee|Bo Kim|Carla Diaz", "Remarks", ""),
        ("Name", "A-1001|A-1002|A-1003", "Phone", ""),
    ],
)
def test_name_alone_is_of_people_or_of_nothing_that_is_known(heading: str, cells: str, phone: str, field: str) -> None:
    """Name is the full name where each cell is a person's, with one phone, and not where it may be a service, a doctor or a clinic."""
    found = explained((heading, cells), ("Date", f"{DAYS}|2027-03-06"), (phone, THREE)).headings[0]

    assert (found.field or "") == field


def test_name_gives_way_to_what_names_the_person() -> None:
    """Beside a first name it is the last one, and beside a patient it is nothing."""
    people = ("Name", "Lee|Kim|Diaz"), ("First name", "Ana|Bo|Carla"), ("Phone", THREE)
    whole = ("Patient", "Lee, Ana|Kim, Bo|Diaz, Carla"), ("Name", "Roe, Max|Fox, Eve|Bell, Sue"), ("Phone", THREE)

    assert told(explained(*people))["Name"][0] == "lastName"
    assert [told(explained(*whole))[heading][0] for heading in ("Patient", "Name")] == ["fullName", None]


def test_a_plain_number_goes_before_a_confirmation_number() -> None:
    """The number of the booking stays the identity where a number of its confirmation stands beside it."""
    frame = pd.DataFrame([["A1", "700"], ["A2", "701"]], dtype=object)
    matching = match(("Enc No", "Confirmation number"), Profile(), Chunk(frame))
    assert dict(matching.fields) == {"externalEventId": 0}


def test_start_beside_a_date_is_its_time() -> None:
    """Times of day below Start are the time of the day below Date."""
    found = told(explained(("Date", DAYS), ("Start", "14:30|2:30 PM"), ("End", "15:00|3:00 PM")))

    assert found == {"Date": ("date", None), "Start": ("time", None), "End": (None, None)}


def test_a_time_beside_the_start_of_the_day_stays_the_time() -> None:
    """A start that holds days alone is the day of the time beside it."""
    assert told(explained(("Start", DAYS), ("Time", TIMES)))["Start"] == ("date", None)


def test_day_of_booking_is_no_date_of_the_visit() -> None:
    """Beside a start with day and time, the day of booking is neither matched nor offered."""
    found = told(explained(("Start Time", "March 4, 2027 9:30 am"), ("Date Scheduled", "2026-11-25")))

    assert found == {"Start Time": ("eventDateTime", None), "Date Scheduled": (None, None)}


def test_scheduled_date_and_time_are_the_visits_together() -> None:
    """Scheduled date is the visit's beside Scheduled time; alone it is only offered."""
    both = told(explained(("Scheduled date", "04 Mar 2027"), ("Scheduled time", "09:30")))
    alone = told(explained(("Scheduled date", "04 Mar 2027"), ("Remarks", "x")))

    assert both == {"Scheduled date": ("date", None), "Scheduled time": ("time", None)}
    assert alone["Scheduled date"] == (None, "date")


def test_prefix_of_a_table_is_set_aside() -> None:
    """A prefix that the day and the time of the visit share means nothing: pc_eventDate."""
    found = told(explained(("pc_eventDate", DAYS), ("pc_startTime", TIMES), ("pc_endTime", TIMES), ("pc_title", TYPES)))

    assert found["pc_eventDate"] == ("date", None)
    assert found["pc_startTime"] == ("time", None)
    assert found["pc_endTime"] == (None, None)
    assert found["pc_title"] == (None, "eventType")


def test_mobile_goes_before_home_and_work() -> None:
    """Of several telephones the mobile is taken, and the others are not even offered."""
    found = told(explained(("Home", PHONES), ("Work", PHONES), ("phone_cell", PHONES)))

    assert found == {"Home": (None, None), "Work": (None, None), "phone_cell": ("phone", None)}


def test_landline_is_offered_as_a_comment() -> None:
    """A telephone at home is offered where there is no other, never as a line that works as it stands."""
    lines = explained(("Home", PHONES), ("Appt Date", DAYS)).profile_lines

    assert '# "Home" = "phone"  # texts do not reach a landline: check' in lines.splitlines()


def test_heading_against_its_cells_is_undecided() -> None:
    """A known heading whose cells all contradict it is ignored where another column fits, and that is said."""
    found = explained(("Phone", "Yes|No"), ("Rufnummer", PHONES), ("Appt Date", DAYS))

    assert [(each.field, each.fate, each.perhaps) for each in found.headings[:2]] == [
        (None, "contradicted", None),
        (None, "unknown", "phone"),
    ]
    assert '"Rufnummer" looks like phone' in found.refusal


def test_doubled_heading_is_the_one_that_fits() -> None:
    """Of two columns with one heading the one whose cells fit is taken."""
    headings, chunk = sheet([("Phone", "home|cell"), ("Phone", PHONES)])

    assert dict(match(headings, Profile(), chunk).fields) == {"phone": 1}


def test_doubled_headings_that_both_fit_are_refused() -> None:
    """Two columns of telephones are for a person to choose from."""
    headings, chunk = sheet([("Phone", PHONES), ("Mobile", "650-253-0000")])
    with pytest.raises(FileRefused) as caught:
        match(headings, Profile(), chunk).require()

    assert caught.value.code == "columns_doubled"


@pytest.mark.parametrize(
    "second", ["Date of visit", "Date of the appointment", "Day of appointment", "Termindatum", "fecha de la cita"]
)
def test_second_day_of_the_visit_is_refused(second: str) -> None:
    """A heading that names the day of the visit, beside the day that is taken, is for a person to choose from."""
    headings, chunk = sheet([("Date", DAYS), ("Time", TIMES), (second, "3/11/2027")])
    with pytest.raises(FileRefused) as caught:
        match(headings, Profile(), chunk).require()

    assert caught.value.code == "columns_doubled"


@pytest.mark.parametrize("other", ["Actual date", "Booking date", "Last visit date", "Session", "Date of visit note"])
def test_other_days_beside_the_visits_are_passed_over(other: str) -> None:
    """A heading that names another day, or none, leaves the day that is taken alone."""
    headings, chunk = sheet([("Date", DAYS), ("Time", TIMES), (other, "3/11/2027")])

    assert dict(match(headings, Profile(), chunk).fields) == {"date": 0, "time": 1}


def test_start_and_the_day_of_the_visit_are_both_read() -> None:
    """A start and the day of the visit beside it are both taken, so that each row tells whether they agree."""
    headings, chunk = sheet([("Start", "3/10/2027 9:00 AM"), ("Date of visit", "3/11/2027")])

    assert dict(match(headings, Profile(), chunk).fields) == {"eventDateTime": 0, "date": 1}


def test_names_of_the_profile_are_the_type() -> None:
    """A column whose cells are all names of the profile's types is the type, whatever its heading."""
    profile = Profile(event_types={"Check-up": EventType(UUID), "Cleaning": EventType(UUID)})

    assert told(explained(("Grund", TYPES), profile=profile)) == {"Grund": ("eventType", None)}
    assert told(explained(("Grund", "Check-up|Other"), profile=profile)) == {"Grund": (None, None)}


def test_profile_goes_before_cells() -> None:
    """What the profile says of a heading holds, whatever stands below it."""
    profile = Profile(columns={"Start": "eventDateTime", "PatPhone1": ""})
    found = told(explained(("Date", DAYS), ("Start", TIMES), ("PatPhone1", PHONES), profile=profile))

    assert found == {"Date": ("date", None), "Start": ("eventDateTime", None), "PatPhone1": (None, None)}


def test_refusal_and_columns_say_the_same() -> None:
    """The sentence of a refusal and the lines of the same screen name the same columns."""
    found = explained(("Rufnummer", PHONES), ("Appt Date", DAYS), ("Reason", TYPES), ("Zone", ZONES))
    offered = {(each.heading, each.perhaps) for each in found.headings if each.perhaps}

    assert offered == {("Rufnummer", "phone"), ("Reason", "eventType")}
    for heading, field in offered:
        assert f'"{heading}" looks like {field}' in found.refusal
        assert f'"{heading}" = "{field}"' in found.profile_lines


def test_columns_that_stop_rows_are_told() -> None:
    """What check says of an ignored status column, columns says too."""
    found = explained(
        ("Phone", PHONES), ("Booking ID", CODES), ("Service", TYPES), ("Start", MOMENTS), ("tz", ZONES),
        ("Status", "Booked|Cancelled"), ("Wish", "Do not text|x"),
    )  # fmt: skip

    assert found.headings[5].fate == "heeded"
    assert len(found.stopped) >= 1
    assert found.stopped[0].startswith('Column F "Status"')
    assert '# "Status" = ""' in found.profile_lines


def test_blank_cells_give_no_advice() -> None:
    """Without cells nothing is offered, however much a heading is like a known one."""
    found = told(explained(("Telefone", ""), ("Fone", "n/a|-"), ("Patient mobile nr.", "")))

    assert {perhaps for _, perhaps in found.values()} == {None}


CELLS = st.sampled_from([
    PHONES, DAYS, TIMES, MOMENTS, PAST, PAST_MOMENTS, NAMES, FULL, MAILS, CODES, ZONES, TYPES, UUID, "", "Yes|No", "60|30", "n/a",
    "OH|NY", "7|12", "A|", "cancelled|booked",
])  # fmt: skip
HEADINGS = st.one_of(
    st.sampled_from([heading for heading, *_ in TABLE]), st.sampled_from(sorted(alias_table())), st.text(max_size=12)
)
SHEETS = st.lists(st.tuples(HEADINGS, CELLS), min_size=1, max_size=6)


@settings(deadline=None, max_examples=longer(60, 1_000))
@given(SHEETS)
def test_advice_never_contradicts_the_cells(columns: list[tuple[str, str]]) -> None:
    """Whatever stands in a sheet, no column is offered as a field that its cells do not fit."""
    headings, chunk = sheet(columns)
    for column in explain(headings, Profile(), chunk).headings:
        cells = [text for text in columns[column.position][1].split("|") if text and text != "n/a"]
        if column.perhaps and column.perhaps != "action":
            assert fit(column.perhaps, cells, Profile()) is Fit.FITS


@settings(deadline=None, max_examples=longer(60, 1_000))
@given(SHEETS)
def test_matches_by_cells_hold_as_profile_lines(columns: list[tuple[str, str]]) -> None:
    """A match put into a profile gives the same match, with the cells or without them."""
    headings, chunk = sheet(columns)
    found = match(headings, Profile(), chunk)
    texts = [heading.strip() for heading in headings]
    by_cells = {at: name for name, at in found.fields.items() if found.by[at] == "cells"}
    if any(texts.count(texts[at]) > 1 or not texts[at] for at in by_cells):
        return
    said = Profile(columns={texts[at]: name for at, name in by_cells.items()})
    again = match(headings, said, chunk)

    assert {at: name for name, at in again.fields.items() if at in by_cells} == by_cells


@settings(deadline=None, max_examples=longer(40, 1_000))
@given(SHEETS, st.randoms())
def test_order_of_columns_changes_no_match(columns: list[tuple[str, str]], random: object) -> None:
    """The same columns in another order become the same fields."""
    shuffled = list(columns)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def fields(order: list[tuple[str, str]]) -> set[tuple[str, tuple[str, str]]]:
        headings, chunk = sheet(order)
        return {(name.casefold(), order[at]) for name, at in match(headings, Profile(), chunk).fields.items()}

    assert fields(columns) == fields(shuffled)


@settings(deadline=None, max_examples=longer(40, 1_000))
@given(SHEETS)
def test_lines_are_toml_and_name_fields_that_fit(columns: list[tuple[str, str]]) -> None:
    """The printed lines are TOML, and a start is never made of a day of birth or of booking."""
    headings, chunk = sheet(columns)
    found = explain(headings, Profile(), chunk)
    tomllib.loads(found.profile_lines)

    for column in found.headings:
        if column.heading in {"DOB", "Date Scheduled", "Created", "Booking Date"}:
            assert column.field not in STARTS
            assert column.perhaps not in STARTS
