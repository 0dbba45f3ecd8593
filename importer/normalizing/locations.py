"""What a row's location adds to it: the zone of its appointments, and metadata."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from importer.normalizing.readings import Reading, Unreadable, distinct, object_array, reading_of, spread
from importer.normalizing.texts import trimmed
from importer.normalizing.zones import parse_zone
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import Location, Profile
    from importer.model.sheets import Finding


class Filled(NamedTuple):
    """Zones and metadata columns (by field name) after the locations filled their blanks."""

    zones: np.ndarray
    metadata: dict[str, np.ndarray]
    findings: tuple[Finding, ...]


def fill_from_locations(
    places: np.ndarray, zones: np.ndarray, metadata: Mapping[str, np.ndarray], profile: Profile
) -> Filled:
    """Return zones and metadata with blanks filled from each row's location, then blank zones from the profile."""
    known = {name.strip().casefold(): location for name, location in profile.locations.items()}
    codes, uniques = distinct(places)
    found = [known.get(trimmed(text).casefold()) for text in uniques]
    readings = [reading_of(lambda text: _known(text, profile.locations), text) for text in uniques]
    zone_of = object_array(_zone(place.zone, profile) if place else "" for place in found)
    filled = _where_blank(
        _where_blank(zones, zone_of[codes]), np.full(len(zones), _zone(profile.zone, profile), object)
    )
    return Filled(filled, _metadata(metadata, found, codes), spread("location", codes, readings).findings)


def _known(text: str, locations: Mapping[str, Location]) -> Reading:
    """``Unreadable("location_unknown")``: the profile names no such place."""
    name = trimmed(text)
    folded = {known.strip().casefold(): known for known in locations}
    if not name or not locations or name.casefold() in folded:
        return Reading(name)
    near = get_close_matches(name.casefold(), folded, n=3) or sorted(folded)[:5]
    raise Unreadable("location_unknown", f"Known: {', '.join(folded[known] for known in near)}.")


def _zone(name: str | None, profile: Profile) -> str:
    return reading_of(lambda text: parse_zone(text, profile.zones, region=profile.region.upper()), name or "").value


def _metadata(
    columns: Mapping[str, np.ndarray], found: list[Location | None], codes: np.ndarray
) -> dict[str, np.ndarray]:
    filled = dict(columns)
    names = dict.fromkeys(name for place in found if place for name in place.metadata)
    for name in names:
        field = METADATA_PREFIX + name
        given = object_array(place.metadata.get(name, "") if place else "" for place in found)[codes]
        filled[field] = _where_blank(filled.get(field, np.full(len(codes), "", dtype=object)), given)
    return filled


def _where_blank(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.where(values == "", others, values)
