"""
The API in the same process: it does what the API does, remembers every effect, and fails as it is told.

``deliver`` stands in for the room that sends: one call after the other, by the same table and settlements.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
from order_sheets import VERSIONED

from importer.model.issues import Issue
from importer.model.planned_calls import Intent, Reply, Trouble
from importer.model.records import Attempt
from importer.model.statuses import Action
from importer.sending.decisions import Again, Stop, Tries, Weather, attempt_code, decide, weather_of
from importer.sending.dispatching import SendingResult
from importer.sending.outcomes import following, settlement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.commands.job import Job
    from importer.ledger import Run
    from importer.model.planned_calls import PlannedCall

START: Final = 1_804_000_000.0


class KilledError(BaseException):
    """The process is gone; past every ``except Exception``."""


@dataclass
class Kept:
    """What the API holds of one reminder, and the newest version of each value that it said yes to."""

    uuid: str
    key: tuple[str, str]
    values: dict[str, Any]
    cancelled: bool = False
    no_shows: int = 0
    accepted: dict[str, float] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    told: bool = False
    is_numbered: bool = False
    is_stranger: bool = False

    def took(self, values: Mapping[str, Any]) -> bool:
        """Tell whether an update with one of these values, each of which stands in one row alone, was done."""
        return any(name in body and body[name] == values.get(name) for body in self.updates for name in VERSIONED)


def version(name: str, value: Any) -> int:
    """Return the version that a value carries; each sheet's are newer than all before."""
    if name == "firstName":
        return int(value[1:])
    return int(datetime.fromisoformat(value).timestamp()) // 60 if name == "eventDateTime" else 0


@dataclass
class Ages:
    """
    How new a value is: as its version says, but for one that a person looked at again later, beside what is known by then.

    ``newest``: field -> age of the newest value written so far. ``renewed``: field and value -> its age since.
    """

    newest: dict[str, float] = field(default_factory=dict)
    renewed: dict[tuple[str, Any], float] = field(default_factory=dict)

    def of(self, name: str, value: Any) -> float:
        """Return the age of a value; the higher, the newer."""
        return self.renewed.get((name, value), version(name, value))

    def written(self, values: Iterable[tuple[str, str]]) -> None:
        """Hear of values in a new sheet."""
        for name, value in values:
            self.newest[name] = max(self.newest.get(name, 0), version(name, value))

    def looked_at(self, values: Iterable[tuple[str, str]]) -> None:
        """Hear that a person was shown these values, in this order, and what they replace: they are her newest word."""
        for name, value in values:
            self.newest[name] = self.newest.get(name, 0) + STEP
            self.renewed[name, value] = self.newest[name]


STEP: Final = 2.0**-12


@dataclass
class Api:
    """
    The API. ``script``: how the next calls go, one word each, then all go well. ``sins``: what must never happen.

    ``fine`` · ``lost`` done, no answer · ``silent`` not done, no answer · ``500`` or another status: not done, and it is
    the answer · ``other`` done, with somebody else's record as the answer · ``die`` the importer is killed before it is
    done · ``dies`` and after. ``allows_older``: a person let older values go. ``answered``: whose call it said yes to last.
    ``sent``: the action of each call that came in.
    """

    script: deque[str] = field(default_factory=deque)
    records: dict[str, Kept] = field(default_factory=dict)
    by_key: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: int = 0
    sins: list[str] = field(default_factory=list)
    now: float = START
    allows_older: bool = False
    answered: Kept | None = None
    ages: Ages = field(default_factory=Ages)
    sent: list[Action] = field(default_factory=list)

    def send(self, call: PlannedCall) -> Reply:
        """Take one call."""
        self.calls, self.answered = self.calls + 1, None
        self.sent.append(call.action)
        how = self.script.popleft() if self.script else "fine"
        if how == "die":
            raise KilledError
        if how.isdecimal():
            return Reply(status=int(how), answer={"message": "made to fail"})
        if how == "silent":
            return Reply(trouble=Trouble.READ_TIMEOUT)
        answer, record = self._do(call)
        if how == "dies":
            raise KilledError
        if how == "lost":
            return Reply(trouble=Trouble.READ_TIMEOUT)
        if how == "other" and answer is not None:
            return Reply(status=200, answer={**answer, "uuid": "somebody-elses", "externalEventId": "X", "phone": "9"})
        if answer is None or record is None:
            return Reply(status=404, answer={"message": "not found"})
        self._said_yes(call, record)
        return Reply(status=200, answer=answer)

    def _do(self, call: PlannedCall) -> tuple[dict[str, Any] | None, Kept | None]:
        body = orjson.loads(call.body or b"{}")
        if call.action is Action.CREATE:
            return self._create(body)
        record = self.records.get(call.uuid or "")
        if record is None:
            return None, None
        if call.action is Action.NO_SHOW:
            record.no_shows += 1
            if record.no_shows > 1:
                self.sins.append(f"no-show sent twice to {record.key}")
        elif call.action is Action.CANCEL:
            record.cancelled = True
        else:
            for name in body.keys() & record.accepted.keys():
                if self.ages.of(name, body[name]) < record.accepted[name] and not self.allows_older:
                    self.sins.append(f"stale {name} sent to {record.key}")
            record.values |= body
            record.updates.append(body)
        return {"uuid": record.uuid, **record.values}, record

    def _create(self, body: dict[str, Any]) -> tuple[dict[str, Any], Kept]:
        key = body["phone"], body["externalEventId"]
        if key in self.by_key:
            record = self.records[self.by_key[key]]
            if record.is_numbered:
                self.sins.append(f"created again: {key}")
        else:
            if datetime.fromisoformat(body["eventDateTime"]).replace(tzinfo=UTC).timestamp() <= self.now:
                self.sins.append(f"created in the past: {key}")
            record = Kept(f"u{len(self.records) + 1}", key, dict(body))
            self.records[record.uuid], self.by_key[key] = record, record.uuid
        return {"uuid": record.uuid, **record.values}, record

    def is_learnt(self, call: PlannedCall, uuid: str | None) -> None:
        """Hear that the ledger believed the answer: where it knew the uuid alone, it knows the number from now on."""
        record = self.records.get(uuid or call.uuid or "")
        if record is not None and call.key is not None:
            record.is_numbered |= (call.key.phone[2:], call.key.external_event_id) == record.key

    def is_recorded(self) -> None:
        """Hear that the last answer is durably written down; killed before, the importer has a call in doubt."""
        if self.answered is not None:
            self.answered.told = True

    def _said_yes(self, call: PlannedCall, record: Kept) -> None:
        self.answered = record
        values = orjson.loads(call.body or b"{}")
        for name in VERSIONED:
            if name in values and record.values.get(name) == values[name]:
                told = self.ages.of(name, values[name])
                record.accepted[name] = told if self.allows_older else max(record.accepted.get(name, 0), told)


def deliver(api: Api) -> Callable[[Job, Run], SendingResult]:
    """Return what stands in for the room that sends: one call after the other, by the same table and settlements."""

    def send(job: Job, run: Run) -> SendingResult:
        waiting = deque((call, Tries(most=2)) for call in run.calls.ready(1_000))
        attempts = 0
        while waiting:
            call, tries = waiting.popleft()
            if call.action is Action.NO_SHOW and call.repeated:
                api.sins.append("a no-show in doubt was about to be sent again")
            run.calls.record([Intent(call.row_id)])
            reply = api.send(call)
            attempts += 1
            decision = decide(call, reply, tries)
            if weather_of(call, reply, decision) is Weather.FINE and not 200 <= (reply.status or 0) < 300:
                api.sins.append("an outage counts as the API being well")
            history = (*call.history, Attempt(job.now(), 0.0, reply.status, attempt_code(reply)))
            settlement = settlement_of(call, decision, history, at=job.now())
            changed = run.calls.record(settlements=[settlement])
            api.is_recorded()
            if settlement.status is not None and settlement.status.done and not changed:
                api.is_learnt(call, settlement.uuid)
            if isinstance(decision, Stop):
                run.calls.leave(Issue(decision.code), at=job.now())
                return SendingResult(decision.exit_code, decision.reason, attempts)
            if settlement.status is None and not changed:
                again = tries.and_one(doubt=decision.doubt) if isinstance(decision, Again) else tries
                waiting.appendleft((following(call, settlement), again))
            elif call.followed and (successor := run.calls.successor(call.row_id)) is not None:
                waiting.appendleft((successor, Tries(most=2)))
        return SendingResult(None, "", attempts)

    return send
