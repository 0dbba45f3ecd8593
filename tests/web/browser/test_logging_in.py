"""Coming in, by password or by the printed link, in a real browser: by keyboard alone, at any width, in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from page_in_browser import Office, keeps_out, log_in, office, overflows
from page_visitors import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office")) as made:
        made.add("dana", "admin")
        made.open()
        yield made


def test_the_printed_link_opens_the_page(desk: Office, window: Callable[..., Any]) -> None:
    """The first line's link leads in once; a used one says what to do, and a new one can be asked for."""
    link = desk.open()
    page = window()
    page.goto(link)
    assert page.url == f"{desk.url}/"

    other = window()
    watch_for_refusal(other, link)
    other.goto(f"{desk.url}/login")
    # None is printed within two seconds of the last.
    other.wait_for_timeout(2_000)
    other.get_by_role("button", name="Print a new link").click()
    other.get_by_text("A new link was printed").wait_for()
    new = next(line for line in iter(desk.page.next_line, "") if line.startswith("Open http"))
    other.goto(new.removeprefix("Open "))
    assert other.url == f"{desk.url}/"


def watch_for_refusal(page: Any, link: str) -> None:
    answer = page.request.get(link)
    assert answer.status == 403
    assert "This link was used already" in answer.text()


def test_keyboard_alone(place: Office, window: Callable[..., Any]) -> None:
    """Name, password and Enter are enough; the first Tab after that leads past the header."""
    page = window()
    page.goto(f"{place.url}/")
    assert page.evaluate("document.activeElement.id") == "name"
    page.keyboard.type("dana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.url}/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_wrong_password_is_told(place: Office, window: Callable[..., Any], watch: Any) -> None:
    """A wrong password is told beside the field, the name stays, and the next try begins in the password."""
    watch.expected.append("status of 403")
    page = window()
    page.goto(f"{place.url}/login")
    page.get_by_label("Name").fill("dana")
    page.get_by_label("Password").fill("not hers")
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("alert").get_by_text("Name or password is wrong.").wait_for()
    assert page.get_by_label("Name").input_value() == "dana"
    assert page.evaluate("document.activeElement.id") == "password"
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.url}/")


def test_logging_out_in_one_tab_ends_the_other(place: Office, window: Callable[..., Any]) -> None:
    """After logout neither another tab nor the back button shows anything."""
    page = window()
    log_in(page, place.url, "dana")
    other = page.context.new_page()
    other.goto(f"{place.url}/")

    page.get_by_role("button", name="Log out").click()
    page.get_by_text("You are logged out.").wait_for()

    other.reload()
    assert other.url.startswith(f"{place.url}/login")
    page.go_back()
    page.get_by_role("button", name="Log in").wait_for()


LOOKS = [
    pytest.param({"viewport": {"width": 1280, "height": 900}}, id="desk"),
    pytest.param({"viewport": {"width": 320, "height": 640}}, id="narrow"),
    pytest.param({"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}, id="dark"),
]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["/login", "/", "/no/such/page"])
def test_nobody_is_kept_out(
    place: Office, window: Callable[..., Any], watch: Any, path: str, look: dict[str, Any]
) -> None:
    """Every page stands axe's questions and fits its window, narrow, wide and dark."""
    watch.expected.append("status of 404")
    page = window(bypass_csp=True, **look)
    if path == "/":
        log_in(page, place.url, "dana")
    page.goto(place.url + path)

    assert keeps_out(page) == []
    assert overflows(page) == 0
