"""What people are told of a plan: verdicts in their order, a few rows of each, old and new values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from made_plans import BODY, MOVED, life_row, plan_of, plan_with_everything, planned_run

from importer.errors import Exit
from importer.model.records import Change
from importer.model.statuses import Action, Status
from importer.reporting.plan_result import (
    MISSING,
    PLAN_LABELS,
    PLAN_MEANINGS,
    ROWS_KEPT,
    PlanResult,
    in_words,
    plan_headline,
    short,
    told,
)

if TYPE_CHECKING:
    from importer.model.records import Hold


def test_groups_tell_first_what_waits_and_what_cannot_be_taken_back() -> None:
    """Held rows stand first, then cancels and no-shows; unchanged rows and duplicates are counted only."""
    found = plan_with_everything()

    assert [group.verdict for group in found.groups] == [
        *("held", "cancel", "no_show", "update", "create", "missing", "invalid", "unknown", "not_sent"),
    ]
    assert list(found.sums) == [str(name) for name in PLAN_LABELS]
    assert sum(found.sums.values()) == 14
    assert found.missing == 2


def test_every_verdict_has_its_words() -> None:
    """Whatever planning may decide has a label and a meaning."""
    calls = {Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW}
    sent = {Status.CREATED, Status.UPDATED, Status.CANCELLED, Status.NO_SHOW_SENT, Status.FAILED}

    assert set(PLAN_LABELS) == set(PLAN_MEANINGS) == calls | (set(Status) - sent) | {MISSING}


def test_few_rows_of_many_are_kept() -> None:
    """A plan of many rows keeps the first of each verdict and knows how many there are."""
    found = plan_of([life_row(number) for number in range(2, 2002)])
    (group,) = found.groups

    assert (group.count, len(group.rows), group.rows[0].row.number) == (2000, ROWS_KEPT, 2)


def test_a_row_that_says_little_is_told_by_the_ledger() -> None:
    """A cancel of a bare number shows whose appointment it is and when; what the row says itself goes before."""
    rows = [life_row(2, "cancel", uuid="u-1", payload={"firstName": "Anna"})]

    ((row,),) = [group.rows for group in plan_of(rows, known={"u-1": BODY}).groups]

    assert (row.who, row.start, row.zone) == ("Anna O'Brien, 4155552001", "2027-03-08T09:00:00", "America/New_York")


@pytest.mark.parametrize(
    ("statuses", "code", "tone", "text", "more"),
    [
        pytest.param(
            [None], Exit.DONE, "good", "1 change to send: 1 new. 1 person may get a text right away.", "", id="one"
        ),
        pytest.param([Status.UNCHANGED], Exit.DONE, "good", "There is nothing to send.", "", id="nothing"),
        pytest.param(
            [None, None, Status.INVALID],
            Exit.SOME_ROWS_FAILED,
            "attention",
            "2 changes to send: 2 new. 2 people may get a text right away.",
            "1 row to fix; it would not be sent.",
            id="to-fix",
        ),
        pytest.param(
            [Status.HELD, Status.HELD, Status.INVALID],
            Exit.HELD,
            "stopped",
            "Held: nothing would be sent.",
            "2 rows on hold until approved.",
            id="held",
        ),
    ],
)
def test_headline(statuses: list[Status | None], code: Exit, tone: str, text: str, more: str) -> None:
    """The first sentence counts calls and people, the second names what is most pressing."""
    found = plan_of([life_row(number, status=status) for number, status in enumerate(statuses, start=2)])

    assert (found.exit_code, *(getattr(plan_headline(found), name) for name in ("tone", "text", "more"))) == (
        *(code, tone, text, more),
    )


def test_a_plan_of_updates_texts_nobody() -> None:
    """Nobody is a word, not a nought."""
    found: PlanResult = plan_of([life_row(2, "update")], people=0)

    assert plan_headline(found).text == "1 change to send: 1 update. No texts right away."


@pytest.mark.parametrize(("release", "waiting"), [((), [MOVED]), (("moved_together",), [])])
def test_what_is_released_does_not_wait(release: tuple[str, ...], waiting: list[Hold]) -> None:
    """A hold that --release named is told as found and let go."""
    found = plan_of([life_row(2)], run=planned_run(MOVED, release=release))

    assert list(found.holds) == waiting
    assert [*found.holds, *found.released] == [MOVED]


def test_what_holds_the_plan_is_told_once() -> None:
    """A row that is held for what holds all of them says nothing of its own; one that is wrong besides does."""
    wrong = {"code": "same_time", "message": "another", "fix": ""}
    held = life_row(2, status=Status.HELD, problems=({"code": MOVED.code, "message": MOVED.message}, wrong))
    found = plan_of([held], run=planned_run(MOVED))

    assert found.problems_of(found.groups[0].rows[0]) == [wrong]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            Change("eventDateTime", "2027-03-08T09:00:00", "2027-03-08T11:30:00"),
            "Appointment start: 2027-03-08 09:00 -> 11:30",
        ),
        (
            Change("eventDateTime", "2027-03-08T09:00:00", "2027-03-09T09:00:30"),
            "Appointment start: 2027-03-08 09:00 -> 2027-03-09 09:00:30",
        ),
        (Change("eventDateTime", None, "2027-03-08T11:30:00"), "Appointment start: not known -> 2027-03-08 11:30"),
        (Change("firstName", "", "Ana"), "First name: blank -> Ana"),
        (Change("metadata.practitioner", "Dr. Alder", "Dr. Birch"), "metadata.practitioner: Dr. Alder -> Dr. Birch"),
        (Change("remindTimeOffset", "PT24H", "PT4H"), "Remind before: PT24H -> PT4H"),
    ],
)
def test_a_change_on_one_line(change: Change, line: str) -> None:
    """Old and new stand on one line; the day is said twice only where it changes."""
    assert told(change) == line


@pytest.mark.parametrize(
    ("value", "few", "words"),
    [
        ("2027-03-08T09:00:00", "2027-03-08 09:00", "Mon 8 March 2027, 09:00"),
        ("2027-03-08T09:00:30", "2027-03-08 09:00:30", "Mon 8 March 2027, 09:00:30"),
        ("2027-13-08T09:00:00", "2027-13-08T09:00:00", "2027-13-08T09:00:00"),
        ("a text with a T in", "a text with a T in", "a text with a T in"),
        ({"uuid": "6c52"}, "6c52", "6c52"),
        (True, "yes", "yes"),
        (None, "not known", "not known"),
    ],
)
def test_values_in_few_characters_and_in_words(value: object, few: str, words: str) -> None:
    """A start reads well both ways; what is none stays as it is."""
    assert (short(value), in_words(value)) == (few, words)
