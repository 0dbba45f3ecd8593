"""
Whether the API is well. Pure; the clock is an argument.

The first call goes alone, an outage is waited out by single calls, and a run that only fails stops.

Only ``Weather.FINE`` is good news: it alone lets more than one call go at once and ends an outage. A refusal may come
from a gateway before an API that is down; it neither proves the API well nor counts as silence::

    FINE     proven; silence, outage and refusals in a row are over
    REFUSES  one more refusal in a row; in an outage the next call may ask at once, still alone
    BUSY     too long without good news stops the run
    DOWN     the same; several in a row, or one before the first good news, are an outage
    FATAL    the decision stops the run
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.model.statuses import Action
from importer.reporting.wording import counted
from importer.sending.decisions import Stop, Weather

if TYPE_CHECKING:
    from collections.abc import Callable


OUTAGE_AFTER: Final = 4
"""So many outcomes without an answer, one after the other, are an outage; one is enough before the first success."""

PROBE_AFTER_S: Final = (2.0, 6.0, 20.0, 40.0)
"""When single calls try whether an outage is over; the last wait repeats. Few, since each of them is an attempt."""

PATIENCE_S: Final = 300.0
"""An outage that lasts longer stops the run."""

NOBODY_THERE_S: Final = 60.0
"""The same where no connection was ever accepted in this run: a wrong address or a stopped service, not an overload. The
probe behind it comes 68 to 85 seconds after the first call, so that an outage of a minute is survived all the same."""

REFUSALS_AT_FIRST: Final = 20
REFUSALS_IN_A_ROW: Final = 50
"""So many refused rows of one action, one after the other, stop the run: all of them before the first success, or
after it. Then not the rows are wrong but a column, the account or the address."""

_VERB: Final = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.CANCEL: "cancel",
    Action.NO_SHOW: "send a no-show",
}


class Health:
    """What the outcomes so far say about the API. Used by one thread; ``now`` is seconds of any steady clock."""

    def __init__(self, *, random: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        self._random = random
        self._patience_s = patience_s
        self._proven = False
        self._worked: set[Action] = set()
        self._refused: dict[Action, int] = defaultdict(int)
        self._silent = 0
        self._nobody_there = True
        self._troubled_since: float | None = None
        self._outage_at: float | None = None
        self._probes = 0
        self._probe_at = 0.0

    @property
    def proven(self) -> bool:
        """Whether the API did what was asked at least once in this run."""
        return self._proven

    @property
    def in_outage(self) -> bool:
        """Whether only single calls may leave, to try whether the API is back."""
        return self._outage_at is not None

    @property
    def probe_at(self) -> float:
        """When the next of these may leave."""
        return self._probe_at

    def at_once(self, concurrency: int) -> int:
        """Return how many calls may be in flight: one until the API took one."""
        return concurrency if self._proven and not self.in_outage else 1

    def see(
        self, weather: Weather, action: Action, *, left_at: float, now: float, unconnected: bool = False
    ) -> Stop | None:
        """
        Hear of an outcome of a call that left at ``left_at``; return why to stop, if that is so.

        ``unconnected``: the connection was refused, or the address has no name.
        """
        self._nobody_there &= unconnected
        if weather is Weather.FINE:
            self._worked.add(action)
            self._refused[action] = 0
            self._proven = True
            self._silent = self._probes = 0
            self._troubled_since = self._outage_at = None
            return None
        if weather is Weather.REFUSES:
            if self._outage_at is not None and left_at > self._outage_at:
                self._probe_at = now
            return self._count_refusal(action)
        if weather is Weather.FATAL:
            return None
        if self._troubled_since is None:
            self._troubled_since = now
        if weather is Weather.DOWN:
            self._count_silence(left_at, now)
        return self._too_long(now)

    def _count_refusal(self, action: Action) -> Stop | None:
        self._refused[action] += 1
        count = self._refused[action]
        if count < (REFUSALS_IN_A_ROW if action in self._worked else REFUSALS_AT_FIRST):
            return None
        reason = (
            f"The API refused or did not confirm {count} requests to {_VERB[action]} in a row; nothing more was sent."
        )
        return Stop(Exit.STOPPED, "not_sent_all_refused", reason)

    def _count_silence(self, left_at: float, now: float) -> None:
        self._silent += 1
        if self._outage_at is None:
            if self._silent >= (OUTAGE_AFTER if self._proven else 1):
                self._outage_at = now
                self._plan_probe(now)
        elif left_at > self._outage_at:
            self._probes += 1
            self._plan_probe(now)

    def _plan_probe(self, now: float) -> None:
        wait = PROBE_AFTER_S[min(self._probes, len(PROBE_AFTER_S) - 1)]
        self._probe_at = now + wait * (1 + self._random() / 4)

    def _too_long(self, now: float) -> Stop | None:
        patience_s = min(self._patience_s, NOBODY_THERE_S) if self._nobody_there else self._patience_s
        if self._troubled_since is None or now - self._troubled_since < patience_s:
            return None
        waited = counted(round((now - self._troubled_since) / 60), "minute")
        if self._nobody_there:
            reason = f"No connection to the API's address was accepted for {waited}; nothing was sent."
        else:
            reason = f"The API has been down or overloaded for {waited}; nothing more was sent."
        return Stop(Exit.STOPPED, "not_sent_outage", reason)
