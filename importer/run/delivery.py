"""The run's open calls out to the API, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.api import Api, Route, Timeouts
from importer.pacing import pace
from importer.run.events import Event, Stage
from importer.run.logged import LoggedCalls
from importer.sending import Clocks, Limits, Links, send
from importer.settings import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.ledger import Ledger
    from importer.run.job import Job
    from importer.sending import Progress, SendingResult


def deliver(job: Job, ledger: Ledger, run_id: str) -> SendingResult:
    """
    Send every open call of the run.

    Raises:
        SettingsError: the token or the base URL cannot be used; nothing was sent.
    """
    settings = job.settings
    total = sum(ledger.pending(run_id).values())
    timeouts = Timeouts(connect_s=settings.connect_timeout_s, total_s=settings.timeout_s)
    links = Links(stop=job.stop, on_progress=_teller(job, total), clocks=Clocks(now=job.now))
    route = Route(ca_bundle=settings.ca_bundle, proxy=settings.proxy)
    with Api(settings.base_url, settings.token(), timeouts=timeouts, route=route, clock=job.now) as api:
        calls = LoggedCalls(ledger, job.log) if job.log.is_kept else ledger
        return send(run_id, calls, api, _limits(job), links)


def _limits(job: Job) -> Limits:
    """Return how fast and how often; a rate that nobody set is felt for, one that was set is trusted."""
    settings = job.settings
    known = settings.origin("rate").source is not Source.DEFAULT
    return Limits(pace(settings.rate, known=known), settings.concurrency, settings.max_attempts)


def _teller(job: Job, total: int) -> Callable[[Progress], None]:
    """Return what turns the progress of sending into events of the run."""

    def tell(progress: Progress) -> None:
        job.on_event(Event(Stage.SENDING, progress.done, total, progress.failures, progress.waiting))

    return tell
