"""What she types is saved, or she is told that it is not, and it is tried again: with a page of three fields."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from page_in_browser import AWAY, refused
from page_visitors import Visitors, listened, visited
from starlette.responses import HTMLResponse

from importer.ledger.page.user_records import Role
from importer.web.app import TABLE
from importer.web.pages import environment, go
from importer.web.site import Refused, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.responses import Response

    from importer.web.site import Visit


PAGE = """
{% extends "base.html.j2" %}
{% block title %}Cells{% endblock %}
{% block main %}
<h1>Cells</h1>
{% for name in ("one", "two", "three") %}
<p><label for="c-{{ name }}">Cell {{ name }}</label>
<input id="c-{{ name }}" name="value" value="{{ values.get(name, '') }}" hx-post="/cells/{{ name }}" hx-trigger="change" hx-target="#said-{{ name }}">
<span id="said-{{ name }}"></span></p>
{% endfor %}
<p id="count" hx-get="/cells/count" hx-trigger="every 300ms">0</p>
<p><a href="/cells/after">Go to confirm</a></p>
<form method="post" action="/cells/send"><button>Send</button></form>
{% endblock %}
"""


@dataclass
class Cells:
    """What the server holds, how long it takes, and how it answers."""

    values: dict[str, str] = field(default_factory=dict)
    seen_by_send: dict[str, str] = field(default_factory=dict)
    latency_s: float = 0.0
    status: int = 200
    gate: threading.Lock = field(default_factory=threading.Lock)

    def shown(self, visit: Visit) -> Response:
        text = environment().from_string(PAGE)
        shared = {"site": visit.site, "visit": visit, "tabs": (), "flashed": "", "values": self.values}
        return HTMLResponse(text.render(shared))

    def count(self, _visit: Visit) -> Response:
        return HTMLResponse(str(len(self.values)))

    def take(self, visit: Visit) -> Response:
        time.sleep(self.latency_s)
        if self.status != 200:
            raise Refused(self.status, "Not now.")
        with self.gate:
            self.values[visit.part("name")] = visit.text("value")
        return HTMLResponse("Saved.")

    def after(self, visit: Visit) -> Response:
        return self.shown(visit)

    def send(self, visit: Visit) -> Response:
        self.seen_by_send = dict(self.values)
        return go(visit, "/cells/after")

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/cells", self.shown, lowest=Role.VIEWER),
            Route("GET", "/cells/count", self.count, lowest=Role.VIEWER, polls=True),
            Route("GET", "/cells/after", self.after, lowest=Role.VIEWER),
            Route("POST", "/cells/send", self.send, lowest=Role.COORDINATOR),
            Route("POST", "/cells/{name}", self.take, lowest=Role.COORDINATOR),
        )


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.fixture
def typist(tmp_path: Path, cells: Cells) -> Iterator[Visitors]:
    with visited(tmp_path, table=TABLE + cells.routes()) as found:
        yield found


@pytest.fixture
def page(typist: Visitors, window: Callable[..., Any]) -> Iterator[Any]:
    """Give a page of cells, opened by somebody who is logged in."""
    browser = typist.add("dana")
    with listened(typist) as (host, port):
        opened = window()
        cookies = [
            {"name": name, "value": value, "url": f"http://{host}:{port}"} for name, value in browser.cookies.items()
        ]
        opened.context.add_cookies(cookies)
        opened.goto(f"http://{host}:{port}/cells")
        yield opened
        opened.context.close()


def lost(page: Any) -> str:
    return str(page.locator("#lost").text_content())


def test_an_edit_is_saved(page: Any, cells: Cells) -> None:
    """What is typed is saved when she leaves the field, and the next field keeps its focus."""
    page.get_by_label("Cell one").fill("212-555-0101")
    page.keyboard.press("Tab")
    page.locator("#said-one").get_by_text("Saved.").wait_for()

    assert cells.values == {"one": "212-555-0101"}
    assert page.evaluate("document.activeElement.id") == "c-two"
    assert lost(page) == ""


def test_twenty_seconds_offline(page: Any, cells: Cells, watch: Any) -> None:
    """Offline she is told that nothing is saved; back on line it is saved by itself, and the words are gone."""
    watch.expected += AWAY
    page.context.set_offline(True)
    page.get_by_label("Cell one").fill("A")
    page.get_by_label("Cell two").fill("B")
    page.keyboard.press("Tab")
    page.get_by_role("alert").get_by_text("Not saved. Trying again. Keep this page open.").wait_for()
    page.get_by_role("status").get_by_text("cannot be reached").wait_for()
    assert "is-lost" in page.get_by_label("Cell one").get_attribute("class")
    page.wait_for_timeout(4000)
    page.context.set_offline(False)

    page.locator("#said-one").get_by_text("Saved.").wait_for()
    page.locator("#said-two").get_by_text("Saved.").wait_for()
    assert cells.values == {"one": "A", "two": "B"}
    assert lost(page) == ""
    page.locator("#wait:empty").wait_for(state="attached")
    assert "is-lost" not in (page.get_by_label("Cell one").get_attribute("class") or "")


def test_the_last_word_counts(page: Any, cells: Cells, watch: Any) -> None:
    """What she types anew while the first try is lost is what is saved in the end."""
    watch.expected += AWAY
    page.context.set_offline(True)
    page.get_by_label("Cell one").fill("first")
    page.keyboard.press("Tab")
    page.get_by_role("alert").get_by_text("Not saved.").wait_for()
    page.get_by_label("Cell one").fill("second")
    page.keyboard.press("Tab")
    page.context.set_offline(False)

    page.locator("#lost:empty").wait_for(state="attached")
    page.locator("#said-one").get_by_text("Saved.").wait_for()
    assert cells.values == {"one": "second"}


@pytest.mark.parametrize("way", ["link", "form"])
def test_typing_then_leaving_at_once(page: Any, cells: Cells, way: str) -> None:
    """Whoever types and clicks on at once leaves only when what she typed is saved, at 600 ms latency too."""
    cells.latency_s = 0.6
    page.get_by_label("Cell three").fill("the last word")
    if way == "link":
        page.get_by_role("link", name="Go to confirm").click()
    else:
        page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/cells/after")

    assert page.get_by_label("Cell three").input_value() == "the last word"
    assert cells.values == {"three": "the last word"}
    if way == "form":
        assert cells.seen_by_send == cells.values


def test_nobody_leaves_what_is_not_saved(page: Any, cells: Cells, watch: Any) -> None:
    """While something is not saved a click leads nowhere, and closing the page asks first."""
    watch.expected += [*AWAY, "dialog: beforeunload"]
    page.context.set_offline(True)
    page.get_by_label("Cell one").fill("A")
    page.keyboard.press("Tab")
    page.get_by_role("alert").get_by_text("Not saved.").wait_for()

    page.get_by_role("link", name="Go to confirm").click()

    assert page.url.endswith("/cells")
    page.context.set_offline(False)
    page.locator("#said-one").get_by_text("Saved.").wait_for()
    page.get_by_role("link", name="Go to confirm").click()
    page.wait_for_url("**/cells/after")
    assert cells.values == {"one": "A"}


@pytest.mark.parametrize(
    ("status", "words", "repeats"),
    [
        (409, "somebody else changed this import", False),
        (400, "Copy what you typed", False),
        (500, "Trying again", True),
        (507, "the disk is full", True),
        (429, "Trying again", True),
    ],
)
def test_refusals_are_told(  # noqa: PLR0917 - a table of cases
    page: Any, cells: Cells, watch: Any, status: int, words: str, repeats: bool
) -> None:
    """A refused edit is told in words; it is tried again where that can help, and only there."""
    watch.expected += [*refused(status), "dialog: beforeunload"]
    cells.status = status
    page.get_by_label("Cell one").fill("A")
    page.keyboard.press("Tab")
    page.get_by_role("alert").get_by_text(words).wait_for()
    cells.status = 200
    page.wait_for_timeout(3500)

    assert cells.values == ({"one": "A"} if repeats else {})
    assert (lost(page) == "") is repeats


@pytest.mark.long
def test_logged_out_while_typing(page: Any, typist: Visitors, cells: Cells, watch: Any) -> None:
    """Whoever was logged out keeps what she typed; logged in again in another tab, it is saved by itself."""
    watch.expected += refused(401)
    typist.clock.seconds += 31 * 60
    page.get_by_label("Cell one").fill("A")
    page.keyboard.press("Tab")
    page.get_by_role("alert").get_by_text("Log in again in another tab").wait_for()

    other = page.context.new_page()
    other.goto(page.url.replace("/cells", "/login"))
    other.get_by_label("Name").fill("dana")
    other.get_by_label("Password").fill("a long password of hers")
    other.get_by_role("button", name="Log in").click()

    page.locator("#said-one").get_by_text("Saved.").wait_for()
    assert cells.values == {"one": "A"}
    assert lost(page) == ""
