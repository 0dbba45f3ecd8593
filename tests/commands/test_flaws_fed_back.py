"""A report that is fed back: what stopped a row in the sheet and does not show in the report's cells stops it still."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import openpyxl.comments
import pytest
from desk import EVENT_TYPE, read_csv

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.run import RunResult, run
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desk import Desk


HEADINGS = (
    "externalEventId",
    "phone",
    "firstName",
    "lastName",
    "eventType",
    "eventDateTime",
    "subscriberTimeZone",
    "remindTimeOffset",
)


def cells(number: int) -> list[str]:
    return [
        f"F-{number}",
        f"212555010{number}",
        "Ana",
        "Lee",
        EVENT_TYPE,
        f"2027-03-1{number}T14:30:00",
        "America/New_York",
        "PT3H",
    ]


def lines(*rows: list[str]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


SHEETS = {
    "below a line": ("a.csv", lines(list(HEADINGS), ["Cancelled"] + [""] * 7, cells(1)), "status_not_used"),
    "below a line of consent": ("a.csv", lines(list(HEADINGS), ["Do not text"] + [""] * 7, cells(1)), "consent_refused"),
    "below a legend": ("a.csv", lines(["Red = cancelled"], list(HEADINGS), cells(1)), "colours_tell"),
    "in a file so named": ("cancellations.csv", lines(list(HEADINGS), cells(1)), "status_not_used"),
    "below a dated line": ("a.csv", lines(list(HEADINGS), ["CANCELLED - 5 March"] + [""] * 7, cells(1)), "status_not_used"),
    "below other headings": ("a.csv", lines(list(HEADINGS), [*HEADINGS[:4:-1], *HEADINGS[:5]], cells(1)), "headings_change"),
    "below two rows of headings": ("a.csv", lines(["Doctor", "", "Patient"], list(HEADINGS), cells(1)), "headings_grouped"),
    "below an evening": (
        "a.csv", lines(list(HEADINGS), ["EVENING"] + [""] * 7, [*cells(1)[:5], "2027-03-11 7:30", *cells(1)[6:]]), "half_above_contradicts"
    ),
    "too long": ("a.csv", lines(list(HEADINGS), [*cells(1), "extra"]), "row_too_long"),
    "a quotation mark within": ("a.csv", lines(list(HEADINGS), [*cells(1)[:2], '"Ana"x', *cells(1)[3:]]), "quote_misplaced"),
}  # fmt: skip


def sheet(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def rewritten(rows: list[dict[str, str]], path: Path) -> str:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def codes(result: RunResult) -> list[set[str]]:
    return [set(row["result_code"].split()) for row in read_csv(result.paths["results.csv"]) if row["phone"]]


@pytest.mark.parametrize("case", SHEETS)
@pytest.mark.parametrize("report", ["results.csv", "results.xlsx", "to_fix.xlsx"])
def test_a_row_that_the_sheet_stopped_is_stopped_in_its_report(desk: Desk, case: str, report: str) -> None:
    """Fed back untouched, and its report again, nothing is sent; the first sentence is still told."""
    name, text, code = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    assert codes(result)[-1] == {code}
    first = read_csv(result.paths["results.csv"])[-1]["result_problem"]
    for _ in range(2):
        result = run(desk.job(), [str(result.paths[report])])
        again = read_csv(result.paths["results.csv"])[-1]
        assert again["result_status"] == "invalid"
        assert again["result_code"] in {code, "told_before"}
        assert first.removeprefix(f"{name}: ")[:60] in again["result_problem"]
    assert desk.deeds() == []


@pytest.mark.parametrize("case", SHEETS)
def test_without_the_sentence_the_row_is_sent(desk: Desk, case: str) -> None:
    """Who mended it takes the sentence out of the row."""
    name, text, _ = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    rows = read_csv(result.paths["results.csv"])[-1:]
    rows[0]["result_problem"] = ""
    run(desk.job(), [rewritten(rows, desk.folder / "mended.csv")])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]


def formula(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet["I2"] = '="can" & "celled"'


def merged(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet["I2"] = "cancelled"
    sheet.merge_cells("I2:I3")


@pytest.mark.parametrize("report", ["results.csv", "results.xlsx"])
@pytest.mark.parametrize("hide", [formula, merged])
def test_a_status_that_the_report_leaves_blank_stops_the_row(
    desk: Desk, hide: Callable[[openpyxl.worksheet.worksheet.Worksheet], None], report: str
) -> None:
    """A formula without a value and merged cells are blank in a report: the row waits until the cell says something."""
    book = openpyxl.Workbook()
    page = book.active
    page.append([*HEADINGS, "Status"])
    page.append([*cells(1), ""])
    page.append([*cells(2), ""])
    page["I3"] = "booked"
    hide(page)
    book.save(desk.folder / "b.xlsx")
    result = run(desk.job(), [str(desk.folder / "b.xlsx")])
    before = len(desk.deeds())

    result = run(desk.job(), [str(result.paths[report])])
    assert not {"formula_without_value", "merged_cells"}.isdisjoint(set().union(*codes(result)))
    assert len(desk.deeds()) == before

    rows = read_csv(result.paths["results.csv"])
    for row in rows:
        row["Status"] = "booked"
    run(desk.job(), [rewritten(rows, desk.folder / "entered.csv")])
    assert {deed[1] for deed in desk.deeds()} == {"F-1", "F-2"}


@pytest.mark.parametrize("case", SHEETS)
def test_the_sentence_alone_stops_the_row(desk: Desk, case: str) -> None:
    """Also where somebody copied what she sees: the hidden columns, codes among them, are gone."""
    name, text, _ = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    row = read_csv(result.paths["results.csv"])[-1]
    seen = {name: cell for name, cell in row.items() if not name.startswith("result_") or name == "result_problem"}
    run(desk.job(), [rewritten([seen], desk.folder / "seen.csv")])
    assert desk.deeds() == []


@pytest.mark.parametrize("said", ["Cancelled", "x" * 110 + ": cancelled", "“Ok” says that. Do not text"])
def test_a_comment_stops_the_row_whatever_the_report_is_saved_as(desk: Desk, said: str) -> None:
    """A workbook made of results.csv has no comment; its sentence stands, however long the comment is."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(HEADINGS)
    page.append(cells(1))
    page["C2"].comment = openpyxl.comments.Comment(said, "desk")
    book.save(desk.folder / "c.xlsx")
    result = run(desk.job(), [str(desk.folder / "c.xlsx")])
    assert desk.deeds() == []
    rows = read_csv(result.paths["results.csv"])
    saved = openpyxl.Workbook()
    for row in ([*rows[0]], [*rows[0].values()]):
        saved.active.append(row)
    saved.save(desk.folder / "saved.xlsx")
    for path in (desk.folder / "saved.xlsx", result.paths["results.csv"], result.paths["results.xlsx"]):
        run(desk.job(), [str(path)])
    assert desk.deeds() == []


def test_another_file_with_an_action_column_takes_nothing_back(desk: Desk) -> None:
    """The report of both files has an action column, which says upsert of the rows of the one that had none."""
    other = sheet(
        desk.folder, "b.csv", lines(["action", *HEADINGS], ["create", *cells(2)[:1], "212555", *cells(2)[2:]])
    )
    result = run(desk.job(), [sheet(desk.folder, *SHEETS["below a line"][:2]), other])
    run(desk.job(), [str(result.paths["results.csv"])])
    run(desk.job(), [str(result.paths["to_fix.xlsx"])])
    assert desk.deeds() == []


def test_what_the_run_was_told_to_do_is_not_forgotten(desk: Desk) -> None:
    """Rows that --action cancel made cancels are not booked by their report; said again, they are cancels."""
    path = sheet(desk.folder, "a.csv", lines(list(HEADINGS), [*cells(1)[:1], "21255", *cells(1)[2:]]))
    plain, desk.profile = desk.profile, replace(desk.profile, action="cancel")
    result = run(desk.job(), [path])
    rows = [row | {"phone": "2125550101"} for row in read_csv(result.paths["results.csv"])]
    mended = rewritten(rows, desk.folder / "mended.csv")
    cancels, desk.profile = desk.profile, plain
    assert codes(run(desk.job(), [mended])) == [{"action_of_report"}]
    assert desk.deeds() == []
    desk.profile = cancels
    assert codes(run(desk.job(), [mended])) != [{"action_of_report"}]


def test_a_row_that_another_row_stopped_does_not_go_when_that_one_is_deleted(desk: Desk) -> None:
    """Deleting the row that refused texts, as its advice says, takes nothing back for the same phone."""
    refused, same = [*cells(1), "No"], [*cells(2), ""]
    same[1] = refused[1]
    result = run(desk.job(), [sheet(desk.folder, "a.csv", lines([*HEADINGS, "OK to text"], refused, same))])
    rows = [row for row in read_csv(result.paths["results.csv"]) if row["externalEventId"] == "F-2"]
    run(desk.job(), [rewritten(rows, desk.folder / "rest.csv")])
    assert desk.deeds() == []


def test_rows_added_to_a_report_are_judged_by_its_lines(desk: Desk) -> None:
    """A row that somebody adds below the line of a report is of no report: the line counts for it, as a file's name does."""
    result = run(desk.job(), [sheet(desk.folder, *SHEETS["below a line"][:2])])
    rows = read_csv(result.paths["results.csv"])
    blank = dict.fromkeys(rows[0], "")
    added = [*rows, blank | dict(zip(HEADINGS, cells(3), strict=True))]
    run(desk.job(), [rewritten(added, desk.folder / "added.csv")])
    assert desk.deeds() == []

    own = lines([*HEADINGS, "result_uuid"], [*cells(4), ""])
    run(desk.job(), [sheet(desk.folder, "cancellations.csv", own)])
    assert desk.deeds() == []


def test_the_number_of_a_report_is_that_of_its_run(desk: Desk) -> None:
    """A code that repeats is no number, and ids are derived; alone in to_fix.xlsx it does not repeat, and is none all the same."""
    desk.profile = replace(desk.profile, derive_external_ids=True)
    rows = [["C1001", *cells(1)[1:]], ["C1001", *cells(2)[1:]], ["C1002", "21255", *cells(3)[2:]]]
    path = sheet(desk.folder, "a.csv", lines(["Confirmation Number", *HEADINGS[1:]], *rows))
    result = run(desk.job(), [path])
    found = [row | {"phone": "2125550103"} for row in read_csv(result.paths["results.csv"]) if row["phone"] == "21255"]
    run(desk.job(), [rewritten(found, desk.folder / "mended.csv")])
    assert len(desk.deeds()) == 3
    assert not {deed[1] for deed in desk.deeds()} & {"C1001", "C1002"}


@pytest.mark.parametrize("case", SHEETS)
def test_what_a_report_says_is_to_be_done_is_enough(desk: Desk, case: str) -> None:
    """The first report, and the report of a report, say that the sentence is to be cleared; in the sheet itself nothing of it is said."""
    name, text, code = SHEETS[case]
    result = run(desk.job(), [sheet(desk.folder, name, text)])
    (problem,) = [one for row in result.report.rows() for one in row.problems if one["code"] == code]
    assert "result_problem" not in problem["fix"]
    for _ in range(2):
        row = read_csv(result.paths["results.csv"])[-1]
        assert row["result_fix"].count("clear result_problem") == 1
        result = run(desk.job(), [str(result.paths["results.csv"])])


def test_what_a_cell_mends_needs_nothing_cleared(desk: Desk) -> None:
    """Of a phone that is too short nothing more is said than to enter the whole number, and entering it is enough."""
    result = run(
        desk.job(), [sheet(desk.folder, "a.csv", lines(list(HEADINGS), [*cells(1)[:1], "212555", *cells(1)[2:]]))]
    )
    rows = read_csv(result.paths["results.csv"])
    assert "result_problem" not in rows[0]["result_fix"]
    rows[0]["phone"] = "2125550101"
    run(desk.job(), [rewritten(rows, desk.folder / "mended.csv")])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]


UNKNOWN = "Some sentence of another version."


@pytest.mark.parametrize(
    ("without", "status", "sentence", "sent"),
    [
        (["result_code"], "invalid", UNKNOWN, False),
        (["result_code"], "", UNKNOWN, False),
        (["result_code", "result_status"], "", UNKNOWN, False),
        (["result_code"], "invalid", "", True),
        (["result_code"], "not_sent", UNKNOWN, True),
        (["result_code"], "failed", UNKNOWN, True),
        ([], "invalid", UNKNOWN, True),
    ],
)
def test_a_report_without_codes_stops_by_any_sentence(
    desk: Desk, without: list[str], status: str, sentence: str, sent: bool
) -> None:
    """Nobody knows the wording of every version, so a row that was invalid waits until its sentence is cleared."""
    result = run(
        desk.job(), [sheet(desk.folder, "a.csv", lines(list(HEADINGS), [*cells(1)[:1], "212555", *cells(1)[2:]]))]
    )
    (row,) = read_csv(result.paths["results.csv"])
    row |= {"phone": "2125550101", "result_status": status, "result_problem": sentence}
    kept = {name: cell for name, cell in row.items() if name not in without}
    again = run(desk.job(), [rewritten([kept], desk.folder / "old.csv")])
    assert bool(desk.deeds()) is sent
    assert codes(again) == [set() if sent else {"told_before"}]


def test_the_marks_of_a_check_stop_nothing_that_is_mended(desk: Desk) -> None:
    """A check's columns stand in her own sheet, which shows all that it found: a corrected row goes."""
    marked = dict(zip(HEADINGS, cells(1), strict=True))
    marked |= {"result_problem": UNKNOWN, "result_fix": "Correct it.", "result_warnings": ""}
    run(desk.job(), [rewritten([marked], desk.folder / "marked.csv")])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]


def test_a_report_of_a_report_still_asks_for_the_action(desk: Desk) -> None:
    """The second report says of the row what it was to do, and is not booked either; with the action it is a cancel."""
    path = sheet(desk.folder, "a.csv", lines(list(HEADINGS), [*cells(1)[:1], "21255", *cells(1)[2:]]))
    plain, desk.profile = desk.profile, replace(desk.profile, action="cancel")
    result = run(desk.job(), [path])
    rows = [row | {"phone": "2125550101"} for row in read_csv(result.paths["results.csv"])]
    cancels, desk.profile = desk.profile, plain
    result = run(desk.job(), [rewritten(rows, desk.folder / "mended.csv")])
    for _ in range(2):
        result = run(desk.job(), [str(result.paths["results.csv"])])
        assert codes(result) == [{"action_of_report"}]
    assert desk.deeds() == []
    desk.profile = cancels
    assert codes(run(desk.job(), [str(result.paths["results.csv"])])) != [{"action_of_report"}]


def test_who_is_still_on_the_list_has_one_problem(desk: Desk) -> None:
    """A person of the do-not-text list is told once in a report, as listed; taken off the list, the row waits for its sentence."""
    listed = desk.folder / "never.csv"
    listed.write_text("phone\n2125550101\n", encoding="utf-8")
    path = sheet(desk.folder, "a.csv", lines(list(HEADINGS), cells(1)))
    result = run(desk.job(do_not_text=listed), [path])
    for _ in range(2):
        result = run(desk.job(do_not_text=listed), [str(result.paths["results.csv"])])
        assert [[one["code"] for one in row.problems] for row in result.report.rows()] == [["blocked"]]
    listed.write_text("phone\n2125550199\n", encoding="utf-8")
    result = run(desk.job(do_not_text=listed), [str(result.paths["results.csv"])])
    assert codes(result) == [{"told_before"}]
    rows = [row | {"result_problem": ""} for row in read_csv(result.paths["results.csv"])]
    run(desk.job(do_not_text=listed), [rewritten(rows, desk.folder / "off.csv")])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]


@pytest.mark.parametrize("report", ["to_fix.xlsx", "results.csv"])
def test_who_was_left_out_stays_out_until_the_sentence_is_cleared(desk: Desk, report: str) -> None:
    """A row that a person left out of a draft does not go with the others that are corrected; one that --only left out does."""
    path = sheet(desk.folder, "a.csv", lines(list(HEADINGS), cells(1), cells(2)))
    _, draft = keep(desk.job(), [path])
    edit(desk.job(), draft.id, Wanted(leave_out=["3"]))
    look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)
    rows = read_csv(result.paths["results.csv"])
    assert [row["result_status"] for row in rows] == ["created", "not_sent"]
    assert rows[1]["result_fix"].endswith("also clear result_problem in this row.")
    for _ in range(2):
        result = run(desk.job(), [str(result.paths[report])])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]

    rows[1]["result_problem"] = ""
    run(desk.job(), [rewritten(rows, desk.folder / "in.csv")])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1"), ("create", "F-2")]


def test_what_was_not_asked_for_goes_by_its_report(desk: Desk) -> None:
    """Rows that --only left out of one run are sent by the next, as they say."""
    path = sheet(desk.folder, "a.csv", lines(list(HEADINGS), cells(1)))
    result = run(desk.job(only=(Action.CANCEL,)), [path])
    assert desk.deeds() == []
    run(desk.job(), [str(result.paths["results.csv"])])
    assert [deed[:2] for deed in desk.deeds()] == [("create", "F-1")]
