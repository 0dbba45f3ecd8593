"""
Which 429s our own rate causes, and which come whatever we do. Pure; the clock is an argument.

An API that allows so many calls a second refuses none below it, and bursts of them above it. Other 429s (other clients
of the token, a failing node) come as often at a low rate as at a high one. So the outcomes at rates that the API just
took in full tell how many are foreign, and only more than these are a limit.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

# fmt: off
# Each number with its unit and its reason.
BEST_OF_S: Final = 10.0         # s: the last seconds, of which the best is what the API surely takes
LEAST_TAKEN: Final = 12         # calls: fewer are no rate
SURELY_S: Final = 2.0           # s: what was taken for so long came from no full bucket
HALF: Final = 0.5               # share of a rate that a full bucket may have given
SURELY_TAKEN: Final = 30        # calls: fewer may have come from a full bucket, however slowly
LOW: Final = 0.87               # share of the best second: what is slower empties no bucket
LOW_CALLS: Final = 400.0        # calls at low rates that are remembered: 1 % of 429s shows in them
HIGH_CALLS: Final = 150.0       # calls at high rates: two 429s in fewer are a burst
TALLY_S: Final = 60.0           # s: the same in time, for slow rates; then it is asked again
CLOSE_S: Final = 0.03           # s: calls in so long are hardly of another time
PRIOR: Final = 0.015            # 429s that are thought of before there are any,
PRIOR_CALLS: Final = 10.0       # calls: in so many
SPREAD: Final = 2.0             # standard deviations: by chance there are hardly more
SURELY: Final = 0.7             # 429s at low rates: one may be a bucket's chance
CLEAN_CALLS: Final = 60.0       # calls at low rates: so many without a 429 show that our rate causes them
TOO_MUCH: Final = 0.35          # share of 429s at low rates: more are a limit far below
IN_A_ROW: Final = 3             # 429s with nothing taken between: no rate is slow enough now,
HARDLY: Final = 0.001           # chance: and if so many foreign ones come in a row hardly ever
STEP: Final = 1.3               # times: rates that differ by less are one step
STEP_CALLS: Final = 60.0        # calls at a step that are remembered,
STEP_TOLD: Final = 20.0         # calls: and fewer tell nothing of it
COSTS: Final = 3.0              # calls taken: what a 429 costs; a limit that is passed by a third is worth nothing
GAINS: Final = 1.1              # times the worth of slower calls: faster ones bring more
MANY: Final = 0.1               # share of 429s at a step: with fewer the other tallies tell more
SO_MANY: Final = 0.2            # share of 429s at a step: at a limit that was found there are never so many
# fmt: on


class Heard:
    """
    What came back in the last seconds: what the API takes, and which 429s our rate explains.

    Outcomes are kept apart by the rate at which they came: *low* ones at a rate below what the API just took in full,
    *high* ones above it. The share of 429s among the low ones is foreign to us. More of them among the high ones than
    that share explains are a limit.
    """

    def __init__(self) -> None:
        self._second = Best(1.0)
        self._seconds = Best(SURELY_S, SURELY_TAKEN)
        self._low = Tally(LOW_CALLS)
        self._high = Tally(HIGH_CALLS)
        self._since = 0
        self._was_high = False
        self._steps: dict[int, Tally] = {}
        self.in_a_row = 0

    def taken(self, now: float, rate: float) -> None:
        """Note a call that the API took at a rate."""
        self.in_a_row = 0
        self._since += 1
        self._note(now, rate, refused=False)
        self._second.taken(now)
        self._seconds.taken(now)

    def refused(self, now: float, rate: float) -> None:
        """Note a 429 at a rate."""
        self.in_a_row += 1
        self._note(now, rate, refused=True)
        self._since = 0

    def refused_too(self, now: float) -> None:
        """Note a 429 to a call that left before the last one was heard: at the rate of that one."""
        self._since = 0
        if self._was_high:
            self._high.note(now, refused=True)

    def best(self, now: float) -> float:
        """Return the calls a second that the API took in the best of the last seconds, 0 when too few to tell."""
        return self._second.best(now)

    def low(self, now: float) -> float:
        """Return a rate that the API surely takes: what is slower empties no bucket."""
        return LOW * self._seconds.best(now)

    def is_low(self, now: float, rate: float) -> bool:
        """Whether the API just took clearly more than this rate."""
        return rate <= self.low(now)

    def is_explained(self, now: float) -> bool:
        """Whether the 429s at high rates are no more than the foreign share explains, but for one."""
        expected = self.foreign(now) * self._high.calls_at(now)
        return self._high.refused <= (not self.is_clean) + expected + SPREAD * math.sqrt(expected)

    def foreign(self, now: float) -> float:
        """Return the share of 429s that our rate does not cause, as far as it is known."""
        return (self._low.refused + PRIOR) / (self._low.calls_at(now) + PRIOR_CALLS)

    def is_foreign_seen(self, now: float) -> bool:
        """Whether so many foreign 429s came that they are hardly chance."""
        self._low.calls_at(now)
        return self._low.refused > SURELY

    @property
    def is_clean(self) -> bool:
        """Whether low rates met no 429 for long."""
        return self._low.calls >= CLEAN_CALLS and self._low.refused < PRIOR * self._low.calls / PRIOR_CALLS / 3 + 0.1

    @property
    def is_too_much(self) -> bool:
        """Whether so many were refused at low rates that they are not low."""
        return self._low.refused > 1 + TOO_MUCH * self._low.calls

    @property
    def is_unending(self) -> bool:
        """Whether so many 429s came with nothing taken between that no rate is slow enough now."""
        share = min(0.5, (self._low.refused + PRIOR) / (self._low.calls + PRIOR_CALLS))
        return self.in_a_row >= max(IN_A_ROW, math.log(HARDLY) / math.log(share))

    def is_worth_it(self, now: float, rate: float) -> bool:
        """
        Whether many 429s at this rate are no reason to slow down: slower calls bring less, or as many 429s.

        What calls of a rate bring is how many of them are taken, less what the 429s cost. A limit that is passed lets
        no more be taken, so that more 429s bring less; foreign ones are a share of any rate.
        """
        step = _step(rate)
        worth, tally = self._worth(now, step), self._steps.get(step)
        if tally is None or worth is None or worth <= 0 or tally.refused < MANY * tally.calls:
            return False
        others = {one: found for one in self._steps if (found := self._worth(now, one)) is not None}
        slower = [found for one, found in others.items() if one < step - 1]
        if slower and worth > GAINS * max(slower):
            return True
        is_best = all(found >= worth for one, found in others.items() if one > step)
        return is_best and tally.refused >= SO_MANY * tally.calls

    def _worth(self, now: float, step: int) -> float | None:
        """Return what the calls at a step bring in a second, None where they are too few to tell."""
        tally = self._steps.get(step)
        if tally is None or tally.calls_at(now) < STEP_TOLD:
            return None
        return float(STEP**step * (1 - COSTS * tally.refused / tally.calls))

    def forget_taken(self) -> None:
        """Measure anew."""
        self._second.forget_taken()
        self._seconds.forget_taken()

    def doubt_low(self) -> None:
        """Count foreign 429s by half: what they promised did not come true."""
        self._low.refused *= HALF

    def trust_half(self) -> None:
        """Believe in half of the rates: what was taken before may have come from a full bucket."""
        self._second.trust_half()
        self._seconds.trust_half()

    def count_high_as_low(self, now: float) -> None:
        """Count what was high as low: by now the API took much more."""
        self._high.calls_at(now)
        self._low.calls_at(now)
        self._low.calls += self._high.calls
        self._low.refused += self._high.refused
        self.forget_high()

    def forget_low(self) -> None:
        """Begin anew: what seemed low was not."""
        self._low = Tally(LOW_CALLS)

    def forget_high(self) -> None:
        """Begin anew after a lesson."""
        self._high = Tally(HIGH_CALLS)

    def _note(self, now: float, rate: float, *, refused: bool) -> None:
        is_low = self.is_low(now, rate)
        if math.isfinite(rate):
            self._steps.setdefault(_step(rate), Tally(STEP_CALLS)).note(now, refused=refused)
        if refused:
            self._was_high = not is_low
        if not is_low:
            self._high.note(now, refused=refused)
        elif self._since > max(1.0, rate * CLOSE_S):
            # What follows a 429 closely may be of the same burst: an emptied bucket, the rest of a second.
            self._low.note(now, refused=refused)


def _step(rate: float) -> int:
    return round(math.log(rate) / math.log(STEP))


class Best:
    """The calls a second that the API took, in the best of the last spans of so many seconds."""

    def __init__(self, span_s: float, least: int = LEAST_TAKEN) -> None:
        self._span_s = span_s
        self._least = least
        self._taken: deque[float] = deque()
        self._best: deque[tuple[float, float]] = deque()

    def taken(self, now: float) -> None:
        """Note a call that the API took."""
        self._taken.append(now)
        while len(self._taken) > self._least and self._taken[0] <= now - self._span_s:
            self._taken.popleft()
        if len(self._taken) < self._least:
            return
        rate = (len(self._taken) - 1) / max(self._span_s, now - self._taken[0])
        while self._best and self._best[-1][1] <= rate:
            self._best.pop()
        self._best.append((now, rate))

    def best(self, now: float) -> float:
        """Return it, 0 when too few were taken to tell."""
        while self._best and self._best[0][0] < now - BEST_OF_S:
            self._best.popleft()
        return self._best[0][1] if self._best else 0.0

    def forget_taken(self) -> None:
        """Measure anew."""
        self._taken.clear()

    def trust_half(self) -> None:
        """Believe in half of it."""
        self._best = deque((at, rate * HALF) for at, rate in self._best)


class Tally:
    """Calls and 429s, of which older ones count less: both by further calls and by time."""

    def __init__(self, span: float) -> None:
        self._kept = 1 - 1 / span
        self._at = -math.inf
        self.calls = self.refused = 0.0

    def note(self, now: float, *, refused: bool) -> None:
        """Count one."""
        self.calls = self.calls_at(now) * self._kept + 1
        self.refused = self.refused * self._kept + refused

    def calls_at(self, now: float) -> float:
        """Let time pass, and return the calls."""
        if now > self._at:
            share = math.exp((self._at - now) / TALLY_S)
            self.calls, self.refused, self._at = self.calls * share, self.refused * share, now
        return self.calls
