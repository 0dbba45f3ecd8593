"""
Cells of rows that a run left, corrected before they are sent again.

No file is kept of such rows. Each is checked by what the run wrote down of its sheet: which column is which field, the order of
its dates, what its rows ask for. That this is enough is seen by the row itself, which as it stood has to come out as it
was sent. Where it does not, or where another action is asked for, which lines and marks of the sheet might speak against,
the correction is refused: it belongs into the sheet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from importer.checking import stage
from importer.columns import match
from importer.columns.settling import ROWS
from importer.commands.drafts.corrections import Corrections, in_force
from importer.commands.drafts.kept_settings import by_answers
from importer.commands.job import NO_LOG, ignore
from importer.commands.pipeline import SheetChecks
from importer.commands.run import as_its_run, refuse_purged
from importer.errors import FileRefused, SettingsError, UsageError
from importer.model.chunks import Chunk, Sheet, SourceFile
from importer.model.formula_escape import unguard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft, Edit
    from importer.model.profile import Profile
    from importer.model.staged_files import FileFacts, FileRecord, StagedRow


def refuse_uncertain(job: Job, ledger: Ledger, draft: Draft, edits: Sequence[Edit]) -> None:
    """
    Refuse edits of retried rows that cannot be judged without their sheet; nothing is written. ``edits``: all of the draft.

    Raises:
        UsageError: a row cannot be corrected here, and what to do instead.
    """
    parent = ledger.run(draft.source.retried)
    refuse_purged(parent.record())
    job = as_its_run(replace(job, ledger=ledger, on_event=ignore, log=NO_LOG), parent.record())
    for place, mine in _by_file(edits).items():
        file = parent.files.all()[place]
        assert file.id is not None  # noqa: S101 - for the type alone: it comes from the ledger
        _judged(job, ledger, draft, file, mine, parent.retried.at(file.id, mine))


def correct(job: Job, ledger: Ledger, run: Run, draft: Draft) -> None:
    """
    Put the rows of a draft that were corrected in the place of those that were staged again.

    Raises:
        UsageError: a row cannot be corrected here any more, and what to do instead.
    """
    files = run.files.all()
    for place, mine in _by_file(draft.edits).items():
        file_id = files[place].id
        if file_id is not None and (rows := run.retried.at(file_id, mine)):
            run.retried.put(file_id, _judged(job, ledger, draft, files[place], mine, rows))


def _by_file(edits: Sequence[Edit]) -> dict[int, dict[int, list[Edit]]]:
    """Return the edits of cells that are in force, of rows that are not left out: place of the file -> row -> edits."""
    found: dict[int, dict[int, list[Edit]]] = defaultdict(lambda: defaultdict(list))
    now = in_force(edits)
    left_out = {(edit.file, edit.row) for edit in now if edit.column is None}
    for edit in now:
        if edit.column is not None and (edit.file, edit.row) not in left_out:
            found[edit.file][edit.row].append(edit)
    return found


def _judged(  # noqa: PLR0913, PLR0917 - the rows, and all that they are judged by
    job: Job,
    ledger: Ledger,
    draft: Draft,
    file: FileRecord,
    edits: Mapping[int, Sequence[Edit]],
    rows: Mapping[int, StagedRow],
) -> list[StagedRow]:
    """Return rows of one file with their edits typed in, as they are staged."""
    if not rows:
        return []
    were = {number: tuple(orjson.loads(row.cells)) for number, row in rows.items()}
    facts = file.facts
    if facts is None:
        raise _uncertain(draft, min(rows))
    now = {number: _typed_in(cells, edits[number], facts) for number, cells in were.items()}
    try:
        matching = _matching(job, ledger, draft, file, facts)
        before = _staged(job, file, facts, matching, were, ())
        found = _staged(job, file, facts, matching, now, [edit for some in edits.values() for edit in some])
    except (FileRefused, SettingsError):
        raise _uncertain(draft, min(rows)) from None
    for number, row in rows.items():
        if _said(before[number]) != _said(row):
            raise _uncertain(draft, number)
        if found[number].action != row.action:
            raise UsageError(
                f"Row {number} of draft {draft.id} would ask for another action, and the sheet it comes from is not kept.",
                fix=_fix(draft),
            )
    return [_with_warnings(found[number], before[number], row, edits[number]) for number, row in rows.items()]


def _uncertain(draft: Draft, number: int) -> UsageError:
    return UsageError(
        f"Row {number} of draft {draft.id} cannot be corrected without its sheet, or the settings are others than when it was sent.",
        fix=_fix(draft),
    )


def _fix(draft: Draft) -> str:
    return f"Take its edits back or leave the row out, correct it in the to_fix workbook of run {draft.parent}, and run that."


def _typed_in(cells: Sequence[str], edits: Sequence[Edit], facts: FileFacts) -> tuple[str, ...]:
    now = list(cells)
    for edit in edits:
        if edit.column is not None and edit.value is not None and edit.column < len(now):
            now[edit.column] = unguard(edit.value) if facts.is_report else edit.value
    return tuple(now)


def _matching(job: Job, ledger: Ledger, draft: Draft, file: FileRecord, facts: FileFacts) -> Matching:
    """Return the columns as the first run settled them. ``FileRefused``: they are settled otherwise now."""
    first = ledger.run(draft.source.retried).line()[-1]
    files = first.files.all()
    same = [one for one in files if (one.name, one.sheet, one.headings) == (file.name, file.sheet, file.headings)]
    sent = ledger.drafts.of_run(first.id)
    profile: Profile = by_answers(job, () if sent is None else sent.settings.get("answers", ())).profile
    profile = replace(profile, action=facts.action or profile.action)
    rows = first.retried.first(same[0].id, ROWS) if same and same[0].id is not None else []
    matching = match(file.headings, profile, _chunk(dict(rows), len(file.headings)) if rows else None)
    columns = {name: list(matching.shared.get(name, (at,))) for name, at in matching.fields.items()}
    is_same = columns == {name: list(at) for name, at in facts.columns.items()}
    if not is_same or dict(matching.units) != dict(facts.units):
        raise FileRefused("The columns are settled otherwise.", code="columns_unknown")
    return matching


def _staged(  # noqa: PLR0913, PLR0917 - the rows, and all that they are judged by
    job: Job,
    file: FileRecord,
    facts: FileFacts,
    matching: Matching,
    cells: Mapping[int, tuple[str, ...]],
    edits: Sequence[Edit],
) -> dict[int, StagedRow]:
    """Return rows as they are staged, by number."""
    job = replace(job, facts=None, corrections=Corrections.known({file.name: edits}) if edits else None)
    sheet = Sheet(
        source=SourceFile(file.name, file.sha256, 0),
        name=file.sheet,
        heading_row=file.heading_row,
        headings=file.headings,
        chunks=lambda: iter(()),
    )
    order: Any = facts.date_order
    checked = SheetChecks(job, file.name, sheet, matching).check(_chunk(cells, len(file.headings)), order)
    return {row.number: row for row in stage(checked)}


def _chunk(rows: Mapping[int, tuple[str, ...]], width: int) -> Chunk:
    cells = np.empty((len(rows), width), dtype=object)
    cells[:] = [[*each, *[""] * (width - len(each))] for each in rows.values()]
    return Chunk(pd.DataFrame(cells, index=pd.Index(list(rows), dtype=np.int64)))


def _said(row: StagedRow) -> tuple[Any, ...]:
    """Return what a row says, problems aside: those may come and go with the clock."""
    uuid = None if row.uuid is None else row.uuid.lower()
    return row.action, row.phone, row.external_event_id, uuid, row.payload, row.defaulted, row.starts_at, row.location


def _with_warnings(now: StagedRow, before: StagedRow, kept: StagedRow, edits: Sequence[Edit]) -> StagedRow:
    """Return a row with what its sheet alone told of its other cells, such as an earlier edit of them."""
    edited = {edit.column for edit in edits}
    told = orjson.loads(before.warnings)
    more = [
        one for one in orjson.loads(kept.warnings) if one not in told and one.get("column", -1) not in {*edited, -1}
    ]
    return now._replace(warnings=orjson.dumps([*orjson.loads(now.warnings), *more])) if more else now
