"""What a person let go: the headings that are usual in a profile since, and the very sheets. Plain memory, beside the importer's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from order_sheets import headings_of

from importer.problems.guard_kinds import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from order_sheets import Line

    from importer.model.records import RunRecord


def held_as_a_whole(run: RunRecord) -> tuple[str, ...]:
    """Return the codes that hold a run's sheet as a whole."""
    return tuple(hold.code for hold in run.unreleased if hold.code in WHOLE)


@dataclass
class LetGo:
    """
    Sheets of declared profiles: which headings nothing speaks against any more.

    ``usual``: by profile, the run whose headings the next sheet is compared with, and these; it lacks profiles of which that
    is not known. ``held``: by run, the profile and sheet of those that wait for a person. ``sheets``: let go for good.
    """

    usual: dict[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    held: dict[str, tuple[str, tuple[Line, ...]]] = field(default_factory=dict)
    sheets: set[tuple[str, tuple[Line, ...]]] = field(default_factory=set)

    def ran(self, run: RunRecord, sheet: tuple[Line, ...]) -> list[str]:
        """Hear how a run of a sheet ended; return what is wrong with that."""
        profile, headings = str(run.profile), headings_of(sheet)
        if "headings_changed" not in held_as_a_whole(run):
            self.usual[profile] = run.id, headings
            # Nobody asks for an earlier sheet any more.
            self.held = {run_id: one for run_id, one in self.held.items() if one[0] != profile}
            return []
        self.held[run.id] = profile, sheet
        is_usual = profile in self.usual and self.usual[profile][1] == headings
        return [f"headings that are usual are held in {run.id}"] * (is_usual or (profile, sheet) in self.sheets)

    def released(self, run_id: str, runs: Sequence[str]) -> None:
        """Hear that a person let a held run go. ``runs``: all, newest first."""
        profile, sheet = self.held.pop(run_id)
        self.sheets.add((profile, sheet))
        usual = self.usual.get(profile)
        if usual is not None and runs.index(usual[0]) > runs.index(run_id):
            self.usual[profile] = run_id, headings_of(sheet)

    def is_unsure(self, profile: str) -> None:
        """Hear of a run of the profile that was killed, so that nobody knows how far it came."""
        self.usual.pop(profile, None)

    def forget(self) -> None:
        """Hear that the ledger was lost."""
        self.usual.clear()
        self.held.clear()
        self.sheets.clear()
