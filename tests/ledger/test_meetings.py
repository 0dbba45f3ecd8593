"""People with two appointments at one time, and appointments that move: what the ledger finds, and how it looks."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from importer.ledger import guard_queries
from importer.ledger.tables import rows
from importer.model.planned_calls import Intent, lane_of_uuid
from importer.model.records import Key
from importer.model.statuses import Status

SOON = 1_800_086_400
PHONE = "+14155550100"


def test_a_meeting_is_looked_up_by_phone_and_start(clerk: Any, row: Any) -> None:
    """However many reminders there are, each create costs one look into the index."""
    clerk.run(row(2, "1"))
    run = clerk.plan(row(2, "9"))

    with clerk.ledger._store.reading() as connection:
        query = guard_queries._meetings(run.seq)
        made = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        steps = [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}")]

    assert any("reminders_of_phone (phone=? AND starts_at=?)" in step for step in steps)
    assert not any(step.startswith("SCAN reminders") for step in steps)


def test_a_ledger_without_reminders_is_not_asked_row_by_row(
    clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first run pays nothing for what cannot be found."""
    monkeypatch.delattr(guard_queries, "_meetings")

    assert clerk.plan(row(2, "1"), row(3, "2")).guards.same_time() == {}


def test_one_that_is_in_doubt_counts(clerk: Any, row: Any) -> None:
    """A create whose outcome nobody knows may well stand there."""
    first = clerk.plan(row(2, "1"))
    (call,) = first.calls.ready(1)
    first.calls.record([Intent(call.row_id)])
    run = clerk.plan(row(4, "9"))

    (place,) = run.guards.same_time().values()
    assert (place.number, place.file, place.external_event_id, place.run) == (2, "week.csv", "1", first.id)


def test_only_rows_that_describe_count_as_known(clerk: Any, row: Any) -> None:
    """Unchanged and moved rows count, new ones and explicit updates do not."""
    clerk.run(*(row(number, str(number), phone=f"+1415555{number:04d}") for number in range(2, 8)))
    later = {"starts_at": SOON + 3_600, "eventDateTime": "2027-01-16T09:00:00"}
    run = clerk.plan(
        row(2, "2", phone="+14155550002"),
        row(3, "3", phone="+14155550003", firstName="Bo"),
        row(4, "4", phone="+14155550004", **later),
        row(5, "5", "create", phone="+14155550005", **later),
        row(6, "6", "update", phone="+14155550006", **later),
        row(7, "77", phone="+14155550777"),
    )

    assert run.guards.known_and_moved() == (4, 2)
    (first, second) = run.guards.moves()
    assert first == second
    assert (first.shift, first.before, first.after) == (
        3_600, ("2027-01-16T08:00:00", "America/New_York"), ("2027-01-16T09:00:00", "America/New_York"),
    )  # fmt: skip


def test_moves_come_page_by_page(clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No move is lost or told twice where a page ends."""
    numbers = range(2, 9)
    clerk.run(*(row(number, str(number)) for number in numbers))
    monkeypatch.setattr(guard_queries, "PAGE", 3)
    run = clerk.plan(*(row(n, str(n), starts_at=SOON + n, eventDateTime=f"2027-01-16T09:00:0{n}") for n in numbers))

    assert [move.shift for move in run.guards.moves()] == list(numbers)
    but = [file.id for file in run.files.all()]
    assert (run.guards.known_and_moved(but), list(run.guards.moves(but))) == ((0, 0), [])


@pytest.mark.parametrize("cut_off", [False, True], ids=["answered", "in doubt"])
def test_a_booking_in_a_strangers_lane_is_known_by_its_number(clerk: Any, row: Any, *, cut_off: bool) -> None:
    """A create that an earlier version planned in the lane of a uuid nobody knows is no stranger to the next sheet that gives its number."""
    run = clerk.plan(row(2, "1"))
    with clerk.ledger._store.writing() as connection:
        connection.execute(update(rows).values(lane=lane_of_uuid("of-nobody")))
    if cut_off:
        (call,) = run.calls.ready(1)
        run.calls.record([Intent(call.row_id)])
        clerk.ledger.close_interrupted(at=1_800_000_000.0)
    else:
        clerk.send(run)
        run.finish(0, "", 1_800_000_000.0)

    (known,) = clerk.ledger.all_reminders()
    assert known.key == Key(PHONE, "1")
    assert clerk.ledger.verify().faults == ()
    assert clerk.run(row(2, "1")) == {Status.CREATED if cut_off else Status.UNCHANGED: 1}


def test_a_booking_beside_a_strangers_uuid_waits_for_a_clear_sheet(clerk: Any, row: Any) -> None:
    """What is booked beside a uuid that nobody knows is not sent; the next sheet that gives its number alone books it once."""
    night = (
        row(2, "1"),
        row(3, "1", uuid="of-nobody"),
        row(4, None, "update", phone=None, uuid="of-nobody", only=True, firstName="Bo", starts_at=None),
    )

    assert clerk.run(*night) == {Status.INVALID: 3}
    assert clerk.run(row(2, "1")) == {Status.CREATED: 1}
    assert len(clerk.sent) == 1
