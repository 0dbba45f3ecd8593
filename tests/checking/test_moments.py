"""Starts, reminders and follow-ups against the clock. The clock stands at noon UTC on 1 March 2027."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from importer.checking.time_rules import is_night
from importer.model.profile import Profile

if TYPE_CHECKING:
    from judged_rows import Judge

DAY = 86_400


@pytest.mark.parametrize("action", ["create", "upsert"])
def test_new_appointment_in_the_past(judge: Judge, action: str) -> None:
    """Nobody can be reminded of what is over; a setting lets it pass."""
    change = {"action": action, "eventDateTime": "2027-03-01T06:59:59"}

    assert judge.problems(change) == {"eventDateTime:start_in_past"}
    assert judge.problems(change, profile=Profile(allow_past=True)) == set()


def test_start_at_this_second_is_not_past(judge: Judge) -> None:
    """The edge: 07:00 in New York is noon UTC."""
    assert judge.problems({"eventDateTime": "2027-03-01T07:00:00"}) == set()


def test_update_of_a_past_appointment_is_a_warning(judge: Judge) -> None:
    """An update may name a start that is over: only planning knows whether it changes."""
    change = {"action": "update", "eventDateTime": "2027-02-27T10:00:00"}

    assert judge.problems(change) == set()
    assert "eventDateTime:start_in_past_update" in judge.warnings(change)


def test_cancel_of_a_past_appointment_passes(judge: Judge) -> None:
    """A cancel does not ask when the appointment was."""
    assert judge.problems({"action": "cancel", "eventDateTime": "2026-02-27T10:00:00"}) == set()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"eventDateTime": "2029-02-28T07:00:00"}, False, id="on-the-horizon"),
        pytest.param({"eventDateTime": "2029-02-28T07:00:01"}, True, id="beyond-the-horizon"),
        pytest.param({"eventDateTime": "2206-01-06T10:00:00"}, True, id="slip-in-the-year"),
        pytest.param({"action": "update", "eventDateTime": "0026-01-06T10:00:00"}, True, id="two-digit-year"),
        pytest.param({"action": "cancel", "eventDateTime": "2206-01-06T10:00:00"}, False, id="cancel"),
    ],
)
def test_horizon(judge: Judge, change: dict[str, str], *, problem: bool) -> None:
    """A start further away than the horizon is a slip in the year."""
    assert ("eventDateTime:start_too_far" in judge.problems(change)) is problem


def test_horizon_is_a_setting(judge: Judge) -> None:
    """The horizon is counted in days, and said in the sentence."""
    found = judge.line({}, profile=Profile(horizon_days=2))["problems"]

    assert [one["code"] for one in found] == ["start_too_far"]
    assert "more than 2 days away" in found[0]["message"]


@pytest.mark.parametrize(
    ("offset", "warning"),
    [
        pytest.param("PT3H", None, id="due-later"),
        pytest.param("PT79H30M", None, id="due-now"),
        pytest.param("PT79H30M1S", "remindTimeOffset:reminder_in_past", id="due-a-second-ago"),
        pytest.param("PT720H", "remindTimeOffset:reminder_in_past", id="due-long-ago"),
    ],
)
def test_reminder_moment_in_the_past(judge: Judge, offset: str, warning: str | None) -> None:
    """A reminder that would have been due before now is worth saying; it is not called nightly as well."""
    profile = Profile(night_from_hour=0, night_to_hour=0)

    assert judge.warnings({"remindTimeOffset": offset}, profile=profile) == ({warning} if warning else set())


@pytest.mark.parametrize(
    ("change", "hour"),
    [
        pytest.param({"remindTimeOffset": "PT12H", "eventDateTime": "2027-03-04T09:00:00"}, "21", id="evening"),
        pytest.param({"remindTimeOffset": "PT3H", "eventDateTime": "2027-03-04T10:59:59"}, "07", id="morning"),
        pytest.param({"remindTimeOffset": "PT3H", "eventDateTime": "2027-03-04T11:00:00"}, None, id="from-eight"),
        pytest.param({"remindTimeOffset": "PT3H", "eventDateTime": "2027-03-04T23:59:00"}, None, id="until-nine"),
        pytest.param(
            {"remindTimeOffset": "PT3H", "eventDateTime": "2027-03-14T03:30:00"}, "23", id="on-the-instant-line"
        ),
    ],
)
def test_reminder_at_night(judge: Judge, change: dict[str, str], hour: str | None) -> None:
    """A reminder between 21:00 and 8:00 of the appointment's place is worth saying; offsets count on the instant line."""
    found = judge.line(change)["warnings"]

    assert [one["code"] for one in found] == (["reminder_at_night"] if hour else [])
    assert not hour or f"between {hour}:00" in found[0]["message"]


@pytest.mark.parametrize(
    ("begin", "end", "night"),
    [
        (21, 8, {21, 22, 23, *range(8)}),
        (0, 6, set(range(6))),
        (8, 8, set()),
        (0, 24, set(range(24))),
        (22, 24, {22, 23}),
    ],
)
def test_night_is_a_setting(begin: int, end: int, night: set[int]) -> None:
    """The night runs from one hour to another, past midnight or not; none when it ends as it begins."""
    hours = np.arange(24)
    profile = Profile(night_from_hour=begin, night_to_hour=end)

    assert set(hours[is_night(hours, profile)].tolist()) == night


def test_default_offset_counts(judge: Judge) -> None:
    """The reminder of a row without an offset is judged by the profile's."""
    change = {"remindTimeOffset": "", "eventDateTime": "2027-03-04T09:00:00"}

    assert judge.warnings(change, profile=Profile(remind_time_offset="PT12H")) == {"remindTimeOffset:reminder_at_night"}


def test_blank_offset_of_an_update_is_not_judged(judge: Judge) -> None:
    """A blank in an update leaves the offset as it is, so its reminder is not known here."""
    change = {"action": "update", "remindTimeOffset": "", "eventDateTime": "2027-03-04T09:00:00"}

    assert judge.warnings(change, profile=Profile(remind_time_offset="PT12H")) == set()


def test_follow_up_before_now(judge: Judge) -> None:
    """An update whose follow-up is due already is worth saying."""
    change = {"action": "update", "eventDateTime": "2027-03-01T05:00:00", "followUpTimeOffset": "PT1H"}

    assert "followUpTimeOffset:follow_up_in_past" in judge.warnings(change)
    assert "followUpTimeOffset:follow_up_in_past" not in judge.warnings({**change, "followUpTimeOffset": "PT9H"})


@pytest.mark.parametrize(
    ("start", "follow_up", "problems", "warnings"),
    [
        pytest.param("2027-03-01T06:30:00", "", set(), set(), id="just-missed"),
        pytest.param("2027-03-01T07:00:01", "", {"eventDateTime:no_show_too_early"}, set(), id="still-to-come"),
        pytest.param("2027-02-26T07:00:00", "", set(), {"eventDateTime:no_show_late"}, id="days-ago"),
        pytest.param(
            "2027-03-01T05:00:00", "PT1H", set(), {"followUpTimeOffset:no_show_after_follow_up"}, id="followed-up"
        ),
        pytest.param("", "", set(), set(), id="start-not-given"),
    ],
)
def test_no_show(judge: Judge, start: str, follow_up: str, problems: set[str], warnings: set[str]) -> None:
    """A no-show before the start is a problem; long after it, or after the follow-up, a warning."""
    change = {"action": "no_show", "eventDateTime": start, "followUpTimeOffset": follow_up}

    assert judge.problems(change) == problems
    assert judge.warnings(change) == warnings
