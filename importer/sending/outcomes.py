"""What one outcome leads to: the decision, what the ledger keeps, when the call goes again, and whether the run ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.model.planned_calls import PlannedCall, Reply, Settlement, Trouble, doubted, found_older, settled
from importer.model.records import Attempt
from importer.model.statuses import Action, Status
from importer.pacing import LONGEST_WAIT_S
from importer.sending.decisions import (
    Again,
    Decision,
    Done,
    Ended,
    Older,
    Stop,
    Tries,
    Weather,
    attempt_code,
    decide,
    is_from_elsewhere,
    weather_of,
    wrong_address,
)

if TYPE_CHECKING:
    from importer.pacing import Limiter
    from importer.sending.api_health import Health
    from importer.sending.workers import Clocks, Returned


LONGEST_BACKOFF_S: Final = 30.0
FIRST_BACKOFF_S: Final = 0.5


class Judge:
    """Judges the outcomes of one run; used by one thread. ``ending``: why nothing more may be sent, once that is so."""

    def __init__(self, limiter: Limiter, health: Health, *, clocks: Clocks, max_attempts: int) -> None:
        self._limiter = limiter
        self._health = health
        self._clocks = clocks
        self._untried = Tries(most=max_attempts)
        self._tries: dict[int, Tries] = {}
        self.ending: Stop | None = None

    def judge(self, outcome: Returned) -> tuple[Settlement, float]:
        """
        Judge one outcome, and let limiter and health hear of it.

        Returns:
            Its settlement; and when its call may go again (steady seconds), if it is not over.

        """
        call, reply = outcome.call, outcome.reply
        now = self._clocks.steady()
        tries = self._tries.pop(call.row_id, self._untried)
        decision = decide(call, reply, tries, proven=self._health.proven)
        weather = weather_of(call, reply, decision)
        pause = self._pace(weather, reply, left_at=outcome.left_at, now=now)
        self._watch(weather, decision, outcome, now=now)
        if isinstance(decision, Again):
            self._tries[call.row_id] = tries.and_one(doubt=decision.doubt)
            backoff = self._backoff(tries) if weather in {Weather.DOWN, Weather.REFUSES} else 0.0
            pause = max(pause, _asked_s(weather, reply), backoff)
        attempt = Attempt(outcome.at, reply.elapsed_s, reply.status, attempt_code(reply))
        settlement = settlement_of(call, decision, (*call.history, attempt), at=self._clocks.now())
        return settlement, now + pause

    def _pace(self, weather: Weather, reply: Reply, *, left_at: float, now: float) -> float:
        """Let the limiter hear of the outcome; return the seconds for which nobody leaves."""
        asked = _asked_s(weather, reply)
        if asked > LONGEST_WAIT_S:
            reason = f"The API asked to wait {_span(asked)}, longer than a run waits; nothing more was sent."
            self._end(Stop(Exit.STOPPED, "not_sent_outage", reason))
        if weather is Weather.BUSY:
            return self._limiter.throttled(now, left_at=left_at, retry_after_s=reply.retry_after_s)
        if weather in {Weather.FINE, Weather.REFUSES}:
            self._limiter.answered(now, limit=reply.limit, remaining=reply.limit_remaining)
        return 0.0

    def _watch(self, weather: Weather, decision: Decision, outcome: Returned, *, now: float) -> None:
        was_out = self._health.in_outage
        unconnected = outcome.reply.trouble in {Trouble.REFUSED, Trouble.DNS}
        reason = self._health.see(
            weather, outcome.call.action, left_at=outcome.left_at, now=now, unconnected=unconnected
        )
        if was_out and not self._health.in_outage:
            self._limiter.slow_down(now)
        if isinstance(decision, Stop):
            self._end(decision)
        elif reason is not None:
            elsewhere = is_from_elsewhere(outcome.reply.status)
            self._end(wrong_address(outcome.reply.status or 0, proven=True) if elsewhere else reason)

    def _end(self, why: Stop) -> None:
        # A refused token says more than an outage that was noticed at the same time.
        if self.ending is None or why.exit_code is Exit.AUTHENTICATION:
            self.ending = why

    def _backoff(self, tries: Tries) -> float:
        """Return the wait before the next try: exponential, capped, with full jitter."""
        return self._clocks.random() * min(
            LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (tries.doubtful + tries.harmless)
        )


def _asked_s(weather: Weather, reply: Reply) -> float:
    """Return the seconds for which an answer asks to wait; only one that refuses for now can ask for that."""
    asks = weather in {Weather.BUSY, Weather.DOWN} and not 200 <= (reply.status or 0) < 300
    return (reply.retry_after_s or 0.0) if asks else 0.0


def _span(seconds: float) -> str:
    if seconds < 7200:
        return f"{round(seconds / 60)} minutes"
    return f"{round(seconds / 3600)} hours" if seconds < 172_800 else f"{round(min(seconds, 1e9) / 86_400)} days"


def settlement_of(call: PlannedCall, decision: Decision, attempts: tuple[Attempt, ...], *, at: float) -> Settlement:
    """Return how the ledger keeps the outcome of an attempt; ``attempts`` is the whole history with it."""
    last = attempts[-1]
    if isinstance(decision, Done):
        done = settled(call, at=at, attempts=attempts, uuid=decision.uuid)
        if decision.is_others and done.reminder is not None:
            done = done._replace(reminder=done.reminder._replace(key=None))
        return done._replace(notes=decision.notes) if decision.notes else done
    if isinstance(decision, Ended):
        unknown = decision.status is Status.UNKNOWN
        return Settlement(
            row_id=call.row_id,
            status=decision.status,
            at=at,
            attempts=attempts,
            uuid=call.uuid,
            http_status=last.http_status,
            code=decision.note.code,
            notes=(decision.note,),
            reminder=doubted(call) if unknown else None,
            repeated=unknown,
        )
    if isinstance(decision, Older):
        return Settlement(
            row_id=call.row_id,
            status=None,
            at=at,
            attempts=attempts,
            uuid=decision.call.uuid,
            http_status=last.http_status,
            notes=decision.notes,
            reminder=found_older(call, decision.call.uuid),
            next_call=decision.call,
        )
    doubt = isinstance(decision, Again) and decision.doubt
    return Settlement(
        row_id=call.row_id,
        status=None,
        at=at,
        attempts=attempts,
        uuid=call.uuid,
        http_status=last.http_status,
        code=last.code,
        reminder=doubted(call) if doubt else None,
        repeated=call.repeated or doubt,
    )


def following(call: PlannedCall, settlement: Settlement) -> PlannedCall:
    """Return the call as it waits after an attempt that did not end it: itself, or the update of an older record."""
    tried = replace(
        call,
        attempts=call.attempts + 1,
        history=settlement.attempts,
        repeated=settlement.repeated,
    )
    following = settlement.next_call
    if following is None:
        return tried
    return replace(tried, action=Action.UPDATE, uuid=following.uuid, body=following.body)
