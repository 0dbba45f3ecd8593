"""A coordinator corrects a sheet in her browser: by keyboard alone, at a slow line, offline, through a restart, beside a colleague."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

import pytest
from long_form import longer
from page_imports import week
from page_in_browser import AWAY, WORK_MS, Office, keeps_out, log_in, overflows, refused

from importer.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, SECOND = "phone, row 3", "phone, row 6"


@pytest.fixture
def desk(desk: Office) -> Office:
    """Give an office whose page is open, and in which Dana and Maria may log in."""
    desk.add("dana")
    desk.add("maria", "admin")
    desk.open()
    return desk


@pytest.fixture
def review(desk: Office, window: Callable[..., Any]) -> Any:
    """Give Dana's window with a sheet in review of which two phones are wrong."""
    rows = week(6)
    rows[1]["phone"], rows[4]["phone"] = "212-555-01", "12"
    sheet = desk.folder / "week.csv"
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    page = window()
    log_in(page, desk.url, "dana")
    page.locator("#file").set_input_files(sheet)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/review", timeout=WORK_MS)
    return page


def edited(desk: Office) -> list[tuple[int, str | None, str]]:
    """Return row, value and author of each edit that was written down."""
    with open_ledger(str(desk.ledger), read_only=True) as ledger:
        (draft,) = ledger.drafts.all()
        return [(edit.row, edit.value, edit.by) for edit in ledger.drafts.named(draft.id).edits]


def h1(page: Any) -> str:
    return str(page.locator("h1").inner_text()).replace("\N{NO-BREAK SPACE}", " ")


def slow(page: Any, seconds: float = 0.6) -> None:
    """Let every save take so long."""
    page.context.route(
        re.compile(r".*/rows/[0-9]+/[0-9]+$"), lambda route: (page.wait_for_timeout(seconds * 1000), route.continue_())
    )


def test_two_cells_by_keyboard_alone(review: Any, desk: Office) -> None:
    """Tab leads to the next wrong cell, the counts fall, the row stays and says what it becomes; Undo takes it back."""
    assert h1(review) == "2 of 6 rows to fix"
    review.get_by_role("link", name="Next problem").focus()
    review.keyboard.press("Enter")
    assert review.evaluate("document.activeElement.ariaLabel") == FIRST
    review.keyboard.press("Control+A")
    review.keyboard.type("(212) 555-0177")
    review.keyboard.press("Tab")

    assert review.evaluate("document.activeElement.ariaLabel") == SECOND
    review.get_by_text("✓ Saved. New, may get a text right away.").wait_for()
    review.get_by_text("✓ Row 3 saved. 1 to fix.").wait_for()
    assert h1(review) == "1 of 6 rows to fix"
    assert review.evaluate("document.activeElement.ariaLabel") == SECOND
    assert review.get_by_label(FIRST).get_attribute("aria-invalid") == "false"
    review.keyboard.press("Control+A")
    review.keyboard.type("(212) 555-0188")
    review.keyboard.press("Enter")
    review.get_by_text("Nothing is left to fix.").wait_for()
    assert h1(review) == "6 changes to send"

    undo = review.get_by_role("button", name="Undo")
    undo.focus()
    review.keyboard.press("Enter")
    review.get_by_text("Row 6 is as it was before. 1 to fix.").wait_for()
    assert review.get_by_label(SECOND).input_value() == "12"
    assert review.get_by_label(SECOND).get_attribute("aria-invalid") == "true"
    assert review.evaluate("document.activeElement.id") == "undo"
    assert [row for row, *_ in edited(desk)] == [3, 6, 6]


def test_typing_then_continuing_at_once(review: Any, desk: Office) -> None:
    """At 600 ms latency the click on Continue waits for what she typed, and that is in the plan which she confirms."""
    slow(review)
    review.get_by_label(FIRST).fill("(212) 555-0177")
    review.get_by_role("button", name="Continue").click()
    review.wait_for_url("**/confirm")

    assert "5 changes: 5 new" in review.locator("main").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert edited(desk) == [(3, "(212) 555-0177", "dana")]


def test_typing_on_while_an_answer_comes(review: Any, desk: Office) -> None:
    """What she types into the next cell of the same row while the answer to the first is on its way stays, with the focus."""
    review.locator("tr", has=review.get_by_label(FIRST)).get_by_role("link", name="Other cells").click()
    name = review.get_by_label("firstName, row 3")
    name.wait_for()
    slow(review)
    review.get_by_label(FIRST).fill("(212) 555-0177")
    name.focus()
    review.keyboard.press("Control+A")
    review.keyboard.type("Ana Mar")
    review.get_by_text("✓ Saved. New").wait_for()
    assert review.evaluate("document.activeElement.ariaLabel") == "firstName, row 3"
    review.keyboard.type("ia")
    review.keyboard.press("Tab")

    review.locator("strong", has_text="Ana Maria").wait_for()
    assert edited(desk) == [(3, "(212) 555-0177", "dana"), (3, "Ana Maria", "dana")]


def test_away_while_she_types(review: Any, desk: Office, watch: Any) -> None:
    """What she typed while her line was away, or the page itself, is saved once it is back, without another word of hers."""
    watch.expected += [*AWAY, "dialog: beforeunload"]
    review.context.set_offline(True)
    review.get_by_label(SECOND).fill("(212) 555-0188")
    review.keyboard.press("Tab")
    review.get_by_role("alert").get_by_text("Not saved. Trying again. Keep this page open.").wait_for()
    review.wait_for_timeout(longer(1_000, 20_000))
    review.context.set_offline(False)
    review.get_by_text("✓ Row 6 saved. 1 to fix.").wait_for(timeout=30_000)

    desk.page.kill()
    review.get_by_label(FIRST).fill("(212) 555-0177")
    review.keyboard.press("Tab")
    review.get_by_role("alert").get_by_text("Not saved. Trying again. Keep this page open.").wait_for()
    desk.reopen()
    review.get_by_text("✓ Row 3 saved. Nothing is left to fix.").wait_for(timeout=30_000)

    assert edited(desk) == [(6, "(212) 555-0188", "dana"), (3, "(212) 555-0177", "dana")]
    assert h1(review) == "6 changes to send"
    assert review.locator("#lost").text_content() == ""


def test_two_windows_at_one_cell(review: Any, desk: Office, window: Callable[..., Any], watch: Any) -> None:
    """Who comes second is told what stands there now and by whom, keeps what she typed, and may save it after all."""
    watch.expected += [*refused(409), "dialog: beforeunload"]
    other = window()
    log_in(other, desk.url, "maria")
    other.goto(review.url)
    other.get_by_label(FIRST).fill("(212) 555-0188")
    other.keyboard.press("Tab")
    other.get_by_text("✓ Saved. New").wait_for()

    review.get_by_label(FIRST).fill("(212) 555-0177")
    review.keyboard.press("Tab")
    review.get_by_text("maria changed this cell meanwhile: it is “(212) 555-0188” now.").wait_for()
    assert review.get_by_label(FIRST).input_value() == "(212) 555-0177"
    review.get_by_label(FIRST).fill("(212) 555-0199")
    review.keyboard.press("Tab")
    review.get_by_text("✓ Saved. New").wait_for()

    assert [value for _, value, _ in edited(desk)] == ["(212) 555-0188", "(212) 555-0199"]


def test_left_out_and_put_back_by_click(review: Any) -> None:
    """A row is left out with a click, says so, and comes back with another one; the focus stays in its row."""
    row = review.locator("tr", has=review.get_by_label(FIRST))
    row_id = row.get_attribute("id")
    row.get_by_role("button", name="Leave out row 3").click()
    review.get_by_text("Row 3 left out. 1 to fix.").wait_for()
    back = review.locator(f"#{row_id}").get_by_role("button", name="Put back row 3")
    assert back.evaluate("each => each === document.activeElement")
    assert "Left out by dana" in review.locator(f"#{row_id}").inner_text()

    back.click()

    review.get_by_text("Row 3 is back. 2 to fix.").wait_for()


def test_nobody_is_kept_out(review: Any, window: Callable[..., Any], desk: Office) -> None:
    """Axe finds nothing before and after an edit, and a narrow window is no wider than its page."""
    narrow = window(bypass_csp=True, viewport={"width": 320, "height": 720})
    log_in(narrow, desk.url, "dana")
    narrow.goto(review.url)
    before = keeps_out(narrow)
    narrow.get_by_label(FIRST).fill("(212) 555-0177")
    narrow.keyboard.press("Tab")
    narrow.get_by_text("✓ Saved. New").wait_for()

    assert (before, keeps_out(narrow)) == ([], [])
    assert overflows(narrow) <= 0
