"""How the headings of a sheet were understood, told to a person, with the profile lines that would settle the rest."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from importer.columns.cell_fit import kind_of, start_kind
from importer.columns.heading_forms import is_landline
from importer.columns.heading_meaning import CONSENT, QUESTIONS, asks
from importer.columns.matching import Matching, Why, match, missing_columns
from importer.columns.settling import Samples
from importer.columns.suggestions import quoted, table_name
from importer.columns.unused_status import UnusedStatus
from importer.errors import FileRefused
from importer.model.statuses import Action
from importer.normalizing.actions import action_parser
from importer.normalizing.value_reading import reading_of
from importer.problems import KINDS
from importer.problems.cell_places import column_letters, column_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.model.chunks import Chunk
    from importer.model.profile import Profile

Fate = (
    Why
    | Literal[
        "doubled",
        "outvoted",
        "contradicted",
        "left out",
        "passed over",
        "result",
        "blank",
        "heeded",
        "beside",
        "unknown",
    ]
)

MEANINGS: Final[Mapping[Fate, str]] = MappingProxyType(
    {
        "name": "the field's own name",
        "alias": "a known heading",
        "unit": "a known heading that names its unit",
        "metadata": "a value for messages",
        "cells": "a likely heading, and cells that fit",
        "profile": "from the profile",
        "system": "a column of the known system",
        "doubled": "another heading stands for the same field",
        "outvoted": "the field is given to another heading",
        "contradicted": "a known heading, but its cells do not fit; ignored",
        "left out": "left out by the profile",
        "passed over": "a column of the known system that is not needed",
        "result": "a result of an earlier run; ignored",
        "blank": "no heading; ignored",
        "heeded": "read for cancellations and consent, until it is settled",
        "beside": "read with the start or the phone beside it",
        "unknown": "not known; ignored",
    }
)

SAMPLES: Final = 3
LONGEST_SAMPLE: Final = 40

# What a profile can say once for all rows, instead of a column.
_INSTEAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "eventType": '# event_type = "UUID"  # or one appointment type for all rows',
        "subscriberTimeZone": '# zone = "America/New_York"  # or one time zone for all rows',
    }
)


@dataclass(frozen=True, slots=True)
class Heading:
    """
    One column of the sheet, as it was understood.

    ``field``: what it stands for, None for nothing. ``samples``: up to three different cells. ``perhaps``: the field
    that it looks like, where nothing was settled; nobody acts on it.
    """

    position: int
    letters: str
    heading: str
    field: str | None
    fate: Fate
    samples: tuple[str, ...]
    perhaps: str | None

    @property
    def meaning(self) -> str:
        """Why the heading was understood so, in words."""
        return MEANINGS[self.fate]


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    How a sheet's headings were understood.

    ``missing``: fields that the sheet cannot do without. ``doubled``: fields that several headings claim.
    ``refusal``: the sentence with which a run would refuse the sheet, "" if it would not. ``profile_lines``: TOML for
    ``importer.toml`` that would settle what is open, "" when nothing is; its suggestions want a person's eye.
    ``system``: the name of the known system, None for any other sheet, and ``said`` the sentence about it, or "".
    ``stopped``: what columns that nothing maps say of these rows, and starts that no row has whole, a sentence each, which ``check`` will say
    of each row.
    """

    headings: tuple[Heading, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    refusal: str
    profile_lines: str
    stopped: tuple[str, ...] = ()
    system: str | None = None
    said: str = ""

    @property
    def settled(self) -> bool:
        """Whether a run would take the sheet as it is."""
        return not self.refusal


def explain(headings: Sequence[str], profile: Profile, chunk: Chunk | None = None) -> Explanation:
    """
    Return how the headings were understood; ``chunk``: the sheet's first rows, for the samples.

    Raises:
        SettingsError: as ``match``.
    """
    matching = match(headings, profile, chunk)
    profile = matching.profile
    missing = () if matching.doubled else missing_columns(matching.fields, profile)
    suggested, heeded = matching.suggested(chunk), _heeded(matching, chunk)
    fates = [_fate(matching, at, is_heeded=at in heeded) for at in range(len(headings))]
    told = tuple(_heading(matching, at, fate, chunk, suggested.get(at)) for at, fate in enumerate(fates))
    return Explanation(
        headings=told,
        missing=missing,
        doubled=tuple(matching.doubled),
        refusal=_refusal(matching, chunk),
        profile_lines=_profile_lines(told, matching, missing, chunk),
        stopped=(*_unread_starts(matching, chunk), *(told for sentences in heeded.values() for told in sentences)),
        system=matching.system.name if matching.system else None,
        said=matching.system.said if matching.system else "",
    )


def _heading(matching: Matching, at: int, fate: Fate, chunk: Chunk | None, perhaps: str | None) -> Heading:
    named = {position: name for name, position in matching.fields.items()}
    return Heading(at, column_letters(at), matching.headings[at], named.get(at), fate, _samples(chunk, at), perhaps)


def _fate(matching: Matching, at: int, *, is_heeded: bool) -> Fate:
    doubled = {position for positions in matching.doubled.values() for position in positions}
    fates: tuple[tuple[Fate, Collection[int]], ...] = (
        ("doubled", doubled),
        ("result", matching.results.values()),
        ("contradicted", matching.contradicted),
        ("left out", matching.left_out if matching.headings[at].strip() else ()),
        ("outvoted", matching.outvoted),
        ("blank", () if matching.headings[at].strip() else (at,)),
        ("passed over", matching.system.passed_over if matching.system and not is_heeded else ()),
    )
    if at in matching.by:
        return matching.by[at]
    if matching.beside is not None and at in matching.beside.columns:
        return "beside"
    plain: Fate = "heeded" if is_heeded or asks(matching.headings[at]) in QUESTIONS else "unknown"
    return next((fate for fate, positions in fates if at in positions), plain)


def _samples(chunk: Chunk | None, at: int) -> tuple[str, ...]:
    """Return the first different cells of a column, long ones cut."""
    if chunk is None or at >= chunk.frame.shape[1]:
        return ()
    found: dict[str, None] = {}
    for text in chunk.frame.iloc[:, at]:
        if text.strip():
            found.setdefault(text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…")
        if len(found) == SAMPLES:
            break
    return tuple(found)


def _refusal(matching: Matching, chunk: Chunk | None) -> str:
    try:
        matching.require(first=chunk)
    except FileRefused as refused:
        return str(refused)
    return ""


def _unread_starts(matching: Matching, chunk: Chunk | None) -> Iterator[str]:
    """Yield what is wrong with the start of every row: its column of times holds none, or its days have none at all."""
    samples, fields = Samples(chunk), matching.fields
    day, at = fields.get("date", fields.get("eventDateTime")), fields.get("time")
    code, told = "time_unreadable", at
    if at is None:
        code, told = "time_missing", day if day is not None and kind_of(samples.of(day)) == "day" else None
    elif (
        any(map(start_kind, samples.of(at))) or matching.compact_times or (matching.beside and matching.beside.is_read)
    ):
        return
    if told is not None and samples.of(told) and "action" not in fields:
        yield f"{column_name(told, matching.headings[told])}: {KINDS[code].title} (all rows)."


def _heeded(matching: Matching, chunk: Chunk | None) -> dict[int, list[str]]:
    """Return position -> what the column says of visits and texts, in sentences, where nothing maps it."""
    if chunk is None:
        return {}
    letters = {column_letters(at): at for at in range(len(matching.headings))}
    found: dict[int, list[str]] = {}
    for finding in UnusedStatus(matching).findings(chunk, stated_actions(matching, chunk)):
        name, count = str(np.atleast_1d(finding.details)[0]).partition("\n")[0], len(finding.positions)
        rows = f"{count} row" + ("s" if count > 1 else "")
        first = int(chunk.frame.index[finding.positions[0]])
        told = f"{name}: {KINDS[finding.code].title} ({rows}, first in row {first})."
        found.setdefault(letters[name.split(" ")[1]], []).append(told)
    return found


def stated_actions(matching: Matching, chunk: Chunk) -> np.ndarray:
    """Return what each row asks for, as far as it can be read."""
    if matching.system and (stated := matching.system.actions(chunk, matching.profile)) is not None:
        return stated
    if "action" not in matching.fields:
        return np.full(len(chunk), matching.profile.action or Action.UPSERT.value, dtype=object)
    parse = action_parser(matching.profile.values.get("action", {}))
    texts = chunk.frame.iloc[:, matching.fields["action"]].tolist()
    return np.array([reading_of(parse, text).value for text in texts], dtype=object)


def _profile_lines(columns: Sequence[Heading], matching: Matching, missing: Sequence[str], chunk: Chunk | None) -> str:
    """Return TOML tables; what is a choice or only a likeness says so in its comment, what has no value is a comment."""
    asked = matching.system.profile_lines(matching.profile, chunk) if matching.system else []
    if asked:
        missing = [name for name in missing if name not in _INSTEAD]
    told = [*_doubled_lines(matching), *_suggested_lines(columns, missing), *_heeded_lines(columns, matching)]
    lines = list(_each_key_once(told))
    instead = [_INSTEAD[name] for name in missing if name in _INSTEAD]
    if not lines and not instead:
        return "\n".join(asked)
    table = table_name(matching.profile.name)
    return "\n".join([*asked, *([f"[{table}]", *instead] if instead else []), f"[{table}.columns]", *lines])


def _each_key_once(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines; one for a heading that has its line already becomes a comment, as TOML takes each key once."""
    keys: set[str] = set()
    for line in lines:
        key = line.rpartition(" = ")[0]
        yield f"# {line}" if key in keys and not line.startswith("#") else line
        keys.add(key)


def _doubled_lines(matching: Matching) -> list[str]:
    """Return, for each doubled field, one line to take a column and lines that leave the others out."""
    lines = []
    for field, positions in matching.doubled.items():
        for place, at in enumerate(positions):
            told = f"take column {column_letters(at)}" if place == 0 else f"leave column {column_letters(at)} out"
            lines.append(f"{quoted(matching.headings[at])} = {quoted('' if place else field)}  # {told}: choose")
    return lines if _tellable(matching) else [f"# {line}" for line in lines]


def _heeded_lines(columns: Sequence[Heading], matching: Matching) -> list[str]:
    """Return a comment for each column that stops rows until it is settled; what it means is not for us to say."""
    lines = []
    for column in columns:
        if column.fate == "heeded" and not (matching.system and column.position in matching.system.status):
            may_act = "action" not in matching.fields and asks(column.heading) not in CONSENT
            told = 'ignores it; "action" if it says what to do' if may_act else "ignores it"
            lines.append(f"# {quoted(column.heading)} = {quoted('')}  # {told}")
    return lines


def _tellable(matching: Matching) -> bool:
    """Whether the doubled headings differ, so that a profile can tell them apart."""
    for positions in matching.doubled.values():
        texts = [matching.headings[at].strip() for at in positions]
        if len(set(texts)) < len(texts):
            return False
    return True


def _suggested_lines(columns: Sequence[Heading], missing: Sequence[str]) -> list[str]:
    """Return a line for each suggestion, as a comment where it is a choice, and one for each field that nothing may be."""
    lines, given = [], set()
    for column in columns:
        if column.perhaps is None or column.fate == "heeded":
            continue
        line = f"{quoted(column.heading)} = {quoted(column.perhaps)}"
        if column.perhaps in given:
            lines.append(f"# {line}  # may be it too: choose")
        elif column.perhaps == "phone" and is_landline(column.heading):
            lines.append(f"# {line}  # texts do not reach a landline: check")
        else:
            given.add(column.perhaps)
            lines.append(f"{line}  # looks like it: check")
    if "eventDateTime" in given:
        given |= {"date", "time"}
    if "date" in given:
        given.add("eventDateTime")
    unheard = [name for name in missing if name not in given]
    return lines + [f'# "THE HEADING" = {quoted(name)}  # needed: no heading stands for it' for name in unheard]
