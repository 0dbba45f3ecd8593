"""The wish to stop, heeded while nothing was sent yet that would want waiting for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import FileRefused, Held, Interrupted
from importer.reading import out_of_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger import Ledger
    from importer.run.job import Job


def heed(job: Job) -> None:
    """Raise ``Interrupted`` once a signal came, ``FileRefused`` once the time for reading and checking is over."""
    if job.stop.raised:
        raise Interrupted("Interrupted; nothing was sent.", exit_code=job.stop.exit_code)
    if time.monotonic() > job.check_until:
        raise out_of_time()


@contextmanager
def forgotten_if_abandoned(ledger: Ledger, run_id: str) -> Iterator[None]:
    """Forget a run that is refused, held or interrupted within the block, for none of its rows may be sent."""
    try:
        yield
    except (FileRefused, Held, Interrupted):
        ledger.forget(run_id)
        raise
