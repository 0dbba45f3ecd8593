"""Cells that reading could not hand on are problems of the rows that would send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.checking import check, problems
from importer.model.batches import STRUCK, CellFlaw
from importer.model.chunks import Chunk, Normalized
from importer.model.profile import Profile

if TYPE_CHECKING:
    from judged_rows import Judge


def flaw(row: int, column: int | None, code: str = "cell_error", shown: str = "#N/A") -> CellFlaw:
    return CellFlaw(row, column, code, shown)


def test_flaw_of_a_mapped_cell_is_the_fields_problem(judge: Judge) -> None:
    """A flaw is the field's one problem, whatever normalizing and the schemas make of the cell."""
    phone = list(judge.good).index("phone")
    reasons = [("phone", "phone_letters", [1])]
    checked = judge.check({}, {"phone": "#N/A"}, reasons=reasons, flaws=[flaw(3, phone)])

    assert judge.codes(checked) == [set(), {"phone:cell_error"}]
    assert problems(checked)[1][0][0].value == "#N/A"


def test_flaw_of_a_blank_cell_is_not_also_missing(judge: Judge) -> None:
    """A needed value that was lost in reading is not said to be blank too."""
    checked = judge.check({"eventDateTime": ""}, flaws=[flaw(2, list(judge.good).index("eventDateTime"))])

    assert judge.codes(checked) == [{"eventDateTime:cell_error"}]


def test_flaw_of_an_ignored_column_does_not_matter(judge: Judge) -> None:
    """What is never sent may be broken."""
    assert judge.problems({}, flaws=[flaw(2, 99)]) == set()


@pytest.mark.parametrize("action", ["create", "cancel", "none", ""])
def test_flaw_of_a_row_makes_it_invalid(judge: Judge, action: str) -> None:
    """A row that could not be read as a whole is wrong whatever it asks for."""
    change = {"action": action, "eventDateTime": "2027-03-04T14:30:00"}

    assert ":cell_error" in judge.problems(change, flaws=[flaw(2, None)])


def test_blank_row_with_a_flaw_is_not_empty(judge: Judge) -> None:
    """A row whose cells were lost in reading is said to be flawed, not empty."""
    found = judge.problems(dict.fromkeys(judge.good, ""), flaws=[flaw(2, None)])

    assert ":cell_error" in found
    assert ":row_empty" not in found


def test_without_columns_every_flaw_counts(judge: Judge) -> None:
    """Where nobody said which columns are mapped, no flaw is overlooked."""
    values = judge.frame([judge.good])
    chunk = Chunk(values.set_axis(range(values.shape[1]), axis="columns"), (flaw(2, 99),))
    checked = check(chunk, Normalized(values, judge.table(values)), Profile(), now=judge.now)

    assert judge.codes(checked) == [{":cell_error"}]


def test_day_explains_the_start(judge: Judge) -> None:
    """Where the day cannot be read, the start is not said to be missing or unreadable as well."""
    for start in ("", "31.31.2027 10:00"):
        typed = [{**judge.good, "date": "31.31.2027", "time": "10:00"}]
        found = judge.problems({"eventDateTime": start}, typed=typed, reasons=[("date", "date_unreadable", [0])])

        assert found == {"date:date_unreadable"}


def test_location_explains_the_zone(judge: Judge) -> None:
    """Where the place is unknown, the zone that it would have given is not missing as well."""
    typed = [{**judge.good, "location": "Nowhere", "subscriberTimeZone": ""}]
    found = judge.problems({"subscriberTimeZone": ""}, typed=typed, reasons=[("location", "location_unknown", [0])])

    assert found == {"location:location_unknown"}


def struck(row: int, *columns: int) -> list[CellFlaw]:
    return [flaw(row, column, STRUCK, "Ana") for column in columns]


@pytest.mark.parametrize(
    ("action", "is_refused"),
    [
        ("create", True),
        ("update", True),
        ("upsert", True),
        ("", True),
        ("cancel", False),
        ("no_show", False),
        ("none", False),
    ],
)
def test_a_row_that_is_struck_through(judge: Judge, action: str, is_refused: bool) -> None:
    """It has this one problem, whatever else is wrong with it, unless its own words say that the visit is off or over."""
    change = {"action": action, "uuid": "6c52d314-a3ca-4781-ba70-5f3b0c8d1e02", "emailAddress": "nobody"}
    found = judge.check(change, {}, flaws=struck(2, 3, 5, 99))

    codes = judge.codes(found)
    assert (codes[0] == {":struck_through"}) is is_refused
    assert (":struck_through" in codes[0]) is is_refused
    assert codes[1] == set()
    assert bool(found.usable("uuid")[0])


def test_a_struck_row_is_said_once_at_its_first_cell(judge: Judge) -> None:
    """The problem stands at the first struck cell that is read, and quotes it."""
    found = judge.check({}, {}, flaws=[*struck(2, 99), *struck(3, 4, 6)])
    issue = next(issue for issue in found.findings if issue.code == STRUCK)

    assert judge.codes(found) == [set(), {":struck_through"}]
    assert (issue.positions.tolist(), list(issue.cells()), [] if issue.values is None else issue.values.tolist()) == (
        [1],
        [4],
        ["Ana"],
    )


def test_a_cell_of_a_cancel_that_is_struck_and_broken(judge: Judge) -> None:
    """That the line agrees with a cancel does not hide what else is wrong with it."""
    change = {"action": "cancel", "phone": "#N/A"}
    phone = list(judge.good).index("phone")

    assert judge.problems(change, flaws=[*struck(2, phone), flaw(2, phone)]) == {"phone:cell_error"}


@pytest.mark.parametrize(("columns", "is_told"), [([7], True), ([8], False)])
def test_a_struck_cell_in_one_of_the_columns_of_a_field(judge: Judge, columns: list[int], is_told: bool) -> None:
    """In a report of several files a field may be read from more than one column."""
    values = judge.frame([judge.good])
    chunk = Chunk(values.set_axis(range(values.shape[1]), axis="columns"), tuple(struck(2, 7)))
    checked = check(
        chunk,
        Normalized(values, judge.table(values)),
        Profile(),
        now=judge.now,
        columns={},
        scattered={"phone": columns},
    )

    assert judge.codes(checked) == [{":struck_through"} if is_told else set()]
