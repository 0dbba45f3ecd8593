"""Logging in, by a password or by the one-time link, and out."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from importer.ledger.page.user_records import Role, User
from importer.reporting.wording import counted
from importer.web.access import address_of, forget_login, keep_login
from importer.web.pages import go, show
from importer.web.site import Refused, Route, cookie_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from importer.web.site import Visit


WRONG: Final = "Name or password is wrong."
LINKS_EVERY_S: Final = 2
_OURS: Final = re.compile(r"/[A-Za-z0-9_/-]{0,200}")


def login_page(visit: Visit) -> Response:
    """Ask for name and password; or say how the page is opened, where there are no users."""
    if visit.user is not None:
        return RedirectResponse("/", status_code=303)
    return asked(visit, next_path=visit.request.query_params.get("next", ""))


def asked(visit: Visit, *, name: str = "", wrong: str = "", next_path: str = "", status: int = 200) -> Response:
    """Return the login page. ``wrong``: why the last try did not succeed."""
    by_link = visit.site.is_local and not visit.site.store.users.any()
    return show(
        visit, "login.html.j2", status=status, by_link=by_link, name=name, wrong=wrong, next_path=inside(next_path)
    )


def inside(path: str) -> str:
    """Return a path of this page, "/" for anything else that stood in an address."""
    return path if _OURS.fullmatch(path) and not path.startswith("//") else "/"


def login(visit: Visit) -> Response:
    """Log in by name and password; wrong ones and unknown names are answered alike."""
    site, name, address = visit.site, visit.text("name"), address_of(visit.site, visit.request)
    wait = site.delays.begin(name, address)
    if wait > 0:
        told = f"Too many wrong passwords. Try again in {counted(math.ceil(wait), 'second')}."
        return asked(visit, name=name, wrong=told, next_path=visit.text("next"), status=429)
    user = site.passwords.user_of(site.store.users, name, visit.text("password"))
    if user is None:
        site.store.audit.add("login_refused", at=site.now())
        return asked(visit, name=name, wrong=WRONG, next_path=visit.text("next"), status=403)
    site.delays.right(name, address)
    return _logged_in(visit, user, inside(visit.text("next")))


def _logged_in(visit: Visit, user: User, path: str) -> Response:
    site = visit.site
    before = cookie_of(visit.request, site.cookie)
    if before:
        site.store.sessions.end(before, at=site.now())
    secret = site.store.sessions.begin(user, at=site.now())
    site.store.audit.add("logged_in", at=site.now(), user=user)
    response = go(visit, path)
    keep_login(site, response, secret)
    return response


def open_link(visit: Visit) -> Response:
    """Let whoever opens the one-time link in, once, as long as there are no users."""
    site = visit.site
    if not site.is_local or site.store.users.any():
        return RedirectResponse("/login", status_code=303)
    if visit.request.method == "HEAD" or not site.link.take(visit.part("secret")):
        raise Refused(403, "This link was used already, or is an old one.", "Open /login to get a new one.")
    return _logged_in(visit, User(0, site.local_name, Role.ADMIN), "/")


def new_link(visit: Visit) -> Response:
    """Print a new one-time link where the page was started: whoever reads that window may come in."""
    site = visit.site
    if not site.is_local or site.store.users.any():
        return RedirectResponse("/login", status_code=303)
    if site.link.age_s(at=site.monotonic()) < LINKS_EVERY_S:
        raise Refused(429, "A link was printed just now.", "Look for it where the page was started.")
    site.say(f"Open {site.new_link()}")
    return go(visit, "/login", say="new_link")


def logout(visit: Visit) -> Response:
    """End the login for good: its cookie opens nothing any more."""
    site = visit.site
    site.store.sessions.end(cookie_of(visit.request, site.cookie), at=site.now())
    site.store.audit.add("logged_out", at=site.now(), user=visit.who)
    response = go(visit, "/login", say="logged_out")
    forget_login(site, response)
    return response


ROUTES: Final = (
    Route("GET", "/login", login_page, lowest=None),
    Route("POST", "/login", login, lowest=None),
    Route("POST", "/login/link", new_link, lowest=None),
    Route("GET", "/start/{secret}", open_link, lowest=None),
    Route("POST", "/logout", logout, lowest=Role.VIEWER),
)
