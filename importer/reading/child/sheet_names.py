"""Which sheet of a workbook is read, by its name or as the first that a person sees, and what is said of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class SheetName:
    """One sheet in the workbook's order. ``holds_cells`` is False for charts, macros and dialogs."""

    name: str
    hidden: bool = False
    holds_cells: bool = True


def choose(sheets: Sequence[SheetName], wanted: str | None) -> int:
    """
    Return the position of the sheet to read: the one named, or the first that a person sees.

    A name is taken exactly, else without regard to case and outer blanks if that fits one sheet only.

    Raises:
        FileRefused: ``sheet_not_found``, ``sheet_missing``.
    """
    tables = [place for place, sheet in enumerate(sheets) if sheet.holds_cells]
    if wanted is None:
        visible = [place for place in tables if not sheets[place].hidden]
        if not visible:
            raise FileRefused(
                "The workbook has no visible sheet with cells.",
                code="sheet_missing",
                fix=f"Name the sheet to read with --sheet. There are: {listed(sheets)}.",
            )
        return visible[0]
    exact = [place for place in tables if sheets[place].name == wanted]
    alike = [place for place in tables if sheets[place].name.strip().casefold() == wanted.strip().casefold()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    raise FileRefused(
        f"The workbook has no sheet “{wanted}”.",
        code="sheet_not_found",
        fix=f"Take one of: {listed(sheets)}.",
    )


def others(sheets: Sequence[SheetName], chosen: int) -> list[str]:
    """Return the notes about the sheets that are not read."""
    rest = [sheet for place, sheet in enumerate(sheets) if place != chosen]
    return [f"{'Sheet' if len(rest) == 1 else 'Sheets'} {listed(rest)} ignored."] if rest else []


def unread(sheets: Sequence[SheetName], chosen: int) -> list[str]:
    """Return the names of the other sheets that a person sees and that hold cells: what else could be read."""
    return [
        sheet.name for place, sheet in enumerate(sheets) if place != chosen and sheet.holds_cells and not sheet.hidden
    ]


def listed(sheets: Sequence[SheetName]) -> str:
    """Return the sheets' names for a sentence, hidden ones marked."""
    return ", ".join(f"“{sheet.name}”{' (hidden)' if sheet.hidden else ''}" for sheet in sheets) or "none"
