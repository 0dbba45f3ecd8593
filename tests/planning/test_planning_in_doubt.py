"""Rows that were sent, or may have been, are not told anew: no appointment goes back to what a later row has overtaken."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.ledger.known_reminders import NOTHING, effect, reminder_of
from importer.model.planned_calls import Call, Candidate, Outcome, ReminderChange, lane_of_key, value_mark
from importer.model.records import Key, Reminder
from importer.model.statuses import Action, ReminderState, Status
from importer.planning.lanes import plan_lane

NOW = 1_800_000_000.0
START = int(NOW) + 86_400
KEY = Key("+14155550100", "1")
BASE: dict[str, Any] = {
    "externalEventId": "1",
    "phone": "4155550100",
    "eventType": {"uuid": "type-1"},
    "eventDateTime": "2027-01-16T08:00:00",
    "subscriberTimeZone": "America/New_York",
}


def row(number: int, action: str, values: dict[str, Any] | None = None) -> Candidate:
    return Candidate(
        row_id=number,
        number=number,
        file="a.csv",
        action=Action(action),
        phone=KEY.phone,
        external_event_id=KEY.external_event_id,
        uuid=None,
        payload=orjson.dumps(values or {}),
        defaulted=frozenset(),
        starts_at=START if values and "eventDateTime" in values else None,
        invalid=False,
        conditional=False,
        fingerprint=b"",
    )


def at(hour: int) -> dict[str, Any]:
    return {"eventDateTime": f"2027-01-16T{hour:02}:00:00"}


def whole(hour: int) -> dict[str, Any]:
    return at(hour) | {"subscriberTimeZone": "America/New_York"}


MOVED_TWICE = (row(2, "create", BASE), row(3, "update", at(9)), row(4, "update", at(10)))
RENAMED_AND_MOVED = (row(2, "create", BASE), row(3, "update", {"firstName": "Bo"} | at(9)), row(4, "update", at(10)))


def held(hour: int, *doubted: int, marked: bool = True, **values: Any) -> Reminder:
    """Return a reminder that starts at this hour, unless an update in doubt moved it to one of the others."""
    doubts = {
        "eventDateTime": frozenset(value_mark(at(one)["eventDateTime"]) for one in doubted),
        "subscriberTimeZone": frozenset({value_mark("America/New_York")}),
    }
    return Reminder(
        key=KEY,
        uuid="held-uuid",
        state=ReminderState.ACTIVE,
        values=BASE | whole(hour) | values,
        starts_at=START,
        in_doubt=Action.UPDATE,
        doubtful=frozenset(doubts),
        doubted=doubts if marked else {},
    )


def told(reminder: Reminder, rows: tuple[Candidate, ...]) -> list[Any]:
    """Return for each row the body of its update, or its status."""
    return [
        orjson.loads(verdict.call.body) if verdict.call and verdict.call.body else verdict.status
        for verdict in plan_lane(reminder, rows, now=NOW)
    ]


SAME = Status.UNCHANGED


@pytest.mark.parametrize(
    ("reminder", "rows", "verdicts"),
    [
        pytest.param(held(9, 10), MOVED_TWICE, [SAME, SAME, whole(10)], id="last-in-doubt"),
        pytest.param(held(8, 9), MOVED_TWICE, [SAME, whole(9), whole(10)], id="first-in-doubt-last-never-sent"),
        pytest.param(held(8, 9, 10), MOVED_TWICE, [SAME, SAME, whole(10)], id="both-in-doubt"),
        pytest.param(held(9, 10, marked=False), MOVED_TWICE, [SAME, SAME, whole(10)], id="doubt-of-an-older-ledger"),
        pytest.param(held(8, 8), MOVED_TWICE, [whole(8), whole(9), whole(10)], id="older-record-found-by-the-create"),
        pytest.param(held(9, 11), MOVED_TWICE, [SAME, whole(9), whole(10)], id="doubt-of-another-sheet"),
        pytest.param(held(7, 11), MOVED_TWICE, [whole(8), whole(9), whole(10)], id="nothing-of-it-was-sent"),
        pytest.param(
            held(8, 9, 10, firstName="Bo"), RENAMED_AND_MOVED, [SAME, SAME, whole(10)], id="one-field-of-it-known"
        ),
        pytest.param(
            held(9, 10), (*MOVED_TWICE, row(5, "cancel")), [SAME, SAME, whole(10), None], id="a-cancel-follows"
        ),
        pytest.param(
            held(8, 9),
            (row(2, "create", BASE), row(3, "update", at(9)), row(4, "update", at(8))),
            [SAME, SAME, whole(8)],
            id="there-and-back",
        ),
    ],
)
def test_tells_no_older_value_again(reminder: Reminder, rows: tuple[Candidate, ...], verdicts: list[Any]) -> None:
    """Of the rows that may have been sent, the last one that tells a field in doubt tells it again; later rows follow."""
    assert told(reminder, rows) == verdicts


def test_field_that_no_later_row_tells_is_told_by_its_own() -> None:
    """Two updates in doubt that tell different fields are both sent again, each without what the other overtook."""
    doubts = {"firstName": frozenset({value_mark("Bo")}), **held(8, 9, 10).doubted}
    reminder = Reminder(
        key=KEY, uuid="held-uuid", state=ReminderState.ACTIVE, values=BASE | {"firstName": "Ana"}, starts_at=START,
        in_doubt=Action.UPDATE, doubtful=frozenset(doubts), doubted=doubts,
    )  # fmt: skip
    create, both, moved = RENAMED_AND_MOVED

    verdicts = told(reminder, (create._replace(payload=orjson.dumps(BASE | {"firstName": "Ana"})), both, moved))

    assert verdicts == [SAME, {"firstName": "Bo"}, whole(10)]


FIELDS = ("firstName", "lastName", "emailAddress")


@st.composite
def sheets(draw: st.DrawFn) -> list[Candidate]:
    """Return a row that books an appointment and rows that change it, no two with the same value of a field."""
    rows = [row(2, draw(st.sampled_from(["create", "upsert"])), BASE | {name: f"{name} 2" for name in FIELDS})]
    for number in range(3, 3 + draw(st.integers(1, 4))):
        names = draw(st.sets(st.sampled_from([*FIELDS, "eventDateTime", "metadata"]), min_size=1))
        values = {name: f"{name} {number}" for name in names.intersection(FIELDS)}
        values |= at(6 + number) if "eventDateTime" in names else {}
        rows.append(row(number, "update", values | ({"metadata": {"n": str(number)}} if "metadata" in names else {})))
    return rows


@dataclass
class Api:
    """What the API holds, and what the ledger remembers of it; ``went_back``: fields that took an older value."""

    values: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] | None = None
    tellers: dict[str, int] = field(default_factory=dict)
    went_back: list[str] = field(default_factory=list)
    sent: set[int] = field(default_factory=set)

    @property
    def reminder(self) -> Reminder | None:
        return None if self.columns is None else reminder_of(SimpleNamespace(number=0, **self.columns))

    def take(self, call: Call, number: int, *, outcome: Outcome, processed: bool, rows: list[Candidate]) -> None:
        self.sent.add(number)
        if processed:
            self._hold(orjson.loads(call.body or b"{}"), rows)
        change = ReminderChange(
            outcome=outcome, action=call.action, lane=b"", key=KEY, uuid="u", body=call.body, starts_at=call.starts_at,
            fingerprint=b"",
        )  # fmt: skip
        before = self.columns or {
            **NOTHING, "phone": KEY.phone, "external_event_id": "1", "key_hash": lane_of_key(KEY), "uuid": "u", "run": "",
            "updated_at": 0.0,
        }  # fmt: skip
        self.columns = {**before, **effect(before, change)}

    def _hold(self, body: dict[str, Any], rows: list[Candidate]) -> None:
        for name, value in body.items():
            tellers = [one.number for one in rows if orjson.loads(one.payload).get(name) == value]
            if tellers and tellers[-1] < self.tellers.get(name, 0):
                self.went_back.append(name)
            if tellers:
                self.tellers[name] = tellers[-1]
        self.values |= body


@given(sheets(), st.lists(st.lists(st.sampled_from(["ok", "done?", "lost?", "stop"]), max_size=5), max_size=3))
@settings(max_examples=longer(120, 4_000), deadline=None)
def test_a_sheet_run_again_and_again_never_goes_back(rows: list[Candidate], runs: list[list[str]]) -> None:
    """However often a sheet is cut off, no field takes an older value, no row is left out, and all end as the sheet says."""
    api = Api()
    for ends in [*runs, ["ok"] * len(rows)]:
        fate = iter(ends)
        for verdict in plan_lane(api.reminder, rows, now=NOW):
            how = next(fate, "stop") if verdict.call else "ok"
            # A create in doubt is planned by the table of transitions.
            if how == "stop" or (how != "ok" and verdict.call and verdict.call.action is Action.CREATE):
                break
            if verdict.call:
                outcome = Outcome.ACCEPTED if how == "ok" else Outcome.DOUBTED
                api.take(verdict.call, verdict.row_id, outcome=outcome, processed=how != "lost?", rows=rows)
    wanted: dict[str, Any] = {}
    for one in rows:
        wanted |= orjson.loads(one.payload)

    assert api.went_back == []
    assert api.sent == {one.number for one in rows}
    assert {name: api.values[name] for name in wanted} == wanted
    assert api.reminder is not None
    assert api.reminder.in_doubt is None
