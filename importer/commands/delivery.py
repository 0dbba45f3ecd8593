"""The run's open calls out to the API, each mark and outcome told to the log once it is durable."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from importer.commands.job import Event, Stage
from importer.model.sending_window import Waits
from importer.pacing import pace
from importer.reporting.report_columns import code_of, status_of, wants_person
from importer.sending.dispatching import Limits, send
from importer.sending.workers import Clocks, Links
from importer.settings import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.commands.job import Job, Log
    from importer.ledger import Run
    from importer.model.issues import Issue
    from importer.model.planned_calls import Intent, PlannedCall, Settlement
    from importer.model.sending_window import SendingWindow
    from importer.sending.dispatching import SendingResult
    from importer.sending.workers import Progress

PAGE: Final = 2_000
MOST_ROWS_AT_A_STOP: Final = 50_000
"""Of a larger run nothing is settled and no report is written when it is asked to stop: who stops it, waits for it."""

LONGEST_CALL_S: Final = 1800.0
"""A call that may take longer than half an hour would leave too little of the shortest sending window, an hour."""


def deliver(job: Job, run: Run) -> SendingResult:
    """
    Send every open call of the run.

    Raises:
        SettingsError: the token or the base URL cannot be used; nothing was sent.
    """
    # It brings requests, which takes as long to load as the command line itself; plans and reports send nothing.
    from importer.api import Api, Route, Timeouts  # noqa: PLC0415

    settings = job.settings
    total = run.calls.count()
    timeouts = Timeouts(connect_s=settings.connect_timeout_s, total_s=settings.timeout_s)
    links = Links(stop=job.stop, on_progress=_teller(job, total), clocks=Clocks(now=job.now))
    route = Route(ca_bundle=settings.ca_bundle, proxy=settings.proxy)
    with Api(settings.base_url, settings.token(), timeouts=timeouts, route=route, clock=job.now) as api:
        calls = LoggedCalls(run, job.log) if job.log.is_kept else run.calls
        return send(calls, api, _limits(job, run), links)


def _limits(job: Job, run: Run) -> Limits:
    """Return how fast, how often and when; a rate that nobody set is felt for, one that was set is trusted."""
    settings = job.settings
    known = settings.origin("rate").source is not Source.DEFAULT
    rate = pace(settings.rate, known=known)
    settles_stops = sum(file.rows for file in run.files.all()) <= MOST_ROWS_AT_A_STOP
    return Limits(rate, settings.concurrency, settings.max_attempts, window_of(job), settles_stops)


def window_of(job: Job) -> SendingWindow | None:
    """Return the hours at which requests may leave: as the profile says today, whatever it said when they were planned."""
    window = job.profile.window
    if window is None or job.settings.at_any_hour:
        return None
    # Every attempt has to be over before the window closes.
    return replace(window, for_s=min(job.settings.timeout_s, LONGEST_CALL_S))


def waits(job: Job, run: Run) -> Waits | None:
    """Return what of the run's open calls the sending window would keep back now, None for nothing."""
    window = window_of(job)
    if window is None:
        return None
    count, first_at, zone, last, now = 0, None, None, None, job.now()
    while page := run.calls.ready(PAGE, last):
        for call in page:
            visit = call.visit
            at = window.leaves_at(call.action, visit, now)
            if at is not None and at <= now:
                continue
            count += 1
            if at is not None and (first_at is None or at < first_at):
                first_at, zone = at, visit.zone or window.home
        last = page[-1]
    return Waits(count, first_at, zone) if count else None


def _teller(job: Job, total: int) -> Callable[[Progress], None]:
    """Return what turns the progress of sending into events of the run."""

    def tell(progress: Progress) -> None:
        job.on_event(Event(Stage.SENDING, progress.done, total, progress.failures, progress.waiting))

    return tell


@dataclass(slots=True)
class LoggedCalls:
    """The run's calls, each mark and outcome told. ``known``: row id -> the call, from the page it came with to its end."""

    run: Run
    log: Log
    known: dict[int, PlannedCall] = field(default_factory=dict)

    def ready(self, limit: int, after: PlannedCall | None = None) -> list[PlannedCall]:
        """See ``importer.ledger.call_queue.Calls``."""
        found = self.run.calls.ready(limit, after)
        self.known.update((call.row_id, call) for call in found)
        return found

    def successor(self, row_id: int) -> PlannedCall | None:
        """See ``importer.ledger.call_queue.Calls``."""
        found = self.run.calls.successor(row_id)
        if found is not None:
            self.known[found.row_id] = found
        return found

    def record(self, intents: Sequence[Intent] = (), settlements: Sequence[Settlement] = ()) -> tuple[Settlement, ...]:
        """Write marks and outcomes, then tell them."""
        changed = self.run.calls.record(intents, settlements)
        final = {one.row_id: one for one in (*settlements, *changed)}
        for settlement in final.values():
            self._tell(settlement)
        for intent in intents:
            call = self.known.get(intent.row_id)
            if call is not None:
                self.log.write("sending", run=self.run.id, row=call.number or None, action=call.action.value)
        return changed

    def leave(self, note: Issue, *, at: float) -> None:
        """See ``importer.ledger.call_queue.Calls``."""
        self.run.calls.leave(note, at=at)

    def _tell(self, settlement: Settlement) -> None:
        call = self.known.get(settlement.row_id)
        if call is None:
            return
        self.log.write(
            "settled" if settlement.status else "again",
            run=self.run.id,
            row=call.number or None,
            action=call.action.value,
            status=settlement.status.value if settlement.status else None,
            http_status=settlement.http_status,
            code=settlement.code,
            attempts=len(settlement.attempts),
        )
        if settlement.status:
            del self.known[settlement.row_id]


def tell_planned(log: Log, run: Run) -> None:
    """Tell what would be sent, and what is held."""
    if log.is_kept:
        calls = {action.value: count for action, count in run.calls.pending().items()}
        log.write("planned", run=run.id, calls=calls)
        for hold in run.record().unreleased:
            log.write("held", run=run.id, code=hold.code)


def tell_finished(log: Log, run: Run, exit_code: int) -> None:
    """Tell the rows that need attention without having been sent, and the end of the run."""
    if log.is_kept:
        for row in run.report.single():
            if not row.attempts and wants_person(row):
                log.write(
                    "not_done", run=run.id, row=row.number or None, status=status_of(row).value, code=code_of(row)
                )
        totals = {status.value: count for status, count in run.report.totals().items()}
        log.write("finished", run=run.id, exit_code=exit_code, totals=totals)
