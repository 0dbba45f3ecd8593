"""
How fast calls may leave: one adaptive limiter for all workers. Pure; the clock is an argument.

Calls leave evenly, an interval of ``1 / rate`` apart, never in bursts::

    start     : 20 calls a second, x2 each 0.25 s, up to the ceiling
    429       : rate / 2, and nobody leaves for Retry-After, or else a full-jitter backoff (1, 2, 4 ... 60 s)
    recovery  : x2 each 0.25 s up to a mark: 90 % of a rate that was reached slowly, half of one reached by doubling
    above it  : +0.5 % of the mark a second, twice as steep each 1.5 s while the mark is a guess, each 8 s once a
                429 was met slowly, and with each further one half as often

The default ceiling is 135 calls a second. Attentive documents 150 for most of its APIs and says nothing about this
host; a tenth is left for other clients of the same token and for how the API cuts its seconds, so that a run of any
length meets no 429. A rate that a person set is taken as a known limit: 99 % of it is used, from half of it at the
start. 0 means no limit of our own, until a 429 shows that there is one.
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
SHARE_OF_KNOWN: Final = 0.99
DOUBLING_S: Final = 0.25
SLOW_RISE: Final = 0.005
GUESSED_AFTER_S: Final = 1.5
STEEPER_AFTER_S: Final = 4.0
LONGEST_STEEPER_S: Final = 64.0
NEARLY: Final = 0.9
AFTER_NO_LIMIT: Final = 20.0
LOWEST_RATE: Final = 0.5
LATE_BY_S: Final = 0.03
STEADY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second: ``ceiling`` never to be passed (infinite: no limit of our own), ``start`` to begin with."""

    ceiling: float = DEFAULT_RATE
    start: float = 20.0


def pace(rate: float, *, known: bool) -> Pace:
    """
    Return the pace for a setting in calls a second, 0 for no limit of our own.

    ``known``: a person set the rate, so it is trusted, and the start is half of it instead of a careful 20.
    """
    if rate <= 0:
        return Pace(ceiling=math.inf, start=math.inf)
    if known:
        return Pace(ceiling=rate * SHARE_OF_KNOWN, start=rate / 2)
    return Pace(ceiling=rate, start=min(20.0, rate / 2))


class Limiter:
    """Tells when the next call may leave. Used by one thread; ``now`` is seconds of any steady clock."""

    def __init__(self, its_pace: Pace, *, random: Callable[[], float]) -> None:
        self._random = random
        self._ceiling = its_pace.ceiling
        self._mark = math.inf
        self._steady_since: float | None = None
        self._steeper_after_s = GUESSED_AFTER_S
        self._rate = min(its_pace.start, its_pace.ceiling)
        self._next_at = -math.inf
        self._paused_until = -math.inf
        self._risen_at: float | None = None
        self._cut_until = -math.inf
        self._strikes = 0
        self._left: deque[float] = deque()

    @property
    def rate(self) -> float:
        """Calls a second that may leave now."""
        return self._rate

    @property
    def paused_until(self) -> float:
        """The moment until which nobody leaves; in the past when nothing holds them."""
        return self._paused_until

    def wait_s(self, now: float) -> float:
        """Return the seconds until a call may leave, 0 when it may now."""
        return max(0.0, self._next_at - now, self._paused_until - now)

    def leave(self, now: float) -> None:
        """Count a call that leaves."""
        self._rise(now)
        if math.isfinite(self._rate):
            # A thread that wakes late makes up for it; a longer gap is not saved up for a burst.
            self._next_at = max(self._next_at, now - LATE_BY_S) + 1 / self._rate
            self._keep_the_second(now)

    def _keep_the_second(self, now: float) -> None:
        """Let no second hold more calls than the ceiling, whatever is being made up for."""
        if math.isinf(self._ceiling):
            return
        self._left.append(now)
        most = max(1, math.floor(self._ceiling))
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
        if limit:
            self._ceiling = min(self._ceiling, limit * SHARE_OF_KNOWN)
            self._rate = min(self._rate, self._ceiling)
        if remaining == 0:
            self._pause(now + 1.0)

    def throttled(self, now: float, *, left_at: float, retry_after_s: float | None) -> float:
        """
        Hear of a 429 to a call that left at ``left_at``; return the seconds for which nobody leaves.

        Calls that were let go before the rate was cut do not cut it again, however late their thread began: nobody is
        let go before the wait is over.
        """
        if left_at >= self._cut_until:
            self._strikes += 1
            self._cut(now)
        wait = self._backoff(retry_after_s)
        self._pause(now + wait)
        self._cut_until = self._paused_until
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

    def _pause(self, until: float) -> None:
        self._paused_until = max(self._paused_until, until)
        self._next_at = max(self._next_at, self._paused_until)

    def _cut(self, now: float) -> None:
        """
        Halve the rate, and note up to where it may climb back quickly.

        A rate that was just reached by doubling was perhaps far too much, so half of it is the mark; one that was
        reached slowly, or went well for a while, was hardly too much.
        """
        if math.isinf(self._rate):
            self._rate = AFTER_NO_LIMIT
        else:
            steady = self._steady_since is not None and now - self._steady_since >= STEADY_S
            slowly = steady or self._rate > self._mark
            self._steeper_after_s = min(
                LONGEST_STEEPER_S, max(STEEPER_AFTER_S, self._steeper_after_s * 2) if slowly else GUESSED_AFTER_S
            )
            self._mark = max(LOWEST_RATE, self._rate * (NEARLY if slowly else 0.5))
            self._rate = max(LOWEST_RATE, self._rate / 2)
        self._risen_at = self._steady_since = None

    def _rise(self, now: float) -> None:
        passed = 0.0 if self._risen_at is None else min(1.0, now - self._risen_at)
        self._risen_at = now
        mark = min(self._mark, self._ceiling)
        if self._rate < mark:
            self._rate = min(mark, self._rate * 2 ** (passed / DOUBLING_S))
            return
        if self._steady_since is None:
            self._steady_since = now
        if self._rate < self._ceiling:
            steepness = 2 ** min(8.0, (now - self._steady_since) / self._steeper_after_s)
            self._rate = min(self._ceiling, self._rate + SLOW_RISE * mark * passed * steepness)
