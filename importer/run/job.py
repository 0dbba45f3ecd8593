"""What every command needs to lead rows through the rooms."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.run.events import NO_LOG, Event, Log, ignore
from importer.sending.signals import StopSignal

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model.profile import Profile
    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class Job:
    """
    The settings of one execution and its links to the world.

    ``now`` gives UTC seconds; ``on_event`` hears of progress; ``stop`` is raised by the first signal.
    ``log`` takes lines for ``--log``.
    """

    settings: Settings
    profile: Profile
    now: Callable[[], float] = time.time
    on_event: Callable[[Event], None] = ignore
    stop: StopSignal = field(default_factory=StopSignal)
    log: Log = NO_LOG
