"""A chunk in normal forms: each field read by its kind, on distinct values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from importer.model.sheets import Finding, Normalized
from importer.normalizing.actions import parse_action
from importer.normalizing.dates import DateRules
from importer.normalizing.durations import parse_duration
from importer.normalizing.flags import parse_flag
from importer.normalizing.identities import USUAL_ID, parse_event_type, parse_external_id, parse_uuid
from importer.normalizing.locations import Filled, fill_from_locations, fill_from_profile, read_places
from importer.normalizing.metadata_columns import read_metadata
from importer.normalizing.phones_nanp import read_phones
from importer.normalizing.readings import Column, Parser, distinct, object_array, read_column
from importer.normalizing.start_columns import StartRules, StartTexts, read_starts
from importer.normalizing.texts import USUAL_EMAIL, USUAL_TEXT, parse_email, parse_text, trimmed
from importer.normalizing.zones import read_zones
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from importer.model.profile import DateOrder, DurationUnit, Profile

DURATIONS: Final = ("remindTimeOffset", "followUpTimeOffset")


@dataclass(slots=True)
class _Reader:
    """One chunk on its way into normal forms."""

    typed: pd.DataFrame
    profile: Profile
    normal: dict[str, np.ndarray] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def texts(self, name: str) -> np.ndarray:
        """Return the field's texts, the profile's own words put in; blanks where the sheet has no such column."""
        if name not in self.typed.columns:
            return np.full(len(self.typed), "", dtype=object)
        texts = self.typed[name].to_numpy(dtype=object)
        words = self.profile.values.get(name)  # noqa: PD011 - a profile is no frame
        return _translated(texts, words) if words else texts

    def take(self, name: str, column: Column) -> None:
        self.normal[name] = column.texts
        self.findings += column.findings

    def read(self, name: str, parse: Parser, usual: re.Pattern[str] | None = None) -> None:
        if name in self.typed.columns:
            self.take(name, read_column(name, self.texts(name), parse, usual))


def normalize(
    typed: pd.DataFrame,
    profile: Profile,
    *,
    epoch_1904: bool = False,
    date_order: DateOrder | None = None,
    duration_units: Mapping[str, DurationUnit] | None = None,
) -> Normalized:
    """
    Return the chunk in normal forms, with the reasons where a value has none. Never raises for a value.

    ``typed``: a column a field (``metadata.NAME`` for metadata columns), texts, ``""`` for blank. ``date_order``: what
    the whole column proved (``DateEvidence``); the profile's declaration goes before it. ``duration_units``: the unit
    of bare numbers by field, where a heading names it (``Remind (hours)``); it goes before the profile's.

    In ``values``, ``eventDateTime`` also stands for ``date`` and ``time``, the members of one ``metadata`` column stand
    as ``metadata.NAME``, and a blank zone is filled from the row's location or else the profile, since starts with
    an offset need it. Where a finding is a problem, its field's value is as typed and no normal form, whatever it looks
    like.
    """
    reader = _Reader(typed, profile)
    _read_identity(reader)
    units = {**profile.duration_units, **(duration_units or {})}
    for name in DURATIONS:
        unit = units.get(name, profile.duration_unit)
        reader.read(name, partial(parse_duration, unit=unit))
    reader.read("sendEligibleSubscribersOnly", parse_flag)
    _read_place(reader)
    rules = StartRules(DateRules(profile.date_order or date_order, profile.two_digit_years), epoch_1904)
    _read_start(reader, rules)
    values = pd.DataFrame(reader.normal, index=typed.index, dtype=object)
    return Normalized(typed, values, tuple(reader.findings))


def _read_identity(reader: _Reader) -> None:
    profile = reader.profile
    reader.read("action", parse_action)
    reader.read("uuid", parse_uuid)
    reader.read("externalEventId", parse_external_id, USUAL_ID)
    if "phone" in reader.typed.columns:
        allowed = profile.allow_unassigned_phones
        reader.take("phone", read_phones(reader.texts("phone"), profile.region.upper(), allow_unassigned=allowed))
    for name in ("firstName", "lastName"):
        reader.read(name, parse_text, USUAL_TEXT)
    reader.read("emailAddress", parse_email, USUAL_EMAIL)
    reader.read("eventType", partial(parse_event_type, types=profile.event_types))


def _read_place(reader: _Reader) -> None:
    """Read zone and metadata, then fill in what the row's location says of them."""
    zones = read_zones(reader.texts("subscriberTimeZone"), reader.profile.zones, region=reader.profile.region.upper())
    reader.findings += zones.findings
    metadata = read_metadata(
        {name: reader.texts(name) for name in reader.typed.columns if name.startswith(METADATA_PREFIX)},
        reader.texts("metadata") if "metadata" in reader.typed.columns else None,
    )
    reader.findings += metadata.findings
    filled = Filled(zones.texts, metadata.columns)
    if "location" in reader.typed.columns:
        places = reader.texts("location")
        reader.normal["location"] = read_places(places, reader.profile)
        filled = fill_from_locations(places, zones.texts, metadata.columns, reader.profile)
    reader.findings += filled.findings
    reader.normal.update(filled.metadata)
    known = fill_from_profile(filled.zones, reader.profile)
    if known.any() or "subscriberTimeZone" in reader.typed.columns:
        reader.normal["subscriberTimeZone"] = known


def _read_start(reader: _Reader, rules: StartRules) -> None:
    if not {"eventDateTime", "date", "time"} & set(reader.typed.columns):
        return
    zones = reader.normal.get("subscriberTimeZone", np.full(len(reader.typed), "", dtype=object))
    texts = StartTexts(reader.texts("eventDateTime"), reader.texts("date"), reader.texts("time"), zones)
    reader.take("eventDateTime", read_starts(texts, rules))


def _translated(texts: np.ndarray, words: Mapping[str, str]) -> np.ndarray:
    """Return the texts with those replaced that the profile translates; case and outer blanks make no difference."""
    known = {typed.strip().casefold(): meant for typed, meant in words.items()}
    places, uniques = distinct(texts)
    meant = object_array(known.get(trimmed(text).casefold(), text) for text in uniques)
    return np.asarray(meant[places])
