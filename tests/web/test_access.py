"""Nobody gets past the table of addresses who is not logged in, may not, or was sent by another site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_visitors import ADDRESS
from starlette.requests import Request

from importer.ledger.page.user_records import Role
from importer.web.app import TABLE
from importer.web.site import cookie_of

if TYPE_CHECKING:
    from page_visitors import Browser, Visitors

    from importer.web.site import Route

OPEN = {
    ("GET", "/static/{name}"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/login/link"),
    ("GET", "/start/{secret}"),
}
EACH = [pytest.param(route, id=f"{route.method} {route.path}") for route in TABLE]


def ask(browser: Browser, route: Route, **how: str) -> object:
    path = route.path.replace("{", "").replace("}", "")
    if route.method == "GET":
        return browser.get(path)
    return browser.send_form(path, **how)


@pytest.mark.parametrize("route", EACH)
def test_every_address_asks_for_a_login(page: Visitors, route: Route) -> None:
    """Every address of the table but those of the login leads whoever is not logged in to it."""
    page.add("dana")

    answer = ask(page.browser(), route)

    if (route.method, route.path) in OPEN:
        assert route.lowest is None
        assert answer.status_code in {200, 303, 403, 404}
    else:
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


def test_only_the_login_is_open() -> None:
    """A new address needs a login, or is written down here."""
    assert {(route.method, route.path) for route in TABLE if route.lowest is None} == OPEN


@pytest.mark.parametrize("route", EACH)
def test_every_answer_has_its_headers(page: Visitors, route: Route) -> None:
    """Every answer forbids what comes from elsewhere, frames, sniffing, storing and telling where she was."""
    page.add("dana")

    for browser in (page.browser(), page.add("ana", Role.ADMIN)):
        headers = ask(browser, route).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == (
            "no-cache" if route.path.startswith("/static") and "etag" in headers else "no-store"
        )


@pytest.mark.parametrize(
    "route", [pytest.param(each.values[0], id=each.id) for each in EACH if each.id.startswith("POST")]
)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"origin": "https://evil.example"}, id="origin-of-another"),
        pytest.param({"origin": "null"}, id="no-origin-and-no-word-of-the-browser"),
        pytest.param({"origin": "null", "sec-fetch-site": "cross-site"}, id="cross-site"),
        pytest.param({"origin": ADDRESS, "sec-fetch-site": "same-site"}, id="same-site"),
        pytest.param({"origin": "http://127.0.0.1:8081", "sec-fetch-site": "same-origin"}, id="another-port"),
    ],
)
def test_a_post_has_to_come_from_the_page(page: Visitors, route: Route, headers: dict[str, str]) -> None:
    """A POST that another site had the browser send is refused, whoever is logged in, and does nothing."""
    browser = page.add("dana", Role.ADMIN)
    before = page.site.store.audit.newest(100)

    answer = browser.post(route.path.replace("{", "").replace("}", ""), headers=headers)

    assert answer.status_code == 403
    assert "did not come from this page" in answer.text
    assert page.site.store.audit.newest(100) == before
    assert browser.get("/").status_code == 200


def test_a_viewer_changes_nothing(page: Visitors) -> None:
    """Whoever may only look is refused by every address that changes something, but for her own logout."""
    viewer = page.add("vera", Role.VIEWER)
    changing = [
        route for route in TABLE if route.method == "POST" and route.lowest is not None and route.path != "/logout"
    ]

    answers = {
        route.path: viewer.send_form(route.path.replace("{", "").replace("}", "")).status_code for route in changing
    }

    assert {path: status for path, status in answers.items() if status != 403} == {}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:8080"])
def test_only_known_names_are_answered(page: Visitors, host: str) -> None:
    """A name that leads to this machine but is none of the page's is refused, so that no other site can pose as it."""
    assert page.browser().get("/login", headers={"host": host}).status_code == 400


def test_logging_out_ends_the_cookie(page: Visitors) -> None:
    """After logout the cookie opens nothing, also in another browser that kept it."""
    browser = page.add("dana")
    kept = dict(browser.cookies)
    other = page.browser()
    other.cookies.update(kept)
    assert other.get("/").status_code == 200

    assert browser.send_form("/logout").status_code == 303

    assert browser.get("/").status_code == 303
    assert other.get("/").status_code == 303


def test_wrong_and_unknown_are_told_alike(page: Visitors) -> None:
    """A wrong password and an unknown name are answered with the same page."""
    page.add("dana")

    wrong, unknown = (page.browser().login(name, "wrong password") for name in ("dana", "nobody"))

    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert wrong.text.replace("dana", "") == unknown.text.replace("nobody", "")


def test_the_link_opens_once(page: Visitors) -> None:
    """While there are no users, the printed link opens the page once."""
    link = page.site.new_link()
    first, second = page.browser(), page.browser()

    assert first.get(link).headers["location"] == "/"
    assert first.get("/").status_code == 200
    assert second.get(link).status_code == 403
    assert second.get("/").status_code == 303


def test_the_first_user_ends_the_link(page: Visitors) -> None:
    """Once there is a user, neither the link nor who came in by it is let in any more."""
    first = page.browser()
    first.get(page.site.new_link())
    link = page.site.new_link()

    page.add("dana", Role.ADMIN)

    assert first.get("/").status_code == 303
    assert page.browser().get(link).headers["location"] == "/login"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("page=abc", "abc"),
        ("a=1; page=abc-_.9;b=2", "abc-_.9"),
        ("page=; page=abc", "abc"),
        ("page =abc ", "abc"),
        ("page=ab c", ""),
        ('page="abc"', ""),
        ("page=a=b", ""),
        ("page", ""),
        ("a=page", ""),
        ("PAGE=abc", ""),
        (f"page={'a' * 201}", ""),
        ("", ""),
    ],
)
def test_a_cookie_is_ours_or_none(header: str, value: str) -> None:
    """Cookies of ours are plain texts without quotes; whatever else stands in the header is none."""
    scope = {"type": "http", "headers": [(b"cookie", header.encode())]}

    assert cookie_of(Request(scope), "page") == value
