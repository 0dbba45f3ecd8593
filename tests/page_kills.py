"""
``python tests/page_kills.py 50``: the page, its checks and its sender are killed again and again while imports go through.

The page runs as ``importer serve`` and is used over HTTP. Each kill (SIGKILL) strikes one of its processes while an import
stands in a given state; then the page is started again, if it was the page, and the same address has to tell where the
import stands. At the end each appointment was made once at the sandbox, and its uuid stands in the ledger.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from desk import Desk
from page_imports import SOON

from importer.ledger import open_ledger
from importer.ledger.page.import_values import ImportState
from importer.ledger.page.page_store import PageStore
from importer.sandbox import Sandbox

LONGEST_S = 180.0
OURS = {"origin": "null", "sec-fetch-site": "same-origin"}
# Which process is killed while an import stands where.
KILLS = (
    ("sender", "running"),
    ("server", "checking"),
    ("server", "uploaded"),
    ("check", "checking"),
    ("server", "review"),
    ("server", "queued"),
    ("server", "running"),
    ("sender", "running"),
    ("server", "finished"),
)
MODULES = {"check": "importer.web.check_process", "sender": "importer.web.sender_process"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """``importer serve`` in a process of its own, and one who is logged in."""

    folder: Path
    base_url: str
    port: int = field(default_factory=free_port)
    web: requests.Session = field(default_factory=requests.Session)
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the page and wait for its first line; the first time its link is opened."""
        command = [
            sys.executable, "-m", "importer", "serve", "--port", str(self.port), "--base-url", self.base_url,
            "--ledger", str(self.folder / "ledger.db"), "--reports", str(self.folder / "reports"),
            "--config", str(self.folder / "importer.toml"),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Open "), line
        if not self.web.cookies:
            self.web.get(line.split()[1], timeout=30)
        self.ask("/")

    def kill(self) -> None:
        """Kill the page, and nothing that it has started."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, path: str) -> requests.Response:
        """Ask for a page until it answers."""
        deadline = time.monotonic() + LONGEST_S
        while True:
            with suppress(requests.RequestException):
                return self.web.get(self.address + path, allow_redirects=False, timeout=30)
            assert time.monotonic() < deadline, path
            time.sleep(0.1)

    def send(self, path: str, **how: Any) -> requests.Response:
        return self.web.post(self.address + path, headers=OURS, allow_redirects=False, timeout=30, **how)

    def pids(self, what: str) -> list[int]:
        """Return the processes of this page that do such work."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if MODULES[what].encode() in words and (entry / "cwd").resolve() == self.folder.resolve():
                    found.append(int(entry.name))
        return found


@dataclass
class Siege:
    """What was killed, and what came of it."""

    served: Served
    store: PageStore
    desk: Desk
    rows: int
    random: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    imports: list[str] = field(default_factory=list)

    def round(self, number: int, victim: str, state: str) -> None:
        """Take an import through the page; kill the victim while the import stands in a state."""
        rows = [
            {"externalEventId": f"{number}-{row}", "phone": f"212555{number:02d}{row:02d}", "firstName": "Ana"}
            | {"eventType": "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01", "subscriberTimeZone": "America/New_York"}
            | SOON
            for row in range(self.rows)
        ]
        content = Path(self.desk.sheet(*rows, name="made.csv")).read_bytes()
        answer = self.served.send("/", files={"file": (f"week {number}.csv", content)})
        import_id = answer.headers["location"].split("/")[2]
        self.imports.append(import_id)
        for wanted in ("uploaded", "checking", "review"):
            self.strike(import_id, victim, state, wanted)
        self.wait(import_id, "review")
        shown = self.served.ask(f"/imports/{import_id}/confirm").text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown))
        answer = self.served.send(f"/imports/{import_id}/confirm", data=fields)
        assert answer.headers["location"] == f"/imports/{import_id}/progress", answer.text
        for wanted in ("queued", "running"):
            self.strike(import_id, victim, state, wanted)
        self.wait(import_id, "finished")
        self.strike(import_id, victim, state, "finished")
        self.tells_the_truth(import_id)

    def state(self, import_id: str) -> str:
        found = self.store.imports.find(import_id)
        assert found is not None
        return found.state.value

    def wait(self, import_id: str, state: str) -> None:
        deadline = time.monotonic() + LONGEST_S
        while (now := self.state(import_id)) != state:
            assert time.monotonic() < deadline, (import_id, now, state)
            time.sleep(0.05)

    def strike(self, import_id: str, victim: str, state: str, now: str) -> None:
        """Kill the victim if this is the state for it, as soon as the import stands there, or just behind."""
        if now != state:
            return
        deadline = time.monotonic() + LONGEST_S
        order = [each.value for each in ImportState]
        while order.index(self.state(import_id)) < order.index(state):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        if victim != "server":
            while not (found := self.served.pids(victim)) and self.state(import_id) == state:
                time.sleep(0.01)
        time.sleep(self.random.uniform(0, 0.4))
        was = self.state(import_id)
        if victim == "server":
            self.served.kill()
            self.served.start()
        else:
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.kills[f"{victim} while {was}"] += 1
        self.tells_the_truth(import_id)

    def tells_the_truth(self, import_id: str) -> None:
        """Look that the import's address leads to a page that is there and tells what the ledger says."""
        led = self.served.ask(f"/imports/{import_id}").headers["location"]
        shown = self.served.ask(led)
        assert shown.status_code in {200, 303}, (led, shown.status_code)
        if led.endswith("/report"):
            assert f"All {self.rows} rows done." in shown.text.replace("\N{NO-BREAK SPACE}", " ")


def besiege(folder: Path, kills: int, *, rows: int = 30, seed: int = 1, said: Any = print) -> Counter[str]:
    """Let imports go through a page whose processes are killed; return what was killed when."""
    (folder / "importer.toml").write_text("", encoding="utf-8")
    os.environ["IMPORTER_TOKEN"] = "sandbox"
    with Sandbox(token="sandbox") as sandbox:
        sandbox.switch(latency_s=0.15)
        served = Served(folder, sandbox.base_url)
        served.start()
        store = PageStore(str(folder / "ledger.db"), lock_timeout_s=10)
        siege = Siege(served, store, Desk(folder, sandbox), rows, random.Random(seed))
        try:
            for number in range(kills):
                victim, state = KILLS[number % len(KILLS)]
                siege.round(number, victim, state)
                said(f"{number + 1} of {kills}: {victim} while {state}")
        finally:
            served.kill()
            store.close()
        made = Counter(done.external_event_id for done in sandbox.effects())
        uuids = {str(done.uuid) for done in sandbox.effects()}
        with open_ledger(str(folder / "ledger.db"), lock_timeout_s=30, read_only=True) as ledger:
            known = {reminder.uuid for reminder in ledger.all_reminders()}
            faults = ledger.verify().faults
    twice = [name for name, count in made.items() if count > 1]
    said(json.dumps({"appointments": len(made), "twice": len(twice), "lost uuids": len(uuids - known)}))
    assert not twice
    assert uuids == known
    assert len(made) == kills * rows
    assert faults == ()
    return siege.kills


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="importer-page-") as place:
        for what, times in sorted(besiege(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 50).items()):
            print(f"{times:3} {what}")
