"""What holds for all lanes: one verdict a row, nothing left to do once all was done, and no thought for easy rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import event, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.model.planned_calls import Call, Candidate, Known, Verdict
from importer.model.records import Key, Reminder
from importer.model.statuses import DONE, Action, ReminderState, Status
from importer.planning.lanes import plan_lane
from importer.planning.transitions import easy, moved

NOW = 1_800_000_000.0
KEY = Key("+14155550100", "1")
BASE: dict[str, Any] = {
    "externalEventId": "1",
    "phone": "4155550100",
    "eventType": {"uuid": "type-1"},
    "remindTimeOffset": "PT3H",
    "eventDateTime": "2027-01-16T08:00:00",
    "subscriberTimeZone": "America/New_York",
}
CHOICES: dict[str, list[Any]] = {
    "firstName": ["Ana", "Bo"],
    "eventDateTime": ["2027-01-16T08:00:00", "2027-01-16T09:00:00"],
    "subscriberTimeZone": ["America/New_York", "America/Chicago"],
    "metadata": [{"place": "A"}, {"place": "B"}, {"doctor": "Lee"}],
}

some_values = st.fixed_dictionaries({}, optional={name: st.sampled_from(found) for name, found in CHOICES.items()})
defaults = st.sets(st.sampled_from(["remindTimeOffset", "subscriberTimeZone", "metadata.place"])).map(frozenset)


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    action = draw(st.sampled_from(list(Action)))
    values = draw(some_values)
    if action in {Action.CREATE, Action.UPSERT}:
        values = BASE | values
    if action in {Action.CANCEL, Action.NO_SHOW, Action.NONE}:
        values = {}
    invalid = draw(st.integers(0, 9)) == 0
    return Candidate(
        row_id=0,
        number=0,
        file="a.csv",
        action=action,
        phone=KEY.phone,
        external_event_id=KEY.external_event_id,
        uuid=None,
        payload=orjson.dumps(values),
        defaulted=draw(defaults),
        starts_at=int(NOW) + 60 if "eventDateTime" in values else None,
        invalid=invalid,
        conditional=draw(st.integers(0, 9)) == 0,
        fingerprint=b"",
        off=invalid and (action in {Action.CANCEL, Action.NO_SHOW} or draw(st.booleans())),
    )


def numbered(rows: list[Candidate]) -> list[Candidate]:
    return [row._replace(row_id=number, number=number) for number, row in enumerate(rows, start=2)]


@st.composite
def remembered(draw: st.DrawFn) -> Reminder | None:
    if draw(st.booleans()):
        return None
    state = draw(st.sampled_from(list(ReminderState)))
    uncertain = state is ReminderState.UNCERTAIN
    doubts = st.sampled_from([None, None, Action.UPDATE, Action.CANCEL, Action.NO_SHOW])
    in_doubt = Action.CREATE if uncertain else draw(doubts) if state is ReminderState.ACTIVE else None
    return Reminder(
        key=KEY,
        uuid=None if uncertain else "held-uuid",
        state=state,
        values=BASE | draw(some_values),
        starts_at=int(NOW) + draw(st.sampled_from([-60, 60])),
        in_doubt=in_doubt,
        doubtful=frozenset({"firstName"}) if in_doubt is Action.UPDATE else frozenset(),
    )


def applied(reminder: Reminder | None, verdicts: list[Verdict]) -> Reminder | None:
    """Return the reminder once the API accepted every call; the ledger's tests hold the real one to the same."""
    for verdict in verdicts:
        if verdict.call is not None:
            reminder = _after(reminder, verdict.call)
    return reminder


def _after(reminder: Reminder | None, call: Call) -> Reminder:
    body = orjson.loads(call.body or b"{}")
    states = {Action.CANCEL: ReminderState.CANCELLED, Action.NO_SHOW: ReminderState.NO_SHOW_SENT}
    held = {} if reminder is None or call.action is Action.CREATE else dict(reminder.values)
    doubtful = (reminder.doubtful if reminder else frozenset()) - body.keys()
    starts_at = call.starts_at if call.starts_at is not None else reminder.starts_at if reminder else None
    return Reminder(
        key=KEY,
        uuid="held-uuid",
        state=states.get(call.action, ReminderState.ACTIVE),
        values=held | body,
        starts_at=starts_at,
        in_doubt=Action.UPDATE if doubtful and call.action is Action.UPDATE else None,
        doubtful=doubtful if call.action is Action.UPDATE else frozenset(),
    )


@given(remembered(), st.lists(candidates(), min_size=1, max_size=6).map(numbered))
@settings(max_examples=longer(80, 2_000), deadline=None)
def test_every_row_has_one_verdict(reminder: Reminder | None, rows: list[Candidate]) -> None:
    """A lane's verdicts come one a row, in order, each either a call or a final status."""
    verdicts = plan_lane(reminder, rows, now=NOW)

    assert [verdict.row_id for verdict in verdicts] == [row.row_id for row in rows]
    assert all((verdict.call is None) != (verdict.status is None) for verdict in verdicts)


@given(remembered(), st.lists(candidates(), min_size=1, max_size=6).map(numbered))
@settings(max_examples=longer(80, 2_000), deadline=None)
def test_nothing_is_sent_for_rows_that_were_done(reminder: Reminder | None, rows: list[Candidate]) -> None:
    """Once every call of a lane was accepted and every row is done, planning the same rows gives no call."""
    first = plan_lane(reminder, rows, now=NOW)
    if not all(verdict.call or verdict.status in DONE for verdict in first):
        return

    again = plan_lane(applied(reminder, first), rows, now=NOW)

    assert [verdict.status for verdict in again if verdict.status not in DONE] == []


@given(remembered(), st.lists(candidates(), min_size=1, max_size=6).map(numbered))
@settings(max_examples=longer(80, 2_000), deadline=None)
def test_calls_of_a_lane_are_lawful(reminder: Reminder | None, rows: list[Candidate]) -> None:
    """No call follows a cancel or a no-show, at most one call creates, and no call holds what the API cannot change."""
    calls = [verdict.call for verdict in plan_lane(reminder, rows, now=NOW) if verdict.call]

    actions = [call.action for call in calls]
    assert not {Action.CANCEL, Action.NO_SHOW}.intersection(actions[:-1])
    assert actions.count(Action.CREATE) <= (reminder is None or reminder.uuid is None)
    for call in calls:
        body = orjson.loads(call.body or b"{}")
        if call.action is Action.UPDATE:
            assert not {"sendEligibleSubscribersOnly", "phone", "externalEventId", "eventType"} & body.keys()
            assert body


@given(remembered(), st.lists(candidates(), min_size=2, max_size=6).map(numbered))
@settings(max_examples=longer(200, 5_000), deadline=None)
def test_the_last_word_is_not_lost(reminder: Reminder | None, rows: list[Candidate]) -> None:
    """Beside a row that says that the visit is off, or where it is booked again below its end, no booking is sent nor called done."""
    verdicts = plan_lane(reminder, rows, now=NOW)

    books, ends = {Action.CREATE, Action.UPSERT}, {Action.CANCEL, Action.NO_SHOW}
    placed = [(place, row.action) for place, row in enumerate(rows) if not row.invalid]
    booked = [place for place, action in placed if action in books]
    between = [place for place, action in placed if action in ends and booked and booked[0] < place < booked[-1]]
    is_off = any(row.off for row in rows)
    event("off" if is_off else "ended between" if between else "neither")
    if is_off or between:
        assert all(verdict.call is None or verdict.call.action in ends for verdict in verdicts)
        assert not any(verdicts[place].status in DONE for place in booked)
    if between:
        assert not any(verdict.call for verdict in verdicts[: booked[-1]])


@given(remembered(), candidates(), st.booleans())
@settings(max_examples=longer(120, 3_000), deadline=None)
def test_easy_rows_have_the_verdict_of_planning(reminder: Reminder | None, row: Candidate, repeats: bool) -> None:
    """The quick verdict on a row that is alone is the one that thought would give."""
    if reminder is not None and repeats and row.action in {Action.CREATE, Action.UPSERT, Action.UPDATE}:
        # The reminder was last told exactly this row.
        told = plan_lane(reminder, [row], now=NOW)
        if told[0].call is None:
            return
        reminder = applied(reminder, told)
    known = None
    if reminder is not None:
        known = Known(b"same" if repeats else b"other", reminder.state.value, reminder.in_doubt)
    quick = easy(str(row.action), known, fingerprint=b"same", conditional=row.conditional, uuid=row.uuid)

    (verdict,) = plan_lane(reminder, [row], now=NOW)

    if quick is Status.CREATED and not row.invalid:
        assert verdict.call is not None
        assert (verdict.call.action, verdict.call.body, verdict.call.repeated) == (Action.CREATE, row.payload, False)
    if quick is Status.UNCHANGED and not row.invalid and repeats and reminder is not None:
        assert verdict.status is Status.UNCHANGED


@given(remembered(), candidates(), st.booleans())
@settings(max_examples=longer(200, 5_000), deadline=None)
def test_plain_updates_are_those_of_planning(reminder: Reminder | None, row: Candidate, plain: bool) -> None:
    """The update of a row that is alone, found without thought as it is staged, is the one that thought would find."""
    if plain and reminder is not None:
        reminder = replace(reminder, state=ReminderState.ACTIVE, in_doubt=None, doubtful=frozenset(), doubted={})
        row = row._replace(uuid=None, conditional=False)
    quick = moved(reminder, row, now=NOW) if reminder is not None else None
    event("an update" if quick else "wants thought")

    assert quick is None or [quick] == plan_lane(reminder, [row], now=NOW)
