"""What every step of a pass needs: the job with its ledger, the private copies, and where each file should lie."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from importer.errors import DropUnreachable
from importer.model.drops import FetchedSource
from importer.settings import Source, profile_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.job import Job
    from importer.commands.run import Confirm
    from importer.ingest.places.place_at import Places
    from importer.ingest.private_copies import PrivateCopies
    from importer.ledger import Ledger
    from importer.model.drops import Claim, Drop

CHECK_S: Final = 120.0
"""A file of a drop is read within so many seconds, unless somebody has set ``check_seconds``: others wait behind it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    The world of a pass. ``job`` holds the ``ledger`` as long as the pass goes on.

    ``confirm``: whether a run's calls may go, as for ``importer.commands.run``. ``places``: where drops
    lie. ``raw``: drop -> how its place writes each name, for names need not be texts.
    """

    job: Job
    ledger: Ledger
    copies: PrivateCopies
    confirm: Confirm
    places: Places
    raw: Mapping[str, Mapping[str, str]]

    def step(self, event: str, *, run: str | None = None, **members: str) -> None:
        """Write down, for ``--log``, how far the pass has come with a file."""
        self.job.log.write(event, run=run, row=None, **members)

    def job_for(self, drop: Drop, claim: Claim | None = None) -> Job:
        """Return the job of one file: the drop's profile, and a clock of its own for reading and checking."""
        settings = self.job.settings
        if settings.origin("check_seconds").source is Source.DEFAULT:
            settings = replace(settings, check_s=min(settings.check_s, CHECK_S))
        job = replace(self.job, settings=settings, began=time.monotonic(), claim=claim.id if claim else None)
        if drop.profile is not None and drop.profile != job.profile.name:
            settings = replace(settings, profile=drop.profile)
            job = replace(job, settings=settings, profile=profile_named(settings, drop.profile))
        if isinstance(drop.path, FetchedSource) and drop.path.key_column is not None:
            job = replace(job, profile=job.profile.numbered_by(drop.path.key_column))
        return job

    def raw_name(self, drop: Drop, claim: Claim) -> str:
        """Return how the drop's place writes the name of the claim's file."""
        return self.raw.get(drop.name, {}).get(claim.name, claim.name)

    def is_there(self, drop: Drop, claim: Claim) -> bool:
        """
        Whether the claim's file lies in the drop as it was taken, and no other file has its name.

        Raises:
            DropUnreachable: that cannot be told now.
        """
        raw = self.raw.get(drop.name, {}).get(claim.name)
        try:
            return raw is not None and self.places.of(drop).look(raw) == claim.version
        except OSError as error:
            raise DropUnreachable(
                f"The drop {drop.name} cannot be looked into any more: {error.strerror or 'input error'}.",
                fix="The next pass goes on.",
            ) from None
