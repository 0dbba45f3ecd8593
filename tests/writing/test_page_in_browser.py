"""
report.html and a plan's page in a real browser: readable by everybody, at any width, with nothing loaded.

Needs a Chromium (``IMPORTER_CHROMIUM``, or on the path); playwright and axe-core come with the test extra. With
``IMPORTER_REQUIRE_BROWSER`` set, a missing one is a failure instead of a skip.
"""

from __future__ import annotations

import os
import shutil
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from made_plans import plan_with_everything
from made_runs import week

from importer.writing.report_page import write_page, write_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AXE = resources.files("axe_playwright_python") / "axe.min.js"
CHROMIUM = os.environ.get("IMPORTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing(what: str) -> None:
    if os.environ.get("IMPORTER_REQUIRE_BROWSER"):
        pytest.fail(f"{what} is missing, and IMPORTER_REQUIRE_BROWSER is set")
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        # As root, in containers, Chromium has no sandbox to run in; the page is our own.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=["good", "bad", "plan"])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    if request.param == "plan":
        return write_plan(plan_with_everything(), path)
    with path.open("wb") as stream:
        write_page(week(request.param), stream, to_fix=["reports/20270304-070000-k3fd/to_fix.xlsx"])
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing(browser: Any, page_file: Path, scheme: str, width: int) -> None:
    """No rule of axe-core is broken, in light and dark, small and wide."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page.goto(page_file.as_uri())
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => ({broken: result.violations, passed: result.passes.length}))")
    page.close()

    assert [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found["broken"]] == []
    assert found["passed"] > 15


@pytest.mark.parametrize("width", [320, 768, 1100])
def test_nothing_is_cut_off_at_the_side(browser: Any, page_file: Path, width: int) -> None:
    """A page on a phone is read by scrolling down alone."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(page_file.as_uri())
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')]"
        ".filter(each => each.getBoundingClientRect().right > innerWidth + 0.5).map(each => each.outerHTML.slice(0, 80))"
    )
    page.close()

    assert wide == []


def test_nothing_is_loaded_and_nothing_complains(browser: Any, page_file: Path) -> None:
    """The page is one file: no further request, no message of its own policy, no script."""
    page = browser.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(page_file.as_uri())
    styled = page.evaluate("getComputedStyle(document.querySelector('section')).borderRadius")
    page.close()

    assert requests == [page_file.as_uri()]
    assert messages == []
    assert styled != "0px"


def test_it_prints_on_paper(browser: Any, page_file: Path) -> None:
    """Printed, the page is dark on white, whatever the screen prefers."""
    page = browser.new_page(color_scheme="dark")
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    colours = page.evaluate(
        "['body', 'section', 'h2'].map(name => getComputedStyle(document.querySelector(name)))"
        ".map(style => [style.backgroundColor, style.color])"
    )
    page.close()

    assert colours[0] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert colours[1][0] == "rgb(255, 255, 255)"
    assert colours[2][1] == "rgb(0, 0, 0)"
