"""Ends with their day, hours and minutes in two columns, states and notes: they agree with the start, or the row says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from processor_time import processor_s

import importer
from importer.columns import days_beside, zones_beside
from importer.model.statuses import RESULT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Check = Callable[..., list[Mapping[str, Any]]]

UUID = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what checks rows below these headings, each with a number and a phone, in the zone of New York."""
    monkeypatch.chdir(tmp_path)

    def checked(headings: str, *rows: str, more: str = "") -> list[Mapping[str, Any]]:
        (tmp_path / "importer.toml").write_text(
            f'[profile.p]\nzone = "America/New_York"\nevent_type = "{UUID}"\ndate_order = "mdy"\n{more}',
            encoding="utf-8",
        )
        lines = [f"Appointment ID,Phone,{headings}"]
        lines += [f"A{at},2125550101,{row}" for at, row in enumerate(rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(importer.check("a.csv", profile="p").rows())

    return checked


def codes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [" ".join(one["code"] for one in row["problems"]) for row in rows]


def starts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the time of each row, or the code of its first problem."""
    return [row["problems"][0]["code"] if row["problems"] else row["payload"]["eventDateTime"][11:16] for row in rows]


OFF = "start_contradicts"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2027-03-04 14:30", OFF),
        ("2027-03-04 23:59", OFF),
        ("3/4/2027 2:30 PM", OFF),
        ("2027-03-05 13:45", OFF),
        ("3/5/2027 1:45 PM", OFF),
        ("March 4 2027 2:30 PM", OFF),
        ("2027-02-05T14:30:00", OFF),
        ("2027-03-04", OFF),
        ("2027-03-03T14:30:00-08:00", OFF),
        ("2027-03-06 14:30", OFF),
        ("2027-04-05 14:30", OFF),
        ("2027-03-05 14:30", ""),
        ("2027-03-05 14:00", ""),
        ("3/5/2027 2:30", ""),
        ("3/5/2027 2:30 PM", ""),
        ("2027-03-06 02:00", ""),
        ("2027-03-05", ""),
        ("2027-03-05 00:00", ""),
        ("2027-03-06", ""),
        ("2027-03-05T14:30:00-08:00", ""),
        ("2027-03-05T22:30:00Z", ""),
        ("1899-12-30 14:30", ""),
        ("n/a", ""),
        ("", ""),
        ("open", ""),
    ],
)
def test_the_day_of_an_end(check: Check, end: str, expected: str) -> None:
    """A visit ends on the day of its start or the night after: on the day before, or days later, one of the two is wrong."""
    usual = [f"2027-03-0{day} 09:00,2027-03-0{day} 10:00" for day in range(1, 6)]
    assert codes(check("Start,End", *usual, f"2027-03-05 14:00,{end}")) == [*[""] * 5, expected]


def test_what_is_said_of_an_end_on_the_day_before(check: Check) -> None:
    """The end stands as typed, with the start as it was read."""
    (row,) = check("Start,End", "2027-03-05 14:00,2027-03-04 14:30")
    assert row["problems"][0]["message"] == (
        'Column D "End": The row says more than one thing about its start: “2027-03-04 14:30”, but the visit is read to start at '
        "2027-03-05 14:00, after this end."
    )


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("3/4/2027,2:30 PM", OFF),
        ("3/15/2027,2:30 PM", OFF),
        ("3/5/2027,2:30 PM", ""),
        ("3/6/2027,1:00 AM", ""),
        (",", ""),
    ],
)
def test_the_day_of_an_end_in_a_column_of_its_own(check: Check, last: str, expected: str) -> None:
    """End Date beside Start Date is held against it as well."""
    rows = check(
        "Start Date,Start Time,End Date,End Time", "3/1/2027,9:00 AM,3/1/2027,10:00 AM", f"3/5/2027,2:00 PM,{last}"
    )
    assert codes(rows) == ["", expected]


def test_stays_of_several_days_are_usual(check: Check) -> None:
    """Where some of the first visits last for days, no long one is a problem; one that ends before its start is."""
    rows = check(
        "Start,End", "2027-03-01 14:00,2027-03-04 10:00", "2027-03-02 14:00,2027-03-09 10:00",
        "2027-03-02 14:00,2027-03-02 15:00", "2027-03-05 14:00,2027-03-04 10:00",
    )  # fmt: skip
    assert codes(rows) == ["", "", "", OFF]


def test_a_start_with_an_offset_was_put_elsewhere(check: Check) -> None:
    """A start converted to the row's zone may lie hours behind an end that was not; a day and more is another day."""
    rows = check(
        "Start,End", "2027-03-05T22:00:00-08:00,2027-03-05 22:30", "2027-03-05T22:00:00-08:00,2027-03-03 22:30"
    )
    assert codes(rows) == ["", OFF]


@pytest.mark.parametrize(
    "heading", ["Referral end date", "Coverage ends", "Last visit", "Booked until", "End of lease"]
)
def test_ends_of_other_things(check: Check, heading: str) -> None:
    """The end of what is no visit says nothing of it."""
    assert codes(check(f"Start,{heading}", "2027-03-05 14:00,2027-03-04 14:30")) == [""]


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("Hour,Minute", ("14,30", "9,0", "8,5"), ("14:30", "09:00", "08:05")),
        ("Start hour,Start min", ("14,30", "9,15"), ("14:30", "09:15")),
        ("Start hour,Start minute", ("14,30", "9,15"), ("14:30", "09:15")),
        ("Stunde,Minute", ("14,30", "9,0"), ("14:30", "09:00")),
        ("Heure,Minutes", ("14,30", "9,00"), ("14:30", "09:00")),
        ("Hora,Minuto", ("14,30", "09,05"), ("14:30", "09:05")),
        ("Hour,Min", ("14,30", "9,0"), ("14:30", "09:00")),
        ("Time,Minute", ("14,30", "9,10"), ("14:30", "09:10")),
        ("Time,Minutes", ("2 PM,30", "9 AM,00"), ("14:30", "09:00")),
        ("Hour,Minute", ("14,:30", "9,30.0"), ("14:30", "09:30")),
        ("Hour,Minute,AM/PM", ("2,30,PM", "9,0,AM", "12,15,PM"), ("14:30", "09:00", "12:15")),
        ("Start hour,Start min,AM/PM", ("2,30,PM", "9,0,AM"), ("14:30", "09:00")),
        ("AM/PM,Hour,Minute", ("PM,2,30", "AM,9,0"), ("14:30", "09:00")),
        ("Hour,Minute,End hour,End minute", ("14,30,15,0", "9,0,9,45"), ("14:30", "09:00")),
    ],
)
def test_hours_and_minutes_in_two_columns(
    check: Check, headings: str, cells: Sequence[str], expected: Sequence[str]
) -> None:
    """They are the time together, with AM or PM in a third."""
    assert starts(check(f"Date,{headings}", *(f"2027-03-05,{each}" for each in cells))) == list(expected)


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("Hour,Minute,AM/PM", ("2,,PM", "9,0,AM"), ("time_unreadable", "09:00")),
        ("Hour,Minute,AM/PM", ("2,30,", "9,0,AM"), ("time_unreadable", "09:00")),
        ("Hour,Minute,AM/PM", ("2,ask,PM", *(f"9,{at},AM" for at in range(9))), ("time_unreadable", "09:00")),
        ("Hour,Min,AM/PM", ("2,30,PM", "9,45,AM"), ("time_unreadable", "time_unreadable")),
        ("Heure,Minutes", ("14,30", "9,45"), ("time_unreadable", "time_unreadable")),
        ("Time,Minutes", ("2 PM,30", "9 AM,45"), ("time_unreadable", "time_unreadable")),
        ("Hour,Minute", ("10,30", "9,0", "1,15"), ("10:30", "09:00", "time_unreadable")),
        ("Hour,Minute", ("14:15,30", "14:30,30", *(f"{at},0" for at in range(7, 19))), ("start_contradicts", "14:30")),
    ],
)
def test_hours_whose_minutes_are_not_sure(
    check: Check, headings: str, cells: Sequence[str], expected: Sequence[str]
) -> None:
    """Minutes that are blank, that may be the visit's length or another than the time has: the row is a problem."""
    found = starts(check(f"Date,{headings}", *(f"2027-03-05,{each}" for each in cells)))
    assert found[: len(expected)] == list(expected)


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("Time,Minutes", ("2 PM,60", "9 AM,45"), ("14:00", "09:00")),
        ("Time,Minutes", ("2 PM,30", "9:00 AM,45"), ("14:00", "09:00")),
        ("Time,Minutes", ("14:00,30", "9:30,0"), ("14:00", "09:30")),
        ("Hour,Minutes", ("14:00,30", "9:30,45"), ("14:00", "09:30")),
        ("Hour,Minutes,AM/PM", ("2,60,PM", "9,30,AM"), ("14:00", "09:00")),
        ("Time,Hours,Minutes", ("14:00,1,30", "9:30,0,0"), ("14:00", "09:30")),
        ("Time,Minutes late", ("2 PM,0", "9 AM,5"), ("14:00", "09:00")),
    ],
)
def test_minutes_that_are_lengths(check: Check, headings: str, cells: Sequence[str], expected: Sequence[str]) -> None:
    """How long a visit takes is no part of its time."""
    assert starts(check(f"Date,{headings}", *(f"2027-03-05,{each}" for each in cells))) == list(expected)


@pytest.mark.parametrize(
    "note",
    [
        "now 4pm", "moved to 3:30", "new time 10:15", "new date 3/26", "Moved to 14:30", "Actual time 10:15", "time changed to 10:15",
        "now at 4p", "New appt time: 2:15 PM", "rescheduled to Friday 3/26 at 2pm", "new date: March 26", "new date Mar 5 2028",
        "pushed back to 2:30 PM", "was 9:00 - now 9:30", "per mom moved to 3/6", "new date 26.3.2027", "moved to Thursday", "jetzt 16:00",
        "new time: noon", "moved to 3/5 at 3pm", "Running late. Now 2:45 PM.", "correct date 3/5/2028",
    ],
)  # fmt: skip
def test_a_note_of_another_day_or_time_now(check: Check, note: str) -> None:
    """What a note says of the visit now is not what its start says: one of the two is old."""
    assert codes(check("Start,Notes", f"2027-03-05 14:00,{note}", "2027-03-06 09:00,")) == [OFF, ""]


@pytest.mark.parametrize(
    "note",
    [
        "now 2pm", "moved to 14:00", "moved to 2:00", "new time 2:00 PM", "new date 3/5", "new date 5/3", "moved to Friday", "moved to March 5 at 2pm",
        "moved to 10:00 - now 2:00", "dose changed to 1/2 tab", "changed to 1/2 strength", "pain now 3/10", "BP now 120/80", "arrival now 1:30 PM",
        "pickup moved to 1:15 pm", "next visit moved to 4/2", "wants it moved to 3:30", "now 45 yo", "now 2-3 weeks", "changed to 7.5",
        "moved to 12 Main St", "moved to room 4", "new address", "if moved to 3/6 call", "call now 4pm", "now on 2 meds", "new patient", "know 4pm",
        "new date", "now sat up", "now in 3:1 ratio", "MRI moved to 3/20", "moved from 3/1 to 3/5", "not moved to 3/6",
    ],
)  # fmt: skip
def test_notes_that_agree_or_are_of_something_else(check: Check, note: str) -> None:
    """The time of the start itself, another visit, a wish, a dose: no contradiction."""
    assert codes(check("Start,Notes", f"2027-03-05 14:00,{note}")) == [""]


def test_only_free_text_tells_news(check: Check) -> None:
    """Below other headings, in a column that the profile leaves out and of a row that cancels it says nothing."""
    assert codes(check("Start,Nurse", "2027-03-05 14:00,now 4pm")) == [""]
    assert codes(check("Start,Notes", "2027-03-05 14:00,now 4pm", more='[profile.p.columns]\nNotes = ""\n')) == [""]
    assert codes(check("Start,Notes,Action", "2027-03-05 14:00,r/s to 3/26,cancel")) == [""]


@pytest.mark.parametrize(
    "note",
    [
        "time is PST", "(times in Pacific)", "2pm her time", "patient's local time", "all times PT", "time zone: Central", "2pm PST", "14:00 CST",
        "2:00 PM (PST)", "time is CT", "Pacific time", "2pm Pacific", "times are in Mountain time", "telehealth 2 pm pacific time", "in her time zone",
        "Patient is on Central time", "time in UTC", "different timezone", "2:00 p.m. PDT", "Time: Pacific. Bring card",
    ],
)  # fmt: skip
def test_a_note_of_another_zone(check: Check, note: str) -> None:
    """A start read in New York that is said to be of another zone, or the person's own, is hours off."""
    assert codes(check("Start,Notes", f"2027-03-05 14:00,{note}", "2027-03-05 15:00,time is EST")) == [OFF, ""]


@pytest.mark.parametrize(
    "note",
    [
        "time is EST", "2pm EST", "11am PST", "2pm ET", "11 am her time", "Eastern time", "time is ET", "time est. 30 min", "EST pt 2pm", "2pm EST pt",
        "2pm PT", "2pm CT", "PT eval 2pm", "Time: CT scan", "first time patient", "on time", "takes her time", "2pm local time", "local time", "call at 2pm PST",
        "prefers Pacific time", "Central office", "arrive on time", "LM 3pm PST", "time pt arrived", "booked 2pm CST", "Pacific Heights", "time at Central",
        "time with pt 30 min", "2pm central line",
    ],
)  # fmt: skip
def test_notes_that_name_no_other_zone(check: Check, note: str) -> None:
    """The zone of the start, the same moment elsewhere, a therapy, a scan or a phone call: no contradiction."""
    assert codes(check("Start,Notes", f"2027-03-05 14:00,{note}")) == [""]


def test_a_zone_of_the_row_is_the_persons_own(check: Check) -> None:
    """Where the row names its zone, her time is in it; another zone in its note contradicts it all the same."""
    zone = "2027-03-05 14:00,America/Los_Angeles"
    rows = check("Start,Time zone,Notes", f"{zone},2pm her time", f"{zone},time is PST", f"{zone},time is CST")
    assert codes(rows) == ["", "", OFF]
    assert rows[2]["problems"][0]["message"] == (
        'Column E "Notes": The row says more than one thing about its start: “time is CST”, but it is read in the time zone America/Los_Angeles.'
    )


def test_a_start_with_its_offset_is_no_clock_of_its_note(check: Check) -> None:
    """A start that was converted was typed on the clock that the note names."""
    assert codes(check("Start,Notes", "2027-03-05T14:00:00-08:00,time is PST")) == [""]


def warned(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the state of each row of which a warning says that it is in another zone, blank of the others."""
    return [
        "".join(one["message"].split("“")[1].split("”")[0] for one in row["warnings"] if one["code"] == "zone_of_state")
        for row in rows
    ]


WINTER, SUMMER = "2027-03-05 14:00", "2027-07-05 14:00"


@pytest.mark.parametrize(
    "heading", ["Clinic state", "Location State", "Office State", "Site State", "Visit state", "Facility Province"]
)
def test_the_state_of_a_visit(check: Check, heading: str) -> None:
    """A visit in California is on no clock of New York; one in a state with two zones may be on either."""
    cells = [
        f"{WINTER},CA",
        f"{WINTER},NY",
        f"{WINTER},Texas",
        f"{WINTER},fl",
        f"{WINTER},",
        f"{SUMMER},PR",
        f"{WINTER},PR",
        f"{WINTER},ON",
    ]
    rows = check(f"Start,{heading}", *cells)
    assert codes(rows) == [OFF, "", OFF, "", "", "", OFF, ""]
    assert warned(rows) == [""] * 8


@pytest.mark.parametrize(
    "heading", ["State", "Patient state", "Home State", "Client Province", "State of residence", "Mailing State"]
)
def test_the_state_of_a_patient(check: Check, heading: str) -> None:
    """Where a patient lives is not where the visit is: another zone there is a warning."""
    rows = check(f"Start,{heading}", f"{WINTER},CA", f"{WINTER},NJ", f"{WINTER},Arizona", f"{WINTER},TN", f"{WINTER},")
    assert codes(rows) == [""] * 5
    assert warned(rows) == ["CA", "", "Arizona", "", ""]


def test_nobody_lives_in_the_zone(check: Check) -> None:
    """Where no first row is of a patient in the profile's zone, the profile is another clinic's, most likely."""
    rows = check("Start,State", f"{WINTER},CA", f"{WINTER},WA", f"{SUMMER},CA", f"{WINTER},")
    assert codes(rows) == [OFF, OFF, OFF, ""]
    assert codes(check("Start,State", f"{WINTER},CA", f"{WINTER},WA")) == ["", ""]


def test_a_report_of_one_patient_who_lives_elsewhere(check: Check) -> None:
    """A row that was stopped stays so in a report from which the others are gone; one that was not stays a warning."""
    columns = ",".join(RESULT_COLUMNS)
    for code, expected in ((OFF, OFF), ("phone_invalid", "")):
        results = ",".join(code if name == "result_code" else "" for name in RESULT_COLUMNS)
        assert codes(check(f"Start,State,{columns}", f"{WINTER},CA,{results}"))[0] == expected


def test_a_zone_of_the_row_goes_before_its_state(check: Check) -> None:
    """A row that names its zone is read in it, wherever its state is."""
    rows = check("Start,Time zone,Clinic state,State", f"{WINTER},America/New_York,CA,CA", f"{WINTER},,NY,NY")
    assert codes(rows) == ["", ""]
    assert warned(rows) == ["", ""]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("License state", "CA"),
        ("Insurance State", "CA"),
        ("State", "Booked"),
        ("Clinic state", "Open"),
        ("Marital state", "CA"),
        ("City", "CA"),
    ],
)
def test_states_of_other_things(check: Check, heading: str, cell: str) -> None:
    """A licence, an insurer, a status: nothing is said of the zone."""
    rows = check(f"Start,{heading}", f"{WINTER},CA", f"{WINTER},NY", f"{WINTER},{cell}")
    assert OFF not in codes(rows)
    assert warned(rows) == ["", "", ""]


def test_states_are_of_the_profiles_country(check: Check) -> None:
    """Below State other countries have letters of their own: WA is Western Australia, too."""
    rows = check("Start,Clinic state", f"{WINTER},WA", f"{WINTER},NT", more='region = "AU"\n')
    assert OFF not in " ".join(codes(rows))


@pytest.mark.parametrize(
    "note",
    [
        "now 4pm " * 4_000,
        "now 4pm; " * 3_600,
        "moved to 3/26 at 9:15, " * 1_400,
        "time is PST " * 2_700,
        "her time " * 3_600,
        "2pm Pacific; " * 2_500,
    ],
)
def test_a_note_of_thousands_of_times_is_read_at_once(note: str) -> None:
    """What a cell says thousands of times costs no more than milliseconds: each is looked at with what is near, up to a bound."""
    began = processor_s()
    days_beside.news_of(note.casefold())
    zones_beside._zones_said(note)

    assert processor_s() - began < 0.5
