"""Which cells of a row its problems are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.reporting.headings import PARTS, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.model.records import ReportRow


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem or warning and the position of its cell in the row, None where no one cell is to blame."""

    position: int | None
    note: Mapping[str, Any]
    is_warning: bool


def faults(row: ReportRow) -> list[Fault]:
    """Return the row's problems, then its warnings, each with its cell."""
    return [
        Fault(position_of(row, note), note, is_warning)
        for notes, is_warning in ((row.problems, False), (row.warnings, True))
        for note in notes
    ]


def position_of(row: ReportRow, note: Mapping[str, Any]) -> int | None:
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
    if row.file.facts is not None and row.file.facts.columns:
        return _read_from(row, row.file.facts.columns, note)
    named = [place for place in places(row.file.headings).get(name, ()) if place < len(row.cells)]
    holding = [place for place, cell in enumerate(row.cells) if value and cell == value]
    both = [place for place in named if place in holding]
    for found in (both, named if not holding else [], holding):
        if len(found) == 1 or (found and found is not holding):
            return found[0]
    return named[0] if named else None


def _read_from(row: ReportRow, columns: Mapping[str, Sequence[int]], note: Mapping[str, Any]) -> int | None:
    """Return the position of the column that a problem's field was read from, None where there is none."""
    value, name = note.get("value", ""), note.get("field", "")
    found = [place for part in (name, *PARTS.get(name, ())) for place in columns.get(part, ())]
    found = [place for place in found if place < len(row.cells)]
    if not found:
        # A column that nothing is read from, such as a status that nobody explained, is known by its cell alone.
        holding = [place for place, cell in enumerate(row.cells) if value and cell == value]
        return holding[0] if len(holding) == 1 else None
    own = columns.get(name, ())
    for chosen in _by_how_sure(row, found, columns, note):
        if len(chosen) == 1 or (chosen and chosen[0] in own):
            return chosen[0]
    return found[0]


def _by_how_sure(
    row: ReportRow, found: Sequence[int], columns: Mapping[str, Sequence[int]], note: Mapping[str, Any]
) -> Iterator[list[int]]:
    """Yield the columns among these that hold the value, that are blank as it is, that the code names, that are filled."""
    value = note.get("value", "").strip()
    if value:
        yield [place for place in found if row.cells[place].strip() == value]
    else:
        yield [place for place in found if not row.cells[place].strip()]
    named = columns.get(note.get("code", "").partition("_")[0], ())
    yield [place for place in found if place in named]
    yield [place for place in found if row.cells[place].strip()]
