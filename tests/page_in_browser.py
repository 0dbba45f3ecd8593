"""
The page as coordinators have it: ``importer serve`` and ``importer sandbox`` as processes of their own, and a real browser.

Needs a Chromium (``IMPORTER_CHROMIUM``, or on the path); playwright and axe-core come with the test extra. With
``IMPORTER_REQUIRE_BROWSER`` set, a missing one is a failure instead of a skip.
"""

from __future__ import annotations

import csv
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from forked_importer import Forked
from page_visitors import CHEAP, PASSWORD

from importer.ledger import open_ledger
from importer.ledger.page.page_store import PageStore
from importer.ledger.page.user_records import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CHROMIUM = os.environ.get("IMPORTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# As root, in containers, Chromium has no sandbox to run in; and it asks its makers for nothing.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AXE = resources.files("axe_playwright_python") / "axe.min.js"
SOON_MS = 15_000
WORK_MS = 90_000
STARTS_S = 90


# What a browser and htmx say of a server that is away; for ``Watch.expected``.
AWAY = [
    r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)",
    r"htmx:(sendError|afterRequest)",
]


def refused(status: int) -> list[str]:
    """Return what a browser and htmx say of a refusal by its HTTP status; for ``Watch.expected``."""
    return [f"status of {status}", f"Status Error Code {status}"]


def missing(what: str) -> None:
    if os.environ.get("IMPORTER_REQUIRE_BROWSER"):
        pytest.fail(f"{what} is missing, and IMPORTER_REQUIRE_BROWSER is set")
    pytest.skip(f"needs {what}")


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser without windows."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


class Process:
    """A command of the importer that serves; its lines are read as they come."""

    def __init__(self, *words: str, environ: dict[str, str], folder: Path) -> None:
        self._words, self._environ, self._folder = words, environ, folder
        self.lines: list[str] = []
        self.process = self._started()

    def _started(self) -> Forked:
        self._come: queue.Queue[str] = queue.Queue()
        process = Forked(self._words, folder=self._folder, environ=os.environ | self._environ)
        threading.Thread(target=self._read, args=(process, self._come), daemon=True).start()
        return process

    def _read(self, process: Forked, come: queue.Queue[str]) -> None:
        with process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip("\n"))
                come.put(line.rstrip("\n"))

    def next_line(self) -> str:
        """Wait for the next line that nobody has taken yet."""
        try:
            return self._come.get(timeout=STARTS_S)
        except queue.Empty:
            pytest.fail(f"no line of {self._words[0]} came: {self.lines}", pytrace=False)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def again(self) -> str:
        """Start it once more, as before, and return its first line."""
        self.process = self._started()
        return self.next_line()


@dataclass
class Office:
    """
    A page with its sandbox, ledger and reports in a folder of their own.

    ``url``: the page's address. ``sandbox_url``: where its changes go.
    """

    folder: Path
    options: tuple[str, ...] = ()
    latency_s: float = 0.0
    environ: dict[str, str] = field(init=False)
    processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environ = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder), "IMPORTER_TOKEN": "sandbox"}
        self.sandbox = self._process("sandbox", "--port", "0", "--latency", str(self.latency_s))
        found = re.search(r"http://[0-9.:]+", self.sandbox.next_line())
        assert found is not None
        self.sandbox_url = found[0]
        self.ledger = self.folder / "ledger.db"

    def _process(self, *words: str) -> Process:
        made = Process(*words, environ=self.environ, folder=self.folder)
        self.processes.append(made)
        return made

    @property
    def settings(self) -> tuple[str, ...]:
        """The options by which a command has the same ledger, sandbox and reports."""
        return ("--ledger", str(self.ledger), "--base-url", self.sandbox_url, "--reports", str(self.folder / "reports"))

    def importer(self, *words: str, stdin: str = "") -> str:
        """Run a command beside the page and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "importer", *words, *self.settings],
            cwd=self.folder,
            env=os.environ | self.environ,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def add(self, name: str, role: str = "coordinator") -> None:
        """Let somebody log in, as ``importer users add`` does, by a password that is cheaper to compare."""
        with open_ledger(str(self.ledger)):
            pass
        store = PageStore(str(self.ledger))
        store.users.add(name, CHEAP, Role(role), at=time.time())
        store.close()

    def open(self, port: int = 0) -> str:
        """Start the page; return the link that its first line names."""
        self.page = self._process("serve", "--port", str(port), *self.settings, *self.options)
        return self._opened(self.page.next_line())

    def reopen(self) -> str:
        """Start the page again, at the same port, after it was killed or stopped."""
        port = urlsplit(self.url).port
        assert port is not None
        return self.open(port)

    def _opened(self, line: str) -> str:
        assert line.startswith("Open http"), self.page.lines
        link = line.removeprefix("Open ")
        parts = urlsplit(link)
        self.url = f"{parts.scheme}://{parts.netloc}"
        return link

    def close(self) -> None:
        """End whatever still runs."""
        for each in self.processes:
            if each.process.poll() is None:
                each.stop()


@contextmanager
def office(folder: Path, **how: Any) -> Iterator[Office]:
    """Give an office that is not opened yet."""
    made = Office(folder, **how)
    try:
        yield made
    finally:
        made.close()


@dataclass
class Watch:
    """
    Notes what no page may do: errors in the console, errors of scripts, questions, requests off the loopback.

    What the policy forbids is an error in the console. ``expected``: patterns of messages that a test brings about itself,
    such as those of a server that is away.
    """

    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, context: Any) -> None:
        """Watch all pages of a browser's context."""
        context.set_default_timeout(SOON_MS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"script: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console: {message.text} {message.location.get('url', '')}")

    def _dialog(self, dialog: Any) -> None:
        self._note(f"dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {"127.0.0.1", "localhost"}:
            self._note(f"request: {request.url}")

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self.expected):
            self.faults.append(fault)


def log_in(page: Any, url: str, name: str) -> None:
    """Log in as a person does."""
    page.goto(f"{url}/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")


def keeps_out(page: Any) -> list[str]:
    """Return what keeps people out of a page, by axe-core, in a context that lets it be added."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {', '.join(str(node['target']) for node in each['nodes'])}"
        for each in found["violations"]
    ]


def overflows(page: Any) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def drop(page: Any, files: list[Path]) -> None:
    """Drop files from outside the browser into the middle of the window, as the system does."""
    client = page.context.new_cdp_session(page)
    size = page.viewport_size
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        client.send(
            "Input.dispatchDragEvent",
            {"type": kind, "x": size["width"] / 2, "y": size["height"] / 2, "data": data},
        )
    client.detach()


def until(true: Any, seconds: float = 15.0) -> None:
    """Wait until something outside the browser is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


LOOKS: dict[str, tuple[int, str]] = {"wide": (1280, "light"), "dark": (1280, "dark"), "narrow": (320, "light")}


def stands_every_look(page: Any, name: str = "", looks: Iterable[str] = LOOKS) -> list[str]:
    """
    Return what keeps people out of a page, and where it is wider than its window: wide, dark, and 320 pixels narrow.

    With ``IMPORTER_PICTURES`` naming a folder, a picture of each is left there under ``name``.
    """
    before, found = page.viewport_size, []
    for look in looks:
        width, scheme = LOOKS[look]
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{name} {look}: {fault}" for fault in keeps_out(page)]
        if (too_wide := overflows(page)) > 0:
            found.append(f"{name} {look}: {too_wide} pixels too wide")
        if name and (folder := os.environ.get("IMPORTER_PICTURES")):
            page.screenshot(path=f"{folder}/{name}_{look}.png", full_page=True)
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="light")
    return found


def ask_sandbox(office: Office, path: str, method: str = "GET", body: Any = None) -> Any:
    """Ask the sandbox about itself."""
    request = urllib.request.Request(
        f"{office.sandbox_url}/_sandbox/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer sandbox", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def effects(office: Office) -> list[dict[str, Any]]:
    """Return what the sandbox really did."""
    found: list[dict[str, Any]] = ask_sandbox(office, "effects")
    return found


def set_behaviour(office: Office, **switches: Any) -> None:
    """Let the sandbox behave otherwise from now on, such as ``latency_s``."""
    ask_sandbox(office, "behaviour", "PUT", switches)


@dataclass
class Coordinator:
    """Somebody at a browser, who sees and types what people see and type."""

    page: Any
    office: Office

    def upload(self, path: Path) -> None:
        """Drop a sheet into the window and upload it; wait for its review."""
        self.page.goto(f"{self.office.url}/")
        drop(self.page, [path])
        self.page.get_by_role("button", name="Upload", exact=True).click()
        self.page.wait_for_url("**/review*", timeout=WORK_MS)

    def go_on(self) -> None:
        """Press Continue; wait for the page on which it is sent."""
        self.page.get_by_role("button", name="Continue").click()
        self.page.wait_for_url("**/confirm*", timeout=WORK_MS)

    def send(self) -> None:
        """Press Send; wait until it has begun."""
        self.page.get_by_role("button", name="Send", exact=True).click()
        self.page.wait_for_url(re.compile(r"/(progress|report)"), timeout=WORK_MS)

    def wait_for_report(self) -> None:
        self.page.wait_for_url("**/report", timeout=WORK_MS)

    def heading(self) -> str:
        return str(self.page.get_by_role("heading", level=1).text_content()).replace("\N{NO-BREAK SPACE}", " ")


def sheet(folder: Path, *rows: dict[str, str], name: str = "week.csv") -> Path:
    """Write rows as a CSV of all their columns."""
    path = folder / name
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
