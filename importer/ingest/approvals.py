"""A person approves a held file: its held rows are sent, and the file leaves the drop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.commands.ledgers import ledger_to_send_by
from importer.commands.run import Confirm, agree, retry, run
from importer.errors import NothingToDo, UsageError
from importer.ingest.claim_outcomes import settle, supersede
from importer.ingest.listing import known_as
from importer.ingest.pass_results import DropResult, PassResult
from importer.ingest.places.place_at import Places
from importer.ingest.private_copies import copies_of
from importer.ingest.surroundings import Surroundings
from importer.model.drops import Claim, ClaimState

if TYPE_CHECKING:
    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger import Ledger
    from importer.model.drops import Drop


def approve(job: Job, drop: Drop, name: str, *, confirm: Confirm = agree) -> PassResult:
    """
    Send what is held of a file, by the job's ``release`` or ``approve``.

    What later files touched meanwhile is not sent any more. ``name``: the file's, as the pass tells it.

    Raises:
        UsageError: nothing is approved, no file of this name is held, or a newer file makes the number a wrong one.
    """
    if not job.settings.release and job.settings.approve is None:
        raise UsageError("Nothing is approved.", fix="Add --release CODE or --approve N, as the pass shows it.")
    with ledger_to_send_by(job) as ledger, Places(job.settings, job.stop) as places:
        claim = _held(ledger, drop, known_as(name))
        raw = {drop.name: places.of(drop).listing().raw}
        around = Surroundings(replace(job, ledger=ledger), ledger, copies_of(job, ledger), confirm, places, raw)
        result = DropResult(drop.name)
        try:
            sent = (
                _run_again(around, drop, claim) if job.settings.approve is not None else _retried(around, drop, claim)
            )
        except NothingToDo:
            result.files.append(supersede(around, drop, claim, "what was sent since"))
        else:
            result.files.append(settle(around, drop, claim, sent))
    return PassResult((result,)).of_tenant(job.settings.tenant)


def _held(ledger: Ledger, drop: Drop, name: str) -> Claim:
    held = [claim for claim in ledger.claims.open_claims(drop.name) if claim.state is ClaimState.HELD]
    found = [claim for claim in held if claim.name == name]
    if found:
        return found[-1]
    names = ", ".join(claim.name for claim in held)
    raise UsageError(
        f"No file {name} of the drop {drop.name} is held.", fix=f"Held are: {names}." if names else "No file is held."
    )


def _retried(around: Surroundings, drop: Drop, claim: Claim) -> RunResult:
    """Send the held rows of the claim's run, as ``importer retry RUN --release`` does."""
    latest = around.ledger.claims.latest_of(claim)
    return retry(replace(around.job_for(drop), claim=None), latest or claim.run, confirm=around.confirm)


def _run_again(around: Surroundings, drop: Drop, claim: Claim) -> RunResult:
    """Run the file again, for cancels of missing appointments are held anew for each number of them."""
    newest = around.ledger.claims.newest_done(drop.name)
    if newest is not None and newest.id > claim.id:
        raise UsageError(
            f"{newest.name} is newer than {claim.name}, so its missing appointments are no longer the right ones.",
            fix="Remove the older file from the drop.",
        )
    copy = around.copies.path(claim.copy)
    if copy is None or not around.copies.is_whole(claim.copy, claim.sha256):
        raise UsageError(f"The copy of {claim.name} is gone.", fix="Put the file into the drop under another name.")
    return run(replace(around.job_for(drop), claim=None), [str(copy)], confirm=around.confirm)
