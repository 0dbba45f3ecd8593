"""A row that says that a person may not be texted counts for each row of that phone; one that a person has died, for that person."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from desk import Desk, appointments, statuses

from importer.commands.check import check
from importer.commands.plan import plan
from importer.commands.run import run
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping


def family(*changes: Mapping[str, str], phone: str = "(212) 555-0101") -> list[dict[str, str]]:
    """Return appointments of one phone, each with what is its own."""
    rows = appointments(len(changes), phone=phone)
    return [
        {**row, "eventDateTime": f"2027-03-{8 + day:02d} 09:00", **own}
        for day, (row, own) in enumerate(zip(rows, changes, strict=True))
    ]


def codes(desk: Desk, *paths: str) -> list[list[str]]:
    """Return the codes of the problems that ``check`` finds, a list a row."""
    found: list[list[str]] = []

    def take(line: Mapping[str, Any]) -> None:
        found.append([problem["code"] for problem in line["problems"]])

    check(desk.job(), list(paths), each_row=take)
    return found


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("other", ["", "Yes"])
def test_a_phone_that_may_not_be_texted_is_not_texted_by_another_row(desk: Desk, other: str, *, turned: bool) -> None:
    """Above or below, blank or Yes: the row is a problem that names the one that says No, in the check as in the run."""
    rows = family({"OK to text": "No"}, {"OK to text": other})
    rows = [*(rows[::-1] if turned else rows), appointments(3)[2]]

    result = desk.run(*rows)

    right = [["consent_refused"], ["blocked"]]
    right = [*(right[::-1] if turned else right), []]
    assert [[one["code"] for one in row.problems] for row in result.report.rows()] == right
    assert codes(desk, desk.sheet(*rows)) == right
    (told,) = [one for row in result.report.rows() for one in row.problems if one["code"] == "blocked"]
    assert f"row {3 if turned else 2} has the same phone" in told["message"]
    assert [number for _, number, _ in desk.deeds()] == ["1003"]


@pytest.mark.parametrize("in_files", [1, 2])
def test_the_row_that_refuses_may_be_far_below(desk: Desk, monkeypatch: pytest.MonkeyPatch, in_files: int) -> None:
    """It may stand in another part of the sheet, as it is read, or in another file."""
    monkeypatch.setattr("importer.commands.pipeline.open_sheet", partial(open_sheet, chunk_rows=2))
    first, last = family({}, {"OK to text": "No"})
    rows = [first, *appointments(6)[2:], last]
    cut = len(rows) if in_files == 1 else 4
    paths = [desk.sheet(*some, name=name) for some, name in ((rows[:cut], "a.csv"), (rows[cut:], "b.csv")) if some]

    right = [["blocked"], [], [], [], [], ["consent_refused"]]
    assert codes(desk, *paths) == right
    result = run(desk.job(), paths)
    assert [[one["code"] for one in row.problems] for row in result.report.rows()] == right
    assert sorted(str(number) for _, number, _ in desk.deeds()) == ["1003", "1004", "1005", "1006"]


def test_a_known_visit_of_that_phone_is_cancelled_but_not_moved(desk: Desk) -> None:
    """Nobody is reminded by a cancel; a change is not sent, also where it names its appointment by its uuid alone."""
    desk.run(*family({}, {}, {}))
    uuid = str(next(iter(desk.run(*family({}, {}, {})).report.rows())).uuid)
    moved = {"action": "update", "uuid": uuid, "firstName": "Bea"}
    rows = family(
        {"action": "upsert", "OK to text": "No"}, {"action": "upsert", "firstName": "Bea"}, {"action": "cancel"}
    )

    result = desk.run(
        *(row | {"externalEventId": str(2000 + at)} if not at else row for at, row in enumerate(rows)), moved
    )

    assert statuses(result) == ["invalid", "invalid", "cancelled", "invalid"]
    assert [deed for deed, _, _ in desk.deeds()] == ["create"] * 3 + ["cancel"]


@pytest.mark.parametrize("died", [{"Status": "Deceased"}, {"Deceased": "Yes"}])
def test_who_has_died_is_not_texted_but_the_family_is(desk: Desk, died: dict[str, str]) -> None:
    """Of one phone the rows of the same name are stopped, and those without one; another name is another person."""
    rows = family(died, {}, {"firstName": " ana "}, {"firstName": "Bea"}, {"firstName": ""})

    result = desk.run(*rows)

    assert statuses(result) == ["invalid", "invalid", "invalid", "created", "invalid"]
    assert [one["code"] for row in result.report.rows() for one in row.problems] == [
        "status_not_used",
        *["blocked"] * 3,
    ]


def test_a_visit_that_is_off_stops_no_other_of_its_phone(desk: Desk) -> None:
    """Cancelled is one visit, and not the person."""
    assert statuses(desk.run(*family({"Status": "cancelled"}, {}))) == ["invalid", "created"]


def test_a_plan_says_so_too(desk: Desk) -> None:
    """What a plan shows is what a run sends."""
    made = plan(desk.job(), [desk.sheet(*family({"OK to text": "No"}, {}))])

    assert made.totals == {"invalid": 2}
