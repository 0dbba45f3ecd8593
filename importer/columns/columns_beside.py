"""
What belongs to a start or a phone and stands in columns of their own beside it, which nothing maps.

Each idea has its module: ``times_beside``, ``days_beside``, ``zones_beside``, ``phones_beside``. Here they are found
for a sheet, each is asked for its issues, and what was found changes how the starts are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.columns.days_beside import DaysBeside, days_beside
from importer.columns.phones_beside import PhonesBeside, phones_beside
from importer.columns.times_beside import TimesBeside, times_beside
from importer.columns.zones_beside import ZonesBeside, zones_beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from importer.columns.settling import Samples, Settled
    from importer.columns.times_beside import Fault
    from importer.model.chunks import Chunk, Normalized


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns of a sheet that belong to its start or its phone, and how its times are written."""

    times: TimesBeside
    days: DaysBeside
    zones: ZonesBeside
    phones: PhonesBeside

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.times.told, self.days.told, self.zones.told, self.phones.told

    @property
    def columns(self) -> frozenset[int]:
        """Positions of the columns."""
        return frozenset((*self.times.columns, *self.days.columns, *self.zones.columns, *self.phones.columns))

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
    )
    return None if found.is_empty else found
