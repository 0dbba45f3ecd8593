"""
Files of the shapes in which programs publish their appointments: each is read rightly, or refused with a useful sentence.

The shapes are those of public samples and documents of the programs that the files are named for; the people are invented.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from importer.commands.check import check
from importer.commands.job import Job
from importer.errors import FileRefused
from importer.model.profile import EventType, Profile
from importer.settings import Settings

NOW: Final = 1_804_000_000.0  # 2027-03-02 in UTC
SHAPES: Final = Path(__file__).parent / "public_shapes"
UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
ANSWERED: Final[dict[str, Any]] = {
    "name": "clinic",
    "zone": "America/New_York",
    "event_types": {"Check-up": EventType(UUID)},
    "event_type": "Check-up",
}
PHONE: Final = {"DESCRIPTION: Phone": "phone"}

# File -> what the profile says of its columns; a line a row: number, action, phone, start, externalEventId, problems. The zone is
# New York's unless it stands behind the start.
CALENDARS: Final[dict[str, tuple[dict[str, str], tuple[str, ...]]]] = {
    "acuity_feed.ics": (
        PHONE,
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 acuity-5001@example.com",
            "2 upsert - 2027-03-09T13:30:00 acuity-5002@example.com value_missing",
        ),
    ),
    "all_day_and_floating.ics": (
        PHONE,
        ("1 upsert 2125550141 - day-1 time_missing", "2 upsert 2125550142 2027-03-09T13:30:00 floating-2"),
    ),
    "answer.ics": (PHONE, ("calendar_answer",)),
    "apple.ics": ({"URL": "phone"}, ("1 upsert 2125550141 2027-03-08T13:30:00 E1F0A3C2-1111-4222-8333-444455556666",)),
    "cancelled_by_method.ics": (PHONE, ("1 cancel 2125550141 2027-03-08T13:30:00 visit-41@clinic.example",)),
    "cut_off.ics": (PHONE, ("calendar_damaged",)),
    "evolution.ics": (PHONE, ("1 upsert 2125550141 2027-03-08T13:30:00 20270301T120000Z-2471-1000-1-1@desk",)),
    "google.ics": (
        PHONE,
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 4k1ab2c3d4e5f6g7h8@google.com",
            "2 cancel 2125550142 2027-03-15T13:30:00 5k1ab2c3d4e5f6g7h8@google.com",
        ),
    ),
    "nextcloud.ics": (PHONE, ("1 upsert +442079460141 2027-03-08T13:30:00/Europe/London nc-1",)),
    "outlook_customized_zone.ics": (PHONE, ("1 upsert 2125550141 2027-03-08T13:30:00/- outlook-1 zone_unknown",)),
    "outlook_invitation.ics": (
        PHONE,
        ("1 upsert 2125550141 2027-03-08T13:30:00 040000008200E00074C5B7101A82E00800000000A1",),
    ),
    "series.ics": (
        PHONE,
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 series-1 event_repeats",
            "2 upsert 2125550141 2027-03-22T14:30:00 series-1 event_repeats",
            "3 upsert 2125550142 2027-03-09T13:30:00 single-2",
        ),
    ),
    "tasks_only.ics": (PHONE, ("calendar_without_events",)),
    "thunderbird.ics": (
        {"ATTENDEE tel": "phone"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 ea1b2c3d-0000-4444-8888-123456789abc",),
    ),
    "two_calendars.ics": (
        PHONE,
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 one-1",
            "2 cancel 2125550142 2027-03-09T13:30:00/America/Chicago two-1",
        ),
    ),
    "utf16.ics": (PHONE, ("1 upsert 2125550141 2027-03-08T13:30:00 wide-1",)),
    "vcalendar_1.ics": (PHONE, ("calendar_old",)),
    "wrong_clocks.ics": (
        PHONE,
        ("1 upsert 2125550141 2027-03-08T13:30:00 winter-1", "2 upsert 2125550142 - summer-2 zone_redefined"),
    ),
    "x_fields.ics": (
        {"X-CLIENT-MOBILE": "phone", "X-CLIENT-NAME": "fullName"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 pm-41",),
    ),
}
FHIR: Final[dict[str, tuple[dict[str, str], tuple[str, ...]]]] = {
    "absolute_references.json": ({}, ("1 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "bulk_export.ndjson": (
        {},
        ("4 upsert 2125550141 2027-03-08T13:30:00 41", "5 cancel 2125550142 2027-03-09T13:30:00 42"),
    ),
    "contained_patient.json": ({}, ("1 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "every_status.json": (
        {},
        (
            "1  2125550141 2027-03-08T13:30:00 proposed action_unknown",
            "2  2125550141 2027-03-09T13:30:00 pending action_unknown",
            "3 upsert 2125550141 2027-03-10T13:30:00 booked",
            "4 none 2125550141 2027-03-11T13:30:00 arrived",
            "5 none 2125550141 2027-03-12T13:30:00 fulfilled",
            "6 cancel 2125550141 2027-03-13T13:30:00 cancelled",
            "7 no_show 2125550141 2027-03-01T13:30:00 noshow",
            "8  2125550141 2027-03-15T14:30:00 entered-in-error action_unknown",
            "9 none 2125550141 2027-03-16T14:30:00 checked-in",
            "10  2125550141 2027-03-17T14:30:00 waitlist action_unknown",
        ),
    ),
    "first_page.json": ({}, ("fhir_page",)),
    "history.json": ({}, ("fhir_history",)),
    "list_of_resources.json": ({}, ("2 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "not_to_be_texted.json": (
        {},
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 41 status_not_used",
            "2 upsert 2125550142 2027-03-09T13:30:00 42 status_not_used",
        ),
    ),
    "outcome.json": ({}, ("fhir_without_appointments",)),
    "patient_elsewhere.json": ({}, ("fhir_patients_missing",)),
    "patients_last.ndjson": ({}, ("1 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "patients_only.json": ({}, ("fhir_without_appointments",)),
    "searchset_with_patients.json": ({}, ("1 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "urn_uuid_transaction.json": ({}, ("2 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "whose_phone.json": (
        {},
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 41",
            "2 upsert - 2027-03-09T13:30:00 42 name_repeated",
            "3 upsert 2125550143 2027-03-10T13:30:00 43",
            "4 upsert - 2027-03-11T13:30:00 44 value_missing",
            "5 upsert - 2027-03-12T13:30:00 45 patients_several",
            "6 upsert - 2027-03-15T14:30:00 46 patient_missing",
            "7 upsert - 2027-03-16T14:30:00 47 value_missing",
        ),
    ),
    "zones.json": (
        {},
        (
            "1 upsert 2125550141 2027-03-08T12:30:00/America/Chicago 41",
            "2 upsert 2125550141 2027-03-08T12:30:00/America/Denver 42",
            "3 upsert 2125550141 2027-03-09T14:30:00 43",
        ),
    ),
}
JSON: Final[dict[str, tuple[dict[str, str], tuple[str, ...]]]] = {
    "acuity_api.json": (
        {"id": "externalEventId", "datetime": "eventDateTime"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 5001",),
    ),
    "airtable_api.json": (
        {"id": "externalEventId", "fields.Start": "eventDateTime", "fields.Phone": "phone"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 rec41",),
    ),
    "bigquery_export.ndjson": (
        {"start_local": "eventDateTime"},
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 9007199254740993",
            "2 upsert 2125550142 2027-03-09T13:30:00 9007199254740994",
        ),
    ),
    "column_oriented.json": ({}, ("columns_unknown",)),
    "google_calendar_api.json": (
        {
            "id": "externalEventId",
            "start.dateTime": "eventDateTime",
            "start.timeZone": "subscriberTimeZone",
            "extendedProperties.private.phone": "phone",
            "status": "action",
        },
        ("1 upsert 2125550141 2027-03-08T13:30:00 g41", "2 cancel 2125550142 2027-03-09T13:30:00 g42"),
    ),
    "graph_api.json": (
        {"id": "externalEventId", "start.dateTime": "eventDateTime", "start.timeZone": "subscriberTimeZone"},
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 AAMk41",
            "2 upsert 2125550142 2027-03-09T13:30:00 AAMk42 status_not_used",
        ),
    ),
    "json_api.json": (
        {"id": "externalEventId", "attributes.startTime": "eventDateTime", "attributes.mobilePhone": "phone"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 41",),
    ),
    "login_answer.json": ({}, ("columns_unknown",)),
    "mindbody_api.json": (
        {"Id": "externalEventId", "StartDateTime": "eventDateTime", "Client.MobilePhone": "phone"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 41",),
    ),
    "mongoexport.ndjson": (
        {"_id.$oid": "externalEventId", "start.$date": "eventDateTime"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 65f0c0ffee0000000000abcd",),
    ),
    "odata_v2.json": ({"VisitID": "externalEventId"}, ("1 upsert 2125550141 2027-03-08T13:30:00 41",)),
    "pandas_records.ndjson": (
        {"id": "externalEventId"},
        ("1 upsert 2125550141 - 41 start_unreadable", "2 upsert - 2027-03-09T13:30:00 42 value_missing"),
    ),
    "postgrest.json": (
        {"starts_at": "eventDateTime", "tz": "subscriberTimeZone"},
        ("1 upsert 2125550141 2027-03-08T13:30:00 41",),
    ),
    "sheets_api.json": ({}, ("columns_unknown",)),
    "square_api.json": (
        {"id": "externalEventId", "start_at": "eventDateTime", "customer.phone_number": "phone"},
        (
            "1 upsert 2125550141 2027-03-08T13:30:00 zkras0xv0xwswx",
            "2 upsert 2125550142 2027-03-09T13:30:00 y status_not_used",
        ),
    ),
    "two_documents.json": ({}, ("columns_unknown",)),
}
NUMBERED: Final = {"id": "externalEventId", "start": "eventDateTime"}
BOTH: Final = ("1 upsert 2125550141 2027-03-08T13:30:00 41", "2 upsert 2125550142 2027-03-09T13:30:00 42")
PARQUET: Final[dict[str, tuple[dict[str, str], tuple[str, ...]]]] = {
    "bigquery_record.parquet": (NUMBERED | {"patient.mobile": "phone"}, BOTH),
    "cut_off.parquet": ({}, ("parquet_damaged",)),
    "date_and_time.parquet": ({"id": "externalEventId"}, BOTH),
    "dictionary_status.parquet": (NUMBERED, (BOTH[0], f"{BOTH[1]} status_not_used")),
    "duckdb_decimal.parquet": (NUMBERED, JSON["bigquery_export.ndjson"][1]),
    "encrypted_footer.parquet": ({}, ("file_kind_unknown",)),
    "far_year.parquet": (NUMBERED, ("1 upsert 2125550141 - 41 date_impossible",)),
    "feather.parquet": ({}, ("file_kind_unknown",)),
    "impala_binary.parquet": (NUMBERED, BOTH),
    "list_of_phones.parquet": (NUMBERED, (BOTH[0], "2 upsert - 2027-03-09T13:30:00 42 phone_two_numbers")),
    "no_rows.parquet": (NUMBERED, ()),
    "pandas_index.parquet": (NUMBERED, (BOTH[0], "2 upsert - 2027-03-09T13:30:00 42 value_missing")),
    "polars_large_strings.parquet": (NUMBERED, BOTH),
    "row_groups.parquet": (NUMBERED, BOTH),
    "snowflake_unload.parquet": ({"VISIT_ID": "externalEventId", "START_NTZ": "eventDateTime"}, BOTH),
    "spark_int96.parquet": ({"visit_id": "externalEventId"}, BOTH),
}


def line(row: dict[str, Any]) -> str:
    payload = row["payload"]
    place = payload.get("subscriberTimeZone", "-")
    start = payload.get("eventDateTime", "-") + ("" if place == "America/New_York" else f"/{place}")
    number = payload.get("externalEventId", "-")
    told = [str(row["row"]), row["action"], payload.get("phone", "-"), start]
    told.append("*" if number.startswith("imp-") else number)
    return " ".join([*told, *(each["code"] for each in row["problems"])])


def lines(path: Path, columns: dict[str, str]) -> tuple[str, ...]:
    found: list[dict[str, Any]] = []
    job = Job(Settings(), Profile(**ANSWERED, columns=columns), now=lambda: NOW)
    try:
        check(job, [str(path)], each_row=found.append)
    except FileRefused as refused:
        return (refused.code if refused.fix else "no way out is told",)
    return tuple(map(line, found))


SHAPES_OF: Final = {"calendars": CALENDARS, "fhir": FHIR, "json": JSON, "parquet": PARQUET}
CASES: Final = [(kind, name) for kind, files in SHAPES_OF.items() for name in files]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_shape_is_read_rightly_or_refused(kind: str, name: str) -> None:
    """Each row has its right number, action, phone, start and appointment number, or a problem; else the file is refused."""
    columns, right = SHAPES_OF[kind][name]

    assert lines(SHAPES / kind / name, columns) == right


def test_every_file_has_its_right_values() -> None:
    """No file of a shape is left out, and each kind has at least ten."""
    for kind, files in SHAPES_OF.items():
        assert {path.name for path in (SHAPES / kind).iterdir()} == files.keys()
        assert len(files) >= 10
