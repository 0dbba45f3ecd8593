"""From a draft to a planned run: its files laid out, its rows staged, decided as any run is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.commands.drafts.draft_copies import folder_of_copies, laid_out
from importer.commands.run import start
from importer.commands.stage_files import decide, stage_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft


STDIN: Final = "-"


def stage_draft(job: Job, ledger: Ledger, run: Run, draft: Draft) -> None:
    """
    Stage the rows of a draft in a run.

    Raises:
        UsageError: a copy of its files was purged.
    """
    with folder_of_copies() as folder:
        job = replace(job, copies=laid_out(ledger, draft, folder))
        stage_named(job, run, [(file.path, None if file.path == STDIN else file.name) for file in draft.source.files])


@contextmanager
def staged_draft(job: Job, ledger: Ledger, draft: Draft) -> Iterator[Run]:
    """Stage and decide a draft in a run that is only looked at."""
    begun = start(job, ledger, "plan")
    stage_draft(job, ledger, begun, draft)
    decide(job, begun)
    yield begun
