"""What belongs to somebody else looks to everybody as if it were not there."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest
from page_visitors import visited
from starlette.responses import PlainTextResponse

from importer.ledger.page.user_records import Role
from importer.web.app import TABLE
from importer.web.site import Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from page_visitors import Visitors

    from importer.web.site import Visit

# dana is the first user that is added, ana the second.
OWNERS = {"hers": 1, "other": 2}


def owner(visit: Visit) -> int | None:
    return OWNERS.get(visit.part("id"))


def thing(visit: Visit) -> PlainTextResponse:
    return PlainTextResponse(f"the thing of {visit.who.name}")


THINGS = (
    Route("GET", "/things/{id}", thing, lowest=Role.VIEWER, owner=owner),
    Route("POST", "/things/{id}", thing, lowest=Role.COORDINATOR, owner=owner),
    Route("POST", "/all", thing, lowest=Role.ADMIN),
)


@pytest.fixture
def things(tmp_path: Path) -> Iterator[Visitors]:
    with visited(tmp_path, table=TABLE + THINGS) as page:
        yield page


@pytest.mark.parametrize(
    ("role", "path", "get", "post"),
    [
        pytest.param(Role.COORDINATOR, "/things/hers", 200, 200, id="owner"),
        pytest.param(Role.COORDINATOR, "/things/other", 404, 404, id="other-user"),
        pytest.param(Role.COORDINATOR, "/things/none", 404, 404, id="missing"),
        pytest.param(Role.ADMIN, "/things/other", 200, 200, id="admin"),
        pytest.param(Role.ADMIN, "/things/none", 404, 404, id="admin-missing"),
        pytest.param(Role.VIEWER, "/things/other", 200, 403, id="viewer"),
        pytest.param(Role.VIEWER, "/things/none", 404, 403, id="viewer-missing"),
        pytest.param(Role.COORDINATOR, "/all", 405, 403, id="coordinator-in-what-is-the-admins"),
        pytest.param(Role.ADMIN, "/all", 405, 200, id="admin-in-what-is-hers"),
    ],
)
def test_who_may_what(things: Visitors, role: Role, path: str, get: int, post: int) -> None:
    """Coordinators reach their own, viewers look at all and change nothing, admins do everything."""
    browser = things.add("dana", role)
    things.add("ana")

    assert browser.get(path).status_code == get
    assert browser.send_form(path).status_code == post


def test_anothers_and_missing_are_the_same_bytes(things: Visitors) -> None:
    """The answer about somebody else's thing is byte by byte that about none, with the same headers and about as fast."""
    browser = things.add("dana")
    times: dict[str, list[float]] = {"/things/other": [], "/things/none": []}
    answers = {}
    for _ in range(15):
        for path, taken in times.items():
            began = time.perf_counter()
            answers[path] = browser.get(path)
            taken.append(time.perf_counter() - began)

    anothers, missing = answers.values()
    assert (anothers.status_code, anothers.content) == (404, missing.content)
    assert anothers.headers == missing.headers
    ratio = statistics.median(times["/things/other"]) / statistics.median(times["/things/none"])
    assert 1 / 3 < ratio < 3


def test_a_part_of_a_page_is_told_that_nobody_is_logged_in(things: Visitors) -> None:
    """Where a part of a page asks, it is told, so that what was typed stays; it is not led to the login."""
    answer = things.browser().get("/things/hers", headers={"hx-request": "true"})

    assert answer.status_code == 401
    assert "location" not in answer.headers
