"""A coordinator takes her sheet the whole way, in a real browser: from the drop to the workbook, whatever comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from page_imports import week
from page_in_browser import (
    AWAY,
    Coordinator,
    Office,
    effects,
    log_in,
    office,
    overflows,
    set_behaviour,
    sheet,
    stands_every_look,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRONG = {"phone": "212-555-01", "externalEventId": "2001", "firstName": "Olga <b>"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), options=("--concurrency", "1")) as made:
        for name, role in (("dana", "coordinator"), ("bo", "coordinator"), ("ana", "admin"), ("vera", "viewer")):
            made.add(name, role)
        made.open()
        yield made


@pytest.fixture
def dana(place: Office, window: Callable[..., Any]) -> Coordinator:
    page = window()
    log_in(page, place.url, "dana")
    return Coordinator(page, place)


def numbered(first: int, count: int) -> list[dict[str, str]]:
    """Return appointments that no other test has."""
    return [
        row | {"externalEventId": str(first + place), "phone": f"646555{first + place:04d}"}
        for place, row in enumerate(week(count))
    ]


def test_from_the_drop_to_the_workbook(dana: Coordinator, tmp_path: Path) -> None:
    """Each page leads to the next, is the same for everybody's eyes and hands, and the workbook holds each row's uuid."""
    page, faults = dana.page, []
    before = len(effects(dana.office))
    rows = numbered(3000, 4)
    path = sheet(tmp_path, *rows, rows[0] | WRONG, name="week of <i>May.csv")
    faults += stands_every_look(page, "1_upload")
    dana.upload(path)

    assert dana.heading() == "1 of 5 rows to fix"
    assert page.get_by_text("week of <i>May.csv").first.is_visible()
    assert page.get_by_text("4 people may get a text right away").is_visible()
    assert page.get_by_text("“212-555-01” is too short for a phone number.").first.is_visible()
    faults += stands_every_look(page, "2_review")
    page.get_by_role("link", name="1 row to fix").click()
    page.get_by_role("link", name="Show all rows").wait_for()
    assert page.locator("tbody tr").count() == 1

    dana.go_on()
    assert dana.heading() == "4 people may get a text right away"
    assert len(effects(dana.office)) == before
    faults += stands_every_look(page, "3_confirm")
    set_behaviour(dana.office, latency_s=2.0)
    dana.send()
    faults += stands_every_look(page, "4_progress")
    set_behaviour(dana.office, latency_s=0.0)

    dana.wait_for_report()
    assert dana.heading() == "4 of 5 rows done. 1 needs attention."
    faults += stands_every_look(page, "5_report")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    download.value.save_as(tmp_path / "results.xlsx")
    cells = {
        str(cell) for row in openpyxl.load_workbook(tmp_path / "results.xlsx").worksheets[0].values for cell in row
    }
    done = effects(dana.office)[before:]
    assert len(done) == 4
    assert {effect["uuid"] for effect in done} <= cells

    page.get_by_role("link", name="Imports").click()
    faults += stands_every_look(page, "6_history")
    line = page.get_by_role("row", name="week of <i>May.csv")
    assert "1 needs attention" in str(line.text_content())
    assert faults == []


def test_send_again_in_whatever_way_sends_once(dana: Coordinator, tmp_path: Path, watch: Any) -> None:
    """A double click, a second tab that still shows Send, and the back button: each row is sent once."""
    watch.expected.append("status of 409")
    before = len(effects(dana.office))
    dana.upload(sheet(tmp_path, *numbered(3200, 3)))
    dana.go_on()
    second = dana.page.context.new_page()
    second.goto(dana.page.url)

    send_of(dana.page).dblclick()
    dana.wait_for_report()
    assert len(effects(dana.office)) == before + 3

    send_of(second).click()
    second.wait_for_load_state()
    second.goto(dana.page.url.replace("/report", ""))
    assert second.url.endswith("/report")

    dana.page.go_back()
    dana.page.wait_for_load_state()
    if send_of(dana.page).count():
        send_of(dana.page).click()
        dana.page.wait_for_load_state()
    assert len(effects(dana.office)) == before + 3


def send_of(page: Any) -> Any:
    return page.get_by_role("button", name="Send", exact=True)


def test_two_people_see_their_own(dana: Coordinator, window: Callable[..., Any], tmp_path: Path, watch: Any) -> None:
    """Another coordinator finds nothing of it, a viewer sees it without a button, an admin sees it with all."""
    watch.expected += ["status of 404"]
    dana.upload(sheet(tmp_path, *numbered(3500, 2), name="only hers.csv"))
    url = dana.page.url

    seen: dict[str, Any] = {}
    for name in ("bo", "vera", "ana"):
        page = window()
        log_in(page, dana.office.url, name)
        seen[name] = (page.get_by_role("row", name="only hers.csv").count(), page)
        page.goto(url)

    assert [seen[name][0] for name in ("bo", "vera", "ana")] == [0, 1, 1]
    assert seen["bo"][1].get_by_role("heading", level=1).text_content() == "There is nothing here."
    assert seen["vera"][1].get_by_role("button", name="Continue").count() == 0
    assert seen["ana"][1].get_by_role("button", name="Continue").count() == 1
    assert stands_every_look(seen["vera"][1], "review_of_a_viewer") == []
    # At twice the size of type, too, nothing is beside the window.
    for path in (url, f"{dana.office.url}/"):
        seen["ana"][1].set_viewport_size({"width": 640, "height": 450})
        seen["ana"][1].goto(path)
        assert overflows(seen["ana"][1]) <= 0


def test_what_another_run_sent_is_not_sent_again(dana: Coordinator, tmp_path: Path) -> None:
    """A run at the terminal between review and Send: nothing is sent, and she sees what would be sent now."""
    before = len(effects(dana.office))
    path = sheet(tmp_path, *numbered(3600, 2))
    dana.upload(path)
    dana.go_on()
    dana.office.importer("run", str(path), "--yes", "--quiet")
    assert len(effects(dana.office)) == before + 2

    dana.page.get_by_role("button", name="Send", exact=True).click()
    dana.page.wait_for_url("**/review*", timeout=90_000)

    assert len(effects(dana.office)) == before + 2
    dana.page.get_by_role("status").get_by_text("Nothing was sent").or_(
        dana.page.get_by_text("There is nothing to send")
    ).first.wait_for()


def test_keyboard_alone_all_the_way(dana: Coordinator, tmp_path: Path) -> None:
    """Without a mouse: choose, Upload, Continue and Send are reached by Tab and pressed by Enter, each with a visible focus."""
    before = len(effects(dana.office))
    page = dana.page
    page.goto(f"{dana.office.url}/")
    page.locator("#file").set_input_files(str(sheet(tmp_path, *numbered(3700, 2))))
    press(page, "Upload")
    page.wait_for_url("**/review*", timeout=90_000)
    press(page, "Continue")
    page.wait_for_url("**/confirm*", timeout=90_000)
    press(page, "Send")
    dana.wait_for_report()

    assert len(effects(dana.office)) == before + 2


FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const bar = document.querySelector('.bottom');
  const hidden = bar && !bar.contains(at) && getComputedStyle(bar).position === 'sticky' && box.top >= bar.getBoundingClientRect().top;
  return {name: at.textContent.trim() || at.id, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, hidden};
}"""


def press(page: Any, name: str) -> None:
    """Tab until a button has the focus, seeing where it is at each step, and press Enter."""
    for _ in range(60):
        at = page.evaluate(FOCUS)
        if at["name"] == name:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        assert at["ring"], f"the focus on {at['name']} is not seen"
        assert not at["hidden"], f"the focus on {at['name']} is behind the bar"
    pytest.fail(f"{name} is not reached by the keyboard")


def test_unreadable_and_missing_look_like_the_rest(dana: Coordinator, tmp_path: Path, watch: Any) -> None:
    """A file that is no sheet, an address of nothing and a refusal are told in words that everybody can read."""
    watch.expected += ["status of 404"]
    picture = tmp_path / "photo.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(600))
    page = dana.page
    page.goto(f"{dana.office.url}/")
    drop(page, picture)
    page.wait_for_url("**/unreadable", timeout=90_000)
    faults = stands_every_look(page, "unreadable")
    assert page.get_by_text("photo.xlsx").is_visible()
    page.goto(f"{dana.office.url}/imports/0000000000000000/report")
    faults += stands_every_look(page, "nothing_here")

    assert faults == []


def drop(page: Any, path: Path) -> None:
    from page_in_browser import drop as drop_files

    drop_files(page, [path])
    page.get_by_role("button", name="Upload", exact=True).click()


@pytest.mark.long
def test_the_server_dies_in_mid_run(window: Callable[..., Any], watch: Any, tmp_path: Path) -> None:
    """
    Server killed while it sends, and her lid closed: the page finds it again, and each row was sent once.

    One window says that the page cannot be reached, and goes on by itself; another, opened later, shows the truth.
    """
    watch.expected += AWAY
    with office(tmp_path, options=("--concurrency", "1"), latency_s=0.5) as desk:
        link = desk.open()
        page, later = window(), window()
        page.goto(link)
        dana = Coordinator(page, desk)
        dana.upload(sheet(tmp_path, *numbered(3900, 8)))
        dana.go_on()
        dana.send()
        url = page.url
        until(lambda: len(effects(desk)) >= 2, 60)
        desk.page.kill()
        page.get_by_role("status").get_by_text("The page cannot be reached just now.").wait_for(timeout=60_000)
        desk.reopen()
        later.context.add_cookies(page.context.cookies())
        later.goto(url)

        dana.wait_for_report()
        later.wait_for_url("**/report", timeout=90_000)

        assert dana.heading() == Coordinator(later, desk).heading() == "All 8 rows done."
        assert len(effects(desk)) == 8
