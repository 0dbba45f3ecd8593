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
from made_plans import BODY, MOVED, life_row, plan_of, plan_with_everything, planned_run
from made_runs import file_record, report_of, row, run_record, said, week

from importer.model.records import Change
from importer.model.statuses import Status
from importer.writing.report_page import write_page, write_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.reporting.plan_result import PlanResult
    from importer.reporting.run_report import Report

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


LONG = "Maximiliana-Theodosia Wolfeschlegelsteinhausenbergerdorff"


def stopped() -> Report:
    """Return the report of a run that ended early, with rows on hold."""
    file = file_record(3)
    rows = [
        row(file, 2),
        row(file, 3, Status.NOT_SENT, problems=said("not_sent_outage"), attempts=()),
        row(file, 4, Status.HELD, action="cancel", attempts=()),
        row(
            file,
            0,
            Status.HELD,
            action="cancel",
            attempts=(),
            cells=(),
            said={"firstName": "Ana", "phone": "2125550103"},
        ),
    ]
    run = run_record(exit_code=6, stop_reason="The API was down for 20 minutes.", holds=(MOVED,))
    return report_of(rows, run, [file])


def long_names() -> Report:
    """Return a report in which every text of the sheet is as long as such texts get."""
    file = file_record(1, name=f"{'export_of_all_locations_' * 4}.csv")
    cells = ("9" * 40, "(415) 555-2000", LONG, LONG, f"{'x' * 60}@example.com", *["a" * 120] * 6)
    wrong = said("email_unreadable", field="emailAddress", value="x" * 200)
    return report_of([row(file, 2, Status.INVALID, cells=cells, problems=wrong, external_event_id="9" * 40)])


def long_plan() -> PlanResult:
    """Return a plan of long values."""
    body = BODY | {"firstName": LONG, "lastName": LONG}
    changes = (
        Change("metadata.eventLocation", "x" * 90, "y" * 90),
        Change("emailAddress", None, f"{'z' * 60}@example.com"),
    )
    return plan_of([life_row(2, "update", payload=body, changes=changes, external_event_id="9" * 40)])


REPORTS: dict[str, Callable[[], Report]] = {
    "good": lambda: week("good"),
    "bad": lambda: week("bad"),
    "empty": lambda: report_of([], files=[file_record(0)]),
    "stopped": stopped,
    "long": long_names,
}
PLANS: dict[str, Callable[[], PlanResult]] = {
    "plan": plan_with_everything,
    "plan of nothing": lambda: plan_of([life_row(2, status=Status.UNCHANGED)]),
    "held plan": lambda: plan_of([life_row(2, status=Status.HELD)], run=planned_run(MOVED), release="importer run"),
    "long plan": long_plan,
}


@pytest.fixture(scope="module", params=[*REPORTS, *PLANS])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    if request.param in PLANS:
        return write_plan(PLANS[request.param](), path)
    with path.open("wb") as stream:
        write_page(REPORTS[request.param](), stream, to_fix=["reports/20270304-070000-k3fd/to_fix.xlsx"])
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


def test_totals_stand_in_two_columns_on_a_phone(browser: Any, page_file: Path) -> None:
    """At 320 px the totals are two columns, not a line each; a page without rows has none."""
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(page_file.as_uri())
    lefts = page.evaluate("[...document.querySelectorAll('.totals li')].map(each => each.getBoundingClientRect().left)")
    page.close()

    assert len(set(lefts)) == min(len(lefts), 2)


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
    soft = page.evaluate(
        "[...document.querySelectorAll('.badge')].map(each => getComputedStyle(each)).filter(style => "
        "style.backgroundColor != 'rgb(255, 255, 255)' || style.borderTopColor == 'rgba(0, 0, 0, 0)').length"
    )
    colours = page.evaluate(
        "['body', 'section', 'h2'].map(name => getComputedStyle(document.querySelector(name)))"
        ".map(style => [style.backgroundColor, style.color])"
    )
    page.close()

    assert soft == 0
    assert colours[0] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert colours[1][0] == "rgb(255, 255, 255)"
    assert colours[2][1] == "rgb(0, 0, 0)"
