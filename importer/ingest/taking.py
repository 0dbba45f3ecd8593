"""New files of a drop: each is copied, looked at once more, and claimed by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Exit
from importer.ingest.pass_results import FileResult
from importer.model.drops import Claim, ClaimState, Whereabouts

if TYPE_CHECKING:
    from importer.ingest.listing import Entry
    from importer.ingest.private_copies import Copied
    from importer.ingest.surroundings import Surroundings
    from importer.model.drops import Drop

WAITING = "waiting"


def take(around: Surroundings, drop: Drop, entry: Entry) -> Claim | FileResult | None:
    """
    Return the claim of a new file; what is said of one that is not taken; None for one that is known and stays.

    A file under a known name and with the same size and time is not read again. One with the bytes of the drop's newest done
    file is done, too; one with the bytes of a file that is still open waits for that one, or is that one under a new name.
    """
    claims = around.ledger.claims
    known = claims.newest(drop.name, entry.name)
    if known is not None and known.version == entry.version and known.whereabouts not in _TAKEN_AWAY:
        return None
    place = around.places.of(drop)
    try:
        if place.look(entry.raw) is None:
            return None  # taken away since it was listed, by its sender or by this pass
        around.step("sighted")
        copy = around.copies.make(place, entry, copied=lambda: around.step("copied"))
    except OSError as error:
        reason = f"{entry.name} cannot be copied: {error.strerror or 'input error'}."
        return FileResult(entry.name, None, WAITING, exit_code=Exit.STOPPED, line=reason, news=(reason,))
    if copy is None:
        return FileResult(entry.name, None, WAITING, line=f"{entry.name} is still being written; next time.")
    around.step("looked_again")
    found = _claimed(around, drop, entry, copy)
    if not isinstance(found, Claim) or found.copy != copy.folder:
        around.copies.remove(copy.folder)
    around.step("claimed")
    return found


_TAKEN_AWAY = {Whereabouts.MOVED, Whereabouts.CHECKED, Whereabouts.GONE}


def _claimed(around: Surroundings, drop: Drop, entry: Entry, copy: Copied) -> Claim | FileResult | None:
    claims = around.ledger.claims
    same = next((claim for claim in claims.open_claims(drop.name) if claim.sha256 == copy.sha256), None)
    if same is not None:
        if same.name != entry.name and around.is_there(drop, same):
            line = f"{entry.name} has the bytes of {same.name}, which is not finished; next time."
            return FileResult(entry.name, copy.sha256, WAITING, line=line)
        # Touched, written once more, or renamed: the same file, whose claim goes on.
        claims.change(same.id, name=entry.name, version=entry.version, version_id=copy.version_id)
        return None
    made = Claim(
        id=0,
        drop=drop.name,
        name=entry.name,
        sha256=copy.sha256,
        size=copy.size,
        version=entry.version,
        state=ClaimState.TAKEN,
        taken_at=around.job.now(),
        copy=copy.folder,
        version_id=copy.version_id,
    )
    newest = claims.newest_done(drop.name)
    if newest is None or newest.sha256 != copy.sha256:
        return claims.add(made)
    return claims.add(_done_before(made, newest))


def _done_before(made: Claim, newest: Claim) -> Claim:
    """Return the claim of a file whose bytes were the last that were done: no run, for the earlier one did it all."""
    return Claim(
        id=0,
        drop=made.drop,
        name=made.name,
        sha256=made.sha256,
        size=made.size,
        version=made.version,
        version_id=made.version_id,
        state=ClaimState.DONE,
        taken_at=made.taken_at,
        run=newest.run,
        exit_code=int(Exit.DONE),
        reason=f"{made.name} has the bytes of {newest.name}, which run {newest.run} has done.",
    )
