"""
How fast calls may leave: one adaptive limiter for all workers. Pure; the clock is an argument.

Calls leave evenly, an interval of ``1 / rate`` apart, never in bursts::

    start    : a rate that a person set, at once; else 20 calls a second, x2 each 0.4 s, up to the ceiling
    429      : nobody leaves for 0.1 s; then 70 % of the mark, which is reached again as Retry-After is over
    .. again : inside that wait, or with a longer Retry-After: nobody leaves for Retry-After, or else for a full-jitter
               backoff (1, 2, 4 ... 60 s)
    mark     : 60 % of the rate that was refused first, then 90 %; 70 % of the mark when refused inside the wait
    above it : +0.5 % of the mark a second, twice as steep each second while the mark is a guess, each 2 s once a 429
               was met slowly, and with each further one half as often

A refused call is never repeated inside its own wait. Others slow down instead of standing still, for as long as the
API takes the slower calls: ``Retry-After: 1`` is the least that whole seconds can say, and mostly means an empty bucket
which a tenth of a second refills.

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

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_RATE: Final = 135.0
LONGEST_WAIT_S: Final = 120.0
LONGEST_BACKOFF_S: Final = 60.0
USED: Final = 0.99
IN_A_SECOND: Final = 0.995
DOUBLING_S: Final = 0.4
AFTER_NO_LIMIT: Final = 60.0
LOWEST_RATE: Final = 0.5

SOON_S: Final = 1.0
BREATH_S: Final = 0.1
SLOWED: Final = 0.7
FIRST_GUESS: Final = 0.6
NEARLY: Final = 0.9

SLOW_RISE: Final = 0.005
STEADY_S: Final = 1.5
GUESSED_AFTER_S: Final = 1.0
STEEPER_AFTER_S: Final = 2.0
LONGEST_STEEPER_S: Final = 64.0

LATE_BY_S: Final = 0.04
LATE_CALLS: Final = 8
LEAST_LATE_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second: ``ceiling`` never to be passed (infinite: no limit of our own), ``start`` to begin with."""

    ceiling: float = DEFAULT_RATE
    start: float = 20.0


def pace(rate: float, *, known: bool) -> Pace:
    """
    Return the pace for a setting in calls a second, 0 for no limit of our own.

    ``known``: a person set the rate, so it is trusted from the first call on, instead of a careful 20.
    """
    if rate <= 0:
        return Pace(ceiling=math.inf, start=math.inf)
    return Pace(ceiling=rate, start=rate if known else min(20.0, rate / 2))


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
        if limit:
            self._ceiling = min(self._ceiling, limit)
            self._rate = min(self._rate, self._top)
        if remaining == 0:
            self._pause(now + 1.0)

    def throttled(self, now: float, *, left_at: float, retry_after_s: float | None) -> float:
        """
        Hear of a 429 to a call that left at ``left_at``; return the seconds for which this call must wait.

        Calls that were let go before the rate was cut do not cut it again, however late their thread began: nobody is
        let go for a moment after it.
        """
        news = left_at >= self._cut_until
        if news:
            again = left_at < self._slow_until
            self._strikes += 1
            self._cut(now, again=again)
            self._goes_on = self._taken and not again
        wait = self._backoff(retry_after_s)
        if not self._goes_on or (retry_after_s or 0.0) > SOON_S:
            self._stop(now + wait)
        elif news:
            self._pause(now + BREATH_S)
            self._cut_until, self._slow_until = self._paused_until, now + wait
        return wait

    def slow_down(self, now: float) -> None:
        """Begin again at half the rate, after an outage."""
        if math.isfinite(self._rate):
            self._rate = max(LOWEST_RATE, self._rate / 2)
        self._risen_at = now

    def _backoff(self, retry_after_s: float | None) -> float:
        doubled = min(LONGEST_BACKOFF_S, 2.0 ** (self._strikes - 1))
        if retry_after_s:
            wished = max(retry_after_s, min(LONGEST_WAIT_S, retry_after_s * (1 + 0.05 * self._random())))
            return max(wished, self._random() * doubled) if self._strikes > 2 else wished
        return max(0.1, self._random() * doubled)

    def _stop(self, until: float) -> None:
        """Let nobody leave; what comes after it is a new beginning."""
        self._goes_on = self._taken = False
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
        if self._rate < mark:
            doubling_s = SOON_S if now < self._slow_until and math.isfinite(self._mark) else DOUBLING_S
            self._rate = min(mark, self._rate * 2 ** (passed / doubling_s))
            return
        if self._steady_since is None:
            self._steady_since = now
        if self._rate < self._top:
            steepness = 2 ** min(8.0, (now - self._steady_since) / self._steeper_after_s)
            self._rate = min(self._top, self._rate + SLOW_RISE * mark * passed * steepness)
