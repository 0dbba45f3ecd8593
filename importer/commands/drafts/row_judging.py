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
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.commands.drafts.corrections import Corrections, in_force
from importer.commands.drafts.draft_counts import counted_anew
from importer.commands.drafts.draft_keeping import kept_row
from importer.commands.drafts.kept_settings import as_the_draft, other_settings
from importer.commands.drafts.row_checks import Edited, RowChecks, SheetRows, UnsureError
from importer.commands.drafts.sheet_facts import Changes, back_of, with_moves
from importer.commands.job import NO_LOG, ignore
from importer.commands.run import start
from importer.commands.stage_files import decide
from importer.errors import FileRefused, SettingsError
from importer.guards import Moved, is_older, moved_by
from importer.ledger.drafts.draft_values import PlanFacts, Rest, ties_of
from importer.model.formula_escape import unguard
from importer.model.staged_files import FileRecord
from importer.model.statuses import Status
from importer.planning.transitions import without_thought
from importer.problems.guard_kinds import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft, DraftRow, Edit, KeptRow, SheetFacts, Shown, Weight
    from importer.ledger.drafts.planned_rows import PlannedCell


MOST_EDITED: Final = 50
"""Rows that are judged at once; after more edits the whole plan is made again."""


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
    checks: dict[int, RowChecks] = {}
    ids: set[int] = set()
    ties: set[str] = set()
    for file in sorted(by_file):
        mine = checks[file] = RowChecks(judging.job, ledger, draft, judging.facts, file)
        mine.take(
            [_edited(row, edits, is_report=mine.is_report) for row in ledger.drafts.rows.at(draft, file, by_file[file])]
        )
        ids |= {row.id for row in mine.were}
        ties |= {tie for row in mine.staged for tie in ties_of(row.phone, row.external_event_id, row.uuid)}
    tied = ledger.drafts.tied.of(draft, ids, ties)
    if tied is None:
        raise UnsureError
    others = ledger.drafts.rows.with_ids(draft, tied - ids)
    if any(not row.number for row in others):
        raise UnsureError
    for file in sorted({row.file for row in others}):
        mine = checks.setdefault(file, RowChecks(judging.job, ledger, draft, judging.facts, file))
        mine.take_tied([row for row in others if row.file == file])
    judging.sheets = {file: mine.rows() for file, mine in checks.items()}
    judging.are_others_changed = any(mine.are_others_changed for mine in checks.values())


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
        run.rows.stage(file_id, sheet.staged, without_thought(job.now()))
    run.files.count_as(file_id, rows=facts.rows, content=facts.content)
    if facts.file is not None:
        run.files.describe(file_id, facts.file)
    if job.corrections is not None and (left_out := job.corrections.left_out(facts.path)):
        mine = {row.number: left_out[row.number] for row in sheet.were if row.number in left_out}
        run.rows.leave_out(file_id, mine, at=job.now())
