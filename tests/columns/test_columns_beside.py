"""What stands in a column of its own beside the start or the phone: joined where that is sure, else a problem; never ignored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

import importer
from importer.columns.explain import explain
from importer.columns.heading_forms import form_of
from importer.model.chunks import Chunk
from importer.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Check = Callable[..., list[Mapping[str, Any]]]

UUID = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
HALVES = (
    "AM/PM",
    "AMPM",
    "am pm",
    "Meridiem",
    "Period",
    "Half",
    "Time of Day",
    "Morning/Afternoon",
    "PM?",
    "A/P",
)


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what checks rows below these headings, beside a number and, if not named, a date, a time and a phone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "importer.toml").write_text(
        f'[profile.p]\nzone = "America/New_York"\nevent_type = "{UUID}"\ndate_order = "mdy"\n', encoding="utf-8"
    )

    def checked(headings: str, *rows: str) -> list[Mapping[str, Any]]:
        usual = {"Date": "2027-03-04", "Time": "14:30", "Phone": "2125550101"}
        named = headings.split(",")
        if {"Start", "Date/Time"} & set(named):
            del usual["Time"]
        if "Date/Time" in named:
            del usual["Date"]
        more = {name: cell for name, cell in usual.items() if name not in named}
        lines = [",".join([*more, headings, "Appointment ID"])]
        lines += [",".join([*more.values(), row, f"A{number}"]) for number, row in enumerate(rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(importer.check("a.csv", profile="p").rows())

    return checked


def starts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each row's time of day where it is ready, else the codes of its problems."""
    return [
        row["payload"]["eventDateTime"][11:16]
        if row["status"] == "ready"
        else " ".join(one["code"] for one in row["problems"])
        for row in rows
    ]


def codes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [" ".join(one["code"] for one in row["problems"]) for row in rows]


@pytest.mark.parametrize("heading", HALVES)
def test_a_column_of_am_and_pm_is_joined_to_the_time(check: Check, heading: str) -> None:
    """2:30 beside PM is 14:30, twelve beside AM is midnight, whatever the column is called."""
    rows = check(f"Time,{heading}", "2:30,PM", "9:00,AM", "12:15,PM", "12:15,AM")
    assert starts(rows) == ["14:30", "09:00", "12:15", "00:15"]


@pytest.mark.parametrize("heading", ["Session", "Shift", "Slot", "Turno", "Which", "AM or PM"])
def test_under_any_heading_by_its_cells(check: Check, heading: str) -> None:
    """Under an unknown heading AM and PM are joined where they put every time into the day."""
    assert starts(check(f"Time,{heading}", "2:30,PM", "9:00,AM", "12:15,PM")) == ["14:30", "09:00", "12:15"]


def test_halves_that_may_be_about_something_else(check: Check) -> None:
    """Under an unknown heading with PM alone, or with a visit at night, the rows that PM would change are problems."""
    assert starts(check("Time,Tech", "1:30,PM", "9:00,PM", "12:30,PM")) == [
        "time_unreadable",
        "time_unreadable",
        "12:30",
    ]
    assert starts(check("Time,Initials", "9:00,PM", "10:00,AM")) == ["time_unreadable", "10:00"]
    assert starts(check("Time,Delivery", "1:30,PM", "11:00,PM", "9:00,AM")) == [
        "time_unreadable",
        "time_unreadable",
        "09:00",
    ]


def test_two_columns_of_flags(check: Check) -> None:
    """A cross below AM or below PM says the half."""
    assert starts(check("Time,AM,PM", "2:30,,x", "9:00,x,", "3:00,,")) == ["14:30", "09:00", "time_unreadable"]


@pytest.mark.parametrize("cells", [("PM", "AM"), ("pm", "am"), ("p.m.", "a.m."), ("P", "A"), ("P.M.", "A. M.")])
def test_spellings_of_halves(check: Check, cells: tuple[str, str]) -> None:
    """The half of the day may be written with points, blanks, or as one letter."""
    assert starts(check("Time,AM/PM", f"2:30,{cells[0]}", f"9:00,{cells[1]}")) == ["14:30", "09:00"]


@pytest.mark.parametrize(
    ("time", "half", "expected"),
    [
        ("2", "PM", "14:00"),
        ("230", "PM", "14:30"),
        ("0230", "PM", "14:30"),
        ("2.30", "PM", "14:30"),
        ("02:30:00", "PM", "14:30"),
        ("0.104166666666667", "PM", "14:30"),
        ("2:30 PM", "PM", "14:30"),
        ("14:30", "PM", "14:30"),
        ("0:30", "AM", "00:30"),
        ("1:00-2:00", "PM", "13:00"),
        ("11:30-12:30", "PM", "time_range"),
        ("2:30 PM", "AM", "start_contradicts"),
        ("14:30", "AM", "start_contradicts"),
        ("0:30", "PM", "start_contradicts"),
        ("2:30", "", "time_unreadable"),
        ("2:30", "n/a", "time_unreadable"),
        ("2:30", "Smith", "time_unreadable"),
        ("12:30", "", "time_unreadable"),
        ("14:30", "", "14:30"),
        ("2:30 PM", "", "14:30"),
    ],
)
def test_a_time_and_its_half(check: Check, time: str, half: str, expected: str) -> None:
    """A time is put together with its half, or is a problem where the two do not go together or one is missing."""
    assert starts(check("Time,AM/PM", "9:00,AM", f"{time},{half}"))[1] == expected


@pytest.mark.parametrize(
    ("time", "part", "expected"),
    [
        ("2:30", "Afternoon", "14:30"),
        ("9:00", "Morning", "09:00"),
        ("7:00", "Evening", "19:00"),
        ("12:00", "Afternoon", "12:00"),
        ("9:00", "Afternoon", "time_unreadable"),
        ("12:00", "Morning", "time_unreadable"),
        ("2:30", "nachmittags", "14:30"),
        ("3:00", "après-midi", "15:00"),
    ],
)
def test_parts_of_the_day(check: Check, time: str, part: str, expected: str) -> None:
    """Morning and afternoon say the half, except for an hour that nobody would call so."""
    assert starts(check("Time,Time of Day", "9:30,Morning", f"{time},{part}"))[1] == expected


def test_a_start_with_its_day_is_joined_too(check: Check) -> None:
    """Date and time in one column, as typed or as a workbook holds it, take the half beside them."""
    rows = check(
        "Date/Time,AM/PM", "3/4/2027 2:30,PM", "2027-03-04T09:00:00,AM", "2027-03-04T02:30:00,PM", "3/4/2027 9:00,"
    )
    assert starts(rows) == ["14:30", "09:00", "14:30", "time_unreadable"]


def test_the_problem_names_both_columns(check: Check) -> None:
    """The sentence stands at the time and names the column of the half; the fix gives both times."""
    (problem,) = check("Time,AM/PM", "9:00,AM", "2:30,")[1]["problems"]
    assert problem["field"] == "time"
    assert problem["value"] == "2:30"
    assert problem["message"].startswith('Column C "Time": ')
    assert 'Column D "AM/PM" does not say' in problem["fix"]
    assert "2:30 PM or 14:30" in problem["fix"]


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Time,Period", ("14:30,Q1", "9:00,Q2")),
        ("Time,Half", ("14:30,1st", "9:00,2nd")),
        ("Time,Half", ("11:30,1st", "12:30,2nd")),
        ("Time,Time of Day", ("14:30,Afternoon", "9:00,Morning")),
        ("Time,Shift", ("14:30,PM", "9:00,PM")),
        ("Time,Best time to call", ("14:30,PM", "9:00,PM")),
        ("Time,Preferred time of day", ("14:30,Morning", "9:00,Afternoon")),
        ("Time,PM", ("14:30,J. Smith", "9:00,A. Lee")),
        ("Time,AM", ("9:00,J. Smith", "10:00,A. Lee")),
        ("Time,Status", ("14:30,P", "9:00,P")),
        ("Time,End AM/PM", ("14:30,PM", "9:00,PM")),
    ],
)
def test_columns_that_are_no_halves(check: Check, headings: str, cells: Sequence[str]) -> None:
    """Quarters, names, wishes and the half of the end change nothing."""
    expected = [f"{cell.partition(',')[0]:>05}" for cell in cells]
    assert starts(check(headings, *cells)) == expected


def test_the_half_beside_the_start_is_not_that_of_the_end(check: Check) -> None:
    """Of two columns of halves the one beside the start counts."""
    rows = check("Start,AM/PM,End,AM/PM", "11:30,AM,12:30,PM", "2:30,PM,3:30,PM")
    assert starts(rows) == ["11:30", "14:30"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2:30", "3:30 PM", "time_range"),
        ("12:30", "1:15 AM", "time_range"),
        ("9:00", "10:00 AM", "09:00"),
        ("11:30", "12:15 PM", "11:30"),
        ("9:00", "5:00 PM", "09:00"),
        ("12:15", "1:00 PM", "12:15"),
        ("14:30", "3:30 PM", "14:30"),
        ("2:30 PM", "3:30 PM", "14:30"),
    ],
)
def test_an_end_with_its_half(check: Check, start: str, end: str, expected: str) -> None:
    """A start without its half is a problem where the end says that it may be in the other one."""
    assert starts(check("Start,End", f"{start},{end}", "8:30,9:00 AM"))[0] == expected


@pytest.mark.parametrize(
    "heading", ["Finish", "Until", "To", "Slot End", "Hora fin", "Heure de fin", "Ends at", "EndDateTime"]
)
def test_headings_of_the_end(check: Check, heading: str) -> None:
    """The end goes by many names."""
    assert starts(check(f"Start,{heading}", "2:30,3:30 PM", "9:00,10:00 AM")) == ["time_range", "09:00"]


def test_times_of_twelve_hours_without_their_half(check: Check) -> None:
    """In 9:00, 10:30, 1:15, 3:45 the last are in the afternoon, most likely: each of them is a problem, the others are not."""
    rows = check("Time", "9:00", "10:30", "1:15", "3:45", "5:00", "6:30", "12:15", "1:15 PM", "01:15")
    assert starts(rows) == ["09:00", "10:30", *["time_unreadable"] * 4, "12:15", "13:15", "01:15"]
    assert "1:15 PM or 13:15, or 1:15 AM or 01:15" in rows[2]["problems"][0]["fix"]


def test_starts_of_twelve_hours_without_their_half(check: Check) -> None:
    """The same where the day stands in the same cell."""
    rows = check("Date/Time", "3/4/2027 9:00", "3/4/2027 1:15", "3/4/2027 11:30")
    assert starts(rows) == ["09:00", "time_unreadable", "11:30"]


@pytest.mark.parametrize(
    "cells",
    [
        ("01:15", "02:15"),
        ("9:00", "14:30", "2:15"),
        ("09:00", "10:30", "2:15"),
        ("0:30", "9:00", "2:15"),
        ("9:00", "11:30", "12:45"),
        ("9:00", "6:30"),
        ("02:15", "9:00"),
    ],
)
def test_times_that_may_be_of_24_hours_stay(check: Check, cells: Sequence[str]) -> None:
    """A night start stays one where the column shows a clock of 24 hours: a 0:30, a 09:00 or 01:15, or a time of 13:00 or later."""
    assert starts(check("Time", *cells)) == [f"{cell:>05}" for cell in cells]


@pytest.mark.parametrize("cells", [("2:15",), ("1:00", "2:30", "4:00"), ("5:30", "1:15 PM"), ("01:00:00", "02:30:00")])
def test_times_of_the_night_alone_ask(check: Check, cells: Sequence[str]) -> None:
    """Where no time of the column proves a clock of 24 hours, one of 1:00 to 5:59 may be in the afternoon."""
    assert starts(check("Time", *cells))[0] == "time_unreadable"
    if len(cells[0]) < 8:
        assert starts(check("Start,End", f"2027-03-04 {cells[0]},7:30"))[0] == "time_unreadable"


@pytest.mark.parametrize(
    ("last", "expected"), [("11:30:00", "time_unreadable"), ("13:30:00", "01:30"), ("00:30:00", "01:30")]
)
def test_seconds_prove_no_clock_of_24_hours(check: Check, last: str, expected: str) -> None:
    """A workbook may write 1:30 as 01:30:00: such times are judged as 1:30 is, and one of 24 hours among them proves them."""
    assert starts(check("Time", "09:30:00", "01:30:00", last))[1] == expected


def test_a_day_with_its_time_as_programs_write_it(check: Check) -> None:
    """2027-03-04T01:30:00 is of 24 hours, as the importer itself asks for it."""
    assert starts(check("Date/Time", "2027-03-04T09:30:00", "2027-03-04T01:30:00")) == ["09:30", "01:30"]


def test_the_night_can_be_said_in_a_workbook(check: Check) -> None:
    """The fix says how to enter a time of the night, too, which a workbook would show as before."""
    fix = check("Time", "9:00", "1:00")[1]["problems"][0]["fix"]
    assert "1:00 PM or 13:00, or 1:00 AM or 01:00 (in a workbook, format the cell as text first)" in fix
    assert starts(check("Time", "09:00:00", "1:00 AM", "01:00")) == ["09:00", "01:00", "01:00"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("h:mm", "time_unreadable"), ("h:mm:ss", "time_unreadable"), ("h:mm AM/PM", "01:30"), ("hh:mm", "01:30")],
)
@pytest.mark.parametrize("with_day", [True, False])
def test_a_time_of_a_workbook_is_judged_as_it_is_shown(check: Check, shown: str, expected: str, with_day: bool) -> None:
    """Shown as 1:30 a time may be in the afternoon; shown as 1:30 AM or 01:30 it is in the night."""
    check("Time", "9:00")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Phone", "Appointment ID", "Start" if with_day else "Time", *([] if with_day else ["Date"])])
    for at, hour in enumerate((9, 11, 1)):
        time, day = dt.time(hour, 30), dt.date(2027, 3, 4)
        sheet.append(
            ["2125550101", f"A{at}", dt.datetime.combine(day, time)]
            if with_day
            else ["2125550101", f"A{at}", time, day]
        )
        sheet.cell(at + 2, 3).number_format = f"m/d/yyyy {shown}" if with_day else shown
    book.save("a.xlsx")
    assert starts(list(importer.check("a.xlsx", profile="p").rows())) == ["09:30", "11:30", expected]


def test_a_row_put_right_does_not_let_the_others_pass(check: Check) -> None:
    """One 13:15 among many times of twelve hours is a row that was corrected; the others still ask."""
    rows = check("Time", "9:00", "10:30", "13:15", "3:45", "2:30", "1:45")
    assert starts(rows) == ["09:00", "10:30", "13:15", *["time_unreadable"] * 3]


def test_rows_of_a_report_still_ask(check: Check) -> None:
    """In a report of rows to fix the other times of the column are gone; what was a problem stays one until it is changed."""
    names = (
        "result_run,result_file,result_sheet,result_row,result_action,result_status,result_uuid,result_external_event_id,"
        "result_http_status,result_code,result_problem,result_fix,result_warnings,result_attempts,result_time"
    )
    told = "r1,a.csv,,4,upsert,invalid,,,,time_unreadable,x,y,,0,"
    assert starts(check(f"Time,{names}", f"3:45,{told}", f"13:45,{told}")) == ["time_unreadable", "13:45"]


@pytest.mark.parametrize("heading", ["AM/PM", "Period", "Half"])
@pytest.mark.parametrize("early", ["9:00", "09:00"])
def test_a_clock_of_24_hours_is_moved_by_no_half(check: Check, heading: str, early: str) -> None:
    """Where the column has 15:45, AM and PM beside its times agree or do not, and say nothing where they are blank."""
    rows = check(
        f"Time,{heading}", f"{early},AM", "15:45,PM", f"{early},PM", "15:45,AM", f"{early},", "15:45,", "12:10,PM"
    )

    assert starts(rows) == ["09:00", "15:45", "start_contradicts", "start_contradicts", "09:00", "15:45", "12:10"]


@pytest.mark.parametrize("time", ["", "T10:00:00"])
@pytest.mark.parametrize(
    "texts",
    [
        ("19/03/2027", "25/03/2027", "31/03/2027"),
        ("19.03.2027",),
        ("3/19/2027", "3/25/2027"),
        ("19-03-2027", "20-04-2027", "03/03/2027"),
    ],
)
def test_dates_that_a_spreadsheet_program_swapped(check: Check, time: str, texts: Sequence[str]) -> None:
    """Where each day over 12 stayed a text, the date cells may have day and month swapped; 2027-03-03 is the same either way."""
    heading = "Date/Time" if time else "Date"
    behind = " 10:00" if time else ""
    rows = check(
        heading,
        *(f"{day}{time}" for day in ("2027-04-03", "2027-05-03", "2027-06-03", "2027-03-03")),
        *(f"{text}{behind}" for text in texts),
    )
    expected = ["date_swapped"] * 3 + [""] * (len(texts) + 1)
    assert [one.replace("date_order", "") for one in codes(rows)] == expected
    assert f'"{heading}": “2027-04-03{time}”' in rows[0]["problems"][0]["message"]
    assert "4 March 2027" in rows[0]["problems"][0]["fix"]


@pytest.mark.parametrize(
    "cells",
    [
        ("2027-04-03", "2027-04-13", "3/19/2027"),
        ("2027-04-03", "2027-04-04"),
        ("2027-04-03", "19 March 2027"),
        ("3/4/2027", "3/19/2027"),
        ("2027-03-01", "2027-03-02", "2027-03-04", "2027-03-05", "3/19/2027"),
        ("2027-04-03", "3/4/2027", "3/19/2027"),
        ("2027-03-03", "3/19/2027"),
    ],
)
def test_dates_that_nobody_swapped(check: Check, cells: Sequence[str]) -> None:
    """A date cell with a day over 12, texts that would have been dates, and days of the texts' own month say otherwise."""
    assert codes(check("Date", *cells)) == [""] * len(cells)


def test_swapped_dates_of_a_report(check: Check) -> None:
    """Without the other dates of the column a date that may be swapped stays a problem until it is changed."""
    names = (
        "result_run,result_file,result_sheet,result_row,result_action,result_status,result_uuid,result_external_event_id,"
        "result_http_status,result_code,result_problem,result_fix,result_warnings,result_attempts,result_time"
    )
    told = "r1,a.csv,,4,upsert,invalid,,,,date_swapped,Column A: “2027-04-03” may have,y,,0,"
    assert codes(check(f"Date,{names}", f"2027-04-03,{told}", f"2027-03-04,{told}")) == ["date_swapped", ""]


ZONES = [
    ("Clinic Timezone", "America/Los_Angeles"),
    ("Timezone of staff", "Pacific"),
    ("Calendar Time Zone", "US/Pacific"),
    ("Local timezone", "Pacific Standard Time"),
    ("Provider time zone", "PST"),
    ("Calendar", "America/Los_Angeles"),
    ("UTC Offset", "-08:00"),
    ("UTC Offset", "-480"),
    ("Offset", "-08:00"),
    ("UTC offset (seconds)", "-28800"),
    ("GMT offset", "-8"),
    ("Info", "(UTC-08:00) Pacific Time (US & Canada)"),
    ("Clinic TZ", "MST"),
]


@pytest.mark.parametrize(("heading", "cell"), ZONES)
def test_another_zone_in_an_unknown_column_stops_its_row(check: Check, heading: str, cell: str) -> None:
    """A start is not read in the profile's zone where a column says another one."""
    rows = check(heading, cell, "")
    assert codes(rows) == ["start_contradicts", ""]
    assert rows[0]["problems"][0]["message"].startswith(f'Column D "{heading}": ')
    assert "America/New_York" in rows[0]["problems"][0]["message"]


@pytest.mark.parametrize(
    "heading",
    ["TZID", "TimeZoneId", "Start TZ", "Time Zone Abbr", "Huso horario", "Location Time Zone", "Event Timezone"],
)
def test_a_zone_of_the_start_is_its_zone(check: Check, heading: str) -> None:
    """Under headings that mean the visit's own zone the column is taken."""
    (row,) = check(heading, "America/Los_Angeles")
    assert row["payload"]["subscriberTimeZone"] == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Provider time zone", "America/New_York"),
        ("Provider time zone", "Eastern"),
        ("Provider time zone", "EST"),
        ("Provider time zone", "America/Detroit"),
        ("Provider time zone", "n/a"),
        ("UTC Offset", "-05:00"),
        ("UTC Offset", "-0500"),
        ("UTC Offset", "300"),
        ("UTC Offset", "-18000"),
        ("Region", "Pacific"),
        ("Team", "Central"),
        ("Sales zone", "Central"),
        ("City", "Denver"),
        ("State", "Arizona"),
        ("Country", "Jamaica"),
        ("Type", "EST"),
        ("Score", "-8"),
        ("Room", "PT"),
        ("Server TZ", "UTC"),
        ("System TZ", "UTC"),
        ("Report Time Zone", "UTC"),
        ("Export Timezone", "UTC"),
        ("Created Timezone", "UTC"),
        ("Last updated (timezone)", "UTC"),
        ("Booked By Timezone", "America/Chicago"),
        ("Billing Time Zone", "America/Chicago"),
        ("User Time Zone", "America/Chicago"),
        ("Region", "Pacific Time"),
        ("Territory", "Central Time"),
    ],
)
def test_columns_that_say_no_other_zone(check: Check, heading: str, cell: str) -> None:
    """The same zone, another with the same clocks, and words that are zones elsewhere stop nothing."""
    assert codes(check(heading, cell)) == [""]


def test_a_zone_that_the_row_states_goes_before(check: Check) -> None:
    """Where the row has its own zone, that of the provider is another thing."""
    rows = check("Time zone,Provider time zone", "America/Chicago,America/New_York", ",America/Chicago")
    assert codes(rows) == ["", "start_contradicts"]


@pytest.mark.parametrize(
    ("heading", "country", "phone"),
    [
        ("Country", "Mexico", "5512345678"),
        ("Country", "MX", "8123456789"),
        ("Country", "MEX", "8123456789"),
        ("Country", "UK", "7033700900"),
        ("Country", "Brazil", "2125550107"),
        ("Country", "Mexico (+52)", "5512345678"),
        ("Country of phone", "MX", "5512345678"),
        ("Patient Country", "Colombia", "6012345678"),
        ("Pays", "Mexique", "5512345678"),
        ("Land", "Mexiko", "5512345678"),
    ],
)
def test_a_country_in_which_the_phone_is_another_number(check: Check, heading: str, country: str, phone: str) -> None:
    """A number without + that is one in the region and another in the country beside it is a problem."""
    rows = check(f"{heading},Phone", f"{country},{phone}", f"{country},+12125550101")
    assert codes(rows)[0] == "country_code_not_used"
    assert codes(rows)[1] == ""


@pytest.mark.parametrize(
    ("heading", "country", "phone"),
    [
        ("Country", "US", "5512345678"),
        ("Country", "United States", "5512345678"),
        ("Country", "Canada", "6045550105"),
        ("Country", "Dominican Republic", "8095550123"),
        ("Country", "Mexico", "2125550107"),
        ("Country", "France", "2125550107"),
        ("Country", "Elbonia", "5512345678"),
        ("Country", "", "5512345678"),
        ("State", "DE", "2125550107"),
        ("Nationality", "MX", "5512345678"),
        ("Country of birth", "Mexico", "5512345678"),
    ],
)
def test_a_country_that_leaves_the_phone_as_it_is(check: Check, heading: str, country: str, phone: str) -> None:
    """The region's own country, one in which the number is none, and other columns stop nothing."""
    assert codes(check(f"{heading},Phone", f"{country},{phone}")) == [""]


@pytest.mark.parametrize("heading", ["Ext", "Extension", "Phone Ext", "Phone 1 Ext", "Ext.", "Extn", "Durchwahl"])
def test_an_extension_in_its_own_column(check: Check, heading: str) -> None:
    """A number with an extension beside it reaches a switchboard."""
    rows = check(f"Phone,{heading}", "2125550101,12", "2125550102,", "2125550103,0", "2125550104,n/a")
    assert codes(rows) == ["phone_extension", "", "", ""]


@pytest.mark.parametrize(
    "headings", ["Phone,Work Ext", "Phone,Fax Ext", "Phone,Work Phone,Ext", "Phone,File extension"]
)
def test_the_extension_of_another_phone(check: Check, headings: str) -> None:
    """An extension of a phone that is not used stops nothing."""
    cells = ["2125550101", *["12"] * headings.count(",")]
    assert codes(check(headings, ",".join(cells))) == [""]


def test_ranges_of_24_hours(check: Check) -> None:
    """09:00-09:30 may be an offset alone; beside 13:00-13:30 it is a range."""
    rows = check("Time", "09:00-09:30", "10:00\u201310:30", "11:00-12:00", "13:00-13:30")
    assert starts(rows) == ["09:00", "10:00", "11:00", "13:00"]


@pytest.mark.parametrize("cells", [("09:00-05:00", "13:00-05:00"), ("09:00-10:00",), ("09:00-05:00", "13:00-13:30")])
def test_what_may_be_an_offset_is_no_range(check: Check, cells: Sequence[str]) -> None:
    """Without a cell that is surely a range, or with one that goes backwards, nothing is proven."""
    assert starts(check("Time", *cells))[0] == "time_range"


def test_points_for_colons(check: Check) -> None:
    """14.30 is half past two where the whole column has points, minutes in steps of five, and no decimals."""
    assert starts(check("Time", "9.00", "10.30", "14.15")) == ["09:00", "10:30", "14:15"]


@pytest.mark.parametrize("cells", [("14.30", "9.75"), ("14.5", "9.30"), ("9.50", "14.00"), ("14.30", "9:00")])
def test_points_that_may_be_decimals(check: Check, cells: Sequence[str]) -> None:
    """A part of an hour, or a number without both decimals, leaves the points in doubt."""
    assert starts(check("Time", *cells))[0] == "time_unreadable"


def test_a_later_row_that_contradicts_is_a_problem(check: Check) -> None:
    """A column is judged by its first rows; what stands further down is judged by itself."""
    rows = check("Time,AM/PM", *["9:00,AM"] * 2_500, "2:30,Room 4", "2:30,PM")
    assert starts(rows)[-2:] == ["time_unreadable", "14:30"]


MANY = 2_010
"""More rows than a column is judged by."""


def last_starts(check: Check, headings: str, first: str, *last: str) -> list[str]:
    """Return ``starts`` of the last rows, below many that are like the first one and ready."""
    found = starts(check(headings, *[first] * MANY, *last))
    assert not any(map(str.isalpha, "".join(found[:MANY]))), "a row above is a problem"
    return found[MANY:]


@pytest.mark.parametrize("heading", ["AM/PM", "Meridiem", "PM?"])
def test_a_half_below_many_blanks_asks(check: Check, heading: str) -> None:
    """A PM below 2,000 blank cells is a problem beside 2:30; AM, a sure time, another word and a blank are none."""
    rows = ("2:30,PM", "02:30,PM", "9:00,AM", "14:30,PM", "9:00,Room 4", "10:00,")
    expected = ["time_unreadable", "time_unreadable", "09:00", "14:30", "09:00", "10:00"]
    assert last_starts(check, f"Time,{heading}", "10:00,", *rows) == expected
    assert last_starts(check, f"Time,{heading}", "14:00,", *rows) == expected


def test_of_two_blank_columns_of_halves_the_one_beside_the_start_counts(check: Check) -> None:
    """The half of the end, below 2,000 blanks as well, says nothing of the start."""
    assert last_starts(check, "Start,AM/PM,End,AM/PM", "10:00,,,", "10:30,,12:30,PM", "2:30,PM,3:30,PM") == [
        "10:30",
        "time_unreadable",
    ]


@pytest.mark.parametrize("heading", ["Period", "Time of Day", "A/P"])
def test_a_half_below_many_blanks_asks_under_a_heading_that_may_tell_it(check: Check, heading: str) -> None:
    """So it does below Period; other words, agreeing halves and a sheet of 24 hours are no problems there."""
    rows = ("2:30,PM", "9:00,AM", "10:00,3", "10:30,Room 4", "11:00,")
    expected = ["time_unreadable", "09:00", "10:00", "10:30", "11:00"]
    assert last_starts(check, f"Time,{heading}", "10:00,", *rows) == expected
    assert last_starts(check, f"Time,{heading}", "14:00,", "9:30,Afternoon") == ["09:30"]


@pytest.mark.parametrize("heading", ["Session", "Shift"])
def test_under_any_heading_a_half_may_begin_further_down(check: Check, heading: str) -> None:
    """Below more than fifty blanks AM and PM are joined where they put every time into the day."""
    found = starts(check(f"Time,{heading}", *["2:45 PM,"] * 1_000, "2:30,PM", "9:00,AM", "12:15,PM"))
    assert found[1_000:] == ["14:30", "09:00", "12:15"]


@pytest.mark.parametrize("heading", ["End", "Ends", "Until"])
def test_an_end_below_many_blanks_asks(check: Check, heading: str) -> None:
    """An end with PM below 2,000 blank cells asks for the half of its start."""
    assert last_starts(check, f"Start,{heading}", "10:00,", "2:30,3:30 PM", "9:00,9:30", "9:00,") == [
        "time_range",
        "09:00",
        "09:00",
    ]


@pytest.mark.parametrize("heading", ["UTC offset", "UTC", "Clinic Timezone"])
def test_a_zone_below_many_blanks_stops_its_row(check: Check, heading: str) -> None:
    """An offset below 2,000 blank cells is held against the start of its row, and of no other."""
    assert last_starts(check, heading, "", "-08:00", "-05:00", "") == ["start_contradicts", "14:30", "14:30"]


def test_moments_below_many_blanks_are_no_zone(check: Check) -> None:
    """A blank column that says UTC of something else stops nothing where its cells come."""
    assert last_starts(check, "Entered UTC", "", "2027-01-05 15:20:00") == ["14:30"]


@pytest.mark.parametrize("first", ["10:00", "9:00", "10:00 AM", "09:00 AM", "2:30 PM"])
def test_an_early_time_below_many_of_the_day_asks(check: Check, first: str) -> None:
    """Below 2,000 times of the day a bare 1:15 may be in the afternoon; 01:15, 6:30, 1:15 AM and 13:15 stay."""
    expected = ["time_unreadable", "01:15", "06:30", "01:15", "13:15"]
    assert last_starts(check, "Time", first, "1:15", "01:15", "6:30", "1:15 AM", "13:15") == expected


@pytest.mark.parametrize("first", ["09:00", "14:30", "0:30", "6:30"])
def test_an_early_time_below_a_clock_of_24_hours_stays(check: Check, first: str) -> None:
    """Below times of 24 hours, or none of a working day, 1:15 is in the night."""
    assert last_starts(check, "Time", first, "1:15") == ["01:15"]


@pytest.mark.parametrize("heading", ["AM/PM", "End", "Time zone", "UTC offset"])
def test_a_column_that_is_blank_throughout_changes_nothing(check: Check, heading: str) -> None:
    """Times of 24 hours beside a plain heading without a single cell are sent as they stand."""
    rows = check(f"Time,{heading}", *["14:30,", "9:00,", "2:15,"] * 1_000)
    assert starts(rows) == ["14:30", "09:00", "02:15"] * 1_000


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Reminder", "24 hours", "PT24H"),
        ("Reminder", "1 day before", "PT24H"),
        ("Reminder time", "24 hours", "PT24H"),
        ("Send reminder", "2 days before", "PT48H"),
        ("Reminder (hours)", "24", "PT24H"),
        ("Reminder minutes", "1440", "PT24H"),
        ("Remind hours", "24", "PT24H"),
        ("Hours before", "24", "PT24H"),
        ("Days before", "2", "PT48H"),
        ("Hours before appointment", "24", "PT24H"),
        ("Reminder (hours before)", "24", "PT24H"),
        ("Reminder minutes before visit", "90", "PT1H30M"),
        ("Erinnerung", "24 Stunden", "PT24H"),
        ("Rappel avant", "24 heures", "PT24H"),
        ("Recordatorio", "24 horas antes", "PT24H"),
    ],
)
def test_how_long_before_the_reminder_goes(check: Check, heading: str, cell: str, expected: str) -> None:
    """What a sheet says of the reminder's time is sent, not the default."""
    (row,) = check(heading, cell)
    assert (row["status"], row["payload"]["remindTimeOffset"]) == ("ready", expected)


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("Reminder", "Yes"), ("Reminder time", "09:00:00"), ("Reminder time", "9:00"), ("Reminder At", "2027-03-03 14:30"), ("Reminder", "1"),
     ("Last reminder", "24 hours ago"), ("Reminders sent", "2"), ("Reminder status", "sent 2 hours ago")],
)  # fmt: skip
def test_what_is_no_length_of_time(check: Check, heading: str, cell: str) -> None:
    """A yes, a day, a time of day and a count are no time before the start."""
    (row,) = check(heading, cell)
    assert (row["status"], row["payload"]["remindTimeOffset"]) == ("ready", "PT3H")


@pytest.mark.parametrize(
    ("heading", "cells", "told"),
    [
        ("Reminder", ("24 hours", "No"), "consent_refused"),
        ("Reminder", ("24 hours", "off"), "consent_refused"),
        ("Reminder", ("24 hours", "not set"), "consent_refused"),
        ("Reminder", ("24 hours", "none"), "consent_unclear"),
        ("Rappel", ("24 heures", "aucun"), "consent_unclear"),
        ("Recordatorio", ("24 horas", "ninguno"), "consent_unclear"),
        ("Reminder", ("24 hours", "24 hours; off"), "consent_refused"),
        ("Reminder minutes", ("30", "0"), ""),
        ("Reminder hours", ("24", "0.0"), ""),
        ("Reminder", ("24 hours", "0 hours"), ""),
        ("Reminder hours", ("0", "0"), ""),
    ],
)
def test_a_no_or_a_zero_among_lengths_of_time(check: Check, heading: str, cells: Sequence[str], told: str) -> None:
    """With a no, a none or a zero among them the cells say whether somebody is reminded: each is heeded as such, none as a time."""
    rows = check(f"Phone,{heading}", *(f"212555010{place},{cell}" for place, cell in enumerate(cells)))
    assert [row["payload"]["remindTimeOffset"] for row in rows] == ["PT3H", "PT3H"]
    assert rows[0]["status"] == "ready"
    assert {each["code"] for each in (*rows[1]["problems"], *rows[1]["warnings"])} - {"reminder_at_night"} == {told} - {
        ""
    }


@pytest.mark.parametrize(
    ("heading", "cells", "odd"),
    [
        ("Reminder", ("1 day", "2 hours"), "day before"),
        ("Reminder", ("24 hours", "24 hours"), "1 day and 1 hour"),
        ("Reminder", ("24 hours", "48 hours"), "24"),
        ("Reminder", ("24 hours", "48 hours"), "9:00"),
        ("Reminder", ("24 hours", "48 hours"), "Yes"),
        ("Reminder", ("24 hours", "48 hours"), "no"),
        ("Reminder hours", ("24", "48"), "0"),
        ("Reminder hours", ("24", "48"), "the day before"),
        ("Erinnerung", ("24 Stunden", "2 Tage"), "am Vortag"),
    ],
)
def test_an_odd_cell_among_lengths_of_time_is_a_problem_of_its_row(
    check: Check, heading: str, cells: Sequence[str], odd: str
) -> None:
    """Where at least two and at least half are lengths of time the column is used, and what is none stops its own row only."""
    rows = check(
        f"Phone,{heading}", *(f"212555010{place},{cell}" for place, cell in enumerate((*cells, odd, "", "n/a")))
    )
    assert [row["status"] for row in rows] == ["ready", "ready", "invalid", "ready", "ready"]
    assert "PT3H" not in [row["payload"]["remindTimeOffset"] for row in rows[:2]]
    assert rows[2]["problems"][0]["code"] in {"duration_unreadable", "duration_zero"}
    assert [row["payload"]["remindTimeOffset"] for row in rows[3:]] == ["PT3H", "PT3H"]


@pytest.mark.parametrize(
    "cells",
    [
        ("1 day", "Yes", "Yes", "2 days", "Yes"),
        ("1 day", "day before"),
        ("Yes", "Yes", "Y"),
        ("2027-03-03", "2027-03-03 09:00", "2027-03-02"),
        ("212-555-0101", "212-555-0102", "212-555-0103"),
        ("9:00", "10:00", "1 day", "11:00", "2 days"),
    ],
)
def test_few_lengths_of_time_make_no_column_of_reminders(check: Check, cells: Sequence[str]) -> None:
    """With one length of time beside another cell, or fewer than half of the cells, the column is about something else."""
    rows = check("Phone,Reminder", *(f"212555010{place},{cell}" for place, cell in enumerate(cells)))
    assert [(row["status"], row["payload"]["remindTimeOffset"]) for row in rows] == [("ready", "PT3H")] * len(cells)


def test_an_odd_reminder_in_a_report_still_stops_its_row(check: Check) -> None:
    """In a report of rows to fix the cells that proved the column are gone: the row waits for a length of time all the same."""
    names = (
        "result_run,result_file,result_sheet,result_row,result_action,result_status,result_uuid,result_external_event_id,"
        "result_http_status,result_code,result_problem,result_fix,result_warnings,result_attempts,result_time"
    )
    told = "r1,a.csv,,4,upsert,invalid,,,,duration_unreadable,x,y,,0,"
    assert codes(check(f"Reminder,{names}", f"day before,{told}")) == ["duration_unreadable"]
    (row,) = check(f"Reminder,{names}", f"1 day,{told}")
    assert (row["status"], row["payload"]["remindTimeOffset"]) == ("ready", "PT24H")


@pytest.mark.parametrize("blank", ["", "N/A", "-", "NULL", "(null)", "k.A."])
def test_a_reminder_that_is_not_filled_in(check: Check, blank: str) -> None:
    """What programs write for nothing is blank in a column of lengths of time: the default goes."""
    rows = check("Reminder (hours)", "24", blank)
    assert [(row["status"], row["payload"]["remindTimeOffset"]) for row in rows] == [
        ("ready", "PT24H"),
        ("ready", "PT3H"),
    ]


@pytest.mark.parametrize(
    "cell", ["no", "off", "none", "not set", "0", "09:00:00", "2 days and 2 hours", "do not text", "24, no"]
)
def test_a_later_cell_that_is_no_length_of_time(check: Check, cell: str) -> None:
    """A column is judged by its first rows; a no, a zero, a time of day or two reminders further down are problems."""
    later = (f'2125550102,"{cell}"', "2125550103,n/a", "2125550103,48")
    rows = check("Phone,Reminder hours", *["2125550101,24"] * 2_500, *later)
    assert [row["status"] for row in rows[-3:]] == ["invalid", "ready", "ready"]
    assert [row["payload"]["remindTimeOffset"] for row in rows[-2:]] == ["PT3H", "PT48H"]


@pytest.mark.parametrize(
    "cell", ["2 days, 2 hours", "1 day and 1 hour", "24 hours, 30 min", "1 day,1 hour", "1 Tag und 1 Stunde"]
)
def test_two_reminders_in_one_cell(check: Check, cell: str) -> None:
    """A day and an hour below Reminder are two reminders, and no 25 hours."""
    assert [row["payload"]["remindTimeOffset"] for row in check("Reminder", "24 hours", f'"{cell}"')] == [
        "PT3H",
        "PT3H",
    ]


@pytest.mark.parametrize(
    ("cell", "expected"), [("1 hour and 30 minutes", "PT1H30M"), ("1 day 2 hours", "PT26H"), ('"1,5 days"', "PT36H")]
)
def test_one_reminder_in_two_units(check: Check, cell: str, expected: str) -> None:
    """An hour and its minutes are one length of time, and so is a day with hours that nothing joins."""
    assert check("Reminder", cell)[0]["payload"]["remindTimeOffset"] == expected


def test_a_heading_that_means_nothing_else_is_read_as_ever(check: Check) -> None:
    """Below "Remind before" a span of two units is their sum, and a No or N/A is a problem."""
    rows = check("Remind before", '"2 days, 2 hours"', "No", "N/A", "3 hours")
    assert [row["status"] for row in rows] == ["ready", "invalid", "invalid", "ready"]
    assert [row["payload"].get("remindTimeOffset") for row in (rows[0], rows[3])] == ["PT50H", "PT3H"]


@pytest.mark.parametrize("heading", ["Reminder interval", "Reminder frequency", "Recall", "Recall reminder"])
def test_when_somebody_is_to_come_again(check: Check, heading: str) -> None:
    """An interval or a recall is no time before this visit."""
    assert check(heading, "2 weeks")[0]["payload"]["remindTimeOffset"] == "PT3H"


def test_columns_says_what_is_read_beside_the_start() -> None:
    """A column that is joined, or held against the start, is not told as ignored."""
    frame = pd.DataFrame(
        [["2027-03-04", "2:30", "PM", "2125550101", "12"], ["2027-03-04", "9:00", "AM", "2125550102", ""]], dtype=object
    )
    told = explain(("Date", "Time", "AM/PM", "Phone", "Ext"), Profile(), Chunk(frame))
    assert [heading.fate for heading in told.headings if heading.field is None] == ["beside", "beside"]


@pytest.mark.parametrize("word", ["no", "off"])
def test_a_no_further_down_a_column_of_reminders_is_heard(check: Check, word: str) -> None:
    """A column that is the reminder's time by its first cells still says below them who may not be texted, at any row of the phone."""
    rows = check("Reminder", *["24 hours"] * 150, word)
    assert codes(rows[:-1]) == ["blocked"] * 150
    assert "consent_refused" in codes(rows)[-1]


@pytest.mark.parametrize(
    "heading",
    [
        "New phone", "Updated Mobile", "Phone (new)", "Phone correction", "Correct number", "Current phone", "Neue Nummer", "Nuevo teléfono",
        "Nouveau numéro", "Nuovo numero", "Nieuw nummer", "New patient cell", "Text to", "Send reminder to", "Best number to text",
        "Textable number", "Mobile/Text", "SMS to", "Text", "Use this number", "Handy", "Celular", "Preferred cell",
    ],
)  # fmt: skip
def test_another_number_to_text(check: Check, heading: str) -> None:
    """Where another column says that another number is the right one now, or the one to text, nobody is texted by guess."""
    rows = check(
        f"Phone,{heading}",
        "2125550101,(646) 555-0102",
        "2125550103,",
        "2125550104,+1 212-555-0104",
        "2125550105,n/a",
        "2125550106,2027-03-04",
    )
    assert codes(rows) == ["phone_two_numbers", "", "", "", ""]


@pytest.mark.parametrize(
    "heading",
    [
        "Old phone", "Alternate phone", "Preferred phone", "Work phone", "New emergency phone", "Mother's cell", "Provider mobile", "Phone 2",
        "Text sent to", "Text from", "New patient number", "Case number", "Pharmacy phone", "Caller ID",
    ],
)  # fmt: skip
def test_numbers_of_others_beside_the_phone(check: Check, heading: str) -> None:
    """The number of somebody else, an earlier one, a second one and one of another thing leave the phone as it is."""
    assert codes(check(f"Phone,{heading}", "2125550101,6465550102")) == [""]


@pytest.mark.usefixtures("check")
def test_another_mobile_beside_a_mobile() -> None:
    """Below Cell the phone is a mobile number already: only a newer one, or one to text, stands against it."""
    lines = [
        "Cell,Handy,Text to,Date,Time,Appointment ID",
        "2125550101,6465550102,,2027-03-04,14:30,A1",
        "2125550103,,6465550104,2027-03-04,14:30,A2",
    ]
    Path("b.csv").write_text("\n".join(lines), encoding="utf-8")
    assert codes(list(importer.check("b.csv", profile="p").rows())) == ["", "phone_two_numbers"]


@pytest.mark.parametrize("heading", ["Start Time (ET)", "Start ET", "ET Start", "Appointment ET", "Start Time (EST)"])
def test_a_start_in_eastern_time_is_no_start_of_the_rows_zone(check: Check, heading: str) -> None:
    """ET at an end of a heading is a time zone as EST is, and no French "and"."""
    assert form_of(heading) is None
    rows = check(f"Date,Time,{heading}", "2027-03-04,,14:30")
    assert codes(rows) == ["time_missing"]


def test_french_headings_with_and(check: Check) -> None:
    """Between two words it joins them as before."""
    assert starts(check("Date/Time,Date et heure de création", "2027-03-04 14:30,2027-01-04 09:00")) == ["14:30"]
    assert form_of("Date et heure du rendez-vous") == form_of("Date heure")


@pytest.fixture
def rows_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what checks rows below these headings and no others, by a profile with lines of its own."""
    monkeypatch.chdir(tmp_path)

    def checked(headings: str, *rows: str, columns: str = "") -> list[Mapping[str, Any]]:
        profile = f'[profile.p]\nzone = "America/New_York"\nevent_type = "{UUID}"\n[profile.p.columns]\n{columns}\n'
        (tmp_path / "importer.toml").write_text(profile, encoding="utf-8")
        lines = [f"Appointment ID,Phone,{headings}", *(f"A{at},2125550101,{row}" for at, row in enumerate(rows))]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(importer.check("a.csv", profile="p").rows())

    return checked


@pytest.mark.parametrize("heading", ["Time", "Appt time", "Ora", "Godzina", "Tid", "Hora", "Hour", "Uhrzeit"])
@pytest.mark.parametrize("cells", [("9", "10"), ("half nine", "noonish")])
def test_a_column_of_times_that_cannot_be_read_is_named(rows_of: Check, heading: str, cells: Sequence[str]) -> None:
    """Beside a day alone a column that is called a time is the time, and its cells are the problem: none is missing."""
    rows = rows_of(f"Date,{heading}", *(f"2027-03-04,{cell}" for cell in cells))
    assert codes(rows) == ["time_unreadable"] * 2
    assert rows[0]["problems"][0]["message"].startswith(f'Column D "{heading}": ')


@pytest.mark.parametrize("heading", ["Ora", "Godzina", "Tid", "Tijd"])
def test_points_for_colons_below_other_words_for_time(rows_of: Check, heading: str) -> None:
    """9.00, 9.30 and 14.30 are read below the words of other languages as they are below Time."""
    rows = rows_of(f"Date,{heading}", "2027-03-04,9.00", "2027-03-04,9.30", "2027-03-04,14.30")
    assert starts(rows) == ["09:00", "09:30", "14:30"]


def test_the_fix_of_a_missing_time_names_the_columns_of_times(rows_of: Check) -> None:
    """A column of times that is not used is named, with the line that uses it; one of another zone has no such line."""
    (row,) = rows_of("Date,From,To", "2027-03-04,9:00,9:30")
    assert codes([row]) == ["time_missing"]
    assert 'Column D "From" is not used.' in row["problems"][0]["fix"]
    assert '"From" = "time"' in row["problems"][0]["fix"]
    (row,) = rows_of("Date,Time (GMT)", "2027-03-04,9:00")
    assert codes([row]) == ["time_missing"]
    assert "it names the time zone GMT" in row["problems"][0]["fix"]
    assert "= " not in row["problems"][0]["fix"]


@pytest.mark.parametrize(
    ("headings", "row", "told"),
    [("Date,Time", "2027-03-04,9", "Time of day not readable"), ("Date,From,To", "2027-03-04,9:00,9:30", "Time of day missing"),
     ("Date,Note", "2027-03-04,x", "Time of day missing"), ("Date,Time", "2027-03-04,9:00", ""), ("Start", "2027-03-04 9:00", "")],
)  # fmt: skip
def test_columns_says_that_no_row_has_its_time(headings: str, row: str, told: str) -> None:
    """A sheet of which no row can be read is not said to be ready."""
    chunk = Chunk(pd.DataFrame([["A1", "2125550101", *row.split(",")]], dtype=object))
    found = explain(
        ("Appointment ID", "Phone", *headings.split(",")), Profile(zone="America/New_York", event_type=UUID), chunk
    )
    assert [told in each for each in found.stopped] == [True] * bool(told)


ZONED = [
    "Start UTC",
    "start_date_utc",
    "startUTC",
    "Start Time (EST)",
    "Start (Pacific Time)",
    "Start ET",
    "Start (America/Chicago)",
    "GMT start",
]


@pytest.mark.parametrize("heading", ZONED)
def test_a_heading_that_names_a_zone_is_never_offered_as_the_start(heading: str) -> None:
    """Two o'clock UTC is not two o'clock of the row: the refusal says that the column is not taken, and nothing offers it."""
    chunk = Chunk(pd.DataFrame([["A1", "2125550101", "2027-03-04 14:00"]], dtype=object))
    found = explain(("Appointment ID", "Phone", heading), Profile(zone="America/New_York", event_type=UUID), chunk)
    assert found.headings[2].perhaps is None
    assert f'"{heading}" names a time zone and is not taken' in found.refusal
    assert f'"{heading}" =' not in found.profile_lines


@pytest.mark.parametrize("heading", ["Start UTC", "start_date_utc", "Start Time (PST)", "Start (America/Chicago)"])
def test_a_start_below_another_zone_is_a_problem(rows_of: Check, heading: str) -> None:
    """Where the profile takes such a column, its rows are problems, unless the row's zone is that zone or the start has its offset."""
    columns = f'"{heading}" = "eventDateTime"'
    zone = "America/Chicago" if "Chicago" in heading else "America/Los_Angeles" if "PST" in heading else "UTC"
    rows = rows_of(
        f"{heading},Time zone", "2027-03-04 14:00,", f"2027-03-04 14:00,{zone}", "2027-03-04T14:00Z,", columns=columns
    )
    assert codes(rows) == ["start_contradicts", "", ""]
    assert rows[0]["problems"][0]["message"].startswith(f'Column C "{heading}": ')


@pytest.mark.parametrize(
    "heading",
    [
        "Start (EST)",
        "Start Time ET",
        "Begin (Eastern Time)",
        "Date/Time",
        "Estimated start",
        "Start time central",
        "Start PT",
    ],
)
def test_a_start_below_its_own_zone_or_none(rows_of: Check, heading: str) -> None:
    """A heading that names the row's own zone, or none surely, changes nothing."""
    assert starts(rows_of(heading, "2027-03-04 14:00", columns=f'"{heading}" = "eventDateTime"')) == ["14:00"]


LINES = ["Time zone: America/Los_Angeles", "All times in Pacific Time", "Appointment times are UTC", "Time Zone: UTC-8", "(All times GMT)",
         "Zeitzone: Europe/Berlin", "All times are in US/Pacific", "Timezone - PST", "Time zone:,America/Los_Angeles,,,"]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_zone_said_above_the_headings_stops_the_rows(check: Check, line: str) -> None:
    """Rows whose start would be read in another zone than a line above the headings says are problems that quote it and its row."""
    check("Note", "x")
    sheet = f"{line}\nDate,Time,Phone,Appointment ID,Time zone\n2027-03-04,09:00,2125550101,A1,\n2027-03-04,09:00,2125550102,A2,America/Chicago\n"
    Path("b.csv").write_text(sheet, encoding="utf-8")
    rows = list(importer.check("b.csv", profile="p").rows())
    assert codes(rows) == ["zone_above_contradicts", ""]
    assert "in row 1, but the start is read in the time zone America/New_York" in rows[0]["problems"][0]["message"]
    assert line.replace(",", " ").strip() in rows[0]["problems"][0]["message"]


@pytest.mark.parametrize(
    "line",
    ["Time zone: America/New_York", "All times Eastern", "All times in ET", "Report generated 2027-03-01 09:00 PST", "Report time zone: UTC",
     "Pacific Dental Group", "Visit times Mountain View", "All times are approximate", "Export Timezone: UTC", "Time zone: clinic local time"],
)  # fmt: skip
def test_lines_above_the_headings_that_say_no_other_zone(check: Check, line: str) -> None:
    """The rows' own zone, the moment of an export, a name and any other line stop nothing."""
    check("Note", "x")
    Path("b.csv").write_text(
        f"{line}\nDate,Time,Phone,Appointment ID\n2027-03-04,09:00,2125550101,A1\n", encoding="utf-8"
    )
    assert codes(list(importer.check("b.csv", profile="p").rows())) == [""]


def test_a_zone_said_above_the_headings_is_not_lost_in_a_report(check: Check) -> None:
    """A report has no such line: what it says of the row stops it until the row names its zone."""
    names = (
        "result_run,result_file,result_sheet,result_row,result_action,result_status,result_uuid,result_external_event_id,"
        "result_http_status,result_code,result_problem,result_fix,result_warnings,result_attempts,result_time"
    )
    said = "“Time zone: US/Pacific” stands above the headings, in row 1, but the start is read in the time zone America/New_York."
    told = f'r1,a.csv,,4,upsert,invalid,,,,zone_above_contradicts,"{said}",y,,0,'
    assert codes(check(f"Time zone,{names}", f",{told}", f"US/Pacific,{told}")) == ["zone_above_contradicts", ""]
