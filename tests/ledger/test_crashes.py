"""Whatever goes wrong and whenever the importer is killed: nothing twice, nothing lost, nothing reverted."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer
from sqlalchemy import text

from importer.errors import Interrupted
from importer.ledger import Ledger, Run, open_ledger
from importer.model.planned_calls import Intent, NextCall, PlannedCall, Settlement, doubted, found_older, settled
from importer.model.statuses import Action, ReminderState, Status
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NOW = 1_800_000_000.0

FATES = (
    "fine",
    "killed before the mark",
    "killed after the mark",
    "killed after the effect",
    "lost",
    "refused",
    "again",
)


class Killed(Exception):
    """The importer was killed here."""


class Api:
    """What the API does: it keeps reminders by phone and number, and counts what it did to whom."""

    def __init__(self) -> None:
        self.reminders: dict[str, dict[str, Any]] = {}
        self.cancelled: set[str] = set()
        self.effects: Counter[tuple[str, str]] = Counter()

    def answer(self, call: PlannedCall) -> tuple[int, str | None, dict[str, Any]]:
        if call.action is Action.CREATE:
            return self._create(orjson.loads(call.body or b""))
        uuid = str(call.uuid)
        if uuid not in self.reminders or (call.action is Action.CANCEL and uuid in self.cancelled):
            return 404, None, {}
        self.effects[call.action.value, uuid] += 1
        if call.action is Action.CANCEL:
            self.cancelled.add(uuid)
        if call.action is Action.UPDATE:
            self.reminders[uuid] |= orjson.loads(call.body or b"")
        return 200, uuid, self.reminders[uuid]

    def _create(self, body: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
        uuid = f"uuid-of-{body['externalEventId']}"
        if uuid not in self.reminders:
            self.effects["create", uuid] += 1
            self.reminders[uuid] = dict(body)
        return 200, uuid, self.reminders[uuid]


def outcome(api: Api, call: PlannedCall) -> Settlement:
    """Return the settlement that sending would make of the API's answer."""
    status, uuid, record = api.answer(call)
    sent = orjson.loads(call.body or b"{}")
    if status == 404 and call.repeated and call.action is Action.CANCEL:
        return settled(call, at=NOW, attempts=())
    if status != 200:
        return Settlement(call.row_id, Status.FAILED, NOW, (), http_status=status)
    if call.action is Action.CREATE and record != sent:
        body = orjson.dumps({name: value for name, value in sent.items() if FIELD[name].updatable})
        following = NextCall(Action.UPDATE, str(uuid), body)
        return Settlement(call.row_id, None, NOW, (), reminder=found_older(call, str(uuid)), next_call=following)
    return settled(call, at=NOW, attempts=(), uuid=uuid if call.action is Action.CREATE else None)


def attempt(api: Api, run: Run, call: PlannedCall, fate: str) -> Settlement:
    """Send one call with this fate; ``Killed`` if the importer did not live to settle it."""
    if fate == "killed before the mark":
        raise Killed
    run.calls.record([Intent(call.row_id)])
    if fate == "killed after the mark":
        raise Killed
    refused = Settlement(call.row_id, Status.FAILED, NOW, (), http_status=400)
    # Refused again after an unknown outcome, the first try may have been taken: nobody knows.
    fate = "lost" if fate == "refused" and call.repeated else fate
    one = refused if fate == "refused" else outcome(api, call)
    if fate == "killed after the effect":
        raise Killed
    if fate == "again" and call.action is not Action.NO_SHOW:
        one = Settlement(call.row_id, None, NOW, (), code="http_500", repeated=True)
    elif fate in {"lost", "again"}:
        one = Settlement(call.row_id, Status.UNKNOWN, NOW, (), code="no_clear_answer", reminder=doubted(call))
    run.calls.record(settlements=[one])
    return one


def send(api: Api, run: Run, fates: Iterator[str]) -> None:
    for first in run.calls.ready(100):
        call: PlannedCall | None = first
        while call is not None:
            one = attempt(api, run, call, next(fates, "fine"))
            if one.next_call is not None:
                following = one.next_call
                call = replace(call, action=following.action, uuid=following.uuid, body=following.body, repeated=False)
            elif one.status is None:
                call = replace(call, repeated=True)
            else:
                call = run.calls.successor(call.row_id) if call.followed else None


def run(clerk: Any, api: Api, rows: list[Any], fates: Iterator[str], *, resumes: bool) -> None:
    """
    Run the file once, or resume the last run; the importer may be killed on the way.

    A ledger keeps nothing in memory that counts, so a kill is to walk away; ``test_opening`` kills processes.
    """
    ledger = clerk.ledger
    latest = ledger.runs(1)
    if resumes and latest and latest[0].exit_code is None:
        run = ledger.run()
        run.recovery.reopen(at=NOW)
    else:
        run = clerk.plan(*rows)
    try:
        send(api, run, fates)
    except Killed:
        return
    run.finish(0, "", NOW)
    assert sum(run.report.totals().values()) == len(list(run.report.rows()))


@given(
    fates=st.lists(st.sampled_from(FATES), max_size=12),
    resumes=st.lists(st.booleans(), min_size=8, max_size=8),
)
@settings(max_examples=longer(15, 500), deadline=None)
def test_any_sequence_of_faults_and_kills_ends_well(
    fates: list[str], resumes: list[bool], row: Any, clerk_of: Any, empty_ledger: Path
) -> None:
    """Creates, updates, a cancel and a no-show reach the API once, in order, and the ledger knows what the API holds."""
    api = Api()
    started = {"starts_at": int(NOW) - 60}
    before = [row(2, "4", conditional=False, **started), row(3, "5")]
    night = [
        row(2, "1"),
        row(3, "2"),
        row(4, "2", "update", only=True, firstName="Bo"),
        row(5, "3"),
        row(6, "3", "update", only=True, eventDateTime="2027-01-16T09:00:00"),
        row(7, "3", "cancel", only=True),
        row(8, "4", "no_show", only=True),
        row(9, "5", firstName="Cy"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        place = shutil.copy(empty_ledger, folder)
        with open_ledger(place) as ledger:
            clerk = clerk_of(ledger)
            run(clerk, api, before, iter(()), resumes=False)
            left = iter(fates)
            for resume in resumes:
                run(clerk, api, night, left, resumes=resume)
            run(clerk, api, night, iter(()), resumes=False)

            _judge(ledger, api)


def _judge(ledger: Ledger, api: Api) -> None:
    assert {uuid: api.effects["create", uuid] for uuid in api.reminders} == {f"uuid-of-{n}": 1 for n in range(1, 6)}
    assert api.effects["no_show", "uuid-of-4"] <= 1
    assert api.effects["cancel", "uuid-of-3"] == 1
    assert api.cancelled == {"uuid-of-3"}
    assert api.reminders["uuid-of-2"]["firstName"] == "Bo"
    assert api.reminders["uuid-of-5"]["firstName"] == "Cy"
    assert ledger.run().calls.pending() == {}
    assert ledger.verify().faults == ()
    for reminder in ledger.find("+14155550100"):
        assert reminder.uuid is not None
        held = api.reminders[reminder.uuid]
        assert differing(reminder.values, held) <= reminder.doubtful
        assert reminder.in_doubt in {None, Action.NO_SHOW}
    missed = ledger.find("4")[0]
    assert missed.state is ReminderState.NO_SHOW_SENT or missed.in_doubt is Action.NO_SHOW


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_the_judge_notices_a_lost_update(row: Any, clerk: Any) -> None:
    """The check above can fail: what the API holds otherwise than the ledger is found."""
    api = Api()
    run(clerk, api, [row(2, "5")], iter(()), resumes=False)
    api.reminders["uuid-of-5"]["firstName"] = "Dee"

    assert differing(clerk.ledger.find("5")[0].values, api.reminders["uuid-of-5"]) == {"firstName"}


def test_ctrl_c_while_a_statement_is_prepared_is_heard_as_ctrl_c(clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a signal's handler raises inside the database library comes out as it is, and the ledger can be used after it."""
    store = clerk.ledger._store

    def stop(*_given: Any, **_named: Any) -> None:
        raise Interrupted("Interrupted; nothing was sent.")

    with store.writing() as connection:
        dialect = connection.dialect
    monkeypatch.setattr(dialect.execution_ctx_cls, "_init_statement", stop)
    with pytest.raises(Interrupted), store.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    monkeypatch.undo()

    with store.writing() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
