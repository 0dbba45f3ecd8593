"""A person settles what the importer cannot know."""

from __future__ import annotations

from typing import Any

import pytest

from importer.errors import UsageError
from importer.model.planned_calls import Intent, Settlement, doubted
from importer.model.statuses import Action, ReminderState, Status

NOW = 1_800_000_000.0


def unknown(clerk: Any, row: Any) -> str:
    """Plan a row, send its call, and settle it as unknown."""
    run: str = clerk.plan(row)
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    run.calls.record(settlements=[Settlement(call.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(call))])
    run.finish(8, "", NOW)
    return run


@pytest.fixture
def known(clerk: Any, row: Any) -> Any:
    """Return a clerk whose ledger knows one appointment."""
    clerk.run(row(2, "1", starts_at=int(NOW) + 1, firstName="Ana"))
    return clerk


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("update", Status.UPDATED, ReminderState.ACTIVE),
        ("cancel", Status.CANCELLED, ReminderState.CANCELLED),
    ],
)
def test_sent_ends_the_doubt(known: Any, row: Any, action: str, status: Status, state: ReminderState) -> None:
    """An update or cancel that was sent after all is settled as done, and so is its reminder."""
    run = unknown(known, row(2, "1", action, only=True, **({"firstName": "Bo"} if action == "update" else {})))

    assert run.unknown.resolve(2, sent=True, at=NOW) is status

    reminder = known.ledger.find("1")[0]
    assert (reminder.state, reminder.in_doubt) == (state, None)
    assert run.report.totals() == {status: 1}
    assert reminder.values["firstName"] == ("Bo" if action == "update" else "Ana")


def test_a_create_that_was_sent_needs_its_uuid(clerk: Any, row: Any) -> None:
    """Without the uuid the reminder could never be reached; with it, it is known as any other."""
    run = unknown(clerk, row(2, "1"))

    with pytest.raises(UsageError, match="uuid"):
        run.unknown.resolve(2, sent=True, at=NOW)
    assert run.unknown.resolve(2, sent=True, uuid="found-uuid", at=NOW) is Status.CREATED

    assert clerk.ledger.find("1")[0].uuid == "found-uuid"
    assert clerk.run(row(2, "1")) == {Status.UNCHANGED: 1}


def test_a_create_that_was_not_sent_is_forgotten(clerk: Any, row: Any) -> None:
    """The next run creates it as if it had never been tried."""
    run = unknown(clerk, row(2, "1"))

    assert run.unknown.resolve(2, sent=False, at=NOW) is Status.NOT_SENT

    assert clerk.ledger.find("1") == []
    again = clerk.plan(row(2, "1"))
    (call,) = again.calls.ready(10)
    assert (call.action, call.repeated) == (Action.CREATE, False)


def test_a_cancel_that_was_not_sent_can_be_sent(known: Any, row: Any) -> None:
    """The doubt ends, the reminder is active, and the next cancel is a first one."""
    run = unknown(known, row(2, "1", "cancel", only=True))

    run.unknown.resolve(2, sent=False, at=NOW)

    again = known.plan(row(2, "1", "cancel", only=True))
    (call,) = again.calls.ready(10)
    assert (call.action, call.repeated) == (Action.CANCEL, False)


@pytest.mark.parametrize("sent", [True, False])
def test_saying_it_twice_changes_nothing(known: Any, row: Any, *, sent: bool) -> None:
    """The same answer again is accepted and changes nothing."""
    run = unknown(known, row(2, "1", "cancel", only=True))

    first = run.unknown.resolve(2, sent=sent, at=NOW)

    assert run.unknown.resolve(2, sent=sent, at=NOW + 1) is first
    assert [found.settled_at for found in known.rows(run)] == [NOW]


@pytest.mark.parametrize(
    ("number", "says"), [pytest.param(99, "no row 99", id="no-such-row"), pytest.param(2, "is known", id="not-unknown")]
)
def test_refuses_rows_that_are_not_unknown(known: Any, number: int, says: str) -> None:
    """Only an unknown row can be resolved."""
    run = known.ledger.run()

    with pytest.raises(UsageError, match=says):
        run.unknown.resolve(number, sent=True, at=NOW)


def test_a_resolved_row_is_not_sent_by_resume(clerk: Any, row: Any) -> None:
    """What a person settled as not sent stays so when the run is resumed."""
    run = unknown(clerk, row(2, "1"))
    run.unknown.resolve(2, sent=False, at=NOW)

    assert run.recovery.reopen(at=NOW) == 0


def test_a_foreign_uuid_is_refused(clerk: Any, row: Any) -> None:
    """A uuid that the ledger knows as another appointment's is not stored a second time."""
    clerk.run(row(2, "1"))
    run = unknown(clerk, row(2, "2"))

    with pytest.raises(UsageError, match="another appointment"):
        run.unknown.resolve(2, sent=True, uuid="uuid-1", at=NOW)

    assert clerk.ledger.reminder_by_uuid("uuid-1").key.external_event_id == "1"
