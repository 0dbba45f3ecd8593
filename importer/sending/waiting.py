"""The calls that may not leave yet, in the order in which they will. Touches neither network nor clock."""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from importer.model.words import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.model.plans import PlannedCall

PAGE: Final = 500


class Waiting:
    """
    Calls that wait, soonest-due appointment first; a call that is tried again keeps its place and holds no worker.

    ``page(limit, after)`` gives the next planned calls behind ``after``; it is asked when the last ones are gone.
    """

    def __init__(self, page: Callable[[int, PlannedCall | None], Sequence[PlannedCall]]) -> None:
        self._page = page
        self._fresh: deque[PlannedCall] = deque()
        self._last: PlannedCall | None = None
        self._all_paged = False
        self._now: list[tuple[int, int, PlannedCall]] = []
        self._later: list[tuple[float, int, PlannedCall]] = []

    def add(self, call: PlannedCall) -> None:
        """Let a call go as soon as its turn comes."""
        heappush(self._now, (call.due, call.row_id, call))

    def add_later(self, call: PlannedCall, at: float) -> None:
        """Let a call go from a moment on."""
        heappush(self._later, (at, call.row_id, call))

    def next(self, now: float) -> PlannedCall | None:
        """Take the call that goes next, or None when none may."""
        while self._later and self._later[0][0] <= now:
            self.add(heappop(self._later)[2])
        self._fill()
        if self._now and (not self._fresh or self._now[0][:2] <= (self._fresh[0].due, self._fresh[0].row_id)):
            return heappop(self._now)[2]
        return self._fresh.popleft() if self._fresh else None

    def next_probe(self) -> PlannedCall | None:
        """
        Take a call to try whether an outage is over: one that may be repeated, and was tried least.

        A no-show is taken only if there is nothing else, because it may be tried but once. A call whose time has not
        come goes too: it waits for the same outage.
        """
        self._fill()
        waiting = [*(entry[2] for entry in self._now), *(entry[2] for entry in self._later), *list(self._fresh)[:PAGE]]
        if not waiting:
            return None
        probe = min(waiting, key=lambda call: (call.action is Action.NO_SHOW, call.attempts, call.due, call.row_id))
        self._forget(probe)
        return probe

    def next_at(self) -> float | None:
        """Return when a waiting call may go: minus infinity for now, None when there is none."""
        self._fill()
        if self._now or self._fresh:
            return float("-inf")
        return self._later[0][0] if self._later else None

    def _fill(self) -> None:
        if self._fresh or self._all_paged:
            return
        page = self._page(PAGE, self._last)
        self._fresh.extend(page)
        self._all_paged = len(page) < PAGE
        if page:
            self._last = page[-1]

    def _forget(self, call: PlannedCall) -> None:
        if self._fresh and any(one is call for one in self._fresh):
            self._fresh = deque(one for one in self._fresh if one is not call)
            return
        self._now = [entry for entry in self._now if entry[2] is not call]
        self._later = [entry for entry in self._later if entry[2] is not call]
        heapify(self._now)
        heapify(self._later)
