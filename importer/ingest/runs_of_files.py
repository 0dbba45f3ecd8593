"""A claim gets its run, or goes on with the one that it has; what comes of it settles the claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.commands.delivery import window_of
from importer.commands.run import resume, run
from importer.errors import Exit, FileRefused, ImporterError, NothingToDo
from importer.ingest.claim_outcomes import died, refuse, settle, settle_by_record, still_shut, waits_for_window

if TYPE_CHECKING:
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ingest.pass_results import FileResult
    from importer.ingest.surroundings import Surroundings
    from importer.model.drops import Claim, Drop

ENDS_THE_PASS: Final = frozenset({Exit.STOPPED, Exit.AUTHENTICATION, Exit.INTERRUPTED, Exit.TERMINATED})
"""The API is out of reach, refuses the token, or a person wants to stop: what waits is for the next pass."""


def start(around: Surroundings, drop: Drop, claim: Claim) -> FileResult:
    """
    Give a taken file its run.

    Raises:
        ImporterError: nothing can be sent at all: a signal, a setting, the ledger.
    """
    copy = around.copies.path(claim.copy)
    if copy is None:
        return refuse(around, drop, claim, "file_vanished", f"{claim.name} has vanished before it was read.")
    job = around.job_for(drop, claim)
    try:
        result = run(job, [str(copy)], confirm=around.confirm)
    except FileRefused as refused:
        return refuse(around, drop, claim, refused.code, f"{_without_copy(refused, copy, claim)} {refused.fix}".strip())
    except ImporterError:
        raise
    except Exception as error:  # noqa: BLE001  # a bug that one file wakes must not cost the others
        return died(around, drop, around.ledger.claims.one(claim.id), error)
    return settle(around, drop, claim, result)


def _without_copy(refused: FileRefused, copy: Path, claim: Claim) -> str:
    return str(refused).replace(str(copy), claim.name)


def go_on(around: Surroundings, drop: Drop, claim: Claim, *, only_doubts: bool = False) -> FileResult:
    """
    Finish the run that a claim has; ``only_doubts``: because a newer file waits.

    Raises:
        ImporterError: as ``start``.
    """
    run_id = str(claim.run)
    job = around.job_for(drop)
    record = around.ledger.run(run_id).record()
    if waits_for_window(around, record) and _none_may_leave(job, around, run_id):
        return still_shut(around, drop, claim)
    try:
        result = resume(job, run_id, only_doubts=only_doubts)
    except NothingToDo:
        return settle_by_record(around, drop, claim, around.ledger.run(run_id).record())
    except ImporterError:
        raise
    except Exception as error:  # noqa: BLE001  # see start
        return died(around, drop, claim, error)
    return settle(around, drop, claim, result, stays_open=only_doubts)


def _none_may_leave(job: Job, around: Surroundings, run_id: str) -> bool:
    """Whether the sending window is shut for every call that waits for it: the run need not be opened for nothing."""
    window = window_of(job)
    now = job.now()
    if window is None:
        return False
    moments = (window.leaves_at(call.action, call.visit, now) for call in around.ledger.claims.shut_out(run_id))
    return all(moment is None or moment > now for moment in moments)
