"""
How fast calls may leave: one adaptive limiter for all workers. Pure; the clock is an argument.

Calls leave evenly, an interval of ``1 / rate`` apart, never in bursts::

    start    : a rate that a person set, at once; else 20 calls a second, x2 each 0.4 s, up to the ceiling
    429      : nobody leaves for 0.1 s; then 70 % of the mark, which is reached again as Retry-After is over
    .. again : inside that wait with nothing taken since, three in a row, or with a longer Retry-After: nobody leaves
               for Retry-After, or else for a full-jitter backoff (1, 2, 4 ... 60 s)
    mark     : 60 % of the rate that was refused first, then 90 %; 70 % of the mark when refused inside the wait
    floor    : the mark does not fall below 96 % of the best second of the last ten
    foreign  : a 429 at a rate that the API just took in full, or no more of them above it than there explain, is no
               lesson: nobody leaves for 0.1 s (0.05 s once such were seen), and nothing else
    worth it : many 429s at a rate that brings more than slower ones all the same, or at any rate: on, and up to 1.7 times it
    trial    : after a lesson 25 calls at a low rate show whether it helped; if not, the mark is lifted, up to three
               times what the API takes, for as long as the lifts come true; without a ceiling there is none of this
    above it : +0.5 % of the mark a second, twice as steep each second while the mark is a guess, each 2 s once a 429
               was met slowly, and with each further one half as often, at most each 8 s

A refused call is never repeated inside its own wait. Others slow down instead of standing still, for as long as the
API takes the slower calls: ``Retry-After: 1`` is the least that whole seconds can say, and mostly means an empty bucket
which a tenth of a second refills.

Additive increase and multiplicative decrease alone (AIMD) would take each foreign 429 for a lesson and end at a fraction
of what is allowed. ``importer.throttling`` tells them apart.

The default ceiling is 135 calls a second. Attentive documents 150 for most of its APIs and says nothing about this
host; a tenth is left for other clients of the same token and for how the API cuts its seconds, so that a run of any
length meets no 429. 99 % of a ceiling are used, so that a late thread can be made up for, and no second holds more
calls than it. 0 means no limit of our own, until a 429 shows that there is one.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.throttling import HALF, Heard

if TYPE_CHECKING:
    from collections.abc import Callable

# fmt: off
# Each number with its unit and its reason.
DEFAULT_RATE: Final = 135.0     # calls/s: a tenth below the documented 150
CAREFUL_RATE: Final = 20.0      # calls/s: where a rate that nobody set begins
LOWEST_RATE: Final = 0.5        # calls/s: slower is standing still
AFTER_NO_LIMIT: Final = 60.0    # calls/s: the first guess once a 429 shows that there is a limit
USED: Final = 0.99              # share of the ceiling: room to make up for a late thread
IN_A_SECOND: Final = 0.995      # share of the ceiling that a second may hold, rounded up
DOUBLING_S: Final = 0.4         # s: from the careful rate to the ceiling in little more than a second

LONGEST_WAIT_S: Final = 120.0   # s: an API that asks for more ends the run (exit 5)
LONGEST_BACKOFF_S: Final = 60.0 # s: without Retry-After
SOME_STRIKES: Final = 6         # refused calls in a row: so many may be foreign,
MOST_WAITS: Final = 4.0         # times the Retry-After: they wait no longer
UNMEASURED_RATE: Final = 8.0    # calls/s: not below it before it is known what the API takes
MOST_SLOWED: Final = 0.4        # share of a rate: how far a lesson slows
SOON_S: Final = 1.0             # s: the least that a whole-second Retry-After can say
BREATH_S: Final = 0.1           # s: a tenth of a second's calls flow back into a bucket meanwhile
STRAY_BREATH_S: Final = 0.05    # s: the same once 429s are known not to come from an empty bucket

SLOWED: Final = 0.7             # share of the mark: below the limit, however the mark was guessed
FIRST_GUESS: Final = 0.6        # share of a refused rate that was reached by doubling: half of it may be right
NEARLY: Final = 0.9             # share of a refused rate that was reached slowly: hardly too much
SLOW_RISE: Final = 0.005        # share of the mark per s: one 429 in some hundred calls at worst
STEADY_S: Final = 1.5           # s: a rate that went well so long was not reached by doubling
GUESSED_AFTER_S: Final = 1.0    # s: the rise doubles so often after a guess,
STEEPER_AFTER_S: Final = 2.0    # s: so often after a slow 429,
FLOOR_STEEPER_S: Final = 8.0    # s: and at least so often where the API takes what is sent
LONGEST_STEEPER_S: Final = 64.0 # s: or so often where it takes nothing

FLOOR: Final = 0.96             # share of the best second: below the limit even where a bucket helped
FLOOR_AT_FIRST: Final = 0.75    # share of the best second: so that an empty bucket fills
TRIAL_CALLS: Final = 25         # calls at a low rate after a lesson: did it help?
PARDON_S: Final = 0.4           # s: a second 429 within them shows that the first was no stray
LIFT: Final = 3.0               # times the best second that may be reached by doubling when the lessons were foreign
WENT_WELL: Final = 1.4          # times the best second before: what was high by then was low
RAISED: Final = 1.7             # times the rate that may be reached by doubling where its many 429s are foreign
LEARNT_S: Final = 10.0          # s: a lesson is not lifted for so long after a lift that was wrong

LATE_BY_S: Final = 0.04         # s: how late a thread may wake and make up for it
LATE_CALLS: Final = 8           # calls: the most that are made up for at once
LEAST_LATE_S: Final = 0.01      # s: what is left of it after 429s to an even rate
# fmt: on


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second: ``ceiling`` never to be passed (infinite: no limit of our own), ``start`` to begin with."""

    ceiling: float = DEFAULT_RATE
    start: float = CAREFUL_RATE


def pace(rate: float, *, known: bool) -> Pace:
    """
    Return the pace for a setting in calls a second, 0 for no limit of our own.

    ``known``: a person set the rate, so it is trusted from the first call on, instead of a careful one.
    """
    if rate <= 0:
        return Pace(ceiling=math.inf, start=math.inf)
    return Pace(ceiling=rate, start=rate if known else min(CAREFUL_RATE, rate / 2))


class Limiter:
    """Tells when the next call may leave. Used by one thread; ``now`` is seconds of any steady clock."""

    def __init__(self, its_pace: Pace, *, random: Callable[[], float]) -> None:
        self._random = random
        self._ceiling = its_pace.ceiling
        self._rate = min(its_pace.start, self._top)
        self._mark = math.inf
        self._steady_since: float | None = None
        self._steeper_after_s = GUESSED_AFTER_S
        self._late_by_s = LATE_BY_S
        self._next_at = -math.inf
        self._paused_until = -math.inf
        self._slow_until = -math.inf
        self._cut_until = -math.inf
        self._risen_at = -math.inf
        self._strikes = 0
        self._taken = False
        self._goes_on = False
        self._left: deque[float] = deque()
        self._heard = Heard()
        self._is_lifted = False
        self._trial = 0
        self._was_tolerated = False
        self._mark_before = self._lifted_from = 0.0
        self._learnt_until = -math.inf
        self._is_to_ramp_again = True

    @property
    def rate(self) -> float:
        """Calls a second that may leave now."""
        return self._rate

    @property
    def paused_until(self) -> float:
        """The moment until which nobody leaves; in the past when nothing holds them."""
        return self._paused_until

    @property
    def _top(self) -> float:
        return self._ceiling * USED

    def wait_s(self, now: float) -> float:
        """Return the seconds until a call may leave, 0 when it may now."""
        return max(0.0, self._next_at - now, self._paused_until - now)

    def leave(self, now: float) -> None:
        """Count a call that leaves."""
        self._rise(now)
        if math.isfinite(self._rate):
            self._next_at = max(self._next_at, now - self._forgiven_s(now)) + 1 / self._rate
            self._keep_the_second(now)

    def _forgiven_s(self, now: float) -> float:
        """Return how late a thread may wake and still make up for it; a longer gap is not saved up for a burst."""
        # Just after a 429 the API has nothing to spare for calls that come together.
        return 0.0 if now < self._slow_until else min(self._late_by_s, LATE_CALLS / self._rate)

    def _keep_the_second(self, now: float) -> None:
        """Let no second hold more calls than the ceiling, whatever is being made up for."""
        if math.isinf(self._ceiling):
            return
        self._left.append(now)
        most = math.ceil(self._ceiling * IN_A_SECOND)
        while len(self._left) > most:
            self._left.popleft()
        if len(self._left) == most:
            self._next_at = max(self._next_at, self._left[0] + 1.0)

    def answered(self, now: float, *, limit: int | None = None, remaining: int | None = None) -> None:
        """
        Hear of a call that the API took, and of its ``x-ratelimit`` headers.

        ``limit``: calls that it allows a second. ``remaining``: how many of them are left for the next second.
        """
        self._strikes = 0
        self._taken = True
        self._heard.taken(now, self._rate)
        self._trial -= self._trial > 0
        if limit:
            self._ceiling = min(self._ceiling, limit)
            self._rate = min(self._rate, self._top)
        if remaining == 0:
            self._pause(now + 1.0)

    def throttled(self, now: float, *, left_at: float, retry_after_s: float | None) -> float:
        """
        Hear of a 429 to a call that left at ``left_at``; return the seconds for which this call must wait.

        Calls that were let go before the rate was cut do not cut it again, however late their thread began: nobody is
        let go for a moment after it. After a 429 that seemed foreign they may show that it was not.
        """
        news = left_at >= self._cut_until
        self._strikes += news
        if news:
            self._heard.refused(now, self._rate)
        wait = self._backoff(retry_after_s)
        is_soon = (retry_after_s or 0.0) <= SOON_S
        if not news:
            self._heard.refused_too(now)
            news = is_soon and self._was_tolerated and not self._heard.is_explained(now)
        elif is_soon and self._is_foreign(now):
            self._tolerate(now)
            return wait
        if news:
            self._learn(now, again=left_at < self._slow_until)
        if not self._goes_on or not is_soon:
            self._stop(now + wait)
        elif news:
            self._pause(now + BREATH_S)
            self._cut_until, self._slow_until = self._paused_until, now + wait
        return wait

    def _tolerate(self, now: float) -> None:
        """Let a bucket fill that may be empty, and go on as before."""
        self._was_tolerated = not self._heard.is_low(now, self._rate)
        self._pause(now + (STRAY_BREATH_S if self._heard.is_foreign_seen(now) else BREATH_S))
        self._cut_until, self._goes_on = self._paused_until, True
        if self._is_ramping:
            self._risen_at = max(self._risen_at, now + PARDON_S)

    def _learn(self, now: float, *, again: bool) -> None:
        """Slow down, but not below what the API takes."""
        self._was_tolerated = False
        goes_well = self._taken and not self._heard.is_unending
        best = self._heard.best(now) if goes_well else 0.0
        seen = self._heard.is_foreign_seen(now)
        if (self._is_ramping and not seen) or math.isinf(self._ceiling):
            self._heard.trust_half()
            self._heard.forget_taken()
            best *= HALF if math.isfinite(self._ceiling) else 0.0
        self._heard.forget_high()
        if self._is_lifted:
            self._heard.doubt_low()
            self._lifted_from = 0.0
            self._is_lifted, self._learnt_until = False, now + LEARNT_S
        rate, least = self._rate, LOWEST_RATE
        if not self._heard.best(now) and math.isfinite(self._ceiling):
            least = min(self._rate, UNMEASURED_RATE)
        if self._taken or self._rate > CAREFUL_RATE:
            self._mark_before = min(self._rate, self._mark) if seen else 0.0
            self._cut(now, again=again)
            self._mark, self._rate = max(self._mark, least), max(self._rate, least)
        if best:
            self._mark = max(self._mark, best * FLOOR)
            self._rate = max(LOWEST_RATE, rate * MOST_SLOWED, min(best * FLOOR_AT_FIRST, self._heard.low(now)))
            if not self._heard.is_clean:
                self._steeper_after_s = min(self._steeper_after_s, FLOOR_STEEPER_S)
            self._trial = TRIAL_CALLS
        self._goes_on = goes_well and (best > 0 or not again)

    @property
    def _is_ramping(self) -> bool:
        """Whether the rate still doubles, or was never cut: nothing tells yet what the API takes."""
        return self._steady_since is None and math.isinf(self._mark)

    def _is_foreign(self, now: float) -> bool:
        """Whether a 429 was not caused by our rate, as far as the others tell."""
        is_known = self._heard.best(now) > 0 or self._is_ramping
        if not self._taken or not is_known or math.isinf(self._ceiling) or self._heard.is_unending:
            return False
        if self._heard.is_worth_it(now, self._rate):
            self._climb_to(self._rate * RAISED)
            return True
        if self._heard.is_too_much:
            self._heard.trust_half()
            self._heard.forget_low()
            return False
        if self._heard.is_foreign_seen(now):
            self._lift(now)
        return self._heard.is_low(now, self._rate) or self._heard.is_explained(now)

    def _lift(self, now: float) -> None:
        """Take back what was learnt of 429s that were foreign, up to twice what the API takes."""
        mark = max(self._mark_before, LIFT * self._heard.best(now))
        if now >= self._learnt_until and mark > self._mark:
            self._climb_to(mark)
            self._is_lifted, self._trial, self._mark_before = True, 0, 0.0
        if self._heard.best(now) >= WENT_WELL * self._lifted_from:
            if self._lifted_from:
                self._heard.count_high_as_low(now)
            self._lifted_from = self._heard.best(now)

    def _climb_to(self, mark: float) -> None:
        """Let the rate double again up to a mark that is higher than the one so far."""
        if mark > self._mark:
            self._mark, self._slow_until, self._steady_since = mark, -math.inf, None

    def slow_down(self, now: float) -> None:
        """Begin again at half the rate, after an outage."""
        if math.isfinite(self._rate):
            self._rate = max(LOWEST_RATE, self._rate / 2)
        self._risen_at = now

    def _backoff(self, retry_after_s: float | None) -> float:
        doubled = min(LONGEST_BACKOFF_S, 2.0 ** (self._strikes - 1))
        if retry_after_s:
            wished = max(retry_after_s, min(LONGEST_WAIT_S, retry_after_s * (1 + 0.05 * self._random())))
            if self._strikes <= SOME_STRIKES:
                doubled = min(doubled, MOST_WAITS * retry_after_s)
            return max(wished, self._random() * doubled) if self._strikes > 2 else wished
        return max(0.1, self._random() * doubled)

    def _stop(self, until: float) -> None:
        """Let nobody leave; what comes after it is a new beginning."""
        self._goes_on = self._taken = False
        self._heard.trust_half()
        self._pause(until)
        self._cut_until = self._slow_until = self._paused_until

    def _pause(self, until: float) -> None:
        self._paused_until = max(self._paused_until, until)
        self._next_at = max(self._next_at, self._paused_until)
        self._risen_at = max(self._risen_at, self._paused_until)

    def _cut(self, now: float, *, again: bool) -> None:
        """
        Slow down, and note up to where the rate may climb back quickly.

        A rate that was just reached by doubling was perhaps far too much; one that was reached slowly, or went well
        for a while, was hardly too much, and perhaps only bunched.
        """
        known = math.isfinite(self._mark)
        if math.isinf(self._rate) or (again and not known and self._rate < 2 * AFTER_NO_LIMIT):
            # Too little was sent to tell anything.
            self._rate, self._risen_at, self._steady_since = AFTER_NO_LIMIT, now, None
            return
        steady = not again and self._steady_since is not None and now - self._steady_since >= STEADY_S
        if steady:
            self._steeper_after_s = min(LONGEST_STEEPER_S, max(STEEPER_AFTER_S, self._steeper_after_s * 2))
            self._late_by_s = max(LEAST_LATE_S, self._late_by_s / 2)
        else:
            self._steeper_after_s = GUESSED_AFTER_S
        if again and known:
            self._mark *= SLOWED
        else:
            self._mark = self._rate * (NEARLY if known or steady else FIRST_GUESS)
        self._mark = max(LOWEST_RATE, self._mark)
        self._rate = max(LOWEST_RATE, self._mark * SLOWED)
        self._risen_at, self._steady_since = now, None

    def _rise(self, now: float) -> None:
        passed = min(1.0, max(0.0, now - self._risen_at)) if math.isfinite(self._risen_at) else 0.0
        self._risen_at = max(now, self._risen_at)
        mark = min(self._mark, self._top)
        if self._trial and self._heard.is_low(now, self._rate):
            mark = min(mark, self._heard.low(now))
        if self._rate < mark:
            doubling_s = SOON_S if now < self._slow_until and math.isfinite(self._mark) else DOUBLING_S
            self._rate = min(mark, self._rate * 2 ** (passed / doubling_s))
            return
        if self._trial:
            return
        if self._steady_since is None:
            self._steady_since = now
        is_high = math.isfinite(self._ceiling) and self._mark >= CAREFUL_RATE
        if is_high and self._is_to_ramp_again and math.isfinite(self._mark) and now - self._steady_since > SOON_S:
            # Two strays on the way up look like a limit; that costs a few 429s to find out, once.
            self._mark, self._steady_since = math.inf, None
            self._is_to_ramp_again = False
            return
        if self._rate < self._top:
            steepness = 2 ** min(8.0, (now - self._steady_since) / self._steeper_after_s)
            self._rate = min(self._top, self._rate + SLOW_RISE * mark * passed * steepness)
