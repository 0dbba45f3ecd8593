"""What a file is like, noted while its chunks pass, so that a later file of the same kind can be compared with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from importer.model.holds import FileFacts
from importer.model.words import Action, Status
from importer.run.fed_back import RUN, STATUS

if TYPE_CHECKING:
    from importer.columns import Matching
    from importer.model.sheets import Checked, Chunk


DATE_ORDER: Final = "date_order"
"""Under this name a judged chunk tells the order of day and month by which its dates were read."""


@dataclass(slots=True)
class Seen:
    """Counts over the chunks of one sheet."""

    matching: Matching
    blanks: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    held_in: set[str] = field(default_factory=set)
    date_order: str | None = None

    def see(self, checked: Checked) -> None:
        """Take note of a chunk."""
        for name in self.matching.fields:
            self.blanks[name] += int(np.count_nonzero(checked.typed[name].to_numpy() == ""))
        self.date_order = self.date_order or cast("str | None", checked.extra.get(DATE_ORDER))
        found = [finding.positions for finding in checked.findings if finding.code == "date_ambiguous"]
        if found:
            self.undecided += len(np.unique(np.concatenate(found)))
        if STATUS in self.matching.results and RUN in self.matching.results:
            self.held_in |= held_in(self.matching, checked.chunk)

    def facts(self, *, is_part: bool) -> FileFacts:
        """Return what all chunks together say. ``is_part``: only some rows were asked for."""
        headings = self.matching.headings
        return FileFacts(
            blanks=dict(self.blanks),
            fields={headings[at]: name for name, at in self.matching.fields.items()},
            undecided_dates=self.undecided,
            is_report=bool(self.matching.results),
            is_part=is_part,
            held_in=sorted(self.held_in),
            columns={name: self.matching.shared.get(name, (at,)) for name, at in self.matching.fields.items()},
            units=dict(self.matching.units),
            date_order=self.date_order,
            action="" if "action" in self.matching.fields else self.matching.profile.action or Action.UPSERT.value,
        )


def held_in(matching: Matching, chunk: Chunk) -> set[str]:
    """Return the runs that held rows of a report."""
    statuses, run_ids = (chunk.frame.iloc[:, matching.results[name]].to_numpy() for name in (STATUS, RUN))
    return set(run_ids[statuses == Status.HELD.value].tolist())
