"""What came in and how it was answered: for tests and for the curious."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.sandbox.faults import CallFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sandbox.wire import Request

MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One request as it was seen: ``at`` in seconds of the monotonic clock, when the answer was ready to go.

    ``action`` is "" for what is no call of the API. ``fault`` names the fault that struck, ``manner`` how the answer
    was sent (``reset``, ``silent``: not at all). No body and no token is kept.
    """

    at: float
    method: str
    target: str
    action: str
    uuid: str | None
    external_event_id: str | None
    status: int
    fault: str
    manner: str

    @classmethod
    def of(
        cls, request: Request, status: int, facts: CallFacts | None = None, fault: str = "", manner: str = "whole"
    ) -> Visit:
        """Return the visit of this request that ended so."""
        seen = facts or CallFacts("")
        return cls(
            time.monotonic(),
            request.method,
            request.target,
            seen.action,
            seen.uuid,
            seen.external_event_id,
            status,
            fault,
            manner,
        )


class Traffic:
    """The last requests, and how many were under way at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._visits: deque[Visit] = deque(maxlen=MOST_KEPT)
            self._count = 0
            self._under_way = 0
            self._most = 0

    def note(self, visit: Visit) -> None:
        """Remember a request."""
        with self._lock:
            self._visits.append(visit)
            self._count += 1

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a call as under way for the length of a with-block."""
        with self._lock:
            self._under_way += 1
            self._most = max(self._most, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def visits(self) -> list[Visit]:
        """Return the requests in the order of their answers, the last 200,000 of them."""
        with self._lock:
            return list(self._visits)

    def stats(self) -> dict[str, Any]:
        """Return counts by action, status and fault, and the most calls that were under way at once."""
        visits = self.visits()
        return {
            "requests": self._count,
            "most_at_once": self._most,
            "actions": Counter(visit.action for visit in visits if visit.action),
            "statuses": Counter(str(visit.status) for visit in visits if visit.manner == "whole"),
            "faults": Counter(visit.fault for visit in visits if visit.fault),
        }
