"""What is kept of an upload: where, under which name, for whom; and a check that never ends."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from page_imports import words
from page_visitors import visited

from importer.ingest.loaded_process import LoadedProcess
from importer.ledger.page.import_values import Import, ImportState
from importer.web.background_checks import GRACE_S, MODULE_AND_ENVIRONMENT, TOO_LONG, TRIES, Checks
from importer.web.uploads import uploads_of

if TYPE_CHECKING:
    from pathlib import Path

    from page_queue import Queue

NAMES = (
    "../../../etc/cron.d/week.csv",
    "CON",
    "a\0b.csv",
    "\u202exslx.exe",
    "<b>week</b>.csv",
    "w" * 400,
    "week\r\n.csv",
    " ",
)
OWN = {"origin": "null", "sec-fetch-site": "same-origin"}


def test_names_of_files_are_data(tmp_path: Path) -> None:
    """Whatever a file is called, its copy has a random name, is its owner's alone, lies below the reports, and is not served."""
    content = b"phone\n2125550101\n"
    with visited(tmp_path) as page:
        browser = page.add("dana")
        for name in NAMES:
            assert browser.post("/", files={"file": (name, content)}, headers=OWN).status_code == 303
        listed = browser.get("/")
        imports = page.site.store.imports.newest(None, limit=50)
        root = page.site.work.uploads.root
        copies = [path for path in root.iterdir() if path.name != "sender.lock"]

        assert {path.name for path in copies} == {one.copy for one in imports}
        assert len(copies) == len(NAMES)
        assert root.is_relative_to(tmp_path / "reports")
        for path in copies:
            assert re.fullmatch(r"[0-9a-f]{32}", path.name)
            assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, content)
            assert browser.get(f"/static/{path.name}").status_code == 404
        assert all(0 < len(one.name) <= 255 for one in imports)
        assert "<b>week</b>.csv" in words(listed)
        assert "&lt;b&gt;week" in listed.text
    assert {path.name for path in tmp_path.iterdir()} <= {
        "reports",
        *(f"ledger.db{end}" for end in ("", "-wal", "-shm", ".lock")),
    }


class Loaded(LoadedProcess):
    """Begins a command in place of each check."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(*MODULE_AND_ENVIRONMENT)
        self._command = command
        self.begun: list[subprocess.Popen[bytes]] = []

    def load(self) -> None:
        pass

    def begin(self) -> subprocess.Popen[bytes]:
        self.begun.append(subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return self.begun[-1]


@pytest.mark.parametrize("stands", [True, False], ids=["forever", "at-once"])
def test_the_clock_ends_a_check(queue: Queue, stands: bool) -> None:
    """A check that is not over in time is killed, however it hangs, and what to do is told; one that dies is tried again, and told."""
    uploads = uploads_of(queue.jobs.settings())
    queue.store.imports.add(Import("a1", 1, "dana", 1.0, copy="0" * 32, name="week.csv"))
    loaded = Loaded(["sleep", "600" if stands else "0"])
    checks = Checks(queue.jobs, queue.store.imports, uploads, loaded, longest_s=(0.3 if stands else 30) - GRACE_S)
    checks.start()
    began = time.monotonic()
    while queue.one().state is not ImportState.UNREADABLE:
        assert time.monotonic() < began + 30
        time.sleep(0.02)
    checks.close()

    ends = [process.poll() for process in loaded.begun]
    # One that has closed its streams and not yet gone is killed as well.
    assert ends == [-9] if stands else (len(ends) == TRIES and set(ends) <= {0, -9})
    problem = queue.one().problem
    assert problem == (TOO_LONG[0] if stands else "The check ended unexpectedly. Nothing was sent.")
