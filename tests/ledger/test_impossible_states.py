"""``ledger verify`` finds what the table of states never leads to, each planted by hand into a ledger that is whole."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import text

from importer.ledger.integrity import IMPOSSIBLE, WRONG_REMINDERS, wrong_reminder
from importer.ledger.known_reminders import NOTHING, doubts, effect, is_forgotten
from importer.model.planned_calls import Call, Intent, Outcome, ReminderChange, Settlement, doubted
from importer.model.statuses import Action, ReminderState, Status
from importer.planning.expected import Expected

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_800_000_000.0
FIRST = "id = (SELECT min(id) FROM rows WHERE status = 'created')"
DOUBT = "status = 'unknown'"

DRAFT_ROW = "({seq}, '{id}', 'plan', '', 0, 0, 1, 1, '', 0, '', '', '', '', '{run}')"
DRAFT = (
    'INSERT INTO drafts (seq, id, command, "by", made_at, touched_at, version, shown, profile, as_of, source, settings, plan,'
    f" fingerprint, run) VALUES {DRAFT_ROW}"
)

PLANTED = {
    "settled without a status": f"UPDATE rows SET status = NULL WHERE {FIRST}",
    "of a finished run is not settled": f"UPDATE rows SET state = 'waiting', status = NULL, due = 1 WHERE {FIRST}",
    "row without a verdict": f"UPDATE rows SET state = 'staged', status = NULL WHERE {FIRST}",
    "an open row has none": f"UPDATE rows SET due = 7 WHERE {FIRST}",
    "without an attempt": f"UPDATE rows SET state = 'sending', status = NULL, due = 1, attempts = 0 WHERE {FIRST}",
    "on their way at once": "UPDATE rows SET state = 'sending', status = NULL, due = 1, attempts = 1, lane = x'00'",
    "created without a uuid": f"UPDATE rows SET uuid = NULL WHERE {FIRST}",
    "sent twice": "UPDATE rows SET status = 'no_show_sent', attempts = 1, code = '', lane = x'00'",
    "file of another run": f"UPDATE rows SET file = (SELECT max(id) FROM files) WHERE {FIRST}",
    "open at once": "UPDATE runs SET state = 'open', exit_code = NULL",
    "or an open one has": "UPDATE runs SET exit_code = NULL WHERE seq = 1",
    "not whole was tried": "UPDATE runs SET planned = false",
    "waits for a row of another run": f"UPDATE rows SET after = (SELECT max(id) FROM rows) WHERE {FIRST}",
    "another call than its own": f"UPDATE rows SET planned = 'update' WHERE {FIRST}",
    "no uuid, although": "UPDATE reminders SET uuid = NULL WHERE state = 'active'",
    "although its uuid is known": "UPDATE reminders SET in_doubt = 'create' WHERE state = 'active'",
    "ended and is in doubt": "UPDATE reminders SET in_doubt = 'cancel' WHERE state = 'cancelled'",
    "names none": "UPDATE reminders SET in_doubt = 'update' WHERE state = 'active' AND doubtful = ''",
    "names values in doubt": "UPDATE reminders SET in_doubt = NULL WHERE in_doubt = 'update'",
    "another appointment's key": "UPDATE reminders SET phone = NULL, external_event_id = NULL",
    "or a number alone": "UPDATE reminders SET phone = NULL",
    "left no doubt": "UPDATE reminders SET in_doubt = NULL, doubtful = '' WHERE in_doubt = 'update'",
    "by a run that is not there": DRAFT.format(seq=1, id="d", run="gone"),
    "sent by one run": DRAFT.format(seq=1, id="d", run="r") + ", " + DRAFT_ROW.format(seq=2, id="e", run="r"),
    "another state": "UPDATE reminders SET state = 'no_show_sent' WHERE state = 'cancelled'",
}


@pytest.fixture
def lived(clerk: Any, row: Any) -> Any:
    """Return a clerk whose ledger holds an active, a cancelled and a doubtful appointment, in two finished runs."""
    clerk.run(row(2, "1"), row(3, "2"), row(4, "3"))
    clerk.run(row(2, "1", "cancel", only=True))
    run = clerk.plan(row(2, "2", firstName="Bo"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    run.calls.record(settlements=[Settlement(call.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(call))])
    run.finish(8, "", NOW)
    assert clerk.ledger.verify().faults == ()
    return clerk


@pytest.mark.parametrize(("says", "statement"), PLANTED.items(), ids=PLANTED)
def test_planted_states_are_found(lived: Any, says: str, statement: str) -> None:
    """Each state that no command leads to is told with its own sentence."""
    with lived.ledger._store.writing() as connection:
        assert connection.execute(text(statement)).rowcount

    assert any(says in fault for fault in lived.ledger.verify().faults)


def test_every_impossible_state_was_planted() -> None:
    """No rule is without its planted state."""
    rules = [*(said for said, _ in IMPOSSIBLE), *WRONG_REMINDERS]
    assert [said for said in rules if not any(says in said for says in PLANTED)] == []


STARTS = [
    {"state": "active", "in_doubt": in_doubt, "doubtful": doubtful, "uuid": "u"}
    for in_doubt, doubtful in [
        (None, ""), ("update", "firstName=ab"), ("update", "firstName=ab lastName"),
        ("update", "lastName"), ("cancel", ""), ("cancel", "firstName=ab"),
    ]
]  # fmt: skip


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("action", [Action.UPDATE, Action.CANCEL, Action.NO_SHOW])
def test_planning_expects_what_the_table_writes(start: dict[str, Any], action: Action) -> None:
    """What a plan counts on after a call is what the ledger holds once that call is accepted."""
    accepting = change(action, Outcome.ACCEPTED)
    written = {**NOTHING, **start} | effect({**NOTHING, **start}, accepting)
    before = Expected(
        ReminderState.ACTIVE,
        "u",
        in_doubt=Action(start["in_doubt"]) if start["in_doubt"] else None,
        doubtful=frozenset(doubts(start["doubtful"])),
    )

    after = before.after(Call(action, "u", accepting.body), 1, orjson.loads(accepting.body or b"{}"))

    assert (after.state, after.in_doubt) == (written["state"], written["in_doubt"])
    assert dict(after.values) == orjson.loads(written["accepted"])
    if action is Action.UPDATE:
        assert after.doubtful == set(doubts(written["doubtful"]))


def change(action: Action, outcome: Outcome) -> ReminderChange:
    body = orjson.dumps({"firstName": "Ana", "eventDateTime": "2027-01-16T08:00:00"})
    uuid = None if action is Action.CREATE and outcome in {Outcome.DOUBTED, Outcome.DENIED} else "u"
    sends = action in {Action.CREATE, Action.UPDATE}
    return ReminderChange(outcome, action, b"lane", None, uuid, body if sends else None, 7 if sends else None, b"")


EVENTS = [
    change(action, outcome)
    for action, outcome in itertools.product((Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW), Outcome)
    if outcome is not Outcome.OLDER or action is Action.CREATE
]


@pytest.mark.parametrize("first", range(len(EVENTS)))
def test_the_table_leads_to_no_impossible_state(first: int) -> None:
    """After any three events, of whatever age, a reminder is in a state that the table names, and an end is for good."""
    for second, third, overtaken in itertools.product(range(len(EVENTS)), range(len(EVENTS)), (False, True)):
        held: Mapping[str, Any] = NOTHING
        is_known = False
        for event in (EVENTS[first], EVENTS[second], EVENTS[third]):
            if event.outcome is Outcome.DENIED and not is_known:
                continue
            if is_known and event.action is Action.CREATE and held["state"] != ReminderState.UNCERTAIN:
                continue  # a create is sent only where there is no reminder, or its create is in doubt
            if is_forgotten(held, event):
                held, is_known = NOTHING, False
                continue
            before = held["state"] if is_known else None
            held = {**held, "uuid": event.uuid or held["uuid"], **effect(held, event, overtaken=overtaken)}
            is_known = True
            assert before in {None, held["state"]} or before not in {"cancelled", "no_show_sent"}
            assert wrong_reminder(held) == ""
