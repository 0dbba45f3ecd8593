"""The first page: what was imported, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.ledger.page.user_records import Role
from importer.web.pages import show
from importer.web.site import Route, Tab

if TYPE_CHECKING:
    from starlette.responses import Response

    from importer.web.site import Visit


def history(visit: Visit) -> Response:
    """Show the first page."""
    return show(visit, "history.html.j2")


ROUTES: Final = (Route("GET", "/", history, lowest=Role.VIEWER),)
TABS: Final = (Tab("Imports", "/", ("/imports/",)),)
