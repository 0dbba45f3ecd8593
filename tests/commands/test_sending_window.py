"""Runs, resumes and passes over a drop by night and by day, with a sending window in the profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING

import pytest
from desk import Desk, appointments, statuses

from importer.cli.working import sentence
from importer.commands.plan import plan
from importer.commands.report import resolve
from importer.commands.run import resume, retry, run
from importer.errors import Exit, NothingToDo
from importer.model.profile import Profile
from importer.model.sending_window import SendingWindow
from importer.model.times import zone
from importer.reporting.headline import plan_headline
from importer.sandbox import Rule

if TYPE_CHECKING:
    from importer.commands.run import RunResult

WINDOW = SendingWindow(time(8), time(21), home="America/New_York")


def at(text: str) -> float:
    """Return a moment of New York's clocks as UTC seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=zone("America/New_York")).timestamp()


@pytest.fixture
def night(desk: Desk) -> Desk:
    """Return a desk at eleven in the evening; its appointments are six days away."""
    desk.profile = Profile(name="clinic", window=WINDOW)
    desk.now = at("2027-03-02 23:00")
    return desk


def codes(result: RunResult) -> list[str]:
    return [row.code for row in result.report.rows()]


def test_by_night_nothing_that_texts_somebody_leaves(night: Desk) -> None:
    """Creates wait as not sent with window_closed, the run exits 5, and the API hears nothing."""
    result = night.run(*appointments(3))

    assert statuses(result) == ["not_sent"] * 3
    assert codes(result) == ["window_closed"] * 3
    assert result.exit_code is Exit.STOPPED
    assert "3 requests may not leave before the sending window opens" in result.run.stop_reason
    assert night.deeds() == []


def test_resume_sends_in_the_morning_what_waited(night: Desk) -> None:
    """The first resume inside the window sends the rows, once; one before it sends nothing."""
    night.run(*appointments(3))
    night.now = at("2027-03-03 07:59")
    assert resume(night.job()).exit_code is Exit.STOPPED
    assert night.deeds() == []

    night.now = at("2027-03-03 08:00")
    result = resume(night.job())

    assert statuses(result) == ["created"] * 3
    assert result.exit_code is Exit.DONE
    assert len(night.deeds()) == 3
    with pytest.raises(NothingToDo):
        resume(night.job())


def test_each_row_waits_for_the_morning_of_its_own_zone(night: Desk) -> None:
    """At nine in New York its rows leave, and those of Los Angeles, where it is six, wait."""
    night.now = at("2027-03-03 09:00")
    rows = appointments(4)
    for row in rows[2:]:
        row["subscriberTimeZone"] = "America/Los_Angeles"

    result = night.run(*rows)

    assert statuses(result) == ["created", "created", "not_sent", "not_sent"]
    night.now = at("2027-03-03 11:00")
    assert statuses(resume(night.job())) == ["created"] * 4


def test_a_reminder_that_comes_first_does_not_wait(night: Desk) -> None:
    """A create whose reminder is due before the window opens goes at once: later it would be too late."""
    early, later = appointments(2, eventDateTime="2027-03-03 10:00")
    later["eventDateTime"] = "2027-03-03 15:00"

    result = night.run(early, later)

    assert statuses(result) == ["created", "not_sent"]


def test_a_cancel_goes_at_once_where_the_visit_comes_first(night: Desk) -> None:
    """A visit of early morning that is off is cancelled by night, one of the afternoon in the morning."""
    night.now = at("2027-03-02 12:00")
    early, later, *others = appointments(20, eventDateTime="2027-03-03 09:30")
    later["eventDateTime"] = "2027-03-03 16:00"
    night.run(early, later, *others)
    night.now = at("2027-03-02 23:00")

    result = night.run(early | {"action": "cancel"}, later | {"action": "cancel"}, *others)

    assert statuses(result)[:2] == ["cancelled", "not_sent"]
    assert [one for name, one, _ in night.deeds() if name == "cancel"] == ["1001"]


def test_a_no_show_waits_always(night: Desk) -> None:
    """Nobody is told at night that they were not there."""
    night.now = at("2027-03-02 12:00")
    (row,) = appointments(1, eventDateTime="2027-03-02 19:00")
    night.run(row)
    night.now = at("2027-03-02 23:00")

    assert statuses(night.run(row | {"action": "no_show"})) == ["not_sent"]
    night.now = at("2027-03-03 08:00")
    assert statuses(resume(night.job())) == ["no_show_sent"]


def test_an_update_texts_nobody_and_goes(night: Desk) -> None:
    """A changed appointment is updated at any hour; behind a create that waits it waits, too."""
    night.now = at("2027-03-02 12:00")
    known, new = (row | {"action": "create"} for row in appointments(2))
    night.run(known)
    night.now = at("2027-03-02 23:00")
    changes = {"action": "update", "firstName": "Cleo"}

    result = night.run(known | changes, new, new | changes)

    assert statuses(result) == ["updated", "not_sent", "not_sent"]
    assert codes(result)[1:] == ["window_closed", "window_closed"]
    night.now = at("2027-03-03 08:00")
    assert statuses(resume(night.job())) == ["updated", "created", "updated"]


def test_now_sends_at_any_hour(night: Desk) -> None:
    """--now is the person's word: requests leave although the window is closed."""
    assert statuses(night.run(*appointments(2), at_any_hour=True)) == ["created"] * 2


def test_no_attempt_begins_that_could_outlast_the_window(night: Desk) -> None:
    """Within the time that a call may take of the closing, nothing leaves any more."""
    night.now = at("2027-03-02 20:59:45")
    assert statuses(night.run(*appointments(1), timeout_s=30.0)) == ["not_sent"]
    night.now = at("2027-03-02 20:59:30")
    assert statuses(resume(night.job(timeout_s=30.0))) == ["created"]


def test_what_is_in_doubt_when_the_window_closes_is_repeated_in_the_morning(night: Desk) -> None:
    """A create whose answer was lost just before closing is not tried at night; the morning's repeat doubles nothing."""
    night.now = at("2027-03-02 20:58")
    night.sandbox.set_faults(Rule("reset_after", times=1))
    # From the first request on it is night.
    job = replace(
        night.job(), now=lambda: at("2027-03-02 20:58") if not night.sandbox.effects() else at("2027-03-02 21:00")
    )

    result = run(job, [night.sheet(*appointments(1))])

    assert statuses(result) == ["unknown"]
    night.now = at("2027-03-03 08:00")
    assert statuses(resume(night.job())) == ["created"]
    assert len(night.sandbox.reminders()) == 1


def test_a_later_file_takes_the_place_of_what_waits(night: Desk) -> None:
    """A row that waits is superseded by a later file's row for the same appointment, and created once."""
    first, other = appointments(2)
    older = night.run(first, other)
    newer = night.run(first | {"firstName": "Bea"})
    night.now = at("2027-03-03 08:00")

    resume(night.job(), newer.run.id)
    resume(night.job(), older.run.id)

    names = {each["values"]["externalEventId"]: each["values"]["firstName"] for each in night.sandbox.reminders()}
    assert names == {"1001": "Bea", "1002": "Ana"}
    assert len(night.sandbox.effects("create")) == 2


def test_a_later_snapshot_without_the_row_keeps_it_from_leaving(night: Desk) -> None:
    """A create that waits for the morning is dropped where tonight's later full export does not name the visit any more."""
    night.profile = Profile(name="clinic", declared=True, window=WINDOW, snapshot="today..+60d", cancel_missing=True)
    rows = appointments(3)
    first = night.run(*rows)
    night.now += 600
    second = night.run(*rows[:2])
    night.now = at("2027-03-03 08:00")

    assert statuses(resume(night.job(), first.run.id)) == ["not_sent"] * 3
    assert statuses(resume(night.job(), second.run.id)) == ["created"] * 2
    assert {one for _, one, _ in night.deeds()} == {"1001", "1002"}


def test_a_retry_keeps_to_the_window(night: Desk) -> None:
    """A retry of rows that waited waits as well, until the window is open."""
    night.run(*appointments(2))
    assert statuses(retry(night.job())) == ["not_sent"] * 2
    night.now = at("2027-03-03 12:00")
    assert statuses(retry(night.job())) == ["created"] * 2


def test_the_plan_and_the_question_say_what_waits(night: Desk) -> None:
    """A plan by night tells how many requests wait, and from which local time they leave; the question says so, too."""
    early, later, last = appointments(3, eventDateTime="2027-03-03 10:00")
    later["eventDateTime"] = last["eventDateTime"] = "2027-03-03 15:00"
    told = (
        "3 people may get a text. 2 requests wait for the sending window: from Wed, Mar 3, 2027, 8:00 AM New York time."
    )

    found = plan(night.job(), [night.sheet(early, later, last)])

    assert plan_headline(found).text == f"3 changes to send: 3 new. {told}"
    asked = []
    run(
        night.job(),
        [night.sheet(early, later, last)],
        confirm=lambda question: bool(asked.append(sentence(question, "the API"))) or True,
    )
    assert told in asked[0]
    night.now = at("2027-03-03 12:00")
    assert plan(night.job(), [night.sheet(*appointments(3, eventDateTime="2027-03-09 15:00"))]).waits is None


def test_what_a_person_settled_is_not_superseded(night: Desk) -> None:
    """A create that was resolved as not sent stays so, also where a later full export does not name the visit."""
    night.profile = Profile(name="clinic", window=WINDOW, snapshot="today..+60d", cancel_missing=True)
    night.now = at("2027-03-02 12:00")
    night.sandbox.set_faults(Rule("reset_after", times=1), Rule("status_before", status=401))
    rows = appointments(3)
    first = night.run(*rows, max_attempts=1, concurrency=1)
    night.sandbox.set_faults()
    assert statuses(first) == ["unknown", "not_sent", "not_sent"]
    resolve(night.job(), first.run.id, [2], sent=False)
    night.now += 600
    night.run(rows[1])

    assert codes(resume(night.job(), first.run.id)) == ["resolved_as_not_sent", "superseded", "superseded"]
