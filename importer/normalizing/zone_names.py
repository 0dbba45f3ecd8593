"""The names that zones go by: tzdata's names and links, Windows' names, and our own short table for the US."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

from tzlocal.windows_tz import win_tz

# Everyday names. Their standard and daylight abbreviations mean the place's zone with its clock changes, never the
# fixed-offset zone that tzdata happens to call EST. MST is left out: Denver changes its clocks and Phoenix does not.
NICKNAMES: Final[dict[str, str]] = {
    name: zone
    for zone, names in {
        "America/New_York": (
            "ET",
            "Eastern",
            "Eastern Time",
            "US Eastern",
            "US Eastern Time",
            "Eastern Time (US & Canada)",
            "New York",
        ),
        "America/Chicago": (
            "CT",
            "Central",
            "Central Time",
            "US Central",
            "US Central Time",
            "Central Time (US & Canada)",
            "Chicago",
        ),
        "America/Denver": (
            "MT",
            "Mountain",
            "Mountain Time",
            "US Mountain",
            "US Mountain Time",
            "Mountain Time (US & Canada)",
            "Denver",
        ),
        "America/Los_Angeles": (
            "PT",
            "Pacific",
            "Pacific Time",
            "US Pacific",
            "US Pacific Time",
            "Pacific Time (US & Canada)",
            "Los Angeles",
        ),
        "America/Phoenix": ("Arizona", "Arizona Time", "Phoenix"),
        "America/Anchorage": ("AKT", "Alaska", "Alaska Time", "Anchorage"),
        "Pacific/Honolulu": ("HT", "Hawaii", "Hawaii Time", "Hawaii-Aleutian Standard Time", "Honolulu"),
        "America/Puerto_Rico": ("Puerto Rico",),
    }.items()
    for name in names
}

ABBREVIATIONS: Final[dict[str, str]] = {
    name: zone
    for zone, names in {
        "America/New_York": ("EST", "EDT", "Eastern Daylight Time"),
        "America/Chicago": ("CST", "CDT", "Central Daylight Time"),
        "America/Denver": ("MDT", "Mountain Daylight Time"),
        "America/Los_Angeles": ("PST", "PDT", "Pacific Daylight Time"),
        "America/Anchorage": ("AKST", "AKDT", "Alaskan Daylight Time", "Alaska Standard Time", "Alaska Daylight Time"),
        "Pacific/Honolulu": ("HST",),
    }.items()
    for name in names
}

AMBIGUOUS: Final[dict[str, str]] = {"MST": "America/Denver (changes its clocks) or America/Phoenix (does not)"}

# Names that other places use too: outside America they mean no zone, whatever tzdata or Windows calls so.
SHARED_NAMES: Final = frozenset(
    {"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "HST"}
    | {f"{part} Standard Time" for part in ("Eastern", "Central", "Mountain", "Pacific", "Atlantic")}
    | {f"{part} Daylight Time" for part in ("Eastern", "Central", "Mountain", "Pacific", "Atlantic")}
    | {
        f"{part}{kind}"
        for part in ("Eastern", "Central", "Western", "Mountain", "Pacific", "Atlantic")
        for kind in ("", " Time")
    }
    | {"WST", "AST", "ADT", "IST", "BST", "GST", "SST"}
)
# Windows calls Halifax so, which changes its clocks; on these islands it is their own, which does not.
ISLANDS: Final[dict[str, str]] = {"PR": "America/Puerto_Rico", "VI": "America/Puerto_Rico"}

# Abbreviations of other places, each with the zone that it names there: hints for people, never read by.
ELSEWHERE: Final[dict[str, str]] = {
    "AEST": "Australia/Sydney or Australia/Brisbane",
    "AEDT": "Australia/Sydney",
    "ACST": "Australia/Adelaide or Australia/Darwin",
    "ACDT": "Australia/Adelaide",
    "AWST": "Australia/Perth",
    "NZST": "Pacific/Auckland",
    "NZDT": "Pacific/Auckland",
    "SAST": "Africa/Johannesburg",
    "CAT": "Africa/Maputo",
    "EAT": "Africa/Nairobi",
    "WAT": "Africa/Lagos",
    "BST": "Europe/London",
    "IST": "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem",
    "CEST": "Europe/Berlin or Europe/Paris",
    "EEST": "Europe/Athens or Europe/Kiev",
    "WEST": "Europe/Lisbon",
    "MSK": "Europe/Moscow",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "SGT": "Asia/Singapore",
    "HKT": "Asia/Hong_Kong",
    "PHT": "Asia/Manila",
    "ICT": "Asia/Bangkok",
    "WIB": "Asia/Jakarta",
    "GST": "Asia/Dubai",
    "BRT": "America/Sao_Paulo",
    "ART": "America/Argentina/Buenos_Aires",
    "AST": "America/Puerto_Rico or America/Halifax",
    "ADT": "America/Halifax",
    "NST": "America/St_Johns",
    "NDT": "America/St_Johns",
    "CHST": "Pacific/Guam",
    "SST": "Pacific/Pago_Pago",
}

# Not places: a placeholder for "not set".
_NO_ZONES: Final = frozenset({"Factory"})
_FIXED = re.compile(r"Etc/(?:GMT(?:[+-][0-9]+)?|UTC)")


def folded_zone(name: str) -> str:
    r"""Return a zone name without case, blanks, ``_`` and with ``/`` for ``\``: ``America/new york`` is ``america/newyork``."""
    return name.replace("\\", "/").replace(" ", "").replace("_", "").casefold()


@cache
def canonical_names() -> dict[str, str]:
    """
    Return every tzdata name with its canonical one, as tzdata's own links say (``US/Eastern``: America/New_York).

    Source: ``tzdata.zi`` of the tzdata distribution, with the links of its ``backward`` file followed to the end;
    so Europe/Oslo is Europe/Berlin, whose clocks it shares since 1970.
    """
    zones: dict[str, str] = {}
    for line in _zone_source():
        match line.split():
            case ["Z", name, *_]:
                zones[name] = name
            case ["L", target, name]:
                zones[name] = target
            case _:
                pass
    return {name: _end_of(name, zones) for name in sorted(zones) if name not in _NO_ZONES}


def _end_of(name: str, links: dict[str, str]) -> str:
    while links[name] != name:
        name = links[name]
    return name


def _zone_source() -> list[str]:
    text = resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text(encoding="utf-8")
    return text.splitlines()


def tzdata_version() -> str:
    """Return the release of the time zone database in use, such as ``2026f``."""
    return _zone_source()[0].rpartition(" ")[2]


@cache
def known() -> dict[str, str]:
    """
    Return folded name -> canonical name for tzdata's names and Windows' names, tzdata's first.

    Each Windows name means CLDR's default for it (territory 001), as tzlocal keeps it.
    """
    canonical = canonical_names()
    windows = {folded_zone(name): canonical[zone] for name, zone in win_tz.items() if zone in canonical}
    return windows | {folded_zone(name): zone for name, zone in canonical.items()}


@cache
def nicknames() -> dict[str, str]:
    """Return folded nickname -> canonical name."""
    return {folded_zone(name): zone for name, zone in NICKNAMES.items()}


@cache
def abbreviations() -> dict[str, str]:
    """Return folded abbreviation -> canonical name."""
    return {folded_zone(name): zone for name, zone in ABBREVIATIONS.items()}


def is_fixed(canonical: str) -> bool:
    """Return whether the zone is an offset by name, the same all year and without a place: ``Etc/GMT+5``, ``Etc/UTC``."""
    return _FIXED.fullmatch(canonical) is not None
