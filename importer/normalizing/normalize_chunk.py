"""A chunk in normal forms: each field read by its kind, on distinct values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from importer.model.chunks import Distinct, Normalized, Table, distinct, distinct_of, same
from importer.normalizing.actions import action_parser, parse_flag
from importer.normalizing.calling_codes import parse_calling_code, read_phones_with_codes
from importer.normalizing.dates_and_times import DateRules
from importer.normalizing.durations import SIDES, parse_duration, parse_found_duration
from importer.normalizing.metadata import (
    fill_from_locations,
    merge,
    name_findings,
    read_places,
    read_values,
)
from importer.normalizing.names_and_texts import (
    USUAL_EMAIL,
    USUAL_ID,
    USUAL_NAME,
    parse_email,
    parse_event_type,
    parse_external_id,
    parse_name,
    parse_uuid,
    read_full_names,
    trimmed,
)
from importer.normalizing.phones import read_phones
from importer.normalizing.starts import StartRules, StartTexts, read_starts
from importer.normalizing.time_zones import fill_from_profile, read_zones
from importer.normalizing.value_reading import Column, Parser, object_array, read_column, spread
from schemas.fields import METADATA_PREFIX, TEXTS

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Mapping

    import pandas as pd

    from importer.model.issues import Issues
    from importer.model.profile import DateOrder, DurationUnit, Profile


@dataclass(slots=True)
class _Reader:
    """One chunk on its way into normal forms."""

    typed: pd.DataFrame
    profile: Profile
    normal: dict[str, Distinct] = field(default_factory=dict)
    findings: list[Issues] = field(default_factory=list)

    def distinct(self, name: str) -> Distinct:
        """Return the field's texts, the profile's own words put in; blanks where the sheet has no such column."""
        if name not in self.typed.columns:
            return same("", len(self.typed))
        found = distinct_of(self.typed[name])
        words = self.profile.values.get(name)
        return Distinct(_translated(found.texts, words), found.places) if words else found

    def take(self, name: str, read: Callable[[np.ndarray], Column]) -> None:
        """Read each distinct text of a field."""
        if name in self.typed.columns:
            found = self.distinct(name)
            self.normal[name], findings = spread(read(found.texts), found.places)
            self.findings += findings

    def read(self, name: str, parse: Parser, usual: re.Pattern[str] | None = None) -> None:
        self.take(name, partial(read_column, name, parse=parse, usual=usual))


def normalize(  # noqa: PLR0913 - each is known from elsewhere
    typed: pd.DataFrame,
    profile: Profile,
    *,
    epoch_1904: bool = False,
    date_order: DateOrder | None = None,
    duration_units: Mapping[str, DurationUnit] | None = None,
    compact_times: bool = False,
    found: Collection[str] = (),
) -> Normalized:
    """
    Return the chunk in normal forms, with the reasons where a value has none. Never raises for a value.

    ``typed``: a column a field (``metadata.NAME`` for metadata columns), texts, ``""`` for blank. ``date_order``: what
    the whole column proved (``DateEvidence``); the profile's declaration goes before it. ``duration_units``: the unit
    of bare numbers by field, where a heading names it (``Remind (hours)``); it goes before the profile's. ``compact_times``:
    the whole column of times is numbers of 24 hours, so that 930 is half past nine. ``found``: the fields that a column
    is by its cells alone, where durations are read with more care.

    In ``values``, ``eventDateTime`` also stands for ``date`` and ``time``, the members of one ``metadata`` column stand
    as ``metadata.NAME``, and a blank zone is filled from the row's location or else the profile, since starts with
    an offset need it. Where a finding is a problem, its field's value is as typed and no normal form, whatever it looks
    like.
    """
    reader = _Reader(typed, profile)
    _read_identity(reader)
    units = {**profile.duration_units, **(duration_units or {})}
    for name, side in SIDES.items():
        unit = units.get(name, profile.duration_unit)
        parse = parse_found_duration if name in found else parse_duration
        reader.read(name, partial(parse, unit=unit, side=side))
    reader.read("sendEligibleSubscribersOnly", parse_flag)
    _read_place(reader)
    rules = StartRules(DateRules(profile.date_order or date_order, profile.two_digit_years), epoch_1904, compact_times)
    _read_start(reader, rules)
    return Normalized(typed, Table(reader.normal, len(typed)), tuple(reader.findings), date_order)


def _read_identity(reader: _Reader) -> None:
    profile = reader.profile
    _read_actions(reader)
    reader.read("uuid", parse_uuid)
    reader.read("externalEventId", parse_external_id, USUAL_ID)
    _read_phone(reader)
    for name in TEXTS:
        reader.read(name, parse_name, USUAL_NAME)
    if "fullName" in reader.typed.columns:
        _read_full_name(reader)
    reader.read("emailAddress", parse_email, USUAL_EMAIL)
    reader.read("eventType", partial(parse_event_type, types=profile.event_types))


def _read_actions(reader: _Reader) -> None:
    """Read what rows ask for; "none" is an answer of the profile's, not of the sheet's, so it is not put in before."""
    if "action" in reader.typed.columns:
        found = distinct_of(reader.typed["action"])
        parse = action_parser(reader.profile.values.get("action", {}))
        reader.normal["action"], findings = spread(read_column("action", found.texts, parse), found.places)
        reader.findings += findings


def _read_phone(reader: _Reader) -> None:
    region, allowed = reader.profile.region.upper(), reader.profile.allow_unassigned_phones
    if not {"phone", "countryCode"} <= set(reader.typed.columns):
        reader.take("phone", partial(read_phones, region=region, allow_unassigned=allowed))
        return
    reader.read("countryCode", parse_calling_code)
    phones, codes = reader.distinct("phone"), reader.normal["countryCode"]
    reader.normal["phone"], findings = read_phones_with_codes(phones, codes, region, allow_unassigned=allowed)
    reader.findings += findings


def _read_full_name(reader: _Reader) -> None:
    """Put the parts of full names where a row has neither a first nor a last name of its own."""
    found = reader.distinct("fullName")
    places = found.places if found.places is not None else np.arange(len(found.texts))
    names = read_full_names(found.texts, places, reader.profile.name_order)
    nothing = same("", len(reader.typed))
    own = [reader.normal.get(name, nothing).column for name in ("firstName", "lastName")]
    blank = (own[0] == "") & (own[1] == "")
    reader.normal["fullName"] = found
    for name, column, told in zip(("firstName", "lastName"), own, (names.first, names.last), strict=True):
        reader.normal[name] = distinct(np.where(blank, told, column))
    for finding in names.column.findings:
        kept = blank[finding.positions]
        if kept.any():
            reader.findings.append(finding.where(kept))


def _read_place(reader: _Reader) -> None:
    """Read zone and metadata, then fill in what the row's location says of them."""
    profile = reader.profile
    reader.take("subscriberTimeZone", partial(read_zones, aliases=profile.zones, region=profile.region.upper()))
    _read_metadata(reader)
    zones = reader.normal.get("subscriberTimeZone", same("", len(reader.typed)))
    if "location" in reader.typed.columns:
        places = reader.distinct("location")
        reader.normal["location"] = Distinct(read_places(places.texts, profile), places.places)
        metadata = {name: found.column for name, found in reader.normal.items() if name.startswith(METADATA_PREFIX)}
        filled = fill_from_locations(places.column, zones.column, metadata, profile)
        reader.findings += filled.findings
        reader.normal.update({name: distinct(texts) for name, texts in filled.metadata.items()})
        zones = distinct(filled.zones)
    known = fill_from_profile(zones, profile)
    if "subscriberTimeZone" in reader.typed.columns or known.spread(known.texts != "").any():
        reader.normal["subscriberTimeZone"] = known


def _read_metadata(reader: _Reader) -> None:
    columns = [name for name in reader.typed.columns if name.startswith(METADATA_PREFIX)]
    for name in columns:
        reader.take(name, partial(read_values, name))
        reader.findings += name_findings(name, len(reader.typed))
    if "metadata" in reader.typed.columns:
        own = {name: reader.normal[name].column for name in columns}
        merged = merge(own, reader.distinct("metadata").column)
        reader.findings += merged.findings
        reader.normal.update({name: distinct(texts) for name, texts in merged.columns.items()})


def _read_start(reader: _Reader, rules: StartRules) -> None:
    if not {"eventDateTime", "date", "time"} & set(reader.typed.columns):
        return
    zones = reader.normal.get("subscriberTimeZone", same("", len(reader.typed)))
    event, day, clock = (reader.distinct(name) for name in ("eventDateTime", "date", "time"))
    reader.normal["eventDateTime"], findings = read_starts(StartTexts(event, day, clock, zones), rules)
    reader.findings += findings


def _translated(texts: np.ndarray, words: Mapping[str, str]) -> np.ndarray:
    """Return the texts with those replaced that the profile translates; case and outer blanks make no difference."""
    known = {typed.strip().casefold(): meant for typed, meant in words.items()}
    return object_array(known.get(trimmed(text).casefold(), text) for text in texts)
