"""Rows become calls, calls become outcomes, outcomes become reminders."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from importer.errors import LedgerError
from importer.ledger.call_queue import Which
from importer.model.issues import Issue
from importer.model.planned_calls import Intent, NextCall, Settlement, accepted, doubted, found_older, settled
from importer.model.records import Key
from importer.model.statuses import Action, ReminderState, RowState, Status

NOW = 1_800_000_000.0
PHONE = "+14155550100"


def test_remembers_what_the_api_accepted(clerk: Any, row: Any) -> None:
    """A create that was answered is a reminder with the uuid and the values that were sent."""
    clerk.run(row(2, "1", firstName="Ana"))

    reminder = clerk.ledger.reminders([Key(PHONE, "1")])[Key(PHONE, "1")]
    assert reminder.uuid == "uuid-1"
    assert reminder.state is ReminderState.ACTIVE
    assert reminder.values["firstName"] == "Ana"
    assert (reminder.run, reminder.row) == (clerk.ledger.run().id, 2)


def test_sends_nothing_for_the_same_file_again(clerk: Any, row: Any) -> None:
    """Rows that were done cost no call, also in another order and with other row numbers."""
    clerk.run(row(2, "1"), row(3, "2"), row(4, "3"))
    clerk.sent.clear()

    totals = clerk.run(row(2, "3"), row(7, "1"), row(9, "2"))

    assert clerk.sent == []
    assert totals == {Status.UNCHANGED: 3}


def test_reports_the_uuid_of_unchanged_rows(clerk: Any, row: Any) -> None:
    """An unchanged row is reported with the uuid that the ledger knows."""
    clerk.run(row(2, "1"))
    clerk.run(row(2, "1"))

    assert [found.uuid for found in clerk.rows()] == ["uuid-1"]


def test_sends_only_what_changed(clerk: Any, row: Any) -> None:
    """An update holds the changed fields, time and zone together, and is merged into what is remembered."""
    clerk.run(row(2, "1", firstName="Ana", lastName="Roe"))
    clerk.sent.clear()

    clerk.run(row(2, "1", firstName="Ana", lastName="Doe", eventDateTime="2027-01-16T09:00:00"))

    update = {
        "lastName": "Doe",
        "eventDateTime": "2027-01-16T09:00:00",
        "subscriberTimeZone": "America/New_York",
    }
    assert clerk.bodies() == [("update", update)]
    reminder = clerk.ledger.find("1")[0]
    assert reminder.values["firstName"] == "Ana"
    assert reminder.values["eventDateTime"] == "2027-01-16T09:00:00"


def test_sends_one_appointments_calls_in_row_order(clerk: Any, row: Any) -> None:
    """Create, update and cancel of one appointment follow each other; the uuid comes from the create's answer."""
    run = clerk.plan(row(2, "1"), row(3, "1", "update", only=True, firstName="Bo"), row(4, "1", "cancel", only=True))

    assert [call.action for call in run.calls.ready(10)] == [Action.CREATE]
    clerk.send(run)

    assert [(call.action.value, call.uuid) for call in clerk.sent] == [
        ("create", None),
        ("update", "uuid-1"),
        ("cancel", "uuid-1"),
    ]


def test_pages_by_due_time_and_id(clerk: Any, row: Any) -> None:
    """Pages give every call that waits for nobody exactly once, soonest due first."""
    starts = [50, 20, 20, 90, 10]
    run = clerk.plan(*(row(2 + place, str(place), starts_at=int(NOW) + at) for place, at in enumerate(starts)))

    pages, last = [], None
    while page := run.calls.ready(2, last):
        pages += page
        last = page[-1]

    assert [call.due - int(NOW) for call in pages] == sorted(starts)
    assert len({call.row_id for call in pages}) == 5


def test_sends_nothing_before_the_plan_is_whole(clerk: Any, row: Any) -> None:
    """A staged run without a committed plan gives no calls."""
    run = clerk.stage(row(2, "1"))

    with pytest.raises(LedgerError):
        run.calls.ready(10)


@pytest.mark.parametrize("first", ["sending", "settled"])
def test_never_marks_a_call_twice(clerk: Any, row: Any, first: str) -> None:
    """A call on its way or settled is not marked again, and nothing else of the group is."""
    run = clerk.plan(row(2, "1"), row(3, "2"))
    one, other = run.calls.ready(10)
    run.calls.record([Intent(one.row_id)])
    if first == "settled":
        run.calls.record(settlements=[clerk.settle(one)])

    with pytest.raises(LedgerError):
        run.calls.record([Intent(other.row_id), Intent(one.row_id)])

    assert [found.state for found in clerk.rows()][1] is RowState.READY


def test_settles_only_what_was_marked(clerk: Any, row: Any) -> None:
    """An outcome of a call that was never marked is refused."""
    run = clerk.plan(row(2, "1"))
    (call,) = run.calls.ready(10)

    with pytest.raises(LedgerError):
        run.calls.record(settlements=[clerk.settle(call)])

    assert clerk.ledger.find("1") == []


def test_keeps_a_call_that_waits_for_another_attempt(clerk: Any, row: Any) -> None:
    """After an attempt in doubt the call waits, counted and marked as repeated, with the same bytes."""
    run = clerk.plan(row(2, "1"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    run.calls.record(
        settlements=[Settlement(call.row_id, None, NOW, (), http_status=500, code="http_500", repeated=True)]
    )

    (again,) = run.calls.ready(10)

    assert (again.repeated, again.attempts, again.body) == (True, 1, call.body)
    assert run.calls.pending() == {Action.CREATE: 1}


def test_turns_a_create_into_an_update_of_the_older_record(clerk: Any, row: Any) -> None:
    """A create answered with an older record becomes an update with its uuid; then nothing is in doubt."""
    run = clerk.plan(row(2, "1", firstName="Ana"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    body = {"firstName": "Ana", "remindTimeOffset": "PT3H", "eventDateTime": "2027-01-16T08:00:00"}
    body["subscriberTimeZone"] = "America/New_York"
    following = NextCall(Action.UPDATE, "old-uuid", orjson.dumps(body))
    change = found_older(call, "old-uuid")
    run.calls.record(settlements=[Settlement(call.row_id, None, NOW, (), reminder=change, next_call=following)])

    assert clerk.ledger.find("1")[0].in_doubt is Action.UPDATE
    (update,) = run.calls.ready(10)
    assert (update.action, update.uuid, update.body) == (Action.UPDATE, "old-uuid", following.body)
    clerk.send(run)
    assert clerk.ledger.find("1")[0].in_doubt is None
    assert run.report.totals() == {Status.UPDATED: 1}
    clerk.sent.clear()
    assert clerk.run(row(2, "1", firstName="Ana")) == {Status.UNCHANGED: 1}


def test_never_stores_the_uuid_of_another_appointment(clerk: Any, row: Any) -> None:
    """A create answered with a uuid that belongs to another appointment is unknown, and the uuid stays where it was."""
    clerk.run(row(2, "1"))
    run = clerk.plan(row(2, "1"), row(3, "2"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])

    changed = run.calls.record(settlements=[settled(call, at=NOW, attempts=(), uuid="uuid-1")])

    assert [one.status for one in changed] == [Status.UNKNOWN]
    assert run.report.totals() == {Status.UNCHANGED: 1, Status.UNKNOWN: 1}
    assert clerk.ledger.reminder_by_uuid("uuid-1").key == Key(PHONE, "1")
    assert clerk.ledger.find("2")[0].state is ReminderState.UNCERTAIN
    assert [found.code for found in clerk.rows()][1] == "uuid_of_another"


def test_never_stores_one_uuid_for_two_creates_of_a_group(clerk: Any, row: Any) -> None:
    """Two creates settled together with the same uuid do not both get it."""
    run = clerk.plan(row(2, "1"), row(3, "2"))
    calls = run.calls.ready(10)
    run.calls.record([Intent(call.row_id) for call in calls])

    run.calls.record(settlements=[settled(call, at=NOW, attempts=(), uuid="same") for call in calls])

    assert run.report.totals() == {Status.CREATED: 1, Status.UNKNOWN: 1}


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN, Status.NOT_SENT])
def test_blocks_what_waits_for_a_create_that_did_not_happen(clerk: Any, row: Any, status: Status) -> None:
    """The rows behind such a create are not sent, and say which row they waited for."""
    run = clerk.plan(row(2, "1"), row(3, "1", "update", only=True, firstName="Bo"), row(4, "1", "cancel", only=True))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    change = doubted(call) if status is Status.UNKNOWN else None

    run.calls.record(settlements=[Settlement(call.row_id, status, NOW, (), reminder=change)])

    rows = clerk.rows()
    assert [found.status for found in rows] == [status, Status.NOT_SENT, Status.NOT_SENT]
    assert [found.code for found in rows[1:]] == ["blocked_by_earlier_row"] * 2
    assert "Row 2 " in rows[2].problems[0]["message"]
    assert run.calls.successor(call.row_id) is None


def test_lets_a_cancel_go_after_a_failed_update(clerk: Any, row: Any) -> None:
    """What has its uuid does not depend on the call before it."""
    clerk.run(row(2, "1"))
    run = clerk.plan(row(2, "1", "update", only=True, firstName="Bo"), row(3, "1", "cancel", only=True))
    (update,) = run.calls.ready(10)
    run.calls.record([Intent(update.row_id)])
    run.calls.record(settlements=[Settlement(update.row_id, Status.FAILED, NOW, ())])

    following = run.calls.successor(update.row_id)

    assert (following.action, following.uuid) == (Action.CANCEL, "uuid-1")


def test_does_not_believe_a_value_whose_call_failed(clerk: Any, row: Any) -> None:
    """Of two updates in one file the first fails; its value is sent again the next day, though the second row held it."""
    clerk.run(row(2, "1"))
    moved = {"eventDateTime": "2027-01-16T09:00:00"}
    first = row(2, "1", "update", only=True, **moved)
    second = row(3, "1", "update", only=True, eventDateTime="2027-01-16T09:00:00", firstName="Bo")
    run = clerk.plan(first, second)
    (update,) = run.calls.ready(10)
    run.calls.record([Intent(update.row_id)])
    run.calls.record(settlements=[Settlement(update.row_id, Status.FAILED, NOW, ())])
    following = run.calls.successor(update.row_id)
    run.calls.record([Intent(following.row_id)])
    run.calls.record(settlements=[clerk.settle(following)])
    run.finish(4, "", NOW)

    clerk.run(second)

    assert clerk.bodies()[-1] == ("update", moved | {"subscriberTimeZone": "America/New_York"})


def test_sends_values_in_doubt_again_wherever_a_row_gives_them(clerk: Any, row: Any) -> None:
    """After an update in doubt its fields are sent again, even the old values; other fields are left alone."""
    clerk.run(row(2, "1", firstName="Ana", lastName="Roe"))
    run = clerk.plan(row(2, "1", firstName="Bo", lastName="Roe"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    run.calls.record(settlements=[Settlement(call.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(call))])
    run.finish(8, "", NOW)

    clerk.run(row(2, "1", firstName="Ana", lastName="Roe"))
    assert clerk.bodies()[-1] == ("update", {"firstName": "Ana"})

    clerk.sent.clear()
    assert clerk.run(row(2, "1", firstName="Ana", lastName="Roe")) == {Status.UNCHANGED: 1}


def test_withholds_calls_with_their_reason(clerk: Any, row: Any) -> None:
    """Withheld calls are settled with the status and sentence given; the others stay open."""
    clerk.run(row(2, "1"))
    run = clerk.plan(row(2, "1", firstName="Bo"), row(3, "2"))

    count = run.calls.withhold(Status.NOT_SENT, Issue("interrupted"), at=NOW, which=Which(actions=[Action.CREATE]))

    assert count == 1
    assert run.calls.pending() == {Action.UPDATE: 1}
    assert [found.code for found in clerk.rows()] == ["", "interrupted"]


def test_learns_a_reminder_from_a_uuid_alone(clerk: Any, row: Any) -> None:
    """A uuid that the ledger does not know is used as it is and remembered; the key is learned when a row has both."""
    clerk.run(row(2, None, "update", phone=None, uuid="theirs", only=True, firstName="Bo"))
    assert [(call.uuid, call.body) for call in clerk.sent] == [("theirs", b'{"firstName":"Bo"}')]
    assert clerk.ledger.reminder_by_uuid("theirs").key is None

    clerk.run(row(2, "1", "update", uuid="theirs", only=True, firstName="Bo", lastName="Roe"))
    assert clerk.ledger.reminder_by_uuid("theirs").key == Key(PHONE, "1")

    clerk.run(row(2, "1", "cancel", only=True))
    assert [(call.action, call.uuid) for call in clerk.sent][-1] == (Action.CANCEL, "theirs")
    assert clerk.ledger.verify().faults == ()


def test_brings_rows_with_one_uuid_into_one_lane(clerk: Any, row: Any) -> None:
    """A row with uuid and key, and one with the uuid alone, are one appointment."""
    run = clerk.plan(
        row(2, "1", "update", uuid="theirs", only=True, firstName="Bo"),
        row(3, None, "cancel", phone=None, uuid="theirs", only=True),
    )

    assert [call.action for call in run.calls.ready(10)] == [Action.UPDATE]


def test_counts_attempts_before_they_are_made(clerk: Any, row: Any) -> None:
    """The mark counts the attempt, so that one cut off by a crash is counted too."""
    run = clerk.plan(row(2, "1"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])

    run.recovery.recover(at=NOW)

    (again,) = run.calls.ready(10)
    assert again.attempts == 1
    assert [one.code for one in again.history] == ["interrupted"]


def test_changes_of_one_lane_in_one_group_keep_their_order(clerk: Any, row: Any) -> None:
    """Two changes to one reminder in one transaction are written one after the other."""
    clerk.run(row(2, "1"))
    run = clerk.plan(row(2, "1", firstName="Bo"), row(3, "2"))
    one, two = run.calls.ready(10)
    run.calls.record([Intent(one.row_id), Intent(two.row_id)])
    update = next(call for call in (one, two) if call.action is Action.UPDATE)
    create = next(call for call in (one, two) if call.action is Action.CREATE)
    strange = Settlement(create.row_id, Status.UNKNOWN, NOW, (), reminder=accepted(update))

    run.calls.record(settlements=[clerk.settle(update), strange])

    assert clerk.ledger.find("1")[0].values["firstName"] == "Bo"
