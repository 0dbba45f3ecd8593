"""A report is an input: fed back, each row means what it meant, and what is done stays done."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest
from desk import EVENT_TYPE, ROW, appointments, read_csv, statuses

from importer.commands.check import check
from importer.commands.run import run
from importer.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from desk import Desk

REPORTS = ("results.csv", "results.xlsx", "to_fix.xlsx")
BASE = {"eventType": EVENT_TYPE, "subscriberTimeZone": "America/Chicago"}


def lines(desk: Desk, *paths: Path | str) -> list[Mapping[str, Any]]:
    """Return what ``check --json`` says of each row."""
    found: list[Mapping[str, Any]] = []
    check(desk.job(), list(map(str, paths)), each_row=found.append)
    return found


def sheets(desk: Desk, *tables: Sequence[Mapping[str, str]]) -> list[str]:
    return [desk.sheet(*rows, name=f"sheet_{number}.csv") for number, rows in enumerate(tables)]


def edited(path: Path, edit: Callable[[dict[str, str]], None]) -> str:
    """Return a copy of results.csv whose rows were edited."""
    rows = read_csv(path)
    for row in rows:
        edit(row)
    copy = path.with_name("edited.csv")
    with copy.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(copy)


def corrected(path: Path, phones: Mapping[str, str], heading: str = "phone") -> str:
    """Return a copy of to_fix.xlsx in which some phones were corrected, by their appointment number."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        number = row[names.index("externalEventId")].value
        if number in phones:
            row[names.index(heading)].value = phones[number]
    copy = path.with_name("corrected.xlsx")
    book.save(copy)
    return str(copy)


def dated(number: str, phone: str, day: str, **more: str) -> dict[str, str]:
    return {"externalEventId": number, "phone": phone, "date": day, "time": "09:40", **BASE, **more}


def starts(desk: Desk) -> dict[str | None, str]:
    return {number: str((body or {}).get("eventDateTime")) for _, number, body in desk.deeds()}


def test_an_open_date_stays_open_beside_a_corrected_row(desk: Desk) -> None:
    """What is left of a column of both orders proves nothing: 7/6 is refused again, whatever is corrected beside it."""
    rows = [
        dated("D-1", "2125550161", "19/06/2027"),
        dated("D-2", "2125550162", "07/06/2027"),
        dated("D-3", "212-55", "06/22/2027"),
    ]
    first = desk.run(*rows)
    assert statuses(first) == ["created", "invalid", "invalid"]

    again = run(desk.job(), [corrected(first.paths["to_fix.xlsx"], {"D-3": "2125550163"})])

    assert sorted(statuses(again)) == ["created", "invalid"]
    assert starts(desk) == {"D-1": "2027-06-19T09:40:00", "D-3": "2027-06-22T09:40:00"}


@pytest.mark.parametrize("name", REPORTS)
def test_each_file_keeps_its_order_of_day_and_month(desk: Desk, name: str) -> None:
    """In a report of two files with opposite orders every certain date stays the same day."""
    american = [dated("US-1", "212555", "11/28/2027"), dated("US-2", "212556", "02/09/2027")]
    british = [dated("UK-1", "212557", "28/11/2027"), dated("UK-2", "212558", "02/09/2027")]
    paths = sheets(desk, american, british)
    before = {line["payload"]["externalEventId"]: line["payload"]["eventDateTime"] for line in lines(desk, *paths)}
    first = run(desk.job(), paths)
    after = {
        line["payload"]["externalEventId"]: line["payload"]["eventDateTime"] for line in lines(desk, first.paths[name])
    }

    assert before["US-2"] == "2027-02-09T09:40:00"
    assert before["UK-2"] == "2027-09-02T09:40:00"
    assert after == before


def test_only_dates_that_could_be_read_two_ways_are_written_anew(desk: Desk) -> None:
    """Other own cells stand in results.csv as they were typed."""
    rows = [dated("T-1", "2125550171", "21.07.2027"), dated("T-2", "2125550172", "08.07.2027")]
    first = desk.run(*rows)

    assert [row["date"] for row in read_csv(first.paths["results.csv"])] == ["21.07.2027", "2027-07-08"]


@pytest.mark.parametrize("name", REPORTS)
def test_merged_headings_mean_what_they_meant(desk: Desk, name: str) -> None:
    """Headings of two files for one thing, units, the case of metadata and actions come back as they were."""
    first_file = [
        {
            "Action": "create",
            "externalEventId": f"M-{number}",
            "Mobile": "212-555",
            "eventDateTime": "2027-03-11 10:00",
            "Remind before (hours)": "4",
            "metadata.floor": "3",
            **BASE,
        }
        for number in range(2)
    ]
    second_file = [
        {
            "externalEventId": f"M-{number}",
            "Cell phone": "212-556",
            "eventDateTime": "2027-03-11 11:00",
            "Remind before (minutes)": "45",
            "metadata.Floor": "4",
            **BASE,
        }
        for number in range(2, 4)
    ]
    paths = sheets(desk, first_file, second_file)
    before = [(line["action"], line["payload"], line["status"]) for line in lines(desk, *paths)]
    first = run(desk.job(), paths)
    after = [(line["action"], line["payload"], line["status"]) for line in lines(desk, first.paths[name])]

    assert [payload["remindTimeOffset"] for _, payload, _ in before] == ["PT4H"] * 2 + ["PT45M"] * 2
    assert [payload["metadata"] for _, payload, _ in before] == [{"floor": "3"}] * 2 + [{"Floor": "4"}] * 2
    assert after == before


def test_two_columns_of_a_report_that_differ_are_a_problem(desk: Desk) -> None:
    """Whoever fills the other file's column too is asked which one is meant."""
    paths = sheets(
        desk,
        [{"externalEventId": "C-1", "Mobile": "2125550181", "eventDateTime": "2027-03-11 10:00", **BASE}],
        [{"externalEventId": "C-2", "Phone": "2125550182", "eventDateTime": "2027-03-11 10:00", **BASE}],
    )
    first = run(desk.job(), paths)
    path = edited(first.paths["results.csv"], lambda row: row.update(Phone="2125550189"))
    found = {line["row"]: [problem["code"] for problem in line["problems"]] for line in lines(desk, path)}

    assert found == {2: ["columns_contradict"], 3: []}


def test_results_begin_with_a_byte_order_mark_and_are_read_as_without(desk: Desk) -> None:
    """Spreadsheet programs read the letters right; the importer reads the file as it was."""
    first = desk.run(ROW | {"firstName": "Zoë", "lastName": "Ødegård"})
    path = first.paths["results.csv"]

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert lines(desk, path)[0]["payload"]["firstName"] == "Zoë"
    assert statuses(run(desk.job(), [str(path)])) == ["unchanged"]


@pytest.mark.parametrize("action", ["", "create", "upsert"])
@pytest.mark.parametrize("name", ["results.csv", "results.xlsx"])
def test_an_old_report_takes_nothing_back(desk: Desk, name: str, action: str) -> None:
    """Rows that are done and unedited are skipped, also where a newer file moved their appointments on."""
    said = {"action": action} if action else {}
    rows = [said | row for row in appointments(4)]
    first = desk.run(*rows)
    desk.now += 3_600
    moved = [
        row | ({"eventDateTime": "2027-03-15 16:20", "action": "upsert"} if place < 2 else {"action": "upsert"})
        for place, row in enumerate(appointments(4))
    ]
    desk.run(*moved)
    before = len(desk.sandbox.requests())
    again = run(desk.job(), [str(first.paths[name])])

    assert statuses(again) == ["unchanged"] * 4
    assert len(desk.sandbox.requests()) == before


def test_an_edited_row_of_a_report_is_an_order(desk: Desk) -> None:
    """A done row whose start a person changes in the report is updated; the others stay as they are."""
    first = desk.run(*appointments(3))
    path = edited(
        first.paths["results.csv"],
        lambda row: row.update(eventDateTime="2027-03-09 08:00") if row["externalEventId"] == "1002" else None,
    )

    assert statuses(run(desk.job(), [path])) == ["unchanged", "updated", "unchanged"]


def test_a_report_of_a_run_that_is_not_known_takes_nothing_back(desk: Desk) -> None:
    """A ledger that knows the appointment by a newer run, but not the report's run, skips the report's row."""
    old = desk.run(ROW)
    desk.now += 7_200
    path = edited(
        old.paths["results.csv"],
        lambda row: row.update(result_run="20260101-000000-zzzz", eventDateTime="2027-03-19 09:00"),
    )
    desk.run(ROW | {"eventDateTime": "2027-03-10 09:00"})
    before = len(desk.sandbox.requests())

    assert statuses(run(desk.job(), [path])) == ["unchanged"]
    assert len(desk.sandbox.requests()) == before


def test_done_rows_are_skipped_without_the_profile_that_read_them(desk: Desk) -> None:
    """A done row that stands as it was typed is done, also where it would mean something else by now."""
    desk.profile = Profile(name="clinic", zone="America/Denver", event_type=EVENT_TYPE)
    row = {"externalEventId": "P-1", "phone": "2125550191", "eventDateTime": "2027-03-12 09:00"}
    first = desk.run(row)
    desk.profile = replace(desk.profile, zone="America/Chicago")

    assert statuses(run(desk.job(), [str(first.paths["results.csv"])])) == ["unchanged"]


def test_a_value_that_nobody_edited_takes_no_appointment_back(desk: Desk) -> None:
    """Who corrects the room in an old report does not mean its old time: that row is held, and goes when released."""
    rows = [row | {"metadata.room": "4"} for row in appointments(3)]
    first = desk.run(*rows)
    desk.now += 3_600
    desk.run(*({**row, "eventDateTime": "2027-03-17 11:10"} if place < 2 else row for place, row in enumerate(rows)))
    before = len(desk.sandbox.requests())
    path = edited(
        first.paths["results.csv"],
        lambda row: (
            row.update({"metadata.room": "7"}) if row["externalEventId"] != rows[1]["externalEventId"] else None
        ),
    )
    again = run(desk.job(), [path])

    assert statuses(again) == ["held", "unchanged", "updated"]
    assert read_csv(again.paths["results.csv"])[0]["result_code"] == "file_of_before"
    assert len(desk.sandbox.requests()) == before + 1
    assert statuses(run(desk.job(release=("file_of_before",)), [path]))[0] == "updated"


def test_a_row_to_fix_takes_nothing_back_that_was_booked_since(desk: Desk) -> None:
    """A phone corrected in an old report books nobody at the old time, when a newer sheet has booked the right one."""
    wrong, right = ROW | {"phone": "212-55"}, ROW | {"eventDateTime": "2027-03-18 15:40"}
    first = desk.run(wrong)
    desk.now += 3_600
    desk.run(right)
    before = len(desk.sandbox.requests())
    path = edited(first.paths["results.csv"], lambda row: row.update(phone=ROW["phone"]))

    assert statuses(run(desk.job(), [path])) == ["held"]
    assert len(desk.sandbox.requests()) == before


def test_a_new_order_in_an_old_report_goes(desk: Desk) -> None:
    """A time that she types into an old report is hers, also where the appointment has moved on since."""
    first = desk.run(ROW)
    desk.now += 3_600
    desk.run(ROW | {"eventDateTime": "2027-03-18 15:40"})
    path = edited(first.paths["results.csv"], lambda row: row.update(eventDateTime="2027-03-19 08:20"))

    assert statuses(run(desk.job(), [path])) == ["updated"]
