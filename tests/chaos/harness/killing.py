"""Kills importers, and the server now and then, and starts them again until the sheet is through."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.launching import Forked, Launcher, Started, wait
from harness.ledgers import LONGEST_S
from harness.sheet import BOOKED_BEFORE, EARLIER, NOW
from importer.errors import Exit

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from harness.ledgers import Ledger
    from harness.server import Server

# Exit codes after which nothing is left that the same command would do.
FINISHED = {0, 4, 8}
# And those with which an importer may well end in between: stopped for now, locked out, interrupted; or ended by the
# signal itself, where that came before Python could ask for it.
EXPECTED = {*FINISHED, 5, 11, 130, 143, -signal.SIGINT, -signal.SIGTERM}
# What ``resume`` says, with exit code 2, of a run that was killed before it had taken in its sheets.
UNREAD = "was cut off before its sheets were read to the end; it sent nothing."
GRACE_S = 2.0
# Writing the reports is not counted to a stop, but it must end.
REPORTING_S = 60.0
LAST_WORDS = 1500


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a scenario plays: its sheet, ledger, reports and output, and the server that it talks to."""

    folder: Path
    server: Server
    ledger: Ledger
    timeout_s: float = 2.0
    concurrency: int = 16

    def sending(self) -> int:
        """Return how many calls the ledger says are on their way."""
        if not self.ledger.is_made():
            return 0
        return int(self.ledger.ask("SELECT count(*) FROM rows WHERE state = 'sending'")[0][0])

    @property
    def output(self) -> Path:
        """What the importers printed."""
        return self.folder / "output.txt"

    def arguments(self, command: str, sheet: str = NOW) -> list[str]:
        """Return the command line of ``run`` or ``resume``."""
        return [
            command,
            *([str(self.folder / sheet)] if command == "run" else []),
            "--ledger", self.ledger.url,
            "--reports", str(self.folder / "reports"),
            "--base-url", self.server.base_url,
            "--rate", "0",
            "--concurrency", str(self.concurrency),
            "--timeout", str(self.timeout_s),
            "--yes",
            "--no-progress",
        ]  # fmt: skip


@dataclass(slots=True)
class Killings:
    """
    What was done to the importers: kills by -9, stops by a signal, and those whose calls did not end in time.

    ``unread``: resumes that had nothing to finish yet. ``crashes``: importers that ended in a way that none should.
    """

    kills: int = 0
    stops: int = 0
    overdue: int = 0
    unread: int = 0
    crashes: int = 0
    slowest_stop_s: float = 0.0
    starts: int = 0
    exits: list[int] = field(default_factory=list)
    last_words: list[str] = field(default_factory=list)

    def add(self, other: Killings) -> None:
        """Count what was done to other importers too."""
        for name in ("kills", "stops", "overdue", "unread", "crashes", "starts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest_stop_s = max(self.slowest_stop_s, other.slowest_stop_s)
        self.exits += other.exits
        self.last_words += other.last_words

    def ended(self, code: int, output: Path) -> int:
        """Note how an importer ended, with what it printed last if it should not have ended so; return the code."""
        self.exits.append(code)
        words = output.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]
        if code == Exit.USAGE and UNREAD in "".join(words.splitlines()[-3:]):
            self.unread += 1
        elif code not in EXPECTED:
            self.crashes += 1
            self.last_words.append(words)
        return code


@dataclass(slots=True)
class Killer:
    """
    Runs a sheet through, stopping the importer about ``kills`` times at random moments.

    A moment is so many further effects of the server away, and then a random part of a few milliseconds; some moments
    lie in the importer's own start, before any effect. ``gentle``: the share of stops by SIGTERM or SIGINT instead of
    -9. ``server_kills``: the share of stops at which the server is killed too. ``resumes``: the share of restarts by
    ``resume``; the others run the sheet again, as a nightly job does.
    """

    place: Workplace
    launcher: Launcher
    dice: random.Random
    gentle: float = 0.0
    server_kills: float = 0.0
    resumes: float = 0.7
    done: Killings = field(default_factory=Killings)

    def rampage(self, kills: int, effects_expected: int) -> None:
        """
        Kill so often, restarting each time, then let the sheet get through.

        Once it is through, the remaining kills hit importers that read it again and should find nothing to do.
        """
        command, through = "run", False
        while (left := kills - self.done.kills - self.done.stops) > 0 and self.done.starts < 3 * kills:
            process = self._start(command)
            moment = 0 if through else self._moment(left, effects_expected)
            through = self._stop_at_random(process, moment) in FINISHED or through
            command = "resume" if self.place.ledger.is_made() and self.dice.random() < self.resumes else "run"
        self.finish()

    def finish(self, command: str = "run") -> int:
        """Run undisturbed until nothing is left, at most a few times; return the last exit code."""
        code = -1
        for _ in range(10):
            code = self.done.ended(wait(self._start(command), LONGEST_S), self.place.output)
            if code in FINISHED:
                break
            command = "run"
        return code

    def book_earlier(self) -> None:
        """Run the earlier sheet undisturbed, some days ago by the clock, in front of a server without faults."""
        rules = self.place.server.ask("GET", "faults")
        self.place.server.ask("PUT", "faults", [])
        days_ago = time.time() - BOOKED_BEFORE.total_seconds()
        wait(Forked().start(self.place.arguments("run", EARLIER), self.place.output, at=days_ago), LONGEST_S)
        self.place.server.ask("PUT", "faults", rules)

    def _start(self, command: str) -> Started:
        self.done.starts += 1
        return self.launcher.start(self.place.arguments(command), self.place.output)

    def _stop_at_random(self, process: Started, moment: int) -> int | None:
        """Stop the process so many bytes of the effects log on; return its exit code if it had finished before."""
        target = self.place.server.size() + moment
        patience = time.monotonic() + (self.dice.uniform(0, 3) if moment == 0 else LONGEST_S)
        while (
            process.poll() is None and time.monotonic() < patience and (not moment or self.place.server.size() < target)
        ):
            time.sleep(0.001)
        time.sleep(self.dice.uniform(0, 0.01))
        if self.dice.random() < self.server_kills:
            self.place.server.kill()
        if (code := process.poll()) is not None:
            return self.done.ended(code, self.place.output)
        self._stop(process)
        return None

    def _moment(self, left: int, effects_expected: int) -> int:
        """Return how many bytes the effects log may still grow; 0 for a moment in the importer's start."""
        if self.dice.random() < 0.1:
            return 0
        bytes_an_effect = 400
        remaining = max(effects_expected * bytes_an_effect - self.place.server.size(), bytes_an_effect)
        return max(1, int(self.dice.uniform(0, 1.5) * remaining / (left + 1)))

    def _stop(self, process: Started) -> None:
        if self.dice.random() >= self.gentle:
            process.signal(signal.SIGKILL)
            self.done.kills += 1
            wait(process, LONGEST_S)
            return
        number = self.dice.choice((signal.SIGTERM, signal.SIGINT))
        begun = time.monotonic()
        process.signal(number)
        self.done.stops += 1
        self._wait_for_calls(process)
        took_s = time.monotonic() - begun
        self.done.ended(wait(process, LONGEST_S), self.place.output)
        self.done.slowest_stop_s = max(self.done.slowest_stop_s, took_s)
        late = took_s > self.place.timeout_s + GRACE_S or time.monotonic() - begun > REPORTING_S
        self.done.overdue += late or self.place.sending() > 0

    def _wait_for_calls(self, process: Started) -> None:
        """Wait until no call is in flight any more, as far as the ledger tells."""
        ends = time.monotonic() + LONGEST_S
        while process.poll() is None and self.place.sending() and time.monotonic() < ends:
            time.sleep(0.01)
