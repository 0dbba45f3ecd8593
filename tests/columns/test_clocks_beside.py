"""A second clock, zone, end or visit of the row beside the start: it agrees, or the row is a problem or says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import importer
from importer.columns.cell_fit import zone_named
from importer.columns.days_beside import is_of_second_visit
from importer.columns.zones_beside import is_of_another_clock, zone_of_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Check = Callable[..., list[Mapping[str, Any]]]

UUID = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what checks rows below these headings, each with a number and a phone, in the zone of New York."""
    monkeypatch.chdir(tmp_path)

    def checked(headings: str, *rows: str, more: str = "", above: str = "") -> list[Mapping[str, Any]]:
        (tmp_path / "importer.toml").write_text(
            f'[profile.p]\nzone = "America/New_York"\nevent_type = "{UUID}"\ndate_order = "mdy"\n{more}',
            encoding="utf-8",
        )
        lines = [*([above] if above else []), f"Appointment ID,Phone,{headings}"]
        lines += [f"A{at},2125550101,{row}" for at, row in enumerate(rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(importer.check("a.csv", profile="p").rows())

    return checked


def codes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [" ".join(one["code"] for one in row["problems"]) for row in rows]


def warned(rows: Sequence[Mapping[str, Any]], code: str) -> list[Mapping[str, Any]]:
    return [one for row in rows for one in row["warnings"] if one["code"] == code]


CLOCKS = (
    "Local time", "Patient local time", "Patient time", "Client Time", "Clinic time", "Clinic local time", "Office Time", "Local start",
    "Time (local)", "Hora local", "Ortszeit", "Your time", "Time PT", "Time (PT)", "PT time", "Pacific Time", "Time UTC", "Start (London)",
    "Time (New York)", "Appointment time (CT)",
)  # fmt: skip
OTHER_TIMES = (
    "Arrival time", "Patient arrival time", "Check-in time", "End time", "Local end time", "Reminder time", "Booked at", "Booking time (PT)",
    "Travel time", "Preferred time", "Patient preferred time", "Clinic hours", "Duration", "Prep time", "Created (UTC)", "Patient in", "Time in",
    "Contact time", "Wait time", "Time zone", "Patient time zone", "Doctor time", "Call time", "Local date", "Time 2", "Hospital time", "Time",
)  # fmt: skip


@pytest.mark.parametrize("heading", CLOCKS)
def test_a_heading_of_another_clock(heading: str) -> None:
    """A time of the visit that is the place's, the person's, or a zone's."""
    assert is_of_another_clock(heading)


@pytest.mark.parametrize("heading", OTHER_TIMES)
def test_headings_of_other_times(heading: str) -> None:
    """Times of something else, and the visit's own without a word of whose clock it is."""
    assert not is_of_another_clock(heading)


@pytest.mark.parametrize("heading", ["Local time", "Patient local time", "Patient time", "Clinic time", "Hora local"])
def test_another_time_on_a_second_clock_stops_its_row(check: Check, heading: str) -> None:
    """A start that is read from Time alone may be hours off; the same time, a blank and words say nothing."""
    rows = check(
        f"Date,Time,{heading}", "2027-03-04,14:30,11:30", "2027-03-04,14:30,14:30", "2027-03-04,14:30,",
        "2027-03-04,14:30,TBD", "2027-03-04,14:30,2:30 PM", "2027-03-04,2:30 PM,2:30",
    )  # fmt: skip
    assert codes(rows) == ["start_contradicts", "", "", "", "", ""]
    assert rows[0]["problems"][0]["message"] == (
        f'Column E "{heading}": The row says more than one thing about its start: “11:30”, but the start is read as 14:30 '
        "in the time zone America/New_York."
    )


@pytest.mark.parametrize("heading", ["Time (PT)", "Time (PST)", "Pacific time", "Start (Los Angeles)"])
def test_a_second_clock_whose_heading_names_its_zone(check: Check, heading: str) -> None:
    """It has to show what its zone's clocks show at the start that is read; the same digits are another moment."""
    rows = check(f"Date,Time,{heading}", "2027-03-04,14:30,11:30", "2027-03-04,14:30,14:30", "2027-03-04,14:30,")
    assert codes(rows) == ["", "start_contradicts", ""]


def test_a_second_clock_of_the_profiles_zone(check: Check) -> None:
    """Beside a row's own zone the clinic's time may stand, and explains itself."""
    rows = check(
        "Date,Time,Time zone,Clinic time",
        *(f"2027-03-04,9:00 AM,US/Pacific,{at}" for at in ("12:00 PM", "9:00 AM", "3:00 PM")),
    )
    assert codes(rows) == ["", "", "start_contradicts"]


def test_pt_is_pacific_time_or_a_patient(check: Check) -> None:
    """Below Time PT both the same time and that of the Pacific agree; another one does not."""
    rows = check("Date,Time,Time PT", "2027-03-04,14:30,11:30", "2027-03-04,14:30,14:30", "2027-03-04,14:30,12:30")
    assert codes(rows) == ["", "", "start_contradicts"]


def test_two_clocks_and_none_that_is_used(check: Check) -> None:
    """Of Time PT and Time ET neither is the start; used by the profile, the one is held against the other."""
    row = "2027-03-04,6:00 AM,9:00 AM"
    assert codes(check("Date,Time PT,Time ET", row)) == ["time_missing"]
    assert codes(check("Date,Time PT,Time ET", row, more='[profile.p.columns]\n"Time PT" = "time"\n')) == [
        "start_contradicts"
    ]


def test_two_clocks_are_told_with_their_zones(check: Check) -> None:
    """Beside Time ET the fix of a missing time does not offer Time PT as the start."""
    (row,) = check("Date,Time PT,Time ET", "2027-03-04,6:00 AM,9:00 AM")
    assert "it names the time zone PT" in row["problems"][0]["fix"]
    assert "= " not in row["problems"][0]["fix"]


def test_a_zone_of_a_report_is_not_lost(check: Check) -> None:
    """Without the rows whose cells proved the column, what a report said of a row stops it until the cell is mended."""
    names = (
        "result_run,result_file,result_sheet,result_row,result_action,result_status,result_uuid,result_external_event_id,"
        "result_http_status,result_code,result_problem,result_fix,result_warnings,result_attempts,result_time"
    )
    said = 'Column E ""Clinic zone"": The row says more than one thing about its start: “East”, but it is read in the time zone X.'
    told = f'r1,a.csv,,4,upsert,invalid,,,,start_contradicts,"{said}",y,,0,'
    headings = f"Date,Time,Clinic zone,{names}"
    assert codes(check(headings, f"2027-03-04,14:30,East,{told}")) == ["start_contradicts"]
    assert codes(check(headings, f"2027-03-04,14:30,ET,{told}", f"2027-03-04,15:30,,{told}")) == ["", ""]


def test_a_second_clock_that_is_left_out(check: Check) -> None:
    """The profile says that it is about something else."""
    row = "2027-03-04,14:30,11:30"
    assert codes(check("Date,Time,Local time", row, more='[profile.p.columns]\n"Local time" = ""\n')) == [""]


def test_a_second_clock_below_many_blanks(check: Check) -> None:
    """Its heading tells it, so that a time further down is compared."""
    rows = check("Date,Time,Local time", *["2027-03-04,14:30,"] * 2_010, "2027-03-04,14:30,13:30")
    assert [at for at, code in enumerate(codes(rows)) if "start_contradicts" in code] == [2_010]


@pytest.mark.parametrize(
    ("heading", "cells", "expected"),
    [
        ("Clinic zone", ("PT", "ET", "CST"), ["start_contradicts", "", "start_contradicts"]),
        ("Clinic time zone", ("PT", "ET", "East", "3"), ["start_contradicts", "", "start_contradicts", "start_contradicts"]),
        ("Clinic zone", ("PT", "ET", "East"), ["start_contradicts", "", "start_contradicts"]),
        ("Zone", ("PT", "ET", "CST", "East", "3"), ["", "", "", "zone_unknown", "zone_unknown"]),
        ("Time zone", ("PT", "ET", "CST", "East", "3"), ["", "", "", "zone_unknown", "zone_unknown"]),
        ("Zone", ("PT", "ET", "A", "B", "C"), ["start_contradicts", "", *["start_contradicts"] * 3]),
        ("Clinic zone", ("Central", "Eastern", "Central"), ["", "", ""]),
        ("Clinic zone", ("A", "B", "PT", "C"), ["", "", "", ""]),
        ("Delivery zone", ("PT", "ET"), ["", ""]),
    ],
)  # fmt: skip
def test_columns_of_zones(check: Check, heading: str, cells: Sequence[str], expected: Sequence[str]) -> None:
    """No row is read in the default zone while its own cell says another, or none; areas called Central are no zones."""
    assert codes(check(f"Date,Time,{heading}", *(f"2027-03-04,14:30,{cell}" for cell in cells))) == expected


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("Los Angeles clinic (Pacific time)", "Pacific time"),
        ("Westside Dental - Pacific Time", "Pacific Time"),
        ("Clinic: LA (PST)", "PST"),
        ("All times Pacific", "Pacific"),
        ("Times shown in ET", "ET"),
        ("Schedule, America/Chicago", "America/Chicago"),
        ("Pacific Dental Group", ""),
        ("Eastside Clinic (PT)", ""),
        ("Monday 9:00 (Pacific Time)", ""),
        ("Report generated (EST)", ""),
        ("Central Clinic", ""),
        ("Part time staff (Mountain View)", ""),
    ],
)
def test_zones_in_lines(line: str, zone: str) -> None:
    """A part of a line that is a zone by itself says it of all rows."""
    assert zone_of_line(line) == zone


def test_a_zone_behind_the_name_of_a_clinic(check: Check) -> None:
    """The rows are not read in the profile's zone."""
    rows = check("Date,Time", "2027-03-04,14:30", above="Los Angeles clinic (Pacific time)")
    assert codes(rows) == ["zone_above_contradicts"]


@pytest.mark.parametrize(
    ("heading", "zone"),
    [
        ("Time (London)", "Europe/London"),
        ("Start (New York)", "America/New_York"),
        ("Start date/time (Chicago)", "America/Chicago"),
        ("Clinic (London)", ""),
        ("Time (Room 2)", ""),
        ("Date (Denver)", ""),
        ("Time (Lincoln)", ""),
        ("Start PT", ""),
    ],
)
def test_a_city_in_the_heading_of_a_time(heading: str, zone: str) -> None:
    """In brackets behind the heading of a time a large city is its zone; behind other headings it is a place."""
    assert zone_named(heading) == zone


def test_a_start_below_a_city(check: Check) -> None:
    """Where the profile takes such a column, its rows are problems in another zone; unused it is told with its zone."""
    row = "2027-03-04,14:30"
    used = check("Date,Time (London)", row, more='[profile.p.columns]\n"Time (London)" = "time"\n')
    assert codes(used) == ["start_contradicts"]
    assert used[0]["problems"][0]["message"].startswith('Column D "Time (London)": ')
    (unused,) = check("Date,Time (London)", row)
    assert "it names the time zone Europe/London" in unused["problems"][0]["fix"]


SECOND = (
    "Date 2",
    "Time 2",
    "Second appointment",
    "Next visit 2",
    "Appointment 2 date",
    "2nd Appointment",
    "Appt 2",
    "Visit 3 time",
    "Zweiter Termin",
    "Segunda cita",
)
NO_SECOND = ("Date", "Next appointment", "Reminder 2 date", "Phone 2", "Dose 2 date", "Date of birth 2", "2", "Address 2", "Date 1", "Appointment 1", "Visit number 2")  # fmt: skip


@pytest.mark.parametrize("heading", SECOND)
def test_a_heading_of_a_second_visit(heading: str) -> None:
    """A number above one with words of the visit, its day or its time."""
    assert is_of_second_visit(heading)


@pytest.mark.parametrize("heading", NO_SECOND)
def test_headings_of_no_second_visit(heading: str) -> None:
    """The first one, and numbered things that are no visit."""
    assert not is_of_second_visit(heading)


def test_a_second_visit_is_said(check: Check) -> None:
    """A row that names two visits is sent with the first, and warns of the other; blanks and words warn of nothing."""
    rows = check(
        "Date,Time,Date 2,Time 2", "2027-03-04,14:30,2027-03-11,10:00", "2027-03-04,15:30,,", "2027-03-04,16:30,n/a,TBD",
        "2027-03-04,17:30,2027-03-11,",
    )  # fmt: skip
    assert [row["status"] for row in rows] == ["ready"] * 4
    assert [row["payload"]["eventDateTime"] for row in rows][:1] == ["2027-03-04T14:30:00"]
    first, second = warned(rows, "second_visit")
    assert first["message"] == (
        'Column E "Date 2": “2027-03-11 10:00” is another visit in the same row. Only the first visit of a row is sent: '
        "nobody is reminded of this one."
    )
    assert '"Date 2" and "Time 2"' in first["fix"]
    assert "“2027-03-11” is another visit" in second["message"]


def test_a_column_called_second_with_other_cells(check: Check) -> None:
    """Names and numbers of rooms below such a heading are no visit."""
    rows = check(
        "Date,Time,Appt 2", *(f"2027-03-04,{9 + at}:00,{cell}" for at, cell in enumerate(("Ana", "Room B", "x")))
    )
    assert warned(rows, "second_visit") == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("14:30", "13:30", "start_contradicts"),
        ("2:30 PM", "1:30 PM", "start_contradicts"),
        ("14:30", "09:00", "start_contradicts"),
        ("14:30", "15:30", ""),
        ("14:30", "14:30", ""),
        ("14:30", "3:30", ""),
        ("14:30", "", ""),
        ("21:00", "06:30", ""),
        ("14:30", "01:00", ""),
        ("14:30", "2027-03-05 09:00", ""),
        ("11:30", "12:15", ""),
    ],
)
def test_an_end_before_its_start(check: Check, start: str, end: str, expected: str) -> None:
    """By day a visit ends after its start: one of the two is wrong. Over night, of another day and unsure it says nothing."""
    assert codes(check("Date,Time,End time", f"2027-03-04,{start},{end}", "2027-03-04,09:00,10:00"))[0] == expected
