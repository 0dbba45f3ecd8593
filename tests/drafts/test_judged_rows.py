"""One row of a draft judged again after an edit: what planning the whole draft anew would say of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from desk import EVENT_TYPE, ROW, Desk, appointments
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.ledger import ledger_of_drafts, open_ledger
from importer.model.profile import Profile
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.commands.drafts.draft_editing import Answer

HEADINGS = (*ROW, "uuid", "Status", "Notes")
PHONES = ("(212) 555-0101", "+1 212 555 0102", "2125550103", "212-555-01", "")
VALUES = {
    "externalEventId": ("1001", "1002", "1003", "7001", ""),
    "phone": PHONES,
    "firstName": ("Ana", "Bo", "ANA MARIA", ""),
    "eventType": (EVENT_TYPE, "Cleaning", ""),
    "eventDateTime": (
        "2027-03-08 09:00", "2027-03-09 10:30", "3/8/2027 9:00", "4/5/2027 9:00", "3/13/2027 9:00", "13/4/2027 09:00",
        "2027-03-01 09:00", "tomorrow", "",
    ),
    "subscriberTimeZone": ("America/New_York", "America/Chicago", "Nowhere/At all", ""),
    "uuid": ("", "", "known", "3d5a2f30-0000-4000-8000-000000000001"),
    "Status": ("Booked", "", "Cancelled", "Zork"),
    "Notes": ("", "x", "do not text"),
}  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({heading: st.sampled_from(VALUES[heading]) for heading in HEADINGS}), min_size=2, max_size=7
)
LINES = st.lists(st.none() | st.sampled_from(["Cancelled", "Upcoming visits"]), min_size=8, max_size=8)
PLACES = st.tuples(st.integers(0, 6), st.sampled_from(HEADINGS))


def as_csv(folder: Path, rows: Sequence[Mapping[str, str]]) -> str:
    path = folder / "week.csv"
    lines = [",".join(HEADINGS), *(",".join(row.get(heading, "") for heading in HEADINGS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def as_xlsx(folder: Path, rows: Sequence[Mapping[str, str]]) -> str:
    path = folder / "week.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Week")
        for number, cells in enumerate([HEADINGS, *([row.get(name, "") for name in HEADINGS] for row in rows)]):
            sheet.write_row(number, 0, cells)
    return str(path)


def shown(desk: Desk, draft_id: str) -> tuple[dict[Any, Any], Any, Any]:
    """Return each row as it is kept, the counts of the plan, and what is kept of it as a whole."""
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        draft = ledger.drafts.named(draft_id)
        marks = {(file, number): told for (file, number, _), told in ledger.drafts.rows.marks(draft).items()}
        rows = {
            (row.file, row.number): (row._replace(id=0), marks[row.file, row.number])
            for row in ledger.drafts.rows.page(draft, limit=1_000).rows
        }
        plan, facts = asdict(draft.plan), ledger.drafts.facts(draft)
    # Only the whole plan tells what is held and when texts leave.
    for name in ("holds", "held", "waits", "reminding", "zones"):
        plan.pop(name)
    plan["problems"] = {
        verdict: [(told["count"], told["code"], told["field"], told["place"], told["title"]) for told in some]
        for verdict, some in plan["problems"].items()
    }
    whole = None if facts is None else [asdict(sheet) for sheet in facts.sheets]
    return rows, plan, whole


def assert_as_planned_anew(desk: Desk, draft_id: str, answer: Answer) -> None:
    """Assert that an answer, and what is kept of the draft, is what planning the whole draft says."""
    judged = shown(desk, draft_id)
    look(desk.job(), draft_id)
    anew = shown(desk, draft_id)
    for row in answer.rows:
        place = row.file, row.number
        assert judged[0][place] == anew[0][place]
        assert row._replace(id=0) == anew[0][place][0]
    if not answer.draft.is_partly_known:
        assert judged == anew


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@given(
    known=ROWS,
    rows=ROWS,
    lines=LINES,
    edits=st.lists(PLACES.flatmap(lambda place: st.tuples(st.just(place), st.sampled_from(VALUES[place[1]]))), min_size=1, max_size=4),
    deed=st.sampled_from(["edit", "edit", "leave out", "undo", "as in the file"]),
    profile=st.sampled_from([
        Profile(), Profile(on_phone_change="replace"), Profile(on_phone_change="add", without_number="moved"),
        Profile(name="northside", declared=True, zone="America/New_York"), Profile(event_types={}, event_type=EVENT_TYPE),
    ]),
)  # fmt: skip
@settings(max_examples=longer(6, 2_000), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_judged_row_is_as_planned_anew(  # noqa: PLR0917 - what is drawn
    write: Any,
    known: list[dict[str, str]],
    rows: list[dict[str, str]],
    lines: list[str | None],
    edits: list[tuple[tuple[int, str], str]],
    deed: str,
    profile: Profile,
) -> None:
    """Verdict, problems, warnings, values, code and request of each row that is answered, and all counts, are those of the whole plan."""
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        desk = Desk(Path(folder), sandbox, profile=profile)
        desk.run(*({**row, "uuid": "", "Status": "", "Notes": ""} for row in known))
        uuids = [str(done.uuid) for done in sandbox.effects()]
        sheet: list[dict[str, str]] = []
        for row, line in zip(rows, lines, strict=False):
            sheet += [{"firstName": line}] if line else []
            sheet.append(
                row | {"uuid": uuids[0] if row["uuid"] == "known" and uuids else row["uuid"].replace("known", "")}
            )
        _, draft = keep(desk.job(), [write(desk.folder, sheet)])
        with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
            numbers = [row.number for row in ledger.drafts.rows.page(draft).rows if row.number]
        answers = []
        for (place, heading), value in edits:
            told = uuids[0] if value == "known" and uuids else value.replace("known", "")
            number = numbers[place % len(numbers)]
            answers.append(edit(desk.job(), draft.id, Wanted([f"{number}:{heading}={told}"])))
        last = {
            "leave out": Wanted(leave_out=[str(numbers[-1])]),
            "undo": Wanted(undo=True),
            "as in the file": Wanted(as_in_file=[str(number)]),
        }.get(deed)
        if last is not None:
            answers.append(edit(desk.job(), draft.id, last))
        event("answered" if answers[-1].rows else "planned again")

        assert_as_planned_anew(desk, draft.id, answers[-1])


def verdicts(answer: Answer) -> list[tuple[int, str]]:
    """Return number and verdict of the rows of an answer."""
    return [(row.number, row.verdict) for row in answer.rows]


def test_a_fixed_cell_is_answered_at_once(either_desk: Desk) -> None:
    """The row and the counts are as they will be sent; nothing else has to be planned again to know them."""
    rows = [*appointments(3), ROW | {"externalEventId": "9", "phone": "12"}]
    found, draft = keep(either_desk.job(), [either_desk.sheet(*rows)])

    answer = edit(either_desk.job(), draft.id, Wanted(["5:phone=(212) 555-0177"]), by="maria")

    assert (draft.plan.sums, draft.plan.people) == ({"invalid": 1, "create": 3}, 3)
    assert (answer.draft.plan.sums, answer.draft.plan.people) == ({"create": 4}, 4)
    assert (answer.draft.plan.problems, answer.draft.is_partly_known) == ({}, False)
    assert verdicts(answer) == [(5, "create")]
    assert answer.rows[0].payload["phone"] == "2125550177"
    assert answer.rows[0].warnings[0]["code"] == "cell_edited"
    assert_as_planned_anew(either_desk, draft.id, answer)
    assert found.fingerprint != look(either_desk.job(), draft.id)[0].fingerprint


def test_left_out_and_back(either_desk: Desk) -> None:
    """A row that is left out counts apart, and is as it was once it is back."""
    _, draft = keep(either_desk.job(), [either_desk.sheet(*appointments(2))])

    out = edit(either_desk.job(), draft.id, Wanted(leave_out=["3"]), by="maria")
    back = edit(either_desk.job(), draft.id, Wanted(undo=True), by="maria")

    assert (verdicts(out), out.draft.plan.sums) == ([(3, "not_sent")], {"create": 1, "not_sent": 1})
    assert out.rows[0].problems[0]["message"].startswith("Left out by maria on 2027-03-02")
    assert (verdicts(back), back.draft.plan.sums) == ([(3, "create")], {"create": 2})
    assert_as_planned_anew(either_desk, draft.id, back)


def test_rows_of_one_appointment_are_answered_together(either_desk: Desk) -> None:
    """Who gives a row the number and phone of another learns of both: which is the duplicate, or that they contradict."""
    _, draft = keep(either_desk.job(), [either_desk.sheet(*appointments(3))])

    same = edit(either_desk.job(), draft.id, Wanted(["2:externalEventId=1003", "2:phone=2125550103"]))
    other = edit(either_desk.job(), draft.id, Wanted(["2:firstName=Bo"]))

    assert verdicts(same) == [(2, "create"), (4, "duplicate")]
    assert verdicts(other) == [(2, "invalid"), (4, "invalid")]
    assert not other.draft.is_partly_known
    assert_as_planned_anew(either_desk, draft.id, other)


def test_what_is_known_of_the_appointment_is_compared(either_desk: Desk) -> None:
    """An edit of a row that was sent before is an update, with the old and the new value."""
    rows = appointments(8)
    either_desk.run(*rows)
    _, draft = keep(either_desk.job(), [either_desk.sheet(*rows)])

    answer = edit(either_desk.job(), draft.id, Wanted(["4:firstName=Bo"]))

    assert verdicts(answer) == [(4, "update")]
    assert answer.rows[0].changes == (("firstName", "Ana", "Bo"),)
    assert answer.draft.plan.calls == {"update": 1}
    assert_as_planned_anew(either_desk, draft.id, answer)


def test_an_edit_that_proves_the_order_of_dates(desk: Desk) -> None:
    """The edited row is answered by the new order; the others are to be planned again, and then all are certain."""
    rows = appointments(3, eventDateTime="4/5/2027 9:00")
    found, draft = keep(desk.job(), [desk.sheet(*rows)])

    answer = edit(desk.job(), draft.id, Wanted(["2:eventDateTime=4/13/2027 9:00"]))
    anew, shown_draft = look(desk.job(), draft.id)

    assert found.sums == {"invalid": 3}
    assert verdicts(answer) == [(2, "create")]
    assert answer.draft.is_partly_known
    assert (anew.sums, shown_draft.is_partly_known) == ({"create": 3}, False)


def test_an_edit_that_settles_the_columns_otherwise(desk: Desk) -> None:
    """Where the first cells tell what a column is, no row is answered alone; the plan is made again, and rows are again."""
    rows = [row | {"Date": "2027-03-08", "Start": "09:00"} for row in appointments(1)]
    sheet = desk.sheet(*({name: cell for name, cell in row.items() if name != "eventDateTime"} for row in rows))
    found, draft = keep(desk.job(), [sheet])

    answer = edit(desk.job(), draft.id, Wanted(["2:Start=2027-03-08 10:00"]))
    again = edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    anew, _ = look(desk.job(), draft.id)
    after = edit(desk.job(), draft.id, Wanted(["2:firstName=Cy"]))

    assert found.sums == anew.sums == {"create": 1}
    assert (answer.rows, again.rows) == ((), ())
    assert answer.draft.is_partly_known
    assert again.draft.is_partly_known
    assert [row.number for row in after.rows] == [2]
    assert not after.draft.is_partly_known


@pytest.mark.parametrize("line", ["Cancelled", "Upcoming visits"])
def test_a_line_that_begins_a_section_is_about_other_rows(desk: Desk, line: str) -> None:
    """Who makes a line of a row, or changes one, is told that other rows may be others now."""
    rows = [ROW, {"firstName": "Cancelled"}, *appointments(2)]
    _, draft = keep(desk.job(), [desk.sheet(*rows)])

    answer = edit(desk.job(), draft.id, Wanted([f"3:firstName={line} (3)"]))

    assert (answer.rows, answer.draft.is_partly_known) == ((), True)


def test_a_judged_row_waits_for_no_run(either_desk: Desk) -> None:
    """While a run holds the ledger, a row is answered, and nothing of the try is left in the ledger."""
    rows = appointments(2)
    either_desk.run(*rows)
    _, draft = keep(either_desk.job(), [either_desk.sheet(*rows)])
    with open_ledger(either_desk.job().settings.ledger_url) as held:
        begun = held.begin("run", at=either_desk.now)
        answer = edit(either_desk.job(lock_timeout_s=0), draft.id, Wanted(["2:firstName=Bo"]))
        runs = [run.id for run in held.runs()]
        begun.forget()

    assert verdicts(answer) == [(2, "update")]
    assert len(runs) == 2


def test_a_draft_of_an_earlier_version_is_planned_again(desk: Desk) -> None:
    """Where nothing is kept of the sheets as a whole, an edit is written down, and its cell shown, but no row is answered."""
    _, draft = keep(desk.job(), [desk.sheet(*appointments(2))])
    edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    with ledger_of_drafts(desk.job().settings.ledger_url) as beside:
        beside.drafts.judge(draft, [], draft.plan, None, is_partly_known=True)

    answer = edit(desk.job(), draft.id, Wanted(["2:firstName=Cy"]))
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        (row,) = ledger.drafts.rows.at(draft, 0, [2])

    assert answer.rows == ()
    assert row.cells[2] == "Cy"
