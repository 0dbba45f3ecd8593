"""Settling each heading: a field, a result column of our reports, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from importer.columns.cell_fit import STARTS, Fit, first_name_beside, fit
from importer.columns.heading_forms import REMIND, unit_in
from importer.columns.known_systems import mixed_report, recognize, require_of_system
from importer.columns.settling import Samples, Settled, Settling, prefix_of_table, without_prefix
from importer.columns.suggestions import doubled_columns, gone_sentences, not_sent, nothing_known, refusal_of, suggested
from importer.errors import SettingsError
from importer.model.profile import DurationUnit, Profile
from importer.model.statuses import RESULT_COLUMNS, Action
from importer.normalizing.actions import with_states
from schemas import exports
from schemas.fields import FIELD, METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from importer.columns.columns_beside import Beside
    from importer.columns.known_systems import KnownSystem
    from importer.model.chunks import Chunk


Why = Literal["name", "alias", "profile", "system", "metadata", "unit", "cells"]

DURATION_FIELDS: Final = ("remindTimeOffset", "followUpTimeOffset")

_KNOWN: Final[Mapping[str, str]] = MappingProxyType(alias_table())
_NAMES: Final[Mapping[str, str]] = MappingProxyType({folded(name): name for name in FIELD})
_UNIT = re.compile(r"(?i)(?:\bin\s{1,9})?[\[(]?\s{0,9}\b(min|mins|minutes|h|hr|hrs|hours|d|days)\b\.?\s*[\])]?\s*$")
_BEFORE = re.compile(r"(?i)(?<=[a-z]) before\s*$")
_UNITS: Final[Mapping[str, DurationUnit]] = MappingProxyType({"m": "minutes", "h": "hours", "d": "days"})


class Claim(NamedTuple):
    """What a heading says of itself: a field (or ``metadata.NAME``), why, and the unit that it names, if any."""

    field: str
    why: Why
    unit: DurationUnit | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """
    How a sheet's headings were settled. Positions count from 0.

    ``fields``: field or ``metadata.NAME`` -> position. ``doubled``: field -> the positions that all claim it, none
    of which is taken. ``results``: the result columns of our own report, when one is fed back. ``ignored``: what
    is left, never sent: among them ``left_out`` by the profile, and ``outvoted`` because it gives their field to
    another heading. ``by``: position -> why it was taken. ``units``: duration field -> the unit that its heading
    names. ``profile``: what the clinic said. ``shared``: in our own report, field -> the columns that several files kept
    it in, of which each row fills one; ``unit_at``: position -> the unit of such a column. ``contradicted``: position -> the
    field that its heading names and its cells rule out. ``system``: the known system whose export the sheet is, None for any
    other sheet; what it says is in ``profile`` where the clinic says nothing. ``compact_times``: the column of times is written in
    numbers of three and four digits, 930 and 1330. ``beside``: what stands beside the start and the phone and belongs to them.
    No cell is kept.
    """

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    doubled: Mapping[str, tuple[int, ...]]
    results: Mapping[str, int]
    ignored: tuple[int, ...]
    left_out: tuple[int, ...]
    outvoted: tuple[int, ...]
    by: Mapping[int, Why]
    units: Mapping[str, DurationUnit]
    profile: Profile
    shared: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unit_at: Mapping[int, DurationUnit] = field(default_factory=dict)
    contradicted: Mapping[int, str] = field(default_factory=dict)
    system: KnownSystem | None = None
    compact_times: bool = False
    beside: Beside | None = None

    def project(self, chunk: Chunk) -> pd.DataFrame:
        """Return the chunk's mapped columns, named by their fields, as typed; the index stays the row numbers."""
        frame = chunk.frame.iloc[:, list(self.fields.values())]
        return frame.set_axis(list(self.fields), axis="columns")

    def require(self, actions: Collection[str] = (), first: Chunk | None = None) -> None:
        """
        Raise ``FileRefused`` where the sheet lacks a column or has one twice.

        ``actions``: the actions found in the rows; without them the sheet is judged by its headings alone, so
        that a sheet with an action column needs only what tells its appointments apart. ``first``: the sheet's first rows,
        whose cells tell what a column may be.

        Raises:
            FileRefused: ``columns_unknown`` (no heading is known), ``columns_doubled`` or ``columns_missing``; of a known
                system also ``export_lacks`` and ``export_asks``.
        """
        if not self.fields and not self.doubled:
            raise nothing_known(self.headings)
        if self.doubled:
            raise doubled_columns(self.headings, self.doubled)
        missing = missing_columns(self.fields, self.profile, actions)
        if self.system is not None:
            require_of_system(self.system, missing, self.fields, self.profile, first)
        if missing:
            raise refusal_of(missing, self.headings, self.suggested(first), self.profile)

    def suggested(self, first: Chunk | None = None) -> dict[int, str]:
        """Return position -> the field that an ignored column may be, by its heading and first cells; nobody acts on it."""
        closed = {*self.fields, *self.doubled}
        passed = {*self.left_out, *self.outvoted, *(self.system.passed_over if self.system else ())}
        prefix = prefix_of_table(self.headings)
        free = {at: without_prefix(_plain(self.headings[at]), prefix) for at in self.ignored if at not in passed}
        return suggested(free, closed, self.profile, Samples(first))

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of the columns: a known system, headings that are gone, columns not sent."""
        told = self.system.notes(self.headings, self.fields) if self.system else ()
        known = {*self.left_out, *self.outvoted, *(self.beside.columns if self.beside else ())}
        others = [at for at in self.ignored if at not in known]
        passed_over = self.system.passed_over if self.system else ()
        gone = gone_sentences(self.headings, self.profile, self.fields) if self.profile.columns else ()
        return (*told, *gone, *(not_sent(self.headings, others, passed_over) if others else ()))

    def profile_for_sheet(self) -> Profile:
        """Return the profile with the units that this sheet's own headings name."""
        return replace(self.profile, duration_units={**self.profile.duration_units, **self.units})


def match(headings: Sequence[str], profile: Profile, first: Chunk | None = None) -> Matching:
    """
    Return what each heading stands for: by the profile, a known system, exact names and aliases, form and cells, in this order.

    ``first``: the sheet's first rows. Their cells tell apart what headings alone do not (``settling``).

    A field that the profile gives to one heading is taken from no other. Two headings for one field are not
    settled here but ``doubled``; in our own report, with all its result columns, they are ``shared``. A start may stand as ``eventDateTime`` and as ``date`` and ``time`` too: normalizing
    holds them against each other, row by row.

    Raises:
        SettingsError: the profile sends a heading to a field that does not exist, or names no known system.
        FileRefused: as ``recognize``.
    """
    spoken, samples = _Spoken.of(profile), Samples(first)
    # What comes with a known system, a sheet of none does not wait for.
    known = recognize(headings, profile.system) if profile.system or exports.recognized(headings) else None
    system = known.for_profile(profile) if known else None
    profile = system.profile(profile) if system else profile
    made = {at: claim for at, heading in enumerate(headings) if (claim := _claim(heading, spoken))}
    told = [headings[at].casefold() for at, claim in made.items() if claim[:2] == ("action", "alias")]
    # What FHIR calls pending in Appointment.status nobody has agreed to yet.
    profile = with_states(profile) if any("status" in text and "." not in text for text in told) else profile
    if system is not None:
        made = _with_system(made, system, headings, samples, profile)
    results = {name: at for at, text in enumerate(headings) if (name := _plain(text).casefold()) in RESULT_COLUMNS}
    is_report = len(results) == len(RESULT_COLUMNS)
    heard = _without_outvoted(made)
    if (
        is_report
        and system is not None
        and not profile.system
        and any(made[at].why == "alias" for at in set(made) - set(heard))
    ):
        raise mixed_report(system)
    settling = _settling(heard, headings, samples, profile, system)
    voted, contradicted = _settled(heard, settling), settling.contradicted
    claims = voted if is_report else _without_weak(voted, headings)
    holders = _holders(claims, by_case=is_report)
    doubled = {name: positions for name, positions in holders.items() if len(positions) > 1}
    shared = doubled if is_report else {}
    single = {name: positions[0] for name, positions in holders.items() if len(positions) == 1 or is_report}
    taken = _in_table_order(single)
    matching = Matching(
        headings=tuple(headings),
        fields=taken,
        doubled={} if is_report else doubled,
        results=results,
        ignored=tuple(at for at in range(len(headings)) if at not in claims and at not in results.values()),
        left_out=tuple(at for at, heading in enumerate(headings) if spoken.about(_plain(heading)) == ""),
        outvoted=tuple(at for at in made if at not in claims and at not in contradicted),
        by={at: claims[at].why for at in sorted(taken.values())},
        units={name: unit for name, at in taken.items() if name not in shared and (unit := claims[at].unit)},
        profile=profile,
        shared=shared,
        unit_at={at: unit for places in shared.values() for at in places if (unit := claims[at].unit)},
        contradicted=contradicted,
        system=system,
        compact_times="time" in taken and samples.are_compact_times(taken["time"]),
    )
    return _with_beside(matching, settling, are_few=first is None or len(first.frame) <= _FEW)


# Where there are more rows, others may stand further down.
_FEW: Final = 50


def _with_beside(matching: Matching, settling: Settling, *, are_few: bool) -> Matching:
    """Return the matching with the columns that belong to its start or its phone, and with what its times tell."""
    passed = {*matching.left_out, *matching.outvoted, *(matching.system.passed_over if matching.system else ())}
    free = [at for at in matching.ignored if at not in passed and matching.headings[at].strip()]
    if not free and are_few and not settling.odd_times and not matching.results:
        return matching
    from importer.columns.columns_beside import beside  # noqa: PLC0415 - many sheets have no more than their fields

    sheet = Settled(matching.headings, matching.fields, matching.results, matching.profile)
    return replace(matching, beside=beside(sheet, free, settling.samples))


def _with_system(
    claims: Mapping[int, Claim], system: KnownSystem, headings: Sequence[str], samples: Samples, profile: Profile
) -> dict[int, Claim]:
    """
    Return the claims with those of a known system, which go before aliases and after the profile.

    A telephone at home or at work, and a column whose cells are something else, give way to any other that names the field.
    """
    spoken = _Spoken.of(profile)
    unsaid = {at for at in range(len(headings)) if spoken.about(_plain(headings[at])) is None}
    told = {at: Claim(name, "system") for at, name in system.fields.items() if at in unsaid}
    rivals = {claim.field for at, claim in claims.items() if at not in {*told, *system.passed_over}}
    for at, (name, _, _) in tuple(told.items()):
        if name in rivals and (at in system.landlines or fit(name, samples.of(at), profile) is Fit.CONTRADICTS):
            del told[at]
    explained = unsaid & {*system.fields, *system.passed_over, *system.status}
    return dict(sorted({**{at: claim for at, claim in claims.items() if at not in explained}, **told}.items()))


_FIXED: Final = frozenset({"profile", "metadata"})


def _settling(
    claims: Mapping[int, Claim], headings: Sequence[str], samples: Samples, profile: Profile, system: KnownSystem | None
) -> Settling:
    """Return the headings settled by the cells below them."""
    spoken = _Spoken.of(profile)
    fixed = {at for at, claim in claims.items() if claim.why in _FIXED}
    explained = {*system.passed_over, *system.status, *system.consent} if system else set()
    plain = [_plain(heading) for heading in headings]
    explained |= {*claims, *(at for at, heading in enumerate(plain) if not _is_unsaid(heading, spoken))}
    settling = Settling(
        headings=plain,
        profile=profile,
        samples=samples,
        taken={at: claim.field for at, claim in claims.items() if at not in fixed},
        given=frozenset(claims[at].field for at in fixed),
        given_starts=tuple(at for at in fixed if claims[at].field in STARTS),
        free=tuple(sorted({*range(len(plain))} - explained)) if system is None or system.guesses else (),
    )
    settling.settle()
    whole = [at for at, name in settling.taken.items() if name == "fullName"]
    names = {at: plain[at] for at in (*settling.free, *whole)}
    told = {**{at: claims[at].field for at in fixed}, **settling.taken, **settling.added}
    if system is None and (at := first_name_beside(names, told, samples.pairs)) is not None:
        (settling.taken if at in settling.taken else settling.added)[at] = "firstName"
    return settling


def _settled(claims: Mapping[int, Claim], settling: Settling) -> dict[int, Claim]:
    """Return the claims as the cells below the headings leave, change and complete them."""
    kept = {at: claim for at, claim in claims.items() if claim.why in _FIXED}
    for at, name in settling.taken.items():
        kept[at] = claims[at] if claims[at].field == name else Claim(name, "cells")
    for at, name in settling.added.items():
        kept[at] = Claim(name, "cells", unit_in(settling.headings[at]) if (name,) == REMIND else None)
    return dict(sorted(kept.items()))


def _is_unsaid(heading: str, spoken: _Spoken) -> bool:
    """Whether neither profile nor tables say anything of a heading."""
    known = heading.casefold() in RESULT_COLUMNS or folded(heading) in _KNOWN
    return bool(heading) and not known and spoken.about(heading) is None


def heading_score(headings: Sequence[str], profile: Profile | None = None) -> int:
    """Return how many different fields a row of cells would name, were it the heading row."""
    spoken = _Spoken.of(profile or Profile())
    claims = (_claim(heading, spoken) for heading in headings)
    fields = {claim.field for claim in claims if claim}
    return len(fields) + sum(_plain(text).casefold() in RESULT_COLUMNS for text in headings)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What the profile says of headings: ``exactly`` as typed, and ``folded``; the value "" leaves a column out."""

    exactly: Mapping[str, str]
    folded: Mapping[str, str]

    @classmethod
    def of(cls, profile: Profile) -> _Spoken:
        for heading, name in profile.columns.items():
            if name and not is_field(name):
                raise SettingsError(
                    f'Profile "{profile.name}" sends the heading "{heading}" to "{name}", which is not a field.',
                    fix=f"Write one of: {', '.join(FIELD)}, or metadata.NAME; an empty text leaves the column out.",
                )
        exactly = {heading.strip(): name for heading, name in profile.columns.items()}
        return cls(exactly, {folded(heading): name for heading, name in exactly.items() if folded(heading)})

    def about(self, heading: str) -> str | None:
        """Return the field for a heading, "" to leave it out, None when nothing was said."""
        said = self.exactly.get(heading)
        return self.folded.get(folded(heading)) if said is None else said


def is_field(name: str) -> bool:
    """Whether a name is one of the table's, or ``metadata.`` and a name that can stand in a message's braces."""
    return name in FIELD or metadata_name(name) is not None


def metadata_name(heading: str) -> str | None:
    """Return NAME of ``metadata.NAME``, exactly as typed; None for any other heading, and for names with braces."""
    prefix, name = heading[: len(METADATA_PREFIX)], heading[len(METADATA_PREFIX) :].strip()
    usable = prefix.casefold() == METADATA_PREFIX and name and name.isprintable() and not set(name) & set("{}")
    return name if usable else None


def _plain(heading: str) -> str:
    return heading.replace("\ufeff", "").strip()


def _claim(heading: str, spoken: _Spoken) -> Claim | None:
    heading = _plain(heading)
    said = spoken.about(heading)
    if said is not None:
        return Claim(said, "profile", _unit(heading, said)) if said else None
    if name := metadata_name(heading):
        return Claim(METADATA_PREFIX + name, "metadata")
    key = folded(heading)
    if key in _KNOWN:
        return Claim(_KNOWN[key], "name" if key in _NAMES else "alias")
    field = _KNOWN.get(folded(_UNIT.sub("", heading)), "")
    unit = _unit(heading, field)
    return Claim(field, "unit", unit) if unit else None


def _unit(heading: str, field: str) -> DurationUnit | None:
    """Return the unit at the end of a duration's heading, as in ``Remind before (hours)`` and ``Hours before``."""
    found = _UNIT.search(_BEFORE.sub("", heading)) if field in DURATION_FIELDS else None
    return _UNITS[found[1][0].casefold()] if found else None


def _without_outvoted(claims: Mapping[int, Claim]) -> dict[int, Claim]:
    """Drop the claims on fields that the profile, or else a known system, has given to another heading."""
    kept = dict(claims)
    for sure in (frozenset({"profile"}), frozenset({"profile", "system"})):
        given = {claim.field for claim in kept.values() if claim.why in sure}
        if "system" in sure and any(claim.why == "system" and claim.field in STARTS for claim in kept.values()):
            given |= STARTS
        kept = {at: claim for at, claim in kept.items() if claim.why in sure or claim.field not in given}
    return kept


def _without_weak(claims: Mapping[int, Claim], headings: Sequence[str]) -> dict[int, Claim]:
    """
    Drop claims that another heading makes needless, so that a column more refuses no sheet.

    A full name is not wanted beside a first or a last name; a heading such as ``Client`` or ``Country code`` may be
    something else where a plainer one (``Client name``, ``Dial code``) stands beside it.
    """
    fields = {claim.field for claim in claims.values()}
    kept = {
        at: claim
        for at, claim in claims.items()
        if claim.field != "fullName" or claim.why != "alias" or not fields & {"firstName", "lastName"}
    }
    for name, weak in _WEAK.items():
        rivals = [at for at, claim in kept.items() if claim.field == name]
        strong = [at for at in rivals if folded(headings[at]) not in weak or kept[at].why == "profile"]
        if len(rivals) > 1 and strong:
            kept = {at: claim for at, claim in kept.items() if at not in rivals or at in strong}
    return kept


_WEAK: Final = {
    "fullName": frozenset({"client", "patient", "customer"}),
    "countryCode": frozenset({"countrycode", "countryprefix"}),
}


def _holders(claims: Mapping[int, Claim], *, by_case: bool) -> dict[str, tuple[int, ...]]:
    """
    Return the positions that claim each field; metadata names that differ only by case count as one.

    ``by_case``: they do not, because our own report of several files keeps each file's own.
    """
    named: dict[str, str] = {}
    holders: dict[str, tuple[int, ...]] = {}
    for at, claim in claims.items():
        name = claim.field if by_case else named.setdefault(claim.field.casefold(), claim.field)
        holders[name] = (*holders.get(name, ()), at)
    return holders


def _in_table_order(taken: Mapping[str, int]) -> dict[str, int]:
    order = {name: place for place, name in enumerate(FIELD)}
    return dict(sorted(taken.items(), key=lambda item: (order.get(item[0], len(order)), item[1])))


def missing_columns(fields: Mapping[str, int], profile: Profile, actions: Collection[str] = ()) -> tuple[str, ...]:
    """
    Return the fields that have no column, in the order of the table.

    ``actions``: those found in the rows. Without them, a sheet without an action column is taken to do what the
    profile says (else upsert), and one with it is asked only for the appointments' identity.
    """
    if not actions:
        actions = () if "action" in fields else (profile.action or Action.UPSERT,)
    creating = Action.CREATE in actions or (Action.UPSERT in actions and "uuid" not in fields)
    lacking = set(_create(fields, profile)) if creating else set()
    if not (creating and profile.derive_external_ids):
        lacking.update(_identity(fields, profile))
    return tuple(name for name in FIELD if name in lacking)


def _identity(fields: Mapping[str, int], profile: Profile) -> list[str]:
    """Return what is lacking to tell appointments apart: a uuid, or the phone with an id, given or derived."""
    if "uuid" in fields:
        return []
    lacking = [] if "phone" in fields else ["phone"]
    if "externalEventId" in fields:
        return lacking
    if not profile.derive_external_ids:
        return [*lacking, "externalEventId"]
    found = _create(fields, profile)
    if {"eventDateTime", "date", "time"} & set(fields):
        return found
    # A number or a day: either tells them apart. To be told of the number alone leads people to name the patients' own.
    return [*lacking, "externalEventId", "eventDateTime"]


def _create(fields: Mapping[str, int], profile: Profile) -> list[str]:
    lacking = [] if "phone" in fields else ["phone"]
    if "eventType" not in fields and not profile.event_type:
        lacking.append("eventType")
    if not {"eventDateTime", "date"} & set(fields):
        lacking.append("date" if "time" in fields else "eventDateTime")
    if not _zone_known(fields, profile):
        lacking.append("subscriberTimeZone")
    return lacking


def _zone_known(fields: Mapping[str, int], profile: Profile) -> bool:
    placed = "location" in fields and any(place.zone for place in profile.locations.values())
    return "subscriberTimeZone" in fields or bool(profile.zone) or placed
