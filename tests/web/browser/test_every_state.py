"""Every page in every state of an import can be used by everybody, wide, dark and narrow; a new one fails until it is looked at here."""

from __future__ import annotations

import csv
import itertools
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from long_form import longer
from page_imports import DAY, week
from page_in_browser import LOOKS, log_in, refused, stands_every_look
from page_queue import queued
from page_visitors import listened, visited

from importer.ledger import drafts_of
from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.page.user_records import Role
from importer.sandbox import Rule, Sandbox
from importer.web.app import TABLE
from importer.web.check_process import Teller, carry_out
from importer.web.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from page_in_browser import Watch
    from page_queue import Queue
    from page_visitors import Browser, Visitors

OPEN = [{"Cell": "2125550141", "Start": f"4/5/{DAY.year + 1} 13:30", "Patient": "Ana Bell"}]
# Parts of pages, files, and addresses that only lead on; and the one-time link, which shows what a refusal shows.
NO_PAGES = {
    "/static/{name}", "/start/{secret}", "/imports/{id}", "/imports/{id}/checking/part", "/imports/{id}/progress/part",
    "/imports/{id}/report/{name}",
}  # fmt: skip
S = ImportState


@dataclass
class Heard(Teller):
    """What a check tells, kept."""

    told: dict[str, Any] = field(default_factory=dict)

    def say(self, **members: Any) -> None:
        self.told |= members.pop("seen", {}) | members


@dataclass
class Shelf:
    """Imports in every state, on a page that does nothing by itself."""

    queue: Queue
    page: Visitors
    browser: Browser

    def checked(self, import_id: str, rows: list[dict[str, str]]) -> Import:
        """Check a sheet as its process does; keep it as an import in its review, or at its questions."""
        path = self.queue.desk.folder / f"{import_id}.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        heard, jobs = Heard(str(path), "week.csv"), self.queue.jobs
        order = {
            "options": jobs.options, "config": jobs.config, "chosen": {}, "draft": f"20270302-000000-{import_id}", "by": "dana",
            "anew": False, "path": str(path), "name": "week.csv", "answers": (), "zone": "",
        }  # fmt: skip
        carry_out(order, heard)
        draft = heard.told.get("kept")
        asked = heard.told["asked" if draft else "columns"]
        return self.add(
            import_id,
            S.REVIEW if draft else S.COLUMNS,
            draft=draft,
            copy="0" * 32,
            facts={**heard.told, "columns": len(rows[0]), "asked": asked},
        )

    def add(self, import_id: str, state: ImportState, **values: Any) -> Import:
        now = time.time()
        facts = {"rows": 12, "columns": 7, "sheet": "", "sheets": [], "notes": ["Row 3 is hidden, and is read."]}
        told = {"facts": facts, "size": 1234, "name": "week.csv", "changed_at": now} | values
        one = Import(import_id, 1, "dana", now, state=state, **told)
        self.queue.store.imports.add(one)
        return one

    def sent(self, import_id: str, rows: list[dict[str, str]], *faults: Rule) -> Import:
        """Send a sheet, and return what became of it."""
        one = self.checked(import_id, rows)
        with drafts_of(self.queue.jobs.settings().ledger_url, lock_timeout_s=5) as drafts:
            draft = drafts.named(one.draft or "")
        agreed = {"version": draft.version, "fingerprint": draft.fingerprint, "by": "dana", "at": time.time()}
        assert self.queue.store.imports.move(one.id, one.state, one.version, S.QUEUED, at=time.time(), agreed=agreed)
        self.queue.sandbox.set_faults(*faults)
        self.queue.send()
        self.queue.sandbox.set_faults()
        return self.queue.one(import_id)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        monkeypatch.setenv("IMPORTER_TOKEN", sandbox.token)
        queue = stack.enter_context(queued(tmp_path, sandbox, settings="max_attempts = 1\n"))
        page = stack.enter_context(visited(tmp_path, jobs=queue.jobs, clock=time.time))
        yield Shelf(queue, page, page.add("dana", Role.ADMIN))


def visits(area: str, count: int, hour: int = 9) -> list[dict[str, str]]:
    """Return so many appointments of phones of an area."""
    return [
        row
        | {
            "externalEventId": f"{area}-{place}",
            "phone": f"{area}555{place:04d}",
            "eventDateTime": f"{DAY} {hour:02d}:00",
        }
        for place, row in enumerate(week(count))
    ]


def fill(shelf: Shelf) -> dict[str, tuple[str, str]]:
    """Make imports in every state; return their pages by a name: the address as the table has it, and as it is."""
    shelf.sent("a0", visits("212", 12))
    broken = visits("646", 4)
    broken[3]["phone"] = "12"
    faults = [
        Rule("status_after", times=1, actions=("create",), status=500),
        Rule("status_before", times=1, actions=("create",), status=400),
    ]
    wanting = shelf.sent("a1", broken, *faults)
    shelf.add("a2", S.STOPPED, draft=wanting.draft, run=wanting.run, result=wanting.result)
    shelf.checked("b0", visits("212", 12, hour=10))
    fresh = shelf.checked("b1", [*visits("718", 3), visits("718", 4)[3] | {"phone": "12"}])
    shelf.checked("b2", OPEN)
    shelf.add("c0", S.UPLOADED)
    shelf.add("c1", S.CHECKING)
    sheets = {"sheets": ["Week 1", "Week 2"], "rows": 3, "columns": 2}
    shelf.add("c2", S.UNREADABLE, problem="The sheet has no headings.", fix="Write one above each.", facts=sheets)
    shelf.add("c3", S.FORGOTTEN, problem="You cancelled the check. Nothing was sent.", fix="Upload it again.")
    sending = {"draft": fresh.draft, "agreed": {"by": "dana", "at": time.time()}}
    shelf.add("d0", S.RUNNING, **sending)
    shelf.add("d1", S.RUNNING, **sending, stopping=True)
    shelf.add("d2", S.QUEUED, **sending)
    shelf.add("d3", S.INTERRUPTED, **sending, goes_on_at=time.time() + 9_000, problem="The sending window is closed.")
    found = re.search(r'id="row-(\d+)"', shelf.browser.get("/imports/b1/review").text)
    assert found is not None
    places = {
        "waiting": "c0/checking", "checking": "c1/checking", "unreadable": "c2/unreadable", "forgotten": "c3/forgotten",
        "columns": "b2/columns", "review": "b1/review", "review_to_fix": "b1/review?show=fix", "review_held": "b0/review",
        "cells": f"b1/rows/{found[1]}/cells", "gets": f"b1/rows/{found[1]}/gets", "confirm": "b1/confirm",
        "confirm_held": "b0/confirm", "sending": "d0/progress", "stopping": "d1/progress", "in_line": "d2/progress",
        "goes_on_later": "d3/progress", "report_done": "a0/report", "report_wanting": "a1/report", "report_stopped": "a2/report",
    }  # fmt: skip
    pages = {
        name: (path, path)
        for name, path in (("history", "/"), ("in_doubt", "/unknown"), ("appointments", "/appointments"))
    }
    for name, place in places.items():
        pattern = re.sub(r"rows/\d+", "rows/{row}", re.sub(r"^\w+", "{id}", place.partition("?")[0]))
        pages[name] = (f"/imports/{pattern}", f"/imports/{place}")
    return pages


def answered(page: Any, url: str, site: Any) -> Iterator[str]:
    """Do what leads to pages that no address has, and yield their names as they are shown."""
    page.goto(f"{url}/imports/b0/confirm")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").get_by_text("Type the number of rows on hold.").wait_for()
    yield "confirm_wrong"
    page.goto(f"{url}/unknown")
    page.get_by_role("button", name="Yes").first.click()
    page.locator("p.wrong").wait_for()
    yield "in_doubt_wrong"
    page.goto(f"{url}/imports/b2/columns")
    page.get_by_role("button", name="Continue").click()
    page.locator("p.wrong").first.wait_for()
    yield "columns_wrong"
    page.goto(f"{url}/appointments")
    page.get_by_label("The patient’s name").fill("ana")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Ana").first.wait_for()
    yield "appointments_found"
    page.get_by_role("link", name="Ana").first.click()
    page.get_by_role("button", name="Move").wait_for()
    yield "appointment"
    page.goto(f"{url}/no/such/page")
    yield "nothing_here"
    with patch.object(Sending, "is_halted", True):
        page.goto(f"{url}/imports/d0/progress")
        page.get_by_text("Sending has halted").wait_for()
        yield "halted"
    with patch.object(type(site), "is_test", False):
        page.goto(url)
        yield "for_real"


@pytest.mark.long
def test_every_page_in_every_state(shelf: Shelf, window: Callable[..., Any], watch: Watch) -> None:
    """Axe finds nothing on any page in any state, and none is wider than its window."""
    watch.expected += [*refused(404), *refused(422)]
    pages = fill(shelf)
    found: list[str] = []
    turns = itertools.cycle(LOOKS)

    def look(name: str) -> None:
        # In the short form the looks take turns.
        found.extend(stands_every_look(page, name, LOOKS if longer(0, 1) else [next(turns)]))

    with listened(shelf.page) as (host, port):
        page, url = window(), f"http://{host}:{port}"
        page.goto(f"{url}/login")
        look("login")
        log_in(page, url, "dana")
        for name, (_, place) in pages.items():
            shown = page.goto(url + place)
            assert (shown.status, page.url) == (200, url + place), name
            look(name)
        for name in answered(page, url, shelf.page.site):
            look(name)

    assert found == []
    states = {one.state for one in shelf.page.site.store.imports.newest(None, limit=50)}
    assert states == set(ImportState)
    looked = {path for path, _ in pages.values()} | {"/login", "/appointments/{key}"}
    assert {route.path for route in TABLE if route.method == "GET"} - NO_PAGES == looked
