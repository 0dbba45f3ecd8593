"""How the headings of a sheet were understood, told to a person, with the profile lines that would settle the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from importer.columns import needs
from importer.columns.heading_meaning import CONSENT, QUESTIONS, asks
from importer.columns.matching import Matching, Why, column_letters, match
from importer.columns.nearness import nearest
from importer.columns.toml_text import quoted, table_name
from importer.errors import FileRefused
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.profile import Profile
    from importer.model.sheets import Chunk

Fate = Why | Literal["doubled", "outvoted", "left out", "result", "blank", "heeded", "unknown"]

MEANINGS: Final[Mapping[Fate, str]] = MappingProxyType(
    {
        "name": "the field's own name",
        "alias": "a known heading",
        "unit": "a known heading that names its unit",
        "metadata": "a value for messages",
        "profile": "said by the profile",
        "doubled": "another heading stands for the same field",
        "outvoted": "the profile gives the field to another heading",
        "left out": "left out by the profile",
        "result": "a result of an earlier run, not read as data",
        "blank": "no heading, not read",
        "heeded": "stops rows until it is settled",
        "unknown": "not known, not read",
    }
)

SAMPLES: Final = 3
LONGEST_SAMPLE: Final = 40

# What the cells of a column look like, where its heading says nothing; only ever a suggestion.
_LOOKS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "emailAddress": re.compile(r"\S+@\S+\.\S+"),
        "phone": re.compile(r"\+?[\d().\s-]{10,20}(?<=\d)"),
        "eventDateTime": re.compile(r"[\w/.-]{1,30},?[ ,][^:]{0,40}\d:\d{2}.*|\d{4}-\d\d-\d\dT\d\d:\d\d.*"),
        "subscriberTimeZone": re.compile(r"[A-Z]\w+/[A-Z]\w+"),
    }
)


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
    """

    headings: tuple[Heading, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    refusal: str
    profile_lines: str

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
    matching = match(headings, profile)
    missing = () if matching.doubled else needs.missing(matching.fields, profile)
    columns = [_heading(matching, at, _samples(chunk, at)) for at in range(len(headings))]
    open_fields = _open_fields(matching)
    told = tuple(_with_suggestion(column, open_fields) for column in columns)
    return Explanation(
        headings=told,
        missing=missing,
        doubled=tuple(matching.doubled),
        refusal=_refusal(matching),
        profile_lines=_profile_lines(told, matching, missing),
    )


def _heading(matching: Matching, at: int, samples: tuple[str, ...]) -> Heading:
    named = {position: name for name, position in matching.fields.items()}
    return Heading(at, column_letters(at), matching.headings[at], named.get(at), _fate(matching, at), samples, None)


def _fate(matching: Matching, at: int) -> Fate:  # noqa: PLR0911 - the first that applies
    if at in matching.by:
        return matching.by[at]
    if any(at in positions for positions in matching.doubled.values()):
        return "doubled"
    if at in matching.results.values():
        return "result"
    if not matching.headings[at].strip():
        return "blank"
    if at in matching.left_out:
        return "left out"
    if at in matching.outvoted:
        return "outvoted"
    return "heeded" if asks(matching.headings[at]) in QUESTIONS else "unknown"


def _open_fields(matching: Matching) -> list[str]:
    """Return the fields that no heading stands for, the start's halves only where no start is there."""
    # No sheet lacks these, and likeness of letters says little of them: "Country" is mostly an address's.
    closed = {*matching.fields, *matching.doubled, "countryCode", "fullName"}
    if "eventDateTime" in closed:
        closed |= {"date", "time"}
    return [name for name in FIELD if name not in closed]


def _with_suggestion(column: Heading, open_fields: Sequence[str]) -> Heading:
    """Return the column with what it may be: unknown ones by heading and cells, ``time`` by cells that hold a day too."""
    if column.field == "time" and _looks_like("eventDateTime", column.samples) and "date" in open_fields:
        perhaps: str | None = "eventDateTime"
    elif column.fate == "unknown":
        looks = (name for name in _LOOKS if name in open_fields and _looks_like(name, column.samples))
        perhaps = nearest(column.heading, open_fields) or next(looks, None)
    else:
        return column
    return Heading(column.position, column.letters, column.heading, column.field, column.fate, column.samples, perhaps)


def _looks_like(field: str, samples: Sequence[str]) -> bool:
    return bool(samples) and all(_LOOKS[field].fullmatch(text) for text in samples)


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


def _refusal(matching: Matching) -> str:
    try:
        matching.require()
    except FileRefused as refused:
        return str(refused)
    return ""


def _profile_lines(columns: Sequence[Heading], matching: Matching, missing: Sequence[str]) -> str:
    """Return TOML tables; what is a choice or only a likeness says so in its comment, what has no value is a comment."""
    lines = [*_doubled_lines(matching), *_suggested_lines(columns, missing), *_heeded_lines(columns, matching)]
    instead = [_INSTEAD[name] for name in missing if name in _INSTEAD]
    if not lines and not instead:
        return ""
    table = table_name(matching.profile.name)
    return "\n".join([*([f"[{table}]", *instead] if instead else []), f"[{table}.columns]", *lines])


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
        if column.fate == "heeded":
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
    lines, given = [], set()
    for column in columns:
        if column.perhaps and column.perhaps not in given:
            given.add(column.perhaps)
            lines.append(f"{quoted(column.heading)} = {quoted(column.perhaps)}  # looks like it: check")
    if "eventDateTime" in given:
        given.add("date")
    unheard = [name for name in missing if name not in given]
    return lines + [f'# "THE HEADING" = {quoted(name)}  # needed: no heading stands for it' for name in unheard]
