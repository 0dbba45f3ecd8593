"""Starts as instants: hours that never come, hours that come twice, and the offsets in between."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.checking.time_rules import clock_of, jump_over, starts_of
from importer.model.chunks import NO_START, Table, distinct
from importer.model.profile import Profile
from importer.model.times import zone
from importer.normalizing.time_zones import canonical_names
from importer.problems import problem

if TYPE_CHECKING:
    from judged_rows import Judge

CORPORA = Path(os.environ.get("IMPORTER_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
DST = CORPORA / "tables" / "dst_local_times.csv"
ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def starts(rows: list[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the instants of (local, zone) rows, and where they never come or come twice."""
    clocks, zones = (distinct(column.copy()) for column in np.array(rows, dtype=object).T)
    table = Table({"eventDateTime": clocks, "subscriberTimeZone": zones}, len(rows))
    return starts_of(table, np.ones(len(rows), dtype=bool))


@pytest.mark.skipif(not DST.exists(), reason="the corpora are not beside the checkout")
def test_agrees_with_the_table_of_clock_changes() -> None:
    """Every row of the table has its status and its instant."""
    with DST.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    at, never, twice = starts([(row["local"], row["zone"]) for row in table])
    status = np.full(len(table), "ok", dtype=object)
    status[never], status[twice] = "gap", "overlap"
    expected = [row["utc_if_ok"] or row["utc_earlier"] for row in table]
    known = [place for place, row in enumerate(table) if row["status"] != "gap"]

    assert status.tolist() == [row["status"] for row in table]
    assert [int(at[place]) for place in known] == [seconds(expected[place]) for place in known]


@settings(max_examples=300)
@given(
    st.sampled_from(ZONES),
    st.one_of(
        st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2199-12-30")),
        st.datetimes(datetime.fromisoformat("2027-03-10"), datetime.fromisoformat("2027-04-10")),
        st.datetimes(datetime.fromisoformat("2026-10-20"), datetime.fromisoformat("2026-11-05")),
    ),
)
def test_agrees_with_zoneinfo(name: str, moment: datetime) -> None:
    """A start is an instant, never comes, or comes twice, exactly as the standard library's zones say."""
    local = moment.replace(microsecond=0)
    place = zone(name)
    first, second = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    differ = first.utcoffset() != second.utcoffset()
    comes = first.astimezone(UTC).astimezone(place).replace(tzinfo=None) == local
    at, never, twice = starts([(local.isoformat(), name)])

    assert (len(never) == 1) is (differ and not comes)
    assert (len(twice) == 1) is (differ and comes)
    if comes:
        assert at[0] == int(first.timestamp())


@pytest.mark.parametrize("year", [2011, 2027])
def test_agrees_with_zoneinfo_around_every_change(year: int) -> None:
    """Around each change of each zone's clock a start is as the standard library says, in gaps and doubled hours too."""
    rows, expected = [], []
    first = datetime(year, 1, 1, tzinfo=UTC)
    for name in sorted(set(canonical_names().values())):
        place = zone(name)
        offsets = [(first + timedelta(days=day)).astimezone(place).utcoffset() for day in range(366)]
        for day, (before, after) in enumerate(pairwise(offsets)):
            if before == after or before is None:
                continue
            shown = (first + timedelta(days=day)).replace(tzinfo=None) + before
            for local in (shown + timedelta(minutes=minute) for minute in range(-90, 1_620, 30)):
                early, late = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
                comes = early.astimezone(UTC).astimezone(place).replace(tzinfo=None) == local
                rows.append((local.isoformat(), name))
                kind = "" if early.utcoffset() == late.utcoffset() else "twice" if comes else "never"
                expected.append((int(early.timestamp()) if comes else None, kind))
    at, never, twice = starts(rows)
    kinds = np.full(len(rows), "", dtype=object)
    kinds[never], kinds[twice] = "never", "twice"

    told = [(None if kind == "never" else int(start), kind) for start, kind in zip(at, kinds, strict=True)]
    assert [(row, found, right) for row, found, right in zip(rows, told, expected, strict=True) if found != right] == []
    assert {"never", "twice"} <= set(kinds)


@given(st.sampled_from(ZONES), st.integers(seconds("1971-01-01"), seconds("2199-12-30")))
def test_hours_are_those_of_the_clock(name: str, utc: int) -> None:
    """The hour at an instant is what the zone's clock shows."""
    shown = clock_of(name, np.array([utc])).hours(np.array([utc]))

    assert shown.tolist() == [(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=utc)).astimezone(zone(name)).hour]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("America/Recife", ["2000-02-27T02:00", "2000-10-08T03:00", "2000-10-15T02:00"]),
        ("Africa/Casablanca", ["2026-02-15T02:00", "2026-03-22T02:00"]),
        ("Asia/Gaza", ["2040-03-24T00:00", "2040-10-20T00:00", "2040-10-26T23:00"]),
    ],
)
def test_changes_near_each_other_are_found(name: str, changes: list[str]) -> None:
    """Changes of a clock within weeks or days of each other are all known, to the second."""
    year = changes[0][:4]
    clock = clock_of(name, np.array([seconds(f"{year}-07-01")]))
    edges = np.array([seconds(change) for change in changes])

    assert set(edges.tolist()) <= set(clock.changes.tolist())
    assert (clock.offset_at(edges) != clock.offset_at(edges - 1)).all()


def test_zones_and_years_in_one_chunk() -> None:
    """Rows of several zones and distant years do not disturb each other."""
    rows = [("1971-07-01T12:00:00", "Europe/London"), ("2150-01-01T12:00:00", "America/New_York")] * 2
    at, never, twice = starts([*rows, ("2027-07-01T12:00:00", "Europe/London")])

    assert at.tolist() == [seconds("1971-07-01T11:00"), seconds("2150-01-01T17:00")] * 2 + [seconds("2027-07-01T11:00")]
    assert len(never) == len(twice) == 0


@pytest.mark.parametrize(
    ("local", "name", "jump"),
    [
        ("2027-03-14T02:30:00", "America/New_York", "02:00 to 03:00"),
        ("2027-03-14T02:00:00", "America/New_York", "02:00 to 03:00"),
        ("2027-03-28T01:59:59", "Europe/London", "01:00 to 02:00"),
        ("2027-10-03T02:15:00", "Australia/Lord_Howe", "02:00 to 02:30"),
        ("2011-12-30T10:00:00", "Pacific/Apia", "00:00 to 00:00"),
    ],
)
def test_jumps_are_told(local: str, name: str, jump: str) -> None:
    """The sentence about an hour that never comes says how the clock jumps."""
    assert jump_over(local, name) == jump


def test_hour_that_never_comes(judge: Judge) -> None:
    """A start in the spring gap is a problem that names zone and jump."""
    line = judge.line({"eventDateTime": "2027-03-14T02:30:00"})

    assert [found["code"] for found in line["problems"]] == ["start_never"]
    assert "America/New_York, where clocks go from 02:00 to 03:00" in line["problems"][0]["message"]
    assert line["payload"]["eventDateTime"] == "2027-03-14T02:30:00"


@pytest.mark.parametrize("action", ["cancel", "no_show"])
def test_hour_that_never_comes_does_not_hinder_a_cancel(judge: Judge, action: str) -> None:
    """A call that does not send the start is not stopped by it."""
    assert "eventDateTime:start_never" not in judge.problems({"action": action, "eventDateTime": "2026-03-08T02:30:00"})


def test_hour_that_comes_twice(judge: Judge) -> None:
    """A start in the autumn's repeated hour is a warning, or a problem where the profile says so; the first counts."""
    change = {"eventDateTime": "2027-11-07T01:30:00", "remindTimeOffset": "PT10H"}
    refusing = Profile(refuse_ambiguous_times=True)

    assert judge.warnings(change) == {"eventDateTime:start_twice"}
    assert judge.problems(change, profile=refusing) == {"eventDateTime:start_twice_refused"}
    assert judge.check(change).starts_at.tolist() == [seconds("2027-11-07T05:30:00")]


@pytest.mark.parametrize(
    "change", [{"eventDateTime": ""}, {"subscriberTimeZone": ""}, {"eventDateTime": "x"}, {"subscriberTimeZone": "x"}]
)
def test_no_start_without_time_and_zone(judge: Judge, change: dict[str, str]) -> None:
    """A row whose start or zone is blank or unreadable has no instant."""
    assert judge.check(change, {}).starts_at.tolist() == [NO_START, seconds("2027-03-04T19:30:00")]


def test_zone_is_not_the_machines() -> None:
    """Zones come from the tzdata distribution and equal the standard library's reading of it."""
    assert zone("America/New_York").key == "America/New_York"
    assert zone("America/New_York").utcoffset(datetime.fromisoformat("2027-07-01")) == ZoneInfo(
        "America/New_York"
    ).utcoffset(datetime.fromisoformat("2027-07-01"))


def test_quotes_day_and_time_apart(judge: Judge) -> None:
    """A start that stands in two columns is quoted as the person typed it."""
    typed = [{"date": "14.3.2027", "time": "2:30"}]
    line = judge.line({"eventDateTime": "2027-03-14T02:30:00"}, typed=typed)

    assert line["problems"][0]["value"] == "14.3.2027 2:30"
    said = problem(
        "start_never",
        field="eventDateTime",
        value="14.3.2027 2:30",
        detail="America/New_York, where clocks go from 02:00 to 03:00",
    )
    assert line["problems"][0]["message"] == f"Column A: {said.message}"
