"""
What a draft keeps of its sheets beside their rows, taken down while they are read.

What one row means may depend on all others: a ``13/4`` at the very end proves the order of every date, a line "Cancelled" is
about the rows below it, an unknown word is told once. By these facts one row can be judged as it is among the others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import orjson

from importer.guards import moved_by
from importer.ledger.drafts.draft_values import PlanFacts, SheetFacts, Weight
from importer.ledger.older_files import Back
from importer.normalizing import DateEvidence
from importer.problems.guard_kinds import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.columns import Matching, Sections, UnusedStatus
    from importer.guards import Moved
    from importer.ledger import Run
    from importer.ledger.drafts.planned_rows import PlannedCell
    from importer.model.batches import CellFlaw
    from importer.model.chunks import Chunk, Sheet
    from importer.model.staged_files import FileRecord


MOST_FLAWS: Final = 20_000
"""Cells that could not be read as they are shown; of a sheet with more of them nothing is kept."""


class Read(Protocol):
    """What a sheet was checked by, once it was read to its end."""

    @property
    def matching(self) -> Matching:
        """Its columns."""

    @property
    def said(self) -> UnusedStatus:
        """What unused columns said."""

    @property
    def sections(self) -> Sections:
        """Its sections."""


def same_columns(matching: Matching) -> str:
    """Return a text that is the same for sheets whose columns were settled alike."""
    told = [
        list(matching.headings),
        *(dict(each) for each in (matching.fields, matching.doubled, matching.results, matching.shared)),
        *(sorted(each) for each in (matching.ignored, matching.left_out, matching.outvoted)),
        *(sorted(each.items()) for each in (matching.by, matching.units, matching.unit_at, matching.contradicted)),
        None if matching.system is None else matching.system.name,
        matching.compact_times,
        matching.beside and matching.beside.told,
    ]
    return blake2b(orjson.dumps(told), digest_size=16).hexdigest()


class SheetsRead:
    """Takes the facts of sheets down, one behind the other, in the order in which they are read."""

    def __init__(self) -> None:
        self._found: list[SheetFacts | None] = []
        self._flaws: list[CellFlaw] = []
        self._dates = DateEvidence()

    def opened(self, sheet: Sheet) -> Sheet:
        """Return a sheet whose flaws are taken down as its rows are read, before anything in it is corrected."""
        self._flaws, self._dates = [], DateEvidence()
        read = sheet.chunks

        def chunks() -> Iterator[Chunk]:
            for chunk in read():
                if len(self._flaws) <= MOST_FLAWS:
                    self._flaws += chunk.flaws
                yield chunk

        return replace(sheet, chunks=chunks)

    def see(self, chunk: Chunk, date_columns: Sequence[int]) -> None:
        """Take note of what the dates of each row prove."""
        for column in date_columns:
            for text, times in Counter(chunk.frame.iloc[:, column].tolist()).items():
                self._dates.take(text, times)

    def read(self, path: str, sheet: Sheet, checks: Read, *, is_part: bool) -> None:
        """Take down what a sheet said, read to its end. ``is_part``: not all of its rows are wanted."""
        if is_part or len(self._flaws) > MOST_FLAWS:
            self._found.append(None)
            return
        dates = self._dates
        facts = SheetFacts(
            path=path,
            name=sheet.source.name,
            sheet=sheet.name,
            heading_row=sheet.heading_row,
            titles=sheet.titles,
            epoch_1904=sheet.epoch_1904,
            columns=same_columns(checks.matching),
            dates=(dates.day_first, dates.month_first, dates.open, dates.short),
            lines=checks.sections.lines,
            first_words=checks.said.first_rows,
            flaws=[tuple(flaw) for flaw in self._flaws],
        )
        self._found.append(facts)

    def facts(self, files: Sequence[FileRecord]) -> list[SheetFacts] | None:
        """Return the facts of all sheets with what the ledger knows of ``files``; None where those of one are not known."""
        found = [facts for facts in self._found if facts is not None]
        if len(found) != len(files) or len(self._found) != len(files) or len({one.path for one in found}) < len(found):
            return None
        return [
            replace(facts, file=file.facts, rows=file.rows, content=file.content)
            for facts, file in zip(found, files, strict=True)
        ]


MOST_AMOUNTS: Final = 1_000
"""Different amounts by which appointments are moved; where there are more, they are hardly moved together."""


class Changes(NamedTuple):
    """Which rows of a plan change what is known, and which of them take a value back, by the ids of a run's rows."""

    changes: frozenset[int]
    back: frozenset[int]

    @classmethod
    def of(cls, run: Run) -> Changes:
        """Return the changes of a run as its guards found them."""
        found = [each for each in (run.changes or {}).values() if each is not None]
        nothing: frozenset[int] = frozenset()
        return cls(nothing.union(*(each.changes for each in found)), nothing.union(*(each.back for each in found)))

    def weight(self, cell: PlannedCell) -> bytes | None:
        """Return what a row of the plan adds to what is kept of it as a whole, None for nothing."""
        row_id = cell.row.row.row_id
        moved = None if cell.move is None else moved_by(cell.move)
        weight = Weight(cell.is_known, moved and tuple(moved), row_id in self.changes, row_id in self.back)
        return orjson.dumps(tuple(weight)) if any(weight) else None


def plan_facts(run: Run, sheets: SheetsRead) -> PlanFacts | None:
    """
    Return what is kept of a run's plan that was just made; None where its rows cannot be judged alone.

    Without what its rows tell (``with_moves``).
    """
    files = run.files.all()
    found = sheets.facts(files)
    if found is None:
        return None
    return PlanFacts(
        sheets=found,
        back=back_of(run),
        numbers=sorted(run.same_visits.numbers),
        holds=[(hold.code, hold.message) for hold in run.record().holds if hold.code in WHOLE],
    )


def back_of(run: Run) -> dict[int, tuple[int, int]]:
    """Return, by place of the file, how many of its changes take a value back, of how many; as far as that is known."""
    if run.changes is None:
        return {}
    found = {}
    for place, file in enumerate(run.files.all()):
        back = run.changes.get(file.id or 0, NO_CHANGES)
        if back is not None:
            found[place] = len(back.back), len(back.changes)
    return found


NO_CHANGES: Final = Back(frozenset(), frozenset())


def with_moves(facts: PlanFacts, known: int, moves: Mapping[Moved, int]) -> PlanFacts | None:
    """Return the facts with what rows tell of known appointments; None where that is too much to be kept."""
    if len(moves) > MOST_AMOUNTS:
        return None
    return replace(facts, known=known, moves=[(tuple(moved), times) for moved, times in moves.items() if times])
