"""Time zones: any name that surely means one zone, as its canonical IANA name."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from importer.model.chunks import remembering_cells
from importer.model.issues import Issue
from importer.model.times import zone
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import BLANK, Column, Reading, Readings, Unreadable, distinct, reading_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from importer.model.chunks import Distinct
    from importer.model.profile import Profile


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
        if line.startswith("Z "):
            name = line.split(maxsplit=2)[1]
            zones[name] = name
        elif line.startswith("L "):
            _, target, name = line.split()
            zones[name] = target
    return {name: _end_of(name, zones) for name in sorted(zones) if name not in _NO_ZONES}


def is_same_zone(one: str, other: str) -> bool:
    """Whether two names mean one zone by the tzdata in use: a name may have been given up for another since it was written down."""
    names = canonical_names()
    return one == other or names.get(one, one) == names.get(other, other)


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
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - most sheets have the zones' own names

    canonical = canonical_names()
    windows = {folded_zone(name): canonical[zone] for name, zone in win_tz.items() if zone in canonical}
    return windows | known_to_tzdata()


@cache
def known_to_tzdata() -> dict[str, str]:
    """Return folded name -> canonical name for tzdata's names."""
    return {folded_zone(name): zone for name, zone in canonical_names().items()}


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


# To look for near names takes milliseconds for each: a column full of other things must not cost minutes.
MOST_SUGGESTIONS: Final = 50

LONGEST_ABBREVIATION: Final = 5

# Where "Eastern" and "EST" mean the American zones; in Australia they would not.
AMERICAN: Final = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})

# Offsets in front of a name are checked against this year's, which is as good as any other.
_A_YEAR: Final = 2026

# Windows and Rails show "(UTC-05:00) Eastern Time (US & Canada)".
_OFFSET_PREFIX = re.compile(r"\((?:UTC|GMT)(?:(?P<offset>[+-][0-9]{2}:[0-9]{2}))?\) *")
_OFFSET = re.compile(r"(?:UTC|GMT)? *[+\-\u2212] *[0-9]{1,2}(?::?[0-9]{2})?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9 _+&.,'()/\\-]{2,64}")


def parse_zone(text: str, aliases: Mapping[str, str] | None = None, *, region: str = "US") -> Reading:
    r"""
    Read a time zone as its canonical IANA name.

    Accepted, in any case, in this order:

    * the profile's own ``aliases`` (name -> any name below);
    * where ``region`` (ISO 3166) is American, or an offset stands in front, our nicknames for US zones (``ET``, ``Eastern``, ``Pacific Time (US & Canada)``, ``Phoenix``), and with the
      warning ``zone_abbreviation`` their abbreviations (``EST``, ``PDT``): the place's zone, clock changes and all;
    * IANA names and links (``US/Eastern``), also with a blank or ``\`` for ``_`` or ``/``; links become the zone
      that tzdata links them to;
    * Windows names (``Pacific Standard Time``); each means its default zone;
    * a nickname or Windows name behind its offset, ``(UTC-08:00) Pacific Time (US & Canada)``.

    Warning ``zone_fixed`` for zones that are mere offsets (``UTC``, ``Etc/GMT+5``).

    Raises:
        Unreadable: ``zone_ambiguous`` (``MST``; where ``region`` is not American also ``EST`` and ``Eastern Standard
            Time``, which are Sydney's too), ``zone_offset`` (``UTC-5``, ``+05:00``), ``zone_contradicts`` (an offset
            in front that the zone does not have), ``zone_unknown``.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    target = _by_alias(value, aliases) if aliases else None
    return _by_name(target or value, region)


def _by_alias(value: str, aliases: Mapping[str, str]) -> str | None:
    wanted = value.casefold()
    return next((target for name, target in aliases.items() if name.strip().casefold() == wanted), None)


@remembering_cells(4096)
def _by_name(value: str, region: str) -> Reading:
    if _OFFSET.fullmatch(value) and folded_zone(value) not in known():
        raise Unreadable("zone_offset")
    prefix = _OFFSET_PREFIX.match(value)
    bare = value[prefix.end() :] if prefix else value
    if not _NAME.fullmatch(bare):
        raise Unreadable("zone_unknown")
    # An offset in front tells which place is meant; it is held against the zone below.
    is_american = region in AMERICAN or bool(prefix and prefix["offset"])
    if not is_american or region in ISLANDS:
        _refuse_shared(bare, region)
    reading = _american(folded_zone(bare)) if is_american else None
    reading = reading or _worldwide(folded_zone(bare))
    if prefix and prefix["offset"]:
        _refuse_other_offset(prefix["offset"], reading.value)
    return reading


def _refuse_shared(name: str, region: str) -> None:
    """Refuse a name that means one zone in America, and another or none in this region."""
    folded = folded_zone(name)
    if region in ISLANDS:
        if folded == folded_zone("Atlantic Standard Time"):
            raise Unreadable("zone_ambiguous", f"{ISLANDS[region]} or America/Halifax")
    elif folded in _SHARED:
        known = _american(folded)
        american = f"{known.value} if the American zone is meant, " if known else ""
        raise Unreadable("zone_ambiguous", f"{american}the name of the place's own zone, such as Europe/London")


_SHARED: Final = frozenset(map(folded_zone, SHARED_NAMES))


def _american(name: str) -> Reading | None:
    if canonical := nicknames().get(name):
        return Reading(canonical)
    if canonical := abbreviations().get(name):
        return Reading(canonical, (Issue("zone_abbreviation", detail=canonical),))
    return None


def _worldwide(name: str) -> Reading:
    if choice := AMBIGUOUS.get(name.upper()):
        raise Unreadable("zone_ambiguous", choice)
    if canonical := known_to_tzdata().get(name) or known().get(name):
        return Reading(canonical, (Issue("zone_fixed", detail=canonical),) if is_fixed(canonical) else ())
    raise Unreadable("zone_unknown")


def _refuse_other_offset(stated: str, name: str) -> None:
    """Refuse ``(UTC-05:00) Pacific Time (US & Canada)``: one of the two is wrong."""
    offsets = {f"{datetime(_A_YEAR, month, 1, tzinfo=zone(name)):%z}" for month in (1, 7)}
    if stated.replace(":", "") not in offsets:
        raise Unreadable("zone_contradicts", name)


def read_zones(texts: np.ndarray, aliases: Mapping[str, str] | None = None, *, region: str = "US") -> Column:
    """Return the column of zones; the first unknown names of a chunk come with near names as their detail."""
    places, uniques = distinct(texts)
    readings = Readings(uniques)
    for place, text in enumerate(uniques):
        readings.set(place, reading_of(lambda text: parse_zone(text, aliases, region=region), text))
    unknown = readings.remarks.get("zone_unknown", {})
    for place in list(unknown)[:MOST_SUGGESTIONS]:
        unknown[place] = suggestions(uniques[place])
    return readings.spread("subscriberTimeZone", places)


def suggestions(value: str) -> str:
    """
    Return a question with up to three names that the text may have meant, or "" if none is near.

    Likeness of letters tells nothing of abbreviations: those are looked up.
    """
    if len(bare := trimmed(value)) <= LONGEST_ABBREVIATION and "/" not in bare:
        place = ELSEWHERE.get(bare.upper(), "")
        return f"Did you mean {place}?" if place else ""
    name = folded_zone(value[:64])
    cities = {folded_zone(full.rpartition("/")[2]): full for full in canonical_names()}
    full_names = {folded_zone(full): full for full in canonical_names()}
    known = cities | full_names
    near = get_close_matches(name, known, n=3, cutoff=0.75)
    return f"Did you mean {' or '.join(dict.fromkeys(known[found] for found in near))}?" if near else ""


def zone_of_setting(name: str | None, profile: Profile) -> str:
    """Return the zone that a setting names, blank where it names none, so that the rows are told that theirs is missing."""
    try:
        return parse_zone(name or "", profile.zones, region=profile.region.upper()).value
    except Unreadable:
        return ""


def fill_from_profile(zones: Distinct, profile: Profile) -> Distinct:
    """Return the zones with blanks filled by the profile's."""
    blank = zones.spread(zones.texts == "")
    if not profile.zone or not blank.any():
        return zones
    return zones.put(zone_of_setting(profile.zone, profile), blank)


_ANY_OFFSET = re.compile(
    r"\(?(?P<utc>UTC|GMT)? ?(?P<sign>[+\u2212-]?) ?(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-5][0-9]))?(?::00)?\)?",
    re.IGNORECASE,
)
_COUNTED_OFFSET = re.compile(r"[+\u2212-]?(?P<count>[0-9]{3,5})")
_FURTHEST: Final = timedelta(hours=14)


@remembering_cells(4096)
def zones_meant(text: str, region: str) -> frozenset[str]:
    """Return the zones that a text may mean, ``?`` for one that is not known here; none where it names none."""
    try:
        return frozenset({parse_zone(text, region=region).value} - {""})
    except Unreadable as reason:
        if reason.issue.code != "zone_ambiguous":
            return frozenset()
    name = folded_zone(trimmed(text))
    if name == "mst":
        return frozenset({"America/Denver", "America/Phoenix"})
    return frozenset({nicknames().get(name) or abbreviations().get(name) or "?"})


def offsets_meant(text: str, *, plainly: bool = False) -> frozenset[timedelta]:
    """
    Return the offsets from UTC that a text may mean: ``-08:00``, ``UTC-8``, ``-480`` (minutes, of either sign) and ``-28800``.

    ``plainly``: only of a text that says UTC or GMT.
    """
    value, meant = trimmed(text), set()
    found = _ANY_OFFSET.fullmatch(value)
    if found and (found["sign"] or not found["hours"].strip("0")) and (found["utc"] or not plainly):
        distance = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        meant.add(distance if found["sign"] in {"+", ""} else -distance)
    if (number := _COUNTED_OFFSET.fullmatch(value)) and not plainly:
        count = int(number["count"])
        for unit in (timedelta(minutes=1), timedelta(seconds=1)):
            if not count * unit % timedelta(minutes=15) and count * unit >= timedelta(hours=1):
                meant |= {count * unit, -count * unit}
    return frozenset(one for one in meant if abs(one) <= _FURTHEST)


@remembering_cells(65_536)
def shows_other_time(text: str, name: str, start: str, region: str) -> bool:
    """Whether a zone or an offset, as typed, shows another time at this start than the clocks of the zone ``name``."""
    try:
        local = datetime.fromisoformat(start).replace(tzinfo=zone(name))
    except (ValueError, KeyError):
        return False
    used, *of_year = (
        each.utcoffset() or timedelta(0) for each in (local, *(local.replace(month=month, day=1) for month in (1, 7)))
    )
    if offsets := offsets_meant(text):
        # Many programs keep a place's offset of the winter all year. Not by ``dst()``: Ireland's is negative in winter.
        return offsets.isdisjoint({used, min(of_year)})
    others = zones_meant(text, region) - {"?"}
    return not any(local.replace(tzinfo=zone(other)).utcoffset() == used for other in others)
