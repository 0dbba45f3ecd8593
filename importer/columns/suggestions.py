"""
What a sheet lacks, and what a column may be that nothing maps: shown, never acted on.

A suggestion needs the cells: where a column is blank, or its cells do not fit the field, there is none, whatever its heading
is like. Where the heading leads elsewhere (a birthday, a day of booking, a fax, another person's phone) there is none
either, whatever its cells are like. Beside that: what follows from what a cell or a line says, and what may be done about it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.columns.cell_fit import (
    START_OF,
    STARTS,
    Fit,
    fit,
    is_email,
    is_phone,
    is_uuid,
    is_words,
    is_zone_of_place,
    kind_of,
    zone_named,
)
from importer.columns.cell_meaning import Heeded
from importer.columns.heading_forms import (
    PERSON,
    START,
    VISIT,
    form_of,
    is_landline,
    leads_away,
    words_of_heading,
)
from importer.columns.heading_meaning import OF_MOVING, QUESTIONS, Asks, asks
from importer.errors import FileRefused
from importer.model.statuses import Action
from importer.problems.cell_places import column_letters, column_name
from schemas.fields import FIELD, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.columns.settling import Samples
    from importer.model.profile import Profile


MOST_NAMED: Final = 8
"""So many columns a note names; a system's export has dozens that no field stands for."""

_FREE_TEXTS: Final = frozenset({Asks.NOTES, Asks.TEXTS, Asks.REPLY, Asks.TITLES})
_PLAIN_FACTS: Final = frozenset({Asks.NAMES, Asks.ELSEWHERE, Asks.HOME_NUMBER})

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """Return a text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(mark if mark.isprintable() else f"\\U{ord(mark):08X}" for mark in escaped) + '"'


def table_name(profile: str) -> str:
    """Return the name of a profile's table: ``profile.clinic``, ``profile."Main St"``."""
    return f"profile.{profile if _BARE_KEY.fullmatch(profile) else quoted(profile)}"


FILE: Final = 0
"""In place of a row's number: the name of the file says it."""
_FIX: Final = "The line above these rows says so. Take the rows of appointments that take place out of its section."
_FIX_OF_FILE: Final = "The file is named so. Rename it if its appointments take place."


def place_and_fix(row: int) -> str:
    """Return where a line stands, and what may be done about it, as the detail of a problem."""
    return f"Name of the file\n{_FIX_OF_FILE}" if row == FILE else f"Row {row}\n{_FIX}"


def late_legend(row: int, text: str) -> FileRefused:
    """Return the error for a legend of colours below rows that were judged without it, in a sheet of many rows."""
    return FileRefused(
        f"Row {row}: “{text}” says that colours tell which appointments take place. Colours are not read, and the rows above it may be meant.",
        code="colours_tell",
        fix="Write what the colours mean into a column Status, cancelled for instance; then delete that line.",
    )


def to_ignore(table: str, heading: str) -> str:
    """Return the step that leaves a column out. ``table``: of ``table_name``."""
    return f"To ignore the column, write in importer.toml under [{table}.columns]: {quoted(heading)} = {quoted('')}"


def to_act_on(table: str, heading: str, word: str, meant: str) -> str:
    """Return the step that makes a column say what to do, with the action that one of its words is meant for; and how to leave it out."""
    return (
        f"If the column says what to do, write in importer.toml under [{table}.columns]: {quoted(heading)} = {quoted('action')}, "
        f"and under [{table}.values.action] what each word means, such as {quoted(word)} = {quoted(meant)} "
        f'(or "upsert", "cancel", "no_show", "none"). To ignore the column: {quoted(heading)} = {quoted("")}'
    )


def to_settle(table: str, heading: str, asked: Asks, heard: Heeded | None, text: str, *, mapped: bool) -> str:  # noqa: PLR0913 - a cell
    """Return the step that settles a column of which a cell was heeded. ``heard``: None beside a column of actions; ``mapped``: to a field."""
    ignored = to_ignore(table, heading)
    if mapped:
        return "Take the words out of the cell if they are not meant."
    if heard not in {Heeded.OFF, Heeded.DEAD, Heeded.MOVED, Heeded.UNKNOWN}:
        return ignored
    if asked in OF_MOVING:
        return f"If the appointment was moved, put its new day and time where the old ones stand. {ignored}"
    meant = Action.UPSERT if heard is Heeded.UNKNOWN else Action.CANCEL
    return to_act_on(table, heading, text.strip(), meant.value)


# What is heeded of a cell -> the problem of its row, and the actions that it does not stop.
CODES_OF: Final[Mapping[Heeded, str]] = {
    Heeded.OFF: "status_not_used",
    Heeded.DEAD: "status_not_used",
    Heeded.MOVED: "status_not_used",
    Heeded.REFUSED: "consent_refused",
    Heeded.ABOVE: "repeats_above",
    Heeded.REMINDED: "reminded_already",
    Heeded.PERHAPS_OFF: "status_in_notes",
    Heeded.PERHAPS_REFUSED: "consent_unclear",
    Heeded.UNKNOWN: "status_word_unknown",
}
_NOT_TEXTED: Final = frozenset({Action.CANCEL.value, Action.NONE.value})
_SETTLED: Final = _NOT_TEXTED | {Action.NO_SHOW.value}
PASSING: Final[Mapping[Heeded, frozenset[str]]] = {
    **dict.fromkeys((Heeded.OFF, Heeded.PERHAPS_OFF, Heeded.UNKNOWN), _SETTLED),
    **dict.fromkeys((Heeded.DEAD, Heeded.REFUSED, Heeded.ABOVE, Heeded.PERHAPS_REFUSED), _NOT_TEXTED),
    **dict.fromkeys((Heeded.MOVED, Heeded.REMINDED), _SETTLED | {Action.UPDATE.value}),
}
DECIDING: Final[Mapping[Asks, Heeded]] = {
    **dict.fromkeys((Asks.STATUS, Asks.OFF, Asks.ON), Heeded.OFF),
    **dict.fromkeys(OF_MOVING, Heeded.MOVED),
    **dict.fromkeys((Asks.PERMISSION, Asks.LEAD, Asks.REFUSAL, Asks.CHOICE, Asks.WAY), Heeded.REFUSED),
}
"""What a cell may say at worst below a heading that asks this; below others it takes words to stop a row."""

# Below these, words stop no row, or only those of people who are named so.
NEVER_SURE: Final = frozenset({Asks.NOTES, Asks.TITLES, Asks.PAST, Asks.NAMES, Asks.LABELS, Asks.ELSEWHERE})

# A sheet may have thousands of foreign headings; those that matter stand in front.
MOST_LOOKED_AT: Final = 100

_ABOUT_TYPE: Final = frozenset({"type", "types", "service", "services", "treatment", "procedure", "reason"})
_ABOUT_ID: Final = frozenset(
    {"id", "number", "no", "num", "nr", "ref", "reference", "guid", "uuid", "external", "identifier"}
)
_ABOUT_ZONE: Final = frozenset({"zone", "timezone", "tz", "zeitzone"})
_NO_VALUES: Final = frozenset({Asks.NOTES, Asks.TITLES, Asks.ELSEWHERE, Asks.TEXTS})
_BESIDE_TYPE: Final = frozenset({"name", "of", "the", "for", "desc", "description", "booked", "1"})


class _Column(NamedTuple):
    heading: str
    words: frozenset[str]
    cells: tuple[str, ...]
    repeats: bool


def suggested(
    headings: Mapping[int, str], closed: Collection[str], profile: Profile, samples: Samples
) -> dict[int, str]:
    """
    Return position -> field for the columns that may be a field.

    ``headings``: position -> heading of the columns that nothing stands for; ``closed``: fields that other columns stand
    for already. A field that two columns fit is suggested for neither, where only their cells speak for it.
    """
    if "eventDateTime" in closed or {"date", "time"} <= set(closed):
        closed = {*closed, *STARTS}
    if profile.event_type:
        closed = {*closed, "eventType"}
    found: dict[int, tuple[str, bool]] = {}
    for at, heading in list(headings.items())[:MOST_LOOKED_AT]:
        column = _Column(heading, frozenset(words_of_heading(heading)), samples.of(at), samples.repeats(at))
        told = _perhaps(column, profile) if column.cells else None
        # Taken for the start, 14:00 below "Start UTC" would be two o'clock in the row's own zone.
        if told and told[0] not in closed and not (told[0] in STARTS and zone_named(heading)):
            found[at] = told
    return {at: name for at, (name, _) in found.items() if _is_best(at, found, headings)}


def _is_best(at: int, found: Mapping[int, tuple[str, bool]], headings: Mapping[int, str]) -> bool:
    name, is_told = found[at]
    rivals = [other for other, (field, _) in found.items() if field == name and other != at]
    if name == "phone" and is_landline(headings[at]):
        # The first telephone at home or at work, where there is no other.
        return all(is_landline(headings[other]) and at < other for other in rivals)
    return is_told or not rivals


def _perhaps(column: _Column, profile: Profile) -> tuple[str, bool] | None:
    """Return the field, and whether the heading speaks for it too; None where nothing does."""
    region = profile.region.upper()
    name = _by_form(column, profile) or _by_words(column, profile)
    if name is not None:
        return name, True
    if is_landline(column.heading):
        return ("phone", True) if _all_are_phones(column.cells, region) else None
    if not column.words or leads_away(column.heading) or asks(column.heading) in _NO_VALUES:
        return None
    name = _by_cells(column.cells, region)
    return (name, False) if name else None


def _by_form(column: _Column, profile: Profile) -> str | None:
    form = form_of(column.heading)
    if form is None or (form.beside and form.fields != START):
        return None
    if form.fields == START:
        kind = kind_of(column.cells)
        return START_OF[kind] if kind else None
    for name in form.fields:
        if name == "eventType":
            return name if all(is_words(text) or is_uuid(text) for text in column.cells) else None
        if fit(name, column.cells, profile) is Fit.FITS and not (name == "externalEventId" and column.repeats):
            return name
    return None


def _by_words(column: _Column, profile: Profile) -> str | None:
    """Return the field that the words are about, where they are about nothing else."""
    words, cells = column.words, column.cells
    rest = words - VISIT - PERSON
    if words & _ABOUT_ZONE and not leads_away(column.heading):
        wanted = "subscriberTimeZone"
    elif words & _ABOUT_TYPE and rest <= _ABOUT_TYPE | _BESIDE_TYPE and not words & PERSON:
        return "eventType" if all(is_words(text) or is_uuid(text) for text in cells) else None
    elif words & _ABOUT_ID and rest <= _ABOUT_ID and not words & PERSON and not column.repeats and len(cells) > 1:
        wanted = "externalEventId"
    elif asks(column.heading) is Asks.STATUS:
        return "action" if any(fit("action", [text], profile) is Fit.FITS for text in cells) else None
    else:
        wanted = "location"
    return wanted if fit(wanted, cells, profile) is Fit.FITS else None


def _by_cells(cells: Sequence[str], region: str) -> str | None:
    """Return the field whose values look like nothing else."""
    if all(map(is_email, cells)):
        return "emailAddress"
    if _all_are_phones(cells, region):
        return "phone"
    if all(map(is_zone_of_place, cells)):
        return "subscriberTimeZone"
    return "eventDateTime" if kind_of(cells) == "moment" else None


def _all_are_phones(cells: Sequence[str], region: str) -> bool:
    return all(is_phone(text, region) for text in cells)


def refusal_of(
    names: Sequence[str], headings: Sequence[str], suggested: Mapping[int, str], profile: Profile
) -> FileRefused:
    """
    Return the error for missing columns; it names the headings that may be them (position -> field).

    ``profile``: its headings that the sheet has not are named.
    """
    listed = ", ".join(f"{name} ({FIELD[name].title})" for name in names)
    # A sheet without its start lacks one of three.
    wanted = {*names, *(STARTS if STARTS & set(names) else ())}
    near = [f'"{headings[at].strip()}" looks like {name}' for at, name in suggested.items() if name in wanted]
    named = [f'"{told}" for {name}' for told, name in gone_headings(headings, profile).items() if name in wanted]
    zoned = [f'"{text.strip()}"' for text in headings if zone_named(text)] if wanted & STARTS else []
    apart = (
        f" {' and '.join(zoned)} names a time zone and is not taken: enter the local start in a column Start."
        if zoned
        else ""
    )
    lost = f" The profile names {' and '.join(named)}, and the sheet has no such heading." if named else ""
    return FileRefused(
        f"The sheet has no column for {listed}.{lost}{apart}" + (f" Perhaps: {'; '.join(near)}." if near else ""),
        code="columns_missing",
        fix="Rename or add the heading, or say in the profile which one it is: `importer columns FILE` prints the lines.",
    )


def nothing_known(headings: Sequence[str]) -> FileRefused:
    """Return the error for a sheet of which no heading is known."""
    shown = ", ".join(f'"{heading}"' for heading in headings[:6] if heading.strip())
    return FileRefused(
        f"None of the headings is known ({shown or 'they are blank'}): is the first row the heading row?",
        code="columns_unknown",
        fix="Put one row of headings above the appointments; `importer template` writes a sheet that shows them.",
    )


def doubled_columns(headings: Sequence[str], doubled: Mapping[str, Sequence[int]]) -> FileRefused:
    """Return the error for fields (field -> positions) for which more than one column stands."""
    groups = "; ".join(
        f"{_named(headings, positions)} {'both' if len(positions) == 2 else 'all'} stand for {name}"
        for name, positions in doubled.items()
    )
    return FileRefused(
        f"Columns are doubled: {groups}.",
        code="columns_doubled",
        fix="Delete or rename the columns that are not meant, or say in the profile which one to take: "
        "`importer columns FILE` prints the lines.",
    )


def _named(headings: Sequence[str], positions: Sequence[int]) -> str:
    """Return headings with their columns' letters: ``"Phone" (column B) and "Mobile" (column D)``."""
    texts = [f'"{headings[at].strip()}" (column {column_letters(at)})' for at in positions]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def gone_headings(headings: Sequence[str], profile: Profile) -> dict[str, str]:
    """Return heading of the profile -> its field, where the sheet has no such heading."""
    there = {text.strip() for text in headings} | {folded(text) for text in headings}
    return {
        told: name for told, name in profile.columns.items() if name and there.isdisjoint({told.strip(), folded(told)})
    }


def gone_sentences(headings: Sequence[str], profile: Profile, fields: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each heading of the profile that the sheet lacks, and with it its field."""
    for told, name in gone_headings(headings, profile).items():
        if name not in fields:
            yield f'The profile names the heading "{told}" for {name}, and the sheet has no such heading.'


def not_sent(headings: Sequence[str], positions: Sequence[int], passed_over: Collection[int] = ()) -> Iterator[str]:
    """
    Yield the sentence that names the columns which stand for no field, and says how far they are heeded; none without any.

    What no reader of a sheet can promise is to understand every note in it; which columns hold such notes it can say. Of
    many columns those are named first. ``positions``: of columns that nobody left out and that hold nothing of an earlier run.
    ``passed_over``: those that the export of a known system always has; of them only notes are named.
    """
    told = [
        at
        for at in positions
        if headings[at].strip()
        and asks(headings[at]) not in QUESTIONS
        and (at not in passed_over or asks(headings[at]) in _FREE_TEXTS)
    ]
    if not told:
        return
    if len(told) > MOST_NAMED:
        likely = sorted(
            told, key=lambda at: (asks(headings[at]) not in _FREE_TEXTS, asks(headings[at]) in _PLAIN_FACTS)
        )
        shown = sorted(likely[: MOST_NAMED - 1])
    else:
        shown = told
    names = [column_name(at, headings[at]).replace("Column", "column", 1) for at in shown]
    if len(told) > len(shown):
        names.append(f"{len(told) - len(shown)} more columns")
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    are, they = ("are", "They stop") if len(names) > 1 else ("is", "It stops")
    yield (
        f"{listed[0].upper()}{listed[1:]} {are} not sent. {they} a row only where a cell says plainly that a visit is off or at another time, "
        "or that texts are not wanted."
    )
