"""Where a file keeps its fields: as its facts tell, else as far as the headings do."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from schemas.fields import FIELD, METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from importer.model.records import ReportRow

# A start may stand in two columns, and a zone may come with the place.
PARTS: Final = {"eventDateTime": ("date", "time"), "subscriberTimeZone": ("location",)}


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


def typed(row: ReportRow, field: str) -> str:
    """Return what the row's own cells say of a field, its parts with a blank between; "" when no heading names it."""
    facts = row.file.facts
    read = [place for part in (field, *PARTS.get(field, ())) for place in facts.columns.get(part, ())] if facts else []
    where = read or places(row.file.headings).get(field, ())
    return " ".join(cell for place in where if place < len(row.cells) and (cell := row.cells[place].strip()))


def person(row: ReportRow) -> tuple[str, ...]:
    """
    Return who and when, so that a person can look the appointment up: name and phone, then the start.

    As typed; of an appointment that stands in no sheet as the API accepted it.
    """
    first, last, phone, start = (
        typed(row, field) if row.number else str(row.said.get(field, ""))
        for field in ("firstName", "lastName", "phone", "eventDateTime")
    )
    who = ", ".join(part for part in (f"{first} {last}".strip(), phone) if part)
    return tuple(part for part in (who, start) if part)


def field_title(field: str) -> str:
    """Return a field's name for people: ``Appointment start``; a metadata column keeps its heading."""
    return FIELD[field].title if field in FIELD else field


def _metadata(heading: str) -> str:
    stripped = heading.strip()
    return stripped if stripped.casefold().startswith(METADATA_PREFIX) else ""
