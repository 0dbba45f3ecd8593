"""
Events of a run as bars on a terminal, or as a line every 30 s elsewhere.

A run that is over before the first 30 s says nothing off the terminal, so that a quick nightly run stays silent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from importer.cli.terminal import Terminal, visible
from importer.commands.job import Event, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

EVERY_S: Final = 30.0
TITLES: Final[dict[Stage, str]] = {
    Stage.READING: "Reading",
    Stage.CHECKING: "Checking",
    Stage.PLANNING: "Planning",
    Stage.SENDING: "Sending",
    Stage.REPORTING: "Reporting",
}
# Reading counts bytes or rows, which the event does not tell apart, and reporting counts nothing.
SHARE_ONLY: Final = frozenset({Stage.READING, Stage.REPORTING})
SHARE_FORM: Final = "{desc:<10}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
ROWS_FORM: Final = (
    "{desc:<10}{percentage:3.0f}%|{bar}| {n_fmt} of {total_fmt} rows, {rate_fmt}, {elapsed}<{remaining}{postfix}"
)
BUSY_FORM: Final = "{desc:<10}{elapsed}{postfix}"
OPEN_FORM: Final = "{desc:<10}{n_fmt} rows, {rate_fmt}, {elapsed}{postfix}"


class Listener(Protocol):
    """Hears of events between its opening and its closing."""

    def __call__(self, event: Event) -> None:
        """Take notice of an event."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the screen tidy, whatever happened."""


def listener(
    screen: Terminal, *, quiet: bool = False, bars: bool = True, clock: Callable[[], float] = time.monotonic
) -> Listener:
    """
    Return what fits the terminal: bars where a person watches, else lines.

    Without ``bars`` only notes are written, and with ``quiet`` not even those.
    """
    if quiet:
        return Silence()
    if not bars:
        return Lines(screen, clock=clock, every_s=float("inf"))
    return Bars(screen) if screen.watched else Lines(screen, clock=clock)


class Silence:
    """Hears and says nothing."""

    def __call__(self, event: Event) -> None:
        """Take no notice of an event."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


class Lines:
    """A line about every ``every_s`` seconds of work."""

    def __init__(self, screen: Terminal, *, clock: Callable[[], float], every_s: float = EVERY_S) -> None:
        self._screen = screen
        self._clock = clock
        self._every_s = every_s
        self._last: float | None = None

    def __call__(self, event: Event) -> None:
        """Write a line if it is time for one; notes are written at once."""
        if event.stage is Stage.NOTE:
            self._screen.remark(event.text)
            return
        now = self._clock()
        if self._last is None:
            self._last = now
        elif now - self._last >= self._every_s:
            self._last = now
            self._screen.remark(sentence(event))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


class Bars:
    """One bar a stage, under the one before."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen
        self._stage: Stage | None = None
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        """Move the stage's bar, or write a note above it."""
        if event.stage is Stage.NOTE:
            self._write(event.text)
            return
        if event.stage is not self._stage or (self._bar is not None and event.done < self._bar.n):
            self._open(event)
        bar = self._bar
        if bar.total != event.total:
            bar.total = event.total
            bar.bar_format = form_of(event)
        bar.set_postfix_str(postfix(event), refresh=False)
        bar.update(event.done - bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def rest(self) -> None:
        """Close the bar for a while, so that something else can be written below it."""
        self._close()

    def _open(self, event: Event) -> None:
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # no thread that wakes only to redraw
        self._close()
        self._stage = event.stage
        self._bar = tqdm(
            desc=TITLES[event.stage],
            total=event.total,
            file=self._screen.err,
            bar_format=form_of(event),
            unit=" rows",
            unit_scale=False,
            dynamic_ncols=True,
            mininterval=0.1,
            leave=True,
        )

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
            self._stage = None

    def _write(self, text: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        self._screen.remark(text)
        if self._bar is not None:
            self._bar.refresh()


def form_of(event: Event) -> str:
    """Return how a bar looks, given what is known of the total."""
    if event.stage in SHARE_ONLY:
        return BUSY_FORM if event.total is None else SHARE_FORM
    return OPEN_FORM if event.total is None else ROWS_FORM


def postfix(event: Event) -> str:
    """Return what stands behind a bar: failures so far, and what is being waited for."""
    words = {Stage.SENDING: "failed"}.get(event.stage, "to fix")
    parts = [f"{event.failures:,} {words}"] if event.failures else []
    return ", ".join([*parts, *([visible(event.text)] if event.text else [])])


def sentence(event: Event) -> str:
    """Return an event as one line: ``Sending: 1,200 of 5,000 rows, 3 failed``."""
    if event.stage in SHARE_ONLY:
        share = f"{event.done / event.total:.0%}" if event.total else "under way"
        return ", ".join(part for part in (f"{TITLES[event.stage]}: {share}", postfix(event)) if part)
    count = f"{event.done:,} rows" if event.total is None else f"{event.done:,} of {event.total:,} rows"
    return ", ".join(part for part in (f"{TITLES[event.stage]}: {count}", postfix(event)) if part)
