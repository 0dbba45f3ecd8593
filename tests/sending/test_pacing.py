"""How fast calls may leave: the limiter by itself, and against simulated servers."""

from __future__ import annotations

import math
import random
from collections import deque
from heapq import heappop, heappush
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.pacing import BREATH_S, DEFAULT_RATE, LONGEST_WAIT_S, Limiter, Pace, pace


def limiter(its_pace: Pace, chance: float = 0.5) -> Limiter:
    return Limiter(its_pace, random=lambda: chance)


def working(its_pace: Pace) -> Limiter:
    """Return a limiter that has heard of a call that was taken."""
    one = limiter(its_pace)
    one.answered(0.0)
    return one


def leave_for(one: Limiter, seconds: float, *, begin: float = 0.0) -> list[float]:
    """Let calls leave as soon as they may, and return the moments."""
    now, moments = begin, []
    while (now := now + one.wait_s(now)) < begin + seconds:
        one.leave(now)
        moments.append(now)
        now += 1e-6
    return moments


def busiest_second(moments: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for moment in moments:
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


def test_starts_low_and_rises_to_the_ceiling() -> None:
    """A rate that nobody set is approached from below."""
    moments = leave_for(limiter(pace(DEFAULT_RATE, known=False)), 5)

    first, last = sum(m < 0.25 for m in moments), sum(m >= 4 for m in moments)
    assert first <= 10
    assert 130 <= last <= 136


@pytest.mark.parametrize("rate", [0.5, 5.0, 50.0, 200.0, 1000.0])
def test_no_second_holds_more_calls_than_were_allowed(rate: float) -> None:
    """A known limit is never passed, in whatever second a server counts."""
    moments = leave_for(limiter(pace(rate, known=True)), 20)

    assert busiest_second(moments) <= math.ceil(rate)


@given(st.lists(st.floats(0, 0.2), min_size=20, max_size=300))
def test_a_late_thread_makes_no_burst(delays: list[float]) -> None:
    """Whatever the thread was kept by, no second holds more calls than the limit; what is made up for is counted."""
    one, now, moments = limiter(pace(100, known=True)), 0.0, []
    for delay in delays:
        now += delay
        while one.wait_s(now) <= 0:
            one.leave(now)
            moments.append(now)

    assert busiest_second(moments) <= 100


@given(
    rate=st.floats(0.5, 300),
    known=st.booleans(),
    turns=st.lists(
        st.tuples(
            st.floats(0, 0.3), st.sampled_from(["taken", "taken", "refused"]), st.sampled_from([None, 0.4, 1.0, 3.0])
        ),
        min_size=5,
        max_size=80,
    ),
)
def test_whatever_comes_back_no_second_holds_more_than_the_ceiling(
    rate: float, known: bool, turns: list[tuple[float, str, float | None]]
) -> None:
    """429s, answers and late threads in any order: the ceiling is kept, and so is every wait of more than a second."""
    one, now, moments, held_until = limiter(pace(rate, known=known)), 0.0, [0.0], 0.0
    for delay, came, retry_after_s in turns:
        now += delay
        while one.wait_s(now) <= 0:
            assert now >= held_until
            one.leave(now)
            moments.append(now)
        if came == "taken":
            one.answered(now)
        else:
            wait = one.throttled(now, left_at=moments[-1], retry_after_s=retry_after_s)
            assert wait >= (retry_after_s or 0.1)
            held_until = max(held_until, now + wait if (retry_after_s or 0) > 1 else 0.0)

    assert busiest_second(moments[1:]) <= math.ceil(rate)


def test_no_limit_of_our_own_holds_nobody() -> None:
    """0 lets calls leave as they come, until the API says otherwise."""
    one = limiter(pace(0, known=True))

    for _ in range(1000):
        assert one.wait_s(0.0) == 0
        one.leave(0.0)


def test_a_long_wait_holds_everybody() -> None:
    """Nobody leaves inside a wait of more than a second, and then less than half as fast."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)

    wait = one.throttled(1.0, left_at=0.9, retry_after_s=3.0)

    assert one.rate < 50
    assert 3.0 <= wait <= 3.2
    assert one.wait_s(3.9) > 0
    assert one.wait_s(1.0 + wait) == 0


@pytest.mark.parametrize("retry_after_s", [None, 0.0, 0.5, 1.0])
def test_a_short_wait_slows_everybody(retry_after_s: float | None) -> None:
    """After a moment others go on at seven tenths of what is thought to be right, and are back there after the wait."""
    one = working(Pace(ceiling=100, start=100))
    before = leave_for(one, 10)

    wait = one.throttled(10.0, left_at=9.99, retry_after_s=retry_after_s)
    moments = leave_for(one, 2, begin=10.0)

    assert wait >= (retry_after_s or 0.1)
    assert sum(moment > 9 for moment in before) >= 98
    assert min(moments) >= 10.0 + BREATH_S
    assert sum(moment < 10.5 for moment in moments) <= 0.9 * 0.9 * 50
    assert sum(moment >= 11 for moment in moments) >= 0.87 * 100


def test_a_429_inside_the_wait_holds_everybody() -> None:
    """An API that refuses the slower calls too is left alone until its wait is over."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)
    one.throttled(1.0, left_at=0.99, retry_after_s=1.0)
    (left_at, *_) = leave_for(one, 0.3, begin=1.0)

    wait = one.throttled(1.3, left_at=left_at, retry_after_s=1.0)

    assert one.wait_s(1.3) == pytest.approx(wait)


def test_a_429_before_anything_was_taken_holds_everybody() -> None:
    """An API that has taken no call yet is not asked for another inside its wait."""
    one = limiter(Pace(ceiling=100, start=100))
    one.leave(0.0)

    wait = one.throttled(0.1, left_at=0.0, retry_after_s=1.0)

    assert one.wait_s(0.1) == pytest.approx(wait)


def test_a_long_wait_is_kept_whatever_came_before() -> None:
    """A call that left before the rate was cut may still bring a longer wait for everybody."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)
    one.throttled(1.0, left_at=0.98, retry_after_s=1.0)

    wait = one.throttled(1.01, left_at=0.99, retry_after_s=7.0)

    assert one.wait_s(1.01) == pytest.approx(wait)


def test_calls_that_were_on_their_way_do_not_cut_again() -> None:
    """Sixteen 429s for sixteen calls in flight are one lesson, not sixteen."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)
    one.throttled(1.0, left_at=0.99, retry_after_s=1.0)
    rate, wait_s = one.rate, one.wait_s(1.1)

    for moment in range(1, 16):
        one.throttled(1.0 + moment / 1000, left_at=0.99, retry_after_s=1.0)

    assert (one.rate, one.wait_s(1.1)) == (rate, wait_s)


def test_a_thread_that_began_late_does_not_cut_again() -> None:
    """A call that was let go before the cut may begin after it; its 429 is no news."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)
    one.throttled(1.0, left_at=0.99, retry_after_s=1.0)
    rate = one.rate

    one.throttled(1.08, left_at=1.05, retry_after_s=1.0)

    assert one.rate == rate


def test_a_late_thread_still_uses_a_known_limit() -> None:
    """Turns that take 5 ms cost nothing of 200 calls a second."""
    one, now, count = limiter(pace(200, known=True)), 0.0, 0
    while now < 40:
        while one.wait_s(now) <= 0:
            one.leave(now)
            count += 1
        now += 0.005

    assert count >= 0.97 * 200 * 40


def test_a_429_to_the_first_call_after_a_wait_counts() -> None:
    """A call that leaves at the very moment when the wait ends is a new one."""
    one = limiter(Pace(ceiling=100, start=100))
    wait = one.throttled(1.0, left_at=0.99, retry_after_s=1.0)
    rate = one.rate

    one.throttled(3.0, left_at=1.0 + wait, retry_after_s=1.0)

    assert one.rate < rate


def test_one_429_at_a_rate_that_went_well_costs_little() -> None:
    """A stray 429 after ten quiet seconds is followed by nine tenths of the rate, not by a long climb."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 10)
    one.throttled(10.0, left_at=9.99, retry_after_s=1.0)

    moments = leave_for(one, 3, begin=11.0)

    assert sum(12 <= moment < 13 for moment in moments) >= 85


def test_climbs_back_after_a_429() -> None:
    """In a minute the whole rate is used again, and no second holds more than the ceiling."""
    one = working(Pace(ceiling=100, start=100))
    leave_for(one, 1)
    one.throttled(1.0, left_at=0.9, retry_after_s=1.0)

    moments = leave_for(one, 60, begin=2.0)

    assert busiest_second(moments) <= 100
    assert one.rate == 99


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("retry_after_s", [None, 0.0, 0.5, 7.0, 60.0, 119.0, 120.0])
def test_waits_are_long_enough_and_never_over_two_minutes(chance: float, retry_after_s: float | None) -> None:
    """Retry-After is kept to; without it the wait doubles with each strike, with jitter, up to a minute."""
    one, now = limiter(Pace(ceiling=100, start=100), chance), 0.0
    for _ in range(12):
        now += 1.0
        wait = one.throttled(now, left_at=now, retry_after_s=retry_after_s)
        assert (retry_after_s or 0.1) <= wait <= max(60.0, min(LONGEST_WAIT_S, (retry_after_s or 0) * 1.05))
        now += wait


def test_backoff_without_retry_after_has_full_jitter() -> None:
    """The same strike gives waits from nearly nothing to the whole step, so that clients do not come back together."""
    rng = random.Random(1)
    waits = []
    for _ in range(200):
        one = Limiter(Pace(ceiling=100, start=100), random=rng.random)
        for strike in range(5):
            wait = one.throttled(100.0 * strike, left_at=100.0 * strike, retry_after_s=None)
        waits.append(wait)

    assert min(waits) < 2
    assert max(waits) > 14
    assert max(waits) <= 16


def test_obeys_the_announced_limit() -> None:
    """A limit in the headers lowers the ceiling, never raises it."""
    one = limiter(Pace(ceiling=100, start=100))

    one.answered(0.0, limit=50, remaining=20)
    assert one.rate == 49.5
    one.answered(0.0, limit=5000, remaining=20)

    assert one.rate == 49.5


def test_waits_out_the_second_when_nothing_remains() -> None:
    """A spent second is waited out instead of running into a 429."""
    one = limiter(Pace(ceiling=100, start=100))

    one.answered(5.0, limit=None, remaining=0)

    assert one.wait_s(5.0) == 1.0


def test_begins_anew_at_half_the_rate_after_an_outage() -> None:
    """A server that comes back is not met by everybody at once."""
    one = limiter(Pace(ceiling=100, start=100))

    one.slow_down(0.0)

    assert one.rate == 49.5


class Met(NamedTuple):
    """What a simulated run met: calls a second over its whole length, and 429s for each 1,000 rows."""

    rate: float
    refused: float


def simulate(
    its_pace: Pace,
    *,
    rows: int,
    allowed: float,
    burst: int,
    latency_s: float,
    seed: int = 7,
    workers: int = 32,
    foreign: float = 0.0,
    window_s: float = 0.0,
) -> Met:
    """
    Run rows against a token bucket that answers 429 with Retry-After 1; so many calls in flight.

    ``foreign``: the share of 429s to calls that the bucket would have taken, whatever our rate. ``window_s``: instead
    of a bucket, so many calls are allowed in each of the windows that follow each other.
    """
    rng = random.Random(seed)
    one = Limiter(its_pace, random=rng.random)
    now = filled_at = 0.0
    tokens, done, refused = float(burst), 0, 0
    flying: list[tuple[float, float, bool]] = []
    waiting = [0.0] * rows
    while done < rows:
        while flying and flying[0][0] <= now:
            at, left_at, taken = heappop(flying)
            if taken:
                done += 1
                one.answered(at)
            else:
                refused += 1
                heappush(waiting, at + one.throttled(at, left_at=left_at, retry_after_s=1.0))
        while len(flying) < workers and waiting and waiting[0] <= now and one.wait_s(now) <= 0:
            heappop(waiting)
            one.leave(now)
            if window_s:
                began = now - now % window_s
                tokens, filled_at = (allowed * window_s if filled_at < began else tokens), now
            else:
                tokens, filled_at = min(burst, tokens + (now - filled_at) * allowed), now
            taken = tokens >= 1 and (not foreign or rng.random() >= foreign)
            tokens -= taken
            heappush(flying, (now + latency_s * rng.uniform(0.8, 1.2), now, taken))
        moments = [flying[0][0]] if flying else []
        if waiting and len(flying) < workers:
            moments.append(max(waiting[0], now + one.wait_s(now)))
        now = max(min(moments, default=now), now + 1e-5) + rng.uniform(0, 0.0005)
    return Met(rows / now, 1000 * refused / rows)


@pytest.mark.parametrize("latency_s", [0.001, 0.02, 0.1])
@pytest.mark.parametrize("burst", [2, 20, 150])
def test_default_settings_suit_the_documented_limit(latency_s: float, burst: int) -> None:
    """At 150 calls a second, 20,000 rows meet no 429 to speak of, and use more than 80 % of what is allowed."""
    met = simulate(pace(DEFAULT_RATE, known=False), rows=20_000, allowed=150, burst=burst, latency_s=latency_s)

    assert met.refused <= 1
    assert met.rate >= 0.8 * 150


@pytest.mark.parametrize("latency_s", [0.001, 0.02])
def test_a_known_limit_is_used_up_without_a_429(latency_s: float) -> None:
    """With the limit set to 200, at least 98 % of it are used and none is refused."""
    met = simulate(pace(200, known=True), rows=3_000, allowed=200, burst=20, latency_s=latency_s)

    assert met.refused == 0
    assert met.rate >= 0.98 * 200


@pytest.mark.parametrize("workers", [16, 32])
@pytest.mark.parametrize("seed", range(5))
def test_an_unknown_limit_is_found(workers: int, seed: int) -> None:
    """Without a limit of our own, 88 % of 200 a second are reached within 3,000 rows, with few 429s."""
    met = simulate(pace(0, known=True), rows=3_000, allowed=200, burst=20, latency_s=0.02, seed=seed, workers=workers)

    assert met.refused <= 15
    assert met.rate >= 0.88 * 200


@pytest.mark.parametrize("burst", [10, 40])
@pytest.mark.parametrize("allowed", [100, 150, 300, 500])
def test_other_unknown_limits_are_found_too(allowed: float, burst: int) -> None:
    """The numbers of the limiter suit more than one limit: 80 % of each within a quarter of a minute."""
    met = simulate(pace(0, known=True), rows=int(15 * allowed), allowed=allowed, burst=burst, latency_s=0.02)

    assert met.refused <= 20
    assert met.rate >= 0.8 * allowed


@pytest.mark.parametrize(("allowed", "refused"), [(10, 40), (30, 20), (50, 20), (100, 5)])
def test_a_lower_limit_than_expected_is_lived_with(allowed: float, refused: float) -> None:
    """Where the API allows far less than documented, most of it is used all the same."""
    met = simulate(pace(DEFAULT_RATE, known=False), rows=60 * int(allowed), allowed=allowed, burst=5, latency_s=0.05)

    assert met.rate >= 0.7 * allowed
    assert met.refused <= refused


@pytest.mark.parametrize(("allowed", "refused"), [(5, 90), (10, 45), (30, 50), (50, 40), (100, 35)])
def test_a_limit_of_whole_seconds_is_lived_with(allowed: float, refused: float) -> None:
    """An API that counts each second anew refuses the rest of it; that is a limit, not a stray."""
    met = simulate(
        pace(DEFAULT_RATE, known=False), rows=60 * int(allowed), allowed=allowed, burst=int(allowed), latency_s=0.05,
        window_s=1.0,
    )  # fmt: skip

    assert met.rate >= 0.7 * allowed
    assert met.refused <= refused


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("foreign", "rows", "least"),
    [
        pytest.param(0.002, 3_000, 120, id="1-in-500"),
        pytest.param(0.01, 3_000, 100, id="1-in-100"),
        pytest.param(0.05, 1_500, 40, id="1-in-20"),
        pytest.param(0.2, 400, 400 / 60, id="1-in-5"),
    ],
)
def test_429s_that_our_rate_does_not_cause_cost_little(foreign: float, rows: int, least: float, seed: int) -> None:
    """Other clients of the token are refused too: what the API took in the last seconds is a rate to go on with."""
    met = simulate(
        pace(DEFAULT_RATE, known=False), rows=rows, allowed=10_000, burst=10_000, latency_s=0.02, seed=seed,
        workers=16, foreign=foreign,
    )  # fmt: skip

    assert met.rate >= least


def test_a_fifth_of_foreign_429s_is_lived_with_whatever_comes() -> None:
    """Over twenty seeds 400 rows take half a minute, and no more than one run of them a minute."""
    met = [
        simulate(
            pace(DEFAULT_RATE, known=False), rows=400, allowed=1e9, burst=10**9, latency_s=0.02, seed=seed, foreign=0.2
        )
        for seed in range(20)
    ]  # fmt: skip
    seconds = sorted(400 / one.rate for one in met)

    assert seconds[10] <= 40
    assert sum(one > 60 for one in seconds) <= 1


def test_a_slow_bucket_is_not_taken_for_foreign_429s() -> None:
    """What a full bucket of five gives at once is no rate: at 5 a second, about one call in fifteen is refused."""
    met = [
        simulate(pace(DEFAULT_RATE, known=False), rows=300, allowed=5, burst=5, latency_s=0.05, seed=seed)
        for seed in range(9)
    ]

    assert sorted(one.refused for one in met)[4] <= 90
    assert all(one.rate >= 4.8 for one in met)


def test_foreign_429s_do_not_hide_a_limit() -> None:
    """At 100 a second and 1 % foreign 429s, most of the limit is used and hardly more is refused."""
    met = simulate(
        pace(DEFAULT_RATE, known=False), rows=3_000, allowed=100, burst=20, latency_s=0.02, workers=16, foreign=0.01
    )

    assert met.rate >= 75
    assert met.refused <= 40


def test_a_stray_429_slows_everybody_for_a_moment() -> None:
    """Below what the API just took in full nobody leaves for a tenth of a second, and the rate stays."""
    one = working(Pace(ceiling=100, start=100))
    for moment in leave_for(one, 10):
        one.answered(moment)
    one.throttled(10.0, left_at=9.99, retry_after_s=1.0)
    for moment in leave_for(one, 1, begin=10.1):
        one.answered(moment)
    rate = one.rate

    one.throttled(11.2, left_at=11.15, retry_after_s=1.0)

    assert one.rate == rate >= 90
    assert one.wait_s(11.2) == pytest.approx(BREATH_S)


def test_three_429s_in_a_row_hold_everybody() -> None:
    """However well it went before, an API that takes nothing more is left alone until its wait is over."""
    one = working(Pace(ceiling=100, start=100))
    for moment in leave_for(one, 10):
        one.answered(moment)
    now = 10.0
    for _ in range(3):
        wait = one.throttled(now, left_at=now, retry_after_s=1.0)
        now += BREATH_S + 0.001

    assert wait >= 1.0
    assert one.wait_s(now - BREATH_S - 0.001) == pytest.approx(wait)
