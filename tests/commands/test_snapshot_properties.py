"""What holds for any nights of snapshots: exactly what vanished is cancelled, never the past, another's, or beyond the window."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

from desk import NOW, ROW, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.model.profile import Profile
from importer.sandbox import Sandbox

FIRST = date(2027, 3, 3)
PLACES = ("Main St", "North")
ALWAYS = ROW | {"phone": "2125550190", "location": PLACES[0]}
ZONES = ("America/New_York", "Pacific/Kiritimati")


class Visit(NamedTuple):
    """An appointment: how many days after the first, in which zone and place, and whose profile booked it."""

    days: int
    zone: str
    place: str
    profile: str

    @property
    def local(self) -> datetime:
        return datetime.combine(FIRST + timedelta(days=self.days), datetime.min.time()).replace(hour=9)

    def row(self, number: int) -> dict[str, str]:
        phone = f"212555{101 + number:04d}"
        told = {"externalEventId": f"A-{number}", "phone": phone, "location": self.place}
        return ROW | told | {"eventDateTime": f"{self.local:%Y-%m-%d %H:%M}", "subscriberTimeZone": self.zone}

    def is_ahead(self, now: float) -> bool:
        return self.local.replace(tzinfo=ZoneInfo(self.zone)).timestamp() > now


class Night(NamedTuple):
    """One export: whose, which appointments it names, its window and places, and how many days after the first."""

    profile: str
    names: frozenset[int]
    first: int
    days: int
    places: tuple[str, ...]
    later: int

    def may_cancel(self, visit: Visit, number: int, now: float) -> bool:
        return (
            number not in self.names
            and visit.profile == self.profile
            and self.first <= visit.days <= self.first + self.days
            and (not self.places or visit.place in self.places)
            and visit.is_ahead(now)
        )


profiles = st.sampled_from(["east", "west"])
visits = st.lists(
    st.builds(Visit, st.integers(0, 6), st.sampled_from(ZONES), st.sampled_from(PLACES), profiles),
    min_size=1,
    max_size=6,
)
nights = st.lists(
    st.builds(
        Night,
        profiles,
        st.frozensets(st.integers(0, 5), min_size=1),
        st.integers(0, 5),
        st.integers(0, 4),
        st.sampled_from([(), PLACES[:1], PLACES[::-1]]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=3,
)


def always(name: str) -> dict[str, str]:
    """Return the row of every export: one without rows tells nothing, one that was met before is held as an older file."""
    return ALWAYS | {"firstName": name}


def cancelled(desk: Desk) -> list[str]:
    return [str(event) for action, event, _ in desk.deeds() if action == "cancel"]


@settings(max_examples=longer(5, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(visits, nights)
def test_exactly_what_vanished_is_cancelled(booked: list[Visit], exports: list[Night]) -> None:
    """After each night what was cancelled is what its export should have named and did not; a second run adds nothing."""
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        desk = Desk(Path(folder), sandbox)
        rows = [visit.row(number) for number, visit in enumerate(booked)]
        for name in ("east", "west"):
            desk.profile = Profile(name=name)
            desk.run(*(row for row, visit in zip(rows, booked, strict=True) if visit.profile == name), always(name))
        gone: set[str] = set()
        for count, night in enumerate(exports):
            desk.now += night.later * 86_400
            window = f"{FIRST + timedelta(night.first)}..{FIRST + timedelta(night.first + night.days)}"
            desk.profile = Profile(
                name=night.profile,
                snapshot=window,
                snapshot_locations=night.places,
                cancel_missing=True,
                guard_share_percent=100,
            )
            gone |= {f"A-{number}" for number, visit in enumerate(booked) if night.may_cancel(visit, number, desk.now)}
            for _ in range(2):
                named = (row for number, row in enumerate(rows) if number in night.names)
                desk.run(*named, always(f"Night {count}"))
                assert sorted(cancelled(desk)) == sorted(gone)


def test_the_nights_begin_before_the_first_visit() -> None:
    """The clock of the desk stands before every appointment of these nights, so that all can be booked."""
    assert Visit(0, ZONES[1], PLACES[0], "east").is_ahead(NOW)
