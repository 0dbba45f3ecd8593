"""
Where a problem stands in the person's sheet: which column it is about, and its sentences with her heading and its letter.

The ledger keeps a problem's sentences without their place, and the column where checking knew it. What is read from the
ledger, and what a check tells, is placed once, here; so every surface says the same.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from importer.problems import KINDS
from importer.problems.kinds import quoted
from schemas.fields import FIELD, METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.model.staged_files import FileRecord


# A start may stand in two columns, and a zone may come with the place.
PARTS: Final = {"eventDateTime": ("date", "time"), "subscriberTimeZone": ("location",)}


NO_COLUMN: Final = " (no column)"


def column_letters(position: int) -> str:
    """Return the letters of a column in a spreadsheet: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    left = position + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@lru_cache(maxsize=4096)
def column_name(position: int, heading: str) -> str:
    """Return a column as a person sees it: ``Column F "Status"``; one without a heading by its letter alone."""
    plain = quoted(heading.replace("\ufeff", "").strip())
    return f'Column {column_letters(position)} "{plain}"' if plain else f"Column {column_letters(position)}"


def name_of(position: int | None, headings: Sequence[str], field: str, fields: Collection[str] | None = None) -> str:
    """
    Return what a problem is about, as a person sees it: ``Column C "Cell"``, ``phone (no column)``, "" for a whole row.

    ``field``: the canonical name, which counts only where there is no column. ``fields``: those that have a column
    somewhere in the sheet; None: nobody knows.
    """
    if position is not None:
        return column_name(position, headings[position] if position < len(headings) else "")
    if not is_field(field):
        return ""
    return field if fields is None or _has_column(field, fields) else f"{field}{NO_COLUMN}"


def is_field(name: str) -> bool:
    """Whether a name is a field's, of metadata too."""
    return name in FIELD or name.startswith(METADATA_PREFIX)


def _has_column(field: str, fields: Collection[str]) -> bool:
    return any(name in fields for name in (field, *PARTS.get(field, ())))


def placed_in(
    note: Mapping[str, Any], headings: Sequence[str], fields: Collection[str] | None = None
) -> dict[str, Any]:
    """
    Return a problem or warning whose sentences say where it stands, by its ``column`` if it has one.

    The message begins with the column, and a fix that is a matter of the cell names its letter. ``fields``: as in ``name_of``.
    """
    position, field = note.get("column"), note.get("field", "")
    where = name_of(position, headings, field, fields)
    message, fix = note.get("message", ""), note.get("fix", "")
    if not where or message.startswith(where):
        return dict(note)
    kind = KINDS.get(note.get("code", ""))
    if kind is not None and kind.is_of_the_cell:
        fix = fix_in(where, fix)
    return {**note, "message": f"{where}: {message}", "fix": fix}


def fix_in(where: str, fix: str) -> str:
    """Return a fix that is a matter of one cell with the letter of its column. ``where``: of ``name_of``."""
    if where.startswith("Column "):
        there = f"In column {where.split(maxsplit=2)[1]}, "
    elif where.endswith(NO_COLUMN):
        there = f"In a column for {where.removesuffix(NO_COLUMN)}, "
    else:
        return fix
    return f"{there}{fix[:1].lower()}{fix[1:]}"


def placed(notes: Iterable[Mapping[str, Any]], file: FileRecord, cells: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return what the ledger kept of a row of a sheet, each problem in its place. ``cells``: the row's own."""
    fields = file.facts.columns if file.facts is not None and file.facts.columns else None
    return tuple(
        placed_in(note if position is None else {**note, "column": position}, file.headings, fields)
        for note in (_with_columns(note, file) if note.get("code") in LISTING else note for note in notes)
        for position in (position_of(note, file, cells),)
    )


# Their details list fields, as the API names them.
LISTING: Final = frozenset({"answer_differs", "older_reminder_found"})
_LISTED: Final = re.compile(r"\(([\w.]+(?:, [\w.]+)*)\)")


def _with_columns(note: Mapping[str, Any], file: FileRecord) -> dict[str, Any]:
    """Return a problem whose list of fields names the columns of the person's sheet."""

    def named(found: re.Match[str]) -> str:
        return f"({', '.join(name for field in found[1].split(', ') for name in _columns_of(field, file))})"

    return {**note, "message": _LISTED.sub(named, note.get("message", ""), count=1)}


def _columns_of(field: str, file: FileRecord) -> list[str]:
    """Return the columns that a field was read from, as a person sees them; without one the field's name for people."""
    read = file.facts.columns if file.facts is not None and file.facts.columns else places(file.headings)
    own = [name for name in read if name.startswith(METADATA_PREFIX)] if field == METADATA_PREFIX.rstrip(".") else []
    found = dict.fromkeys(place for name in (field, *PARTS.get(field, ()), *own) for place in read.get(name, ()))
    names = [column_name(place, file.headings[place]) for place in found if place < len(file.headings)]
    return names or [f"{FIELD[field].title if field in FIELD else field}{NO_COLUMN}"]


def position_of(note: Mapping[str, Any], file: FileRecord, cells: Sequence[str]) -> int | None:
    """
    Return the position of the cell that a problem is about.

    The one that checking named. Where it named none (the row as a whole, a problem that came later, a ledger of an earlier
    version): the column that the field was read from, as the file's facts tell; of a start in two columns the one that the problem
    speaks of. In a ledger of an earlier version the typed value decides first: the one cell that holds it. Then the
    heading, by the field's names.
    """
    if (column := note.get("column")) is not None:
        return int(column)
    value, name = note.get("value", ""), note.get("field", "")
    if file.facts is not None and file.facts.columns:
        return _read_from(note, file.facts.columns, cells)
    named = [place for place in places(file.headings).get(name, ()) if place < len(cells)]
    holding = [place for place, cell in enumerate(cells) if value and cell == value]
    both = [place for place in named if place in holding]
    for found in (both, named if not holding else [], holding):
        if len(found) == 1 or (found and found is not holding):
            return found[0]
    return named[0] if named else None


def _read_from(note: Mapping[str, Any], columns: Mapping[str, Sequence[int]], cells: Sequence[str]) -> int | None:
    """Return the position of the column that a problem's field was read from, None where there is none."""
    value, name = note.get("value", ""), note.get("field", "")
    found = [place for part in (name, *PARTS.get(name, ())) for place in columns.get(part, ())]
    found = [place for place in found if place < len(cells)]
    if not found:
        # A column that nothing is read from, such as a status that nobody explained, is known by its cell alone.
        holding = [place for place, cell in enumerate(cells) if value and cell == value]
        return holding[0] if len(holding) == 1 else None
    own = columns.get(name, ())
    for chosen in _by_how_sure(note, found, columns, cells):
        if len(chosen) == 1 or (chosen and chosen[0] in own):
            return chosen[0]
    return found[0]


def _by_how_sure(
    note: Mapping[str, Any], found: Sequence[int], columns: Mapping[str, Sequence[int]], cells: Sequence[str]
) -> Iterator[list[int]]:
    """Yield the columns among these that hold the value, that are blank as it is, that the code names, that are filled."""
    value = note.get("value", "").strip()
    if value:
        yield [place for place in found if cells[place].strip() == value]
    else:
        yield [place for place in found if not cells[place].strip()]
    named = columns.get(note.get("code", "").partition("_")[0], ())
    yield [place for place in found if place in named]
    yield [place for place in found if cells[place].strip()]


@lru_cache(maxsize=64)
def places(headings: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return field -> the positions whose heading names it, or else a part of it."""
    known = alias_table()
    found: dict[str, list[int]] = {}
    for place, heading in enumerate(headings):
        name = known.get(folded(heading)) or _metadata(heading)
        if name:
            found.setdefault(name, []).append(place)
    for name, parts in PARTS.items():
        found.setdefault(name, []).extend(place for part in parts for place in found.get(part, ()))
    return {name: tuple(where) for name, where in found.items()}


def _metadata(heading: str) -> str:
    stripped = heading.strip()
    return stripped if stripped.casefold().startswith(METADATA_PREFIX) else ""


def title_of(code: str) -> str:
    """Return a kind's title, or its code in words where the catalogue of this version does not know it."""
    kind = KINDS.get(code)
    return kind.title if kind is not None else code.replace("_", " ").capitalize()


def general_fix(code: str, place: str = "", name: str = "") -> str:
    """
    Return a kind's fix without any row's value: it may stand on a terminal. "" for a code that is not known.

    ``place``: where such problems stand, as ``cell_places.name_of`` says it. ``name``: the field.
    """
    kind = KINDS.get(code)
    if kind is None:
        return ""
    # What stands behind the last sentence is a detail of one row; inside a sentence it is left open.
    fix = (
        replace(kind, fix=kind.fix.removesuffix(" {detail}")).about(field=name or "the cell", value="…", detail="…").fix
    )
    return fix_in(place, fix) if kind.is_of_the_cell else fix
