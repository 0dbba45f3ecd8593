"""Time zones: any name that surely means one zone, as its canonical IANA name."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.model.issues import Issue
from importer.model.times import zone
from importer.normalizing import zone_names
from importer.normalizing.readings import BLANK, Column, Reading, Readings, Unreadable, distinct, reading_of
from importer.normalizing.texts import trimmed
from importer.normalizing.zone_names import folded_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

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


@lru_cache(maxsize=4096)
def _by_name(value: str, region: str) -> Reading:
    if _OFFSET.fullmatch(value) and folded_zone(value) not in zone_names.known():
        raise Unreadable("zone_offset")
    prefix = _OFFSET_PREFIX.match(value)
    bare = value[prefix.end() :] if prefix else value
    if not _NAME.fullmatch(bare):
        raise Unreadable("zone_unknown")
    # An offset in front tells which place is meant; it is held against the zone below.
    is_american = region in AMERICAN or bool(prefix and prefix["offset"])
    if not is_american or region in zone_names.ISLANDS:
        _refuse_shared(bare, region)
    reading = _american(folded_zone(bare)) if is_american else None
    reading = reading or _worldwide(folded_zone(bare))
    if prefix and prefix["offset"]:
        _refuse_other_offset(prefix["offset"], reading.value)
    return reading


def _refuse_shared(name: str, region: str) -> None:
    """Refuse a name that means one zone in America, and another or none in this region."""
    folded = folded_zone(name)
    if region in zone_names.ISLANDS:
        if folded == folded_zone("Atlantic Standard Time"):
            raise Unreadable("zone_ambiguous", f"{zone_names.ISLANDS[region]} or America/Halifax")
    elif folded in _SHARED:
        known = _american(folded)
        american = f"{known.value} if the American zone is meant, " if known else ""
        raise Unreadable("zone_ambiguous", f"{american}the name of the place's own zone, such as Europe/London")


_SHARED: Final = frozenset(map(folded_zone, zone_names.SHARED_NAMES))


def _american(name: str) -> Reading | None:
    if canonical := zone_names.nicknames().get(name):
        return Reading(canonical)
    if canonical := zone_names.abbreviations().get(name):
        return Reading(canonical, (Issue("zone_abbreviation", detail=canonical),))
    return None


def _worldwide(name: str) -> Reading:
    if choice := zone_names.AMBIGUOUS.get(name.upper()):
        raise Unreadable("zone_ambiguous", choice)
    if canonical := zone_names.known().get(name):
        return Reading(canonical, (Issue("zone_fixed", detail=canonical),) if zone_names.is_fixed(canonical) else ())
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
        place = zone_names.ELSEWHERE.get(bare.upper(), "")
        return f"Did you mean {place}?" if place else ""
    name = folded_zone(value[:64])
    cities = {folded_zone(full.rpartition("/")[2]): full for full in zone_names.canonical_names()}
    full_names = {folded_zone(full): full for full in zone_names.canonical_names()}
    known = cities | full_names
    near = get_close_matches(name, known, n=3, cutoff=0.75)
    return f"Did you mean {' or '.join(dict.fromkeys(known[found] for found in near))}?" if near else ""
