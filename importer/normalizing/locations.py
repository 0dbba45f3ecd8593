"""What a row's location adds to it: the zone of its appointments, and metadata."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from importer.normalizing.readings import Reading, Unreadable, distinct, object_array, read_column
from importer.normalizing.texts import trimmed
from importer.normalizing.zones import parse_zone
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.distinct import Distinct
    from importer.model.issues import Issues
    from importer.model.profile import Location, Profile


class Filled(NamedTuple):
    """Zones and metadata columns (by field name) after a location filled their blanks."""

    zones: np.ndarray
    metadata: dict[str, np.ndarray]
    findings: tuple[Issues, ...] = ()


def fill_from_locations(
    places: np.ndarray, zones: np.ndarray, metadata: Mapping[str, np.ndarray], profile: Profile
) -> Filled:
    """
    Return zones and metadata with blanks filled from each row's location.

    ``places``: the locations as typed. A name that is not among the profile's is the problem ``location_unknown``;
    a profile without locations judges none.
    """
    known = {_folded(name): location for name, location in profile.locations.items()}
    codes, uniques = distinct(places)
    found = [known.get(_folded(text)) for text in uniques]
    zone_of = object_array(_zone(place.zone, profile) if place else "" for place in found)
    findings = read_column("location", places, partial(parse_location, known=tuple(profile.locations))).findings
    return Filled(where_blank(zones, zone_of[codes]), _metadata(metadata, found, codes), findings)


def read_places(places: np.ndarray, profile: Profile) -> np.ndarray:
    """Return the names of the places as the profile spells them; what it does not know stays as typed."""
    names = {_folded(name): name for name in profile.locations}
    return object_array(names.get(_folded(text), trimmed(text)) for text in places)


def fill_from_profile(zones: Distinct, profile: Profile) -> Distinct:
    """Return the zones with blanks filled by the profile's."""
    blank = zones.spread(zones.texts == "")
    if not profile.zone or not blank.any():
        return zones
    return zones.put(_zone(profile.zone, profile), blank)


def parse_location(text: str, known: tuple[str, ...]) -> Reading:
    """
    Read the name of a place that the profile knows, in any case; the text itself where the profile knows none.

    Raises:
        Unreadable: ``location_unknown``.

    """
    name = trimmed(text)
    if not name or not known or _folded(name) in map(_folded, known):
        return Reading(name)
    raise Unreadable("location_unknown", f"Known: {', '.join(sorted(known)[:5])}.")


def _folded(name: str) -> str:
    return trimmed(name).casefold()


def _zone(name: str | None, profile: Profile) -> str:
    """Return the zone that a setting names, blank where it names none, so that the rows are told that theirs is missing."""
    try:
        return parse_zone(name or "", profile.zones, region=profile.region.upper()).value
    except Unreadable:
        return ""


def _metadata(
    columns: Mapping[str, np.ndarray], found: list[Location | None], codes: np.ndarray
) -> dict[str, np.ndarray]:
    filled = dict(columns)
    names = dict.fromkeys(name for place in found if place for name in place.metadata)
    for name in names:
        field = METADATA_PREFIX + name
        given = object_array(place.metadata.get(name, "") if place else "" for place in found)[codes]
        filled[field] = where_blank(filled[field], given) if field in filled else given
    return filled


def where_blank(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the texts, and where one is blank the other."""
    return np.where(values == "", others, values)
