"""Which appointments a snapshot should name, and when too many of them are missing."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.guards import are_too_many, objection, scope_of
from importer.model.profile import Profile
from importer.model.records import Ahead

NEW_YORK, KIRITIMATI, HONOLULU = "America/New_York", "Pacific/Kiritimati", "Pacific/Honolulu"
ZONES = (NEW_YORK, KIRITIMATI, HONOLULU, "Europe/Berlin", "Asia/Kathmandu")
NOW = datetime(2027, 3, 2, 12, tzinfo=UTC).timestamp()


def ahead(local: str, zone: str = NEW_YORK, location: str | None = None) -> Ahead:
    starts_at = int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp())
    values = {"eventDateTime": local, "subscriberTimeZone": zone}
    return Ahead("+12125550101", "1", "u", starts_at, orjson.dumps(values), location)


def is_in(one: Ahead, window: str, *places: str, now: float = NOW) -> bool:
    scope = scope_of(Profile(snapshot=window, snapshot_locations=places), now)
    assert scope is not None
    first, end = scope.bounds
    found = scope.has(one)
    assert not found or first < one.starts_at < end
    return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("local", "found"),
    [
        ("2027-03-09T23:59:59", False),
        ("2027-03-10T00:00:00", True),
        ("2027-03-12T23:59:59", True),
        ("2027-03-13T00:00:00", False),
    ],
)
def test_window_counts_the_days_of_the_place(zone: str, local: str, found: bool) -> None:
    """The first and the last day count whole, as the appointment's own place has them."""
    assert is_in(ahead(local, zone), "2027-03-10..2027-03-12") is found


@pytest.mark.parametrize(
    ("local", "window"),
    [
        ("2027-03-14T00:30:00", "2027-03-14..2027-03-14"),
        ("2027-03-14T23:30:00", "2027-03-14..2027-03-14"),
        ("2027-11-07T01:30:00", "2027-11-07..2027-11-07"),
        ("2027-11-07T23:30:00", "2027-11-07..2027-11-07"),
    ],
)
def test_days_of_23_and_25_hours_are_days(local: str, window: str) -> None:
    """On the days on which clocks change an appointment is on its own day, and on no other."""
    day = window[:10]
    before, after = f"2027-01-01..{day[:8]}{int(day[8:]) - 1:02}", f"{day[:8]}{int(day[8:]) + 1:02}..2027-12-31"

    assert [is_in(ahead(local), each) for each in (before, window, after)] == [False, True, False]


def test_today_is_the_day_of_the_place() -> None:
    """At noon in UTC it is still the 2nd in Honolulu and already the 3rd on Kiritimati."""
    late = "2027-03-02T23:00:00"

    assert is_in(ahead(late, HONOLULU), "today..today")
    assert not is_in(ahead("2027-03-03T09:00:00", HONOLULU), "today..today")
    assert is_in(ahead("2027-03-03T09:00:00", KIRITIMATI), "today..today")


def test_what_has_started_is_in_no_snapshot() -> None:
    """An appointment of today that began a second ago, or begins now, is the past."""
    start = ahead("2027-03-02T09:00:00").starts_at

    assert [is_in(ahead("2027-03-02T09:00:00"), "today..today", now=start + late) for late in (-1, 0, 1)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("location", "places", "found"),
    [
        ("Main St", (), True),
        (None, (), True),
        ("Main St", ("Main St",), True),
        (" MAIN st ", ("main ST",), True),
        ("Straße", ("STRASSE",), True),
        ("North", ("Main St",), False),
        ("Main St.", ("Main St",), False),
        (None, ("Main St",), False),
        ("", ("Main St",), False),
    ],
)
def test_scope_of_places(location: str | None, places: tuple[str, ...], found: bool) -> None:
    """Places are compared without regard to case; an appointment of an unknown place is in no scope of places."""
    assert is_in(ahead("2027-03-10T09:00:00", location=location), "today..+30d", *places) is found


@pytest.mark.parametrize(
    "values", [{}, {"eventDateTime": "soon", "subscriberTimeZone": NEW_YORK}, {"eventDateTime": "2027-03-02T22:00:00"}]
)
def test_what_has_no_known_day_is_not_missing(values: dict[str, str]) -> None:
    """Near the window's edge the day decides, so one without a day or a zone is left alone."""
    one = ahead("2027-03-02T22:00:00")._replace(accepted=orjson.dumps(values))

    assert not is_in(one, "today..today")


def test_window_far_away_is_no_trouble() -> None:
    """The calendar's last day may be the window's last."""
    assert is_in(ahead("2027-06-01T09:00:00"), "2027-01-01..9999-12-31")


def test_no_window_no_snapshot() -> None:
    """A profile without a window makes no snapshots."""
    assert scope_of(Profile(), NOW) is None


@given(
    st.datetimes(datetime.fromisoformat("2027-02-25"), datetime.fromisoformat("2027-03-25")),
    st.sampled_from(ZONES),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_shortcuts_change_nothing(local: datetime, zone: str, first: int, more: int) -> None:
    """Whatever start, zone and window: in the scope is exactly what is ahead and on one of the window's days."""
    text = local.replace(microsecond=0).isoformat()
    one = ahead(text, zone)
    today = datetime.fromtimestamp(NOW, ZoneInfo(zone)).date()
    days = (local.date() - today).days

    assert is_in(one, f"+{first}d..+{first + more}d") is (one.starts_at > NOW and first <= days <= first + more)


@pytest.mark.parametrize(
    ("missing", "known", "too_many"),
    [
        (1, 10, False),
        (2, 19, True),
        (2, 20, False),
        (10, 1_000, False),
        (11, 1_000, True),
        (1, 1, True),
        (0, 0, False),
    ],
)
def test_guard_has_a_count_and_a_share(missing: int, known: int, too_many: bool) -> None:
    """More than ten, or more than ten per cent: either is too many."""
    assert are_too_many(missing, known, Profile()) is too_many


def test_guard_of_zero_lets_nothing_go() -> None:
    """A clinic may want to approve each single one."""
    assert are_too_many(1, 1_000, Profile(guard_count=0))
    assert are_too_many(1, 1_000, Profile(guard_share_percent=0))


def test_approval_is_of_one_number() -> None:
    """Only the number that is missing now lets them go; another one is named beside it; few need none."""
    profile = Profile()

    assert objection(20, 100, profile, 20) is None
    assert objection(3, 100, profile, 20) is None
    noted = [objection(20, 100, profile, approved) for approved in (None, 19)]
    assert [(note.code, note.value, note.detail) for note in noted if note] == [
        ("too_many_missing", "20", "100"),
        ("approval_differs", "20", "19"),
    ]
