"""
Nights over a drop with a clock in hand: what may come, and what must hold after each.

``python tests/drop_nights.py [NIGHTS] [--window]`` plays a long form and prints what it counted; with ``--window`` the
profile has a sending window, and a second pass of each day comes in the afternoon.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk import ROW, Desk
from drop_yard import Yard
from told import Told, told

from importer.errors import Exit
from importer.ingest.check_process import CheckProcess
from importer.ingest.notices import audience_of
from importer.ingest.passes import ingest
from importer.model.drops import Expected, Notify
from importer.model.profile import Profile
from importer.model.sending_window import SendingWindow
from importer.model.times import zone
from importer.sandbox import Rule, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ingest.pass_results import PassResult

# Two nights after this one the clocks of New York change; those of Berlin two weeks later.
FIRST = datetime(2027, 3, 12, 7, 15, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Berlin")
EVENTS = (
    "new", "changed", "vanished", "late", "missing", "doubled", "again", "renamed", "unreadable", "torn", "hour", "outage",
    "quiet", "quiet", "quiet",
)  # fmt: skip


@dataclass
class Nights:
    """A clinic of two zones whose export lands in a drop every night, whole; the sandbox tells what was really sent."""

    yard: Yard
    dice: random.Random
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    loud: list[str] = field(default_factory=list)
    number: int = 0
    last: bytes = b""
    shut: list[str] = field(default_factory=list)
    early: int = 0
    unnamed: list[str] = field(default_factory=list)
    told: Told | None = None
    standing: set[str] = field(default_factory=set)
    odd_notices: list[str] = field(default_factory=list)

    def play(self, event: str, night: int) -> None:
        """Let one night pass: the export changes, lands, and a pass goes over the drop, then a second one."""
        self.seen[event] += 1
        self.yard.desk.now = (FIRST + timedelta(days=night)).timestamp()
        self._forget_the_past()
        self._change(event)
        self._land(event, night)
        if event == "outage":
            self.yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=self.dice.randrange(3)))
        first = self._ingest()
        self.yard.desk.sandbox.set_faults()
        self.codes[int(first.exit_code)] += 1
        if event in {"new", "changed", "vanished", "quiet", "doubled", "renamed"} and first.news:
            self.loud.append(f"night {night} ({event}): {first.news[0]}")
        if event == "outage":
            self._ingest()
        if event == "hour":
            self._land("corrected", night)
            self._ingest()
        if self.yard.desk.profile.window:
            # At two in the afternoon the window is open in both zones.
            self.yard.desk.now = (FIRST + timedelta(days=night)).replace(hour=14).timestamp()
            if event == "outage":
                self.yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=self.dice.randrange(3)))
                self.codes[int(self._ingest().exit_code)] += 1
                self.yard.desk.sandbox.set_faults()
            self._ingest()

    def _ingest(self) -> PassResult:
        """Go over the drop, and note what was sent at an hour at which it should not have been."""
        before = len(self.yard.desk.sandbox.effects())
        result = self.yard.ingest() if self.told is None else self._told_ingest(self.told)
        window, now = self.yard.desk.profile.window, self.yard.desk.now
        known = {each["uuid"]: each["values"] for each in self.yard.desk.sandbox.reminders()}
        for effect in self.yard.desk.sandbox.effects()[before:]:
            values = known[effect.uuid]
            if effect.action == "create" and effect.external_event_id not in self.rows:
                self.unnamed.append(str(effect.external_event_id))
            clock = datetime.fromtimestamp(now, zone(values["subscriberTimeZone"]))
            if window and effect.action != "update" and not window.opens <= clock.time() < window.closes:
                if _comes_first(effect.action, values, clock, window):
                    self.early += 1
                else:
                    self.shut.append(f"{effect.action} at {clock}")
        return result

    def _told_ingest(self, told: Told) -> PassResult:
        """Go over the drop, and note what was told that should not have been, or was not told; by what the pass itself came to."""
        notices, beats = len(told.notices), len(told.beats)
        notify = Notify((told.url(),), heartbeat=told.heartbeat, private=True)
        result = ingest(self.yard.desk.job(), [self.yard.drop], checks=self.yard.checks, audience=audience_of(notify))
        (drop,) = result.drops
        now = {"missing" for code in drop.codes if code == Exit.FILE_MISSING}
        now |= {f"{file.state} {file.name}" for file in drop.files if file.exit_code == Exit.FILE_REFUSED}
        now |= {f"held {file.run}" for file in drop.files if file.exit_code == Exit.HELD}
        now |= {str(code) for code in (5, 7) if code in {file.exit_code for file in drop.files}}
        if not any(file.state == "done" for file in drop.files):
            now |= {each for each in self.standing if each.startswith("refused")}
        began, ended = now - self.standing, self.standing - now
        self.standing = now
        found = [title for _, title, _ in told.notices[notices:]]
        if len(found) != bool(began or (ended and not now)) or (found and ("well again" in found[0]) == bool(began)):
            self.odd_notices.append(f"{sorted(began)} began, {sorted(ended)} ended, {sorted(now)} stand: {found}")
        if len(told.beats) - beats != (result.exit_code in {0, 3, 4, 6, 8}):
            self.odd_notices.append(f"exit {int(result.exit_code)}: {len(told.beats) - beats} heartbeats")
        self.odd_notices += [
            text for _, _, text in told.notices[notices:] if "212555" in text or "export" in text or "Name" in text
        ]
        return result

    def _forget_the_past(self) -> None:
        """Take visits out of the export that lie behind, as sites do."""
        today = datetime.fromtimestamp(self.yard.desk.now, UTC) + timedelta(days=1)
        self.rows = {
            key: row for key, row in self.rows.items() if row["eventDateTime"] >= today.strftime("%Y-%m-%d %H:%M")
        }

    def _change(self, event: str) -> None:
        wanted = {"new": 4, "changed": 2}.get(event, 1 if event != "quiet" else 0)
        while len(self.rows) < 24 or wanted > 0:
            wanted -= 1
            self._add()
        if event == "changed":
            for key in self.dice.sample(sorted(self.rows), 2):
                self.rows[key] = {**self.rows[key], "firstName": f"Name{self.number}"}
        if event == "vanished":
            del self.rows[self.dice.choice(sorted(self.rows))]

    def _add(self) -> None:
        self.number += 1
        start = datetime.fromtimestamp(self.yard.desk.now, UTC) + timedelta(days=self.dice.randrange(3, 40))
        key = str(5000 + self.number)
        self.rows[key] = ROW | {
            "externalEventId": key,
            "phone": f"212555{1000 + self.number:04d}",
            "eventDateTime": f"{start:%Y-%m-%d} {self.dice.randrange(9, 17):02d}:00",
            "subscriberTimeZone": ZONES[self.number % 2],
        }

    def _land(self, event: str, night: int) -> None:
        name = f"export_{FIRST + timedelta(days=night):%Y%m%d}.csv"
        if event == "missing":
            return
        if event == "corrected":
            (self.yard.path / name).unlink()
        if event == "unreadable":
            self.yard.put(name, text="nothing,that,is,known\n1,2,3,4\n")
            return
        rows = list(self.rows.values())
        if event == "torn":
            # Half-uploaded: the sender's program has not renamed it yet.
            self.yard.put(name + ".part", *rows[: len(rows) // 2])
            return
        if event == "hour":
            rows = [row | {"eventDateTime": _an_hour_later(row["eventDateTime"])} for row in rows]
        place = self.yard.put(name, *rows)
        if event == "doubled":
            (self.yard.path / f"copy of {name}").write_bytes(place.read_bytes())
        if event == "again" and self.last:
            (self.yard.path / "old.csv").write_bytes(self.last)
        if event == "renamed":
            place.rename(self.yard.path / f"renamed_{name}")
        elif event not in {"hour", "again"}:
            self.last = place.read_bytes()

    def really(self) -> dict[str, dict[str, Any]]:
        """Return the reminders that the API holds, cancelled ones left out, by appointment."""
        return {
            each["values"]["externalEventId"]: each["values"]
            for each in self.yard.desk.sandbox.reminders()
            if not each["cancelled"]
        }

    def doubles(self) -> list[str]:
        """Return appointments that were created more than once."""
        counts = Counter(self.yard.creates())
        return [key for key, count in counts.items() if count > 1]


def _comes_first(action: str, values: Mapping[str, Any], clock: datetime, window: SendingWindow) -> bool:
    """Whether a reminder, or for a cancel the visit, comes before the window opens: such a request may not wait for it."""
    opens = datetime.combine(clock.date() + timedelta(days=clock.time() >= window.opens), window.opens, clock.tzinfo)
    visit = datetime.fromisoformat(values["eventDateTime"]).replace(tzinfo=clock.tzinfo)
    reminder = visit - timedelta(hours=int(values["remindTimeOffset"].removeprefix("PT").removesuffix("H")))
    return any(clock <= moment < opens for moment in ((reminder, visit) if action == "cancel" else (reminder,)))


def _an_hour_later(text: str) -> str:
    return f"{datetime.fromisoformat(text) + timedelta(hours=1):%Y-%m-%d %H:%M}"


def played(
    yard: Yard, nights: int, seed: int = 1, *, window: SendingWindow | None = None, told: Told | None = None
) -> Nights:
    """
    Play so many nights, each kind of event at least once if there is room, in an order that the seed decides.

    With a sending ``window`` a second pass of each day comes in the afternoon. ``told``: who is told of passes.
    """
    yard.how |= {"expected": Expected(frozenset(range(7)), time(6), "UTC"), "pattern": "*.csv"}
    yard.desk.profile = Profile(
        name="clinic", declared=True, snapshot="today..+60d", cancel_missing=True, guard_share_percent=50, window=window
    )
    clinic = Nights(yard, random.Random(seed), told=told)
    events = [*EVENTS[: nights - 1]]
    events += [clinic.dice.choice(EVENTS) for _ in range(nights - 1 - len(events))]
    clinic.dice.shuffle(events)
    for night, event in enumerate(["new", *events]):
        clinic.play(event, night)
    clinic.play("new", nights)
    return clinic


def main() -> int:
    """Play the long form; exit code 0 if all held."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    window = SendingWindow(time(8), time(21)) if "--window" in sys.argv else None
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox, CheckProcess() as checks, told() as desk:
        (Path(folder) / "drop").mkdir()
        clinic = played(Yard(Desk(Path(folder), sandbox), checks), nights, window=window, told=desk)
        print("events", dict(clinic.seen))
        print("exit codes", dict(clinic.codes))
        print("created twice", clinic.doubles())
        print("news on clean nights", clinic.loud)
        print(
            "outside the window",
            clinic.shut,
            "because they come first",
            clinic.early,
            "for visits that no export names",
            clinic.unnamed,
        )
        print("notices", len(desk.notices), "heartbeats", len(desk.beats), "odd", clinic.odd_notices)
        print("requests", len(sandbox.requests()), "creates", len(clinic.yard.creates()))
        held = (
            not (clinic.doubles() or clinic.loud or clinic.shut or clinic.unnamed or clinic.odd_notices)
            and clinic.rows.keys() <= clinic.really().keys()
        )
        print("held" if held else "BROKEN")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
