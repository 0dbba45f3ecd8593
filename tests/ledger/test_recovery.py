"""After a kill: what was on its way is in doubt, the rest goes on, and nothing is done twice."""

from __future__ import annotations

from typing import Any

import pytest

from importer.ledger import Run, open_ledger, recovery
from importer.model.issues import Issue
from importer.model.planned_calls import Intent, Settlement, doubted
from importer.model.statuses import Action, ReminderState, RunState, Status

NOW = 1_800_000_000.0
LATER = NOW + 10 * 86_400


def cut_off(clerk: Any, *rows: Any) -> tuple[Run, list[Any]]:
    """Plan the rows, mark their first calls as sending, and leave them so."""
    run = clerk.plan(*rows)
    calls = run.calls.ready(100)
    run.calls.record([Intent(call.row_id) for call in calls])
    return run, calls


def test_resume_repeats_a_create_with_the_same_bytes(clerk: Any, row: Any) -> None:
    """A create found sending waits to be repeated; its reminder is uncertain until the answer comes."""
    run, (call,) = cut_off(clerk, row(2, "1"))

    assert run.recovery.reopen(at=NOW) == 1

    (again,) = run.calls.ready(10)
    assert (again.body, again.repeated) == (call.body, True)
    assert clerk.ledger.find("1")[0].state is ReminderState.UNCERTAIN
    clerk.send(run)
    reminder = clerk.ledger.find("1")[0]
    assert (reminder.state, reminder.in_doubt) == (ReminderState.ACTIVE, None)


def test_a_new_run_repeats_a_create_in_doubt(clerk: Any, row: Any) -> None:
    """The same file again after a kill: the create is unknown in the old run and repeated, marked so, in the new one."""
    old, (call,) = cut_off(clerk, row(2, "1"))

    run = clerk.plan(row(2, "1"))

    assert old.report.totals() == {Status.UNKNOWN: 1}
    assert old.record().state is RunState.FINISHED
    (again,) = run.calls.ready(10)
    assert (again.action, again.body, again.repeated) == (Action.CREATE, call.body, True)


def test_a_new_run_sends_an_update_in_doubt_again(clerk: Any, row: Any) -> None:
    """An update found sending is sent again by the next run of the file, with the fields that were in doubt."""
    clerk.run(row(2, "1", firstName="Ana"))
    cut_off(clerk, row(2, "1", firstName="Bo"))

    clerk.sent.clear()
    clerk.run(row(2, "1", firstName="Bo"))

    assert clerk.bodies() == [("update", {"firstName": "Bo"})]
    assert clerk.ledger.find("1")[0].doubtful == frozenset()


def test_a_new_run_repeats_a_cancel_in_doubt(clerk: Any, row: Any) -> None:
    """A cancel found sending is repeated, marked so, because 404 then counts as done."""
    clerk.run(row(2, "1"))
    cut_off(clerk, row(2, "1", "cancel", only=True))

    run = clerk.plan(row(2, "1", "cancel", only=True))

    (again,) = run.calls.ready(10)
    assert (again.action, again.repeated) == (Action.CANCEL, True)


@pytest.mark.parametrize("way", ["resume", "run"])
def test_never_repeats_a_no_show(clerk: Any, row: Any, way: str) -> None:
    """A no-show found sending is unknown for good, and a later row for it is too, with the way to settle it."""
    clerk.run(row(2, "1", starts_at=int(NOW) + 60))
    clerk.ledger.find("1")
    started = row(3, "1", "no_show", only=True)
    run = clerk.plan(row(2, "9"))
    run.calls.leave(Issue("interrupted"), at=NOW)
    run.finish(0, "", NOW)
    sending = _plan_later(clerk, started)
    (call,) = sending.calls.ready(10)
    sending.calls.record([Intent(call.row_id)])

    if way == "resume":
        sending.recovery.reopen(at=NOW)
        assert sending.calls.ready(10) == []
    else:
        sending = _plan_later(clerk, started)
        assert sending.calls.pending() == {}

    (found,) = clerk.rows(sending)
    assert (found.status, found.problems[0]["code"]) == (Status.UNKNOWN, "no_show_in_doubt")
    assert "importer resolve" in found.problems[0]["fix"]


def _plan_later(clerk: Any, *rows: Any) -> str:
    from importer.planning.lanes import plan_lane

    clerk.ledger.close_interrupted(at=LATER)
    run: str = clerk.stage(*rows)
    for lane in run.plan.lanes():
        run.plan.record(plan_lane(lane.known, lane.rows, now=LATER), at=LATER)
    run.plan.commit()
    return run


def test_resume_goes_on_where_the_lane_stopped(clerk: Any, row: Any) -> None:
    """After a kill between two calls of one appointment, resume sends the second only."""
    run = clerk.plan(row(2, "1"), row(3, "1", "update", only=True, firstName="Bo"))
    (create,) = run.calls.ready(10)
    run.calls.record([Intent(create.row_id)])
    run.calls.record(settlements=[clerk.settle(create)])

    run.recovery.reopen(at=NOW)
    clerk.send(run)

    assert [(call.action, call.uuid) for call in clerk.sent] == [(Action.UPDATE, "uuid-1")]


def test_a_run_killed_while_planning_sends_nothing(clerk: Any, row: Any) -> None:
    """Rows of a run whose plan was not whole end not_sent, and say so."""
    run = clerk.stage(row(2, "1"), row(3, "2"))

    run.recovery.reopen(at=NOW)

    assert run.report.totals() == {Status.NOT_SENT: 2}
    assert {found.code for found in clerk.rows()} == {"plan_interrupted"}


def test_a_stopped_run_can_be_resumed(clerk: Any, row: Any) -> None:
    """Rows that a stop left unsent are opened again and sent, with their reason taken away."""
    run = clerk.plan(row(2, "1"), row(3, "1", "cancel", only=True), row(4, "2"))
    run.calls.leave(Issue("interrupted"), at=NOW)
    run.finish(130, "interrupted", NOW)
    assert run.report.totals() == {Status.NOT_SENT: 3}

    assert run.recovery.reopen(at=NOW) == 3

    clerk.send(run)
    assert run.report.totals() == {Status.CREATED: 2, Status.CANCELLED: 1}
    assert all(found.problems == () for found in clerk.rows(run))


def test_leaving_keeps_what_may_have_been_processed_as_unknown(clerk: Any, row: Any) -> None:
    """A call that waits for a repeat when the run stops is unknown, its reminder in doubt; resume repeats it."""
    run, (call,) = cut_off(clerk, row(2, "1"))
    run.calls.record(settlements=[Settlement(call.row_id, None, NOW, (), repeated=True)])
    run.calls.leave(Issue("interrupted"), at=NOW)
    run.finish(5, "outage", NOW)

    assert run.report.totals() == {Status.UNKNOWN: 1}
    assert clerk.ledger.find("1")[0].in_doubt is Action.CREATE
    run.recovery.reopen(at=NOW)
    (again,) = run.calls.ready(10)
    assert (again.repeated, again.body) == (True, call.body)


def test_resume_does_not_send_what_a_later_run_has(clerk: Any, row: Any) -> None:
    """A row whose appointment stands in a later run is superseded: older data never overtakes newer."""
    old = clerk.plan(row(2, "1", firstName="Ana"), row(3, "2"))
    old.calls.leave(Issue("interrupted"), at=NOW)
    old.finish(130, "interrupted", NOW)
    clerk.run(row(2, "1", firstName="Bo"))

    assert old.recovery.reopen(at=NOW) == 1

    assert [call.key.external_event_id for call in old.calls.ready(10)] == ["2"]
    assert [found.code for found in clerk.rows(old)] == ["superseded", ""]


def test_resume_does_not_send_what_waits_for_an_unknown_create(clerk: Any, row: Any) -> None:
    """Behind a create that ended unknown there is no uuid; resume leaves such rows with a sentence."""
    run = clerk.plan(row(2, "1"), row(3, "1", "cancel", only=True))
    (create,) = run.calls.ready(10)
    run.calls.record([Intent(create.row_id)])
    run.calls.record(settlements=[Settlement(create.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(create))])
    run.finish(8, "", NOW)

    run.recovery.reopen(at=NOW)

    assert run.calls.ready(10) == []


def test_retry_stages_failed_rows_again(clerk: Any, row: Any) -> None:
    """A retry plans the failed rows anew, against what the ledger knows by now, under their old numbers and files."""
    old = clerk.plan(row(2, "1"), row(3, "2"))
    one, other = old.calls.ready(10)
    old.calls.record([Intent(one.row_id), Intent(other.row_id)])
    failed = Settlement(other.row_id, Status.FAILED, NOW, ())
    old.calls.record(settlements=[clerk.settle(one), failed])
    old.finish(4, "", NOW)

    again = clerk.ledger.begin("retry", at=NOW, parent=old.id)
    count = again.recovery.stage_again(old.id, [Status.FAILED, Status.NOT_SENT, Status.UNKNOWN])
    clerk.decide(again)
    clerk.send(again)

    assert count == 1
    assert again.report.totals() == {Status.CREATED: 1}
    (found,) = clerk.rows(again)
    assert (found.number, found.file.name, found.file.rows) == (3, "week.csv", 1)


def test_retry_of_many_rows_leaves_out_none_of_an_appointment(
    clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one appointment are staged again together, also where they are read in parts; the last one counts."""
    monkeypatch.setattr(recovery, "PART", 2)
    monkeypatch.setattr(recovery, "COMPARED_AT_ONCE", 2)
    others = [row(number, str(number)) for number in range(3, 8)]
    old = clerk.plan(row(2, "1", "create", firstName="Ana"), *others, row(8, "1", "update", firstName="Bo"))
    old.calls.leave(Issue("interrupted"), at=NOW)
    old.finish(130, "", NOW)

    again = clerk.ledger.begin("retry", at=NOW, parent=old.id)
    count = again.recovery.stage_again(old.id, [Status.NOT_SENT])
    clerk.decide(again)
    clerk.send(again)

    assert count == 7
    assert clerk.ledger.find("1")[0].values["firstName"] == "Bo"


def test_retry_is_idempotent(clerk: Any, row: Any) -> None:
    """A second retry of the same run stages nothing: the first one has its rows."""
    old = clerk.plan(row(2, "1"))
    old.calls.leave(Issue("interrupted"), at=NOW)
    old.finish(130, "", NOW)
    for expected in (1, 0):
        again = clerk.ledger.begin("retry", at=NOW, parent=old.id)
        assert again.recovery.stage_again(old.id, [Status.NOT_SENT]) == expected
        clerk.decide(again)
        clerk.send(again)
        again.finish(0, "", NOW)


def test_order_does_not_depend_on_the_clock(clerk: Any, row: Any) -> None:
    """With the clock set back a day between runs, the latest run is the last one begun, and nothing is repeated."""
    clerk.run(row(2, "1"))
    clerk.sent.clear()
    earlier = clerk.ledger.begin("run", at=NOW - 86_400)

    assert clerk.ledger.run().id == earlier.id
    file_id = earlier.files.add(clerk.ledger.run(clerk.ledger.runs()[1].id).files.all()[0])
    earlier.rows.stage(file_id, [row(2, "1")])
    clerk.decide(earlier)
    clerk.send(earlier)
    assert clerk.sent == []


def test_a_ledger_left_without_closing_is_whole(place: Any, row: Any, clerk_of: Any) -> None:
    """What ``record`` returned from is there when the ledger is opened again."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger)
        run, calls = cut_off(clerk, row(2, "1"), row(3, "2"))
        run.calls.record(settlements=[clerk.settle(calls[0])])

    with open_ledger(str(place)) as ledger:
        run = ledger.run(run.id)
        assert run.recovery.recover(at=NOW) == 1
        assert run.report.totals() == {Status.CREATED: 1}
        assert ledger.verify().faults == ()
