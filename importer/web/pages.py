"""Templates of the page, with the words and the style sheet of the reports."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from importer.web.site import cookie_of
from importer.writing import report_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger.page.user_records import User
    from importer.web.site import Refused, Site, Tab, Visit


FLASHES: Final[Mapping[str, str]] = {
    "settled": "Thank you. What you found out is written down.",
    "remembered": "The answers are remembered for the next sheet.",
    "answered": "The answer counts for this import.",
    "logged_out": "You are logged out.",
    "new_link": "A new link was printed where the page was started.",
}
"""What the next page says once, by a code; ``{}`` is a number that comes along. No text of a sheet goes that way."""
FLASH_COOKIE: Final = "importer-said"


@cache
def environment() -> Environment:
    """Return the engine of the reports, which finds the page's templates, too."""
    loader = ChoiceLoader([PackageLoader("importer.web"), PackageLoader("importer.writing")])
    made = report_page.environment().overlay(loader=loader)
    made.filters = {**made.filters, "capitalized": capitalized, "for_page": for_page}
    return made


_TYPED: Final = tuple(
    (re.compile(typed), pressed)
    for typed, pressed in (
        (r"Run `importer retry`, which repeats it safely", "Press Try again, which repeats it safely"),
        (r"record (?:it|the outcome) with `importer resolve`", "answer the question under Unknown"),
        (r"It is sent by `importer resume`.*", "It is sent by itself once the window is open."),
        (r"run it again with --(?:release|approve) [^ ,.]+", "approve it before it is sent"),
        (r"Look at the file with importer columns FILE", "Look in the review at how the columns are read"),
        (r"Look at them with importer plan FILE", "Look at them in the review"),
        (r"type importer ledger import with the old report, then run", "have the old report brought in, then send"),
        (r": importer explain UUID", ""),
        (r", or (?:name it in the profile as duration_unit|declare date_order \(dmy, mdy or ymd\) in the profile)", ""),
        (
            r"Name the sheet (?:to read|that holds the appointments) with --sheet",
            "Choose the sheet that holds the appointments",
        ),
        (r", or allow more seconds with --check-seconds", ""),
        (r"; `importer template` writes a sheet that shows them", ""),
        (r", or say in the profile which one it is: `importer columns FILE` prints the lines", ""),
    )
)
"""What sentences say of commands, and what they say of it on a page, to people who have never seen a terminal."""


def for_page(text: str) -> str:
    """Return a sentence with a page's words where it names a command."""
    for typed, pressed in _TYPED:
        text = typed.sub(pressed, text)
    return text


def capitalized(text: str) -> str:
    """Return a text with a capital at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:]


def markup(template: str, names: Mapping[str, Any]) -> bytes:
    """Return a template as HTML in UTF-8."""
    text = environment().get_template(template).render(names)
    return text.encode("utf-8", errors="backslashreplace")


def show(visit: Visit, template: str, *, status: int = 200, **names: Any) -> Response:
    """Return a whole page. Its template extends ``base.html.j2``; besides ``names`` it knows what that one needs."""
    said = _said(visit)
    shared = _shared(visit.site, visit.user, visit.request.url.path) | {"visit": visit, "flashed": said}
    response = HTMLResponse(markup(template, shared | names), status_code=status)
    if said:
        response.delete_cookie(FLASH_COOKIE, path="/", secure=visit.site.is_secure, httponly=True, samesite="lax")
    return response


def show_part(visit: Visit, template: str, *, status: int = 200, **names: Any) -> Response:
    """Return a part of a page, for htmx."""
    return HTMLResponse(markup(template, {"site": visit.site, "visit": visit} | names), status_code=status)


def show_refusal(site: Site, refused: Refused, visit: Visit | None = None) -> Response:
    """Return why a request was not done, as a page in plain words."""
    names = _shared(site, visit.user if visit is not None else None, "") | {
        "visit": visit,
        "flashed": "",
        "refused": refused,
    }
    return HTMLResponse(markup("refused.html.j2", names), status_code=refused.status, headers=refused.headers)


def go(visit: Visit, path: str, *, say: str = "", number: int | None = None) -> Response:
    """Lead the browser to another page, which says something of ``FLASHES`` once."""
    response = RedirectResponse(path, status_code=303)
    if say:
        value = say if number is None else f"{say}.{number}"
        response.set_cookie(
            FLASH_COOKIE, value, max_age=60, path="/", secure=visit.site.is_secure, httponly=True, samesite="lax"
        )
    return response


def _said(visit: Visit) -> str:
    code, _, number = cookie_of(visit.request, FLASH_COOKIE).partition(".")
    if code not in FLASHES or not ((number.isdecimal() and number.isascii() and len(number) < 10) or not number):
        return ""
    return FLASHES[code].format(number or 0)


def _shared(site: Site, user: User | None, path: str) -> dict[str, Any]:
    tabs = [tab for tab in TABS if user is not None and (tab.lowest is None or user.role.may(tab.lowest))]
    return {"site": site, "tabs": tabs, "is_on": lambda tab: _is_on(tab, path)}


TABS: list[Tab] = []
"""The entries of the header, in their order; ``app`` fills it from the page modules."""


def _is_on(tab: Tab, path: str) -> bool:
    return path == tab.path or any(path.startswith(begin) for begin in tab.pages)


def tabs(found: Sequence[Tab]) -> None:
    """Set the entries of the header."""
    TABS[:] = found
