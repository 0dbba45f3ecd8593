"""How long a login holds, what ends it, how its cookie looks, and what wrong passwords cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from page_visitors import PASSWORD, visited

from importer.errors import UsageError
from importer.ledger.page.user_records import Role
from importer.web import users
from importer.web.users import Delays, Passwords, hash_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from page_visitors import Browser, Visitors

MINUTE = 60.0


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_a_login_ends_after_half_an_hour_without_use(page: Visitors) -> None:
    """A login that is used goes on; one that was not used for thirty minutes is over."""
    browser = page.add("dana")
    for _ in range(4):
        page.clock.seconds += 29 * MINUTE
        assert is_in(browser)

    page.clock.seconds += 30 * MINUTE

    assert not is_in(browser)


def test_a_login_ends_after_twelve_hours(page: Visitors) -> None:
    """However much it is used, a login is over after twelve hours."""
    browser = page.add("dana")
    for _ in range(35):
        page.clock.seconds += 20 * MINUTE
        assert is_in(browser)

    page.clock.seconds += 20 * MINUTE

    assert not is_in(browser)


def test_asking_by_itself_keeps_no_login_alive(page: Visitors) -> None:
    """What a page asks for by itself is no use of the login."""
    browser = page.add("dana")
    (secret,) = (value for name, value in browser.cookies.items() if name.startswith("importer-"))
    sessions = page.site.store.sessions
    for minutes in range(29):
        at = page.clock() + minutes * MINUTE
        assert sessions.user_of(secret, at=at, local="", uses=False) is not None

    page.clock.seconds += 30 * MINUTE

    assert not is_in(browser)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda site: site.change("dana", hashed="x", at=0), id="new-password"),
        pytest.param(lambda site: site.change("dana", role=Role.ADMIN, at=0), id="new-role"),
        pytest.param(lambda site: site.remove("dana", at=0), id="removed"),
    ],
)
def test_what_changes_a_user_ends_her_logins(page: Visitors, change: Callable[..., None]) -> None:
    """A new password, a new role and a removal end all logins of the user, and nobody else's."""
    page.add("ana")
    hers, others = page.add("dana"), page.add("bo")

    change(page.site.store.users)

    assert not is_in(hers)
    assert is_in(others)


def test_each_login_has_an_id_of_its_own(page: Visitors) -> None:
    """Logging in again gives another cookie, and the one before opens nothing."""
    browser = page.add("dana")
    before = dict(browser.cookies)

    browser.login("dana")

    old = page.browser()
    old.cookies.update(before)
    assert dict(browser.cookies) != before
    assert not is_in(old)
    assert is_in(browser)


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [
        pytest.param(None, "importer-8080", False, id="this-machine"),
        pytest.param("https://imports.example.org", "__Host-importer", True, id="tls"),
    ],
)
def test_cookies_are_the_browsers_alone(tmp_path: Path, public_url: str | None, name: str, secure: bool) -> None:
    """No script can read the cookie and no other site has it sent along; under TLS it never crosses the network in clear."""
    with visited(tmp_path, public_url=public_url) as page:
        page.add("dana")
        answer = page.browser().login("dana")
        cookie = answer.headers["set-cookie"]

        assert cookie.startswith(f"{name}=")
        parts = {part.strip().casefold() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= parts
        assert ("secure" in parts) is secure
        assert not any(part.startswith(("domain", "expires", "max-age")) for part in parts)
        assert ("strict-transport-security" in answer.headers) is secure


def test_the_database_holds_no_cookie(page: Visitors) -> None:
    """Whoever reads the ledger's file can log in with nothing that stands in it."""
    browser = page.add("dana")
    page.site.store.close()

    (secret,) = (value for name, value in browser.cookies.items() if name.startswith("importer-"))
    folder = page.site.settings.reports_dir.parent
    found = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())

    assert b"dana" in found
    assert secret.encode() not in found
    assert PASSWORD.encode() not in found


def test_five_wrong_passwords_delay_the_sixth(page: Visitors) -> None:
    """After five wrong passwords no further one is compared for ten seconds, not even the right one."""
    page.add("dana")
    browser = page.browser()
    for _ in range(5):
        assert browser.login("dana", "wrong password").status_code == 403

    held = browser.login("dana")

    assert held.status_code == 429
    assert "Try again in 10 seconds." in held.text
    page.clock.seconds += 10
    assert browser.login("dana").status_code == 303


@pytest.mark.parametrize("known", [True, False])
def test_names_wait_alike(page: Visitors, known: bool) -> None:
    """Whether a name exists cannot be told from when it has to wait, from wherever it is tried."""
    if known:
        page.add("dana")
    for last in range(5):
        page.browser(client=(f"192.0.2.{last}", 40000)).login("dana", "wrong password")

    answer = page.browser(client=("192.0.2.99", 40000)).login("Dana ", "wrong password")

    assert answer.status_code == 429


@pytest.mark.parametrize("between", [" ", "\t", "\u00a0"])
def test_no_spelling_of_a_name_gains_a_try(page: Visitors, between: str) -> None:
    """Who is meant by a name is what its wrong passwords are counted under, however it is filled up and cut."""
    page.add("dana")
    for last in range(5):
        filled = f"dana{between * (last + 1)}{' ' * 96}{'x' * last}"
        page.browser(client=(f"192.0.2.{last}", 40000)).login(filled, "wrong password")

    assert page.browser(client=("192.0.2.99", 40000)).login("dana").status_code == 429


def test_a_login_of_ones_own_forgets_no_guess_at_others(page: Visitors) -> None:
    """A right password forgets the wrong ones before it for that name, not those for other names from the address."""
    page.add("dana")
    page.add("vera")
    browser = page.browser()
    for _ in range(4):
        browser.login("dana", "wrong password")
    assert browser.login("vera").status_code == 303
    other = page.browser()

    assert other.login("somebody", "wrong password").status_code == 403
    assert other.login("vera").status_code == 429


def test_an_address_waits_whatever_the_name(page: Visitors) -> None:
    """Five wrong passwords from an address delay the sixth for any name from there, and for none from elsewhere."""
    page.add("dana")
    for number in range(5):
        page.browser(client=("192.0.2.7", 40000)).login(f"name{number}", "wrong password")

    assert page.browser(client=("192.0.2.7", 40001)).login("dana").status_code == 429
    assert page.browser(client=("192.0.2.8", 40001)).login("dana").status_code == 303


def test_waits_grow_and_end() -> None:
    """Each try that had to wait doubles the next wait, up to five minutes; an hour later all is forgotten."""
    now = 0.0
    delays = Delays(lambda: now)
    waits = []
    for _ in range(14):
        wait = delays.begin("dana", "192.0.2.1")
        now += wait
        waits.append(wait)
        if wait:
            delays.begin("dana", "192.0.2.1")

    assert [wait for wait in waits if wait] == [10, 20, 40, 80, 160, 300, 300, 300, 300]
    now += 3601
    assert delays.begin("dana", "192.0.2.1") == 0


def test_many_at_once_gain_nothing() -> None:
    """A try counts as soon as it begins, so a hundred at the same moment are five."""
    delays = Delays(lambda: 0.0)

    assert sum(delays.begin("dana", "192.0.2.1") == 0 for _ in range(100)) == 5


def test_an_ipv6_network_is_one_address() -> None:
    """Whoever has 64 bits of addresses has the tries of one."""
    delays = Delays(lambda: 0.0)

    admitted = sum(delays.begin(f"name{number}", f"2001:db8::{number:x}") == 0 for number in range(20))

    assert admitted == 5
    assert delays.begin("other", "2001:db8:0:1::1") == 0


def test_what_is_remembered_of_tries_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names are tried, only so many are remembered."""
    monkeypatch.setattr(users, "REMEMBERED", 50)
    delays = Delays(lambda: 0.0)
    for number in range(200):
        delays.begin(f"name{number}", f"192.0.2.{number}")

    assert len(delays._tries) == 50


def test_passwords_are_kept_as_argon2id() -> None:
    """What is kept of a password is an Argon2id hash with at least 19 MiB and two passes, other for each user."""
    first, second = hash_of(PASSWORD), hash_of(PASSWORD)

    assert first.startswith("$argon2id$v=19$")
    cost = dict(part.split("=") for part in first.split("$")[3].split(","))
    assert int(cost["m"]) >= 19 * 1024
    assert int(cost["t"]) >= 2
    assert first != second


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 1001])
def test_passwords_have_a_length(password: str) -> None:
    """A password that is too short to be safe, or too long to be one, is refused with what to do."""
    with pytest.raises(UsageError, match="10 to 1000 characters"):
        hash_of(password)


def test_one_password_from_every_keyboard(page: Visitors) -> None:
    """The same signs are the same password, however a keyboard puts them together."""
    page.site.store.users.add("dana", hash_of("Zoë's long password"), Role.ADMIN, at=0)

    assert page.browser().login("dana", "Zoe\u0308's long password").status_code == 303


def test_an_unknown_name_takes_as_long(page: Visitors) -> None:
    """How long the answer takes does not tell whether there is such a user."""
    page.site.store.users.add("dana", hash_of(PASSWORD), Role.ADMIN, at=0)
    passwords = Passwords()

    def seconds(name: str) -> float:
        began = time.process_time()
        for _ in range(4):
            assert passwords.user_of(page.site.store.users, name, "wrong password") is None
        return time.process_time() - began

    known, unknown = seconds("dana"), seconds("nobody")

    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/imports/abc/review", "/imports/abc/review"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a?b=c", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_login_leads_back_to_the_page_alone(page: Visitors, path: str, leads: str) -> None:
    """After the login she goes where she was going, and to no other site."""
    page.add("dana")

    answer = page.browser().send_form("/login", name="dana", password=PASSWORD, next=path)

    assert answer.headers["location"] == leads


HEADER = {"user_header": "X-Forwarded-User", "proxies": frozenset({"192.0.2.10"})}


def test_a_named_proxy_says_who_she_is(tmp_path: Path) -> None:
    """The header of a proxy that was named is believed; who is no user of the page, or comes from elsewhere, is not in."""
    with visited(tmp_path, public_url="https://imports.example.org", **HEADER) as page:
        page.add("dana")

        def asked(address: str, name: str) -> int:
            browser = page.browser(client=(address, 40000))
            return browser.get("/", headers={"X-Forwarded-User": name}).status_code

        assert asked("192.0.2.10", "dana") == 200
        assert asked("192.0.2.10", "Dana") == 200
        assert asked("192.0.2.10", "nobody") == 303
        assert asked("192.0.2.10", "") == 303
        assert asked("192.0.2.11", "dana") == 303
        page.site.store.users.remove("dana", at=0)
        assert asked("192.0.2.10", "dana") == 303


def test_addresses_behind_a_proxy_wait_apart(tmp_path: Path) -> None:
    """Behind a proxy that was named each browser has tries of its own; nobody gets more by inventing an address."""
    with visited(tmp_path, public_url="https://imports.example.org", proxies=frozenset({"192.0.2.10"})) as page:
        page.add("dana")

        def tried(name: str, through: str, said: str) -> int:
            browser = page.browser(client=(through, 40000))
            form = {"name": name, "password": "wrong password"}
            return browser.send_form("/login", {"x-forwarded-for": said}, **form).status_code

        assert [tried(f"a{n}", "192.0.2.10", f"invented{n}, 198.51.100.1") for n in range(6)] == [403] * 5 + [429]
        assert tried("b", "192.0.2.10", "198.51.100.2") == 403
        assert [tried(f"c{n}", "192.0.2.99", f"198.51.100.{n + 50}") for n in range(6)] == [403] * 5 + [429]
