"""
What one outcome leads to: the decision, what the ledger keeps, when the call goes again; and whether the API is well.

Of its health all outcomes so far tell (``Health``, pure): the first call goes alone, an outage is waited out by single
calls, and a run that only fails stops. Only ``Weather.FINE`` is good news: it alone lets more than one call go at once and
ends an outage. A refusal may come from a gateway before an API that is down; it neither proves the API well nor counts as
silence::

    FINE     proven; silence, outage and refusals in a row are over
    REFUSES  one more refusal in a row; in an outage the next call may ask at once, still alone
    BUSY     too long without good news stops the run
    DOWN     the same; several in a row, or one before the first good news, are an outage
    FATAL    the decision stops the run
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.model.planned_calls import PlannedCall, Reply, Settlement, Trouble, doubted, found_older, settled
from importer.model.records import Attempt
from importer.model.statuses import Action, Status
from importer.pacing import LONGEST_WAIT_S
from importer.reporting.wording import counted
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
    from collections.abc import Callable

    from importer.pacing import Limiter
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


OUTAGE_AFTER: Final = 4
"""So many outcomes without an answer, one after the other, are an outage; one is enough before the first success."""

PROBE_AFTER_S: Final = (2.0, 6.0, 20.0, 40.0)
"""When single calls try whether an outage is over; the last wait repeats. Few, since each of them is an attempt."""

PATIENCE_S: Final = 300.0
"""An outage that lasts longer stops the run."""

NOBODY_THERE_S: Final = 60.0
"""The same where no connection was ever accepted in this run: a wrong address or a stopped service, not an overload. The
probe behind it comes 68 to 85 seconds after the first call, so that an outage of a minute is survived all the same."""

REFUSALS_AT_FIRST: Final = 20
REFUSALS_IN_A_ROW: Final = 50
"""So many refused rows of one action, one after the other, stop the run: all of them before the first success, or
after it. Then not the rows are wrong but a column, the account or the address."""

_VERB: Final = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.CANCEL: "cancel",
    Action.NO_SHOW: "send a no-show",
}


class Health:
    """What the outcomes so far say about the API. Used by one thread; ``now`` is seconds of any steady clock."""

    def __init__(self, *, random: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        self._random = random
        self._patience_s = patience_s
        self._proven = False
        self._worked: set[Action] = set()
        self._refused: dict[Action, int] = defaultdict(int)
        self._silent = 0
        self._nobody_there = True
        self._troubled_since: float | None = None
        self._outage_at: float | None = None
        self._probes = 0
        self._probe_at = 0.0

    @property
    def proven(self) -> bool:
        """Whether the API did what was asked at least once in this run."""
        return self._proven

    @property
    def in_outage(self) -> bool:
        """Whether only single calls may leave, to try whether the API is back."""
        return self._outage_at is not None

    @property
    def probe_at(self) -> float:
        """When the next of these may leave."""
        return self._probe_at

    def at_once(self, concurrency: int) -> int:
        """Return how many calls may be in flight: one until the API took one."""
        return concurrency if self._proven and not self.in_outage else 1

    def see(
        self, weather: Weather, action: Action, *, left_at: float, now: float, unconnected: bool = False
    ) -> Stop | None:
        """
        Hear of an outcome of a call that left at ``left_at``; return why to stop, if that is so.

        ``unconnected``: the connection was refused, or the address has no name.
        """
        self._nobody_there &= unconnected
        if weather is Weather.FINE:
            self._worked.add(action)
            self._refused[action] = 0
            self._proven = True
            self._silent = self._probes = 0
            self._troubled_since = self._outage_at = None
            return None
        if weather is Weather.REFUSES:
            if self._outage_at is not None and left_at > self._outage_at:
                self._probe_at = now
            return self._count_refusal(action)
        if weather is Weather.FATAL:
            return None
        if self._troubled_since is None:
            self._troubled_since = now
        if weather is Weather.DOWN:
            self._count_silence(left_at, now)
        return self._too_long(now)

    def _count_refusal(self, action: Action) -> Stop | None:
        self._refused[action] += 1
        count = self._refused[action]
        if count < (REFUSALS_IN_A_ROW if action in self._worked else REFUSALS_AT_FIRST):
            return None
        reason = (
            f"The API refused or did not confirm {count} requests to {_VERB[action]} in a row; nothing more was sent."
        )
        return Stop(Exit.STOPPED, "not_sent_all_refused", reason)

    def _count_silence(self, left_at: float, now: float) -> None:
        self._silent += 1
        if self._outage_at is None:
            if self._silent >= (OUTAGE_AFTER if self._proven else 1):
                self._outage_at = now
                self._plan_probe(now)
        elif left_at > self._outage_at:
            self._probes += 1
            self._plan_probe(now)

    def _plan_probe(self, now: float) -> None:
        wait = PROBE_AFTER_S[min(self._probes, len(PROBE_AFTER_S) - 1)]
        self._probe_at = now + wait * (1 + self._random() / 4)

    def _too_long(self, now: float) -> Stop | None:
        patience_s = min(self._patience_s, NOBODY_THERE_S) if self._nobody_there else self._patience_s
        if self._troubled_since is None or now - self._troubled_since < patience_s:
            return None
        waited = counted(round((now - self._troubled_since) / 60), "minute")
        if self._nobody_there:
            reason = f"No connection to the API's address was accepted for {waited}; nothing was sent."
        else:
            reason = f"The API has been down or overloaded for {waited}; nothing more was sent."
        return Stop(Exit.STOPPED, "not_sent_outage", reason)
