"""From a draft to a planned run: its files laid out, its rows staged, decided as any run is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.commands.drafts.corrections import Corrections, in_force, left_out_by
from importer.commands.drafts.draft_copies import folder_of_copies, laid_out
from importer.commands.drafts.retried_cells import correct
from importer.commands.run import RETRIED, refuse_purged, start
from importer.commands.stage_files import decide, stage_named
from importer.errors import NothingToDo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft, Edit


STDIN: Final = "-"


def stage_draft(job: Job, ledger: Ledger, run: Run, draft: Draft) -> None:
    """
    Stage the rows of a draft in a run.

    Raises:
        UsageError: a copy of its files was purged; or a row of an earlier run cannot be corrected here any more.
        NothingToDo: nothing of the earlier run is left to try again.
    """
    if draft.source.retried is not None:
        try:
            stage_retried(run, draft.source.retried)
        except NothingToDo as nothing:
            raise NothingToDo(str(nothing), fix=f"Forget the draft: importer ledger drop-draft {draft.id}") from None
        correct(job, ledger, run, draft)
        edits = in_force(draft.edits)
        for place, file in enumerate(run.files.all()):
            mine = {edit.row: left_out_by(edit) for edit in edits if edit.file == place and edit.column is None}
            if file.id is not None and mine:
                run.rows.leave_out(file.id, mine, at=job.now())
        return
    with folder_of_copies() as folder:
        job = replace(job, copies=laid_out(ledger, draft, folder), corrections=corrections_of(draft))
        stage_named(job, run, [(file.path, None if file.path == STDIN else file.name) for file in draft.source.files])


def stage_retried(run: Run, parent: str) -> None:
    """
    Stage what an earlier run left.

    Raises:
        NothingToDo: nothing of it is left to try again.
        UsageError: its rows were purged.
    """
    refuse_purged(run.ledger.run(parent).record())
    if not run.recovery.stage_again(parent, RETRIED):
        raise NothingToDo(f"Nothing to retry: run {parent} has no row that could be sent again.")


def corrections_of(draft: Draft) -> Corrections | None:
    """Return what was corrected in a draft's files, None where nothing was."""
    found: dict[str, list[Edit]] = {}
    for edit in in_force(draft.edits):
        found.setdefault(draft.source.files[edit.file].path, []).append(edit)
    return Corrections(found) if found else None


@contextmanager
def staged_draft(job: Job, ledger: Ledger, draft: Draft) -> Iterator[Run]:
    """Stage and decide a draft in a run that is only looked at."""
    begun = start(job, ledger, "plan", parent=draft.source.retried)
    stage_draft(job, ledger, begun, draft)
    decide(job, begun)
    yield begun
