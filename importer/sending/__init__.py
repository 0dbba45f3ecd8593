"""
Sending: planned calls leave, answers are settled, and what went wrong is decided by one table.

::

    calls.ready -> waiting -> Intent (durable) -> workers -> Api.send -> Reply
                 -> outcomes -> Settlement (durable) -> told

``decisions`` is the table of what an outcome means; ``comparing`` tells whether an answer is about what was sent;
``outcomes`` turns a decision into what the ledger keeps; ``api_health`` notices when everything fails. ``workers`` holds
the calls that may not leave yet and the threads that speak to the API, ``dispatching`` leads them; only the thread that
called ``send`` touches the ledger. ``interrupts`` is the wish to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.model.issues import Issue
from importer.pacing import DEFAULT_RATE, Limiter, pace
from importer.reporting.wording import counted
from importer.sending.api_health import Health
from importer.sending.dispatching import Aids, Calls, Dispatcher
from importer.sending.interrupts import StopSignal
from importer.sending.outcomes import Judge
from importer.sending.workers import Clocks, Links, Progress, Returns, Sends, Workers

if TYPE_CHECKING:
    from importer.errors import Exit
    from importer.pacing import Pace
    from importer.sending.decisions import Stop

__all__ = ["Clocks", "Limits", "Links", "Progress", "SendingResult", "StopSignal", "send"]


CAREFUL: Final = pace(DEFAULT_RATE, known=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How fast, how many at once, how often.

    ``pace``: calls a second. ``concurrency``: calls in flight. ``max_attempts``: tries of a call that may have been
    processed; where that is impossible (429, no connection), four times as many.
    """

    pace: Pace = CAREFUL
    concurrency: int = 16
    max_attempts: int = 5


@dataclass(frozen=True, slots=True)
class SendingResult:
    """
    How sending ended. ``exit_code`` None: every call was settled; else why not, with the ``reason`` as a sentence.

    ``attempts``: requests that were let go. ``in_flight``: calls that were abandoned by an urgent stop; they stay
    marked as sending, and the run must stay open, so that the next start finds them.
    """

    exit_code: Exit | None
    reason: str
    attempts: int
    in_flight: int = 0


def send(calls: Calls, api: Sends, limits: Limits, links: Links) -> SendingResult:
    """
    Send the planned calls of a run (``run.calls``) and settle each in the ledger.

    Ends when nothing is left, when the API or the token makes it senseless to go on, or when ``links.stop`` is
    raised; what is in flight is waited for, and what was not sent is settled as NOT_SENT (UNKNOWN where an attempt
    may have been processed).

    Raises:
        LedgerError: the ledger cannot be written any more; nothing was sent whose intent is not durable.

    """
    clocks, stop = links.clocks, links.stop
    limiter = Limiter(limits.pace, random=clocks.random)
    health = Health(random=clocks.random)
    judge = Judge(limiter, health, clocks=clocks, max_attempts=limits.max_attempts)
    outcomes = Returns()
    workers = Workers(api, outcomes, now=clocks.now, steady=clocks.steady)
    dispatcher = Dispatcher(calls, workers, outcomes, Aids(limiter, health, judge, links))
    try:
        with stop.heard_by(lambda: outcomes.put(None)):
            dispatcher.lead(limits.concurrency)
    finally:
        workers.close(wait=not dispatcher.in_flight)
    return _result(calls, dispatcher, judge.ending, links)


def _result(calls: Calls, dispatcher: Dispatcher, ending: Stop | None, links: Links) -> SendingResult:
    """Settle what is left, and say how it ended."""
    stop, attempts = links.stop, dispatcher.attempts
    if dispatcher.in_flight:
        reason = f"Stopped immediately; the outcome of {counted(dispatcher.in_flight, 'request')} is not known."
        return SendingResult(stop.exit_code, reason, attempts, dispatcher.in_flight)
    if ending is not None:
        calls.leave(Issue(ending.code), at=links.clocks.now())
        return SendingResult(ending.exit_code, ending.reason, attempts)
    if stop.raised:
        calls.leave(Issue("interrupted"), at=links.clocks.now())
        return SendingResult(stop.exit_code, "Interrupted; requests in progress finished first.", attempts)
    return SendingResult(None, "", attempts)
