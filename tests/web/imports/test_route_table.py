"""Every address about an import, asked for by its owner, by others and by who only looks, at imports as they really are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_imports import week, words

from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.web.app import TABLE

if TYPE_CHECKING:
    from httpx2 import Response
    from page_imports import Office
    from page_visitors import Browser

    from importer.web.site import Route

OPEN = "Cell,Start,Patient\n2125550141,4/5/2032 13:30,Ana Bell\n"
OWNED = [route for route in TABLE if route.owner is not None]
NOT_THERE = "0123456789abcdef"


def ask(browser: Browser, route: Route, import_id: str) -> Response:
    parts = {"id": import_id, "row": "1", "column": "1", "name": "results.csv"}
    path = route.path.format(**parts)
    return browser.get(path) if route.method == "GET" else browser.send_form(path, version="1")


@pytest.mark.long
def test_who_reaches_an_import(at_work: Office) -> None:
    """Her colleagues get byte by byte what they get of one that is not there; who looks, and every GET, changes nothing."""
    sent = at_work.reviewed(*week(1))
    at_work.sent(sent)
    asked = at_work.upload(OPEN.encode())
    at_work.wait(asked, ImportState.COLUMNS)
    reviewed = at_work.reviewed(*week(2))
    others = {role: at_work.page.add(role.value, role) for role in Role}
    missing = {route: ask(others[Role.COORDINATOR], route, NOT_THERE) for route in OWNED}

    for import_id in (reviewed, asked, sent):
        before = at_work.one(import_id)
        for route in OWNED:
            what = f"{route.method} {route.path} at {before.state}"
            anothers = ask(others[Role.COORDINATOR], route, import_id)
            assert (anothers.status_code, anothers.content) == (404, missing[route].content), what
            looked = ask(others[Role.VIEWER], route, import_id)
            assert (looked.status_code == 403) is (route.lowest is not Role.VIEWER), f"{what}: {words(looked)}"
            for browser in (at_work.browser, others[Role.ADMIN]):
                if route.method == "GET":
                    assert ask(browser, route, import_id).status_code in {200, 303, 404}, what
        assert at_work.one(import_id) == before
