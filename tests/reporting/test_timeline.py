"""The sending over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from importer.model.records import Attempt
from importer.reporting.tally import MOST_SLICES, Clock, Timeline

TIMES = st.floats(min_value=0, max_value=3_000_000, allow_nan=False)
CALLS = st.lists(st.lists(TIMES, min_size=1, max_size=4), max_size=30)


@given(CALLS)
def test_no_attempt_is_lost_and_the_slices_stay_few(calls: list[list[float]]) -> None:
    """A second or a month of sending fits in sixty slices that hold every attempt."""
    clock = Clock()
    for call in calls:
        clock.see([Attempt(at, 0.1, 200, "") for at in sorted(call)])
    line = clock.timeline()

    assert len(line.slices) <= MOST_SLICES
    assert line.attempts == sum(map(len, calls))
    assert line.repeats == sum(len(call) - 1 for call in calls)


def test_endings_are_told_apart() -> None:
    """An answer, a plea to slow down, a refusal and no usable answer are four different things."""
    clock = Clock()
    clock.see([Attempt(10.0, 0.1, status, "") for status in (429, 503, None, 200)])
    clock.see([Attempt(10.5, 0.1, 400, "")])
    (only,) = clock.timeline().slices

    assert (only.answered, only.throttled, only.refused, only.lost, only.repeats) == (1, 1, 1, 2, 3)


def test_quiet_slices_stand_between() -> None:
    """A pause in the sending is seen as one."""
    clock = Clock()
    for at in (10.0, 10.2, 13.9):
        clock.see([Attempt(at, 0.1, 200, "")])

    assert [each.attempts for each in clock.timeline().slices] == [2, 0, 0, 1]


def test_rate_is_over_the_time_of_sending() -> None:
    """The rate counts from the first attempt to the end of the last."""
    clock = Clock()
    for second in range(11):
        clock.see([Attempt(100.0 + second, 0.0, 200, "")] * 1)

    assert clock.timeline().rate == 1.1


def test_nothing_sent_is_an_empty_line() -> None:
    """A run without a call has no timeline."""
    assert Clock().timeline() == Timeline()
    assert Timeline().rate == 0.0
