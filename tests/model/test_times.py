"""Zones have one source, the tzdata distribution, and durations one form."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import importer
import schemas
from importer.model.times import as_duration, duration_s, zone, zone_names

# A folder that says of Chicago's clocks that they are Tokyo's.
ELSEWHERE = """
import sys
from datetime import datetime
from importer.model.times import instant
from importer.sending.comparing import differing
from importer.settings.profiles import known_zone
from importer.model.times import zone
print(instant("2027-07-01T09:00:00", "America/Chicago"), zone("America/Chicago").utcoffset(datetime(2027, 7, 1)))
sent = {"eventDateTime": "2027-07-01T09:00:00", "subscriberTimeZone": "America/Chicago"}
print(differing(sent, sent | {"subscriberTimeZone": "US/Central"}), known_zone("America/Chicago"))
"""


def modules() -> list[Path]:
    return [file for package in (importer, schemas) for file in Path(str(package.__file__)).parent.rglob("*.py")]


def test_no_other_module_makes_zones() -> None:
    """``ZoneInfo(name)`` reads the machine's zones; only the one home of zones names zoneinfo, others for types only."""
    found = []
    for file in modules():
        # The sandbox stands for the API and shares no code with what it judges.
        if file.as_posix().endswith("importer/model/times.py") or "sandbox" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            # From bytes of the tzdata package no zone of the machine is read.
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            made = "ZoneInfo" in called and called != "ZoneInfo.from_file"
            asked = isinstance(node, ast.Attribute) and node.attr in {"available_timezones", "ZoneInfo"}
            if made or asked:
                found.append(f"{file.name}: {ast.unparse(node)}")

    assert found == []


def test_the_machine_s_own_zones_are_never_read(tmp_path: Path) -> None:
    """Whatever PYTHONTZPATH holds, planning, settings and the comparison of answers know one Chicago."""
    (tmp_path / "America").mkdir()
    with zone_file("Asia/Tokyo").open("rb") as source:
        (tmp_path / "America" / "Chicago").write_bytes(source.read())
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:2] == ["1814450400 -1 day, 19:00:00", "() America/Chicago"]


def zone_file(name: str) -> Path:
    import tzdata

    return Path(str(tzdata.__file__)).parent.joinpath("zoneinfo", *name.split("/"))


@pytest.mark.parametrize(
    "name", ["", "America", "../zones", "Mars/Base", "America/New_York/..", "/etc/localtime", "\0"]
)
def test_what_is_no_name_of_the_distribution_is_none(name: str) -> None:
    """Folders, paths and foreign names are no zones; nothing outside the distribution is opened."""
    assert name not in zone_names()
    with pytest.raises(KeyError):
        zone(name)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT3H", 10_800),
        ("PT26H30M5S", 95_405),
        ("PT1S", 1),
        ("P1D", 86_400),
        ("P1DT90M", 91_800),
        ("PT3H0M0.000S", 10_800),
        ("PT0S", 0),
        ("", None),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1M", None),
        ("PT1.5S", None),
        ("PT3H ", None),
        ("-PT3H", None),
        ("PT٣H", None),
        ("PT1234567H", None),
    ],
)
def test_durations_have_seconds(text: str, seconds: int | None) -> None:
    """Days to seconds as programs write them have a length; any other text has none."""
    assert duration_s(text) == seconds


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59))
def test_durations_add_up(hours: int, minutes: int, seconds: int) -> None:
    """Hours, minutes and seconds add up, whichever of them are written, and have one normal form."""
    total = hours * 3600 + minutes * 60 + seconds
    parts = [f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count]

    if total:
        assert duration_s("PT" + "".join(parts)) == total
        assert as_duration(total) == "PT" + "".join(parts)


@given(st.text(alphabet="PDT0123456789HMS", max_size=60))
def test_huge_durations_are_no_matter(text: str) -> None:
    """No text of digits, however long, outgrows 64 bits."""
    assert 0 <= (duration_s(text) or 0) < 2**62
