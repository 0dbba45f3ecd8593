"""Edits of a draft: applied before anything is made of a row, told in the report, refused where they make no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from desk import ROW, Desk, appointments, read_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.run import retry, run
from importer.errors import Exit, Held, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.ledger.drafts.draft_values import RowFilter
from importer.model.statuses import Action, Status
from importer.reporting.headline import headline
from importer.sandbox import Rule, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger.drafts.draft_values import Draft

HEADINGS = tuple(ROW)


def as_csv(folder: Path, rows: Sequence[Mapping[str, str]], name: str) -> str:
    path = folder / f"{name}.csv"
    lines = [",".join(HEADINGS), *(",".join(row[heading] for heading in HEADINGS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def as_xlsx(folder: Path, rows: Sequence[Mapping[str, str]], name: str) -> str:
    path = folder / f"{name}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Week")
        for number, cells in enumerate([HEADINGS, *([row[heading] for heading in HEADINGS] for row in rows)]):
            sheet.write_row(number, 0, cells)
    return str(path)


VALUES = {
    "firstName": ("Bo", "ANA MARIA", "O'Neil", ""),
    "phone": ("(212) 555-0142", "+1 212 555 0143", "12", "2125550101"),
    "eventDateTime": ("2027-03-09 10:30", "3/13/2027 9:00", "13/4/2027 09:00", "2027-03-08 09:00", "tomorrow"),
    "externalEventId": ("7001", "1001", " 1002 ", ""),
    "subscriberTimeZone": ("America/Chicago", "Nowhere/At all"),
}
CELLS = st.tuples(st.integers(0, 5), st.sampled_from(sorted(VALUES))).flatmap(
    lambda place: st.tuples(st.just(place), st.sampled_from(VALUES[place[1]]))
)


def calls(desk: Desk) -> list[Any]:
    return sorted(((deed, number, body) for deed, number, body in desk.deeds()), key=repr)


@pytest.mark.long
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@given(
    cells=st.lists(CELLS, min_size=3, max_size=3, unique_by=lambda cell: cell[0]),
    left_out=st.integers(0, 5),
)
@settings(max_examples=longer(5, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_send_what_a_sheet_with_them_typed_in_sends(
    write: Any, cells: list[tuple[tuple[int, str], str]], left_out: int
) -> None:
    """Keep, edit three cells, leave a row out, send: the requests are those of a sheet that was typed so."""
    rows = appointments(6)
    typed = [dict(row) for row in rows]
    for (place, heading), value in cells:
        typed[place][heading] = value
    del typed[left_out]
    with TemporaryDirectory() as one, TemporaryDirectory() as two, Sandbox() as first, Sandbox() as second:
        kept, plain = Desk(Path(one), first), Desk(Path(two), second)
        sheet = write(kept.folder, rows, "week")
        before = Path(sheet).read_bytes()
        _, draft = keep(kept.job(), [sheet])
        wanted = Wanted([f"{place + 2}:{heading}={value}" for (place, heading), value in cells], [str(left_out + 2)])
        edit(kept.job(), draft.id, wanted)
        look(kept.job(), draft.id)
        run_draft(kept.job(), draft.id)
        run(plain.job(), [write(plain.folder, typed, "week")])

        assert calls(kept) == calls(plain)
        assert Path(sheet).read_bytes() == before


def kept_draft(desk: Desk, *rows: Mapping[str, str], **settings: Any) -> Draft:
    return keep(desk.job(**settings), [desk.sheet(*rows)])[1]


def test_report_names_edited_cells_and_who_changed_them(either_desk: Desk) -> None:
    """The workbook to fix and the results show the edited value; what stood there, and who changed it when, is a warning."""
    draft = kept_draft(either_desk, *appointments(2), ROW | {"externalEventId": "9", "phone": "12"})
    wanted = Wanted(["4:phone=21", "2:C=Bo"], ["3"])

    changed = edit(either_desk.job(), draft.id, wanted, by="maria").draft
    with pytest.raises(Held, match="was changed after it was shown"):
        run_draft(either_desk.job(), draft.id)
    found, shown = look(either_desk.job(), draft.id)
    result = run_draft(either_desk.job(), draft.id)
    rows = read_csv(result.paths["results.csv"])

    assert (changed.version, shown.version, shown.shown) == (2, 2, 2)
    assert found.sums == {"create": 1, "invalid": 1, "not_sent": 1}
    assert [row["result_status"] for row in rows] == ["created", "not_sent", "invalid"]
    assert [row["result_code"] for row in rows][1] == "left_out"
    assert headline(result.report).text == "1 of 3 rows done. 1 left out. 1 needs attention."
    assert (rows[0]["firstName"], rows[2]["phone"]) == ("Bo", "21")
    signed = "changed by maria on 2027-03-02, 15:06 UTC."
    assert f'Column C "firstName": “Ana” stood in the file; {signed}' in rows[0]["result_warnings"]
    assert f'Column B "phone": “12” stood in the file; {signed}' in rows[2]["result_warnings"]
    assert rows[1]["result_problem"].startswith("Left out by maria on 2027-03-02")
    assert result.exit_code is Exit.SOME_ROWS_FAILED


def test_undo_and_as_in_the_file_are_edits_too(desk: Desk) -> None:
    """Each takes back what was meant, once, and stands in the list of edits with its author."""
    draft = kept_draft(desk, *appointments(3))
    for wanted in (
        Wanted(["2:firstName=Bo"]),
        Wanted(["2:firstName=Cy"]),
        Wanted(leave_out=["3"]),
        Wanted(undo=True),
        Wanted(undo=True),
    ):
        edit(desk.job(), draft.id, wanted, by="jo")
    after_undo, _ = look(desk.job(), draft.id)
    edit(desk.job(), draft.id, Wanted(leave_out=["3", "4"], as_in_file=["2"]), by="jo")
    edit(desk.job(), draft.id, Wanted(take_in=["4"]), by="jo")
    found, shown = look(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    names = [row.row.cells[2] for group in after_undo.groups for row in group.rows]
    assert (names, after_undo.calls) == (["Bo", "Ana", "Ana"], {Action.CREATE: 3})
    assert found.calls == {Action.CREATE: 2}
    assert len(shown.edits) == 9
    assert {one.by for one in shown.edits} == {"jo"}
    assert [body["firstName"] for _, _, body in desk.deeds() if body] == ["Ana", "Ana"]


def test_nothing_to_undo(desk: Desk) -> None:
    """A draft without edits, or whose edits were all undone, has nothing to undo."""
    draft = kept_draft(desk, *appointments(1))
    edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    edit(desk.job(), draft.id, Wanted(undo=True))

    with pytest.raises(NothingToDo, match="Nothing to undo"):
        edit(desk.job(), draft.id, Wanted(undo=True))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(["99:firstName=Bo"]), "There is no row 99 in draft"),
        (Wanted(["0:firstName=Bo"]), "There is no row 0 in draft"),
        (Wanted(leave_out=["0"]), "There is no row 0 in draft"),
        (Wanted(["2:firstNme=Bo"]), "There is no heading “firstNme” in the sheet."),
        (Wanted(["2:=Bo"]), "There is no heading"),
        (Wanted(["2:firstName"]), "has no value"),
        (Wanted(["firstName=Bo"]), "does not begin with a row's number"),
        (Wanted(["²:firstName=Bo"]), "does not begin with a row's number"),
        (Wanted(["2:firstName=" + "x" * 32_768]), "has 32,768 characters; a cell holds at most 32,767"),
        (Wanted(['2:firstName==HYPERLINK("http://x")']), 'column C "firstName", row 2 is a formula'),
        (Wanted(["2:firstName= =1+1"]), "is a formula"),
        (Wanted(["2:firstName=#REF!"]), "is an error of a spreadsheet"),
        (Wanted(["2:firstName=a\x00b"]), "holds a control character"),
        (Wanted(["2:firstName=Jos\udce9"]), "is no text in UTF-8"),
        (Wanted(leave_out=["99"]), "There is no row 99"),
        (Wanted(leave_out=["2:firstName"]), "names more than a row"),
        (Wanted(as_in_file=["2:Nothing"]), "There is no heading “Nothing”"),
    ],
)
def test_edits_that_make_no_sense(desk: Desk, wanted: Wanted, message: str) -> None:
    """Each is refused with what is wrong, and nothing of the line is written down, not even what was right."""
    draft = kept_draft(desk, *appointments(1))

    with pytest.raises(UsageError) as refused:
        edit(desk.job(), draft.id, replace_cells(wanted))

    assert message in str(refused.value)
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        after = ledger.drafts.named(draft.id)
    assert (after.version, after.edits) == (1, ())


def replace_cells(wanted: Wanted) -> Wanted:
    """Return the line with something right in front."""
    return wanted._replace(cells=["2:phone=2125550142", *wanted.cells])


def test_longest_value(desk: Desk) -> None:
    """A value of 32,767 characters is taken, and judged as any value."""
    draft = kept_draft(desk, *appointments(1))
    edit(desk.job(), draft.id, Wanted(["2:firstName=" + "x" * 32_767]))

    found, _ = look(desk.job(), draft.id)

    assert found.sums == {"invalid": 1}


def test_two_people_editing(either_desk: Desk) -> None:
    """Who edits a version that somebody else has changed is refused, and neither's edit is lost or mixed."""
    draft = kept_draft(either_desk, *appointments(2))
    edit(either_desk.job(), draft.id, Wanted(["2:firstName=Bo"]), by="jo", version=draft.version)

    with pytest.raises(Held, match="at version 2 by now, not 1; nothing was changed"):
        edit(either_desk.job(), draft.id, Wanted(["2:firstName=Cy"]), by="maria", version=draft.version)

    _, shown = look(either_desk.job(), draft.id)
    assert [(one.by, one.value) for one in shown.edits] == [("jo", "Bo")]


def test_an_edit_waits_for_no_run(either_desk: Desk) -> None:
    """While another holds the ledger for a run, edits are written, and the holder goes on."""
    draft = kept_draft(either_desk, *appointments(1))
    with open_ledger(either_desk.job().settings.ledger_url) as held:
        changed = edit(either_desk.job(lock_timeout_s=0), draft.id, Wanted(["2:firstName=Bo"])).draft
        begun = held.begin("run", at=either_desk.now)
        begun.forget()

    assert changed.version == 2


def test_edit_of_a_sent_draft(desk: Desk) -> None:
    """It is refused with the run that sent it."""
    draft = kept_draft(desk, *appointments(1))
    sent = run_draft(desk.job(), draft.id)

    with pytest.raises(UsageError, match=f"sent already, by run {sent.run.id}"):
        edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))


def test_files_and_headings_by_name(desk: Desk) -> None:
    """Of several files each edit names its own; a heading that stands twice goes by its letter."""
    one = desk.sheet(ROW, name="one.csv")
    other = desk.folder / "two.csv"
    other.write_text(
        "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,Note,Note\n"
        f"2,2125550102,Ana,{ROW['eventType']},2027-03-08 09:00,America/New_York,,\n",
        encoding="utf-8",
    )
    _, draft = keep(desk.job(), [one, str(other)])

    with pytest.raises(UsageError, match="begins with none of their names"):
        edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    with pytest.raises(UsageError, match="Columns G and H both have the heading “Note”"):
        edit(desk.job(), draft.id, Wanted(["two.csv:2:Note=x"]))
    edit(desk.job(), draft.id, Wanted(["two.csv:2:FIRSTNAME=Bo", "two.csv:2:h=a=b:c"]))
    found, _ = look(desk.job(), draft.id)

    assert [row.row.cells for group in found.groups for row in group.rows][1][2:8:5] == ("Bo", "a=b:c")
    assert [row.row.cells[2] for group in found.groups for row in group.rows] == ["Ana", "Bo"]


def test_a_row_left_out_counts_as_in_the_file(desk: Desk) -> None:
    """Its appointment is not missing from a snapshot, its twin goes instead of it, and retry never sends it."""
    desk.profile = replace(desk.profile, snapshot="2027-03-01..2027-03-31", cancel_missing=True)
    rows = appointments(3)
    desk.run(*rows)
    moved = [row | {"eventDateTime": "2027-03-09 10:00"} for row in rows]
    draft = kept_draft(desk, *moved, moved[1])
    edit(desk.job(), draft.id, Wanted(leave_out=["2", "3"]))
    look(desk.job(), draft.id)

    result = run_draft(desk.job(), draft.id)

    assert [str(row.status) for row in result.report.rows()] == ["not_sent", "not_sent", "updated", "updated"]
    assert result.totals[Status.CANCELLED] == 0
    with pytest.raises(NothingToDo):
        retry(desk.job(), result.run.id)


def test_an_unreadable_row_left_out_may_be_any_missing_appointment(either_desk: Desk) -> None:
    """Leaving out a row that names no appointment makes none missing: what it may mean is reported, not cancelled."""
    desk = either_desk
    desk.profile = replace(desk.profile, snapshot="2027-03-01..2027-03-31", cancel_missing=True, guard_count=10)
    rows = appointments(3)
    desk.run(*rows)
    _, draft = keep(desk.job(), [desk.sheet(*rows[:2], rows[2] | {"phone": "see chart"})])
    edit(desk.job(), draft.id, Wanted(leave_out=["4"]))

    found, _ = look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)

    assert found.calls == {}
    assert [(row.number, row.status) for row in result.report.rows()][2:] == [
        (4, Status.NOT_SENT),
        (0, Status.UNCHANGED),
    ]
    assert [deed for deed, *_ in desk.deeds()] == ["create"] * 3


def test_rows_to_fix_after_a_retry_are_as_edited(desk: Desk) -> None:
    """The rows to fix of a retry hold what was edited and sent, never the file's older value."""
    path = desk.folder / "week.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for place, cells in enumerate([HEADINGS, *(tuple(row.values()) for row in appointments(2))]):
            page.write_row(place, 0, cells)
    _, draft = keep(desk.job(), [str(path)])
    edit(desk.job(), draft.id, Wanted(["2:phone=+1 212 555 0199"]))
    look(desk.job(), draft.id)
    desk.sandbox.set_faults(Rule("status_before", status=400))
    first = run_draft(desk.job(), draft.id)

    again = retry(desk.job(), first.run.id)

    assert again.totals[Status.FAILED] == 2
    to_fix = openpyxl.load_workbook(again.paths["to_fix.xlsx"])
    phones = [str(row[HEADINGS.index("phone")]) for row in to_fix.worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert phones == ["+1 212 555 0199", "2125550102"]


def test_rows_by_what_they_are(either_desk: Desk) -> None:
    """Pages by verdict, kind, field, text and name hold what meets all of them, in order, and lead through all rows."""
    rows = appointments(7)
    rows[2] |= {"firstName": "Zoë"}
    draft = kept_draft(either_desk, *rows, ROW | {"externalEventId": "9", "phone": "12", "firstName": "Öz"})
    with open_ledger(either_desk.job().settings.ledger_url, read_only=True) as ledger:

        def numbers(**which: str) -> list[int]:
            return [row.number for row in ledger.rows_of(draft.id, RowFilter(**which)).rows]

        first = ledger.rows_of(draft.id, limit=3)
        second = ledger.rows_of(draft.id, after=first.after or 0, limit=3)
        last = ledger.rows_of(draft.id, after=second.after or 0, limit=3)

        assert numbers(verdict="invalid") == numbers(kind="phone_too_short") == numbers(field="phone") == [9]
        assert numbers(name="ZOË") == numbers(text="zoë") == [4]
        assert numbers(text="öz", kind="phone_too_short", verdict="invalid", field="phone", name="öz") == [9]
        assert numbers(text="%") == numbers(name="_") == numbers(verdict="cancel") == []
        assert [row.number for part in (first, second, last) for row in part.rows] == [2, 3, 4, 5, 6, 7, 8, 9]
        assert last.after is None
        assert draft.plan.sums == {"create": 7, "invalid": 1}


def test_a_struck_row_is_not_sent_for_a_corrected_cell(desk: Desk) -> None:
    """Only what the row asks for takes the line's question away: a cancel; and so it is when the whole draft is planned anew."""
    rows = [{**row, "action": "booked"} for row in appointments(2)]
    path = desk.folder / "week.xlsx"

    def write(*, struck: bool) -> str:
        with xlsxwriter.Workbook(path) as book:
            sheet, line = book.add_worksheet("Week"), book.add_format({"font_strikeout": struck})
            for number, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
                sheet.write_row(number, 0, cells)
            sheet.write(1, 2, rows[0]["firstName"], line)
        return str(path)

    run(desk.job(), [write(struck=False)])
    _, draft = keep(desk.job(), [write(struck=True)])
    sums = [draft.plan.sums]
    for cell in ("2:firstName=Bo", "2:eventDateTime=2027-03-09 10:30", "2:action=cancelled"):
        sums += [edit(desk.job(), draft.id, Wanted([cell])).draft.plan.sums, look(desk.job(), draft.id)[0].sums]

    assert sums == [{"invalid": 1, "unchanged": 1}] * 5 + [{"cancel": 1, "unchanged": 1}] * 2
