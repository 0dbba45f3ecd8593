"""Questions about a sheet, one appointment and what is in doubt, in a real browser: by label and button, on every look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from page_imports import DAY
from page_in_browser import SOON_MS, WORK_MS, Coordinator, drop, log_in, refused, stands_every_look

if TYPE_CHECKING:
    from collections.abc import Callable

    from page_in_browser import Office, Watch

YEAR = DAY.year + 1
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


@pytest.mark.long
def test_questions_then_one_appointment(desk: Office, window: Callable[..., Any], watch: Watch) -> None:
    """What is open is answered, one choice settles a kind, the visit is sent, found by name, moved, and nothing is in doubt."""
    watch.expected += refused(422)
    desk.add("dana")
    desk.open()
    page = window()
    log_in(page, desk.url, "dana")
    week = desk.folder / "week.csv"
    week.write_text(f"Cell,Start,First name,Last name\n2125550141,4/5/{YEAR} 13:30,Ana,Bell\n", encoding="utf-8")
    drop(page, [week])
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("**/columns", timeout=WORK_MS)
    found = stands_every_look(page, "columns")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").first.wait_for(timeout=SOON_MS)
    page.get_by_label("One uuid for all rows").fill(TYPE)
    page.get_by_text("Eastern").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/review*", timeout=WORK_MS)
    found += stands_every_look(page, "review_choice")
    page.get_by_text("Month first", exact=True).click()
    page.get_by_role("button", name="Use for 1 row").click()
    page.wait_for_url("**/review*", timeout=WORK_MS)
    page.get_by_role("heading", name="1 change to send").wait_for(timeout=WORK_MS)
    dana = Coordinator(page, desk)
    dana.go_on()
    dana.send()
    dana.wait_for_report()

    page.get_by_role("link", name="Appointments").click()
    page.get_by_label("The patient’s name").fill("bell")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Ana Bell").wait_for()
    found += stands_every_look(page, "appointments")
    page.get_by_role("link", name="Ana Bell").click()
    page.get_by_role("button", name="Move").wait_for()
    found += stands_every_look(page, "appointment")
    page.get_by_label("New start").fill(f"{YEAR}-04-06T09:15")
    page.get_by_role("button", name="Move").click()
    page.wait_for_url("**/review*", timeout=WORK_MS)
    assert dana.heading() == "1 change to send"
    page.get_by_role("link", name="Unknown").click()
    assert dana.heading() == "Nothing is in doubt"
    found += stands_every_look(page, "nothing_in_doubt")

    assert found == []
