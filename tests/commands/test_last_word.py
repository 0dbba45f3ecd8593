"""Rows of one appointment of which one says that it is off: nobody is texted for it, whatever their order and names."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk, statuses

from importer.commands.check import check
from importer.commands.run import run
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.commands.run import RunResult

UUID = "9b8d990e-66aa-4783-9d1f-d7ff1515a58c"
WHOSE = {name: ROW[name] for name in ("externalEventId", "phone")}


def codes(result: RunResult) -> list[list[str]]:
    """Return the codes of the problems of every row."""
    return [[problem["code"] for problem in row.problems] for row in result.report.rows()]


def checked(desk: Desk, *paths: str) -> list[tuple[str, list[str]]]:
    """Return what ``check`` says of every row: status and codes of problems."""
    found: list[tuple[str, list[str]]] = []

    def take(line: Mapping[str, Any]) -> None:
        found.append((line["status"], [problem["code"] for problem in line["problems"]]))

    check(desk.job(), list(paths), each_row=take)
    return found


def deeds(desk: Desk) -> list[str]:
    return [deed for deed, _, _ in desk.deeds()]


BOOKED, OFF = ROW | {"Status": "booked"}, ROW | {"Status": "cancelled"}


@pytest.mark.parametrize("rows", [(BOOKED, OFF), (OFF, BOOKED)], ids=["off-below", "off-above"])
def test_a_visit_that_another_row_says_is_off_is_not_booked(desk: Desk, rows: Sequence[dict[str, str]]) -> None:
    """Below an unused Status column one "cancelled" stops all rows of its appointment, each of which names it."""
    result = desk.run(*rows)

    stopped = {"booked": ["ended_by_earlier_row"], "cancelled": ["status_not_used"]}
    assert codes(result) == [stopped[row["Status"]] for row in rows]
    assert checked(desk, desk.sheet(*rows)) == [("invalid", stopped[row["Status"]]) for row in rows]
    (told,) = [row for row in result.report.rows() if row.problems[0]["code"] == "ended_by_earlier_row"]
    assert f"row {2 + rows.index(OFF)} says" in told.problems[0]["message"]
    assert deeds(desk) == []


@pytest.mark.parametrize("night", ["one sheet", "two files"])
def test_the_row_that_says_so_may_be_far_below(desk: Desk, monkeypatch: pytest.MonkeyPatch, night: str) -> None:
    """The "cancelled" may stand in another part of the sheet, as it is read, or in another file."""
    monkeypatch.setattr("importer.commands.pipeline.open_sheet", partial(open_sheet, chunk_rows=2))
    others = [BOOKED | {"externalEventId": str(place), "phone": f"212555{place:04d}"} for place in range(2001, 2006)]
    paths = (
        [desk.sheet(BOOKED, *others, OFF)]
        if night == "one sheet"
        else [desk.sheet(BOOKED, *others), desk.sheet(OFF, name="late.csv")]
    )

    assert [status for status, _ in checked(desk, *paths)] == ["invalid", *["ready"] * 5, "invalid"]
    assert statuses(run(desk.job(), paths)) == ["invalid", *["created"] * 5, "invalid"]


def test_a_known_visit_is_not_moved_beside_a_row_that_names_its_uuid_and_says_that_it_is_off(desk: Desk) -> None:
    """The one row names the appointment by its number, the other by its uuid: they are about one visit all the same."""
    desk.run(ROW)
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        uuid = ledger.find(ROW["externalEventId"])[0].uuid
    off = {"Status": "cancelled", "uuid": str(uuid), "firstName": "Ana"}

    result = desk.run(BOOKED | {"firstName": "Bea"}, off)

    assert codes(result)[0] == ["ended_by_earlier_row"]
    assert "status_not_used" in codes(result)[1]
    assert deeds(desk) == ["create"]


def test_a_word_that_no_action_is_may_be_a_cancel(desk: Desk) -> None:
    """Where the action of another row cannot be read, nobody knows whether the visit is on."""
    rows = [ROW | {"action": "upsert"}, ROW | {"action": "perhaps"}]

    assert codes(desk.run(*rows)) == [["ended_by_earlier_row"], ["action_unknown"]]
    assert [status for status, _ in checked(desk, desk.sheet(*rows))] == ["invalid", "invalid"]
    assert deeds(desk) == []


@pytest.mark.parametrize("start", [ROW["eventDateTime"], "2027-03-09 10:00"])
def test_a_visit_that_is_booked_below_its_cancel_is_no_duplicate(desk: Desk, start: str) -> None:
    """create, cancel, create: nobody is texted, for nobody knows which is the last word."""
    again = ROW | {"action": "create", "eventDateTime": start}
    rows = [ROW | {"action": "create"}, WHOSE | {"action": "cancel"}, again]

    result = desk.run(*rows)

    assert codes(result) == [["ended_by_earlier_row"], ["before_its_booking"], ["ended_by_earlier_row"]]
    assert deeds(desk) == []


@pytest.mark.parametrize("turned", [False, True])
def test_a_visit_whose_uuid_another_row_names_is_not_booked(desk: Desk, *, turned: bool) -> None:
    """A create beside an update by uuid of the same number would make a second reminder."""
    rows = [ROW | {"action": "create"}, WHOSE | {"action": "update", "uuid": UUID, "firstName": "Bea"}]
    rows = rows[::-1] if turned else rows

    result = desk.run(*rows)

    assert set(statuses(result)) == {"invalid"}
    assert ["rows_name_several"] in codes(result)
    assert deeds(desk) == []


ASKED = ("upsert", "create", "update", "cancel", "no_show", "perhaps")


@pytest.mark.parametrize("first", ASKED)
def test_check_says_what_a_run_says(desk: Desk, first: str) -> None:
    """Whatever the rows of one appointment ask for, and in whatever order, both find the same rows wrong, for the same reasons."""
    late = {"before_its_booking", "ended_by_earlier_row", "rows_contradict"}
    rows = []
    for number, (second, third) in enumerate(product(ASKED, ASKED), start=3001):
        for place, action in enumerate((first, second, third)):
            values = ROW if action in {"upsert", "create"} else WHOSE
            name = {"firstName": "Bea"} if action == "update" or (place == 2 and number % 2) else {}
            whose = {"externalEventId": str(number), "phone": f"212555{number:04d}"}
            rows.append(values | name | whose | {"action": action})
    path = desk.sheet(*rows)

    before = checked(desk, path)
    result = run(desk.job(), [path])

    assert [late.intersection(found) for _, found in before] == [late.intersection(found) for found in codes(result)]
    assert late & {code for _, found in before for code in found}


def test_a_profile_that_says_what_the_word_means_cancels_again(desk: Desk) -> None:
    """Once the column is the action, a cancel below its booking is the last word, as before."""
    desk.run(ROW)
    desk.profile = Profile(columns={"Status": "action"}, values={"action": {"booked": "upsert", "cancelled": "cancel"}})

    assert statuses(desk.run(BOOKED, OFF)) == ["unchanged", "cancelled"]
