"""
What belongs to a start or a phone and stands in columns of their own beside it, which nothing maps.

Each idea has its module: ``times_beside``, ``days_beside``, ``zones_beside``, ``phones_beside``; states are looked up here.
They are found for a sheet, each is asked for its issues, and what was found changes how the starts are read.

The state of a clinic says on which clocks its visits are. The one in which a patient lives may be another: that is a
warning, but a problem where no first row is of a patient in the zone in which the starts are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.days_beside import DaysBeside, days_beside
from importer.columns.heading_forms import PERSON, VISIT, words_of_heading
from importer.columns.phones_beside import PhonesBeside, phones_beside
from importer.columns.times_beside import TimesBeside, times_beside
from importer.columns.zones_beside import ZonesBeside, without_zone, zones_beside
from importer.model.chunks import remembering_cells
from importer.model.issues import Issues
from importer.model.times import zone as zone_of
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.time_zones import AMERICAN, zone_of_setting
from importer.normalizing.value_reading import combinations, object_array
from schemas import calendar_words as calendar
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from importer.columns.settling import Samples, Settled
    from importer.columns.times_beside import Fault
    from importer.model.chunks import Chunk, Normalized


_START: Final = "eventDateTime"
_ZONE: Final = "subscriberTimeZone"
_STATES: Final = listed("state states province prov")
_AROUND_STATES: Final = listed(calendar.STATE_HEADINGS)
_PLACES: Final = listed(calendar.PLACE_HEADINGS)
_HOMES: Final = PERSON | listed(calendar.HOME_HEADINGS)
# Two patients may well live elsewhere.
_FEWEST: Final = 3
_SUMMER: Final = "2026-07-01"
_WINTER: Final = "2026-01-01"


@dataclass(frozen=True, slots=True)
class StatesBeside:
    """
    The columns of states of a sheet, by position: of the ``places`` of visits, and of the ``homes`` of patients.

    ``elsewhere``: of these, where no first row is of a patient who lives in the profile's zone.
    """

    places: tuple[int, ...] = ()
    homes: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.places, self.homes, self.elsewhere

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows without a zone of their own whose state has other clocks than those of their start."""
        if not (self.places or self.homes) or _START not in normalized.values or _ZONE not in normalized.values:
            return
        starts, known = normalized.values.distinct(_START), normalized.values.distinct(_ZONE)
        days, is_open = starts.spread(starts.texts.astype("U10").astype(object)), without_zone(normalized)
        for at in (*self.places, *self.homes):
            cells = chunk.column(at)
            places, rows = combinations(cells, known, days)
            told = zip(cells.at(rows).tolist(), known.at(rows).tolist(), days[rows].tolist(), strict=True)
            other = np.array(
                [_is_elsewhere(trimmed(cell).casefold(), name, day) for cell, name, day in told], dtype=bool
            )
            if (wrong := np.flatnonzero(other[places] & is_open)).size:
                names, values = known.at(wrong).tolist(), object_array(map(trimmed, cells.at(wrong).tolist()))
                if at in self.places or at in self.elsewhere:
                    details = object_array(f"it is read in the time zone {name}" for name in names)
                    yield Issues("start_contradicts", _ZONE, wrong, details, values, at)
                else:
                    yield Issues("zone_of_state", _ZONE, wrong, object_array(names), values, at)


@remembering_cells(65_536)
def _is_elsewhere(state: str, name: str, day: str) -> bool:
    """Whether no clock of a state, in lower case, shows the time of a zone at noon of a day."""
    try:
        noon = datetime.fromisoformat(f"{day}T12:00:00")
        used = noon.replace(tzinfo=zone_of(name)).utcoffset()
    except (ValueError, KeyError):
        return False
    zones = calendar.ZONES_OF_STATES.get(state, (name,))
    return not any(noon.replace(tzinfo=zone_of(zone)).utcoffset() == used for zone in zones)


def states_beside(sheet: Settled, free: Sequence[int], samples: Samples) -> StatesBeside:
    """Return the columns whose cells are all states or provinces, of a profile of their countries."""
    profile, named = sheet.profile, {at: set(words_of_heading(sheet.headings[at])) for at in free}
    if not sheet.start_field or profile.region.upper() not in AMERICAN:
        return StatesBeside()
    named = {at: words for at, words in named.items() if words & _STATES and _are_states(samples.of(at))}
    places = [at for at, words in named.items() if words & _PLACES and words <= _PLACES | VISIT | _AROUND_STATES]
    homes = [at for at, words in named.items() if words <= _HOMES | _AROUND_STATES and "location" not in sheet.fields]
    zone, codes = zone_of_setting(profile.zone, profile), sheet.results.get("result_code")
    # In a report of ours the rows that told so may be gone.
    was_told = codes is not None and any("start_contradicts" in text for text in samples.texts(codes))
    elsewhere = [
        at
        for at in homes
        if zone and len(samples.filled(at)) >= (1 if was_told else _FEWEST)
        and all(_is_elsewhere(text.casefold(), zone, day) for text in samples.of(at) for day in (_SUMMER, _WINTER))
    ]  # fmt: skip
    return StatesBeside(tuple(places), tuple(homes), tuple(elsewhere))


def _are_states(cells: Sequence[str]) -> bool:
    return bool(cells) and all(text.casefold() in calendar.ZONES_OF_STATES for text in cells)


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns of a sheet that belong to its start or its phone, and how its times are written."""

    times: TimesBeside
    days: DaysBeside
    zones: ZonesBeside
    phones: PhonesBeside
    states: StatesBeside

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.times.told, self.days.told, self.zones.told, self.phones.told, self.states.told

    @property
    def columns(self) -> frozenset[int]:
        """Positions of the columns."""
        found = (*self.times.columns, *self.days.columns, *self.zones.columns, *self.phones.columns)
        return frozenset((*found, *self.states.places, *self.states.homes))

    @property
    def is_read(self) -> bool:
        """Whether times are read by what is beside them, or by how the whole column is written."""
        return self.times.is_read

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands beside anything."""
        return self.times.is_empty and not (self.columns or self.days.notes or self.zones.starts)

    def joined(self, typed: pd.DataFrame, chunk: Chunk) -> tuple[pd.DataFrame, dict[int, Fault]]:
        """Return the typed columns with times of day as they are to be read, and row (position) -> why it cannot be."""
        return self.times.joined(typed, chunk)

    def judged(self, normalized: Normalized, faults: Mapping[int, Fault], chunk: Chunk) -> Normalized:
        """Return the chunk in normal forms with what was found: starts that are not sure are as typed."""
        reasons = (
            *self.times.issues(faults),
            *self.zones.issues(normalized, chunk),
            *self.states.issues(normalized, chunk),
            *self.phones.issues(normalized, chunk),
            *self.days.issues(normalized, chunk),
        )
        sure = self.times.without(faults, normalized)
        against = (
            *self.times.against_ends(sure, chunk),
            *self.days.against_ends(sure, chunk),
            *self.days.against_notes(sure, chunk),
            *self.zones.against_clocks(sure, chunk),
            *self.zones.against_notes(sure, chunk),
        )
        return replace(sure, reasons=(*reasons, *against, *sure.reasons))


def beside(sheet: Settled, free: Sequence[int], samples: Samples) -> Beside | None:
    """
    Return what belongs to the start or the phone of a sheet, None where nothing does.

    ``free``: positions of headings that nobody said anything of.
    """
    found = Beside(
        times=times_beside(sheet, free, samples),
        days=days_beside(sheet, free, samples),
        zones=zones_beside(sheet, free, samples),
        phones=phones_beside(sheet, free),
        states=states_beside(sheet, free, samples),
    )
    return None if found.is_empty else found
