"""
A person's own cells as a report carries them: as typed, but for what only their whole file made certain.

``3/4/2027`` is in March or April by the other dates of its file, which a report of several files, or of the rows that
need attention, no longer has beside it. So a date whose order of day and month was declared or proven is written with the
year first. A date that was not certain stays as typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importer.model.records import FileRecord

DATES: Final = ("eventDateTime", "date")
_NUMERIC: Final = re.compile(r"(?<![0-9./-])([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?![0-9./-])")
_MONTHS: Final = 12


def own_cells(file: FileRecord, typed: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row's cells, its certain dates with the year first."""
    places = date_places(file)
    if not places:
        return typed
    cells = list(typed)
    for place in places:
        if place < len(cells):
            cells[place] = certain(cells[place], day_first=is_day_first(file))
    return tuple(cells)


def date_places(file: FileRecord) -> tuple[int, ...]:
    """Return the positions of the columns whose dates were read in a known order; none where none was known."""
    facts = file.facts
    if facts is None or facts.date_order not in {"dmy", "mdy"}:
        return ()
    return tuple(place for name in DATES for place in facts.columns.get(name, ()))


def is_day_first(file: FileRecord) -> bool:
    """Whether the file's dates were read with the day before the month."""
    return file.facts is not None and file.facts.date_order == "dmy"


def certain(text: str, *, day_first: bool) -> str:
    """Return a text with its date of numbers, if it could be read in two ways, as ``2027-04-03``."""
    found = _NUMERIC.search(text)
    if found is None:
        return text
    first, second = int(found[1]), int(found[3])
    if first == second or not 0 < min(first, second) <= max(first, second) <= _MONTHS:
        return text
    day, month = (first, second) if day_first else (second, first)
    return f"{text[: found.start()]}{found[4]}-{month:02d}-{day:02d}{text[found.end() :]}"
