"""
How fast calls may leave: one adaptive limiter for all workers. Pure; the clock is an argument.

The rate starts low, doubles every quarter of a second up to the ceiling, halves when the API answers 429, climbs back
to just below the rate that was too much, and from there on rises slowly::

    interval = 1 / rate                    calls leave evenly, never in bursts
    429      : rate = rate / 2, and nobody leaves for Retry-After or full-jitter backoff (1, 2, 4 ... 60 s)
    recovery : x2 each 0.25 s up to 95 % of what the API took in the second before the 429, then +1 % a second

The default ceiling is 135 calls a second: Attentive documents 150/s for most of its APIs and says nothing about this
host, so a tenth is left for other clients of the same token and for how the API cuts its seconds. A rate that a
person set is a known limit, and 99 % of it is used. 0 means no ceiling.
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
SLOW_RISE: Final = 0.01
LOWEST_RATE: Final = 0.5


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
    """
    Tells when the next call may leave. Used by one thread; ``now`` is seconds of any steady clock.

    ``longest_wait_s`` is what the API asked for at most, so that sending can stop where that is more than a run waits.
    """

    def __init__(self, its_pace: Pace, *, random: Callable[[], float]) -> None:
        self._random = random
        self._ceiling = its_pace.ceiling
        self._known_bad = its_pace.ceiling
        self._rate = min(its_pace.start, its_pace.ceiling)
        self._next_at = -math.inf
        self._paused_until = -math.inf
        self._risen_at: float | None = None
        self._cut_at = -math.inf
        self._strikes = 0
        self._left = _LastSecond()
        self._taken = _LastSecond()
        self.longest_wait_s = 0.0

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
        self._left.add(now)
        if math.isfinite(self._rate):
            interval = 1 / self._rate
            # A thread that wakes a little late makes up for it; a longer gap is not saved up for a burst.
            self._next_at = max(self._next_at, now - interval - 0.005) + interval

    def answered(self, now: float, *, limit: int | None = None, remaining: int | None = None) -> None:
        """Hear of a call that the API took, and of its ``x-ratelimit`` headers."""
        self._strikes = 0
        self._taken.add(now)
        if limit:
            self._ceiling = min(self._ceiling, limit * SHARE_OF_KNOWN)
            self._rate = min(self._rate, self._ceiling)
        if remaining == 0:
            self._pause(now + 1.0)

    def throttled(self, now: float, *, left_at: float, retry_after_s: float | None) -> float:
        """
        Hear of a 429 to a call that left at ``left_at``; return the seconds for which nobody leaves.

        Calls that were on their way when the rate was cut do not cut it again.
        """
        if left_at > self._cut_at:
            self._strikes += 1
            self._cut(now)
        wait = self._backoff(retry_after_s)
        self.longest_wait_s = max(self.longest_wait_s, wait)
        self._pause(now + wait)
        return wait

    def slow_down(self, now: float) -> None:
        """Begin again at half the rate, after an outage."""
        if math.isfinite(self._rate):
            self._rate = max(LOWEST_RATE, self._rate / 2)
        self._risen_at = now

    def _backoff(self, retry_after_s: float | None) -> float:
        doubled = min(LONGEST_BACKOFF_S, 2.0 ** (self._strikes - 1))
        if retry_after_s:
            wished = retry_after_s * (1 + 0.05 * self._random())
            return max(wished, self._random() * doubled) if self._strikes > 2 else wished
        return max(0.1, self._random() * doubled)

    def _pause(self, until: float) -> None:
        self._paused_until = max(self._paused_until, until)
        self._next_at = max(self._next_at, self._paused_until)

    def _cut(self, now: float) -> None:
        tried = min(self._rate, max(self._left.rate(now), 1.0))
        taken = self._taken.rate(now)
        self._rate = max(LOWEST_RATE, tried / 2)
        self._known_bad = max(self._rate, min(tried, taken / 0.95 if taken else tried))
        self._cut_at = now
        self._risen_at = None

    def _rise(self, now: float) -> None:
        if self._risen_at is not None and self._rate < self._ceiling:
            passed = min(1.0, now - self._risen_at)
            knee = self._ceiling if self._known_bad >= self._ceiling else 0.95 * self._known_bad
            if self._rate < knee:
                self._rate = min(knee, self._rate * 2 ** (passed / DOUBLING_S))
            else:
                self._rate = min(self._ceiling, self._rate + SLOW_RISE * self._known_bad * passed)
        self._risen_at = now


class _LastSecond:
    """How often something happened in the last second."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def add(self, now: float) -> None:
        self._moments.append(now)
        while self._moments[0] < now - 1:
            self._moments.popleft()

    def rate(self, now: float) -> float:
        """Return the number a second."""
        return float(sum(moment >= now - 1 for moment in self._moments))
