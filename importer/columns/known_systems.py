"""
Exports of known systems: recognized by their headings, and what their columns and words mean in this sheet.

For what is open in a sheet, ``recognize(headings, profile.system)`` gives the ``KnownSystem``: ``fields`` (what it maps),
``asks(profile)`` (what it never holds, and nobody has said yet), ``lacks`` (what somebody must add), ``open_words(chunk,
profile)`` (words of its status columns that somebody must explain). The files are described in ``schemas.exports``.

A known system never makes a row go that another sheet's would not: its words only add to what is known of cancellations,
and a word that it does not know is judged as in any sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.cell_fit import is_uuid
from importer.columns.suggestions import quoted, table_name
from importer.errors import FileRefused, SettingsError
from importer.model.chunks import distinct_of
from importer.model.issues import Issues
from importer.model.statuses import Action
from importer.model.times import zone
from importer.normalizing.actions import FALSE, TRUE, action_parser
from importer.problems.cell_places import column_name
from schemas import exports
from schemas.exports import word_of
from schemas.fields import FIELD, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.model.chunks import Chunk, Normalized
    from importer.model.profile import DateOrder, NameOrder, Profile
    from schemas.exports.shape import StatusShape


NO_SYSTEM: Final = "none"
"""What ``system`` says where a sheet is no export of a known system, whatever its headings look like."""

STANDS: Final = "stands"
CANCELLED: Final = "cancelled"
MISSED: Final = "missed"
NO_VISIT: Final = "no visit"

_BOOKING: Final = frozenset({Action.UPSERT.value, Action.CREATE.value, Action.UPDATE.value})
# The surest first: a visit that one column cancels is off, whatever another says.
_RANKS: Final = (Action.CANCEL.value, Action.NO_SHOW.value, Action.NONE.value)
_ACTION_OF: Final = {CANCELLED: Action.CANCEL.value, NO_VISIT: Action.NONE.value}
# What ``UnusedStatus`` reads instead of a system's own word.
_PLAIN: Final = {STANDS: "scheduled", CANCELLED: "cancelled", MISSED: "no show", NO_VISIT: "cancelled"}


@dataclass(frozen=True, slots=True)
class KnownSystem:
    """
    A known system, as its export stands in one sheet. Positions count from 0.

    ``fields``: position -> field. ``passed_over``: headings of it that look like a field and are none. ``status``:
    position -> its words, folded by ``word_of``, with what they say of the visit. ``consent``: position -> its words, with
    "yes" or "no" to texts. ``landlines``: positions of telephones at home or at work. ``zones``, ``date_order``,
    ``name_order``: as in ``Profile``, where that says nothing. ``clock``: whose clock the start is on; ``guesses``; ``lacks``: field ->
    what to do about it; all three as in ``schemas.exports.shape.Export``.
    """

    name: str
    title: str
    fields: Mapping[int, str]
    clock: str
    passed_over: frozenset[int] = frozenset()
    status: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    consent: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    landlines: frozenset[int] = frozenset()
    lacks: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder | None = None
    name_order: NameOrder | None = None
    guesses: bool = True

    @property
    def said(self) -> str:
        """The sentence that tells which system it is, as in: This looks like an Acuity Scheduling export."""
        return f"This looks like {_article(self.title)} {self.title} export."

    def notes(self, headings: Sequence[str], fields: Mapping[str, int]) -> tuple[str, ...]:
        """Return what a person should know: which system it is, and that the telephones are not mobile. ``fields``: as matched."""
        at = fields.get("phone", -1)
        if at not in self.landlines:
            return (self.said,)
        return (
            self.said,
            f"{column_name(at, headings[at])} holds telephones at home or at work, which texts may not reach.",
        )

    def profile(self, profile: Profile) -> Profile:
        """Return the profile with what the system says where the profile says nothing, but for the order of dates."""
        return replace(
            profile,
            zones={**self.zones, **profile.zones},
            name_order=profile.name_order or self.name_order,
        )

    def for_profile(self, profile: Profile) -> KnownSystem:
        """Return the system without the columns that what the profile says makes needless, or wrong."""
        needless = set()
        if profile.event_type and not profile.event_types:
            needless.add("eventType")
        if self.clock == "unsaid" and profile.start_clock == "account":
            needless.add("subscriberTimeZone")
        dropped = {at for at, name in self.fields.items() if name in needless}
        kept = {at: name for at, name in self.fields.items() if at not in dropped}
        return replace(self, fields=kept, passed_over=self.passed_over | dropped)

    def asks(self, profile: Profile, chunk: Chunk | None = None) -> dict[str, str]:
        """
        Return key of the profile -> why it is asked for: what the export never holds, and nobody has said yet.

        ``chunk``: the sheet's first rows. Keys are ``zone``, ``event_types`` and ``start_clock``.
        """
        found: dict[str, str] = {}
        if (profile.action or Action.UPSERT.value) not in _BOOKING:
            return found
        if "subscriberTimeZone" not in self.fields.values() and self.clock != "customer" and not _has_zone(profile):
            found["zone"] = "the time zone of the appointments"
        if self.clock == "unsaid" and not profile.start_clock and not profile.zone:
            found["start_clock"] = "on whose clock the appointments' times are"
        named = bool(profile.event_types) and "eventType" in self.fields.values()
        if not profile.event_type and not named and not self._types_are_uuids(chunk):
            found["event_types"] = "the uuid of each appointment type"
        return found

    def _types_are_uuids(self, chunk: Chunk | None) -> bool:
        places = [at for at, name in self.fields.items() if name == "eventType"]
        if chunk is None or not places:
            return False
        cells = [text for text in chunk.column(places[0]).texts.tolist() if text.strip()]
        return bool(cells) and all(is_uuid(text.strip()) for text in cells)

    def profile_lines(self, profile: Profile, chunk: Chunk | None = None) -> list[str]:
        """Return the lines of ``importer.toml``, with their tables, that answer what ``asks`` asks; "UUID" is to be replaced."""
        asked = self.asks(profile, chunk)
        keys = []
        if "zone" in asked or "start_clock" in asked:
            keys.append('zone = "America/New_York"  # or the zone that is yours')
        if "start_clock" in asked:
            keys.append('start_clock = "account"  # times are on your own clock; "customer": on that of each customer')
        types = self.types_in(chunk) if chunk is not None else ()
        if "event_types" in asked:
            keys.append(f'{"# " if types else ""}event_type = "UUID"  # one appointment type for all rows')
        lines = [f"[{table_name(profile.name)}]", *keys] if keys else []
        if "event_types" in asked and types:
            lines += [f"[{table_name(profile.name)}.event_types]", *(f'{quoted(name)} = "UUID"' for name in types)]
        return lines

    def types_in(self, chunk: Chunk, most: int = 20) -> tuple[str, ...]:
        """Return the first different names of appointment types in these rows."""
        places = [at for at, name in self.fields.items() if name == "eventType"]
        cells = chunk.column(places[0]).texts.tolist() if places else []
        return tuple(dict.fromkeys(text.strip() for text in cells if text.strip()))[:most]

    def open_words(self, chunk: Chunk, profile: Profile) -> dict[int, tuple[str, ...]]:
        """
        Return position -> words of that status column, as typed, of which neither system nor profile says what they mean.

        The profile says it under ``values.action``; of words for nobody having come as ``missed``.
        """
        found = {}
        translated = _translated(profile)
        for at, said in self.status.items():
            texts = dict.fromkeys(text.strip() for text in chunk.column(at).texts.tolist())
            words = [text for text in texts if text and word_of(text) not in translated]
            left = tuple(text for text in words if _is_open(said.get(word_of(text)), profile))
            if left and at not in self.fields:
                found[at] = left
        return found

    def plain_words(self, at: int, profile: Profile) -> dict[str, str]:
        """Return a status or consent column's words -> the plain word that means the same in any sheet."""
        if at in self.consent:
            return dict(self.consent[at])
        translated = {word: _PLAIN[STANDS] for word, meant in _translated(profile).items() if meant in _BOOKING}
        return {word: _PLAIN[said] for word, said in self.status.get(at, {}).items()} | translated

    def to_settle(self, at: int, text: str, table: str) -> str:
        """Return the step that settles a word of a status column. ``table``: the profile's, of ``table_name``."""
        if self.status[at].get(word_of(text)) == MISSED:
            return (
                f'Write in importer.toml under [{table}] what such rows ask for: missed = "no_show" (the no-show is sent), "cancel" or '
                '"none" (no request).'
            )
        return (
            f"Write in importer.toml under [{table}.values.action] what the word means, such as {quoted(text.strip())} = "
            f'"cancel" (or "upsert", "no_show", "none").'
        )

    def actions(self, chunk: Chunk, profile: Profile) -> np.ndarray | None:
        """
        Return what each row asks for by the words of the status columns, an ``Action`` value a row.

        None where no column says anything, and where every row was ordered to do something else than book. What the
        profile says of a word goes before what the system says of it.
        """
        default = profile.action or Action.UPSERT.value
        if not self.status or default not in _BOOKING:
            return None
        asked = np.full(len(chunk), default, dtype=object)
        said = [_spread(chunk, at, words, profile) for at, words in self.status.items()]
        for action in reversed(_RANKS):
            for column in said:
                asked[column == action] = action
        return asked if (asked != default).any() else None

    def whose_clock(self, normalized: Normalized, profile: Profile) -> Iterator[Issues]:
        """Yield the rows whose start is another moment on the customer's clock than on the account's, where nobody said which."""
        if self.clock != "unsaid" or profile.start_clock or not profile.zone or ZONE not in normalized.typed:
            return
        starts, zones = (normalized.values.column(name) for name in (START, ZONE))
        typed = distinct_of(normalized.typed[ZONE]).column
        apart = [
            place
            for place, (start, there) in enumerate(zip(starts.tolist(), zones.tolist(), strict=True))
            if typed[place].strip() and there != profile.zone and _differ(start, there, profile.zone)
        ]
        if apart:
            yield Issues("clock_unsaid", ZONE, np.array(apart, dtype=np.int64), details=profile.zone)


START: Final = "eventDateTime"
ZONE: Final = "subscriberTimeZone"


@lru_cache(maxsize=4096)
def _differ(start: str, one: str, other: str) -> bool:
    """Whether a local start is another moment in two zones; of what cannot be read other problems tell."""
    try:
        local = datetime.fromisoformat(start)
        return local.replace(tzinfo=zone(one)).utcoffset() != local.replace(tzinfo=zone(other)).utcoffset()
    except (ValueError, KeyError):
        return False


def _is_open(said: str | None, profile: Profile) -> bool:
    return said is None or (said == MISSED and profile.missed is None)


def _spread(chunk: Chunk, at: int, words: Mapping[str, str], profile: Profile) -> np.ndarray:
    found, told = chunk.column(at), _translated(profile)
    action_of = {**_ACTION_OF, MISSED: profile.missed or ""}
    meant = [told.get(word) or action_of.get(words.get(word, ""), "") for word in map(word_of, found.texts.tolist())]
    return found.spread(np.array(meant, dtype=object))


def _translated(profile: Profile) -> dict[str, str]:
    """Return word -> the action into which the profile translates it; yes and no mean another thing in each column."""
    words = profile.values.get("action", {})
    parse = action_parser(words)
    return {word_of(typed): parse(typed).value for typed in words if word_of(typed) not in TRUE | FALSE}


def _has_zone(profile: Profile) -> bool:
    return bool(profile.zone) or any(place.zone for place in profile.locations.values())


def _article(title: str) -> str:
    return "an" if title[:1].upper() in "AEIO" else "a"


def recognize(headings: Sequence[str], said: str | None = None) -> KnownSystem | None:
    """
    Return the system whose export has these headings, None where they are those of no known one.

    ``said``: what the profile or ``--system`` says: a system's name, or ``none``.

    Raises:
        SettingsError: ``said`` names no known system.
        FileRefused: ``system_unclear`` where the headings are those of several, ``system_other`` where none of the
            columns of the system that ``said`` names is there.

    """
    if said == NO_SYSTEM:
        return None
    if said is not None:
        return _named(headings, said)
    found = exports.recognized(headings)
    if len(found) > 1:
        titles = " and of ".join(f"{_article(exports.title(name))} {exports.title(name)} export" for name in found)
        raise FileRefused(
            f"The headings are those of {titles}.",
            code="system_unclear",
            fix=f"Say which it is: {', '.join(f'--system {name}' for name in (*found, NO_SYSTEM))}; or write "
            f'system = "{found[0]}" into the profile.',
        )
    return _in_sheet(found[0], headings) if found else None


def mixed_report(system: KnownSystem) -> FileRefused:
    """Return the error for a report of ours in which rows of a known system stand beside those of another sheet."""
    return FileRefused(
        f"The report holds rows of {_article(system.title)} {system.title} export beside rows of another sheet.",
        code="system_unclear",
        fix="Correct the rows in their own files, and run each by itself.",
    )


def require_of_system(
    system: KnownSystem, missing: Collection[str], fields: Collection[str], profile: Profile, first: Chunk | None
) -> None:
    """
    Raise ``FileRefused`` where a known system's export lacks what nobody has given so far.

    ``missing``: fields that have no column and no value in the profile. ``first``: the sheet's first rows, whose cells tell
    which appointment types there are.

    Raises:
        FileRefused: ``export_lacks``: it holds no such column, and somebody must add one; ``export_asks``: the profile
            should say it once.

    """
    lacking = [name for name in missing if name in system.lacks]
    if lacking:
        told = " and ".join(f"no {FIELD[name].title.lower()}" for name in lacking)
        raise FileRefused(
            f"{system.said} It holds {told}, so nobody can be texted from it.",
            code="export_lacks",
            fix=" ".join(f"{system.lacks[name]}." for name in lacking),
        )
    asked = system.asks(profile, first)
    if "eventType" in fields and "eventType" not in system.fields.values():
        asked.pop("event_types", None)
    if not asked:
        return
    types = system.types_in(first, 3) if first is not None else ()
    raise FileRefused(
        f"{system.said} It does not hold {_listed(list(asked.values()))}.",
        code="export_asks",
        fix=f"Write once into importer.toml, under [{table_name(profile.name)}]: {'; '.join(_lines(asked, types))}.",
    )


def _lines(asked: Collection[str], types: Sequence[str]) -> Iterator[str]:
    if "zone" in asked:
        yield 'zone = "America/New_York", or the zone that is yours'
    if "start_clock" in asked:
        yield (
            'zone = "America/New_York", or the zone that is yours, and start_clock = "account" if the times are on your own clock, '
            '"customer" if they are on that of each customer'
        )
    if "event_types" in asked:
        named = ", ".join(f'{quoted(name)} = "UUID"' for name in types)
        several = f", or event_types = {{ {named} }} with the uuid of each" if types else ""
        yield f'event_type = "UUID" with the uuid of the one appointment type{several}'


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def _named(headings: Sequence[str], name: str) -> KnownSystem:
    if name not in exports.names():
        raise SettingsError(
            f'"{name}" is no known system.', fix=f"Write one of: {', '.join((*exports.names(), NO_SYSTEM))}."
        )
    system = _in_sheet(name, headings)
    if not system.fields:
        raise FileRefused(
            f"The settings say that this is {_article(system.title)} {system.title} export, and it has none of its columns.",
            code="system_other",
            fix=f"Correct `system` in the profile, or add --system {NO_SYSTEM}.",
        )
    return system


def _in_sheet(name: str, headings: Sequence[str]) -> KnownSystem:
    # The shape brings a library along for which sheets of no known system need not wait.
    from schemas.exports.shape import export  # noqa: PLC0415

    told = export(name)
    at_of: dict[str, int] = {}
    for at, heading in enumerate(headings):
        at_of.setdefault(folded(heading), at)
    at_of.pop("", None)

    def places(listed: Sequence[str]) -> Iterator[int]:
        """Yield the positions of the listed headings, in their order."""
        for entry in listed:
            for spelled in exports.spellings(entry):
                if (at := at_of.get(folded(spelled))) is not None:
                    yield at

    fields: dict[int, str] = {}
    spare: set[int] = set()
    for wanted, listed in told.columns.items():
        found = list(places(listed))
        fields.update(dict.fromkeys(found[:1], wanted))
        spare.update(found[1:])
    return KnownSystem(
        name=name,
        title=told.title,
        fields=fields,
        clock=told.clock,
        passed_over=frozenset({*places(told.passed_over), *spare} - set(fields)),
        status={at: _status_words(one) for one in told.status for at in places([one.heading])},
        consent={
            at: {**dict.fromkeys(map(word_of, one.yes), "yes"), **dict.fromkeys(map(word_of, one.no), "no")}
            for one in told.consent
            for at in places([one.heading])
        },
        landlines=frozenset(places(told.landlines)),
        lacks={name: text for name, text in told.lacks.items() if name in FIELD},
        zones=told.zones,
        date_order=told.date_order,
        name_order=told.name_order,
        guesses=told.guesses,
    )


def _status_words(one: StatusShape) -> dict[str, str]:
    return {
        **dict.fromkeys(map(word_of, one.stands), STANDS),
        **dict.fromkeys(map(word_of, one.cancelled), CANCELLED),
        **dict.fromkeys(map(word_of, one.missed), MISSED),
        **dict.fromkeys(map(word_of, one.no_visit), NO_VISIT),
    }
