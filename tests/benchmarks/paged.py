"""The coordinators' page with a large sheet: what a review costs, what the server holds, and who waits meanwhile."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from goals import Found, Goal
from measuring import LOOK_EVERY_S
from sheets import write_csv, write_xlsx

from importer.ledger import open_ledger
from importer.ledger.page.page_store import PageStore
from importer.ledger.page.user_records import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scale import Scale

OURS = {"origin": "null", "sec-fetch-site": "same-origin"}
PASSWORD = "a password of nobody"
BAD = 0.1
TIMES = 7
LONGEST_S = 600.0
MB = 1024 * 1024


@dataclass
class Watched:
    """The most that a process and each kind of its children held, looked at every 20 ms. Bytes."""

    pid: int
    most: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    limits: dict[str, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._look(self.pid, "the page")

    def _look(self, pid: int, name: str) -> None:
        with suppress(OSError, IndexError):
            self.most[name] = max(self.most[name], resident(pid))
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                self._look_at_child(int(child))
            for task in Path(f"/proc/{pid}/task").iterdir():
                for child in (task / "children").read_text().split():
                    self._look_at_child(int(child))

    def _look_at_child(self, pid: int) -> None:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        found = re.search(r"importer\.([a-z_.]+)", words)
        if found is None:
            return
        name = found[1].rpartition(".")[2]
        limit = re.search(r"Max address space +(\d+)", Path(f"/proc/{pid}/limits").read_text())
        if limit is not None:
            self.limits[name] = int(limit[1])
        self._look(pid, name)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, str]]:
    """Give the process and the address of a page with two users, of which nothing is sent."""
    from argon2 import PasswordHasher

    ledger = folder / "ledger.db"
    with open_ledger(str(ledger)):
        pass
    store = PageStore(str(ledger))
    for name in ("dana", "bo"):
        store.users.add(name, PasswordHasher().hash(PASSWORD), Role.COORDINATOR, at=time.time())
    store.close()
    config = folder / "importer.toml"
    config.write_text("", encoding="utf-8")
    command = [
        sys.executable, "-m", "importer", "serve", "--port", "0", "--base-url", "http://127.0.0.1:9", "--config", str(config),
        "--ledger", str(ledger), "--reports", str(folder / "reports"),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield process.pid, line.split()[1].rstrip("/")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def logged_in(address: str, name: str) -> requests.Session:
    session = requests.Session()
    form = {"name": name, "password": PASSWORD}
    assert session.post(f"{address}/login", data=form, headers=OURS, timeout=30, allow_redirects=False).is_redirect
    return session


@dataclass
class Seen:
    """What one sheet cost: seconds until its review stands, those of each page, and of the other user's pages meanwhile."""

    checked_s: float
    pages: dict[str, tuple[float, int]]
    others_s: list[float]
    idle: int
    watched: Watched


def measured(folder: Path, sheet: Path) -> Seen:
    """Upload a sheet and open its pages, while somebody else uses the page, too."""
    folder.mkdir()
    with served(folder) as (pid, address):
        dana, bo = logged_in(address, "dana"), logged_in(address, "bo")
        for session in (dana, bo):
            session.get(address, timeout=30)
        time.sleep(1)
        watched, idle, others = Watched(pid), resident(pid), []
        with watched.watching(), sheet.open("rb") as stream:
            began = time.monotonic()
            answer = dana.post(
                address, files={"file": (sheet.name, stream)}, headers=OURS, timeout=60, allow_redirects=False
            )
            place = address + answer.headers["location"].rpartition("/")[0]
            while not (now := where(dana, place)).endswith("/review"):
                if now.rpartition("/")[2] not in {"checking", "import"} or time.monotonic() > began + LONGEST_S:
                    raise SystemExit(f"The sheet came to {now}.")
                others.append(seconds_of(bo, address)[0])
                time.sleep(0.1)
            checked = time.monotonic() - began
            pages = {
                name: opened(dana, place + path)
                for name, path in {
                    "review": "/review",
                    "rows to fix": "/review?show=fix",
                    "confirm": "/confirm",
                }.items()
            }
        return Seen(checked, pages, others, idle, watched)


def where(session: requests.Session, place: str) -> str:
    """Return where an import leads to now."""
    return str(session.get(place, timeout=60, allow_redirects=False).headers["location"])


def seconds_of(session: requests.Session, url: str) -> tuple[float, int]:
    """Return how long a page took, and how many bytes it has."""
    began = time.monotonic()
    answer = session.get(url, timeout=60)
    answer.raise_for_status()
    return time.monotonic() - began, len(answer.content)


def opened(session: requests.Session, url: str) -> tuple[float, int]:
    """Return seconds and bytes of a page, in the middle of a few times."""
    found = [seconds_of(session, url) for _ in range(TIMES)]
    return statistics.median(seconds for seconds, _ in found), found[0][1]


def page(folder: Path, scale: Scale) -> Found:
    """Measure the page with a sheet of a tenth of the rows, as CSV and as a workbook."""
    rows = scale.tenth_rows
    sheets = {"CSV": write_csv(folder / "week.csv", rows, BAD), "XLSX": write_xlsx(folder / "week.xlsx", rows)}
    lines = [["", *sheets]]
    found = {kind: measured(folder / kind, sheet) for kind, sheet in sheets.items()}
    goals = []
    cells: dict[str, list[str]] = defaultdict(list)
    for seen in found.values():
        cells["until the review stands, s"].append(f"{seen.checked_s:.1f}")
        for name, (seconds, size) in seen.pages.items():
            cells[f"{name}: s, kB"].append(f"{seconds:.2f}, {size / 1000:.0f}")
        others = seen.others_s
        cells["another user's page meanwhile, s: middle, longest"].append(
            f"{statistics.median(others):.2f}, {max(others):.2f}"
        )
        cells["the page's memory, MB: idle, most"].append(
            f"{seen.idle / MB:.0f}, {seen.watched.most['the page'] / MB:.0f}"
        )
        for name, most in seen.watched.most.items():
            if name != "the page":
                cells[f"{name}, MB: most, limit"].append(
                    f"{most / MB:.0f}, {seen.watched.limits.get(name, 0) / MB:.0f}"
                )
    lines += [[name, *each, *["-"] * (len(sheets) - len(each))] for name, each in cells.items()]
    for kind, seen in found.items():
        seconds, size = seen.pages["review"]
        over = (seen.watched.most["the page"] - seen.idle) / MB
        shares = [
            most / seen.watched.limits[name] for name, most in seen.watched.most.items() if name in seen.watched.limits
        ]
        goals += [
            Goal(f"page, {kind}: review, s", seconds, most=1.0),
            Goal(f"page, {kind}: review, kB of HTML", size / 1000, most=200, form="{:.0f}"),
            Goal(f"page, {kind}: server over idle, MB", over, most=300, form="{:.0f}"),
            Goal(f"page, {kind}: children, share of their limit of memory", max(shares, default=None), most=1.0),
            Goal(f"page, {kind}: another user's page meanwhile, longest, s", max(seen.others_s), most=1.0),
        ]
    how = (
        f"`importer serve` with a sheet of {rows:,} rows of 14 columns, the CSV with 10 % bad ones, uploaded over HTTP; a second "
        "user opens the first page again and again until its review stands."
    )
    return Found(lines, goals, how)
