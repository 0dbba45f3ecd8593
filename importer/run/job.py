"""What every command needs to lead rows through the rooms."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.run.events import NO_LOG, Event, Log, ignore
from importer.sending.signals import StopSignal

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model.profile import Profile
    from importer.settings import Settings


def nobody(_question: str) -> bool:
    """Answer no, for nobody is there to be asked."""
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """
    The settings of one execution and its links to the world.

    ``now`` gives UTC seconds; ``on_event`` hears of progress; ``stop`` is raised by the first signal. ``ask`` puts a
    question to a person and returns whether the answer is yes; where nobody can be asked it is no. ``rehearsal``: the
    settings lead to a sandbox and to a copy of the ledger. ``log`` takes
    lines for ``--log``. ``typed``: options that a person gave and that a next command needs too.
    ``began``: when the command began, on the monotonic clock, in seconds.
    """

    settings: Settings
    profile: Profile
    now: Callable[[], float] = time.time
    on_event: Callable[[Event], None] = ignore
    stop: StopSignal = field(default_factory=StopSignal)
    log: Log = NO_LOG
    ask: Callable[[str], bool] = nobody
    rehearsal: bool = False
    typed: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)

    @property
    def check_until(self) -> float:
        """When reading and checking must be done, in seconds of the monotonic clock."""
        return self.began + self.settings.check_s

    def command(self, *words: str) -> str:
        """Return a command line that can be typed as it stands, with the options that were given now."""
        return shlex.join(["importer", *words, *self.typed])
