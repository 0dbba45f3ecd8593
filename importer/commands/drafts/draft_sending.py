"""``importer run --draft``: what was shown is sent, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from importer.commands.drafts.corrections import in_force
from importer.commands.drafts.draft_staging import stage_draft
from importer.commands.drafts.kept_settings import MADE, as_the_draft, refuse_other_settings
from importer.commands.job import forgotten_if_abandoned
from importer.commands.ledgers import ledger_to_send_by, opened_ledger
from importer.commands.run import EDITED, agree, as_its_run, close_cut_off, send_and_close, start
from importer.commands.stage_files import OtherCallsError, decide
from importer.errors import Held, NothingToDo
from importer.reporting.plan_result import shown_verdict
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from importer.commands.job import Job
    from importer.commands.run import Confirm, RunResult
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Draft


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw of a draft before she said yes: its version, and the fingerprint of its requests."""

    version: int
    fingerprint: str


def run_draft(job: Job, draft_id: str, *, confirm: Confirm = agree, seen: Seen | None = None) -> RunResult:
    """
    Send a draft exactly as it was shown. ``seen``: what was shown; else what the ledger says was shown last.

    Raises:
        UsageError: there is no such draft, it was sent, or its files were purged.
        Held: it would be sent otherwise than it was shown; nothing was sent.
        Interrupted: a signal or a no came before anything was sent; the draft is as it was.
    """
    with opened_ledger(job) as ledger:
        draft = ledger.drafts.open(draft_id)
        job = as_the_draft(replace(job, ledger=ledger), draft)
        if draft.source.retried is not None:
            job = as_its_run(job, ledger.run(draft.source.retried).record())
        with ledger_to_send_by(job):
            close_cut_off(job, ledger)
            draft = ledger.drafts.open(draft.id)
            _refuse_unseen(draft, seen)
            refuse_other_settings(job, draft)
            return _sent(job, ledger, draft, confirm)


def _sent(job: Job, ledger: Ledger, draft: Draft, confirm: Confirm) -> RunResult:
    paths = [file.path for file in draft.source.files] if draft.command not in MADE else []
    edits = in_force(draft.edits)
    of_draft = {"draft": draft.id, "by": draft.by, EDITED: bool(edits)}
    command, parent = ("run", None) if draft.source.retried is None else ("retry", draft.source.retried)
    begun = start(job, ledger, command, parent=parent, paths=paths, of_draft=of_draft)
    job.log.write("started", run=begun.id, command=command, draft=draft.id)
    with forgotten_if_abandoned(begun), job.stop.breaking():
        try:
            stage_draft(job, ledger, begun, draft)
        except NothingToDo as nothing:
            raise Held(
                f"Nothing of draft {draft.id} would be sent as it was shown. {nothing}", fix=nothing.fix
            ) from None
        try:
            decide(job, begun, reviewed=draft.fingerprint, draft=draft)
        except OtherCallsError:
            raise Held(_what_differs(ledger, begun, draft), fix=look_again(draft)) from None
    return send_and_close(job, begun, confirm)


def look_again(draft: Draft) -> str:
    """Return what to do with a draft that would be sent otherwise than it was shown."""
    return f"Look at it as it would be sent now: importer plan --draft {draft.id}"


def _refuse_unseen(draft: Draft, seen: Seen | None) -> None:
    if draft.version != draft.shown:
        raise Held(f"Draft {draft.id} was changed after it was shown; nothing was sent.", fix=look_again(draft))
    if seen is not None and (seen.version, seen.fingerprint) != (draft.version, draft.fingerprint):
        raise Held(f"Draft {draft.id} is another than the one you saw; nothing was sent.", fix=look_again(draft))


ROWS_NAMED: Final = 5


def _what_differs(ledger: Ledger, run: Run, draft: Draft) -> str:
    """Return which rows would be sent otherwise than they were shown, without any value of theirs."""
    shown = ledger.drafts.rows.marks(draft)
    differing = []
    for cell in run.planned.all():
        mark, verdict = shown.pop((cell.file, cell.row.row.number, cell.lane), (None, ""))
        now = shown_verdict(cell.row)
        if (mark, verdict) != (cell.mark, now) and (mark is not None or cell.mark is not None):
            differing.append((cell.row.row.number, verdict, now))
    gone = sum(1 for mark, _ in shown.values() if mark is not None)
    count = len(differing) + gone
    named = ", ".join(
        f"row {number} (shown as {then or 'no row'}, now {now})"
        for number, then, now in differing[:ROWS_NAMED]
        if number
    )
    told = f"{counted(count, 'row')} of draft {draft.id} would be sent otherwise than shown, so nothing was sent"
    return f"{told}: {named}." if named else f"{told}."
