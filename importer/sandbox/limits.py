"""The sandbox's rate limit: a token bucket with the headers that the API's rate-limit page names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Bucket:
    """Lets ``rate`` calls a second through, ``burst`` at once after a pause. ``rate`` None lets all through."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: float | None = None
        self._at = 0.0

    def take(self, rate: float | None, burst: int) -> tuple[bool, dict[str, str]]:
        """Return whether this call may pass, and the x-ratelimit headers of its answer."""
        if rate is None:
            return True, {}
        with self._lock:
            now = self._clock()
            full = float(max(burst, 1))
            tokens = full if self._tokens is None else min(full, self._tokens + (now - self._at) * rate)
            self._at = now
            passes = tokens >= 1
            self._tokens = tokens - 1 if passes else tokens
            headers = {"x-ratelimit-limit": f"{rate:.0f}", "x-ratelimit-remaining": str(int(self._tokens))}
        return passes, headers
