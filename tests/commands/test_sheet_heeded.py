"""A sheet that says that a visit is off, or that nobody may text, from its file to the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from desk import ROW, Desk, appointments, statuses

from importer.commands.check import check
from importer.commands.run import run
from importer.model.profile import Profile
from importer.settings import RowRange

CLINIC = {
    "columns": {"Visit": "action"},
    "values": {"action": {"Bumped": "cancel", "Seen": "none", "Moved in": "", "Late": "upsert"}},
}


def lines(desk: Desk, text: str, **settings: Any) -> list[dict[str, Any]]:
    """Return the lines of ``check --json`` for a sheet written as text."""
    path = desk.folder / "sheet.csv"
    path.write_text(text, encoding="utf-8")
    found: list[dict[str, Any]] = []
    check(desk.job(**settings), [str(path)], each_row=lambda line: found.append(dict(line)))
    return found


def stopped(found: list[dict[str, Any]]) -> list[int]:
    """Return the rows that what the sheet says of them stops."""
    said = {"status_not_used", "consent_refused"}
    return [line["row"] for line in found if said & {problem["code"] for problem in line["problems"]}]


def sheet(heading: str, *cells: str) -> list[dict[str, str]]:
    return [row | {heading: cell} for row, cell in zip(appointments(len(cells)), cells, strict=True)]


def test_flag_that_is_set_the_second_night_is_told(desk: Desk) -> None:
    """An appointment whose cancellation flag alone changed is not unchanged: its row is a problem, and sends nothing."""
    first = desk.run(*sheet("Canceled", "0", "0"))
    sent = len(desk.sandbox.requests())
    second = run(desk.job(), [desk.sheet(*sheet("Canceled", "0", "1"), name="night.csv")])

    assert (statuses(first), statuses(second)) == (["created", "created"], ["unchanged", "invalid"])
    assert len(desk.sandbox.requests()) == sent
    (row,) = [row for row in second.report.rows() if str(row.status) == "invalid"]
    assert [problem["code"] for problem in row.problems] == ["status_not_used"]
    assert 'Column G "Canceled"' in row.problems[0]["message"]


def test_flag_becomes_a_cancel_once_the_profile_says_so(desk: Desk) -> None:
    """With the flag as the action and its values translated, the second night cancels the reminder."""
    words = {"0": "upsert", "1": "cancel"}
    desk.profile = Profile(columns={"Canceled": "action"}, values={"action": words})
    desk.run(*sheet("Canceled", "0", "0"))
    second = run(desk.job(), [desk.sheet(*sheet("Canceled", "0", "1"), name="night.csv")])

    assert statuses(second) == ["unchanged", "cancelled"]


def test_column_left_out_by_the_profile_says_nothing(desk: Desk) -> None:
    """A person who leaves the columns out has decided: the rows go."""
    desk.profile = Profile(columns={"Canceled": "", "OK to text": ""})
    rows = [row | {"OK to text": "No"} for row in sheet("Canceled", "yes", "no")]

    assert statuses(desk.run(*rows)) == ["created", "created"]


def test_words_of_the_site_are_translated(desk: Desk) -> None:
    """A status in the site's words is action or no request by the profile; any other word stays a problem."""
    desk.run(*appointments(5))
    desk.profile = Profile(columns=CLINIC["columns"], values=CLINIC["values"])

    result = run(
        desk.job(), [desk.sheet(*sheet("Visit", "bumped", " SEEN ", "Late", "moved in", "None"), name="night.csv")]
    )

    assert statuses(result) == ["cancelled", "unchanged", "unchanged", "unchanged", "invalid"]


@pytest.mark.parametrize("word", ["Rescheduled", "Verschoben", "Late cancel", "- None", "n/a", "None", "-", "TBD"])
def test_action_that_is_not_sure_is_a_problem(desk: Desk, word: str) -> None:
    """In a column that is the action, a slot given up and a word for nothing are no update and no request in silence."""
    (line,) = lines(desk, _csv([ROW | {"Appointment status": word}]))

    assert (line["status"], [problem["code"] for problem in line["problems"]]) == ("invalid", ["action_unknown"])


@pytest.mark.parametrize("heading", ["Appointment Status", "Appt Status", "Booking status"])
@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("Unconfirmed", "upsert"), ("Pending", "upsert"), ("Requested", "upsert"), ("Accepted", "upsert"), ("Left message", "upsert"),
        ("Telehealth", "upsert"), ("New", "upsert"), ("Changed", "upsert"), ("Nouveau", "upsert"), ("Confirmed", "upsert"),
        ("Checked Out", "none"), ("CHECKED_OUT", "none"), ("Show", "none"), ("Seen", "none"), ("In Room", "none"), ("Present", "none"),
        ("Cancelled", "cancel"),
    ],
)  # fmt: skip
def test_ordinary_words_of_a_status_that_is_the_action(desk: Desk, heading: str, word: str, action: str) -> None:
    """Words of visits that stand are no problems, nor are those of visits that took place, which need no call; New is no order."""
    (line,) = lines(desk, _csv([ROW | {heading: word}]))

    assert (line["action"], line["problems"]) == (action, [])


@pytest.mark.parametrize("word", ["Pending", "Seen", "Telehealth"])
def test_ordinary_words_of_a_status_are_no_orders(desk: Desk, word: str) -> None:
    """In a column that says what to do they are not known, as ever."""
    (line,) = lines(desk, _csv([ROW | {"What to do": word}]))

    assert [problem["code"] for problem in line["problems"]] == ["action_unknown"]


@pytest.mark.parametrize("word", ["Cancelled", "storniert", "Annulée", "cancelada", "geannuleerd", "Desmarcado", "CXL"])
def test_sure_word_for_cancelled_cancels(desk: Desk, word: str) -> None:
    """In a column that is the action, the words for cancelled of six languages cancel."""
    (line,) = lines(desk, _csv([ROW | {"Appointment status": word}]))

    assert (line["action"], line["problems"]) == ("cancel", [])


def test_every_column_is_heeded_beside_an_action(desk: Desk) -> None:
    """What a row asks for does not hide that another column calls its visit off, or refuses texts."""
    rows = [
        ROW | {"action": "create", "No show": "Yes", "SMS opt-in": "Yes"},
        ROW | {"action": "create", "No show": "No", "SMS opt-in": "No"},
        ROW | {"action": "cancel", "No show": "Yes", "SMS opt-in": "No"},
    ]

    assert stopped(lines(desk, _csv(rows))) == [2, 3]


def test_all_that_stops_a_row_is_told_in_one_pass(desk: Desk) -> None:
    """A row that is called off, may not be texted and has no phone gets all three problems."""
    (line,) = lines(desk, _csv([ROW | {"phone": "", "Canceled": "Yes", "OK to text": "No"}]))

    assert {problem["code"] for problem in line["problems"]} == {"status_not_used", "consent_refused", "value_missing"}


APPOINTMENTS = frozenset({3, 5, 7, 9})
SECTIONS = (
    "externalEventId,phone,eventType,eventDateTime,subscriberTimeZone",
    "Upcoming,,,,",
    "1,2125550101,{type},2027-03-08 09:00,America/New_York",
    "{line},,,,",
    "2,2125550102,{type},2027-03-08 10:00,America/New_York",
    "Dr Lee,,,,",
    "3,2125550103,{type},2027-03-08 11:00,America/New_York",
    "{end},,,,",
    "4,2125550104,{type},2027-03-08 12:00,America/New_York",
)


@pytest.mark.parametrize(
    "line",
    [
        "Cancelled appointments",
        "CANCELLED",
        "No shows",
        "Stornierte Termine",
        "Citas canceladas",
        "Deceased patients",
        "Do not text",
        "On hold",
        "The following patients have cancelled",
        "These patients do not want to be texted",
        "Appointments removed since last report",
    ],
)
def test_rows_below_a_line_of_cancelled_visits_are_stopped(desk: Desk, line: str) -> None:
    """A section of cancelled visits stops its rows, also below a provider's name, until a line says that visits stand."""
    text = "\n".join(SECTIONS).format(type=ROW["eventType"], line=line, end="Confirmed appointments")

    assert APPOINTMENTS.intersection(stopped(lines(desk, text))) == {5, 7}


@pytest.mark.parametrize(("title", "rows"), [("Cancelled appointments report", [3]), ("Appointments of March", [])])
def test_title_of_a_sheet_is_heeded(desk: Desk, title: str, rows: list[int]) -> None:
    """A sheet whose title, above the headings, says that it lists cancelled visits books none of them."""
    assert stopped(lines(desk, f"{title},,\n" + _csv([ROW]))) == rows


@pytest.mark.parametrize(("name", "rows"), [("Cancellations", [2, 3]), ("No shows", [2, 3]), ("March", [])])
def test_name_of_a_sheet_is_heeded(desk: Desk, name: str, rows: list[int]) -> None:
    """A sheet of a workbook that is named for cancelled visits books none of them."""
    path = desk.folder / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for at, row in enumerate([list(ROW), *(list(each.values()) for each in appointments(2))]):
            (book.get_worksheet_by_name(name) or book.add_worksheet(name)).write_row(at, 0, row)
    found: list[dict[str, Any]] = []
    check(desk.job(), [str(path)], each_row=lambda line: found.append(dict(line)))

    assert stopped(found) == rows


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("cancellations_2027.csv", {"status_not_used"}),
        ("No Show Report.csv", {"status_not_used"}),
        ("do_not_text_list.csv", {"consent_refused"}),
        ("week_10.csv", set()),
    ],
)
def test_name_of_a_file_is_heeded(desk: Desk, name: str, codes: set[str]) -> None:
    """A file that is named for cancelled visits or for people who want no texts books none of its rows, and says why."""
    found: list[dict[str, Any]] = []
    check(desk.job(), [desk.sheet(*appointments(2), name=name)], each_row=lambda line: found.append(dict(line)))

    said = [problem for line in found for problem in line["problems"]]
    assert {problem["code"] for problem in said} == codes
    assert len(said) == 2 * len(codes)
    assert all(problem["message"].startswith(f"Name of the file: “{name}”") for problem in said)

    acting = [row | {"action": "create"} for row in appointments(2)]
    assert statuses(run(desk.job(), [desk.sheet(*acting, name=name)])) == ["created", "created"]


def test_section_holds_for_a_part_of_the_sheet(desk: Desk) -> None:
    """Rows selected without the line above them are stopped as in the whole sheet."""
    text = "\n".join(SECTIONS).format(type=ROW["eventType"], line="Cancelled appointments", end="Confirmed")

    assert stopped(lines(desk, text, rows=(RowRange(5, 5), RowRange(9, 9)))) == [5]


@pytest.mark.parametrize(
    "line", ["Monday", "Dr Lee", "Main Street", "Cancellation policy: 24 h", "Cancelled: 0", "Confirmed"]
)
def test_other_lines_stop_no_rows(desk: Desk, line: str) -> None:
    """A line of one cell that calls nothing off begins no section."""
    text = "\n".join(SECTIONS).format(type=ROW["eventType"], line=line, end="Confirmed")

    assert not APPOINTMENTS.intersection(stopped(lines(desk, text)))


def _csv(rows: list[dict[str, str]]) -> str:
    headings = list(rows[0])
    return "\n".join([",".join(headings), *(",".join(row[name] for name in headings) for row in rows)])


def test_merged_word_stops_each_row_that_it_covers(desk: Desk) -> None:
    """A "Cancelled" that is merged over two rows books neither of them: a person sees it beside both."""
    path = desk.folder / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        rows = sheet("Status", "", "", "Booked")
        for number, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            page.write_row(number, 0, cells)
        page.merge_range(1, len(rows[0]) - 1, 2, len(rows[0]) - 1, "Cancelled")
    found = run(desk.job(), [str(path)])

    assert statuses(found) == ["invalid", "invalid", "created"]
    assert [row.problems[0]["code"] for row in found.report.rows() if row.problems] == [
        "status_not_used",
        "merged_cells",
    ]


def test_visit_is_not_sent_at_the_time_that_it_was_moved_from(desk: Desk) -> None:
    """Of rows with "New date" and "New time", those that have them filled in are to be fixed, and the message says how."""
    rows = [row | {"New date": "", "New time": ""} for row in appointments(2)]
    rows[0] |= {"New date": "2027-03-08", "New time": "15:00"}
    found = desk.run(*rows)

    assert statuses(found) == ["invalid", "created"]
    ((problem,),) = [row.problems for row in found.report.rows() if row.problems]
    assert 'Column G "New date": “2027-03-08” says that the appointment is cancelled, moved' in problem["message"]
    assert "put its new day and time where the old ones stand" in problem["fix"]


def test_heading_of_a_section_has_one_problem(desk: Desk) -> None:
    """A row of one word that begins a section, or ends it, is told as a line that stands alone, and as nothing else."""
    head, visit = SECTIONS[0], "{0},212555010{0},{1},2027-03-08 09:0{0},America/New_York"
    rows = [
        head,
        "Cancelled:,,,,",
        visit.format(1, ROW["eventType"]),
        "Confirmed:,,,,",
        visit.format(2, ROW["eventType"]),
    ]
    found = [[problem["code"] for problem in line["problems"]] for line in lines(desk, "\n".join(rows))]

    assert found == [["line_alone"], ["status_not_used"], ["line_alone"], []]


def test_row_without_height_is_hidden(desk: Desk) -> None:
    """A row that was drawn together until nothing of it is seen is named among the hidden ones."""
    path = desk.folder / "flat.xlsx"
    book = openpyxl.Workbook()
    for cells in [list(ROW), *(list(row.values()) for row in appointments(2))]:
        book.active.append(cells)
    book.active.row_dimensions[2].height = 0.1
    book.save(path)
    notes: list[str] = []
    check(replace(desk.job(), on_event=lambda event: notes.append(event.text)), [str(path)])

    assert any("1 row is hidden in the sheet" in note and note.endswith(": 2.") for note in notes), notes
