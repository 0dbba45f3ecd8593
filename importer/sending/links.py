"""What connects sending with the world: clocks, chance, the wish to stop, and who hears of progress."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.sending.signals import StopSignal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Progress:
    """Calls settled so far, how many of them badly, and what is being waited for ("" for nothing in particular)."""

    done: int
    failures: int
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Clocks:
    """``now``: UTC seconds; ``steady``: seconds of a clock that nobody sets; ``random``: 0 to 1."""

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random


def _ignore(_progress: Progress) -> None:
    """Take no notice."""


@dataclass(frozen=True, slots=True)
class Links:
    """Sending's links to the world. ``on_progress`` is called in the thread that sends, after what it tells is durable."""

    stop: StopSignal = field(default_factory=StopSignal)
    on_progress: Callable[[Progress], None] = _ignore
    clocks: Clocks = field(default_factory=Clocks)
