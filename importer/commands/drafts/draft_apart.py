"""
Drafts made beside a run that sends: decided on a copy of the ledger, and written into the ledger in one short step.

So a check never waits for a sender, nor anybody else for a check. What a run sends meanwhile the plan does not know; sending
the draft decides everything anew, and refuses where it would be sent otherwise than it was shown.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from importer.commands.drafts.draft_copies import blocks_of, copied_file, folder_of_copies
from importer.commands.drafts.draft_keeping import Keeping, keeping, result_of, whose
from importer.commands.drafts.draft_staging import stage_retried, staged_draft
from importer.commands.drafts.kept_settings import as_made, as_the_draft, kept_settings
from importer.commands.drafts.made_sheets import copy_of
from importer.commands.ledgers import ledger_to_plan_by
from importer.commands.run import as_its_run, start
from importer.commands.stage_files import decide, stage_named
from importer.errors import LedgerError
from importer.ledger import ledger_of_drafts, open_ledger
from importer.ledger.backups import copy_ledger
from importer.ledger.drafts.draft_values import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.commands.drafts.made_sheets import Sheet as MadeSheet
    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.reporting.plan_result import PlanResult


class NamedFile(NamedTuple):
    """A file that a draft is made of: where it lies, and what reports call it."""

    path: str
    name: str


@contextmanager
def ledger_apart(job: Job) -> Iterator[tuple[Job, Ledger]]:
    """
    Give the job with a copy of its ledger, in which runs that are open count as cut off; the copy is gone after the block.

    Raises:
        LedgerError: there is no ledger, or it cannot be read; or it belongs to another address.
    """
    settings = job.settings
    with tempfile.TemporaryDirectory(prefix="importer-ledger-") as folder:
        place = Path(folder) / "ledger.db"
        if not copy_ledger(settings.ledger_url, place, lock_timeout_s=settings.lock_timeout_s):
            raise LedgerError("There is no ledger yet.", fix="It is made when the page is started.")
        with open_ledger(str(place), purge_key=settings.purge_key) as ledger:
            apart = replace(job, ledger=ledger)
            with ledger_to_plan_by(apart):
                ledger.close_interrupted(at=job.now())
                yield apart, ledger


def keep_apart(
    job: Job, draft_id: str, sheets: Sequence[NamedFile], *, by: str | None = None
) -> tuple[PlanResult, Draft]:
    """
    Decide what a run over these files would do now, and keep that as the draft of this id; nothing is sent.

    A draft of this id that is there already is made of the same files, and stays.

    Raises:
        FileRefused: a file cannot be read.
        LedgerError: the memory cannot be used.
    """
    with folder_of_copies() as folder, keeping(None) as taken, ledger_apart(job) as (apart, ledger):
        places = {one.path: folder / str(at) for at, one in enumerate(sheets)}
        files = [copied_file(one.path, one.name, places[one.path]) for one in sheets]
        copied = replace(apart, copies=places, facts=taken.sheets)
        with ledger.rehearsing():
            begun = start(copied, ledger, "plan")
            stage_named(copied, begun, [(one.path, one.name) for one in sheets])
            decide(copied, begun)
            found = result_of(copied, begun, taken)
        source, contents = Source(files=files), map(blocks_of, places.values())
        return found, _kept(job, ledger, draft_id, found, taken, source=source, by=by, contents=contents)


def keep_made_apart(  # noqa: PLR0913 - what a draft is made of, all by name
    job: Job,
    draft_id: str,
    make: Callable[[Ledger], MadeSheet],
    *,
    command: str,
    parent: str | None = None,
    by: str | None = None,
) -> tuple[PlanResult, Draft]:
    """
    Keep a sheet that is made of what the ledger knows as the draft of this id; nothing is sent.

    Raises:
        UsageError, NothingToDo: ``make`` has nothing to make it of; it says why.
        LedgerError: the memory cannot be used.
    """
    with folder_of_copies() as folder, keeping(None) as taken, ledger_apart(job) as (apart, ledger):
        sheet, place = make(ledger), folder / "sheet"
        made = as_made(apart)
        file = copy_of(sheet, place)
        copied = replace(made, copies={file.path: place}, facts=taken.sheets)
        with ledger.rehearsing():
            begun = start(copied, ledger, "plan")
            stage_named(copied, begun, [(file.path, file.name)])
            decide(copied, begun)
            found = result_of(copied, begun, taken)
        source = Source(files=[file], notes=sheet.cannot)
        contents = [blocks_of(place)]
        return found, _kept(
            made,
            ledger,
            draft_id,
            found,
            taken,
            command=command,
            source=source,
            by=by,
            parent=parent,
            contents=contents,
        )


def keep_retry_apart(job: Job, draft_id: str, run_id: str, *, by: str | None = None) -> tuple[PlanResult, Draft]:
    """
    Keep what failed or was not sent in a run as the draft of this id; nothing is sent.

    Raises:
        NothingToDo: nothing of the run is left to try again.
        UsageError: there is no such run, or another profile was named than its own.
        LedgerError: the memory cannot be used.
    """
    with keeping(None) as taken, ledger_apart(job) as (apart, ledger):
        parent = ledger.run(run_id)
        as_then = as_its_run(apart, parent.record())
        with ledger.rehearsing():
            begun = start(as_then, ledger, "plan", parent=parent.id)
            stage_retried(begun, parent.id)
            decide(as_then, begun)
            found = result_of(as_then, begun, taken)
        source = Source(retried=parent.id)
        return found, _kept(as_then, ledger, draft_id, found, taken, source=source, by=by, parent=parent.id)


def _kept(  # noqa: PLR0913 - what a draft is made of, all by name
    job: Job,
    ledger: Ledger,
    draft_id: str,
    found: PlanResult,
    taken: Keeping,
    *,
    source: Source,
    by: str | None,
    command: str = "",
    parent: str | None = None,
    contents: Iterable[Iterable[bytes]] = (),
) -> Draft:
    with ledger_of_drafts(job.settings.ledger_url, lock_timeout_s=job.settings.lock_timeout_s) as beside:
        return beside.drafts.keep(
            draft_id,
            command=command or ("plan" if source.retried is None else "retry"),
            parent=parent,
            by=whose(by),
            at=job.now(),
            profile=job.profile.name,
            source=source,
            settings=kept_settings(job),
            plan=taken.shown(found),
            fingerprint=found.fingerprint,
            rows=taken.rows(),
            facts=taken.facts,
            contents=contents,
            as_of=ledger.drafts.newest_run(),
            in_steps=True,
        )


def look_apart(job: Job, draft_id: str) -> tuple[PlanResult, Draft]:
    """
    Make the plan of a draft anew, as it would be sent now, and keep that as what was shown.

    The job has all options: what was typed for the draft before and is not among them, such as an approval, was taken back.

    Raises:
        UsageError: there is no such draft, it was sent, or its files were purged.
        Held: somebody changed it meanwhile; what was shown before stays.
        LedgerError: the memory cannot be used.
    """
    place, wait_s = job.settings.ledger_url, job.settings.lock_timeout_s
    with keeping(None) as taken, ledger_apart(job) as (apart, ledger):
        draft = ledger.drafts.open(draft_id)
        as_then = as_the_draft(apart, replace(draft, settings={**draft.settings, "typed": ()}))
        if draft.source.retried is not None:
            as_then = as_its_run(as_then, ledger.run(draft.source.retried).record())
        with ledger.rehearsing(), staged_draft(replace(as_then, facts=taken.sheets), ledger, draft) as begun:
            found = result_of(as_then, begun, taken)
        with ledger_of_drafts(place, lock_timeout_s=wait_s) as beside:
            shown = beside.drafts.show(
                draft,
                at=job.now(),
                settings=kept_settings(as_then),
                plan=taken.shown(found),
                fingerprint=found.fingerprint,
                rows=taken.rows(),
                facts=taken.facts,
                in_steps=True,
            )
        return found, shown
