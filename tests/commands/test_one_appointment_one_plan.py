"""One appointment makes one plan, whatever holds it: a sheet, records, a calendar, a FHIR bundle, a database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from desk import EVENT_TYPE, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer
from table_writers import WRITERS

from importer.commands.job import Job
from importer.commands.plan import plan
from importer.fetching.fetched_source import fetched
from importer.model.profile import Profile
from importer.model.times import zone
from importer.settings import Settings

ZONES: Final = ("America/New_York", "America/Chicago", "America/Phoenix")
HEADINGS: Final = ["externalEventId", "phone", "First name", "eventDateTime", "subscriberTimeZone", "action"]
QUERY: Final = """
SELECT number AS "externalEventId", phone, first AS "First name", starts AS "eventDateTime", zone AS "subscriberTimeZone",
  CASE WHEN off THEN 'cancelled' ELSE 'booked' END AS action
FROM visits ORDER BY place
"""
PROFILE: Final = Profile(event_type=EVENT_TYPE, columns={"DESCRIPTION: Phone": "phone", "X-FIRST-NAME": "firstName"})

Appointment = tuple[str, str, str, datetime, str, bool]
"""Number, phone, first name, local start, zone, whether it is cancelled."""

appointments: st.SearchStrategy[list[Appointment]] = st.lists(
    st.tuples(
        st.sampled_from(["1001", "00123", "12345678901234567", "A-7", "visit 8"]),
        st.sampled_from(["(212) 555-0101", "+1 212 555 0102", "2125550103", "555-12", "+44 20 7946 0141"]),
        st.text(st.characters(codec="utf-8", categories=("L",)), max_size=8),
        # No hour of these weeks is one that clocks jump over or show twice.
        st.datetimes(min_value=datetime(2027, 3, 15), max_value=datetime(2027, 6, 1)).map(  # noqa: DTZ001  # local
            lambda moment: moment.replace(second=0, microsecond=0)
        ),
        st.sampled_from(ZONES),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each[0],
)


def table(drawn: list[Appointment]) -> list[list[str]]:
    rows = [
        [number, phone, name, start.isoformat(), place, "cancelled" if off else "booked"]
        for number, phone, name, start, place, off in drawn
    ]
    return [HEADINGS, *rows]


def write_ics(path: Path, drawn: list[Appointment]) -> None:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tests//EN"]
    for number, phone, name, start, place, off in drawn:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}",
            "DTSTAMP:20270301T120000Z",
            f"DTSTART;TZID={place}:{start:%Y%m%dT%H%M%S}",
            f"SUMMARY:Visit {number}",
            f"X-FIRST-NAME:{name}",
            f"DESCRIPTION:Phone: {phone}",
            f"STATUS:{'CANCELLED' if off else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    path.write_bytes("\r\n".join([*lines, "END:VCALENDAR", ""]).encode())


def write_fhir(path: Path, drawn: list[Appointment]) -> None:
    entries = []
    for place_in, (number, phone, name, start, place, off) in enumerate(drawn):
        patient = {"resourceType": "Patient", "id": f"p{place_in}", "name": [{"given": [name]}] if name else []}
        contact = {"system": "phone", "use": "mobile", "value": phone}
        visit = {
            "resourceType": "Appointment",
            "id": number,
            "status": "cancelled" if off else "booked",
            "start": start.replace(tzinfo=zone(place)).isoformat(),
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": place}],
            "participant": [{"actor": {"reference": f"Patient/p{place_in}"}, "status": "accepted"}],
        }
        entries += [{"resource": visit}, {"resource": patient | {"telecom": [contact]}}]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}), encoding="utf-8")


def with_query(given: Settings, folder: Path, drawn: list[Appointment]) -> Settings:
    """Return the settings that ask a database for the appointments, which are typed there as a database would."""
    with closing(sqlite3.connect(folder / "clinic.db")) as connection:
        connection.execute(
            "CREATE TABLE visits (place integer, number text, phone, first text, starts, zone text, off integer)"
        )
        rows = [
            (at, number, int(phone) if phone.isdigit() else phone, name or None, start.isoformat(" "), place, off)
            for at, (number, phone, name, start, place, off) in enumerate(drawn)
        ]
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    (folder / "visits.sql").write_text(QUERY, encoding="utf-8")
    return replace(given, query_file=folder / "visits.sql", database_url=f"db+sqlite:///{folder}/clinic.db")


@settings(max_examples=longer(2, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(appointments)
def test_one_appointment_makes_one_plan(drawn: list[Appointment]) -> None:
    """The same appointments lead to the same calls, in their bodies and in their order, from every kind of source."""
    with TemporaryDirectory() as folder:
        job = Job(Settings(ledger_url=f"{folder}/ledger.db"), PROFILE, now=lambda: NOW)
        paths = {ending: Path(folder) / f"week.{ending}" for ending in (*WRITERS, "ics", "json")}
        for ending, write in WRITERS.items():
            write(paths[ending], table(drawn))
        write_ics(paths["ics"], drawn)
        write_fhir(paths["json"], drawn)

        prints = {ending: plan(job, [str(path)]).fingerprint for ending, path in paths.items()}
        with fetched(replace(job, settings=with_query(job.settings, Path(folder), drawn)), []) as (of_query, words):
            prints["query"] = plan(of_query, words).fingerprint

    assert prints == dict.fromkeys(prints, prints["csv"])
