"""What people are told of a plan: verdicts in their order, a few rows of each, old and new values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from made_plans import BODY, MOVED, life_row, plan_of, plan_with_everything, planned_run
from made_runs import said

from importer.errors import Exit
from importer.model.records import Change
from importer.model.sending_window import SendingWindow, Visit, reminding_of
from importer.model.statuses import Action, Status
from importer.reporting.headline import plan_headline, reminders_due
from importer.reporting.plan_result import (
    PLAN_LABELS,
    PLAN_MEANINGS,
    ROWS_KEPT,
    PlanResult,
    planned,
    texts_of,
    told,
)
from importer.reporting.wording import MISSING, in_words

if TYPE_CHECKING:
    from importer.model.statuses import Hold


NEW_YORK = "America/New_York"


def test_groups_tell_first_what_waits_then_what_is_to_fix_then_what_goes_out() -> None:
    """Held rows stand first, then what is wrong, then calls, cancels first; unchanged rows and duplicates are counted only."""
    found = plan_with_everything()

    assert [group.verdict for group in found.groups] == [
        *("held", "unknown", "invalid", "cancel", "no_show", "update", "create", "missing", "not_sent"),
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

    assert (row.who, row.start, row.zone) == ("Anna O'Brien, (415) 555-2001", "2027-03-08T09:00:00", "America/New_York")


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
            "Appointment start: Mon, Mar 8, 9:00 AM → 11:30 AM",
        ),
        (
            Change("eventDateTime", "2027-03-08T09:00:00", "2028-03-09T09:00:30"),
            "Appointment start: Mon, Mar 8, 9:00 AM → Thu, Mar 9, 2028, 9:00:30 AM",
        ),
        (Change("eventDateTime", None, "2027-03-08T11:30:00"), "Appointment start: not known → Mon, Mar 8, 11:30 AM"),
        (Change("firstName", "", "Ana"), "First name: blank → Ana"),
        (Change("metadata.practitioner", "Dr. Alder", "Dr. Birch"), "metadata.practitioner: Dr. Alder → Dr. Birch"),
        (Change("remindTimeOffset", "PT24H", "PT1H30M"), "Remind before: 24 hours before → 1 hour 30 minutes before"),
        (Change("followUpTimeOffset", None, "PT2H"), "Follow up after: not known → 2 hours after"),
    ],
)
def test_a_change_on_one_line(change: Change, line: str) -> None:
    """Old and new stand on one line; the day is said twice only where it changes, the year where it is another."""
    assert told(change, year=2027) == line


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2027-03-08T09:00:00", "Mon, Mar 8, 2027, 9:00 AM"),
        ("2027-03-08T12:00:30", "Mon, Mar 8, 2027, 12:00:30 PM"),
        ("2027-03-08T00:05:00", "Mon, Mar 8, 2027, 12:05 AM"),
        ("2027-13-08T09:00:00", "2027-13-08T09:00:00"),
        ("a text with a T in", "a text with a T in"),
        ({"uuid": "6c52"}, "6c52"),
        (True, "yes"),
        (None, "not known"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    """A start reads well; what is none stays as it is."""
    assert in_words(value) == words


NOW = 1_804_190_400  # Thu, Mar 4, 2027, 3:00 PM in New York
WINDOW = SendingWindow(dt.time(8), dt.time(14), home="America/New_York")
REMINDED = BODY | {"remindTimeOffset": "PT24H"}


@pytest.mark.parametrize(
    ("action", "body", "window", "text"),
    [
        ("create", REMINDED, None, "now, then Sun, Mar 7, 9:00 AM"),
        ("create", REMINDED, WINDOW, "from Fri, Mar 5, 8:00 AM, then Sun, Mar 7, 9:00 AM"),
        ("create", REMINDED | {"remindTimeOffset": "PT240H"}, None, "now, then reminder already due"),
        ("create", BODY, None, "now"),
        ("update", REMINDED, WINDOW, "Sun, Mar 7, 9:00 AM"),
        ("update", REMINDED | {"subscriberTimeZone": "America/Denver"}, None, "Sun, Mar 7, 9:00 AM"),
        ("cancel", REMINDED, None, "now (cancelled)"),
        ("cancel", REMINDED, WINDOW, "from Fri, Mar 5, 8:00 AM (cancelled)"),
        ("no_show", {}, replace(WINDOW, home=None), "in the sending window (missed visit)"),
        ("no_show", {}, None, "now (missed visit)"),
    ],
)
def test_which_text_may_go_when(action: str, body: dict[str, str], window: SendingWindow | None, text: str) -> None:
    """A row tells when its call may text and when its reminder is due, on the clocks of the appointment."""
    each = planned(life_row(2, action, payload=body), {}, now=NOW, window=window)

    assert texts_of(each, NOW, year=2027) == text


def test_what_is_not_sent_texts_nobody() -> None:
    """A row to fix tells of no text; a held one tells what would go once it is approved."""
    wrong, held = (
        planned(life_row(2, status=status, payload=REMINDED), {}, now=NOW) for status in (Status.INVALID, Status.HELD)
    )

    assert texts_of(wrong, NOW) == ""
    assert texts_of(held, NOW) == "now, then Sun, Mar 7, 2027, 9:00 AM"


def test_the_reminder_of_a_known_appointment_is_the_ledgers() -> None:
    """What the profile fills into a blank cell moves no reminder of an appointment that is known; a change does."""
    row = life_row(2, "update", uuid="u-1", payload=BODY | {"remindTimeOffset": "PT3H"})
    known = {"u-1": BODY | {"remindTimeOffset": "PT24H"}}
    moved = replace(row, changes=(Change("remindTimeOffset", "PT24H", "PT48H"),))

    assert texts_of(planned(row, known, now=NOW), NOW, year=2027) == "Sun, Mar 7, 9:00 AM"
    assert texts_of(planned(moved, known, now=NOW), NOW, year=2027) == "Sat, Mar 6, 9:00 AM"


@pytest.mark.parametrize(
    ("visits", "sentence"),
    [
        ([], ""),
        ([(NEW_YORK, NOW - 1)], ""),
        ([(NEW_YORK, NOW + 3600)], "The reminder is due Thu, Mar 4, 2027, 4:00 PM (New York time)."),
        ([(NEW_YORK, NOW + 60)] * 2, "All reminders are due Thu, Mar 4, 2027, 3:01 PM (New York time)."),
        (
            [(NEW_YORK, NOW + 7200), (NEW_YORK, NOW + 3600), (NEW_YORK, NOW - 60)],
            "2 reminders: the first is due Thu, Mar 4, 2027, 4:00 PM, the last Thu, Mar 4, 2027, 5:00 PM (New York time).",
        ),
        (
            [("America/Denver", NOW + 3600), (NEW_YORK, NOW + 7200)],
            "2 reminders: the first is due Thu, Mar 4, 2027, 2:00 PM (Denver time), "  # noqa: ISC004
            "the last Thu, Mar 4, 2027, 5:00 PM (New York time).",
        ),
    ],
)
def test_when_reminders_are_due(visits: list[tuple[str, int]], sentence: str) -> None:
    """The first and the last reminder that is still to come are told on the clocks of their appointments."""
    assert reminders_due(reminding_of((Visit(name, None, at) for name, at in visits), NOW)) == sentence


def test_problems_are_counted_by_kind_without_what_holds_everything() -> None:
    """Of each verdict the kinds are counted over all rows, also those that are not kept; a hold of the whole is told above."""
    short = said("phone_too_short", field="phone", value="12")
    rows = [life_row(number, status=Status.INVALID, problems=short) for number in range(2, 2 + 3 * ROWS_KEPT)]
    rows.append(life_row(900, status=Status.HELD, problems=({"code": MOVED.code, "message": MOVED.message},)))
    found = plan_of(rows, run=planned_run(MOVED))

    ((verdict, (kind,)),) = found.kinds.items()
    assert (verdict, kind.count, kind.rows[:2]) == ("invalid", 3 * ROWS_KEPT, (2, 3))
