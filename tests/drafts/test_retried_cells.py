"""Cells of a retry that is kept: corrected, taken back, left out, and sent as a sheet with them typed in would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from desk import ROW, Desk, appointments, read_csv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.drafts.draft_apart import keep_retry_apart, look_apart
from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_retrying import keep_retry
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.run import retry, run
from importer.errors import Held, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.model.statuses import Action, RunState, Status
from importer.sandbox import Rule, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.commands.run import RunResult
    from importer.ledger.drafts.draft_values import Draft

HEADINGS = (*ROW, "Notes")


def failed(desk: Desk, *rows: Mapping[str, str]) -> RunResult:
    """Run rows of which the API refuses each."""
    desk.sandbox.set_faults(Rule("status_before", status=400))
    result = desk.run(*rows)
    desk.sandbox.set_faults()
    assert result.totals[Status.FAILED] == len(rows)
    return result


def kept(desk: Desk, *rows: Mapping[str, str]) -> Draft:
    return keep_retry(desk.job(), failed(desk, *rows).run.id)[1]


def test_a_failed_row_is_corrected_and_sent(either_desk: Desk) -> None:
    """The request is that of the corrected row; the report names the cell, what stood there, and who changed it."""
    desk = either_desk
    draft = kept(desk, *appointments(3))

    answer = edit(desk.job(), draft.id, Wanted(["3:Phone=(212) 555-0177", "3:C=Bo"]), by="maria")
    with pytest.raises(Held):
        run_draft(desk.job(), draft.id)
    found, shown = look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)

    assert (answer.draft.is_partly_known, answer.rows) == (True, ())
    assert (found.calls, shown.is_partly_known) == ({Action.CREATE: 3}, False)
    sent = {number: (body["phone"], body["firstName"]) for _, number, body in desk.deeds() if body}
    assert sent == {"1001": ("2125550101", "Ana"), "1002": ("2125550177", "Bo"), "1003": ("2125550103", "Ana")}
    rows = read_csv(result.paths["results.csv"])
    assert [row["phone"] for row in rows] == ["2125550101", "(212) 555-0177", "2125550103"]
    signed = "changed by maria on 2027-03-02, 15:06 UTC."
    assert f'Column C "firstName": “Ana” stood in the file; {signed}' in rows[1]["result_warnings"]
    assert (result.run.command, result.totals[Status.CREATED]) == ("retry", 3)


def test_undo_as_in_the_file_and_leave_out(either_desk: Desk) -> None:
    """Each takes back what was meant, and a row that is left out is not sent."""
    desk = either_desk
    draft = kept(desk, *appointments(3))
    for wanted in (
        Wanted(["2:firstName=Bo"]), Wanted(["2:firstName=Cy"]), Wanted(undo=True), Wanted(["3:firstName=Di", "3:phone=1"]),
        Wanted(as_in_file=["3"]), Wanted(leave_out=["4"]),
    ):  # fmt: skip
        edit(desk.job(), draft.id, wanted, by="jo")
    look(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    assert sorted((number, body["firstName"]) for _, number, body in desk.deeds() if body) == [
        ("1001", "Bo"),
        ("1002", "Ana"),
    ]


def test_what_is_wrong_with_a_correction_is_told(desk: Desk) -> None:
    """A cell that cannot be read is a problem of the plan, with its column; the other rows go."""
    draft = kept(desk, *appointments(2))
    edit(desk.job(), draft.id, Wanted(["2:phone=12"]))

    found, _ = look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)

    assert found.sums == {"create": 1, "invalid": 1}
    assert found.kinds["invalid"][0].place == 'Column B "phone"'
    assert [str(row.status) for row in result.report.rows()] == ["invalid", "created"]


def test_beside_a_run_that_sends(desk: Desk) -> None:
    """The page's retry is corrected and looked at on a copy of the ledger."""
    result = failed(desk, *appointments(2))
    _, draft = keep_retry_apart(desk.job(), "20270302-000000-ab", result.run.id, by="Dana")
    edit(desk.job(), draft.id, Wanted(["3:phone=2125550177"]), by="Dana")

    found, _ = look_apart(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    assert found.calls == {Action.CREATE: 2}
    assert [body["phone"] for _, _, body in desk.deeds() if body] == ["2125550101", "2125550177"]


def test_a_correction_that_needs_the_sheet_is_refused(desk: Desk) -> None:
    """Another action, or a row that does not come out as it was sent any more: nothing is written, and it is said what to do."""
    rows = [row | {"action": "create"} for row in appointments(2)]
    draft = kept(desk, *rows)

    with pytest.raises(UsageError, match="would ask for another action") as refused:
        edit(desk.job(), draft.id, Wanted(["2:action=cancel"]))
    desk.profile = replace(desk.profile, remind_time_offset="PT1H")
    with pytest.raises(UsageError, match="cannot be corrected without its sheet"):
        edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    desk.profile = Profile()
    changed = edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))

    assert f"to_fix workbook of run {draft.parent}" in refused.value.fix
    assert changed.draft.version == 2


def test_other_settings_since_the_correction(desk: Desk) -> None:
    """A corrected row that cannot be judged any more is said when the draft is looked at; it is left out, or its edit taken back."""
    draft = kept(desk, *appointments(2))
    edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    desk.profile = replace(desk.profile, remind_time_offset="PT1H")

    with pytest.raises(UsageError, match=r"Row 2 of draft .* cannot be corrected without its sheet"):
        look(desk.job(), draft.id)
    edit(desk.job(), draft.id, Wanted(leave_out=["2"]))
    without, _ = look(desk.job(), draft.id)
    edit(desk.job(), draft.id, Wanted(as_in_file=["2"], take_in=["2"]))
    found, _ = look(desk.job(), draft.id)

    assert (without.calls, found.calls) == ({Action.CREATE: 1}, {Action.CREATE: 2})


def test_edits_of_a_draft_outlive_its_retry(desk: Desk) -> None:
    """What was edited in the draft that failed stays so in its retry, with who changed it, beside what is edited there."""
    _, first = keep(desk.job(), [desk.sheet(*appointments(1))])
    edit(desk.job(), first.id, Wanted(["2:firstName=Bo"]), by="jo")
    look(desk.job(), first.id)
    desk.sandbox.set_faults(Rule("status_before", status=400))
    failing = run_draft(desk.job(), first.id)
    desk.sandbox.set_faults()
    _, draft = keep_retry(desk.job(), failing.run.id)
    edit(desk.job(), draft.id, Wanted(["2:phone=2125550177"]), by="maria")
    look(desk.job(), draft.id)

    result = run_draft(desk.job(), draft.id)

    (row,) = read_csv(result.paths["results.csv"])
    assert (row["firstName"], row["phone"]) == ("Bo", "2125550177")
    assert "changed by jo" in row["result_warnings"]
    assert "changed by maria" in row["result_warnings"]


def test_dates_keep_the_order_that_the_whole_sheet_proved(desk: Desk) -> None:
    """A date that is typed into a retry is read as the run's own dates were, though the row that proved it was sent."""
    rows = appointments(2)
    rows[0] |= {"eventDateTime": "3/13/2027 9:00"}
    rows[1] |= {"eventDateTime": "3/9/2027 9:00"}
    desk.sandbox.set_faults(Rule("status_before", status=400, external_event_id="1002"))
    first = desk.run(*rows)
    desk.sandbox.set_faults()
    assert (first.totals[Status.CREATED], first.totals[Status.FAILED]) == (1, 1)
    _, draft = keep_retry(desk.job(), first.run.id)
    edit(desk.job(), draft.id, Wanted(["3:eventDateTime=3/10/2027 10:00"]))
    look(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    assert desk.deeds()[-1][2]["eventDateTime"] == "2027-03-10T10:00:00"  # type: ignore[index]


def test_rows_of_a_report_that_was_fed_back(desk: Desk) -> None:
    """What failed once more of a corrected report is corrected here, too; a mark before a live cell is no part of it."""
    first = failed(desk, *(row | {"firstName": "-Ana"} for row in appointments(2)))
    desk.sandbox.set_faults(Rule("status_before", status=400))
    again = run(desk.job(), [str(first.paths["to_fix.xlsx"])])
    desk.sandbox.set_faults()
    _, draft = keep_retry(desk.job(), again.run.id)
    edit(desk.job(), draft.id, Wanted(["3:phone=2125550177"]))
    look(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    assert [(body["phone"], body["firstName"]) for _, _, body in desk.deeds() if body] == [
        ("2125550101", "-Ana"),
        ("2125550177", "-Ana"),
    ]


def test_a_number_that_the_workbook_alone_makes_a_date(desk: Desk) -> None:
    """A start that is a bare number of the other epoch would be read four years off: such a row is corrected in its sheet."""
    path = desk.folder / "week.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        page, bare = book.add_worksheet("Week"), book.add_format({"num_format": "0.00"})
        dated = book.add_format({"num_format": "m/d/yyyy h:mm"})
        page.write_row(0, 0, list(ROW))
        for place, row in enumerate(appointments(2), 1):
            page.write_row(place, 0, list(row.values()))
            page.write_datetime(place, 4, datetime(2027, 3, 8, 9), bare if place == 1 else dated)  # noqa: DTZ001 - a cell has no zone
    desk.sandbox.set_faults(Rule("status_before", status=400))
    run(desk.job(), [str(path)])
    _, draft = keep_retry(desk.job())

    with pytest.raises(UsageError, match=r"Row 2 of draft .* cannot be corrected without its sheet"):
        edit(desk.job(), draft.id, Wanted(["2:firstName=Bo"]))
    assert edit(desk.job(), draft.id, Wanted(["3:firstName=Bo"])).draft.version == 2


def test_nothing_is_left_of_a_kept_retry(desk: Desk) -> None:
    """Once a later run had its appointments it is held (exit 6), no run stays open, and it is said how to forget it."""
    draft = kept(desk, *appointments(2))
    retry(desk.job(), draft.parent)
    sent = desk.sandbox.requests()

    with pytest.raises(Held, match=r"Nothing of draft .* would be sent as it was shown") as held:
        run_draft(desk.job(), draft.id)
    with pytest.raises(NothingToDo) as nothing:
        look(desk.job(), draft.id)

    assert held.value.fix == nothing.value.fix == f"Forget the draft: importer ledger drop-draft {draft.id}"
    assert desk.sandbox.requests() == sent
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert {one.state for one in ledger.runs(None)} == {RunState.FINISHED}


def as_csv(folder: Path, rows: Sequence[Mapping[str, str]], name: str) -> str:
    path = folder / f"{name}.csv"
    lines = [",".join(HEADINGS), *(",".join(row.get(heading, "") for heading in HEADINGS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def as_xlsx(folder: Path, rows: Sequence[Mapping[str, str]], name: str) -> str:
    path = folder / f"{name}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Week")
        for number, cells in enumerate([HEADINGS, *([row.get(name, "") for name in HEADINGS] for row in rows)]):
            sheet.write_row(number, 0, cells)
    return str(path)


VALUES = {
    "firstName": ("Bo", "ANA MARIA", "O'Neil", ""),
    "phone": ("(212) 555-0142", "+1 212 555 0143", "12", "2125550101"),
    "eventDateTime": ("2027-03-09 10:30", "2027-03-08 09:00", "tomorrow", "2027-02-01 09:00"),
    "externalEventId": ("7001", "1001", " 1002 ", ""),
    "subscriberTimeZone": ("America/Chicago", "Nowhere/At all"),
    "Notes": ("do not text", "wheelchair"),
}
CELLS = st.tuples(st.integers(0, 4), st.sampled_from(sorted(VALUES))).flatmap(
    lambda place: st.tuples(st.just(place), st.sampled_from(VALUES[place[1]]))
)


@pytest.mark.long
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@example(cells=[((2, "externalEventId"), " 1002 ")], left_out=1, what="one in doubt")
@given(
    cells=st.lists(CELLS, min_size=1, max_size=3, unique_by=lambda cell: cell[0]),
    left_out=st.integers(0, 4),
    what=st.sampled_from(["refused", "refused", "one in doubt", "stopped"]),
)  # fmt: skip
@settings(max_examples=longer(2, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_corrected_cells_send_what_a_sheet_with_them_typed_in_sends(
    write: Any, cells: list[tuple[tuple[int, str], str]], left_out: int, what: str
) -> None:
    """A run that failed, its retry with cells corrected and a row left out: the requests are those of a sheet that was typed so."""
    rows = appointments(5)
    typed = [dict(row) for row in rows]
    for (place, heading), value in cells:
        typed[place][heading] = value
    del typed[left_out]
    with TemporaryDirectory() as one, TemporaryDirectory() as two, Sandbox() as first, Sandbox() as second:
        corrected, plain = Desk(Path(one), first), Desk(Path(two), second)
        for desk in (corrected, plain):
            in_doubt = [Rule("status_after", external_event_id="1003")] if what == "one in doubt" else []
            desk.sandbox.set_faults(*in_doubt, Rule("status_before", status=401 if what == "stopped" else 400))
            run(desk.job(max_attempts=1), [write(desk.folder, rows, "week")])
            desk.sandbox.set_faults()
        _, draft = keep_retry(corrected.job())
        edit(
            corrected.job(),
            draft.id,
            Wanted([f"{place + 2}:{heading}={value}" for (place, heading), value in cells], [str(left_out + 2)]),
        )
        look(corrected.job(), draft.id)
        run_draft(corrected.job(), draft.id)
        run(plain.job(), [write(plain.folder, typed, "corrected")])

        made = [sorted(map(repr, desk.deeds())) for desk in (corrected, plain)]
        assert made[0] == made[1]
