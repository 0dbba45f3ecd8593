"""
The sending over time: how many attempts began in each slice, and how they ended.

Slices start one second wide and double whenever there would be more than ``MOST_SLICES``, so that a run of a minute
and a run of a week cost the same few hundred numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.model.calls import Attempt

MOST_SLICES: Final = 60

_TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, slots=True)
class Slice:
    """
    What began in one slice of time.

    ``answered``: attempts that the API took. ``throttled``: told to slow down (429). ``refused``: any other answer.
    ``lost``: no usable answer. ``repeats``: how many of all of them were not the call's first attempt.
    """

    answered: int = 0
    throttled: int = 0
    refused: int = 0
    lost: int = 0
    repeats: int = 0

    @property
    def attempts(self) -> int:
        """All attempts of the slice."""
        return self.answered + self.throttled + self.refused + self.lost


@dataclass(frozen=True, slots=True)
class Timeline:
    """Slices without gaps from ``started_at`` (UTC seconds) on, each ``width_s`` seconds wide. Empty: nothing sent."""

    started_at: float = 0.0
    width_s: int = 1
    slices: tuple[Slice, ...] = ()
    first_at: float = 0.0
    last_at: float = 0.0

    @property
    def attempts(self) -> int:
        """All attempts."""
        return sum(each.attempts for each in self.slices)

    @property
    def repeats(self) -> int:
        """Attempts that were not their call's first."""
        return sum(each.repeats for each in self.slices)

    @property
    def throttled(self) -> int:
        """Answers that told to slow down."""
        return sum(each.throttled for each in self.slices)

    @property
    def busiest(self) -> int:
        """The most attempts in one slice."""
        return max((each.attempts for each in self.slices), default=0)

    @property
    def rate(self) -> float:
        """Attempts a second from the first to the end of the last; 0.0 when nothing was sent."""
        return self.attempts / max(self.last_at - self.first_at, 1.0) if self.slices else 0.0


@dataclass(slots=True)
class Clock:
    """Gathers attempts into slices."""

    width_s: int = 1
    counts: dict[int, list[int]] = field(default_factory=dict)
    first_at: float = float("inf")
    last_at: float = float("-inf")

    def see(self, attempts: Iterable[Attempt]) -> None:
        """Count one call's attempts, first attempt first."""
        slices = len(self.counts)
        for position, attempt in enumerate(attempts):
            self.first_at = min(self.first_at, attempt.at)
            self.last_at = max(self.last_at, attempt.at + attempt.elapsed_s)
            place = int(attempt.at // self.width_s)
            slice_ = self.counts.get(place) or self.counts.setdefault(place, [0, 0, 0, 0, 0])
            slice_[_ending(attempt)] += 1
            slice_[4] += position > 0
        if len(self.counts) > slices:
            self._keep_few()

    def _keep_few(self) -> None:
        while max(self.counts) - min(self.counts) >= MOST_SLICES:
            self._double()

    def timeline(self) -> Timeline:
        """Return what was gathered."""
        if not self.counts:
            return Timeline()
        first, last = min(self.counts), max(self.counts)
        none = [0, 0, 0, 0, 0]
        return Timeline(
            started_at=float(first * self.width_s),
            width_s=self.width_s,
            slices=tuple(Slice(*self.counts.get(place, none)) for place in range(first, last + 1)),
            first_at=self.first_at,
            last_at=self.last_at,
        )

    def _double(self) -> None:
        wider: dict[int, list[int]] = {}
        for place, counts in self.counts.items():
            into = wider.setdefault(place // 2, [0, 0, 0, 0, 0])
            into[:] = [one + other for one, other in zip(into, counts, strict=True)]
        self.width_s *= 2
        self.counts = wider


def _ending(attempt: Attempt) -> int:
    """Return which of answered, throttled, refused, lost (0 to 3) an attempt was."""
    status = attempt.http_status
    if status is None or status >= 500:
        return 3
    if status == _TOO_MANY_REQUESTS:
        return 1
    return 0 if 200 <= status < 300 else 2
