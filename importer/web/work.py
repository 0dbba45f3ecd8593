"""What goes on behind the pages: checks in the background, the process that sends, and the copies of what was uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.settings.places import zone_of_this_machine
from importer.web.background_checks import Checks, loaded_for_checks
from importer.web.sending import Sending
from importer.web.uploads import uploads_of

if TYPE_CHECKING:
    from importer.ingest.loaded_process import LoadedProcess
    from importer.ledger.page.page_store import PageStore
    from importer.web.jobs import Jobs
    from importer.web.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one ``importer serve``."""

    jobs: Jobs
    uploads: Uploads
    loaded: LoadedProcess
    checks: Checks
    sending: Sending

    @classmethod
    def of(cls, jobs: Jobs, store: PageStore, loaded: LoadedProcess | None = None) -> Work:
        """
        Return the work for a ledger; nothing of it has begun. ``loaded``: the process in which checks are begun, by default a new one.

        Raises:
            LedgerError: there is no ledger, or it cannot be read.
        """
        uploads = uploads_of(jobs.settings())
        loaded = loaded or loaded_for_checks()
        checks = Checks(jobs, store.imports, uploads, loaded, zone=zone_of_this_machine())
        return cls(jobs, uploads, loaded, checks, Sending(jobs, store.imports, uploads.root))

    def start(self, store: PageStore) -> None:
        """Go on with what there is to do; copies that belong to no import any more are removed."""
        self.uploads.sweep(store.imports.copies())
        self.checks.start()
        self.sending.start()

    def close(self) -> None:
        """End the checks; a process that sends goes on to its end."""
        self.sending.close()
        self.checks.close()
        self.loaded.end()
