"""The sending window: when a request may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.sending_window import SendingWindow, Visit, visit_of
from importer.model.statuses import Action
from importer.model.times import zone

DAY = SendingWindow(time(8), time(21))
EVENING = SendingWindow(time(18), time(2))
NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


def opening(window: SendingWindow, name: str, now: float, *, for_s: float) -> float:
    return replace(window, for_s=for_s).opening(name, now)


def leaves_at(action: Action, visit: Visit, home: str | None = None) -> float | None:
    return replace(DAY, for_s=30, home=home).leaves_at(action, visit, at(NIGHT))


def at(text: str, name: str = NEW_YORK) -> float:
    """Return a local moment as UTC seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(name)).timestamp()


def shown(moment: float, name: str = NEW_YORK) -> str:
    return datetime.fromtimestamp(moment, zone(name)).replace(tzinfo=None).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        (DAY, "2027-03-04T07:59:59", "2027-03-04T08:00:00"),
        (DAY, "2027-03-04T08:00:00", "2027-03-04T08:00:00"),
        (DAY, "2027-03-04T12:34:56", "2027-03-04T12:34:56"),
        (DAY, "2027-03-04T20:59:30", "2027-03-04T20:59:30"),
        (DAY, "2027-03-04T20:59:31", "2027-03-05T08:00:00"),
        (DAY, "2027-03-04T23:00:00", "2027-03-05T08:00:00"),
        (EVENING, "2027-03-05T01:00:00", "2027-03-05T01:00:00"),
        (EVENING, "2027-03-05T01:59:45", "2027-03-05T18:00:00"),
        (EVENING, "2027-03-05T18:00:00", "2027-03-05T18:00:00"),
        # Clocks go from 2:00 to 3:00 on March 14: a window that opens at 2:30 opens at 3:30 on that day.
        (SendingWindow(time(2, 30), time(9)), "2027-03-14T00:10:00", "2027-03-14T03:30:00"),
    ],
)
def test_the_window_opens_on_the_clock_of_the_zone(window: SendingWindow, now: str, opens: str) -> None:
    """A call waits until the window is open, and stays so for half a minute."""
    assert shown(opening(window, NEW_YORK, at(now), for_s=30)) == opens


def test_an_hour_that_comes_twice_is_open_the_second_time_only() -> None:
    """Where 1:30 comes twice, a window that opens then opens at the second, and one that closes then closes at the first."""
    twice = SendingWindow(time(1, 30), time(9))
    assert opening(twice, NEW_YORK, at("2027-11-07T00:00:00"), for_s=0) == at("2027-11-07T00:30:00") + 2 * 3600
    until = SendingWindow(time(18), time(1, 30))
    first = at("2027-11-07T01:30:00")
    assert opening(until, NEW_YORK, first - 1, for_s=0) == first - 1
    assert shown(opening(until, NEW_YORK, first + 1, for_s=0)) == "2027-11-07T18:00:00"


def test_each_zone_has_its_own_morning() -> None:
    """At nine in the east it is six in the west, where nobody is texted yet."""
    now = at("2027-06-01T09:00:00")
    assert opening(DAY, NEW_YORK, now, for_s=30) == now
    assert shown(opening(DAY, LOS_ANGELES, now, for_s=30), LOS_ANGELES) == "2027-06-01T08:00:00"


moments = st.integers(
    int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2029, 1, 1, tzinfo=UTC).timestamp())
)
clocks = st.times(timezones=st.none()).map(lambda clock: clock.replace(second=0, microsecond=0))
zones = st.sampled_from(
    [NEW_YORK, LOS_ANGELES, "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Honolulu", "Europe/Lisbon"]
)


@given(moments, clocks, clocks, zones, st.sampled_from([0, 30, 600]))
def test_whatever_the_clocks_do_the_window_is_open_when_it_says(
    now: int, opens: time, closes: time, name: str, for_s: int
) -> None:
    """From the moment that is given, the wall clock stays between the window's hours for as long as was asked."""
    window = SendingWindow(opens, closes)
    length = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    if length % (24 * 60) < 150:  # clocks may jump over an hour of it
        return
    found = opening(window, name, now, for_s=for_s)
    assert now <= found < now + 49 * 3600
    for second in (0, for_s - 1):
        clock = datetime.fromtimestamp(found + max(0, second), zone(name)).time()
        inside = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
        assert inside
    if found > now:
        # It is the first such moment: a minute before, the window was shut, or too short for the call.
        assert opening(window, name, found - 1, for_s=for_s) == found


VISIT = Visit(NEW_YORK, int(at("2027-06-02T10:00:00")), int(at("2027-06-02T07:00:00")))
LATER = Visit(NEW_YORK, int(at("2027-06-02T15:00:00")), int(at("2027-06-02T12:00:00")))
NIGHT, OPENS = "2027-06-01T23:00:00", "2027-06-02T08:00:00"


@pytest.mark.parametrize(
    ("action", "visit", "leaves"),
    [
        (Action.CREATE, LATER, OPENS),
        (Action.CANCEL, LATER, OPENS),
        (Action.NO_SHOW, LATER, OPENS),
        (Action.UPDATE, LATER, NIGHT),
        (Action.CREATE, VISIT, NIGHT),
        (Action.CANCEL, VISIT, NIGHT),
        (Action.NO_SHOW, VISIT, OPENS),
        (Action.CANCEL, Visit(NEW_YORK, int(at("2027-06-02T07:30:00"))), NIGHT),
        (Action.CANCEL, Visit(NEW_YORK, int(at("2027-06-01T20:00:00"))), OPENS),
        (Action.CREATE, Visit(NEW_YORK, int(at("2027-06-02T15:00:00")), int(at("2027-06-01T15:00:00"))), OPENS),
        (Action.CANCEL, Visit(NEW_YORK), NIGHT),
        (Action.CANCEL, Visit(), NIGHT),
    ],
)
def test_what_waits_and_what_goes_at_once(action: Action, visit: Visit, leaves: str) -> None:
    """At night only updates go, cancels before a visit or reminder, and creates before a reminder."""
    assert shown(leaves_at(action, visit) or 0) == leaves


def test_without_any_zone_a_no_show_cannot_be_timed() -> None:
    """A request whose zone nobody knows is never sent at a guessed hour; the profile's zone stands in."""
    assert leaves_at(Action.NO_SHOW, Visit()) is None
    assert leaves_at(Action.NO_SHOW, Visit(), NEW_YORK) == at(OPENS)


def test_a_visit_is_read_from_the_values_of_a_create() -> None:
    """Start and reminder follow from local start, zone and offset; what is not said stays unknown."""
    body = {"eventDateTime": "2027-06-02T15:00:00", "subscriberTimeZone": NEW_YORK, "remindTimeOffset": "PT3H"}
    assert visit_of(orjson.dumps(body)) == LATER
    assert visit_of(b"{}") == Visit()
    assert visit_of(None, starts_at=5) == Visit(None, 5)
    assert timedelta(seconds=(LATER.starts_at or 0) - (LATER.reminds_at or 0)) == timedelta(hours=3)
