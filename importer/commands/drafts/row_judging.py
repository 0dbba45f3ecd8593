"""
One row of a draft judged again after an edit, with the answer that planning the whole draft anew would give it.

The row is read, checked, planned and guarded by the very code of a run. That run holds the row, and all rows that are tied to
it by a name; it is begun within a transaction that keeps nothing of it. What the row cannot know by itself is told: of
its sheet what was taken down while it was read (``sheet_facts``), of the rest of the plan whether it may hold every row.

Where an edit may change what others mean (the order of all dates, a line that begins a section, a hold of the whole plan), or
where a few rows cannot tell, the draft says so, and its plan has to be made again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from importer.checking import stage
from importer.columns import match
from importer.commands.drafts.corrections import Corrections, in_force
from importer.commands.drafts.draft_counts import counted_anew
from importer.commands.drafts.draft_keeping import kept_row
from importer.commands.drafts.kept_settings import as_the_draft, other_settings
from importer.commands.drafts.sheet_facts import Changes, back_of, same_columns, with_moves
from importer.commands.job import NO_LOG, ignore
from importer.commands.old_reports import STATUS, without_done
from importer.commands.pipeline import SheetChecks, date_columns, usual_order
from importer.commands.run import start
from importer.commands.stage_files import decide
from importer.errors import FileRefused, SettingsError
from importer.guards.file_as_a_whole import Moved, is_older, moved_by
from importer.ledger.drafts.draft_values import PlanFacts, Rest, ties_of
from importer.model.batches import CellFlaw
from importer.model.chunks import Chunk, Sheet, SourceFile
from importer.model.formula_escape import guard, unguard
from importer.model.records import WHOLE, FileRecord
from importer.model.statuses import Status
from importer.normalizing import DateEvidence
from importer.planning import easy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft, DraftRow, Edit, KeptRow, SheetFacts, Shown, Weight
    from importer.ledger.drafts.planned_rows import PlannedCell
    from importer.model.chunks import Checked
    from importer.model.profile import DateOrder
    from importer.model.records import FileFacts, StagedRow


MOST_EDITED: Final = 50
"""Rows that are judged at once; after more edits the whole plan is made again."""

ROWS_MATCHED: Final = 2_000
"""Rows at the beginning of a sheet by whose cells its columns are settled (``columns.settling.ROWS``)."""

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
class Judging:
    """
    What is made of some rows of a draft before anything is written: edited ones and those that are tied to them.

    ``sheets``: by place of the file. ``are_others_changed``: rows that are not among them may mean something else by now.
    """

    job: Job
    ledger: Ledger
    draft: Draft
    facts: PlanFacts
    sheets: dict[int, SheetRows] = field(default_factory=dict)
    are_others_changed: bool = False

    @property
    def rows(self) -> list[DraftRow]:
        """All rows that are judged again, as they were judged last."""
        return [row for sheet in self.sheets.values() for row in sheet.were]


@dataclass(slots=True)
class SheetRows:
    """Rows of one sheet. ``facts``: of the sheet as it is by now; ``staged``: the rows in their order."""

    facts: SheetFacts
    were: list[DraftRow]
    staged: list[StagedRow]


class Judged(NamedTuple):
    """
    How rows are now, and what that makes of the plan.

    ``rows``: those that were judged; ``plan``: its counts; ``facts``: of the plan as a whole. ``are_others_changed``: other rows may be others, too.
    """

    rows: list[KeptRow]
    plan: Shown
    facts: PlanFacts
    are_others_changed: bool


def prepared(
    job: Job, ledger: Ledger, draft: Draft, edits: Sequence[Edit], touched: Iterable[tuple[int, int]]
) -> Judging:
    """
    Read and check rows as they stand after edits; nothing is written.

    ``edits``: all of the draft, the new ones last. ``touched``: file and number of the rows that are edited now.

    Raises:
        UnsureError: the rows alone do not tell.
    """
    facts = ledger.drafts.facts(draft)
    if facts is None or draft.source.retried is not None or not ledger.retention.finds_purged:
        raise UnsureError
    job = replace(as_the_draft(replace(job, ledger=ledger), draft), on_event=ignore, log=NO_LOG)
    if job.profile.snapshot or other_settings(job, draft):
        raise UnsureError
    judging = Judging(job, ledger, draft, facts)
    by_file: dict[int, set[int]] = defaultdict(set)
    for file, number in touched:
        by_file[file].add(number)
    if sum(map(len, by_file.values())) > MOST_EDITED:
        raise UnsureError
    try:
        _gather(judging, edits, by_file)
    except (FileRefused, SettingsError):
        raise UnsureError from None
    return judging


def _gather(judging: Judging, edits: Sequence[Edit], by_file: Mapping[int, set[int]]) -> None:
    """Check the edited rows, find the rows that are tied to them, and check these, too."""
    draft, ledger = judging.draft, judging.ledger
    corrections = _corrections(draft, edits)
    judging.job = replace(judging.job, corrections=corrections)
    desks: dict[int, _SheetDesk] = {}
    ids: set[int] = set()
    ties: set[str] = set()
    for file in sorted(by_file):
        desk = desks[file] = _SheetDesk(judging, file)
        desk.take(
            [_edited(row, edits, is_report=desk.is_report) for row in ledger.drafts.rows.at(draft, file, by_file[file])]
        )
        ids |= {row.id for row in desk.were}
        ties |= {tie for row in desk.staged for tie in ties_of(row.phone, row.external_event_id, row.uuid)}
    tied = ledger.drafts.tied.of(draft, ids, ties)
    if tied is None:
        raise UnsureError
    others = ledger.drafts.rows.with_ids(draft, tied - ids)
    if any(not row.number for row in others):
        raise UnsureError
    for file in sorted({row.file for row in others}):
        desk = desks.setdefault(file, _SheetDesk(judging, file))
        desk.take_tied([row for row in others if row.file == file])
    judging.sheets = {file: desk.rows() for file, desk in desks.items()}
    judging.are_others_changed = any(desk.are_others_changed for desk in desks.values())


def _corrections(draft: Draft, edits: Sequence[Edit]) -> Corrections:
    found: dict[str, list[Edit]] = {}
    for edit in in_force(edits):
        found.setdefault(draft.source.files[edit.file].path, []).append(edit)
    return Corrections.known(found)


def _edited(row: DraftRow, edits: Sequence[Edit], *, is_report: bool) -> Edited:
    """Return a row with the cells that its edits leave it; what was edited before and is not any more is as in the file."""
    cells = list(row.cells)
    mine = [edit for edit in edits if (edit.file, edit.row) == (row.file, row.number) and edit.column is not None]
    now = {edit.column: edit.value for edit in in_force(mine)}
    for edit in mine:
        column, value = edit.column or 0, now.get(edit.column)
        if edit.before is None or column >= len(cells):
            raise UnsureError
        if value is None:
            cells[column] = edit.before
        else:
            cells[column] = unguard(value) if is_report else value
    return Edited(row, tuple(cells))


def typed_in(
    ledger: Ledger, draft: Draft, edits: Sequence[Edit], touched: Iterable[tuple[int, int]]
) -> dict[int, tuple[str, ...]]:
    """Return the cells of rows as edits leave them, by the rows' ids, as far as is known what stands in the file."""
    found = {}
    for file, number in touched:
        for row in ledger.drafts.rows.at(draft, file, [number]):
            with suppress(UnsureError):
                found[row.id] = _edited(row, edits, is_report=False).cells
    return found


class _Word(NamedTuple):
    """An unknown word, and the number of the row in which it stands first; ``position``: of its column."""

    position: int
    word: str
    row: int


class _SheetDesk:
    """Checks rows of one sheet of a draft by what is kept of the sheet."""

    def __init__(self, judging: Judging, file: int) -> None:
        self._judging = judging
        self._draft, self._file = judging.draft, file
        self._facts = judging.facts.sheets[file]
        self._headings: tuple[str, ...] = tuple(judging.draft.plan.files[file]["headings"])
        self._job = judging.job
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
        first = self._judging.ledger.drafts.rows.first(self._draft, self._file, ROWS_MATCHED)
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
        return [flaw for flaw in flaws if (flaw.row, flaw.column) not in put_away]

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
            staged = without_done(self._judging.ledger, matching, checked.chunk, staged)
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
        return self._judging.ledger.content_with(self._facts.content, without=before, beside=now)


def decided(judging: Judging) -> Judged:
    """
    Plan the rows, and let the guards look at them, in a run of which nothing is kept; called within ``ledger.together``.

    Raises:
        UnsureError: the rows alone do not tell.
    """
    job, draft, facts, drafts = judging.job, judging.draft, judging.facts, judging.ledger.drafts
    were = judging.rows
    ids = {(row.file, row.number): row.id for row in were}
    invalid = draft.plan.sums.get(Status.INVALID, 0)
    rest = _rest(
        facts, drafts.rows.weights(draft, ids.values()), invalid > sum(row.verdict == Status.INVALID for row in were)
    )
    if job.settings.only:
        raise UnsureError
    sheets = [
        judging.sheets[place] if place in judging.sheets else SheetRows(sheet, [], [])
        for place, sheet in enumerate(facts.sheets)
    ]
    with judging.ledger.trying():
        run = start(job, judging.ledger, "plan")
        for place, sheet in enumerate(sheets):
            _stage(job, run, draft, place, sheet)
        decide(replace(job, rest=rest), run)
        cells, changes, back = list(run.planned.all()), Changes.of(run), back_of(run)
        people = run.report.people()
        holds = [(hold.code, hold.message) for hold in run.record().holds if hold.code in WHOLE]
        numbers = run.same_visits.numbers
    if not numbers <= set(facts.numbers) or (facts.numbers and job.profile.without_number != "new"):
        raise UnsureError
    if any((cell.file, cell.row.row.number) not in ids for cell in cells):
        # The cancel of an old phone, say, stands in no sheet.
        raise UnsureError
    rows = [kept_row(ids[cell.file, cell.row.row.number], cell, changes) for cell in cells]
    now = _facts(facts, rest, cells, [sheet.facts for sheet in sheets], back)
    now = replace(now, holds=holds)
    is_turned = job.settings.all_or_nothing and bool(invalid) != (
        rest.invalid or any(row.verdict == Status.INVALID for row in rows)
    )
    is_held_otherwise = holds != [tuple(hold) for hold in facts.holds] or _older(now) != _older(facts) & now.back.keys()
    before = drafts.tied.people(draft, ids.values())
    return Judged(
        rows,
        counted_anew(draft.plan, were, cells, [sheet.facts.file for sheet in sheets], people=people - before),
        now,
        judging.are_others_changed or is_held_otherwise or is_turned,
    )


def _rest(facts: PlanFacts, weights: Sequence[tuple[int, Weight]], invalid: bool) -> Rest:  # noqa: FBT001 - said by its name
    """Return what the rows say together that are not judged; ``weights``: of those that are, by place of their file."""
    moves = Counter({Moved(*moved): times for moved, times in facts.moves})
    moves.subtract(Moved(*weight.moved) for _, weight in weights if weight.moved is not None)
    back = {}
    for place, (goes_back, changes) in facts.back.items():
        mine = [weight for file, weight in weights if file == place]
        back[place] = goes_back - sum(each.is_back for each in mine), changes - sum(each.changes for each in mine)
    return Rest(
        invalid=invalid, known=facts.known - sum(weight.is_known for _, weight in weights), moves=+moves, back=back
    )


def _facts(
    facts: PlanFacts,
    rest: Rest,
    cells: Sequence[PlannedCell],
    sheets: Sequence[SheetFacts],
    back: Mapping[int, tuple[int, int]],
) -> PlanFacts:
    """Return the facts of the plan with rows as they were judged; ``back``: of these rows alone."""
    if back.keys() - facts.back.keys():
        # What all changes of a file come to was not looked at before.
        raise UnsureError
    moves = Counter(rest.moves)
    moves.update(moved_by(cell.move) for cell in cells if cell.move is not None)
    found = with_moves(replace(facts, sheets=sheets), rest.known + sum(cell.is_known for cell in cells), moves)
    if found is None:
        raise UnsureError
    both = {
        place: (counts[0] + back[place][0], counts[1] + back[place][1])
        for place, counts in rest.back.items()
        if place in back
    }
    return replace(found, back=both)


def _older(facts: PlanFacts) -> set[int]:
    """Return the places of the files of which most changes take a value back."""
    return {place for place, counts in facts.back.items() if is_older(*counts)}


def _stage(job: Job, run: Run, draft: Draft, place: int, sheet: SheetRows) -> None:
    """Stage rows of a sheet, whose file is known in the run by all of its rows."""
    facts = sheet.facts
    file = FileRecord(
        name=facts.name,
        sha256=draft.source.files[place].sha256,
        sheet=facts.sheet,
        headings=tuple(draft.plan.files[place]["headings"]),
        heading_row=facts.heading_row,
    )
    file_id = run.files.add(file)
    if sheet.staged:
        run.rows.stage(file_id, sheet.staged, easy)
    run.files.count_as(file_id, rows=facts.rows, content=facts.content)
    if facts.file is not None:
        run.files.describe(file_id, facts.file)
    if job.corrections is not None and (left_out := job.corrections.left_out(facts.path)):
        mine = {row.number: left_out[row.number] for row in sheet.were if row.number in left_out}
        run.rows.leave_out(file_id, mine, at=job.now())
