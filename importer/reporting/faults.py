"""Which cells of a row its problems are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.reporting.headings import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.records import ReportRow


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem or warning and the position of its cell in the row, None where no one cell is to blame."""

    position: int | None
    note: Mapping[str, str]
    is_warning: bool


def faults(row: ReportRow) -> list[Fault]:
    """Return the row's problems, then its warnings, each with its cell."""
    return [
        Fault(position_of(row, note), note, is_warning)
        for notes, is_warning in ((row.problems, False), (row.warnings, True))
        for note in notes
    ]


def position_of(row: ReportRow, note: Mapping[str, str]) -> int | None:
    """
    Return the position of the cell that a problem is about.

    The profile's columns are not known here, so the typed value decides first: the one cell that holds it. Then the
    heading, by the field's names.
    """
    value, name = note.get("value", ""), note.get("field", "")
    named = [place for place in places(row.file.headings).get(name, ()) if place < len(row.cells)]
    holding = [place for place, cell in enumerate(row.cells) if value and cell == value]
    both = [place for place in named if place in holding]
    for found in (both, named if not holding else [], holding):
        if len(found) == 1 or (found and found is not holding):
            return found[0]
    return named[0] if named else None
