"""
The table of all addresses, and the application made of it.

A page is added in five lines: a module of routes with a handler (a function of a ``Visit`` that returns what ``show`` gives),
its ``ROUTES`` with the lowest role that may come, and its name in ``TABLE`` here. What stands in no table is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route as Address

from importer.web import (
    appointment_pages,
    cell_pages,
    checking_pages,
    columns_pages,
    confirm_pages,
    history_pages,
    login_pages,
    pages,
    progress_pages,
    report_pages,
    review_pages,
    static_files,
    unknown_pages,
)
from importer.web.access import AnswerHeaders, KnownNames, guarded, plain_refusal
from importer.web.slow_requests import BodyDeadline, Bugs

if TYPE_CHECKING:
    from importer.web.site import Route, Site, Tab


TABLE: Final[tuple[Route, ...]] = (
    *static_files.ROUTES,
    *login_pages.ROUTES,
    *history_pages.ROUTES,
    *checking_pages.ROUTES,
    *columns_pages.ROUTES,
    *review_pages.ROUTES,
    *cell_pages.ROUTES,
    *confirm_pages.ROUTES,
    *progress_pages.ROUTES,
    *report_pages.ROUTES,
    *appointment_pages.ROUTES,
    *unknown_pages.ROUTES,
)
TABS: Final[tuple[Tab, ...]] = (*history_pages.TABS, *appointment_pages.TABS, *unknown_pages.TABS)


def application(site: Site, table: tuple[Route, ...] = TABLE) -> Starlette:
    """Return the application: only the addresses of the table, each behind its guard."""
    pages.tabs(TABS)
    addresses = [
        Address(
            route.path,
            guarded(site, route),
            methods=[route.method],
            name=f"{route.method} {route.path}",
        )
        for route in table
    ]
    made = Starlette(
        routes=addresses,
        middleware=[
            Middleware(AnswerHeaders, is_secure=site.is_secure),
            Middleware(Bugs, site=site),
            Middleware(KnownNames, site=site),
            Middleware(BodyDeadline),
        ],
        exception_handlers={HTTPException: plain_refusal(site)},
    )
    # Else a path with a slash too many would lead on, by whatever scheme a proxy in front speaks with this server.
    made.router.redirect_slashes = False
    return made
