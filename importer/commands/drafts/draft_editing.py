"""``importer plan --draft ID --edit ...``: what a person wants to be changed, found in the draft and written down."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.commands.drafts.corrections import in_force, last_change
from importer.commands.drafts.draft_keeping import whose
from importer.commands.drafts.kept_settings import as_the_draft
from importer.commands.drafts.retried_cells import refuse_uncertain
from importer.commands.drafts.row_checks import UnsureError
from importer.commands.drafts.row_judging import decided, prepared, typed_in
from importer.errors import Held, NothingToDo, UsageError
from importer.ledger import ledger_of_drafts
from importer.ledger.drafts.draft_edits import Change
from importer.ledger.drafts.draft_values import Edit
from importer.problems.cell_places import column_letters as letters
from importer.reading.cell_texts import is_error_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.commands.drafts.row_judging import Judging
    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_store import Drafts
    from importer.ledger.drafts.draft_values import Draft, DraftRow


LONGEST: Final = 32_767
"""Characters, as many as a cell of a workbook can hold."""
HEADINGS_NAMED: Final = 12

# ROW, or NAME:ROW of several files; what follows a colon is a heading.
_ROW: Final = re.compile(r"([0-9]{1,7})")


class Wanted(NamedTuple):
    """
    What stood in the line, each text as it was typed.

    ``cells``: ``ROW:HEADING=VALUE``. ``as_in_file``: ``ROW:HEADING``, or ``ROW`` for all its cells. ``leave_out`` and
    ``take_in``: ``ROW``. Of a draft of several files each begins with ``NAME:``. ``undo``: take back the last change.
    """

    cells: Sequence[str] = ()
    leave_out: Sequence[str] = ()
    take_in: Sequence[str] = ()
    as_in_file: Sequence[str] = ()
    undo: bool = False

    @property
    def is_something(self) -> bool:
        """Whether anything is wanted at all."""
        return bool(self.cells or self.leave_out or self.take_in or self.as_in_file or self.undo)


class CellEdit(NamedTuple):
    """
    An edit by its place, for a page that shows the row. ``file``: its place in the draft; ``row``: the number in its sheet.

    ``column``: the cell's position, None for the row as a whole, which is left out by any ``value`` but None. ``value`` None:
    as in the file; of a row: not left out.
    """

    file: int
    row: int
    column: int | None
    value: str | None


class Answer(NamedTuple):
    """
    What an edit came to.

    ``draft``: as it is now; where it ``is_partly_known``, its plan has to be made again to know all of it. ``rows``: the
    edited ones, then those that the edit changed besides, each as planning the whole draft would show it; none where
    that could not be told without planning it.
    """

    draft: Draft
    rows: tuple[DraftRow, ...]


def edit(
    job: Job,
    draft_id: str,
    wanted: Wanted | Sequence[CellEdit],
    *,
    by: str | None = None,
    version: int | None = None,
) -> Answer:
    """
    Write edits down, and judge the rows again that they are about. Waits for no run.

    ``version``: of the draft that the person saw; None: whatever it is now.

    Raises:
        UsageError: there is no such draft, row or heading, a value cannot stand in a cell, or a row of an earlier run cannot be
            corrected without its sheet; nothing was written.
        Held: somebody else changed the draft since that version; nothing was written.
        NothingToDo: there is nothing to undo.
    """
    settings = job.settings
    opened = ledger_of_drafts(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, purge_key=settings.purge_key)
    with opened as ledger:
        draft = ledger.drafts.open(draft_id)
        if version is not None and version != draft.version:
            raise other_version(draft, version)
        made = (
            _changes(ledger.drafts, draft, wanted)
            if isinstance(wanted, Wanted)
            else _placed(ledger.drafts, draft, wanted)
        )
        changes = list(made)
        if not changes:
            return Answer(draft, ())
        return _written(job, ledger, draft, changes, by=whose(by))


def other_version(draft: Draft, version: int) -> Held:
    """Return what is said to a person who saw another version of a draft than there is by now."""
    return Held(
        f"Draft {draft.id} is at version {draft.version} by now, not {version}; nothing was changed.",
        fix=f"Look at it again: importer plan --draft {draft.id}",
    )


def _written(job: Job, ledger: Ledger, draft: Draft, changes: Sequence[Change], *, by: str) -> Answer:
    """Write edits and the answer to them, together or not at all."""
    at, last = job.now(), draft.edits[-1].id if draft.edits else 0
    new = [Edit(place, *change[:6], by, at, change.before) for place, change in enumerate(changes, last + 1)]
    touched = list(dict.fromkeys((change.file, change.row) for change in changes))
    edits = [*draft.edits, *new]
    if draft.source.retried is not None:
        typed = {(change.file, change.row) for change in changes if change.value is not None}
        as_then = as_the_draft(replace(job, ledger=ledger), draft)
        refuse_uncertain(as_then, ledger, draft, [edit for edit in edits if (edit.file, edit.row) in typed])
    try:
        judging = prepared(job, ledger, draft, edits, touched)
    except UnsureError:
        judging = None
    with ledger.together():
        ledger.drafts.edits.add(draft, changes, by=by, at=at)
        try:
            judged = None if judging is None else decided(judging)
        except UnsureError:
            judged = None
        if judging is None or judged is None:
            cells = typed_in(ledger, draft, edits, touched)
            ledger.drafts.judge(draft, [], draft.plan, None, is_partly_known=True, cells=cells)
            return Answer(ledger.drafts.named(draft.id), ())
        is_partly_known = draft.is_partly_known or judged.are_others_changed
        ledger.drafts.judge(draft, judged.rows, judged.plan, judged.facts, is_partly_known=is_partly_known)
        return Answer(ledger.drafts.named(draft.id), _told(ledger, draft, judging, touched))


def _told(ledger: Ledger, draft: Draft, judging: Judging, touched: Sequence[tuple[int, int]]) -> tuple[DraftRow, ...]:
    """Return the edited rows in the order in which they were edited, then the others that are not as they were."""
    were = {row.id: row for row in judging.rows}
    now = {(row.file, row.number): row for row in ledger.drafts.rows.with_ids(draft, were)}
    edited = [now.pop(place) for place in touched]
    return (*edited, *(row for row in now.values() if row != were[row.id]))


def _changes(drafts: Drafts, draft: Draft, wanted: Wanted) -> Iterable[Change]:
    if wanted.undo:
        last = last_change(draft.edits)
        if last is None:
            raise NothingToDo(f"Nothing to undo: draft {draft.id} has no change that was not undone.")
        yield Change(last.file, last.row, last.column, last.heading, None, undoes=last.id, before=last.before)
    find = Places(drafts, draft)
    for text in wanted.cells:
        file, row, rest = find.row(text)
        heading, value = find.heading_and_value(file, rest, text)
        yield find.change(file, row, heading, refuse_odd(value, find.cell(file, row, heading)))
    for text in wanted.as_in_file:
        file, row, rest = find.row(text)
        chosen = [find.heading(file, rest, text)] if rest else find.edited(file, row)
        yield from (find.change(file, row, column, None) for column in chosen)
    yield from (find.whole_row(text, "") for text in wanted.leave_out)
    yield from (find.whole_row(text, None) for text in wanted.take_in)


def _placed(drafts: Drafts, draft: Draft, wanted: Sequence[CellEdit]) -> Iterable[Change]:
    find = Places(drafts, draft)
    for file, row, column, value in wanted:
        is_there = 0 <= file < len(draft.plan.files) and row > 0 and drafts.rows.has(draft, file, row)
        if not is_there or not (column is None or 0 <= column < len(find.headings(file))):
            raise UsageError(f"There is no such cell in draft {draft.id}.", fix="Look at the draft again.")
        if column is None:
            yield Change(file, row, None, "", None if value is None else "")
        else:
            text = None if value is None else refuse_odd(value, find.cell(file, row, column))
            yield find.change(file, row, column, text)


def refuse_odd(value: str, where: str) -> str:
    """Return a value that can stand in a cell. ``UsageError``: it cannot; ``where``: the cell, for people."""
    if len(value) > LONGEST:
        raise UsageError(
            f"The value for {where} has {len(value):,} characters; a cell holds at most {LONGEST:,}.",
            fix="Shorten it.",
        )
    if value.lstrip().startswith("="):
        raise UsageError(
            f"The value for {where} is a formula, which nobody would calculate.", fix="Enter the value itself."
        )
    if is_error_word(value):
        raise UsageError(f"The value for {where} is an error of a spreadsheet.", fix="Enter the value itself.")
    if any(mark < " " and mark not in "\t\n\r" for mark in value) or "\ufffd" in value:
        raise UsageError(f"The value for {where} holds a control character.", fix="Enter it without that.")
    if any("\ud800" <= mark <= "\udfff" for mark in value):
        raise UsageError(
            f"The value for {where} is no text in UTF-8.", fix="Let the terminal use UTF-8, and enter it again."
        )
    return value


class Places:
    """The rows and headings of a draft, as a person names them."""

    def __init__(self, drafts: Drafts, draft: Draft) -> None:
        self._drafts = drafts
        self._draft = draft
        self._cells: dict[tuple[int, int], Sequence[str]] = {}

    def headings(self, file: int) -> Sequence[str]:
        """Return the headings of a file's sheet."""
        found: Sequence[str] = self._draft.plan.files[file]["headings"]
        return found

    def cell(self, file: int, row: int, column: int) -> str:
        """Return a cell's place for people."""
        return f'column {letters(column)} "{self.headings(file)[column]}", row {row}'

    def change(self, file: int, row: int, column: int, value: str | None) -> Change:
        """Return the change of a cell, with what stands in the file there."""
        earlier = [edit for edit in self._draft.edits if (edit.file, edit.row, edit.column) == (file, row, column)]
        if earlier:
            before = earlier[0].before
        else:
            if (file, row) not in self._cells:
                self._cells[file, row] = self._drafts.rows.at(self._draft, file, [row])[0].cells
            cells = self._cells[file, row]
            before = cells[column] if column < len(cells) else ""
        return Change(file, row, column, self.headings(file)[column], value, before=before)

    def row(self, text: str) -> tuple[int, int, str]:
        """Return file and row that a text names, and what follows the colon behind them."""
        file, rest = self._file(text)
        number, _, more = rest.partition(":")
        if not _ROW.fullmatch(number):
            raise UsageError(f"“{text}” does not begin with a row's number.", fix=self._form())
        # By 0 go those that stand in no sheet.
        if not int(number) or not self._drafts.rows.has(self._draft, file, int(number)):
            raise UsageError(
                f"There is no row {int(number)} in draft {self._draft.id}.",
                fix="Name a row by its number in the sheet.",
            )
        return file, int(number), more

    def whole_row(self, text: str, value: str | None) -> Change:
        """Return the change of a row as a whole that a text names."""
        file, row, rest = self.row(text)
        if rest:
            raise UsageError(f"“{text}” names more than a row.", fix="Name the row by its number alone.")
        return Change(file, row, None, "", value)

    def _form(self) -> str:
        name = "" if len(self._draft.plan.files) == 1 else "NAME:"
        return f"Write {name}ROW:HEADING=VALUE, such as {name}7:Phone=+1 212 555 0101."

    def _file(self, text: str) -> tuple[int, str]:
        names = [str(file["name"]) for file in self._draft.plan.files]
        if len(names) == 1:
            return 0, text
        for file in sorted(range(len(names)), key=lambda place: -len(names[place])):
            if text.startswith(f"{names[file]}:"):
                return file, text[len(names[file]) + 1 :]
        raise UsageError(
            f"The draft has several files, and “{text}” begins with none of their names.",
            fix=f"{self._form()} The names are: {', '.join(names)}.",
        )

    def heading_and_value(self, file: int, rest: str, text: str) -> tuple[int, str]:
        """Return the column and the value that ``HEADING=VALUE`` names; a heading may hold an equals sign itself."""
        at = rest.find("=")
        if at < 0:
            raise UsageError(f"“{text}” has no value.", fix=self._form())
        # The longest beginning that is a heading.
        for cut in sorted((place for place, mark in enumerate(rest[:1_000]) if mark == "="), reverse=True):
            if self._columns(file, rest[:cut]):
                return self.heading(file, rest[:cut], text), rest[cut + 1 :]
        return self.heading(file, rest[:at], text), rest[at + 1 :]

    def heading(self, file: int, name: str, text: str) -> int:
        """Return the column with a heading, or with a letter. ``UsageError``: none or several have it."""
        found = self._columns(file, name)
        if len(found) == 1:
            return found[0]
        if found:
            where = " and ".join(map(letters, found))
            raise UsageError(f"Columns {where} both have the heading “{name}”.", fix="Name the column by its letter.")
        headings = [heading for heading in self.headings(file) if heading]
        near = difflib.get_close_matches(name, headings, n=1)
        known = ", ".join(headings[:HEADINGS_NAMED])
        raise UsageError(
            f"There is no heading “{name or text}” in the sheet.",
            fix=f"Did you mean “{near[0]}”?" if near else f"The headings are: {known}.",
        )

    def edited(self, file: int, row: int) -> list[int]:
        """Return the columns of a row that are not as in the file."""
        mine = [edit for edit in in_force(self._draft.edits) if (edit.file, edit.row) == (file, row)]
        return [edit.column for edit in mine if edit.column is not None]

    def _columns(self, file: int, name: str) -> list[int]:
        headings, plain = self.headings(file), name.strip()
        exact = [at for at, heading in enumerate(headings) if heading.strip() == plain]
        alike = [at for at, heading in enumerate(headings) if heading.strip().casefold() == plain.casefold()]
        by_letter = [at for at in range(len(headings)) if letters(at) == plain.upper()]
        return (exact or alike or by_letter) if plain else []
