"""``importer run --rehearse``: the whole run against a sandbox in this process, which begins with a copy of the ledger."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger import Ledger
    from importer.run import Job
    from importer.sandbox import Sandbox

FOLDER: Final = "rehearsals"


@contextmanager
def rehearsing(job: Job) -> Iterator[Job]:
    """
    Give the job with its settings turned to a sandbox and to a copy of its ledger; nothing leaves this machine.

    The ledger stays as it is, and no token is needed. Reports go to ``rehearsals`` in the reports folder.

    Raises:
        LedgerError: the ledger cannot be read, or is lost.
    """
    from importer.ledger import open_ledger
    from importer.ledger.copying import copy_ledger
    from importer.ledger.opening import ledger_url
    from importer.run.ledgers import claim
    from importer.run.lost_ledgers import refuse_if_lost
    from importer.sandbox import Sandbox
    from importer.settings import TokenSource

    settings = job.settings
    with tempfile.TemporaryDirectory(prefix="importer-rehearsal-") as folder, Sandbox() as sandbox:
        copy = Path(folder) / "ledger.db"
        if not copy_ledger(settings.ledger_url, copy, lock_timeout_s=settings.lock_timeout_s) and not (
            settings.new_ledger
        ):
            refuse_if_lost(settings.ledger_url, settings.reports_dir)
        turned = replace(
            settings,
            base_url=sandbox.base_url,
            ledger_url=str(ledger_url(str(copy)).render_as_string()),
            reports_dir=settings.reports_dir / FOLDER,
            token_source=TokenSource.of(sandbox.token),
            proxy=None,
            ca_bundle=None,
            yes=True,
        )
        rehearsal = replace(job, settings=turned, rehearsal=True)
        with open_ledger(turned.ledger_url) as ledger:
            tell(sandbox, ledger)
            claim(rehearsal, ledger)
        yield rehearsal


def tell(sandbox: Sandbox, ledger: Ledger) -> None:
    """Let the sandbox hold what the ledger knows, so that changes reach what they would reach at the API."""
    for reminder in ledger.all_reminders():
        if reminder.uuid is not None:
            sandbox.adopt(
                reminder.uuid,
                reminder.values,
                phone=reminder.key.phone if reminder.key else "",
                cancelled=reminder.state.value == "cancelled",
            )
