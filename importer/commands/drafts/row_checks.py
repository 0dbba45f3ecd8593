"""
Rows of one sheet of a draft checked by what is kept of the sheet: as they stand after edits, and as they stood before.

What the rows cannot know by themselves was taken down while the sheet was read (``sheet_facts``): how its columns were settled, which
order of day and month its dates prove, which lines begin a section, and what its cells were like.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import starmap
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from importer.checking import stage
from importer.columns import match
from importer.columns.settling import ROWS
from importer.commands.drafts.corrections import in_force
from importer.commands.drafts.sheet_facts import same_columns
from importer.commands.old_reports import STATUS, without_done
from importer.commands.pipeline import SheetChecks, date_columns, usual_order
from importer.model.batches import READABLE, CellFlaw
from importer.model.chunks import Chunk, Sheet, SourceFile
from importer.model.formula_escape import guard
from importer.normalizing import DateEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft, DraftRow, PlanFacts, SheetFacts
    from importer.model.chunks import Checked
    from importer.model.profile import DateOrder
    from importer.model.staged_files import FileFacts, StagedRow


# Row numbers of what stood there before; no sheet has so many rows.
_BEFORE: Final = 10_000_000


class UnsureError(Exception):
    """A few rows alone cannot tell what planning the whole draft would."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A row and what its cells are by now; ``was``: as it was judged last."""

    was: DraftRow
    cells: tuple[str, ...]


@dataclass(slots=True)
class SheetRows:
    """Rows of one sheet. ``facts``: of the sheet as it is by now; ``staged``: the rows in their order."""

    facts: SheetFacts
    were: list[DraftRow]
    staged: list[StagedRow]


class _Word(NamedTuple):
    """An unknown word, and the number of the row in which it stands first; ``position``: of its column."""

    position: int
    word: str
    row: int


class RowChecks:
    """The checks of rows of one sheet, by its place in the draft (``file``)."""

    def __init__(self, job: Job, ledger: Ledger, draft: Draft, facts: PlanFacts, file: int) -> None:
        self._job, self._ledger, self._draft, self._file = job, ledger, draft, file
        self._facts = facts.sheets[file]
        self._headings: tuple[str, ...] = tuple(draft.plan.files[file]["headings"])
        self.is_report = bool(self._facts.file and self._facts.file.is_report)
        self.were: list[DraftRow] = []
        self.staged: list[StagedRow] = []
        self.are_others_changed = False
        self._settled: Matching | None = None

    def take(self, edited: Sequence[Edited]) -> None:
        """Check edited rows, and bring what is kept of the sheet up to date."""
        matching = self._settled = self._matching(edited)
        self._refuse_unsure(matching, edited)
        checks = self._checks(matching)
        dates = self._dates(matching, edited)
        order = self._order(matching, dates)
        self.are_others_changed = order != self._order(matching, DateEvidence(*self._facts.dates))
        count = len(edited)
        now = [(each.was.number, each.cells) for each in edited]
        before = [(each.was.number + _BEFORE, each.was.cells) for each in edited]
        if checks.sections.are_among(self._chunk([*now, *before], [])):
            raise UnsureError
        checked = self._check(checks, [*now, *before], order)
        staged = self._stage(checked, matching)
        self.were, self.staged = [each.was for each in edited], list(staged[:count])
        self._facts = replace(
            self._facts,
            dates=(dates.day_first, dates.month_first, dates.open, dates.short),
            file=self._described(matching, checked, count, order),
            content=self._content(staged[count:], staged[:count]),
        )

    def take_tied(self, rows: Sequence[DraftRow]) -> None:
        """Check rows that are tied to edited ones, and are as they were."""
        matching = self._settled or self._matching(())
        checks, order = self._checks(matching), self._order(matching, DateEvidence(*self._facts.dates))
        checked = self._check(checks, [(row.number, row.cells) for row in rows], order)
        self.were += rows
        self.staged += self._stage(checked, matching)

    def rows(self) -> SheetRows:
        """Return the rows in their order."""
        return SheetRows(
            self._facts,
            sorted(self.were, key=lambda row: row.number),
            sorted(self.staged, key=lambda row: row.number),
        )

    def _matching(self, edited: Sequence[Edited]) -> Matching:
        """Return the columns as the sheet's first rows settle them; ``UnsureError``: the edits settle them otherwise."""
        first = self._ledger.drafts.rows.first(self._draft, self._file, ROWS)
        now = {each.was.number: each.cells for each in edited}
        rows = [(number, now.get(number, cells)) for number, cells in first]
        matching = match(self._headings, self._job.profile, self._chunk(rows, []) if rows else None)
        if same_columns(matching) != self._facts.columns:
            raise UnsureError
        return matching

    def _refuse_unsure(self, matching: Matching, edited: Sequence[Edited]) -> None:
        facts, results = self._facts, set(matching.results.values())
        if facts.file is None or facts.file.held_in:
            raise UnsureError
        said = self._checks(matching).said
        stated = set(matching.system.status) if matching.system else set()
        for each in edited:
            changed = [at for at, cell in enumerate(each.cells) if cell != each.was.cells[at]]
            if results.intersection(changed) or (
                self.is_report and any(guard(each.was.cells[at]) != each.was.cells[at] for at in changed)
            ):
                raise UnsureError
            if stated.intersection(changed) and facts.first_words:
                raise UnsureError
            if any(said.is_unknown(at, text) for at in changed for text in (each.cells[at], each.was.cells[at])):
                raise UnsureError

    def _checks(self, matching: Matching) -> SheetChecks:
        facts = self._facts
        source = SourceFile(facts.name, self._draft.source.files[self._file].sha256, 0)
        sheet = Sheet(
            source=source,
            name=facts.sheet,
            heading_row=facts.heading_row,
            headings=self._headings,
            chunks=lambda: iter(()),
            epoch_1904=facts.epoch_1904,
            titles=tuple((row, text) for row, text in facts.titles),
        )
        checks = SheetChecks(self._job, facts.path, sheet, matching)
        checks.sections.recall([(row, text, code) for row, text, code in facts.lines])
        return checks

    def _check(
        self,
        checks: SheetChecks,
        rows: Sequence[tuple[int, tuple[str, ...]]],
        order: DateOrder | None,
    ) -> Checked:
        numbers = {number for number, _ in rows}
        # The first of its kind is among these rows, or was told elsewhere.
        checks.said.recall([word for word in starmap(_Word, self._facts.first_words) if word.row not in numbers])
        return checks.check(self._chunk(rows, self._flaws(numbers)), order)

    def _flaws(self, numbers: set[int]) -> list[CellFlaw]:
        """Return the flaws of these rows that no edit has put away, also of those that stood there before."""
        corrections = self._job.corrections
        now = () if corrections is None else corrections.edits.get(self._facts.path, ())
        before = [edit for edit in in_force(self._draft.edits) if edit.file == self._file]
        put_away = {(edit.row, edit.column) for edit in now if edit.column is not None}
        put_away |= {(edit.row + _BEFORE, edit.column) for edit in before if edit.column is not None}
        flaws = [
            flaw._replace(row=number)
            for flaw in starmap(CellFlaw, self._facts.flaws)
            for number in (flaw.row, flaw.row + _BEFORE)
            if number in numbers
        ]
        return [flaw for flaw in flaws if flaw.code in READABLE or (flaw.row, flaw.column) not in put_away]

    def _chunk(self, rows: Sequence[tuple[int, tuple[str, ...]]], flaws: Sequence[CellFlaw]) -> Chunk:
        width = len(self._headings)
        if any(len(cells) != width for _, cells in rows):
            raise UnsureError
        cells = np.empty((len(rows), width), dtype=object)
        cells[:] = [list(each) for _, each in rows]
        index = pd.Index([number for number, _ in rows], dtype=np.int64)
        return Chunk(pd.DataFrame(cells, index=index), tuple(flaws))

    def _dates(self, matching: Matching, edited: Sequence[Edited]) -> DateEvidence:
        dates = DateEvidence(*self._facts.dates)
        for each in edited:
            for at in date_columns(matching):
                dates.take(each.was.cells[at], -1)
                dates.take(each.cells[at])
        return dates

    @staticmethod
    def _order(matching: Matching, dates: DateEvidence) -> DateOrder | None:
        """Return the order of day and month that the whole sheet proves, as ``pipeline.with_date_order`` does."""
        if matching.profile.date_order is not None or not date_columns(matching) or matching.results:
            return matching.profile.date_order
        return dates.order() or usual_order(matching, dates)

    def _stage(self, checked: Checked, matching: Matching) -> Sequence[StagedRow]:
        staged: Sequence[StagedRow] = stage(checked)
        if STATUS in matching.results:
            staged = without_done(self._ledger, matching, checked.chunk, staged)
        return staged

    def _described(self, matching: Matching, checked: Checked, count: int, order: DateOrder | None) -> FileFacts | None:
        """Return the facts of the file with the first ``count`` rows in place of the others, which stood there before."""
        facts = self._facts.file
        if facts is None:
            return None
        blanks = dict(facts.blanks)
        for name in matching.fields:
            is_blank = checked.typed[name].to_numpy() == ""
            blanks[name] += int(is_blank[:count].sum()) - int(is_blank[count:].sum())
        found = [finding.positions for finding in checked.findings if finding.code == "date_ambiguous"]
        places = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        more = int((places < count).sum()) - int((places >= count).sum())
        return replace(facts, blanks=blanks, undecided_dates=facts.undecided_dates + more, date_order=order)

    def _content(self, before: Sequence[StagedRow], now: Sequence[StagedRow]) -> str:
        return self._ledger.content_with(self._facts.content, without=before, beside=now)
